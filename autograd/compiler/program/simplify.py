"""Make a program shorter without changing a bit of its results: constants, repeats, dead code."""

from __future__ import annotations

from autograd.compiler.program.program import Instruction, Program
from autograd.graph import reached
from autograd.ops import ADD, DETACH, DIV, IDENTITY, MUL, OPS, POW, POW_CONSTANT, SUB, WHERE, Op

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
    given = program.first_constant
    folding = _Folding(given)
    new = [*range(given), *[folding.constant(x) for x in program.constants]]
    for op, operands in program.code:
        new.append(folding.operation(op, tuple([new[x] for x in operands])))
    return folding.renumbered(program, [new[k] for k in program.outputs])


class _Folding:
    """Values by new number: what is given keeps its number; constants and operations come behind, mixed, each once."""

    def __init__(self, given: int) -> None:
        self.given = given
        self.numbers: dict[object, int] = {}  # by the digits of a constant, or by an operation
        self.constants: dict[int, float] = {}
        self.operations: dict[int, Instruction] = {}

    def number(self, line: object) -> int:
        """Return the number of a line: a new one, unless there is one like it."""
        return self.numbers.setdefault(line, self.given + len(self.numbers))

    def constant(self, x: float) -> int:
        """Return the value of a constant."""
        value = self.number(x.hex())
        self.constants.setdefault(value, x)
        return value

    def operation(self, op: Op, operands: tuple[int, ...]) -> int:
        """Return the value of an operation: an earlier one if possible."""
        if op is IDENTITY or op is DETACH:
            return operands[0]
        constants = self.constants
        if op in KNOWN and all([x in constants for x in operands]):
            return self.constant(op.forward(*[constants[x] for x in operands]))
        if op is WHERE and (operands[0] in constants or operands[1] == operands[2]):
            return operands[1] if constants.get(operands[0], 1.0) else operands[2]
        neutral = self.numbers.get(NEUTRAL.get(op))
        if neutral is not None and operands[1] == neutral:
            return operands[0]
        if neutral is not None and operands[0] == neutral and op in (MUL, ADD):
            return operands[1]
        value = self.number((op, operands))
        self.operations[value] = op, operands
        return value

    def renumbered(self, program: Program, outputs: list[int]) -> Program:
        """Return a program without unneeded operations, its constants before its operations again."""
        needed = reached(outputs, {k: operands for k, (_, operands) in self.operations.items()})
        captured = {k: x for k, x in enumerate(program.captured, start=len(program.names)) if k in needed}
        constants = {k: x for k, x in self.constants.items() if k in needed}
        kept = {k: line for k, line in self.operations.items() if k in needed}
        order = [*range(len(program.names)), *captured, *constants, *kept]
        place = {k: new for new, k in enumerate(order)}
        code = [(op, tuple([place[x] for x in operands])) for op, operands in kept.values()]
        return Program(
            program.names, tuple(captured.values()), tuple(constants.values()), code, tuple([place[k] for k in outputs])
        )
