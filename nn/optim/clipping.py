"""Gradient clipping: limit the gradients of parameters between backward() and step(), with PyTorch's numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from autograd.floats.branches import clip, maximum, minimum
from autograd.scalars import Number
from autograd.value import Value
from nn.checks.settings import positive
from nn.optim.optimizer import parameters_to_optimise


def clip_grad_value_(params: Iterable[Value], limit: Number) -> None:
    """Limit the gradient of each parameter to [-limit, limit], in place.

    Raises ValueError for a limit that is not positive, no parameters, or a parameter given twice.

    >>> w = Value(1.0)
    >>> w.grad = -5.0
    >>> clip_grad_value_([w], 2.0)
    >>> w.grad
    -2.0
    """
    limit = positive("limit", limit)
    for parameter in parameters_to_optimise(params):
        parameter.grad = clip(parameter.grad, -limit, limit)


def clip_grad_norm_(
    params: Iterable[Value], max_norm: Number, norm_type: Number = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Scale all gradients by min(1, max_norm / (norm + 1e-6)), in place, and return the norm that they had.

    The norm is that of all gradients as one vector: its length, or for another `norm_type` p the sum
    of |g|**p to the power 1/p, with math.inf the largest |g|. A norm of NaN makes every gradient NaN,
    as in PyTorch, unless `error_if_nonfinite` asks for an error instead.

    Raises ValueError for a norm that is not finite if asked to, a max_norm or norm_type that is not
    positive, no parameters, or a parameter given twice.

    >>> v, w = Value(1.0), Value(1.0)
    >>> v.grad, w.grad = 3.0, 4.0
    >>> clip_grad_norm_([v, w], max_norm=1.0)
    5.0
    >>> round(v.grad, 6), round(w.grad, 6)
    (0.6, 0.8)
    """
    max_norm, norm_type = positive("max_norm", max_norm), positive("norm_type", norm_type)
    parameters = parameters_to_optimise(params)
    norm = _norm([abs(parameter.grad) for parameter in parameters], norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise ValueError(f"the norm of the gradients is {norm}: they cannot be scaled to a norm of {max_norm}")
    scale = minimum(max_norm / (norm + 1e-6), 1.0)
    for parameter in parameters:
        parameter.grad *= scale
    return norm


def _norm(magnitudes: list[float], p: float) -> float:
    if p == 2.0:
        return math.hypot(*magnitudes)
    largest = maximum(*magnitudes)
    if math.isinf(p) or not 0.0 < largest < math.inf:
        return largest
    return largest * math.pow(math.fsum([(x / largest) ** p for x in magnitudes]), 1.0 / p)
