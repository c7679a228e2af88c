"""Which operation has its branch at a point: one that is less smooth there than its inputs are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, isnan, nan, ulp
from typing import Any

from autograd.ops import WHERE
from autograd.recording import Recording
from autograd.testing.graphs import described, tangents
from autograd.testing.rounding import compute
from autograd.testing.slopes import FAR
from autograd.testing.subject import Subject
from autograd.value import Value


def branch(it: Subject, place: int, step: float, order: int) -> str:
    """Return in words what has its branch at the point, along one input.

    `step` is one at which the kink is to be seen. For order 2 and more it is a kink of a derivative,
    so the derivatives of the operations are looked at too.
    """
    here = it.record()
    names = dict(zip(here.inputs, it.names, strict=True))
    near = nearby(it, place, step)
    for change in [changed(here, there) for _, there in near if there is not None]:
        if change is not None and change.op is WHERE:
            return f"the branch lies in {described(change, names)}"
        if change is not None:
            return f"f records something else than {described(change, names)} on one side: a Python condition in f"
    towards = [float(k == place) for k in range(len(it.point))]
    for numbers in (data, lambda recording: [*tangents(recording, towards).values()])[:order]:
        node = roughest(here, near, numbers)
        if node is not None:
            return f"the branch lies in {described(node, names)}"
    return "no recorded operation has a branch there"


def nearby(it: Subject, place: int, step: float) -> list[tuple[float, Recording | None]]:
    """Return f recorded a step and a larger step aside, with how far aside that is; None outside of its domain."""
    near: list[tuple[float, Recording | None]] = []
    for shift in (step, -step, step * FAR, -step * FAR):
        point = [*it.point]
        point[place] += shift
        try:
            near.append((point[place] - it.point[place], it._replace(point=point).record()))
        except (ArithmeticError, ValueError):
            near.append((shift, None))
    return near


def changed(here: Recording, there: Recording) -> Value | None:
    """Return the first operation here that is another one there, or that has another constant operand."""
    for a, b in zip(here.order, there.order, strict=False):
        if a.op is not b.op:
            return a
        for x, y in zip(a.inputs, b.inputs, strict=True):
            if not isinstance(x, Value) and not isinstance(y, Value) and abs(x - y) > 1e-2 * max(abs(x), abs(y)):
                return a
    return here.order[-1] if len(here.order) != len(there.order) else None


def roughest(
    here: Recording, near: Sequence[tuple[float, Recording | None]], numbers: Callable[[Recording], list[float]]
) -> Value | None:
    """Return the operation with the greatest effect among those that are not smooth though their inputs are."""
    middle = numbers(here)
    rows = [(shift, numbers(there) if there is not None else [nan] * len(middle)) for shift, there in near]
    try:
        gradients = compute(here).gradients
    except (ArithmeticError, ValueError):  # a rule that raises where there is no derivative
        gradients = dict.fromkeys(here.order, 1.0)
    rough: set[Any] = set()
    heaviest, found = -1.0, None
    for k, node in enumerate(here.order):
        right, left, far_right, far_left = [(row[k] - middle[k]) / shift for shift, row in rows]
        blur = max([4.0 * ulp(row[k]) / abs(shift) for shift, row in rows if isfinite(row[k])], default=0.0)
        opens = abs(right - left) > 0.1 * abs(far_right - far_left) + blur
        grows = max(abs(right), abs(left)) > 1.5 * max(abs(far_right), abs(far_left)) + blur
        if not (opens or grows or isnan(right - left)):
            continue
        rough.add(node)
        if node.op is not None and not any([x in rough for x in node.inputs]):
            weight = abs(gradients[node] * (right - left if isfinite(right - left) else 1.0))
            if weight > heaviest or found is None:
                heaviest, found = weight if isfinite(weight) else 0.0, node
    return found


def data(recording: Recording) -> list[float]:
    """Return the number in every node."""
    return [node.data for node in recording.order]
