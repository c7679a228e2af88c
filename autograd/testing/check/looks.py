"""A second look at a slope that a derivative denies: more ladders, of other steps, before either is called wrong."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from autograd.testing.check.ladders import RATIO, Line, central_limit, climb
from autograd.testing.check.slopes import LEAP, Slope, slope, start

ASIDE = RATIO**-0.5  # from the first step of the first ladder to that of the others: they share no sample
TELLING = 0.25  # relative to what is in doubt, an error with which a ladder can tell


def second_look(f: Callable[[float], float], x: float, middle: float, noise: float, derivative: float) -> Slope:
    """Return the slope of f at x again, where `noise` is known better and a derivative is not what the first look said.

    The steps of the first ladder may have been far larger than what f does close to x, or an
    extrapolation exact by chance alone. If steps that are no larger tell the derivative, with an error
    that is small for the difference, it is their slope that is returned.
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
        if near and samples[-1].step < RATIO * first.step and any([s.up or s.down for s in samples]):
            error = max(limit.error, abs(derivative - limit.value))
            return first._replace(value=limit.value, error=error, step=samples[-1].step)
        step /= LEAP
    return first
