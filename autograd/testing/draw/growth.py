"""Growing an expression: which numbers an operation may be given, and its result if that stays moderate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, NamedTuple

from autograd.ops import Op
from autograd.testing.draw.domains import Domain, Interval

LARGEST, STEEPEST, MOST_BENT = 1e3, 1e4, 1e5  # a value, a first and a second derivative
SHIFT = 1e-3  # of the distance to a break


class Grown(NamedTuple):
    """A number in an expression: its value and how it changes with the inputs of the expression.

    `tangent` and `bend` are the first and the second derivative where all inputs change together.
    `constant` says that nothing changes it nearby.
    """

    data: float
    gradient: tuple[float, ...]
    tangent: float
    bend: float
    constant: bool

    @property
    def steepness(self) -> float:
        """How much the inputs of the expression can move this number, for one unit each; at least 1."""
        return max(1.0, sum([abs(g) for g in self.gradient]))


def start(x: float, k: int, count: int) -> Grown:
    """Return the k-th of `count` inputs as a number to grow from."""
    return Grown(x, tuple([float(i == k) for i in range(count)]), 1.0, 0.0, False)


def fits(part: Interval, nodes: Sequence[Grown], places: Iterable[int], distance: float, constant: bool) -> list[int]:
    """Return the places of nodes that lie in an interval, away from its breaks; on request constant ones only."""
    low, high, breaks = part
    return [
        k
        for k in places
        if low <= nodes[k].data <= high
        and (not breaks or part.holds(nodes[k].data, distance * nodes[k].steepness))
        and (nodes[k].constant or not constant)
    ]


def grown(op: Op, domain: Domain, operands: Sequence[Grown | float], distance: float) -> Grown | None:
    """Return the result of an operation; None if it is too close to a break, too large or too steep."""
    data = [x.data if isinstance(x, Grown) else x for x in operands]
    moving = [(k, x) for k, x in enumerate(operands) if isinstance(x, Grown) and not x.constant]
    if not domain.apart(data, distance * max(1.0, sum([x.steepness for _, x in moving]))):
        return None
    z = op.forward(*data)
    if not abs(z) <= LARGEST:  # NaN too
        return None
    partials = op.partials(*data, z)
    count = max([len(x.gradient) for x in operands if isinstance(x, Grown)])
    gradient = tuple([sum([partials[k] * x.gradient[i] for k, x in moving], 0.0) for i in range(count)])
    if not all([abs(g) <= STEEPEST for g in gradient]):
        return None
    tangent = sum([partials[k] * x.tangent for k, x in moving], 0.0)
    bend = _bend(op, data, moving, distance) + sum([partials[k] * x.bend for k, x in moving], 0.0)
    if not abs(bend) <= MOST_BENT or not isfinite(tangent):
        return None
    return Grown(z, gradient, tangent, bend, all([partials[k] is False for k, _ in moving]))


def _bend(op: Op, data: Sequence[float], moving: Sequence[tuple[int, Grown]], distance: float) -> float:
    """Return roughly the second derivative of one operation along the tangents."""
    if not moving:
        return 0.0
    shift = SHIFT * max(min(distance, 1.0), 1e-3) / max([x.steepness for _, x in moving])

    def slope(step: float) -> Any:
        near = [*data]
        for k, x in moving:
            near[k] += step * x.tangent
        partials = op.partials(*near, op.forward(*near))
        return sum([partials[k] * x.tangent for k, x in moving], 0.0)

    return float((slope(shift) - slope(-shift)) / (2.0 * shift))
