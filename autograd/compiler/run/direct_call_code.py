"""The code of a direct call: Python's objects taken apart, the plan run, and the results put together."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy

from autograd import native
from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.call_words import BYTES, FLAG, OUTPUT, ROWS, word_of_array
from autograd.compiler.llvm.function import NativeFunction, pointer
from autograd.compiler.run.machine import Machine, Workspace, address
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
)
from autograd.value import Value

LEAVES = 64  # of arguments and of results, up to which a direct call is written

DECLARATIONS = """\
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyList_New(i64)
declare ptr @PyTuple_New(i64)
declare i32 @PyList_SetItem(ptr, i64, ptr)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"""


class NotSimple(Exception):
    """Arguments or results for which no direct call is written."""


class DirectCallWriter:
    """The lines of one direct call."""

    def __init__(self, machine: Machine, workspace: Workspace) -> None:
        self.machine, self.workspace = machine, workspace
        self.function = NativeFunction()
        self.leaves = self.slot = self.arrays = 0
        self.leaf_results: list[str] = []
        self.memory = address(workspace.uniform)
        self.busy = array("q", [0])  # whether a call is under way
        self.row_arrays: list[str] = []
        self.copies: list[tuple[int, str, int]] = []  # (slot, where an argument's numbers are, how many)

    def text(self) -> str:
        """Return the module."""
        f = self.function
        f.start("other")
        f.do(f"ret ptr {f.line('call ptr @PyObject_Vectorcall(ptr %otherwise, ptr %arguments, i64 %n, ptr null)')}")
        f.start("failed")
        f.do("ret ptr null")
        return "\n".join(
            [DECLARATIONS, *sorted(f.declarations), f.text("ptr @enter(ptr %otherwise, ptr %arguments, i64 %n)")]
        )

    def field(self, kind: str, base: str, offset: int) -> str:
        """Return a field of an object."""
        return self.function.read(kind, self.function.at("i8", base, offset))

    def same(self, kind: str, x: str, y: int | str, otherwise: str = "other") -> None:
        """Go on only where two numbers or pointers are the same."""
        self.function.need(self.function.line(f"icmp eq {kind} {x}, {y}"), otherwise)

    def made(self, x: str, otherwise: str = "failed") -> str:
        """Go on only where a pointer is one, and return it."""
        self.function.need(self.function.line(f"icmp ne ptr {x}, null"), otherwise)
        return x

    def is_a(self, x: str, kind: type) -> None:
        """Go on only where an object is of a type, and of no subclass."""
        self.same("i64", self.field("i64", x, TYPE), id(kind))

    def arguments(self, key: Sequence[Any]) -> None:
        """Take the arguments apart."""
        self.same("i64", "%n", len(key))
        for k, part in enumerate(key):
            self.argument(self.field("ptr", "%arguments", 8 * k), part)

    def argument(self, x: str, key: Any) -> None:
        """Take an argument apart."""
        self.leaves += 1
        if self.leaves > LEAVES:
            raise NotSimple
        if key == 0:
            self.is_a(x, float)
            self.copies.append((self.slot, self.function.at("i8", x, NUMBER), 1))
            self.slot += 1
        elif key and key[-1] == "rows":
            shape = (self.function.read("i64", self.word(ROWS)), *key[0])
            word = word_of_array(self.arrays)
            self.arrays += 1
            self.workspace.words_of_call[word + 1] = prod(key[0])
            self.function.write("ptr", self.array(x, shape), self.word(word))
            self.row_arrays.append(x)
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
            raise NotSimple

    def word(self, place: int) -> str:
        """Return where a word of the call is."""
        return pointer(self.workspace.call + BYTES * place)

    def array(self, x: str, shape: Sequence[int | str]) -> str:
        """Return where the numbers of an array of this shape lie."""
        self.is_a(x, numpy.ndarray)
        self.same("i64", self.field("i64", x, DTYPE), id(numpy.dtype(numpy.float64)))
        self.same("i32", self.field("i32", x, RANK), len(shape))
        flags = self.function.line(f"and i32 {self.field('i32', x, FLAGS)}, {PLAIN}")
        self.same("i32", flags, PLAIN)
        sizes = self.field("ptr", x, SHAPE)
        for k, size in enumerate(shape):
            self.same("i64", self.field("i64", sizes, 8 * k), size)
        return self.field("ptr", x, DATA)

    def captured(self) -> None:
        """Read the Values that the function found outside."""
        values = self.machine.captured
        if len(values) > LEAVES:
            raise NotSimple
        for k, value in enumerate(values):
            x = pointer(id(value))
            self.is_a(x, Value)
            if native.module is not None:
                flags = self.field("i8", x, native.module.flags_offset)
                self.same("i8", self.function.line(f"and i8 {flags}, {native.module.gone}"), 0)
                self.copies.append((self.slot + k, self.function.at("i8", x, data_offset()), 1))
                continue
            number = self.made(self.field("ptr", x, data_offset()), "other")
            self.is_a(number, float)
            self.copies.append((self.slot + k, self.function.at("i8", number, NUMBER), 1))

    def run(
        self, shapes: Sequence[Any], slots: Sequence[int], scattered: Sequence[int | None], zeros: bool, careful: bool
    ) -> None:
        """Make room for the results, fill the slots, run, and take the results out of their slots."""
        f = self.function
        if len(shapes) > LEAVES:
            raise NotSimple
        if careful:
            self.same("i64", f.read("i64", start_of(self.busy)), 0)
        made = {k: self.new_array(shape) for k, shape in enumerate(shapes) if shape is not None}
        out = [k for k, place in enumerate(scattered) if place is not None]
        for k in out:
            if zeros:
                f.do(f"call void @llvm.memset.p0.i64(ptr {made[k][1]}, i8 0, i64 {8 * prod(shapes[k])}, i1 false)")
            f.write("ptr", made[k][1], self.word(OUTPUT))
        for slot, source, count in self.copies:
            self.copy(pointer(self.memory + 8 * slot), source, count)
        call = f"call void {pointer(self.machine.place)}(ptr {pointer(self.workspace.plan)}, ptr {self.word(0)})"
        if careful:
            self.carefully(call, [x for x, _ in made.values()])
        else:
            f.do(call)
        start = 0
        for k, shape in enumerate(shapes):
            count = 1 if shape is None else prod(shape)
            source = pointer(self.memory + 8 * slots[start]) if count else ""
            start += count
            if shape is None:
                self.leaf_results.append(f.line(f"call ptr @PyFloat_FromDouble(double {f.read('double', source)})"))
            else:
                self.leaf_results.append(made[k][0])
                if k not in out and count:
                    self.copy(made[k][1], source, count)

    def count(self, left: Any) -> None:
        """Count a call, and go on only if others are left."""
        self.machine.tables.append(left)
        f, place = self.function, start_of(left)
        after = f.line(f"sub i64 {f.read('i64', place)}, 1")
        f.need(f.line(f"icmp sgt i64 {after}, 0"), "other")
        f.write("i64", after, place)

    def carefully(self, call: str, made: Sequence[str]) -> None:
        """Call what may call Python: keep other calls out and the rows alive, and raise what an op raises."""
        f, busy, failures = self.function, start_of(self.busy), start_of(callbacks.failures)
        look = partial(callbacks.raise_failed, self.workspace.words_of_call)
        self.machine.tables.append(look)
        before = f.read("i64", failures)
        f.write("i64", 1, busy)
        self.each("@Py_IncRef", self.row_arrays)
        f.do(call)
        self.each("@Py_DecRef", self.row_arrays)
        f.write("i64", 0, busy)
        fails = f.line(f"icmp ne i64 {before}, {f.read('i64', failures)}")
        flagged = f.line(f"icmp ne i64 {f.read('i64', self.word(FLAG))}, 0")

        def looked() -> str:
            none = f.line(f"call ptr @PyObject_CallNoArgs(ptr {pointer(id(look))})")
            raised = f.line(f"icmp eq ptr {none}, null")
            f.either_way(raised, lambda: self.each("@Py_DecRef", made), lambda: self.each("@Py_DecRef", [none]))
            self.made(none)
            return ""

        f.only_if(f.line(f"or i1 {fails}, {flagged}"), "", "", looked)

    def each(self, routine: str, objects: Sequence[str]) -> None:
        """Call a routine for each of several objects."""
        for x in objects:
            self.function.do(f"call void {routine}(ptr {x})")

    def new_array(self, shape: Sequence[int]) -> tuple[str, str]:
        """Return a new array and where its numbers go."""
        sizes = (ctypes.c_int64 * len(shape))(*shape)
        self.machine.tables.append(sizes)
        x = self.function.line(
            f"call ptr {pointer(numpy_functions()[NEW_ARRAY])}(ptr {pointer(id(numpy.ndarray))}, i32 {len(shape)}, "
            f"ptr {pointer(ctypes.addressof(sizes))}, i32 {DOUBLE}, ptr null, ptr null, i32 0, i32 0, ptr null)"
        )
        return self.made(x), self.field("ptr", x, DATA)

    def copy(self, target: str, source: str, count: int) -> None:
        """Copy doubles."""
        if count == 1:
            self.function.write("double", self.function.read("double", source), target)
        else:
            self.function.copy(target, source, 8 * count)

    def give(self, results: Any) -> None:
        """Return the results in their nesting. Only now may Python collect garbage, and with it call anything."""
        self.function.do(f"ret ptr {self.nested(results)}")

    def nested(self, results: Any) -> str:
        """Return the results, or a part of them, in their nesting."""
        if isinstance(results, int):
            return self.leaf_results[results]
        if type(results) not in (list, tuple) or (not results and results == ()):
            raise NotSimple
        name = "List" if isinstance(results, list) else "Tuple"
        x = self.made(self.function.line(f"call ptr @Py{name}_New(i64 {len(results)})"))
        for k, part in enumerate(results):
            self.function.line(f"call i32 @Py{name}_SetItem(ptr {x}, i64 {k}, ptr {self.nested(part)})")
        return x


def start_of(numbers: Any) -> str:
    """Return the address of the first of several numbers."""
    return pointer(numbers.buffer_info()[0])
