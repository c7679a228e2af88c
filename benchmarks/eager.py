"""The eager engine against micrograd, engines in Rust, and PyTorch: python benchmarks/eager.py [--quick] [--only WORD]

Peers come with the extra `peers` (those in Rust by hand: `pip install micrograd-rust oxigrad`); one that is not
installed is left out and said so. Before anything is timed, every peer's loss and gradient is checked to be ours.
Each work is timed with Python's garbage collector on and off: most of micrograd's time goes there.
"""

from __future__ import annotations

import argparse
import math
import platform
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import eager_peers as peers
import eager_works as works
from eager_works import OURS, Work
from measure import Timing, interleaved, timings_table

import nn

NAME = "chainrule"
Targets = dict[bool, float]  # how many times as long micrograd is to take, with the garbage collector on and off


class Comparison(NamedTuple):
    """Ways of doing the same work, ours first; times are divided by `unit`."""

    title: str
    unit: float
    works: dict[str, Work]
    targets: Targets


def agree(name: str, ours: float, theirs: float) -> None:
    """Stop unless a peer computed what we did."""
    if not math.isclose(ours, theirs, rel_tol=1e-9):
        raise SystemExit(f"{name}: the peer's result {theirs} is not ours, {ours}; nothing was timed")


def checked(comparison: Comparison) -> Comparison:
    """Return a comparison all of whose works give the same; stop if they do not."""
    results = [work() for work in comparison.works.values()]
    for name, result in zip(list(comparison.works)[1:], results[1:], strict=True):
        pairs = zip(results[0], result, strict=True) if isinstance(result, tuple) else [(results[0], result)]
        for ours, theirs in pairs:
            agree(f"{comparison.title}, {name}", ours, theirs)
    return comparison


def timed(comparison: Comparison, rounds: int) -> list[Timing]:
    """Time works interleaved, with gc on and off; ratios are to the first one, ours."""
    timings = []
    for collect in (True, False):
        medians = interleaved(comparison.works, rounds, collect)
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
    if not peers.HAVE["sklearn"]:
        return  # the points are scikit-learn's
    points, labels = works.moons_data()
    model = nn.MLP(2, [16, 16, 1], seed=1)
    numbers = [p.data for p in model.parameters()]
    ours = works.ByHand(numbers)
    others: dict[str, Work] = {}
    for name, kind in peers.kinds().items():
        if kind.relu is not None:
            of_theirs = [[kind.value(xi) for xi in x] for x in points]
            if name == "micrograd":
                twin = peers.same_network_in_micrograd((2, 16, 16, 1), numbers)
            else:
                twin = works.ByHand(numbers, kind)
            others[name] = lambda t=twin, p=of_theirs, k=kind: works.moons_step(t, p, labels, k)
    through: dict[str, Work] = {NAME: lambda: works.moons_step(model, points, labels), **others}
    yield checked(Comparison("moons step, nn.MLP", 1, through, {True: 50, False: 6}))
    by_hand: dict[str, Work] = {NAME: lambda: works.moons_step(ours, points, labels), **others}
    yield checked(Comparison("moons step, sum(w*x) by hand", 1, by_hand, {True: 15, False: 3}))


def expression(quick: bool) -> Iterator[Comparison]:
    """Yield the expression in micrograd's README."""
    kinds = {name: kind for name, kind in {NAME: OURS, **peers.kinds()}.items() if kind.relu is not None}
    two_hundred = {
        name: lambda kind=kind: [works.readme_expression(kind) for _ in range(200)][0] for name, kind in kinds.items()
    }
    yield checked(Comparison("README expression", 200, two_hundred, {True: 4, False: 4}))


def worked(quick: bool) -> Iterator[Comparison]:
    """Yield the 3-2-3-2 sigmoid network of the teaching texts, scalar by scalar and through nn."""
    steps = 100 if quick else 1000
    kinds = {NAME: OURS, **peers.kinds()}
    by_hand: dict[str, Work] = {
        name: lambda kind=kind: works.worked_network(kind, steps) for name, kind in kinds.items()
    }
    yield checked(Comparison("3-2-3-2, by hand, 1 iteration", steps, by_hand, {True: 3, False: 3}))
    through = {f"{NAME}, nn": lambda: works.worked_network_with_dot(steps), **by_hand}
    yield checked(Comparison("3-2-3-2, nn, 1 iteration", steps, through, {True: 3, False: 3}))


def iris(quick: bool) -> Iterator[Comparison]:
    """Yield an epoch of iris."""
    if not peers.HAVE["sklearn"]:
        return  # the flowers are scikit-learn's
    numbers = [p.data for p in nn.MLP(4, [8, 3], seed=3).parameters()]
    epochs: dict[str, Work] = {NAME: lambda: works.iris_epoch(numbers)}
    if peers.HAVE["micrograd"]:
        epochs["micrograd"] = lambda: peers.iris_epoch_in_micrograd(numbers)
    yield checked(Comparison("iris epoch, 4-8-3, Adam", 1, epochs, {True: 20}))


def regression(quick: bool) -> Iterator[Comparison]:
    """Yield a gradient of a logistic regression; micrograd's recursion ends below 1,000 weights."""
    count = 3 if quick else 20
    wide, narrow = works.drawn(12_288, count), works.drawn(512, count)
    neurons = {width: nn.Neuron(width, activation=None, init=0.001) for width in (512, 12_288)}
    gradients: dict[str, Work] = {NAME: lambda: works.logistic_epoch(neurons[12_288], wide)}
    if peers.HAVE["micrograd"]:
        twin = peers.same_neuron_in_micrograd(512)
        ours, theirs = works.logistic_epoch(neurons[512], narrow), peers.logistic_epoch_in_micrograd(twin, narrow)
        agree("regression, micrograd", ours, theirs)
        agree("regression, micrograd", neurons[512].weights[0].grad, twin.w[0].grad)
        many = [narrow] * 24  # 24 epochs of 512 inputs are as many numbers as one of 12,288
        gradients["micrograd, 513 parameters"] = lambda: [peers.logistic_epoch_in_micrograd(twin, n) for n in many][0]
    title = f"12,289-parameter regression, {count} images, 1 weight and image"
    yield Comparison(title, 12_288 * count, gradients, {True: 100})


def deep(quick: bool) -> Iterator[Comparison]:
    """Yield graphs that are deep, of ours alone: the targets are at most 2 us a step."""
    steps = 100_000 if quick else 1_000_000
    yield Comparison(f"chain of {steps:,}, 1 step", steps, {NAME: lambda: works.chain(OURS.value, steps)}, {})
    products: dict[str, Work] = {NAME: lambda: works.written_out_dot(OURS.value, 100_000)}
    yield Comparison("dot of 100,000, 1 operation", 200_000, products, {})


def batched(quick: bool) -> Iterator[Comparison]:
    """Yield a step of micrograd's demo beside PyTorch, which takes all points at once."""
    if not (peers.HAVE["sklearn"] and peers.HAVE["torch"]):
        return
    points, labels = works.moons_data()
    model = nn.MLP(2, [16, 16, 1], seed=1)
    tensors = peers.torch_moons(points, labels, [p.data for p in model.parameters()])
    both: dict[str, Work] = {NAME: lambda: works.moons_step(model, points, labels), "torch, batched": tensors}
    yield checked(Comparison("moons step, nn.MLP, beside a batch", 1, both, {}))


# PyTorch comes last: once it is loaded, the garbage collector has so many objects to walk that micrograd, most of whose
# time goes there, takes half as long again.
COMPARISONS = (moons, expression, worked, iris, regression, deep, batched)


# --- The table ------------------------------------------------------------------------------------


def rows(quick: bool = False, only: str = "") -> list[Timing]:
    """Time all works with a word in their title; say which peers are left out."""
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
    parser.add_argument("--quick", action="store_true", help="fewer rounds and shorter chains")
    parser.add_argument("--only", default="", metavar="WORD", help="only works with this in their title")
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
