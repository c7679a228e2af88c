"""NumPy's functions on arrays of Values: NumPy on floats is the oracle for numbers, differences for derivatives."""

import copy
import pickle
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import TracingError, Value, compile, grad, hessian, jacobian, value_and_grad
from autograd.transforms.arrays import ValueArray, value_array
from autograd.transforms.elementwise import FUNCTIONS, TRUTHS

POINT, OTHER = np.array([-1.1, 2.2, 0.6]), np.array([0.3, -0.2, 0.7])


def values(array):
    return value_array([Value(x) for x in np.ravel(array).tolist()], np.shape(array))


def mixed(array):
    """Return an array of which every second number is a Value, the others floats."""
    numbers = [Value(x) if k % 2 else x for k, x in enumerate(np.ravel(array).tolist())]
    return value_array(numbers, np.shape(array))


def data(x):
    if isinstance(x, np.ndarray):
        return np.array([data(item) for item in x.ravel().tolist()]).reshape(x.shape)
    return x.data if isinstance(x, Value) else x


def differences(f, v, step=1e-6):
    directions = np.eye(v.size).reshape(v.size, *v.shape) * step
    return np.array([(f(v + d) - f(v - d)) / (2.0 * step) for d in directions]).reshape(v.shape)


def check(f, v=POINT, compiled=True):
    """Assert that the gradient of a NumPy function is right, and compiles."""
    value, gradient = value_and_grad(f)(v)
    assert type(gradient) is np.ndarray
    assert gradient.dtype == np.float64
    assert value == pytest.approx(f(v), rel=1e-12)
    assert gradient == pytest.approx(differences(f, v), rel=1e-6, abs=1e-6)
    if compiled:
        assert compile(grad(f))(v) == pytest.approx(gradient, rel=1e-12)


ONE = [name for name in FUNCTIONS if isinstance(getattr(np, name, None), np.ufunc) and getattr(np, name).nin == 1]
TWO = [name for name in FUNCTIONS if isinstance(getattr(np, name, None), np.ufunc) and getattr(np, name).nin == 2]


def test_both_kinds_of_functions_are_there():
    assert len(ONE) > 30
    assert len(TWO) > 12


@pytest.mark.parametrize("name", ONE)
def test_a_function_of_one_number_gives_numpys_numbers(name):
    function = getattr(np, name)
    points = np.array([-2.5, -1.5, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 1.5, 2.5, 3.5, 1e17, inf, -inf, nan])
    with np.errstate(all="ignore"):
        expected = function(points)
    for array in (values(points), mixed(points), value_array(points.tolist(), points.shape)):
        result = function(array)
        assert type(result) is ValueArray
        np.testing.assert_allclose(data(result), expected, rtol=1e-15, atol=1e-300, strict=True)


@pytest.mark.parametrize("name", TWO)
def test_a_function_of_two_numbers_gives_numpys_numbers(name):
    function = getattr(np, name)
    points = np.array([-2.0, -1.0, -0.0, 0.0, 0.5, 3.0, nan])
    left, right = points[:, None], points[None, :]
    with np.errstate(all="ignore"):
        expected = function(left, right)
    for x, y in ((mixed(left), mixed(right)), (left, values(right)), (values(left), right)):
        np.testing.assert_allclose(data(function(x, y)), expected, rtol=1e-15, atol=1e-16, strict=True)


@pytest.mark.parametrize("name", sorted(TRUTHS.keys() - {"bitwise_and", "bitwise_or", "bitwise_xor", "invert"}))
def test_truths_are_arrays_of_bools(name):
    function = getattr(np, name)
    points = np.array([-1.0, -0.0, 0.0, 2.0, inf, -inf, nan])
    inputs = (points[:, None], points)[: function.nin]
    given = [mixed(x) for x in inputs]
    result = function(*given)
    assert type(result) is np.ndarray
    assert result.dtype == bool
    assert np.array_equal(result, function(*inputs))


EXPRESSIONS = {
    "floats from maximum": lambda v: np.sum(np.exp(np.maximum(v, 0.0))),
    "floats from minimum": lambda v: np.sqrt(np.abs(np.minimum(v, 1.5))).sum(),
    "concatenate": lambda v: np.sum(np.exp(np.concatenate([v, OTHER]))),
    "stack": lambda v: np.log(np.stack([v**2, OTHER + 1.0])).sum(),
    "append": lambda v: np.sqrt(np.append(v**2, 4.0)).sum(),
    "pad": lambda v: np.cos(np.pad(v, 1)).sum(),
    "where": lambda v: np.sum(np.sqrt(np.where(v > 0.0, v, 1.0))),
    "select": lambda v: np.select([v > 1.0, v < 0.0], [v**2, -v], 3.0).sum(),
    "clip": lambda v: np.tanh(np.clip(v, -0.5, 1.0)).sum(),
    "sign": lambda v: np.cbrt(np.sign(v) * v).sum(),
    "mean and var": lambda v: np.mean(v) * np.var(v) + v.std(),
    "prod": lambda v: np.prod(v) + v.prod(),
    "dot": lambda v: np.dot(v, OTHER) + v.dot(v) + np.inner(v, OTHER) + np.vdot(v, v),
    "matmul": lambda v: ((np.outer(v, OTHER) @ v) ** 2).sum() + OTHER @ v,
    "einsum": lambda v: np.einsum("i,j,i->j", v, v, OTHER).sum(),
    "tensordot": lambda v: np.tensordot(np.outer(v, OTHER), np.outer(v, v), 2),
    "norms": lambda v: sum([np.linalg.norm(v, order) for order in (None, 1, 2, 3, inf, -inf)]),
    "norm of a matrix": lambda v: sum([np.linalg.norm(np.outer(v, OTHER), order) for order in (None, "fro", 1, inf)]),
    "powers": lambda v: np.power(v, 2).sum() + (2.0**v).sum() + np.float_power(2.0, v).sum(),
    "two numbers": lambda v: (np.arctan2(v, 1.0) + np.hypot(v, OTHER) + np.logaddexp(0.0, v)).sum(),
    "two more": lambda v: (np.logaddexp2(v, OTHER) + np.copysign(v, OTHER) + np.fmax(v, OTHER)).sum(),
    "running": lambda v: (np.cumsum(v) * OTHER).sum() + np.cumprod(v).sum() + np.maximum.accumulate(v).sum(),
    "methods of functions": lambda v: np.add.reduce(v) + np.multiply.outer(v, OTHER).sum() + np.logaddexp.reduce(v),
    "max and min": lambda v: np.max(v) * v.min() + np.ptp(v) + np.max(np.stack([v, OTHER]), axis=0).sum(),
    "masks": lambda v: (v * np.logical_and(v > 0.0, v < 1.0)).sum() + (v * ((v < 0.0) | ~(v > 1.0))).sum(),
    "rounding": lambda v: (v * (np.rint(v) + np.round(v, 1) + np.trunc(v) + np.floor(v) + v.round())).sum(),
    "broadcasting": lambda v: (v[:, None] * OTHER[None, :] - v / 3.0).sum(),
    "differences": lambda v: (np.diff(v) ** 2).sum() + np.trapezoid(v) + np.convolve(v, OTHER).sum(),
    "average": lambda v: np.average(v, weights=[1.0, 2.0, 3.0]) + np.polyval(v, 2.0),
    "softmax": lambda v: (np.exp(v - np.max(v)) / np.sum(np.exp(v - v.max())))[1],
    "numbers": lambda v: np.maximum(np.sum(v), 0.0) + np.arctan2(1.0, v[1]) + np.clip(v[0], 0.0, 1.0) + np.sum(v[2]),
    "scalars of NumPy": lambda v: np.float64(2.0) * v[0] + np.float32(0.5) * v[1] - v[2] / np.float64(3.0),
    "one choice": lambda v: np.where(v[1] > 0.0, v[1] ** 2, 0.0) + np.heaviside(v[0], 0.5) * v[0],
    "a fresh array": lambda v: (np.zeros_like(v) + v * np.full_like(v, 2.0) - np.ones_like(v)).sum(),
    "moves": lambda v: (np.roll(v, 1) * OTHER + v[::-1] + np.flip(v) + np.tile(v, 2)[3:] + np.take(v, [0, 0, 1])).sum(),
    "angles": lambda v: np.deg2rad(v).sum() + np.sinc(v).sum() + np.degrees(v).sum(),
    "nan_to_num": lambda v: np.nan_to_num(np.where(v > 0.0, v, nan) * 2.0, nan=0.5).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_gradients_of_numpy_expressions_are_right_and_compile(name):
    check(EXPRESSIONS[name])


KNOWN = {  # these look at numbers, so they do not compile
    "boolean index": lambda v: np.exp(v[v > 0.0]).sum(),
    "argmax": lambda v: v[np.argmax(v)] + v[v.argmin()] ** 2,
    "sort": lambda v: (np.sort(v) * OTHER).sum() + v[np.argsort(v)][0],
    "median": lambda v: np.median(v) + np.median(np.append(v, 0.9)),
    "piecewise": lambda v: np.piecewise(v, [v < 0.0, v >= 0.0], [lambda x: -x, lambda x: x**2]).sum(),
}


@pytest.mark.parametrize("name", KNOWN)
def test_functions_that_look_at_numbers_are_right_but_do_not_compile(name):
    check(KNOWN[name], compiled=False)
    with pytest.raises(TracingError, match="where"):
        compile(KNOWN[name])(POINT)


unary = [np.exp, np.tanh, np.sin, np.arctan, np.square, np.abs, np.negative, np.expm1, lambda v: np.maximum(v, 0.1)]
binary = [np.add, np.subtract, np.multiply, np.maximum, np.hypot, np.arctan2, lambda v, w: np.where(v > w, v * w, w)]
folds = [np.sum, np.mean, np.max, np.linalg.norm, lambda v: np.dot(v, OTHER), lambda v: np.prod(np.cumsum(v))]


@given(st.lists(st.sampled_from(range(len(unary) * len(binary))), min_size=1, max_size=4), st.sampled_from(folds),
       st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=3))  # fmt: skip
def test_random_expressions_agree_with_values_one_at_a_time(steps, fold, point):
    def each(v):
        for step in steps:
            v = binary[step % len(binary)](unary[step // len(binary)](v), OTHER)
            yield v

    def f(v):
        return fold(list(each(v))[-1])

    def tied(x):  # at or near a kink, differences mean nothing
        return np.abs(np.subtract.outer(x, x) + np.eye(len(x))).min() < 1e-3

    v = np.array(point)
    assume(all(np.abs(x).max() < 100.0 for x in each(v)))  # differences have digits left, and nothing overflows
    assert data(f(mixed(v))) == pytest.approx(f(v), rel=1e-12, abs=1e-12)
    one_by_one = jacobian(lambda x: [f(value_array(list(x), (3,)))])(point)[0]
    gradient = grad(f)(v)
    assert gradient.tolist() == one_by_one
    around = [v + 1e-6 * sign * row for row in np.eye(3) for sign in (-1.0, 1.0)]
    smooth = all(abs(f(x) - f(v)) < 1e-3 and np.allclose(grad(f)(x), gradient, rtol=1e-3, atol=1e-3) for x in around)
    if smooth and not tied(v):  # no kink or jump, such as that of arctan2, in between
        assert gradient == pytest.approx(differences(f, v), rel=1e-4, abs=1e-4)


def test_ties_and_nan_follow_the_conventions_of_the_library():
    tied = np.array([2.0, 1.0, 2.0, 2.0])
    third = [1.0 / 3.0, 0.0, 1.0 / 3.0, 1.0 / 3.0]
    for f in (
        np.max,
        lambda v: v.max(),
        np.amax,
        np.maximum.reduce,
        lambda v: -np.min(-v),
        lambda v: np.max(v, axis=0),
    ):
        assert grad(f)(tied).tolist() == third
    assert grad(lambda v: np.max(v.reshape(2, 2), axis=1).sum())(tied).tolist() == [1.0, 0.0, 0.5, 0.5]
    assert grad(lambda v: np.maximum(v, 1.0).sum())(tied).tolist() == [1.0, 0.5, 1.0, 1.0]
    with_nan = np.array([1.0, nan, 3.0])
    value, gradient = value_and_grad(np.max)(with_nan)
    assert (str(value), gradient.tolist()) == (str(nan), grad(lambda v: autograd.max(list(v)))(with_nan).tolist())
    assert np.isnan(value_and_grad(np.min)(with_nan)[0])
    assert value_and_grad(np.nanmax)(with_nan)[0] == 3.0
    assert value_and_grad(np.nansum)(with_nan)[0] == 4.0
    assert grad(lambda v: np.abs(v).sum())(np.array([0.0, -1.0])).tolist() == [0.0, -1.0]
    assert grad(np.linalg.norm)(np.zeros(2)).tolist() == [0.0, 0.0]
    assert grad(np.prod)(np.array([0.0, 2.0, 0.0])).tolist() == [0.0, 0.0, 0.0]
    assert grad(np.prod)(np.array([0.0, 2.0, 3.0])).tolist() == [6.0, 0.0, 0.0]


def test_indices_and_order_are_numpys_with_nan_too():
    array = np.array([[1.0, nan, -2.0, 5.0], [3.0, 3.0, 0.0, -1.0]])
    for v in (values(array), mixed(array)):
        assert np.argmax(v) == np.argmax(array)
        for axis in (0, 1):
            assert v.argmax(axis=axis).tolist() == array.argmax(axis=axis).tolist()
            assert np.argmin(v, axis).tolist() == np.argmin(array, axis).tolist()
            assert np.argsort(v, axis, kind="stable").tolist() == np.argsort(array, axis, kind="stable").tolist()
            np.testing.assert_array_equal(data(np.sort(v, axis)), np.sort(array, axis))
        np.testing.assert_array_equal(
            data(np.median(v, axis=1, keepdims=True)), np.median(array, axis=1, keepdims=True)
        )
        assert np.searchsorted(values([1.0, 2.0]), 1.5) == 1
        again = v.copy()
        again.sort()
        np.testing.assert_array_equal(data(again), np.sort(array))


# Arguments and writing to arrays.


def test_writing_to_the_argument_does_not_change_the_callers_array():
    given = np.array([1.0, 2.0, 3.0])

    def f(v):
        v *= 2.0
        v[0] = v[1] * v[2]
        v[1:] += [1.0, 2.0]
        np.square(v, out=v)
        return v.sum()

    value, gradient = value_and_grad(f)(given)
    assert given.tolist() == [1.0, 2.0, 3.0]
    assert value == 24.0**2 + 25.0 + 64.0
    assert gradient.tolist() == [0.0, 2.0 * 24.0 * 12.0 + 20.0, 2.0 * 24.0 * 8.0 + 32.0]
    assert compile(grad(f))(given).tolist() == gradient.tolist()


def test_in_place_functions_give_the_array_itself():
    v = values([1.0, 4.0])
    same = v
    v += 1.0
    assert v is same
    assert np.sqrt(v, out=v, where=[False, True]) is v
    assert data(v).tolist() == [2.0, 5.0**0.5]
    out = np.zeros_like(v)
    assert np.add.reduce(values([[1.0, 2.0], [3.0, 4.0]]), axis=1, out=out) is out
    assert data(out).tolist() == [3.0, 7.0]
    np.add.at(out, [0, 0], values([1.0, 2.0]))
    assert data(out).tolist() == [6.0, 7.0]
    with pytest.raises(ValueError, match="shape"):
        v += np.ones((2, 2))


def test_an_array_of_floats_holds_no_values_and_is_left_alone():
    array = np.zeros(2)
    for write in (
        lambda: np.add(values([1.0, 2.0]), 1.0, out=array),
        lambda: np.multiply(array, values([1.0, 2.0]), array),
        lambda: np.add.at(array, [0], values([1.0])),
        lambda: np.copyto(array, values([1.0, 2.0])),
        lambda: np.dot(values([[1.0, 2.0], [3.0, 4.0]]), array, out=array),
    ):
        with pytest.raises(TypeError, match=r"float64 cannot hold Values.*dtype=object"):
            write()
    with pytest.raises(TypeError, match="Value"):
        array[0] = Value(1.0)
    assert array.tolist() == [0.0, 0.0]
    np.greater(values([1.0, -1.0]), 0.0, out=array)
    assert array.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("f", [np.zeros_like, np.ones_like, lambda v: np.full_like(v, 2.0)])
def test_arrays_like_one_of_values_can_hold_values(f):
    v = values([[1.0, 2.0]])
    fresh = f(v)
    assert fresh.shape == (1, 2)
    assert all(type(x) is float for x in fresh.ravel())
    fresh[0, 0] = v[0, 1]
    assert fresh[0, 0] is v[0, 1]
    assert np.zeros_like(v, dtype=float).dtype == float
    assert np.zeros_like(v, shape=(3,)).shape == (3,)


def test_reductions_take_the_options_of_numpys():
    array = np.arange(1.0, 13.0).reshape(2, 3, 2) / 7.0
    mask = array > 0.5
    for f in (np.sum, np.prod, np.mean, np.max, np.min, np.var, np.std, np.any, np.all):
        for axis in (None, 0, -1, (0, 2)):
            for keepdims in (False, True):
                expected = f(array, axis=axis, keepdims=keepdims)
                result = data(f(mixed(array), axis=axis, keepdims=keepdims))
                assert np.shape(result) == np.shape(expected)
                np.testing.assert_allclose(result, expected, rtol=1e-13)
    assert data(np.sum(mixed(array), where=mask)) == pytest.approx(np.sum(array, where=mask))
    assert data(np.max(mixed(array), axis=0, where=mask, initial=0.25)) == pytest.approx(
        np.max(array, axis=0, where=mask, initial=0.25)
    )
    assert np.sum(value_array([], (0,))) == 0.0
    assert np.prod(value_array([], (0, 2)), axis=0).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="empty"):
        np.max(value_array([], (0,)))
    with pytest.raises(np.exceptions.AxisError):
        np.sum(values([1.0]), axis=1)


@pytest.mark.parametrize(("left", "right"), [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
])  # fmt: skip
def test_products_have_numpys_shapes_and_numbers(left, right):
    x = np.arange(np.prod(left), dtype=float).reshape(left) / 3.0
    y = np.arange(np.prod(right), dtype=float).reshape(right) / 5.0
    products = [np.matmul, np.dot] if len(right) < 3 else [np.matmul]
    for product in products:
        for a, b in ((mixed(x), y), (x, values(y)), (mixed(x), mixed(y))):
            result = data(product(a, b))
            assert np.shape(result) == product(x, y).shape
            np.testing.assert_allclose(result, product(x, y), rtol=1e-14)
    np.testing.assert_allclose(data(np.inner(mixed(x), x)), np.inner(x, x), rtol=1e-14)
    with pytest.raises(ValueError, match="shapes"):
        np.matmul(values(x), np.ones(7))


def test_a_product_is_one_operation_for_each_number():
    result = values([[1.0, 2.0], [3.0, 4.0]]) @ np.array([1.0, 0.5])
    assert [x.op.name for x in result] == ["dot", "dot"]
    assert np.sum(values([1.0, 2.0, 3.0])).op.name == "sum"


# Values by themselves, and results.


def test_numpys_functions_take_a_value_with_numbers():
    x = Value(0.5)
    for result in (np.maximum(x, 0.0), np.where(True, x, 0.0), np.clip(x, 0.0, 1.0), np.sum(x), np.float64(1.0) * x):
        assert type(result) is Value
        assert result.data == 0.5
    assert type(np.array([1.0, 2.0]) * x) is ValueArray
    assert type(x - np.array([1.0, 2.0])) is ValueArray
    assert np.less(x, 1.0) is True
    assert np.arctan2(1.0, x).data == np.arctan2(1.0, 0.5)
    assert np.exp(np.stack([x, 0.0]))[1] == 1.0
    assert compile(lambda x: np.maximum(x, 0.25) + np.arctan2(1.0, x))(0.5) == 0.5 + np.arctan2(1.0, 0.5)


def test_an_array_without_axes_is_the_number_that_it_holds():
    x = values([[2.0]])
    for number in (np.squeeze(x), x.sum(), np.max(x), x[0, 0], np.trace(x), np.einsum("ij->", x)):
        assert type(number) is Value
    held = x.reshape(())
    assert held.shape == ()
    assert autograd.exp(held).data == autograd.exp(2.0)
    assert autograd.maximum(held, 0.0).data == 2.0
    assert autograd.sum([held, 1.0]).data == 3.0
    assert autograd.dot([held], [held], held).data == 6.0
    assert (held + x[0, 0]).data == (x[0, 0] + held).data == 4.0
    for holder in (held, np.array(Value(2.0))):
        assert grad(lambda y, holder=holder: autograd.hypot(y * holder, 0.0))(3.0) == 2.0


def test_results_of_a_transform_may_be_given_to_numpy_again():
    def outer(v):
        inner = grad(lambda w: np.sum(w**3 * v))(v)
        return np.sum(np.exp(np.minimum(inner, 0.0)))

    check(outer, np.array([-0.3, 0.2, 0.4]))
    curvature = hessian(lambda v: np.sum(np.logaddexp(np.maximum(v, -1.0), 0.0)))(POINT)
    assert type(curvature) is np.ndarray
    assert curvature == pytest.approx(np.diag([0.0, *(1.0 / (2.0 + 2.0 * np.cosh(POINT[1:])))]), abs=1e-12)


def test_slices_are_arrays_of_values_and_share_memory():
    v = values(np.ones((2, 3)))
    assert type(v[0]) is type(v[:, 1:]) is type(v.T) is type(v.reshape(-1)) is type(v.copy()) is ValueArray
    v[0][1] = 5.0
    assert v[0, 1] == 5.0
    assert [type(row) for row in v] == [ValueArray] * 2


def test_copies_and_pickles_keep_the_kind():
    v = mixed(POINT)
    for again in (copy.copy(v), copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        assert type(again) is ValueArray
        assert data(again).tolist() == POINT.tolist()


@pytest.mark.parametrize("f", [
    lambda v: np.linalg.inv(np.outer(v, v)), lambda v: np.linalg.det(np.outer(v, v)), lambda v: np.linalg.svd(v[None]),
    lambda v: np.interp(v, [0.0, 1.0], [0.0, 2.0]), lambda v: np.gcd(v, 2.0), np.modf, np.i0,
    lambda v: np.linalg.norm(np.outer(v, v), 2), lambda v: np.add(v, 1, dtype=int), lambda v: np.add(v, "text"),
    lambda v: v + None, lambda v: v * 1j, lambda v: v & 1,
], ids=range(13))  # fmt: skip
def test_a_function_that_does_not_work_on_values_is_a_type_error(f):
    with pytest.raises(TypeError, match=r"Value|number"):
        grad(lambda v: np.sum(f(v)))(POINT)


def test_an_error_of_the_users_own_function_is_left_as_it_is():
    def mine(row):
        raise AttributeError("mine")

    with pytest.raises(AttributeError, match=r"^mine$"):
        np.apply_along_axis(mine, 0, values([1.0, 2.0]))


def test_a_recorded_mask_indexes_nothing():
    for f in (lambda v: v[v > 0.0], lambda v: v[(0, v > 0.0)] if v.ndim > 1 else v[v > 0.0]):
        with pytest.raises(TracingError, match="where"):
            compile(f)(POINT)

    def writes(v):
        v[v < 0.0] = 0.0
        return v

    with pytest.raises(TracingError, match="where"):
        compile(writes)(POINT)
    assert jacobian(writes)(POINT).tolist() == [[0.0] * 3, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_a_recorded_number_is_compared_with_each_of_an_array():
    f = compile(lambda v: np.where(v[0] < v, v, 0.0).sum() + np.where(v[1] >= v, 1.0, 0.0).sum())
    assert f(POINT) == 2.2 + 0.6 + 3.0


def test_functions_of_scipy_are_known_by_name():
    special = pytest.importorskip("scipy.special")
    for name in ("erf", "erfc", "gammaln", "psi", "expit", "log_expit"):
        function = getattr(special, name)
        result = function(mixed(np.array([0.5, 1.5])))
        np.testing.assert_allclose(data(result), function(np.array([0.5, 1.5])), rtol=1e-13)
    check(lambda v: special.expit(np.maximum(v, 0.0)).sum())


def test_an_array_is_iterated_over_as_numpys_are():
    values = [Value(float(k)) for k in range(6)]
    assert [id(x) for x in value_array(values, (6,))] == [id(x) for x in values]
    rows = list(value_array(values, (2, 3)))
    assert [(type(row), row.shape) for row in rows] == [(ValueArray, (3,))] * 2
    with pytest.raises(TypeError, match="0-d"):
        iter(value_array(values[:1], ()))


def test_nobody_asks_a_value_whether_it_is_a_sequence():
    class Asked(Value):
        def __getattr__(self, name):
            raise AssertionError(name)

    array = value_array([Asked(1.0), 2.0, Asked(3.0), 4.0], (2, 2))
    assert [float(x.data) for x in array[:, 0]] == [1.0, 3.0]
