"""How cost grows with the graph, the batch and the width: python benchmarks/scaling.py [--quick] [--only WORD]

Four curves: time per operation against the operations of a scalar graph, eager (forward and backward) and compiled
(value and gradient); time per row against the rows of a batch, for loss and gradient of a 2-16-16-1 network; time per
row against the width n of an n-n-1 network; and memory per node of a chain, before and after backward(). Before
an engine is timed, its result is compared with that of the first engine, or with NumPy's.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import compiled
import numpy
from engines import eager as eager_peers
from measure import interleaved, sampled, table
from works import compiled as works
from works.eager import OURS, bytes_per_node
from works.lineup import net_work

import autograd

NAME, COMPILED = "chainrule", "chainrule, compiled"
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
BATCHES = (1, 10, 100, 1_000, 10_000)
WIDTHS = (4, 8, 16, 32, 64, 128, 256)
ROWS = 32  # of the networks of all widths
LARGEST = {"micrograd": 100_000}  # operations: a larger graph takes too long
QUICK = {"micrograd": 10_000, COMPILED: 100_000}  # recording and laying out a million takes half a minute
CURVES = {
    "graph size": "ns an operation",
    "memory, built": "bytes a node",
    "memory, after backward": "bytes a node",
    "batch": "ns a row, loss and gradient of 2-16-16-1",
    "width": f"ns a row, loss and gradient of n-n-1, batch {ROWS}",
}
LEAVES, BLOCK = 16, 50


class Point(NamedTuple):
    """A point of a curve, as plain data."""

    curve: str
    x: int
    engine: str
    gc: bool  # whether Python's garbage collector was on
    value: float
    unit: str
    ratio: float | None = None  # to the first engine at this x, ours


# --- Graph size -----------------------------------------------------------------------------------


def blocks(x: Sequence[Any], operations: int) -> Any:
    """Return the result of so many operations on 16 numbers, a sum of blocks: the graph is wide, not deep."""
    ends = []
    while operations > 0:
        value = x[len(ends) % LEAVES] * (1.0 / (2 + len(ends)))  # so that no block repeats another
        for k in range(min(BLOCK, operations) // 2):
            value = value * x[(3 * k + 1) % LEAVES] + x[(len(ends) + k) % LEAVES]
        ends.append(value)
        operations -= BLOCK + 2  # with the one that begins it and the one that adds it up
    while len(ends) > 1:
        ends = [a + b for a, b in zip(ends[::2], ends[1::2], strict=False)] + ends[len(ends) & ~1 :]
    return ends[0]


def leaves() -> list[float]:
    """Return the 16 numbers."""
    return numpy.linspace(-0.9, 0.8, LEAVES).tolist()


def eager_work(kind: Any, operations: int) -> Callable[[], list[float]]:
    """Return value and gradient in an eager engine."""

    def run() -> list[float]:
        x = [kind(number) for number in leaves()]
        y = blocks(x, operations)
        y.backward()
        return [y.data, *[leaf.grad for leaf in x]]

    return run


def compiled_work(operations: int) -> Callable[[], list[float]]:
    """Return value and gradient, compiled, from an array to an array."""
    both = autograd.compile(autograd.value_and_grad(lambda x: blocks(x, operations)))
    x = numpy.array(leaves())

    def run() -> list[float]:
        value, gradient = both(x)
        return [value, *gradient]

    return run


def graph_size(
    sizes: Sequence[int], rounds: int, kinds: dict[str, Any], largest: dict[str, int] = LARGEST
) -> Iterator[Point]:
    """Yield the time of an operation in graphs of some sizes; `largest` says what an engine can do."""
    curve = "graph size"
    for size in sizes:
        engines = {name: eager_work(kind, size) for name, kind in kinds.items()} | {COMPILED: compiled_work(size)}
        engines = {name: work for name, work in engines.items() if size <= largest.get(name, size)}
        results = {name: numpy.array(work()) for name, work in engines.items()}
        for name, result in results.items():
            if not compiled.close(result, next(iter(results.values()))):
                raise SystemExit(f"{curve} {size:,}: the result of {name} is not ours; nothing was timed")
        for collect in (True, False):
            if size < SIZES[-1]:
                seconds = sampled(engines, rounds, collect)
            else:
                seconds = interleaved(engines, rounds // 3, collect)
            yield from points(curve, size, {name: s / size for name, s in seconds.items()}, collect)


def points(curve: str, x: int, seconds: dict[str, float], collect: bool = True, unit: str = "s") -> Iterator[Point]:
    """Yield a point for each engine; the first is ours."""
    ours = next(iter(seconds.values()))
    for name, value in seconds.items():
        yield Point(curve, x, name, collect, value, unit, value / ours)


# --- Networks -------------------------------------------------------------------------------------


def network(curve: str, x: int, net: works.Net, rounds: int, gone: list[str]) -> Iterator[Point]:
    """Yield the time of a row of a network's loss and gradient, in all engines but those that are gone."""
    work = compiled.without(gone, net_work(f"{curve} {x:,}", net, {}))
    engines, _ = compiled.checked(work)
    gc.freeze()  # spares the collector, before each sample, a walk through all that the peers have loaded
    seconds = compiled.seconds_per_step(engines, rounds)
    yield from points(curve, x, {name: s / len(net.X) for name, s in seconds.items()})


def batch(batches: Sequence[int], rounds: int, gone: list[str]) -> Iterator[Point]:
    """Yield the time of a row of a 2-16-16-1 network in batches of some sizes."""
    for size in batches:
        yield from network("batch", size, works.net((2, 16, 16, 1), "hinge", size), rounds, gone)


def width(widths: Sequence[int], rounds: int, gone: list[str]) -> Iterator[Point]:
    """Yield the time of a row of networks of some widths."""
    for n in widths:
        yield from network("width", n, works.net((n, n, 1), "hinge", ROWS), rounds, gone)


# --- Memory ---------------------------------------------------------------------------------------


def memory(sizes: Sequence[int], kinds: dict[str, Any]) -> Iterator[Point]:
    """Yield the bytes of a node of a chain before and after backward(); only before where it is too deep."""
    for size in sizes:
        found = {name: bytes_per_node(kind, size) for name, kind in kinds.items()}
        built = {name: before for name, (before, _) in found.items()}
        swept = {name: after for name, (_, after) in found.items() if after is not None}
        yield from points("memory, built", size, built, unit="bytes")
        yield from points("memory, after backward", size, swept, unit="bytes")
        for name in built.keys() - swept.keys():
            print(f"{name}: backward() through a chain of {size:,} raises RecursionError")


# --- The tables -----------------------------------------------------------------------------------


def rows(quick: bool = False, only: str = "") -> list[Point]:
    """Measure all curves with this word in their name, and print which peers are left out."""
    rounds = 3 if quick else 9
    gone = compiled.missing()
    kinds = {NAME: OURS.value}
    if eager_peers.HAVE["micrograd"]:
        kinds["micrograd"] = eager_peers.micrograd_value()
    else:
        print("micrograd is not installed: its rows are left out")
    largest = QUICK if quick else LARGEST
    measured: list[Point] = []
    if only in "graph size":
        for name in [name for name in largest if name in kinds or name == COMPILED]:
            print(f"{name}: no graphs of more than {largest[name]:,} operations")
        measured += graph_size(SIZES, rounds, kinds, largest)
    if only in "memory, built, after backward":
        measured += memory((500, 10_000, 100_000) if quick else (500, *SIZES[2:]), kinds)
    if only in "batch":
        measured += batch(BATCHES, rounds, gone)
    if only in "width":
        measured += width(WIDTHS[::2] if quick else WIDTHS, rounds, gone)
    return measured


def show(measured: list[Point]) -> str:
    """Return a table for each curve, with a column for each engine."""
    parts = []
    for curve in dict.fromkeys(p.curve for p in measured):
        here = [p for p in measured if p.curve == curve]
        engines = list(dict.fromkeys((p.engine, p.gc) for p in here))
        several = len({collect for _, collect in engines}) > 1
        head = [curve] + [name + (f", gc {'on' if collect else 'off'}" if several else "") for name, collect in engines]
        lines = []
        for x in dict.fromkeys(p.x for p in here):
            at = {(p.engine, p.gc): p for p in here if p.x == x}
            lines.append([f"{x:,}", *[cell(at.get(engine)) for engine in engines]])
        parts.append(f"{CURVES[curve]}\n{table(head, lines)}")
    return "\n\n".join(parts)


def cell(point: Point | None) -> str:
    """Return a point's number, and how many times ours it is."""
    if point is None:
        return ""
    number = f"{point.value:,.0f}" if point.unit == "bytes" else f"{point.value * 1e9:,.1f}"
    return number if point.ratio in (None, 1.0) else f"{number} ({point.ratio:.2f}x)"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run fewer rounds and sizes")
    parser.add_argument("--only", default="", metavar="WORD", help="run only curves with this word in their name")
    options = parser.parse_args()
    print(show(rows(options.quick, options.only)))


if __name__ == "__main__":
    main()
