"""Metrics: how good predictions are, as numbers for people: accuracy, precision, recall, F1, MSE, MAE, R2.

A metric is a function of (y_true, y_pred) and gives scikit-learn's number. Those of classes take one
class, or one list of 0s and 1s, per row; those of numbers one number, or one list of them, per row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nn.checks.words import unknown
from nn.data.tables import labels_of, rows_of, weights

Metric = Callable[..., float]  # of (y_true, y_pred)
Score = Callable[[float, float, float], float]


def accuracy(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the share of rows whose class is predicted; of a list of classes, each must be right.

    `sample_weight`, here and for every metric, has a weight for each row. Raises ValueError for unequal
    lengths, an empty table and negative or zero weights, and TypeError for anything that is not a table, as `fit` does.

    >>> accuracy([0, 1, 2, 2], [0, 1, 2, 0])
    0.75
    """
    pairs = _pairs(labels_of("y_true", y_true), labels_of("y_pred", y_pred))
    return _mean([bool(t == p) for t, p in pairs], sample_weight)


def precision(y_true: Any, y_pred: Any, average: str = "binary", *, sample_weight: Any = None) -> float:
    """Return the share of predictions of a class that are right; 0 where it is never predicted.

    "binary" is for class 1 of two classes; "macro" is the mean over all classes that occur. Raises
    ValueError for another average, or for "binary" and classes other than 0 and 1, or -1 and 1.

    >>> precision([0, 1, 0, 1], [0, 1, 1, 1])
    0.6666666666666666
    """
    return _averaged(y_true, y_pred, average, sample_weight, lambda right, predicted, actual: _share(right, predicted))


def recall(y_true: Any, y_pred: Any, average: str = "binary", *, sample_weight: Any = None) -> float:
    """Return the share of the rows of a class that are predicted to be; 0 where there are none.

    `average` and the errors are those of `precision`.

    >>> recall([0, 1, 0, 1], [0, 0, 1, 1])
    0.5
    """
    return _averaged(y_true, y_pred, average, sample_weight, lambda right, predicted, actual: _share(right, actual))


def f1(y_true: Any, y_pred: Any, average: str = "binary", *, sample_weight: Any = None) -> float:
    """Return the harmonic mean of precision and recall; 0 where both are.

    `average` and the errors are those of `precision`.

    >>> f1([0, 1, 0, 1], [0, 1, 1, 1])
    0.8
    """
    return _averaged(
        y_true, y_pred, average, sample_weight, lambda right, predicted, actual: _share(2 * right, predicted + actual)
    )


def mse(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the mean squared error over rows and outputs.

    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    columns = _columns(y_true, y_pred)
    return _mean_of_columns([[_square(t - p) for t, p in column] for column in columns], sample_weight)


def mae(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the mean absolute error over rows and outputs.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    columns = _columns(y_true, y_pred)
    return _mean_of_columns([[abs(t - p) for t, p in column] for column in columns], sample_weight)


def r2(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the share of the variance that is explained, 1 at best, as a mean over outputs.

    Targets that are all equal have no variance: then it is 1 for perfect predictions, else 0. NaN
    for a single row.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    columns = _columns(y_true, y_pred)
    given = weights(sample_weight, len(columns[0]))
    return math.fsum([_explained(column, given) for column in columns]) / len(columns)


METRICS: dict[str, Metric] = {f.__name__: f for f in (accuracy, precision, recall, f1, mse, mae, r2)}
OF_NUMBERS = ("mse", "mae", "r2")  # all others are of classes
HIGHER_IS_BETTER = ("accuracy", "precision", "recall", "f1", "r2")


def metric(given: str | Metric) -> tuple[str, Metric]:
    """Return the name and the function of a metric given by either.

    Raises ValueError for an unknown name, TypeError for what is neither.

    >>> metric("mae")[1] is mae
    True
    """
    if isinstance(given, str) and given in METRICS:
        return given, METRICS[given]
    if callable(given):
        of = given.func if isinstance(given, partial) else given
        return getattr(of, "__name__", type(of).__name__), given
    raise unknown("metric", given, METRICS, "a function of (y_true, y_pred) or ")


def _pairs(y_true: list[Any], y_pred: list[Any]) -> list[tuple[Any, Any]]:
    """Return each target with its prediction."""
    if len(y_true) != len(y_pred):
        raise ValueError(f"a metric of unequal lengths: {len(y_true)} targets, {len(y_pred)} predictions")
    if not y_true:
        raise ValueError("a metric of no rows: expected at least one")
    return list(zip(y_true, y_pred, strict=True))


def _mean(numbers: Sequence[float], sample_weight: Any) -> float:
    """Return the mean of one number for each row."""
    given = weights(sample_weight, len(numbers))
    return math.fsum([w * x for w, x in zip(given, numbers, strict=True)]) / math.fsum(given)


def _mean_of_columns(columns: list[list[float]], sample_weight: Any) -> float:
    """Return the mean of one number for each row and output."""
    if sample_weight is None:
        return _mean([x for column in columns for x in column], None)
    return math.fsum([_mean(column, sample_weight) for column in columns]) / len(columns)


def _averaged(y_true: Any, y_pred: Any, average: str, sample_weight: Any, score: Score) -> float:
    """Return a score made of the weights of right predictions, predictions and rows of a class."""
    pairs = _pairs(labels_of("y_true", y_true), labels_of("y_pred", y_pred))
    given = weights(sample_weight, len(pairs))
    occurring = {row for pair in pairs for row in pair}
    if any(isinstance(row, tuple) for row in occurring):
        raise ValueError("precision, recall and f1 expect one class per row, got a list: give a function of your own")
    if average not in ("binary", "macro"):
        raise ValueError(f"unknown average {average!r}: expected 'binary' or 'macro'")
    if average == "binary" and not (occurring <= {0, 1} or occurring <= {-1, 1}):
        raise ValueError("average='binary' expects classes 0 and 1, or -1 and 1: use average='macro' for others")
    weighted = list(zip(pairs, given, strict=True))
    scores = [
        score(
            math.fsum([w for (t, p), w in weighted if t == p == label]),
            math.fsum([w for (_, p), w in weighted if p == label]),
            math.fsum([w for (t, _), w in weighted if t == label]),
        )
        for label in ([1] if average == "binary" else occurring)
    ]
    return math.fsum(scores) / len(scores)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _columns(y_true: Any, y_pred: Any) -> list[list[tuple[float, float]]]:
    """Return target and prediction of every row, by output."""
    pairs = _pairs(rows_of("y_true", y_true), rows_of("y_pred", y_pred))
    width = len(pairs[0][0])
    for t, p in pairs:
        if len(t) != width or len(p) != width or not width:
            raise ValueError(f"expected one prediction per target in each row: {len(t)} targets, {len(p)} predictions")
    return [[(t[k], p[k]) for t, p in pairs] for k in range(width)]


def _explained(column: list[tuple[float, float]], given: list[float]) -> float:
    """Return the share of a column's variance that is explained."""
    if len(column) < 2:
        return math.nan
    middle = _mean([t for t, _ in column], given)
    left = math.fsum([w * _square(t - p) for (t, p), w in zip(column, given, strict=True)])
    total = math.fsum([w * _square(t - middle) for (t, _), w in zip(column, given, strict=True)])
    if total == 0.0:
        return float(left == 0.0)
    return 1.0 - left / total


def _square(x: float) -> float:
    return x * x  # where x**2 raises, this is infinite
