"""How each operation is written in a picture: drawing's column of the table."""

from __future__ import annotations

from autograd import ops
from autograd.ops import Op
from autograd.output.printing import shown

LONGEST = 16

# Where a sign says it; every other row of the table is written by its name.
SIGNS = {
    ops.ADD: "+", ops.SUB: "−", ops.MUL: "×", ops.DIV: "÷", ops.NEG: "−", ops.POW: "**", ops.POW_CONSTANT: "**",  # noqa: RUF001
    ops.SQUARE: "x²", ops.RECIPROCAL: "1/x", ops.ABS: "|x|", ops.SQRT: "√", ops.SUM: "Σ", ops.PROD: "Π",
}  # fmt: skip
SYMBOLS = {op: SIGNS.get(op, op.name) for op in ops.OPS}


def symbol(op: Op) -> str:
    """Return the sign or the name of an operation; one of the user's own has its name.

    >>> symbol(ops.ADD), symbol(ops.TANH)
    ('+', 'tanh')
    """
    return SYMBOLS.get(op) or shown(op.name, LONGEST)
