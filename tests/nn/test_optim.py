"""SGD: PyTorch's numbers, its state, and the settings it refuses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn import MLP
from nn.optim import SGD, sgd

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


@pytest.mark.parametrize("settings", SETTINGS)
def test_two_hundred_steps_are_pytorchs(settings):
    torch = pytest.importorskip("torch")
    ours = [Value(0.3), Value(-0.7)]
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in ours]
    optimizer, reference = SGD(ours, lr=0.01, **settings), torch.optim.SGD(theirs, lr=0.01, **settings)
    for k in range(200):
        rate = 0.02 * (1.0 - k / 250)
        optimizer.lr = reference.param_groups[0]["lr"] = rate
        for parameters, each in [(ours, optimizer), (theirs, reference)]:
            x, y = parameters
            each.zero_grad()
            ((x - 1.0) ** 2 + 5.0 * (y + 2.0) ** 2 + x * y).backward()
            each.step()
        assert [p.data for p in ours] == pytest.approx([t.item() for t in theirs], rel=1e-12, abs=1e-12)


@given(
    *[st.floats(-10, 10)] * 3,
    st.floats(0.001, 1.0),
    st.sampled_from([(0.0, False), (0.9, False), (0.9, True)]),
    st.sampled_from([0.0, 0.1]),
)
def test_the_rule_is_the_same_on_floats_and_on_values(parameter, gradient, velocity, lr, momentum, weight_decay):
    settings = {"momentum": momentum[0], "nesterov": momentum[1], "weight_decay": weight_decay}
    expected, (memory,) = sgd(parameter, gradient, (velocity,), lr=lr, **settings)
    new, (new_velocity,) = sgd(Value(parameter), Value(gradient), (Value(velocity),), lr=Value(lr), **settings)
    assert new.data == expected
    assert new_velocity.data == memory


def test_a_step_can_be_differentiated_by_its_rate():
    lr = Value(0.1)
    new, _ = sgd(2.0, 3.0, (1.0,), lr=lr, momentum=0.5)
    new.backward()
    assert lr.grad == -3.5


def test_the_rule_changes_nothing_it_is_given():
    state = (2.0,)
    assert sgd(1.0, 1.0, state, lr=1.0, momentum=0.5) == (-1.0, (2.0,))
    assert sgd(1.0, 1.0, state, lr=1.0) == (0.0, state)
    assert state == (2.0,)


def test_zero_grad_clears_the_gradients_of_its_parameters_only():
    v, w = Value(1.0), Value(2.0)
    v.grad = w.grad = 3.0
    SGD([w], lr=0.1).zero_grad()
    assert (v.grad, w.grad) == (3.0, 0.0)


def test_the_learning_rate_may_change_between_steps():
    w = Value(1.0)
    w.grad = 1.0
    optimizer = SGD([w], lr=0.5)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.25


def test_a_step_without_gradient_moves_nothing():
    model = MLP(2, [3, 1])
    before = model.state_dict()
    SGD(model.parameters(), lr=0.1, momentum=0.9).step()
    assert model.state_dict() == before


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_saved_state_goes_on_where_it_was(settings):
    whole = SGD([Value(0.3), Value(-0.7)], lr=0.02, **settings)
    expected = descend(whole, 20)
    first = SGD([Value(0.3), Value(-0.7)], lr=0.02, **settings)
    middle = descend(first, 12)
    second = SGD([Value(p) for p in middle], lr=1.0)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.lr == 0.02
    assert descend(second, 8) == expected


def test_a_state_dict_is_a_copy():
    w = Value(0.0)
    optimizer = SGD([w], lr=1.0, momentum=0.5)
    state = optimizer.state_dict()
    w.grad = 1.0
    optimizer.step()
    settings = {"lr": 1.0, "momentum": 0.5, "nesterov": False, "weight_decay": 0.0}
    assert state == {"settings": settings, "state": [[0.0]]}
    assert optimizer.state_dict()["state"] == [[1.0]]


GOOD = {"lr": 0.5, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (None, TypeError, "expected what state_dict"),
        ({"settings": GOOD}, TypeError, "expected what state_dict"),
        ({"settings": [0.1], "state": []}, TypeError, "expected what state_dict"),
        ({"settings": {"lr": 0.5, "beta": 0.1}, "state": [[0.0]]}, ValueError, "SGD has the settings lr, momentum"),
        ({"settings": {**GOOD, "lr": -1.0}, "state": [[0.0]]}, ValueError, "lr must be above 0"),
        ({"settings": GOOD, "state": [[0.0], [0.0]]}, ValueError, "expected the state of 1 parameters, got 2"),
        ({"settings": GOOD, "state": [[0.0, 1.0]]}, ValueError, "expected 1 number"),
        ({"settings": GOOD, "state": [["a"]]}, TypeError, "expected a real number"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, error, message):
    optimizer = SGD([Value(1.0)], lr=0.1, momentum=0.9)
    before = optimizer.state_dict()
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


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


SHARED = Value(1.0, label="w")


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "expected at least one parameter to optimise, got none"),
        ([SHARED, Value(2.0), SHARED], ValueError, "the same parameter twice, at position 2: .*label='w'"),
        ([Value(1.0), 2.0], TypeError, "expected Values to optimise, got float at position 1"),
        ([SHARED * 2.0], ValueError, "the Value at position 0 was made by mul: it is no parameter"),
        (SHARED, TypeError, "expected a list of Values to optimise, got Value"),
        (MLP(1, [1]), TypeError, r"got MLP: use its parameters\(\)"),
        (0.5, TypeError, "got float"),
    ],
)
def test_bad_parameters_are_refused(params, error, message):
    with pytest.raises(error, match=message):
        SGD(params, lr=0.1)


def test_parameters_may_come_from_a_generator():
    assert len(SGD((Value(k) for k in range(3)), lr=0.1).params) == 3


def test_the_repr_says_the_settings():
    optimizer = SGD([Value(1.0)], lr=0.1, momentum=0.9)
    assert repr(optimizer) == "SGD(1 parameters, lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0)"
