"""Optimisers one by one: PyTorch's numbers, arguments and defaults, and the settings they refuse."""

import inspect
import json
import math

import pytest

from autograd.value import Value
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop, rmsprop

SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"weight_decay": 0.01},
    {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
    {"momentum": 1.0, "weight_decay": 0.5},
]


def descend(optimizer, steps):
    """Take steps on a bowl with two steep and flat sides, and return the parameters."""
    x, y = optimizer.params
    for _ in range(steps):
        optimizer.zero_grad()
        ((x - 1.0) ** 2 + 5.0 * (y + 2.0) ** 2 + x * y).backward()
        optimizer.step()
    return [x.data, y.data]


def test_plain_steps_by_hand():
    w = Value(2.0)
    optimizer = SGD([w], lr=0.25)
    data = []
    for _ in range(3):
        optimizer.zero_grad()
        (w * w * 0.5).backward()
        optimizer.step()
        data.append(w.data)
    assert data == [1.5, 1.125, 0.84375]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # Gradient 1 at each of three steps of rate 1: velocity 1, 1.5, 1.75.
        ({"momentum": 0.5}, [-1.0, -2.5, -4.25]),
        # Each step is gradient + momentum * velocity: 1.5, 1.75, 1.875.
        ({"momentum": 0.5, "nesterov": True}, [-1.5, -3.25, -5.125]),
        # Gradient 1 + 0.5 w: 1, 0.5, 0.25.
        ({"weight_decay": 0.5}, [-1.0, -1.5, -1.75]),
        # Decay is part of the gradient that the velocity sums: velocity 1, 0.5 + 0.5, 0.5 + 0.
        ({"momentum": 0.5, "weight_decay": 0.5}, [-1.0, -2.0, -2.5]),
    ],
)
def test_three_steps_by_hand(settings, expected):
    w = Value(0.0)
    optimizer = SGD([w], lr=1.0, **settings)
    data = []
    for _ in range(3):
        w.grad = 1.0
        optimizer.step()
        data.append(w.data)
    assert data == expected


EVERY = [
    *[(SGD, "SGD", {"lr": 0.01, **settings}) for settings in SETTINGS],
    (Adagrad, "Adagrad", {}),
    (Adagrad, "Adagrad", {"lr": 0.5, "lr_decay": 0.01, "weight_decay": 0.1}),
    (Adagrad, "Adagrad", {"lr": 0.5, "initial_accumulator_value": 0.3, "eps": 1e-3}),
    (RMSprop, "RMSprop", {}),
    (RMSprop, "RMSprop", {"lr": 0.02, "alpha": 0.9, "weight_decay": 0.1, "momentum": 0.5}),
    (RMSprop, "RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "centered": True}),
    (RMSprop, "RMSprop", {"alpha": 0.5, "momentum": 0.9, "centered": True, "weight_decay": 0.01}),
    (Adam, "Adam", {}),
    # PyTorch rounds g + d * p once, Python twice: at a higher rate, steps around the minimum amplify that.
    (Adam, "Adam", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    (Adam, "Adam", {"lr": 0.003, "weight_decay": 0.01, "amsgrad": True}),
    (Adam, "Adam", {"lr": 0.1, "amsgrad": True, "eps": 1e-3}),
    (Adam, "Adam", {"lr": 0.1, "betas": (0.0, 0.0)}),
    (AdamW, "AdamW", {}),
    (AdamW, "AdamW", {"lr": 0.1, "betas": (0.5, 0.99), "weight_decay": 0.2, "amsgrad": True}),
]


START = [0.3, -0.7]


PINNED = [  # by PyTorch
    (SGD, [2.1052631524858048, -2.210526315123604]),
    (Adagrad, [1.4417843540066488, -1.76049303124076]),
    (RMSprop, [2.1052631578947367, -2.2105263157894735]),
    (Adam, [2.105336575496268, -2.210580595332693]),
    (AdamW, [2.0958644033956686, -2.2031183964963263]),
]


@pytest.mark.parametrize(("kind", "name", "settings"), EVERY)
def test_two_hundred_steps_are_pytorchs(kind, name, settings):
    torch = pytest.importorskip("torch")
    ours = [Value(p) for p in START]
    theirs = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in START]
    optimizer, reference = kind(ours, **settings), getattr(torch.optim, name)(theirs, **settings)
    for k in range(200):
        optimizer.lr = reference.param_groups[0]["lr"] = 2.0 * settings.get("lr", 0.01) * (1.0 - k / 250)
        for parameters, each in [(ours, optimizer), (theirs, reference)]:
            x, y = parameters
            each.zero_grad()
            ((x - 1.0) ** 2 + 5.0 * (y + 2.0) ** 2 + x * y).backward()
            each.step()
        assert [p.data for p in ours] == pytest.approx([t.item() for t in theirs], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("kind", "expected"), PINNED)
def test_two_hundred_steps_end_at_known_numbers(kind, expected):
    assert descend(kind([Value(p) for p in START], lr=0.05), 200) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "name"), [(Adagrad, "Adagrad"), (RMSprop, "RMSprop"), (Adam, "Adam"), (AdamW, "AdamW")]
)
def test_arguments_and_defaults_are_pytorchs(kind, name):
    torch = pytest.importorskip("torch")
    theirs = list(inspect.signature(getattr(torch.optim, name)).parameters.values())
    for ours, other in zip(inspect.signature(kind).parameters.values(), theirs, strict=False):
        assert (ours.name, ours.default) == (other.name, other.default)


@pytest.mark.parametrize("kind", [Adagrad, RMSprop, Adam, AdamW])
def test_a_gradient_of_zero_moves_nothing_at_first(kind):
    options = {"weight_decay": 0.0} if kind is AdamW else {}
    w = Value(1.0)
    kind([w], **options).step()
    assert w.data == 1.0


def test_rounding_does_not_make_centered_rmsprop_nan():
    settings = {"lr": 1.0, "alpha": 0.99, "eps": 0.5, "centered": True}
    new, (square, mean, _) = rmsprop(0.0, 0.1, (0.01, 0.1, 0.0), **settings)
    assert square < mean * mean, "a constant gradient, whose variance is rounded to less than 0"
    assert new == -0.2


def test_adams_first_step_is_the_learning_rate():
    for gradient in (1e-3, -5.0, 1e6):
        w = Value(0.0)
        w.grad = gradient
        Adam([w], lr=0.1).step()
        assert w.data == pytest.approx(-math.copysign(0.1, gradient), rel=1e-4)


def test_adamw_shrinks_the_parameter_apart_from_the_gradient():
    w = Value(2.0)
    AdamW([w], lr=0.5, weight_decay=0.1).step()
    assert w.data == 1.9


@pytest.mark.parametrize(("kind", "name", "settings"), EVERY)
def test_a_saved_state_goes_on_where_it_was(kind, name, settings):
    whole = kind([Value(p) for p in START], **settings)
    expected = descend(whole, 20)
    first = kind([Value(p) for p in START], **settings)
    middle = descend(first, 12)
    second = kind([Value(p) for p in middle], lr=1.0)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.state_dict() == first.state_dict()
    assert descend(second, 8) == expected


@pytest.mark.parametrize("kind", [SGD, Adagrad, RMSprop, Adam, AdamW])
def test_a_rate_of_zero_is_saved_and_loaded_where_a_schedule_has_ended(kind):
    optimizer, other = kind([Value(1.0)], lr=0.1), kind([Value(1.0)], lr=0.1)
    optimizer.lr = 0.0
    other.load_state_dict(optimizer.state_dict())
    assert other.lr == 0.0


def test_settings_of_two_numbers_are_checked_on_loading():
    optimizer = Adam([Value(1.0)])
    state = optimizer.state_dict()
    for betas, error in [([0.9], TypeError), (0.9, TypeError), ([0.9, 1.0], ValueError), ([None, 0.9], TypeError)]:
        with pytest.raises(error, match="betas"):
            optimizer.load_state_dict({**state, "settings": {**state["settings"], "betas": betas}})
    assert optimizer.state_dict() == state


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Adagrad, {"lr": 0.0}, r"lr must be above 0, got 0\.0"),
        (Adagrad, {"lr_decay": -0.1}, r"lr_decay must be at least 0, got -0\.1"),
        (Adagrad, {"initial_accumulator_value": -1}, "initial_accumulator_value must be at least 0, got -1"),
        (Adagrad, {"eps": 0}, "eps must be above 0, got 0"),
        (RMSprop, {"lr": -1.0}, r"lr must be above 0, got -1\.0"),
        (RMSprop, {"alpha": 1.0}, r"alpha must be at least 0 and below 1, got 1\.0"),
        (RMSprop, {"momentum": -0.5}, r"momentum must be at least 0, got -0\.5"),
        (RMSprop, {"eps": -1e-8}, "eps must be above 0, got -1e-08"),
        (Adam, {"lr": math.nan}, "lr must be above 0, got nan"),
        (Adam, {"betas": (0.9, 1.0)}, r"betas\[1\] must be at least 0 and below 1, got 1\.0"),
        (Adam, {"betas": (-0.1, 0.9)}, r"betas\[0\] must be at least 0 and below 1, got -0\.1"),
        (Adam, {"eps": 0.0}, r"eps must be above 0, got 0\.0"),
        (AdamW, {"weight_decay": -0.01}, r"weight_decay must be at least 0, got -0\.01"),
    ],
)
def test_settings_out_of_range_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind([Value(1.0)], **settings)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 0.99, 0.999), None])
def test_betas_that_are_not_two_numbers_are_refused(betas):
    with pytest.raises(TypeError, match=r"betas must be two numbers such as \(0\.9, 0\.999\), got"):
        Adam([Value(1.0)], betas=betas)


@pytest.mark.parametrize("kind", [Adagrad, RMSprop, Adam, AdamW])
def test_every_optimiser_checks_its_parameters(kind):
    with pytest.raises(ValueError, match="expected at least one parameter to optimise, got none"):
        kind([])
    shared = Value(1.0)
    with pytest.raises(ValueError, match="the same parameter twice, at position 1"):
        kind([shared, shared])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"lr": 0.0}, ValueError, r"lr must be above 0, got 0\.0"),
        ({"lr": -1}, ValueError, "lr must be above 0, got -1"),
        ({"lr": float("nan")}, ValueError, "lr must be above 0, got nan"),
        ({"lr": "0.1"}, TypeError, "lr: expected a real number"),
        ({"lr": 0.1, "momentum": -0.5}, ValueError, r"momentum must be at least 0, got -0\.5"),
        ({"lr": 0.1, "weight_decay": -1e-4}, ValueError, "weight_decay must be at least 0, got"),
        ({"lr": 0.1, "weight_decay": None}, TypeError, "weight_decay: expected a real number"),
        ({"lr": 0.1, "nesterov": True}, ValueError, "nesterov=True needs a momentum above 0"),
    ],
)
def test_bad_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        SGD([Value(1.0)], **settings)
