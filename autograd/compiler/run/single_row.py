"""Training on one row at a time as one function: loss, gradient and update, with nothing but parameters in memory.

Where rows come one at a time there is nothing to add up and nothing to run side by side; then the calls of the loops
that `Layout` writes would cost more than their arithmetic. The loop over the steps is inside the function too.
"""

from __future__ import annotations

import array as arrays_of
from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.call_words import FLAG, INDEX, MINIBATCH, OUTPUT, address, array, word, word_of_array
from autograd.compiler.llvm.straight import StraightLineWriter
from autograd.compiler.lower.layout import Slots
from autograd.compiler.lower.plan import KernelCall, Plan
from autograd.compiler.lower.spelling import spelled
from autograd.compiler.program.program import Program
from autograd.compiler.program.schedule import Computation

EXTRA = 2  # arrays that the call has room for, behind those with rows, to say which steps to take


class RowProgram(NamedTuple):
    """The program of one row, and what its outputs are.

    Arguments: the parameters, then the numbers of the row and of its target. Outputs: the loss of the row,
    the gradient, perhaps the penalty and its gradient (the same for all rows), then what is kept of each row.
    """

    program: Program
    parameters: int
    columns: list[tuple[int, int]]
    penalised: bool
    kept: int


class Update(NamedTuple):
    """How some of the parameters move, `length` of them from `start` on, and where their rate and state are.

    The program is that of one parameter: (parameter, gradient, *state, rate) -> (parameter, *state). `alike` says
    which parts of the state are, and stay, the same for all; such a part has one slot, another one for each.
    """

    program: Program
    start: int
    length: int
    alike: list[bool]
    rate: int = 0
    state: tuple[tuple[int, int], ...] = ()  # first slot and number of slots of each part

    @property
    def varying(self) -> list[bool]:
        """Whether each value of the program differs by parameter."""
        return self.program.varying([True, True, *[not same for same in self.alike]])

    def placed(self, slots: Slots) -> Update:
        """Return the same with new slots for rate and state."""
        lengths = [1 if same else self.length for same in self.alike]
        return self._replace(rate=slots.room(1), state=tuple([(slots.room(length), length) for length in lengths]))


class SingleRowSteps:
    """The steps: where their numbers are, and the code that takes them."""

    def __init__(
        self, lines: Sequence[tuple[int, Computation]], rows: RowProgram, updates: Sequence[Update], arrays: int
    ) -> None:
        self.lines, self.program, self.penalised, self.columns = lines, rows.program, rows.penalised, rows.columns
        self.parameters = rows.parameters
        inputs = range(rows.parameters, rows.parameters + len(rows.columns))
        self.slots = Slots()
        self.slots.place([k for k in range(rows.program.first_operation) if k not in inputs])
        self.inputs = dict(zip(inputs, rows.columns, strict=True))
        self.updates = [update.placed(self.slots) for update in updates]
        self.batches, self.count, self.trace, self.done = range(word_of_array(arrays), word_of_array(arrays) + 4)

    def plan(self) -> Plan:
        """Return the plan that consists of these steps."""
        steps = KernelCall(("single row", self), 0, 0, arrays_of.array("i"))
        constants = self.slots.get(self.program.first_constant, self.slots.size)
        return Plan([steps], [], [], self.slots.size, 0, 0, constants, [], 0, 1)

    def write(self, body: Body) -> None:
        """Write the loop over the steps into a body of one lane; it ends early before a step that is not finite."""
        f = body.function
        batches, trace = [address(f, k) for k in (self.batches, self.trace)]

        def one(step: str) -> None:
            self.step(body, f.at("i64", batches, f.times(step, MINIBATCH)), trace, step)

        (done,) = f.loop(word(f, self.count), one)
        f.write("i64", done, f.at("i64", "%call", self.done))

    def step(self, body: Body, batch: str, trace: str, step: str) -> None:
        """Write one step, on the row that a minibatch names."""
        outputs, count = self.program.outputs, self.parameters
        writer = StraightLineWriter(body, lambda value: ("%u", str(self.slots[value])))
        writer.numbers.update(self.row(body, batch))
        writer.run(self.lines, set())
        loss, *gradient = [writer.number(k) for k in outputs[: 1 + count]]
        kept = 1 + count
        if self.penalised:
            penalty, *slopes = [writer.number(k) for k in outputs[kept : 2 * kept]]
            loss = body.add(loss, penalty)
            gradient = [body.add(x, y) for x, y in zip(gradient, slopes, strict=True)]
            kept *= 2
        self.keep(body, batch, [writer.number(k) for k in outputs[kept:]])
        body.store(loss, body.slot(trace, step))
        moved = [self.moved(body, update, gradient[update.start :][: update.length]) for update in self.updates]
        self.leave_unless_finite(body, [loss, *gradient, *[new[0] for group in moved for new in group]])
        for update, group in zip(self.updates, moved, strict=True):
            for k, (parameter, *state) in enumerate(group):
                body.store(parameter, body.slot("%u", str(update.start + k)))
                for x, (slot, length) in zip(state, update.state, strict=True):
                    if k < length:
                        body.store(x, body.slot("%u", str(slot + k)))

    def row(self, body: Body, batch: str) -> dict[int, str]:
        """Return the numbers of the row."""
        f, starts = body.function, {}
        number = f.read("i64", f.word("ptr", batch, INDEX))
        for which in sorted({which for which, _ in self.columns}):
            base, stride = array(f, str(which))
            starts[which] = f.at("double", base, f.times(number, stride))
        return {value: body.scalar(starts[which], str(column)) for value, (which, column) in self.inputs.items()}

    def keep(self, body: Body, batch: str, numbers: Sequence[str]) -> None:
        """Write what is kept of each row."""
        if numbers:
            target = body.function.word("ptr", batch, OUTPUT)
            for k, x in enumerate(numbers):
                body.store(x, body.slot(target, str(k)))

    def moved(self, body: Body, update: Update, gradient: Sequence[str]) -> list[list[str]]:
        """Return the new number and state of each parameter of an update."""
        program, found = update.program, []
        constants = [body.constant(x) for x in program.constants]
        rate = body.scalar("%u", str(update.rate))
        common: dict[int, str] = {}  # by value of the update, those that are the same for all parameters
        varying = update.varying
        for k, slope in enumerate(gradient):
            state = [body.scalar("%u", str(slot + (k if length > 1 else 0))) for slot, length in update.state]
            values = [body.scalar("%u", str(update.start + k)), slope, *state, rate, *constants]
            for op, operands in program.code:
                place = len(values)
                made = common.get(place) or spelled(op, body, *[values[x] for x in operands])
                if not varying[place]:
                    common[place] = made
                values.append(made)
            found.append([values[x] for x in program.outputs])
        return found

    def leave_unless_finite(self, body: Body, numbers: Sequence[str]) -> None:
        """End the loop if one of the numbers is not finite: x * 0.0 is NaN for those."""
        parts = [body.mul(x, body.constant(0.0)) for x in numbers]
        while len(parts) > 1:  # in pairs, so that no sum waits for all before it
            left, right = parts[0::2], parts[1::2]
            parts = [body.add(x, y) for x, y in zip(left, right, strict=False)] + left[len(right) :]
        bad = body.compare("uno", parts[0], parts[0])
        if body.function.opaque:
            bad = body.either(bad, body.line(f"icmp ne i64 {word(body.function, FLAG)}, 0"))
        body.function.leave(bad)
