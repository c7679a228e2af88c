"""Record a function for the compiler: call it on numbers that are not known yet."""

from __future__ import annotations

import linecache
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from math import nan
from operator import ne
from typing import Any

from autograd import modes
from autograd.errors import TracingError
from autograd.ops import COMPARISONS, DETACH
from autograd.value import Value

OTHERS = {"autograd", "nn", "numpy", "copy"}  # packages that look at numbers on behalf of a caller


KEPT = "bind a {} that stays the same with functools.partial or a closure, as a constant"


def _refusal(what: str, advice: str) -> Any:
    """Return a method of Recorded that needs to know the number."""

    def method(self: Value, *args: object, **kwargs: object) -> Any:
        """Raise TracingError."""
        raise refused(what, advice)

    return method


def _of_truths(function: Callable[[Any, Any], Any]) -> Any:
    """Return a method of Recorded that bools have: comparisons are bools, where nothing records."""

    def method(self: Value, other: Any) -> Any:
        both = all([isinstance(t, bool) or getattr(t, "op", 0) in COMPARISONS for t in (self, other)])
        return function(self, other) if both else NotImplemented

    return method


class Recorded(Value):
    """A number that is not known yet. Operations on it are recorded; it cannot be looked at."""

    __slots__ = ()

    data: Any = property(
        _refusal("reads the number in", "calculate with the Value itself"),
        _refusal("sets the number in", "return the new number"),
        doc="An error: the number is not known.",
    )
    item = _refusal("takes the number out of", "calculate with the Value itself")
    backward = _refusal("calls backward() on", "compile autograd.grad(f) or autograd.value_and_grad(f)")
    __bool__ = _refusal(
        "decides by",
        f"choose with autograd.where(condition, x, y), maximum, minimum or clip; {KEPT.format('flag')}",
    )
    __float__ = _refusal("converts", "use the functions of autograd, such as autograd.sin, in place of math's")
    __complex__ = __round__ = __trunc__ = __float__
    __index__ = _refusal("takes a count or an index from", KEPT.format("number"))
    __int__ = _refusal(
        "converts",
        f"use the functions of autograd, such as autograd.floor, in place of int; {KEPT.format('count')}",
    )
    __copy__ = __deepcopy__ = _refusal("copies", "use the Value itself, which never changes")
    __reduce__ = _refusal("pickles", "pickle the result of the call")
    # In a dict with numbers for keys it would never be found.
    __hash__ = _refusal("looks something up by", "choose with autograd.where(value == key, x, y)")

    def __getattr__(self, name: str) -> Any:
        """Raise TracingError for the number that every operation reads, which is gone when the recording has ended."""
        if name == "_data":
            raise TracingError(
                "a Value recorded by autograd.compile was used after its recording: it has no number. "
                "Return it from the compiled function, instead of keeping it in a variable or attribute"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    __and__ = __rand__ = _of_truths(lambda x, y: (x * y) != 0.0)
    __or__ = __ror__ = _of_truths(lambda x, y: (x + y) != 0.0)
    __xor__ = __rxor__ = _of_truths(ne)

    def __format__(self, form: str) -> str:
        if form:
            raise refused("formats", "leave out the format, or print the result of the call")
        return repr(self)

    def __repr__(self) -> str:
        return "Value(data=<recorded>)"


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


def unknown(label: str = "", op: Any = None, *inputs: Value) -> Value:
    """Return a node whose number is not known yet: a leaf, unless an op makes it."""
    node = Value(nan, label)
    if op is not None:
        node.op, node._inputs = op, inputs
    node.__class__ = Recorded
    return node


def traced(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    strict: bool = True,
    nodes: list[Value] | None = None,
) -> Any:
    """Call f(*args), every operation in which makes a Recorded node, and adds it to `nodes`.

    Unless `strict`, a derivative that does not pass counts as 0.0 at once: less work, but times an infinity it is NaN.
    """
    made: list[Value] = [] if nodes is None else nodes

    def as_recorded(node: Value, recording: bool) -> Value:
        node.__class__ = Recorded
        made.append(node)
        if recording:
            return node
        made.append(unknown("", DETACH, node))  # inside `no_grad`: a constant to the chain rule
        return made[-1]

    return modes.within(f, *args, tracing=as_recorded, strict=strict, recording=True, check=None, check_derivative=None)


def without_numbers(values: Iterable[Value], f: Callable[..., Any], *args: Any) -> Any:
    """Call f(*args), and let it look at no number in Values that will have others when the program runs.

    A model's parameters are such Values. They are not touched: only a look from inside of this call is an error.
    """
    ids = {id(x) for x in values}

    def looked(value: Value) -> None:
        if id(value) in ids:
            raise refused("reads the number in", "calculate with the Value itself")

    return modes.within(f, *args, looked=looked)


def forget(nodes: Iterable[Value]) -> None:
    """End the use of Recorded nodes: anyone who has kept one gets a TracingError on calculating with it."""
    deque(map(_forget, nodes), 0)


_forget = Value.__dict__["_data"].__delete__
