"""Neuron, Layer, MLP, Sequential and Dropout: shapes, weights, activations, gradients, and what they refuse."""

import copy
import pickle
import random
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import functions
from autograd.graph import topological
from autograd.ops import DOT, RELU
from autograd.value import Value
from nn import MLP, Layer, Neuron
from nn.activations import ACTIVATIONS
from nn.layers import Dropout, Sequential

small = st.floats(-3.0, 3.0)


@pytest.fixture
def python_random():
    """Python's global generator, as it was again afterwards."""
    state = random.getstate()
    yield random
    random.setstate(state)


def weights_and_biases(model):
    return [parameter.data for parameter in model.parameters()]


# Weights.


def test_weights_come_from_pythons_generator_in_micrograds_order(python_random):
    python_random.seed(1337)
    model = MLP(2, [16, 16, 1])
    source = Random(1337)
    expected = []
    for nin, nout in [(2, 16), (16, 16), (16, 1)]:
        for _ in range(nout):
            expected += [source.uniform(-1, 1) for _ in range(nin)] + [0.0]
    assert weights_and_biases(model) == expected
    assert expected[:3] == [0.23550571390294128, 0.06653114721000164, 0.0]
    assert len(expected) == 337


def test_numbers_and_gradients_are_micrograds(python_random):
    peer_nn = pytest.importorskip("micrograd.nn")
    python_random.seed(7)
    model = MLP(3, [5, 4, 1])
    python_random.seed(7)
    peer = peer_nn.MLP(3, [5, 4, 1])
    assert weights_and_biases(model) == weights_and_biases(peer)
    for x in ([1.0, -2.0, 0.5], [0.1, 0.2, -0.3]):
        y, z = model(x), peer(x)
        y.backward()
        z.backward()
        assert y.data == pytest.approx(z.data, rel=1e-12)
    gradients = [p.grad for p in peer.parameters()]
    assert [p.grad for p in model.parameters()] == pytest.approx(gradients, rel=1e-12, abs=1e-15)


def test_a_seed_leaves_pythons_generator_alone(python_random):
    state = python_random.getstate()
    assert weights_and_biases(MLP(2, [3, 1], seed=5)) == weights_and_biases(MLP(2, [3, 1], seed=Random(5)))
    assert python_random.getstate() == state


def test_layers_of_one_seeded_network_differ():
    model = MLP(3, [3, 3], seed=1)
    assert weights_and_biases(model.layers[0]) != weights_and_biases(model.layers[1])


def test_without_bias_there_is_no_bias_parameter():
    model = MLP(3, [2, 3, 2], bias=False, seed=0)
    assert len(model.parameters()) == 18
    assert not any("bias" in name for name, _ in model.named_parameters())
    assert Neuron(2, bias=False, init=1.0, activation=None)([2.0, 3.0]) == 5.0


# Shapes.


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert isinstance(Neuron(2)([1.0, 2.0]), Value)
    outputs = MLP(2, [3, 2])([1.0, 2.0])
    assert isinstance(outputs, list)
    assert [type(y) for y in outputs] == [Value, Value]


def test_a_hidden_layer_may_have_one_neuron():
    outputs = MLP(2, [1, 3], init=1.0, activation=None)([1.0, 2.0])
    assert outputs == [3.0, 3.0, 3.0]


def test_every_neuron_records_one_node_and_its_activation():
    ops = [node.op for node in topological(MLP(2, [16, 1])([1.0, 2.0])) if node.op is not None]
    assert ops.count(DOT) == 17
    assert ops.count(RELU) == 16
    assert len(ops) == 33


# Numbers and gradients.


def test_a_neuron_sums_weighted_inputs_and_passes_them_on_if_positive():
    neuron = Neuron(3, init=lambda nin, nout, random: [0.1, 0.2, 0.5])
    assert neuron([1.0, 2.0, 1.0]).data == pytest.approx(1.0)
    assert neuron([-1.0, -2.0, 1.0]).data == pytest.approx(0.0)
    assert neuron([-1.0, -2.0, -1.0]).data == 0.0


def test_gradients_flow_into_inputs_that_are_values():
    x = Value(3.0)
    Neuron(2, init=2.0, activation=None)([x, 1.0]).backward()
    assert x.grad == 2.0


@given(st.integers(0, 10**6), st.lists(small, min_size=3, max_size=3), st.sampled_from(["tanh", "sigmoid", "softplus"]))
def test_gradients_agree_with_central_differences(seed, x, activation):
    model = MLP(3, [3, 1], activation=activation, seed=seed)
    model(x).backward()
    h = 1e-5
    for parameter in model.parameters():
        start = parameter.data
        parameter.data = start + h
        above = model(x).data
        parameter.data = start - h
        below = model(x).data
        parameter.data = start
        assert parameter.grad == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8)


@given(st.permutations(range(4)), st.lists(small, min_size=4, max_size=4))
def test_permuted_inputs_and_weights_give_the_same_output(order, x):
    neuron, permuted = Neuron(4, activation="tanh", seed=3), Neuron(4, activation="tanh", seed=3)
    for k, j in enumerate(order):
        permuted.weights[k].data = neuron.weights[j].data
    y, z = neuron(x), permuted([x[j] for j in order])
    y.backward()
    z.backward()
    assert z.data == pytest.approx(y.data, abs=1e-14)
    assert [w.grad for w in permuted.weights] == pytest.approx([neuron.weights[j].grad for j in order], abs=1e-14)


# Activations.


def test_softmax_outputs_are_probabilities():
    model = MLP(2, [4, 3], output="softmax", seed=1)
    outputs = model([1.0, -1.0])
    assert sum(p.data for p in outputs) == pytest.approx(1.0, abs=1e-15)
    assert all(0.0 < p.data < 1.0 for p in outputs)


def test_softmax_of_the_published_logits():
    layer = Layer(1, 3, activation="softmax", bias=False)
    for neuron, z in zip(layer.neurons, [5.0, 3.0, 1.0], strict=True):
        neuron.weights[0].data = z
    assert [p.data for p in layer([1.0])] == pytest.approx([0.86681333, 0.11731043, 0.01587624], abs=5e-9)


# One after the other.


def test_a_sequential_passes_each_output_on():
    first, second = Layer(2, 3, activation="tanh", seed=1), Layer(3, 2, activation=None, seed=2)
    assert [y.data for y in Sequential(first, second)([1.0, -2.0])] == [y.data for y in second(first([1.0, -2.0]))]


def test_a_sequential_of_layers_is_an_mlp():
    model = MLP(3, [4, 1], activation="tanh", seed=1)
    parts = Sequential(*model.layers)
    assert parts([1.0, 2.0, 3.0]).data == model([1.0, 2.0, 3.0]).data
    assert parts.state_dict() == model.state_dict()


def test_the_parts_of_a_sequential_have_indices_and_slices():
    model = Sequential(Layer(2, 3), "tanh", Layer(3, 1))
    assert len(model) == 3
    assert list(model) == [model[0], "tanh", model[-1]]
    assert model[:2].layers == model.layers[:2]
    assert model[:2][0] is model[0]
    with pytest.raises(IndexError):
        model[3]


def test_a_name_stands_for_the_activation_of_every_number():
    for name in ACTIVATIONS:
        f = getattr(functions, name, lambda z: z)
        assert [repr(y.data) for y in Sequential(name)([Value(0.5), Value(0.25)])] == [repr(f(0.5)), repr(f(0.25))]
        assert repr(Sequential(name)(Value(0.5)).data) == repr(Sequential(name)(0.5)) == repr(f(0.5))


def test_softmax_in_a_sequential_is_of_all_outputs():
    layer = Layer(2, 3, activation=None, seed=1)
    assert [p.data for p in Sequential(layer, "softmax")([1.0, 2.0])] == [
        p.data for p in functions.softmax(layer([1.0, 2.0]))
    ]
    assert Sequential(Layer(2, 1), "softmax")([1.0, 2.0]).data == 1.0


def test_activations_as_functions_are_applied_like_their_names():
    layer = Layer(2, 3, activation=None, seed=1)
    for name in ("tanh", "elu", "softmax"):
        by_name, by_function = Sequential(layer, name), Sequential(layer, getattr(functions, name))
        assert repr(by_function) == repr(by_name)
        assert [y.data for y in by_function([1.0, 2.0])] == [y.data for y in by_name([1.0, 2.0])]


def test_any_other_function_in_a_sequential_takes_the_whole_output():
    assert Sequential(Layer(2, 3, init=1.0), functions.sum)([1.0, 2.0]) == 9.0
    assert Sequential(Layer(2, 1, init=1.0), lambda z: z * 2.0)([1.0, 2.0]) == 6.0


def test_one_output_of_a_sequential_is_a_value_and_may_be_an_input():
    model = Sequential(Layer(2, 1, init=1.0), "linear", Dropout(0.0), Layer(1, 2, init=1.0, activation=None))
    assert isinstance(model[:3]([1.0, 2.0]), Value)
    assert model([1.0, 2.0]) == [3.0, 3.0]


def test_a_part_that_comes_twice_is_shared():
    layer = Layer(2, 2, activation="tanh", seed=1)
    model = Sequential(layer, layer)
    assert len(model.parameters()) == 6
    assert [y.data for y in model([1.0, 2.0])] == [y.data for y in layer(layer([1.0, 2.0]))]


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ([], ValueError, "a Sequential needs at least one part, got none"),
        ([[Layer(2, 1)]], TypeError, r"got a list: write Sequential\(\*parts\)"),
        (["rellu"], ValueError, "unknown part 'rellu': expected a function or one of linear, relu"),
        ([None], TypeError, "a part must be a Module, a function or a name, got None"),
        ([Dropout], TypeError, "a part must be a Module, a function or a name, got <class"),
        ([3.0], TypeError, r"unknown part 3\.0"),
    ],
)
def test_anything_but_a_part_is_refused(parts, error, message):
    with pytest.raises(error, match=message):
        Sequential(*parts)


# Dropout.


def test_dropout_sets_numbers_to_0_with_its_probability_and_scales_the_rest():
    outputs = Dropout(0.25, seed=1)([1.0] * 10_000)
    assert set(outputs) == {0.0, 1.0 / 0.75}
    assert outputs.count(0.0) == pytest.approx(2500, abs=150)  # more than 3 standard deviations


def test_gradients_flow_through_the_numbers_that_stay():
    xs = [Value(float(k)) for k in range(20)]
    outputs = Dropout(0.5, seed=1)(xs)
    functions.sum(outputs).backward()
    assert {x.grad for x in xs} == {0.0, 2.0}
    assert [y.data for y in outputs] == [x.data * x.grad for x in xs]


def test_every_call_of_dropout_draws_anew_and_the_same_seed_the_same():
    dropout, twin = Dropout(0.5, seed=1), Dropout(0.5, seed=Random(1))
    first, second = dropout([1.0] * 50), dropout([1.0] * 50)
    assert first != second
    assert [twin([1.0] * 50), twin([1.0] * 50)] == [first, second]


def test_dropout_without_a_seed_draws_from_pythons_generator(python_random):
    python_random.seed(3)
    first = Dropout(0.5)([1.0] * 50)
    python_random.seed(3)
    assert Dropout(0.5, seed=python_random)([1.0] * 50) == first


@pytest.mark.parametrize("dropout", [Dropout(0.5, seed=1).eval(), Dropout(0.0, seed=1)])
def test_dropout_passes_on_what_it_is_given_in_use_and_with_p_0(dropout):
    state, xs = dropout.random.getstate(), [1.0, Value(2.0)]
    assert dropout(xs) is xs
    assert dropout(xs[1]) is xs[1]
    assert dropout.random.getstate() == state


def test_dropout_of_a_lone_number_is_one_number():
    outputs = [Dropout(0.5, seed=seed)(Value(1.0)).data for seed in range(20)]
    assert set(outputs) == {0.0, 2.0}


def test_dropout_inside_a_model_follows_its_mode():
    model = Sequential(MLP(2, [4, 4], seed=1), Dropout(0.5, seed=1))
    assert model.eval()([1.0, 2.0]) == model[0]([1.0, 2.0])
    assert any(y.data == 0.0 for y in model.train()([1.0, 2.0]))


@pytest.mark.parametrize("p", [-0.1, 1.0, 2, float("nan"), float("inf")])
def test_a_probability_outside_0_to_1_is_refused(p):
    with pytest.raises(ValueError, match="p, the probability of a 0, must be at least 0 and below 1, got"):
        Dropout(p)


def test_a_probability_that_is_not_a_number_is_refused():
    with pytest.raises(TypeError, match="expected a real number"):
        Dropout("half")


@pytest.mark.parametrize("seed", [None, 1])
def test_a_model_with_dropout_can_be_copied(seed):
    model = Sequential(Layer(2, 3, seed=1), Dropout(0.5, seed=seed))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert repr(twin) == repr(model) == "Sequential of [Layer(2 -> 3, relu), Dropout(0.5)]"
        if seed:
            assert twin[1]([1.0] * 30) == copy.deepcopy(model[1])([1.0] * 30)


def test_dropout_is_pytorchs():
    torch = pytest.importorskip("torch")
    x = torch.ones(1000, dtype=torch.float64)
    peer = torch.nn.functional.dropout(x, 0.3)
    assert set(Dropout(0.3, seed=1)([1.0] * 1000)) == set(peer.tolist())


# What a network says of itself, and what it refuses.


def test_reprs_describe_the_network():
    assert repr(Neuron(2)) == "Neuron(2, relu)"
    assert repr(Layer(3, 2, activation=functions.tanh)) == "Layer(3 -> 2, tanh)"
    assert repr(MLP(2, [4, 3], output="softmax")) == "MLP of [Layer(2 -> 4, relu), Layer(4 -> 3, softmax)]"


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Neuron(0), ValueError, "nin must be at least 1, got 0"),
        (lambda: Neuron(2.5), TypeError, r"nin must be a whole number, got 2\.5"),
        (lambda: Layer(2, -1), ValueError, "nout must be at least 1, got -1"),
        (lambda: MLP(2, []), ValueError, "an MLP needs at least one layer, got no widths"),
        (lambda: MLP(2, 3), TypeError, r"nouts must be a list of layer widths such as \[16, 16, 1\], got 3"),
        (lambda: MLP(2, [3, 0]), ValueError, "a layer's width must be at least 1, got 0"),
        (lambda: MLP(2, [3, "1"]), TypeError, "a layer's width must be a whole number, got '1'"),
    ],
)
def test_sizes_that_make_no_network_are_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_sizes_may_be_numpy_integers():
    numpy = pytest.importorskip("numpy")
    assert repr(MLP(numpy.int64(2), numpy.array([3, 1]))) == repr(MLP(2, (3, 1)))
