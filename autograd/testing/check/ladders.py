"""A function of one number sampled with a ladder of shrinking steps, and its slopes extrapolated to step 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import copysign, e, inf, isfinite, log, nan, sqrt, ulp
from typing import NamedTuple

# Between the steps of a ladder. No power of e is near a whole number, so a periodic function cannot
# look flat by showing the same phase at two steps, as it could with powers of 2 or the golden ratio.
RATIO = e
SHARP = 1e-12  # relative error at which a ladder ends
BLUNT = 1e-9  # relative error, due to rounding, at which larger steps are worth a try
LEAP = RATIO**3  # down to the next ladder, from one that found nothing
FAR = 1e3  # down to where structure that a ladder stepped over shows
FLATTEST = 1e-3  # a power below which a gap that shrinks is taken for one that stays
EVEN = 5.0  # times as large as its changes a power must be, to be one
LONGEST = 7  # samples of a ladder with larger steps


class Sample(NamedTuple):
    """A function at x - step and x + step, as slopes; NaN where it is not finite."""

    step: float
    up: float  # f(x + step) - f(x)
    down: float  # f(x) - f(x - step)
    right: float
    left: float
    central: float
    doubt: float  # how far rounding may have moved the central slope, and half of how far the others

    @property
    def gap(self) -> float:
        """The slope on the right less that on the left."""
        return self.right - self.left


class Limit(NamedTuple):
    """What slopes tend to as the step shrinks."""

    value: float
    error: float


class Line:
    """A function of one number near x: it takes samples, and counts evaluations.

    `middle` is f(x). `noise` is how far rounding inside f may move a value, if that is more than
    its last digit.
    """

    def __init__(self, f: Callable[[float], float], x: float, middle: float, noise: float) -> None:
        self.f, self.x, self.middle, self.noise = f, x, middle, max(noise, ulp(middle))
        self.finest = 4.0 * ulp(x) if x else 2.0**-100
        self.evaluations = 0

    def sample(self, step: float) -> Sample:
        """Return the slopes with this step, or with one close by that takes x to doubles exactly."""
        x = self.x
        above = x + max(step, self.finest)
        below = x - (above - x)
        up, down = self.at(above), self.at(below)
        noise = max([self.noise, *[ulp(y) for y in (up, down) if isfinite(y)]])
        up, down, width = up - self.middle, self.middle - down, above - below
        right, left = up / (above - x), down / (x - below)
        return Sample(above - x, up, down, right, left, (up + down) / width, 2.0 * noise / width)

    def at(self, x: float) -> float:
        """Return f(x), NaN for infinity."""
        self.evaluations += 1
        y = self.f(x) if isfinite(x) else nan
        return y if isfinite(y) else nan


def climb(line: Line, step: float) -> list[Sample]:
    """Return samples with smaller and smaller steps, as long as their limit gets sharper and f is finite."""
    samples: list[Sample] = []
    error = inf
    while step > line.finest:
        samples.append(line.sample(step))
        if not isfinite(samples[-1].central):
            break
        if len(samples) >= 4:
            limit = central_limit(samples)
            if is_sharp(limit, samples):
                return widened(line, samples)
            if limit.error > 0.25 * error:
                break
            error = limit.error
        step /= RATIO
    return samples


def widened(line: Line, samples: list[Sample]) -> list[Sample]:
    """Return a ladder with larger steps put before it, if rounding left it blunt and they make it sharper."""
    error = central_limit(samples).error
    while 0.0 < BLUNT * steepest(samples) < error and len(samples) < LONGEST:
        wider = [line.sample(samples[0].step * RATIO), *samples]
        sharper = central_limit(wider).error
        if not sharper < 0.6 * error:
            break
        samples, error = wider, sharper
    return samples


def is_sharp(limit: Limit, samples: Sequence[Sample]) -> bool:
    """Whether smaller steps would add nothing to a limit, or only rounding."""
    return limit.error <= max(SHARP * abs(limit.value), 4.0 * samples[-1].doubt)


def steepest(samples: Sequence[Sample]) -> float:
    """Return the size of the steepest slope between x and a sample, 0 if rounding may have made all of them."""
    return max([abs(y) for s in samples for y in (s.right, s.left) if abs(y) > 4.0 * s.doubt], default=0.0)


def central_limit(samples: Sequence[Sample]) -> Limit:
    """Return the limit of the central slopes: where f is smooth, they are a series in step**2."""
    return extrapolated([(s.step, s.central, s.doubt) for s in samples], 2)


def side_limits(samples: Sequence[Sample]) -> tuple[Limit, Limit]:
    """Return the limits of the slopes on the left and on the right: where f is smooth on a side, series in step."""
    left = extrapolated([(s.step, s.left, 2.0 * s.doubt) for s in samples], 1)
    right = extrapolated([(s.step, s.right, 2.0 * s.doubt) for s in samples], 1)
    return left, right


def extrapolated(slopes: Sequence[tuple[float, float, float]], power: int) -> Limit:
    """Return the limit of (step, slope, doubt) at step 0, for slopes that are a series in step**power.

    Neville's table; the error of an entry is how far it is from the two that it was made of, as
    Ridders has it, and what rounding adds. These may be close by chance; so an entry counts only as
    far as the next sample confirms it. The entry with the least error is returned.
    """
    row: list[float] = []
    errors: list[float] = []
    best = Limit(nan, inf)
    for i, (step, value, doubt) in enumerate(slopes):
        before, row = row, [value]
        guessed, errors = errors, [inf]
        for j in range(1, i + 1):
            ratio = (slopes[i - j][0] / step) ** power
            row.append(row[j - 1] + (row[j - 1] - before[j - 1]) / (ratio - 1.0))
            errors.append(max(abs(row[j] - row[j - 1]), abs(row[j] - before[j - 1])) + 2.0 * doubt)
        for j in range(1, i if i > 2 else 0):
            error = max(guessed[j], abs(row[j] - before[j]) - 2.0 * doubt)
            if error < best.error:
                best = Limit(before[j], error)
    return best


def unexpected(samples: Sequence[Sample], probe: Sample, limit: Limit, power: int) -> tuple[float, float]:
    """Return how much more a sample close to x differs on its sides, and from the limit, than a smooth f would.

    It is rounding, or structure that the ladder did not see.
    """
    before, last = samples[-2:]
    ratio = probe.step / last.step
    bend = abs(probe.gap - ratio * last.gap) - ratio * abs(last.gap - before.gap * last.step / before.step)
    away = abs(probe.central - limit.value) - 2.0 * ratio**power * abs(last.central - limit.value)
    return bend, away


def finest(line: Line, gap: float, probe: Sample) -> Sample:
    """Return the sample with the finest step at which rounding leaves a gap to be seen, at most the probe."""
    step = line.finest
    while step < 0.5 * probe.step:
        sample = line.sample(step)
        if sample.doubt <= gap / 40.0:
            return sample
        step *= FAR
    return probe


def persists(line: Line, fine: Sample) -> bool:
    """Whether two more samples of other steps have the same gap; one alone may have it by rounding inside f."""
    gaps = [line.sample(fine.step * RATIO**k).gap / fine.gap for k in (1, 2)]
    return all([0.5 < gap < 2.0 for gap in gaps])


def side(changes: Sequence[tuple[float, float, float]]) -> tuple[float, str]:
    """Return the slope on one side and its kind, from (step, change of f, doubt of a slope)."""
    step, change, _ = changes[-1]
    if not any([isfinite(change) for _, change, _ in changes]):
        return nan, "edge"
    if not all([abs(change) > 30.0 * doubt * step for step, change, doubt in changes]):
        return change / step, "smooth"
    # The change goes as the step to a power: 1 on a slope, 0 at a jump, 1/3 for cbrt; noise follows no power.
    powers = [log(b / a, FAR) if b / a > 0.0 else inf for (_, a, _), (_, b, _) in pairwise(changes)]
    if max(powers) > 0.95 or max(powers) - min(powers) > 0.02:
        return change / step, "smooth"
    return copysign(inf, change), "jump" if max(powers) < 0.02 else "steep"


def below_gap(line: Line, gap: float, low: float, high: float) -> float:
    """Return the largest step between two, roughly, with which the slopes do not differ by the gap."""
    while high / low > LEAP:
        sample = line.sample(sqrt(low * high))
        low, high = (low, sample.step) if abs(sample.gap) >= 0.5 * gap else (sample.step, high)
    return low


def closing(line: Line, finest: Sample) -> tuple[Limit, Limit] | None:
    """Return the slopes on the left and on the right if they get together as a power of the step, as for abs(x)**1.05.

    They do so too slowly to be seen at any one step; with Aitken's process (A. C. Aitken 1926) a power has no size.
    """
    samples = [finest, *[line.sample(finest.step * FAR**k) for k in (1, 2, 3)]]
    gaps = [abs(s.gap) for s in samples]
    if not all([gap > 40.0 * s.doubt for gap, s in zip(gaps, samples, strict=True)]):
        return None
    powers = [log(wide / fine, FAR) for fine, wide in pairwise(gaps)]
    if not min(powers) > max(FLATTEST, EVEN * (max(powers) - min(powers))):
        return None
    blur = 4.0 * samples[0].doubt / (FAR ** min(powers) - 1.0) ** 2
    left, right = (aitken(sides) for sides in ([s.left for s in samples], [s.right for s in samples]))
    return Limit(left.value, left.error + blur), Limit(right.value, right.error + blur)


def aitken(slopes: Sequence[float]) -> Limit:
    """Return the limit of four slopes, the finest first, that go to it as a power of their step, by one ratio each."""
    found = []
    for a, b, c in (slopes[:3], slopes[1:]):
        bend = a - 2.0 * b + c
        found.append(a - (b - a) ** 2 / bend if bend else a)
    return Limit(found[0], 2.0 * abs(found[1] - found[0]))
