"""Which operation of a graph has a wrong derivative: each is checked by itself, as its inputs move."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any, NamedTuple

from autograd.ops import DETACH
from autograd.reverse import partials_of
from autograd.scalars import number_in
from autograd.testing.check.comparison import Row, compare, scatter
from autograd.testing.check.graphs import tangents
from autograd.testing.check.rounding import compute
from autograd.testing.check.subject import Subject
from autograd.transforms.recording import Recording
from autograd.transforms.structures import flatten
from autograd.value import Value, apply

MOST = 5000  # operations that are looked at
SLIGHT = 1e-9  # relative difference that is not a fault if every operation by itself is right


class Fault(NamedTuple):
    """An operation with a wrong derivative, the rows that show it, and how much of the whole derivative it spoils."""

    node: Value
    rows: list[Row]
    weight: float


def faults(recording: Recording, order: int, towards: Sequence[float]) -> list[Fault]:
    """Return the operations whose derivatives of an order are wrong as the inputs move, the most harmful first."""
    moves = tangents(recording, towards)
    _, gradients = compute(recording)
    found = []
    for node in recording.operations[:MOST]:
        own = [moves.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in node.inputs]
        size = max([abs(move) / max(1.0, abs(number_in(x))) for move, x in zip(own, node.inputs, strict=True)])
        if node.op is DETACH or not 0.0 < size < inf:  # a detached number is not followed on purpose
            continue
        rows = faulty_rows(node, [move / size for move in own], order)
        if rows:
            weight = abs(gradients[node]) * size * max([abs(row.analytic - row.slope.value) for row in rows])
            found.append(Fault(node, rows, weight if isfinite(weight) else 0.0))
    return sorted(found, key=lambda fault: -fault.weight)


def faulty_rows(node: Value, moves: Sequence[float], order: int) -> list[Row]:
    """Return the rows in which an operation is wrong, as its inputs move, one per input if they can be told apart.

    Moving together matters: where inputs tie for a maximum, there is a kink along each of them, but
    none if they move alike.
    """
    by_input = alone(node, [k for k, move in enumerate(moves) if move])
    if len(by_input.point) == 1 or order > 1:  # a second derivative may be wrong only across the way
        rows = wrong_rows(by_input, order)
        if rows or len(by_input.point) == 1:
            return rows
    rows = wrong_rows(together(node, moves), order)
    return rows and (wrong_rows(by_input, order) or rows)


class Rough(NamedTuple):
    """An operation without a derivative of some order at its inputs."""

    node: Value
    order: int
    kind: str


def roughest(recording: Recording, order: int, towards: Sequence[float]) -> Rough | None:
    """Return the first operation without a derivative of up to an order: there a rule can only follow a convention."""
    moves = tangents(recording, towards)
    for node in recording.operations[:MOST]:
        places = [k for k, x in enumerate(node.inputs) if isinstance(x, Value) and moves.get(x)]
        if not places or node.op is DETACH:
            continue
        it = alone(node, places)
        own = it.record()
        for k in range(1, order + 1):
            for row in compare(it, own, k, ["rev"]):
                if row.slope.is_rough:
                    return Rough(node, k, row.slope.kind)
    return None


def not_finite(recording: Recording) -> Value | None:
    """Return the last operation with a derivative that is NaN or infinite."""
    depends = set(recording.order)
    for node in reversed(recording.operations):
        for x, partial in zip(node.inputs, partials_of(node), strict=True):
            if x in depends and not isfinite(partial):
                return node
    return None


def together(node: Value, moves: Sequence[float]) -> Subject:
    """Return the operation of a node as a function of one number, at 1, that moves its inputs together."""

    op: Any = node.op
    given = [number_in(x) for x in node.inputs]

    def function(t: Any) -> Any:
        return apply(op, *[x + move * (t - 1.0) if move else x for x, move in zip(given, moves, strict=True)])

    return Subject(function, [1.0], ["its inputs as they move"], flatten([1.0], "t")[1])


def alone(node: Value, places: Sequence[int]) -> Subject:
    """Return the operation of a node as a function of some of its inputs, the others being constants."""
    op: Any = node.op
    given = [number_in(x) for x in node.inputs]

    def function(*xs: Any) -> Any:
        chosen = dict(zip(places, xs, strict=True))
        return apply(op, *[chosen.get(k, x) for k, x in enumerate(given)])

    point = [given[k] for k in places]
    return Subject(function, point, [f"input {k}" for k in places], flatten(point, "inputs")[1])


def wrong_rows(it: Subject, order: int) -> list[Row]:
    """Return the rows that differ beyond any doubt; none at a kink, where a rule can only follow a convention."""
    rows = compare(it, it.record(), order, ["rev"])
    if any([row.slope.is_rough for row in rows]):
        return []
    return [row for row in rows if differs(row) and beyond(row, scatter(it, row))]


def differs(row: Row) -> bool:
    """Whether a row shows a wrong derivative, at a point where there is a derivative."""
    return not row.slope.is_rough and not row.agrees


def slight(row: Row) -> bool:
    """Whether a row differs by so little that f itself may have it: a ripple too slight for any step to show."""
    return abs(row.analytic - row.slope.value) <= SLIGHT * abs(row.slope.value)


def beyond(row: Row, noise: float) -> bool:
    """Whether a row that differs does so by more than noise in its rule explains."""
    return not isfinite(row.analytic) or abs(row.analytic - row.slope.value) > row.tolerance + 10.0 * noise
