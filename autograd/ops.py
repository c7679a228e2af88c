"""The table: every primitive operation, its value on floats and its local partial derivatives.

A rule is written once, with operators and other rows, so it works on floats (the backward pass), on
Values (derivatives of derivatives) and on whatever is recorded for drawing, checking or compiling.
In a rule x, y are the inputs and z is the output; `divide` and `power` are `/` and `**` with IEEE
results where Python would raise. A comparison counts as 0 or 1, but it also selects: a derivative that
is False, not 0.0, lets nothing through, not even an infinite gradient, which 0.0 would turn into NaN.
In a rule WHERE gives only the input it chooses, so the other leaves no trace in derivatives of any order.
"""

# mypy: disable-error-code="has-type"
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.floats import branches, elementary
from autograd.floats.elementary import SELU_ALPHA, SELU_SCALE, divide, power


class Op(NamedTuple):
    """A primitive operation: its name, its value, and one partial derivative per input.

    `forward(*inputs)` takes floats and returns a float; `partials(*inputs, output)` returns a tuple
    with the derivative of the output with respect to each input, in order. Pictures show its `symbol`,
    or else its name; `domain`, a `Domain` of `autograd.testing.strategies`, says where tests may draw points.

    >>> cube = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    >>> cube.forward(2.0), cube.partials(2.0, 8.0)
    (8.0, (12.0,))
    >>> cube in OPS, SQUARE in OPS
    (False, True)
    """

    name: str
    forward: Callable[..., float]
    partials: Callable[..., Any]
    symbol: str = ""
    domain: Any = None

    def __call__(self, *inputs: Any) -> Any:
        """Apply to floats or Values, unchecked, as rules do; `autograd.apply` checks its inputs."""
        if len(inputs) == 1 and type(inputs[0]) is float:  # the usual case in rules of activations
            return self.forward(inputs[0])
        if self is WHERE:
            return chosen(*inputs)
        for x in inputs:
            if not isinstance(x, (float, int)):
                return x._apply(self, *inputs)  # a Value records
        return self.forward(*inputs)

    def __reduce__(self) -> Any:  # a row of the table is copied and pickled by its name
        return self.name.upper() if globals().get(self.name.upper()) is self else (Op, tuple(self))


LN2, LOG2E, LOG10E = math.log(2.0), 1.0 / math.log(2.0), 1.0 / math.log(10.0)
SQRT_HALF, INV_SQRT_2PI, TWO_OVER_SQRT_PI = math.sqrt(0.5), 1.0 / math.sqrt(2.0 * math.pi), 2.0 / math.sqrt(math.pi)


def chosen(condition: Any, x: Any, y: Any) -> Any:
    """WHERE in a rule: only the input it chooses. A node of both would turn False into 0.0 and keep the other input.

    The condition is unknown only while `autograd.compile` records, which makes a node. So a chosen Value gets a node
    too: derivatives are then summed in the same order, to the same bits.
    """
    if not isinstance(condition, (int, float)):
        holds = condition != 0.0
        if not isinstance(holds, bool):
            return condition._apply(WHERE, condition, x, y)
        condition = holds
    choice = x if condition else y
    return choice if isinstance(choice, (float, int)) else IDENTITY(choice)


def bounded(x: Any) -> Any:
    """x, or 1000 beyond +-1000: a factor of something that has died away there, where inf * 0 would be NaN."""
    return x if type(x) is float and -1e3 < x < 1e3 else WHERE(abs(x) > 1e3, 1e3, x)


def limits(infinite: Any, largest: Sequence[Any], signs: Sequence[Any], slopes: Sequence[Any]) -> list[Any]:
    """Slopes, or their limits where the result is infinite: the one largest input counts alone; several give NaN."""
    alone = WHERE(sum(largest) == 1.0, 1.0, math.nan)
    edges = [WHERE(x, alone * sign, 0.0) for x, sign in zip(largest, signs, strict=True)]
    return [WHERE(infinite, edge, slope) for edge, slope in zip(edges, slopes, strict=True)]


def directions(xs: Sequence[Any], z: Any) -> tuple[Any, ...]:
    """The slopes of a norm: x / z. At the origin they are 0 by convention, but change without bound, as SQRT does."""
    if type(z) is float and 0.0 < z < math.inf:
        return tuple([divide(x, z) for x in xs])
    slopes = [DIRECTION(x, rest, z) for x, rest in zip(xs, branches.rests(xs, HYPOT), strict=True)]
    if (infinite := z == math.inf) is not False:  # it is, or is not known yet
        slopes = limits(infinite, [abs(x) == math.inf for x in xs], [SIGN(x) for x in xs], slopes)
    return tuple([WHERE(z == 0.0, SQRT(z), slope) for slope in slopes])


def over_square(x: Any, r: Any) -> Any:
    """x / r**2 without overflow; 0 at infinity, and 0 at the origin as the slopes of a norm are."""
    slope = divide(divide(x, r), r)
    if type(r) is float and 0.0 < r < math.inf:
        return slope
    return WHERE(r == 0.0, SQRT(r), WHERE(r == math.inf, 0.0, slope))


def one_less_square(x: Any) -> Any:
    """1 - x**2 with all its digits: factored near 1, but not at 1 or near 0, where slopes of the factors would cancel."""
    return WHERE(abs(abs(x) - 0.75) < 0.25, (1.0 - x) * (1.0 + x), 1.0 - x * x)


def by_base(x: Any, y: Any, z: Any) -> Any:
    """The derivative of z = x**y with respect to x: y * x**(y-1), and 0 for y = 0 even where x**-1 is infinite."""
    return WHERE(y, y * power(x, y - 1.0), WHERE(x > 0.0, divide(y * z, x), False))


def by_constant_power(x: Any, y: Any) -> Any:
    """The derivative of x**y for a constant y, in two factors where x**(y-1) may overflow and y times it does not."""
    if abs(y) < 0.05:
        return y * power(x, y - 0.5) * power(x, -0.5) if y else False
    return y * power(x, y - 1.0)


def unless_less(x: Any, y: Any) -> Any:
    """What max(x, y) passes to x: nothing where y is larger, half at a tie, all where one is NaN, as in PyTorch."""
    return WHERE(x == y, 0.5, (x < y) == 0.0)


def shares(xs: Sequence[Any], z: Any) -> tuple[Any, ...]:
    """Divide a derivative of 1 equally among the inputs that tie for the maximum or minimum z, or among the NaNs."""
    ties = [(x == z) + (x != x) for x in xs]
    share = divide(1.0, sum(ties))
    return tuple([WHERE(tie, share, False) for tie in ties])


def softmax(xs: Sequence[Any]) -> tuple[Any, ...]:
    """The slopes of logsumexp, relative to the maximum: exp(x - z) would lose digits for large z."""
    top = DETACH(MAX(*xs))
    exponentials = [EXP(x - top) for x in xs]
    total = SUM(*exponentials)
    shared = () if type(total) is float else zip(exponentials, branches.rests(exponentials, ADD), strict=True)
    slopes = [SHARE(e, rest, total) for e, rest in shared] or [divide(e, total) for e in exponentials]
    if (infinite := abs(top) == math.inf) is not False:  # it is, or is not known yet
        slopes = limits(infinite, [x == top for x in xs], [1.0] * len(xs), slopes)
    return tuple(slopes)


# fmt: off
# Arithmetic. A constant exponent has its own row, so that the derivative with respect to the exponent (a
# logarithm, NaN for a negative base) is never computed.
ADD          = Op("add", lambda x, y: x + y,    lambda x, y, z: (1.0, 1.0), symbol="+")
SUB          = Op("sub", lambda x, y: x - y,    lambda x, y, z: (1.0, -1.0), symbol="−")
MUL          = Op("mul", lambda x, y: x * y,    lambda x, y, z: (y, x), symbol="×")
DIV          = Op("div", divide,                lambda x, y, z: (divide(1.0, y), -divide(z, y)), symbol="÷")
NEG          = Op("neg", lambda x: -x,          lambda x, z: (-1.0,), symbol="−")
POW          = Op("pow", power,                 lambda x, y, z: (by_base(x, y, z), WHERE((x == 0.0) * (y >= 0.0), False, POW_LOG(x, y, z))), symbol="**")  # 0**y has slope 0 in y
POW_CONSTANT = Op("pow_constant", power,        lambda x, y, z: (by_constant_power(x, y), False), symbol="**")  # x**0 has slope 0
POW_LOG      = Op("pow_log", elementary.pow_log, lambda x, y, z, s: (divide(WHERE(z == math.inf, s * y + z, z), x), WHERE(z == math.inf, s * LOG(x), False), WHERE(z == math.inf, False, LOG(x))))
SQUARE       = Op("square", lambda x: x * x,    lambda x, z: (2.0 * x,), symbol="x²")
RECIPROCAL   = Op("reciprocal", lambda x: divide(1.0, x), lambda x, z: (-z * z,), symbol="1/x")

# Steps and branches. At kinks the derivatives are PyTorch's.
ABS          = Op("abs", abs,                   lambda x, z: (SIGN(x),), symbol="|x|")  # abs'(0) = 0
SIGN         = Op("sign", elementary.sign,         lambda x, z: (False,))
STEP         = Op("step", branches.step,         lambda x, z: (False,))  # step(0) = 0
FLOOR        = Op("floor", elementary.floor,       lambda x, z: (False,))
CEIL         = Op("ceil", elementary.ceil,         lambda x, z: (False,))
WHERE        = Op("where", lambda c, x, y: x if c else y, lambda c, x, y, z: (False, c != 0.0, c == 0.0))
MAXIMUM      = Op("maximum", branches.maximum,   lambda x, y, z: (unless_less(x, y), unless_less(y, x)))  # ties: half each
MINIMUM      = Op("minimum", branches.minimum,   lambda x, y, z: (unless_less(y, x), unless_less(x, y)))
CLIP         = Op("clip", branches.clip,      lambda x, a, b, z: (WHERE(a < b, WHERE(a <= x, x <= b, False), False), WHERE(x < a, a < b, False), WHERE(x > b, True, b <= a)))  # 1 at the edges; a >= b: b
DETACH       = Op("detach", lambda x: x,        lambda x, z: (False,))  # a constant to the chain rule
IDENTITY     = Op("identity", lambda x: x,      lambda x, z: (1.0,))

# Exponentials, logarithms and roots.
EXP          = Op("exp", elementary.exp,           lambda x, z: (z,))
EXPM1        = Op("expm1", elementary.expm1,       lambda x, z: (EXP(x),))  # z + 1 would cancel
EXP2         = Op("exp2", elementary.exp2,         lambda x, z: (2.0 * LN2 * EXP2(x - 1.0),))  # finite where z just is not
LOG          = Op("log", elementary.log,           lambda x, z: (divide(1.0, x),))
LOG1P        = Op("log1p", elementary.log1p,       lambda x, z: (divide(1.0, 1.0 + x),))
LOG2         = Op("log2", elementary.log2,         lambda x, z: (divide(LOG2E, x),))
LOG10        = Op("log10", elementary.log10,       lambda x, z: (divide(LOG10E, x),))
SQRT         = Op("sqrt", elementary.sqrt,         lambda x, z: (divide(0.5, z),), symbol="√")  # sqrt'(0) = inf
CBRT         = Op("cbrt", math.cbrt,            lambda x, z: (divide(divide(1.0, 3.0 * z), z),))

# Trigonometric and hyperbolic functions. Factored forms keep their digits at the ends of a domain.
SIN          = Op("sin", elementary.sin,           lambda x, z: (COS(x),))
COS          = Op("cos", elementary.cos,           lambda x, z: (-SIN(x),))
TAN          = Op("tan", elementary.tan,           lambda x, z: (1.0 + z * z,))
ASIN         = Op("asin", elementary.asin,         lambda x, z: (divide(1.0, SQRT(one_less_square(x))),))
ACOS         = Op("acos", elementary.acos,         lambda x, z: (-divide(1.0, SQRT(one_less_square(x))),))
ATAN         = Op("atan", math.atan,            lambda x, z: (over_square(1.0, HYPOT(1.0, x)),))
ATAN2        = Op("atan2", math.atan2,          lambda y, x, z: (over_square(x, HYPOT(x, y)), -over_square(y, HYPOT(x, y))))
SINH         = Op("sinh", elementary.sinh,         lambda x, z: (COSH(x),))
COSH         = Op("cosh", elementary.cosh,         lambda x, z: (SINH(x),))
TANH         = Op("tanh", math.tanh,            lambda x, z: ((1.0 - z) * (1.0 + z) if type(z) is float and abs(z) < 0.999 else TANH_SLOPE(x, z),))
TANH_SLOPE   = Op("tanh_slope", elementary.tanh_slope, lambda x, z, s: (WHERE(abs(z) >= 0.999, -2.0 * TANH(x) * s, False), WHERE(abs(z) >= 0.999, False, -2.0 * z)))
ASINH        = Op("asinh", math.asinh,          lambda x, z: (divide(1.0, HYPOT(1.0, x)),))
ACOSH        = Op("acosh", elementary.acosh,       lambda x, z: (divide(divide(1.0, SQRT(x - 1.0)), SQRT(x + 1.0)),))
ATANH        = Op("atanh", elementary.atanh,       lambda x, z: (divide(1.0, one_less_square(x)),))
HYPOT        = Op("hypot", math.hypot,          lambda x, y, z: directions((x, y), z))  # norm'(0) = 0

# Special functions. The order of polygamma is a constant and has no derivative.
ERF          = Op("erf", elementary.erf,           lambda x, z: (TWO_OVER_SQRT_PI * EXP(-(b := bounded(x)) * b),))
ERFC         = Op("erfc", elementary.erfc,         lambda x, z: (-TWO_OVER_SQRT_PI * EXP(-(b := bounded(x)) * b),))
LGAMMA       = Op("lgamma", elementary.lgamma,     lambda x, z: (DIGAMMA(x),))
DIGAMMA      = Op("digamma", elementary.digamma,   lambda x, z: (POLYGAMMA(1.0, x),))
POLYGAMMA    = Op("polygamma", elementary.polygamma, lambda n, x, z: (math.nan, POLYGAMMA(n + 1.0, x)))

# Activations.
RELU         = Op("relu", branches.relu,         lambda x, z: (z != 0.0,))  # relu'(0) = 0, relu'(nan) = 1
LEAKY_RELU   = Op("leaky_relu", lambda x, a: x if x > 0.0 else a * x, lambda x, a, z: (WHERE(x > 0.0, 1.0, a), WHERE(x > 0.0, False, x)))
ELU          = Op("elu", elementary.elu,           lambda x, a, z: (WHERE(x <= 0.0, a * EXP(-RELU(-x)), 1.0), WHERE(x <= 0.0, EXPM1(-RELU(-x)), False)))
SELU         = Op("selu", elementary.selu,         lambda x, z: (SELU_SCALE * WHERE(x <= 0.0, SELU_ALPHA * EXP(-RELU(-x)), 1.0),))
GELU         = Op("gelu", elementary.gelu,         lambda x, z: (0.5 * ERFC(-SQRT_HALF * x) + INV_SQRT_2PI * (b := bounded(x)) * EXP(-0.5 * b * b),))
SILU         = Op("silu", elementary.silu,         lambda x, z: (SIGMOID(x) + LOGISTIC_MOMENT(x),))
SOFTPLUS     = Op("softplus", elementary.softplus, lambda x, z: (SIGMOID(x),))
MISH         = Op("mish", elementary.mish,         lambda x, z: (TANH(w := SOFTPLUS(x)) + SILU(MINIMUM(x, 1e3)) * TANH_SLOPE(w, TANH(w)),))
SIGMOID      = Op("sigmoid", elementary.sigmoid,   lambda x, z: (LOGISTIC_DENSITY(x),))
LOGISTIC_DENSITY = Op("logistic_density", elementary.logistic_density, lambda x, z: (-z * TANH(0.5 * x),))
LOGISTIC_MOMENT = Op("logistic_moment", elementary.logistic_moment, lambda x, z: (LOGISTIC_DENSITY(x) - z * TANH(0.5 * x),))
LOG_SIGMOID  = Op("log_sigmoid", elementary.log_sigmoid, lambda x, z: (SIGMOID(-x),))
HARDTANH     = Op("hardtanh", lambda x: branches.clip(x, -1.0, 1.0), lambda x, z: (abs(z) != 1.0,))  # 0 at the edges

# Any number of inputs: v is (*inputs, output). DOT's inputs are (*weights, *inputs, bias).
SUM          = Op("sum", lambda *xs: sum(xs, 0.0),          lambda *v: (1.0,) * (len(v) - 1), symbol="Σ")
PROD         = Op("prod", lambda *xs: math.prod(xs, start=1.0), lambda *v: branches.products_of_the_others(v[:-1]), symbol="Π")
MAX          = Op("max", branches.maximum,                   lambda *v: shares(v[:-1], v[-1]))
MIN          = Op("min", branches.minimum,                   lambda *v: shares(v[:-1], v[-1]))
NORM         = Op("norm", math.hypot,                       lambda *v: directions(v[:-1], v[-1]))
LOGSUMEXP    = Op("logsumexp", elementary.logsumexp,           lambda *v: softmax(v[:-1]))
DOT          = Op("dot", branches.flat_dot,               lambda *v: (*v[len(v) // 2 - 1 : -2], *v[: len(v) // 2 - 1], 1.0))

OPS = tuple([row for row in list(globals().values()) if isinstance(row, Op)])
"""Every operation of the library, an `Op` each, in the order of the table in `autograd/ops.py`."""

# Slopes whose last inputs follow from the others: z = hypot(x, r); s = x + r; e = exp(x), s = e + r, z = log(s).
DIRECTION    = Op("direction", lambda x, r, z: divide(x, z), lambda x, r, z, u: ((v := DIRECTION(r, x, z)) * divide(v, z), -u * divide(v, z), False))
SHARE        = Op("share", lambda x, r, s: divide(x, s),    lambda x, r, s, p: (divide(SHARE(r, x, s), s), -divide(p, s), False))
LOG_SHARE    = Op("log_share", lambda x, r, e, s, z: x - z, lambda x, r, e, s, z, y: (SHARE(r, e, s), -divide(1.0, s), False, False, False))
SLOPES       = (DIRECTION, SHARE, LOG_SHARE)

# Comparisons give Python's True and False; they are operations only while `autograd.compile` records.
LESS         = Op("less", lambda x, y: float(x < y),          lambda x, y, z: (False, False))
LESS_EQUAL   = Op("less_equal", lambda x, y: float(x <= y),   lambda x, y, z: (False, False))
EQUAL        = Op("equal", lambda x, y: float(x == y),        lambda x, y, z: (False, False))
NOT_EQUAL    = Op("not_equal", lambda x, y: float(x != y),    lambda x, y, z: (False, False))
COMPARISONS  = (LESS, LESS_EQUAL, EQUAL, NOT_EQUAL)

# Python's %, // and round: operators, not functions of this library, and computed by Python everywhere.
MOD          = Op("mod", branches.remainder,               lambda x, y, z: (1.0, -FLOOR_DIVIDE(x, y)), symbol="mod")
FLOOR_DIVIDE = Op("floor_divide", branches.floor_divide,   lambda x, y, z: (False, False), symbol="//")
ROUND        = Op("round", branches.rounded,               lambda x, n, z: (False, False))

# fmt: on
