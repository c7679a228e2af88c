"""A graph by numbers: each value has its place in topological order, each input the place it comes from."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from autograd.graph import order_of
from autograd.ops import ADD, IDENTITY
from autograd.value import Value


class Graph(NamedTuple):
    """The values below some roots, inputs before outputs."""

    values: list[Value]
    inputs: list[list[int | float]]  # of each value: places are ints, constants are floats
    roots: list[int]
    over: dict[Value, Value]  # see passed_over

    def consumers(self) -> list[list[int]]:
        """Return for each value the places of those that have it as an input, repeats kept."""
        found: list[list[int]] = [[] for _ in self.values]
        for i, inputs in enumerate(self.inputs):
            for x in inputs:
                if type(x) is int:
                    found[x].append(i)
        return found

    def depths(self) -> list[int]:
        """Return for each value the number of operations on the longest way to it from a leaf."""
        depths: list[int] = []
        for value, inputs in zip(self.values, self.inputs, strict=True):
            below = max((depths[x] for x in inputs if type(x) is int), default=0)
            depths.append(below + (value.op is not None))
        return depths


def passed_over(order: Sequence[Value], asked: Container[Value]) -> dict[Value, Value]:
    """Return for each node that is not shown the Value that stands for it; nodes come in order, inputs first.

    Such a node has the number of its only input, has no label and is not asked for. It is an identity,
    which a transform such as `grad` makes of its argument, or a sum with 0, with which Python's own
    `sum` begins.
    """
    found: dict[Value, Value] = {}
    for node in order:
        if not node.label and node not in asked and node.op in (IDENTITY, ADD):
            inputs = [x for x in node.inputs if isinstance(x, Value) or x != 0.0]
            if len(inputs) == 1 and isinstance(inputs[0], Value):
                (x,) = inputs
                found[node] = found.get(x, x)
    return found


def number(roots: Sequence[Value]) -> Graph:
    """Put the values below some roots in order and number them, without those that are `passed_over`."""
    every = order_of(roots)
    over = passed_over(every, set(roots))
    values = [value for value in every if value not in over]
    place = {value: i for i, value in enumerate(values)}
    inputs = [[place[over.get(x, x)] if isinstance(x, Value) else float(x) for x in value.inputs] for value in values]
    return Graph(values, inputs, list(dict.fromkeys([place[root] for root in roots])), over)
