import math
import operator

import numpy as np
import pytest

from autograd import Value

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


# A gradient is never lost silently.


@pytest.mark.parametrize("f", [
    float, int, complex, math.sin, math.exp, math.sqrt, math.isnan, lambda v: math.pow(v, 2.0),
    lambda v: math.hypot(v, 1.0),
    lambda v: np.array([v], dtype=float), lambda v: np.array([v, v]).astype(np.float64), np.float64,
    lambda v: np.zeros(2).__setitem__(0, v),
    lambda v: math.fsum([v]),
], ids=lambda f: f.__name__)  # fmt: skip
def test_no_function_turns_a_value_into_a_float(f):
    with pytest.raises(TypeError):
        f(Value(2.0))


@pytest.mark.parametrize("f", [float, math.sin])
def test_the_error_of_float_says_what_to_use_instead(f):
    with pytest.raises(TypeError, match=r"\.data.*autograd\.sin"):
        f(Value(2.0))


# NumPy's object arrays.


def objects(*xs):
    array = np.empty(len(xs), dtype=object)
    array[:] = [Value(x) for x in xs]
    return array


NUMPY_NAMES = """
    exp expm1 exp2 log log1p log2 log10 sqrt cbrt square reciprocal sin cos tan arcsin arccos arctan sinh cosh tanh
    arcsinh arctanh absolute abs negative positive
"""


@pytest.mark.parametrize("name", NUMPY_NAMES.split())
def test_a_numpy_function_works_on_an_array_of_values(name):
    xs = (0.25, 0.75, 0.5)
    array = objects(*xs)
    result = getattr(np, name)(array)
    assert all(type(y) is Value for y in result)
    assert [y.data for y in result] == pytest.approx(getattr(np, name)(np.array(xs)).tolist(), rel=1e-15)
    sum(result).backward()
    for x, v in zip(xs, array, strict=True):
        h = 1e-6
        assert v.grad == pytest.approx((getattr(np, name)(x + h) - getattr(np, name)(x - h)) / (2 * h), abs=1e-8)


def test_arccosh_works_on_an_array_of_values():
    assert [y.data for y in np.arccosh(objects(2.0, 3.0))] == [math.acosh(2.0), math.acosh(3.0)]


@pytest.mark.parametrize(
    "name", ["arctan2", "hypot", "power", "maximum", "minimum", "add", "subtract", "multiply", "divide"]
)
def test_a_numpy_function_of_two_works_on_arrays_of_values(name):
    f = getattr(np, name)
    xs, ys = np.array([0.25, 1.75, 0.5]), np.array([1.5, 0.25, 2.0])
    left, right = objects(*xs), objects(*ys)
    result = f(left, right)
    assert all(type(z) is Value for z in result)
    assert [z.data for z in result] == pytest.approx(f(xs, ys).tolist(), rel=1e-15)
    sum(result).backward()
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        h = 1e-6
        assert left[i].grad == pytest.approx((f(x + h, y) - f(x - h, y)) / (2 * h), abs=1e-8)
        assert right[i].grad == pytest.approx((f(x, y + h) - f(x, y - h)) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("name", ["arctan2", "hypot"])
def test_a_numpy_function_of_two_takes_floats_on_the_right(name):
    array = objects(1.0, 2.0)
    result = getattr(np, name)(array, np.array([3.0, 4.0]))
    assert [z.data for z in result] == [getattr(np, name)(1.0, 3.0), getattr(np, name)(2.0, 4.0)]


def test_sign_of_an_array_of_values_is_that_of_the_numbers():
    assert list(np.sign(objects(-2.0, 0.0, 3.0))) == [-1, 0, 1]


def test_matrix_products_sums_and_means_work():
    w = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = objects(5.0, 6.0)
    y = w @ x
    assert [v.data for v in y] == [17.0, 39.0]
    total = y.sum() + (w * 2.0).mean() + np.dot(x, x) + np.array([1.0, 2.0]) @ x
    total.backward()
    assert [[v.grad for v in row] for row in w] == [[5.5, 6.5], [5.5, 6.5]]
    assert [v.grad for v in x] == [1.0 + 3.0 + 10.0 + 1.0, 2.0 + 4.0 + 12.0 + 2.0]


def test_a_value_meets_an_array_of_floats_elementwise():
    v = Value(2.0)
    for f in ARITHMETIC:
        for result, expected in (
            (f(v, np.array([1.0, 4.0])), [f(2.0, 1.0), f(2.0, 4.0)]),
            (f(np.array([1.0, 4.0]), v), [f(1.0, 2.0), f(4.0, 2.0)]),
        ):
            assert isinstance(result, np.ndarray)
            assert [y.data for y in result] == expected


def test_a_value_compares_with_an_array_elementwise():
    assert (Value(2.0) > np.array([1.0, 3.0])).tolist() == [True, False]
    assert (np.array([1.0, 3.0]) > Value(2.0)).tolist() == [False, True]


def test_norms_and_cumulative_sums_of_numpy_work():
    array = objects(3.0, 4.0)
    assert np.linalg.norm(array).data == 5.0
    assert [v.data for v in np.cumsum(array)] == [3.0, 7.0]
    assert np.prod(array).data == 12.0
    assert array.max() is array[1]
    assert np.argmax(array) == 1
    assert np.sort(objects(2.0, 1.0))[0].data == 1.0


# Formats, and names of micrograd.


def test_a_format_shows_the_number_and_an_empty_one_the_repr():
    v = Value(3.14159, label="pi")
    assert f"{v:.2f}" == "3.14"
    assert f"{v:>9.1e}" == "  3.1e+00"
    assert f"{v}" == f"{v:}" == repr(v)


def test_a_format_that_is_not_one_of_floats_is_refused_as_by_a_float():
    with pytest.raises(ValueError, match="Unknown format code 'd' for object of type 'float'"):
        f"{Value(3.0):d}"


@pytest.mark.parametrize(("name", "ours"), [("_prev", "inputs"), ("_op", "op"), ("_backward", "partials")])
def test_an_error_for_a_name_of_micrograd_says_what_to_use_here(name, ours):
    v = Value(2.0) * 3.0
    with pytest.raises(AttributeError, match=rf"a Value has no {name}.*v\..*{ours}"):
        getattr(v, name)
    with pytest.raises(AttributeError, match=ours):
        setattr(v, name, lambda: None)
    assert not hasattr(v, name)


def test_floor_and_ceil_of_the_math_module_count():
    assert (math.floor(Value(2.5)), math.ceil(Value(2.5))) == (2, 3)
    assert type(math.floor(Value(2.5))) is int
    assert type(Value(2.5).floor()) is Value
