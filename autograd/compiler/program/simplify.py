"""Make a program shorter without changing a bit of its results: constants, repeats, dead code."""

from __future__ import annotations

from itertools import chain, count

from autograd.compiler.program.program import Code, Program
from autograd.graph import reached
from autograd.ops import (
    ADD,
    DETACH,
    DIRECTION,
    DIV,
    IDENTITY,
    LOG_SHARE,
    MUL,
    OPS,
    POW,
    POW_CONSTANT,
    SHARE,
    SUB,
    WHERE,
    Op,
)

KNOWN = frozenset(OPS)

# The number, by its digits, that changes nothing on the right, and for MUL and ADD on the left too.
NEUTRAL: dict[Op, str] = {
    op: x.hex() for op, x in ((MUL, 1.0), (ADD, -0.0), (SUB, 0.0), (DIV, 1.0), (POW, 1.0), (POW_CONSTANT, 1.0))
}


def simplified(program: Program) -> Program:
    """Return a program with the same results, to the last bit.

    Operations on constants are done now, a repeated operation is done once, and an operation that no output needs
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
    folding = _Folding(program.first_constant)
    new = [*range(program.first_constant), *[folding.constant(x) for x in program.constants]]
    number, constants, add = new.__getitem__, folding.constants.keys(), new.append
    for op, operands in program.code:
        found = tuple(map(number, operands))
        if op is DIRECTION or op is SHARE or op is LOG_SHARE:  # their other inputs are for their derivatives
            op, found = SUB if op is LOG_SHARE else DIV, (found[0], found[-1])
        plain = constants.isdisjoint(found) and op is not WHERE and op is not IDENTITY and op is not DETACH
        add(folding.repeated(op, found) if plain else folding.operation(op, found))
    return folding.renumbered(program, [new[k] for k in program.outputs])


class _Folding:
    """Values by new number: what is given keeps its number; constants and operations come behind, mixed, each once."""

    def __init__(self, given: int) -> None:
        self.given = given
        self.numbers: dict[object, int] = {}  # by the digits of a constant, or by an operation
        self.constants: dict[int, float] = {}
        self.operations: dict[int, tuple[int, ...]] = {}  # the operands, by value, and the op
        self.ops: dict[int, Op] = {}
        self.known: dict[int, Op] = {}  # by identity, of each op the first like it: to hash an op takes long
        self.alike: dict[Op, Op] = {}

    def constant(self, x: float) -> int:
        """Return the value of a constant."""
        value = self.numbers.setdefault(x.hex(), self.given + len(self.numbers))
        self.constants.setdefault(value, x)
        return value

    def repeated(self, op: Op, operands: tuple[int, ...]) -> int:
        """Return the value of an operation: an earlier one like it, or a new one."""
        known = self.known.get(id(op)) or self.known.setdefault(id(op), self.alike.setdefault(op, op))
        new = self.given + len(self.numbers)
        value = self.numbers.setdefault((id(known), operands), new)
        if value == new:
            self.operations[value], self.ops[value] = operands, known
        return value

    def operation(self, op: Op, operands: tuple[int, ...]) -> int:
        """Return the value of an operation, perhaps on constants: what it is without them if possible."""
        if op is IDENTITY or op is DETACH:
            return operands[0]
        constants = self.constants
        if op in KNOWN and all([x in constants for x in operands]):
            return self.constant(op.forward(*[constants[x] for x in operands]))
        if op is WHERE and (operands[0] in constants or operands[1] == operands[2]):
            return operands[1] if constants.get(operands[0], 1.0) else operands[2]
        if (op is POW or op is POW_CONSTANT) and constants.get(operands[1]) == 0.0:
            return self.constant(1.0)  # of NaN and infinity too
        neutral = self.numbers.get(NEUTRAL.get(op))
        if neutral is not None and operands[1] == neutral:
            return operands[0]
        if neutral is not None and operands[0] == neutral and op in (MUL, ADD):
            return operands[1]
        return self.repeated(op, operands)

    def renumbered(self, program: Program, outputs: list[int]) -> Program:
        """Return a program without unneeded operations, its constants before its operations again."""
        needed = reached(outputs, self.operations)
        names = range(len(program.names))
        captured = {k: x for k, x in enumerate(program.captured, start=len(names)) if k in needed}
        constants = {k: x for k, x in self.constants.items() if k in needed}
        kept = [k for k in self.operations if k in needed]
        number = dict(zip(chain(names, captured, constants, kept), count())).__getitem__
        code = Code([self.ops[k] for k in kept], [tuple(map(number, self.operations[k])) for k in kept])
        given = program.names, tuple(captured.values()), tuple(constants.values())
        return Program(*given, code, tuple(map(number, outputs)))
