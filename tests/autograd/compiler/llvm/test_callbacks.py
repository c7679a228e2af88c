"""Ops that Python computes inside native code: what they return goes on, what they raise comes out, nothing is lost."""

import signal
import sys

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Op, apply, compile, value_and_grad  # noqa: E402


def test_an_op_of_your_own_is_called_in_python(twice):
    f = compile(value_and_grad(lambda x: apply(twice, x) * x))
    assert f(3.0) == (18.0, 12.0)
    rows = compile(lambda x: apply(twice, x) + 1.0, in_axes=0)
    assert rows([float(k) for k in range(70)]).tolist() == [2.0 * k + 1.0 for k in range(70)]
    assert rows.report().opaque == ("twice",)
    assert compile(lambda w, x: apply(twice, w) * x, in_axes=(None, 0), reduce="sum")(3.0, [1.0, 2.0]) == 18.0


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, RuntimeError])
def test_what_an_op_of_your_own_raises_comes_out(error):
    def forward(x):
        if x == 2.0:
            raise error("at two")
        return x

    op = Op("moody", forward, lambda x, z: (1.0,))
    one, rows = compile(lambda x: apply(op, x)), compile(lambda x: apply(op, x), in_axes=0)
    for _ in range(2):
        with pytest.raises(error, match="at two"):
            one(2.0)
        with pytest.raises(error, match="at two"):
            rows([1.0, 2.0, 3.0])
        assert one(3.0) == 3.0
        assert rows([1.0, 3.0]).tolist() == [1.0, 3.0]


def test_an_error_is_kept_while_ops_call_compiled_functions():
    inner = compile(autograd.lgamma)

    def forward(x):
        if x == 1.0:
            raise RuntimeError("at one")
        return inner(x)

    op = Op("nested", forward, lambda x, z: (1.0,))
    with pytest.raises(RuntimeError, match="at one"):
        compile(lambda x: apply(op, x), in_axes=0)([1.0, 2.0, 3.0])


def test_an_op_that_returns_no_number_is_a_type_error():
    for result in ("text", "1.5", None):
        op = Op("wordy", lambda x, result=result: result, lambda x, z: (1.0,))
        for in_axes, x in ((None, 1.0), (0, [1.0, 2.0])):
            with pytest.raises(TypeError, match=r"got (str|NoneType)"):
                compile(lambda x, op=op: apply(op, x), in_axes=in_axes)(x)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that interrupts")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # ctypes says what it drops
@pytest.mark.parametrize("reduce", [None, "sum"])
def test_ctrl_c_while_python_computes_is_never_lost(reduce, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: None)
    op = autograd.Op("twice", lambda x: 2.0 * x, lambda x, z: (2.0,))
    f = compile(lambda x: autograd.sin(autograd.apply(op, x)), in_axes=0, reduce=reduce)
    x = numpy.ones(4_000)
    expected, interrupted = numpy.asarray(f(x)).tolist(), 0
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for k in range(100):
            try:
                signal.setitimer(signal.ITIMER_REAL, 5e-4 + 1e-5 * k)
                got = f(x)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            else:
                assert numpy.asarray(got).tolist() == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted
    assert numpy.asarray(f(x)).tolist() == expected
