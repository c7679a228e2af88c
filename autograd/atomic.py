"""Numbers read or written together: other threads and interrupts see all the old numbers or all the new ones.

CPython switches threads and delivers signals between bytecodes. A single call that runs C functions
alone cannot be divided by either, and needs no lock that every reader would have to take.
"""

from __future__ import annotations

import _thread
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any

from autograd import modes
from autograd.value import Value

_read = attrgetter("_data")
_write = Value.__dict__["_data"].__set__


def numbers_of(values: Iterable[Value]) -> list[float]:
    """Return the numbers of Values, all read at one moment.

    >>> numbers_of([Value(1.0), Value(2.0)])
    [1.0, 2.0]
    """
    every = list(values)
    if modes.alive and (looked := modes.active().looked) is not None:
        for value in every:
            looked(value)
    return list(map(_read, every))


def moment(values: Iterable[Value], state: list[Any]) -> tuple[list[float], list[Any]]:
    """Return the numbers of Values and a copy of a list, all read at one moment.

    >>> moment([Value(1.0)], ["state"])
    ([1.0], ['state'])
    """
    *numbers, copy = list(chain(map(_read, list(values)), map(list.copy, [state])))
    return numbers, copy


def set_numbers(values: Iterable[Value], numbers: Iterable[float]) -> None:
    """Give Values new numbers, as floats, all at one moment.

    >>> x, y = Value(1.0), Value(2.0)
    >>> set_numbers([x, y], [3.0, 4.0])
    >>> x.data, y.data
    (3.0, 4.0)
    """
    change_all(new_numbers(values, numbers))


def new_numbers(values: Iterable[Value], numbers: Iterable[float]) -> Iterator[None]:
    """Return the changes, for `change_all`, that give Values new numbers, as floats."""
    return _each(_write, list(values), list(numbers))


def _each(write: Callable[..., None], values: list[Value], numbers: list[float]) -> Iterator[None]:
    if len(values) != len(numbers):
        raise ValueError(f"expected a number for each of {len(values)} Values, got {len(numbers)}")
    return map(write, values, numbers)


def change(function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Return one change for `change_all`: the call of a C function."""
    return map(function, *[[x] for x in arguments])


def change_all(*changes: Iterator[Any]) -> None:
    """Make changes in order, at one moment; they may call C functions only.

    >>> x, numbers = Value(1.0), [1, 2]
    >>> change_all(new_numbers([x], [3.0]), change(list.__setitem__, numbers, slice(None), [4.0]))
    >>> x.data, numbers
    (3.0, [4.0])
    """
    changing(*changes)()


def changing(*changes: Iterator[Any]) -> Callable[[], Any]:
    """Return `change_all` of these changes, as a function: in a `finally`, nothing can come before its call."""
    return partial(deque, chain(*changes), 0)


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Return f(*args), called in another thread, because Python handles signals in the main thread only.

    Ctrl-C ends the wait at once; the call itself runs to its end. llvmlite cannot bear interrupts: one that comes
    between two of its lines frees an object twice, and the process is killed.

    >>> apart(max, 1, 2)
    2
    """
    if threading.get_ident() != threading.main_thread().ident:
        return f(*args)
    found: list[Any] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            found.append(f(*args))
        except BaseException as error:  # it belongs to the caller
            errors.append(error)
        finally:
            done.release()

    done = _thread.allocate_lock()
    done.acquire()
    try:
        _thread.start_new_thread(call, ())  # an interrupt leaves a Thread's start() half done
    except RuntimeError:  # no more threads, as when the interpreter shuts down
        return f(*args)
    done.acquire()
    if errors:
        raise errors.pop()
    return found.pop()
