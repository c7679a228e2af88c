"""The nodes and edges of a picture: what is drawn for each group of a sketch, and between groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from autograd.drawing.dot import boxes, colors
from autograd.drawing.dot.text import markup, span, tooltip
from autograd.drawing.sketch.changes import changed
from autograd.drawing.sketch.collapse import Group, Sketch
from autograd.drawing.sketch.neurons import columns, constants, is_neuron
from autograd.drawing.sketch.parts import Parts
from autograd.scalars import number_in
from autograd.value import Value

MANY = 8  # constants of one operation; more share a box

ROUND = {"shape": "circle", "width": "0.3", "fixedsize": "true", "fontsize": "14"}
PILL = {"shape": "box", "width": "0.3", "height": "0.3", "margin": "0.08,0.03"}
BADGE = {"fillcolor": colors.BADGE, "color": colors.BADGE, "fontcolor": colors.PAPER}
CONSTANT = {
    "shape": "plaintext",
    "style": "",
    "width": "0.1",
    "height": "0.2",
    "margin": "0.04,0.02",
    "fontcolor": colors.FAINT,
}


class Node(NamedTuple):
    """A node of DOT, inside the clusters of the parts around it."""

    name: str
    parts: Parts
    attributes: dict[str, str]


class Edge(NamedTuple):
    """An edge of DOT."""

    tail: str
    head: str
    attributes: dict[str, str]


class Tail(NamedTuple):
    """Where an edge into an operation comes from, and which of the inputs it stands for."""

    name: str
    parts: Parts
    kind: str  # of the group, or "constant"
    places: list[int]


class Shapes(NamedTuple):
    """All nodes and edges."""

    nodes: list[Node]
    edges: list[Edge]
    columns: dict[str, list[str]]  # what stands in the column of an operation instead of before it
    given: dict[tuple[float, ...], str]  # boxes of the constants that neurons are given
    end: float  # the largest gradient among the colours


def shapes(sketch: Sketch, gradients: bool) -> Shapes:
    """Return what is drawn: a box for each group, an operation next to each single value, and constants."""
    values_of = [[sketch.graph.values[i] for i in places] for places in outputs(sketch)]
    end = colors.limit(boxes.strongest(values) for values in values_of) if gradients else 0.0
    roots = {sketch.group_of[root] for root in sketch.graph.roots}
    drawn = Shapes([], [], columns(sketch), {}, end)
    for k, (group, values) in enumerate(zip(sketch.groups, values_of, strict=True)):
        attributes = {"id": group.name, "penwidth": "2" if k in roots else "1"}
        if gradients:
            attributes["fillcolor"] = colors.fill(boxes.strongest(values), end)
        if group.kind == "value":
            _operation(drawn, sketch, group, gradients)
            attributes["label"] = boxes.value_box(values[0], group.parts, gradients)
            attributes["tooltip"] = boxes.value_tooltip(values[0], gradients)
        else:
            _arrows(drawn, sketch, group)
            attributes["label"] = boxes.group_box(sketch.graph, group, values, gradients)
        around = group.parts[:-1] if group.kind == "part" else group.parts
        drawn.nodes.append(Node(group.name, around, attributes))
    return drawn


def local_derivatives(value: Value) -> list[float]:
    """Return the derivative of an operation with respect to each input, at the numbers that they hold now.

    Nothing is returned if the rule of a user's op fails.
    """
    numbers = [number_in(x) for x in value.inputs]
    now = changed(value)
    output = value.data if now is None else now
    try:
        partials = [float(d) for d in value.op.partials(*numbers, output)] if value.op is not None else []
    except Exception:  # a picture still helps to find what is wrong with a rule
        return []
    return partials if len(partials) == len(numbers) else []


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


def _operation(drawn: Shapes, sketch: Sketch, group: Group, gradients: bool) -> None:
    """Draw the operation that made a single value, its constants, and the edges to and from it."""
    (i,) = group.members
    value = sketch.graph.values[i]
    if value.op is None:
        return
    sign, name = boxes.symbol(value.op), f"op{i}"
    badge = BADGE | (ROUND if len(sign) < 3 else PILL)
    label = {"label": f"<{markup(sign)}>", "tooltip": tooltip(sign), "id": name}
    drawn.nodes.append(Node(name, group.parts, badge | label))
    derivatives = local_derivatives(value) if gradients else []
    column = drawn.columns.get(name, [])
    for tail in _tails(drawn, sketch, group):
        attributes = {"id": f"e{i}_{tail.places[0]}"}
        if derivatives and tail.kind in ("value", "weights"):
            partials = [derivatives[j] for j in tail.places]
            if tail.name in column:
                attributes["tooltip"] = f"∂ {span(partials)}"  # there is no room next to the operation
            else:
                attributes["label"] = boxes.derivative_box(partials)
        if tail.name in column[1:]:
            attributes["weight"] = "0"  # else it would be placed on the side of the first
        elif not column and tail.parts[: len(group.parts)] != group.parts:
            attributes["minlen"] = "3"  # room for the label, then the parameters, then the operation
        drawn.edges.append(Edge(tail.name, name, attributes))
    drawn.edges.append(Edge(name, group.name, {"id": f"e{i}"}))


def _tails(drawn: Shapes, sketch: Sketch, group: Group) -> Iterable[Tail]:
    """Return where the edges into an operation come from."""
    (i,) = group.members
    given = _constants(drawn, sketch, group)
    tails: dict[object, Tail] = {}
    for j, x in enumerate(sketch.graph.inputs[i]):
        if type(x) is int:
            source = sketch.groups[sketch.group_of[x]]
            key = j if source.kind == "value" else source.name
            tails.setdefault(key, Tail(source.name, source.parts, source.kind, [])).places.append(j)
        elif j in given:
            tails.setdefault(given[j].name, given[j]).places.append(j)
    return tails.values()


def _constants(drawn: Shapes, sketch: Sketch, group: Group) -> dict[int, Tail]:
    """Draw the constants of an operation, one by one if they are few; return where each is."""
    (i,) = group.members
    numbers = constants(sketch.graph, i)
    if numbers and is_neuron(sketch, i):
        return dict.fromkeys(numbers, Tail(_given(drawn, tuple(numbers.values())), (), "constant", []))
    if len(numbers) > MANY:
        drawn.nodes.append(_numbers(f"c{i}", group.parts, list(numbers.values())))
        return dict.fromkeys(numbers, Tail(f"c{i}", group.parts, "constant", []))
    drawn.nodes.extend([_numbers(f"c{i}_{j}", group.parts, [x]) for j, x in numbers.items()])
    return {j: Tail(f"c{i}_{j}", group.parts, "constant", []) for j in numbers}


def _arrows(drawn: Shapes, sketch: Sketch, group: Group) -> None:
    """Draw an arrow to a group from each group whose values it takes, and from constants given to its neurons."""
    places = [x for i in group.members for x in sketch.graph.inputs[i] if type(x) is int]
    tails = dict.fromkeys([sketch.groups[sketch.group_of[x]].name for x in places])
    tails.pop(group.name, None)
    given = dict.fromkeys([tuple(constants(sketch.graph, i).values()) for i in group.members if is_neuron(sketch, i)])
    if any(given):
        tails[_given(drawn, tuple(chain.from_iterable(given)))] = None
    drawn.edges.extend([Edge(tail, group.name, {}) for tail in tails])


def _given(drawn: Shapes, numbers: tuple[float, ...]) -> str:
    """Return the name of the box for constants that neurons are given; neurons given the same ones share it."""
    if numbers not in drawn.given:
        drawn.given[numbers] = f"given{len(drawn.given)}"
        drawn.nodes.append(_numbers(drawn.given[numbers], (), numbers))
    return drawn.given[numbers]


def _numbers(name: str, parts: Parts, numbers: Sequence[float]) -> Node:
    return Node(name, parts, {"label": boxes.numbers_box(numbers)} | CONSTANT)
