"""What is written in a box: the label, the number and the gradient of a value, or the sum of a group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autograd.drawing.dot import colors
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.text import markup, short, span, table, tooltip, width
from autograd.drawing.sketch.changes import changed
from autograd.drawing.sketch.collapse import Group
from autograd.drawing.sketch.numbering import Graph
from autograd.drawing.sketch.parts import Parts
from autograd.ops import DOT, Op
from autograd.output.printing import shown
from autograd.value import Value

LONGEST_SYMBOL, LONGEST_LABEL, LONGEST_TOOLTIP = 16, 32, 400
MOST_OPERATIONS = 4  # named in a summary
MOST_NUMBERS = 3  # written out
FEW = 3  # inputs of an operation whose badge shows the place of each
TIMES = "\N{MULTIPLICATION SIGN}"
SIZE = 11.0  # points

Rows = list[tuple[str, str]]


def symbol(op: Op) -> str:
    """Return how an operation is written in a picture: its sign, or else its name.

    >>> symbol(DOT), symbol(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,), symbol="x³"))
    ('dot', 'x³')
    """
    return shown(op.symbol or op.name, LONGEST_SYMBOL)


def operation(op: Op, inputs: Sequence[int | float], numbers: Mapping[int, Sequence[float]], digits: int) -> str:
    """Return what stands in the badge of an operation: its sign, and the constants among its inputs.

    `numbers` has the constants by place; in a batch each row has its own.

    >>> operation(DOT, [0, 1, 0.0], {}, 4)
    'dot'
    """
    sign = symbol(op)
    said = {j: span(xs, digits) for j, xs in numbers.items()}
    said = {j: f"[{text}]" if " " in text else text for j, text in said.items()}
    if not said:
        return sign
    if len(inputs) == 2 and len(said) == 1 and not sign[-1].isalpha():
        ((place, number),) = said.items()
        return f"{sign} {number}" if place else f"{number} {sign}"
    if len(inputs) <= FEW:
        return f"{sign}({', '.join(said.get(j, '·') for j in range(len(inputs)))})"
    return f"{sign}(…, {', '.join(said.values())})"


def value_box(value: Value, parts: Parts, look: Look, first: str = "") -> str:
    """Return the HTML-like label of a value: its own label, without the names of the parts around it.

    `first` is what is said of the first number that is not finite.
    """
    now = changed(value)
    rows = [("data", short(value.data, look.digits))]
    if now is not None:
        rows.append(("changed, now", short(now, look.digits)))
    if look.gradients:
        rows.append(("grad", short(value.grad, look.digits)))
    return _table(_title(value, parts), rows, first)


def _title(value: Value, parts: Parts) -> str:
    label = str(value.label)
    if parts:
        label = label.removeprefix(f"{parts[-1]}.")
    return shown(label, LONGEST_LABEL) if label else ""


def value_tooltip(value: Value, gradients: bool) -> str:
    """Return the label and the exact numbers of a value, for a tooltip."""
    numbers = f"data {value.data!r}" + (f", grad {value.grad!r}" if gradients else "")
    return tooltip(f"{shown(value.label, LONGEST_TOOLTIP)}: {numbers}" if value.label else numbers)


def numbers_box(numbers: Sequence[float], digits: int, rows: int = 1) -> str:
    """Return the label of constants: the numbers, or how many they are and their range.

    Those of several `rows` of a batch come one row after the other.
    """
    if rows > 1:
        each = len(numbers) // rows
        return _table("", [(f"{each:,} number{'s' * (each > 1)} {TIMES} {rows:,} rows", span(numbers, digits))])
    if len(numbers) <= MOST_NUMBERS:
        return ", ".join([short(number, digits) for number in numbers])
    return _table("", [(f"{len(numbers):,} numbers", span(numbers, digits))])


def derivative_box(derivatives: Iterable[float], digits: int) -> str:
    """Return the HTML-like label of an edge; a table has a margin, which keeps lines away."""
    cell = f'<TR><TD CELLPADDING="2">∂ {span(derivatives, digits)}</TD></TR>'
    return f"<{table([cell])}>"


def weights_box(graph: Graph, group: Group, derivatives: Mapping[int, Sequence[float]], look: Look) -> str:
    """Return the HTML-like label of the weights of a neuron, one by one, each with its local derivatives."""
    heads = ["", "data", *["grad"] * look.gradients, *["∂"] * bool(derivatives)]
    lines = [_line([f'<FONT COLOR="{colors.SOFT}">{head}</FONT>' if head else "" for head in heads])]
    for i in group.members:
        value = graph.values[i]
        name = ".".join(str(value.label).split(".")[-2:])
        cells = [
            f'<FONT COLOR="{colors.SOFT}">{markup(shown(name, LONGEST_LABEL))}</FONT>',
            short(value.data, look.digits),
        ]
        if look.gradients:
            cells.append(short(value.grad, look.digits))
        if derivatives:
            cells.append(span(derivatives.get(i, ()), look.digits))
        lines.append(_line(cells))
    return f"<{table(lines, 2)}>"


def _line(cells: Sequence[str]) -> str:
    first, *others = cells
    said = "".join([f'<TD></TD><TD ALIGN="RIGHT">{x}</TD>' for x in others])
    return f'<TR><TD ALIGN="LEFT">{first}</TD>{said}</TR>'


def group_box(graph: Graph, group: Group, outputs: Sequence[Value], look: Look, first: str = "") -> str:
    """Return the HTML-like label of a box for several values, with the range of its outputs."""
    title, rows = _SUMMARIES[group.kind](graph, group)
    rows.append(("data", span([value.data for value in outputs], look.digits)))
    stale = sum([changed(graph.values[i]) is not None for i in group.members])
    if stale:
        rows.append(("changed", f"{stale:,} value{'s' * (stale > 1)}"))
    if look.gradients:
        rows.append(("grad", span([value.grad for value in outputs], look.digits)))
    return _table(shown(title, LONGEST_LABEL), rows, first)


def strongest(values: Iterable[Value]) -> float:
    """Return the gradient that colours a box: the largest by size, or NaN if there is one."""
    return max([value.grad for value in values], key=lambda g: math.inf if math.isnan(g) else abs(g))


def _weights(graph: Graph, group: Group) -> tuple[str, Rows]:
    name = str(graph.values[group.members[0]].label).split(".")[-2]
    return f"{len(group.members):,} {name}", []


def _part(graph: Graph, group: Group) -> tuple[str, Rows]:
    """Count the parameters, and the passes: how often the busiest neuron was called."""
    *around, name = group.parts
    values = [graph.values[i] for i in group.members]
    parameters = sum(value.op is None for value in values)
    rows = [(f"{parameters:,} parameter{'s' * (parameters != 1)}", _operations(values))]
    calls = Counter(graph.inputs[i][0] for i in group.members if graph.values[i].op is DOT)
    if calls and max(calls.values()) > 1:
        rows.append((f"{max(calls.values()):,} passes", ""))
    return name.removeprefix(f"{around[-1]}.") if around else name, rows


def _run(graph: Graph, group: Group) -> tuple[str, Rows]:
    op = graph.values[group.members[0]].op
    return f"{len(group.members):,} {'leaves' if op is None else symbol(op)}", []


def _stage(graph: Graph, group: Group) -> tuple[str, Rows]:
    values = [graph.values[i] for i in group.members]
    leaves = sum(value.op is None for value in values)
    rows = [("by", _operations(values))] if leaves < len(values) else []
    return f"{len(values):,} values", [("leaves", f"{leaves:,}"), *rows] if leaves else rows


def _rows(graph: Graph, group: Group) -> tuple[str, Rows]:
    titles = {_title(graph.values[i], group.parts) for i in group.members}
    count = f"{TIMES} {len(group.members):,} rows"
    return f"{titles.pop()} {count}".strip() if len(titles) == 1 else count, []


_SUMMARIES = {"weights": _weights, "part": _part, "run": _run, "stage": _stage, "rows": _rows}


def _operations(values: Sequence[Value]) -> str:
    """Count the operations by kind, the most frequent first."""
    counts = Counter(symbol(value.op) for value in values if value.op is not None).most_common()
    said = [sign if count == 1 else f"{count:,} {sign}" for sign, count in counts[:MOST_OPERATIONS]]
    rest = sum(count for _, count in counts[MOST_OPERATIONS:])
    return ", ".join([*said, f"{rest:,} more"] if rest else said)


def _table(title: str, rows: Rows, first: str = "") -> str:
    """Return an HTML-like table: a title over rows of a name and its text, below what is said of the `first` one."""
    lines = []
    if first:
        lines.append(f'<TR><TD COLSPAN="3"><FONT COLOR="{colors.WARNING}"><B>{markup(first)}</B></FONT></TD></TR>')
    if title:
        lines.append(f'<TR><TD COLSPAN="3"{_wide(title)}><B>{markup(title)}</B></TD></TR>')
    for name, written in rows:
        cell = f'<TD ALIGN="LEFT"><FONT COLOR="{colors.SOFT}">{markup(name)}</FONT></TD><TD></TD>'
        lines.append(f'<TR>{cell}<TD ALIGN="RIGHT"{_wide(written)}>{markup(written)}</TD></TR>')
    return f"<{table(lines, 2)}>"


def _wide(text: str) -> str:
    least = width(text, SIZE)
    return f' WIDTH="{least}"' if least else ""
