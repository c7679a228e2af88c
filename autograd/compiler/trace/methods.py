"""Compiled methods: code for an instance, made once and kept as long as the instance lives."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from functools import cached_property
from inspect import Signature, signature
from typing import Any
from weakref import ref

RECENT = 16  # instances without weak references, such as those of classes with __slots__, that are remembered


class Bound:
    """A compiled function as the method of an instance, whose code it shares with others like it."""

    def __init__(self, method: Any, instance: Any, compiled: Any) -> None:
        self.__func__, self.__self__, self._compiled = method, instance, compiled
        self.__doc__ = method.__doc__

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return the method's result, computed by native code."""
        return self._compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in ("__name__", "__qualname__"):
            raise AttributeError(f"a compiled method has no attribute {name!r}")
        return getattr(self._compiled, name)

    @property
    def f(self) -> Callable[..., Any]:
        """The method that is compiled."""
        return method_of(self.__func__.f, self.__self__)  # type: ignore[no-any-return]

    @property
    def __signature__(self) -> Signature:
        return signature(self.f)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bound) and self.__self__ is other.__self__ and self.__func__ is other.__func__

    def __hash__(self) -> int:
        return hash((id(self.__self__), id(self.__func__)))

    def __repr__(self) -> str:
        return f"<compiled method {getattr(self.__func__, '__qualname__', self.__func__)} of {self.__self__!r}>"

    def __reduce__(self) -> Any:
        return getattr, (self.__self__, self.__func__.attribute())


class OfInstance:
    """A method of an instance that it does not keep alive."""

    def __init__(self, f: Any, instance: Any) -> None:
        self.f, self.instance = f, _reference(instance) or (lambda: instance)
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            if hasattr(f, name):
                setattr(self, name, getattr(f, name))

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the method of the instance, which is alive as long as anybody can ask for this."""
        return method_of(self.f, self.instance())(*args, **kwargs)

    @property
    def __signature__(self) -> Signature:
        return signature(method_of(self.f, self.instance()))


class Instances:
    """What is compiled for each instance, by its identity."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Callable[[], Any], Any]] = {}
        self._recent: deque[int] = deque()

    def get(self, instance: Any) -> Any:
        """Return the code kept for an instance, or None."""
        found = self._found.get(id(instance))
        return found[1] if found is not None and found[0]() is instance else None

    def keep(self, instance: Any, compiled: Any) -> Any:
        """Keep something for an instance, and return it."""
        key, found = id(instance), self._found
        reference: Any = _reference(instance, lambda _: found.pop(key, None))
        if reference is None:
            reference = lambda: instance  # noqa: E731
            self._recent.append(key)
            if len(self._recent) > RECENT:
                found.pop(self._recent.popleft(), None)
        found[key] = reference, compiled
        return compiled


def _reference(instance: Any, when_gone: Callable[[Any], Any] | None = None) -> Any:
    try:
        return ref(instance, when_gone)
    except TypeError:
        return None


def method_of(f: Any, instance: Any) -> Any:
    """Return f as the method of an instance; of a class, if it is a class method."""
    f = f.__func__ if isinstance(f, classmethod) else f
    return f.__get__(instance, type(instance))


def binds(f: Any, instance: Any) -> bool:
    """Return whether f in a class is a method: functions are, static methods and objects that can be called are not."""
    if isinstance(f, staticmethod) or not hasattr(type(f), "__get__"):
        return False
    return getattr(method_of(f, instance), "__self__", None) is instance


def belongs(method: Any, x: Any) -> bool:
    """Return whether something is an instance of a class with this method or property, or a class with it."""
    kinds = x.__mro__ if isinstance(x, type) else type(x).__mro__
    return any([_function(attribute) is method for kind in kinds for attribute in vars(kind).values()])


def _function(attribute: Any) -> Any:
    """Return the function that a class method or property is made of."""
    if isinstance(attribute, classmethod):
        return attribute.__func__
    if isinstance(attribute, cached_property):
        return attribute.func
    return attribute.fget if isinstance(attribute, property) else attribute


def named(module: str, name: str) -> Any:
    """Return the object of that name in a module, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
