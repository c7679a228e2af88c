"""A recorded graph as a flat program: numbered values, each made by one operation from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count
from operator import attrgetter
from typing import Any, NamedTuple

from autograd.graph import order_of
from autograd.ops import IDENTITY, Op
from autograd.output.printing import shown
from autograd.value import Value

Instruction = tuple[Op, tuple[int, ...]]


class Code(Sequence[Instruction]):
    """Operations in order: a pair of op and operands for each, in two lists.

    Python's collector walks what holds ops over and over while millions are made, and leaves tuples of ints alone.
    """

    def __init__(self, ops: Sequence[Op], operands: Sequence[tuple[int, ...]]) -> None:
        self.ops, self.operands = ops, operands

    def __len__(self) -> int:
        return len(self.ops)

    def __getitem__(self, k: Any) -> Any:
        return (self.ops[k], self.operands[k]) if isinstance(k, int) else Code(self.ops[k], self.operands[k])

    def __iter__(self) -> Iterator[Instruction]:
        return zip(self.ops, self.operands, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


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
    code: Sequence[Instruction]
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
        varies, add = found.__getitem__, found.append
        for _, operands in self.code:
            add(any(map(varies, operands)))
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

    Other Values that no operation made are captured: their numbers are read at each call. An identity is what it is of.
    """
    numbers = {id(x): k for k, x in enumerate(arguments)}
    results = [x if isinstance(x, Value) else float(x) for x in outputs]
    below = order_of([x for x in results if isinstance(x, Value)], numbers)
    nodes = [x for x in below if id(x) not in numbers]
    made: list[Any] = [x for x in nodes if x.op is not None and x.op is not IDENTITY]
    others: list[Any] = [x for x in nodes if x.op is None or x.op is IDENTITY] if len(made) < len(nodes) else []
    captured = [x for x in others if x.op is None]
    # A float is looked up as a Value is, by its identity; floats of the same digits have one number.
    floats = {id(x): x for x in chain.from_iterable(map(_inputs, made)) if type(x) is float}
    floats |= {id(x): x for x in results if type(x) is float}
    constants: dict[str, float] = {}
    for x in floats.values():
        constants.setdefault(x.hex(), x)
    first = len(arguments) + len(captured)
    places = dict(zip(constants, count(first)))
    numbers |= zip(map(id, captured), count(len(arguments)))
    numbers |= {key: places[x.hex()] for key, x in floats.items()}
    numbers |= zip(map(id, made), count(first + len(constants)))
    for x in others:
        if x.op is IDENTITY:
            numbers[id(x)] = numbers[id(x.inputs[0])]
    number = numbers.__getitem__
    code = Code([x.op for x in made], [tuple(map(number, map(id, inputs))) for inputs in map(_inputs, made)])
    names = [x.label or f"x{k}" for k, x in enumerate(arguments)]
    return Program(tuple(names), tuple(captured), tuple(constants.values()), code, tuple(map(number, map(id, results))))


_inputs = attrgetter("inputs")
