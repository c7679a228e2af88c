"""Losses: how far a prediction is from its target, as one number to make smaller.

A prediction and its target are numbers or sequences of the same length. A loss over a sequence is
the mean over its outputs, or their sum with `reduction="sum"`; it is a Value. Values and gradients are
PyTorch's where PyTorch has the loss. Every loss raises ValueError for unequal lengths, and those with a
`reduction` for no outputs and for one other than "mean" and "sum".

Courses define some losses as sums: "MAE" as sum |p - t| is `mae(..., reduction="sum")`, "MSE" as
1/2 sum (p - t)**2 is `half_squared_error`, cross-entropy as -sum t log(p + 1e-7) is
`cross_entropy(..., eps=1e-7)`, and the loss of an example that may have several labels at once is
`binary_cross_entropy_with_logits(..., reduction="sum")`.

No loss looks at the number in a Value to decide what to compute, so the operations it records are
right for any other number too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd import functions
from autograd.functions import dot, log, log1p, log_softmax, logsumexp, maximum, minimum, relu, softplus, square, where
from autograd.ops import DETACH
from autograd.scalars import Number
from autograd.value import Value, apply
from nn.checks.outputs import Numbers, check_not_negative, check_probability, is_known, is_sequence, of_class, pairs_of
from nn.checks.words import unknown
from nn.data.tables import listed

Loss = Callable[..., Value]

EDGE = 9.999999960041972e-13  # 1e-12 in single precision, as PyTorch has it: see `binary_cross_entropy`
LEAST = 3.720075976020836e-44  # exp(-100)


def mse(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean squared error, (p - t)**2.

    >>> mse([1.0, 2.0], [1.0, 4.0]).data
    2.0
    """
    differences = [p - t for p, t in pairs_of("mse", prediction, target)]
    return _reduced(dot(differences, differences), len(differences), reduction)


def half_squared_error(prediction: Numbers, target: Numbers, reduction: str = "sum") -> Value:
    """Return half the sum of the squared errors, (p - t)**2 / 2: its derivative is p - t.

    >>> half_squared_error([3.0, 1.0], [1.0, 0.0]).data
    2.5
    """
    differences = [p - t for p, t in pairs_of("half_squared_error", prediction, target)]
    return _reduced(0.5 * dot(differences, differences), len(differences), reduction)


def mae(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean absolute error, abs(p - t); its derivative where p = t is 0.

    >>> mae([1.0, 2.0], [1.0, 4.0]).data
    1.0
    """
    differences = [p - t for p, t in pairs_of("mae", prediction, target)]
    return _reduced(functions.sum([abs(d) for d in differences]), len(differences), reduction)


def huber(prediction: Numbers, target: Numbers, reduction: str = "mean", delta: Number = 1.0) -> Value:
    """Return the mean Huber loss: (p - t)**2 / 2 up to a distance of `delta`, and a straight line beyond (Huber, 1964).

    Raises ValueError for a delta that is not positive, unequal lengths, no outputs, or a reduction
    other than "mean" and "sum".

    >>> huber([1.0, 5.0], [0.0, 0.0]).data
    2.5
    """
    if not isinstance(delta, Value) and not delta > 0.0:
        raise ValueError(f"delta must be above 0, got {delta!r}")
    distances = [abs(p - t) for p, t in pairs_of("huber", prediction, target)]
    slopes = [minimum(d, delta) for d in distances]
    heights = [d - 0.5 * slope for d, slope in zip(distances, slopes, strict=True)]
    return _reduced(dot(slopes, heights), len(distances), reduction)


def hinge(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean hinge loss, max(0, 1 - t * p), of scores p for targets t that are -1 or +1.

    The derivative at a margin of exactly 1 is 0. Raises ValueError for other targets, unequal
    lengths, no outputs, or a reduction other than "mean" and "sum".

    >>> hinge([0.5, 3.0, -0.5], [1, 1, 1]).data
    0.6666666666666666
    """
    pairs = pairs_of("hinge", prediction, target)
    for _, t in pairs:
        if not isinstance(t, Value) and abs(t) != 1.0:
            raise ValueError(f"hinge expects targets that are -1 or +1, got {t:g}")
    return _reduced(functions.sum([relu(1.0 - t * p) for p, t in pairs]), len(pairs), reduction)


def binary_cross_entropy(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean of -t log p - (1 - t) log(1 - p), for probabilities p of targets t from 0 to 1.

    Logarithms stop at -100, and the slope with respect to p is (p - t) / max(p (1 - p), 1e-12): both are PyTorch's,
    and finite also where p is 0 or 1. A Value outside [0, 1] gives NaN. After a sigmoid,
    use `binary_cross_entropy_with_logits` without it: it stays accurate and learns where p is rounded to 0 or 1.

    Raises ValueError for plain numbers outside [0, 1], unequal lengths, no outputs, or a reduction
    other than "mean" and "sum".

    >>> binary_cross_entropy([0.5, 1.0], [1, 1], reduction="sum").data
    0.6931471805599453
    >>> binary_cross_entropy(0.0, 1).data
    100.0
    """
    pairs = pairs_of("binary_cross_entropy", prediction, target)
    for p, t in pairs:
        check_probability("binary_cross_entropy", "predictions", p)
        check_probability("binary_cross_entropy", "targets", t)
    return _reduced(functions.sum([_binary_cross_entropy(p, t) for p, t in pairs]), len(pairs), reduction)


def binary_cross_entropy_with_logits(prediction: Numbers, target: Numbers, reduction: str = "mean") -> Value:
    """Return the mean binary cross-entropy of sigmoid(z), for logits z and targets t from 0 to 1.

    It is t * softplus(-z) + (1 - t) * softplus(z), which keeps its precision for logits of any size.
    Raises ValueError for plain targets outside [0, 1], unequal lengths, no outputs, or a reduction
    other than "mean" and "sum".

    >>> binary_cross_entropy_with_logits([-1000.0, 0.0, 1000.0], [1, 0, 1], reduction="sum").data
    1000.6931471805599
    """
    pairs = pairs_of("binary_cross_entropy_with_logits", prediction, target)
    for _, t in pairs:
        check_probability("binary_cross_entropy_with_logits", "targets", t)
    wanted = [t for _, t in pairs] + [1.0 - t for _, t in pairs]
    costs = [softplus(-z) for z, _ in pairs] + [softplus(z) for z, _ in pairs]
    return _reduced(dot(wanted, costs), len(pairs), reduction)


def cross_entropy(prediction: Numbers, target: Numbers, eps: Number = 0.0) -> Value:
    """Return the cross-entropy of probabilities for one sample: -log(p[target] + eps).

    `prediction` has a probability for each class; `target` is the index of the right class, or a
    probability t for each class, such as a one-hot list: then it is -sum t log(p + eps), where classes
    with t = 0 add nothing. `eps=1e-7` is the form of many textbooks; with 0.0, a right class of
    probability 0 costs inf. `cross_entropy_with_logits` has no such edge.

    Raises ValueError for an index out of range, unequal lengths, or a negative eps, TypeError for an
    index that is a Value.

    >>> cross_entropy([0.25, 0.5, 0.25], 1).data
    0.6931471805599453
    >>> cross_entropy([1.0, 0.0], [0.0, 1.0], eps=1e-7).data
    16.11809565095832
    """
    check_not_negative("eps", eps)
    if not is_sequence(target):
        return _value(-log(of_class(prediction, target)[0] + eps))
    pairs = pairs_of("cross_entropy", prediction, target)
    return _value(-dot([t for _, t in pairs], [log(where(t, p + eps, 1.0)) for p, t in pairs]))


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
    if not is_sequence(target):
        right, others = of_class(prediction, target)
        # Relative to the logit of the right class nothing cancels, neither here nor in the gradient.
        return _value(logsumexp([*([0.0] if is_known(target) else []), *[z - right for z in others]]))
    pairs = pairs_of("cross_entropy_with_logits", prediction, target)
    return _value(-dot([t for _, t in pairs], log_softmax([z for z, _ in pairs])))


def l1(parameters: Iterable[Number], strength: Number) -> Value:
    """Return strength times the sum of the parameters' magnitudes: a penalty that makes many of them 0.

    The derivative with respect to a parameter that is 0 is 0. Raises ValueError for a negative strength.

    >>> l1([3.0, -4.0], 0.5).data
    3.5
    """
    check_not_negative("strength", strength)
    return _value(strength * functions.sum([abs(p) for p in listed("parameters", parameters)]))


def l2(parameters: Iterable[Number], strength: Number) -> Value:
    """Return strength times the sum of the squared parameters: a penalty that keeps them small.

    Raises ValueError for a negative strength.

    >>> l2([3.0, 4.0], 0.1).data
    2.5
    """
    check_not_negative("strength", strength)
    parameters = listed("parameters", parameters)
    return _value(strength * dot(parameters, parameters))


LOSSES: dict[str, Loss] = {
    f.__name__: f
    for f in (
        *(mse, half_squared_error, mae, huber, hinge, binary_cross_entropy, binary_cross_entropy_with_logits),
        *(cross_entropy, cross_entropy_with_logits),
    )
}


def known_loss(loss: str | Loss) -> Loss:
    """Return the loss of a name in `LOSSES`; a function is returned as it is.

    Raises ValueError for an unknown name, TypeError for what is neither name nor function.

    >>> known_loss("mse")([1.0, 2.0], [1.0, 4.0]).data
    2.0
    """
    if callable(loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss]
    raise unknown("loss", loss, LOSSES, "a function or ")


def _binary_cross_entropy(p: Any, t: Any) -> Any:
    """Return the loss of one output: by the formula, and closer than `EDGE` to 0 or 1 as PyTorch limits it.

    PyTorch writes the slope by hand. Here it is the slope of `tangent`, a parabola that adds nothing to
    the value, so second derivatives are those of PyTorch's slope too. Outside [0, 1] the formula gives NaN.
    """
    inside = functions.step(abs(p * (1.0 - p)) - EDGE)
    q = where(inside, p, 0.5)  # guarded: an infinite slope times 0 is NaN
    formula = t * log(q) + (1.0 - t) * log1p(-q)
    here = apply(DETACH, p)
    limited = t * log(maximum(here, LEAST)) + (1.0 - t) * log(maximum(1.0 - here, LEAST))
    tangent = square(p - apply(DETACH, t)) * (0.5 / EDGE)
    return where(inside, -formula, (tangent - apply(DETACH, tangent)) - limited)


def _reduced(total: Any, count: int, reduction: str) -> Value:
    if reduction not in ("mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}: expected 'mean' or 'sum'")
    return _value(total / count if reduction == "mean" else total)


def _value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)
