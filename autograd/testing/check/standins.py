"""Stand-ins: a function rebuilt, with everything that leads it to some Values, so that it reads others instead.

A function such as `lambda: loss(model(x), y)` reads parameters by itself. To see how it changes with
them, and to touch nothing that another thread may look at, what leads to one of them is copied:
functions with their closures, defaults and globals, bound methods, objects, lists, tuples, dicts, sets
and object arrays. So is every part of a model, since it may set flags, and the lists that it keeps. The rest
is shared.
"""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from functools import partial, wraps
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import ProxyTypes

from autograd.graph import ordered, reached
from autograd.transforms.containers import attributes
from autograd.transforms.recording import differentiating
from autograd.transforms.structures import flatten, is_array
from autograd.value import Value, apply

CONSTANTS = (str, bytes, int, float, complex, type(None), type, ModuleType, BuiltinFunctionType, CodeType, Value)
OPAQUE = (*ProxyTypes, *CONSTANTS)  # a dead proxy raises when asked whether it is anything else
OWN = ("autograd", "nn")  # packages whose globals hold no Values of a user


def reading(f: Callable[[], Any], values: Sequence[Value], names: Sequence[str], caller: str) -> Callable[..., Any]:
    """Return f, which reads these Values by itself, as a function of them; neither it nor they are touched.

    The function raises ValueError if f reaches one of the Values by a way that cannot be copied.
    """
    original = Original(f, values)
    own = [twin(value) for value in values]
    ready = original.stand_in(own)

    @wraps(f, updated=())
    def function(*inputs: Value) -> Any:
        if not differentiating():  # only numbers are wanted: one stand-in is enough for all of them
            for value, x in zip(own, inputs, strict=True):
                value.data = x.data
            return ready()
        twins = [x if type(value) is Value else twin(value, x) for value, x in zip(values, inputs, strict=True)]
        output = original.stand_in(twins)()
        others = {value: x for value, x in zip(twins, inputs, strict=True) if value is not x}
        numbers, structure = flatten(output, f"{caller}: the result of f")
        refuse(numbers, dict(zip(values, names, strict=True)), twins, caller)
        return structure.unflatten(replaced(numbers, others)) if others else output

    return function


def twin(value: Value, x: Value | None = None) -> Value:
    """Return a leaf of the same kind, label and attributes, with its number or that of x."""
    new = type(value).__new__(type(value))
    Value.__init__(new, (value if x is None else x).data, value.label)
    for name, item in held_by(value).items():
        if not hasattr(Value, name):
            object.__setattr__(new, name, item)
    return new


def refuse(numbers: Sequence[Any], live: Mapping[Value, str], twins: Sequence[Value], caller: str) -> None:
    """Raise ValueError if a number that a function returned depends on a live Value."""
    ends = set(twins)
    for node in ordered([x for x in numbers if isinstance(x, Value)], lambda x: x in ends):
        if node in live:
            raise ValueError(
                f"{caller} calls f with stand-ins for the Values in args, but f reaches {live[node]} itself, "
                "through a Value computed before, a class attribute or another object that cannot be copied; "
                "compute everything inside f, or let f take the Values as arguments"
            )


def replaced(roots: Sequence[Any], new: dict[Value, Value]) -> list[Any]:
    """Return numbers with the graph below them recorded again, with other inputs in place of some Values."""
    for node in ordered([x for x in roots if isinstance(x, Value)], lambda x: x in new):
        if node not in new and any([isinstance(x, Value) and x in new for x in node.inputs]):
            op: Any = node.op
            new[node] = apply(op, *[new.get(x, x) if isinstance(x, Value) else x for x in node.inputs])
            new[node].label = node.label
    return [new.get(x, x) if isinstance(x, Value) else x for x in roots]


class Original:
    """A function, or anything that leads to Values, to be built once more with others in their place."""

    def __init__(self, thing: Any, values: Sequence[Value]) -> None:
        self.thing = thing
        self.values = values
        self.reached: dict[int, Any] = {}  # holds what it names, so that no id is used again
        self.leading = self._leading()

    def stand_in(self, values: Sequence[Value]) -> Any:
        """Return the thing with these Values in place of its own, in the same order."""
        copies = _Copies(self, values)
        new = copies.of(self.thing)
        while copies.empty:
            copies.fill(*copies.empty.pop())
        return new

    def _leading(self) -> set[int]:
        """Return the ids of all that leads to one of the Values or to a part of a model.

        Lists and the like in a part count too: the part may store something there.
        """
        ends = {id(value) for value in self.values}
        above: dict[int, list[int]] = {}
        found, todo = [], [self.thing]
        while todo:
            here = todo.pop()
            if id(here) in self.reached:
                continue
            self.reached[id(here)] = here
            if is_part(here):
                found += [id(here), *[id(x) for x in held_by(here).values() if isinstance(x, (list, dict, set, deque))]]
            for x in below(here):
                if id(x) in ends:
                    found.append(id(here))
                elif not isinstance(x, OPAQUE):
                    above.setdefault(id(x), []).append(id(here))
                    todo.append(x)
        return reached(found, above)


def is_part(x: Any) -> bool:
    """Whether x is a model or a part of one: whatever has `parameters()`."""
    return hasattr(x, "__dict__") and callable(getattr(type(x), "parameters", None))


def below(x: Any) -> Iterable[Any]:
    """Return what a thing holds, as far as a copy of it could hold something different."""
    if isinstance(x, FunctionType):
        keywords = (x.__kwdefaults__ or {}).values()
        return [*(x.__closure__ or ()), *(x.__defaults__ or ()), *keywords, *vars(x).values(), *globals_of(x).values()]
    if isinstance(x, MethodType):
        return (x.__func__, x.__self__)
    if isinstance(x, CellType):
        with suppress(ValueError):  # a variable of a closure may hold nothing yet
            return [x.cell_contents]
        return []
    if isinstance(x, partial):
        return (x.func, *x.args, *x.keywords.values())
    held = [*held_by(x).values()]
    if isinstance(x, dict):
        held += [*x.keys(), *x.values()]
    elif isinstance(x, (list, tuple, set, frozenset, deque)):
        held += x
    elif is_array(x) and x.dtype.kind == "O":
        held += x.ravel().tolist()
    return held


def held_by(x: Any) -> dict[str, Any]:
    """Return the object's own attributes."""
    own, slots = attributes(x)
    return own | slots


def globals_of(f: FunctionType) -> dict[str, Any]:
    """Return the globals that a function names, unless it is one of this library."""
    own = f.__globals__
    if str(own.get("__name__", "")).partition(".")[0] in (*OWN, *sys.stdlib_module_names):
        return {}
    names: set[str] = set()
    codes = [f.__code__]
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        codes.extend([x for x in code.co_consts if isinstance(x, CodeType)])
    return {name: own[name] for name in names if name in own}


class Globals(dict[str, Any]):
    """The globals of a module, with some of them replaced."""

    def __init__(self, original: dict[str, Any]) -> None:
        super().__init__({name: x for name, x in original.items() if name.startswith("__")})
        self.original = original

    def __missing__(self, name: str) -> Any:
        return self.original[name]


class _Copies:
    """The copies of what leads to some Values: made empty where they may lead to themselves, and filled later."""

    def __init__(self, original: Original, values: Sequence[Value]) -> None:
        self.leading = original.leading
        self.made: dict[int, Any] = {id(a): b for a, b in zip(original.values, values, strict=True)}
        self.globals: dict[int, Globals] = {}
        self.empty: list[tuple[Any, Any]] = []

    def of(self, x: Any) -> Any:
        """Return the copy of a thing, maybe an empty one, or the thing itself if it needs none."""
        key = id(x)
        if key in self.made or key not in self.leading:
            return self.made.get(key, x)
        new: Any
        if isinstance(x, tuple):
            new = tuple.__new__(type(x), map(self.of, x))
        elif isinstance(x, frozenset):
            new = frozenset.__new__(type(x), map(self.of, x))
        elif isinstance(x, MethodType):
            new = MethodType(self.of(x.__func__), self.of(x.__self__))
        elif isinstance(x, partial):
            keywords = {name: self.of(item) for name, item in x.keywords.items()}
            new = type(x)(self.of(x.func), *map(self.of, x.args), **keywords)
        elif isinstance(x, FunctionType):
            new = self.function(x)
        else:
            new = empty_copy(x)
        self.made[key] = new
        if new is not x and not isinstance(x, MethodType):  # which has the attributes of its function
            self.empty.append((x, new))
        return new

    def function(self, f: FunctionType) -> FunctionType:
        """Return the copy of a function."""
        own = f.__globals__
        used = {name: x for name, x in globals_of(f).items() if id(x) in self.leading or id(x) in self.made}
        if used:
            changed = self.globals.setdefault(id(own), Globals(own))
            changed.update({name: self.of(x) for name, x in used.items()})
            own = changed
        defaults = None if f.__defaults__ is None else tuple(map(self.of, f.__defaults__))
        closure = None if f.__closure__ is None else tuple(map(self.of, f.__closure__))
        new = FunctionType(f.__code__, own, f.__name__, defaults, closure)
        new.__qualname__, new.__module__, new.__annotations__ = f.__qualname__, f.__module__, f.__annotations__
        new.__kwdefaults__ = f.__kwdefaults__ and {name: self.of(x) for name, x in f.__kwdefaults__.items()}
        return new

    def fill(self, x: Any, new: Any) -> None:
        """Fill an empty copy of a thing with what the thing holds."""
        if isinstance(x, CellType):
            new.cell_contents = self.of(x.cell_contents)
            return
        if isinstance(x, dict):
            kind: Any = OrderedDict if isinstance(x, OrderedDict) else dict
            for key, item in x.items():
                kind.__setitem__(new, self.of(key), self.of(item))
        elif isinstance(x, (list, deque)):
            new += [self.of(item) for item in x]
        elif isinstance(x, set):
            new |= {self.of(item) for item in x}
        elif is_array(x):
            import numpy

            flat = new.view(numpy.ndarray).reshape(-1)
            for i, item in enumerate(x.ravel().tolist()):
                flat[i] = self.of(item)
        for name, item in held_by(x).items():
            object.__setattr__(new, name, self.of(item))


def empty_copy(x: Any) -> Any:
    """Return an object of the same kind with nothing in it; x itself if Python has no way to make one."""
    if isinstance(x, CellType):
        return CellType()
    if is_array(x):
        return x.copy()
    if isinstance(x, (dict, list, set, deque)):
        new = copy(x)
        new.clear()
        return new
    try:
        return object.__new__(type(x))
    except TypeError:  # an object of a type that is written in C
        return x
