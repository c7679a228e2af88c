import math
import random
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.floats import branches

numbers = st.floats(allow_nan=False)
finite = st.floats(-1e6, 1e6)


@given(numbers)
def test_step_is_one_for_positive_numbers_alone(x):
    assert branches.step(x) == (1.0 if x > 0.0 else 0.0)
    assert type(branches.step(x)) is float


@given(numbers)
def test_relu_is_the_positive_part(x):
    assert branches.relu(x) == max(x, 0.0)


@given(st.lists(numbers, min_size=1, max_size=6))
def test_maximum_and_minimum_are_those_of_the_numbers(xs):
    assert branches.maximum(*xs) == max(xs)
    assert branches.minimum(*xs) == min(xs)


@given(st.lists(numbers, max_size=5), st.integers(0, 5))
def test_one_nan_among_the_numbers_makes_maximum_and_minimum_nan(xs, place):
    xs.insert(place, nan)
    assert isnan(branches.maximum(*xs))
    assert isnan(branches.minimum(*xs))


@pytest.mark.parametrize("f", [branches.step, branches.relu, lambda x: branches.clip(x, 0.0, 1.0)])
def test_nan_goes_through(f):
    assert isnan(f(nan))


@given(numbers, numbers, numbers)
def test_clip_limits_to_the_interval(x, low, high):
    clipped = branches.clip(x, low, high)
    assert clipped == min(max(x, low), high)
    if low <= high:
        assert low <= clipped <= high
    else:
        assert clipped == high


@pytest.mark.parametrize("bounds", [(nan, 1.0), (0.0, nan)])
def test_clip_with_a_nan_bound_is_nan(bounds):
    assert isnan(branches.clip(0.5, *bounds))


def test_clip_takes_infinite_bounds():
    assert branches.clip(3.0, -inf, inf) == 3.0
    assert branches.clip(-inf, 0.0, inf) == 0.0


@given(st.lists(st.tuples(finite, finite), max_size=20), finite)
def test_dot_is_the_sum_of_products_and_the_bias(pairs, bias):
    weights, inputs = [w for w, _ in pairs], [x for _, x in pairs]
    products = [w * x for w, x in pairs]
    exact = math.fsum([*products, bias])
    size = math.fsum([*map(abs, products), abs(bias)])
    assert branches.dot(weights, inputs, bias) == pytest.approx(exact, rel=0.0, abs=1e-14 * size + 1e-300)


def test_dot_of_nothing_is_the_bias():
    assert branches.dot([], [], 2.5) == 2.5
    assert branches.dot((), (), 0.0) == 0.0


def test_dot_follows_ieee_754():
    assert branches.dot([inf], [1.0], -1.0) == inf
    assert isnan(branches.dot([inf, -inf], [1.0, 1.0], 0.0))
    assert isnan(branches.dot([inf], [0.0], 0.0))
    assert isnan(branches.dot([1.0], [nan], 0.0))
    assert branches.dot([1e200], [1e200], 0.0) == inf
    assert branches.dot([1e200, 1.0], [-1e200, 2.0], 0.0) == -inf
    assert isnan(branches.dot([1.0], [inf], -inf))


def test_dot_returns_a_float_for_both_tuples_and_lists():
    draw = random.Random(0)
    weights, inputs = [draw.random() for _ in range(50)], [draw.random() for _ in range(50)]
    assert branches.dot(weights, inputs, 1.0) == branches.dot(tuple(weights), tuple(inputs), 1.0)
    assert type(branches.dot(weights, inputs, 1.0)) is float


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=6))
def test_rests_join_all_but_one(xs):
    assert branches.rests(xs, lambda x, y: x + y) == [sum(xs) - x for x in xs]
    assert branches.rests(xs[:1], lambda x, y: x + y) == [0.0]
