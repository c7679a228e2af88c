"""compile: a function of numbers, recorded once for each structure of its arguments, then run as native code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import signature
from threading import RLock
from typing import Any

from autograd.errors import needs

try:
    import numpy  # noqa: F401
except ImportError:
    raise needs("compile", "autograd.compile needs NumPy", "numpy") from None

from autograd import modes
from autograd.compiler.backends import backend_of
from autograd.compiler.program.program import Program
from autograd.compiler.program.recording import InTransform
from autograd.compiler.run.compiled_call import called_in_c, long_way
from autograd.compiler.run.report import Report
from autograd.compiler.run.specialization import Specialization
from autograd.compiler.run.threads import checked_threads
from autograd.compiler.trace.arguments import HoldsValues, key_of, row_key
from autograd.compiler.trace.eager import by_rows, checked_axes, each_row, watched
from autograd.compiler.trace.methods import Bound, Instances, OfInstance, belongs, binds, named
from autograd.modes import alive
from autograd.transforms.recording import differentiating

Axes = int | None


def compile(
    f: Callable[..., Any],
    *,
    in_axes: Axes | Sequence[Axes] = None,
    reduce: str | None = None,
    contract: bool = False,
    threads: int | str = 1,
    backend: str = "native",
) -> Compiled:
    """Return a function that computes what f does, as native code: many times faster, with the same results.

    f is called once on recorded Values for each structure that its arguments take (numbers, nested
    lists, tuples and dicts, NumPy arrays by shape); the graph it makes is the program. So f may be anything
    that records, `grad(f)`, `value_and_grad(f)` and `hessian(f)` included, but it may not look at a
    recorded number, as `if x > 0` does: that raises TracingError; `where` and `maximum` decide inside the
    program. Values that f finds outside of its arguments are read afresh at each call, all at one moment. Anything else
    that it finds there is a constant, fixed when f is recorded: so bind counts and flags with functools.partial.
    Results are floats, arrays of float64, and for comparisons bools.

    `in_axes` has an entry for each argument, or one for all: None for an argument that is shared, 0 for one
    with rows, of which f sees one. Then results are stacked along axis 0; `reduce="sum"` or "mean" adds them up over
    the rows instead. Rows are computed side by side and never touch each other, not even by a NaN.

    Results are IEEE 754's in the order in which f wrote the operations: for + - * / and sqrt bit-identical to f's
    own (on Python 3.12 and later f's own `dot` and `sum` carry extra digits), for other functions within 4
    units in the last place (`mish`: 6). `contract=True` allows a product and a sum to become one operation with
    one rounding.

    With `threads`, a whole number or "all", the rows of a large call are shared among so many threads. Stacked results
    are the same to the last bit; sums over rows are made in an order that depends on the number of threads alone.
    Ctrl-C is answered within a second.

    `backend="jax"` (extra `jax`) lets JAX run the program, on GPUs and on many machines: arrays may be JAX's, sharded
    over devices by rows, results are `jax.Array`s, and a sum over sharded rows becomes one all-reduce. It computes in
    float64, or in float32 if all arrays are of float32, whatever JAX's global switch says. On one CPU the native
    code is faster. Raises CompileError for a program that is too large for XLA and too irregular to be rolled.

    Where something records (inside `grad` and the other transforms, inside another compiled function, given Values) the
    function answers as f does, row by row if there are rows, so that no derivative is lost; under `detect_anomaly` too.
    Compiling a derivative is faster than differentiating a compiled function: `compile(grad(f), in_axes=...)`.

    `@compile` decorates methods too: each instance has its own code, and `in_axes` leaves self out. A decorated
    function is pickled by its name. Without llvmlite, NumPy runs the program.

    Raises ValueError or TypeError for axes and arguments that do not fit and for no rows, ImportError without NumPy.

    >>> from autograd import value_and_grad
    >>> step = compile(value_and_grad(lambda x, y: x * y + x**2))
    >>> step(3.0, 4.0)
    (21.0, 10.0)
    >>> compile(lambda w, x: w * x, in_axes=(None, 0), reduce="sum")(2.0, [1.0, 2.0, 3.0])
    12.0
    """
    return Compiled(f, in_axes, reduce, contract, threads=threads, backend=backend)


@called_in_c
class Compiled:
    """A compiled function: see `compile`. A decorated function is pickled by its name, another with its f."""

    def __init__(
        self, f: Callable[..., Any], in_axes: Any, reduce: str | None, contract: bool, tier: str = "",
        threads: int | str = 1, backend: str = "native",
    ) -> None:  # fmt: skip
        if not callable(f) and not isinstance(f, classmethod):
            raise TypeError(f"compile needs a function, got {type(f).__name__}")
        if reduce not in (None, "sum", "mean"):
            raise ValueError(f"reduce must be None, 'sum' or 'mean', got {reduce!r}")
        self.f, self.in_axes, self.reduce, self.contract, self.tier = f, in_axes, reduce, bool(contract), tier
        self.threads, self._threads = threads, checked_threads(threads)
        self.backend, self._backend = backend, backend_of(backend, self._threads)
        self._axes = checked_axes(in_axes)
        if reduce is not None and self._axes is None:
            raise ValueError(f"reduce={reduce!r} adds up over rows: say with in_axes which arguments have rows")
        self._specializations: dict[Any, Specialization] = {}
        self._last: Specialization | None = None
        self._making, self._process = RLock(), os.getpid()
        self._called_by_place = self._next_call = long_way(self)
        self._instances, self._attribute = Instances(), ""
        if hasattr(f, "__name__"):
            update_wrapper(self, f, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return f(*args), computed by native code."""
        if kwargs or differentiating() or (alive and modes.observed()):
            return self._called_otherwise(args, kwargs)
        return self._next_call(*args)

    def in_threads(self, threads: int | str, *args: Any) -> Any:
        """Call with another number of threads."""
        return self._called(args, (), checked_threads(threads))

    def _called(self, args: tuple[Any, ...], names: tuple[str, ...], threads: int | None = None) -> Any:
        """Find or make the code for arguments, the last of them by keyword."""
        leaves: list[Any] = []
        args, original = self._backend.known(args)
        try:
            key = self._key(args, names, leaves)
        except (HoldsValues, TypeError, ValueError) as error:
            return self._called_with_other(args, names, error)
        try:
            found = self._specializations.get(key) or self._specialization(key, args, names)
        except InTransform:
            return self._eager(args, names)
        if found.waits and found.left[0] <= 0:
            found = self._promoted(key, found)
        leaves = leaves if original is None else [*map(original, leaves)]
        result = found.call(found, leaves, self._threads if threads is None else threads)
        if not names:  # from now on C takes calls like this one
            self._next_call = found.next_call(key, leaves, self._called_by_place)
        return result

    def _key(self, args: tuple[Any, ...], names: tuple[str, ...], leaves: list[Any]) -> Any:
        """Return the structure of arguments, and add their leaves to a list."""
        if self._axes is None:
            key = tuple([key_of(x, leaves) for x in args])
        else:
            axes = self._axes_of(args, names)
            key = tuple(
                [key_of(x, leaves) if axis is None else row_key(x, leaves) for x, axis in zip(args, axes, strict=True)]
            )
        return (names, *key) if names else key

    def _called_with_other(self, args: tuple[Any, ...], names: tuple[str, ...], error: Exception) -> Any:
        """Call with other arguments than numbers: an instance whose method this is, or Values."""
        if args and len(args) > len(names) and belongs(self, args[0]) and binds(self.f, args[0]):
            by_place = len(args) - len(names)
            return self.__get__(args[0])(*args[1:by_place], **dict(zip(names, args[by_place:], strict=True)))
        if isinstance(error, HoldsValues):
            return self._eager(args, names)
        raise error

    def _called_otherwise(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call with keywords, or where something records or looks on, to which f itself has to answer."""
        given, names = (*args, *kwargs.values()), tuple(kwargs)
        if kwargs:
            signature(self.f).bind(*args, **kwargs)  # raises for what f does not take
        if not (alive and modes.observed()) and not differentiating():
            return self._called(given, names)
        recording = modes.tracing() or differentiating()
        if recording and self._axes is None:
            return self.f(*args, **kwargs)
        try:
            self._key(given, names, [])
        except (HoldsValues, TypeError, ValueError) as error:
            return self._called_with_other(given, names, error)
        return self._eager(given, names, watch=not recording)

    def _eager(self, args: tuple[Any, ...], names: tuple[str, ...], watch: bool = False) -> Any:
        """Return what f does itself, row by row if there are any; with `watch` on numbers that are looked at."""
        name, f = getattr(self.f, "__name__", repr(self.f)), self._by_place(len(args), names)
        f = watched(f, name) if watch else f
        if self._axes is None:
            return f(*args)
        return by_rows(f, each_row(args, self._axes_of(args, names), name), self.reduce, name)

    def _by_place(self, count: int, names: tuple[str, ...]) -> Callable[..., Any]:
        """Return f as a function of `count` positional arguments; the last of them were given by the names."""
        if not names:
            return self.f
        by_place = count - len(names)

        def f(*given: Any) -> Any:
            return self.f(*given[:by_place], **dict(zip(names, given[by_place:], strict=True)))

        f.__name__ = getattr(self.f, "__name__", repr(self.f))
        return f

    def _specialization(self, key: Any, args: tuple[Any, ...], names: tuple[str, ...]) -> Specialization:
        """Record and compile f for a new structure."""
        axes, f = self._axes_of(args, names), self._by_place(len(args), names)
        with self._lock():
            if key not in self._specializations:
                found = self._backend.specialization(f, args, axes, self.reduce, self.contract, self.tier)
                self._specializations[key] = self._last = found
            return self._specializations[key]

    def _lock(self) -> RLock:
        """Return the lock under which code is made: a new one after a fork, when its owner may be gone."""
        if self._process != os.getpid():
            self._making, self._process = RLock(), os.getpid()
        return self._making

    def _promoted(self, key: Any, found: Specialization) -> Specialization:
        """Replace loops that have run for long by straight-line code."""
        with self._lock():
            if self._specializations[key] is found:
                self._specializations[key] = new = found.promoted()
                self._last = new if self._last is found else self._last
            return self._specializations[key]

    def _axes_of(self, args: tuple[Any, ...], names: tuple[str, ...]) -> tuple[Axes, ...]:
        """Return the axis of each argument, the last of them by keyword."""
        axes, given = self._axes, self.in_axes
        if isinstance(given, (tuple, list)) and len(given) != len(args):
            raise ValueError(f"in_axes has {len(given)} entries for {len(args)} argument(s): expected one for each")
        if axes is None or isinstance(axes, int):
            return (axes,) * len(args)
        if not names:
            return axes  # type: ignore[no-any-return]
        order = list(signature(self.f).parameters)
        places = [*range(len(args) - len(names)), *[order.index(name) for name in names]]
        if sorted(places) != list(range(len(axes))):
            raise ValueError(
                "in_axes has an entry for each argument in order: give all that come before, or none by keyword"
            )
        return tuple([axes[k] for k in places])

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Return this as the method of an instance, each of which has its own code; `in_axes` leaves self out."""
        if isinstance(self.f, classmethod):
            instance = type(instance) if owner is None else owner
        if instance is None:
            return self
        compiled = self._instances.get(instance)
        if compiled is None:
            if not binds(self.f, instance):
                return self
            f = OfInstance(self.f, instance)
            new = Compiled(f, self.in_axes, self.reduce, self.contract, self.tier, self.threads, self.backend)
            compiled = self._instances.keep(instance, new)
        return Bound(self, instance, compiled)

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

    def _made(self) -> Specialization:
        if self._last is None:
            raise ValueError(
                "nothing is compiled yet: call the function once, so that the structure of its arguments is known"
            )
        return self._last

    def attribute(self) -> str:
        """Return under which name a class has this."""
        return self._attribute or self.__name__  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<compiled {getattr(self.f, '__name__', self.f)}>"

    def __reduce__(self) -> Any:
        about = vars(self)
        name = about.get("__qualname__", "")
        if named(about.get("__module__", ""), name) is self:
            return name
        f = named(getattr(self.f, "__module__", ""), getattr(self.f, "__qualname__", ""))
        f = f if isinstance(f, Compiled) and f.f is self.f else self.f  # its name now refers to the compiled function
        return Compiled, (f, self.in_axes, self.reduce, self.contract, self.tier, self.threads, self.backend)
