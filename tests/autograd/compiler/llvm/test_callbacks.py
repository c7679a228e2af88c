"""Ops that Python computes inside native code: what they return goes on, what they raise comes out, nothing is lost."""

import ctypes
import gc
import math
import signal
import sys
import threading
import weakref

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Op, apply, compile, value_and_grad  # noqa: E402
from autograd.compiler.llvm import callbacks  # noqa: E402
from autograd.compiler.llvm.call_words import ARRAYS, FLAG  # noqa: E402


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


@pytest.fixture
def words():
    """The words of a call."""
    return (ctypes.c_int64 * ARRAYS)()


def asked(op, words, *inputs):
    """Call what native code would, as it would: the flag is raised by two before."""
    place, keep = callbacks.pointer(op, len(inputs))
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p, *[ctypes.c_double] * len(inputs))
    words[FLAG] += 2
    result = kind(place)(ctypes.addressof(words) + 8 * FLAG, *inputs)
    del keep
    return result


def refusing(error):
    def forward(*xs):
        raise error

    return Op("refusing", forward, lambda x, z: (1.0,))


def test_an_op_that_is_done_lowers_the_flag_again(twice, words):
    words[FLAG] = 1  # of numbers that are not finite: not its business
    with callbacks.raising(words):
        assert asked(twice, words, 1.5) == 3.0
    assert words[FLAG] == 1


def test_only_the_first_error_is_raised_after_the_native_code(words):
    def native():
        with callbacks.raising(words):
            assert math.isnan(asked(refusing(LookupError("first")), words, 1.0))
            asked(refusing(ValueError("second")), words, 1.0)

    with pytest.raises(LookupError, match="first"):
        native()
    with callbacks.raising(words):
        pass  # it is raised once
    assert words[FLAG] == 0


def test_an_op_that_never_began_is_a_keyboard_interrupt(words):
    words[FLAG] = 2
    with pytest.raises(KeyboardInterrupt, match="interrupted before it began"), callbacks.raising(words):
        pass
    words[FLAG] = 3
    with pytest.raises(KeyboardInterrupt):
        callbacks.raise_failed(words)
    assert words[FLAG] == 1


def test_native_code_inside_of_an_op_raises_its_own_errors_and_leaves_those_outside(words):
    inside = (ctypes.c_int64 * ARRAYS)()

    def native():
        with callbacks.raising(words):
            asked(refusing(LookupError("outside")), words, 1.0)
            with pytest.raises(ValueError, match="inside"), callbacks.raising(inside):
                asked(refusing(ValueError("inside")), inside, 1.0)

    with pytest.raises(LookupError, match="outside"):
        native()


def test_an_error_is_that_of_its_thread(words, in_threads):
    found, all_inside = [], threading.Barrier(8)

    def work(k):
        own = (ctypes.c_int64 * ARRAYS)()
        try:
            with callbacks.raising(own):
                asked(refusing(LookupError(k)), own, 1.0)
                all_inside.wait(60.0)
        except LookupError as error:
            found.append((k, error.args))

    before = callbacks.failures[0]
    in_threads(*[lambda k=k: work(k) for k in range(8)])
    callbacks.raise_failed(words)
    assert sorted(found) == [(k, (k,)) for k in range(8)]
    assert callbacks.failures[0] > before, "native code sees that one has failed"


def test_code_for_an_op_is_made_once_for_each_number_of_inputs_and_goes_with_it():
    def forward(*xs):
        return xs[-1]

    op = Op("passing", forward, lambda x, z: (1.0,))
    one, two = callbacks.pointer(op, 1), callbacks.pointer(op, 2)
    assert callbacks.pointer(op, 1) == one
    assert one[0] != two[0]
    gone = weakref.ref(forward)
    del op, forward, one, two
    gc.collect()
    assert gone() is None
