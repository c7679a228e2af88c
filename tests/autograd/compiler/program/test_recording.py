"""One recorded call: its program, and which numbers of it have rows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, apply, compile, grad  # noqa: E402


def test_code_that_a_thread_makes_inside_of_a_transform_loses_no_derivative():
    def loss(w):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: compile(lambda x: w * x, in_axes=0, reduce="sum")([1.0, 2.0])).result()

    assert grad(loss)(0.5) == 3.0
    assert grad(loss)(Value(0.5)).data == 3.0


def test_threads_record_functions_of_their_own_at_once(in_threads, twice):
    start, found = threading.Barrier(8), {}

    def call(k):
        start.wait()
        found[k] = compile(lambda x: autograd.tanh(x * k) + apply(twice, x))(0.5)

    in_threads(*[partial(call, k) for k in range(8)])
    assert found == pytest.approx({k: autograd.tanh(0.5 * k) + 1.0 for k in range(8)}, rel=1e-15)
