"""Update rules: the same on floats and on Values, and open to derivatives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.optim import adagrad, adam, adamw, rmsprop, sgd


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
