"""Branches, steps and products on floats, with IEEE 754 results."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import Any

from autograd.floats.elementary import divide


def step(x: float) -> float:
    """Return 1.0 for positive x, else 0.0; NaN for NaN."""
    return x if x != x else float(x > 0.0)


def relu(x: float) -> float:
    """Return x if it is positive or NaN, else 0.0."""
    return x if x > 0.0 or x != x else 0.0


def maximum(*xs: float) -> float:
    """Return the largest number, or NaN if one is NaN."""
    return math.nan if any(map(math.isnan, xs)) else max(xs)


def minimum(*xs: float) -> float:
    """Return the smallest number, or NaN if one is NaN."""
    return math.nan if any(map(math.isnan, xs)) else min(xs)


def clip(x: float, low: float, high: float) -> float:
    """Return x limited to [low, high], and high where low is above high."""
    return x if low <= x <= high else minimum(maximum(x, low), high)


def remainder(x: float, y: float) -> float:
    """Return Python's x % y, which has the sign of y; NaN where y is 0."""
    return x % y if y else math.nan


def floor_divide(x: float, y: float) -> float:
    """Return Python's x // y; where y is 0, x / y."""
    return x // y if y else divide(x, y)


def rounded(x: float, digits: float) -> float:
    """Return Python's round(x, digits): ties to even, infinities and NaN kept."""
    return round(x, int(digits))


if sys.version_info >= (3, 12):

    def dot(weights: Sequence[float], inputs: Sequence[float], bias: float) -> float:
        """Return bias plus the sum of products, summed with extended precision."""
        return math.sumprod(weights, inputs) + bias

else:

    def dot(weights: Sequence[float], inputs: Sequence[float], bias: float) -> float:
        """Return bias plus the sum of products, summed from left to right."""
        return sum(map(mul, weights, inputs), bias)


def flat_dot(*inputs: float) -> float:
    """Return the dot product of inputs given as (*weights, *inputs, bias)."""
    n = len(inputs) // 2
    if len(inputs) != 2 * n + 1:
        raise ValueError(f"the op dot needs as many weights as inputs, and a bias: got {len(inputs)} numbers")
    return dot(inputs[:n], inputs[n:-1], inputs[-1])


def products_of_the_others(xs: Sequence[Any]) -> tuple[Any, ...]:
    """For each x the product of all the others, without division, so that zeros need no special case."""
    before = accumulate(xs[:-1], mul, initial=1.0)
    after = [*accumulate(xs[:0:-1], mul, initial=1.0)]
    return tuple(map(mul, before, reversed(after)))


def rests(xs: Sequence[Any], join: Any) -> list[Any]:
    """For each x what `join` makes of all the others: their sum, or the length of them all; 0.0 if there are none."""
    before, after = list(accumulate(xs, join)), list(accumulate(xs[::-1], join))[::-1]
    return [after[1], *map(join, before, after[2:]), before[-2]] if len(xs) > 1 else [0.0]
