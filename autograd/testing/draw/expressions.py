"""Expression: a function as a short list of operations, which prints itself as Python."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from inspect import Parameter, Signature
from typing import Any, NamedTuple

from autograd import functions, ops
from autograd.ops import Op
from autograd.testing.draw.domains import DOMAINS
from autograd.value import apply

WIDE = 100  # characters of a line
LONG = 60  # characters of a part that gets a name even if it is used once
OPERATORS = {  # how tightly each binds
    ops.ADD: (1, "+"), ops.SUB: (1, "-"), ops.MUL: (2, "*"), ops.DIV: (2, "/"), ops.NEG: (3, "-"),
    ops.POW: (4, "**"), ops.POW_CONSTANT: (4, "**"),
}  # fmt: skip
TIGHT = 5  # a name, a call, a positive number


class Step(NamedTuple):
    """One operation: an op, and for each input the place of a number (an int) or a constant (a float)."""

    op: Op
    operands: tuple[int | float, ...]


class Expression:
    """A function of a few numbers, floats or Values, with floats to call it at: `f(*f.inputs)`.

    Places count the inputs first and then the steps; the result is that of the last step. The repr is
    Python that gives the same function, with the inputs as defaults. An Op of your own is called there by its name.

    >>> f = Expression((3.0, 0.5), (Step(ops.SIN, (0,)), Step(ops.MUL, (2, 1)), Step(ops.ADD, (3, 2))))
    >>> f
    lambda x=3.0, y=0.5: (t1 := autograd.sin(x)) * y + t1
    >>> f(0.0, 1.0)
    0.0
    """

    def __init__(self, inputs: Iterable[float], steps: Iterable[Step]) -> None:
        self.inputs = tuple(inputs)
        self.steps = tuple(steps)

    @property
    def ops(self) -> tuple[Op, ...]:
        """The op of every step, in the order of evaluation."""
        return tuple([step.op for step in self.steps])

    @property
    def names(self) -> list[str]:
        """What the inputs are called."""
        count = len(self.inputs)
        return ["x", "y", "z"][:count] if count <= 3 else [f"x{k + 1}" for k in range(count)]

    @property
    def __signature__(self) -> Signature:
        return Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in self.names])

    def __call__(self, *inputs: Any) -> Any:
        """Return the result for as many numbers as there are inputs; a Value if one of them is a Value."""
        if len(inputs) != len(self.inputs):
            raise TypeError(f"expected {len(self.inputs)} inputs, got {len(inputs)}")
        numbers = [*inputs]
        for op, operands in self.steps:
            numbers.append(apply(op, *[numbers[k] if type(k) is int else k for k in operands]))
        return numbers[-1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and (self.inputs, self.steps) == (other.inputs, other.steps)

    def __hash__(self) -> int:
        return hash((self.inputs, self.steps))

    def __repr__(self) -> str:
        given = ", ".join([f"{name}={x!r}" for name, x in zip(self.names, self.inputs, strict=True)])
        return f"lambda {given}: {_body(self)}"


def pruned(inputs: Sequence[float], steps: Sequence[Step]) -> Expression:
    """Return the Expression of the last step, without the steps that it does not need."""
    first = len(inputs)
    needed = {first + len(steps) - 1}
    for place in reversed(range(first, first + len(steps))):
        if place in needed:
            needed.update([k for k in steps[place - first].operands if type(k) is int])
    kept = [place for place in range(first, first + len(steps)) if place in needed]
    moved = {old: new for new, old in enumerate([*range(first), *kept])}
    return Expression(
        inputs,
        [
            Step(op, tuple([moved[k] if type(k) is int else k for k in operands]))
            for op, operands in [steps[place - first] for place in kept]
        ],
    )


def _body(f: Expression) -> str:
    """Return the result as Python; a step that is used again is named where it is first met.

    Each step is a text and how tightly it binds. The texts that get a name and would
    nest too deep stand in a tuple before the result, in the order of evaluation.
    """
    uses = Counter(k for step in f.steps for k in step.operands if type(k) is int)
    texts: list[tuple[str, int]] = [(name, TIGHT) for name in f.names]
    before: list[str] = []
    last = len(f.inputs) + len(f.steps) - 1
    for place, (op, operands) in enumerate(f.steps, start=len(f.inputs)):
        text, binding = _written(op, [texts[k] if type(k) is int else _constant(k) for k in operands])
        if place < last and (uses[place] > 1 or len(text) > LONG):
            name = f"t{len(before) + 1}"
            before.append(f"{name} := {text}")
            text, binding = name, TIGHT
        texts.append((text, binding))
    result = texts[-1][0]
    if not before:
        return result
    if len(before) == 1 and (inlined := _inlined(before[0], result)):
        return inlined
    line = f"({', '.join([*before, result])})[-1]"
    if len(line) <= WIDE:
        return line
    return "(\n" + "".join([f"    {text},\n" for text in [*before, result]]) + ")[-1]"


def _inlined(definition: str, result: str) -> str:
    """Return a result with its only name defined where it is first met, which is where it is evaluated first."""
    line = re.sub(r"\bt1\b", f"({definition})", result, count=1)
    return line if len(line) <= WIDE - 20 else ""


def _constant(x: float) -> tuple[str, int]:
    return repr(x), TIGHT if repr(x)[0] != "-" else 3


def _written(op: Op, operands: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Return an operation on texts as a text, and how tightly it binds."""
    if op in OPERATORS:
        binding, sign = OPERATORS[op]
        if len(operands) == 1:
            return f"{sign}{_bound(operands[0], binding)}", binding
        left, right = operands
        if sign == "**":  # -x ** -y is -(x ** (-y))
            return f"{_bound(left, TIGHT)} ** {_bound(right, 3)}", binding
        return f"{_bound(left, binding)} {sign} {_bound(right, binding + 1)}", binding
    given = [text for text, _ in operands]
    if op is ops.DOT:
        n = len(given) // 2
        return f"autograd.dot([{', '.join(given[:n])}], [{', '.join(given[n:-1])}], {given[-1]})", TIGHT
    if op in DOMAINS and DOMAINS[op].counts:
        return f"autograd.{op.name}([{', '.join(given)}])", TIGHT
    if op is ops.POLYGAMMA:  # its order is a whole number
        given[0] = given[0].removesuffix(".0")
    name = op.name
    if getattr(ops, name.upper(), None) is op:  # a row of the table
        name = f"autograd.{name}" if hasattr(functions, name) else f"autograd.ops.{name.upper()}"
    return f"{name}({', '.join(given)})", TIGHT


def _bound(operand: tuple[str, int], binding: int) -> str:
    """Return a text that binds tightly enough for its place: in brackets if it would not."""
    text, own = operand
    return text if own >= binding else f"({text})"
