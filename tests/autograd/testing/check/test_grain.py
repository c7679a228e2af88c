"""The grain of a function: found for noise of any size, and next to nothing for a smooth function."""

import math
from random import Random

import numpy as np
import pytest

from autograd.testing.check.grain import grain, unit


@pytest.mark.parametrize("f", [math.exp, math.sin, lambda t: 1.0 / (1.1 + t), lambda t: 1e8 + math.sin(t), math.cos])
def test_a_smooth_function_has_the_grain_of_its_last_digits(f):
    assert grain(f).size <= 16.0 * math.ulp(f(0.0))


@pytest.mark.parametrize("f", [abs, np.cbrt, np.sqrt, lambda t: 1.0 * (t > 0.0)])
def test_a_kink_a_jump_or_an_infinite_slope_at_the_point_is_no_grain(f):
    assert grain(f).size <= 1e-15


@pytest.mark.parametrize("size", [1e-12, 1e-8, 1e-3])
def test_noise_is_measured(size):
    noise = Random(0)
    found = grain(lambda t: math.exp(t) + noise.uniform(-size, size)).size
    assert size < found < 5.0 * size


def test_single_precision_is_met_with_steps_that_it_resolves():
    found = grain(lambda t: float(np.float32(math.exp(t))))
    assert found.step > 1e-9
    assert 3e-8 < found.size < 5e-7


def test_a_constant_has_none():
    assert grain(lambda t: 3.0) == (0.0, 0.0)


@pytest.mark.parametrize("x", [1e-300, 0.1, 1.0, 3.7, -1e8])
def test_steps_in_units_are_exact(x):
    assert (x + 112 * 2.0**-46 * unit(x)) - x == 112 * 2.0**-46 * unit(x)


@pytest.mark.parametrize("width", [1.3717 * 2.0**-22, 1.3717 * 2.0**-23, 2.0**-25, 1e-6])
def test_stairs_are_seen_even_where_each_step_takes_as_many_of_them(width):
    found = grain(lambda t: math.floor(t / width) * width).size
    assert width / 8.0 <= found <= 16.0 * width
