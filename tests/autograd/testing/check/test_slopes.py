"""The slope of a function of one number: how near, at what cost, how honest the estimate, and what is not a slope."""

import math
import struct
import zlib

import mpmath
import pytest

from autograd.testing.check.ladders import RATIO
from autograd.testing.check.slopes import slope

# Name, function of floats, the same in mpmath, point.
SMOOTH = [
    ("exp", math.exp, mpmath.exp, 1.0),
    ("exp far left", math.exp, mpmath.exp, -20.0),
    ("exp near overflow", math.exp, mpmath.exp, 709.7),
    ("sin", math.sin, mpmath.sin, 0.5),
    ("sin at 1e-8", math.sin, mpmath.sin, 1e-8),
    ("sin at 1e8", math.sin, mpmath.sin, 1e8),
    ("cos at its top", math.cos, mpmath.cos, 0.0),
    ("log at 1e-6", math.log, mpmath.log, 1e-6),
    ("log at 1e-8", math.log, mpmath.log, 1e-8),
    ("log at 1e-300", math.log, mpmath.log, 1e-300),
    ("log at 1e8", math.log, mpmath.log, 1e8),
    ("sqrt at 1e-8", math.sqrt, mpmath.sqrt, 1e-8),
    ("x**20", lambda x: x**20, lambda x: x**20, 1.3),
    ("x**20 near 0", lambda x: x**20, lambda x: x**20, 0.01),
    ("x**3.7", lambda x: math.pow(x, 3.7), lambda x: x ** mpmath.mpf(3.7), 0.02),
    ("1/(x-1) at 1.001", lambda x: 1.0 / (x - 1.0), lambda x: 1 / (x - 1), 1.001),
    ("1/x at 1e-14", lambda x: 1.0 / x, lambda x: 1 / x, 1e-14),
    ("tan near its pole", math.tan, mpmath.tan, 1.57),
    ("asin near its end", math.asin, mpmath.asin, 0.9999),
    ("tanh, flat", math.tanh, mpmath.tanh, 20.0),
    ("a steep step", lambda x: math.atan(1e5 * (x - 0.5)), lambda x: mpmath.atan(1e5 * (x - 0.5)), 0.50001),
    ("Runge's function", lambda x: 1.0 / (1.0 + 25.0 * x * x), lambda x: 1 / (1 + 25 * x * x), 0.3),
    ("a Gaussian's tail", lambda x: math.exp(-x * x), lambda x: mpmath.exp(-x * x), 6.0),
    ("lgamma near its pole", math.lgamma, lambda x: mpmath.log(abs(mpmath.gamma(x))), 0.01),
    ("a large constant", lambda x: 1e10 + math.sin(x), mpmath.sin, 1.0),
]


def at(f):
    """Give NaN where math raises."""

    def guarded(x):
        try:
            return f(x)
        except (ValueError, ArithmeticError):
            return math.nan

    return guarded


def derivative(f, x):
    with mpmath.workdps(60):
        return float(mpmath.diff(f, mpmath.mpf(x), h=mpmath.mpf(10) ** -25 * min(1, abs(x) or 1)))


def found(f, x, noise=0.0):
    return slope(at(f), x, f(x), noise)


@pytest.mark.parametrize(("f", "exact", "x"), [row[1:] for row in SMOOTH], ids=[row[0] for row in SMOOTH])
def test_the_slope_is_within_its_error(f, exact, x):
    result = found(f, x)
    assert result.kind == "smooth"
    assert abs(result.value - derivative(exact, x)) <= result.error


@pytest.mark.parametrize(("f", "exact", "x"), [row[1:] for row in SMOOTH[:-1]], ids=[row[0] for row in SMOOTH[:-1]])
def test_the_error_is_small(f, exact, x):
    result = found(f, x)
    assert result.error <= 1e-9 * abs(derivative(exact, x)) + 1e-13


@pytest.mark.parametrize(("f", "exact", "x"), [row[1:] for row in SMOOTH], ids=[row[0] for row in SMOOTH])
def test_evaluations_are_counted(f, exact, x):
    calls = []
    result = slope(lambda y: calls.append(y) or at(f)(y), x, f(x))
    assert result.evaluations == len(calls)


@pytest.mark.parametrize("x", [-3.0, -0.4, 0.0, 0.7, 2.0, 12.0])
@pytest.mark.parametrize("f", [math.exp, math.sin, math.tanh, math.atan, math.erf, math.cosh, lambda x: x**5 - x])
def test_a_smooth_function_takes_at_most_20_evaluations(f, x):
    assert found(f, x).evaluations <= 20


@pytest.mark.parametrize("k", range(6))
def test_a_period_that_fits_a_step_does_not_look_flat(k):
    period = 0.1 * RATIO**-k
    result = found(lambda x: math.sin(2.0 * math.pi * x / period), 0.0)
    assert abs(result.value - 2.0 * math.pi / period) <= result.error <= 1e-6 / period


def test_ripples_far_smaller_than_the_first_steps_are_seen():
    result = found(lambda x: x + 1e-6 * math.sin(1e6 * x), 0.0)
    assert abs(result.value - 2.0) <= result.error < 1e-6


def noise(x):
    """A number from -0.5 to 0.5 that looks random, the same for the same x."""
    return zlib.crc32(struct.pack("d", x)) / 2**32 - 0.5


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6])
def test_noise_that_was_not_given_is_measured(size):
    points = [0.02 * k + 0.001 for k in range(150)]
    results = [found(lambda x: math.sin(x) + size * noise(x), x) for x in points]
    missed = [x for x, r in zip(points, results, strict=True) if not abs(r.value - math.cos(x)) <= 4.0 * r.error]
    assert not missed
    assert sum(r.error < 1e4 * size for r in results) > 0.95 * len(results)


def test_a_function_in_single_precision_has_the_slope_of_its_stairs():
    def single(x):
        return struct.unpack("f", struct.pack("f", math.sin(x)))[0]

    for x in (0.3, 0.7, 1.1, 1.9, 2.6):
        result = found(single, x)
        assert abs(result.value - math.cos(x)) <= 4.0 * result.error < 1e-3


def test_noise_that_is_known_widens_the_estimate():
    quiet, loud = found(math.exp, 1.0), found(math.exp, 1.0, noise=1e-6)
    assert quiet.error < 1e-11
    assert 1e-6 < loud.error < 1e-3


KINKS = [
    ("abs", abs, 0.0, -1.0, 1.0),
    ("abs at 1e-8", lambda x: abs(x - 1e-8), 1e-8, -1.0, 1.0),
    ("abs at 1e8", lambda x: 1000.0 * abs(x - 1e8), 1e8, -1000.0, 1000.0),
    ("relu", lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
    ("relu beside 1", lambda x: max(x, 0.0) + 1.0, 0.0, 0.0, 1.0),
    ("relu(x - 1)", lambda x: max(x - 1.0, 0.0), 1.0, 0.0, 1.0),
    ("relu, bent", lambda x: max(x, 0.0) * math.exp(x) + x, 0.0, 1.0, 2.0),
    ("hypot", lambda x: math.hypot(x, 0.0), 0.0, -1.0, 1.0),
    ("the end of a clip", lambda x: min(max(x, 0.0), 1.0), 1.0, 1.0, 0.0),
    ("a kink of 1e-7", lambda x: x + 1e-7 * abs(x), 0.0, 1.0 - 1e-7, 1.0 + 1e-7),
]


@pytest.mark.parametrize(("f", "x", "left", "right"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS])
def test_a_kink_has_two_slopes(f, x, left, right):
    result = found(f, x)
    assert result.kind == "kink"
    assert (result.left, result.right) == pytest.approx((left, right), rel=1e-7, abs=1e-9)
    assert result.value == pytest.approx(0.5 * (left + right), abs=1e-7)
    assert result.error >= 0.5 * abs(right - left)


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12, 1e-30])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_kink_beside_the_point_is_not_a_kink_at_it(distance, side):
    result = found(lambda x: max(x, 0.0) + 3.0 * x, side * distance)
    assert result.kind == "smooth"
    assert abs(result.value - (4.0 if side > 0 else 3.0)) <= result.error < 1e-9


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
def test_a_kink_beside_the_point_is_not_a_kink_at_it_with_a_constant_added(distance):
    result = found(lambda x: max(x, 0.0) + 1.0, distance)
    assert result.kind == "smooth"
    assert abs(result.value - 1.0) <= result.error < 1e-13 / distance


@pytest.mark.parametrize("distance", [1e-1, 1e-3, 1e-6])
def test_a_jump_beside_the_point_is_not_a_jump_at_it(distance):
    result = found(lambda x: math.floor(x) + x, 3.0 - distance)
    assert result.kind == "smooth"
    assert abs(result.value - 1.0) <= result.error < 1e-13 / distance


SMOOTH_AFTER_ALL = [
    ("relu squared", lambda x: max(x, 0.0) ** 2, 0.0),
    ("relu cubed", lambda x: max(x, 0.0) ** 3, 0.0),
    ("abs squared", lambda x: abs(x) ** 2, 0.0),
    ("abs to 1.5", lambda x: abs(x) ** 1.5, 0.0),
    ("relu to 1.5", lambda x: max(x, 0.0) ** 1.5, 0.0),
    ("relu times 0", lambda x: max(x, 0.0) * 0.0, 0.0),
    ("a constant", lambda x: 3.0, 0.0),
    ("elu", lambda x: x if x > 0 else math.expm1(x), 1.0),
    ("leaky relu of slope 1", lambda x: x if x > 0 else 1.0 * x, 1.0),
]


@pytest.mark.parametrize(("f", "expected"), [r[1:] for r in SMOOTH_AFTER_ALL], ids=[r[0] for r in SMOOTH_AFTER_ALL])
def test_pieces_that_meet_with_one_slope_are_smooth(f, expected):
    result = found(f, 0.0)
    assert result.kind == "smooth"
    assert abs(result.value - expected) <= result.error < 1e-12


@pytest.mark.parametrize("power", [1.3, 1.1, 1.05, 1.02])
@pytest.mark.parametrize("slope_beside", [0.0, 1.0])
@pytest.mark.parametrize("f", [abs, lambda x: max(x, 0.0)], ids=["abs", "relu"])
def test_sides_that_meet_as_a_power_of_the_step_are_smooth_however_slowly(f, slope_beside, power):
    result = found(lambda x: f(x) ** power + slope_beside * x, 0.0)
    assert result.kind == "smooth"
    assert abs(result.value - slope_beside) <= result.error < 5e-2


# Functions that explode within the first steps: each once gave a slope that was exact to few digits, or none.
EXPLODING = [
    ("of finest steps", lambda x, m: m.sqrt(17357.855501361708 * x + 2.59) + 300.0 * m.expm1(13005.3 * x), 4.183e-6),
    (
        "of a ladder begun far away",
        lambda x, m: 6.8 * m.cos(387.47 * x + 1.97) + 2.6 * m.sinh(23789.8 * x - 16.7),
        6.1e-4,
    ),
    ("of a slope at a point", lambda x, m: m.expm1(-19812.9 * x - 1.9) + m.sin(-90362.0 * x + 1.15), -6.3e-6),
]


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in EXPLODING], ids=[row[0] for row in EXPLODING])
def test_a_function_that_explodes_not_far_away_is_judged_by_what_it_does_close_by(f, x):
    result = found(lambda x: f(x, math), x)
    expected = derivative(lambda x: f(x, mpmath), x)
    assert abs(result.value - expected) <= result.error < 1e-9 * abs(expected)


NONE = [
    ("sign", lambda x: (x > 0) - (x < 0.0), 0.0, "jump"),
    ("step", lambda x: float(x > 0), 0.0, "jump"),
    ("floor", lambda x: x // 1.0, 3.0, "jump"),
    ("ceil", lambda x: -(-x // 1.0), 3.0, "jump"),
    ("a jump on a slope", lambda x: x + 1e-6 * (x > 0), 0.0, "jump"),
    ("atan2 where it turns", lambda x: math.atan2(x, -1.0), 0.0, "jump"),
    ("sqrt", math.sqrt, 0.0, "edge"),
    ("sqrt(x - 1)", lambda x: math.sqrt(x - 1.0), 1.0, "edge"),
    ("asin", math.asin, 1.0, "edge"),
    ("acosh", math.acosh, 1.0, "edge"),
    ("x**1.5", lambda x: math.pow(x, 1.5), 0.0, "edge"),
    ("cbrt", math.cbrt, 0.0, "steep"),
    ("cbrt(x - 1)", lambda x: math.cbrt(x - 1.0), 1.0, "steep"),
    ("sqrt of abs", lambda x: math.sqrt(abs(x)), 0.0, "steep"),
]


@pytest.mark.parametrize(("f", "x", "kind"), [row[1:] for row in NONE], ids=[row[0] for row in NONE])
def test_the_kind_says_why_there_is_no_slope(f, x, kind):
    result = found(f, x)
    assert (result.kind, result.error) == (kind, math.inf)


def test_an_infinite_slope_has_its_sign():
    assert (found(lambda x: -math.cbrt(x), 0.0).left, found(lambda x: math.sqrt(abs(x)), 0.0).left) == (
        -math.inf,
        -math.inf,
    )


def test_one_side_of_a_jump_may_have_a_slope():
    result = found(lambda x: 2.0 * x + (x > 0), 0.0)
    assert (result.left, result.right) == (pytest.approx(2.0), math.inf)


def test_a_slope_that_grows_without_end_is_not_settled():
    assert found(lambda x: x * math.log(abs(x)) if x else 0.0, 0.0).kind == "unsettled"
