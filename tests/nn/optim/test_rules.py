"""Optimisers: PyTorch's numbers, their state, and the settings they refuse."""

import inspect
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn import MLP
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop, adagrad, adam, adamw, rmsprop, sgd

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


@given(
    rule=st.sampled_from([adagrad, rmsprop, adam, adamw]),
    flag=st.booleans(),
    numbers=st.tuples(*[st.floats(-10, 10)] * 3),
    memory=st.tuples(*[st.floats(0.01, 10)] * 3),
    lr=st.floats(0.001, 1.0),
)
def test_every_rule_is_the_same_on_floats_and_on_values(rule, flag, numbers, memory, lr):
    parameter, gradient, mean = numbers
    settings = {"weight_decay": 0.1}
    if rule is adagrad:
        state = (5.0, memory[0])
    elif rule is rmsprop:
        state = (memory[0] + mean * mean, mean, memory[1])
        settings |= {"momentum": 0.9, "centered": flag}
    else:
        state = (5.0, mean, memory[0], memory[1])
        settings |= {"amsgrad": flag}
    expected, expected_state = rule(parameter, gradient, state, lr=lr, **settings)
    values = tuple(map(Value, state))
    new, new_state = rule(Value(parameter), Value(gradient), values, lr=Value(lr), **settings)
    assert new.data == expected
    assert tuple(x.data for x in new_state) == expected_state
    assert tuple(x.data for x in values) == state, "a rule changes nothing that it is given"


def test_a_step_of_adam_can_be_differentiated():
    def moved(gradient):
        return adam(1.0, gradient, (3.0, 0.2, 0.5, 0.0), lr=0.1)[0]

    gradient = Value(0.7)
    moved(gradient).backward()
    difference = (moved(0.7 + 1e-6) - moved(0.7 - 1e-6)) / 2e-6
    assert gradient.grad == pytest.approx(difference, rel=1e-6)


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
        ({"settings": {**GOOD, "lr": -1.0}, "state": [[0.0]]}, ValueError, "lr must be at least 0"),
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
    with pytest.raises(ValueError, match="the same parameter twice, at position 1"):
        kind([SHARED, SHARED])


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
        ([SHARED * 2.0], ValueError, "the Value at position 0 was made by mul: it is not a parameter"),
        (SHARED, TypeError, "expected a list of Values to optimise, got Value"),
        (MLP(1, [1]), TypeError, r"got MLP: use its parameters\(\)"),
        (0.5, TypeError, "got float"),
    ],
)
def test_bad_parameters_are_refused(params, error, message):
    with pytest.raises(error, match=message):
        SGD(params, lr=0.1)


# Groups of parameters.

SHARED_BY_GROUPS = Value(1.0)


def bowl(parameters):
    x, y, z = parameters
    return (x - 1.0) ** 2 + 5.0 * (y + 2.0) ** 2 + x * y + (z - 0.5) ** 4


GROUPS = {  # by optimiser: arguments, and what the second group has of its own
    "SGD": [({"lr": 0.01, "momentum": 0.9}, {"lr": 0.02, "momentum": 0.0}), ({"lr": 0.05}, {"weight_decay": 0.3})],
    "Adagrad": [({"lr": 0.5}, {"lr": 0.1, "lr_decay": 0.01})],
    "RMSprop": [({"lr": 0.02, "momentum": 0.5}, {"alpha": 0.5, "centered": True})],
    "Adam": [({"lr": 0.003}, {"lr": 0.01, "betas": (0.5, 0.9)}), ({"lr": 0.1, "eps": 1e-3}, {"amsgrad": True})],
    "AdamW": [({"lr": 0.1}, {"weight_decay": 0.3})],
}


def grouped(kind, values, settings, own):
    return kind([{"params": values[:1]}, {"params": values[1:], **own}], **settings)


@pytest.mark.parametrize(
    ("name", "settings", "own"), [(name, *each) for name, several in GROUPS.items() for each in several]
)
def test_steps_of_groups_are_pytorchs(name, settings, own):
    torch = pytest.importorskip("torch")
    kind = globals()[name]
    ours = [Value(p) for p in (0.3, -0.7, 1.5)]
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in ours]
    optimizer, reference = [
        grouped(each, values, settings, own) for each, values in ((kind, ours), (getattr(torch.optim, name), theirs))
    ]
    for k in range(100):
        if k == 50:
            for each in (optimizer, reference):
                each.param_groups[1]["lr"] *= 0.5
                each.param_groups[0]["weight_decay"] = 0.1
        for values, each in ((ours, optimizer), (theirs, reference)):
            each.zero_grad()
            bowl(values).backward()
            each.step()
        assert [p.data for p in ours] == pytest.approx([t.item() for t in theirs], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("kind", [SGD, Adagrad, RMSprop, Adam, AdamW])
def test_the_state_of_groups_goes_on_where_it_was(kind):
    def steps(optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            bowl(optimizer.params).backward()
            optimizer.step()
        return [p.data for p in optimizer.params]

    whole, first = [grouped(kind, [Value(p) for p in (*START, 1.0)], {"lr": 0.02}, {"lr": 0.01}) for _ in range(2)]
    middle = steps(first, 12)
    second = grouped(kind, [Value(p) for p in middle], {"lr": 9.0}, {"lr": 8.0, "weight_decay": 0.5})
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.state_dict() == first.state_dict()
    assert steps(second, 8) == steps(whole, 20)


def test_a_setting_is_that_of_the_first_group_and_sets_all():
    optimizer = SGD([{"params": [Value(1.0)], "lr": 0.5}, {"params": Value(2.0)}], lr=0.1)
    assert (optimizer.lr, [group["lr"] for group in optimizer.param_groups]) == (0.5, [0.5, 0.1])
    optimizer.lr = 0.25
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
    assert len(optimizer.params) == len(optimizer.state) == 2
    assert repr(optimizer).count("1 parameters, lr=0.25") == 2


def test_groups_that_are_given_are_not_changed():
    given = [{"params": [Value(1.0)], "lr": 0.5}, {"params": [Value(2.0)]}]
    optimizer = SGD(given, lr=0.1)
    optimizer.lr = 3.0
    assert [sorted(group) for group in given] == [["lr", "params"], ["params"]]
    assert given[0]["lr"] == 0.5


def test_a_group_may_be_added_later():
    v, w = Value(1.0), Value(1.0)
    optimizer = Adagrad([v], initial_accumulator_value=0.5)
    optimizer.add_param_group({"params": [w], "lr": 0.5})
    assert optimizer.params == [v, w]
    assert optimizer.state == [(0.0, 0.5)] * 2
    for bad, error in [({"params": [v]}, ValueError), ({"params": []}, ValueError), ([v], TypeError)]:
        with pytest.raises(error):
            optimizer.add_param_group(bad)
    assert len(optimizer.param_groups) == len(optimizer.params) == 2


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([{"lr": 0.1}], TypeError, "a group must be a dict with 'params' and settings"),
        ([{"params": [Value(1.0)], "beta": 0.1}], ValueError, "SGD has the settings lr, momentum.*has 'beta'"),
        ([{"params": [Value(1.0)], "lr": 0.0}], ValueError, r"lr must be above 0, got 0\.0"),
        ([{"params": [Value(1.0)], "nesterov": True}], ValueError, "nesterov=True needs a momentum"),
        ([{"params": [SHARED_BY_GROUPS]}, {"params": [SHARED_BY_GROUPS]}], ValueError, "the same parameter twice"),
        ([{"params": [Value(1.0)]}, Value(1.0)], TypeError, "expected Values to optimise, got dict at position 0"),
        ([{"params": []}], ValueError, "at least one parameter"),
    ],
)
def test_bad_groups_are_refused(groups, error, message):
    with pytest.raises(error, match=message):
        SGD(groups, lr=0.1)


# The state by the names of parameters.


def labelled(names, **settings):
    return Adam([Value(float(k), label=name) for k, name in enumerate(names)], **settings)


def test_a_state_finds_its_parameters_by_their_labels():
    optimizer, other = labelled("abc"), labelled("cab")
    optimizer.state = [(float(k), 0.0, 0.0, 0.0) for k in range(3)]
    other.load_state_dict(json.loads(json.dumps(optimizer.state_dict())))
    assert [state[0] for state in other.state] == [2.0, 0.0, 1.0]


def test_groups_find_their_settings_by_the_labels_in_them():
    a, b, c = [Value(0.0, label=label) for label in "abc"]
    optimizer = SGD([{"params": [a, b], "lr": 0.5}, {"params": [c]}], lr=0.1, momentum=0.9)
    other = SGD([{"params": [c]}, {"params": [b, a]}], lr=1.0, momentum=0.5)
    optimizer.state = [(1.0,), (2.0,), (3.0,)]
    other.load_state_dict(optimizer.state_dict())
    assert [group["lr"] for group in other.param_groups] == [0.1, 0.5]
    assert other.state == [(3.0,), (2.0,), (1.0,)]
    with pytest.raises(ValueError, match="grouped in another way"):
        SGD([{"params": [a]}, {"params": [b, c]}], lr=1.0).load_state_dict(optimizer.state_dict())


def test_the_state_of_strangers_is_refused():
    other = labelled("abd")
    before = other.state_dict()
    with pytest.raises(ValueError, match="the state is that of other parameters: it lacks d, and it is of c"):
        other.load_state_dict(labelled("abc", lr=0.5).state_dict())
    assert other.state_dict() == before


def test_a_state_without_names_is_in_order():
    state = labelled(["a", "b"]).state_dict()
    del state["names"]  # as it was written before there were names
    state["state"] = [[1.0] * 4, [2.0] * 4]
    for names in (["b", "a"], ["", "a"], ["a", "a"]):
        other = labelled(names)
        other.load_state_dict(state)
        assert [each[0] for each in other.state] == [1.0, 2.0]
    assert "names" not in labelled(["", "a"]).state_dict()
    assert "names" not in labelled(["a", "a"]).state_dict()
    with pytest.raises(ValueError, match="expected groups of"):
        SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)]}], lr=1.0).load_state_dict(
            SGD([Value(1.0), Value(2.0)], lr=1.0).state_dict()
        )


def test_parameters_may_come_from_a_generator():
    assert len(SGD((Value(k) for k in range(3)), lr=0.1).params) == 3


def test_the_repr_says_the_settings():
    optimizer = SGD([Value(1.0)], lr=0.1, momentum=0.9)
    assert repr(optimizer) == "SGD(1 parameters, lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0)"


@pytest.mark.parametrize("kind", [SGD, Adam, RMSprop, Adagrad])
def test_a_step_interrupted_anywhere_is_whole_or_not_taken(kind, interrupt):
    def made():
        parameters = [Value(1.0), Value(2.0), Value(3.0)]
        for p in parameters:
            p.grad = 0.5
        return parameters, kind(parameters, lr=0.1)

    parameters, optimizer = made()
    before = [p.data for p in parameters], list(optimizer.state)
    optimizer.step()
    after = [p.data for p in parameters], list(optimizer.state)
    seen = []
    for bytecodes in range(1, 1_000, 3):
        parameters, optimizer = made()
        interrupt(optimizer.step, bytecodes)
        seen.append(([p.data for p in parameters], list(optimizer.state)))
    assert all(x in (before, after) for x in seen)
    assert before in seen
    assert after in seen
