import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, topological


def chain(length):
    y = Value(1.0)
    for _ in range(length):
        y = y * 1.0
    return y


def test_inputs_come_before_outputs_and_the_root_last():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c + a
    assert all(x is y for x, y in zip(topological(d), [a, b, c, d], strict=True))


def test_the_order_of_a_leaf_is_the_leaf():
    a = Value(2.0)
    (only,) = topological(a)
    assert only is a


def test_a_shared_node_is_listed_once():
    a = Value(2.0)
    b = a + a
    c = b * b
    assert [id(node) for node in topological(c)] == [id(a), id(b), id(c)]


def test_numbers_are_not_listed():
    assert len(topological(autograd.sum([Value(1.0), 2.0, 3.0]) * 4.0)) == 3


def test_equal_values_are_different_nodes():
    assert len(topological(Value(1.0) + Value(1.0))) == 3


def test_a_graph_with_exponentially_many_paths_is_walked_once():
    y = Value(1.0)
    for _ in range(200):
        y = y + y
    assert len(topological(y)) == 201


def test_the_inputs_of_a_node_with_many_are_walked_in_their_order():
    xs = [Value(float(k)) for k in range(5)]
    ys = [x * x for x in xs]
    order = topological(autograd.sum(ys))
    assert [node.data for node in order] == [0.0, 0.0, 1.0, 1.0, 2.0, 4.0, 3.0, 9.0, 4.0, 16.0, 30.0]


def test_two_hundred_thousand_operations_deep_is_not_too_deep_to_order():
    assert len(topological(chain(200_000))) == 200_001


@given(st.data())
def test_every_graph_is_ordered_completely_and_deterministically(programs, data):
    program = data.draw(programs)
    inputs = [Value(x) for x in program.inputs]
    root = program(*inputs)
    order = topological(root)
    place = {id(node): k for k, node in enumerate(order)}
    assert len(place) == len(order)  # once each
    for node in order:
        for x in node.inputs:
            assert isinstance(x, float) or place[id(x)] < place[id(node)]  # all there, inputs first
    assert order[-1] is root
    assert all(a is b for a, b in zip(topological(root), order, strict=True))
    again = topological(program(*map(Value, program.inputs)))
    assert [(node.op, node.data) for node in again] == [(node.op, node.data) for node in order]


ORDER_IN_ANOTHER_PROCESS = """
import autograd
a, b, c = [autograd.Value(float(k), label=f"leaf {k}") for k in range(1, 4)]
y = a
for k in range(20):
    y = autograd.sum([y * b, a.sin(), c, y, autograd.dot([a, b, y], [c, y, 2.0])]).tanh() + b * c
print([(node.op and node.op.name, node.label, node.data) for node in autograd.topological(y)])
"""


def test_the_order_is_the_same_in_every_process():
    runs = [
        subprocess.run(
            [sys.executable, "-c", ORDER_IN_ANOTHER_PROCESS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    ]
    assert runs[0] == runs[1] == runs[2]
    assert runs[0].count("tanh") == 20
