"""Derivatives by the chain rule next to those from values alone: one row for each input and mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from math import inf, isfinite, nan, ulp
from random import Random
from statistics import median
from typing import Any, NamedTuple

from autograd.testing.check.grain import noise_aside
from autograd.testing.check.ladders import LEAP, RATIO, Line, central_limit, climb
from autograd.testing.check.rounding import FEW, MANY, Noise, noise
from autograd.testing.check.slopes import Slope, slope, start
from autograd.testing.check.subject import Subject, result
from autograd.transforms import jvp, vjp
from autograd.transforms.recording import Recording
from autograd.transforms.structures import flatten

SAFETY = 4.0  # error estimates within which two derivatives agree
LOOSE = 1e-3  # relative tolerance above which agreement means nothing
NEGLIGIBLE = 1e-9  # relative to other derivatives, or slopes close by, below which an error does not matter
TOLD = 1e-8  # relative error of a slope that steps of another size told, above which they told none
ZERO = 1e-12  # relative to the slopes close by, below which a derivative is 0
SEPARATE = 8  # inputs that forward mode takes one by one; for more it takes random directions
DIRECTIONS = 4
ENOUGH = 8  # differences that survive a second look before the rest is believed
ASIDE = RATIO**-0.5  # from the first step of a first look to that of a second: their ladders share no sample
TELLING = 0.25  # relative to the difference in doubt, an error with which a ladder can decide
FINER = 0.3  # from one step beside the point to the next, where noise is looked for


class Row(NamedTuple):
    """One derivative, twice: `analytic` by the chain rule, `slope` from values alone.

    `modes` has the mode of each differentiation, the last one first; `place` is the input, or None
    for a direction. `rounding` is how far rounding may move the analytic value, `tolerance` how far
    the two may differ. `resolved` says that agreement means something, `sharp` that at least the
    analytic value has its digits.
    """

    name: str
    place: int | None
    modes: tuple[str, ...]
    analytic: float
    slope: Slope
    rounding: float
    tolerance: float = inf
    resolved: bool = False
    sharp: bool = False

    @property
    def equal(self) -> bool:
        """Whether the two are equal within the tolerance."""
        return abs(self.analytic - self.slope.value) <= self.tolerance

    @property
    def agrees(self) -> bool:
        """Whether they are equal, or the analytic value is the slope from steps of another size, or there is none."""
        if not isfinite(self.analytic):
            return False
        other = self.slope.other
        told = other is not None and other.error <= TOLD * abs(other.value)
        if told and other and abs(self.analytic - other.value) <= SAFETY * (other.error + self.rounding):
            return True
        return self.equal or self.slope.kind == "unsettled"


def compare(
    it: Subject, recording: Recording, order: int, modes: Sequence[str], rtol: float = 0.0, atol: float = 0.0
) -> list[Row]:
    """Return the rows for the derivatives of an order, in every combination of modes, of a function that was recorded.

    Those of order 2 are the gradient of the derivative in a random direction, with the differences
    of that derivative for reference; and so on.
    """
    rows: list[Row] = []
    slopes: list[Slope] = []
    for number, chain in enumerate(product(modes, repeat=order - 1)):
        lower = differentiated(it, chain)
        graph = lower.record() if chain else recording
        largest = max(abs(result(graph)), abs(result(recording)))
        for moves in (FEW, MANY):
            rounding = noise(graph, moves)
            if not number and moves == FEW:
                slopes = lower.slopes(result(graph), rounding.value)
            elif not number:
                slopes = looked_at_again(lower, graph, slopes, rounding)
            usual = max([largest / max(1.0, *map(abs, it.point)), *[abs(s.value) for s in slopes if isfinite(s.value)]])
            new = [
                judged(Row(name, place, (mode, *chain), analytic, numeric, blur), usual, rtol, atol)
                for mode in modes
                for name, place, analytic, numeric, blur in pairs(lower, graph, mode, slopes, rounding.gradient)
            ]
            if all([row.equal and not row.slope.is_rough for row in new]):
                break
        standing = 0
        for row in new:
            row = blurred(lower, row) if standing < ENOUGH else row
            standing += not row.equal
            rows.append(row)
    return rows


def second_look(f: Callable[[float], float], x: float, middle: float, noise: float, derivative: float) -> Slope:
    """Return the slope of f at x again, where `noise` is known better and a derivative differs from the first look.

    The steps of the first ladder may have been far larger than what f does close to x, or an
    extrapolation exact by chance alone. If steps that are no larger give the derivative, with an error that
    is small beside the difference, their slope is returned.
    """
    first = slope(f, x, middle, noise)
    apart = abs(derivative - first.value)
    if first.kind != "smooth" or not isfinite(derivative) or apart <= first.error:
        return first
    line = Line(f, x, middle, noise)
    step = ASIDE * start(x)
    while step > line.finest and 2.0 * line.noise < TELLING * apart * step:
        samples = climb(line, step)
        limit = central_limit(samples)
        near = abs(derivative - limit.value) + limit.error <= TELLING * apart
        last = samples[-1].step
        if near and last < RATIO * first.step and any([s.up or s.down for s in samples]):
            if 2.0 * noise_aside(line.at, x, last) > TELLING * apart * last:  # by chance: noise that nobody knew of
                return first
            error = max(limit.error, abs(derivative - limit.value))
            return first._replace(value=limit.value, error=error, step=last)
        step /= LEAP
    return first


def looked_at_again(it: Subject, recording: Recording, slopes: Sequence[Slope], rounding: Noise) -> list[Slope]:
    """Return the slopes of a function; where its derivatives differ, or there is no slope, after a second look."""
    try:
        exact = gradient(recording, "rev")
    except (ArithmeticError, ValueError):  # some rules raise where there is no derivative
        exact = [nan] * len(slopes)
    middle, again, standing = result(recording), list(slopes), 0
    for i, (old, derivative, blur) in enumerate(zip(slopes, exact, rounding.gradient, strict=True)):
        if standing == ENOUGH:
            break
        if old.is_rough or not abs(old.value - derivative) <= SAFETY * (old.error + blur):
            again[i] = new = second_look(it.along(i), it.point[i], middle, rounding.value, derivative)
            standing += new.is_rough or not abs(new.value - derivative) <= SAFETY * (new.error + blur)
    return again


def judged(row: Row, usual: float, rtol: float, atol: float) -> Row:
    """Return a row with its tolerance and what agreement within it is worth, given the usual size of derivatives."""
    analytic, numeric = row.analytic, row.slope
    size = max([abs(x) for x in (analytic, numeric.value) if isfinite(x)], default=0.0)
    digits = 8.0 * (ulp(analytic) if isfinite(analytic) else 0.0)
    own = SAFETY * row.rounding + digits
    both = own + SAFETY * numeric.error
    scale = numeric.scale if isfinite(numeric.scale) else 0.0
    enough = max(max(LOOSE, rtol) * size, ZERO * scale, atol)
    # Rounding may move neither, if it is that of a constant: the slope of cos(pi / 2) * x is the same noise each time.
    spared = abs(analytic - numeric.value) <= digits + SAFETY * numeric.error <= LOOSE * size
    return row._replace(
        tolerance=both + atol + (rtol * abs(numeric.value) if rtol else 0.0),
        resolved=both <= enough or spared or analytic == numeric.scale == 0.0,
        sharp=own <= max(enough, NEGLIGIBLE * max(usual, scale)) and numeric.kind == "smooth",
    )


def differentiated(it: Subject, chain: Sequence[str]) -> Subject:
    """Return the derivative of a function in random directions, one for each mode, the first mode's last."""
    for k, mode in enumerate(reversed(chain)):
        it = it._replace(function=along(it, mode, direction(len(it.point), k)))
    return it


def direction(count: int, seed: int) -> list[float]:
    """Return a random direction in which every input takes part; the only one for one input."""
    if count == 1:
        return [1.0]
    random = Random(seed)
    return [random.choice((-1.0, 1.0)) * random.uniform(0.5, 1.5) for _ in range(count)]


def along(it: Subject, mode: str, towards: Sequence[float]) -> Callable[..., Any]:
    """Return the derivative of a function in a direction, as a function that can be differentiated again."""
    if mode == "fwd":
        return lambda *args: jvp(it.function, args, it.at(towards))[1]

    def derivative(*args: Any) -> Any:
        gradient, _ = flatten(list(vjp(it.function, *args)[1](1.0)), "a gradient")
        return sum([d * g for d, g in zip(towards, gradient, strict=True)])

    return derivative


def pairs(
    it: Subject, recording: Recording, mode: str, slopes: Sequence[Slope], rounding: Sequence[float]
) -> Iterator[tuple[str, int | None, float, Slope, float]]:
    """Yield (name, place, analytic, slope, rounding) for each input, or for directions if the inputs are many."""
    count = len(it.point)
    rough = [s.is_rough for s in slopes]
    if mode == "rev" or count <= SEPARATE or any(rough):
        try:
            exact = gradient(recording, mode)
        except (ArithmeticError, ValueError):  # some rules raise where there is no derivative
            if not any(rough):
                raise
            yield from [(it.names[i], i, nan, slopes[i], 0.0) for i in range(count) if rough[i]]
        else:
            yield from zip(it.names, range(count), exact, slopes, rounding, strict=True)
        return
    for seed in range(DIRECTIONS):
        towards = direction(count, seed)
        value = sum([d * s.value for d, s in zip(towards, slopes, strict=True)])
        error, blur = (
            sum([abs(d) * y for d, y in zip(towards, ys, strict=True)]) for ys in ([s.error for s in slopes], rounding)
        )
        numeric = Slope("smooth", value, error, value, value, 0.0, max([s.scale for s in slopes]))
        yield f"direction {seed + 1}", None, recording.push(towards)[0], numeric, blur


def gradient(recording: Recording, mode: str) -> list[float]:
    """Return the derivative of a recorded function of one number with respect to each input."""
    count = len(recording.inputs)
    if mode == "rev":
        return recording.pull([1.0])
    return [recording.push([1.0 if i == j else None for j in range(count)])[0] for i in range(count)]


def blurred(it: Subject, row: Row) -> Row:
    """Return a row that differs, with the rounding of the values that its differences were made of.

    Its error estimate may have missed it: numbers may be exact by chance at the point itself, as
    log(1.0) is, and next to it be rounded alike for many steps; and what is rounded inside an operation
    shows in its values alone. `it` is what the row is the derivative of.
    """
    if row.equal or row.place is None or row.slope.kind != "smooth":
        return row
    step = row.slope.step
    try:
        moved = max([noise(there.record(), MANY).value for there in both_sides(it, row.place, step)])
        moved = max(moved, noise_aside(it.along(row.place), it.point[row.place], step))
    except (ArithmeticError, ValueError):  # a function that raises outside its domain
        return row
    more = SAFETY * (moved / step - row.slope.error)
    if not more > 0.0:
        return row
    sharp = row.sharp and more <= NEGLIGIBLE * row.slope.scale
    return row._replace(tolerance=row.tolerance + more, resolved=False, sharp=sharp)


def scatter(it: Subject, row: Row) -> float:
    """Return how far the analytic derivative scatters close to the point, where f is known to be smooth.

    Noise in a rule scatters. A wrong rule does not: its error is smooth, or is at this very point
    alone. A rule also changes as its input moves, and near a point where it is 0 it changes by far
    more than its size there; so the means of both sides are first extrapolated to step 0, which
    removes what grows with the step or its square.
    """
    if row.place is None or row.slope.kind != "smooth":
        return 0.0
    lower = differentiated(it, row.modes[1:])
    means = []
    for k in range(6):
        try:
            near = both_sides(lower, row.place, 1e-5 * row.slope.step * FINER**k)
            means.append(0.5 * sum([gradient(there.record(), row.modes[0])[row.place] for there in near]))
        except (ArithmeticError, ValueError):  # a rule that raises outside its domain
            return 0.0
    return spread(means)


def spread(means: Sequence[float]) -> float:
    """Return how far means of both sides are apart, free of what goes as their step, each FINER than the last, does."""
    for ratio in (FINER, FINER**2):
        means = [(fine - ratio * wide) / (1.0 - ratio) for wide, fine in pairwise(means)]
    middle = median(means)
    size = max([abs(y - middle) for y in means])
    return size if isfinite(size) else inf


def both_sides(it: Subject, place: int, step: float) -> list[Subject]:
    """Return a function at a point moved a step to the left, and to the right, in one of its inputs."""
    x = it.point[place]
    above = x + max(step, ulp(x))
    below = x - (above - x)
    return [it._replace(point=[*it.point[:place], y, *it.point[place + 1 :]]) for y in (below, above)]
