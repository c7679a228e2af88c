"""Elementary functions from arithmetic alone: their polynomials, their constants, and their edges."""

import math
import struct
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd.compiler.llvm import portable_math

pytest.importorskip("llvmlite")


def test_polynomials_are_within_their_bound():
    def relative(function, polynomial):
        return abs(polynomial / function - 1) if function else 0

    def value(x, coefficients):
        return sum(c * x**i for i, c in enumerate(map(mpf, coefficients)))

    with mp.workprec(200):
        for i in range(-200, 201):
            r, s, t = mpf("0.34665") * i / 200, mp.sqrt(mpf("0.02945")) * i / 200, mpf("1.571") * i / 200
            bounds = [
                relative(mp.expm1(r), r + r * r * value(r, portable_math.EXPONENTIAL)),
                relative(2 * mp.atanh(s), 2 * s + s**3 * value(s * s, portable_math.LOGARITHM)),
                relative(mp.sin(t), t + t**3 * value(t * t, portable_math.SINE)),
            ]
            assert max(bounds) < mpf(2) ** -59


def test_split_constants_add_up():
    with mp.workprec(200):
        for whole, parts in [
            (mp.ln2, (portable_math.LN2_HIGH, portable_math.LN2_LOW)),
            (mp.log10(2), (portable_math.LOG10_2_HIGH, portable_math.LOG10_2_LOW)),
            (mp.pi, (portable_math.PI_HIGH, portable_math.PI_MIDDLE, portable_math.PI_LOW)),
        ]:
            assert abs(whole - sum(map(mpf, parts))) <= math.ulp(parts[-1]) / 2
            assert all(int(math.frexp(part)[0] * 2**53) % 2**20 == 0 for part in parts[:-1])


def bits(numbers):
    """Return numbers so that == means the same bits, all NaN alike."""
    return ["nan" if x != x else x.hex() for x in numbers]


@given(st.lists(st.floats(-(2.0**51) + 1.0, 2.0**51 - 1.0), min_size=1, max_size=8))
def test_the_integer_next_to_a_number_is_pythons_also_halfway(run_vectors, xs):
    xs = [*xs, *[math.floor(x) + 0.5 for x in xs if abs(x) < 2.0**40]]
    rounded = run_vectors(lambda x: portable_math.round_to_integer(x)[0], xs)
    assert rounded == [float(round(x)) for x in xs]
    low = run_vectors(lambda x: portable_math.round_to_integer(x)[1].to("and", 2**20 - 1), xs)
    assert low == [round(x) % 2**20 for x in xs]


def test_powers_of_two_are_exact_down_to_the_one_that_is_0(run_vectors):
    ks = [float(k) for k in (*range(-1023, -1000), *range(-9, 9), *range(1000, 1024))]
    found = run_vectors(lambda k: portable_math.power_of_two(portable_math.round_to_integer(k)[1]), ks)
    assert found == [0.0, *[2.0**k for k in ks[1:]]]


@given(st.lists(st.floats(), min_size=1, max_size=8))
def test_a_size_and_its_sign_are_those_of_any_number(run_vectors, xs):
    def write(x):
        return portable_math.with_sign(portable_math.magnitude(x), x)

    assert bits(run_vectors(portable_math.magnitude, xs)) == bits(map(abs, xs))
    assert [struct.pack("d", x) for x in run_vectors(write, xs)] == [struct.pack("d", x) for x in xs]
    signs = run_vectors(lambda x: portable_math.with_sign(x.filled(2.5), x), xs)
    assert signs == [math.copysign(2.5, x) for x in xs]


@given(st.lists(st.floats(), min_size=1, max_size=8))
def test_a_limited_number_is_within_its_limits_unless_it_is_nan(run_vectors, xs):
    found = run_vectors(partial(portable_math.limited, low=-3.0, high=2.5), xs)
    assert bits(found) == bits([x if x != x else min(max(x, -3.0), 2.5) for x in xs])


@given(st.lists(st.floats(2.2250738585072014e-308, allow_infinity=False), min_size=1, max_size=8))
def test_a_normal_number_is_a_power_of_two_times_one_next_to_1(run_vectors, xs):
    exponents = run_vectors(lambda x: portable_math.normalized(x)[0], xs)
    fractions = run_vectors(lambda x: portable_math.normalized(x)[1], xs)
    assert [math.ldexp(1.0 + f, int(k)) for k, f in zip(exponents, fractions, strict=True)] == xs
    assert all(0.5**0.5 <= 1.0 + f <= 2.0**0.5 for f in fractions)


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=8), st.lists(st.integers(-8, 8), min_size=1, max_size=4))
def test_a_polynomial_has_its_lowest_coefficient_first(run_vectors, coefficients, xs):
    """With small whole numbers every step is exact."""
    found = run_vectors(partial(portable_math.polynomial, coefficients=tuple(map(float, coefficients))), xs)
    assert found == [sum(c * x**k for k, c in enumerate(coefficients)) for x in xs]


@pytest.mark.parametrize("name", portable_math.PARTIAL_FORMULAS)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_what_is_left_to_libm_is_what_is_too_large_and_the_rest_is_right(run_vectors, name, xs):
    def write(x):
        result, large = portable_math.PARTIAL_FORMULAS[name](x)
        return large.where(x.filled(math.inf), result)

    for x, found in zip(xs, run_vectors(write, xs), strict=True):
        assert math.isinf(found) == (abs(x) > portable_math.TURNS)
        if not math.isinf(found):
            assert abs(found - getattr(math, name)(x)) <= 4.0 * math.ulp(getattr(math, name)(x))
