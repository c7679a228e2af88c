"""Architectures: functions and parts of one's own by name, changed networks, and hostile descriptions."""

import copy
import functools

import pytest

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd import functions
from autograd.value import Value
from nn import MLP, Layer, Module, Neuron
from nn.activations import ACTIVATIONS
from nn.errors import ModelFileError
from nn.files.serialization import load, save
from nn.files.storage import read, write
from nn.layers import Dropout, Sequential


class Line(Module):
    def __init__(self, slope=2.0):
        self.slope, self.offset = Value(slope), Value(1.0)

    def __call__(self, x):
        return self.slope * x + self.offset


class Slope(Module):
    def __init__(self, slope):
        self.slope = Value(slope)

    def __call__(self, z):
        return functions.where(z > 0.0, z, z * self.slope)


def bent(z):
    return z + 0.5 * abs(z)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_saved_by_name(name, path, again):
    assert again(Layer(1, 2, activation=name), path).activation == name
    assert again(Layer(1, 2, activation=ACTIVATIONS[name]), path).activation == name


def test_a_function_of_ones_own_is_given_by_its_name(path, plain):
    model = MLP(2, [3, 1], activation=bent, seed=1)
    save(model, path)
    assert plain(load(path, activations={"bent": bent})([1.0, 2.0])) == plain(model([1.0, 2.0]))
    with pytest.raises(
        ModelFileError, match=r"your own, 'bent': name it with nn\.load\(path, activations={'bent': f}\)"
    ):
        load(path)


def test_any_function_may_be_given_a_name(path, again, plain):
    doubled = functools.partial(functions.leaky_relu, negative_slope=0.5)
    own = {"doubled": doubled, "half": lambda z: z * 0.5}
    model = Sequential(Layer(2, 2, activation=doubled, seed=1), Layer(2, 1, activation=own["half"], seed=2))
    twin = again(model, path, activations=own)
    assert plain(twin([1.0, -2.0])) == plain(model([1.0, -2.0]))
    assert twin[1].activation is own["half"]


@pytest.mark.parametrize("function", [lambda z: z, functools.partial(bent), Slope(0.5)])
def test_a_function_without_a_name_is_refused(function, path):
    with pytest.raises(ModelFileError, match=r'has no name to save: .* activations={"mine": f}'):
        save(MLP(2, [3, 1], activation=function), path)
    assert not path.exists()


def test_two_functions_of_one_name_are_refused(path):
    def other(z):
        return z

    other.__name__ = "bent"
    with pytest.raises(ModelFileError, match="two functions have the name 'bent'"):
        save(MLP(2, [3, 3, 1], activation=[bent, other]), path)


def test_a_function_named_like_one_of_ours_is_still_ones_own(path):
    def relu(z):
        return z

    save(Layer(1, 2, activation=relu, init=1.0), path)
    with pytest.raises(ModelFileError, match="'relu'"):
        load(path)
    assert load(path, activations={"relu": relu})([-1.0]) == [-1.0, -1.0]


def test_an_activation_with_parameters_gets_them_back(path, bits):
    model = MLP(2, [3, 3, 1], activation=Slope(0.25), seed=1)
    save(model, path, activations={"slope": model.layers[0].activation})
    own = Slope(0.0)
    twin = load(path, activations={"slope": own})
    assert own.slope.data == 0.25
    assert bits(twin) == bits(model)
    assert twin.layers[1].activation is own


def test_anything_but_a_function_is_refused(path):
    with pytest.raises(TypeError, match="activations: expected functions by name, got 3"):
        save(MLP(2, [1]), path, activations={"three": 3})


def test_a_parameter_shared_with_a_function_of_ones_own_is_never_loaded_as_two(path, bits):
    own = Slope(0.25)
    model = MLP(1, [1, 1], activation=own, seed=1)
    model.layers[1].neurons[0].weights = (own.slope,)
    save(model, path, activations={"slope": own})
    with pytest.raises(ModelFileError, match=r"shared as nn cannot build it: nn\.load\(path, model=model\)"):
        load(path, activations={"slope": Slope(0.0)})
    assert bits(load(path, model=copy.deepcopy(model))) == bits(model)


def test_a_part_of_ones_own_is_given_by_its_name(path, bits):
    line = Line(3.0)
    model = Sequential(Neuron(2, seed=1), line, Neuron(1, seed=2), line)
    save(model, path, activations={"line": line})
    own = Line()
    twin = load(path, activations={"line": own})
    assert twin[1] is twin[3] is own
    assert bits(twin) == bits(model)


def test_a_model_of_ones_own_is_not_built_by_load(path):
    save(Line(), path)
    with pytest.raises(
        ModelFileError, match=r"nn cannot build, 'Line': build one and use nn\.load\(path, model=model\)"
    ):
        load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda model: setattr(model, "scale", Value(2.0)),
        lambda model: setattr(model.layers[0].neurons[1], "activation", "sin"),
        lambda model: setattr(model.layers[0].neurons[1], "bias", 3.0),
        lambda model: model.layers.append(Line()),
        lambda model: setattr(model.layers[0].neurons[1], "weights", (Value(1.0),)),
    ],
)
def test_a_changed_network_is_never_loaded_as_another(change, path, bits):
    model = MLP(2, [3, 1], seed=1)
    change(model)
    save(model, path)
    with pytest.raises(ModelFileError, match="nn cannot build"):
        load(path)
    twin = copy.deepcopy(model)
    twin.parameters()[0].data = 7.0
    assert bits(load(path, model=twin)) == bits(model)


def forged(path, change, tensors=None):
    """A file as an attacker would write it: an MLP with a change in the header, or other tensors."""
    save(MLP(2, [3, 1], activation="tanh", seed=1), path)
    content, data = read(path)
    change(content)
    write(path, content, data | (tensors or {}))


def nested(depth):
    description = "tanh"
    for _ in range(depth):
        description = {"kind": "Sequential", "training": True, "layers": [description]}
    return description


def architecture(change):
    return lambda content: change(content["architecture"])


def first(**changes):
    return lambda content: content["architecture"]["layers"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (first(nin=3), "layers.0.weight: the architecture says 3 x 3, the data have 3 x 2"),
        (first(nin=10**9, nout=10**9), "the architecture says 1000000000 x 1000000000, the data have 3 x 2"),
        (first(nin=0), "layers.0: sizes must be whole numbers of at least 1"),
        (first(nin=-(10**30)), "layers.0: sizes must be whole numbers of at least 1"),
        (first(nin=2.0), "layers.0: sizes must be whole numbers"),
        (first(nin=float("inf")), "layers.0: sizes must be whole numbers"),
        (first(nin=float("nan")), "layers.0: sizes must be whole numbers"),
        (first(nin=True), "layers.0: sizes must be whole numbers"),
        (first(nin="2"), "layers.0: sizes must be whole numbers"),
        (first(nin=[2]), "layers.0: sizes must be whole numbers"),
        (first(bias=False), "not in the model: layers.0.bias"),
        (first(bias=1), "bias true or false"),
        (first(activation="rellu"), "layers.0: unknown activation 'rellu'; known are linear, relu"),
        (first(activation=["tanh"]), "layers.0: unknown activation"),
        (first(activation={"custom": ["tanh"]}), "layers.0: unknown activation"),
        (first(activation={"custom": "os.system"}), "layers.0 has an activation of your own, 'os.system'"),
        (first(kind="Convolution"), "unknown kind of layer 'Convolution'; known are Neuron, Layer, MLP"),
        (first(kind="Module"), "unknown kind of layer 'Module'"),
        (first(kind=["Layer"]), "unknown kind of layer"),
        (first(kind="Neuron"), "a Neuron has activation, bias, nin"),
        (first(more=1), "a Layer has activation, bias, nin, nout"),
        (first(training=1), "a Layer has"),
        (first(shared="layers.0"), "layers.0 shares 'layers.0', which is not a part before it"),
        (first(shared=[1]), "layers.0 shares"),
        (architecture(lambda a: a["layers"].append(a["layers"][0])), "the data of layers.2.weight are missing"),
        (architecture(lambda a: a["layers"].extend(["tanh"] * 10**4)), "an MLP is made of Layers alone"),
        (
            architecture(lambda a: a.update(kind="Sequential", layers=[*a["layers"], {"shared": "layers.0"}])),
            "the model: part 2 takes 2 inputs, part 1 gives 1",
        ),
        (architecture(lambda a: a["layers"].pop()), "not in the model: layers.1.bias, layers.1.weight"),
        (architecture(lambda a: a["layers"].clear()), "expected a list of layers"),
        (architecture(lambda a: a.update(layers=3)), "expected a list of layers, got 3"),
        (architecture(lambda a: a.clear()), "the architecture does not describe a model"),
        (lambda content: content.update(architecture=3), "the architecture does not describe a model"),
        (lambda content: content.update(architecture={"kind": []}), "the architecture does not describe a model"),
        (lambda content: content.update(architecture={"custom": "f"}), "the architecture does not describe a model"),
        (lambda content: content.update(architecture=nested(33)), "nested more than 32 deep"),
        (lambda content: content.update(architecture=nested(200)), "nested more than 32 deep"),
        (lambda content: content.update(architecture=None), "nn cannot build, 'MLP'"),
        (lambda content: content.update(format=2), "format 2, known is 1: update chainrule"),
        (lambda content: content.pop("tied"), "not one of nn.save"),
        (lambda content: content.update(extra=3), "not one of nn.save"),
        (lambda content: content.update(optimizer=[]), "not one of nn.save"),
        (lambda content: content.update(tied=3), "a shared parameter is nowhere in the data"),
        (lambda content: content.update(tied=[[3]]), "a shared parameter is nowhere"),
        (lambda content: content.update(tied=[[]]), "'tied' lists no pairs"),
        (lambda content: content.update(tied=[[["layers.0.bias", 0], ["layers.0.bias", -1]]]), "different numbers"),
        (lambda content: content.update(tied=[[["layers.0.bias", 0], ["layers.0.bias", 9]]]), "nowhere in the data"),
        (lambda content: content.update(tied=[[["layers.0.bias", 0], ["bias", 0]]]), "nowhere in the data"),
        (lambda content: content.update(tied=[[["layers.0.bias", 0], [[], 0]]]), "nowhere in the data"),
        (lambda content: content.update(tied=[[["layers.0.bias", 0], ["layers.0.weight", 0]]]), "different numbers"),
        (lambda content: content.update(generators=[3]), "a generator in the file fits no Dropout"),
        (lambda content: content.update(generators=[{"state": [], "parts": []}]), "a generator in the file"),
        (
            lambda content: content.update(generators=[{"state": [3, [2**40] * 625, None], "parts": ["layers.0"]}]),
            "a generator in the file",
        ),
    ],
)
def test_a_wrong_content_is_refused(path, change, message):
    forged(path, change)
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("p", [1.0, -1.0, float("nan"), 1, "0.5", None, [0.5], 10**400])
def test_a_wrong_dropout_is_refused(path, p):
    save(Sequential(Dropout(0.5)), path)
    content, data = read(path)
    content["architecture"]["layers"][0]["p"] = p
    write(path, content, data)
    with pytest.raises(ModelFileError, match=r"layers\.0: p must be at least 0 and below 1"):
        load(path)


def test_a_neuron_with_softmax_is_refused(path):
    save(Neuron(2), path)
    content, data = read(path)
    content["architecture"]["activation"] = "softmax"
    write(path, content, data)
    with pytest.raises(ModelFileError, match="the model: softmax is for a Layer, not for one Neuron"):
        load(path)


def test_tensors_of_another_shape_or_more_of_them_are_refused(path):
    forged(path, lambda content: None, {"layers.0.bias": ((1, 3), [1.0, 2.0, 3.0])})
    with pytest.raises(ModelFileError, match=r"layers\.0\.bias: the architecture says 3, the data have 1 x 3"):
        load(path)
    forged(path, lambda content: None, {"extra": ((), [1.0])})
    with pytest.raises(ModelFileError, match="not in the model: extra"):
        load(path)


def test_a_failed_load_changes_no_activation_with_parameters(path):
    model = MLP(1, [1, 1], activation=Slope(0.25), seed=1)
    save(model, path, activations={"slope": model.layers[0].activation})
    content, data = read(path)
    write(path, content, data | {"more": ((), [1.0])})
    own = Slope(0.0)
    with pytest.raises(ModelFileError, match="not in the model: more"):
        load(path, activations={"slope": own})
    assert own.slope.data == 0.0


def test_a_model_nested_too_deep_is_refused(path):
    model = Sequential("tanh")
    for _ in range(40):
        model = Sequential(model)
    with pytest.raises(ModelFileError, match="the model is nested more than 32 deep"):
        save(model, path)


def test_a_functions_name_is_printed_as_text(path):
    def function(z):
        return z * 2.0

    function.__name__ = "<\x1b[2J\nf>"
    assert r"<\x1b[2J\nf>" in repr(Neuron(2, activation=function))
    with pytest.raises(ModelFileError) as caught:
        save(Neuron(2, activation=function), path)
    assert str(caught.value).isprintable()
