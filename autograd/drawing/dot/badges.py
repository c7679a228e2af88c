"""Operations in a picture: a badge with the constants it is given, and an edge from each input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd.drawing.dot import boxes
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.pieces import BADGE, CONSTANT, PILL, ROUND, Edge, Node, Shapes, Tail
from autograd.drawing.dot.text import markup, span, tooltip
from autograd.drawing.sketch.changes import changed
from autograd.drawing.sketch.collapse import Group, Sketch
from autograd.drawing.sketch.functions import Function, inputs_of
from autograd.drawing.sketch.neurons import constants, in_badge, is_neuron
from autograd.drawing.sketch.parts import Parts
from autograd.ops import ADD, DOT, SUB
from autograd.scalars import number_in
from autograd.value import Value

MANY = 8  # constants of one operation; more share a box
TITLES = {"sum": "Σ", "mse": "mean squared error"}  # of functions whose title is not their name
GIVEN = {"mse": SUB, "squared_error": SUB, "sum": ADD, "cross_entropy": DOT}  # what takes the constants of a function


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


def draw_operation(drawn: Shapes, sketch: Sketch, group: Group, look: Look) -> None:
    """Draw the operation that made a value, or the same value in several rows: badge, constants and edges."""
    graph, i = sketch.graph, group.members[-1]
    value = graph.values[i]
    if value.op is None:
        return
    numbers = {j: [x] for j, x in constants(graph, i).items()} if in_badge(graph, i) else {}
    for k in group.members[:-1]:
        for j, x in constants(graph, k).items() if numbers else ():
            numbers[j].append(x)
    sign, name = boxes.operation(value.op, graph.inputs[i], numbers, look.digits), f"op{i}"
    drawn.nodes.append(_badge(name, group.parts, sign))
    derivatives = [local_derivatives(graph.values[k]) for k in group.members] if look.gradients else []
    column = drawn.columns.get(name, [])
    for tail in _tails(drawn, sketch, group, look):
        attributes = {"id": f"e{i}_{tail.places[0]}"}
        if derivatives and all(derivatives) and tail.kind != "constant" and tail.kind != "part":
            partials = [row[j] for row in derivatives for j in tail.places]
            if tail.name in column:
                attributes["tooltip"] = f"∂ {span(partials, look.digits)}"  # there is no room next to the operation
            else:
                attributes["label"] = boxes.derivative_box(partials, look.digits)
        if tail.name in column[1:]:
            attributes["weight"] = "0"  # else it would be placed on the side of the first
        elif not column and tail.parts[: len(group.parts)] != group.parts:
            attributes["minlen"] = "3"  # room for the label, then the parameters, then the operation
        drawn.edges.append(Edge(tail.name, name, attributes))
    drawn.edges.append(Edge(name, group.name, {"id": f"e{i}"}))


def _badge(name: str, parts: Parts, sign: str, said: str = "") -> Node:
    style = BADGE | (ROUND if len(sign) < 3 else PILL)
    return Node(name, parts, style | {"label": f"<{markup(sign)}>", "tooltip": tooltip(said or sign), "id": name})


def _tails(drawn: Shapes, sketch: Sketch, group: Group, look: Look) -> Iterable[Tail]:
    """Return where the edges into an operation come from."""
    i = group.members[-1]
    given = _constants(drawn, sketch, group, look)
    tails: dict[object, Tail] = {}
    for j, x in enumerate(sketch.graph.inputs[i]):
        if type(x) is int:
            source = sketch.groups[sketch.group_of[x]]
            key = j if source.kind == "value" else source.name
            tails.setdefault(key, Tail(source.name, source.parts, source.kind, [])).places.append(j)
        elif j in given:
            tails.setdefault(given[j].name, given[j]).places.append(j)
    if len(tails) > MANY and all(_is_parameter(sketch, tail) for tail in tails.values()):
        name = f"c{i}"
        count = len({x for x in sketch.graph.inputs[i] if type(x) is int})
        drawn.nodes.append(Node(name, (), {"label": f"{count:,} parameters"} | CONSTANT))
        return [Tail(name, (), "constant", [0])]
    return tails.values()


def _is_parameter(sketch: Sketch, tail: Tail) -> bool:
    """Return whether an edge comes from parameters of a model, as those into a penalty do."""
    leaf = tail.kind == "value" and sketch.graph.values[int(tail.name.removeprefix("n"))].op is None
    return tail.kind == "weights" or (leaf and bool(tail.parts))


def _constants(drawn: Shapes, sketch: Sketch, group: Group, look: Look) -> dict[int, Tail]:
    """Draw the constants that do not stand in the badge, one by one if they are few; return where each is."""
    graph, i = sketch.graph, group.members[-1]
    numbers = constants(graph, i)
    if not numbers or in_badge(graph, i):
        return {}
    every = [x for k in group.members for x in constants(graph, k).values()]
    rows = len(group.members)
    if is_neuron(sketch, i):
        return dict.fromkeys(numbers, Tail(given(drawn, tuple(every), look, rows), (), "constant", []))
    if len(numbers) > MANY or rows > 1:
        drawn.nodes.append(constants_node(f"c{i}", group.parts, every, look, rows))
        return dict.fromkeys(numbers, Tail(f"c{i}", group.parts, "constant", []))
    drawn.nodes.extend([constants_node(f"c{i}_{j}", group.parts, [x], look) for j, x in numbers.items()])
    return {j: Tail(f"c{i}_{j}", group.parts, "constant", []) for j in numbers}


def given(drawn: Shapes, numbers: tuple[float, ...], look: Look, rows: int = 1) -> str:
    """Return the name of the box for constants that neurons are given; neurons given the same ones share it."""
    if numbers not in drawn.given:
        drawn.given[numbers] = f"given{len(drawn.given)}"
        drawn.nodes.append(constants_node(drawn.given[numbers], (), numbers, look, rows))
    return drawn.given[numbers]


def constants_node(name: str, parts: Parts, numbers: Sequence[float], look: Look, rows: int = 1) -> Node:
    """Return the box of some constants."""
    return Node(name, parts, {"label": boxes.numbers_box(numbers, look.digits, rows)} | CONSTANT)


def draw_function(drawn: Shapes, sketch: Sketch, parts: Parts, members: Sequence[Function], look: Look) -> None:
    """Draw a function as one badge, with an edge from each input and one to each result.

    An edge has the derivative of the function where that has one result. In a batch there are several `members`.
    """
    graph, function = sketch.graph, members[-1]
    last = function.outputs[0]
    name = f"op{last}"
    title = TITLES.get(function.name, function.name.replace("_", " "))
    count = f"{title}: {len(function.inner) + 1:,} operations in one, see expand={function.name!r}"
    drawn.nodes.append(_badge(name, parts, title, count))
    derivatives: dict[str, list[float]] = {}
    numbers: list[float] = []
    for one in members:
        slopes = _slopes(sketch, one) if look.gradients and len(one.outputs) == 1 else {}
        for i, j, x in inputs_of(graph, one):
            if type(x) is int:
                partials = derivatives.setdefault(sketch.groups[sketch.group_of[x]].name, [])
                partials.extend([slopes.pop(x)] if x in slopes else [])
            elif graph.values[i].op is GIVEN.get(one.name) and not (
                graph.values[i].op is DOT and 2 * j >= len(graph.inputs[i]) - 1
            ):
                numbers.append(x)
    if numbers:
        drawn.nodes.append(constants_node(f"c{last}", parts, numbers, look))
        drawn.edges.append(Edge(f"c{last}", name, {}))
    for k, (tail, partials) in enumerate(derivatives.items()):
        label = {"label": boxes.derivative_box(partials, look.digits)} if partials else {}
        drawn.edges.append(Edge(tail, name, {"id": f"e{last}_{k}"} | label))
    heads = dict.fromkeys([sketch.groups[sketch.group_of[i]].name for i in function.outputs])
    drawn.edges.extend(
        [Edge(name, head, {"id": f"e{last}"} if k == 0 else {"id": f"e{last}__{k}"}) for k, head in enumerate(heads)]
    )


def _slopes(sketch: Sketch, function: Function) -> dict[int, float]:
    """Return the derivative of a function's only result with respect to each input that is a Value."""
    graph = sketch.graph
    inside = {*function.inner, *function.outputs}
    slopes = dict.fromkeys(inside, 0.0)
    slopes[function.outputs[0]] = 1.0
    for i in sorted(inside, reverse=True):
        for x, partial in zip(graph.inputs[i], local_derivatives(graph.values[i]), strict=False):
            if type(x) is int:
                slopes[x] = slopes.get(x, 0.0) + slopes[i] * partial
    return {x: slope for x, slope in slopes.items() if x not in inside}
