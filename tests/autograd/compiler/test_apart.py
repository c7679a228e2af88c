"""Calls that Ctrl-C must not come into."""

import signal
import threading

import pytest

from autograd.compiler.apart import apart


def test_a_call_is_made_in_another_thread_and_in_place_where_no_signal_comes():
    inner = lambda: (threading.current_thread(), apart(threading.current_thread))  # noqa: E731
    outside, inside = apart(inner)
    assert outside is inside
    assert outside is not threading.main_thread()


def test_an_error_is_that_of_the_call():
    with pytest.raises(ZeroDivisionError):
        apart(divmod, 1, 0)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows sends no signals to threads")
def test_ctrl_c_ends_the_waiting_and_not_the_call():
    go_on, finished = threading.Event(), threading.Event()

    def call():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        go_on.wait()
        finished.set()

    with pytest.raises(KeyboardInterrupt):
        apart(call)
    assert not finished.is_set()
    go_on.set()
    assert finished.wait(60.0)


def test_where_no_thread_can_be_started_the_call_is_made_in_place(monkeypatch):
    def refused(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert apart(threading.current_thread) is threading.current_thread()
