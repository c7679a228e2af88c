"""The functions of one, two or three numbers, as a user calls them; the table's tests have the numerics."""

import inspect
import math
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import OPS, Value, grad

UNARY_NAMES = """
    exp expm1 exp2 log log1p log2 log10 sqrt cbrt square reciprocal sin cos tan asin acos atan sinh cosh tanh
    asinh atanh erf erfc lgamma digamma abs sign floor ceil step relu leaky_relu elu selu gelu silu softplus mish
    sigmoid log_sigmoid hardtanh
"""
UNARY = UNARY_NAMES.split()
BINARY = ["atan2", "hypot", "maximum", "minimum"]
each_unary = pytest.mark.parametrize("f", [getattr(autograd, name) for name in UNARY], ids=UNARY)
each_binary = pytest.mark.parametrize("f", [getattr(autograd, name) for name in BINARY], ids=BINARY)

FORMULAS = {
    "exp": math.exp, "expm1": math.expm1, "exp2": lambda x: 2.0**x, "log": math.log, "log1p": math.log1p,
    "log2": math.log2, "log10": math.log10,
    "sqrt": math.sqrt, "cbrt": lambda x: x ** (1.0 / 3.0), "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x, "sin": math.sin,
    "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh,
    "tanh": math.tanh, "asinh": math.asinh, "atanh": math.atanh, "erf": math.erf, "erfc": math.erfc,
    "lgamma": math.lgamma,
    "abs": abs, "sign": lambda x: math.copysign(1.0, x), "floor": math.floor, "ceil": math.ceil,
    "step": lambda x: float(x > 0.0),
    "relu": lambda x: max(x, 0.0), "leaky_relu": lambda x: x if x > 0.0 else 0.01 * x,
    "elu": lambda x: x if x > 0.0 else math.exp(x) - 1.0,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0.0 else 1.6732632423543772 * (math.exp(x) - 1.0)),
    "gelu": lambda x: x * 0.5 * (1.0 + math.erf(x / math.sqrt(2.0))), "silu": lambda x: x / (1.0 + math.exp(-x)),
    "softplus": lambda x: math.log(1.0 + math.exp(x)), "mish": lambda x: x * math.tanh(math.log(1.0 + math.exp(x))),
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)), "log_sigmoid": lambda x: -math.log(1.0 + math.exp(-x)),
    "hardtanh": lambda x: min(max(x, -1.0), 1.0),
    "atan2": math.atan2, "hypot": math.hypot, "maximum": max, "minimum": min,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_a_function_is_what_its_name_says(name):
    f, formula = getattr(autograd, name), FORMULAS[name]
    for x in (0.1, 0.37, 0.72, 0.99):
        xs = (x,) if name in UNARY else (x, 0.5)
        assert f(*xs) == pytest.approx(formula(*xs), rel=1e-13, abs=1e-15)
    if name not in ("log", "log2", "log10", "sqrt", "cbrt", "lgamma"):
        for x in (-0.1, -0.72, -0.99):
            xs = (x,) if name in UNARY else (x, 0.5)
            assert f(*xs) == pytest.approx(formula(*xs), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", FORMULAS)
def test_its_derivative_is_that_of_the_formula(name):
    f, formula = getattr(autograd, name), FORMULAS[name]
    h = 1e-6
    for x in (0.13, 0.37, 0.72):
        xs = (x,) if name in UNARY else (x, 0.5)
        for i in range(len(xs)):
            high, low = list(xs), list(xs)
            high[i] += h
            low[i] -= h
            expected = (formula(*high) - formula(*low)) / (2 * h)
            assert grad(f, i)(*xs) == pytest.approx(expected, rel=1e-7, abs=1e-8)


@each_unary
def test_a_float_in_gives_a_float_out_and_a_value_a_value(f):
    assert type(f(0.5)) is float
    assert type(f(Value(0.5))) is Value
    assert f(Value(0.5)).data == f(0.5)


@each_unary
@pytest.mark.parametrize(
    "number", [1, True, np.float32(1.0), np.int64(1), np.bool_(True), np.array(1.0)], ids=lambda x: type(x).__name__
)
def test_any_real_number_is_taken(f, number):
    assert type(f(number)) is float
    assert f(number) == f(1.0)


@each_binary
def test_a_value_on_either_side_gives_a_value(f):
    assert type(f(0.5, 2)) is float
    for result in (f(Value(0.5), 2), f(0.5, Value(2.0)), f(Value(0.5), Value(2.0)), f(np.float32(0.5), Value(2.0))):
        assert type(result) is Value
        assert result.data == f(0.5, 2.0)


@each_unary
@pytest.mark.parametrize("thing", ["1", None, 1j, [1.0], np.array([1.0, 2.0])], ids=lambda x: type(x).__name__)
def test_anything_but_a_number_is_a_type_error(f, thing):
    with pytest.raises(TypeError, match=f"(?s)number.*{type(thing).__name__}"):
        f(thing)


@each_binary
def test_anything_but_a_number_is_a_type_error_on_either_side(f):
    with pytest.raises(TypeError, match="number"):
        f("1", 1.0)
    with pytest.raises(TypeError, match="number"):
        f(Value(1.0), None)


@pytest.mark.parametrize("name", [*UNARY, *BINARY, "clip", "where", "polygamma"])
def test_a_function_is_documented_and_has_an_example(name):
    f = getattr(autograd, name)
    assert f.__name__ == name
    assert inspect.getdoc(f).splitlines()[0].endswith(".")
    assert ">>>" in inspect.getdoc(f)


def test_every_function_of_the_table_is_there():
    """Except those that operators or methods use, and those that only the table uses."""
    inner = {"add", "sub", "mul", "div", "neg", "pow", "pow_constant", "pow_log", "detach", "identity"}
    inner |= {"tanh_slope", "logistic_density", "logistic_moment"}
    assert {op.name for op in OPS} - inner <= set(autograd.__all__)


@given(st.floats())
def test_no_function_raises_for_a_number(x):
    for name in UNARY:
        f = getattr(autograd, name)
        y = f(Value(x))
        y.backward()
        assert repr(y.data) == repr(f(x))


# clip, where.


@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_clip_is_minimum_of_maximum(x, low, high):
    assert autograd.clip(x, low, high) == autograd.minimum(autograd.maximum(x, low), high)


def test_clip_takes_bounds_that_are_values():
    low = Value(1.0)
    y = autograd.clip(0.5, low, 2)
    y.backward()
    assert y.data == low.grad == 1.0


def test_clip_takes_its_bounds_by_name():
    assert autograd.clip(5.0, low=0.0, high=1.0) == 1.0


@pytest.mark.parametrize("condition", [True, 1, 2.5, -1.0, np.bool_(True), Value(3.0), nan])
def test_where_takes_any_number_as_condition(condition):
    assert autograd.where(condition, Value(1.0), Value(2.0)).data == 1.0


@pytest.mark.parametrize("condition", [False, 0, 0.0, -0.0, np.bool_(False), Value(0.0)])
def test_where_takes_zero_as_false(condition):
    assert autograd.where(condition, Value(1.0), Value(2.0)).data == 2.0


def test_where_takes_a_comparison_of_values():
    x = Value(3.0)
    y = autograd.where(x > 2.0, x * x, -x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)


def test_where_of_floats_is_a_float():
    assert type(autograd.where(True, 1, 2)) is float


def test_where_has_no_derivative_with_respect_to_its_condition():
    condition, x = Value(1.0), Value(2.0)
    autograd.where(condition, x, 3.0).backward()
    assert (condition.grad, x.grad) == (0.0, 1.0)


# leaky_relu, elu: a parameter that may be a Value.


def test_the_slope_of_leaky_relu_is_a_parameter():
    assert autograd.leaky_relu(-2.0) == -0.02
    assert autograd.leaky_relu(-2.0, 0.5) == autograd.leaky_relu(-2.0, negative_slope=0.5) == -1.0
    assert autograd.leaky_relu(2.0, 0.5) == 2.0


def test_the_slope_of_leaky_relu_can_be_learned():
    slope = Value(0.25)
    autograd.leaky_relu(-2.0, slope).backward()
    assert slope.grad == -2.0
    autograd.leaky_relu(Value(3.0), slope).backward()
    assert slope.grad == -2.0


def test_the_scale_of_elu_is_a_parameter_and_can_be_learned():
    assert autograd.elu(-1.0, 2.0) == autograd.elu(-1.0, alpha=2.0) == 2.0 * math.expm1(-1.0)
    alpha = Value(2.0)
    autograd.elu(Value(-1.0), alpha).backward()
    assert alpha.grad == math.expm1(-1.0)


# polygamma.


def test_polygamma_counts_derivatives_of_digamma():
    assert autograd.polygamma(0, 2.5) == pytest.approx(autograd.digamma(2.5), rel=1e-14)
    assert autograd.polygamma(1, 2.5) == pytest.approx(grad(autograd.digamma)(2.5), rel=1e-14)
    assert autograd.polygamma(2, 2.5) == pytest.approx(grad(grad(autograd.digamma))(2.5), rel=1e-14)
    assert autograd.polygamma(3, 2.5) == pytest.approx(grad(lambda x: autograd.polygamma(2, x))(2.5), rel=1e-14)


def test_polygamma_of_a_value_is_a_value():
    x = Value(2.5)
    y = autograd.polygamma(1, x)
    y.backward()
    assert type(y) is Value
    assert x.grad == autograd.polygamma(2, 2.5)


@pytest.mark.parametrize("n", [1, 1.0, True, np.int64(1)])
def test_the_order_of_polygamma_is_any_whole_number(n):
    assert autograd.polygamma(n, 1.0) == pytest.approx(math.pi**2 / 6.0, rel=1e-15)


@pytest.mark.parametrize("n", [-1, 1.5, nan, inf, -inf, Value(1.0)])
def test_any_other_order_of_polygamma_is_a_value_error(n):
    with pytest.raises(ValueError, match="whole number"):
        autograd.polygamma(n, 1.0)


@pytest.mark.parametrize("n", ["1", None, 1j])
def test_an_order_of_polygamma_that_is_not_a_number_is_a_type_error(n):
    with pytest.raises(TypeError, match="number"):
        autograd.polygamma(n, 1.0)


# This library beside Python's own functions.


def test_python_functions_of_the_same_name_agree():
    for x in (-2.5, 0.0, 3.0):
        assert autograd.abs(x) == abs(x)
        assert autograd.maximum(x, 1.0) == max(x, 1.0)
        assert math.floor(x) == autograd.floor(x)


def test_a_composition_differentiates_through_every_function():
    def f(x):
        y = x
        for name in (
            "tanh",
            "softplus",
            "exp",
            "log1p",
            "sqrt",
            "sin",
            "square",
            "sigmoid",
            "gelu",
            "atan",
            "erf",
            "cbrt",
        ):
            y = getattr(autograd, name)(y)
        return y

    h = 1e-6
    assert grad(f)(0.3) == pytest.approx((f(0.3 + h) - f(0.3 - h)) / (2 * h), rel=1e-8)


def test_nan_reaches_the_end_of_a_composition():
    assert isnan(autograd.sigmoid(autograd.relu(autograd.maximum(autograd.log(-1.0), 0.0))))


def test_detach_is_a_constant_for_floats_and_values():
    x = Value(3.0)
    y = autograd.detach(x * 2.0) * x
    y.backward()
    assert (y.data, x.grad) == (18.0, 6.0)
    assert (autograd.detach(2), type(autograd.detach(2))) == (2.0, float)
    assert autograd.compile(autograd.grad(lambda x: autograd.detach(x * x) * x))(3.0) == 9.0
