"""Models for JAX: the same predictions, any optimiser, and the way back."""

import numpy as np
import pytest

import nn
from autograd import Value
from nn.export import from_jax, to_jax

jax = pytest.importorskip("jax")

X = np.random.default_rng(0).normal(size=(12, 3))


class Scaled(nn.Module):
    """A model of somebody's own: a network, a scale, and a list of numbers."""

    def __init__(self):
        self.inner = nn.MLP(3, [4, 2], activation="tanh", seed=0)
        self.scale = Value(1.5)
        self.shifts = [Value(0.1), Value(-0.2)]

    def __call__(self, x):
        return [y * self.scale + shift for y, shift in zip(self.inner(x), self.shifts, strict=True)]


MODELS = [
    nn.MLP(3, [4, 1], activation="tanh", seed=0),
    nn.MLP(3, [5, 2], activation="relu", output="softmax", seed=1),
    nn.Sequential(nn.Layer(3, 4, activation="relu", seed=0), nn.Dropout(0.5), nn.Layer(4, 2, seed=1)),
    nn.Neuron(3, seed=0),
    nn.MLP(3, [64, 32, 2], activation="tanh", seed=0),
    Scaled(),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_predictions_are_those_of_the_model(model):
    apply, params = to_jax(model)
    found = np.asarray(apply(params, X))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-12, atol=1e-14)
    with jax.enable_x64(True):
        np.testing.assert_allclose(np.asarray(jax.jit(apply)(params, X)), found, rtol=1e-12, atol=1e-14)


def test_the_parameters_are_named_in_two_levels_and_each_comes_once():
    _, params = to_jax(Scaled())
    shapes = {(part, name): x.shape for part, tables in params.items() for name, x in tables.items()}
    assert shapes == {
        ("inner.layers.0", "weight"): (4, 3),
        ("inner.layers.0", "bias"): (4,),
        ("inner.layers.1", "weight"): (2, 4),
        ("inner.layers.1", "bias"): (2,),
        ("", "scale"): (),
        ("shifts", "0"): (),
        ("shifts", "1"): (),
    }


def test_the_model_is_left_in_its_mode():
    model = nn.Sequential(nn.Layer(3, 4, seed=0), nn.Dropout(0.5)).train()
    apply, params = to_jax(model)
    apply(params, X)
    assert model.training


def test_gradients_are_those_of_backward():
    model = nn.MLP(3, [4, 1], activation="tanh", seed=0)
    apply, params = to_jax(model)
    with jax.enable_x64(True):
        slopes = jax.grad(lambda p: (apply(p, X) ** 2).sum())(params)
    loss = sum([model(row) ** 2 for row in X.tolist()])
    loss.backward()
    mine = [w.grad for neuron in model.layers[0].neurons for w in neuron.weights]
    np.testing.assert_allclose(np.asarray(slopes["layers.0"]["weight"]).ravel(), mine, rtol=1e-12)


def test_parameters_of_float32_compute_in_float32():
    apply, params = to_jax(nn.MLP(3, [4, 1], seed=0))
    single = jax.tree_util.tree_map(lambda x: x.astype("float32"), params)
    assert apply(single, X.astype("float32")).dtype == np.float32


def test_what_was_trained_is_written_back():
    model = nn.MLP(3, [4, 1], seed=0)
    apply, params = to_jax(model)
    with jax.enable_x64(True):
        trained = jax.tree_util.tree_map(lambda x: x * 0.5 + 0.1, params)
    expected = np.asarray(apply(trained, X))
    assert from_jax(model, trained) is model
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.pop("layers.0"), r"missing: layers\.0\.bias, layers\.0\.weight"),
        (lambda p: p.update(other={"weight": np.zeros(1)}), r"unknown: other\.weight"),
        (lambda p: p["layers.0"].update(bias=np.zeros(3)), r"layers\.0\.bias must be 4, got 3"),
        (lambda p: p["layers.1"].update(bias=np.array([np.nan])), r"layers\.1\.bias has NaN or an infinity"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change, message):
    model = nn.MLP(3, [4, 1], seed=0)
    _, params = to_jax(model)
    before = [x.data for x in model.parameters()]
    params["layers.0"]["weight"] = np.zeros((4, 3))
    change(params)
    with pytest.raises(ValueError, match=message):
        from_jax(model, params)
    assert [x.data for x in model.parameters()] == before


def test_a_row_alone_is_not_a_table():
    apply, params = to_jax(nn.MLP(3, [1], seed=0))
    with pytest.raises(ValueError, match=r"a row for each example, got an array of shape \(3,\)"):
        apply(params, [1.0, 2.0, 3.0])


def test_optax_takes_the_parameters():
    optax = pytest.importorskip("optax")
    model = nn.MLP(3, [4, 1], activation="tanh", seed=0)
    apply, params = to_jax(model)
    target = X[:, 0]
    with jax.enable_x64(True):
        optimizer = optax.adam(0.05)
        state = optimizer.init(params)
        loss = lambda p: ((apply(p, X) - target) ** 2).mean()  # noqa: E731
        first = float(loss(params))
        for _ in range(60):
            updates, state = optimizer.update(jax.grad(loss)(params), state)
            params = optax.apply_updates(params, updates)
        assert float(loss(params)) < 0.2 * first


def test_flax_trains_with_apply():
    train_state = pytest.importorskip("flax.training.train_state")
    optax = pytest.importorskip("optax")
    apply, params = to_jax(nn.MLP(3, [1], seed=0))
    with jax.enable_x64(True):
        state = train_state.TrainState.create(apply_fn=apply, params=params, tx=optax.sgd(0.1))
        slopes = jax.grad(lambda p: (state.apply_fn(p, X) ** 2).mean())(state.params)
        assert state.apply_gradients(grads=slopes).step == 1
