"""What a picture shows of a graph: each value, or for a big graph its neurons, its layers, or groups of operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Hashable, Iterator, Sequence
from typing import NamedTuple

from autograd.drawing.sketch.functions import Function, functions
from autograd.drawing.sketch.numbering import Graph
from autograd.drawing.sketch.parts import Parts, owners, parts, weights
from autograd.drawing.sketch.rows import rows
from autograd.errors import GraphSizeError

STAGES = 12  # boxes for a graph of which nothing is known but its depth
FEWEST_ARROWS = 100  # that are always allowed; beyond, as many as boxes: more would be a black square, and slow
CROSSINGS = 500  # of curves between two layers, where each value is drawn
MOST_ROOTS = 8  # that stay apart where all else is summed up

NOUNS = {
    "value": ("value", "values"),
    "rows": ("value", "values"),
    "function": ("function", "functions"),
    "weights": ("box of weights", "boxes of weights"),
    "run": ("group of like operations", "groups of like operations"),
    "stage": ("stage of depth", "stages of depth"),
}
EXPAND = ("rows", "softmax", "log_softmax", "cross_entropy", "mse", "squared_error")  # what can be shown open
LAST_NUMBER = re.compile(r"\.\d+$")

Key = tuple[Hashable, ...]


class Group(NamedTuple):
    """Values in one box: one value, the weights of a neuron, a part of the model, or a summary."""

    # value, weights, rows (the same value for each row of a batch), function (what is inside one), part,
    # run (the same operation at the same depth) or stage (of depth)
    kind: str
    name: str  # in DOT
    members: list[int]
    parts: Parts  # around the box; for a part the part itself, too


class Sketch(NamedTuple):
    """A graph, divided into groups."""

    graph: Graph
    groups: list[Group]  # in the order of their last values, so that what is used comes before what uses it
    group_of: list[int]  # of each value
    note: str  # what was collapsed, "" if nothing was
    functions: Sequence[Function] = ()  # those that are drawn as one operation


def is_network(sketch: Sketch) -> bool:
    """Return whether a model is in the picture: parts, or neurons with weights of their own."""
    return any(group.kind in ("weights", "part") for group in sketch.groups)


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


def collapsed(graph: Graph, max_nodes: int, expand: Container[str] = ()) -> Sketch:
    """Show as much of a graph as `max_nodes` boxes hold: the first level of detail that fits, else the coarsest.

    The weights of a neuron are one box at every level. At the finest level a function such as softmax is one
    operation, and the rows of a batch share their boxes, unless `expand` has the name of the function, or "rows".
    """
    owner = owners(graph)
    together = weights(graph)
    known = functions(graph)
    batch = {} if "rows" in expand else _rows(graph, together, [f for f in known if f.name not in expand])
    folded = [f for f in known if f.name not in expand and (f.name != "sum" or _adds_rows(graph, f, batch))]
    count = len({batch.get(i, i) for i in range(len(graph.values))})
    keys: list[Key] = []
    for level, keys in enumerate(_levels(graph, owner, together, batch, folded, max_nodes)):
        few = len(set(keys)) <= max_nodes and (level > 0 or count <= max_nodes)
        clear = level > 0 or _crossings(graph, keys, owner) <= CROSSINGS
        if few and clear and len(_arrows(graph, keys)) <= max(FEWEST_ARROWS, max_nodes):
            break
    folded = [f for f in folded if {keys[i][0] for i in f.inner} == {"function"}]
    folded = [f for f in folded if {keys[i][0] for i in f.outputs} <= {"value", "rows"}]
    if level == 0:
        frames = _frames([f for f in known if f not in folded and f.name != "sum"])
        around = [parts or frames.get(i, ()) for i, parts in enumerate(owner)]
        sketch = _sketch(graph, keys, around)._replace(functions=folded)
        size = max(Counter(batch.values()).values(), default=0)
        return sketch._replace(note=f"{len(graph.values):,} values, {size:,} rows drawn as one") if batch else sketch
    count = len(graph.values)
    sketch = _sketch(graph, keys, owner)._replace(functions=folded)
    reason = (
        f"more than max_nodes={max_nodes}" if count > max_nodes else f"with too many edges for max_nodes={max_nodes}"
    )
    return sketch._replace(note=f"{count:,} values, {reason}: drawn as {_summary(sketch.groups)}")


def _rows(graph: Graph, together: dict[int, int], known: Sequence[Function]) -> dict[int, int]:
    own = [i in together or bool(parts(str(value.label))) for i, value in enumerate(graph.values)]
    return rows(graph, own, known)


def _adds_rows(graph: Graph, function: Function, batch: dict[int, int]) -> bool:
    """Return whether rows of a batch are among the terms of a sum."""
    return any(x in batch for i in (*function.inner, *function.outputs) for x in graph.inputs[i])


def _frames(opened: Sequence[Function]) -> dict[int, Parts]:
    """Return the frame around what is inside functions that are shown open: the name, numbered from the second on."""
    met: Counter[str] = Counter()
    found: dict[int, Parts] = {}
    for function in opened:
        met[function.name] += 1
        title = f"{function.name} {met[function.name]}" if met[function.name] > 1 else function.name
        found.update(dict.fromkeys([*function.inner, *function.outputs], (title,)))
    return found


def _levels(
    graph: Graph,
    owner: list[Parts],
    together: dict[int, int],
    batch: dict[int, int],
    folded: Sequence[Function],
    max_nodes: int,
) -> Iterator[list[Key]]:
    """Yield a key for each value, from fine to coarse levels of detail; values with the same key share a box."""
    each: list[Key] = [("weights", together[i]) if i in together else ("value", i) for i in range(len(graph.values))]
    finest: list[Key] = [("rows", batch[i]) if i in batch else key for i, key in enumerate(each)]
    for function in folded:
        first = function.outputs[0]
        for i in function.inner:
            finest[i] = ("function", batch.get(first, first))
    yield finest
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
        yield _by_parts(owner, level, finest)
        yield _by_parts(owner, level, runs)
    for level in levels:
        yield _by_parts(owner, level, stages)
    yield stages


def _by_parts(owner: Sequence[Parts], level: int, others: list[Key]) -> list[Key]:
    return [("part", *_outer(parts, level)) if parts else other for parts, other in zip(owner, others, strict=True)]


def _outer(parts: Parts, level: int) -> Parts:
    """Return the parts down to a level of nesting; at level 0 the list that the outermost one is in."""
    return parts[:level] if level else (LAST_NUMBER.sub("", parts[0]),)


def _arrows(graph: Graph, keys: list[Key]) -> set[tuple[Key, Key]]:
    """Return the pairs of boxes between which there is an arrow."""
    pairs = {(keys[x], keys[i]) for i, inputs in enumerate(graph.inputs) for x in inputs if type(x) is int}
    return {(tail, head) for tail, head in pairs if tail != head}


def _crossings(graph: Graph, keys: list[Key], owner: Sequence[Parts]) -> int:
    """Return about how often arrows between two layers cross: those of the most crowded pair of layers.

    m boxes that all go to n others have m (m - 1) / 2 * n (n - 1) / 2 crossings.
    """
    part = {key: parts[0] for key, parts in zip(keys, owner, strict=True) if parts}
    gaps: dict[tuple[str, str], set[tuple[Key, Key]]] = {}
    for tail, head in _arrows(graph, keys):
        if tail in part and head in part and part[tail] != part[head]:
            gaps.setdefault((part[tail], part[head]), set()).add((tail, head))
    most = 0
    for arrows in gaps.values():
        m, n = (len({arrow[end] for arrow in arrows}) for end in (0, 1))
        most = max(most, len(arrows) ** 2 * (m - 1) * (n - 1) // (4 * m * n))
    return most


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
        if len(places) == 1 and kind != "function":
            groups.append(Group("value", f"n{last}", places, owner[last]))
        else:
            around = {"weights": owner[last], "rows": owner[last]}.get(str(kind), ())
            parts = tuple(map(str, rest)) if kind == "part" else around
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
