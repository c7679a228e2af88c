import math
import random
import statistics
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, topological
from autograd.reductions import dot_node

TO_A_NUMBER = ["sum", "mean", "prod", "norm", "max", "min", "logsumexp", "variance"]
TO_A_LIST = ["softmax", "log_softmax"]
each = pytest.mark.parametrize("name", TO_A_NUMBER)
each_list = pytest.mark.parametrize("name", TO_A_LIST)

numbers = st.lists(st.floats(-100.0, 100.0).map(lambda x: round(x, 6)), min_size=1, max_size=8)

FORMULAS = {
    "sum": math.fsum,
    "mean": statistics.fmean,
    "prod": math.prod,
    "norm": lambda xs: math.sqrt(math.fsum(x * x for x in xs)),
    "max": max,
    "min": min,
    "logsumexp": lambda xs: max(xs) + math.log(math.fsum(math.exp(x - max(xs)) for x in xs)),
    "variance": statistics.pvariance,
}


def gradient(name, xs):
    inputs = [Value(x) for x in xs]
    getattr(autograd, name)(inputs).backward()
    return [x.grad for x in inputs]


# What they are.


@each
@given(xs=numbers)
def test_a_reduction_is_what_its_name_says(name, xs):
    size = max(1.0, *map(abs, xs)) ** (len(xs) if name == "prod" else 2)
    assert getattr(autograd, name)(xs) == pytest.approx(FORMULAS[name](xs), rel=1e-12, abs=1e-13 * size)


@each
@given(xs=numbers)
def test_its_derivative_agrees_with_finite_differences(name, xs):
    xs = [x / 50.0 + k * 0.01 for k, x in enumerate(xs)]
    f = getattr(autograd, name)
    if name in ("max", "min"):
        assume(len(xs) == 1 or abs(sorted(xs)[0] - sorted(xs)[1]) > 1e-4 < abs(sorted(xs)[-1] - sorted(xs)[-2]))
    if name == "norm":
        assume(max(map(abs, xs)) > 0.1)
    h = 1e-5
    for i, slope in enumerate(gradient(name, xs)):
        high, low = [*xs[:i], xs[i] + h, *xs[i + 1 :]], [*xs[:i], xs[i] - h, *xs[i + 1 :]]
        assert slope == pytest.approx((f(high) - f(low)) / (2 * h), rel=1e-6, abs=1e-6)


@each
def test_floats_in_give_a_float_and_a_value_among_them_a_value(name):
    f = getattr(autograd, name)
    assert type(f([1.0, 2, np.float32(3.0), True])) is float
    for place in range(3):
        mixed = [1.0, 2.0, 3.0]
        mixed[place] = Value(mixed[place])
        assert type(f(mixed)) is Value
        assert f(mixed).data == f([1.0, 2.0, 3.0])


@each
def test_any_iterable_is_taken(name):
    f = getattr(autograd, name)
    expected = f([1.0, 2.0, 4.0])
    assert (
        f((1.0, 2.0, 4.0))
        == f(x for x in (1.0, 2.0, 4.0))
        == f(np.array([1.0, 2.0, 4.0]))
        == f({1.0: 0, 2.0: 0, 4.0: 0})
        == expected
    )
    array = np.array([Value(1.0), Value(2.0), Value(4.0)])
    assert f(array).data == f(iter(array)).data == expected


@each
def test_one_number_is_a_sequence_too(name):
    expected = {"variance": 0.0, "norm": 3.0}.get(name, -3.0)
    assert getattr(autograd, name)([-3.0]) == expected
    assert getattr(autograd, name)([Value(-3.0)]).data == expected


@each
@pytest.mark.parametrize("thing", ["1", None, 1j, [1.0]], ids=lambda x: type(x).__name__)
def test_an_element_that_is_not_a_number_is_a_type_error(name, thing):
    with pytest.raises(TypeError, match="number"):
        getattr(autograd, name)([1.0, thing])


@each
def test_a_number_alone_is_a_type_error(name):
    with pytest.raises(TypeError):
        getattr(autograd, name)(3.0)
    with pytest.raises(TypeError):
        getattr(autograd, name)(Value(3.0))


def test_the_empty_sum_is_zero_and_the_empty_product_one():
    assert autograd.sum([]) == 0.0
    assert type(autograd.sum([])) is float
    assert autograd.prod([]) == 1.0
    assert type(autograd.prod(())) is float
    assert autograd.norm([]) == 0.0


@pytest.mark.parametrize("name", ["mean", "max", "min", "logsumexp", "variance", "softmax", "log_softmax"])
def test_an_empty_sequence_for_a_reduction_that_needs_numbers_is_a_value_error_that_names_it(name):
    for empty in ([], (), iter([]), np.zeros(0)):
        with pytest.raises(ValueError, match=rf"{name}\b.*(empty|at least)"):
            getattr(autograd, name)(empty)


@pytest.mark.parametrize("name", ["sum", "prod", "norm", "max", "min", "logsumexp"])
def test_a_reduction_is_one_node(name):
    xs = [Value(float(k)) for k in range(1, 6)]
    y = getattr(autograd, name)(xs)
    assert len(topological(y)) == 6
    assert y.op.name == name
    assert all(a is b for a, b in zip(y.inputs, xs, strict=True))


@given(numbers)
def test_a_permutation_of_numbers_permutes_gradients(xs):
    order = random.Random(len(xs)).sample(range(len(xs)), len(xs))
    for name in TO_A_NUMBER:
        straight, crossed = gradient(name, xs), gradient(name, [xs[k] for k in order])
        assert crossed == pytest.approx([straight[k] for k in order], rel=1e-9, abs=1e-9)


# Edges.


@each
def test_nan_goes_through(name):
    assert isnan(getattr(autograd, name)([1.0, nan, 2.0]))
    assert isnan(getattr(autograd, name)([Value(nan), 2.0]).data)


@each
def test_infinite_numbers_raise_nothing(name):
    for xs in ([inf, 1.0], [-inf, 1.0], [inf, -inf], [inf, inf], [-inf, -inf], [1e308, 1e308], [inf], [-inf]):
        result = getattr(autograd, name)([Value(x) for x in xs])
        result.backward()
        assert type(result.data) is float


def test_a_norm_neither_overflows_nor_underflows():
    assert autograd.norm([3e200, 4e200]) == pytest.approx(5e200, rel=1e-15)
    assert autograd.norm([3e-200, 4e-200]) == pytest.approx(5e-200, rel=1e-15)
    assert gradient("norm", [3e200, 4e200]) == pytest.approx([0.6, 0.8], rel=1e-15)
    assert gradient("norm", [3e-320, 4e-320]) == pytest.approx([0.6, 0.8], rel=1e-3)


def test_a_product_with_zeros_has_exact_derivatives():
    assert gradient("prod", [0.0, 2.0, 5.0]) == [10.0, 0.0, 0.0]
    assert gradient("prod", [0.0, 0.0, 5.0]) == [0.0, 0.0, 0.0]
    assert autograd.hessian(autograd.prod)([0.0, 0.0, 5.0]) == [[0.0, 5.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_long_product_is_differentiated_in_linear_time():
    assert gradient("prod", [1.0] * 20_000) == [1.0] * 20_000


def test_a_value_repeated_in_a_sum_counts_each_time():
    x = Value(2.0)
    autograd.sum([x, x, x * x]).backward()
    assert x.grad == 6.0


# variance.


@given(st.lists(st.floats(-10.0, 10.0), min_size=2, max_size=8))
def test_variance_is_numpys(xs):
    for ddof in (0, 1):
        assert autograd.variance(xs, ddof=ddof) == pytest.approx(float(np.var(xs, ddof=ddof)), rel=1e-12, abs=1e-13)


def test_variance_keeps_its_digits_far_from_zero():
    assert autograd.variance([1e8 + 1.0, 1e8 + 2.0, 1e8 + 3.0]) == pytest.approx(2.0 / 3.0, rel=1e-15)
    assert gradient("variance", [1e8 + 1.0, 1e8 + 2.0, 1e8 + 3.0]) == pytest.approx(
        [-2.0 / 3.0, 0.0, 2.0 / 3.0], abs=1e-14
    )


@pytest.mark.parametrize(("count", "ddof"), [(1, 1), (2, 2), (2, 5)])
def test_variance_of_too_few_numbers_is_a_value_error_that_counts_them(count, ddof):
    with pytest.raises(ValueError, match=f"ddof={ddof}.*{ddof + 1}.*{count}"):
        autograd.variance([1.0] * count, ddof)


# softmax and log_softmax.


@given(numbers)
def test_softmax_is_positive_and_sums_to_one(xs):
    shares = autograd.softmax(xs)
    assert type(shares) is list
    assert math.fsum(shares) == pytest.approx(1.0, rel=1e-14)
    assert all(share >= 0.0 for share in shares)
    assert [share.data for share in autograd.softmax(map(Value, xs))] == shares


@given(numbers)
def test_log_softmax_is_the_logarithm_of_softmax(xs):
    for log_share, share in zip(autograd.log_softmax(xs), autograd.softmax(xs), strict=True):
        assert math.exp(log_share) == pytest.approx(share, rel=1e-12)


@given(numbers)
def test_the_jacobian_of_softmax_is_that_of_the_formula(xs):
    shares = autograd.softmax(xs)
    for i, row in enumerate(autograd.jacobian(autograd.softmax)(xs)):
        expected = [shares[i] * ((i == j) - shares[j]) for j in range(len(xs))]
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(numbers)
def test_the_jacobian_of_log_softmax_is_that_of_the_formula(xs):
    shares = autograd.softmax(xs)
    for i, row in enumerate(autograd.jacobian(autograd.log_softmax)(xs)):
        assert row == pytest.approx([(i == j) - shares[j] for j in range(len(xs))], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("offset", [0.0, 1000.0, -1000.0, 1e300])
def test_softmax_is_the_same_anywhere(offset):
    assert autograd.softmax([offset, offset]) == [0.5, 0.5]
    assert autograd.log_softmax([offset, offset]) == pytest.approx([-math.log(2.0)] * 2, rel=1e-15)
    assert grad(lambda xs: autograd.softmax(xs)[0])([offset, offset]) == [0.25, -0.25]


def test_the_published_softmax_example():
    assert [round(share, 8) for share in autograd.softmax([5.0, 3.0, 1.0])] == [0.86681333, 0.11731043, 0.01587624]


def test_log_softmax_keeps_the_digits_of_small_probabilities():
    assert autograd.log_softmax([1000.0, 0.0]) == [0.0, -1000.0]
    assert autograd.log_softmax([50.0, 0.0])[0] == pytest.approx(-math.exp(-50.0), rel=1e-14)


@each_list
def test_a_list_takes_values_and_floats_mixed(name):
    f = getattr(autograd, name)
    results = f([Value(1.0), 2.0, 3])
    assert [r.data for r in results] == f([1.0, 2.0, 3.0])
    assert all(type(r) is Value for r in results)


@each_list
def test_second_derivatives_of_a_list_are_symmetric_and_sum_to_zero(name):
    """Adding a constant to every input changes nothing, to any order."""
    hessian = np.array(autograd.hessian(lambda xs: getattr(autograd, name)(xs)[0])([0.5, -0.25, 1.0]))
    assert hessian == pytest.approx(hessian.T, abs=1e-15)
    assert hessian.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-15)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_logsumexp_has_softmax_for_a_gradient(size):
    xs = [0.3 * k * (-1) ** k for k in range(size)]
    assert grad(autograd.logsumexp)(xs) == pytest.approx(autograd.softmax(xs), rel=1e-14)


def test_logsumexp_far_from_zero_has_a_gradient_that_sums_to_one():
    for offset in (1e4, 1e8, 1e12, 1e16, -1e16):
        assert sum(gradient("logsumexp", [offset, offset, offset])) == pytest.approx(1.0, rel=1e-11)


# dot.


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), max_size=8), st.floats(-1e3, 1e3))
def test_dot_is_bias_plus_the_sum_of_products(pairs, bias):
    weights, inputs = [w for w, _ in pairs], [x for _, x in pairs]
    y = autograd.dot(weights, inputs, bias)
    assert y == pytest.approx(math.fsum([bias, *[w * x for w, x in pairs]]), rel=1e-12, abs=1e-9)
    ws, xs, b = [Value(w) for w in weights], [Value(x) for x in inputs], Value(bias)
    z = autograd.dot(ws, xs, b)
    z.backward()
    assert z.data == y
    assert [w.grad for w in ws] == inputs
    assert [x.grad for x in xs] == weights
    assert b.grad == 1.0


def test_dot_is_one_node():
    ws, xs, b = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], Value(0.5)
    y = autograd.dot(ws, xs, b)
    assert len(topological(y)) == 6
    assert y.op.name == "dot"
    assert all(a is b for a, b in zip(y.inputs, [*ws, *xs, b], strict=True))


def test_the_bias_of_dot_is_zero_unless_given():
    assert autograd.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    assert autograd.dot([1.0], [2.0], bias=0.5) == autograd.dot([1.0], [2.0], 0.5) == 2.5
    assert autograd.dot([], []) == 0.0
    assert autograd.dot([], [], Value(2.0)).data == 2.0


@pytest.mark.parametrize("place", range(5))
def test_any_input_of_dot_may_be_the_only_value(place):
    flat = [2.0, 3.0, 5.0, 7.0, 11.0]
    flat[place] = x = Value(flat[place])
    y = autograd.dot(flat[:2], flat[2:4], flat[4])
    y.backward()
    assert y.data == 42.0
    assert x.grad == [5.0, 7.0, 2.0, 3.0, 1.0][place]
    assert len(topological(y)) == 2


def test_dot_takes_arrays_and_generators():
    w = Value(2.0)
    assert autograd.dot(np.array([1.0, 2.0]), np.array([3, 4])) == 11.0
    assert autograd.dot(np.array([w, w]), np.array([3.0, 4.0])).data == 14.0
    assert autograd.dot((w for _ in range(2)), iter([3.0, 4.0])).data == 14.0


@pytest.mark.parametrize(("left", "right"), [(1, 2), (2, 1), (0, 1), (3, 0)])
def test_unequal_lengths_in_dot_are_a_value_error_that_counts_both(left, right):
    for one in (1.0, Value(1.0)):
        with pytest.raises(ValueError, match=f"{left}.*{right}"):
            autograd.dot([one] * left, [1.0] * right)


def test_a_weight_of_dot_that_is_its_input_too_counts_twice():
    x = Value(3.0)
    autograd.dot([x, x], [x, 2.0], x).backward()
    assert x.grad == 6.0 + 2.0 + 1.0


def test_dot_differentiates_to_second_order():
    hessian = autograd.hessian(lambda v: autograd.dot(v[:2], v[2:], v[0]))([1.0, 2.0, 3.0, 4.0])
    assert hessian == [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]


def test_dot_of_long_vectors_works():
    draw = random.Random(0)
    ws, xs = [Value(draw.random()) for _ in range(100_000)], [draw.random() for _ in range(100_000)]
    y = autograd.dot(ws, xs)
    y.backward()
    assert y.data == pytest.approx(math.fsum(w.data * x for w, x in zip(ws, xs, strict=True)), rel=1e-12)
    assert [w.grad for w in ws] == xs


def test_the_node_of_a_neuron_is_dot_of_its_parts():
    weights, inputs, bias = (Value(2.0), Value(3.0)), (Value(5.0), 7.0), Value(11.0)
    y, z = dot_node(weights, inputs, bias), autograd.dot(weights, inputs, bias)
    assert (y.data, y.op) == (z.data, z.op)
    assert y.inputs == z.inputs
    y.backward()
    by_neuron = [weights[0].grad, weights[1].grad, inputs[0].grad, bias.grad]
    assert by_neuron == [5.0, 7.0, 2.0, 1.0]
    z.backward()
    assert [weights[0].grad, weights[1].grad, inputs[0].grad, bias.grad] == [2.0 * g for g in by_neuron]


def test_the_node_of_a_neuron_without_inputs_or_bias_works():
    assert dot_node((), (), 0.5).data == 0.5
    bias = Value(0.5)
    dot_node((), (), bias).backward()
    assert bias.grad == 1.0
