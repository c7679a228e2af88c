"""A sketch of a graph as DOT source: style, clusters, legend."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograd.drawing.dot import colors
from autograd.drawing.dot.lines import lines
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.pieces import Edge, Node, Shapes
from autograd.drawing.dot.shapes import shapes
from autograd.drawing.dot.text import markup, row, short, table
from autograd.drawing.sketch.changes import remarks
from autograd.drawing.sketch.collapse import EXPAND, Sketch
from autograd.drawing.sketch.parts import Parts
from autograd.errors import needs

FONT = "Helvetica"  # both renderers know its widths; a browser has it, or Arial
TICKS = (-1.0, -0.25, 0.0, 0.25, 1.0)  # of the legend's scale, in parts of its end


def source(sketch: Sketch, rankdir: str, gradients: bool = True, look: Look | None = None) -> str:
    """Return the DOT source of a sketch, the same for the same graph.

    A value is the node n0, n1, ... by its place in topological order and its operation op0, op1, ...;
    so are their ids in SVG. The edge of the j-th input of op<k> has the id e<k>_<j>, the one from
    op<k> to its value e<k>. In a summary from top to bottom, the label of an edge is a node op<k>_<j>
    on it, and the second half of the edge has the id e<k>_<j>_.

    Raises ImportError where the package graphviz is missing.
    """
    try:
        from graphviz import Digraph
    except ImportError as error:
        raise needs("draw", "drawing needs the package graphviz", "graphviz") from error

    look = look or Look(gradients)
    drawn = shapes(sketch, look)
    straight = any(group.kind == "part" for group in sketch.groups)
    edges, turns = lines(drawn) if look.still and not straight else (drawn.edges, [])
    beside = straight and rankdir in ("TB", "BT")
    ordered = not any(group.parts for group in sketch.groups)
    legend = _legend(sketch, drawn, look)
    drawn = _labels_between(drawn) if beside else drawn._replace(edges=edges)
    ordered = ordered and not turns
    dot = Digraph(
        "computation",
        graph_attr=GRAPH_STYLE
        | {"rankdir": rankdir}
        | (ORDERED if ordered else {})
        | (LINES if turns else {})
        | (STRAIGHT if straight else {})
        | (HALF if beside else {})
        | legend,
        node_attr=NODE_STYLE,
        edge_attr=EDGE_STYLE,
    )
    _clusters(dot, (), drawn.nodes, drawn.columns, beside)
    dot.body.extend([_same_rank(*turn) for turn in turns])
    for edge, ports in zip(drawn.edges, _ports(drawn.edges, rankdir), strict=True):
        thin = THIN if straight and "id" not in edge.attributes else {}
        dot.edge(edge.tail, edge.head, **edge.attributes, **(ports if straight else {}), **thin)
    return str(dot.source)


GRAPH_STYLE = {
    "pad": "0.2",
    "nodesep": "0.2",
    "ranksep": "0.25",
    "fontname": FONT,
    "fontsize": "10",
    "fontcolor": colors.FAINT,
}
# Between layers that are fully connected, curves would swing far out. Straight lines pass behind
# the boxes, and with next to no search for fewer crossings the neurons keep their order.
STRAIGHT = {"splines": "line", "outputorder": "edgesfirst", "ranksep": "1.2", "mclimit": "0.001"}
LINES = {"nodesep": "0.35"}  # room for a derivative beside a turn
ORDERED = {"ordering": "in"}  # the inputs of an operation as they are written
HALF = {"ranksep": "0.6"}  # from top to bottom, where edges between layers reach over two ranks
THIN = {"penwidth": "0.5", "arrowsize": "0.5"}
NODE_STYLE = {
    "shape": "box",
    "style": "rounded,filled",
    "color": colors.LINE,
    "fillcolor": colors.PAPER,
    "fontcolor": colors.INK,
    "fontname": FONT,
    "fontsize": "11",
    "margin": "0.08,0.04",
    "height": "0.3",
}
LABEL_STYLE = {
    "shape": "plaintext",
    "style": "",
    "width": "0",
    "height": "0",
    "margin": "0",
    "fontsize": "10",
    "fontcolor": colors.FAINT,
}
EDGE_STYLE = {
    "color": colors.LINE,
    "fontcolor": colors.FAINT,
    "fontname": FONT,
    "fontsize": "10",
    "arrowsize": "0.6",
}


def _labels_between(drawn: Shapes) -> Shapes:
    """Make each label of an edge a node on its own rank, so that straight lines keep away from it."""
    nodes, edges = list(drawn.nodes), []
    parts = {node.name: node.parts for node in drawn.nodes}
    for edge in drawn.edges:
        attributes = dict(edge.attributes)
        label = attributes.pop("label", "")
        if label:
            name = f"op{attributes['id'].removeprefix('e')}"
            ground = {"style": "filled", "fillcolor": colors.CLUSTER if parts[edge.head] else colors.PAPER}
            nodes.append(Node(name, parts[edge.head], LABEL_STYLE | ground | {"label": label}))
            edges.append(Edge(edge.tail, name, attributes | {"arrowhead": "none"}))
            edges.append(Edge(name, edge.head, {"id": f"{attributes['id']}_"}))
        else:
            edges.append(Edge(edge.tail, edge.head, attributes if "id" in attributes else {"minlen": "2"}))
    return drawn._replace(nodes=nodes, edges=edges)


# Straight lines go from side to side; the first two of several between the same nodes from corner to corner.
SIDES = {
    "LR": (("ne", "nw"), ("se", "sw"), ("e", "w")),
    "RL": (("nw", "ne"), ("sw", "se"), ("w", "e")),
    "TB": (("sw", "nw"), ("se", "ne"), ("s", "n")),
    "BT": (("nw", "sw"), ("ne", "se"), ("n", "s")),
}


def _ports(edges: list[Edge], rankdir: str) -> Iterator[dict[str, str]]:
    """Yield for each edge the sides of the nodes at which it leaves and arrives."""
    parallel = Counter((edge.tail, edge.head) for edge in edges)
    drawn: Counter[tuple[str, str]] = Counter()
    for edge in edges:
        ends = edge.tail, edge.head
        tail, head = SIDES[rankdir][min(drawn[ends], 2) if parallel[ends] > 1 else 2]
        drawn[ends] += 1
        yield {"tailport": tail, "headport": head}


def _clusters(dot: Any, around: Parts, nodes: list[Node], columns: dict[str, list[str]], beside: bool) -> None:
    """Write nodes, those of a part inside its cluster; parts in the order of their numbers, where the first is met.

    The caption of a cluster stands above its nodes, or `beside` the first.
    """
    depth = len(around)
    inner: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.parts) > depth:
            inner.setdefault(node.parts[depth], []).append(node)
    for node in nodes:
        if len(node.parts) == depth:
            dot.node(node.name, **node.attributes)
            if node.name in columns:
                _column(dot, node.name, *columns[node.name])
        elif node.parts[depth] in inner:
            for part in sorted(inner, key=_in_order):
                _cluster(dot, around, part, inner[part], columns, beside)
            inner.clear()


def _cluster(
    dot: Any, around: Parts, part: str, members: list[Node], columns: dict[str, list[str]], beside: bool
) -> None:
    """Write the cluster of a part."""
    with dot.subgraph(name=f"cluster_{part}") as cluster:
        title = f"<{markup(part.removeprefix(f'{around[-1]}.') if around else part)}>"
        first = next((node.name for node in members if len(node.parts) == len(around) + 1), "")
        side = (
            {"labeljust": "r"} if part.partition(" ")[0] in EXPAND else {}
        )  # edges come into a function from the left
        cluster.attr(label="" if beside and first else title, **(CLUSTER_STYLE | side))
        if beside and first:
            _caption(cluster, f"caption_{part}", title, first)
        _clusters(cluster, (*around, part), members, columns, beside)


def _in_order(part: str) -> list[tuple[int, str]]:
    """Return a key that sorts names by the numbers in them."""
    return [(int(name), "") if name.isdecimal() else (-1, name) for name in part.split(".")]


def _caption(dot: Any, name: str, title: str, first: str) -> None:
    """Put the caption of a cluster beside its first node: above it would be the edges that come from other layers."""
    with dot.subgraph() as row:
        row.attr(rank="same")
        row.node(name, label=title, **LABEL_STYLE)
        row.edge(name, first, style="invis", minlen="0")


def _column(dot: Any, op: str, weights: str, bias: str = "") -> None:
    """Put weights and bias in the column of an operation, on two sides of it."""
    dot.body.append(_same_rank(weights, op, f"{op} -> {bias} [style=invis]" if bias else ""))


def _same_rank(*names: str) -> str:
    """Return a line of DOT that puts nodes in one rank; a node itself has one line elsewhere."""
    return f"\t{{ rank=same; {'; '.join(filter(None, names))} }}\n"


CLUSTER_STYLE = {
    "style": "rounded,filled",
    "color": colors.CLUSTER_LINE,
    "fillcolor": colors.CLUSTER,
    "labelloc": "t",
    "labeljust": "l",
    "margin": "8",
}


def _legend(sketch: Sketch, drawn: Shapes, look: Look) -> dict[str, str]:
    """Return the label of the whole picture: what was collapsed, the scale of colours, the sign on edges."""
    said = [sketch.note] if sketch.note else []
    lines = [f"<B>{markup(remark)}</B>" for remark in [*said, *remarks(sketch.graph.values)]]
    if look.gradients:
        lines.append(_scale(drawn, look) or "every grad is 0: call backward() first")
    if any("label" in edge.attributes for edge in drawn.edges):
        lines.append("∂ on an edge: local derivative with respect to this input")
    lines.extend(map(markup, drawn.remarks))
    if not lines:
        return {}
    return {"label": f"<{table(map(row, lines), 3)}>", "labelloc": "b", "labeljust": "l"}


def _scale(drawn: Shapes, look: Look) -> str:
    """Return samples of the scale of colours; "" if every gradient is 0."""
    samples = [tick * drawn.end for tick in TICKS] if drawn.end else []
    if any(node.attributes.get("fillcolor") == colors.NO_NUMBER for node in drawn.nodes):
        samples.append(math.nan)
    if not samples:
        return ""
    cells = ""
    for gradient in samples:
        style = f'BORDER="1" COLOR="{colors.LINE}" BGCOLOR="{colors.fill(gradient, drawn.end)}" WIDTH="40"'
        cells += f'<TD {style}><FONT COLOR="{colors.INK}">{short(gradient, look.digits)}</FONT></TD>'
    return table([f"<TR><TD>grad </TD>{cells}<TD> square-root scale</TD></TR>"], 3)
