"""Scoring: from what a model puts out to what a metric takes, by the loss and the targets it learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from nn import losses
from nn.metrics import METRICS, OF_NUMBERS, Metric, f1, metric, precision, recall

Outputs = list[float]
Decision = Callable[[Any], Any]  # from a target, or the outputs for one row, to a class

THRESHOLDS: dict[Any, float] = {  # an output above it is the positive class; hinge decides by sign
    losses.binary_cross_entropy_with_logits: 0.0,
    losses.binary_cross_entropy: 0.5,
    losses.mse: 0.5,
    losses.half_squared_error: 0.5,
    losses.mae: 0.5,
    losses.huber: 0.5,
}
OF_CLASSES = (
    losses.hinge,
    losses.binary_cross_entropy,
    losses.binary_cross_entropy_with_logits,
    losses.cross_entropy,
    losses.cross_entropy_with_logits,
)


def scorers(
    metrics: str | Metric | Iterable[str | Metric], loss: Any, targets: Sequence[Any], width: int
) -> dict[str, Metric]:
    """Return by name functions of targets and outputs, one list of `width` outputs per row.

    Metrics of numbers see the outputs themselves, those of classes what they decide on: the largest
    of several outputs, or whether an output is above the threshold of the loss. A function of the
    user's sees classes if the loss is for classes, else outputs. Precision, recall and F1 are those
    of class 1 of two classes, and the mean over more.

    Raises ValueError for unknown and repeated names, and for metrics of classes where the classes cannot be
    derived from the outputs.

    >>> from nn.losses import binary_cross_entropy_with_logits
    >>> scorers(["accuracy"], binary_cross_entropy_with_logits, [0, 1], width=1)["accuracy"]([0, 1], [[-2.0], [0.3]])
    1.0
    """
    loss = loss.func if isinstance(loss, partial) else loss
    decide = _decisions(loss, targets, width)
    found: dict[str, Metric] = {}
    for given in [metrics] if isinstance(metrics, str) or callable(metrics) else metrics:
        name, function = metric(given)
        if name in found or name in ("loss", "lr"):
            raise ValueError(f"two columns of the history would be named {name!r}: rename the metric's function")
        ours = METRICS.get(name) is function
        if ours and name not in OF_NUMBERS and decide is None:
            raise ValueError(
                f"{name}: nothing says which class outputs mean. It needs targets that are class indices or one-hot "
                f"(for one output, 0 and 1 or -1 and 1) and a loss of nn; or give a function of (y_true, y_pred)"
            )
        if width > 2 and function in (precision, recall, f1):
            function = partial(function, average="macro")
        of_classes = name not in OF_NUMBERS if ours else loss in OF_CLASSES
        found[name] = _of(function, decide if of_classes else None)
    return found


def _of(function: Metric, decide: tuple[Decision, Decision] | None) -> Metric:
    """Return a function of targets and outputs from one of classes, or of numbers."""

    def score(targets: Sequence[Any], outputs: Sequence[Outputs]) -> float:
        if decide is None:
            return float(function([_lone(t) for t in targets], [_lone(o) for o in outputs]))
        of_target, of_outputs = decide
        return float(function([of_target(t) for t in targets], [of_outputs(o) for o in outputs]))

    return score


def _lone(row: Any) -> Any:
    """Return the only number of a row itself."""
    return row[0] if isinstance(row, list) and len(row) == 1 else row


def _decisions(loss: Any, targets: Sequence[Any], width: int) -> tuple[Decision, Decision] | None:
    """Return how to read a class from a target and from outputs, or None where nothing says so."""
    numbers = {x for target in targets for x in (target if isinstance(target, list) else [target])}
    if loss is losses.hinge or (width == 1 and -1 in numbers and numbers <= {-1, 1}):
        return _above(0.0, -1, width), _above(0.0, -1, width)
    by_output = width == 1 or loss in (losses.binary_cross_entropy, losses.binary_cross_entropy_with_logits)
    if by_output and numbers <= {0, 1} and loss in THRESHOLDS:
        return _above(0.5, 0, width), _above(THRESHOLDS[loss], 0, width)
    if by_output:
        return None
    if not any([isinstance(target, list) for target in targets]):
        return int, _largest
    if all([isinstance(t, list) and sorted(t) == [0] * (len(t) - 1) + [1] for t in targets]):
        return _largest, _largest
    return None


def _above(threshold: float, low: int, width: int) -> Decision:
    """Return what decides between two classes, for the only output or for each of several."""

    def decide(row: Any) -> Any:
        classes = [1 if x > threshold else low for x in (row if isinstance(row, list) else [row])]
        return classes[0] if width == 1 else classes

    return decide


def _largest(outputs: Outputs) -> int:
    return outputs.index(max(outputs))
