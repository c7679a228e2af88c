"""One recorded call for the compiler: its program, and how arguments and results are nested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from autograd.compiler.program.program import Program, program_of
from autograd.compiler.program.simplify import simplified
from autograd.compiler.trace.tracing import forget, traced, unknown
from autograd.compiler.trace.truths import truths
from autograd.transforms.recording import depends_on_others
from autograd.transforms.structures import Structure, flatten, flatten_result
from autograd.value import Value


class InTransform(Exception):
    """What f returns depends on the inputs of a transform that another thread has begun."""


class RecordedCall(NamedTuple):
    """A recorded call: its program, and how arguments and results are nested."""

    program: Program
    results: Structure
    batched: list[bool]  # whether each number of the arguments differs by row
    columns: list[tuple[int, int]]  # (array, column) of each that does
    by_row: list[bool]  # whether each leaf of the arguments, a number or an array, has rows
    truths: list[bool]  # whether each output is a truth: in a program they are numbers like others


def recorded(f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None]) -> RecordedCall:
    """Call f on Values that are not known yet, in the structure of arguments or of their rows."""
    name = getattr(f, "__name__", repr(f))
    values: list[Value] = []
    call: list[tuple[Structure, list[Value]]] = []
    batched: list[bool] = []
    by_row: list[bool] = []
    columns: list[tuple[int, int]] = []
    for x, axis in zip(args, axes, strict=True):
        if axis is not None:
            row_shape = numpy.shape(x)[1:]
            x = numpy.zeros(row_shape) if row_shape else 0.0
        numbers, structure = flatten(x, f"an argument of {name}")
        new = [unknown() for _ in numbers]
        if axis is not None:
            array = sum(by_row)
            columns += [(array, column) for column in range(len(new))]
        by_row += [axis is not None] * len(structure.shapes)
        batched += [axis is not None] * len(new)
        values += new
        call.append((structure, new))
    nodes = list(values)
    try:
        result = traced(lambda: f(*[structure.unflatten(new) for structure, new in call]), [], nodes=nodes)
        truth = truths(result)
        outputs, results = flatten_result(result, name)
        if depends_on_others([x for x in outputs if isinstance(x, Value)]):
            raise InTransform
        return RecordedCall(simplified(program_of(outputs, values)), results, batched, columns, by_row, truth)
    finally:
        forget(nodes)
