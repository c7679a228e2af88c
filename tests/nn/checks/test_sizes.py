"""Sizes: parts that do not fit each other are refused when a model is built."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import functions
from nn import MLP, Layer, Neuron
from nn.checks.sizes import check_sizes, neurons_of
from nn.layers import Dropout, Sequential


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([Layer(2, 3), Layer(4, 1)], "part 1 takes 4 inputs, part 0 gives 3"),
        ([Layer(2, 3), "tanh", Dropout(0.5), functions.softmax, Neuron(1)], "part 4 takes 1 input, part 0 gives 3"),
        ([MLP(2, [3, 2]), MLP(3, [1])], "part 1 takes 3 inputs, part 0 gives 2"),
        (["tanh", Neuron(3), Layer(2, 1)], "part 2 takes 2 inputs, part 1 gives 1"),
        ([Sequential(Layer(1, 3), "tanh"), Sequential("relu", Layer(2, 1))], "part 1 takes 2 inputs, part 0 gives 3"),
    ],
)
def test_parts_of_unequal_sizes_are_refused_when_built(parts, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Sequential(*parts)


def test_a_part_of_unknown_size_may_stand_between_any_others():
    model = Sequential(
        Layer(2, 3, init=1.0), functions.sum, Layer(1, 2, init=1.0), lambda z: [*z, 1.0], Neuron(3, init=1.0)
    )
    assert model([1.0, 2.0]).data == 19.0


@given(widths=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4), data=st.data())
def test_layers_fit_exactly_where_each_takes_what_the_last_gives(widths, data):
    parts = []
    for nin, nout in widths:
        parts += [Layer(nin, nout), *data.draw(st.lists(st.sampled_from(["tanh", Dropout(0.5)]), max_size=2))]
    misfits = [k for k, ((_, gives), (takes, _)) in enumerate(pairwise(widths)) if gives != takes]
    if not misfits:
        return check_sizes(parts)
    (_, gives), (takes, _) = widths[misfits[0]], widths[misfits[0] + 1]
    with pytest.raises(ValueError, match=rf"takes {takes} inputs?, part \d+ gives {gives}$"):
        check_sizes(parts)
    return None


def test_a_layer_has_several_neurons_and_a_neuron_is_its_own():
    layer, neuron = Layer(2, 3), Neuron(2)
    assert neurons_of(layer) == layer.neurons
    assert neurons_of(neuron) == [neuron]
