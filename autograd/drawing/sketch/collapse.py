"""What a picture shows of a graph: each value, or for a big graph its neurons, its layers, or groups of operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from autograd.drawing.sketch.numbering import Graph
from autograd.drawing.sketch.parts import Parts, owners, weights
from autograd.errors import GraphSizeError

STAGES = 12  # boxes for a graph of which nothing is known but its depth
ARROWS = 4  # for each box that is allowed: more would be a black square, and slow
MOST_ROOTS = 8  # that stay apart where all else is summed up

NOUNS = {
    "value": ("value", "values"),
    "weights": ("box of weights", "boxes of weights"),
    "run": ("group of like operations", "groups of like operations"),
    "stage": ("stage of depth", "stages of depth"),
}
LAST_NUMBER = re.compile(r"\.\d+$")

Key = tuple[Hashable, ...]


class Group(NamedTuple):
    """Values in one box: one value, the weights of a neuron, a part of the model, or a summary."""

    kind: str  # value, weights, part, run (the same operation at the same depth) or stage (of depth)
    name: str  # in DOT
    members: list[int]
    parts: Parts  # around the box; for a part the part itself, too


class Sketch(NamedTuple):
    """A graph, divided into groups."""

    graph: Graph
    groups: list[Group]  # in the order of their last values, so that what is used comes before what uses it
    group_of: list[int]  # of each value
    note: str  # what was collapsed, "" if nothing was


def every_value(graph: Graph, max_nodes: int) -> Sketch:
    """Show each value by itself.

    Raises GraphSizeError for more than `max_nodes` of them.
    """
    count = len(graph.values)
    if count > max_nodes:
        raise GraphSizeError(
            f"the graph has {count:,} nodes, more than max_nodes={max_nodes}: "
            "raise max_nodes, or leave group=True to have it collapsed to neurons, layers or like operations"
        )
    return _sketch(graph, [("value", i) for i in range(count)], [()] * count)


def collapsed(graph: Graph, max_nodes: int) -> Sketch:
    """Show as much of a graph as `max_nodes` boxes hold: the first level of detail that fits, else the coarsest.

    The weights of a neuron are one box at every level.
    """
    owner = owners(graph)
    count = len(graph.values)
    keys: list[Key] = []
    for level, keys in enumerate(_levels(graph, owner, max_nodes)):
        few = len(set(keys)) <= max_nodes and (level > 0 or count <= max_nodes)
        if few and _arrows(graph, keys) <= ARROWS * max_nodes:
            break
    sketch = _sketch(graph, keys, owner)
    if level == 0:
        return sketch
    reason = (
        f"more than max_nodes={max_nodes}" if count > max_nodes else f"with too many edges for max_nodes={max_nodes}"
    )
    return sketch._replace(note=f"{count:,} values, {reason}: drawn as {_summary(sketch.groups)}")


def _levels(graph: Graph, owner: list[Parts], max_nodes: int) -> Iterator[list[Key]]:
    """Yield a key for each value, from fine to coarse levels of detail; values with the same key share a box."""
    together = weights(graph)
    each: list[Key] = [("weights", together[i]) if i in together else ("value", i) for i in range(len(graph.values))]
    yield each
    depths = graph.depths()
    runs: list[Key] = [
        ("run", depth, value.op and value.op.name) for depth, value in zip(depths, graph.values, strict=True)
    ]
    apart = graph.roots if len(graph.roots) <= min(MOST_ROOTS, max_nodes // 2) else []
    thickness = -(-(max(depths) + 1) // min(STAGES, max_nodes - len(apart)))
    stages: list[Key] = [("stage", depth // thickness) for depth in depths]
    for root in apart:
        runs[root] = stages[root] = ("value", root)
    levels = range(max(map(len, owner)), -1, -1)
    for level in levels:
        yield _by_parts(owner, level, each)
        yield _by_parts(owner, level, runs)
    for level in levels:
        yield _by_parts(owner, level, stages)
    yield stages


def _by_parts(owner: Sequence[Parts], level: int, others: list[Key]) -> list[Key]:
    return [("part", *_outer(parts, level)) if parts else other for parts, other in zip(owner, others, strict=True)]


def _outer(parts: Parts, level: int) -> Parts:
    """Return the parts down to a level of nesting; at level 0 the list that the outermost one is in."""
    return parts[:level] if level else (LAST_NUMBER.sub("", parts[0]),)


def _arrows(graph: Graph, keys: list[Key]) -> int:
    return len({(keys[x], keys[i]) for i, inputs in enumerate(graph.inputs) for x in inputs if type(x) is int})


def _sketch(graph: Graph, keys: Sequence[Key], owner: Sequence[Parts]) -> Sketch:
    members: dict[Key, list[int]] = {}
    for i, key in enumerate(keys):
        members.setdefault(key, []).append(i)
    groups: list[Group] = []
    group_of = [0] * len(keys)
    for (kind, *rest), places in sorted(members.items(), key=lambda item: item[1][-1]):
        for i in places:
            group_of[i] = len(groups)
        last = places[-1]
        if len(places) == 1:
            groups.append(Group("value", f"n{last}", places, owner[last]))
        else:
            parts = {"part": tuple(map(str, rest)), "weights": owner[last]}.get(str(kind), ())
            groups.append(Group(str(kind), f"{kind}{last}", places, parts))
    return Sketch(graph, groups, group_of, "")


def _summary(groups: Sequence[Group]) -> str:
    """Return what the boxes are: "33 neurons and 4 values"."""
    counts = Counter(_noun(group) for group in groups)
    said = [f"{count:,} {plural if count > 1 else singular}" for (singular, plural), count in counts.items()]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _noun(group: Group) -> tuple[str, str]:
    """Return singular and plural; a part is called after the list that it is in."""
    if group.kind != "part":
        return NOUNS[group.kind]
    *_, name, last = ["part", "parts", *group.parts[-1].split(".")]
    return (name.removesuffix("s"), name) if last.isdecimal() else ("part", "parts")
