"""Saving and loading models and checkpoints: the same bits, or an error that says what is wrong."""

import copy
import functools
import itertools
import random
import struct
import sys
import threading
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("safetensors")
pytest.importorskip("numpy")

from autograd import functions
from autograd.atomic import set_numbers
from autograd.value import Value
from nn import MLP, Layer, Module, Neuron, optim
from nn.activations import ACTIVATIONS
from nn.errors import ModelFileError
from nn.files.serialization import load, load_checkpoint, save, save_checkpoint
from nn.files.storage import read, write
from nn.layers import Dropout, Sequential
from nn.optim import SGD


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


def straight(z):
    return 2.0 * z


def bits(model):
    return {name: struct.pack("d", x) for name, x in model.state_dict().items()}


def pattern(x):
    return struct.unpack("Q", struct.pack("d", x))[0]


def plain(outputs):
    return [y.data for y in outputs] if isinstance(outputs, list) else [outputs.data]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def again(model, path, **options):
    save(model, path, **options)
    return load(path, **options)


MODELS = {
    "neuron": lambda: Neuron(2, activation="tanh", seed=1),
    "neuron without bias": lambda: Neuron(2, bias=False, seed=1),
    "layer": lambda: Layer(2, 3, activation="softmax", seed=1),
    "layer of one without bias": lambda: Layer(2, 1, bias=False, activation=None, seed=1),
    "drawn biases": lambda: MLP(2, [3, 1], bias="he_normal", seed=1),
    "perceptron": lambda: MLP(2, [16, 16, 1], seed=1),
    "each its own": lambda: MLP(2, [3, 3, 2], activation=["gelu", functions.sin], output="softmax", seed=1),
    "sequential": lambda: Sequential(
        Layer(2, 4, seed=1),
        Dropout(0.25, seed=1),
        "tanh",
        Sequential(MLP(4, [3, 2], seed=2), functions.softmax),
        Neuron(2, seed=3),
    ),
    "no parameters": lambda: Sequential("tanh", Dropout(0.5, seed=1)),
}


# Models.


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_loaded_model_is_the_saved_one(build, path):
    model = build()
    twin = again(model, path)
    assert type(twin) is type(model)
    assert repr(twin) == repr(model)
    assert bits(twin) == bits(model)
    assert [p.label for p in twin.parameters()] == [name for name, _ in model.named_parameters()]
    x = [Value(0.5), Value(-2.0)]
    assert plain(twin(x)) == plain(model(x))
    assert plain(twin.eval()(x)) == plain(model.eval()(x))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_saved_by_name(name, path):
    assert again(Layer(1, 2, activation=name), path).activation == name
    assert again(Layer(1, 2, activation=ACTIVATIONS[name]), path).activation == name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2**64 - 1) | st.floats().map(pattern), min_size=9, max_size=9))
def test_every_bit_of_every_float_comes_back(path, patterns):
    model = MLP(2, [2, 1])
    for parameter, each in zip(model.parameters(), patterns, strict=True):
        (parameter.data,) = struct.unpack("d", struct.pack("Q", each))
    assert bits(again(model, path)) == bits(model)


def test_nan_infinity_negative_zero_and_subnormals_come_back(path):
    model = MLP(2, [2, 1])
    numbers = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, -5e-324, 1.7976931348623157e308, 0.1, 0.0]
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    assert bits(again(model, path)) == bits(model)
    assert repr(list(again(model, path).state_dict().values())) == repr(numbers)


def test_a_part_that_comes_twice_comes_back_as_one(path):
    layer, dropout = Layer(2, 2, activation="tanh", seed=1), Dropout(0.5, seed=1)
    twin = again(Sequential(layer, dropout, layer, dropout), path)
    assert twin[0] is twin[2]
    assert twin[1] is twin[3]
    assert len(twin.parameters()) == 6


def test_shared_parameters_come_back_shared(path):
    model = MLP(2, [2, 2], seed=1)
    first, second = model.layers
    second.neurons[0].weights = (first.neurons[0].weights[0], second.neurons[0].weights[1])
    second.neurons[1].bias = first.neurons[0].bias
    twin = again(model, path)
    assert len(twin.parameters()) == len(model.parameters()) == 10
    assert twin.layers[1].neurons[0].weights[0] is twin.layers[0].neurons[0].weights[0]
    assert twin.layers[1].neurons[1].bias is twin.layers[0].neurons[0].bias
    assert bits(twin) == bits(model)


def test_the_mode_comes_back(path):
    model = Sequential(Layer(2, 2), Dropout(0.5), Dropout(0.25))
    model[1].eval()
    assert [part.training for part in again(model, path)] == [True, False, True]
    assert not again(model.eval(), path).layers[0].neurons[0].training


def test_dropout_goes_on_where_it_stood(path):
    model = Sequential(Dropout(0.5, seed=1), Dropout(0.5, seed=2))
    model([1.0] * 20)
    twin = again(model, path)
    assert [twin([1.0] * 20) for _ in range(3)] == [model([1.0] * 20) for _ in range(3)]


def test_dropouts_of_one_generator_still_share_it(path):
    source = Random(1)
    twin = again(Sequential(Dropout(0.5, seed=source), Dropout(0.5, seed=source), Dropout(0.5)), path)
    assert twin[0].random is twin[1].random
    assert twin[2].random is None


def test_a_changed_model_is_independent_of_its_file(path):
    model = MLP(2, [1], seed=1)
    twin = again(model, path)
    model.parameters()[0].data = 5.0
    assert twin.parameters()[0].data != 5.0
    assert load(path).parameters()[0].data != 5.0


def test_pathes_may_be_text(path):
    save(MLP(2, [1], seed=1), str(path))
    assert bits(load(str(path))) == bits(MLP(2, [1], seed=1))


def test_only_models_are_saved(path):
    with pytest.raises(TypeError, match=r"^model: expected a Module to save, got \w+Path: swap model and path$"):
        save(path, MLP(2, [1]))
    with pytest.raises(TypeError, match=r"^model: expected a Module to save, got int$"):
        save(3, path)


@pytest.mark.parametrize("wrong", [3, None, b"model.safetensors", MLP(2, [1])])
def test_what_is_no_path_is_refused_by_the_name_of_the_argument(wrong):
    model = MLP(2, [1])
    sgd = SGD(model.parameters(), lr=0.1)
    for call in (
        lambda: save(model, wrong),
        lambda: load(wrong),
        lambda: save_checkpoint(wrong, model, sgd),
        lambda: load_checkpoint(wrong, model, sgd),
    ):
        with pytest.raises(TypeError, match=f"^path must be a string or a pathlib.Path, got {type(wrong).__name__}: "):
            call()


def test_a_folder_that_does_not_exist_is_to_be_created_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("nofolder/m.safetensors", Path("nofolder/m.safetensors")):
        with pytest.raises(FileNotFoundError, match=r"^the folder nofolder does not exist: create it first$"):
            save(MLP(2, [1]), path)


# Functions of one's own.


def test_a_function_of_ones_own_is_given_by_its_name(path):
    model = MLP(2, [3, 1], activation=bent, seed=1)
    save(model, path)
    assert plain(load(path, activations={"bent": bent})([1.0, 2.0])) == plain(model([1.0, 2.0]))
    with pytest.raises(
        ModelFileError, match=r"your own, 'bent': name it with nn\.load\(path, activations={'bent': f}\)"
    ):
        load(path)


def test_any_function_may_be_given_a_name(path):
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


def test_an_activation_with_parameters_gets_them_back(path):
    model = MLP(2, [3, 3, 1], activation=Slope(0.25), seed=1)
    save(model, path, activations={"slope": model.layers[0].activation})
    own = Slope(0.0)
    twin = load(path, activations={"slope": own})
    assert own.slope.data == 0.25
    assert bits(twin) == bits(model)
    assert twin.layers[1].activation is own


def test_what_is_no_function_is_refused(path):
    with pytest.raises(TypeError, match="activations: expected functions by name, got 3"):
        save(MLP(2, [1]), path, activations={"three": 3})


def test_a_parameter_shared_with_a_function_of_ones_own_is_never_loaded_as_two(path):
    own = Slope(0.25)
    model = MLP(1, [1, 1], activation=own, seed=1)
    model.layers[1].neurons[0].weights = (own.slope,)
    save(model, path, activations={"slope": own})
    with pytest.raises(ModelFileError, match=r"shared as nn cannot build it: nn\.load\(path, model=model\)"):
        load(path, activations={"slope": Slope(0.0)})
    assert bits(load(path, model=copy.deepcopy(model))) == bits(model)


def test_a_part_of_ones_own_is_given_by_its_name(path):
    line = Line(3.0)
    model = Sequential(Neuron(2, seed=1), line, Neuron(1, seed=2), line)
    save(model, path, activations={"line": line})
    own = Line()
    twin = load(path, activations={"line": own})
    assert twin[1] is twin[3] is own
    assert bits(twin) == bits(model)


# Models of one's own.


class Net(Module):
    def __init__(self, seed):
        self.net, self.line = MLP(2, [3, 1], seed=seed), Line()
        self.again = self.net


def test_a_model_of_ones_own_gets_its_parameters_back(path):
    model, twin = Net(1), Net(2)
    save(model, path)
    assert load(path, model=twin) is twin
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
def test_a_changed_network_is_never_loaded_as_another(change, path):
    model = MLP(2, [3, 1], seed=1)
    change(model)
    save(model, path)
    with pytest.raises(ModelFileError, match="nn cannot build"):
        load(path)
    twin = copy.deepcopy(model)
    twin.parameters()[0].data = 7.0
    assert bits(load(path, model=twin)) == bits(model)


def test_a_model_that_does_not_fit_is_told_why_and_not_changed(path):
    save(MLP(2, [3, 1], seed=1), path)
    model = Sequential(Layer(2, 4, seed=2), Layer(4, 1, bias=False, seed=2), Layer(1, 1, seed=2))
    before = bits(model)
    with pytest.raises(ModelFileError, match="nothing was loaded") as caught:
        load(path, model=model)
    assert str(caught.value).partition("nothing was loaded: ")[2] == (
        "missing in the file: layers.2.weight, layers.2.bias; not in the model: layers.1.bias; "
        "of another shape: layers.0.weight (3 x 2 in the file, 4 x 2 in the model), "
        "layers.0.bias (3 in the file, 4 in the model), layers.1.weight (1 x 3 in the file, 1 x 4 in the model)"
    )
    assert bits(model) == before


def test_numbers_that_a_sharing_model_cannot_hold_are_refused(path):
    model = MLP(1, [1, 1], seed=1)
    save(model, path)
    model.layers[1].neurons[0].weights = model.layers[0].neurons[0].weights
    before = bits(model)
    with pytest.raises(ModelFileError, match="a parameter that the model shares has two numbers in the file"):
        load(path, model=model)
    assert bits(model) == before


def test_parameters_of_one_name_are_refused(path):
    line = Line()
    line.more = {1: Value(1.0), "1": Value(2.0)}
    with pytest.raises(ModelFileError, match=r"the same name, rename a dict key: more\.1"):
        save(line, path)


def test_a_parameter_named_like_the_state_of_an_optimiser_is_refused(path):
    model = Line()
    model.optimizer = {"state": Value(1.0)}
    save(model, path)
    assert bits(load(path, model=model)) == bits(model)
    with pytest.raises(ModelFileError, match=r"optimizer\.state is the name of a parameter"):
        save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))


# Files with a right checksum and a wrong content.


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


# Checkpoints.

ROWS = [([0.1 * k, -0.2 * k + 1.0], float(k % 2)) for k in range(8)]


class Training:
    """A training loop by hand, with all that moves in it."""

    def __init__(self, optimizer=SGD, **options):
        self.model = Sequential(Layer(2, 6, activation="tanh", seed=1), Dropout(0.3, seed=2), Neuron(6, seed=3))
        self.optimizer = optimizer(self.model.parameters(), **(options or {"lr": 0.1, "momentum": 0.9}))
        self.shuffle, self.epoch, self.losses = Random(4), 0, []

    def run(self, epochs):
        for _ in range(epochs):
            rows = self.shuffle.sample(ROWS, len(ROWS))
            for start in range(0, len(rows), 3):
                loss = functions.mean([(self.model(x) - y) ** 2.0 for x, y in rows[start : start + 3]])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.epoch += 1
            self.optimizer.lr *= 0.9
            self.losses.append(loss.data)
        return self

    def save(self, path):
        state = self.shuffle.getstate()
        save_checkpoint(path, self.model, self.optimizer, epoch=self.epoch, shuffle=state, losses=self.losses)

    def resume(self, path):
        extra = load_checkpoint(path, self.model, self.optimizer)
        self.epoch, self.losses = extra["epoch"], extra["losses"]
        self.shuffle.setstate(extra["shuffle"])
        return self


def test_resumed_training_gives_the_bits_of_training_that_never_stopped(path):
    whole = Training().run(6)
    Training().run(2).save(path)
    resumed = Training().run(1).resume(path).run(4)
    assert resumed.losses == whole.losses
    assert bits(resumed.model) == bits(whole.model)
    assert resumed.optimizer.state_dict() == whole.optimizer.state_dict()
    assert resumed.epoch == 6


def test_resumed_training_may_be_saved_again(path):
    whole = Training().run(3)
    for _ in range(3):
        training = Training().resume(path) if path.exists() else Training()
        training.run(1).save(path)
    assert bits(training.model) == bits(whole.model)


def test_a_checkpoint_is_also_a_model(path):
    training = Training().run(1)
    training.save(path)
    assert bits(load(path)) == bits(training.model)


def test_a_checkpoint_takes_functions_without_a_name(path):
    model = MLP(2, [3, 1], activation=lambda z: z * 0.5, seed=1)
    save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))
    twin = MLP(2, [3, 1], activation=lambda z: z * 0.5, seed=2)
    assert load_checkpoint(path, twin, SGD(twin.parameters(), lr=0.2)) == {}
    assert bits(twin) == bits(model)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda x: st.lists(x) | st.lists(x).map(tuple) | st.dictionaries(st.text(), x),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_like)
def test_extra_comes_back_with_tuples_as_tuples(path, extra):
    model = Neuron(1)
    save_checkpoint(path, model, SGD(model.parameters(), lr=0.1), extra=extra)
    assert repr(load_checkpoint(path, model, SGD(model.parameters(), lr=0.1))) == repr({"extra": extra})


def test_extra_may_hold_nan_and_pythons_generator(path):
    model = Neuron(1)
    optimizer = SGD(model.parameters(), lr=0.1)
    state = random.getstate()
    save_checkpoint(path, model, optimizer, best=float("inf"), loss=[float("nan")], state=state)
    extra = load_checkpoint(path, model, optimizer)
    assert repr(extra) == repr({"best": float("inf"), "loss": [float("nan")], "state": state})
    random.setstate(extra["state"])


@pytest.mark.parametrize("extra", [{1, 2}, {"a": [Value(1.0)]}, {1: 2}, b"x", object(), {"__tuple__": []}])
def test_extra_that_no_file_can_hold_is_refused(path, extra):
    model = Neuron(1)
    with pytest.raises(ModelFileError, match=r"extra\['thing'\].*: expected numbers, strings, None, and lists"):
        save_checkpoint(path, model, SGD(model.parameters(), lr=0.1), thing=extra)
    assert not path.exists()


def unchanged(training, path, message):
    """A checkpoint is refused, and nothing has changed."""
    before = bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()
    with pytest.raises(ModelFileError, match=message):
        training.resume(path)
    assert (bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()) == before


def test_a_model_without_an_optimiser_is_no_checkpoint(path):
    training = Training()
    save(training.model, path)
    unchanged(Training().run(1), path, "a model without an optimiser")


def test_a_checkpoint_of_another_optimiser_is_refused(path):
    class Other(SGD):
        pass

    Training(Other, lr=0.1).save(path)
    unchanged(Training().run(1), path, "the optimiser was 'Other', got SGD")


def test_a_checkpoint_of_an_optimiser_that_had_another_name_is_loaded(path):
    class RMSProp(optim.RMSprop):  # the name that is in files from before 0.2
        pass

    model = Neuron(1, init=2.0)
    old, new = RMSProp(model.parameters(), lr=0.5), optim.RMSprop(model.parameters(), lr=0.1)
    model.parameters()[0].grad = 1.0
    old.step()
    save_checkpoint(path, model, old)
    load_checkpoint(path, model, new)
    assert new.state_dict() == old.state_dict()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["optimizer"].update(state=None),
        lambda content: content["optimizer"]["state"].pop("settings"),
        lambda content: content["optimizer"]["state"]["settings"].update(lr=-1.0),
        lambda content: content["optimizer"]["state"]["settings"].update(lr="high"),
        lambda content: content["optimizer"]["state"].update(names=3),
        lambda content: content["optimizer"]["state"].update(names=["a", None]),
        lambda content: content["optimizer"]["state"]["names"].pop(),
        lambda content: content["optimizer"]["state"].update(groups=[3]),
        lambda content: content["optimizer"]["state"].update(groups=[{"settings": {}, "size": 10**9}]),
    ],
)
def test_an_optimiser_that_does_not_fit_changes_nothing(path, change):
    Training().run(1).save(path)
    content, data = read(path)
    change(content)
    write(path, content, data)
    unchanged(Training().run(2), path, "the state of the optimiser does not fit")


def moved(parameters, **options):
    """Return an optimiser whose state says which parameter it is of."""
    optimizer = SGD(parameters, lr=0.1, momentum=0.9, **options)
    optimizer.state = [(p.data,) for p in optimizer.params]
    return optimizer


def test_an_optimiser_in_another_order_gets_the_state_of_its_parameters(path):
    model, twin = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    for parameter in twin.parameters():
        parameter.label = "whatever"  # the names are those in the model
    save_checkpoint(path, model, moved(model.parameters()))
    optimizer = SGD(twin.parameters()[::-1], lr=0.5)
    load_checkpoint(path, twin, optimizer)
    assert optimizer.state == [(p.data,) for p in twin.parameters()[::-1]]
    assert optimizer.momentum == 0.9


def test_groups_and_frozen_parameters_come_back(path):
    model, twin = [MLP(2, [3, 2, 1], seed=1) for _ in range(2)]
    first, last = [part.parameters() for part in (model.layers[0], model.layers[2])]
    save_checkpoint(path, model, moved([{"params": first, "lr": 0.25}, {"params": last}]))
    first, last = [part.parameters() for part in (twin.layers[0], twin.layers[2])]
    optimizer = SGD([{"params": last[::-1]}, {"params": first}], lr=1.0)
    load_checkpoint(path, twin, optimizer)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.25]
    assert optimizer.state == [(p.data,) for p in optimizer.params]


def test_the_state_of_other_parameters_is_refused(path):
    model, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    save_checkpoint(path, model, moved(model.layers[0].parameters()))
    for parameters, message in [
        (model.layers[1].parameters(), "the state is that of other parameters: it lacks layers.1"),
        (model.parameters(), "other parameters: it lacks layers.1"),
        (other.layers[0].parameters(), "moves parameters that are not of this model"),
    ]:
        optimizer = SGD(parameters, lr=0.5)
        before = optimizer.state_dict()
        with pytest.raises(ModelFileError, match=message):
            load_checkpoint(path, model, optimizer)
        assert optimizer.state_dict() == before


def test_a_checkpoint_from_before_there_were_names_is_in_order(path):
    model = MLP(2, [3, 1], seed=1)
    save_checkpoint(path, model, moved(model.parameters()))
    content, data = read(path)
    del content["optimizer"]["state"]["names"]
    write(path, content, data)
    optimizer = SGD(model.parameters(), lr=0.5)
    load_checkpoint(path, model, optimizer)
    assert optimizer.state == [(p.data,) for p in model.parameters()]


def test_a_checkpoint_with_other_parameters_changes_nothing(path):
    model = Neuron(3)
    save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))
    unchanged(Training().run(1), path, "the parameters do not fit the model")


def test_a_dropout_with_a_seed_on_one_side_only_is_refused(path):
    training = Training()
    training.model[1].random = None
    training.save(path)
    unchanged(Training().run(1), path, r"Dropout\(0\.3\) has a seed either in the file or in the model")


class StruckValue(Value):
    """A parameter at which an interrupt arrives, when it is given a number one by one."""

    def __setattr__(self, name, x):
        super().__setattr__(name, x)
        if name == "data":
            raise KeyboardInterrupt


def test_a_model_gets_all_its_numbers_at_one_moment(path):
    class Model(Module):
        def __init__(self, *numbers):
            self.w = [StruckValue(x) for x in numbers]

    save(Model(1.0, 2.0, 3.0), path)
    model = Model(4.0, 5.0, 6.0)
    load(path, model=model)
    assert [v.data for v in model.w] == [1.0, 2.0, 3.0]
    optimizer = SGD(model.w, lr=0.1)
    save_checkpoint(path, Model(7.0, 8.0, 9.0), SGD(model.w, lr=0.2))
    load_checkpoint(path, model, optimizer)
    assert ([v.data for v in model.w], optimizer.lr) == ([7.0, 8.0, 9.0], 0.2)


def test_a_file_has_the_numbers_of_one_moment(path):
    """While another thread gives all parameters new numbers, every file holds one of its sets."""
    model = MLP(3, [8, 1], seed=1)
    parameters = list(model.parameters())
    stop = threading.Event()

    def change():
        for k in itertools.cycle(range(1, 1000)):
            set_numbers(parameters, [float(k)] * len(parameters))
            if stop.is_set():
                return

    thread = threading.Thread(target=change)
    set_numbers(parameters, [0.0] * len(parameters))
    thread.start()
    try:
        for _ in range(30):
            save(model, path)
            assert len(set(load(path).state_dict().values())) == 1
    finally:
        stop.set()
        thread.join()


class Struck:
    """Is interrupted after its first change of a kind; what puts it back is not."""

    struck = False

    def strike(self):
        if not self.struck:
            self.struck = True
            raise KeyboardInterrupt


class StruckSGD(Struck, SGD):
    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.strike()


class StruckRandom(Struck, Random):
    def setstate(self, state):
        super().setstate(state)
        self.strike()


@pytest.mark.parametrize("where", ["optimizer", "generator"])
def test_an_interrupted_checkpoint_changes_nothing(path, where):
    Training().run(2).save(path)
    training = Training().run(1)
    if where == "optimizer":
        training.optimizer.__class__ = StruckSGD
        StruckSGD.__name__ = "SGD"
    else:
        generator = StruckRandom()
        generator.struck = True
        generator.setstate(training.model[1].random.getstate())
        generator.struck = False
        training.model[1].random = generator
    before = bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()
    with pytest.raises(KeyboardInterrupt):
        training.resume(path)
    assert (bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()) == before
    training.resume(path)
    assert bits(training.model) == bits(Training().run(2).model)


def test_a_functions_name_is_printed_as_text(path):
    def function(z):
        return z * 2.0

    function.__name__ = "<\x1b[2J\nf>"
    assert r"<\x1b[2J\nf>" in repr(Neuron(2, activation=function))
    with pytest.raises(ModelFileError) as caught:
        save(Neuron(2, activation=function), path)
    assert str(caught.value).isprintable()


def test_a_checkpoint_interrupted_anywhere_is_taken_over_whole_or_not_at_all(path, interrupt):
    Training().run(2).save(path)
    new = Training().run(2)
    training = Training().run(1)

    def state(it):
        return bits(it.model), it.optimizer.state_dict(), it.model[1].random.getstate()

    old, bytecodes, interrupted = state(training), 1, True
    while interrupted:
        interrupted = interrupt(lambda: load_checkpoint(path, training.model, training.optimizer), bytecodes)
        assert state(training) in (old, state(new))
        bytecodes += 401
    assert state(training) == state(new)
    assert bytecodes > 2_000


def test_names_in_a_file_are_printed_as_text(path):
    model = MLP(2, [1])
    setattr(model, "\x1b]0;owned\x07\x1b[2J\n", Layer(2, 1))
    save(model, path)
    for other in (MLP(2, [1]), MLP(3, [1])):
        with pytest.raises(ModelFileError) as caught:
            load(path, model=other)
        assert str(caught.value).isprintable()
        assert r"\x1b]0;owned\x07\x1b[2J\n" in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_files_own_name_is_printed_as_text(tmp_path):
    path = tmp_path / "\x1b[2Jmodel"
    path.write_bytes(b"")
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value) == f"{tmp_path}/\\x1b[2Jmodel: no model: the file is empty"


def test_a_damaged_checkpoint_changes_nothing(path):
    Training().run(1).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    unchanged(Training().run(2), path, "the file is damaged")


def test_a_header_nested_deeper_than_python_goes_is_refused(path):
    model = Neuron(1)
    optimizer = SGD(model.parameters(), lr=0.1)
    save_checkpoint(path, model, optimizer)
    content, data = read(path)
    deep = []
    for _ in range(sys.getrecursionlimit() // 2 + 100):
        deep = [deep]
    content["extra"] = {"deep": deep}
    write(path, content, data)
    with pytest.raises(ModelFileError, match=r"nested too deep|damaged or foreign"):
        load_checkpoint(path, model, optimizer)


def test_other_generators_than_pythons_have_no_state_to_save(path):
    model = Sequential(Neuron(1), Dropout(0.5, seed=random.SystemRandom()))
    with pytest.raises(ModelFileError, match=r"layers\.1: a SystemRandom has no state to save"):
        save(model, path)


def places(x):
    """Yield every container in a JSON document with a key or index in it."""
    inside = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
    for key, item in inside:
        yield x, key
        yield from places(item)


odd = st.sampled_from(
    [None, True, 0, -1, 2**70, 1.5, float("nan"), "", "tanh", "Layer", "layers.0", [], [[]], {}, [0, 0]]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_of_the_header_is_refused_or_harmless(path, data):
    training = Training()
    training.shuffle = Random(4)
    save_checkpoint(path, training.model, training.optimizer, epoch=1)
    content, tensors = read(path)
    state = content["generators"][0].pop("state")  # 625 places alike
    container, key = data.draw(st.sampled_from(list(places(content))))
    container[key] = copy.deepcopy(data.draw(odd))
    if content["generators"] and isinstance(content["generators"], list) and isinstance(content["generators"][0], dict):
        content["generators"][0].setdefault("state", state)
    write(path, content, tensors)
    before = bits(training.model)
    for attempt in (
        lambda: load(path),
        lambda: load(path, model=Training().model),
        lambda: load_checkpoint(path, training.model, training.optimizer),
    ):
        try:
            attempt()
        except ModelFileError:
            assert bits(training.model) == before
