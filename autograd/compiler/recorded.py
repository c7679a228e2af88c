"""One recorded call for the compiler: its program, and how arguments and results are nested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from autograd.compiler.program import Program, program_of
from autograd.compiler.simplify import simplified
from autograd.compiler.tracing import forget, traced, unknown
from autograd.transforms.recording import depends_on_others
from autograd.transforms.structures import Structure, flatten, flatten_result
from autograd.value import Value


class InTransform(Exception):
    """What f returns depends on the inputs of a transform that another thread has begun."""


class Recording(NamedTuple):
    """A recorded call: its program, and how arguments and results are nested."""

    program: Program
    results: Structure
    batched: list[bool]  # whether each number of the arguments differs by row
    columns: list[tuple[int, int]]  # (array, column) of each that does
    by_row: list[bool]  # whether each leaf of the arguments, a number or an array, has rows

    def varies(self) -> list[bool]:
        """Return whether each output differs by row."""
        program = self.program
        found = [*self.batched, *[False] * (program.first_operation - len(self.batched))]
        for _, operands in program.code:
            found.append(any([found[x] for x in operands]))
        return [found[k] for k in program.outputs]


def recorded(f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None]) -> Recording:
    """Call f on Values that are not known yet, in the structure of arguments or of their rows."""
    name = getattr(f, "__name__", repr(f))
    values: list[Value] = []
    call = []
    batched: list[bool] = []
    by_row: list[bool] = []
    columns: list[tuple[int, int]] = []
    for x, axis in zip(args, axes, strict=True):
        if axis is not None:
            row_shape = numpy.shape(x)[1:]
            x = numpy.zeros(row_shape) if row_shape else 0.0
        numbers, structure = flatten(x, f"an argument of {name}")
        new = [unknown(f"x{len(values) + k}") for k in range(len(numbers))]
        if axis is not None:
            columns += [(sum(by_row), column) for column in range(len(new))]
        by_row += [axis is not None] * len(structure.shapes)
        batched += [axis is not None] * len(new)
        values += new
        call.append(traced(structure.unflatten, [new]))
    nodes = list(values)
    try:
        outputs, results = flatten_result(traced(f, call, nodes=nodes), name)
        if depends_on_others([x for x in outputs if isinstance(x, Value)]):
            raise InTransform
        return Recording(simplified(program_of(outputs, values)), results, batched, columns, by_row)
    finally:
        forget(nodes)
