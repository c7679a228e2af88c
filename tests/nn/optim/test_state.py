"""The saved state of an optimiser: parameters are found by their names."""

import json

import pytest

from autograd.value import Value
from nn.optim import SGD, Adam


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
