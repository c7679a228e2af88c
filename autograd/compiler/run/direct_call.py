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
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy

from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.callbacks import CALL_ARRAYS, CALL_FLAG
from autograd.compiler.llvm.engine import engine
from autograd.compiler.run.machine import Machine, Workspace, address, row_numbers
from autograd.compiler.run.object_layout import (
    DATA,
    DOUBLE,
    DTYPE,
    FLAGS,
    ITEMS,
    NEW_ARRAY,
    NUMBER,
    PLAIN,
    RANK,
    SHAPE,
    SIZE,
    TYPE,
    data_offset,
    numpy_functions,
    possible,
)
from autograd.value import Value

LEAVES = 64  # of arguments and of results, up to which a direct call is written
FASTCALL = 0x0080
NAME = b"compiled"  # its characters are read where they are

DECLARATIONS = """
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyList_New(i64)
declare ptr @PyTuple_New(i64)
declare i32 @PyList_SetItem(ptr, i64, ptr)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
"""


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
    writer = _DirectCallWriter(machine, workspace)
    try:
        writer.arguments(key)
        writer.captured()
        if left is not None:
            writer.count(left)
        writer.run(shapes, slots, scattered, zeros, careful)
        writer.give(results)
    except _NotSimple:
        return None
    return DirectCall(machine, writer.text(), workspace, writer.busy, otherwise)


class _NotSimple(Exception):
    """Arguments or results for which no direct call is written."""


class _DirectCallWriter:
    """The lines of one direct call."""

    def __init__(self, machine: Machine, workspace: Workspace) -> None:
        self.machine, self.workspace = machine, workspace
        self.lines: list[str] = []
        self.names = self.leaves = self.slot = self.arrays = 0
        self.leaf_results: list[str] = []
        self.memory = address(workspace.uniform)
        self.busy = array("q", [0])  # whether a call is under way
        self.row_arrays: list[str] = []
        self.copies: list[tuple[int, str, int]] = []  # (slot, where an argument's numbers are, how many)

    def text(self) -> str:
        """Return the module."""
        body = "\n".join(self.lines)
        return (
            f"{DECLARATIONS}\ndefine ptr @enter(ptr %otherwise, ptr %arguments, i64 %n) {{\nentry:\n{body}\n"
            "other:\n  %o = call ptr @PyObject_Vectorcall(ptr %otherwise, ptr %arguments, i64 %n, ptr null)\n"
            "  ret ptr %o\nfailed:\n  ret ptr null\n}\n"
        )

    def line(self, text: str) -> str:
        self.names += 1
        self.lines.append(f"  %t{self.names} = {text}")
        return f"%t{self.names}"

    def field(self, kind: str, base: str, offset: int) -> str:
        """Return a field of an object."""
        there = self.line(f"getelementptr inbounds i8, ptr {base}, i64 {offset}") if offset else base
        return self.line(f"load {kind}, ptr {there}, align {4 if kind == 'i32' else 8}")

    def need(self, condition: str, otherwise: str = "other") -> None:
        """Go on only where a condition holds."""
        self.names += 1
        self.lines += [f"  br i1 {condition}, label %on{self.names}, label %{otherwise}", f"on{self.names}:"]

    def same(self, kind: str, x: str, y: int | str) -> None:
        """Go on only where two numbers or pointers are the same."""
        self.need(self.line(f"icmp eq {kind} {x}, {y}"))

    def is_a(self, x: str, kind: type) -> None:
        """Go on only where an object is of a type, and of no subclass."""
        self.same("i64", self.field("i64", x, TYPE), id(kind))

    def arguments(self, key: Sequence[Any]) -> None:
        """Take the arguments apart."""
        self.same("i64", "%n", len(key))
        for k, part in enumerate(key):
            self.argument(self.field("ptr", "%arguments", 8 * k), part)

    def argument(self, x: str, key: Any) -> None:
        self.leaves += 1
        if self.leaves > LEAVES:
            raise _NotSimple
        if key == 0:
            self.is_a(x, float)
            self.copies.append((self.slot, self.line(f"getelementptr inbounds i8, ptr {x}, i64 {NUMBER}"), 1))
            self.slot += 1
        elif key and key[-1] == "rows":
            shape = (self.field("i64", pointer(self.workspace.call), 0), *key[0])
            word = CALL_ARRAYS + 2 * self.arrays
            self.arrays += 1
            self.workspace.words_of_call[word + 1] = prod(key[0])
            place = self.line(f"ptrtoint ptr {self.array(x, shape)} to i64")
            self.row_arrays.append(x)
            self.lines.append(f"  store i64 {place}, ptr {pointer(self.workspace.call + 8 * word)}, align 8")
        elif not key or isinstance(key[0], int):
            count = prod(key)
            self.copies.append((self.slot, self.array(x, key), count))
            self.slot += count
        elif key[0] in (list, tuple):
            self.is_a(x, key[0])
            self.same("i64", self.field("i64", x, SIZE), len(key) - 1)
            items = self.field("ptr", x, ITEMS) if key[0] is list else x
            for k, part in enumerate(key[1:]):
                self.argument(self.field("ptr", items, 8 * k + (0 if key[0] is list else ITEMS)), part)
        else:
            raise _NotSimple

    def array(self, x: str, shape: Sequence[int | str]) -> str:
        """Return where the numbers of an array of this shape lie."""
        self.is_a(x, numpy.ndarray)
        self.same("i64", self.field("i64", x, DTYPE), id(numpy.dtype(numpy.float64)))
        self.same("i32", self.field("i32", x, RANK), len(shape))
        flags = self.line(f"and i32 {self.field('i32', x, FLAGS)}, {PLAIN}")
        self.same("i32", flags, PLAIN)
        sizes = self.field("ptr", x, SHAPE)
        for k, size in enumerate(shape):
            self.same("i64", self.field("i64", sizes, 8 * k), size)
        return self.field("ptr", x, DATA)

    def captured(self) -> None:
        """Read the Values that the function found outside."""
        values = self.machine.captured
        if len(values) > LEAVES:
            raise _NotSimple
        for k, value in enumerate(values):
            x = pointer(id(value))
            self.is_a(x, Value)
            number = self.field("ptr", x, data_offset())
            self.need(self.line(f"icmp ne ptr {number}, null"))
            self.is_a(number, float)
            place = self.line(f"getelementptr inbounds i8, ptr {number}, i64 {NUMBER}")
            self.copies.append((self.slot + k, place, 1))

    def run(
        self, shapes: Sequence[Any], slots: Sequence[int], scattered: Sequence[int | None], zeros: bool, careful: bool
    ) -> None:
        """Make room for the results, fill the slots, run, and take the results out of their slots."""
        if len(shapes) > LEAVES:
            raise _NotSimple
        if careful:
            self.same("i64", self.line(f"load i64, ptr {pointer(self.busy.buffer_info()[0])}, align 8"), 0)
        table = numpy_functions()
        made: dict[int, tuple[str, str]] = {}
        for k, shape in enumerate(shapes):
            if shape is not None:
                made[k] = self.new_array(table, shape)
        out = [k for k, place in enumerate(scattered) if place is not None]
        for k in out:
            if zeros:
                size = 8 * prod(shapes[k])
                self.lines.append(f"  call void @llvm.memset.p0.i64(ptr {made[k][1]}, i8 0, i64 {size}, i1 false)")
            place = self.line(f"ptrtoint ptr {made[k][1]} to i64")
            self.lines.append(f"  store i64 {place}, ptr {pointer(self.workspace.call + 16)}, align 8")
        for slot, source, count in self.copies:
            self.copy(pointer(self.memory + 8 * slot), source, count)
        call = (
            f"  call void {pointer(self.machine.place)}(ptr {pointer(self.workspace.plan)}, "
            f"ptr {pointer(self.workspace.call)})"
        )
        if careful:
            self.carefully(call, [x for x, _ in made.values()])
        else:
            self.lines.append(call)
        start = 0
        for k, shape in enumerate(shapes):
            count = 1 if shape is None else prod(shape)
            source = pointer(self.memory + 8 * slots[start]) if count else ""
            start += count
            if shape is None:
                x = self.line(f"load double, ptr {source}, align 8")
                self.leaf_results.append(self.line(f"call ptr @PyFloat_FromDouble(double {x})"))
            else:
                self.leaf_results.append(made[k][0])
                if k not in out and count:
                    self.copy(made[k][1], source, count)

    def count(self, left: Any) -> None:
        """Count a call, and go on only if others are left."""
        self.machine.tables.append(left)
        place = pointer(left.buffer_info()[0])
        after = self.line(f"sub i64 {self.line(f'load i64, ptr {place}, align 8')}, 1")
        self.need(self.line(f"icmp sgt i64 {after}, 0"))
        self.lines.append(f"  store i64 {after}, ptr {place}, align 8")

    def carefully(self, call: str, made: Sequence[str]) -> None:
        """Call what may call Python: keep other calls out and the rows alive, and raise what an op raises."""
        busy = pointer(self.busy.buffer_info()[0])
        failures = f"load i64, ptr {pointer(callbacks.failures.buffer_info()[0])}, align 8"
        flag = f"load i64, ptr {pointer(self.workspace.call + 8 * CALL_FLAG)}, align 8"
        look = partial(callbacks.raise_failed, self.workspace.words_of_call)
        self.machine.tables.append(look)
        before = self.line(failures)
        self.lines += [
            f"  store i64 1, ptr {busy}, align 8",
            *[f"  call void @Py_IncRef(ptr {x})" for x in self.row_arrays],
            call,
            *[f"  call void @Py_DecRef(ptr {x})" for x in self.row_arrays],
            f"  store i64 0, ptr {busy}, align 8",
        ]
        same = self.line(f"icmp eq i64 {before}, {self.line(failures)}")
        same = self.line(f"and i1 {same}, {self.line(f'icmp eq i64 {self.line(flag)}, 0')}")
        self.lines += [
            f"  br i1 {same}, label %fine, label %look",
            "look:",
            f"  %none = call ptr @PyObject_CallNoArgs(ptr {pointer(id(look))})",
            "  %raised = icmp eq ptr %none, null",
            "  br i1 %raised, label %drop, label %nothing",
            "drop:",
            *[f"  call void @Py_DecRef(ptr {x})" for x in made],
            "  ret ptr null",
            "nothing:",
            "  call void @Py_DecRef(ptr %none)",
            "  br label %fine",
            "fine:",
        ]

    def new_array(self, table: dict[int, int], shape: Sequence[int]) -> tuple[str, str]:
        """Return a new array and where its numbers go."""
        sizes = (ctypes.c_int64 * len(shape))(*shape)
        self.machine.tables.append(sizes)
        x = self.line(
            f"call ptr {pointer(table[NEW_ARRAY])}(ptr {pointer(id(numpy.ndarray))}, i32 {len(shape)}, "
            f"ptr {pointer(ctypes.addressof(sizes))}, i32 {DOUBLE}, ptr null, ptr null, i32 0, i32 0, ptr null)"
        )
        self.need(self.line(f"icmp ne ptr {x}, null"), "failed")
        return x, self.field("ptr", x, DATA)

    def copy(self, target: str, source: str, count: int) -> None:
        if count == 1:
            x = self.line(f"load double, ptr {source}, align 8")
            self.lines.append(f"  store double {x}, ptr {target}, align 8")
        else:
            self.lines.append(
                f"  call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {8 * count}, i1 false)"
            )

    def give(self, results: Any) -> None:
        """Return the results in their nesting. Only now may Python collect garbage, and with it call anything."""
        self.lines.append(f"  ret ptr {self.nested(results)}")

    def nested(self, results: Any) -> str:
        if isinstance(results, int):
            return self.leaf_results[results]
        if type(results) not in (list, tuple) or (not results and results == ()):
            raise _NotSimple
        name = "List" if isinstance(results, list) else "Tuple"
        x = self.line(f"call ptr @Py{name}_New(i64 {len(results)})")
        self.need(self.line(f"icmp ne ptr {x}, null"), "failed")
        for k, part in enumerate(results):
            self.line(f"call i32 @Py{name}_SetItem(ptr {x}, i64 {k}, ptr {self.nested(part)})")
        return x


def pointer(place: int) -> str:
    """Return an address as LLVM writes it."""
    return f"inttoptr (i64 {place} to ptr)"
