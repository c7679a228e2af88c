"""Elementary functions of vectors from arithmetic alone, as LLVM IR text: the same bits on every machine.

No table, no fused multiply-add and no integer operation beyond what SSE2 and NEON have. Results are within 4 ulp
over the whole domain, subnormal results too, and special values are those of C's library. Arguments are reduced
by W. J. Cody and W. Waite ("Software Manual for the Elementary Functions", 1980); the polynomials minimise the
largest relative error of their function (E. Remez's exchange, 1934, in 60 digits, then rounded): below 2**-59.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan

from autograd.compiler.llvm.function import NativeFunction, double_bits, literal, type_of

LOG2_E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 0.6931471803691238, 1.9082149292705877e-10  # 32 and 53 bits
LOG10_E, LOG10_2_HIGH, LOG10_2_LOW = 0.4342944819032518, 0.3010299955494702, 1.1451100898021838e-10
PI_HIGH, PI_MIDDLE, PI_LOW = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21  # 33, 33 and 53 bits
INVERSE_PI = 0.3183098861837907
EXPONENTIAL = (  # (exp(r) - 1 - r) / r**2 for |r| < 0.34665
    *(0.5, 0.16666666666666677, 0.04166666666666651, 0.008333333333321681, 0.0013888888888962453),
    *(0.0001984126988599852, 2.4801587172422566e-05, 2.7557244337759725e-06, 2.755740270028321e-07),
    *(2.510899273417533e-08, 2.0875325045313025e-09),
)
LOGARITHM = (  # (2 * atanh(s) / s - 2) / s**2 as a polynomial in s**2 < 0.02945
    *(0.6666666666666734, 0.3999999999941654, 0.28571428742079313, 0.2222219859662228),
    *(0.18183563457335017, 0.1531406508172868, 0.14795872804856047),
)
SINE = (  # (sin(r) / r - 1) / r**2 as a polynomial in r**2 < 1.571**2
    *(-0.16666666666666666, 0.008333333333333207, -0.0001984126984121248, 2.7557319211569482e-06),
    *(-2.50521069044233e-08, 1.605894100239546e-10, -7.643019378535513e-13, 2.7214197207594246e-15),
)
ROUNDER = 1.5 * 2.0**52  # x + ROUNDER holds the integer next to x in its low bits
TINY = 2.0**-60  # below it, an odd function with slope 1 at 0 is its argument
TURNS = 1.6e6  # up to which a number of half turns has 20 bits, and so an exact product with 33 bits of pi


def _operator(operation: str, kind: str = "") -> Callable[[Vector, Vector | float], Vector]:
    return lambda x, y: x.to(operation, y, kind)


class Vector:
    """A vector in a function that is being written: an operator appends the line that computes its result."""

    def __init__(self, function: NativeFunction, lanes: int, name: str, kind: str = "double") -> None:
        self.function, self.lanes, self.name, self.kind = function, lanes, name, kind

    def __str__(self) -> str:
        return f"{type_of(self.lanes, self.kind)} {self.name}"

    def line(self, text: str, kind: str) -> Vector:
        """Append an instruction whose result has elements of this kind."""
        return Vector(self.function, self.lanes, self.function.line(text), kind)

    def filled(self, number: float, kind: str = "") -> Vector:
        """Return a vector of this one's size with a number in every lane."""
        kind = kind or self.kind
        text = literal(number) if kind == "double" else str(number)
        return Vector(self.function, self.lanes, f"splat ({kind} {text})", kind)

    def to(self, operation: str, other: Vector | float, kind: str = "") -> Vector:
        """Return an operation on this vector and another, or one number for all lanes."""
        other = other if isinstance(other, Vector) else self.filled(other)
        return self.line(f"{operation} {self}, {other.name}", kind or self.kind)

    __add__, __sub__ = _operator("fadd"), _operator("fsub")
    __mul__, __truediv__ = _operator("fmul"), _operator("fdiv")
    __lt__, __gt__ = _operator("fcmp olt", "i1"), _operator("fcmp ogt", "i1")

    def where(self, yes: Vector | float, no: Vector | float) -> Vector:
        """Return the lanes of `yes` where this mask is set, else those of `no`."""
        yes, no = (n if isinstance(n, Vector) else self.filled(n, "double") for n in (yes, no))
        return self.line(f"select {self}, {yes}, {no}", "double")

    def bits(self) -> Vector:
        """Return doubles as 64-bit integers."""
        return self.line(f"bitcast {self} to <{self.lanes} x i64>", "i64")

    def double(self) -> Vector:
        """Return 64-bit integers as doubles."""
        return self.line(f"bitcast {self} to <{self.lanes} x double>", "double")


def magnitude(x: Vector) -> Vector:
    """Return |x|."""
    return x.bits().to("and", double_bits(-0.0) - 1).double()


def with_sign(size: Vector, x: Vector) -> Vector:
    """Return a size >= 0 with the sign of x."""
    return size.bits().to("or", x.bits().to("and", double_bits(-0.0))).double()


def polynomial(x: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Return the polynomial with these coefficients, lowest first: its even and odd powers side by side."""
    square = x * x
    odd, even = (x.filled(coefficients[-1 - i]) for i in (0, 1))
    for i in range(len(coefficients) - 3, -1, -1):
        odd, even = even, odd * square + coefficients[i]
    return odd * x + even


def round_to_integer(x: Vector) -> tuple[Vector, Vector]:
    """Return the integer next to x, for |x| < 2**51, as a double and in the low bits of 64."""
    rounded = x + ROUNDER
    return rounded - ROUNDER, rounded.bits()


def power_of_two(k: Vector) -> Vector:
    """Return 2**k for an integer -1023 < k < 1024 in the low bits of 64, and 0 for k = -1023."""
    return k.to("shl", 52).to("add", double_bits(1.0)).double()


def limited(x: Vector, low: float, high: float) -> Vector:
    """Return x within [low, high]; NaN is kept."""
    above = (x < low).where(low, x)
    return (above > high).where(high, above)


def small_expm1(r: Vector) -> Vector:
    """Return e**r - 1 for |r| <= ln 2 / 2."""
    return r * r * polynomial(r, EXPONENTIAL) + r


def exponential(k: Vector, r: Vector) -> Vector:
    """Return exp(r) * 2**k for an integer -1076 <= k <= 1025: scaled in two steps, of which the last one rounds."""
    half, half_bits = round_to_integer(k * 0.5)
    return (small_expm1(r) + 1.0) * power_of_two(half_bits) * power_of_two(round_to_integer(k - half)[1])


def without_ln2(x: Vector) -> tuple[Vector, Vector, Vector]:
    """Return an integer k, its bits, and r with x = k ln 2 + r and |r| <= ln 2 / 2."""
    k, k_bits = round_to_integer(x * LOG2_E)
    return k, k_bits, x - k * LN2_HIGH - k * LN2_LOW


def exp(x: Vector) -> Vector:
    """Return e**x."""
    k, _, r = without_ln2(limited(x, -746.0, 710.0))
    return exponential(k, r)


def exp2(x: Vector) -> Vector:
    """Return 2**x."""
    x = limited(x, -1076.0, 1025.0)
    k, _ = round_to_integer(x)
    return exponential(k, (x - k) * 0.6931471805599453)


def cosh(x: Vector) -> Vector:
    """Return (e**x + e**-x) / 2, from h = e**|x| / 2, that overflows only where the result does."""
    k, _, r = without_ln2(limited(magnitude(x), 0.0, 711.0))
    h = exponential(k - 1.0, r)
    return h + h.filled(0.25) / h


def scaled_expm1(x: Vector) -> tuple[Vector, Vector]:
    """Return y and 2**(k - 2) with e**x - 1 = 2**k y and |y| < 1.5; two less, for the largest power fits then."""
    _, k, r = without_ln2(limited(x, -40.0, 710.6))
    inverse = power_of_two(k.filled(2).to("sub", k))  # 0 instead of 2**-1023
    return inverse * -0.25 + 1.0 + small_expm1(r), power_of_two(k.to("sub", 2))


def expm1(x: Vector) -> Vector:
    """Return e**x - 1."""
    y, scale = scaled_expm1(x)
    return (magnitude(x) < TINY).where(x, y * 4.0 * scale)


def sinh(x: Vector) -> Vector:
    """Return (e**x - e**-x) / 2, from h = (e**|x| - 1) / 2: h + h / (2h + 1)."""
    size = magnitude(x)
    y, scale = scaled_expm1(size)
    h = (y + y) * scale
    result = (h > 1.0 / TINY).where(h, h + h / (h + h + 1.0))
    return with_sign((size < TINY).where(size, result), x)


def tanh(x: Vector) -> Vector:
    """Return tanh(x), from e = e**|2x| - 1: e / (e + 2)."""
    size = magnitude(x)
    y, scale = scaled_expm1(limited(size + size, 0.0, 40.0))
    e = y * 4.0 * scale
    return with_sign(e / (e + 2.0), x)


def normalized(x: Vector) -> tuple[Vector, Vector]:
    """Return k and m - 1 with x = 2**k m and m within [sqrt(1/2), sqrt(2)), for a positive normal x."""
    bits = x.bits()
    biased = bits.to("add", double_bits(1.0) - double_bits(0.5**0.5)).to("lshr", 52)
    k = biased.to("or", double_bits(2.0**52)).double() - (2.0**52 + 1023.0)
    return k, bits.to("sub", biased.to("shl", 52)).to("add", double_bits(1.0)).double() - 1.0


def logarithm(f: Vector) -> tuple[Vector, Vector]:
    """Return f**2 / 2 and t with log(1 + f) = f - (f**2 / 2 - t).

    With s = f / (2 + f), log(1 + f) = 2 atanh(s) and 2s = f - f**2 / 2 + s f**2 / 2: f itself is exact.
    """
    s, half_square = f / (f + 2.0), f * f * 0.5
    square = s * s
    return half_square, s * (half_square + square * polynomial(square, LOGARITHM))


def positive_parts(x: Vector) -> tuple[Vector, Vector]:
    """Return k and m - 1 as `normalized`, for subnormal numbers too."""
    subnormal = x < 2.0**-1022
    k, f = normalized(subnormal.where(x * 2.0**54, x))
    return subnormal.where(k - 54.0, k), f


def at_edges(x: Vector, y: Vector) -> Vector:
    """Return a logarithm y of x; -inf for zero, NaN for negative x, x for inf and NaN."""
    edge = (x < 0.0).where(nan, (x < 2.0**-1074).where(-inf, x))
    return (x > 0.0).to("and", x < inf).where(y, edge)


def log(x: Vector) -> Vector:
    """Return the natural logarithm."""
    k, f = positive_parts(x)
    half_square, t = logarithm(f)
    return at_edges(x, k * LN2_HIGH - (half_square - (t + k * LN2_LOW) - f))


def log2(x: Vector) -> Vector:
    """Return the logarithm to base 2."""
    k, f = positive_parts(x)
    half_square, t = logarithm(f)
    return at_edges(x, (f - (half_square - t)) * LOG2_E + k)


def log10(x: Vector) -> Vector:
    """Return the logarithm to base 10."""
    k, f = positive_parts(x)
    half_square, t = logarithm(f)
    return at_edges(x, (f - (half_square - t)) * LOG10_E + k * LOG10_2_LOW + k * LOG10_2_HIGH)


def log1p(x: Vector) -> Vector:
    """Return log(1 + x): log(u) + c / u, where u is 1 + x rounded and c what that lost."""
    u, large = x + 1.0, x > 1.0
    c = large.where(1.0, x) - (u - large.where(x, 1.0))
    k, f = normalized(u)
    half_square, t = logarithm(f)
    y = k * LN2_HIGH - (half_square - (t + (k * LN2_LOW + c / u)) - f)
    return (magnitude(x) < TINY).where(x, at_edges(u, y))


def sine(x: Vector, k: Vector, k_bits: Vector) -> tuple[Vector, Vector]:
    """Return sin(x - k pi), negated for odd k, and the mask of the x that are left to libm.

    The parts of pi are exact enough for the doubles next to each multiple below the limit: all were tried.
    """
    r = x - k * PI_HIGH - k * PI_MIDDLE - k * PI_LOW
    square = r * r
    y = limited(r * square * polynomial(square, SINE) + r, -1.0, 1.0)
    return y.bits().to("xor", k_bits.to("shl", 63)).double(), magnitude(x) > TURNS


def sin(x: Vector) -> tuple[Vector, Vector]:
    """Return the sine, and where it is left to libm."""
    k, k_bits = round_to_integer(x * INVERSE_PI)
    y, large = sine(x, k, k_bits)
    return (magnitude(x) < 2.0**-30).where(x, y), large


def cos(x: Vector) -> tuple[Vector, Vector]:
    """Return the cosine, from sin(x - (k + 1/2) pi), and where it is left to libm."""
    k, k_bits = round_to_integer(x * INVERSE_PI - 0.5)
    return sine(x, k + 0.5, k_bits.to("add", 1))


FORMULAS = {f.__name__: f for f in (exp, exp2, expm1, sinh, cosh, tanh, log, log2, log10, log1p)}
PARTIAL_FORMULAS = {f.__name__: f for f in (sin, cos)}
NAMES = (*FORMULAS, *PARTIAL_FORMULAS)


def portable(function: NativeFunction, name: str, lanes: int) -> tuple[Vector, Vector | None]:
    """Write the elementary function of %x, and return its result, and the mask of the lanes that are left to libm."""
    x = Vector(function, lanes, "%x")
    return PARTIAL_FORMULAS[name](x) if name in PARTIAL_FORMULAS else (FORMULAS[name](x), None)
