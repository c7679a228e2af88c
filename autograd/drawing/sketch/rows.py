"""The rows of a batch: values that a network computes in the same way for each row share one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from autograd.drawing.sketch.functions import Function, inputs_of
from autograd.drawing.sketch.numbering import Graph
from autograd.ops import ADD, DOT, LOGSUMEXP, MAX, MIN, MUL, PROD, SUM

SYMMETRIC = {ADD, MUL, SUM, PROD, MAX, MIN, LOGSUMEXP}  # the place of an input says nothing about it
NUMBER, ALIKE = "number", -1


def rows(graph: Graph, own: Sequence[bool], known: Sequence[Function]) -> dict[int, int]:
    """Return, for each value that is computed in several rows, the place of the same value in the first row.

    `own` says which values are parameters. Of the functions that are `known` those with one result count as one
    operation, whose inputs are in no order: the right class is another one in each row. In a chain of additions
    rows are added up. A graph without a neuron that is called twice has no rows.
    """
    sums = {i: function.outputs[0] for function in known if function.name == "sum" for i in function.inner}
    single = [function for function in known if function.name != "sum" and len(function.outputs) == 1]
    whole = {f.outputs[0]: [x for _, _, x in inputs_of(graph, f) if type(x) is int] for f in single}
    names = {f.outputs[0]: f.name for f in single}
    inner = {i for f in single for i in f.inner}
    forward = _forward(graph, own, whole, names)
    both = _backward(graph, own, forward, sums, whole, inner)
    members: dict[int, list[int]] = {}
    for i, color in enumerate(both):
        members.setdefault(color, []).append(i)
    neurons = {both[i] for i in range(len(both)) if _is_neuron(graph, i, own)}
    sizes = Counter(len(members[color]) for color in neurons if len(members[color]) > 1)
    if not sizes:
        return {}
    size = max(sizes, key=lambda n: (sizes[n], n))
    return {i: places[0] for places in members.values() if len(places) == size for i in places}


def _is_neuron(graph: Graph, i: int, own: Sequence[bool]) -> bool:
    first = graph.inputs[i][0] if graph.values[i].op is DOT else 0.0
    return type(first) is int and own[first]


def _forward(graph: Graph, own: Sequence[bool], whole: dict[int, list[int]], functions: dict[int, str]) -> list[int]:
    """Number the ways in which values are computed: those of different rows agree."""
    names: dict[Hashable, int] = {}
    colors: list[int] = []
    for i, (value, inputs) in enumerate(zip(graph.values, graph.inputs, strict=True)):
        key: tuple[Any, ...] = ("leaf", i if own[i] else "")
        if i in whole:
            key = (functions[i], frozenset([colors[x] for x in whole[i]]))
        elif value.op is not None:
            key = (value.op, *[colors[x] if type(x) is int else NUMBER for x in inputs])
        if i in graph.roots:
            key = ("root", i)
        colors.append(names.setdefault(key, len(names)))
    return colors


def _backward(
    graph: Graph,
    own: Sequence[bool],
    forward: Sequence[int],
    sums: dict[int, int],
    whole: dict[int, list[int]],
    inner: set[int],
) -> list[int]:
    """Number the ways in which values are computed and used; a sum and a function use all their inputs alike."""
    names: dict[Hashable, int] = {}
    colors = [0] * len(forward)
    uses: list[set[tuple[int, int]]] = [set() for _ in forward]
    for i in reversed(range(len(forward))):
        colors[i] = names.setdefault((forward[i], frozenset(uses[i])), len(names))
        # Inside a chain of additions each step is its own, and its terms are those of the whole sum.
        user = colors[sums.get(i, i)]
        alike = i in sums or graph.values[i].op in SYMMETRIC
        half = len(graph.inputs[i]) // 2
        pair = graph.values[i].op is DOT and not _is_neuron(graph, i, own)
        if i in whole:
            for place in whole[i]:
                uses[place].add((user, ALIKE))
        elif i not in inner:
            for j, x in enumerate(graph.inputs[i]):
                if type(x) is int:
                    uses[x].add((user, ALIKE if alike else ALIKE - 1 - j // half if pair else j))
    return colors
