"""Training as native code: a model, its loss and its optimiser's rule, recorded and compiled."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from autograd.atomic import change, change_all, new_numbers, numbers_of
from autograd.recording import recorded_gradient
from autograd.value import Value
from nn.layers import Dropout
from nn.module import Module, parts, stand_in
from nn.optim.optimizer import Optimizer
from nn.prediction import outputs_of
from nn.training.minibatch import Learner, Weights, weighted_mean

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
        if not _repeats(learner, len(rows[0]), targets[0]):
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
    """Return whether a model does the same each time it is called: chance of its own would be recorded once for all."""
    from autograd.compiler.program import program_of
    from autograd.compiler.tracing import forget, traced, without_numbers

    found = []
    for _ in range(2):
        row, wanted, given = _unknown_row(width, target)
        nodes, model = [*row, *wanted], stand_in(learner.model).train()
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
        given = list(target) if hasattr(target, "__iter__") else target
        return [learner.loss(prediction, given), *outputs_of(prediction)]

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
