"""Right and wrong derivatives of random functions, judged: python .ci/judge.py [COUNT] [SEED] names each wrong verdict.

For each of COUNT draws (10,000 if it is not given) a function is drawn, with a point of any size from 1e-8 to 1e5, and:

- check_grads must let it pass, as operations of this library and as one operation of plain floats;
- check_gradient must let it pass, in double or single precision;
- check_grads and check_gradient must let no derivative pass that is off by 1e-8 of it or more, unless the noise of
  the function hides that: then a fault must be a hundred times what its last digits hide;
- numerical_grad's estimate must be above the true error, which mpmath tells, with noise added too.

A right derivative may be called inconclusive, and a kinky function not differentiable; how often is printed. 10,000
draws are 70,000 right derivatives, 20,000 wrong ones and 30,000 estimates, and take four minutes of one processor.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from random import Random
from time import process_time
from typing import Any, NamedTuple

import mpmath
import numpy as np

import autograd
from autograd import Op, apply
from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.testing import check_gradient, check_grads, numerical_grad

COUNT, SHOWN = 10_000, 20
LEAST = 1e-8  # the smallest fault, relative to the derivative
NAMES = "sin cos tanh exp erf atan expm1 log1p sqrt log cosh sinh asinh"
POSITIVE = ("log", "log1p", "sqrt")
CANCELLING = [  # of two inputs: each is 0 but for rounding, or loses most of its digits
    lambda x, y: autograd.log(x / y) - autograd.log(x) + autograd.log(y),
    lambda x, y: autograd.exp(x + y) - autograd.exp(x) * autograd.exp(y),
    lambda x, y: (x - y) * (x + y) - (x * x - y * y),
    lambda x, y: autograd.hypot(x, y) ** 2 - x * x - y * y,
    lambda x, y: autograd.logsumexp([x, y]) - autograd.log(autograd.exp(x) + autograd.exp(y)),
    lambda x, y: autograd.softplus(x) - autograd.softplus(-x) - x + 1e-9 * y,
    lambda x, y: autograd.cosh(x) ** 2 - autograd.sinh(x) ** 2 - 1.0 + 0.0 * y,
    lambda x, y: autograd.log1p(autograd.expm1(x)) - x + 1e-12 * y,
]
KINKY = [
    lambda x: autograd.relu(x),
    lambda x: abs(x),
    lambda x: autograd.maximum(x, 0.5 * x - 1.0),
    lambda x: autograd.leaky_relu(x),
    lambda x: autograd.clip(x, -1.0, 1.0),
    lambda x: autograd.hardtanh(x) * x,
    lambda x: abs(x) ** 1.05,
    lambda x: autograd.floor(x) + x,
]


class Term(NamedTuple):
    """One term of a sum: c * f(a * x + b)."""

    name: str
    c: float
    a: float
    b: float


class Sum(NamedTuple):
    """A function drawn, and where to look at it."""

    terms: list[Term]
    x: float

    def on(self, functions: Callable[[str], Any], x: Any) -> Any:
        """Return the value at x, with functions from somewhere."""
        return sum([c * functions(name)(a * x + b) for name, c, a, b in self.terms])

    def float(self, x: float) -> float:
        """Return the value at a float."""
        return self.on(lambda name: getattr(math, name), x)

    def slope(self) -> float:
        """Return the derivative at the point, exactly rounded or nearly so."""
        with mpmath.workdps(40):
            x = mpmath.mpf(self.x)
            width = mpmath.mpf(10) ** -14 / max([abs(t.a) for t in self.terms])
            up, down = (self.on(lambda name: getattr(mpmath, name), x + side * width) for side in (1, -1))
            far, off = (self.on(lambda name: getattr(mpmath, name), x + side * 2 * width) for side in (1, -1))
            return float((8 * (up - down) - (far - off)) / (12 * width))

    @property
    def hidden(self) -> float:
        """How much of the derivative the last digits of the terms hide, from steps on the scale of the function."""
        noise = sum([abs(c * getattr(math, name)(a * self.x + b)) + abs(c) for name, c, a, b in self.terms]) * 2.0**-52
        steps = 0.1 / max([abs(t.a) for t in self.terms])
        return noise / steps


def drawn(random: Random) -> Sum:
    """Return a sum of one to three terms that change by any amount as x does."""
    x = random.choice((-1.0, 1.0)) * 10.0 ** random.uniform(-8.0, 5.0)
    terms = []
    for name in random.choices(NAMES.split(), k=random.randint(1, 3)):
        a = 10.0 ** random.uniform(-1.5, 1.5) / x
        at = random.uniform(0.05, 3.0) if name in POSITIVE else random.uniform(-3.0, 3.0)
        terms.append(Term(name, 10.0 ** random.uniform(-4.0, 4.0), a, at - a * x))
    return Sum(terms, x)


def noise(x: float) -> float:
    """Return a number from -1 to 1 that looks random, the same for the same x."""
    return zlib.crc32(struct.pack("d", x)) / 2.0**31 - 1.0


def opaque(f: Callable[[float], float], slope: float) -> Callable[[Any], Any]:
    """Return a function as one operation of plain floats, with a derivative."""
    op = Op("opaque", f, lambda x, z: (slope,))
    return lambda x: apply(op, x)


class Campaign:
    """What was said, and what of it was wrong."""

    def __init__(self) -> None:
        self.said: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []

    def judge(
        self, what: str, expected: tuple[str, ...], where: object, check: Callable[..., None], *args: Any
    ) -> None:
        """Note what a check says, and whether it may."""
        try:
            check(*args)
            said = "passed"
        except (GradientMismatchError, NonDifferentiableError, InconclusiveError) as error:
            said = type(error).__name__
        self.note(what, said, said in expected, where)

    def note(self, what: str, said: str, right: bool, where: object) -> None:
        """Count a verdict, and keep where it was wrong."""
        self.said[what, said] += 1
        if not right:
            self.wrong.append(f"{what}: {said} for {where!r}")

    def estimate(self, what: str, f: Callable[[Any], Any], x: float, slope: float, where: object) -> None:
        """Note whether numerical_grad's estimate is above its error."""
        (found,), (error,) = numerical_grad(f, (x,))
        said = "none" if error == math.inf else "above the error" if abs(found - slope) <= error else "below the error"
        self.note(what, said, said != "below the error", where)


RIGHT = ("passed", "InconclusiveError")
CAUGHT = ("GradientMismatchError", "InconclusiveError")


def sums(campaign: Campaign, random: Random) -> None:
    """Judge a sum, as operations and as one, right and wrong."""
    f = drawn(random)
    slope = f.slope()
    campaign.judge("a sum", RIGHT, f, check_grads, lambda x: f.on(lambda name: getattr(autograd, name), x), (f.x,))
    campaign.judge("an opaque sum", RIGHT, f, check_grads, opaque(f.float, slope), (f.x,))
    least = LEAST * abs(slope) + 100.0 * f.hidden
    wrong = slope + random.choice((-1.0, 1.0)) * least * 10.0 ** random.uniform(0.0, 8.0)
    campaign.judge("a fault", CAUGHT, (f, slope, wrong), check_grads, opaque(f.float, wrong), (f.x,))
    campaign.estimate("an estimate", opaque(f.float, 0.0), f.x, slope, f)
    size = 10.0 ** random.uniform(-14.0, -5.0)

    def noisy(x: float) -> float:
        return f.float(x) + size * noise(x)

    campaign.judge("a noisy sum", RIGHT, (f, size), check_grads, opaque(noisy, slope), (f.x,))
    campaign.estimate("one with noise", opaque(noisy, 0.0), f.x, slope, (f, size))


def known(campaign: Campaign, random: Random) -> None:
    """Judge log cosh, whose values are a staircase near 0, and a function that cancels."""
    x = random.choice((-1.0, 1.0)) * 10.0 ** random.uniform(-6.0, 2.0)

    def log_cosh(x: float) -> float:
        return math.log(math.cosh(x))

    campaign.judge("log cosh", RIGHT, x, check_grads, opaque(log_cosh, math.tanh(x)), (x,))
    campaign.estimate("an estimate of log cosh", opaque(log_cosh, 0.0), x, math.tanh(x), x)
    x, y, f = 10.0 ** random.uniform(-3.0, 0.6), random.uniform(0.1, 4.0), random.choice(CANCELLING)
    outer = random.choice((lambda x: x, autograd.sin, autograd.square, autograd.exp))
    where = (CANCELLING.index(f), outer, x, y)
    campaign.judge("a cancelling function", RIGHT, where, check_grads, lambda x, y: outer(f(x, y)), (x, y))


def kinky(campaign: Campaign, random: Random) -> None:
    """Judge a sum with kinks somewhere."""
    f, kink, far = drawn(random), random.choice(KINKY), 10.0 ** random.uniform(-9.0, 1.0)
    shift = random.choice((-1.0, 0.0, 1.0)) * far
    scale = 1.0 / abs(f.x)

    def whole(x: Any) -> Any:
        return kink(scale * x - scale * f.x + shift) + f.on(lambda name: getattr(autograd, name), x)

    right = (*RIGHT, "NonDifferentiableError") if not shift or far < 1e-5 or abs(abs(shift) - 1.0) < 1e-5 else RIGHT
    campaign.judge("a kinky sum", right, (f, KINKY.index(kink), shift), check_grads, whole, (f.x,))


def foreign(campaign: Campaign, random: Random) -> None:
    """Judge the gradient of a function of an array, in double or single precision, right and wrong."""
    count, kind = random.randint(1, 4), random.choice((np.float64, np.float32))
    x = np.array([random.choice((-1.0, 1.0)) * 10.0 ** random.uniform(-2.0, 2.0) for _ in range(count)])
    a = np.array([10.0 ** random.uniform(-1.0, 1.0) for _ in range(count)]) / x
    c = np.array([10.0 ** random.uniform(-1.0, 1.0) for _ in range(count)])
    b = np.array([random.uniform(-3.0, 3.0) for _ in range(count)])

    def f(x: Any) -> Any:
        return np.sum((c * np.sin(a * x + b) + c * np.tanh(a * x)).astype(kind), dtype=kind)

    def gradient(x: Any) -> Any:
        return (c * a * np.cos(a * x + b) + c * a / np.cosh(a * x) ** 2).astype(kind)

    place = random.randrange(count)
    eps = LEAST if kind is np.float64 else 1e-2
    off = eps * 10.0 ** random.uniform(0.0, 4.0) * float(np.sum(c)) * a[place] * (np.arange(count) == place)
    where = (kind.__name__, *[part.tolist() for part in (x, a, b, c, off)])
    campaign.judge(f"a gradient in {kind.__name__}", RIGHT, where, check_gradient, f, gradient, x)
    wrong = ("GradientMismatchError",)
    campaign.judge(f"a fault in {kind.__name__}", wrong, where, check_gradient, f, lambda x: gradient(x) + off, x)


def main() -> None:
    """Judge COUNT draws of each kind, say how often what was said, and end with an error if any was wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    campaign, random, before = Campaign(), Random(seed), process_time()
    for kind in (sums, known, kinky, foreign):
        for _ in range(count):
            kind(campaign, random)
        print(f"{kind.__name__}: {count:,} draws, {process_time() - before:.0f} s so far", flush=True)
    for (what, said), times in sorted(campaign.said.items()):
        print(f"{what}: {said} {times:,} times")
    for line in campaign.wrong[:SHOWN]:
        print(f"WRONG: {line}")
    if campaign.wrong:
        sys.exit(f"{len(campaign.wrong)} wrong verdicts of {campaign.said.total():,}, with the seed {seed}")


if __name__ == "__main__":
    main()
