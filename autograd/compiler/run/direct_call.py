"""A direct call: a C function, made by LLVM, that takes and gives Python's own objects.

Most of the time of a small call would be Python's: looking at the arguments, copying them, building the result. Here
that is native code, written for one structure of the arguments. Whatever is not exactly as it was, a list of another
length, an int, an array of other numbers or rows, goes on to the Python function given as `otherwise`.

It reads CPython's objects where they lie: floats, lists, tuples, and NumPy arrays, whose layout is NumPy's binary
interface. `possible` checks that they do lie so. Python's lock is held throughout, so one workspace is enough. Where
an op may call Python, which may let other threads run, a call that meets another one takes the long way too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.llvm.engine import engine
from autograd.compiler.run.direct_call_code import DirectCallWriter, NotSimple
from autograd.compiler.run.machine import Machine, Workspace, row_numbers
from autograd.compiler.run.object_layout import possible

FASTCALL = 0x0080
NAME = b"compiled"  # its characters are read where they are


class _Method(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p),
    )  # fmt: skip


def _method(place: int) -> int:
    """Return a new PyMethodDef for a function: 32 bytes that stay, since Python looks at them as late as it can."""
    allocate = ctypes.pythonapi.PyMem_RawMalloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    method = _Method.from_address(allocate(ctypes.sizeof(_Method)))
    method.name, method.function, method.flags, method.doc = NAME, place, FASTCALL, None
    return ctypes.addressof(method)


class DirectCall:
    """A C function for one structure of arguments, and the memory that it works in; `function` is what to call."""

    def __init__(
        self, machine: Machine, text: str, workspace: Workspace, busy: Any, otherwise: Callable[..., Any]
    ) -> None:
        self.workspace, self.busy = workspace, busy
        self.machine = machine  # its code and tables stay as long as this
        (place,), self.code = engine().compiled(text, ["enter"], level=1)
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
        self.function: Callable[..., Any] = make(_method(place), otherwise, None)

    def expect(self, rows: int) -> bool:
        """Let arguments with so many rows through; return False if a call is under way."""
        lanes = self.machine.plan.lanes
        place, index = row_numbers(rows, -(-rows // lanes) * lanes)
        words, first = (rows, place), slice(2)
        if self.busy[0]:  # from here on nothing is called, so no other thread runs
            return False
        self.workspace.about[first] = words
        self.index = index
        return True


def direct_call(
    machine: Machine, key: Sequence[Any], results: Any, shapes: Sequence[Any], slots: Sequence[int],
    scattered: Sequence[int | None], zeros: bool, otherwise: Callable[..., Any], careful: bool,
    left: Any,
) -> DirectCall | None:  # fmt: skip
    """Return a direct call for arguments of the structure `key`, or None where they or the results are of other kinds.

    `results` is the nesting of the results with the number of a leaf in each place, `shapes` its leaves, `slots` where
    their numbers lie; `scattered` has a place for each array that native code writes number by number, else None.
    `careful` says whether the native code may call Python; `left` counts the calls until other code is to be made.
    """
    if not possible() or sum([place is not None for place in scattered]) > 1:
        return None
    workspace = Workspace(machine)
    writer = DirectCallWriter(machine, workspace)
    try:
        writer.arguments(key)
        writer.captured()
        if left is not None:
            writer.count(left)
        writer.run(shapes, slots, scattered, zeros, careful)
        writer.give(results)
    except NotSimple:
        return None
    return DirectCall(machine, writer.text(), workspace, writer.busy, otherwise)
