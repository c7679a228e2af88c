"""How far rounding moves a function and its derivative, against the same in 60 digits."""

import math

import mpmath
import pytest

import autograd
from autograd.testing.check.rounding import noise
from autograd.testing.check.subject import subject


def noise_of(f, *args):
    return noise(subject(f, args, "a test").record())


FUNCTIONS = [
    ("versine", lambda x, m: (1.0 - m.cos(x)) / x**2, [1e-2, 1e-4, 1e-6, 1e-9]),
    ("a difference of squares", lambda x, m: x**2 - (x - 1e-6) ** 2, [1.0, 1e3, 1e6]),
    ("a large argument", lambda x, m: m.sin(1e6 * x), [0.3, 0.7, 0.9]),
    ("tanh, flat", lambda x, m: m.tanh(3.0 * x), [3.0, 5.0]),
    ("nothing special", lambda x, m: m.exp(m.sin(x)) / (1.0 + x**2), [0.3, 2.0]),
]


@pytest.mark.parametrize(("f", "x"), [(f, x) for _, f, xs in FUNCTIONS for x in xs])
def test_the_error_of_value_and_gradient_is_within_a_few_times_the_noise(f, x):
    found = noise_of(lambda x: f(x, autograd), x)
    with mpmath.workdps(60):
        value = float(f(mpmath.mpf(x), mpmath))
        slope = float(mpmath.diff(lambda y: f(y, mpmath), mpmath.mpf(x)))
    ours = f(autograd.Value(x), autograd).data
    gradient = autograd.grad(lambda x: f(x, autograd))(x)
    assert abs(ours - value) <= 4.0 * found.value + math.ulp(value)
    assert abs(gradient - slope) <= 4.0 * found.gradient[0] + math.ulp(slope)


def test_noise_is_no_more_than_rounding_can_be():
    found = noise_of(lambda x: autograd.exp(autograd.sin(x)), 0.7)
    assert 0.0 < found.value < 1e-15
    assert 0.0 < found.gradient[0] < 2e-15


def test_a_sum_rounds_at_the_size_of_its_terms():
    assert 1e-6 < noise_of(lambda x: autograd.sum([1e10, x, -1e10]), 0.3).value < 1e-4


def test_a_number_absorbed_by_a_larger_one_is_rounded_off_not_copied():
    assert noise_of(lambda x: autograd.log(1.0 + autograd.exp(x)), -40.0).value == pytest.approx(2.2e-16, rel=0.1)
    assert noise_of(lambda x: (1e16 + x * x) - 1e16, 0.5).value == pytest.approx(2.0)
    assert noise_of(lambda x: 1.0 - autograd.hypot(1.0, x), 1e-9).value > 1e-16


def test_copies_and_constants_are_exact():
    assert noise_of(lambda x: autograd.relu(x) + autograd.maximum(x, -1e9) - abs(x), 0.0).value == 0.0
    assert noise_of(lambda x: autograd.acos(autograd.step(x)) + x * 0.0, 0.7).value == 0.0


def test_a_jump_close_by_is_not_noise():
    assert noise_of(lambda x: autograd.floor(3.0 * x), 1.0).value == 0.0


def test_it_is_the_same_each_time():
    def f(x):
        return autograd.sin(1e3 * x) / x

    assert noise_of(f, 0.7) == noise_of(f, 0.7)


def test_a_rule_that_raises_beside_the_point_is_not_a_failure():
    picky = autograd.Op("picky", math.asin, lambda x, z: (1.0 / math.sqrt(1.0 - x * x) if x < 1.0 else 1.0 / 0.0,))
    noise_of(lambda x: autograd.apply(picky, 0.1 * x), 10.0 * math.nextafter(1.0, 0.0))
