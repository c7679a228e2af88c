"""Numbers of many Values are read and written at one moment."""

import _thread
import signal
import threading

import pytest

from autograd import Value
from autograd.atomic import apart, change, change_all, changing, new_numbers, numbers_of, set_numbers


def test_numbers_are_read_and_written_in_order():
    values = [Value(x) for x in (1.0, 2.0, 3.0)]
    set_numbers(values, [4.0, 5.0, 6.0])
    assert numbers_of(values) == [4.0, 5.0, 6.0]
    change_all(new_numbers(values[1:], [8.0, 9.0]), new_numbers(values[:1], [0.0]))
    assert numbers_of(values) == [0.0, 8.0, 9.0]


def test_iterators_are_taken_too():
    values = [Value(1.0), Value(2.0)]
    set_numbers(iter(values), iter([3.0, 4.0]))
    assert numbers_of(iter(values)) == [3.0, 4.0]


@pytest.mark.parametrize("numbers", [[1.0], [1.0, 2.0, 3.0]])
def test_a_wrong_count_of_numbers_changes_nothing(numbers):
    values = [Value(7.0), Value(8.0)]
    with pytest.raises(ValueError, match="expected a number for each of 2 Values"):
        set_numbers(values, numbers)
    assert numbers_of(values) == [7.0, 8.0]


def test_changes_of_several_kinds_are_made_in_order_once_they_are_called():
    value, found = Value(1.0), []
    make = changing(new_numbers([value], [2.0]), change(found.append, 3.0), change(found.append, 4.0))
    assert (value.data, found) == (1.0, [])
    make()
    assert (value.data, found) == (2.0, [3.0, 4.0])


def test_an_interrupt_comes_before_all_changes_or_after_them(interrupt):
    values = [Value(0.0) for _ in range(50)]
    seen = set()
    for bytecodes in range(1, 400):
        set_numbers(values, [0.0] * 50)
        interrupt(lambda: set_numbers(values, [1.0] * 50), bytecodes)
        seen.add(tuple(x.data for x in values))
    assert seen == {(0.0,) * 50, (1.0,) * 50}


def test_another_thread_sees_all_changes_or_none(hasty):
    values = [Value(0.0) for _ in range(200)]
    done = threading.Event()
    mixed = []

    def write():
        for k in range(2_000):
            set_numbers(values, [float(k)] * 200)
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        found = set(numbers_of(values))
        mixed += [found] if len(found) > 1 else []
    thread.join()
    assert mixed == []


# Calls that Ctrl-C must not interrupt.


def test_a_call_is_made_in_another_thread_and_in_place_where_no_signal_comes():
    inner = lambda: (threading.current_thread(), apart(threading.current_thread))  # noqa: E731
    outside, inside = apart(inner)
    assert outside is inside
    assert outside is not threading.main_thread()


def test_an_error_of_the_call_is_raised():
    with pytest.raises(ZeroDivisionError):
        apart(divmod, 1, 0)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows sends no signals to threads")
def test_ctrl_c_ends_the_wait_but_not_the_call():
    caught, go_on, finished = threading.Event(), threading.Event(), threading.Event()

    def interrupt(*_):
        if not caught.is_set():
            caught.set()
            raise KeyboardInterrupt

    def call():
        while not caught.is_set():  # a signal that comes just before the wait begins does not end it
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            caught.wait(0.01)
        go_on.wait(60.0)
        finished.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            apart(call)
    finally:
        caught.set()
        signal.signal(signal.SIGINT, before)
    assert not finished.is_set()
    go_on.set()
    assert finished.wait(60.0)


def test_where_no_thread_can_be_started_the_call_is_made_in_place(monkeypatch):
    def refused(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refused)
    assert apart(threading.current_thread) is threading.current_thread()
