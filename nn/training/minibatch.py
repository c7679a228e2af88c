"""One minibatch: its loss, and the step it leads to, which is done as a whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from contextvars import copy_context
from copy import copy
from functools import partial
from typing import Any

from autograd import modes
from autograd.anomaly import detect_anomaly
from autograd.atomic import change, change_all, changing, new_numbers, numbers_of
from autograd.errors import AnomalyError
from autograd.functions import mean
from autograd.graph import topological
from autograd.reductions import dot
from autograd.value import Value
from nn.errors import TrainingError
from nn.losses import LOSSES, Loss, binary_cross_entropy, cross_entropy
from nn.optim.lbfgs import LBFGS
from nn.optim.optimizer import Optimizer
from nn.parts.stand_in import stand_in
from nn.parts.walk import items, modules
from nn.prediction import numbers
from nn.training.rows import Table, Weights

Rows = Sequence[list[float]]
Penalty = Callable[[list[Value]], Any]


class _Reached(Exception):
    """A loss depends on live parameters, not on their copies alone."""


class Trainer:
    """A model, the loss of one row, a penalty on the parameters, and an optimiser of them."""

    def __init__(
        self, model: Any, loss: Callable[[Any, Any], Any], penalty: Penalty | None, optimizer: Optimizer
    ) -> None:
        self.model, self.loss, self.penalty, self.optimizer = model, loss, penalty, optimizer
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.parameters: list[Value] = model.parameters()
        self.live: frozenset[Value] = frozenset()  # parameters that these are copies of

    def step(
        self, rows: Rows, targets: Sequence[Any], where: str, weights: Weights = None
    ) -> tuple[float, list[list[float]]]:
        """Move the parameters by one minibatch, and return its loss and outputs from before the step.

        Only the parameters of the optimiser move; those of the model that it does not have get no gradient.

        If anything stops it halfway, Ctrl-C too, parameters and optimiser are those from before.
        Raises TrainingError, with `where` in it, for a loss, gradient or parameter that is not finite.
        """
        if type(self.optimizer).step is LBFGS.step:
            with suppress(_Reached):
                return self._step_aside(rows, targets, where, weights)
        return self._step_here(rows, targets, where, weights)

    def _step_here(
        self, rows: Rows, targets: Sequence[Any], where: str, weights: Weights
    ) -> tuple[float, list[list[float]]]:
        optimizer = self.optimizer
        data, state = numbers_of(self.parameters), list(optimizer.state)
        outputs: list[list[float]] = []

        def again() -> None:
            self._loss(rows, targets, weights)[0].backward()

        def closure() -> Value:
            loss, predictions = self._loss(rows, targets, weights)
            outputs[:] = outputs or [numbers(prediction) for prediction in predictions]
            self._require_finite("the loss", [loss.data], where, again, predictions)
            self.optimizer.zero_grad()
            loss.backward()
            gradients = [p.grad for p in self.optimizer.params]
            self._clear_frozen()
            self._require_finite("the gradient of {0}", gradients, where, again, predictions)
            return loss

        if type(optimizer).step is Optimizer.step:
            loss = closure()
            moved, states = optimizer._proposed()
            self._require_finite("{0} after the step", moved, where)
            optimizer._commit(moved, states)
            return loss.data, outputs
        before = change(list.__setitem__, optimizer.state, slice(None), state)
        go_back = changing(new_numbers(self.parameters, data), before)
        try:
            loss = optimizer.step(closure)
            self._require_finite("{0} after the step", numbers_of(optimizer.params), where)
        except BaseException:
            go_back()
            raise
        return loss.data, outputs

    def _step_aside(
        self, rows: Rows, targets: Sequence[Any], where: str, weights: Weights
    ) -> tuple[float, list[list[float]]]:
        """Do as `step`, but try points out on copies of the parameters, and move those of the model at the end.

        Raises _Reached, and nothing has changed, if model, loss or penalty come to the parameters on a way of their
        own, such as a function that was made around them.
        """
        optimizer, twins = self.optimizer, {id(x): copy(x) for x in self.parameters}
        model, trial = stand_in(self.model, twins), copy(optimizer)
        own = {
            "params": [twins[id(x)] for x in optimizer.params],
            "state": list(optimizer.state),
            "param_groups": [{**x, "params": [twins[id(p)] for p in x["params"]]} for x in optimizer.param_groups],
        }
        vars(trial).update(own)
        aside = Trainer(model, self.loss, self.penalty, trial)
        aside.live = frozenset(self.parameters)
        pairs = [(part, twin, dict(vars(twin))) for part, twin in zip(*map(modules, (self.model, model)), strict=True)]
        loss, outputs = aside._step_here(rows, targets, where, weights)
        for part, twin, before in pairs:  # what a Module has noted down
            for name, x in vars(twin).items():
                if x is not before.get(name, twin) and items(x) is None:
                    vars(part)[name] = x
        said = {name: x for name, x in vars(trial).items() if name not in own}
        moved = new_numbers(optimizer.params, numbers_of(trial.params))
        change_all(moved, change(vars(optimizer).update, said))
        return loss, outputs

    def tried_out(self, tables: Iterable[Table], all_targets: bool) -> int:
        """Return how many outputs the model has, once it and the loss have taken the data without complaint."""
        model = stand_in(self.model).eval()
        prediction: Any = None
        for rows, targets, _ in tables:
            try:
                prediction = model(rows[0])
            except ValueError as error:
                raise ValueError(f"the model does not take rows of {len(rows[0])} column(s): {error}") from None
            known = self.loss in LOSSES.values()
            for k, target in enumerate(targets if known or all_targets else targets[:1]):
                try:
                    self.loss(prediction, target)
                except ValueError as error:
                    raise ValueError(f"the loss does not take the target of row {k}: {error}") from None
        return len(numbers(prediction))

    def evaluate(self, rows: Rows, targets: Sequence[Any], weights: Weights = None) -> tuple[float, list[list[float]]]:
        """Return the mean loss of rows, without the penalty, and their outputs; nothing is recorded."""
        return modes.within(self._judged, rows, targets, weights, recording=False)  # type: ignore[no-any-return]

    def _judged(self, rows: Rows, targets: Sequence[Any], weights: Weights) -> tuple[float, list[list[float]]]:
        model = stand_in(self.model).eval()
        predictions = [model(row) for row in rows]
        losses = [self.loss(p, target).data for p, target in zip(predictions, targets, strict=True)]
        return weighted_mean(losses, weights), [numbers(prediction) for prediction in predictions]

    def penalty_now(self) -> Any:
        """Return the penalty of the parameters as they are now; None if there is none."""
        return None if self.penalty is None else self.penalty(self.parameters)

    def penalised(self, loss: float) -> float:
        """Return a loss with the penalty of the parameters as they are now; nothing is recorded."""
        penalty = modes.within(self.penalty_now, recording=False)
        return loss if penalty is None else loss + numbers(penalty)[0]

    def _loss(self, rows: Rows, targets: Sequence[Any], weights: Weights) -> tuple[Value, list[Any]]:
        """Return the mean loss of rows plus the penalty, and the predictions."""
        model, each = self.model, self.loss
        predictions = [model(row) for row in rows]
        losses = [each(p, target) for p, target in zip(predictions, targets, strict=True)]
        total = 1.0 if weights is None else math.fsum(weights)
        loss: Any = mean(losses) if weights is None else dot([w / total for w in weights], losses)
        penalty = self.penalty_now()
        loss = loss if penalty is None else loss + penalty
        if not isinstance(loss, Value):
            raise TypeError(f"loss must return a Value made from the prediction, got {type(loss).__name__}")
        if self.live and not self.live.isdisjoint(topological(loss)):
            raise _Reached
        return loss, predictions

    def _clear_frozen(self) -> None:
        """Set the gradients of the parameters that the optimiser does not have to 0: nothing else would."""
        moved = {id(parameter) for parameter in self.optimizer.params}
        for parameter in self.parameters:
            if id(parameter) not in moved:
                parameter.grad = 0.0

    def _require_finite(
        self,
        what: str,
        found: list[float],
        where: str,
        again: Callable[[], None] | None = None,
        predictions: Sequence[Any] = (),
    ) -> None:
        """Raise TrainingError for the first number that is not finite; `again` shows the operation it came from."""
        if all(map(math.isfinite, found)):
            return
        k, x = next((k, x) for k, x in enumerate(found) if not math.isfinite(x))
        name = self.names.get(id(self.optimizer.params[k]), f"parameter {k}")
        message = f"{what.format(name)} is {x} in {where}; the parameters are those from before"
        if again is None:
            raise TrainingError(f"{message}. Try a lower learning rate")
        hints = [no_probabilities(self.loss, numbers(prediction)) for prediction in predictions]
        hint = next((f"\n{hint}" for hint in hints if hint), "")
        try:
            copy_context().run(detect_anomaly(again))  # in a separate context, which an interrupt cannot leave behind
        except AnomalyError as error:
            raise TrainingError(f"{message}: {error}{hint}") from error
        raise TrainingError(f"{message}. It was finite when the minibatch was run again")


def weighted_mean(numbers: Sequence[float], weights: Weights) -> float:
    """Return the mean of numbers, each as often as its weight says.

    >>> weighted_mean([1.0, 4.0], [2.0, 1.0]), weighted_mean([1.0, 4.0], None)
    (2.0, 2.5)
    """
    given = numbers if weights is None else [w * x for w, x in zip(weights, numbers, strict=True)]
    total = float(len(numbers)) if weights is None else math.fsum(weights)
    try:
        return math.fsum(given) / total
    except (OverflowError, ValueError):  # a sum past the largest float, or of both infinities
        return sum(given) / total


def no_probabilities(loss: Loss, prediction: Sequence[float]) -> str:
    """Say what is wrong with outputs that a loss of probabilities does not expect, and what to do; else return "".

    >>> no_probabilities(cross_entropy, [0.25, 0.75]), no_probabilities(abs, [-0.5])
    ('', '')
    """
    loss = loss.func if isinstance(loss, partial) else loss
    if loss not in (binary_cross_entropy, cross_entropy):
        return ""
    wrong = [p for p in prediction if p < 0.0 or p > 1.0]
    if wrong:
        fault = f"from 0 to 1, got {wrong[0]:g}"
    elif loss is cross_entropy and abs(math.fsum(prediction) - 1.0) > 0.001:
        fault = f"that add up to 1, got a sum of {math.fsum(prediction):g}"
    else:
        return ""
    name, output = loss.__name__, "sigmoid" if loss is binary_cross_entropy else "softmax"
    return f'{name} expects probabilities {fault}: use {name}_with_logits, or MLP(..., output="{output}")'
