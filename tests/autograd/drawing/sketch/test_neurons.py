"""Neurons in a sketch."""

import autograd
from autograd import Value
from autograd.drawing.sketch.collapse import collapsed
from autograd.drawing.sketch.neurons import columns, constants, is_neuron
from autograd.drawing.sketch.numbering import number


def sketch_of(root, max_nodes=300):
    return collapsed(number([root]), max_nodes)


def test_a_dot_product_whose_weights_share_a_box_is_a_neuron(network):
    sketch = sketch_of(network([1.0, 2.0], 1))
    last = len(sketch.graph.values) - 1
    assert is_neuron(sketch, last)
    assert list(columns(sketch)) == [f"op{last}"]
    assert [name[:7] for name in columns(sketch)[f"op{last}"]] == ["weights", "n2"]


def test_a_dot_product_of_other_values_is_not():
    sketch = sketch_of(autograd.dot([Value(1.0), Value(2.0)], [3.0, 4.0]))
    assert not is_neuron(sketch, 2)
    assert columns(sketch) == {}


def test_weights_of_several_passes_stand_before_all_of_them(network):
    sketch = collapsed(number([network([1.0, 2.0], 2, 1, passes=2)]), 300, expand={"rows"})
    assert columns(sketch) == {}


def test_a_penalty_does_not_take_the_weights_from_their_neuron():
    ws = [Value(2.0, label=f"weights.{i}") for i in range(2)]
    sketch = sketch_of(autograd.dot(ws, [1.0, 2.0]) + ws[0].square() + ws[1].square())
    assert list(columns(sketch).values()) == [["weights1"]]


def test_a_dot_product_without_bias_has_no_constant_for_it():
    x = Value(1.0)
    assert constants(number([autograd.dot([x], [2.0])]), 1) == {1: 2.0}
    assert constants(number([autograd.dot([x], [2.0], 3.0)]), 1) == {1: 2.0, 2: 3.0}
