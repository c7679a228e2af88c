"""What all optimisers share: parameters and their groups, gradients, steps that are whole, and a state."""

import json

import pytest

from autograd.value import Value
from nn import MLP, optim
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop


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
    kind = getattr(optim, name)
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

    whole, first = [grouped(kind, [Value(p) for p in (0.3, -0.7, 1.0)], {"lr": 0.02}, {"lr": 0.01}) for _ in range(2)]
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
