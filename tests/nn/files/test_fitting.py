"""A file beside a model: what does not fit is told, and what fits comes at one moment."""

import pytest

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd.value import Value
from nn import MLP, Layer, Module
from nn.errors import ModelFileError
from nn.files.serialization import load, load_checkpoint, save, save_checkpoint
from nn.layers import Sequential
from nn.optim import SGD


def test_a_model_that_does_not_fit_is_told_why_and_not_changed(path, bits):
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


def test_numbers_that_a_sharing_model_cannot_hold_are_refused(path, bits):
    model = MLP(1, [1, 1], seed=1)
    save(model, path)
    model.layers[1].neurons[0].weights = model.layers[0].neurons[0].weights
    before = bits(model)
    with pytest.raises(ModelFileError, match="a parameter that the model shares has two numbers in the file"):
        load(path, model=model)
    assert bits(model) == before


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


def test_names_in_a_file_are_printed_as_text(path):
    model = MLP(2, [1])
    setattr(model, "\x1b]0;owned\x07\x1b[2J\n", Layer(2, 1))
    save(model, path)
    for other in (MLP(2, [1]), MLP(3, [1])):
        with pytest.raises(ModelFileError) as caught:
            load(path, model=other)
        assert str(caught.value).isprintable()
        assert r"\x1b]0;owned\x07\x1b[2J\n" in str(caught.value)
