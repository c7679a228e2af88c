"""Elementary functions from arithmetic alone: their polynomials, their constants, and their edges."""

import math

import pytest
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
