"""Nodes and edges against the graph."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Op, Value, apply
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.shapes import local_derivatives, outputs, shapes
from autograd.drawing.dot.text import short
from autograd.drawing.sketch.collapse import collapsed, every_value
from autograd.drawing.sketch.numbering import number


def drawn(root, max_nodes=300, group=True, gradients=True):
    sketch = (collapsed if group else every_value)(number([root]), max_nodes)
    return shapes(sketch, Look(gradients))


@given(data=st.data())
def test_every_value_operation_constant_and_input_is_drawn(data, programs, counts):
    program = data.draw(programs)
    root = program(*[Value(x) for x in program.inputs])
    values, operations, constants, edges = counts(root)
    found = drawn(root, group=data.draw(st.booleans()))
    names = [node.name for node in found.nodes]
    assert len(set(names)) == len(names) == values + operations + constants
    assert [name for name in names if name[1:].isdecimal() and name[0] == "n"] == [f"n{i}" for i in range(values)]
    assert len(found.edges) == edges
    assert {end for edge in found.edges for end in (edge.tail, edge.head)} <= set(names)


def test_a_square_shows_both_edges(square):
    ends = Counter((edge.tail, edge.head) for edge in drawn(square()).edges)
    assert ends["n0", "op1"] == 2


def test_ids_are_the_names_of_boxes_and_the_places_of_inputs(square):
    found = drawn(square())
    assert {node.attributes["id"] for node in found.nodes} == {"n0", "n1", "n2", "n3", "op1", "op3"}
    assert [edge.attributes["id"] for edge in found.edges] == ["e1_0", "e1_1", "e1", "e3_0", "e3_1", "e3"]


def test_an_edge_carries_the_local_derivative(square):
    labels = [edge.attributes.get("label", "") for edge in drawn(square()).edges]
    assert ["∂ 3" in label for label in labels] == [True, True, False, False, False, False]
    assert not any("label" in edge.attributes for edge in drawn(square(), gradients=False).edges)


def test_no_derivative_stands_on_the_edge_of_a_constant():
    (constant,) = [edge for edge in drawn(autograd.dot([Value(3.0)], [2.0])).edges if edge.tail.startswith("c")]
    assert "label" not in constant.attributes


def test_constants_stand_in_the_badge_of_their_operation():
    x = Value(3.0)
    badges = {
        "\N{MULTIPLICATION SIGN} 1.1": x * 1.1,
        "2 \N{MINUS SIGN}": 2.0 - x,
        "** 2": x**2,
        "maximum(·, 0.5)": autograd.maximum(x, 0.5),
        "clip(·, 0, 1)": autograd.clip(x, 0.0, 1.0),
        "Σ(…, 2)": autograd.sum([x, x.exp(), x.sin(), 2.0]),
    }
    for said, root in badges.items():
        nodes = drawn(root).nodes
        assert f"<{said}>" in [node.attributes["label"] for node in nodes]
        assert not [node for node in nodes if node.name.startswith("c")]


def test_what_is_not_finite_is_dashed_and_the_first_is_marked():
    x = Value(0.0, label="x")
    root = (x.log() * 0.0 + x).exp()
    nodes = {node.name: node.attributes for node in drawn(root).nodes}
    assert ["dashed" in nodes[f"n{i}"].get("style", "") for i in range(5)] == [False, True, True, True, True]
    assert [i for i in range(5) if "first -inf" in nodes[f"n{i}"]["label"]] == [1]
    x.grad = math.nan
    nodes = {node.name: node.attributes for node in drawn(x * 2.0).nodes}
    assert "first grad nan" in nodes["n0"]["label"]
    assert "dashed" not in {node.name: node.attributes for node in drawn(x, gradients=False).nodes}["n0"]


def test_functions_are_one_operation_with_its_derivatives():
    zs = [Value(float(i), label=f"z{i}") for i in range(3)]
    loss = nn.losses.cross_entropy_with_logits(zs, 0)
    loss.backward()
    found = drawn(loss)
    labels = {edge.tail: edge.attributes["label"] for edge in found.edges if "label" in edge.attributes}
    assert all(f"∂ {short(z.grad)}<" in labels[f"n{found_at(loss, z)}"] for z in zs)
    assert sum(node.name.startswith("op") for node in found.nodes) == 1
    assert len(found.nodes) == 5


def found_at(root, value):
    return autograd.topological(root).index(value)


def test_a_layer_with_many_edges_leaves_their_derivatives_to_the_weights(network):
    for size, many in ((2, False), (4, True)):
        found = drawn(network([1.0, 2.0], size, size, 1))
        assert bool(found.remarks) == many


def test_edges_that_run_close_have_a_colour_for_each_tail(square):
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    root = x * y + x / y + x - y
    sketch = every_value(number([root]), 300)
    edges = shapes(sketch, Look(still=True)).edges
    threads = {
        name: {edge.attributes.get("color") for edge in edges if edge.tail == name and "label" in edge.attributes}
        for name in {edge.tail for edge in edges}
    }
    tinted = [colors for colors in threads.values() if colors - {None}]
    assert len(tinted) == 2
    assert all(len(colors) == 1 for colors in tinted)
    assert not any("color" in edge.attributes for edge in shapes(sketch, Look()).edges)


def test_a_small_neuron_shows_its_weights_one_by_one(network):
    sketch = collapsed(number([network([3.0, 5.0], 1)]), 300)
    label = next(n.attributes["label"] for n in shapes(sketch, Look(still=True)).nodes if n.name.startswith("weights"))
    assert [text in label for text in ("weights.0", "weights.1", ">3<", ">5<")] == [True] * 4


def test_local_derivatives_are_floats():
    assert local_derivatives(Value(2.0).relu()) == [1.0]
    assert all(type(d) is float for d in local_derivatives(Value(2.0).relu()))
    assert local_derivatives(Value(2.0)) == []


def test_a_faulty_rule_of_the_user_costs_its_labels_only():
    def fails(x, z):
        raise ZeroDivisionError

    for partials in (fails, lambda x, z: (1.0, 2.0), lambda x, z: "ab"):
        y = apply(Op("mine", lambda x: x, partials), Value(1.0))
        assert local_derivatives(y) == []
        assert len(drawn(y).edges) == 2


def test_many_constants_of_one_operation_share_a_box():
    found = drawn(autograd.sum([Value(1.0), *[2.0] * 1000]))
    assert len(found.nodes) == 4
    assert len(found.edges) == 3


def test_neurons_that_are_given_the_same_share_the_box_of_it(network):
    for max_nodes in (300, 5):
        tails = [edge.tail for edge in drawn(network([1.0, 2.0], 3, 1), max_nodes).edges]
        assert tails.count("given0") == 3
        assert "given1" not in tails


def test_collapsed_neurons_are_joined_by_one_arrow(network):
    found = drawn(network([1.0, 2.0], 16, 16, 1))
    assert len(found.nodes) == 33 + 1
    assert len(found.edges) == 16 + 16 * 16 + 16


def test_a_part_stands_for_its_results_not_for_penalised_weights(network):
    out = network([1.0, 2.0], 2, 1)
    weights = [value for value in autograd.topological(out) if value.label]
    graph = number([out + autograd.dot(weights, weights)])
    sketch = collapsed(graph, 7)
    for group, places in zip(sketch.groups, outputs(sketch), strict=True):
        assert places
        if group.kind == "part":
            assert all(graph.values[i].op is not None for i in places)
