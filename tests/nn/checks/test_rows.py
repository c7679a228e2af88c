"""Rows: what a model takes for one, and what is said of anything else."""

import pytest

from autograd.value import Value
from nn import MLP, Layer, Neuron
from nn.layers import Sequential


def test_inputs_may_be_any_sequence_of_numbers_and_values():
    numpy = pytest.importorskip("numpy")
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    expected = model([1.0, 2.0]).data
    array = numpy.array([1.0, 2.0])
    sequences = [(1, 2), [True, 2], array, array.astype("float32"), array.astype(int), [Value(1.0), 2.0]]
    sequences.append(numpy.array([Value(1.0), Value(2.0)]))
    assert [model(x).data for x in sequences] == [expected] * len(sequences)


def test_a_lone_number_counts_as_one_input():
    assert Neuron(1, init=2.0)(3.0) == Neuron(1, init=2.0)(Value(3.0)) == 6.0


@pytest.mark.parametrize("build", [lambda: Neuron(2), lambda: Layer(2, 3), lambda: MLP(2, [3, 1])])
@pytest.mark.parametrize(("given", "count"), [([1.0, 2.0, 3.0], 3), ([1.0], 1), ([], 0), (5.0, 1)])
def test_a_wrong_number_of_inputs_is_refused(build, given, count):
    with pytest.raises(ValueError, match=f"^expected 2 inputs, got {count}$"):
        build()(given)


def test_a_wrong_number_for_one_input_is_said_in_the_singular():
    with pytest.raises(ValueError, match=r"^expected 1 input, got 2$"):
        Neuron(1)([1.0, 2.0])


@pytest.mark.parametrize("wrong", ["ab", ["a", 1.0], [[1.0], [2.0]], [None, 1.0], None])
def test_inputs_that_are_not_numbers_are_refused(wrong):
    with pytest.raises(TypeError, match="expected a real number"):
        MLP(2, [1])(wrong)


@pytest.mark.parametrize("build", [lambda: Neuron(2), lambda: Layer(2, 3), lambda: Sequential(MLP(2, [3, 1]), "tanh")])
@pytest.mark.parametrize("rows", [[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0]], ((1.0, 2.0),)])
def test_rows_in_place_of_a_row_are_refused_with_what_to_do(build, rows):
    with pytest.raises(TypeError, match=r"one row at a time; for many rows use model\.predict\(X\)$"):
        build()(rows)


def test_an_array_of_rows_in_place_of_a_row_is_refused_with_what_to_do():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"one row at a time; for many rows use model\.predict\(X\)$"):
        MLP(2, [1])(numpy.ones((3, 2)))
