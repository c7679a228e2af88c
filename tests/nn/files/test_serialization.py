"""Saving and loading models and checkpoints: the same bits, or an error that says what is wrong."""

import copy
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("safetensors")
pytest.importorskip("numpy")

from autograd import functions
from autograd.value import Value
from nn import MLP, Layer, Module, Neuron, optim
from nn.errors import ModelFileError
from nn.files.serialization import load, load_checkpoint, save, save_checkpoint
from nn.files.storage import read, write
from nn.layers import Dropout, Sequential
from nn.optim import SGD


def straight(z):
    return 2.0 * z


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
def test_a_loaded_model_is_the_saved_one(build, path, again, bits, plain):
    model = build()
    twin = again(model, path)
    assert type(twin) is type(model)
    assert repr(twin) == repr(model)
    assert bits(twin) == bits(model)
    assert [p.label for p in twin.parameters()] == [name for name, _ in model.named_parameters()]
    x = [Value(0.5), Value(-2.0)]
    assert plain(twin(x)) == plain(model(x))
    assert plain(twin.eval()(x)) == plain(model.eval()(x))


def test_the_mode_comes_back(path, again):
    model = Sequential(Layer(2, 2), Dropout(0.5), Dropout(0.25))
    model[1].eval()
    assert [part.training for part in again(model, path)] == [True, False, True]
    assert not again(model.eval(), path).layers[0].neurons[0].training


def test_a_changed_model_is_independent_of_its_file(path, again):
    model = MLP(2, [1], seed=1)
    twin = again(model, path)
    model.parameters()[0].data = 5.0
    assert twin.parameters()[0].data != 5.0
    assert load(path).parameters()[0].data != 5.0


def test_pathes_may_be_text(path, bits):
    save(MLP(2, [1], seed=1), str(path))
    assert bits(load(str(path))) == bits(MLP(2, [1], seed=1))


def test_only_models_are_saved(path):
    with pytest.raises(TypeError, match=r"^model: expected a Module to save, got \w+Path: swap model and path$"):
        save(path, MLP(2, [1]))
    with pytest.raises(TypeError, match=r"^model: expected a Module to save, got int$"):
        save(3, path)


@pytest.mark.parametrize("wrong", [3, None, b"model.safetensors", MLP(2, [1])])
def test_anything_but_a_path_is_refused_by_the_name_of_the_argument(wrong):
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


# Models of one's own.


class Net(Module):
    def __init__(self, seed):
        self.net, self.scale = MLP(2, [3, 1], seed=seed), [Value(2.0), Value(float(seed))]
        self.again = self.net


def test_a_model_of_ones_own_gets_its_parameters_back(path, bits):
    model, twin = Net(1), Net(2)
    save(model, path)
    assert load(path, model=twin) is twin
    assert bits(twin) == bits(model)


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


def test_resumed_training_gives_the_bits_of_training_that_never_stopped(path, bits):
    whole = Training().run(6)
    Training().run(2).save(path)
    resumed = Training().run(1).resume(path).run(4)
    assert resumed.losses == whole.losses
    assert bits(resumed.model) == bits(whole.model)
    assert resumed.optimizer.state_dict() == whole.optimizer.state_dict()
    assert resumed.epoch == 6


def test_resumed_training_may_be_saved_again(path, bits):
    whole = Training().run(3)
    for _ in range(3):
        training = Training().resume(path) if path.exists() else Training()
        training.run(1).save(path)
    assert bits(training.model) == bits(whole.model)


def test_a_checkpoint_is_also_a_model(path, bits):
    training = Training().run(1)
    training.save(path)
    assert bits(load(path)) == bits(training.model)


def test_a_checkpoint_takes_functions_without_a_name(path, bits):
    model = MLP(2, [3, 1], activation=lambda z: z * 0.5, seed=1)
    save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))
    twin = MLP(2, [3, 1], activation=lambda z: z * 0.5, seed=2)
    assert load_checkpoint(path, twin, SGD(twin.parameters(), lr=0.2)) == {}
    assert bits(twin) == bits(model)


@pytest.fixture
def unchanged(bits):
    """Return a function that checks that a checkpoint is refused, and that nothing has changed."""

    def checked(training, path, message):
        before = bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()
        with pytest.raises(ModelFileError, match=message):
            training.resume(path)
        assert (bits(training.model), training.optimizer.state_dict(), training.model[1].random.getstate()) == before

    return checked


def test_a_model_without_an_optimiser_is_not_a_checkpoint(path, unchanged):
    training = Training()
    save(training.model, path)
    unchanged(Training().run(1), path, "a model without an optimiser")


def test_a_checkpoint_of_another_optimiser_is_refused(path, unchanged):
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
def test_an_optimiser_that_does_not_fit_changes_nothing(path, change, unchanged):
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


def test_a_checkpoint_with_other_parameters_changes_nothing(path, unchanged):
    model = Neuron(3)
    save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))
    unchanged(Training().run(1), path, "the parameters do not fit the model")


def test_a_dropout_with_a_seed_on_one_side_only_is_refused(path, unchanged):
    training = Training()
    training.model[1].random = None
    training.save(path)
    unchanged(Training().run(1), path, r"Dropout\(0\.3\) has a seed either in the file or in the model")


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
def test_an_interrupted_checkpoint_changes_nothing(path, where, bits):
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


def test_a_checkpoint_interrupted_anywhere_is_taken_over_whole_or_not_at_all(path, interrupt, bits):
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_files_own_name_is_printed_as_text(tmp_path):
    path = tmp_path / "\x1b[2Jmodel"
    path.write_bytes(b"")
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value) == f"{tmp_path}/\\x1b[2Jmodel: no model: the file is empty"


def test_a_damaged_checkpoint_changes_nothing(path, unchanged):
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
def test_any_change_of_the_header_is_refused_or_harmless(path, bits, data):
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
