"""Blocks: the parameters of a model by name and shape."""

import pytest

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd.value import Value
from nn import Neuron
from nn.errors import ModelFileError
from nn.files.serialization import save
from nn.layers import Sequential


def test_parameters_of_one_name_are_refused(path):
    model = Sequential(Neuron(1))
    model.more = {1: Value(1.0), "1": Value(2.0)}
    with pytest.raises(ModelFileError, match=r"the same name, rename a dict key: more\.1"):
        save(model, path)
