"""The slope of a function of one number from its values alone, with an error estimate, or what is there instead.

Central differences over a ladder of shrinking steps are extrapolated to step 0 (L. F. Richardson
1911), and the scatter between neighbouring extrapolations is the error estimate (C. J. F. Ridders
1982, Advances in Engineering Software 4). Rounding, known or measured by differences over a far
smaller step, bounds the accuracy (J. J. Moré and S. M. Wild 2011, SIAM J. Sci. Comput. 33). The
one-sided differences of the same values reveal a kink; the finest steps show whether it is really
there, and reveal a jump, an infinite slope or the end of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isfinite, nan, ulp
from typing import NamedTuple

from autograd.testing.check.grain import noise_aside
from autograd.testing.check.ladders import (
    BLUNT,
    FAR,
    LEAP,
    RATIO,
    Limit,
    Line,
    Sample,
    below_gap,
    central_limit,
    climb,
    closing,
    finest,
    is_sharp,
    persists,
    side,
    side_limits,
    steepest,
    unexpected,
)

NEAR = 1e-6  # relative step for the slope beside a jump
MOST = 160  # evaluations; a smooth function needs 8 to 20
DIGITS = 1e-2  # relative error at which a ladder has found something
FEW_DIGITS, COARSE = 1e-6, 4.0  # relative error above which an extrapolation knows less of it, and by how much
NOISY = 1e-6  # relative error that leaves room for structure which larger steps would not see
BETWEEN = (8.5, 10.5)  # powers of the ratio from the last step of a ladder to the first of one that may be sharper
LATEST = 4  # samples of a ladder that say how steep f is close to x; the first may be where it explodes
REACH = 0.1  # relative to the last slope, how far an extrapolation may go if no others confirm it
DOUBTED = 16.0  # errors that a slope of smaller steps, where rounding weighs more, may be off by before it counts
ROUNDED = 1e-5  # relative size of the stairs of a function that computes in single precision


class Slope(NamedTuple):
    """A derivative, or why there is none.

    `kind` is "smooth", "kink", "jump", "steep" (infinitely), "edge" (of the domain) or "unsettled".
    `error` estimates how far `value` is from the derivative: half the gap at a kink, infinite where
    there is no derivative to be found. `step` is the smallest that this rests on, `scale` the
    steepest slope between x and a point close by. `other` is a slope that steps of another size gave,
    if any: f has structure of two sizes, or the smaller is that of its rounding.
    """

    kind: str
    value: float
    error: float
    left: float
    right: float
    step: float
    scale: float
    evaluations: int = 0
    other: Limit | None = None

    @property
    def is_rough(self) -> bool:
        """Whether there is no derivative."""
        return self.kind not in ("smooth", "unsettled")


class Finding(NamedTuple):
    """What one ladder found: a slope if any, where to start the next ladder, and whether none is needed.

    `far` says that its steps are large for the scale on which f changes: the slope is far from all of
    those that it was extrapolated from.
    """

    slope: Slope | None
    step: float
    final: bool = False
    far: bool = False


def slope(f: Callable[[float], float], x: float, middle: float, noise: float = 0.0) -> Slope:
    """Return the derivative of f at x, where f(x) = `middle`, or what is there instead.

    `noise` is how far rounding inside f may move its values, if that is more than the last digit.
    """
    line = Line(f, x, middle, noise)
    step = start(x)
    best: Slope | None = None
    steep = 0.0
    ladders = barren = lost = 0
    far = False
    while step > line.finest and line.evaluations < MOST:
        samples = climb(line, step)
        found = read(line, samples)
        step = found.step
        steep = max(steep, steepest(samples))
        ladders += 1
        new = found.slope
        if new and best:  # how steep f is does not depend on which steps give its slope
            new = new._replace(scale=max(new.scale, best.scale))
        if new and best and denies(new, best):
            best, barren, lost, far = settled(new, best, line), 0, 0, found.far
        elif new is not None and (best is None or new.error < best.error):
            best, barren, lost, far = new if best is None else borne_out(new, best), 0, 0, found.far
        else:
            if new is not None and best is not None:
                best = borne_out(best, new, far)
                far = far and found.far
            barren += 1
            lost += new is None
        if best is None and ladders in (2, 6):
            best = closest(line, steepest(samples))
            if best:
                break
            if 0.0 < abs(x) < step:  # many domains end at 0
                step = 0.3 * abs(x)
        if best is not None and (found.final or barren == 2):
            break
    return finished(line, best, steep, barren == lost == 2)


def finished(line: Line, best: Slope | None, steep: float, lost: bool) -> Slope:
    """Return the best slope that ladders found, looked at again where noise lost the last of them or left it blunt."""
    if best is None:
        nothing = Slope("unsettled", nan, inf, nan, nan, line.finest, inf)
        best = meeting(line, line.sample(line.finest), steep) or nothing
    if best.kind == "smooth" and lost:
        best = reviewed(line, best)
    if best.kind == "smooth" and BLUNT * best.scale < best.error < NOISY * best.scale:
        best = sharpened(line, best)
    error = COARSE * best.error if best.kind == "smooth" and best.error > FEW_DIGITS * best.scale else best.error
    return best._replace(evaluations=line.evaluations, scale=best.scale or steep, error=error)


def start(x: float) -> float:
    """Return the first step of the first ladder."""
    return 0.1 * max(1.0, abs(x))


def denies(new: Slope, best: Slope) -> bool:
    """Whether a slope from smaller steps is certainly a different one."""
    return new.kind != "smooth" or new.error < 0.01 * abs(new.value - best.value)


def borne_out(slope: Slope, other: Slope, far: bool = False) -> Slope:
    """Return a slope with an error that steps of another size confirm: how far it is from theirs, if it is too far."""
    apart = abs(slope.value - other.value)
    gap = abs(other.right - other.left)
    if gap <= other.error and slope.error > 0.1 * gap:  # a kink that larger steps saw may still be at hand
        slope = slope._replace(error=max(slope.error, gap))
    tells = other.error <= slope.scale  # more than that it is too noisy to tell anything
    if other.kind != "smooth" or not ((far and tells) or apart > slope.error + DOUBTED * other.error):
        return slope
    return slope._replace(error=max(slope.error, apart))


def reviewed(line: Line, best: Slope) -> Slope:
    """Return a slope that two ladders of smaller steps, lost in noise, left alone, after a look at steps just below."""
    step = best.step / RATIO
    new = read(line, climb(line, step)).slope if step > line.finest else None
    if not new:
        return best
    return settled(new, best, line) if denies(new, best) else borne_out(best, new)


def sharpened(line: Line, best: Slope) -> Slope:
    """Return a slope that rounding left blunt, or a sharper one from the larger steps between two ladders."""
    for power in BETWEEN:
        step = best.step * RATIO**power
        new = read(line, climb(line, step)).slope if step < start(line.x) else None
        if new is not None and new.kind == "smooth" and new.error < best.error > abs(new.value - best.value):
            best = new._replace(scale=best.scale, other=best.other)
    return best


def settled(new: Slope, best: Slope, line: Line) -> Slope:
    """Return the slope from smaller steps where it denies another, unless f is flat as a rounded function is."""
    flat = new.kind == "smooth" and new.value == new.left == new.right == 0.0
    if flat:
        size, stair = max(abs(line.middle), best.scale * best.step), noise_aside(line.at, line.x, best.step)
        if abs(best.value) * new.step <= stair < ROUNDED * size:
            return best._replace(other=Limit(new.value, new.error))
    return new._replace(other=Limit(best.value, best.error))


def read(line: Line, samples: Sequence[Sample]) -> Finding:
    """Return what a ladder says about the slope, from its limit and from the limits on both sides."""
    first, last = samples[0], samples[-1]
    scale, nothing = steepest(samples[-LATEST:]) or steepest(samples), Finding(None, last.step / LEAP)
    limit, (left, right) = central_limit(samples), side_limits(samples)
    if not isfinite(last.central) or not isfinite(limit.error):
        return nothing
    spike = max(1.5 * abs(first.gap) + 4.0 * last.doubt, DIGITS * scale)
    if abs(last.gap) > spike:  # x is on one, too narrow for these steps
        return nothing
    gap, blur, power = abs(right.value - left.value), right.error + left.error, 2
    if gap + blur < limit.error:  # smooth pieces that meet with one slope, as in relu(x)**2
        limit, power = Limit(0.5 * (left.value + right.value), 0.5 * (gap + blur)), 1
    is_kink = gap > 4.0 * blur
    if limit.error > max(DIGITS * scale, 8.0 * last.doubt) and not is_kink:
        return nothing
    kink = Slope("kink", limit.value, blur, left.value, right.value, last.step, scale)
    return confirmed(line, samples, limit, power, kink, gap if is_kink else 0.0)


def confirmed(line: Line, samples: Sequence[Sample], limit: Limit, power: int, kink: Slope, gap: float) -> Finding:
    """Return the limit as a slope, or a kink with a gap, as far as one more sample, close to x, confirms it."""
    last, probe = samples[-1], line.sample(samples[-1].step / FAR)
    bend, away = unexpected(samples, probe, limit, power)
    noise = 2.0 * probe.step / samples[-2].step * max(bend, away)  # the last sample only confirms the limit
    smooth = kink._replace(kind="smooth", error=max(limit.error, noise, 4.0 * ulp(limit.value)))
    if gap and abs(probe.gap) < 0.5 * gap:
        found = Finding(None, below_gap(line, gap, probe.step, last.step))
    elif gap:
        found = read_kink(line, kink, gap, probe)
    if gap:
        is_rounding = found.slope is None and max(gap, smooth.error) < DIGITS * kink.scale
        return found._replace(slope=smooth._replace(error=max(gap, smooth.error))) if is_rounding else found
    if min(bend, abs(probe.gap)) > 4.0 * probe.doubt:
        slight = bend < 8.0 * kink.error  # a kink would be too slight to be seen from afar
        rough = read_kink(line, kink, bend, probe).slope if slight else closest(line, 0.0)  # which it grows to, if any
        if rough is not None:
            return Finding(rough, probe.step, final=True)
        wide = unexpected(samples, line.sample(probe.step * LEAP), limit, power)[0]
        if slight and 0.5 * bend < wide < 2.0 * bend:  # no rounding, so a kink that is close to x but not at it
            smooth = smooth._replace(error=max(smooth.error, bend))
    if away > limit.error + 2.0 * probe.doubt:
        return Finding(smooth, probe.step)
    far = abs(last.central - limit.value) > REACH * abs(last.central)
    final = is_sharp(limit, samples) or noise > 0.25 * limit.error
    return Finding(smooth, last.step / LEAP, final and not far, far)


def read_kink(line: Line, kink: Slope, gap: float, probe: Sample) -> Finding:
    """Return a kink if its gap is the same with the finest step that rounding allows; else a step below the gap."""
    fine = finest(line, gap, probe)
    gap_there, widest = abs(fine.gap), max(gap, abs(probe.gap))
    if gap_there > 2.0 * widest:
        rough = closest(line, 0.0)
        if rough is not None:
            return Finding(rough, fine.step, final=True)
    elif gap_there >= 0.5 * gap and fine.step < probe.step and persists(line, fine):
        slow = meeting(line, fine, kink.scale)
        if slow is not None:
            return Finding(slow, fine.step, final=True)
        if noise_aside(line.at, line.x, fine.step) > 0.25 * gap_there * fine.step:  # noise that nobody knew of
            return Finding(None, probe.step)
        if kink.error > 0.1 * gap:  # the sides bend too much to be extrapolated from afar
            kink = kink._replace(left=fine.left, right=fine.right, error=4.0 * fine.doubt)
        error = 0.5 * abs(kink.right - kink.left) + kink.error
        found = kink._replace(value=0.5 * (kink.left + kink.right), error=error, step=fine.step)
        return Finding(found, fine.step, final=True)
    error = gap_there + abs(fine.central - probe.central) + 4.0 * fine.doubt
    if error < 1e-9 * kink.scale:  # the gap closes slowly, as that of abs(x)**1.5 does
        found = kink._replace(kind="smooth", value=fine.central, error=error, step=fine.step)
        return Finding(found, fine.step, final=True)
    return Finding(None, below_gap(line, gap, fine.step, probe.step))


def meeting(line: Line, fine: Sample, scale: float) -> Slope | None:
    """Return the slope where those on the left and right meet in the end, though at no step that can be taken."""
    sides = closing(line, fine)
    if sides is None:
        return None
    left, right = sides
    error = abs(right.value - left.value) + left.error + right.error
    return Slope("smooth", 0.5 * (left.value + right.value), error, fine.left, fine.right, fine.step, scale)


def closest(line: Line, scale: float) -> Slope | None:
    """Return what the finest steps show by themselves: that there is no slope, or a slope where nothing rounds."""
    samples = [line.sample(line.finest * FAR**k) for k in range(4)]
    left, on_left = side([(s.step, s.down, s.doubt) for s in samples])
    right, on_right = side([(s.step, s.up, s.doubt) for s in samples])
    for kind in ("jump", "edge", "steep"):
        if kind in (on_left, on_right):
            far = samples[-1]
            if kind != "edge" and max(abs(far.up), abs(far.down)) < 4.0 * noise_aside(line.at, line.x, far.step):
                return None
            near = line.sample(NEAR * max(1.0, abs(line.x)))
            left, right = near.left if on_left == "smooth" else left, near.right if on_right == "smooth" else right
            return Slope(kind, nan, inf, left, right, line.finest, inf)
    here, before = samples[:2]
    error = abs(here.central - before.central) + abs(here.gap) + 4.0 * here.doubt
    if error < 1e-9 * scale and here.doubt < 1e-9 * steepest(samples):  # as for relu(x)**1.5 at 0
        return Slope("smooth", here.central, error, here.left, here.right, here.step, scale)
    return None
