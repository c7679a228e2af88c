"""check_gradient and check_jacobian: which derivatives from elsewhere pass, and what is said of others."""

import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.testing import check_gradient, check_jacobian

COEFFICIENTS = st.lists(
    st.floats(-3.0, 3.0, allow_subnormal=False).filter(lambda x: abs(x) > 1e-2), min_size=2, max_size=6
)


def smooth(c):
    """Return a function of so many inputs and its gradient."""
    c = np.array(c)
    return lambda x: np.sum(np.sin(c * x)) + np.prod(x), lambda x: c * np.cos(c * x) + np.prod(x) / x


def single(x):
    """Return a sum in single precision."""
    x = np.asarray(x, np.float32)
    return np.sum(np.sin(x) * x, dtype=np.float32)


def single_gradient(x):
    x = np.asarray(x, np.float32)
    return np.cos(x) * x + np.sin(x)


def said(error, *args, check=check_gradient, **options):
    with pytest.raises(error) as caught:
        check(*args, **options)
    return str(caught.value)


@given(COEFFICIENTS, st.data())
def test_a_fault_planted_in_one_entry_is_caught_and_named(c, data):
    (f, right), place = smooth(c), data.draw(st.integers(0, len(c) - 1))
    x = data.draw(st.lists(st.floats(0.1, 3.0), min_size=len(c), max_size=len(c)))
    check_gradient(f, right, x)
    check_gradient(f, right, x, directions=2)
    off = 10.0 ** data.draw(st.floats(-8.0, 2.0)) * max(1.0, *abs(right(np.array(x)))) * (np.arange(len(c)) == place)
    assert f"x[{place}]" in said(GradientMismatchError, f, lambda x: right(x) + off, x)
    said(GradientMismatchError, f, lambda x: right(x) + off, x, directions=2)


@given(st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5), st.data())
def test_a_fault_planted_in_a_jacobian_is_caught_with_its_output_and_input(x, data):
    n = len(x)
    row, column = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))

    def f(x):
        return np.sin(np.outer(x, x)).sum(axis=1)

    def jacobian(x):
        slopes = np.cos(np.outer(x, x))
        return slopes * x[:, None] + np.diag(slopes @ x)

    off = np.zeros((n, n))
    off[row, column] = 1e-6
    check_jacobian(f, jacobian, x)
    message = said(GradientMismatchError, f, lambda x: jacobian(x) + off, x, check=check_jacobian)
    assert f"of f[{row}]" in message
    assert f"x[{column}]" in message


@given(st.lists(st.floats(0.2, 1.5), min_size=1, max_size=5))
def test_single_precision_is_judged_by_its_own_noise(x):
    check_gradient(single, single_gradient, x)
    said(GradientMismatchError, single, lambda x: 1.05 * single_gradient(x), x)


@pytest.mark.parametrize(("shape", "place"), [((5000,), (77,)), ((40, 100), (3, 17))])
def test_with_many_inputs_the_one_at_fault_is_found_from_random_directions(shape, place):
    x = np.linspace(-2.0, 2.0, math.prod(shape)).reshape(shape)

    def wrong(x):
        gradient = 3.0 * x**2
        gradient[place] += 1e-4
        return gradient

    calls = []
    check_gradient(lambda x: calls.append(1) or np.sum(x**3), lambda x: 3.0 * x**2, x)
    assert len(calls) < 300
    message = said(GradientMismatchError, lambda x: np.sum(x**3), wrong, x)
    assert "direction 1" in message
    assert f"x[{', '.join(map(str, place))}]" in message


def test_a_wrong_factor_shows_through_the_noise_of_single_precision_with_many_inputs():
    x = np.random.default_rng(0).normal(size=20_000)

    def f(x):
        return np.mean(np.tanh(np.float32(x)) ** 2, dtype=np.float32)

    def gradient(x):
        y = np.tanh(np.float32(x))
        return 2.0 * y * (1.0 - y * y) / np.float32(x.size)

    check_gradient(f, gradient, x)
    assert "1.01 times" in said(GradientMismatchError, f, lambda x: np.float32(1.01) * gradient(x), x)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("options", [{}, {"directions": 3}])
@pytest.mark.parametrize("count", [4, 2000])
def test_an_entry_that_is_not_finite_is_a_mismatch_named_by_its_index(bad, options, count):
    x = np.ones(count)
    message = said(GradientMismatchError, np.sum, lambda x: np.where(np.arange(count) == 2, bad, 1.0), x, **options)
    assert "x[2]" in message


@pytest.mark.parametrize(
    ("f", "gradient", "x", "kind"),
    [
        (lambda x: np.sum(abs(x)), np.sign, [1.0, 0.0], "f has a kink at x[1] = 0.0"),
        (lambda x: np.sum(np.sign(x)), lambda x: 0.0 * x, [0.0], "f jumps at x[0] = 0.0"),
        (np.sqrt, lambda x: np.full((), np.inf), 0.0, "the domain of f ends at x = 0.0"),
        (np.cbrt, lambda x: np.full((), np.inf), 0.0, "f is infinitely steep at x = 0.0"),
    ],
)
def test_where_there_is_no_derivative_that_is_said(f, gradient, x, kind):
    assert kind in said(NonDifferentiableError, f, gradient, x)


def test_digits_lost_in_both_are_neither_right_nor_wrong():
    said(
        InconclusiveError,
        lambda x: (1.0 - np.cos(x)) / x**2,
        lambda x: np.sin(x) / x**2 - 2.0 * (1.0 - np.cos(x)) / x**3,
        1e-5,
    )


@pytest.mark.parametrize(
    ("f", "gradient", "x", "error", "words"),
    [
        (np.sum, lambda x: [1.0], [1.0, 2.0], ValueError, ["(2,)", "(1,)"]),
        (np.sum, lambda x: np.ones((3, 1)), np.ones((1, 3)), ValueError, ["(1, 3)", "(3, 1)"]),
        (lambda x: x, lambda x: x, [1.0, 2.0], TypeError, ["one number", "ndarray of 2"]),
        (lambda x: None, lambda x: x, [1.0], TypeError, ["None", "return"]),
        (lambda x: "1", lambda x: x, [1.0], TypeError, ["str"]),
        (np.sum, lambda x: None, [1.0], TypeError, ["the gradient", "NoneType"]),
        (np.sum, lambda x: x, ["a"], TypeError, ["x must be real numbers"]),
        (np.sum, lambda x: x, [1j], TypeError, ["x must be real numbers"]),
        (np.sum, lambda x: x, [[1.0], [1.0, 2.0]], ValueError, ["rows of one length"]),
        (np.sum, lambda x: x, [], ValueError, ["at least one number"]),
        (np.sum, lambda x: x, [1.0, math.nan], ValueError, ["x[1] = nan"]),
        (lambda x: math.inf, lambda x: x, [1.0], ValueError, ["finite at x", "inf"]),
    ],
)
def test_what_cannot_be_judged_is_refused_with_what_was_given(f, gradient, x, error, words):
    message = said(error, f, gradient, x)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("directions", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_directions_are_a_positive_int(directions, error):
    assert repr(directions) in said(error, np.sum, np.ones_like, [1.0], directions=directions)


def test_a_function_of_chance_is_refused():
    random = np.random.default_rng(0)
    assert "the same each time" in said(ValueError, lambda x: random.random(), lambda x: x, [1.0])


def test_nothing_that_f_does_to_its_array_is_seen():
    x = np.array([1.0, 2.0])

    def f(x):
        x *= x
        return x.sum()

    check_gradient(f, lambda x: 2.0 * x, x)
    assert x.tolist() == [1.0, 2.0]


def test_numbers_and_lists_are_taken_as_arrays_are():
    check_gradient(lambda x: x[0, 0] ** 2, lambda x: [[2.0 * float(x[0, 0])]], [[3.0]])
    check_gradient(lambda x: float(x) ** 2, lambda x: 2.0 * float(x), 3)
    check_jacobian(lambda x: float(x) ** 2, lambda x: 2.0 * float(x), 3)


def test_a_sparse_jacobian_is_read():
    sparse = pytest.importorskip("scipy.sparse")
    check_jacobian(lambda x: x**2, lambda x: sparse.diags_array(2.0 * x), [1.0, 2.0])


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX is not installed")
def test_numbers_of_jax_are_read_in_single_precision_and_half():
    import jax
    import jax.numpy as jnp

    def f(x):
        return jnp.sum(jnp.sin(x))

    check_gradient(f, jax.grad(f), jnp.array([0.5, 2.0]))
    said(GradientMismatchError, f, lambda x: -jax.grad(f)(x), [jnp.float32(0.5), 2.0])
    check_gradient(np.sum, lambda x: jnp.ones(2, jnp.bfloat16), jnp.ones(2, jnp.bfloat16))


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
def test_numbers_of_pytorch_are_read_though_they_record():
    import torch

    def f(x):
        return torch.sin(torch.tensor(x, requires_grad=True)).sum()

    def gradient(x):
        x = torch.tensor(x, requires_grad=True)
        torch.sin(x).sum().backward()
        return x.grad

    check_gradient(f, gradient, torch.tensor([0.5, 2.0], requires_grad=True))
    said(GradientMismatchError, f, lambda x: [-d for d in gradient(x)], [torch.tensor(0.5), 2.0])
