"""The native core against the pure one, micrograd and the plainest C type: python benchmarks/cores.py [--only WORD]

All are timed in one process and in turn: medians of CPU time, with Python's garbage collector on and off. The floor is
a C type whose operators only return an operand, so that what is left is the interpreter's own share. A target says how
many times as long the pure core should take. The last lines show the memory of a node, and how long Python's collector
takes with a million nodes alive.
"""

from __future__ import annotations

import argparse
import gc
import platform
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from engines import cores
from engines import eager as peers
from measure import Timing, interleaved, timings_table
from works import eager as works

import autograd

Work = Callable[[], Any]
NATIVE, PURE, FLOOR = "native", "pure", "floor in C"


class Comparison(NamedTuple):
    """The same work on both cores and in other engines; the seconds of each are divided by `unit`."""

    title: str
    unit: float
    ways: dict[str, Work]
    target: float
    rounds: int = 9


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield those works of benchmarks/eager.py that show what an operation itself costs."""
    if autograd.core() != "native":
        print("the native core is not built here, so there is nothing to compare: pip install -e . with a C compiler")
        return
    native, pure = works, cores.pure_works()
    ours = {NATIVE: native, PURE: pure}
    kinds = {name: core.OURS for name, core in ours.items()}
    if peers.HAVE["micrograd"]:
        kinds["micrograd"] = native.Kind(peers.micrograd_value())
    if (floor := cores.floor()) is not None:
        kinds[FLOOR] = native.Kind(floor)

    def expressions(kind: Any) -> float:
        return [native.readme_expression(kind) for _ in range(200)][0]

    yield Comparison("README expression", 200, {name: partial(expressions, kind) for name, kind in kinds.items()}, 10)
    if peers.HAVE["sklearn"]:
        points, labels = native.moons_data()
        numbers = [p.data for p in native.nn.MLP(2, [16, 16, 1], seed=1).parameters()]
        by_hand = {}
        for name, kind in kinds.items():
            given = points if kind.value in (native.Value, pure.Value) else [[kind.value(x) for x in p] for p in points]
            by_hand[name] = partial(native.moons_step, native.ByHand(numbers, kind), given, labels, kind)
        yield Comparison("moons step, scalar by scalar", 1, by_hand, 5)
        models = {name: core.nn.MLP(2, [16, 16, 1], seed=1) for name, core in ours.items()}
        through = {name: partial(core.moons_step, models[name], points, labels) for name, core in ours.items()}
        yield Comparison("moons step, nn.MLP", 1, through, 5)
    count = 20 if quick else 100
    worked = {name: partial(native.worked_network, kind, count) for name, kind in kinds.items()}
    yield Comparison("3-2-3-2, by hand, 1 iteration", count, worked, 3.5)
    through = {name: partial(core.worked_network_with_dot, count) for name, core in ours.items()}
    yield Comparison("3-2-3-2, nn, 1 iteration", count, through, 3)
    steps = 100_000 if quick else 1_000_000
    chains = {name: partial(native.chain, kinds[name].value, steps) for name in ours}
    yield Comparison(f"chain of {steps:,}, 1 step", steps, chains, 5, rounds=3)


def rows(quick: bool = False, only: str = "") -> list[Timing]:
    """Time all works with this word in their title; ratios are to the native core."""
    timings = []
    for title, unit, ways, target, rounds in comparisons(quick):
        if only not in title:
            continue
        for work in ways.values():
            work()
        for collect in (True, False):
            medians = interleaved(ways, 3 if quick else rounds, collect, process_time)
            for name, seconds in medians.items():
                ratio = seconds / medians[NATIVE]
                least = (f">= {target:g}x", ratio >= target) if name == PURE else ("", None)
                timings.append(Timing(title, name, collect, seconds / unit, ratio, *least))
    return timings


show = timings_table


def resident() -> int:
    """Return the bytes of memory that this process has in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def memory(value: Any, nodes: int) -> None:
    """Print the memory of a node after backward(), and the time of gc.collect() with nodes alive and without."""
    x = last = value(1.0)
    for _ in range(1000):
        last = last * x
    last.backward()
    del last

    def collected() -> float:
        seconds = []
        for _ in range(5):
            start = process_time()
            gc.collect()
            seconds.append(process_time() - start)
        return median(seconds) * 1e3

    without, before, last = collected(), resident(), x
    for _ in range(nodes):
        last = last * x
    last.backward()
    after = (resident() - before) / nodes
    alive = collected()
    print(f"  {after:.0f} bytes a node after backward(); gc.collect() {alive:.1f} ms, without nodes {without:.1f} ms")


def main() -> None:
    """Print the table, memory, and the collector's time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="run fewer rounds and shorter chains")
    parser.add_argument("--only", default="", metavar="WORD", help="run only works with this word in their title")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print(show(rows(options.quick, options.only)))
    for name, pure in ((NATIVE, False), (PURE, True)):
        print(f"{name}:")
        memory((cores.pure_works() if pure else works).Value, 100_000 if options.quick else 1_000_000)


if __name__ == "__main__":
    main()
