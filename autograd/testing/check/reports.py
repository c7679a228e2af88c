"""What check_grads says when it raises: tables of derivatives, and what to make of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf, isnan

from autograd.ops import DETACH
from autograd.testing.check.comparison import Row
from autograd.testing.check.faults import MOST, Fault, Rough, not_finite
from autograd.testing.check.graphs import described
from autograd.testing.check.subject import Subject, is_constant
from autograd.transforms.recording import Recording

SHOWN = 10  # rows of a table
ADVICE = "check it at a point nearby; a distance of 1e-3 will do, and often less"
ROUGH = {
    "kink": "{} has a kink",
    "jump": "{} jumps",
    "steep": "{} is infinitely steep",
    "edge": "the domain of {} ends",
}


def derivative(order: int) -> str:
    """Return the name of a derivative of some order."""
    return {1: "derivative", 2: "second derivative", 3: "third derivative"}.get(order, f"derivative of order {order}")


def mismatch_report(it: Subject, order: int, rows: Sequence[Row], wrong: Sequence[Row], cause: str) -> str:
    """Return the table of wrong derivatives, and what is most likely at fault."""
    agreeing = len({row.place for row in rows} - {row.place for row in wrong} - {None})
    lines = [f"the {derivative(order)} of {it.title} is not what its values say", table(wrong, rows)]
    if agreeing:
        lines.append(f"  ({agreeing} more {'agree' if agreeing > 1 else 'agrees'})")
    return "\n".join([*lines, cause, *direction_note(it, order)])


def undefined_report(it: Subject, order: int, rows: Sequence[Row], wrong: Sequence[Row], cause: str) -> str:
    """Return the table of derivatives that the chain rule does not give, and which operation has none."""
    first = f"{it.title} has no {derivative(order)} by the chain rule where it is checked"
    return "\n".join([first, table(wrong, rows), cause, *direction_note(it, order), ADVICE])


def likely_cause(
    it: Subject, recording: Recording, order: int, found: Sequence[Fault], branching: Rough | None = None
) -> str:
    """Return which operation is most likely at fault, or where else to look."""
    names = dict(zip(recording.inputs, it.names, strict=True))
    if found:
        node, rows, _ = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        lines = [f"most likely at fault: {described(node, names)}{more}"]
        for row in rows[:3]:
            by_rule, by_values = digits(row.analytic), f"{digits(row.slope.value)} +- {row.slope.error:.1e}"
            of = f"its {derivative(order)} with respect to {row.name}"
            lines.append(f"  {of} is {by_rule} by its rule, {by_values} by its values")
        return "\n".join(lines)
    if is_constant(recording):
        return f"{it.title} was not recorded: does it use .data, or a float where a Value should be?"
    last = not_finite(recording)
    if last is not None:
        return f"most likely at fault: {described(last, names)}, whose derivative is not finite there"
    if branching is not None:
        node, k, kind = branching
        what = ROUGH[kind].format("which" if k == 1 else f"whose {derivative(k - 1)}")
        return f"most likely at fault: {described(node, names)}, {what} there: its rule can only follow a convention"
    for node in recording.order:
        if node.op is DETACH:
            return f"every operation by itself is right, but {described(node, names)} lets no derivative pass"
    if len(recording.order) > MOST:
        return f"each of the first {MOST} operations by itself is right; the others were not looked at"
    return "every operation by itself is right: is a Value lost on the way, by .data, detach() or a copy?"


def kink_report(it: Subject, order: int, rows: Sequence[Row], branch: str) -> str:
    """Return where a function has no derivative, with both slopes."""
    row = rows[0]
    name = it.title if order == 1 else f"the {derivative(order - 1)} of {it.title}"
    where = f"{ROUGH[row.slope.kind].format(name)} at {row.name} = {it.point[row.place or 0]!r}"
    others = len({row.name for row in rows}) - 1
    lines = [
        f"{where}, so it is not differentiable there",
        f"slope on the left: {side(row.slope.left)}, on the right: {side(row.slope.right)}",
        branch,
        *direction_note(it, order),
        ADVICE,
    ]
    if others:
        lines.insert(2, f"(and likewise in {others} more of its inputs)")
    return "\n".join(lines)


def side(slope: float) -> str:
    """Return a slope on one side in words."""
    return "none, since f is not finite" if isnan(slope) else f"{slope:.6g}"


def inconclusive_report(it: Subject, order: int, rows: Sequence[Row], unsure: Sequence[Row]) -> str:
    """Return the table of derivatives that cannot be judged, because of rounding or because there is no limit."""
    why = "rounding leaves it too few digits"
    advice = (
        "every operation by itself is right. Check at another point; write the function so that nothing cancels,\n"
        "with expm1, log1p, hypot or the like; or say with rtol or atol how few digits will do"
    )
    if all([isinf(row.slope.error) for row in unsure]):
        why = "its differences do not settle on a slope as the step shrinks"
        advice = "every operation by itself is right. Does it have a derivative there? Check at another point"
    return "\n".join([f"cannot judge the {derivative(order)} of {it.title}: {why}", table(unsure, rows), advice])


def direction_note(it: Subject, order: int) -> list[str]:
    """Return a note that says what a higher derivative is a derivative of, if it needs saying."""
    if order == 1 or len(it.point) == 1:
        return []
    return [f"({derivative(order)}s here are the gradient of the {derivative(order - 1)} in one fixed direction)"]


def table(shown: Sequence[Row], rows: Sequence[Row]) -> str:
    """Return some of the rows as text; those that differ only in mode share a line."""
    every = len({row.modes for row in rows})
    modes: dict[tuple[str, ...], list[str]] = {}
    for row in shown:
        cells = (
            row.name,
            digits(row.analytic),
            digits(row.slope.value),
            f"{row.slope.error:.1e}",
            f"{row.rounding:.1e}",
        )
        modes.setdefault(cells, []).append(" over ".join(row.modes))
    head = ("input", "mode", "analytic", "numeric", "estimate", "rounding")
    lines = [
        (cells[0], "all" if len(names) == every > 2 else ", ".join(names), *cells[1:]) for cells, names in modes.items()
    ]
    top = [head, *lines[:SHOWN]]
    if not any([row.modes for row in shown]):  # a derivative from elsewhere
        top = [(line[0], *line[2:]) for line in top]
    widths = [max(map(len, column)) for column in zip(*top, strict=True)]
    text = ["  " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in top]
    if len(lines) > SHOWN:
        text.append(f"  ... and {len(lines) - SHOWN} more")
    return "\n".join(text)


def digits(x: float) -> str:
    """Return a derivative with enough digits to tell two apart."""
    return f"{x:.13g}"
