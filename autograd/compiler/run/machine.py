"""A plan ready to run: its code, tables and slots in memory, one set of slots for each call that is under way."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy

from autograd.atomic import numbers_of
from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.call_words import word_of_array
from autograd.compiler.llvm.engine import engine
from autograd.compiler.lower.chunks import LONG
from autograd.compiler.lower.plan import KernelCall, Plan
from autograd.compiler.program.program import Program


class Workspace:
    """The memory of one call: uniform slots, varying slots, and the words that `run` reads."""

    def __init__(self, machine: Machine) -> None:
        plan = machine.plan
        self.uniform = aligned(plan.uniform_slots + machine.native)
        self.view: Any = memoryview(self.uniform)
        self.varying = aligned(plan.varying_slots * plan.lanes)
        self.uniform[plan.constants : plan.constants + len(machine.constants)] = machine.constants
        if plan.one is not None:
            self.view[plan.one] = 1.0
        memory = [address(x) for x in (self.varying, self.uniform)]
        self.words = numpy.array([*memory, plan.lanes, *machine.steps], dtype=numpy.int64)
        self.plan = address(self.words)
        self.about: Any = numpy.zeros(word_of_array(machine.arrays), dtype=numpy.int64)
        self.call = address(self.about)
        self.format = f"{len(self.about)}q"
        self.words_of_call: Any = self.about.data

    def say(self, rows: int, index: int, out: int, arrays: Sequence[int]) -> None:
        """Say which rows of which arrays to run on."""
        struct.pack_into(self.format, self.about, 0, rows, index, out, 0, *arrays)


class Machine:
    """Native code and tables for a recording. It may run in several threads at once, each with a workspace."""

    def __init__(self, plan: Plan, program: Program, arrays: int, contract: bool) -> None:
        native = engine()
        self.native, self.function, self.plan, self.arrays = native.native, native.run, plan, arrays
        self.place = native.run_place
        self.constants, self.captured = program.constants, program.captured
        parts = (plan.before, plan.rows, plan.after, plan.commit)
        self.keys = [(step.key, width, contract)
                     for steps, width in zip(parts, (1, plan.lanes, 1, 1), strict=True) for step in steps]  # fmt: skip
        addresses, self.owner = native.functions(self.keys, 0 if len(program.code) > LONG else 2)
        functions = iter(addresses)
        self.tables: list[Any] = []
        self.steps: list[int] = []
        for steps in parts:
            words = numpy.array([self._words(step, next(functions)) for step in steps], dtype=numpy.int64)
            self.tables.append(words)
            self.steps += [len(steps), address(words)]
        self.free: list[Workspace] = []
        self.groups = len(self.keys)

    def _words(self, step: KernelCall, function: int) -> list[int]:
        table = numpy.array(step.table, dtype=numpy.int32)
        self.tables.append(table)
        return [function, address(table), step.length, step.dst, step.k]

    def workspace(self) -> Workspace:
        """Return memory for a call; give it back to `free` afterwards."""
        try:
            return self.free.pop()
        except IndexError:
            return Workspace(self)

    def fill(self, workspace: Workspace, leaves: Sequence[Any]) -> None:
        """Write the arguments without rows, and the captured Values, into their slots."""
        place, view = 0, workspace.view
        for x in leaves:
            if type(x) is numpy.ndarray:
                workspace.uniform[place : place + x.size] = x.ravel()
                place += x.size
            else:
                view[place] = x
                place += 1
        for x in numbers_of(self.captured) if self.captured else ():
            view[place] = x
            place += 1

    def run(self, workspace: Workspace, careful: bool = False) -> None:
        """Run on the numbers in the workspace; with `careful`, raise the error of an op that Python computed."""
        if not careful:
            self.function(workspace.plan, workspace.call)
            return
        with callbacks.raising(workspace.words_of_call):
            self.function(workspace.plan, workspace.call)

    def llvm(self) -> str:
        """Return the IR of the kernels that the plan calls."""
        return engine().text(self.keys)


@lru_cache(maxsize=64)
def row_numbers(rows: int, padded: int) -> tuple[int, Any]:
    """Return the address of 0, 1, ..., rows - 1, the last repeated up to a whole block, and the array itself."""
    numbers = numpy.minimum(numpy.arange(padded, dtype=numpy.int64), rows - 1)
    return address(numbers), numbers


def block_size(rows: int, native: int) -> int:
    """Return how many rows to do at once: four registers of `native` rows for each value, fewer if many would be empty.

    A row costs a tenth more by two registers at a time, and two fifths more by one.
    """
    costs = {size * native: -(-rows // (size * native)) * size * cost for size, cost in ((4, 1.0), (2, 1.1), (1, 1.4))}
    return min(costs, key=lambda size: costs[size])


def aligned(doubles: int) -> Any:
    """Return so many zeros, in memory that starts at a whole cache line."""
    raw = numpy.zeros(8 * doubles + 64, dtype=numpy.uint8)
    start = -address(raw) % 64
    return raw[start : start + 8 * doubles].view(numpy.float64)


def address(x: Any) -> int:
    """Return where an array's numbers are."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(x))  # a third of the time of the other way
    except (TypeError, ValueError, BufferError):  # read-only, or empty
        return x.__array_interface__["data"][0]  # type: ignore[no-any-return]
