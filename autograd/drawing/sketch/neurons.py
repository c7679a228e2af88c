"""A neuron in a sketch: a dot product whose weights share a box, its inputs, and the constants next to it."""

from __future__ import annotations

from autograd.drawing.sketch.collapse import Sketch
from autograd.drawing.sketch.numbering import Graph
from autograd.ops import DOT


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


def columns(sketch: Sketch) -> dict[str, list[str]]:
    """Return for the dot product of a neuron the names of its weights and its bias, if no other neuron uses them.

    They stand below and above it, so that only its inputs come from the left: edges into a layer
    would have to go around a column of weights.
    """
    graph, groups, group_of = sketch.graph, sketch.groups, sketch.group_of
    neurons = [i for i in range(len(graph.values)) if groups[group_of[i]].kind == "value" and is_neuron(sketch, i)]
    consumers = graph.consumers() if neurons else []

    def is_own(x: int | float, i: int) -> bool:
        if type(x) is not int or groups[group_of[x]].parts != groups[group_of[i]].parts:
            return False
        users = {j for y in groups[group_of[x]].members for j in consumers[y]}
        return min(users) == i and not any(is_neuron(sketch, j) for j in users - {i})

    found = {}
    for i in neurons:
        weights, bias = graph.inputs[i][0], graph.inputs[i][-1]
        if is_own(weights, i):
            own = [weights, bias] if is_own(bias, i) else [weights]
            found[f"op{i}"] = [groups[group_of[x]].name for x in own if type(x) is int]
    return found
