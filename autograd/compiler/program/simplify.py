"""Make a program shorter without changing a bit of its results: constants, repeats, dead code."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd.compiler.program.program import Instruction, Program
from autograd.ops import (
    ADD,
    DETACH,
    DIV,
    IDENTITY,
    MUL,
    OPS,
    POW,
    POW_CONSTANT,
    SUB,
    WHERE,
    Op,
)

KNOWN = frozenset(OPS)


def simplified(program: Program) -> Program:
    """Return a program with the same results, to the last bit.

    Operations on constants are done now, a repeated operation is done once, and what no output needs
    is left out. x + 0.0 stays, since it turns -0.0 into 0.0.

    >>> from autograd.compiler.trace.tracing import traced, unknown
    >>> from autograd.compiler.program.program import program_of
    >>> x = unknown("x")
    >>> print(simplified(program_of([traced(lambda x: (x * 1.0 + x * 1.0) * x**1.0, [x])], [x])))
    v0 = x
    v1 = add v0 v0
    v2 = mul v1 v0
    return v2
    """
    return _renumbered(program, *_Folding(program).run())


class _Folding:
    """Values by new number: what is given keeps its number, constants and operations come behind, mixed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[float | Instruction] = []
        self.known: dict[object, int] = {}
        self.given = program.first_constant

    def run(self) -> tuple[list[float | Instruction], list[int]]:
        """Return the new lines, and the new number of each old value."""
        new = list(range(self.given)) + [self.constant(x) for x in self.program.constants]
        for op, operands in self.program.code:
            new.append(self.operation(op, tuple([new[x] for x in operands])))
        return self.lines, new

    def constant(self, x: float) -> int:
        return self._line(x.hex(), x)

    def number(self, value: int) -> float | None:
        """Return the number of a value that is a constant."""
        line = self.lines[value - self.given] if value >= self.given else None
        return line if isinstance(line, float) else None

    def operation(self, op: Op, operands: tuple[int, ...]) -> int:
        """Return the value of an operation: an earlier one if possible."""
        if op is IDENTITY or op is DETACH:
            return operands[0]
        numbers = [self.number(x) for x in operands]
        if op in KNOWN and all([x is not None for x in numbers]):
            return self.constant(op.forward(*numbers))
        same = SHORTER.get(op)
        value = same(operands, numbers) if same else None
        if value is not None:
            return value
        return self._line((op, operands), (op, operands))

    def _line(self, key: object, line: float | Instruction) -> int:
        value = self.known.get(key)
        if value is None:
            value = self.known[key] = self.given + len(self.lines)
            self.lines.append(line)
        return value


def _product(operands: tuple[int, ...], numbers: list[float | None]) -> int | None:
    return operands[1] if numbers[0] == 1.0 else operands[0] if numbers[1] == 1.0 else None


def _sum(operands: tuple[int, ...], numbers: list[float | None]) -> int | None:
    return operands[1] if _is_minus_zero(numbers[0]) else operands[0] if _is_minus_zero(numbers[1]) else None


def _difference(operands: tuple[int, ...], numbers: list[float | None]) -> int | None:
    return operands[0] if numbers[1] == 0.0 and not _is_minus_zero(numbers[1]) else None


def _choice(operands: tuple[int, ...], numbers: list[float | None]) -> int | None:
    _, x, y = operands
    if numbers[0] is not None:
        return x if numbers[0] else y
    return x if x == y else None


def _by_one(operands: tuple[int, ...], numbers: list[float | None]) -> int | None:
    return operands[0] if numbers[1] == 1.0 else None


def _is_minus_zero(x: float | None) -> bool:
    return x == 0.0 and math.copysign(1.0, x) < 0.0


SHORTER: dict[Op, Callable[[tuple[int, ...], list[float | None]], int | None]] = {
    MUL: _product, ADD: _sum, SUB: _difference, DIV: _by_one, POW: _by_one, POW_CONSTANT: _by_one, WHERE: _choice,
}  # fmt: skip


def _renumbered(program: Program, lines: list[float | Instruction], new: list[int]) -> Program:
    """Leave out what no output needs, and put constants before operations again."""
    given = program.first_constant
    needed = set()
    waiting = [new[k] for k in program.outputs]
    while waiting:
        k = waiting.pop()
        if k not in needed:
            needed.add(k)
            line = lines[k - given] if k >= given else None
            if isinstance(line, tuple):
                waiting.extend(line[1])
    place = dict(enumerate(range(len(program.names))))
    captured = [x for k, x in enumerate(program.captured, start=len(place)) if k in needed]
    kept = [k for k in range(len(program.names), given) if k in needed]
    kept += [k for k in range(given, given + len(lines)) if k in needed and isinstance(lines[k - given], float)]
    constants = [line for k, line in enumerate(lines, start=given) if k in needed and isinstance(line, float)]
    operations = [k for k in range(given, given + len(lines)) if k in needed and isinstance(lines[k - given], tuple)]
    place.update({k: i for i, k in enumerate([*kept, *operations], start=len(place))})
    code = [(op, tuple([place[x] for x in operands])) for op, operands in (lines[k - given] for k in operations)]  # type: ignore[misc]
    outputs = tuple([place[new[k]] for k in program.outputs])
    return Program(program.names, tuple(captured), tuple(constants), code, outputs)
