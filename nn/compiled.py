"""Training and prediction as native code: a model, its loss and its optimiser's rule, recorded and compiled."""

from __future__ import annotations

import math
import random
import sys
import warnings
from collections.abc import Callable, Sequence
from contextvars import Context
from functools import partial
from importlib.util import find_spec
from random import Random, SystemRandom
from types import ModuleType
from typing import Any
from weakref import getweakrefs, ref

from autograd import modes
from autograd.atomic import change, change_all, new_numbers, numbers_of
from autograd.errors import TracingError
from autograd.transforms.recording import recorded_gradient
from autograd.value import Value
from nn.layers import MLP, Dropout, Layer, Neuron, Sequential
from nn.minibatch import Learner, Weights, numbers, outputs_of, weighted_mean
from nn.module import Module, attributes, parts, stand_in
from nn.optimizer import Optimizer
from nn.tables import taken

Rows = Sequence[list[float]]


def available() -> bool:
    """Return whether there is what native code needs: NumPy and llvmlite."""
    return find_spec("llvmlite") is not None and find_spec("numpy") is not None


class Steps:
    """The steps of a training as native code, on rows and targets that stay the same."""

    def __init__(
        self, learner: Learner, rows: Rows, targets: Sequence[Any], weights: Weights, largest: int, keep_outputs: bool
    ) -> None:
        from autograd.compiler.stepping import Stepper

        self.optimizer = learner.optimizer
        self.settings = self._settings()
        self.weights, self.epochs_at_once = weights, 1
        wide = [t if isinstance(t, (list, tuple)) else [t] for t in targets]
        factors = [] if weights is None else [[[x] for x in weights]]  # of the row losses; see `_weigh`
        recorded = _record_rows(learner, len(rows[0]), targets[0], keep_outputs, weights is not None)
        updates = [(_record_rule(self.optimizer, group), len(group["params"])) for group in self.optimizer.param_groups]
        self.stepper = Stepper(recorded, updates, self.optimizer.state, [rows, wide, *factors], largest)

    def _settings(self) -> list[dict[str, Any]]:
        """Return what is compiled in of each group: parameters, and settings but for the rate."""
        groups = self.optimizer.param_groups
        moved = [{"params": [id(x) for x in group["params"]]} for group in groups]
        return [{**group, "lr": None, **ids} for group, ids in zip(groups, moved, strict=True)]

    def run(self, order: Sequence[int], sizes: Sequence[int], times: int = 1) -> tuple[list[float], int, Any]:
        """Take a step for each minibatch; see `Stepper.run`. Parameters and optimiser have then been moved.

        With weights no row may be in two of the minibatches.
        """
        stepper = self.stepper
        if self.weights is not None:
            self._weigh(self.weights, order, sizes)
        rates = [group["lr"] for group in self.optimizer.param_groups]
        stepper.load(numbers_of(self.optimizer.params), self.optimizer.state, rates)
        try:
            losses, done, outputs = stepper.run(order, sizes, times)
        finally:
            parameters, state = stepper.read()
            moved = new_numbers(self.optimizer.params, parameters)
            change_all(moved, change(list.__setitem__, self.optimizer.state, slice(None), state))
        return losses.tolist(), done, outputs

    def _weigh(self, weights: Sequence[float], order: Sequence[int], sizes: Sequence[int]) -> None:
        """Write the factor of each row loss: the mean over a minibatch of factor * loss is the weighted mean."""
        factors, start = self.stepper.arrays[2], 0
        for size in sizes:
            places = order[start : start + size]
            total = math.fsum([weights[k] for k in places])
            for k in places:
                factors[k, 0] = weights[k] / total * size
            start += size

    def fits(self) -> bool:
        """Return whether the optimiser's settings, but for the rate, and state are of the kind that was compiled."""
        return self.settings == self._settings() and self.stepper.fits(self.optimizer.state)


def steps_of(
    learner: Learner, rows: Rows, targets: Sequence[Any], weights: Weights, largest: int, keep_outputs: bool
) -> Steps | None:
    """Return the steps of a training as native code, or None where Python has to take them.

    That is so without llvmlite, for optimisers with a `step` of their own, for chance that is drawn anew
    for each row, as by `Dropout`, and, with a warning, where a model, loss or penalty needs to know its numbers.
    """
    optimizer = learner.optimizer
    if not available() or type(optimizer).step is not Optimizer.step or _has_chance(learner.model):
        return None
    if any([isinstance(t, (list, tuple)) != isinstance(targets[0], (list, tuple)) for t in targets]):
        return None
    try:
        generators = _generators(learner.model)
        before = [state() for state, _ in generators]
        try:
            repeats = _repeats(learner, len(rows[0]), targets[0])
        finally:
            pairs = zip(generators, before, strict=True)
            drawn = [(put_back, x) for (state, put_back), x in pairs if repr(state()) != repr(x)]
            for put_back, x in drawn:
                put_back(x)  # as if nothing had been tried out
        if drawn or not repeats:
            return None
        return Steps(learner, rows, targets, weights, largest, keep_outputs)
    except ValueError:
        return None  # a setting that is not allowed: Python raises it again
    except Exception as error:  # it has worked on numbers, so Python can go on with it
        warnings.warn(f"nn.fit trains without compiling: {type(error).__name__}: {error}", stacklevel=_users_level())
        return None


def _users_level() -> int:
    """Return how far up the first call from outside this library is, as `warnings.warn` counts."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("nn", "autograd"):
        frame, level = frame.f_back, level + 1
    return level


def _has_chance(model: Module) -> bool:
    return any([isinstance(part, Dropout) and part.p > 0.0 for part in [model, *[x for _, x in parts(model)]]])


def _generators(model: Module) -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """Return how to read and to set the state of each generator that a model may draw from without being asked."""
    numpy = sys.modules.get("numpy")
    found: list[Any] = [random, *([numpy.random] if numpy else [])]
    for part in [model, *[x for _, x in parts(model) if isinstance(x, Module)]]:
        found += [x for _, x in attributes(part)]
    pairs = []
    for x in found:
        if isinstance(x, (Random, ModuleType)) and hasattr(x, "getstate") and not isinstance(x, SystemRandom):
            pairs.append((x.getstate, x.setstate))
        elif numpy and (x is numpy.random or isinstance(x, numpy.random.RandomState)):
            pairs.append((x.get_state, x.set_state))
        elif numpy and isinstance(x, numpy.random.Generator):
            bits = x.bit_generator
            pairs.append((partial(getattr, bits, "state"), partial(setattr, bits, "state")))
    return pairs


def _recorded(learner: Learner, row: list[Any], target: Any, model: Any) -> tuple[Any, Any, Any]:
    """Return prediction, loss and penalty, recorded; the penalty is None if there is none."""
    prediction = model(row)
    loss = learner.loss(prediction, target)
    return prediction, loss, None if learner.penalty is None else learner.penalty(learner.parameters)


def _unknown_row(width: int, target: Any) -> tuple[list[Any], list[Any], Any]:
    """Return a row, the numbers of its target, and the target, not known yet."""
    from autograd.compiler.tracing import unknown

    several = isinstance(target, (list, tuple))
    wanted = [unknown(f"y{k}") for k in range(len(target) if several else 1)]
    return [unknown(f"x{k}") for k in range(width)], wanted, wanted if several else wanted[0]


def _repeats(learner: Learner, width: int, target: Any) -> bool:
    """Return whether a model does the same each time it is called.

    Chance of its own, or what it notes down for the next call, would be recorded once for all.
    """
    from autograd.compiler.program import program_of
    from autograd.compiler.tracing import forget, traced, without_numbers

    found, model = [], stand_in(learner.model).train()
    for _ in range(2):
        row, wanted, given = _unknown_row(width, target)
        nodes = [*row, *wanted]
        try:
            call = [learner.parameters, _recorded, learner, row, given, model]
            _, *outputs = traced(without_numbers, call, nodes=nodes)
        finally:
            forget(nodes)
        if not isinstance(outputs[0], Value):
            return False  # an error, which Python raises
        program = program_of([x for x in outputs if x is not None], [*learner.parameters, *row, *wanted])
        found.append((program.constants, [(op.name, operands) for op, operands in program.code], program.outputs))
    return repr(found[0]) == repr(found[1])


def _record_rows(learner: Learner, width: int, target: Any, keep_outputs: bool, weighted: bool) -> Any:
    """Record prediction, loss and gradient for one row, and the penalty."""
    from autograd.compiler.program import program_of
    from autograd.compiler.simplify import simplified
    from autograd.compiler.stepping import Rows as RowProgram
    from autograd.compiler.tracing import forget, traced, unknown, without_numbers

    parameters, model = learner.optimizer.params, stand_in(learner.model).train()
    row, wanted, given = _unknown_row(width, target)
    factor = [unknown("factor")] if weighted else []

    def recorded() -> tuple[Any, list[Any], Any]:
        prediction, loss, penalty = without_numbers(learner.parameters, _recorded, learner, row, given, model)
        loss = loss * factor[0] if weighted else loss
        outputs = [loss, *recorded_gradient(loss, parameters)]
        if penalty is not None:
            outputs += [penalty, *recorded_gradient(penalty, parameters)]
        return prediction, outputs, penalty

    nodes = [*row, *wanted, *factor]
    try:
        # Not strict: a step that comes out as NaN is done again in Python.
        prediction, outputs, penalty = traced(recorded, [], strict=False, nodes=nodes)
        kept = outputs_of(prediction) if keep_outputs else []
        program = simplified(program_of([*outputs, *kept], [*parameters, *row, *wanted, *factor]))
    finally:
        forget(nodes)
    columns = [(0, k) for k in range(width)] + [(1, k) for k in range(len(wanted))] + [(2, 0)] * len(factor)
    return RowProgram(program, len(parameters), columns, penalty is not None, len(kept))


def _record_rule(optimizer: Optimizer, group: dict[str, Any]) -> Any:
    """Record the optimiser's rule for one parameter of a group."""
    from autograd.compiler.program import program_of
    from autograd.compiler.simplify import simplified
    from autograd.compiler.tracing import traced, unknown

    parameter, gradient, rate = unknown("parameter"), unknown("gradient"), unknown("rate")
    state = [unknown(f"state{k}") for k in range(len(optimizer.start))]
    settings = optimizer._settings(group) | {"lr": rate}
    moved, new = traced(lambda: optimizer.rule(parameter, gradient, tuple(state), **settings), [])
    return simplified(program_of([moved, *new], [parameter, gradient, *state, rate]))


def judge(
    learner: Learner, rows: Rows, targets: Sequence[Any], weights: Weights = None
) -> Callable[[], tuple[float, list[list[float]]]] | None:
    """Return what `Learner.evaluate` does on rows that stay the same, as native code; None as for `steps_of`."""
    if not available():
        return None
    import numpy

    from autograd.compiler import compile
    from autograd.compiler.tracing import without_numbers

    model = stand_in(learner.model).eval()

    def judged(row: Any, target: Any) -> list[Any]:
        prediction = model(list(row))
        outputs = outputs_of(prediction)
        return [learner.loss(prediction, list(target) if hasattr(target, "__iter__") else target), *outputs]

    def each(row: Any, target: Any) -> Any:
        return without_numbers(learner.parameters, judged, row, target)

    found = compile(each, in_axes=0)
    given = [numpy.array(x, dtype=numpy.float64) for x in (rows, targets)]

    def evaluate() -> tuple[float, list[list[float]]]:
        losses, *outputs = found(*given)
        return weighted_mean(losses.tolist(), weights), numpy.stack(outputs, axis=1).tolist()

    try:
        evaluate()
    except Exception:  # as it is for `steps_of`, which has said so
        return None
    return evaluate


def predict(model: Module, X: Any) -> Any:
    """Return the raw outputs of a model for rows X; see `Module.predict`."""
    try:
        import numpy
    except ImportError:
        raise ImportError("predict needs NumPy: pip install 'chainrule[compile]'") from None

    given = taken(lambda rows: numpy.asarray(rows, dtype=numpy.float64), X)
    if given.ndim not in (1, 2) or not len(given):
        raise ValueError(f"X must be rows x columns, or one column, with at least one row: got the shape {given.shape}")
    rows = given.reshape(len(given), -1)
    numbers_of(model.parameters())  # an error where a recording around this call must not look at them
    try:
        if modes.active().check is not None:  # `detect_anomaly` looks at operations, which native code does not have
            found = _evaluated(stand_in(model).eval(), rows)
        else:  # in a context of its own: what goes on around this call does not record it
            found = Context().run(_predicted, model, rows)
    except ValueError as error:
        if given.ndim == 2:
            raise
        hint = "predict takes rows, and a list of numbers is one column; for one row write predict([[...]])"
        raise ValueError(f"{error}: {hint}") from None
    return found[:, 0] if found.shape[1] == 1 else found


def _predicted(model: Module, rows: Any) -> Any:
    import numpy

    try:
        forward = _forward(model, rows)
        found = numpy.stack(forward.compiled(rows), axis=1)
        _keep(model, forward)
        return found
    except TracingError:  # a model that looks at its numbers is run as it is
        return modes.within(_evaluated, stand_in(model).eval(), rows, recording=False)


def _evaluated(model: Any, rows: Any) -> Any:
    import numpy

    found = [numbers(model(row)) for row in rows.tolist()]
    for k, outputs in enumerate(found):
        if len(outputs) != len(found[0]):
            raise ValueError(f"the model gives {len(found[0])} output(s) for row 0 but {len(outputs)} for row {k}")
    return numpy.array(found)


class _Forward:
    """A model's compiled outputs, and what tells whether they are still those of the model."""

    def __init__(self, model: Module, rows: Any) -> None:
        from autograd.compiler import compile
        from autograd.compiler.tracing import without_numbers

        copy, parameters = stand_in(model).eval(), model.parameters()

        def called(row: Any) -> list[Any]:
            return outputs_of(copy(list(row)))

        self.f = lambda row: without_numbers(parameters, called, row)
        self.compiled = compile(self.f, in_axes=0)
        self.width, self.shape = rows.shape[1], _shape(model)

    def still_is(self, model: Module, rows: Any) -> bool:
        """Return whether a model still computes what was compiled, for rows of this width."""
        from autograd.compiler.recorded import recorded

        if rows.shape[1] != self.width or _shape(model) != self.shape:
            return False
        if self.shape is not None:
            return True
        # A class of the user's may do anything when it is called: what it does now is recorded and compared.
        now = recorded(_Forward(model, rows).f, [rows[:1]], [0]).program
        return now.same_as(self.compiled.program)


class _Kept(ref):  # type: ignore[type-arg]
    """A reference to a model, with what was compiled for it; both go when the model does."""

    __slots__ = ("forward",)
    __hash__, __eq__ = object.__hash__, object.__eq__  # a model need not be hashable

    forward: _Forward


_kept: set[_Kept] = set()


def _known(model: Module) -> _Forward | None:
    """Return what was compiled for a model last."""
    return next((x.forward for x in getweakrefs(model) if isinstance(x, _Kept) and x in _kept), None)


def _keep(model: Module, forward: _Forward) -> None:
    """Keep what was compiled for a model, in the place of what was kept before."""
    if _known(model) is not forward:
        new = _Kept(model, _kept.discard)  # no Python, in which Ctrl-C would be lost
        new.forward = forward
        _kept.difference_update([x for x in getweakrefs(model) if isinstance(x, _Kept)])
        _kept.add(new)


def _forward(model: Module, rows: Any) -> _Forward:
    """Return a model's compiled outputs: those of the last call, if nothing but numbers has changed since."""
    known = _known(model)
    return known if known is not None and known.still_is(model, rows) else _Forward(model, rows)


class _OfTheUser(Exception):
    """A part of a model may do anything when it is called."""


def _shape(model: Module) -> Any:
    """Return what a model of this library's own parts computes, but for the numbers in it; None for another."""
    try:
        return _shape_of(model)
    except _OfTheUser:
        return None


def _shape_of(part: Any) -> Any:
    kind = type(part)
    if isinstance(part, str) or part is None:
        return part
    if kind is Dropout:
        return kind
    if kind is Neuron and type(part.weights) is tuple:
        bias = part.bias if isinstance(part.bias, Value) else None if part.bias == 0.0 else _OfTheUser
        if bias is not _OfTheUser and (part.activation is None or isinstance(part.activation, str)):
            return kind, _Same(part.weights), _Same(bias), part.activation
    elif kind is Layer:
        return kind, part.activation if isinstance(part.activation, str) else None, *map(_shape_of, part.neurons)
    elif kind is MLP or kind is Sequential:
        return kind, *map(_shape_of, part.layers)
    raise _OfTheUser


class _Same:
    """An object that is equal to itself alone, and kept, so that no other gets its id."""

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    __hash__ = None  # type: ignore[assignment]
