"""Random graphs with shared nodes, for the properties that every graph has."""

import gc
import random
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

import autograd

# Two operands in, one number out, smooth and tame for operands up to 50.
STEPS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (y * y + 1.0),
    "scale": lambda x, y: 2.5 * x - 1.0,
    "neg": lambda x, y: -x,
    "sin": lambda x, y: autograd.sin(x),
    "tanh": lambda x, y: autograd.tanh(x),
    "gauss": lambda x, y: autograd.exp(-(x * x)),
    "softplus": lambda x, y: autograd.softplus(x),
    "log": lambda x, y: autograd.log(x * x + 1.0),
    "power": lambda x, y: (x * x + 1.0) ** 0.7,
    "hypot": lambda x, y: autograd.sqrt(x * x + y * y + 1.0),
    "dot": lambda x, y: autograd.dot([x, y, 0.5], [y, 1.5, x], x),
    "logsumexp": lambda x, y: autograd.logsumexp([x, y, 0.5]),
    "sum": lambda x, y: autograd.sum([x, y, x, 1.0]),
}


class Program(NamedTuple):
    """A random function: its steps, each on two of the numbers before it, and a point to call it at."""

    inputs: tuple
    steps: tuple

    def nodes(self, *xs):
        """Return the inputs and the result of each step."""
        numbers = list(xs)
        for name, i, j in self.steps:
            numbers.append(STEPS[name](numbers[i], numbers[j]))
        return numbers

    def __call__(self, *xs):
        """Return the sum of the results that no later step uses, so every step counts."""
        used = {place for _, i, j in self.steps for place in (i, j)}
        return autograd.sum([x for place, x in enumerate(self.nodes(*xs)) if place not in used])


def program_from(inputs, choices):
    """Make a program of (name, i, j) choices; a step that would grow too large goes through tanh instead."""
    numbers, steps = list(inputs), []
    for name, i, j in choices:
        i, j = i % len(numbers), j % len(numbers)
        if abs(STEPS[name](numbers[i], numbers[j])) > 50.0:
            name = "tanh"
        steps.append((name, i, j))
        numbers.append(STEPS[name](numbers[i], numbers[j]))
    return Program(tuple(inputs), tuple(steps))


@pytest.fixture(scope="session", autouse=True)
def imports_are_no_garbage():
    """Keep what torch and jax import from the garbage collector: the tests of memory collect often."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def programs():
    """A hypothesis strategy for programs of 1 to 4 inputs and up to 12 steps."""
    places = st.integers(0, 50)
    return st.builds(
        program_from,
        st.lists(st.floats(-2.0, 2.0).map(lambda x: round(x, 6)), min_size=1, max_size=4),
        st.lists(st.tuples(st.sampled_from(sorted(STEPS)), places, places), min_size=1, max_size=12),
    )


@pytest.fixture(scope="session")
def program_of():
    """A function from a seed and sizes to a program, for graphs larger than hypothesis would draw."""

    def make(seed, inputs=3, steps=40):
        draw = random.Random(seed)
        names = sorted(STEPS)
        choices = [(draw.choice(names), draw.randrange(10**6), draw.randrange(10**6)) for _ in range(steps)]
        return program_from([draw.uniform(-2.0, 2.0) for _ in range(inputs)], choices)

    return make
