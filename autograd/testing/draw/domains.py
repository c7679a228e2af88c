"""The domain of every operation: where its inputs may lie, and the poles, kinks, jumps and ends to keep away from.

The intervals are smaller than floats allow: at a distance of 0.1 from every break, values stay
below 1e3, first derivatives below 1e4 and second ones below 1e5. A Domain of your own is written like
a row here:

>>> sinc = Domain((Interval(-10.0, 10.0, breaks=(0.0,)),))
>>> sinc.holds((2.0,), distance=0.5)
True
>>> sinc.holds((0.25,), distance=0.5)
False
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import hypot, inf, isfinite, nextafter, pi
from typing import Any, NamedTuple

from autograd import functions, ops
from autograd.floats.elementary import DOMAINS as DOMAINS_OF_FLOATS
from autograd.ops import OPS, Op

DISTANCE = 0.1


class Interval(NamedTuple):
    """The numbers from low to high for one input; `breaks` are the poles, kinks, jumps and ends to keep away from.

    >>> reciprocal = Interval(-100.0, 100.0, breaks=(0.0,))
    >>> reciprocal.holds(2.0), reciprocal.holds(0.01)
    (True, False)
    """

    low: float
    high: float
    breaks: tuple[float, ...] = ()

    def holds(self, x: float, distance: float = DISTANCE) -> bool:
        """Return whether x lies here, at least a distance away from every break."""
        return self.low <= x <= self.high and all([abs(x - b) >= distance for b in self.breaks])

    def segments(self, distance: float = DISTANCE) -> list[tuple[float, float]]:
        """Return the pieces (low, high) that are left at a distance from the breaks, the simplest first.

        >>> Interval(-2.0, 2.0, breaks=(0.0,)).segments(0.5)
        [(0.5, 2.0), (-2.0, -0.5)]
        """
        pieces = []
        bottom = self.low
        for b in sorted(self.breaks):
            pieces.append((bottom, min(self.high, _away(b, -distance))))
            bottom = max(self.low, _away(b, distance))
        pieces.append((bottom, self.high))
        left = [(low, high) for low, high in pieces if low <= high]
        return sorted(left, key=lambda piece: (piece[1] < 0.0, max(piece[0], -piece[1])))


class Choice(NamedTuple):
    """The few numbers allowed for an input that is a constant to the chain rule, such as an exponent.

    >>> Choice((2.0, 3.0)).holds(2.0)
    True
    """

    numbers: tuple[float, ...]

    def holds(self, x: float, distance: float = DISTANCE) -> bool:
        """Return whether x is one of the numbers."""
        return x in self.numbers


class Domain(NamedTuple):
    """Where an operation is defined, smooth and moderate.

    `inputs` has an Interval or a Choice for each input. `gaps(*inputs)` is for breaks where inputs
    meet, such as the tie of a maximum: it returns how far away each is, and negative numbers outside the
    domain. For an operation of any number of inputs `counts` says how many to try, each in the only
    interval of `inputs`. `detached` is for a rule that is not the derivative on purpose.

    >>> Domain((Interval(-3.0, 3.0),)).holds((2.0,))
    True
    """

    inputs: tuple[Interval | Choice, ...]
    gaps: Callable[..., Iterable[float]] = lambda *inputs: ()  # each may be anywhere in its interval
    counts: tuple[int, ...] = ()
    detached: bool = False

    def of(self, count: int) -> tuple[Interval | Choice, ...]:
        """Return the Interval or Choice of each of `count` inputs."""
        return self.inputs * count if self.counts else self.inputs

    def holds(self, inputs: Sequence[float], distance: float = DISTANCE) -> bool:
        """Return whether a point lies here, at least a distance away from every break."""
        if len(inputs) not in (self.counts or (len(self.inputs),)):
            return False
        each = zip(self.of(len(inputs)), inputs, strict=True)
        return all([part.holds(x, distance) for part, x in each]) and self.apart(inputs, distance)

    def apart(self, inputs: Sequence[float], distance: float = DISTANCE) -> bool:
        """Return whether inputs, each inside its interval, are at least a distance from where they meet."""
        return all([gap >= distance for gap in self.gaps(*inputs)])


def _away(b: float, distance: float) -> float:
    """Return b + distance, rounded away from b."""
    x = b + distance
    while abs(x - b) < abs(distance):
        x = nextafter(x, x + distance)
    return x


def domain_of(given: Any) -> Domain:
    """Return the Domain of an op, of a function of `autograd`, or of a name; a Domain is returned as it is.

    Raises ValueError for anything whose domain is not known.
    """
    if isinstance(given, Domain):
        return given
    if isinstance(given, Op):
        domain = given.domain or DOMAINS.get(given)
        if domain is None:
            raise ValueError(f"no domain is known for op {given.name!r}: give one, such as {EXAMPLE}")
        return domain
    name = given if isinstance(given, str) else getattr(given, "__name__", None)
    if name in BY_NAME and (name is given or getattr(functions, name, None) is given):
        return BY_NAME[name]
    raise ValueError(f"no domain is known for {given!r}: expected a Domain, an Op, or one of {', '.join(BY_NAME)}")


def _between(low: float, high: float) -> Interval:
    """Return the moderate numbers between two, which are ends to keep away from unless they are infinite."""
    return Interval(max(low, -30.0), min(high, 30.0), tuple([x for x in (low, high) if isfinite(x)]))


def _lead(*inputs: float) -> tuple[float]:
    """Return how far the largest input is ahead of the next."""
    ranked = sorted(inputs)
    return (ranked[-1] - ranked[-2] if len(ranked) > 1 else inf,)


def _lag(*inputs: float) -> tuple[float]:
    return _lead(*[-x for x in inputs])


def _length(*inputs: float) -> tuple[float]:
    """Return how far a point is from the origin."""
    return (hypot(*inputs),)


def _power(x: float, y: float) -> tuple[float]:
    """Return how far x**y is from its pole or its end at 0."""
    return (x if y % 1.0 else abs(x) if y < 0.0 else inf,)


EXAMPLE = "Domain((Interval(-3.0, 3.0),))"
REAL = _between(-inf, inf)
KINK = Interval(-30.0, 30.0, breaks=(0.0,))
JUMPS = Interval(-8.0, 8.0, breaks=tuple(map(float, range(-9, 10))))
POSITIVE = _between(0.0, inf)
TAIL = Interval(-6.0, 30.0, breaks=(0.0,))  # exp's below 0, a straight line above
SMALL = Interval(-6.0, 6.0)  # for functions that grow or die away as exp does
GAMMA = Interval(-4.0, 20.0, breaks=(-4.0, -3.0, -2.0, -1.0, 0.0))
EXPONENTS = Choice((2.0, 3.0, 1.0, 0.0, -1.0, -2.0, 0.5, 1.5, -0.5))
ORDERS = Choice((1.0, 0.0, 2.0, 3.0))

COUNTS = (2, 1, 3, 4)  # of inputs, for ops that take any number of them

# fmt: off
DOMAINS: dict[Op, Domain] = {
    # Of one number.
    **dict.fromkeys((ops.NEG, ops.SQUARE, ops.IDENTITY, ops.SIN, ops.COS, ops.ATAN, ops.ASINH), Domain((REAL,))),
    ops.DETACH:       Domain((REAL,), detached=True),
    **dict.fromkeys((ops.EXP, ops.EXPM1, ops.EXP2, ops.SINH, ops.COSH, ops.TANH), Domain((SMALL,))),
    **dict.fromkeys((ops.GELU, ops.SILU, ops.SOFTPLUS, ops.MISH, ops.SIGMOID, ops.LOG_SIGMOID), Domain((SMALL,))),
    **dict.fromkeys((ops.LOGISTIC_DENSITY, ops.LOGISTIC_MOMENT), Domain((SMALL,))),
    **dict.fromkeys((ops.ERF, ops.ERFC), Domain((Interval(-3.0, 3.0),))),
    **dict.fromkeys((ops.ABS, ops.SIGN, ops.STEP, ops.RELU), Domain((KINK,))),
    **dict.fromkeys((ops.RECIPROCAL, ops.CBRT), Domain((KINK,))),  # a pole at 0, vertical at 0
    ops.SELU:         Domain((TAIL,)),
    ops.HARDTANH:     Domain((Interval(-30.0, 30.0, breaks=(-1.0, 1.0)),)),
    **dict.fromkeys((ops.FLOOR, ops.CEIL), Domain((JUMPS,))),
    **dict.fromkeys((ops.LOG, ops.LOG2, ops.LOG10, ops.SQRT), Domain((POSITIVE,))),
    **{op: Domain((_between(*DOMAINS_OF_FLOATS[op.name]),)) for op in OPS if op.name in DOMAINS_OF_FLOATS},
    ops.TAN:          Domain((Interval(-4.0, 4.0, breaks=(-1.5 * pi, -0.5 * pi, 0.5 * pi, 1.5 * pi)),)),
    **dict.fromkeys((ops.LGAMMA, ops.DIGAMMA), Domain((GAMMA,))),

    # Of two or three.
    **dict.fromkeys((ops.ADD, ops.SUB, ops.MUL), Domain((REAL, REAL))),
    ops.DIV:          Domain((Interval(-10.0, 10.0), KINK)),  # the pole at 0
    ops.POW:          Domain((Interval(0.0, 5.0, breaks=(0.0,)), Interval(-2.0, 3.0))),
    ops.POW_CONSTANT: Domain((Interval(-8.0, 8.0), EXPONENTS), _power),
    ops.POW_LOG:      Domain((Interval(0.0, 5.0, breaks=(0.0,)), Interval(-2.0, 3.0), REAL)),
    ops.POLYGAMMA:    Domain((ORDERS, Interval(0.5, 20.0, breaks=(0.0,)))),
    ops.TANH_SLOPE:   Domain((SMALL, Interval(-0.9, 0.9))),
    ops.LEAKY_RELU:   Domain((KINK, Interval(-1.0, 1.0))),
    ops.ELU:          Domain((TAIL, Interval(-2.0, 2.0))),
    ops.ATAN2:        Domain((REAL, REAL), lambda y, x: (hypot(x, y) if x >= 0.0 else abs(y),)),  # a cut
    ops.HYPOT:        Domain((REAL, REAL), _length),
    ops.MAXIMUM:      Domain((REAL, REAL), _lead),
    ops.MINIMUM:      Domain((REAL, REAL), _lag),
    ops.WHERE:        Domain((KINK, REAL, REAL)),  # jumps where the condition turns 0
    ops.CLIP:         Domain((REAL, REAL, REAL), lambda x, a, b: (abs(x - a), abs(x - b), abs(a - b))),

    # Of any number.
    ops.SUM:          Domain((REAL,), counts=COUNTS),
    ops.PROD:         Domain((Interval(-5.0, 5.0),), counts=COUNTS),
    ops.MAX:          Domain((REAL,), _lead, counts=COUNTS),
    ops.MIN:          Domain((REAL,), _lag, counts=COUNTS),
    ops.NORM:         Domain((REAL,), _length, counts=COUNTS),
    ops.LOGSUMEXP:    Domain((Interval(-10.0, 10.0),), counts=COUNTS),
    ops.DOT:          Domain((Interval(-10.0, 10.0),), counts=(3, 5, 7)),  # weights, as many inputs, and a bias
}
# fmt: on

# Functions that are made of several operations have the domain of the one that matters.
BY_NAME: dict[str, Domain] = {
    **{op.name: DOMAINS[op] for op in OPS},
    **dict.fromkeys(("mean", "variance"), DOMAINS[ops.SUM]),
    **dict.fromkeys(("softmax", "log_softmax"), DOMAINS[ops.LOGSUMEXP]),
}
