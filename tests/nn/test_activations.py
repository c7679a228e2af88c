"""Activations: every function of one number by its name, one for each layer, and what is refused."""

import inspect

import pytest

from autograd import functions
from autograd.ops import DOT
from autograd.value import Value
from nn import MLP, Layer, Module, Neuron
from nn.activations import ACTIVATIONS


def test_every_function_of_one_number_is_an_activation():
    unary = {
        name
        for name, function in vars(functions).items()
        if inspect.isfunction(function)
        and function.__module__ == functions.__name__
        and not name.startswith("_")
        and [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty] == ["x"]
    }
    assert unary == set(ACTIVATIONS) - {"linear"}


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"linear"}))
def test_an_activation_by_name_is_the_function_of_that_name(name):
    for z in (-0.6, 0.4, 1.5):
        by_name = Neuron(1, activation=name, init=1.0)([z])
        by_function = Neuron(1, activation=getattr(functions, name), init=1.0)([z])
        assert isinstance(by_name, Value)
        assert repr(by_name.data) == repr(by_function.data)
        assert by_name.op == by_function.op


@pytest.mark.parametrize("activation", [None, "linear"])
def test_a_linear_neuron_adds_no_node(activation):
    assert Neuron(2, activation=activation)([1.0, 2.0]).op is DOT


def test_hidden_layers_have_the_activation_and_the_last_has_the_output():
    model = MLP(2, [3, 3, 1], activation="tanh", output="sigmoid")
    assert [layer.activation for layer in model.layers] == ["tanh", "tanh", "sigmoid"]
    assert [layer.activation for layer in MLP(2, [3, 1]).layers] == ["relu", "linear"]


def test_every_hidden_layer_may_have_its_own_activation():
    model = MLP(2, [3, 3, 3, 1], activation=["tanh", None, functions.sin])
    assert [layer.activation for layer in model.layers] == ["tanh", "linear", functions.sin, "linear"]


def test_a_list_of_activations_of_another_length_is_refused():
    with pytest.raises(ValueError, match="expected one activation for each of 2 hidden layers, got 3"):
        MLP(2, [3, 3, 1], activation=["tanh", "tanh", "tanh"])


@pytest.mark.parametrize(
    "build",
    [
        lambda: Neuron(2, activation="softmax"),
        lambda: MLP(2, [3, 1], activation="softmax"),
        lambda: MLP(2, [3, 3, 1], activation=["relu", "softmax"]),
    ],
)
def test_softmax_is_for_outputs_only(build):
    with pytest.raises(ValueError, match="softmax is for the output of a network"):
        build()


@pytest.mark.parametrize(
    "build",
    [
        lambda: Neuron(2, activation="rellu"),
        lambda: Layer(2, 3, activation="rellu"),
        lambda: MLP(2, [3, 1], activation="rellu"),
        lambda: MLP(2, [3, 1], output="rellu"),
    ],
)
def test_an_unknown_activation_is_refused_with_the_known_ones(build):
    with pytest.raises(ValueError, match=r"unknown (activation|output) 'rellu': expected .* linear, relu, .*tanh"):
        build()


def test_an_activation_that_is_neither_name_nor_function_is_refused():
    with pytest.raises(TypeError, match="unknown activation 3: expected a function or one of"):
        Neuron(2, activation=3)


def test_an_activation_may_have_parameters_of_its_own():
    class Slope(Module):
        def __init__(self):
            self.slope = Value(0.5)

        def __call__(self, z):
            return functions.where(z > 0.0, z, z * self.slope)

    model = MLP(1, [2, 1], activation=Slope())
    assert "layers.0.activation.slope" in dict(model.named_parameters())
    assert len(model.parameters()) == 8
