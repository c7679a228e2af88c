"""The grain of a function: how far its values scatter about a smooth curve, from nothing but values.

Neighbouring values are differenced until nothing smooth is left: what remains is noise, of a size that
binomials scale (R. W. Hamming 1962; J. J. Moré and S. M. Wild 2011, SIAM J. Sci. Comput. 33). Values
that do not change from one step to the next tell nothing; then the steps grow until they do, as they
must for a function that computes in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb, frexp, inf, isfinite, ldexp, sqrt
from typing import NamedTuple

STEPS = range(100, 113)  # from the point to values in a row: clear of a kink or an infinite slope at the point itself
ORDERS = (4, 6, 8)  # of the differences
FINEST, WIDEST, GROWTH = -46, -10, 6  # binary exponents of the step, relative to what moves
UNEVEN = 1.3717  # a wider step is no whole number of stairs, each of which would be met at the same phase
FEW = 4.0  # stairs that a step may take if with the last, smaller ones no value changed
SCATTER = 4.0  # standard deviations that a value may be off


class Grain(NamedTuple):
    """How far a value may be off a smooth curve, and the relative step at which that shows; 0 where nothing changes."""

    size: float
    step: float


def grain(f: Callable[[float], float]) -> Grain:
    """Return the grain of f close to 0, where f is a function of how far its inputs move, relative to their size."""
    stair = 0.0
    for exponent in range(FINEST, WIDEST + 1, GROWTH):
        step = ldexp(1.0 if exponent == FINEST else UNEVEN, exponent)
        values = [f(k * step) for k in STEPS]
        if not all(map(isfinite, values)):
            break
        if len(set(values)) > len(STEPS) // 2:
            size = scatter(values)
            if exponent > FINEST:  # steps of so many whole stairs each do not scatter
                size = max(size, stair or lowest(values) / FEW)
            return Grain(size, step)
        stair = lowest(values)
    return Grain(0.0, 0.0)


def lowest(stairs: Sequence[float]) -> float:
    """Return the least change from one value to the next, of those that change."""
    return min([abs(b - a) for a, b in pairwise(stairs) if a != b], default=0.0)


def scatter(values: Sequence[float]) -> float:
    """Return how far equally spaced values may be off a smooth curve."""
    differences, least = list(values), inf
    for order in range(1, max(ORDERS) + 1):
        differences = [b - a for a, b in pairwise(differences)]
        if order in ORDERS:
            mean = sum([d * d for d in differences]) / len(differences)
            least = min(least, sqrt(mean / comb(2 * order, order)))
    return SCATTER * least if isfinite(least) else 0.0


def unit(x: float) -> float:
    """Return the power of 2 in which x is counted, so that x + k * step * unit(x) is exact for the steps here."""
    return ldexp(1.0, frexp(x)[1] - 1) if x else 1.0


def noise_aside(f: Callable[[float], float], x: float, step: float) -> float:
    """Return the noise of a function of one number a step to both sides of x."""
    size = unit(max(abs(x), step))
    return max([grain(moved(f, y, size)).size for y in (x - step, x + step)])


def moved(f: Callable[[float], float], x: float, size: float) -> Callable[[float], float]:
    """Return f as a function of how far it is from x, in units of a size."""
    return lambda t: f(x + t * size)
