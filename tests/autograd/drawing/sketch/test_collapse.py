"""Big graphs: each value is in exactly one box, and there are never more boxes than asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import AutogradError, Value
from autograd.drawing.sketch.collapse import collapsed, every_value
from autograd.drawing.sketch.numbering import number
from autograd.errors import GraphSizeError


def kinds(sketch):
    return [group.kind for group in sketch.groups]


@given(data=st.data())
def test_each_value_is_in_one_of_at_most_max_nodes_boxes(data, programs):
    program = data.draw(programs)
    max_nodes = data.draw(st.integers(1, 12))
    graph = number([program(*[Value(x) for x in program.inputs])])
    sketch = collapsed(graph, max_nodes)
    assert sorted(i for group in sketch.groups for i in group.members) == list(range(len(graph.values)))
    assert all(i in sketch.groups[k].members for i, k in enumerate(sketch.group_of))
    assert len({group.name for group in sketch.groups}) == len(sketch.groups) <= max_nodes
    assert bool(sketch.note) == (len(graph.values) > max_nodes)


def test_a_small_graph_is_shown_whole_except_for_weights(network):
    sketch = collapsed(number([network([1.0, 2.0], 3, 1)]), 300)
    assert sketch.note == ""
    assert kinds(sketch).count("weights") == 4
    assert set(kinds(sketch)) == {"weights", "value"}


def test_a_network_collapses_to_neurons_then_layers_then_itself(network):
    graph = number([network([1.0, 2.0], 16, 16, 1)])
    count = f"{len(graph.values)} values, more than max_nodes="
    assert collapsed(graph, 300).note == f"{count}300: drawn as 33 neurons"
    assert collapsed(graph, 30).note == f"{count}30: drawn as 3 layers"
    assert collapsed(graph, 2).note == f"{count}2: drawn as 1 part"


def test_passes_and_a_loss_around_a_network_are_summed_up(network):
    root = network([1.0, 2.0], 4, 1, passes=100)
    note = collapsed(number([root]), 20).note
    assert note.endswith("drawn as 5 neurons and 1 value")


def test_a_graph_without_labels_collapses_to_like_operations(chain):
    wide = autograd.sum([Value(float(i)).tanh() for i in range(200)])
    assert collapsed(number([wide]), 300).note.endswith("drawn as 2 groups of like operations and 1 value")
    deep = collapsed(number([chain(1000)]), 300)
    assert deep.note.endswith("drawn as 12 stages of depth and 1 value")


def test_too_many_edges_collapse_a_graph_as_too_many_nodes_do():
    leaves = [Value(float(i)) for i in range(100)]
    root = autograd.sum([autograd.sum(leaves) for _ in range(50)])
    assert "151 values, with too many edges for max_nodes=200" in collapsed(number([root]), 200).note


def test_layers_whose_edges_would_cross_too_often_collapse(network):
    assert collapsed(number([network([1.0, 2.0], 4, 4, 1)]), 300).note == ""
    crowded = collapsed(number([network([1.0, 2.0], 8, 8, 1)]), 300).note
    assert crowded.endswith("with too many edges for max_nodes=300: drawn as 17 neurons")
    wide = collapsed(number([network([1.0] * 64, 32, 10, 1)]), 300).note
    assert wide.endswith("more than max_nodes=300: drawn as 3 layers")


def test_functions_stay_one_operation_beside_layers(network):
    root = autograd.log_softmax([network([1.0, 2.0], 16, 16, 1), Value(1.0)])[0]
    sketch = collapsed(number([-root]), 30)
    assert [function.name for function in sketch.functions] == ["cross_entropy"]
    assert sketch.note.endswith("drawn as 3 layers, 2 values and 1 function")


def test_many_roots_do_not_stay_apart():
    roots = [Value(float(i)).exp() for i in range(1000)]
    assert kinds(collapsed(number(roots), 300)) == ["run", "run"]


def test_without_groups_every_value_is_shown_or_the_size_refused(network):
    graph = number([network([1.0, 2.0], 3, 1)])
    sketch = every_value(graph, 300)
    assert [group.name for group in sketch.groups] == [f"n{i}" for i in range(len(graph.values))]
    assert {group.parts for group in sketch.groups} == {()}
    with pytest.raises(GraphSizeError, match="20 nodes, more than max_nodes=5"):
        every_value(graph, 5)


def test_the_size_error_is_one_of_ours_and_a_value_error():
    assert issubclass(GraphSizeError, AutogradError)
    assert issubclass(GraphSizeError, ValueError)
