"""Time several ways of doing the same work against each other: interleaved, medians, gc on or off."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter


def interleaved(works: dict[str, Callable[[], object]], rounds: int, collect: bool) -> dict[str, float]:
    """Return the median seconds of each work, all measured in turn, with Python's collector on or off."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()  # warm up
    was_on = gc.isenabled()
    try:
        for _ in range(rounds):
            for name, work in works.items():
                gc.collect()
                (gc.enable if collect else gc.disable)()
                start = perf_counter()
                work()
                times[name].append(perf_counter() - start)
                gc.enable()
    finally:
        (gc.enable if was_on else gc.disable)()
    return {name: median(measured) for name, measured in times.items()}


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return rows as aligned text."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
