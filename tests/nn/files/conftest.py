"""A file for a model, and what compares models to the bit."""

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
    """Return a function that gives the parameters of a model to the bit, by name."""
    return lambda model: {name: struct.pack("d", x) for name, x in model.state_dict().items()}


@pytest.fixture
def plain():
    """Return a function that gives the numbers of what a model puts out."""
    return lambda outputs: [y.data for y in outputs] if isinstance(outputs, list) else [outputs.data]
