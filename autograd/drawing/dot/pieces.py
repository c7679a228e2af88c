"""What a picture is made of: nodes and edges of DOT, and what is known while they are drawn."""

from __future__ import annotations

from typing import NamedTuple

from autograd.drawing.dot import colors
from autograd.drawing.sketch.parts import Parts

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
    end: float  # the gradient at which the scale of colours ends
    remarks: list[str]  # what was left out
