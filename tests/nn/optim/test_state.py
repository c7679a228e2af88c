"""The saved state of an optimiser: parameters are found by their names."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.optim import SGD, Adam
from nn.optim.state import in_order_of, named


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


@given(data=st.data(), sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_every_parameter_gets_its_own_state_and_settings_in_whatever_order_it_comes(data, sizes):
    names = iter("abcdefghi")
    groups = [[next(names) for _ in range(size)] for size in sizes]

    def built(order):
        return SGD([{"params": [Value(0.0, label=name) for name in group]} for group in order], lr=1.0)

    saved = built(groups)
    for group in saved.param_groups:
        group["lr"] = float(ord(group["params"][0].label))
    saved.state = [(float(ord(p.label)),) for p in saved.params]
    order = [data.draw(st.permutations(group)) for group in data.draw(st.permutations(groups))]
    other = built(order)
    other.load_state_dict(saved.state_dict())
    assert other.state == [(float(ord(p.label)),) for p in other.params]
    rates = {frozenset(group): float(ord(group[0])) for group in groups}
    assert [group["lr"] for group in other.param_groups] == [rates[frozenset(group)] for group in order]


def test_parameters_are_named_as_in_the_model_whatever_their_labels():
    v, w, stranger = Value(1.0, label="x"), Value(2.0, label="x"), Value(3.0)
    model = [("v", v), ("w", w)]
    assert named(SGD([w, v], lr=0.1), model)["names"] == ["w", "v"]
    assert "names" not in named(SGD([w, stranger], lr=0.1), model)


def test_a_state_made_for_a_model_is_put_in_the_order_of_another_optimizer_of_it():
    v, w = Value(1.0), Value(2.0)
    model = [("v", v), ("w", w)]
    state = {**named(SGD([w, v], lr=0.1), model), "state": [[2.0], [1.0]]}
    assert in_order_of(SGD([v, w], lr=0.1), model, state)["state"] == [[1.0], [2.0]]
    with pytest.raises(ValueError, match="moves parameters that are not of this model"):
        in_order_of(SGD([v, Value(3.0)], lr=0.1), model, state)
