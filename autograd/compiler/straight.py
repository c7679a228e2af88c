"""Straight-line code: the lines of a program one after the other, in functions short enough to compile fast.

The time to compile a function grows faster than its length, so a long program is cut into chunks; what one
chunk makes and another needs passes through a slot of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from autograd.compiler.ir import Body
from autograd.compiler.schedule import NONE, Chain, Line, operands_of
from autograd.compiler.spelling import TRUTHS, spelled
from autograd.ops import MAX, WHERE, Op

CHUNK, SHORT_CHUNK = 3_000, 150  # lines
LONG = 20_000  # lines of a program from which on code is made in a hurry: it waits for memory, not for arithmetic
Place = Callable[[int], tuple[str, str]]  # a value's memory, "%u" or "%v", and its slot


class Chunk:
    """Lines that one function does: values by number, and which of them are written to their slots."""

    def __init__(self, lines: Sequence[tuple[int, Line]], stored: Iterable[int], place: Place) -> None:
        self.lines, self.stored, self.place = lines, set(stored), place

    def write(self, body: Body) -> None:
        """Write the lines into a body."""
        Writer(body, self.place).run(self.lines, self.stored)


class Writer:
    """Names of the values that a chunk has read or made: as numbers, and as truths where they are comparisons."""

    def __init__(self, body: Body, place: Place) -> None:
        self.body, self.place = body, place
        self.numbers: dict[int, str] = {}
        self.truths: dict[int, str] = {}
        self.comparisons: set[int] = set()  # values that are 0.0 or 1.0, and so no more than their truths

    def run(self, lines: Sequence[tuple[int, Line]], stored: set[int]) -> None:
        """Write lines, and store these values."""
        for value, line in lines:
            if isinstance(line, Chain):
                self.numbers[value] = self.chain(line)
            elif not self.as_truth(value, line):
                op, operands = line
                if op is WHERE:
                    truth, x, y = self.truth(operands[0]), self.number(operands[1]), self.number(operands[2])
                    self.numbers[value] = self.body.choose(truth, x, y)
                else:
                    self.numbers[value] = spelled(op, self.body, *[self.number(x) for x in operands])
            if value in stored:
                memory, slot = self.place(value)
                self.body.store(self.number(value), self.body.slot(memory, slot))

    def number(self, value: int) -> str:
        """Return a value as a number."""
        if value not in self.numbers:
            if value in self.truths:
                self.numbers[value] = self.body.number(self.truths[value])
            else:
                memory, slot = self.place(value)
                body = self.body
                read = body.splat(body.scalar("%u", slot)) if memory == "%u" else body.load(body.slot(memory, slot))
                self.numbers[value] = read
        return self.numbers[value]

    def truth(self, value: int) -> str:
        """Return whether a value is not 0."""
        if value not in self.truths:
            self.truths[value] = self.body.compare("une", self.number(value), self.body.constant(0.0))
        return self.truths[value]

    def as_truth(self, value: int, line: tuple[Op, tuple[int, ...]]) -> bool:
        """Keep a comparison, or a choice among comparisons, as a truth: no number is needed to decide by it."""
        op, operands = line
        if op in TRUTHS:
            left, right = [self.number(x) for x in operands]
            self.truths[value] = self.body.compare(TRUTHS[op], left, right)
        elif op is MAX and self.comparisons.issuperset(operands):
            truth = self.truths[operands[0]]
            for x in operands[1:]:
                truth = self.body.either(truth, self.truths[x])
            self.truths[value] = truth
        else:
            return False
        self.comparisons.add(value)
        return True

    def chain(self, chain: Chain) -> str:
        """Add up products in order."""
        body = self.body
        total = None if chain.start == NONE else self.number(chain.start)
        for a, b, guard in chain.terms:
            product = body.mul(self.number(a), self.number(b))
            if guard != NONE:
                product = body.choose(self.truth(guard), product, body.constant(-0.0))
            total = product if total is None else body.add(total, product)
        return total or ""


def chunks(lines: Sequence[tuple[int, Line]], kept: Iterable[int], place: Place) -> list[Chunk]:
    """Cut lines into chunks; `kept` are the values that others need."""
    parts: list[list[tuple[int, Line]]] = [[]]
    most = SHORT_CHUNK if len(lines) > LONG else CHUNK
    size = 0
    for value, line in lines:
        if size >= most:
            parts.append([])
            size = 0
        parts[-1].append((value, line))
        size += len(line.terms) if isinstance(line, Chain) else 1
    needed = set(kept)
    found = []
    for part in reversed(parts):
        made = {value for value, _ in part}
        found.append(Chunk(part, made & needed, place))
        needed |= {x for _, line in part for x in operands_of(line)} - made
    return found[::-1]
