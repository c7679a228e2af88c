"""Rows shared among threads: the same numbers, errors and Ctrl-C as in one."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import autograd
import nn
from autograd import Op, Value, apply, compile, value_and_grad
from autograd.compiler.run import specialization, threads
from autograd.compiler.run.threads import checked_threads, in_threads

WRONG = [
    (0, ValueError),
    (-1, ValueError),
    (True, ValueError),
    ("many", ValueError),
    (1.5, TypeError),
    (None, TypeError),
]


@pytest.fixture
def eager_to_share(monkeypatch):
    """Let small calls be shared, in small pieces."""
    monkeypatch.setattr(specialization, "FOR_THREADS", 0)
    monkeypatch.setattr(specialization, "WORK", 0)  # no direct call
    monkeypatch.setattr(threads, "PIECE", 2_000)


def f(w, x):
    return autograd.tanh(w[0] * x[0] + w[1] * x[1]) * w[1]


def table(rows):
    return np.random.default_rng(rows).normal(size=(rows, 2))


@pytest.mark.parametrize(("given", "error"), WRONG)
def test_what_cannot_be_a_number_of_threads_is_refused_by_name(given, error):
    with pytest.raises(error, match="threads must be a whole number"):
        compile(f, in_axes=(None, 0), threads=given)
    with pytest.raises(error, match="threads must be a whole number"):
        nn.MLP(2, [1]).predict([[1.0, 2.0]], threads=given)


def test_all_is_one_for_each_processor():
    assert checked_threads("all") == (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )
    assert checked_threads(np.int64(3)) == 3


@pytest.mark.parametrize("rows", [1, 7, 64, 65, 1000])
@pytest.mark.parametrize("count", [2, 3, "all"])
@pytest.mark.usefixtures("eager_to_share")
def test_stacked_results_are_the_same_to_the_last_bit(rows, count):
    x = table(rows)
    one = compile(f, in_axes=(None, 0))([0.3, -0.7], x)
    shared = compile(f, in_axes=(None, 0), threads=count)([0.3, -0.7], x)
    assert one.tobytes() == shared.tobytes()


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.usefixtures("eager_to_share")
def test_sums_are_reproducible_and_right(reduce):
    x = table(777)
    step = compile(value_and_grad(f), in_axes=(None, 0), reduce=reduce, threads=3)
    first = step([0.3, -0.7], x)
    assert all(step([0.3, -0.7], x) == first for _ in range(20))
    one = compile(value_and_grad(f), in_axes=(None, 0), reduce=reduce)([0.3, -0.7], x)
    np.testing.assert_allclose([first[0], *first[1]], [one[0], *one[1]], rtol=1e-12)


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.usefixtures("eager_to_share")
def test_results_that_are_the_same_for_all_rows(reduce):
    g = lambda w, x: {"a": w * 2.0, "b": [w * x, 1.5]}  # noqa: E731
    x = table(100)[:, 0]
    one, shared = [compile(g, in_axes=(None, 0), reduce=reduce, threads=n)(2.0, x) for n in (1, 2)]
    np.testing.assert_allclose(shared["a"], one["a"])
    np.testing.assert_allclose(shared["b"][0], one["b"][0])
    np.testing.assert_allclose(shared["b"][1], one["b"][1])


@pytest.mark.usefixtures("eager_to_share")
def test_matrices_and_captured_values_are_seen_by_every_thread():
    w = Value(2.0)
    g = compile(lambda x: np.outer(x, x) * w, in_axes=0, threads=2)
    x = table(50)
    np.testing.assert_array_equal(g(x), 2.0 * x[:, :, None] * x[:, None, :])
    w.data = 3.0
    np.testing.assert_array_equal(g(x), 3.0 * (x[:, :, None] * x[:, None, :]))


@pytest.mark.usefixtures("eager_to_share")
def test_what_an_op_raises_in_a_thread_comes_out_of_the_call():
    def forward(x):
        if x > 90.0:
            raise LookupError("ninety")
        return x

    op = Op("mine", forward, lambda x, z: (1.0,))
    g = compile(lambda x: apply(op, x) * 2.0, in_axes=0, threads=2)
    with pytest.raises(LookupError, match="ninety"):
        g(np.arange(100.0))
    assert g(np.arange(80.0)).tolist() == [2.0 * x for x in range(80)]


@pytest.mark.usefixtures("eager_to_share")
def test_predictions_are_the_same():
    model = nn.MLP(2, [8, 2], seed=1)
    x = table(500)
    assert model.predict(x).tobytes() == model.predict(x, threads=2).tobytes()


def test_small_calls_start_no_thread(monkeypatch):
    monkeypatch.setattr(threads, "Thread", None)
    assert compile(f, in_axes=(None, 0), threads=2)([0.3, -0.7], table(100)).shape == (100,)


def test_blocks_are_divided_in_order_and_in_pieces(monkeypatch):
    monkeypatch.setattr(threads, "PIECE", 20)
    found = in_threads(lambda first, last: (first, last), blocks=10, threads=3, operations=10)
    assert [piece for share in found for _, piece in share] == [(0, 2), (2, 3), (3, 5), (5, 6), (6, 8), (8, 10)]
    assert [[count for count, _ in share] for share in found] == [[2, 1], [2, 1], [2, 2]]


def test_the_others_stop_when_one_fails():
    called = []

    def run(first, last):
        called.append(first)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_threads(run, blocks=10**9, threads=4, operations=10**6)
    assert len(called) <= 4


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that signals")
def test_an_interrupt_ends_the_call_and_leaves_no_thread():
    def interrupt(*_):
        raise KeyboardInterrupt

    before = threading.active_count()
    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            in_threads(lambda first, last: time.sleep(0.01), blocks=100_000, threads=3, operations=10**9)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert threading.active_count() == before


def _in_a_child(queue):
    queue.put(shared(table(200)).tolist())


shared = compile(lambda x: x[0] * x[1], in_axes=0, threads=2)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("eager_to_share")
def test_a_process_forked_after_a_threaded_call_may_call_it_too():
    expected = shared(table(200)).tolist()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_a_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == expected
    child.join()
