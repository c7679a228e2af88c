"""The strategies for networks: sizes within bounds, inputs that match, gradients that check."""

import random

import pytest
from hypothesis import Phase, find, given, seed, settings

from autograd.testing import check_grads
from nn import MLP
from nn.testing import ACTIVATIONS, SMOOTH, mlps, mlps_with_rows, rows


def smallest(strategy, condition):
    return find(strategy, condition, settings=settings(max_examples=1000, database=None), random=random.Random(0))


@given(mlps(max_width=3, max_layers=2))
def test_networks_are_small(model):
    assert type(model) is MLP
    assert 1 <= len(model.layers) <= 2
    assert all(1 <= len(layer.neurons) <= 3 for layer in model.layers)


@given(mlps(nin=2, nout=1, bias=False, outputs=["sigmoid"]))
def test_what_is_given_is_not_drawn(model):
    first, last = model.layers[0], model.layers[-1]
    assert len(first.neurons[0].weights) == 2
    assert len(last.neurons) == 1
    assert last.activation == "sigmoid"
    assert all(neuron.bias == 0.0 for layer in model.layers for neuron in layer.neurons)


@given(mlps(smooth=True))
def test_smooth_networks_have_no_kinks(model):
    assert {layer.activation for layer in model.layers} <= set(SMOOTH)


@given(mlps_with_rows(max_value=2.0))
def test_a_network_takes_the_row_that_comes_with_it(case):
    model, x = case
    assert all(-2.0 <= number <= 2.0 for number in x)
    model(x)


@given(mlps_with_rows(nout=1, smooth=True))
def test_smooth_networks_check(case):
    model, x = case
    check_grads(lambda: model(x), model.parameters())


def test_networks_shrink_to_the_smallest():
    assert repr(smallest(mlps(), lambda model: True)) == "MLP of [Layer(1 -> 1, linear)]"
    assert repr(smallest(rows(MLP(2, [1])), lambda x: True)) == "[0.0, 0.0]"


def test_every_activation_occurs():
    found = set()

    @seed(1)
    @settings(max_examples=1000, database=None, phases=[Phase.generate])
    @given(mlps())
    def collect(model):
        found.add(model.layers[0].activation)

    collect()
    assert found == set(ACTIVATIONS)


def test_a_failing_network_is_printed_as_the_call_that_makes_it():
    @settings(database=None)
    @given(mlps(nin=2))
    def fails(model):
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()
    notes = "\n".join(caught.value.__notes__)
    assert "MLP(" in notes
    assert "seed=0" in notes


@pytest.mark.parametrize("options", [{"nin": 0}, {"nout": 0}, {"max_width": 0}, {"max_layers": 0}])
def test_sizes_below_one_are_an_error(options):
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        mlps(**options)
