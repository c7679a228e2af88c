"""Layers with a wide input: BLAS on the rows as they lie, and sums number by number where it would make a NaN."""

import math

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

import autograd  # noqa: E402
from autograd import compile, value_and_grad  # noqa: E402
from autograd.compiler.run import specialization  # noqa: E402

WIDTH = 256


def layer(outputs):
    def f(weights, row):
        return autograd.sum([autograd.square(autograd.relu(autograd.dot(list(w), list(row)))) for w in weights])

    rng = numpy.random.default_rng(outputs)
    return f, rng.normal(size=(outputs, WIDTH)) / 16.0, rng.normal(size=(37, WIDTH))


def compiled(f):
    return compile(value_and_grad(f), in_axes=(None, 0), reduce="sum")


def eagerly(f, weights, rows):
    found = [value_and_grad(f)(weights, row) for row in rows]
    return sum(value for value, _ in found), numpy.sum([slopes for _, slopes in found], axis=0)


@pytest.fixture(autouse=True)
def loops(monkeypatch):
    """Make loops of what is small, as of what is large."""
    monkeypatch.setattr(specialization, "SMALL", 0)


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("step", [1, 2, -1], ids=["together", "every other", "backwards"])
def test_a_layer_and_the_gradient_of_its_weights_are_those_of_eager(outputs, step):
    f, weights, rows = layer(outputs)
    by_blas = compiled(f)
    value, slopes = by_blas(weights, rows[::step])
    expected, derivatives = eagerly(f, weights, rows[::step])
    assert value == pytest.approx(expected, rel=1e-12)
    assert slopes == pytest.approx(derivatives, rel=1e-9, abs=1e-12)
    if outputs > 1:
        assert "trunc i64 %k to i32" in by_blas.llvm, "not by BLAS"


@pytest.mark.parametrize("outputs", [2, 5])
def test_an_infinite_row_that_no_neuron_lets_through_leaves_the_gradient_finite(outputs):
    f, weights, rows = layer(outputs)
    weights[:, 7] = 0.25 + numpy.abs(weights[:, 7])
    rows[3, 7] = -math.inf
    by_blas = compiled(f)
    _, slopes = by_blas(weights, rows)
    assert "trunc i64 %k to i32" in by_blas.llvm, "not by BLAS"
    _, derivatives = eagerly(f, weights, rows)
    assert numpy.isfinite(derivatives).all()
    assert slopes == pytest.approx(derivatives, rel=1e-9, abs=1e-12)


def test_rows_may_be_taken_out_of_order():
    import nn.optim

    def trained(compile):
        model = nn.MLP(WIDTH, [3, 1], seed=1)
        rng = numpy.random.default_rng(0)
        rows, targets = rng.normal(size=(23, WIDTH)), rng.normal(size=23)
        optimizer = nn.optim.SGD(model.parameters(), lr=1e-3)
        nn.fit(model, rows, targets, epochs=2, batch_size=5, optimizer=optimizer, loss="mse", compile=compile)
        return [x.data for x in model.parameters()]

    assert trained(True) == pytest.approx(trained(False), rel=1e-9, abs=1e-12)
