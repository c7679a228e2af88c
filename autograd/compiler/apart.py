"""Calls that Ctrl-C must not come into: those of llvmlite, which would free what is freed already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Return f(*args), called in a thread of its own, for Python handles signals in the main thread alone.

    Ctrl-C ends the waiting at once; the call itself goes on to its end. llvmlite is not made for interrupts: where
    one comes between two of its lines, an object is freed twice, and the process is killed.

    >>> apart(max, 1, 2)
    2
    """
    if threading.current_thread() is not threading.main_thread():
        return f(*args)
    found: list[Any] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            found.append(f(*args))
        except BaseException as error:  # it belongs to the caller
            errors.append(error)

    thread = threading.Thread(target=call, name="chainrule-compiler")
    try:
        thread.start()
    except RuntimeError:  # no more threads, as when the interpreter shuts down
        return f(*args)
    thread.join()
    if errors:
        raise errors.pop()
    return found.pop()
