"""Plain data: what goes to JSON and back, and what does not."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn.files.plain import decoded, encoded

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd.value import Value
from nn import Neuron
from nn.errors import ModelFileError
from nn.files.serialization import load_checkpoint, save_checkpoint
from nn.optim import SGD

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


@given(json_like)
def test_what_is_encoded_is_json_and_comes_back_with_its_types(x):
    text = json.dumps(encoded(x, "extra"), allow_nan=True)
    assert repr(decoded(json.loads(text))) == repr(x)


def test_a_refusal_says_where_in_the_data_it_is():
    with pytest.raises(ModelFileError, match=r"^extra\['a'\]\[1\]: expected numbers, .*; got set: \{1\}$"):
        encoded({"a": (0, {1})}, "extra")


def test_data_is_nested_32_deep_at_most():
    deep = []
    for _ in range(31):
        deep = [deep]
    assert decoded(encoded(deep, "extra")) == deep
    with pytest.raises(ModelFileError, match="expected numbers"):
        encoded([deep], "extra")


def test_a_number_of_numpy_becomes_a_plain_float():
    numpy = pytest.importorskip("numpy")
    assert type(encoded(numpy.float64(0.5), "extra")) is float
