"""numerical_grad: structures of arguments, what is changed (nothing), what is refused; test_slopes has the rest."""

import math

import pytest

import autograd
from autograd import Value
from autograd.testing import numerical_grad


def test_one_entry_for_each_argument():
    gradient, error = numerical_grad(lambda x, y: x * x * y, (3.0, 5.0))
    assert gradient == pytest.approx((30.0, 9.0))
    assert isinstance(gradient, tuple)
    assert all(0.0 < e < 1e-11 for e in error)


def test_a_list_of_arguments_gives_a_list():
    gradient, error = numerical_grad(lambda x, y: x * y, [3.0, 5.0])
    assert isinstance(gradient, list)
    assert isinstance(error, list)


def test_nested_arguments_keep_their_structure():
    gradient, error = numerical_grad(lambda p: p["w"][0] * p["w"][1] + p["b"], ({"w": (2.0, 3.0), "b": 1.0},))
    assert gradient == ({"w": (pytest.approx(3.0), pytest.approx(2.0)), "b": pytest.approx(1.0)},)
    assert set(error[0]) == {"w", "b"}


def test_arrays_give_arrays():
    numpy = pytest.importorskip("numpy")
    a = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    (gradient,), (error,) = numerical_grad(lambda x: (x @ x).sum(), (a,))
    assert gradient.dtype == error.dtype == numpy.float64
    assert gradient == pytest.approx(a.sum(axis=1) + a.sum(axis=0)[:, None])
    assert error.max() < 1e-11


def test_numpy_functions_of_arrays_of_values():
    numpy = pytest.importorskip("numpy")
    (gradient,), _ = numerical_grad(lambda x: numpy.exp(x).sum(), (numpy.array([0.0, 1.0]),))
    assert gradient == pytest.approx([1.0, math.e])


def test_whole_numbers_are_numbers():
    assert numerical_grad(lambda x, y: x * y, (3, True))[0] == pytest.approx((1.0, 3.0))


def test_values_are_taken_by_their_numbers():
    x = Value(3.0)
    gradient, _ = numerical_grad(lambda x: x**2, (x,))
    assert gradient == (pytest.approx(6.0),)
    assert (x.data, x.grad, x.op) == (3.0, 0.0, None)


def test_a_function_may_read_its_inputs_by_itself():
    w, b = Value(2.0), Value(1.0)
    gradient, _ = numerical_grad(lambda: autograd.tanh(w * 0.1) + b * b, [w, b])
    assert gradient == [pytest.approx(0.1 * (1.0 - math.tanh(0.2) ** 2)), pytest.approx(2.0)]


def test_a_function_that_takes_the_values_gets_them():
    assert numerical_grad(lambda *xs: xs[0] * xs[1], [Value(2.0), Value(5.0)])[0] == pytest.approx([5.0, 2.0])


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_values_that_a_function_reads_are_left_as_they_were_whatever_happens(error):
    w = Value(2.0)
    w.grad = 7.0
    calls = []

    def f():
        calls.append(w.data)
        if len(calls) == 5:
            raise error
        return w * w

    with pytest.raises(error):
        numerical_grad(f, [w])
    assert len(set(calls)) > 2
    assert (w.data, w.grad) == (2.0, 7.0)


def test_a_function_of_many_inputs():
    xs = [0.01 * k for k in range(200)]
    calls = []

    def f(v):
        calls.append(1)
        return autograd.logsumexp(v)

    (gradient,), (error,) = numerical_grad(f, (xs,))
    total = sum(map(math.exp, xs))
    assert all(abs(g - math.exp(x) / total) <= e < 1e-11 for g, x, e in zip(gradient, xs, error, strict=True))
    assert len(calls) <= 20 * len(xs)


def test_cancellation_inside_is_in_the_estimate():
    for x in (1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-9):
        (gradient,), (error,) = numerical_grad(lambda x: (1.0 - autograd.cos(x)) / x**2, (x,))
        assert abs(gradient + x / 12.0 - x**3 / 180.0) <= error


def test_rounding_of_an_argument_is_in_the_estimate():
    (gradient,), (error,) = numerical_grad(lambda x: autograd.sin(1000.0 * x), (0.5,))
    assert abs(gradient - 1000.0 * math.cos(500.0)) <= error < 1e-6


def test_a_kink_gives_the_mean_slope_and_half_the_gap():
    assert numerical_grad(autograd.relu, (0.0,)) == ((0.5,), (pytest.approx(0.5),))


def test_no_slope_gives_nan_and_inf():
    (gradient,), (error,) = numerical_grad(autograd.sign, (0.0,))
    assert math.isnan(gradient)
    assert error == math.inf


def test_a_function_that_raises_outside_of_its_domain():
    def f(x):
        if x.data <= 0.0:
            raise ValueError("only positive numbers")
        return x.log()

    (gradient,), (error,) = numerical_grad(f, (1e-3,))
    assert abs(gradient - 1e3) <= error < 1e-6


@pytest.mark.parametrize(
    ("f", "args", "error", "message"),
    [
        (autograd.exp, 3.0, TypeError, "tuple or list with one entry per argument of f, got 3.0"),
        (autograd.exp, ("one",), TypeError, "got str: 'one'"),
        (lambda: 1.0, (), ValueError, "at least one number"),
        (lambda x: x[0], ([],), ValueError, "at least one number"),
        (autograd.exp, (math.nan,), ValueError, "finite inputs, got x = nan"),
        (autograd.log, (0.0,), ValueError, "finite at args, got -inf for x = 0.0"),
        (lambda x: [x, x], (1.0,), TypeError, "one number, got list of 2"),
        (lambda x: None, (1.0,), TypeError, "got None; does f end without `return`?"),
        (lambda x: "x", (1.0,), TypeError, "got str: 'x'"),
        (lambda a, b: a, [Value(1.0)], TypeError, r"it is f\(a, b\)"),
        (lambda a: a[0], [Value(1.0), Value(2.0)], TypeError, r"write \[values\]"),
    ],
)
def test_calls_without_a_gradient_are_refused(f, args, error, message):
    with pytest.raises(error, match=message):
        numerical_grad(f, args)


def test_a_value_given_twice_is_refused():
    w = Value(1.0)
    with pytest.raises(ValueError, match="in args twice"):
        numerical_grad(lambda: w * w, [w, w])


def test_a_random_function_is_refused():
    numbers = iter(range(100))
    with pytest.raises(ValueError, match="returns the same each time"):
        numerical_grad(lambda x: x * next(numbers), (1.0,))
