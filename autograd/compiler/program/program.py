"""A recorded graph as a flat program: numbered values, each made by one operation from earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd.graph import order_of
from autograd.ops import Op
from autograd.output.printing import shown
from autograd.value import Value

Instruction = tuple[Op, tuple[int, ...]]


class Program(NamedTuple):
    """Operations on numbered values: first the arguments, then captured Values, then constants, then one per line.

    >>> from autograd.compiler.trace.tracing import traced, unknown
    >>> x = unknown("x")
    >>> print(program_of([traced(lambda x: x * x + 2.0, [x])], [x]))
    v0 = x
    v1 = 2.0
    v2 = mul v0 v0
    v3 = add v2 v1
    return v3
    """

    names: tuple[str, ...]  # of the arguments
    captured: tuple[Value, ...]
    constants: tuple[float, ...]
    code: list[Instruction]
    outputs: tuple[int, ...]

    @property
    def first_constant(self) -> int:
        """The number of the first constant."""
        return len(self.names) + len(self.captured)

    @property
    def first_operation(self) -> int:
        """The number of the first value that is computed."""
        return self.first_constant + len(self.constants)

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.first_operation + len(self.code)

    def varying(self, given: Sequence[bool]) -> list[bool]:
        """Return whether each value depends on a given one that varies; given ones that are not named do not."""
        found = [*given, *[False] * (self.first_operation - len(given))]
        for _, operands in self.code:
            found.append(any([found[x] for x in operands]))
        return found

    def same_as(self, other: Program) -> bool:
        """Return whether another program does the same operations on the same Values and constants, to the bit."""
        mine, theirs = [
            (p.names, [id(x) for x in p.captured], [x.hex() for x in p.constants], p.code, p.outputs)
            for p in (self, other)
        ]
        return mine == theirs

    def __str__(self) -> str:
        names = [*self.names, *[f"captured {x.label or k}" for k, x in enumerate(self.captured)]]
        given = [*map(shown, names), *self.constants]
        lines = [f"v{k} = {x}" for k, x in enumerate(given)]
        for k, (op, operands) in enumerate(self.code, start=len(given)):
            lines.append(f"v{k} = {shown(op.name)} {' '.join([f'v{x}' for x in operands])}")
        return "\n".join([*lines, f"return {' '.join([f'v{k}' for k in self.outputs])}"])


def program_of(outputs: Sequence[Any], arguments: Sequence[Value]) -> Program:
    """Return the program that computes outputs, Values or floats, from arguments.

    Other Values that no operation made are captured: their numbers are read at each call.
    """
    known = {id(x) for x in arguments}
    nodes = order_of([x for x in outputs if isinstance(x, Value)], known)
    captured = [x for x in nodes if x.op is None and id(x) not in known]
    made = [(id(node), node.op, node.inputs) for node in nodes if node.op is not None and id(node) not in known]
    constants: dict[str, float] = {}
    for x in [*chain.from_iterable([inputs for *_, inputs in made]), *outputs]:
        if not isinstance(x, Value):
            constants.setdefault(float(x).hex(), float(x))
    first = [*[id(x) for x in [*arguments, *captured]], *constants]
    numbers: dict[Any, int] = {key: k for k, key in enumerate([*first, *[key for key, *_ in made]])}

    def number(x: Any) -> int:
        return numbers[id(x) if isinstance(x, Value) else float(x).hex()]

    code = [(op, tuple([number(x) for x in inputs])) for _, op, inputs in made]
    found = [number(x) for x in outputs]
    names = [x.label or f"x{k}" for k, x in enumerate(arguments)]
    return Program(tuple(names), tuple(captured), tuple(constants.values()), code, tuple(found))
