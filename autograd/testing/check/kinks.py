"""Which operation has its branch at a point: one that is less smooth there than its inputs are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import isfinite, ulp
from typing import Any, NamedTuple

from autograd.ops import WHERE
from autograd.testing.check.graphs import described, tangents
from autograd.testing.check.ladders import FAR
from autograd.testing.check.rounding import compute
from autograd.testing.check.subject import Subject
from autograd.transforms.recording import Recording
from autograd.value import Value

Numbers = Callable[[Recording], list[float]]  # one for every node


class Slopes(NamedTuple):
    """How fast a number changes on the sides of the point, and how far rounding may have moved that."""

    sides: list[float]
    blur: float


def branch(it: Subject, place: int, step: float, order: int) -> str:
    """Return in words what has its branch at the point, along one input.

    `step` is one at which the kink shows. For order 2 and more it is a kink of a derivative,
    so the derivatives of the operations are looked at too.
    """
    here = it.record()
    names = dict(zip(here.inputs, it.names, strict=True))
    near, far = recorded(it, place, step), recorded(it, place, step * FAR)
    for change in [changed(here, there) for _, there in near + far]:
        if change is not None and change.op is WHERE:
            return f"the branch lies in {described(change, names)}"
        if change is not None:
            return f"f records something other than {described(change, names)} on one side: a Python condition in f"
    towards = [float(k == place) for k in range(len(it.point))]
    numbers_of: list[Numbers] = [
        lambda recording: [node.data for node in recording.order],
        lambda recording: [*tangents(recording, towards).values()],
    ]
    for numbers in numbers_of[:order]:
        middle = numbers(here)
        node = roughest(here, slopes(middle, near, numbers), slopes(middle, far, numbers))
        if node is not None:
            return f"the branch lies in {described(node, names)}"
    return "no recorded operation has a branch there"


def recorded(it: Subject, place: int, step: float) -> list[tuple[float, Recording]]:
    """Return f recorded a step aside, with how far aside, on the sides where f does not raise."""
    recordings = []
    for shift in (step, -step):
        point = [*it.point]
        point[place] += shift
        with suppress(ArithmeticError, ValueError):
            recordings.append((point[place] - it.point[place], it._replace(point=point).record()))
    return recordings


def slopes(middle: Sequence[float], recordings: Sequence[tuple[float, Recording]], numbers: Numbers) -> list[Slopes]:
    """Return the slopes of the numbers of every node on the sides that were recorded, and their rounding."""
    rows = [(shift, numbers(there)) for shift, there in recordings]
    found = []
    for k, x in enumerate(middle):
        sides = [(row[k] - x) / shift for shift, row in rows]
        found.append(Slopes(sides, max([4.0 * ulp(row[k]) / abs(shift) for shift, row in rows], default=0.0)))
    return found


def changed(here: Recording, there: Recording) -> Value | None:
    """Return the first operation here that is a different one there, or has a different constant operand."""
    for a, b in zip(here.order, there.order, strict=False):
        if a.op is not b.op:
            return a
        for x, y in zip(a.inputs, b.inputs, strict=True):
            if not isinstance(x, Value) and not isinstance(y, Value) and abs(x - y) > 1e-2 * max(abs(x), abs(y)):
                return a
    return here.order[-1] if len(here.order) != len(there.order) else None


def roughest(here: Recording, near: Sequence[Slopes], far: Sequence[Slopes]) -> Value | None:
    """Return the operation with the greatest effect among those that are not smooth though their inputs are."""
    try:
        _, gradients = compute(here)
    except (ArithmeticError, ValueError):  # a rule that raises where there is no derivative
        gradients = dict.fromkeys(here.order, 1.0)
    rough: set[Any] = set()
    heaviest, found = -1.0, None
    for node, close, wide in zip(here.order, near, far, strict=True):
        gap = roughness(close, wide)
        if not gap:
            continue
        rough.add(node)
        if node.op is not None and not any([x in rough for x in node.inputs]):
            weight = abs(gradients[node] * gap)
            if weight > heaviest or found is None:
                heaviest, found = weight if isfinite(weight) else 0.0, node
    return found


def roughness(near: Slopes, far: Slopes) -> float:
    """Return how far apart the slopes are, if a smaller step leaves them as far apart or farther; else 0."""
    if not near.sides or not far.sides:
        return 0.0
    if not all(map(isfinite, near.sides)):
        return 1.0
    gap, wider = max(near.sides) - min(near.sides), max(far.sides) - min(far.sides)
    if gap > 0.1 * wider + near.blur:
        return gap
    steepest = max(map(abs, near.sides))
    return steepest if steepest > 1.5 * max(map(abs, far.sides)) + near.blur else 0.0
