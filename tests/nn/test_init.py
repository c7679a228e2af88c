"""Initial weights: their range or spread, where the random numbers come from, what is refused."""

import math
import random
import statistics
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn import MLP, Layer, Neuron
from nn.init import INITIALISERS, generator, initial_weights

BOUNDS = {
    "uniform": lambda nin, nout: 1.0,
    "xavier_uniform": lambda nin, nout: math.sqrt(6.0 / (nin + nout)),
    "he_uniform": lambda nin, nout: math.sqrt(6.0 / nin),
    "lecun_uniform": lambda nin, nout: math.sqrt(3.0 / nin),
}
DEVIATIONS = {
    "xavier_normal": lambda nin, nout: math.sqrt(2.0 / (nin + nout)),
    "he_normal": lambda nin, nout: math.sqrt(2.0 / nin),
    "lecun_normal": lambda nin, nout: math.sqrt(1.0 / nin),
}


def test_every_initialiser_is_tested_here():
    assert set(INITIALISERS) == {*BOUNDS, *DEVIATIONS, "zeros"}


@pytest.mark.parametrize("name", BOUNDS)
@given(nin=st.integers(1, 50), nout=st.integers(1, 50), seed=st.integers(0, 2**32))
def test_uniform_weights_stay_within_their_bound(name, nin, nout, seed):
    bound = BOUNDS[name](nin, nout)
    assert all(-bound <= w <= bound for w in initial_weights(name, nin, nout, Random(seed)))


@pytest.mark.parametrize("name", BOUNDS)
def test_uniform_weights_fill_their_range(name):
    bound = BOUNDS[name](4000, 1000)
    weights = initial_weights(name, 4000, 1000, Random(1))
    assert max(weights) > 0.99 * bound
    assert min(weights) < -0.99 * bound
    assert statistics.fmean(weights) == pytest.approx(0.0, abs=0.05 * bound)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_normal_weights_have_their_deviation(name):
    deviation = DEVIATIONS[name](4000, 1000)
    weights = initial_weights(name, 4000, 1000, Random(1))
    assert statistics.stdev(weights) == pytest.approx(deviation, rel=0.05)
    assert statistics.fmean(weights) == pytest.approx(0.0, abs=0.05 * deviation)
    assert max(weights) > 2.5 * deviation


@pytest.mark.parametrize(
    ("name", "function", "options"),
    [
        ("xavier_uniform", "xavier_uniform_", {}),
        ("xavier_normal", "xavier_normal_", {}),
        ("he_uniform", "kaiming_uniform_", {"nonlinearity": "relu"}),
        ("he_normal", "kaiming_normal_", {"nonlinearity": "relu"}),
        ("lecun_uniform", "kaiming_uniform_", {"nonlinearity": "linear"}),
        ("lecun_normal", "kaiming_normal_", {"nonlinearity": "linear"}),
    ],
)
def test_weights_are_spread_as_in_pytorch(name, function, options):
    torch = pytest.importorskip("torch")
    tensor = torch.empty(100, 300, dtype=torch.float64)
    getattr(torch.nn.init, function)(tensor, generator=torch.Generator().manual_seed(1), **options)
    random = Random(1)
    weights = [w for _ in range(100) for w in initial_weights(name, 300, 100, random)]
    assert statistics.stdev(weights) == pytest.approx(tensor.std().item(), rel=0.02)
    if "uniform" in name:
        assert max(weights) == pytest.approx(tensor.max().item(), rel=0.001)


def test_zeros_and_constants_need_no_random_numbers():
    assert Neuron(3, init="zeros").weights == (0.0, 0.0, 0.0)
    assert Neuron(2, init=0.5).weights == (0.5, 0.5)
    assert Neuron(2, init=1).weights == (1.0, 1.0)


def test_a_function_draws_the_weights_of_one_neuron_at_a_time():
    calls = []

    def init(nin, nout, random):
        calls.append((nin, nout))
        return [random.random() for _ in range(nin)]

    model = MLP(2, [3, 1], init=init, seed=4)
    assert calls == [(2, 3)] * 3 + [(3, 1)]
    source = Random(4)
    assert [p.data for name, p in model.named_parameters() if "bias" not in name] == [source.random() for _ in range(9)]


def test_a_lone_neuron_is_a_layer_of_one():
    assert Neuron(2, init=lambda nin, nout, random: [nin, nout]).weights == (2.0, 1.0)
    assert Layer(2, 7, init=lambda nin, nout, random: [nin, nout]).neurons[0].weights == (2.0, 7.0)


def test_biases_start_at_zero():
    assert [p.data for name, p in MLP(3, [2, 2], init=0.7).named_parameters() if name.endswith("bias")] == [0.0] * 4


def biases(model):
    return [p.data for name, p in model.named_parameters() if name.endswith("bias")]


def test_drawn_parameters_are_those_of_the_lecture():
    random.seed(3)
    model = MLP(3, [4, 1], activation="tanh", output="tanh", bias="uniform")
    random.seed(3)
    expected = []  # neuron by neuron: its weights, then its bias
    for nin, nout in ((3, 4), (4, 1)):
        for _ in range(nout):
            expected += [*[random.uniform(-1, 1) for _ in range(nin)], random.uniform(-1, 1)]
    assert [p.data for p in model.parameters()] == expected


@pytest.mark.parametrize("name", INITIALISERS)
def test_a_bias_is_drawn_like_one_more_weight(name):
    for bias in (name, INITIALISERS[name]):
        neuron = Neuron(5, init=name, bias=bias, seed=1)
        source = Random(1)
        weights = INITIALISERS[name](5, 1, source)
        assert [w.data for w in neuron.weights] == weights
        assert neuron.bias.data == INITIALISERS[name](5, 1, source, count=1)[0]
        assert neuron.bias.label == "bias"


def test_a_bias_is_a_number_or_a_function_of_yours():
    assert biases(MLP(2, [2, 1], bias=-0.5)) == [-0.5] * 3
    assert biases(Layer(2, 2, bias=0)) == [0.0] * 2  # a number, so there is one
    for bias in (lambda nin, nout, random: nin + 0.5, lambda nin, nout, random: [nin + 0.5] * nin):
        assert biases(MLP(2, [3, 1], bias=bias)) == [2.5] * 3 + [3.5]
    numpy = pytest.importorskip("numpy")
    assert biases(Layer(2, 2, bias=numpy.bool_(False))) == []
    assert biases(Layer(2, 2, bias=numpy.float32(0.5))) == [0.5] * 2


def test_anything_but_a_bias_is_refused():
    with pytest.raises(ValueError, match=r"unknown bias 'normal': expected True, False, one of uniform, .*a function"):
        MLP(2, [1], bias="normal")
    with pytest.raises(TypeError, match=r"bias must be True, False, one of uniform, .* a number or a function, got"):
        Neuron(2, bias=[0.1, 0.2])
    with pytest.raises(ValueError, match="bias must return a number, or 2 weights, one per input, got 3"):
        Layer(2, 1, bias=lambda nin, nout, random: [1.0, 2.0, 3.0])


def test_the_generator_of_no_seed_is_pythons_own():
    state = random.getstate()
    try:
        random.seed(3)
        drawn = generator(None).uniform(-1, 1)
    finally:
        random.setstate(state)
    assert drawn == generator(3).uniform(-1, 1) == Random(3).uniform(-1, 1)
    assert generator(generator(None)) is generator(None)


def test_a_generator_is_used_as_it_is():
    source = Random(1)
    assert generator(source) is source


@pytest.mark.parametrize("seed", ["1", 1.5, [1]])
def test_other_seeds_are_refused(seed):
    with pytest.raises(TypeError, match=r"seed must be a whole number, a random\.Random or None, got"):
        Neuron(2, seed=seed)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown init 'xavier': expected one of uniform, xavier_uniform, .*zeros"):
        MLP(2, [1], init="xavier")


@pytest.mark.parametrize("init", [None, [0.1, 0.2], Value(0.1)])
def test_anything_but_an_initialiser_is_refused(init):
    with pytest.raises(TypeError, match=r"init must be one of uniform, .* a number or a function, got"):
        Neuron(2, init=init)


def test_a_function_must_return_a_weight_for_each_input():
    with pytest.raises(ValueError, match="init must return 2 weights, one per input, got 3"):
        Neuron(2, init=lambda nin, nout, random: [0.1, 0.2, 0.3])
    with pytest.raises(TypeError, match=r"init must return a sequence of 2 weights, got 0\.1"):
        Neuron(2, init=lambda nin, nout, random: 0.1)
