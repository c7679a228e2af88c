"""Shared by the compiler's tests: ops and functions to compile, tiers, and work done in several threads at once."""

import math
import threading

import pytest

import autograd


@pytest.fixture
def in_threads():
    """Return a function that runs others, each in its own thread, and waits until all have ended."""

    def run(*works):
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


@pytest.fixture(scope="module", params=["straight", "interpreter"])
def tier(request):
    """The kind of native code: straight-line code, or loops over tables."""
    return request.param


@pytest.fixture(scope="session")
def twice():
    """Return an op that is not in the table, so that Python computes it."""
    return autograd.Op("twice", lambda x: 2.0 * x, lambda x, z: (2.0,))


@pytest.fixture(scope="session")
def curve():
    """Return a function with all kinds of parts: vector functions, a choice, and what is the same in all rows."""

    def f(x, w):
        return autograd.exp(-x * x) * w + autograd.where(x > 0.5, autograd.sin(w), autograd.relu(x) / w)

    return f


@pytest.fixture(scope="session")
def column():
    """Return a function that makes a column with a given number of rows."""
    return lambda rows: [math.cos(1.7 * k) * 2.0 for k in range(rows)]


@pytest.fixture(scope="session")
def batch_sizes():
    """Numbers of rows: all small ones, and those around whole blocks."""
    return [*range(1, 41), 63, 64, 65, 100, 127, 128, 129, 257]


@pytest.fixture(scope="session")
def numbers_in():
    """Return a function that finds the leaves of nested lists and tuples."""

    def found(tree):
        return [leaf for x in tree for leaf in found(x)] if isinstance(tree, (list, tuple)) else [tree]

    return found
