"""Sizes: parts that do not fit each other are refused when a model is built."""

import pytest

from autograd import functions
from nn import MLP, Layer, Neuron
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
