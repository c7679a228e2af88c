"""Ops that Python computes inside native code: your own, and the few that no C library has."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from typing import Any
from weakref import WeakValueDictionary

from autograd.compiler.llvm.call_words import FLAG
from autograd.ops import Op
from autograd.scalars import result_of

_failed = threading.local()
failures = array("q", [0])  # how often an op raised, in any thread: native code looks whether it has changed
_functions: WeakValueDictionary[tuple[Op, int], Any] = WeakValueDictionary()  # as long as code that calls them


def pointer(op: Op, arity: int) -> tuple[int, Any]:
    """Return the address of a C function that applies an op to doubles, and what keeps it alive."""
    import ctypes

    found = _functions.get((op, arity))
    if found is None:
        kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.POINTER(ctypes.c_int64), *[ctypes.c_double] * arity)
        found = _functions.setdefault((op, arity), kind(_safe(op)))
    return ctypes.c_size_t.from_address(ctypes.addressof(found)).value, found  # `cast` would make a cycle


def _safe(op: Op) -> Any:
    def compute(flag: Any, *inputs: float) -> float:
        try:
            result = result_of(op, op.forward(*inputs))
            flag[0] -= 2  # done: if Ctrl-C comes before `try`, ctypes drops it, and the flag shows it
            return result
        except BaseException as error:  # none may pass through native code: it is raised when that has ended
            _failed.error = getattr(_failed, "error", None) or error
            failures[0] += 1
            return nan

    return compute


@contextmanager
def raising(call: Any) -> Iterator[None]:
    """Raise the error of an op that Python computed for the native code in the block, given the words of its call."""
    outer, _failed.error = getattr(_failed, "error", None), None  # an op may call compiled functions itself
    try:
        yield
    finally:
        error, _failed.error = _failed.error, outer
    _raise(error, call)


def raise_failed(call: Any) -> None:
    """Raise the error of an op in this thread, if there was one."""
    error, _failed.error = getattr(_failed, "error", None), None
    _raise(error, call)


def _raise(error: BaseException | None, call: Any) -> None:
    missed, call[FLAG] = call[FLAG] > 1, call[FLAG] & 1
    if error is not None:
        raise error
    if missed:
        raise KeyboardInterrupt("an operation that Python computes was interrupted before it began")
