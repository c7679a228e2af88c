"""Metrics: how good predictions are, as numbers for people: accuracy, precision, recall, F1, MSE, MAE, R2.

A metric is a function of (y_true, y_pred) and gives scikit-learn's number. Those of classes take one
class, or one list of 0s and 1s, per row; those of numbers one number, or one list of them, per row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd.scalars import number

Metric = Callable[[Sequence[Any], Sequence[Any]], float]


def accuracy(y_true: Sequence[Any], y_pred: Sequence[Any]) -> float:
    """Return the share of rows whose class is predicted; of a list of classes, each must be right.

    Raises ValueError for unequal lengths or no rows, as every metric does.

    >>> accuracy([0, 1, 2, 2], [0, 1, 2, 0])
    0.75
    """
    pairs = _pairs(y_true, y_pred)
    return sum([bool(_plain(t) == _plain(p)) for t, p in pairs]) / len(pairs)


def precision(y_true: Sequence[Any], y_pred: Sequence[Any], average: str = "binary") -> float:
    """Return the share of predictions of a class that are right; 0 where it is never predicted.

    "binary" is for class 1 of two classes; "macro" is the mean over all classes that occur. Raises
    ValueError for another average, or for "binary" and classes other than 0 and 1, or -1 and 1.

    >>> precision([0, 1, 0, 1], [0, 1, 1, 1])
    0.6666666666666666
    """
    return _averaged(y_true, y_pred, average, lambda right, predicted, actual: _share(right, predicted))


def recall(y_true: Sequence[Any], y_pred: Sequence[Any], average: str = "binary") -> float:
    """Return the share of the rows of a class that are predicted to be; 0 where there are none.

    `average` and the errors are those of `precision`.

    >>> recall([0, 1, 0, 1], [0, 0, 1, 1])
    0.5
    """
    return _averaged(y_true, y_pred, average, lambda right, predicted, actual: _share(right, actual))


def f1(y_true: Sequence[Any], y_pred: Sequence[Any], average: str = "binary") -> float:
    """Return the harmonic mean of precision and recall; 0 where both are.

    `average` and the errors are those of `precision`.

    >>> f1([0, 1, 0, 1], [0, 1, 1, 1])
    0.8
    """
    return _averaged(y_true, y_pred, average, lambda right, predicted, actual: _share(2 * right, predicted + actual))


def mse(y_true: Sequence[Any], y_pred: Sequence[Any]) -> float:
    """Return the mean squared error over rows and outputs.

    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    differences = [t - p for column in _columns(y_true, y_pred) for t, p in column]
    return math.fsum([d * d for d in differences]) / len(differences)


def mae(y_true: Sequence[Any], y_pred: Sequence[Any]) -> float:
    """Return the mean absolute error over rows and outputs.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    differences = [t - p for column in _columns(y_true, y_pred) for t, p in column]
    return math.fsum(map(abs, differences)) / len(differences)


def r2(y_true: Sequence[Any], y_pred: Sequence[Any]) -> float:
    """Return the share of the variance that is explained, 1 at best, as a mean over outputs.

    Targets that are all equal have no variance: then it is 1 for perfect predictions, else 0. NaN
    for a single row.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    columns = _columns(y_true, y_pred)
    return math.fsum(map(_explained, columns)) / len(columns)


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "mse": mse,
    "mae": mae,
    "r2": r2,
}
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
    error = ValueError if isinstance(given, str) else TypeError
    raise error(f"unknown metric {given!r}: expected a function of (y_true, y_pred) or one of {', '.join(METRICS)}")


def _pairs(y_true: Sequence[Any], y_pred: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return each target with its prediction."""
    if len(y_true) != len(y_pred):
        raise ValueError(f"a metric of unequal lengths: {len(y_true)} targets, {len(y_pred)} predictions")
    if not len(y_true):
        raise ValueError("a metric of no rows: expected at least one")
    return list(zip(y_true, y_pred, strict=True))


def _plain(x: Any) -> Any:
    """Return one row as something that compares as a whole."""
    return tuple(x) if hasattr(x, "__iter__") and not isinstance(x, str) else x


def _averaged(
    y_true: Sequence[Any], y_pred: Sequence[Any], average: str, score: Callable[[int, int, int], float]
) -> float:
    """Return a score made of the numbers of right predictions, predictions and rows of a class."""
    pairs = [(_plain(t), _plain(p)) for t, p in _pairs(y_true, y_pred)]
    occurring = {row for pair in pairs for row in pair}
    if any(isinstance(row, tuple) for row in occurring):
        raise ValueError("precision, recall and f1 expect one class per row, got a list: give a function of your own")
    if average not in ("binary", "macro"):
        raise ValueError(f"unknown average {average!r}: expected 'binary' or 'macro'")
    if average == "binary" and not (occurring <= {0, 1} or occurring <= {-1, 1}):
        raise ValueError("average='binary' expects classes 0 and 1, or -1 and 1: use average='macro' for others")
    scores = [
        score(
            sum([t == p == label for t, p in pairs]),
            sum([p == label for _, p in pairs]),
            sum([t == label for t, _ in pairs]),
        )
        for label in ([1] if average == "binary" else occurring)
    ]
    return math.fsum(scores) / len(scores)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _columns(y_true: Sequence[Any], y_pred: Sequence[Any]) -> list[list[tuple[float, float]]]:
    """Return target and prediction of every row, by output."""
    pairs = [(_numbers(t), _numbers(p)) for t, p in _pairs(y_true, y_pred)]
    width = len(pairs[0][0])
    for t, p in pairs:
        if len(t) != width or len(p) != width or not width:
            raise ValueError(f"expected one prediction per target in each row: {len(t)} targets, {len(p)} predictions")
    return [[(t[k], p[k]) for t, p in pairs] for k in range(width)]


def _numbers(x: Any) -> list[float]:
    return [number(each) for each in x] if hasattr(x, "__iter__") else [number(x)]


def _explained(column: list[tuple[float, float]]) -> float:
    if len(column) < 2:
        return math.nan
    middle = math.fsum([t for t, _ in column]) / len(column)
    left = math.fsum([(t - p) ** 2 for t, p in column])
    total = math.fsum([(t - middle) ** 2 for t, _ in column])
    if total == 0.0:
        return float(left == 0.0)
    return 1.0 - left / total
