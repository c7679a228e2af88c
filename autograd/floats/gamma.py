"""The gamma function's family on floats: lgamma, digamma and polygamma, accurate near their roots too.

They use Euler-Maclaurin summation of (x + k)**-s, which is Hurwitz's zeta function. Where doubles cancel, near the
negative roots, the sum is computed again with 50 digits of `decimal`: slowly, but right.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Sequence
from decimal import Decimal
from math import copysign, inf, nan
from typing import TypeVar

Real = TypeVar("Real", float, Decimal)


def _bernoulli(count: int) -> list[Decimal]:
    """Return B_2k / (2k)! for k = 1 ... count, from the tangent numbers (Brent & Harvey, 2011)."""
    tangent = [math.factorial(k) for k in range(count)]
    for k in range(1, count):
        for j in range(k, count):
            tangent[j] = (j - k) * tangent[j - 1] + (j - k + 2) * tangent[j]
    signed = [Decimal(t * (-1) ** k) for k, t in enumerate(tangent)]
    return [t / (math.factorial(2 * k - 1) * 4**k * (4**k - 1)) for k, t in enumerate(signed, 1)]


WIDE = decimal.Context(prec=50, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[])
with decimal.localcontext(WIDE):
    _WIDE_BERNOULLI = _bernoulli(30)
_BERNOULLI = [float(c) for c in _WIDE_BERNOULLI[:10]]
_HALF_LOG_2PI = Decimal("0.91893853320467274178032973640561763986139747363778341")


def _zeta(s: int, x: Real, unit: Real, bernoulli: Sequence[Real]) -> Real:
    """Return the sum of (unit / (x + k))**s over k >= 0 for x > 0; for s = 1 without the pole, -digamma."""
    terms, y = [x - x], x
    while y < s + len(bernoulli):
        terms.append((y / unit) ** -s)
        if terms[1] + terms[-1] == terms[1]:  # the rest is too small to count
            return sum(reversed(terms), x - x)
        y += 1
    term = (y / unit) ** -s
    integral = term * y / (s - 1) if s > 1 else -unit * (y.ln() if isinstance(y, Decimal) else math.log(y))
    tail, factor = x - x, term * s / y
    for k, coefficient in enumerate(bernoulli):
        tail += coefficient * factor
        factor *= (s + 2 * k + 1) * (s + 2 * k + 2) / (y * y)
    return sum(reversed(terms), tail + term / 2 + integral)  # the smallest first, for the rounding


def _zeta_terms(s: int, x: Real, unit: Real, bernoulli: Sequence[Real]) -> list[Real]:
    """Return terms whose sum is _zeta continued to x < 0, by reflection about the nearest integer.

    The cotangent of the usual reflection, and its derivatives, are themselves sums like _zeta.
    """
    if x > 0:
        return [_zeta(s, x, unit, bernoulli)]
    rest = x - round(x)
    right, left, beyond = [_zeta(s, y, unit, bernoulli) for y in (1 + rest, 1 - rest, 1 - x)]
    return [(rest / unit) ** -s, right, left * (-1) ** s, -beyond * (-1) ** s]


def _wide_lgamma(x: Decimal) -> Decimal:
    """Return log|gamma(x)| by Stirling's series after steps up from x."""
    steps = range(max(0, len(_WIDE_BERNOULLI) - math.floor(x)))
    product, y = math.prod([x + k for k in steps], start=Decimal(1)), x + len(steps)
    series = [c * math.factorial(2 * k) / y ** (2 * k + 1) for k, c in enumerate(_WIDE_BERNOULLI)]
    return (y - Decimal("0.5")) * y.ln() - y + _HALF_LOG_2PI + sum(series) - abs(product).ln()


def _wide_polygamma(n: int, x: float) -> float:
    """Return polygamma(n, x) with 50 digits; x must not be a pole."""
    with decimal.localcontext(WIDE) as context:
        context.prec += len(str(n))
        y = Decimal(x)
        unit = y if y > 0 else abs(y - round(y))  # no term is above 1: none overflows
        total = sum(_zeta_terms(n + 1, y, unit, _WIDE_BERNOULLI), Decimal(0))
        scale = (_wide_lgamma(Decimal(n + 1)) - (n + 1) * unit.ln()).exp()
        return float((-1) ** (n + 1) * total * scale)


# Taylor series, highest power first, about 2, a root of lgamma, and its minimum, the root of digamma.
_MINIMUM, _MINIMUM_REST, _LGAMMA_MINIMUM = 1.4616321449683622, 9.549995429965697e-17, -0.1214862905358496
_DIGAMMA_AT_2 = [(-1) ** n * _zeta(n, 2.0, 1.0, _BERNOULLI) for n in range(28, 1, -1)] + [0.42278433509846714]
_DIGAMMA_AT_MINIMUM = [(-1) ** n * _zeta(n, _MINIMUM, 1.0, _BERNOULLI) for n in range(40, 1, -1)]
_LGAMMA_AT_2 = [c / n for n, c in zip(range(28, 0, -1), _DIGAMMA_AT_2, strict=True)]
_LGAMMA_AT_MINIMUM = [c / n for n, c in zip(range(40, 1, -1), _DIGAMMA_AT_MINIMUM, strict=True)]
_DIGAMMA_AT_INFINITY = [c * math.factorial(2 * k + 1) for k, c in enumerate(_BERNOULLI)][::-1]  # in x**-2


def _polynomial(coefficients: list[float], z: float) -> float:
    """Return the polynomial with these coefficients, highest power first, by Horner's rule."""
    total = 0.0
    for coefficient in coefficients:
        total = total * z + coefficient
    return total


def lgamma(x: float) -> float:
    """Return log|gamma(x)|, accurate near its roots too; inf at 0, -1, -2 ... and at the infinities."""
    if x > 10.0 or x != x or (x <= 0.0 and not x % 1.0 > 0.0):
        try:
            return math.lgamma(x)
        except (ValueError, OverflowError):  # a pole, or a result beyond the doubles
            return inf
    if x > 0.5:
        product = 1.0
        while x > 2.5:
            x -= 1.0
            product *= x
        if x <= 1.25:
            return (x - 1.0) * _polynomial(_LGAMMA_AT_2, x - 1.0) - math.log1p(x - 1.0)
        if x < 1.625:
            z = x - _MINIMUM
            return math.log(product) + (_LGAMMA_MINIMUM + z * z * _polynomial(_LGAMMA_AT_MINIMUM, z))
        return math.log(product) + (x - 2.0) * _polynomial(_LGAMMA_AT_2, x - 2.0)
    if x >= -0.5:
        return x * _polynomial(_LGAMMA_AT_2, x) - math.log1p(x) - math.log(abs(x))
    mirrored = lgamma(-x)  # gamma(x) gamma(-x) = -pi / (x sin(pi x))
    result = math.log(math.pi / abs(x * math.sin(math.pi * math.remainder(x, 1.0)))) - mirrored
    if abs(result) > 0.5 * max(1.0, mirrored):
        return result
    with decimal.localcontext(WIDE):  # x > -40, or sin would not be small enough to cancel
        return float(_wide_lgamma(Decimal(x)))


def digamma(x: float) -> float:
    """Return the derivative of lgamma; -inf at 0.0, inf at -0.0, NaN at -1, -2 ... and -inf."""
    if x >= 10.0:
        square = 1.0 / (x * x)
        return math.log(x) - (0.5 / x + square * _polynomial(_DIGAMMA_AT_INFINITY, square))
    if x > 0.0:
        steps = 0.0
        while x > 2.5:
            x -= 1.0
            steps += 1.0 / x
        if x < 1.0:
            steps = -1.0 / x
            x += 1.0
        if x > 1.8:
            return steps + _polynomial(_DIGAMMA_AT_2, x - 2.0)
        z = x - _MINIMUM - _MINIMUM_REST
        return steps + z * _polynomial(_DIGAMMA_AT_MINIMUM, z)
    if x == 0.0:
        return -copysign(inf, x)
    if x != x or not x % 1.0 > 0.0:
        return nan
    rest = math.remainder(x, 1.0)
    if abs(rest) < 0.25:
        cotangent = math.pi / math.tan(math.pi * rest)
    else:
        cotangent = math.pi * math.tan(math.pi * (copysign(0.5, rest) - rest))
    result = digamma(1.0 - x) - cotangent
    return result if abs(result) > max(1.0, abs(cotangent)) else _wide_polygamma(0, x)


def polygamma(n: float, x: float) -> float:
    """Return the nth derivative of digamma; NaN unless n is 0, 1, 2 ...

    At 0, -1, -2 ... and -inf it is inf for odd n and -inf for even n > 0, as in SciPy.
    """
    if not 0 <= n < inf or n % 1 or x != x:
        return nan
    if n == 0:
        return digamma(x)
    order, parity = int(n), 1.0 if n % 2 else -1.0
    if order > 10**30:  # n! / x**n is beyond the doubles, on one side or the other
        order, x = 10**30 + order % 2, inf if x * math.e > order else min(x, 1.0)
    if x == inf or (x <= 0.0 and not x % 1.0 > 0.0):
        return parity * (0.0 if x == inf else inf)
    if order <= 3 and 1e-40 < abs(x) < 1e40:
        terms = _zeta_terms(order + 1, x, 1.0, _BERNOULLI)
        total = math.fsum(terms)
        if abs(total) > 0.5 * max(map(abs, terms)):
            return parity * math.factorial(order) * total
    return _wide_polygamma(order, x)
