"""A plan: which kernels are called before the rows, for each block of rows and after, and where the numbers are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

KernelKey = tuple[Any, ...]


class KernelCall(NamedTuple):
    """One call of a kernel."""

    key: KernelKey
    length: int
    dst: int
    table: array[int]
    k: int = 0


class Plan(NamedTuple):
    """Steps done once before the rows, for each block of rows, and once after; and where the numbers are."""

    before: list[KernelCall]
    rows: list[KernelCall]
    after: list[KernelCall]
    uniform_slots: int
    varying_slots: int
    sums: int  # how many outputs are added up over rows
    constants: int  # the uniform slot of the first constant
    results: list[tuple[str, int]]  # where each output is: ("u", slot), or ("row", column)
    width: int  # numbers per row of the output
    lanes: int
    one: int | None = None  # the uniform slot that has to hold 1.0
    commit: Sequence[KernelCall] = ()  # done after a training step that went well

    @property
    def all_vary(self) -> bool:
        """Whether no output is the same for all rows."""
        return len(dict.fromkeys(self.results)) == max(self.sums, self.width)


def runs(slots: Sequence[int]) -> list[list[int]]:
    """Cut ascending slots into runs of neighbours."""
    places = groupby(enumerate(slots), lambda place: place[1] - place[0])
    return [[slot for _, slot in run] for _, run in places]


def pattern(column: Sequence[int]) -> str:
    """Return "s" for the same slot everywhere, "c" for slots next to each other, else "v"."""
    first, last = column[0], column[-1]
    if first == last:
        return "s" if column.count(first) == len(column) else "v"
    return "c" if last - first == len(column) - 1 and list(column) == list(range(first, last + 1)) else "v"
