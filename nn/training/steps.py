"""Training as native code: a model, its loss and its optimiser's rule, recorded and compiled."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from autograd.atomic import change, change_all, new_numbers, numbers_of
from nn.layers import Dropout
from nn.optim.optimizer import Optimizer
from nn.parts.stand_in import stand_in
from nn.parts.walk import modules
from nn.prediction import outputs_of
from nn.training.minibatch import Trainer, weighted_mean
from nn.training.recording import recorded_row, recorded_rule
from nn.training.rows import Weights

Rows = Sequence[list[float]]


def available() -> bool:
    """Return whether there is what native code needs: NumPy and llvmlite."""
    return find_spec("llvmlite") is not None and find_spec("numpy") is not None


class Steps:
    """The steps of a training as native code, on rows and targets that stay the same."""

    def __init__(
        self, recorded: Any, optimizer: Optimizer, rows: Rows, targets: Sequence[Any], weights: Weights, largest: int,
        mesh: Any = None,
    ) -> None:  # fmt: skip
        self.optimizer = optimizer
        self.settings = self._settings()
        self.weights, self.epochs_at_once = weights, 1
        wide = [t if isinstance(t, (list, tuple)) else [t] for t in targets]
        factors = [] if weights is None else [[[x] for x in weights]]  # of the row losses; see `_weigh`
        updates = [
            (recorded_rule(self.optimizer, group), len(group["params"])) for group in self.optimizer.param_groups
        ]
        given = recorded, updates, self.optimizer.state, [rows, wide, *factors]
        if mesh is None:
            from autograd.compiler.run.stepping import Stepper

            self.stepper: Any = Stepper(*given, largest)
        else:
            from autograd.compiler.jax.stepping import JaxStepper

            self.stepper = JaxStepper(*given, mesh)

    def _settings(self) -> list[dict[str, Any]]:
        """Return the constants of the compiled step for each group: its parameters, and its settings but the rate."""
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
        """Return whether the compiled step still fits the optimiser's settings, except the rate, and its state."""
        return self.settings == self._settings() and self.stepper.fits(self.optimizer.state)


def steps_of(
    trainer: Trainer, rows: Rows, targets: Sequence[Any], weights: Weights, largest: int, keep_outputs: bool,
    mesh: Any = None,
) -> Steps | None:  # fmt: skip
    """Return the steps of a training as native code, or by JAX on a mesh, or None where Python has to take them.

    Python takes them without llvmlite, for optimisers that override `step`, where random numbers are drawn for each
    row, as by `Dropout`, and, with a warning, where a model, loss or penalty needs to know its numbers.
    """
    optimizer = trainer.optimizer
    if mesh is not None and weights is None:
        weights = [1.0] * len(rows)  # a row that fills up a minibatch has weight 0
    if not (mesh is not None or available()) or type(optimizer).step is not Optimizer.step:
        return None
    if any([isinstance(part, Dropout) and part.p > 0.0 for part in modules(trainer.model)]):
        return None
    if any([isinstance(t, (list, tuple)) != isinstance(targets[0], (list, tuple)) for t in targets]):
        return None
    try:
        recorded = recorded_row(trainer, len(rows[0]), targets[0], keep_outputs, weights is not None)
        return None if recorded is None else Steps(recorded, optimizer, rows, targets, weights, largest, mesh)
    except ValueError:
        return None  # a setting that is not allowed: Python raises it again
    except Exception as error:  # it works on numbers, so Python can train it
        warnings.warn(f"nn.fit trains without compiling: {type(error).__name__}: {error}", stacklevel=_users_level())
        return None


def _users_level() -> int:
    """Return the `stacklevel` for `warnings.warn` of the first caller outside this library."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("nn", "autograd"):
        frame, level = frame.f_back, level + 1
    return level


def judge(
    trainer: Trainer, rows: Rows, targets: Sequence[Any], weights: Weights = None
) -> Callable[[], tuple[float, list[list[float]]]] | None:
    """Return what `Trainer.evaluate` does on rows that stay the same, as native code; None as for `steps_of`."""
    if not available():
        return None
    import numpy

    from autograd.compiler import compile
    from autograd.compiler.trace.tracing import without_numbers

    model = stand_in(trainer.model).eval()

    def judged(row: Any, target: Any) -> list[Any]:
        prediction = model(list(row))
        given = list(target) if hasattr(target, "__iter__") else target
        return [trainer.loss(prediction, given), *outputs_of(prediction)]

    def each(row: Any, target: Any) -> Any:
        return without_numbers(trainer.parameters, judged, row, target)

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
