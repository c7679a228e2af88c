"""Functions in a graph: found by their shape, and only where nothing inside them is asked for."""

import pytest

import autograd
import nn
from autograd import Value
from autograd.drawing.sketch.functions import functions, inputs_of
from autograd.drawing.sketch.numbering import number

TARGETS = [0.0, 1.0, 0.0]


def logits():
    return [Value(float(i), label=f"z{i}") for i in range(3)]


def names(*roots):
    return [function.name for function in functions(number(roots))]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (autograd.softmax, ["softmax"]),
        (autograd.log_softmax, ["log_softmax"]),
        (lambda z: [nn.losses.cross_entropy_with_logits(z, 1)], ["cross_entropy"]),
        (lambda z: [nn.losses.cross_entropy_with_logits(z, TARGETS)], ["cross_entropy"]),
        (lambda z: [nn.losses.cross_entropy(autograd.softmax(z), 1)], ["softmax", "cross_entropy"]),
        (lambda z: [-autograd.log_softmax(z)[1]], ["cross_entropy"]),
        (lambda z: [nn.losses.mse(z, TARGETS)], ["mse"]),
        (lambda z: [nn.losses.mse(z, TARGETS, reduction="sum")], ["squared_error"]),
        (lambda z: [sum(z)], ["sum"]),
        (lambda z: [z[0] + z[1]], []),
        (lambda z: [autograd.logsumexp(z)], []),
        (lambda z: [autograd.dot(z, z)], []),
        (lambda z: [autograd.max(z) * 2.0], []),
    ],
)
def test_a_function_is_found(make, expected):
    assert names(*make(logits())) == expected


def test_a_function_is_not_found_where_something_inside_has_a_label_or_is_asked_for():
    p, q = autograd.softmax(logits()), autograd.softmax(logits())
    p[0].inputs[1].label = "total"
    assert names(*p) == []
    assert names(*q, q[0].inputs[1]) == []


def test_all_values_inside_and_all_inputs_are_known():
    graph = number(autograd.softmax(logits()))
    (function,) = functions(graph)
    assert sorted([*range(3), *function.inner, *function.outputs]) == list(range(len(graph.values)))
    assert {x for _, _, x in inputs_of(graph, function)} == {0, 1, 2}


def test_no_value_is_in_two_functions():
    z = logits()
    root = nn.losses.mse(autograd.softmax(autograd.softmax(z)), TARGETS)
    found = functions(number([root]))
    assert [function.name for function in found] == ["softmax", "softmax", "mse"]
    inner = [i for function in found for i in function.inner]
    assert len(inner) == len(set(inner))
