"""The eager engine against micrograd, engines in Rust, and PyTorch: python benchmarks/eager.py [--quick] [--only WORD]

The extra `peers` installs the peers, but for those in Rust: `pip install micrograd-rust oxigrad`. A peer that is
missing is left out, and a line says so. Before anything is timed, every peer's loss and gradient are compared with
ours. Each work is timed with Python's garbage collector on and off, because micrograd spends most of its time there.
"""

from __future__ import annotations

import argparse
import math
import platform
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from engines import eager as peers
from measure import Timing, interleaved, timings_table
from works import eager as works
from works.eager import OURS, Kind, Work

import nn

NAME = "chainrule"
Targets = dict[bool, float]  # how many times as long micrograd should take, with the garbage collector on and off


class Comparison(NamedTuple):
    """Ways of doing the same work, ours first: how to make them, and what to divide their times by."""

    title: str
    unit: float
    make: Callable[[], dict[str, Work]]
    targets: Targets
    same: bool = True  # whether all return the same numbers


def agree(name: str, ours: float, theirs: float) -> None:
    """Stop unless a peer computed what we did."""
    if not math.isclose(ours, theirs, rel_tol=1e-9):
        raise SystemExit(f"{name}: the peer's result {theirs} is not ours, {ours}; nothing was timed")


def checked(comparison: Comparison) -> dict[str, Work]:
    """Return the works of a comparison, each run once; stop if their results differ."""
    ways = comparison.make()
    results = [work() for work in ways.values()]
    for name, result in zip(list(ways)[1:], results[1:], strict=True) if comparison.same else ():
        pairs = zip(results[0], result, strict=True) if isinstance(result, tuple) else [(results[0], result)]
        for ours, theirs in pairs:
            agree(f"{comparison.title}, {name}", ours, theirs)
    return ways


def timed(comparison: Comparison, rounds: int) -> list[Timing]:
    """Check works, then time them interleaved, with gc on and off; ratios are to the first one, ours."""
    ways, timings = checked(comparison), []
    for collect in (True, False):
        medians = interleaved(ways, rounds, collect)
        ours = next(iter(medians.values()))
        for name, seconds in medians.items():
            least = comparison.targets.get(collect) if name.split(",")[0] == "micrograd" else None
            target, met = ("", None) if least is None else (f">= {least:g}x", seconds >= least * ours)
            timing = Timing(comparison.title, name, collect, seconds / comparison.unit, seconds / ours, target, met)
            timings.append(timing)
    return timings


# --- The comparisons ------------------------------------------------------------------------------


def moons(quick: bool) -> Iterator[Comparison]:
    """Yield a step of micrograd's demo, through nn and by hand."""
    if peers.HAVE["sklearn"]:  # the points come from it
        yield Comparison("moons step, nn.MLP", 1, partial(moons_works, False), {True: 50, False: 6})
        yield Comparison("moons step, sum(w*x) by hand", 1, partial(moons_works, True), {True: 15, False: 3})


def moons_works(by_hand: bool) -> dict[str, Work]:
    """Return the step in ours, through nn or by hand, and in all peers that have a relu."""
    points, labels = works.moons_data()
    model = nn.MLP(2, [16, 16, 1], seed=1)
    numbers = [p.data for p in model.parameters()]
    ours = works.ByHand(numbers) if by_hand else model
    ways: dict[str, Work] = {NAME: lambda: works.moons_step(ours, points, labels)}
    for name, kind in with_relu(peers.kinds()).items():
        if name == "micrograd":
            twin = peers.same_network_in_micrograd((2, 16, 16, 1), numbers)
        else:
            twin = works.ByHand(numbers, kind)
        of_theirs = [[kind.value(xi) for xi in x] for x in points]
        ways[name] = partial(works.moons_step, twin, of_theirs, labels, kind)
    return ways


def with_relu(kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Return the kinds of numbers that have a relu."""
    return {name: kind for name, kind in kinds.items() if kind.relu is not None}


def expression(quick: bool) -> Iterator[Comparison]:
    """Yield the expression in micrograd's README."""

    def two_hundred(kind: Kind) -> float:
        return [works.readme_expression(kind) for _ in range(200)][0]

    def make() -> dict[str, Work]:
        return {name: partial(two_hundred, kind) for name, kind in with_relu({NAME: OURS, **peers.kinds()}).items()}

    yield Comparison("README expression", 200, make, {True: 4, False: 4})


def worked(quick: bool) -> Iterator[Comparison]:
    """Yield the 3-2-3-2 sigmoid network of the teaching texts, scalar by scalar and through nn."""
    steps = 100 if quick else 1000

    def by_hand() -> dict[str, Work]:
        return {
            name: partial(works.worked_network, kind, steps) for name, kind in {NAME: OURS, **peers.kinds()}.items()
        }

    def through() -> dict[str, Work]:
        return {f"{NAME}, nn": lambda: works.worked_network_with_dot(steps), **by_hand()}

    yield Comparison("3-2-3-2, by hand, 1 iteration", steps, by_hand, {True: 3, False: 3})
    yield Comparison("3-2-3-2, nn, 1 iteration", steps, through, {True: 3, False: 3})


def iris(quick: bool) -> Iterator[Comparison]:
    """Yield an epoch of training on iris."""

    def make() -> dict[str, Work]:
        numbers = [p.data for p in nn.MLP(4, [8, 3], seed=3).parameters()]
        ways: dict[str, Work] = {NAME: partial(works.iris_epoch, numbers)}
        if peers.HAVE["micrograd"]:
            peers.micrograd_value()  # adds exp and log to it
            ways["micrograd"] = partial(peers.iris_epoch_in_micrograd, numbers)
        return ways

    if peers.HAVE["sklearn"]:  # the flowers come from it
        yield Comparison("iris epoch, 4-8-3, Adam", 1, make, {True: 20})


def regression(quick: bool) -> Iterator[Comparison]:
    """Yield a gradient of a logistic regression; micrograd's recursion fails below 1,000 weights, so it gets 512."""
    count = 3 if quick else 20

    def make() -> dict[str, Work]:
        wide, narrow = works.drawn(12_288, count), works.drawn(512, count)
        neurons = {width: nn.Neuron(width, activation=None, init=0.001) for width in (512, 12_288)}
        ways: dict[str, Work] = {NAME: partial(works.logistic_epoch, neurons[12_288], wide)}
        if peers.HAVE["micrograd"]:
            peers.micrograd_value()  # adds sigmoid and log to it
            twin = peers.same_neuron_in_micrograd(512)
            ours, theirs = works.logistic_epoch(neurons[512], narrow), peers.logistic_epoch_in_micrograd(twin, narrow)
            agree("regression, micrograd", ours, theirs)
            agree("regression, micrograd", neurons[512].weights[0].grad, twin.w[0].grad)
            many = [narrow] * 24  # 24 epochs of 512 inputs are as many numbers as one of 12,288
            ways["micrograd, 513 parameters"] = lambda: [peers.logistic_epoch_in_micrograd(twin, n) for n in many][0]
        return ways

    title = f"12,289-parameter regression, {count} images, 1 weight and image"
    yield Comparison(title, 12_288 * count, make, {True: 100}, same=False)


def deep(quick: bool) -> Iterator[Comparison]:
    """Yield deep graphs, in our engine only: the targets are at most 2 us a step."""
    steps, products = 100_000 if quick else 1_000_000, 100_000
    chain, dot = partial(works.chain, OURS.value, steps), partial(works.written_out_dot, OURS.value, products)
    yield Comparison(f"chain of {steps:,}, 1 step", steps, lambda: {NAME: chain}, {})
    yield Comparison(f"dot of {products:,}, 1 operation", 2 * products, lambda: {NAME: dot}, {})


def batched(quick: bool) -> Iterator[Comparison]:
    """Yield a step of micrograd's demo beside PyTorch, which takes all points at once."""

    def make() -> dict[str, Work]:
        points, labels = works.moons_data()
        model = nn.MLP(2, [16, 16, 1], seed=1)
        tensors = peers.torch_moons(points, labels, [p.data for p in model.parameters()])
        return {NAME: lambda: works.moons_step(model, points, labels), "torch, batched": tensors}

    if peers.HAVE["sklearn"] and peers.HAVE["torch"]:
        yield Comparison("moons step, nn.MLP, beside a batch", 1, make, {})


# PyTorch comes last: once it is loaded, the garbage collector has so many objects to walk that micrograd, most of whose
# time goes there, takes half as long again.
COMPARISONS = (moons, expression, worked, iris, regression, deep, batched)


# --- The table ------------------------------------------------------------------------------------


def rows(quick: bool = False, only: str = "") -> list[Timing]:
    """Time all works with this word in their title, and print which peers are left out."""
    random.seed(1)
    for name, found in peers.HAVE.items():
        if not found:
            print(f"{name} is not installed: its rows are left out")
    if peers.HAVE["micrograd-rust"]:
        print("micrograd-rust has no relu: it is in the rows of the 3-2-3-2 network only")
    timings = []
    for make in COMPARISONS:
        for comparison in make(quick):
            if only in comparison.title:
                timings += timed(comparison, 3 if quick or make in (regression, deep) else 9)
    return timings


show = timings_table


def main() -> None:
    """Print the table, and the memory of a graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run fewer rounds and shorter chains")
    parser.add_argument("--only", default="", metavar="WORD", help="run only works with this word in their title")
    options = parser.parse_args()
    timings = rows(options.quick, options.only)
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print(show(timings))
    print("\ntargets of our own: chain and dot <= 2 us a step; memory <= 130 bytes a node")
    values: dict[str, Any] = {NAME: OURS.value}
    if peers.HAVE["micrograd"]:
        values["micrograd"] = peers.micrograd_value()
    for name, value in values.items():
        built, after = works.bytes_per_node(value, 500)
        print(f"memory, {name}: {built:.0f} bytes a node of a scalar graph, {after:.0f} after backward()")
    if peers.HAVE["micrograd"] and works.bytes_per_node(values["micrograd"], 1_000)[1] is None:
        print("micrograd: a chain of 1,000 steps raises RecursionError")


if __name__ == "__main__":
    main()
