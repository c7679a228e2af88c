"""A file for a model, and functions that compare models to the last bit."""

import struct

import pytest

from nn.files.serialization import load, save


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def again():
    """Return a function that saves a model and loads it again."""

    def loaded(model, path, **options):
        save(model, path, **options)
        return load(path, **options)

    return loaded


@pytest.fixture(scope="session")
def bits():
    """Return a function that gives the exact bits of a model's parameters, by name."""
    return lambda model: {name: struct.pack("d", x) for name, x in model.state_dict().items()}


@pytest.fixture
def plain():
    """Return a function that gives the outputs of a model as plain numbers."""
    return lambda outputs: [y.data for y in outputs] if isinstance(outputs, list) else [outputs.data]
