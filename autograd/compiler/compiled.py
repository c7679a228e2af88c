"""compile: a function of numbers, recorded once for each structure of its arguments, then run as native code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import signature
from threading import RLock
from typing import Any

try:
    import numpy
except ImportError:
    raise ImportError("autograd.compile needs NumPy: pip install 'chainrule[compile]'") from None

from autograd import modes
from autograd.compiler.program import Program
from autograd.compiler.report import Report
from autograd.compiler.version import Version
from autograd.modes import alive
from autograd.recording import differentiating
from autograd.scalars import number
from autograd.value import Value

Axes = int | None
FLOAT64 = numpy.dtype(numpy.float64)
NUMBER_KINDS = "fiub"  # of NumPy's dtypes


def compile(
    f: Callable[..., Any],
    *,
    in_axes: Axes | Sequence[Axes] = None,
    reduce: str | None = None,
    contract: bool = False,
) -> Compiled:
    """Return a function that computes what f does, as native code: many times faster, with the same results.

    f is called once on recorded Values for each structure that its arguments take (numbers, nested
    lists, tuples and dicts, NumPy arrays by shape); the graph it makes is the program. So f may be anything
    that records, `grad(f)`, `value_and_grad(f)` and `hessian(f)` included, but it may not look at a
    recorded number, as `if x > 0` does: that raises TracingError; `where` and `maximum` decide inside the
    program. Values that f finds outside of its arguments are read afresh at each call.

    `in_axes` has an entry for each argument, or one for all: None for an argument that is shared, 0 for one
    with rows, of which f sees one. Then results are stacked along axis 0; `reduce="sum"` or "mean" adds them up over
    the rows instead. Rows are computed side by side and never touch each other, not even by a NaN.

    Results are IEEE 754's in the order in which f wrote the operations: for + - * / and sqrt bit-identical to f's
    own (on Python 3.12 and later f's own `dot` and `sum` carry extra digits), for other functions within 4
    units in the last place (`mish`: 6). `contract=True` allows a product and a sum to become one operation with
    one rounding.

    Given Values, the compiled function is f itself, and records. Without llvmlite, NumPy runs the program.

    Raises ValueError or TypeError for axes and arguments that do not fit and for no rows, ImportError without NumPy.

    >>> from autograd import value_and_grad
    >>> step = compile(value_and_grad(lambda x, y: x * y + x**2))
    >>> step(3.0, 4.0)
    (21.0, 10.0)
    >>> compile(lambda w, x: w * x, in_axes=(None, 0), reduce="sum")(2.0, [1.0, 2.0, 3.0])
    12.0
    """
    return Compiled(f, in_axes, reduce, contract)


class Compiled:
    """A compiled function: see `compile`. Pickling one keeps f, and the code is made anew."""

    def __init__(self, f: Callable[..., Any], in_axes: Any, reduce: str | None, contract: bool, tier: str = "") -> None:
        if not callable(f):
            raise TypeError(f"compile needs a function, got {type(f).__name__}")
        if reduce not in (None, "sum", "mean"):
            raise ValueError(f"reduce must be None, 'sum' or 'mean', got {reduce!r}")
        self.f, self.in_axes, self.reduce, self.contract, self.tier = f, in_axes, reduce, bool(contract), tier
        self._axes = _checked_axes(in_axes)
        if reduce is not None and self._axes is None:
            raise ValueError(f"reduce={reduce!r} adds up over rows: say with in_axes which arguments have rows")
        self._versions: dict[Any, Version] = {}
        self._last: Version | None = None
        self._making, self._process = RLock(), os.getpid()
        self._entry: Callable[..., Any] = self._called_by_place
        if hasattr(f, "__name__"):
            update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return f(*args), computed by native code."""
        if kwargs or differentiating() or (alive and modes.tracing()):
            return self._called_otherwise(args, kwargs)
        return self._entry(*args)

    def _called_by_place(self, *args: Any) -> Any:
        """Call without keywords; what was called like this twice gets a door of its own."""
        return self._called(args, ())

    def _called(self, args: tuple[Any, ...], names: tuple[str, ...]) -> Any:
        """Find or make the version for arguments, the last of them by keyword."""
        leaves: list[Any] = []
        axes = self._axes
        try:
            if axes is None:
                key = tuple([_key(x, leaves) for x in args])
            else:
                axes = self._axes_of(args, names)
                key = tuple(
                    [
                        _key(x, leaves) if axis is None else _row_key(x, leaves)
                        for x, axis in zip(args, axes, strict=True)
                    ]
                )
        except _HoldsValues:
            if self._axes is None:
                by_place = len(args) - len(names)
                return self.f(*args[:by_place], **dict(zip(names, args[by_place:], strict=True)))
            raise TypeError("a compiled function with in_axes takes numbers, got a Value: use its .data") from None
        key = (names, *key) if names else key
        version = self._versions.get(key) or self._version(key, args, names)
        if version.waits and version.left[0] <= 0:
            version = self._promoted(key, version)
        result = version.call(leaves)
        if not names:
            self._entry = version.entry(key, leaves, self._called_by_place)
        return result

    def _called_otherwise(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call with keywords, or where derivatives or a program are recorded, to which f itself has to answer."""
        if self._axes is None and (modes.tracing() or differentiating()):
            return self.f(*args, **kwargs)
        if kwargs:
            signature(self.f).bind(*args, **kwargs)  # raises for what f does not take
        return self._called((*args, *kwargs.values()), tuple(kwargs))

    def _version(self, key: Any, args: tuple[Any, ...], names: tuple[str, ...]) -> Version:
        """Record and compile f for a new structure."""
        if isinstance(self.in_axes, (tuple, list)) and len(self.in_axes) != len(args):
            raise ValueError(
                f"in_axes has {len(self.in_axes)} entries for {len(args)} argument(s): expected one for each"
            )
        axes, by_place = self._axes_of(args, names), len(args) - len(names)

        def f(*given: Any) -> Any:
            return self.f(*given[:by_place], **dict(zip(names, given[by_place:], strict=True)))

        f.__name__ = getattr(self.f, "__name__", repr(self.f))
        with self._lock():
            if key not in self._versions:
                version = Version(f if names else self.f, args, axes, self.reduce, self.contract, self.tier)
                self._versions[key] = self._last = version
            return self._versions[key]

    def _lock(self) -> RLock:
        """Return the lock under which code is made: a new one after a fork, when its owner may be gone."""
        if self._process != os.getpid():
            self._making, self._process = RLock(), os.getpid()
        return self._making

    def _promoted(self, key: Any, version: Version) -> Version:
        """Put straight-line code in the place of loops that have run for long."""
        with self._lock():
            if self._versions[key] is version:
                self._versions[key] = new = version.promoted()
                self._last = new if self._last is version else self._last
            return self._versions[key]

    def _axes_of(self, args: tuple[Any, ...], names: tuple[str, ...]) -> tuple[Axes, ...]:
        """Return the axis of each argument, the last of them by keyword."""
        axes = self._axes
        if axes is None or isinstance(axes, int):
            return (axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes has {len(axes)} entries for {len(args)} argument(s): expected one for each")
        if not names:
            return axes  # type: ignore[no-any-return]
        order = list(signature(self.f).parameters)
        places = [*range(len(args) - len(names)), *[order.index(name) for name in names]]
        if sorted(places) != list(range(len(axes))):
            raise ValueError(
                "in_axes has an entry for each argument in order: give all that come before, or none by keyword"
            )
        return tuple([axes[k] for k in places])

    @property
    def program(self) -> Program:
        """The program of the structure recorded last: `print(compiled.program)`."""
        return self._made().program

    @property
    def llvm(self) -> str:
        """The LLVM IR of the structure recorded last."""
        return self._made().llvm()

    def report(self) -> Report:
        """Return how the structure recorded last is computed: operations, tier, lanes, seconds to compile."""
        return self._made().report

    def _made(self) -> Version:
        if self._last is None:
            raise ValueError(
                "nothing is compiled yet: call the function once, so that the structure of its arguments is known"
            )
        return self._last

    def __repr__(self) -> str:
        return f"<compiled {getattr(self.f, '__name__', self.f)}>"

    def __reduce__(self) -> Any:
        return Compiled, (self.f, self.in_axes, self.reduce, self.contract, self.tier)


def _checked_axes(in_axes: Any) -> Any:
    axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes]
    for axis in axes:
        if axis is not None and (isinstance(axis, bool) or axis != 0):
            raise ValueError(
                f"in_axes must be None (shared) or 0 (rows of an array) for each argument, got {in_axes!r}"
            )
    if all([axis is None for axis in axes]):
        return None
    return tuple(axes) if isinstance(in_axes, (tuple, list)) else 0


class _HoldsValues(Exception):
    """An argument has a Value in it."""


def _key(x: Any, leaves: list[Any]) -> Any:
    """Return the structure of an argument, and add its leaves, floats and arrays, to a list."""
    kind = type(x)
    if kind is numpy.ndarray and x.shape and x.dtype.kind in NUMBER_KINDS:
        leaves.append(x)
        return x.shape
    if kind is float or kind is int:
        leaves.append(x)
        return 0
    if isinstance(x, Value):
        raise _HoldsValues
    if isinstance(x, (list, tuple)):
        return (kind, *[_key(item, leaves) for item in x])
    if isinstance(x, dict):
        return (kind, *x, *[_key(item, leaves) for item in x.values()])
    if isinstance(x, numpy.ndarray) and x.shape:
        if x.dtype.kind not in NUMBER_KINDS:
            if x.dtype == object and any([isinstance(item, Value) for item in x.ravel()]):
                raise _HoldsValues
            raise TypeError(f"expected numbers, got an array of {x.dtype}")
        leaves.append(numpy.asarray(x))  # of a subclass, such as memmap, its numbers
        return x.shape
    leaves.append(number(x))
    return 0


def _row_key(x: Any, leaves: list[Any]) -> Any:
    """Return the shape of a row of an argument with rows."""
    if type(x) is not numpy.ndarray or x.dtype is not FLOAT64:
        x = _as_array(x)
    if not x.shape:
        raise ValueError(f"in_axes=0 needs an argument with rows, got the number {x!r}")
    leaves.append(x)
    return x.shape[1:], "rows"


def _as_array(x: Any) -> Any:
    try:
        array = numpy.asarray(x)
    except ValueError as error:
        raise TypeError(f"in_axes=0 needs an array of numbers, or lists that make one: {error}") from None
    if array.dtype == object and any([isinstance(item, Value) for item in array.ravel()]):
        raise _HoldsValues
    if array.dtype.kind not in NUMBER_KINDS:
        raise TypeError(f"in_axes=0 needs an array of numbers, or lists that make one: got {array.dtype}")
    return array.astype(numpy.float64)
