import contextvars
import functools
import inspect
import math
from collections import namedtuple
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    Value,
    detect_anomaly,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)

Point = namedtuple("Point", "x y")
small = st.floats(-2.0, 2.0).map(lambda x: round(x, 3))


# grad.


def test_the_gradient_of_a_float_is_a_float():
    gradient = grad(lambda x: x**3)(2)
    assert gradient == 12.0
    assert type(gradient) is float


@pytest.mark.parametrize(("argument", "expected"), [
    ([2.0, 3.0], [3.0, 2.0]), ((2.0, 3.0), (3.0, 2.0)), (Point(2.0, 3.0), Point(3.0, 2.0)),
    (np.array([2.0, 3.0]), np.array([3.0, 2.0])),
    (np.array([2, 3]), np.array([3.0, 2.0])), ([2, np.float32(3.0)], [3.0, 2.0]),
], ids=lambda a: type(a).__name__)  # fmt: skip
def test_the_gradient_has_the_structure_of_the_argument(argument, expected):
    seen = []

    def f(v):
        seen.append(v)
        return v[0] * v[1]

    gradient = grad(f)(argument)
    assert type(gradient) is type(expected)
    assert np.array_equal(gradient, expected)
    assert isinstance(seen[0], type(argument))
    assert all(type(x) is Value for x in seen[0])
    if isinstance(gradient, np.ndarray):
        assert gradient.dtype == np.float64
        assert seen[0].dtype == object
    else:
        assert all(type(x) is float for x in gradient)


def test_nested_structures_come_back_nested():
    parameters = {
        "layers": [{"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": (0.5, 0.25)}],
        "scale": 2,
        "unused": [],
        "point": Point(1.0, [2.0]),
    }

    def f(p):
        w, b = p["layers"][0]["w"], p["layers"][0]["b"]
        y = w @ np.array([1.0, -1.0])
        return p["scale"] * (y[0] * b[0] + y[1] * b[1]) + p["point"].y[0]

    gradient = grad(f)(parameters)
    assert list(gradient) == list(parameters)
    assert gradient["layers"][0]["w"].tolist() == [[1.0, -1.0], [0.5, -0.5]]
    assert gradient["layers"][0]["b"] == (-2.0, -2.0)
    assert gradient["scale"] == -0.75
    assert gradient["unused"] == []
    assert gradient["point"] == Point(0.0, [1.0])
    assert type(gradient["point"]) is Point


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_an_array_arrives_as_an_object_array_of_its_shape(shape):
    array = np.arange(1.0, math.prod(shape) + 1.0).reshape(shape)

    def f(x):
        assert isinstance(x, np.ndarray)
        assert x.shape == shape
        assert x.dtype == object or not x.size
        return np.sum(x * x)

    gradient = grad(f)(array)
    assert isinstance(gradient, np.ndarray)
    assert (gradient.dtype, gradient.shape) == (np.float64, shape)
    assert np.array_equal(gradient, 2.0 * array)


def test_an_argument_of_arrays_that_are_views_is_read_as_it_looks():
    array = np.arange(12.0).reshape(3, 4).T[::2]
    assert np.array_equal(grad(lambda x: (x * array).sum())(array), array)


def test_an_object_array_of_values_and_floats_is_an_argument_too():
    array = np.array([Value(2.0), 3.0], dtype=object)
    gradient = grad(lambda v: v[0] * v[1])(array)
    assert [g.data for g in gradient] == [3.0, 2.0]


def test_the_argument_is_not_changed():
    parameters = {"w": [1.0, 2.0], "x": np.array([1.0])}
    grad(lambda p: p["w"][0] * p["x"][0])(parameters)
    assert parameters["w"] == [1.0, 2.0]
    assert parameters["x"].dtype == np.float64


def test_functions_of_the_library_and_methods_and_partials_are_functions():
    class Model:
        scale = 3.0

        def loss(self, x):
            return self.scale * x * x

    assert grad(autograd.tanh)(0.0) == 1.0
    assert grad(abs)(-2.0) == -1.0
    assert grad(Model().loss)(2.0) == 12.0
    assert grad(functools.partial(lambda s, x: s * x, 5.0))(2.0) == 5.0
    assert grad(Value.exp)(0.0) == 1.0


def test_a_transform_keeps_the_name_and_documentation_of_its_function():
    def loss(x, scale=2.0):
        """Return how far off x is."""
        return scale * x

    for transform in (grad, value_and_grad, jacobian, hessian):
        assert transform(loss).__name__ == "loss"
        assert transform(loss).__doc__ == "Return how far off x is."
        assert list(inspect.signature(transform(loss)).parameters) == ["x", "scale"]


def test_a_transform_is_a_decorator():
    @grad
    def slope(x):
        return x**2

    assert slope(3.0) == 6.0


def test_value_and_grad_gives_both():
    assert value_and_grad(lambda x: x**3)(2.0) == (8.0, 12.0)
    assert value_and_grad(lambda v: v[0] * v[1])([2.0, 3.0]) == (6.0, [3.0, 2.0])
    assert value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0) == (6.0, (3.0, 2.0))
    assert type(value_and_grad(lambda x: x**3)(2.0)[0]) is float


def test_a_zero_dimensional_array_is_one_number():
    assert grad(lambda x: np.array(x[0] * 2.0))([3.0]) == [2.0]
    seen = []

    def f(x):
        seen.append(x)
        return np.array(autograd.square(x))

    for number in (np.array(3.0), np.array(3), np.float32(3.0), np.array(3.0, dtype=object)):
        result = value_and_grad(f)(number)
        assert result == (9.0, 6.0)
        assert [type(x) for x in (*result, seen.pop())] == [float, float, Value]
    assert jacobian(f)(np.array(3.0)) == 6.0
    assert hessian(f)(np.array(3.0)) == 2.0
    gradient = grad(lambda p: p["x"] * p["y"][0])({"x": np.array(2.0), "y": np.array([3.0])})
    assert gradient["x"] == 3.0
    assert type(gradient["x"]) is float


# argnums and keywords.


def f3(x, y, z):
    return x * y**2 * z**3


@pytest.mark.parametrize("argnums", [0, 1, 2, -1, -3, (0,), (0, 2), (2, 0), [0, 1], (-1, 0), range(3)], ids=str)
def test_argnums_choose_arguments(argnums):
    x, y, z = 2.0, 3.0, 1.5
    all_three = [y**2 * z**3, 2.0 * x * y * z**3, 3.0 * x * y**2 * z**2]
    gradient = grad(f3, argnums)(x, y, z)
    if isinstance(argnums, int):
        assert gradient == pytest.approx(all_three[argnums], rel=1e-15)
    else:
        assert type(gradient) is tuple
        assert gradient == pytest.approx(tuple([all_three[i] for i in argnums]), rel=1e-15)


def test_argnums_may_be_given_by_name_to_every_transform():
    assert grad(f3, argnums=1)(1.0, 1.0, 1.0) == 2.0
    assert value_and_grad(f3, argnums=1)(1.0, 1.0, 1.0) == (1.0, 2.0)
    assert jacobian(f3, argnums=1)(1.0, 1.0, 1.0) == 2.0
    assert hessian(f3, argnums=1)(1.0, 1.0, 1.0) == 2.0


@pytest.mark.parametrize("argnums", [1, -2, 5, (0, 1), (0, -1), (0, 0), ()])
@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_bad_argnums_are_a_value_error_that_shows_them(transform, argnums):
    with pytest.raises(ValueError, match="argnums"):
        transform(lambda x: x * x, argnums)(2.0)


def test_argnums_of_a_call_without_positional_arguments_are_a_value_error():
    with pytest.raises(ValueError, match="positional"):
        grad(lambda x: x * x)(x=2.0)


@pytest.mark.parametrize("argnums", ["x", None, 0.5, 1j, True, (0, False), np.True_])
def test_argnums_that_are_not_integers_are_a_type_error(argnums):
    with pytest.raises(TypeError):
        grad(lambda x: x * x, argnums)(2.0)


def test_an_integer_of_numpy_is_an_argnum():
    assert grad(f3, np.int64(1))(1.0, 1.0, 1.0) == 2.0
    assert grad(f3, tuple(np.arange(2)))(1.0, 1.0, 1.0) == (1.0, 2.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_argnums_from_an_iterator_are_kept_for_every_call(transform):
    once = transform(f3, iter([0, 2]))
    assert once(2.0, 3.0, 1.5) == once(2.0, 3.0, 1.5) == transform(f3, (0, 2))(2.0, 3.0, 1.5)


def test_keyword_arguments_are_passed_on_undifferentiated():
    def f(x, *, power, names=()):
        assert names == ("a",)
        assert type(power) is int
        return x**power

    assert grad(f)(2.0, power=3, names=("a",)) == 12.0
    assert jacobian(f)(2.0, power=3, names=("a",)) == 12.0
    assert hessian(f)(2.0, power=3, names=("a",)) == 12.0


def test_other_arguments_may_be_anything():
    assert grad(lambda x, data, text: x * len(text) + data[0])(2.0, [1.0], "abc") == 3.0


# What f may not return.


@pytest.mark.parametrize(
    "result",
    [None, "loss", [1.0, 2.0], [1.0], (1.0,), {"loss": 1.0}, [], np.array([1.0, 2.0]), np.array([1.0]), 1j, [None]],
    ids=repr,
)
@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian])
def test_a_function_that_does_not_return_a_single_number_is_a_type_error_that_says_so(transform, result):
    with pytest.raises(TypeError, match="number"):
        transform(lambda x: result)(3.0)


def test_the_error_says_what_was_returned_and_where_to_turn():
    with pytest.raises(TypeError, match=r"one number.*'number', 'number'.*jacobian"):
        grad(lambda x: [x, x])(3.0)


def test_the_error_names_the_function():
    def forgot_to_return(x):
        x * x

    for transform in (grad, jacobian, hessian):
        with pytest.raises(TypeError, match=r"forgot_to_return.*NoneType"):
            transform(forgot_to_return)(3.0)
    with pytest.raises(TypeError, match="forgot_to_return"):
        vjp(forgot_to_return, 3.0)
    with pytest.raises(TypeError, match="forgot_to_return"):
        jvp(forgot_to_return, (3.0,), (1.0,))


@pytest.mark.parametrize("argument", ["3", [1.0, "x"], {"a": "x"}, 1j, {1.0}, np.array(["a"])], ids=repr)
def test_an_argument_that_holds_no_numbers_is_a_type_error(argument):
    with pytest.raises(TypeError, match=r"argument.*number"):
        grad(lambda x: 1.0)(argument)


# Anything but a function.


@pytest.mark.parametrize("wrong", ["x", None, autograd.sin(1.0), Value(1.0), [math.sin]])
@pytest.mark.parametrize("transform", ["grad", "value_and_grad", "jacobian", "hessian"])
def test_anything_but_a_function_is_refused_before_any_call(transform, wrong):
    message = f"^{transform} needs a function, got {type(wrong).__name__}: give f itself, not f\\(x\\) or its name$"
    with pytest.raises(TypeError, match=message):
        getattr(autograd, transform)(wrong)


@pytest.mark.parametrize("arguments", [(1.0,), ((1.0,), (1.0,))])
def test_an_error_about_the_function_names_what_was_called(arguments):
    for transform in (autograd.jvp, autograd.hvp) if len(arguments) == 2 else (autograd.vjp,):
        with pytest.raises(TypeError, match=f"^{transform.__name__} needs a function, got str: give f itself"):
            transform("x", *arguments)


# Constants.


def test_the_gradient_of_a_constant_is_zero():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert grad(lambda v: 3)([2.0, 1.0]) == [0.0, 0.0]
    assert grad(lambda x, y: x, argnums=(0, 1))(2.0, 3.0) == (1.0, 0.0)
    assert np.array_equal(grad(lambda v: 1.0)(np.ones((2, 2))), np.zeros((2, 2)))
    assert jacobian(lambda v: [1.0, v[0]])([2.0, 3.0]) == [[0.0, 0.0], [1.0, 0.0]]
    assert hessian(lambda v: 1.0)([2.0, 3.0]) == hessian(lambda v: v[0] + v[1])([2.0, 3.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)
    assert vjp(lambda x: 3.0, 2.0)[1](1.0) == (0.0,)
    assert grad(grad(lambda x: 3.0))(2.0) == grad(grad(lambda x: 5.0 * x))(2.0) == 0.0


def test_the_identity_has_slope_one():
    assert grad(lambda x: x)(3.0) == jacobian(lambda x: x)(3.0) == 1.0
    assert grad(grad(lambda x: x))(3.0) == 0.0
    assert jacobian(lambda v: v)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


# Higher orders.


@pytest.mark.parametrize("order", range(1, 7))
def test_any_order_of_derivative(order):
    f = autograd.sin
    for _ in range(order):
        f = grad(f)
    assert f(0.7) == pytest.approx(
        [math.sin, math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)][order % 4](0.7), rel=1e-12
    )


@pytest.mark.parametrize(("f", "fourth"), [
    (lambda x: x**5, lambda x: 120.0 * x), (autograd.exp, math.exp),
    (lambda x: 1.0 / x, lambda x: 24.0 / x**5), (autograd.log, lambda x: -6.0 / x**4),
    (autograd.tanh, lambda x: 8.0 * math.tanh(x) * (1.0 - math.tanh(x) ** 2) * (2.0 - 3.0 * math.tanh(x) ** 2)),
    (autograd.sqrt, lambda x: -15.0 / 16.0 * x**-3.5),
    (lambda x: x**3, lambda x: 0.0), (lambda x: autograd.dot([x, x], [x, x * x], x), lambda x: 0.0),
    (lambda x: autograd.prod([x, x, x, x, x]), lambda x: 120.0 * x),
    (lambda x: autograd.logsumexp([x, 2.0 * x]), lambda x: None),
])  # fmt: skip
def test_fourth_derivatives(f, fourth):
    x = 0.6
    by_four = grad(grad(grad(grad(f))))(x)
    by_hessians = hessian(hessian(f))(x)
    mixed = jvp(grad(jacobian(grad(f))), (x,), (1.0,))[1]
    assert by_hessians == pytest.approx(by_four, rel=1e-10, abs=1e-10)
    assert mixed == pytest.approx(by_four, rel=1e-10, abs=1e-10)
    if fourth(x) is not None:
        assert by_four == pytest.approx(fourth(x), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("n", range(6))
def test_derivatives_of_powers_at_zero_end_in_zeros(n):
    f = lambda x: x**n  # noqa: E731
    for order in range(6):
        assert f(0.0) == (math.factorial(n) if order == n else 0.0)
        f = grad(f)


# Perturbation confusion.


def test_an_inner_gradient_at_the_outer_variable():
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0


def test_an_inner_gradient_at_a_number_that_captures_the_outer_variable():
    assert grad(lambda x: grad(lambda y: x * y * y)(1.0))(3.0) == 2.0


def test_the_classic_example_of_siskind_and_pearlmutter():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,)) == (1.0, 1.0)


def test_three_levels():
    def f(x):
        return grad(lambda y: grad(lambda z: x * y**2 * z**3)(y) * x)(
            x
        )  # z: 3xy^4, times x: 3x^2y^4, y: 12x^2y^3 = 12x^5

    assert f(2.0) == 12.0 * 2.0**5
    assert grad(f)(2.0) == 60.0 * 2.0**4


def test_three_levels_at_numbers():
    def f(x):
        return grad(lambda y: grad(lambda z: x * y * z * (x + y + z))(1.0))(
            2.0
        )  # at z: x y (x + y + 2), at y: x (x + 6)

    assert f(3.0) == 27.0
    assert grad(f)(3.0) == 12.0
    assert grad(grad(f))(3.0) == 2.0


def forward(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


def backward(f):
    return lambda x: vjp(f, x)[1](1.0)[0]


def by_jacobian(f):
    return lambda x: jacobian(f)(x)


each_derivative = pytest.mark.parametrize(
    "inner", [grad, forward, backward, by_jacobian], ids=["grad", "jvp", "vjp", "jacobian"]
)
each_outer_derivative = pytest.mark.parametrize(
    "outer", [grad, forward, backward, by_jacobian], ids=["grad", "jvp", "vjp", "jacobian"]
)


@each_derivative
@each_outer_derivative
def test_every_mode_inside_every_mode(outer, inner):
    assert outer(lambda x: x * inner(lambda y: x * y)(x))(3.0) == 6.0
    assert outer(lambda x: inner(lambda y: x * y * y)(1.0))(3.0) == 2.0
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(inner(lambda x: x**4))(2.0) == 48.0
    assert outer(lambda x: inner(lambda y: x**2 * y**3)(x) * x)(2.0) == 15.0 * 2.0**4  # 3 x^2 x^2 x = 3 x^5


@each_derivative
@each_outer_derivative
def test_three_modes_deep(outer, inner):
    for middle in (grad, forward, backward):
        assert outer(middle(inner(lambda x: x**5)))(2.0) == 240.0
        assert outer(lambda x: middle(lambda y: inner(lambda z: x * y**2 * z**3)(y) * x)(x))(2.0) == 960.0  # noqa: B023


def test_a_hessian_inside_a_gradient():
    def f(v):
        h = hessian(lambda w: v[0] * w[0] ** 2 * w[1])([v[0], v[1]])  # [[2 a w1, 2 a w0], [2 a w0, 0]]
        return h[0][0] * h[0][1]  # 2ab * 2a^2 = 4 a^3 b

    assert grad(f)([2.0, 3.0]) == [12.0 * 4.0 * 3.0, 4.0 * 8.0]


def test_a_jvp_inside_a_gradient_whose_tangent_is_the_variable():
    assert grad(lambda t: jvp(lambda x: x**3, (2.0,), (t,))[1])(5.0) == 12.0
    assert grad(lambda t: jvp(lambda x: x**3, (t,), (t,))[1])(2.0) == 36.0  # 3 t^3


def test_a_vjp_inside_a_gradient_whose_cotangent_is_the_variable():
    assert grad(lambda c: vjp(lambda x: x**3, 2.0)[1](c)[0])(5.0) == 12.0
    assert grad(lambda c: vjp(lambda x: x**3, c)[1](c)[0])(2.0) == 36.0


def test_a_pullback_made_outside_is_differentiated_with_respect_to_its_cotangent():
    _, pullback = vjp(lambda x: x**3, 2.0)
    assert grad(lambda c: pullback(c)[0] * c)(5.0) == 120.0
    assert pullback(1.0) == (12.0,)


def test_closures_that_make_closures():
    def make(x):
        def g(y):
            def h(z):
                return x * y * z

            return grad(h)(y) * y  # x y * y

        return grad(g)  # 2 x y

    assert grad(lambda x: make(x)(x))(3.0) == 12.0  # 2 x^2
    assert grad(lambda x: make(x)(5.0))(3.0) == 10.0


def test_a_captured_result_of_outer_work_is_differentiated():
    def f(x):
        y = (x * x).sin()
        return grad(lambda z: y * z * z)(1.0)  # 2 sin(x^2)

    assert grad(f)(0.7) == pytest.approx(4.0 * 0.7 * math.cos(0.49), rel=1e-15)


def test_a_variable_that_leaks_from_an_inner_transform_is_what_it_was_there():
    kept = []

    def f(x):
        grad(lambda y: kept.append(y * y) or y)(x)
        return kept[-1]

    assert grad(f)(3.0) == 6.0


def test_gradient_descent_is_differentiated_with_respect_to_its_rate():
    def after(rate):
        w = 3.0
        for _ in range(5):
            w = w - rate * grad(lambda v: v**2)(w)
        return w  # 3 (1 - 2 rate)^5

    assert after(0.1) == pytest.approx(3.0 * 0.8**5, rel=1e-15)
    assert grad(after)(0.1) == pytest.approx(-30.0 * 0.8**4, rel=1e-14)
    assert jvp(after, (0.1,), (1.0,))[1] == pytest.approx(-30.0 * 0.8**4, rel=1e-14)


# Values in, Values out; captured leaves; no .grad.


@pytest.mark.parametrize("transform", [grad, by_jacobian, forward, backward], ids=["grad", "jacobian", "jvp", "vjp"])
def test_a_value_in_gives_a_value_out_that_is_differentiable_again(transform):
    x = Value(2.0)
    slope = transform(lambda v: v**3)(x)
    assert type(slope) is Value
    assert slope.data == 12.0
    assert x.grad == 0.0
    slope.backward()
    assert x.grad == 12.0


def test_a_value_anywhere_among_the_arguments_gives_values_out():
    w = Value(5.0)
    value, gradient = value_and_grad(lambda v, s: v[0] * v[1] * s)([2.0, 3.0], w)
    assert [type(x) for x in (value, *gradient)] == [Value] * 3
    (gradient[0] * gradient[1]).backward()  # 15 * 10 = 6 s^2
    assert w.grad == 60.0
    by_pair = grad(lambda v: v[0] * v[1])([2.0, w])
    assert [type(x) for x in by_pair] == [Value, Value]


def test_a_value_given_by_keyword_is_a_value_in_too():
    w = Value(5.0)
    gradient = grad(lambda x, w: x * x * w)(3.0, w=w)
    assert type(gradient) is Value
    gradient.backward()
    assert w.grad == 6.0


def test_a_zero_gradient_of_a_value_is_a_value():
    gradient = grad(lambda x: 1.0)(Value(2.0))
    assert type(gradient) is Value
    assert gradient.data == 0.0


def test_captured_leaves_with_floats_in_give_floats():
    w = Value(5.0)
    assert type(grad(lambda x: x * x * w)(3.0)) is float
    assert type(value_and_grad(lambda x: x * w)(3.0)[0]) is float
    assert type(jvp(lambda x: x * w, (3.0,), (1.0,))[1]) is float
    assert type(vjp(lambda x: x * w, 3.0)[1](1.0)[0]) is float
    assert jacobian(lambda v: [v[0] * w])([3.0]) == [[5.0]]
    assert type(hessian(lambda x: x * x * w)(3.0)) is float
    assert w.grad == 0.0


def test_no_transform_touches_any_grad():
    w, x = Value(5.0, label="w"), Value(2.0)
    w.grad, x.grad = 7.0, 8.0
    inside = []

    def f(v):
        y = v * w * v
        inside.extend([v, y])
        return y * y

    for transform in (grad, value_and_grad, jacobian, hessian, forward, backward):
        transform(f)(3.0)
        transform(f)(x)
    hvp(f, (3.0,), (1.0,))
    hvp(f, (x,), (1.0,))
    assert (w.grad, x.grad) == (7.0, 8.0)
    assert all(node.grad == 0.0 for node in inside)


def test_backward_inside_a_transformed_function_is_possible():
    def f(x):
        w = Value(3.0)
        (w * w).backward()
        return x * w.grad

    assert grad(f)(2.0) == 6.0


def test_the_identity_of_a_value_argument_is_not_that_of_the_input():
    """Two arguments may be the same Value; each is differentiated separately."""
    x = Value(3.0)
    one, two = grad(lambda a, b: a * b * b, argnums=(0, 1))(x, x)
    assert (one.data, two.data) == (9.0, 18.0)


# jacobian and hessian.


def test_the_jacobian_has_a_row_for_each_result():
    assert jacobian(lambda v: [v[0] * v[1], v[0] + v[1], 2.0 * v[0]])([2.0, 3.0]) == [
        [3.0, 2.0],
        [1.0, 1.0],
        [2.0, 0.0],
    ]
    assert jacobian(lambda x: [x, x * x, x**3])(2.0) == [1.0, 4.0, 12.0]
    assert jacobian(lambda v: v[0] * v[1])([2.0, 3.0]) == [3.0, 2.0]


def test_the_jacobian_nests_the_argument_in_the_result():
    result = jacobian(lambda p: {"sum": p["a"] + p["b"][0], "pair": (p["a"], p["a"] * p["b"][0])})(
        {"a": 2.0, "b": [3.0]}
    )
    assert result == {"sum": {"a": 1.0, "b": [1.0]}, "pair": ({"a": 1.0, "b": [0.0]}, {"a": 3.0, "b": [2.0]})}


def test_the_jacobian_with_respect_to_several_arguments_has_a_tuple_for_each_result():
    assert jacobian(lambda x, y: [x * y, x + y], argnums=(0, 1))(2.0, 3.0) == [(3.0, 2.0), (1.0, 1.0)]


@pytest.mark.parametrize("argument_shape", [(), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("result_shape", [(), (2,), (2, 2), (0,), (7,)])
def test_the_jacobian_of_arrays_has_both_shapes(argument_shape, result_shape):
    array = np.arange(1.0, math.prod(argument_shape) + 1.0).reshape(argument_shape)
    factors = np.arange(math.prod(result_shape), dtype=float).reshape(result_shape)

    def f(x):
        return np.array(factors * np.sum(x * x))

    result = jacobian(f)(array)
    if result_shape == argument_shape == ():  # two numbers
        assert type(result) is float
    else:
        assert isinstance(result, np.ndarray)
        assert result.dtype == np.float64
    assert np.shape(result) == result_shape + argument_shape
    assert np.array_equal(result, np.multiply.outer(factors, 2.0 * array))


def test_the_jacobian_of_a_matrix_product_is_the_matrix():
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert np.array_equal(jacobian(lambda x: matrix @ x)(np.ones(3)), matrix)
    assert np.array_equal(jacobian(lambda x: x @ matrix)(np.ones(2)), matrix.T)


def test_a_row_of_the_jacobian_is_the_gradient_of_that_result_alone():
    """An infinite derivative of one result says nothing about another."""

    def f(v):
        return [v[0].sqrt(), v[0] * v[1]]

    assert grad(lambda v: f(v)[1])([0.0, 5.0]) == [5.0, 0.0]
    assert jacobian(f)([0.0, 5.0])[1] == [5.0, 0.0]


def test_a_column_of_the_jacobian_is_the_derivative_with_respect_to_that_input_alone():
    def f(v):
        root = v[0].sqrt()
        return [root + v[1], v[1], 2.0 * v[1]]

    assert jacobian(f)([0.0, 5.0]) == [[inf, 1.0], [0.0, 1.0], [0.0, 2.0]]


def test_tall_and_wide_jacobians_agree_with_gradients():
    def f(v):
        return [autograd.tanh(x * v[0]) for x in v]

    for size in (1, 2, 6):
        point = [0.1 * k + 0.2 for k in range(size)]
        rows = [grad(lambda v, i=i: f(v)[i])(point) for i in range(size)]
        for square, row in zip(jacobian(f)(point), rows, strict=True):
            assert square == pytest.approx(row, rel=1e-14)
        tall = jacobian(lambda v: f(v) * 2)(point)
        for k, row in enumerate(rows * 2):
            assert tall[k] == pytest.approx(row, rel=1e-14)


def test_the_hessian_of_a_quadratic_form_is_its_matrix():
    matrix = np.array([[2.0, -1.0, 0.5], [-1.0, 3.0, 0.0], [0.5, 0.0, 1.0]])
    result = hessian(lambda x: 0.5 * (x @ matrix @ x))(np.array([1.0, 2.0, 3.0]))
    assert (result.dtype, result.shape) == (np.float64, (3, 3))
    assert result == pytest.approx(matrix, rel=1e-14)


def test_the_hessian_nests_the_argument_in_itself():
    result = hessian(lambda p: p["a"] ** 2 * p["b"][0])({"a": 2.0, "b": [3.0]})
    assert result == {"a": {"a": 6.0, "b": [4.0]}, "b": [{"a": 4.0, "b": [0.0]}]}


def test_the_hessian_with_respect_to_several_arguments_has_blocks():
    assert hessian(lambda x, y: x**2 * y, argnums=(0, 1))(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))


def test_the_hessian_of_a_matrix_argument_has_four_axes():
    result = hessian(lambda x: (x * x * x).sum())(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert result.shape == (2, 2, 2, 2)
    assert np.array_equal(result.reshape(4, 4), np.diag([6.0, 12.0, 18.0, 24.0]))


@given(st.data())
def test_the_hessian_is_symmetric(programs, data):
    program = data.draw(programs)
    result = np.array(hessian(lambda v: program(*v))(list(program.inputs)))
    size = 1e-9 * (np.abs(result).max() + max(map(abs, grad(lambda v: program(*v))(list(program.inputs)))) + 1.0)
    assert result == pytest.approx(result.T, rel=1e-9, abs=size)


# vjp, jvp, hvp.


def test_vjp_gives_the_output_and_a_pullback():
    output, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    assert output == [6.0, 5.0]
    assert pullback([1.0, 10.0]) == (13.0, 12.0)
    assert pullback([1.0, 0.0]) == (3.0, 2.0)


def test_a_pullback_takes_and_gives_structures():
    output, pullback = vjp(lambda p, v: {"y": v * p["w"], "z": p["w"]}, {"w": 3.0}, np.array([1.0, 2.0]))
    assert np.array_equal(output["y"], [3.0, 6.0])
    by_p, by_v = pullback({"y": np.array([1.0, 10.0]), "z": 100.0})
    assert by_p == {"w": 121.0}
    assert np.array_equal(by_v, [3.0, 30.0])


@pytest.mark.parametrize(
    "cotangent",
    [1.0, [1.0], [1.0, 2.0, 3.0], (1.0, 2.0), [[1.0], 2.0], {"a": 1.0}, np.ones(3), np.ones((2, 1))],
    ids=repr,
)
def test_a_cotangent_of_the_wrong_structure_is_an_error_that_shows_both(cotangent):
    _, pullback = vjp(lambda x: [x, x], 2.0)
    with pytest.raises((TypeError, ValueError), match=r"cotangent.*\['number', 'number'\]"):
        pullback(cotangent)


@pytest.mark.parametrize("cotangent", [None, "ab", [1.0, None]])
def test_a_cotangent_that_is_not_a_number_is_a_type_error(cotangent):
    _, pullback = vjp(lambda x: [x, x], 2.0)
    with pytest.raises(TypeError, match="cotangent"):
        pullback(cotangent)


def test_ones_like_the_output_is_a_cotangent():
    for f, argument, expected in (
        (lambda x: x * x, 3.0, 6.0),
        (lambda x: [x, x * x], 3.0, 7.0),
        (lambda x: (x, [x * x]), 3.0, None),
        (lambda v: v * v, np.array([1.0, 2.0]), [2.0, 4.0]),
        (lambda v: np.outer(v, v), np.array([1.0, 2.0]), [6.0, 6.0]),
    ):
        output, pull = vjp(f, argument)
        if expected is None:
            assert pull((np.ones_like(output[0]), np.ones_like(output[1]))) == (7.0,)
        else:
            assert np.array_equal(pull(np.ones_like(output))[0], expected)
            assert np.array_equal(pull(np.ones_like(output, dtype=np.float32))[0], expected)
    assert vjp(lambda v: v * v, np.array([1.0, 2.0]))[1]([1.0, 0.0])[0].tolist() == [2.0, 0.0]


def test_ones_like_the_primals_are_tangents():
    v = np.array([1.0, 2.0])
    assert jvp(lambda x: x * x, (3.0,), (np.ones_like(3.0),)) == (9.0, 6.0)
    assert jvp(lambda x: x * x, (np.array(3.0),), (np.ones_like(np.array(3.0)),)) == (9.0, 6.0)
    assert jvp(lambda v: v[0] * v[1], ([1.0, 2.0],), (np.ones_like([1.0, 2.0]),)) == (2.0, 3.0)
    assert jvp(lambda v: v * v, (v,), ([1, 0],))[1].tolist() == [2.0, 0.0]
    assert hvp(lambda v: np.sum(v**3), (v,), (np.ones_like(v, dtype=np.float32),)).tolist() == [6.0, 12.0]
    assert hvp(lambda x: x**3, (3.0,), (np.ones_like(3.0),)) == 18.0


def test_ones_like_an_output_of_values_is_a_cotangent_inside_a_transform():
    def inner(v):
        output, pull = vjp(lambda w: w**3 * v, v)
        return np.sum(pull(np.ones_like(output))[0])

    assert grad(inner)(np.array([1.0, 2.0])).tolist() == [9.0, 36.0]


def test_jvp_gives_the_output_and_its_tangent():
    assert jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)
    assert jvp(lambda x, y: x * y, [2.0, 3.0], [1, 10]) == (6.0, 23.0)
    output, tangent = jvp(lambda p: {"y": [p["a"] ** 2]}, ({"a": 3.0},), ({"a": 1.0},))
    assert (output, tangent) == ({"y": [9.0]}, {"y": [6.0]})


def test_jvp_takes_arrays():
    output, tangent = jvp(lambda v: v * v, (np.array([1.0, 2.0]),), (np.array([1, 10]),))
    assert np.array_equal(output, [1.0, 4.0])
    assert np.array_equal(tangent, [2.0, 40.0])
    assert tangent.dtype == np.float64


@pytest.mark.parametrize(
    "tangents", [(1.0,), (1.0, 2.0, 3.0), ([1.0], 2.0), ((1.0, 2.0),), (np.ones(1), 1.0)], ids=repr
)
def test_tangents_of_the_wrong_structure_are_an_error_that_shows_both(tangents):
    with pytest.raises((TypeError, ValueError), match=r"tangents.*primals.*'number', 'number'"):
        jvp(lambda x, y: x * y, (2.0, 3.0), tangents)


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [(2.0, 1.0), ((2.0,), 1.0), (2.0, (1.0,)), (np.ones(1), np.ones(1)), ("2", "1"), (None, None)],
)
def test_primals_and_tangents_not_in_tuples_are_a_type_error(primals, tangents):
    with pytest.raises(TypeError, match="tuple or list"):
        jvp(lambda x: x, primals, tangents)


def test_a_dict_of_tangents_or_cotangents_may_have_any_order():
    """As in JAX, a dict is known by its keys, not by their order."""
    output, tangent = jvp(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"b": 10.0, "a": 1.0},))
    assert (output, tangent) == (6.0, 23.0)
    _, pullback = vjp(lambda x: {"a": x, "b": x * x}, 3.0)
    assert pullback({"b": 10.0, "a": 1.0}) == (61.0,)


def test_a_tangent_of_zero_gives_zero():
    assert jvp(lambda x: x**3, (2.0,), (0.0,)) == (8.0, 0.0)


def test_hvp_is_the_hessian_times_the_vector():
    assert hvp(lambda v: v[0] ** 2 * v[1], ([3.0, 5.0],), ([1.0, 0.0],)) == [10.0, 6.0]
    assert hvp(lambda x: x**3, (2.0,), (10.0,)) == 120.0
    assert np.array_equal(
        hvp(lambda v: (v * v * v).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),)), [6.0, 12.0]
    )


def test_hvp_of_several_arguments_is_with_respect_to_the_first_along_all():
    """d/dt of the gradient with respect to x of x^2 y^3, moving both: 2 y^3 dx + 6 x y^2 dy."""
    assert hvp(lambda x, y: x**2 * y**3, (2.0, 3.0), (1.0, 10.0)) == 2.0 * 27.0 + 6.0 * 2.0 * 9.0 * 10.0


@given(st.data())
def test_vjp_and_jvp_are_adjoint(programs, data):
    program = data.draw(programs)
    count = len(program.inputs)
    tangent = data.draw(st.lists(small, min_size=count, max_size=count))
    cotangent = data.draw(st.lists(small, min_size=2, max_size=2))

    def f(v):
        return [program(*v), program.nodes(*v)[-1]]

    point = list(program.inputs)
    output, moved = jvp(f, (point,), (tangent,))
    again, pullback = vjp(f, point)
    (pulled,) = pullback(cotangent)
    assert output == again
    left = [a * b for a, b in zip(cotangent, moved, strict=True)]
    right = [a * b for a, b in zip(pulled, tangent, strict=True)]
    size = sum(map(abs, left)) + sum(map(abs, right)) + 1.0
    assert sum(left) == pytest.approx(sum(right), abs=1e-9 * size)


@given(st.data())
def test_hvp_is_the_hessian_times_any_vector(programs, data):
    program = data.draw(programs)
    point = list(program.inputs)
    vector = data.draw(st.lists(small, min_size=len(point), max_size=len(point)))

    def f(v):
        return program(*v)

    matrix = np.array(hessian(f)(point))
    size = np.abs(matrix).sum() + max(map(abs, grad(f)(point))) + 1.0
    assert hvp(f, (point,), (vector,)) == pytest.approx((matrix @ np.array(vector)).tolist(), rel=1e-9, abs=1e-9 * size)
    by_reverse = grad(lambda v: autograd.dot(grad(f)(v), vector))(point)
    assert by_reverse == pytest.approx((matrix.T @ np.array(vector)).tolist(), rel=1e-9, abs=1e-9 * size)


@given(st.data())
def test_the_jacobian_times_a_vector_is_jvp_and_its_transpose_vjp(programs, data):
    program = data.draw(programs)
    point = list(program.inputs)

    def f(v):
        return program.nodes(*v)[-3:]

    matrix = np.array(jacobian(f)(point), dtype=float).reshape(-1, len(point))
    size = np.abs(matrix).sum() + 1.0
    for i in range(len(point)):
        column = jvp(f, (point,), ([float(i == j) for j in range(len(point))],))[1]
        assert column == pytest.approx(matrix[:, i].tolist(), rel=1e-9, abs=1e-10 * size)
    output, pullback = vjp(f, point)
    for k in range(len(output)):
        (row,) = pullback([float(k == j) for j in range(len(output))])
        assert row == pytest.approx(matrix[k].tolist(), rel=1e-9, abs=1e-10 * size)


@given(st.data())
def test_gradients_agree_with_finite_differences(programs, data):
    program = data.draw(programs)
    gradient = grad(program, range(len(program.inputs)))(*program.inputs)
    curvature = np.abs(np.array(hessian(lambda v: program(*v))(list(program.inputs)))).max()
    for i, slope in enumerate(gradient):
        h = 1e-5
        high, low = list(program.inputs), list(program.inputs)
        high[i] += h
        low[i] -= h
        difference = (program(*high) - program(*low)) / (2 * h)
        size = abs(slope) + curvature + abs(program(*program.inputs)) + 1.0
        if size < 1e3:  # else the third derivative may well be large too
            assert slope == pytest.approx(difference, abs=1e-5 * size)


@pytest.mark.parametrize("transform", [jvp, hvp])
def test_an_error_about_primals_and_tangents_names_what_was_called(transform):
    for arguments, name in (((2.0, 1.0), "primals"), (((2.0,), 1.0), "tangents")):
        with pytest.raises(TypeError, match=f"^{transform.__name__}: {name} must be a tuple or list"):
            transform(autograd.sin, *arguments)


# Modes and contexts.


def test_transforms_inside_detect_anomaly_give_the_same():
    def f(v):
        return autograd.norm([v[0], v[1] * v[0]]) * grad(lambda x: x**3 * v[0])(v[1])

    expected = grad(f)([2.0, 0.5]), hessian(f)([2.0, 0.5])
    with detect_anomaly():
        assert (grad(f)([2.0, 0.5]), hessian(f)([2.0, 0.5])) == expected


def test_transforms_inside_no_grad_give_the_same():
    def f(v):
        return autograd.norm([v[0], v[1] * v[0]]) * grad(lambda x: x**3 * v[0])(v[1])

    expected = grad(f)([2.0, 0.5]), hessian(f)([2.0, 0.5])
    with no_grad():
        assert (grad(f)([2.0, 0.5]), hessian(f)([2.0, 0.5])) == expected


def test_a_transform_in_another_context_does_not_know_this_one():
    """A captured variable of an outer transform is a variable of that call, wherever the inner one runs."""

    def f(x):
        context = contextvars.copy_context()
        return context.run(lambda: grad(lambda y: x * y * y)(1.0))

    assert grad(f)(3.0) == 2.0


def test_deep_functions_are_differentiated():
    def f(x):
        y = x
        for _ in range(20_000):
            y = y + 1e-9
        return y * x

    assert grad(f)(2.0) == pytest.approx(4.0, rel=1e-4)
    assert grad(grad(f))(2.0) == 2.0
    assert jvp(f, (2.0,), (1.0,))[1] == pytest.approx(4.0, rel=1e-4)


def test_an_error_in_the_function_reaches_the_caller():
    def f(x):
        raise KeyError("mine")

    for transform in (grad, jacobian, hessian, forward, backward):
        with pytest.raises(KeyError, match="mine"):
            transform(f)(2.0)
    assert grad(lambda x: x * x)(3.0) == 6.0
