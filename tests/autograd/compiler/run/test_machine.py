"""A plan in memory: slots for each call that is under way, blocks of rows, and memory where native code expects it."""

import threading
from functools import partial

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import compile  # noqa: E402


def work(w, x):
    return autograd.dot(w, x) * autograd.lgamma(x[0] + 2.0), autograd.exp(-x[1])


@pytest.mark.parametrize("in_axes", [None, (None, 0)])
def test_eight_threads_call_one_function_at_once(in_axes, in_threads):
    f = compile(work, in_axes=in_axes)
    start, wrong = threading.Barrier(8), []

    def call(seed):
        start.wait()
        for k in range(60):
            w, x = [1.0 + seed, 2.0], [float(k), 0.5 * seed]
            expected = work(w, x)
            found = f(w, x) if in_axes is None else [y[1] for y in f(w, [[1.0, 1.0], x, [2.0, 2.0]])]
            if found[0] != expected[0] or abs(found[1] - expected[1]) > 1e-14:
                wrong.append((seed, k, found, expected))

    in_threads(*[partial(call, seed) for seed in range(8)])
    assert wrong == []


def test_threads_may_bring_more_numbers_of_rows_than_are_remembered(in_threads):
    f, wrong = compile(lambda x: x * 2.0 + 1.0, in_axes=0), []
    rows = [numpy.linspace(0.0, 1.0, n) for n in range(1, 300, 3)]

    def work():
        for _ in range(20):
            wrong.extend([len(x) for x in rows if f(x).tolist() != (x * 2.0 + 1.0).tolist()])

    in_threads(*[work] * 8)
    assert wrong == []


def test_blocks_have_four_registers_of_rows_unless_many_would_be_empty():
    from autograd.compiler.run.machine import block_size

    assert [block_size(rows, 8) for rows in (1, 8, 9, 16, 17, 32, 33, 48, 50, 100, 1000)] == [
        8, 8, 16, 16, 32, 32, 16, 16, 32, 16, 32
    ]  # fmt: skip
    assert [block_size(rows, 1) for rows in (1, 2, 3, 4)] == [1, 2, 4, 4]
