"""Blocks: the parameters of a model by name and shape."""

import copy

import pytest
from hypothesis import given

from nn.files.blocks import blocks, is_plain
from nn.layers import Layer
from nn.testing import mlps

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd.value import Value
from nn import Neuron
from nn.errors import ModelFileError
from nn.files.serialization import load, save
from nn.layers import Sequential


def test_parameters_of_one_name_are_refused(path):
    model = Sequential(Neuron(1))
    model.more = {1: Value(1.0), "1": Value(2.0)}
    with pytest.raises(ModelFileError, match=r"the same name, rename a dict key: more\.1"):
        save(model, path)


@given(model=mlps())
def test_a_network_has_a_matrix_and_a_row_for_each_layer(model):
    expected, values = {}, []
    for k, layer in enumerate(model.layers):
        neurons = layer.neurons
        expected[f"layers.{k}.weight"] = (len(neurons), len(neurons[0].weights))
        values += [w for neuron in neurons for w in neuron.weights]
        if isinstance(neurons[0].bias, Value):
            expected[f"layers.{k}.bias"] = (len(neurons),)
            values += [neuron.bias for neuron in neurons]
    found = blocks(model)
    assert {name: block.shape for name, block in found.items()} == expected
    assert [id(v) for block in found.values() for v in block.values] == [id(v) for v in values]


def test_a_neuron_has_a_row_and_a_number():
    assert {name: block.shape for name, block in blocks(Neuron(3)).items()} == {"weight": (3,), "bias": ()}
    assert [block.size() for block in blocks(Neuron(3)).values()] == ["3", "one number"]
    assert list(blocks(Neuron(3, bias=False))) == ["weight"]


def test_a_shared_part_has_its_blocks_under_its_first_name():
    layer = Layer(2, 2)
    assert list(blocks(Sequential(layer, "tanh", layer))) == ["layers.0.weight", "layers.0.bias"]


@pytest.mark.parametrize(
    "change",
    [
        lambda layer: setattr(layer.neurons[1], "weights", (Value(1.0),)),
        lambda layer: setattr(layer.neurons[1], "bias", 0.0),
        lambda layer: setattr(layer.neurons[1], "bias", 0.5),
        lambda layer: setattr(layer.neurons[1], "activation", "sin"),
        lambda layer: setattr(layer, "neurons", tuple(layer.neurons)),
        lambda layer: setattr(layer, "neurons", [*layer.neurons, Sequential(Neuron(2))]),
    ],
)
def test_a_layer_that_was_changed_after_it_was_built_has_no_matrix(change):
    layer = Layer(2, 2, seed=1)
    assert is_plain(layer)
    change(layer)
    assert not is_plain(layer)
    found = blocks(layer)
    assert "weight" not in found
    assert {id(v) for block in found.values() for v in block.values} == {id(p) for p in layer.parameters()}


@pytest.mark.parametrize("more", [Value(3.0), [Value(3.0)], {"scale": Value(3.0)}, Neuron(1)])
def test_a_parameter_that_was_added_is_not_lost(more, path):
    for part, inner in ((neuron := Neuron(2, seed=1), neuron), (layer := Layer(2, 2, seed=1), layer.neurons[0])):
        inner.more = more
        assert not is_plain(part)
        save(part, path)
        with pytest.raises(ModelFileError, match="nn cannot build"):
            load(path)
        twin = copy.deepcopy(part)
        for p in twin.parameters():
            p.data = 7.0
        load(path, model=twin)
        assert [p.data for p in twin.parameters()] == [p.data for p in part.parameters()]


def test_what_is_not_a_parameter_may_be_added():
    neuron = Neuron(2)
    neuron.note = "first"
    assert is_plain(neuron)
