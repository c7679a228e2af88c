"""The backward pass on a picture, frame by frame: which box is lit, what the caption says, and what the boxes show."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import chain, groupby
from typing import NamedTuple

from autograd.drawing.dot import boxes, colors
from autograd.drawing.dot.shapes import outputs
from autograd.drawing.dot.text import short, span
from autograd.drawing.sketch.changes import remarks
from autograd.drawing.sketch.collapse import Group, Sketch
from autograd.drawing.words.equations import TEXT, bracketed
from autograd.drawing.words.trace import Visit, names, steps
from autograd.output.printing import shown
from autograd.value import Value

MOST_FRAMES = 1_000
MOST_LINES = 8  # in one frame
LONGEST = 80  # characters of an operation


class Change(NamedTuple):
    """What a box shows from a frame on: its gradient so far, and the colour of that."""

    box: str
    gradient: str
    fill: str


class Frame(NamedTuple):
    """A visit to a box: its caption, a heading and a line for each input, and what changes."""

    box: str
    heading: str
    lines: list[str]
    changes: list[Change]


class Film(NamedTuple):
    """The frames, of which the first shows the gradient of the root alone, for a picture of `sketch`.

    `root` is its name. The sketch is a copy of the one given, in which each value has the widest gradient it shows.
    `boxes` says what each box is.
    """

    root: str
    frames: list[Frame]
    sketch: Sketch
    boxes: dict[str, str]


def film(sketch: Sketch) -> Film:
    """Follow the backward pass over a sketch; the user's gradients are neither read nor changed.

    A visit to an operation is a frame. Operations that share a box share a frame where they are
    visited one after the other. Raises ValueError for a sketch of several roots.
    """
    if len(sketch.graph.roots) != 1:
        raise ValueError(f"the backward pass starts from one Value, and this drawing has {len(sketch.graph.roots)}")
    root = sketch.graph.values[sketch.graph.roots[0]]
    called = names(sketch.graph.values)
    screen = Screen(sketch, called)
    called |= {node: called[x] for node, x in sketch.graph.over.items()}
    screen.set(root, 1.0)
    start = f"backward() starts at {called[root]} with d{called[root]}/d{called[root]} = 1"
    drafts = [(screen.group(root).name, start, remarks(sketch.graph.values), screen.changed())]
    for visits in _runs(root, screen):
        for term in chain.from_iterable(step.terms for step in visits):
            screen.set(term.input, term.total)
        group = screen.group(visits[-1].node)
        heading, lines = _visit(visits[0], root, called) if len(visits) == 1 else _visits(visits, group)
        drafts.append((group.name, heading, lines, screen.changed()))
    stage = screen.with_room()
    end = colors.limit(boxes.strongest(values) for values in screen.outputs)
    frames = [
        Frame(box, heading, lines, [Change(name, text, colors.fill(g, end)) for name, text, g in changed])
        for box, heading, lines, changed in drafts
    ]
    about = {group.name: _about(group, sketch, called) for group in sketch.groups}
    return Film(called[root], frames, stage, about)


class Screen:
    """The boxes of a sketch, with gradients apart from the user's."""

    def __init__(self, sketch: Sketch, called: dict[Value, str]) -> None:
        self.sketch = sketch
        self.place = {value: i for i, value in enumerate(sketch.graph.values)}
        self.values = list(map(copy.copy, sketch.graph.values))
        for value, name in zip(self.values, called.values(), strict=True):
            value.grad, value.label = 0.0, value.label or name
        self.widest = [0.0] * len(self.values)
        self.outputs = [[self.values[i] for i in places] for places in outputs(sketch)]
        self.touched: dict[int, None] = {}

    def group(self, value: Value) -> Group:
        """Return the box of one of the user's values."""
        return self.sketch.groups[self.sketch.group_of[self.place[value]]]

    def set(self, value: Value, gradient: float) -> None:
        """Give one of the user's values a gradient on the screen."""
        i = self.place[value]
        self.values[i].grad = gradient
        self.widest[i] = max(gradient, self.widest[i], key=lambda g: len(short(g)))
        self.touched[self.sketch.group_of[i]] = None

    def changed(self) -> list[tuple[str, str, float]]:
        """Return each box set since the last call: its name, what it shows, and the gradient that colours it."""
        changed = []
        for k in self.touched:
            numbers = [value.grad for value in self.outputs[k]]
            if numbers:
                changed.append((self.sketch.groups[k].name, span(numbers), boxes.strongest(self.outputs[k])))
        self.touched.clear()
        return changed

    def with_room(self) -> Sketch:
        """Return the sketch with the values on the screen, each with the widest gradient it had."""
        for value, gradient in zip(self.values, self.widest, strict=True):
            value.grad = gradient
        return self.sketch._replace(graph=self.sketch.graph._replace(values=self.values))


def _runs(root: Value, screen: Screen) -> list[list[Visit]]:
    """Divide the steps into frames; those beyond the most allowed share the last one."""
    runs = [
        list(run)
        for _, run in groupby(steps(root, screen.sketch.graph.over), lambda step: screen.group(step.node).name)
    ]
    rest = list(chain.from_iterable(runs[MOST_FRAMES:]))
    return [*runs[:MOST_FRAMES], rest] if rest else runs


def _visit(step: Visit, root: Value, called: dict[Value, str]) -> tuple[str, list[str]]:
    """Return the caption for one operation: what it is, and the chain rule for each input."""
    node, gradient, terms = step
    top, name, g = called[root], called[node], short(gradient)
    operands = [short(x) if isinstance(x, float) else called[x] for x in node.inputs]
    operation = shown(TEXT.operation(node.op, operands), LONGEST) if node.op is not None else ""
    lines = []
    for x, partial, _, added, total in terms[:MOST_LINES]:
        line = f"d{top}/d{called[x]} += d{top}/d{name} * d{name}/d{called[x]}"
        line += f" = {g} * {bracketed(short(partial))} = {short(added)}"
        lines.append(line if total == added else f"{line}, so far {short(total)}")
    if len(terms) > MOST_LINES:
        lines.append(f"... and {len(terms) - MOST_LINES:,} inputs more")
    return f"{name} = {operation} passes on d{top}/d{name} = {g}", lines


def _visits(visits: Sequence[Visit], group: Group) -> tuple[str, list[str]]:
    """Return the caption for several operations, in one box or at the end of a long film."""
    where = f" of {shown(group.parts[-1], LONGEST)}" if group.kind == "part" else ""
    return f"{len(visits):,} operations{where} pass their gradients on", []


def _about(group: Group, sketch: Sketch, called: dict[Value, str]) -> str:
    values = [sketch.graph.values[i] for i in group.members]
    if group.kind == "value":
        return f"{called[values[0]]}, data {short(values[0].data)}"
    return f"{len(values):,} values{f' of {shown(group.parts[-1], LONGEST)}' if group.parts else ''}"
