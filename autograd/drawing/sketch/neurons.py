"""A neuron in a sketch: a dot product whose weights share a box, its inputs, and the constants next to it."""

from __future__ import annotations

from autograd.drawing.sketch.collapse import Sketch
from autograd.drawing.sketch.numbering import Graph
from autograd.ops import DOT, LOGSUMEXP, MAX, MIN, PROD, SUM

ALIKE = (SUM, PROD, MAX, MIN, LOGSUMEXP)  # the place of an input says nothing about it
FEW_INPUTS, FEW_CONSTANTS = 3, 3  # of an operation with constants in its badge


def is_neuron(sketch: Sketch, i: int) -> bool:
    """Return whether a value is the dot product of a neuron."""
    graph, inputs = sketch.graph, sketch.graph.inputs[i]
    if graph.values[i].op is not DOT or len(inputs) < 3 or type(inputs[0]) is not int:
        return False
    home = sketch.group_of[inputs[0]]
    if sketch.groups[home].kind not in ("weights", "part"):
        return False
    return all(type(x) is int and sketch.group_of[x] == home for x in inputs[: len(inputs) // 2])


def constants(graph: Graph, i: int) -> dict[int, float]:
    """Return the constants of an operation by place, without the bias of a dot product that has none."""
    found = {j: x for j, x in enumerate(graph.inputs[i]) if type(x) is float}
    last = len(graph.inputs[i]) - 1
    if graph.values[i].op is DOT and found.get(last) == 0.0:
        del found[last]
    return found


def in_badge(graph: Graph, i: int) -> bool:
    """Return whether the constants of an operation stand in its badge: there they make a long chain no longer."""
    op, inputs = graph.values[i].op, graph.inputs[i]
    return op is not DOT and (len(inputs) <= FEW_INPUTS or (op in ALIKE and len(constants(graph, i)) <= FEW_CONSTANTS))


def columns(sketch: Sketch) -> dict[str, list[str]]:
    """Return for the dot product of a neuron the names of its weights and its bias, if no other neuron uses them.

    They stand below and above it, so that only its inputs come from the left: edges into a layer
    would have to go around a column of weights.
    """
    graph, groups, group_of = sketch.graph, sketch.groups, sketch.group_of
    lasts = [group.members[-1] for group in groups if group.kind in ("value", "rows")]
    neurons = [i for i in lasts if is_neuron(sketch, i)]
    consumers = graph.consumers() if neurons else []

    def is_own(x: int | float, i: int) -> bool:
        home = group_of[i]
        if type(x) is not int or groups[group_of[x]].parts != groups[home].parts:
            return False
        users = {j for y in groups[group_of[x]].members for j in consumers[y]}
        return group_of[min(users)] == home and not any(is_neuron(sketch, j) for j in users if group_of[j] != home)

    found = {}
    for i in neurons:
        weights, bias = graph.inputs[i][0], graph.inputs[i][-1]
        if is_own(weights, i):
            own = [weights, bias] if is_own(bias, i) else [weights]
            found[f"op{i}"] = [groups[group_of[x]].name for x in own if type(x) is int]
    return found
