"""A compiled function for one structure of its arguments: recorded, laid out, and called."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from threading import get_ident
from time import perf_counter
from typing import Any

import numpy

from autograd.atomic import numbers_of
from autograd.compiler.llvm.call_words import BYTES, OUTPUT
from autograd.compiler.llvm.engine import engine
from autograd.compiler.lower.layout import Layout
from autograd.compiler.lower.plan import KernelCall
from autograd.compiler.lower.spelling import SPELLINGS, opaque
from autograd.compiler.program.recording import recorded
from autograd.compiler.program.schedule import NONE, Chain, ProgramSchedule, scheduled
from autograd.compiler.run.compiled_call import compiled_call
from autograd.compiler.run.machine import Machine, Workspace, address, block_size, row_numbers
from autograd.compiler.run.report import Report
from autograd.compiler.run.result_slots import FreshResults, picker
from autograd.compiler.run.threads import in_threads
from autograd.compiler.trace.arguments import by_leaf, row_count
from autograd.compiler.trace.truths import masks

SMALL = 3_000  # operations, products of sums among them, up to which straight-line code is made at once
NEAR = 2**20  # bytes of slots that stay close to the processor
BIG = 50_000  # operations, from which on straight-line code gains nothing: it waits for memory
PATIENCE = 2_000_000_000  # operations done by loops, after which it pays to make straight-line code
WORK = 2_000_000  # operations, for all rows, up to which a call may keep Python's lock: about a millisecond
FOR_THREADS = 2 * WORK  # operations, for all rows, below which it does not pay to start threads


def tier_of(schedule: ProgramSchedule) -> tuple[str, bool]:
    """Return the tier to start with, and whether straight-line code may pay later.

    Small programs without layers are straight-line code at once, large ones once they have run for long; others stay
    loops.
    """
    size = sum([len(line.terms) if isinstance(line, Chain) else 1 for _, line in schedule.lines])
    size += sum([1 if guard == NONE else 2 for _, _, guard in schedule.sums.values()])
    if schedule.dense or size > BIG:
        return "interpreter", False
    return ("straight", False) if size <= SMALL else ("interpreter", True)


class Specialization:
    """A program with the means to run it: native code, or NumPy where there is no llvmlite."""

    call: Callable[[Specialization, Sequence[Any], int], Any]  # no bound method, with which it would keep itself alive

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None], reduce: str | None,
        contract: bool, tier: str,
    ) -> None:  # fmt: skip
        if has_llvm():
            engine()  # starts LLVM, so that the time of the first function does not count it
        start = perf_counter()
        self.recording = recorded(f, args, axes)
        self.program, self.reduce = self.recording.program, reduce
        truths = [] if reduce else self.recording.truths  # reduced, a truth counts as 0 or 1
        self.masks = masks(self.recording.results, truths)
        self.opaque = opaque(self.program.code)
        self.careful = bool(self.opaque)
        self.with_rows = any(self.recording.by_row)
        self.row_places = [k for k, has_rows in enumerate(self.recording.by_row) if has_rows]
        self.shared_places = [k for k, has_rows in enumerate(self.recording.by_row) if not has_rows]
        self.rows = next((len(x) for x, axis in zip(args, axes, strict=True) if axis is not None), 1)
        self.waits, self.left = False, array("q", [0])  # whether straight-line code is made, after how many calls
        self.contract = contract
        self.schedule: ProgramSchedule | None = None  # kept while straight-line code may be made
        self.in_c: Any = None
        if has_llvm():
            by_row = self.recording.batched
            schedule = scheduled(self.program, by_row, len(self.program.outputs) if reduce else 0)
            if not tier:
                tier, self.waits = tier_of(schedule)
            if self.waits:
                self.schedule = schedule
                self.left[0] = PATIENCE // (len(self.program.code) * self.rows)
            self._lay_out(schedule, tier, start)
        else:
            from autograd.compiler.run.replay import Replay  # only where it is needed

            self.replay = Replay(self.program, self.recording.batched, self.recording.columns)
            self.call = Specialization._replayed
            self.only_in_python = True
            seconds = perf_counter() - start
            self.report = Report(len(self.program.code), "NumPy", len(self.program.code), 0, seconds, self.opaque)

    def _lay_out(self, schedule: ProgramSchedule, tier: str, start: float) -> None:
        """Lay a schedule out in memory, and make native code of a tier; begun at a time."""
        recording, results, native, lanes = self.recording, self.recording.results, engine().native, 1
        if self.with_rows:
            wide = block_size(self.rows, native)
            lanes = wide if tier != "straight" and len(schedule.lines) * wide * 8 <= NEAR else native
        layout = Layout(self.program, schedule, lanes, native, None if self.reduce is None else self.reduce == "mean")
        plan = layout.plan(recording.columns, tier == "straight")
        self.emitted = emitted = FreshResults(plan, results, self.program, self.with_rows and self.reduce is None)
        if emitted.pairs:
            table = array("i", [x for pair in emitted.pairs for x in pair])
            plan = plan._replace(after=[*plan.after, KernelCall(("emit",), len(emitted.pairs), 0, table)])
        self.varies = [schedule.varies[k] for k in self.program.outputs]
        self.machine = machine = Machine(plan, self.program, sum(recording.by_row), self.contract)
        self.pick, self.fresh = picker(results, emitted, self.masks), emitted.fresh
        self.call = Specialization._called_on_rows if self.with_rows else Specialization._called
        stacked = self.with_rows and not (self.reduce and (self.reduce == "mean" or machine.plan.all_vary))
        foreign = any([op not in SPELLINGS for op, _ in self.program.code])
        self.only_in_python = bool(foreign or stacked or any(self.masks))
        size, seconds = len(self.program.code), perf_counter() - start
        self.report = Report(size, tier, machine.groups, machine.plan.lanes, seconds, self.opaque)

    def promoted(self) -> Specialization:
        """Return one of straight-line code, for a program that has run for long."""
        new = copy(self)
        new.waits, new.in_c = False, None
        assert self.schedule is not None
        new.schedule = None
        new._lay_out(self.schedule, "straight", perf_counter())
        self.schedule = None
        return new

    def next_call(self, key: Sequence[Any], leaves: Sequence[Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
        """Return what to call next time with arguments like these: C where it can do it, else `otherwise`."""
        self.left[0] -= self.waits
        if self.only_in_python:
            return otherwise
        rows = len(leaves[self.row_places[0]]) if self.with_rows else 0
        if len(self.program.code) * max(rows, 1) > WORK:
            return otherwise
        in_c = self.in_c or self._in_c(key, otherwise)
        if in_c is None:
            return otherwise
        lanes = self.machine.plan.lanes
        return in_c if in_c.expect(rows, *row_numbers(rows, -(-rows // lanes) * lanes)) else otherwise

    def _in_c(self, key: Sequence[Any], otherwise: Callable[..., Any]) -> Any:
        """Return the callable in C: the first one that was made, since another thread may be inside."""
        results, emitted = self.recording.results, self.emitted
        made = compiled_call(
            self.machine, key, results.build(range(len(results.shapes))), results.shapes, emitted.slots, emitted.starts,
            emitted.zeros, otherwise, self.careful, self.left if self.waits else None,
        )  # fmt: skip
        if self.in_c is None:
            self.in_c = made
        self.only_in_python = self.in_c is None
        return self.in_c

    def _called(self, leaves: Sequence[Any], threads: int) -> Any:
        """Run on the leaves of arguments without rows, which one thread does."""
        machine = self.machine
        workspace = machine.workspace()
        try:
            machine.fill(workspace, leaves)
            fresh = self.fresh()
            if fresh is not None:
                workspace.words_of_call[OUTPUT] = address(fresh)
            machine.run(workspace, self.careful)
            return self.pick(workspace.view, workspace.uniform, fresh)
        finally:
            machine.free.append(workspace)

    def _called_on_rows(self, leaves: Sequence[Any], threads: int) -> Any:
        """Run on the leaves of arguments, some of which have rows."""
        machine, plan = self.machine, self.machine.plan
        shared, rows, count = self._separated(leaves)
        if threads > 1 and len(self.program.code) * count > FOR_THREADS:
            return self._called_in_threads(shared, rows, count, threads)
        workspace = machine.workspace()
        try:
            machine.fill(workspace, shared)
            padded = -(-count // plan.lanes) * plan.lanes
            out = numpy.empty((padded, plan.width)) if self.reduce is None else self.fresh()
            words: list[int] = []
            for k, x in enumerate(rows):
                rows[k] = x = numpy.ascontiguousarray(x)
                words += (address(x), x.size // count)
            numbers = row_numbers(count, padded)  # kept: other threads may let go of it
            workspace.say(count, numbers[0], 0 if out is None else address(out), words)
            machine.run(workspace, self.careful)
            if self.reduce is not None and (self.reduce == "mean" or plan.all_vary):
                return self.pick(workspace.view, workspace.uniform, out)
            return self._stacked(out, workspace, count)
        finally:
            machine.free.append(workspace)

    def _stacked(self, out: Any, workspace: Workspace, count: int) -> Any:
        """Return results from the columns of what was written row by row, and from the slots of a workspace."""
        columns: list[Any] = [
            out[:count, place].copy() if kind == "row" else workspace.view[place]
            for kind, place in self.machine.plan.results
        ]
        return self._nested(
            [x if vary else self._repeated(x, count) for x, vary in zip(columns, self.varies, strict=True)]
        )

    def _called_in_threads(self, shared: list[Any], rows: list[Any], count: int, threads: int) -> Any:
        """Run on rows that threads share: blocks of rows, as many as the code does at once."""
        machine, plan = self.machine, self.machine.plan
        lanes, rows = plan.lanes, [numpy.ascontiguousarray(x) for x in rows]
        widths = [x.size // count for x in rows]
        out = numpy.empty((-(-count // lanes) * lanes, plan.width)) if self.reduce is None else None
        places = [place for _, place in plan.results]
        workspaces: dict[int, Workspace] = {}

        def run(first: int, last: int) -> Any:
            """Run on blocks of rows, and return the sums of the results that are added up."""
            start, padded = first * lanes, (last - first) * lanes
            size, mine = min(count - start, padded), get_ident()
            if mine not in workspaces:
                workspaces[mine] = machine.workspace()
                machine.fill(workspaces[mine], shared)
            workspace, numbers = workspaces[mine], row_numbers(size, padded)
            words = [x for array, width in zip(rows, widths, strict=True)
                     for x in (address(array) + BYTES * start * width, width)]  # fmt: skip
            target = self.fresh() if out is None else out[start : start + padded]
            workspace.say(size, numbers[0], 0 if target is None else address(target), words)
            machine.run(workspace, self.careful)
            return workspace.uniform[places] * (size if self.reduce == "mean" else 1.0) if out is None else None

        try:
            found = in_threads(run, -(-count // lanes), threads, len(self.program.code) * lanes)
            if out is not None:
                return self._stacked(out, workspaces[get_ident()], count)
            total: Any = sum([sum([numbers for _, numbers in share]) for share in found])
            total = (total / count if self.reduce == "mean" else total).tolist()
            alone = workspaces[get_ident()].view
            return self._nested([
                x if vary else self._repeated(alone[place], count)
                for x, place, vary in zip(total, places, self.varies, strict=True)
            ])  # fmt: skip
        finally:
            machine.free += workspaces.values()

    def _separated(self, leaves: Sequence[Any]) -> tuple[list[Any], list[Any], int]:
        """Return the leaves without rows, those with, and how many rows there are."""
        shared, rows = [leaves[k] for k in self.shared_places], [leaves[k] for k in self.row_places]
        return shared, rows, row_count(rows)

    def _repeated(self, x: float, count: int) -> Any:
        """Return what rows make of a number that is the same for all."""
        return numpy.full(count, x) if self.reduce is None else x * count if self.reduce == "sum" else x

    def _replayed(self, leaves: Sequence[Any], threads: int) -> Any:
        """Let NumPy run the program, in one thread."""
        shared, rows, count = self._separated(leaves) if self.with_rows else (leaves, [], 0)
        given = [y for x in shared for y in (x.ravel().tolist() if isinstance(x, numpy.ndarray) else [float(x)])]
        given += numbers_of(self.program.captured)
        found = self.replay(given, [x.reshape(count, -1) for x in rows])
        if not self.with_rows:
            return self._nested(found)
        if self.reduce is None:
            return self._nested([x if isinstance(x, numpy.ndarray) else self._repeated(x, count) for x in found])
        totals = [float(x.sum()) if isinstance(x, numpy.ndarray) else x * count for x in found]
        return self._nested([x / count for x in totals] if self.reduce == "mean" else totals)

    def _nested(self, numbers: Sequence[Any]) -> Any:
        """Return results in the structure in which f gives them, rows along axis 0."""
        leaves: list[Any] = []
        for (shape, part), true in zip(by_leaf(self.recording.results, numbers), self.masks, strict=True):
            if shape is None:
                leaf = part[0]
            else:
                stacked = numpy.stack(part, axis=-1) if len(part) else numpy.zeros(0)
                leaf = stacked.reshape(*stacked.shape[:-1], *shape)
            leaves.append(leaf != 0.0 if true else leaf)
        return self.recording.results.build(leaves)

    def llvm(self) -> str:
        """Return the IR of the native code."""
        return self.machine.llvm() if has_llvm() else "no LLVM: NumPy runs the program"


@cache
def has_llvm() -> bool:
    """Return whether llvmlite is there; warn, once, if it is not."""
    try:
        import llvmlite.binding  # noqa: F401
    except (ImportError, OSError):
        warnings.warn(
            "autograd.compile: without llvmlite NumPy runs programs, slower: pip install 'chainrule[compile]'",
            stacklevel=4,
        )
        return False
    return True
