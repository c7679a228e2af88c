"""What a file holds: the bits of every number, what is shared, generators, and one moment."""

import itertools
import random
import struct
import sys
import threading
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("safetensors")
pytest.importorskip("numpy")
from autograd.atomic import set_numbers
from autograd.value import Value
from nn import MLP, Layer, Neuron
from nn.errors import ModelFileError
from nn.files.serialization import load, load_checkpoint, save, save_checkpoint
from nn.layers import Dropout, Sequential
from nn.optim import SGD


def pattern(x):
    return struct.unpack("Q", struct.pack("d", x))[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2**64 - 1) | st.floats().map(pattern), min_size=9, max_size=9))
def test_every_bit_of_every_float_comes_back(path, again, bits, patterns):
    model = MLP(2, [2, 1])
    for parameter, each in zip(model.parameters(), patterns, strict=True):
        (parameter.data,) = struct.unpack("d", struct.pack("Q", each))
    assert bits(again(model, path)) == bits(model)


def test_nan_infinity_negative_zero_and_subnormals_come_back(path, again, bits):
    model = MLP(2, [2, 1])
    numbers = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, -5e-324, 1.7976931348623157e308, 0.1, 0.0]
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    assert bits(again(model, path)) == bits(model)
    assert repr(list(again(model, path).state_dict().values())) == repr(numbers)


def test_a_part_that_comes_twice_comes_back_as_one(path, again):
    layer, dropout = Layer(2, 2, activation="tanh", seed=1), Dropout(0.5, seed=1)
    twin = again(Sequential(layer, dropout, layer, dropout), path)
    assert twin[0] is twin[2]
    assert twin[1] is twin[3]
    assert len(twin.parameters()) == 6


def test_shared_parameters_come_back_shared(path, again, bits):
    model = MLP(2, [2, 2], seed=1)
    first, second = model.layers
    second.neurons[0].weights = (first.neurons[0].weights[0], second.neurons[0].weights[1])
    second.neurons[1].bias = first.neurons[0].bias
    twin = again(model, path)
    assert len(twin.parameters()) == len(model.parameters()) == 10
    assert twin.layers[1].neurons[0].weights[0] is twin.layers[0].neurons[0].weights[0]
    assert twin.layers[1].neurons[1].bias is twin.layers[0].neurons[0].bias
    assert bits(twin) == bits(model)


def test_dropout_goes_on_where_it_stood(path, again):
    model = Sequential(Dropout(0.5, seed=1), Dropout(0.5, seed=2))
    model([1.0] * 20)
    twin = again(model, path)
    assert [twin([1.0] * 20) for _ in range(3)] == [model([1.0] * 20) for _ in range(3)]


def test_dropouts_of_one_generator_still_share_it(path, again):
    source = Random(1)
    twin = again(Sequential(Dropout(0.5, seed=source), Dropout(0.5, seed=source), Dropout(0.5)), path)
    assert twin[0].random is twin[1].random
    assert twin[2].random is None


def test_a_parameter_named_like_the_state_of_an_optimiser_is_refused(path, bits):
    model = Sequential(Neuron(1))
    model.optimizer = {"state": Value(1.0)}
    save(model, path)
    assert bits(load(path, model=model)) == bits(model)
    with pytest.raises(ModelFileError, match=r"optimizer\.state is the name of a parameter"):
        save_checkpoint(path, model, SGD(model.parameters(), lr=0.1))


def first(**changes):
    return lambda content: content["architecture"]["layers"][0].update(changes)


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


@pytest.mark.parametrize("optimized", [False, True])
def test_a_file_has_the_numbers_of_one_moment_whatever_changes_them_in_between(path, optimized):
    """At every bytecode of this library, all parameters and the state of the optimiser get new numbers."""
    model = MLP(2, [2, 1], seed=1)
    parameters, optimizer = model.parameters(), SGD(model.parameters(), lr=0.1)
    moments = itertools.count(1.0)

    def trace(frame, event, _):
        if not frame.f_globals.get("__name__", "").startswith("nn."):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            now = next(moments)
            set_numbers(parameters, [now] * len(parameters))
            optimizer.state[:] = [(now,)] * len(parameters)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        save_checkpoint(path, model, optimizer) if optimized else save(model, path)
    finally:
        sys.settrace(before)
    twin, loaded = MLP(2, [2, 1]), set()
    if optimized:
        other = SGD(twin.parameters(), lr=1.0)
        load_checkpoint(path, twin, other)
        loaded = {x for (x,) in other.state}
    else:
        load(path, model=twin)
    (moment,) = loaded | set(twin.state_dict().values())
    assert moment > 1.0


def test_other_generators_than_pythons_have_no_state_to_save(path):
    model = Sequential(Neuron(1), Dropout(0.5, seed=random.SystemRandom()))
    with pytest.raises(ModelFileError, match=r"layers\.1: a SystemRandom has no state to save"):
        save(model, path)
