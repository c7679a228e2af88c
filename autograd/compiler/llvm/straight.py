"""Straight-line code: the lines of a program one after the other, each written once its operands are known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from autograd.compiler.llvm.body import Body
from autograd.compiler.lower.chunks import Locate
from autograd.compiler.lower.spelling import TRUTHS, spelled
from autograd.compiler.program.schedule import NONE, Chain, Computation
from autograd.ops import MAX, WHERE, Op


class StraightLineWriter:
    """Names of the values that a chunk has read or made: as numbers, and as truths where they are comparisons."""

    def __init__(self, body: Body, place: Locate) -> None:
        self.body, self.place = body, place
        self.numbers: dict[int, str] = {}
        self.truths: dict[int, str] = {}
        self.comparisons: set[int] = set()  # values that are 0.0 or 1.0, and so no more than their truths

    def run(self, lines: Sequence[tuple[int, Computation]], stored: set[int]) -> None:
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
            self.truths[value] = reduce(self.body.either, [self.truths[x] for x in operands])
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
