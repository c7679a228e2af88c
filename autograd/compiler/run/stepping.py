"""Training steps as native code: gradients summed over a minibatch, an update, and the loop over minibatches."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy

from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.call_words import INDEX, MINIBATCH, OUTPUT, ROWS
from autograd.compiler.llvm.engine import engine
from autograd.compiler.lower.layout import Layout, Slots
from autograd.compiler.lower.plan import KernelCall
from autograd.compiler.program.program import Program
from autograd.compiler.program.schedule import scheduled, without_powers
from autograd.compiler.run.machine import Machine, address, block_size
from autograd.compiler.run.single_row import EXTRA, RowProgram, SingleRowSteps, Update
from autograd.ops import ADD, IDENTITY, Op

SMALL_STEP = 600  # operations for a row, up to which they become straight-line code


class Stepper:
    """Parameters and state in native memory, and the code that moves them by minibatches.

    `updates` are the programs by which parameters move, one after the other, and how many move by each:
    (parameter, gradient, *state, rate) -> (parameter, *state). Each has its own rate.
    """

    def __init__(
        self,
        rows: RowProgram,
        updates: Sequence[tuple[Program, int]],
        state: Sequence[Sequence[float]],
        arrays: Sequence[Any],
        largest: int,
    ) -> None:
        self.parameters, self.kept = rows.parameters, rows.kept
        self.arrays = [numpy.ascontiguousarray(x, dtype=numpy.float64) for x in arrays]
        native = engine()
        self.train = native.train
        self.losses: Any = None  # of the last run, also if an interrupt kept it from returning: NaN for steps not taken
        self.single_row: SingleRowSteps | None = None
        batched = [False] * self.parameters + [True] * len(rows.columns)
        self.updates: list[Update] = []
        for program, count in updates:
            start = sum([each.length for each in self.updates])
            self.updates.append(_update(without_powers(program), start, state[start : start + count]))
        schedule = scheduled(rows.program, batched, len(rows.program.outputs) - rows.kept)
        operations, given = len(rows.program.code), len(arrays)
        moves = sum([update.length * len(update.program.code) for update in self.updates])
        constants: dict[int, float] = {}  # of updates, by slot
        if largest == 1 and not schedule.dense and operations + moves <= SMALL_STEP:  # the step is one function
            lines = sorted([*schedule.lines, *schedule.products])
            self.single_row = steps = SingleRowSteps(lines, rows, self.updates, given)
            self.lanes, self.updates, plan, given = 1, steps.updates, steps.plan(), given + EXTRA
        else:
            straight = operations <= SMALL_STEP and not schedule.dense
            self.lanes = (_lanes if straight else block_size)(largest, native.native)
            layout = Layout(rows.program, schedule, self.lanes, native.native, True, rows.kept)
            plan = layout.plan(rows.columns, straight)
            after = _UpdateCalls(layout.uniform, plan.after, constants)
            self.loss, gradient = self._gradient(after, [place for _, place in plan.results], rows)
            self.updates = [update.placed(layout.uniform) for update in self.updates]
            for update in self.updates:
                after.update(update, gradient)
            after.check(self.loss, 1)
            after.check(gradient, self.parameters)
            plan = plan._replace(after=after.steps, commit=after.commit, uniform_slots=layout.uniform.size)
        self.machine = Machine(plan, rows.program, given, contract=True)
        self.workspace = self.machine.workspace()
        for slot, x in constants.items():
            self.workspace.view[slot] = x

    def _gradient(self, after: _UpdateCalls, places: list[int], rows: RowProgram) -> tuple[int, int]:
        """Return the slot of the loss, and the first slot of the gradient, the penalty's added."""
        count = self.parameters
        loss, gradient = places[0], places[1 : 1 + count]
        if not rows.penalised:
            return loss, after.together(gradient)
        penalty, slopes = places[1 + count], places[2 + count : 2 + 2 * count]
        return after.sum([loss], [penalty]), after.sum(gradient, slopes)

    def load(self, parameters: Sequence[float], state: Sequence[Sequence[float]], rates: Sequence[float]) -> None:
        """Write parameters, the state of each, and the learning rate of each update into native memory."""
        memory = self.workspace.uniform
        memory[: self.parameters] = parameters
        for update, rate in zip(self.updates, rates, strict=True):
            for k, (slot, count) in enumerate(update.state):
                memory[slot : slot + count] = [each[k] for each in state[update.start :][:count]]
            memory[update.rate] = rate
        for k, value in enumerate(self.machine.captured, start=self.parameters):
            memory[k] = value.data

    def fits(self, state: Sequence[Sequence[float]]) -> bool:
        """Return whether the entries of the state that were equal for all parameters of an update still are."""
        return all(
            [
                length > 1 or len({each[k] for each in state[update.start :][: update.length]}) == 1
                for update in self.updates
                for k, (_, length) in enumerate(update.state)
            ]
        )

    def read(self) -> tuple[list[float], list[tuple[float, ...]]]:
        """Return parameters and state."""
        memory = self.workspace.uniform
        found: list[tuple[float, ...]] = []
        for update in self.updates:
            columns = [memory[slot : slot + n].tolist() * (update.length // n) for slot, n in update.state]
            found += list(zip(*columns, strict=True)) if columns else [()] * update.length
        return memory[: self.parameters].tolist(), found

    def run(self, order: Sequence[int], sizes: Sequence[int], times: int = 1) -> tuple[Any, int, Any]:
        """Take a step for each minibatch: `sizes` rows each, in this order, and all of them so many times.

        Returns the losses, how many steps were taken, fewer if a loss or gradient is not finite (then the
        parameters are those from before that step), and what is kept of each row met the last time.
        """
        if self.lanes == 1 and max(sizes) > 1:
            raise ValueError(f"the steps were made for one row at a time, got a minibatch of {max(sizes)}")
        index = numpy.zeros(len(order) + self.lanes, dtype=numpy.int64)
        index[: len(order)] = order
        kept = numpy.empty((len(index), self.kept))
        starts = numpy.cumsum([0, *sizes[:-1]])
        batches = numpy.empty((times, len(sizes), MINIBATCH), dtype=numpy.int64)
        batches[:, :, ROWS] = sizes
        batches[:, :, INDEX] = address(index) + 8 * starts
        batches[:, :, OUTPUT] = address(kept) + 8 * self.kept * starts
        losses = self.losses = numpy.full(times * len(sizes), numpy.nan)
        words = [word for x in self.arrays for word in (address(x), x.size // len(x))]
        workspace = self.workspace
        if self.single_row:
            workspace.say(0, 0, 0, [*words, address(batches), len(losses), address(losses), 0])
            self.machine.run(workspace, careful=True)
            done = int(workspace.about[self.single_row.done])
        else:
            workspace.say(0, 0, 0, words)
            given = workspace.plan, workspace.call, address(batches), len(losses), address(losses), self.loss
            with callbacks.raising(workspace.words_of_call):
                done = self.train(*given)
        return losses[:done], done, kept


class _UpdateCalls:
    """Steps on uniform slots, each written separately, after those of a layout."""

    def __init__(self, slots: Slots, steps: Sequence[KernelCall], constants: dict[int, float]) -> None:
        self.slots, self.steps, self.constants = slots, list(steps), constants
        self.commit: list[KernelCall] = []

    def operation(self, op: Op, kinds: str, count: int, table: Sequence[int]) -> int:
        """Do an op on operands of some kinds, in slots that a table says; return the first slot of the results."""
        first = self.slots.room(count)
        self.steps.append(KernelCall(("op", op, kinds), count, first, array("i", table)))
        return first

    def together(self, slots: list[int]) -> int:
        """Return the first of slots next to each other with the numbers of these."""
        if slots == list(range(slots[0], slots[0] + len(slots))):
            return slots[0]
        return self.operation(IDENTITY, "v", len(slots), slots)

    def sum(self, slots: list[int], others: list[int]) -> int:
        """Return the first of slots with sums."""
        return self.operation(ADD, "vv", len(slots), [x for pair in zip(slots, others, strict=True) for x in pair])

    def check(self, slot: int, count: int) -> None:
        """Stop the training before a step if these numbers are not finite."""
        self.steps.append(KernelCall(("check",), count, slot, array("i")))

    def update(self, update: Update, gradient: int) -> None:
        """Write the update of some parameters.

        A part of the state that is the same for all of them, such as the number of steps, is kept and moved once.
        """
        program, count = update.program, update.length
        kinds = ["c" if varies else "s" for varies in update.varying]
        place = [update.start, gradient + update.start, *[slot for slot, _ in update.state], update.rate]
        for x in program.constants:
            place.append(self.slots.room(1))
            self.constants[place[-1]] = x
        for k, (op, operands) in enumerate(program.code, start=program.first_operation):
            length, table = count if kinds[k] == "c" else 1, [place[x] for x in operands]
            place.append(self.operation(op, "".join([kinds[x] for x in operands]), length, table))
        self.check(place[program.outputs[0]], count)
        targets = [(update.start, count), *update.state]
        for output, (slot, length) in zip(program.outputs, targets, strict=True):
            if place[output] != slot:
                kind, made = kinds[output], place[output]
                if output < len(program.names):  # copied first: it is part of the state, and may change
                    made = self.operation(IDENTITY, kind, length, [made])
                self.commit.append(KernelCall(("op", IDENTITY, kind), length, slot, array("i", [made])))


def _update(program: Program, start: int, state: Sequence[Sequence[float]]) -> Update:
    """Return how parameters with this state move: the parts of it that are, and stay, the same for all are found."""
    alike = [len({each[k] for each in state}) == 1 for k in range(len(program.names) - 3)]
    while True:  # a part may turn out to depend on one that differs
        update = Update(program, start, len(state), alike)
        varying = update.varying
        alike = [same and not varying[k] for same, k in zip(alike, program.outputs[1:], strict=True)]
        if alike == update.alike:
            return update


def _lanes(rows: int, native: int) -> int:
    """Return how many rows to do side by side for minibatches of so many rows at most."""
    return next((lanes for lanes in (1, 2, 4, 8) if rows <= lanes <= native), native)
