"""Losses: how far a prediction is from its target, as one number to make smaller.

A prediction and its target are numbers or sequences of the same length. A loss over a sequence is
the mean over its outputs, or their sum with `reduction="sum"`; it is a Value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.functions import dot, log_softmax, logsumexp, relu, sum
from autograd.scalars import Number, number
from autograd.value import Value

Numbers = Any  # a number, or a sequence of numbers


def mse(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean squared error, (p - t)**2.

    Raises ValueError for unequal lengths, no outputs, or a reduction other than "mean" and "sum".

    >>> mse([1.0, 2.0], [1.0, 4.0]).data
    2.0
    """
    differences = _differences("mse", prediction, target)
    return _reduced(dot(differences, differences), len(differences), reduction)


def half_squared_error(prediction: Numbers, target: Numbers, reduction: str = "sum") -> Value:
    """Return half the sum of the squared errors, (p - t)**2 / 2: its derivative is p - t.

    Raises ValueError for unequal lengths, no outputs, or a reduction other than "mean" and "sum".

    >>> half_squared_error([3.0, 1.0], [1.0, 0.0]).data
    2.5
    """
    differences = _differences("half_squared_error", prediction, target)
    return _reduced(0.5 * dot(differences, differences), len(differences), reduction)


def mae(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean absolute error, abs(p - t); its derivative where p = t is 0.

    Raises ValueError for unequal lengths, no outputs, or a reduction other than "mean" and "sum".

    >>> mae([1.0, 2.0], [1.0, 4.0]).data
    1.0
    """
    differences = _differences("mae", prediction, target)
    return _reduced(sum([abs(d) for d in differences]), len(differences), reduction)


def hinge(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean hinge loss, max(0, 1 - t * p), of scores p for targets t that are -1 or +1.

    The derivative at a margin of exactly 1 is 0. Raises ValueError for other targets, unequal
    lengths, no outputs, or a reduction other than "mean" and "sum".

    >>> hinge([0.5, 3.0, -0.5], [1, 1, 1]).data
    0.6666666666666666
    """
    pairs = _pairs("hinge", prediction, target)
    for _, t in pairs:
        if not isinstance(t, Value) and abs(t) != 1.0:
            raise ValueError(f"hinge expects targets that are -1 or +1, got {t:g}")
    return _reduced(sum([relu(1.0 - t * p) for p, t in pairs]), len(pairs), reduction)


def cross_entropy_with_logits(prediction: Numbers, target: Numbers) -> Value:
    """Return the cross-entropy of softmax(prediction) for one sample: logsumexp(logits) - logits[target].

    `prediction` has a logit for each class; `target` is the index of the right class, or a
    probability for each class, such as a one-hot list. Keeps its precision for logits of any size
    and for samples that are almost certain.

    Raises ValueError for an index out of range or unequal lengths, TypeError for an index that is a
    Value.

    >>> round(cross_entropy_with_logits([5.0, 3.0, 1.0], 0).data, 6)
    0.142932
    >>> cross_entropy_with_logits([1000.0, 0.0], [0.0, 1.0]).data
    1000.0
    """
    if not _is_sequence(target):
        logits = _numbers(prediction)
        index = _class_index(target, len(logits))
        # Relative to the logit of the right class nothing cancels, neither here nor in the gradient.
        others = [z - logits[index] for k, z in enumerate(logits) if k != index]
        return _value(logsumexp([0.0, *others]))
    pairs = _pairs("cross_entropy_with_logits", prediction, target)
    return _value(-dot([t for _, t in pairs], log_softmax([z for z, _ in pairs])))


def l2(parameters: Iterable[Number], strength: Number) -> Value:
    """Return strength times the sum of the squared parameters: a penalty that keeps them small.

    Raises ValueError for a negative strength.

    >>> l2([3.0, 4.0], 0.1).data
    2.5
    """
    if not isinstance(strength, Value) and not strength >= 0.0:
        raise ValueError(f"strength must be at least 0, got {strength!r}")
    parameters = list(parameters)
    return _value(strength * dot(parameters, parameters))


def _is_sequence(x: Any) -> bool:
    return hasattr(x, "__iter__") and getattr(x, "shape", None) != ()


def _numbers(x: Numbers) -> list[Any]:
    """Return a number or a sequence as a list of floats and Values."""
    return [x if isinstance(x, Value) else number(x) for x in (x if _is_sequence(x) else [x])]


def _pairs(loss: str, prediction: Numbers, target: Numbers) -> list[tuple[Any, Any]]:
    """Return each output with its target."""
    predictions, targets = _numbers(prediction), _numbers(target)
    if len(predictions) != len(targets):
        raise ValueError(f"{loss} of unequal lengths: {len(predictions)} predictions, {len(targets)} targets")
    if not predictions:
        raise ValueError(f"{loss} of empty sequences: expected at least one output")
    return list(zip(predictions, targets, strict=True))


def _differences(loss: str, prediction: Numbers, target: Numbers) -> list[Any]:
    return [p - t for p, t in _pairs(loss, prediction, target)]


def _class_index(target: Number, classes: int) -> int:
    """Check the index of a class; a whole float will do, as labels in NumPy arrays often are."""
    index = number(target)
    if index not in range(classes):
        allowed = f"0 to {classes - 1}" if classes else "nothing, for there are no logits"
        raise ValueError(f"class index out of range: expected {allowed}, got {target!r}")
    return int(index)


def _reduced(total: Any, count: int, reduction: str) -> Value:
    if reduction not in ("mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}: expected 'mean' or 'sum'")
    return _value(total / count if reduction == "mean" else total)


def _value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)
