"""Prediction: the outputs of a model for many rows, as native code that is kept with the model."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextvars import Context
from random import Random
from typing import Any
from weakref import getweakrefs, ref

from autograd import modes
from autograd.atomic import numbers_of
from autograd.errors import TracingError, needs
from autograd.scalars import number, number_in
from autograd.value import Value
from nn.data.tables import is_number, taken
from nn.parts.stand_in import stand_in


def predict(model: Any, X: Any, threads: int | str = 1) -> Any:
    """Return the raw outputs of a model for rows X; see `Module.predict`."""
    try:
        import numpy
    except ImportError:
        raise needs("compile", "predict needs NumPy", "numpy") from None

    from autograd.compiler.run.threads import checked_threads

    threads = checked_threads(threads)
    given = taken(lambda rows: numpy.asarray(rows, dtype=numpy.float64), X)
    if given.ndim not in (1, 2) or not len(given):
        raise ValueError(f"X must be rows x columns, or one column, with at least one row: got the shape {given.shape}")
    rows = given.reshape(len(given), -1)
    numbers_of(model.parameters())  # an error where a recording around this call must not look at them
    try:
        natively = modes.active().check is None  # `detect_anomaly` looks at operations, which native code does not have
        # In a separate context, so that a recording around this call does not see it.
        found = Context().run(_predicted, model, rows, threads) if natively else _evaluated(model, rows)
    except ValueError as error:
        if given.ndim == 2:
            raise
        hint = "predict takes rows, and a list of numbers is one column; for one row write predict([[...]])"
        raise ValueError(f"{error}: {hint}") from None
    return found[:, 0] if found.shape[1] == 1 else found


def numbers(prediction: Any) -> list[float]:
    """Return what a model puts out as a list of floats.

    >>> numbers(Value(2.0)), numbers([Value(1.0), 3.0])
    ([2.0], [1.0, 3.0])
    """
    return list(map(number_in, outputs_of(prediction)))


def outputs_of(prediction: Any) -> list[Any]:
    """Return what a model puts out as a list of Values and floats.

    Raises TypeError for anything but a number or a row of numbers, ValueError for a row of none.

    >>> outputs_of(2), outputs_of((1.0, True))
    ([2.0], [1.0, 1.0])
    """
    if isinstance(prediction, Value):
        return [prediction]
    if getattr(prediction, "shape", None) == ():
        prediction = prediction[()]  # of an array without axes
    several = hasattr(prediction, "__iter__") and not isinstance(prediction, (str, Mapping, Set))
    found = list(prediction) if several else [prediction]
    if not found:
        raise ValueError("a model must return a number or a list of them, got an empty list")
    try:
        return [x if isinstance(x, Value) else number(x) for x in found]
    except TypeError:
        inside = sorted({type(x).__name__ for x in found if not (isinstance(x, Value) or is_number(x))})
        given = type(prediction).__name__ + (f" with {', '.join(inside)}" if several else "")
        raise TypeError(f"a model must return a number or a list of numbers, got {given}") from None


def _predicted(model: Any, rows: Any, threads: int) -> Any:
    import numpy

    try:
        known = _known(model)
        forward = known if known is not None and known.still_is(model, rows) else _Forward(model, rows)
        found = numpy.stack(forward.compiled.in_threads(threads, rows), axis=1)
        _keep(model, forward)
        return found
    except TracingError:  # a model that looks at its numbers is run as it is
        return modes.within(_evaluated, model, rows, recording=False)


def _evaluated(model: Any, rows: Any) -> Any:
    import numpy

    copy = stand_in(model).eval()
    found = [numbers(copy(row)) for row in rows.tolist()]
    for k, outputs in enumerate(found):
        if len(outputs) != len(found[0]):
            raise ValueError(f"the model gives {len(found[0])} output(s) for row 0 but {len(outputs)} for row {k}")
    return numpy.array(found)


class _Forward:
    """A model's compiled outputs, and how to find out whether the model still computes them."""

    def __init__(self, model: Any, rows: Any) -> None:
        from autograd.compiler import compile
        from autograd.compiler.trace.tracing import without_numbers

        copy, parameters = stand_in(model).eval(), model.parameters()
        self.f = lambda row: without_numbers(parameters, lambda: outputs_of(copy(list(row))))
        self.compiled = compile(self.f, in_axes=0)
        self.width, self.form = rows.shape[1], form_of(model)

    def still_is(self, model: Any, rows: Any) -> bool:
        """Return whether a model still computes what was compiled, for rows of this width."""
        from autograd.compiler.program.recording import recorded

        if rows.shape[1] != self.width or form_of(model) != self.form:
            return False
        if self.form is not None:
            return True
        # A class of the user's may do anything when it is called: what it does now is recorded and compared.
        now = recorded(_Forward(model, rows).f, [rows[:1]], [0]).program
        return now.same_as(self.compiled.program)


class _Kept(ref):  # type: ignore[type-arg]
    """A weak reference to a model that holds what was compiled for it, and is dropped with the model."""

    __slots__ = ("forward",)
    __hash__, __eq__ = object.__hash__, object.__eq__  # a model need not be hashable

    forward: _Forward


_kept: set[_Kept] = set()


def _known(model: Any) -> _Forward | None:
    """Return what was compiled for a model last."""
    return next((x.forward for x in getweakrefs(model) if isinstance(x, _Kept) and x in _kept), None)


def _keep(model: Any, forward: _Forward) -> None:
    """Keep what was compiled for a model, instead of what was kept before."""
    if _known(model) is not forward:
        new = _Kept(model, _kept.discard)  # a C function: in a Python one Ctrl-C would be lost
        new.forward = forward
        _kept.difference_update([x for x in getweakrefs(model) if isinstance(x, _Kept)])
        _kept.add(new)


class _OfTheUser(Exception):
    """A part of a model may do anything when it is called."""


def form_of(model: Any) -> Any:
    """Describe what a model of this library's own parts computes, leaving out its numbers; None for any other model."""
    try:
        return _form(model)
    except _OfTheUser:
        return None


def _form(part: Any) -> Any:
    kind = type(part)
    if part is None or kind is str:
        return part
    if kind is float:
        return repr(part)  # distinguishes -0.0 from 0.0
    if isinstance(part, Value):
        return id(part), part  # kept, so that no other gets its id; two Values are equal if their numbers are
    if kind is list or kind is tuple:
        return kind, *map(_form, part)
    if kind is Random:
        return kind  # draws nothing in `eval()` mode
    if kind.__module__ != "nn.layers":
        raise _OfTheUser
    return kind, *[(name, _form(x)) for name, x in vars(part).items() if name != "training"]
