"""What labels say about a model."""

import pytest

import autograd
from autograd import Value
from autograd.drawing.sketch.numbering import number
from autograd.drawing.sketch.parts import owners, parts, weights


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("layers.0.neurons.3.weights.1", ("layers.0", "layers.0.neurons.3")),
        ("layers.0.neurons.3.bias", ("layers.0", "layers.0.neurons.3")),
        ("encoder.layers.0.bias", ("encoder", "encoder.layers.0")),
        ("heads.dog.weights.0", ("heads", "heads.dog")),
        ("weights.0", ()),
        ("x", ()),
        ("", ()),
        ("0.5", ()),
        ("see p. 3", ()),
        ("..", ()),
        ("a." * 10_000 + "b", ()),
    ],
)
def test_parts_of_a_label(label, expected):
    assert parts(label) == expected


def owner_of(root):
    graph = number([root])
    return dict(zip([value.op.name if value.op else value.label for value in graph.values], owners(graph), strict=True))


def test_a_neuron_has_its_parameters_its_dot_product_and_its_activation(network):
    found = owner_of((network([1.0, 2.0], 1).tanh() - 1.0).square())
    neuron = ("layers.0", "layers.0.neurons.0")
    assert found.pop("sub") == found.pop("square") == ()
    assert set(found.values()) == {neuron}
    assert {"dot", "tanh"} < set(found)


def test_a_layer_has_what_combines_parameters_of_its_neurons():
    x = Value(1.0, label="x")
    a, b = Value(2.0, label="net.left.scale"), Value(3.0, label="net.right.scale")
    assert owner_of(autograd.prod([a, b, x]))["prod"] == ("net",)


def test_a_penalty_on_parameters_is_outside():
    ws = [Value(2.0, label=f"layers.0.weights.{i}") for i in range(3)]
    assert owner_of(autograd.dot(ws, ws))["dot"] == ()
    assert owner_of(ws[0].square())["square"] == ()


def test_an_output_that_is_used_twice_has_no_activation(network):
    out = network([1.0, 2.0], 1)
    assert owner_of(out.tanh() + out)["tanh"] == ()


def test_weights_of_a_neuron_belong_together():
    ws = [Value(float(i), label=f"weights.{i}") for i in range(3)]
    graph = number([autograd.dot(ws, [1.0, 2.0, 3.0], Value(0.0, label="bias"))])
    assert weights(graph) == {0: 0, 1: 0, 2: 0}


@pytest.mark.parametrize("labels", [["w1", "w2"], ["", ""], ["a.0", "b.1"], ["0.5", "0.7"]])
def test_other_values_in_a_dot_product_do_not(labels):
    graph = number([autograd.dot([Value(1.0, label=label) for label in labels], [1.0, 2.0])])
    assert weights(graph) == {}
