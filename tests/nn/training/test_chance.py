"""Chance: what a model drew while it was tried out is as if it had never been drawn."""

import random
from random import Random, SystemRandom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Module
from nn.layers import Dropout, Sequential
from nn.training.chance import unasked

numpy = pytest.importorskip("numpy")


class Part(Module):
    """A part that has a generator of its own."""

    def __init__(self, generator):
        self.generator = generator

    def __call__(self, x):
        return x


OWN = {  # what draws a number, from a generator that a part has
    "Random": (lambda seed: Random(seed), lambda drawn: drawn.random()),
    "Generator": (numpy.random.default_rng, lambda drawn: float(drawn.random())),
    "Philox": (lambda seed: numpy.random.Generator(numpy.random.Philox(seed)), lambda drawn: float(drawn.random())),
    "RandomState": (numpy.random.RandomState, lambda drawn: float(drawn.rand())),
}
GLOBAL = {"random": (random.seed, random.random), "numpy.random": (numpy.random.seed, numpy.random.rand)}


@pytest.fixture(autouse=True)
def global_generators():
    """The global generators are afterwards as they were."""
    before = random.getstate(), numpy.random.get_state()
    yield
    random.setstate(before[0])
    numpy.random.set_state(before[1])


@pytest.mark.parametrize("kind", OWN)
@given(seed=st.integers(0, 2**32 - 1), draws=st.integers(1, 5))
def test_a_generator_of_a_part_goes_on_as_if_nothing_had_been_drawn(kind, seed, draws):
    make, draw = OWN[kind]
    generator, untouched = make(seed), make(seed)
    with unasked(Sequential(Part(generator), "tanh")) as drawn:
        for _ in range(draws):
            draw(generator)
        assert drawn == []  # it is known afterwards
    assert len(drawn) == 1
    assert [draw(generator) for _ in range(5)] == [draw(untouched) for _ in range(5)]


@pytest.mark.parametrize("kind", GLOBAL)
def test_a_global_generator_goes_on_as_if_nothing_had_been_drawn(kind):
    seed, draw = GLOBAL[kind]
    seed(7)
    expected = [draw() for _ in range(5)]
    seed(7)
    with unasked(Dropout(0.5)) as drawn:
        draw()
    assert len(drawn) == 1
    assert [draw() for _ in range(5)] == expected


def test_every_generator_that_was_drawn_from_is_in_the_list_and_no_other():
    used, unused = Random(1), Random(2)
    before = used.getstate()
    with unasked(Sequential(Dropout(0.5, seed=used), Part(unused))) as drawn:
        used.random()
    assert drawn == [before]
    with unasked(Sequential(Dropout(0.5, seed=used), Part(unused))) as drawn:
        pass
    assert drawn == []


def test_generators_are_put_back_where_an_error_comes_too():
    generator = Random(1)
    before, everywhere = generator.getstate(), random.getstate()

    def fail():
        with unasked(Part(generator)):
            generator.random()
            random.random()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (generator.getstate(), random.getstate()) == (before, everywhere)


def test_chance_of_the_operating_system_has_no_state_to_put_back():
    generator = SystemRandom()
    with unasked(Part(generator)) as drawn:
        generator.random()
    assert drawn == []
