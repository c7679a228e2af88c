"""Recorded graphs, for messages and for finding faults: operations in words, and how they move with the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.output.printing import shown
from autograd.reverse import partials_of
from autograd.scalars import number_in
from autograd.transforms.recording import Recording
from autograd.value import Value

SHOWN = 4  # operands of an operation


def tangents(recording: Recording, towards: Sequence[float]) -> dict[Value, float]:
    """Return the derivative of every node as the inputs move in a direction."""
    moves = dict(zip(recording.inputs, towards, strict=True))
    for node in recording.operations:
        terms = zip(node.inputs, partials_of(node), strict=True)
        moves[node] = sum([moves[x] * y for x, y in terms if isinstance(x, Value) and moves.get(x) and y is not False])
    return moves


def described(node: Value, names: Mapping[Value, str]) -> str:
    """Return an operation with its operands and its result, such as mul(x = 3.0, 2.0) = 6.0."""
    operands = [named(x, names) for x in node.inputs[:SHOWN]]
    if len(node.inputs) > SHOWN:
        operands.append(f"and {len(node.inputs) - SHOWN} more")
    label = f" labelled {node.label!r}" if node.label else ""
    return f"{shown(node.op.name) if node.op else 'a leaf'}({', '.join(operands)}) = {node.data!r}{label}"


def named(x: Value | float, names: Mapping[Value, str]) -> str:
    """Return an operand, with its name if it has one."""
    name = (names.get(x) or x.label) if isinstance(x, Value) else ""
    return f"{shown(name)} = {number_in(x)!r}" if name else repr(number_in(x))
