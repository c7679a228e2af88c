"""A long narrow graph in lines, as the ox ploughs: from left to right, then back, so that it fits a page."""

from __future__ import annotations

import math

from autograd.drawing.dot.pieces import Edge, Shapes

LONGEST = 16  # steps in one line without a break
NARROW = 1.5  # operations to a step, at most
SHORTEST, SHAPE = 6, 0.7  # steps in a line; the square of their number to the number of all steps


def lines(drawn: Shapes) -> tuple[list[Edge], list[tuple[str, str]]]:
    """Return the edges of a picture, and pairs of nodes that stand across from each other where a line turns.

    A graph that is short or wide stays as it is. In a line that goes back, an edge is declared from its head
    to its tail, and its arrow is drawn at its tail.
    """
    steps = _steps(drawn)
    longest = max(steps.values(), default=0)
    operations = sum(name.startswith("op") for name in steps)
    if longest <= LONGEST or operations > NARROW * longest or any(node.parts for node in drawn.nodes):
        return drawn.edges, []
    per_line = max(SHORTEST, round(math.sqrt(SHAPE * longest)))
    line = {name: (step - 1) // per_line for name, step in steps.items()}
    turns = []
    edges = []
    for edge in drawn.edges:
        if line[edge.tail] == line[edge.head]:
            back = line[edge.tail] % 2
            edges.append(Edge(edge.head, edge.tail, edge.attributes | {"dir": "back"}) if back else edge)
        elif steps[edge.tail] % per_line == 0 and steps[edge.head] == steps[edge.tail] + 1:
            turns.append((edge.tail, edge.head))
            label = {"xlabel" if name == "label" else name: text for name, text in edge.attributes.items()}
            edges.append(Edge(edge.tail, edge.head, label))  # a label beside a vertical line
        else:
            edges.append(Edge(edge.tail, edge.head, edge.attributes | {"constraint": "false"}))
    return edges, list(dict.fromkeys(turns))


def _steps(drawn: Shapes) -> dict[str, int]:
    """Return for each node the number of operations on the longest way to it; a leaf has that of its first use."""
    steps = {node.name: 0 for node in drawn.nodes}
    for edge in drawn.edges:  # inputs before outputs
        steps[edge.head] = max(steps[edge.head], steps[edge.tail] + edge.head.startswith("op"))
    first: dict[str, int] = {}
    for edge in drawn.edges:
        if not steps[edge.tail]:
            first[edge.tail] = min(first.get(edge.tail, steps[edge.head]), steps[edge.head])
    return {name: step or first.get(name, 1) for name, step in steps.items()}
