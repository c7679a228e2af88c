"""Time several ways of doing the same work against each other: interleaved, medians, gc on or off."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from itertools import repeat
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

SAMPLE = 0.02  # seconds of calls in a row: JAX and PyTorch, whose code is large, do not warm up in less


class Timing(NamedTuple):
    """How long one engine takes for a work, as plain data."""

    work: str
    engine: str
    gc: bool  # whether Python's garbage collector was on
    seconds: float  # the median
    ratio: float | None = None  # to the first engine of the work, ours
    target: str = ""
    met: bool | None = None  # None without a target
    first: float | None = None  # seconds until the first result, compiling included


def interleaved(
    works: dict[str, Callable[[], object]], rounds: int, collect: bool, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """Return the median seconds of each work, all measured in turn, with Python's collector on or off.

    Each must have run once before, so that it is warm. With `time.process_time` as clock only this process counts.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    was_on = gc.isenabled()
    try:
        for _ in range(rounds):
            for name, work in works.items():
                gc.collect()
                (gc.enable if collect else gc.disable)()
                start = clock()
                work()
                times[name].append(clock() - start)
                gc.enable()
    finally:
        (gc.enable if was_on else gc.disable)()
    return {name: median(measured) for name, measured in times.items()}


def sampled(works: dict[str, Callable[[], object]], rounds: int, collect: bool) -> dict[str, float]:
    """Return the median seconds of a call of each work, interleaved; a sample is the calls that fill SAMPLE seconds."""
    loops, calls = {}, {}
    for name, work in works.items():
        seconds = []
        for _ in range(3):  # the first calls may still prepare something, and must not decide how many calls to take
            start = perf_counter()
            work()
            seconds.append(perf_counter() - start)
        calls[name] = max(1, int(SAMPLE / min(seconds)))
        loops[name] = partial(loop, work, calls[name])
    return {name: seconds / calls[name] for name, seconds in interleaved(loops, rounds, collect).items()}


def loop(run: Callable[[], Any], calls: int) -> None:
    """Call a function again and again."""
    for _ in repeat(None, calls):
        run()


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return rows as aligned text."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def timings_table(timings: list[Timing]) -> str:
    """Return timings as aligned text, and how many of the targets are met."""
    rows = []
    for t in timings:
        ratio = "" if t.ratio is None or t.ratio == 1.0 else f"{t.ratio:.2f}x ours"
        met = "" if t.met is None else "yes" if t.met else "NO"
        first = "" if t.first is None else f"{t.first:.2f}"
        gc_state = "on" if t.gc else "off"
        rows.append([t.work, gc_state, t.engine, f"{t.seconds * 1e6:,.2f}", ratio, t.target, met, first])
    judged = [t.met for t in timings if t.met is not None]
    head = ["work", "gc", "engine", "median us", "ratio", "target", "met", "first result, s"]
    return f"{table(head, rows)}\n\n{sum(judged)} of {len(judged)} targets met"
