"""Programs as functions of arrays: flat, rolled, or refused, with the same numbers."""

import numpy as np
import pytest

import autograd
from autograd import compile, value_and_grad
from autograd.errors import CompileError

pytest.importorskip("jax")


def layer(weights, x):
    """A layer of `len(weights)` tanh neurons, each with a bias, and the sum of their squares."""
    size = len(x)
    return sum([autograd.tanh(autograd.dot(w[:size], x, w[size])) ** 2 for w in weights])


def test_a_network_is_rolled_and_agrees_with_native_code():
    random = np.random.default_rng(0)
    weights, X = random.normal(size=(40, 9)), random.normal(size=(64, 8))
    step = value_and_grad(layer)
    for reduce in (None, "sum", "mean"):
        native = compile(step, in_axes=(None, 0), reduce=reduce)(weights, X)
        other = compile(step, in_axes=(None, 0), reduce=reduce, backend="jax")
        found = other(weights, X)
        assert other.report().tier == "JAX, rolled"
        for mine, theirs in zip(native, found, strict=True):
            np.testing.assert_allclose(np.asarray(theirs), mine, rtol=1e-11, atol=1e-13)


def test_a_guarded_gradient_is_rolled_too():
    random = np.random.default_rng(1)
    weights, X = random.normal(size=(30, 5)), random.normal(size=(16, 4))
    step = value_and_grad(lambda w, x: sum([autograd.relu(autograd.dot(row[:4], x, row[4])) for row in w]))
    native = compile(step, in_axes=(None, 0), reduce="sum")(weights, X)
    found = compile(step, in_axes=(None, 0), reduce="sum", backend="jax")(weights, X)
    np.testing.assert_allclose(np.asarray(found[1]), native[1], rtol=1e-12, atol=1e-13)


def test_a_small_irregular_program_is_flat():
    f = compile(lambda x, y: autograd.sin(x * y) + autograd.exp(x) / y, backend="jax")
    assert float(f(0.5, 2.0)) == pytest.approx(np.sin(1.0) + np.exp(0.5) / 2.0, rel=1e-14)
    assert f.report().tier == "JAX, flat"


def test_a_large_irregular_program_is_refused_with_its_size_and_the_limit():
    def f(x):
        for k in range(900):
            x = autograd.sin(x * (k + 0.5)) + autograd.exp(-x) / (k + 1.0)
        return x

    with pytest.raises(CompileError, match=r"operations in .* groups.*up to 3,000.*backend='native'"):
        compile(f, backend="jax")(0.5)
