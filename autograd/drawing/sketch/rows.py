"""The rows of a batch: values that a network computes in the same way for each row share one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from autograd.drawing.sketch.functions import Function
from autograd.drawing.sketch.numbering import Graph
from autograd.ops import ADD, DOT, LOGSUMEXP, MAX, MIN, MUL, PROD, SUM

SYMMETRIC = {ADD, MUL, SUM, PROD, MAX, MIN, LOGSUMEXP}  # the place of an input says nothing about it


def rows(graph: Graph, own: Sequence[bool], sums: Sequence[Function]) -> dict[int, int]:
    """Return, for each value that is computed in several rows, the place of the same value in the first row.

    `own` says which values are parameters, and `sums` are chains of additions, in which rows are added up.
    A graph without a neuron that is called twice has no rows.
    """
    forward = _forward(graph, own)
    both = _backward(graph, forward, own, {i: s.outputs[0] for s in sums for i in s.inner})
    members: dict[int, list[int]] = {}
    for i, color in enumerate(both):
        members.setdefault(color, []).append(i)
    neurons = {both[i] for i, inputs in enumerate(graph.inputs) if _is_neuron(graph, i, own)}
    sizes = Counter(len(members[color]) for color in neurons if len(members[color]) > 1)
    if not sizes:
        return {}
    size = max(sizes, key=lambda n: (sizes[n], n))
    return {i: places[0] for places in members.values() if len(places) == size for i in places}


def _is_neuron(graph: Graph, i: int, own: Sequence[bool]) -> bool:
    first = graph.inputs[i][0] if graph.values[i].op is DOT else 0.0
    return type(first) is int and own[first]


def _forward(graph: Graph, own: Sequence[bool]) -> list[int]:
    """Number the ways in which values are computed: those of different rows agree."""
    names: dict[Hashable, int] = {}
    colors: list[int] = []
    for i, (value, inputs) in enumerate(zip(graph.values, graph.inputs, strict=True)):
        key: tuple[Any, ...] = ("leaf", i if own[i] else "")
        if value.op is not None:
            key = (value.op, *[colors[x] if type(x) is int else "number" for x in inputs])
        if i in graph.roots:
            key = ("root", i)
        colors.append(names.setdefault(key, len(names)))
    return colors


def _backward(graph: Graph, forward: Sequence[int], own: Sequence[bool], sums: Mapping[int, int]) -> list[int]:
    """Number the ways in which values are computed and used; a sum uses all its terms alike."""
    names: dict[Hashable, int] = {}
    colors = [0] * len(forward)
    uses: list[set[tuple[int, int]]] = [set() for _ in forward]
    for i in reversed(range(len(forward))):
        # Inside a chain of additions each step is its own, and its terms are those of the whole sum.
        colors[i] = names.setdefault((forward[i], frozenset(uses[i])), len(names))
        user = colors[sums.get(i, i)]
        alike = i in sums or i in sums.values() or graph.values[i].op in SYMMETRIC
        half = len(graph.inputs[i]) // 2
        pair = graph.values[i].op is DOT and not _is_neuron(graph, i, own)
        for j, x in enumerate(graph.inputs[i]):
            if type(x) is int:
                uses[x].add((user, -1 if alike else -2 - j // half if pair else j))
    return colors
