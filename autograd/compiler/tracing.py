"""Record a function for the compiler: call it on numbers that are not known yet."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import nan
from typing import Any

from autograd import modes
from autograd.errors import TracingError
from autograd.ops import DETACH
from autograd.value import Value

OTHERS = {"autograd", "nn", "numpy", "copy"}  # packages that look at numbers on behalf of a caller


class Recorded(Value):
    """A number that is not known yet. Operations on it are recorded; it cannot be looked at."""

    __slots__ = ()

    @property
    def data(self) -> float:
        """NaN to this library, whose operations compute as they record; an error to anyone else."""
        if _called_by_the_user():
            raise refused("reads the number in", "calculate with the Value itself")
        return nan

    @data.setter
    def data(self, number: float) -> None:
        raise refused("sets the number in", "return the new number")

    def item(self) -> float:
        """Raise TracingError."""
        raise refused("takes the number out of", "calculate with the Value itself")

    def backward(self, gradient: object = 1.0) -> None:
        """Raise TracingError."""
        raise refused("calls backward() on", "compile autograd.grad(f) or autograd.value_and_grad(f)")

    def __bool__(self) -> bool:
        raise refused("decides by", "choose with autograd.where(condition, x, y), maximum, minimum or clip")

    def __float__(self) -> float:
        raise refused("converts", "use the functions of autograd, such as autograd.sin, in place of math's")

    __int__ = __complex__ = __index__ = __round__ = __trunc__ = __float__

    def __copy__(self) -> Value:
        raise refused("copies", "use the Value itself, which never changes")

    def __deepcopy__(self, memo: object) -> Value:
        raise refused("copies", "use the Value itself, which never changes")

    def __reduce__(self) -> tuple[Any, ...]:
        raise refused("pickles", "pickle the result of the call")

    def __format__(self, form: str) -> str:
        if form:
            raise refused("formats", "leave out the format, or print the result of the call")
        return repr(self)

    def __repr__(self) -> str:
        return "Value(data=<recorded>)"

    def __hash__(self) -> int:
        if _called_by_the_user():  # in a dict with numbers for keys it would never be found
            raise refused("looks something up by", "choose with autograd.where(value == key, x, y)")
        return object.__hash__(self)


def _called_by_the_user() -> bool:
    return not sys._getframe(2).f_globals.get("__name__", "").startswith(("autograd.", "nn."))


def refused(what: str, advice: str) -> TracingError:
    """Return the error for something that needs to know a number while it is recorded."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OTHERS:
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    code = linecache.getline(path, line).strip()
    return TracingError(
        f"a compiled function {what} a recorded Value, whose number differs from call to call: {advice}\n"
        f"  at {path}:{line}{': ' if code else ''}{code}"
    )


def _as_recorded(node: Value, recording: bool) -> Value:
    """Turn a new node into a Recorded one; inside `no_grad` into a constant to the chain rule."""
    node.__class__ = Recorded
    return node if recording else _constant(node)


def _constant(node: Value) -> Value:
    constant = Recorded.__new__(Recorded)
    constant.grad, constant.op, constant._x, constant._y, constant.label = 0.0, DETACH, node, None, ""
    return constant


def unknown(label: str = "") -> Value:
    """Return a leaf whose number is not known yet."""
    leaf = Recorded.__new__(Recorded)
    leaf.grad, leaf.op, leaf._x, leaf._y, leaf.label = 0.0, None, None, None, label
    return leaf


@contextmanager
def tracing(strict: bool = True) -> Iterator[None]:
    """Turn every operation inside the block into a Recorded one.

    Unless `strict`, a derivative that does not pass counts as 0.0 at once: less work, but times an infinity it is NaN.
    """
    with modes.mode(tracing=_as_recorded, strict=strict, recording=True, check=None, check_derivative=None):
        yield


def traced(f: Callable[..., Any], args: list[Any]) -> Any:
    """Call f while operations are recorded."""
    with tracing():
        return f(*args)
