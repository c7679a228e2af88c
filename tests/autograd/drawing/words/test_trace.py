"""The steps of the backward pass, and names for the nodes of a graph."""

import math

from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, topological
from autograd.drawing.words.trace import names, steps
from nn import MLP, Neuron


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@given(data=st.data())
def test_a_trace_is_what_backward_does(programs, data):
    program = data.draw(programs)
    inputs = [Value(x) for x in program.inputs]
    model = MLP(2, [3, 1], seed=1)
    shared = model.layers[1].neurons[0]
    outputs = [
        *program.nodes(*inputs)[len(inputs) :],
        shared([*shared.weights[:2], inputs[0]]),
        model([inputs[0], inputs[-1]]),
    ]
    root = autograd.sum(outputs)
    totals = {term.input: term.total for step in steps(root, {}) for term in step.terms}
    visited = [step.node for step in steps(root, {})]
    assert all(node.grad == 0.0 for node in topological(root))
    root.backward()
    assert all(same(node.grad, totals[node]) for node in topological(root)[:-1])
    made = [node for node in topological(root) if node.op is not None]
    assert all(a is b for a, b in zip(visited, reversed(made), strict=True))


def test_a_step_has_a_term_for_each_input_that_is_a_value():
    x = Value(3.0, "x")
    y = x * x * 2.0
    last, first = steps(y, {})
    assert (last.gradient, [tuple(term[1:]) for term in last.terms]) == (1.0, [(2.0, True, 2.0, 2.0)])
    assert [tuple(term[1:]) for term in first.terms] == [(3.0, True, 6.0, 6.0), (3.0, True, 6.0, 12.0)]


def test_a_flat_operation_adds_nothing_even_to_an_infinite_gradient():
    x = Value(-1.0)
    *_, step = steps(x.relu().log(), {})
    (term,) = step.terms
    assert (step.gradient, term.live, term.added, term.total) == (math.inf, False, 0.0, 0.0)


def test_a_node_that_no_derivative_reached_passes_nothing_on():
    x = Value(0.0)
    *_, step = steps(x.log().step(), {})
    (term,) = step.terms
    assert (step.gradient, term.partial, term.live, term.added) == (0.0, math.inf, False, 0.0)


def test_a_neuron_adds_in_the_order_of_its_inputs():
    neuron = Neuron(1, activation=None, init=0.1)
    w = neuron.bias = neuron.weights[0]
    z = neuron([w])
    (step,) = steps(z, {})
    z.backward()
    assert step.terms[-1].total == w.grad == 0.1 + 0.1 + 1.0
    assert w.grad != 1.0 + 0.1 + 0.1


def test_names_are_labels_or_numbers_and_each_is_given_once():
    nodes = [Value(0.0, label) for label in ("x", "", "v1", "x", "", "x#2", "x", "two\nlines", "")]
    assert list(names(nodes).values()) == ["x", "v2", "v1", "x#3", "v3", "x#2", "x#4", "two\\nlines", "v4"]


def test_long_labels_with_the_same_beginning_have_different_names():
    nodes = [Value(0.0, "x" * 100 + str(k)) for k in range(3)]
    found = list(names(nodes).values())
    assert len(set(found)) == 3
    assert max(map(len, found)) < 50
