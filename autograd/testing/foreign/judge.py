"""The verdict on derivatives from elsewhere: they agree with the values of a function, or an error says what is."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan
from typing import Any, NamedTuple

from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.testing.check.comparison import FINER, SAFETY, Row, judged, second_look, spread
from autograd.testing.check.faults import beyond, differs, slight
from autograd.testing.check.grain import STEPS, noise_aside, scatter
from autograd.testing.check.reports import ADVICE, ROUGH, side, table
from autograd.testing.check.slopes import slope
from autograd.testing.foreign.lines import Numbers, Values, blur, direction, entry, slope_in

DIRECTIONS = 4
BESIDE = 2.0**-28  # relative step at which single precision shows in a derivative


class Case(NamedTuple):
    """One output of a function, with its derivative from elsewhere, at a point."""

    title: str  # of the output
    values: Values
    output: int
    derivatives: Numbers  # from elsewhere, one flat row an output
    exact: Any  # the row of this output, at the point
    middle: float  # the output itself

    def name(self, i: int) -> str:
        """Return the name of an input."""
        import numpy

        shape = self.values.point.shape
        return entry("x", [int(j) for j in numpy.unravel_index(i, shape)]) if shape else "x"


def judge(case: Case, what: str, directions: int | None) -> None:
    """Return if the derivatives of an output agree with its values, one by one or in random directions."""
    import numpy

    wrong = numpy.flatnonzero(~numpy.isfinite(case.exact)).tolist()
    if directions is None or wrong:
        rows = by_input(case, wrong[:1] if directions is not None else range(len(case.exact)))
    else:
        rows = in_directions(case, directions)
    differing = [row for row in rows if differs(row)]
    wrong_rows = [row for row in differing if beyond(row, unsteadiness(case, row)) and not slight(row)]
    if wrong_rows and directions is not None and not wrong:
        rows = [*rows, *narrowed(case, directions)]
        wrong_rows = [row for row in rows if differs(row)]
    if wrong_rows:
        raise GradientMismatchError(mismatch(case, what, rows, wrong_rows))
    rough = [row for row in rows if row.slope.is_rough]
    if rough:
        raise NonDifferentiableError(no_derivative(case, rough))
    unsure = [row for row in rows if not (row.equal and row.resolved)]
    unsure = [row for row in unsure if (row in differing and not slight(row)) or not row.sharp]
    if unsure:
        raise InconclusiveError(inconclusive(case, what, unsure))


def by_input(case: Case, places: Sequence[int]) -> list[Row]:
    """Return a row for each of some inputs."""
    noise = blur(case.values, case.derivatives, case.output)
    point = case.values.point.ravel().tolist()
    pairs = []
    for i in places:
        f, exact = case.values.along(i, case.output), float(case.exact[i])
        found = slope(f, point[i], case.middle, noise.value)
        row = Row(case.name(i), i, (), exact, found, float(noise.derivatives[i]))
        if found.kind == "smooth" and not abs(found.value - exact) <= SAFETY * (found.error + row.rounding):
            row = row._replace(slope=second_look(f, point[i], case.middle, noise.value, exact))
        pairs.append(row)
    rows = rated(case, pairs)
    for k, row in enumerate(rows):
        if row.place is not None and not row.equal and row.slope.kind == "smooth" and isfinite(row.analytic):
            f = case.values.along(row.place, case.output)
            rows[k] = blurred(row, noise_aside(f, point[row.place], row.slope.step))
    return rows


def rated(case: Case, rows: Sequence[Row]) -> list[Row]:
    """Return rows with their tolerances."""
    size = float(abs(case.values.point).max())
    usual = max([abs(case.middle) / max(1.0, size), *[abs(r.slope.value) for r in rows if isfinite(r.slope.value)]])
    return [judged(row, usual, 0.0, 0.0) for row in rows]


def blurred(row: Row, moved: float) -> Row:
    """Return a row that differs, with the noise of the values that its differences were made of."""
    more = SAFETY * (moved / row.slope.step - row.slope.error)
    return row._replace(tolerance=row.tolerance + more, resolved=False) if more > 0.0 else row


def in_directions(case: Case, count: int) -> list[Row]:
    """Return a row for each of some random directions, and for one in which all derivatives add up."""
    return rated(case, [row_in(case, way(case, k, count), f"direction {k + 1}") for k in range(count + 1)])


def way(case: Case, k: int, count: int) -> Any:
    """Return the k-th direction. In the last the derivatives add up, so that a wrong factor is far above the noise."""
    import numpy

    towards = direction(case.values.point, k)
    return numpy.where(case.exact, numpy.copysign(towards, case.exact), towards) if k == count else towards


def row_in(case: Case, towards: Any, name: str) -> Row:
    """Return the row for a direction."""
    flat = case.values.point.ravel()
    found = slope_in(case.values, towards, case.output, case.middle)
    beside = [(flat + k * BESIDE * towards).reshape(case.values.point.shape) for k in STEPS]
    try:
        rounding = scatter([float(case.derivatives(inputs)[case.output] @ towards) for inputs in beside])
    except (ArithmeticError, ValueError):
        rounding = 0.0
    return Row(name, None, (), float(case.exact @ towards), found, rounding if isfinite(rounding) else 0.0)


def narrowed(case: Case, directions: int) -> list[Row]:
    """Return the row of one input that is wrong, found by halving the worst direction, or none."""
    import numpy

    rows = in_directions(case, directions)
    gaps = [abs(row.analytic - row.slope.value) if differs(row) else -inf for row in rows]
    worst = gaps.index(max(gaps))
    towards, places = way(case, worst, directions), numpy.arange(len(case.exact))
    while len(places) > 1:
        halves = numpy.array_split(places, 2)
        gaps = []
        for half in halves:
            part = numpy.zeros_like(towards)
            part[half] = towards[half]
            gaps.append(abs(float(case.exact @ part) - slope_in(case.values, part, case.output, case.middle).value))
        places = halves[0] if gaps[0] >= gaps[1] else halves[1]
    return [row for row in by_input(case, [int(places[0])]) if differs(row)]


def unsteadiness(case: Case, row: Row) -> float:
    """Return how far a derivative from elsewhere scatters close to the point: noise does, a wrong formula does not."""
    if row.place is None or row.slope.kind != "smooth" or not isfinite(row.analytic):
        return 0.0
    flat, means = case.values.point.ravel(), []
    for k in range(6):
        step, total = 1e-5 * row.slope.step * FINER**k, 0.0
        for shift in (step, -step):
            inputs = flat.copy()
            inputs[row.place] += shift
            try:
                total += float(case.derivatives(inputs.reshape(case.values.point.shape))[case.output][row.place])
            except (ArithmeticError, ValueError):  # as some do outside a domain
                return 0.0
        means.append(0.5 * total)
    return spread(means)


def mismatch(case: Case, what: str, rows: Sequence[Row], wrong: Sequence[Row]) -> str:
    """Return the table of wrong derivatives, and what they have in common."""
    lines = [f"the {what} of {case.title} is not what its values say", table(wrong, rows)]
    agreeing = len(rows) - len(wrong)
    if agreeing:
        lines.append(f"  ({agreeing} more {'agree' if agreeing > 1 else 'agrees'})")
    bad = [row for row in wrong if not isfinite(row.analytic)]
    if bad:
        kind = "NaN" if isnan(bad[0].analytic) else "infinite"
        return "\n".join([*lines, f"the entry for {bad[0].name} is {kind}"])
    ratios = [row.analytic / row.slope.value for row in wrong if row.slope.value]
    alike = len(ratios) == len(wrong) and max(ratios) - min(ratios) <= 1e-6 * abs(ratios[0])
    if alike and abs(ratios[0] - 1.0) > 1e-4:
        each = "each is" if len(wrong) > 1 else "it is"
        lines.append(f"{each} {ratios[0]:.6g} times what the values say")
    return "\n".join(lines)


def no_derivative(case: Case, rough: Sequence[Row]) -> str:
    """Return where a function has no derivative, with both slopes."""
    row = rough[0]
    at = row.name if row.place is None else f"{row.name} = {case.values.point.ravel()[row.place].item()!r}"
    lines = [
        f"{ROUGH[row.slope.kind].format(case.title)} at {at}, so it is not differentiable there",
        f"slope on the left: {side(row.slope.left)}, on the right: {side(row.slope.right)}",
    ]
    if len(rough) > 1:
        lines.append(f"(and likewise in {len(rough) - 1} more)")
    return "\n".join([*lines, ADVICE])


def inconclusive(case: Case, what: str, unsure: Sequence[Row]) -> str:
    """Return the table of derivatives that noise, or a lack of any limit, keeps from being judged."""
    why = "noise leaves it too few digits"
    if all([row.slope.error == inf for row in unsure]):
        why = "its differences settle on no slope as the step shrinks"
    advice = "check at another point, or write the function so that nothing cancels, in double precision"
    return "\n".join([f"cannot judge the {what} of {case.title}: {why}", table(unsure, unsure), advice])
