"""The nodes and edges of a picture: what is drawn for each group of a sketch, and between groups."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain

from autograd.drawing.dot import boxes, colors
from autograd.drawing.dot.badges import draw_function, draw_operation, given, local_derivatives
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.pieces import Edge, Node, Shapes
from autograd.drawing.dot.text import short
from autograd.drawing.sketch.collapse import Group, Sketch
from autograd.drawing.sketch.neurons import columns, constants, is_neuron
from autograd.drawing.sketch.parts import Parts

MANY_USES = 3  # of a value, whose edges then have a colour of their own
MOST_LABELS = 8  # on the edges into a layer
MOST_WEIGHTS = 4  # of a neuron that shows them one by one
DASHED = {"style": "rounded,filled,dashed", "penwidth": "2"}  # around what is not finite


def shapes(sketch: Sketch, look: Look) -> Shapes:
    """Return what is drawn: a box for each group, an operation next to each single value, and constants."""
    values_of = [[sketch.graph.values[i] for i in places] for places in outputs(sketch)]
    end = 0.0
    if look.gradients:
        end = look.scale or colors.limit(boxes.strongest(values) for values in values_of)
    drawn = Shapes([], [], columns(sketch), {}, end, [])
    roots = {sketch.group_of[root] for root in sketch.graph.roots}
    first, said = first_not_finite(sketch, look.gradients)
    made = _made(sketch)
    for k, (group, values) in enumerate(zip(sketch.groups, values_of, strict=True)):
        attributes = {"id": group.name, "penwidth": "2" if k in roots else "1"}
        if look.gradients:
            attributes["fillcolor"] = colors.fill(boxes.strongest(values), end)
        if group.kind == "function":
            members = [function for function in sketch.functions if sketch.group_of[function.inner[0]] == k]
            draw_function(drawn, sketch, sketch.groups[sketch.group_of[members[-1].outputs[0]]].parts, members, look)
            if first in group.members:
                drawn.nodes[-1].attributes.update(color=colors.WARNING, penwidth="3", tooltip=said)
            continue
        mark = said if first in group.members else ""
        if group.kind in ("value", "rows"):
            if group.members[-1] not in made:
                draw_operation(drawn, sketch, group, look)
        else:
            _arrows(drawn, sketch, group, look)
        if group.kind == "value":
            attributes["label"] = boxes.value_box(values[0], group.parts, look, mark)
            attributes["tooltip"] = boxes.value_tooltip(values[0], look.gradients)
        elif group.kind == "weights" and look.still and len(group.members) <= MOST_WEIGHTS:
            partials = _of_weights(sketch, group) if look.gradients else {}
            attributes["label"] = boxes.weights_box(sketch.graph, group, partials, look)
        else:
            attributes["label"] = boxes.group_box(sketch.graph, group, values, look, mark)
        if not all(_is_finite(sketch, i, look.gradients) for i in group.members):
            attributes |= DASHED | ({"color": colors.WARNING} if mark else {})
        around = group.parts[:-1] if group.kind == "part" else group.parts
        drawn.nodes.append(Node(group.name, around, attributes))
    _thin_out(drawn, sketch)
    if look.still:
        _color_threads(drawn, sketch)
    return drawn


def _color_threads(drawn: Shapes, sketch: Sketch) -> None:
    """Give edges that run close a colour for each tail, and their derivatives the same.

    Those are the edges from values with many uses, and those into a neuron.
    """
    neurons = {f"op{group.members[-1]}" for group in sketch.groups if is_neuron(sketch, group.members[-1])}
    labelled = [edge for edge in drawn.edges if "label" in edge.attributes]
    uses = Counter(edge.tail for edge in labelled)
    busy = [tail for tail, count in uses.items() if count >= MANY_USES]
    close = [e for e in labelled if e.head in neurons or (e.tail in busy and len(busy) > 1)]
    order = {tail: k for k, tail in enumerate(dict.fromkeys(edge.tail for edge in close))}
    for edge in close:
        color = colors.THREADS[order[edge.tail] % len(colors.THREADS)]
        edge.attributes.update(color=color, fontcolor=color)


def _thin_out(drawn: Shapes, sketch: Sketch) -> None:
    """Leave out the derivatives on edges into a layer where they are too many to read: they are its weights."""
    neurons = {f"op{group.members[-1]}" for group in sketch.groups if is_neuron(sketch, group.members[-1])}
    parts = {node.name: node.parts for node in drawn.nodes}
    gaps: dict[Parts, list[Edge]] = {}
    for edge in drawn.edges:
        if edge.head in neurons and "label" in edge.attributes:
            gaps.setdefault(parts[edge.head][:-1], []).append(edge)
    for crowded in [edges for edges in gaps.values() if len(edges) > MOST_LABELS]:
        for edge in crowded:
            del edge.attributes["label"]
            edge.attributes["minlen"] = "2"  # room for edges to cross
        drawn.remarks[:] = [
            "Where edges are many, no derivative is shown: that of a neuron with respect to an input is its weight"
        ]


def _made(sketch: Sketch) -> set[int]:
    """Return the values that come out of a function which is drawn as one operation."""
    return {i for function in sketch.functions for i in function.outputs}


def _is_finite(sketch: Sketch, i: int, gradients: bool) -> bool:
    value = sketch.graph.values[i]
    return math.isfinite(value.data) and (not gradients or math.isfinite(value.grad))


def first_not_finite(sketch: Sketch, gradients: bool) -> tuple[int, str]:
    """Return the place of the first number that is not finite, and what is said of it; -1 if all are finite.

    It is the first on the way forward; where only gradients are not finite, the first on the way back.
    """
    values = sketch.graph.values
    for i, value in enumerate(values):
        if not math.isfinite(value.data):
            return i, f"first {short(value.data)}"
    for i in reversed(range(len(values))) if gradients else ():
        if not math.isfinite(values[i].grad):
            return i, f"first grad {short(values[i].grad)}"
    return -1, ""


def outputs(sketch: Sketch) -> list[list[int]]:
    """Return for each group the values that it stands for: those that others use, and roots.

    A part of the model stands for its results, not for parameters that others use too, as a penalty does.
    """
    group_of = sketch.group_of
    used = set(sketch.graph.roots)
    for i, inputs in enumerate(sketch.graph.inputs):
        used.update([x for x in inputs if type(x) is int and group_of[x] != group_of[i]])
    found = []
    for group in sketch.groups:
        places = [i for i in group.members if i in used]
        results = [i for i in places if sketch.graph.values[i].op is not None]
        found.append(results if group.kind == "part" and results else places)
    return found


def _of_weights(sketch: Sketch, group: Group) -> dict[int, list[float]]:
    """Return for each weight of a neuron the local derivatives of the dot products that have it."""
    own = set(group.members)
    found: dict[int, list[float]] = {}
    for i, inputs in enumerate(sketch.graph.inputs):
        if not own.isdisjoint([x for x in inputs if type(x) is int]) and is_neuron(sketch, i):
            for x, partial in zip(inputs, local_derivatives(sketch.graph.values[i]), strict=False):
                if x in own and type(x) is int:
                    found.setdefault(x, []).append(partial)
    return found


def _arrows(drawn: Shapes, sketch: Sketch, group: Group, look: Look) -> None:
    """Draw an arrow to a group from each group whose values it takes, and from constants given to its neurons."""
    places = [x for i in group.members for x in sketch.graph.inputs[i] if type(x) is int]
    tails = dict.fromkeys([sketch.groups[sketch.group_of[x]].name for x in places])
    tails.pop(group.name, None)
    numbers = dict.fromkeys([tuple(constants(sketch.graph, i).values()) for i in group.members if is_neuron(sketch, i)])
    if any(numbers):
        tails[given(drawn, tuple(chain.from_iterable(numbers)), look)] = None
    drawn.edges.extend([Edge(tail, group.name, {}) for tail in tails])
