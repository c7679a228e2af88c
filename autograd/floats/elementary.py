"""Real functions on floats with IEEE 754 results: what `math` lacks or raises for.

Nothing here raises for any float: a pole gives an infinity, a point outside the domain NaN and an overflow
an infinity with the right sign, as in NumPy and PyTorch. Results are within 4 ulp over the whole domain, near
roots too, as far as the C library's are.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from math import copysign, inf, nan

from autograd.floats.gamma import WIDE
from autograd.floats.gamma import digamma as digamma
from autograd.floats.gamma import lgamma as lgamma
from autograd.floats.gamma import polygamma as polygamma

Function = Callable[[float], float]

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def divide(x: float, y: float) -> float:
    """Return x / y; a nonzero x over 0 is an infinity with the sign of both, 0 / 0 is NaN."""
    try:
        return x / y
    except ZeroDivisionError:
        return x * copysign(inf, y)


def power(x: float, y: float) -> float:
    """Return x**y as C's pow does: NaN for a fractional power of a negative number, 1 for NaN**0 and 1**NaN.

    >>> power(-0.0, -3.0), power(-8.0, 1 / 3), power(-1e200, 3.0)
    (-inf, nan, -inf)
    """
    try:
        result = x**y
    except ArithmeticError:  # zero to a negative power, or overflow, perhaps of a complex number
        return nan if x < 0.0 and y % 1.0 else copysign(inf, x) if y % 2.0 == 1.0 else inf
    return nan if type(result) is complex else result


def pow_log(x: float, y: float, z: float) -> float:
    """Return z * log(x), the derivative of z = x**y by its exponent: it may be finite where z is not."""
    if z == inf:
        root = power(x, 0.5 * y)
        return root * log(x) * root
    return z * log(x)


def floor(x: float) -> float:
    """Return the largest integer <= x as a float; zeros, infinities and NaN are kept."""
    below = x // 1.0
    return below if below == below else x  # inf // 1.0 is NaN


def ceil(x: float) -> float:
    """Return the smallest integer >= x as a float, -0.0 for -0.5; zeros, infinities and NaN are kept."""
    return -floor(-x)


def sign(x: float) -> float:
    """Return -1.0, 0.0 or 1.0 by the sign of x; 0.0 for both zeros, NaN for NaN."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x + 0.0


# Outside these intervals a function is NaN. C libraries differ there: musl's acosh(-1e9) is a number.
DOMAINS = {"log1p": (-1.0, inf), "asin": (-1.0, 1.0), "acos": (-1.0, 1.0), "acosh": (1.0, inf), "atanh": (-1.0, 1.0)}


def _guarded(function: Function, otherwise: Function, summary: str) -> Function:
    """Make a function of `math` return `otherwise(x)` where it would raise, and NaN outside its domain."""
    low, high = DOMAINS.get(function.__name__, (-inf, inf))

    def guarded(x: float) -> float:
        try:  # which costs nothing
            return function(x)
        except (ValueError, OverflowError):
            return otherwise(x)

    def inside(x: float) -> float:
        return guarded(x) if low <= x <= high else nan

    result = inside if function.__name__ in DOMAINS else guarded
    result.__name__ = result.__qualname__ = function.__name__
    result.__doc__ = f"Return {summary}."
    return result


# fmt: off
exp   = _guarded(math.exp,   lambda x: inf, "e to the power x; inf on overflow")
exp2  = _guarded(math.exp2,  lambda x: inf, "2 to the power x; inf on overflow")
expm1 = _guarded(math.expm1, lambda x: inf, "e to the power x, less 1, without cancellation; inf on overflow")
log   = _guarded(math.log,   lambda x: nan if x < 0.0 else -inf, "log x base e; -inf at 0, NaN below")
log2  = _guarded(math.log2,  lambda x: nan if x < 0.0 else -inf, "log x base 2; -inf at 0, NaN below")
log10 = _guarded(math.log10, lambda x: nan if x < 0.0 else -inf, "log x base 10; -inf at 0, NaN below")
log1p = _guarded(math.log1p, lambda x: -inf, "log(1 + x), also for small x; -inf at -1, NaN below")
sqrt  = _guarded(math.sqrt,  lambda x: nan, "the square root; -0.0 at -0.0, NaN below")
sin   = _guarded(math.sin,   lambda x: nan, "the sine of x radians; NaN at the infinities")
cos   = _guarded(math.cos,   lambda x: nan, "the cosine of x radians; NaN at the infinities")
tan   = _guarded(math.tan,   lambda x: nan, "the tangent of x radians; NaN at the infinities")
asin  = _guarded(math.asin,  lambda x: nan, "the arc sine in radians; NaN outside [-1, 1]")
acos  = _guarded(math.acos,  lambda x: nan, "the arc cosine in radians; NaN outside [-1, 1]")
sinh  = _guarded(math.sinh,  lambda x: copysign(inf, x), "the hyperbolic sine; an infinity on overflow")
cosh  = _guarded(math.cosh,  lambda x: inf, "the hyperbolic cosine; inf on overflow")
acosh = _guarded(math.acosh, lambda x: nan, "the inverse hyperbolic cosine; NaN below 1")
atanh = _guarded(math.atanh, lambda x: copysign(inf, x),
                 "the inverse hyperbolic tangent; an infinity at -1 and 1, NaN outside")
erf, erfc = math.erf, math.erfc  # never raise
# fmt: on


def tanh_slope(x: float, z: float) -> float:
    """Return the derivative of z = tanh(x): 1 - z**2, or 1 / cosh(x)**2 where that has few digits left."""
    return 4.0 * logistic_density(2.0 * x) if abs(z) >= 0.999 else (1.0 - z) * (1.0 + z)


def logistic_density(x: float) -> float:
    """Return the derivative of the sigmoid, the density of the logistic distribution, accurate in both tails."""
    z = math.exp(-abs(x))
    return z / ((1.0 + z) * (1.0 + z))


def logistic_moment(x: float) -> float:
    """Return x times the density of the logistic distribution, with all digits where that is subnormal."""
    if abs(x) > 700.0:
        root = math.exp(-0.5 * abs(x))
        return x * root * root if root else 0.0
    return x * logistic_density(x)


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), accurate in both tails."""
    z = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else z) / (1.0 + z)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)), accurate in both tails."""
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def log_sigmoid(x: float) -> float:
    """Return log(sigmoid(x)), which is -softplus(-x), accurate in both tails."""
    return -softplus(-x)


def silu(x: float) -> float:
    """Return x * sigmoid(x), also called swish; -0.0 at -inf."""
    if x < -40.0:  # x * exp(x), which is a normal number even where exp(x) is subnormal
        root = math.exp(0.5 * x)
        return max(x, -1e4) * root * root
    return x * sigmoid(x)


def mish(x: float) -> float:
    """Return x * tanh(softplus(x)) (Misra, 2019); -0.0 at -inf."""
    if abs(x) > 40.0:
        return silu(x)  # the same double
    z = math.exp(x)
    z *= z + 2.0
    return x * (z / (z + 2.0))  # tanh(log(1 + e)) = e(e + 2) / (e(e + 2) + 2)


def elu(x: float, alpha: float) -> float:
    """Return x above 0 and alpha * (exp(x) - 1) below (Clevert, Unterthiner & Hochreiter, 2015)."""
    return x if x > 0.0 else alpha * math.expm1(x)


def selu(x: float) -> float:
    """Return the scaled elu with PyTorch's constants (Klambauer et al., 2017)."""
    return SELU_SCALE * (x if x > 0.0 else SELU_ALPHA * math.expm1(x))


SPLITTER = 134217729.0  # 2**27 + 1
SQRT_HALF, SQRT_HALF_REST = 23726566 / 2**25, 1.210161710447897e-08  # 26 bits, whose products are exact
OVER_SQRT_PI, OVER_SQRT_2PI = 0.5641895835477563, 0.3989422804014327


def gelu(x: float) -> float:
    """Return x * Phi(x), Phi the normal distribution (the erf form), to the last bits of its left tail."""
    if abs(x) > 40.0:
        return max(x, -0.0)
    # erfc and exp multiply an error of their argument by its square, so x is split after 26 bits (Veltkamp,
    # 1968) and what rounding takes from the argument is put back to first order.
    high = SPLITTER * x
    high -= high - x
    if x > -37.5:
        product, rest = high * SQRT_HALF, (x - high) * SQRT_HALF + x * SQRT_HALF_REST
        t = product + rest
        rest -= t - product
        return x * (0.5 * math.erfc(-t) + OVER_SQRT_PI * math.exp(-t * t) * rest)
    # Phi is subnormal here, but its product with x may not be: Laplace's series (1812) times the density.
    series = 1.0
    for odd in range(15, 0, -2):
        series = 1.0 - odd / (x * x) * series
    series += series * math.expm1(0.5 * (high - x) * (high + x))
    root = math.exp(-0.25 * high * high)
    return -OVER_SQRT_2PI * series * root * root


def logsumexp(*xs: float) -> float:
    """Return log(exp(x1) + exp(x2) + ...) without overflow; -inf for no numbers.

    The largest term is kept out of the sum, so that the rest is not lost next to it. Where
    more than 16 logarithms of a sum near 1 cancel, the error is relative to them, not to the result.

    >>> logsumexp(0.0, -40.0)
    4.248354255291589e-18
    """
    top = max(xs, default=-inf)
    if not -inf < top < inf:
        return nan if any(x != x for x in xs) else top
    others = list(xs)
    others.remove(top)
    shift = top if abs(top) > 1.0 else 0.0  # next to a result near 0 the rounding of x - top would count
    total = math.fsum([math.exp(x - shift) for x in others]) * math.exp(shift - top)
    gain = math.log1p(total)
    if gain > 1.5 * abs(top + gain) and len(xs) <= 16:  # cancelled
        with decimal.localcontext(WIDE) as context:
            context.prec -= Decimal(top).adjusted()
            return float(sum([Decimal(x).exp() for x in xs], Decimal(0)).ln())
    return top + gain
