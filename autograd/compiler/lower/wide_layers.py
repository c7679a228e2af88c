"""Find the layers with a wide input in a schedule: matrices that BLAS can multiply as they lie in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.lower.blas import blas
from autograd.compiler.program.schedule import ProgramSchedule, factors, operands_of

WIDE = 256  # inputs from which on BLAS is worth the call


class WideInput(NamedTuple):
    """A wide input: neighbouring columns of an array that only layers, and the gradient of their weights, look at."""

    columns: frozenset[int]  # values
    place: tuple[int, int]  # array and first column
    groups: dict[int, tuple[int, int]]  # by the first value of a layer's group: slot of its weights, and step

    @classmethod
    def find(
        cls, schedule: ProgramSchedule, uniform: dict[int, int], place: dict[int, tuple[int, int]]
    ) -> WideInput | None:
        """Return the wide input of a schedule, None if there is none that BLAS can take."""
        layers = [group for group in schedule.varying if group.key[0] == "dots" and len(group.key[4]) >= WIDE]
        layers = [group for group in layers if all([x in place for x in group.key[4]])]
        if not layers or not blas("dgemm") or len({group.key[4] for group in layers}) > 1:
            return None
        values = layers[0].key[4]
        columns, groups = frozenset(values), {}
        for group in layers:
            weights = _matrix([[uniform.get(x, 0) for x in factors(line, values)] for line in group.lines])
            _, start, own, _, _, guards = group.key
            if weights is None or start or own or guards or not all([line.free for line in group.lines]):
                return None
            groups[group.values[0]] = weights
        own = {k for group in layers for k in group.values}
        if any([columns.intersection(operands_of(line)) for k, line in schedule.lines if k not in own]):
            return None
        array_, column = place[values[0]]
        if [place[x] for x in values] != [(array_, column + k) for k in range(len(values))]:
            return None
        return cls(columns, (array_, column), groups) if _whole(schedule, values) else None


def _whole(schedule: ProgramSchedule, values: Sequence[int]) -> bool:
    """Return whether the sums with a wide input are whole matrices, whose outputs come one after the other."""
    columns = set(values)
    rows: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for k, (a, b, guard) in schedule.sums.items():
        if a in columns and b in columns:
            return False
        a, b = (b, a) if a in columns else (a, b)
        if b in columns:
            rows.setdefault((a, guard), []).append((b, k))
    order = {k: o for o, k in enumerate(schedule.summed)}
    if any([[b for b, _ in row] != list(values) for row in rows.values()]):
        return False
    return not rows or _matrix([[order[k] for _, k in row] for row in rows.values()]) is not None


def _matrix(rows: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Return first place and step of rows of neighbouring places, None if they are not at a constant step."""
    first, width = rows[0][0], len(rows[0])
    step = rows[1][0] - first if len(rows) > 1 else width
    expected = [list(range(first + j * step, first + j * step + width)) for j in range(len(rows))]
    return (first, step) if step >= width and [list(row) for row in rows] == expected else None
