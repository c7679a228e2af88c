"""One recorded call: its program, and which numbers of it have rows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import TracingError, Value, apply, compile, grad  # noqa: E402
from autograd.compiler.program.recording import InTransform, recorded  # noqa: E402


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


def call_of(f, *args, axes=None):
    return recorded(f, args, axes or (None,) * len(args))


def test_each_number_of_an_argument_with_rows_says_its_array_and_column():
    call = call_of(
        lambda w, x, t, y: w[0] * x + t[0, 1] * y,
        [1.0, numpy.ones(2)], numpy.ones(5), numpy.ones((5, 2, 2)), 3.0,
        axes=(None, 0, 0, None),
    )  # fmt: skip
    assert call.batched == [False] * 3 + [True] * 5 + [False]
    assert call.columns == [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)]
    assert call.by_row == [False, False, True, True, False]
    assert call.program.names == tuple(f"x{k}" for k in range(9))


def test_f_is_called_once_with_what_looks_like_a_row():
    calls = []

    def f(x, row, nested):
        calls.append((type(x), row.shape, nested))
        return x * row[0] + nested["a"][1]

    call_of(f, [1.0, 2.0], numpy.ones((2, 3)), {"a": (1.0, 2.0)}, axes=(0, 0, None))
    ((kind, shape, nested),) = calls
    assert issubclass(kind, Value)
    assert shape == (3,)
    assert type(nested["a"]) is tuple


def test_the_program_is_the_shorter_one_and_its_results_keep_their_nesting():
    call = call_of(lambda x: {"y": (x * 1.0 + 0.5, 2.0), "z": numpy.array([x, x])}, 3.0)
    assert [op.name for op, _ in call.program.code] == ["add"]
    assert len(call.program.outputs) == 4
    assert call.results.shapes == [None, None, (2,)]
    rebuilt = call.results.unflatten([1.0, 2.0, 3.0, 4.0])
    assert rebuilt["y"] == (1.0, 2.0)
    assert rebuilt["z"].tolist() == [3.0, 4.0]


def test_values_of_a_recording_are_of_no_use_afterwards_also_where_it_failed():
    kept = []

    def f(x, fails):
        kept.append(x * 2.0)
        if fails:
            raise LookupError("in f")
        return x

    call_of(lambda x: f(x, False), 1.0)
    with pytest.raises(LookupError, match="in f"):
        call_of(lambda x: f(x, True), 1.0)
    for x in kept:
        with pytest.raises(TracingError, match="after its recording"):
            x + 1.0


def test_what_depends_on_a_transform_of_another_thread_is_not_recorded():
    def outside(w):
        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(InTransform):
                pool.submit(call_of, lambda x: w * x, 1.0).result()
            assert pool.submit(call_of, lambda x: 2.0 * x, 1.0).result().program.code
        return w

    assert grad(outside)(2.0) == 1.0


def test_a_forgotten_return_is_named():
    def forgetful(x):
        x * x

    with pytest.raises(TypeError, match="the result of forgetful"):
        call_of(forgetful, 1.0)
