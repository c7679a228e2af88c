"""Run a program with NumPy, as `autograd.compile` does without llvmlite.

A value that is the same for every row is a float, computed by its op's `forward`. One that differs by row is an
array, computed by NumPy as the op is spelled for native code, or row by row where NumPy has no function for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import numpy

from autograd import ops
from autograd.compiler.lower.spelling import SPELLINGS, spelled
from autograd.compiler.program.program import Program
from autograd.ops import Op
from autograd.scalars import number


class Replay:
    """A program ready to run, on floats and on columns of arrays.

    `batched` says which arguments differ by row, and `columns` has (array, column) for each of those.

    >>> from autograd.compiler.trace.tracing import traced, unknown
    >>> from autograd.compiler.program.program import program_of
    >>> x, w = unknown("x"), unknown("w")
    >>> program = program_of([traced(lambda x, w: w * x + 1.0, [x, w]), w], [x, w])
    >>> Replay(program, [True, False], [(0, 0)])([3.0], [numpy.array([[1.0], [2.0]])])
    [array([4., 7.]), 3.0]
    """

    def __init__(self, program: Program, batched: Sequence[bool], columns: Sequence[tuple[int, int]]) -> None:
        self.program, self.columns = program, list(columns)
        self.by_row = [k for k, varies in enumerate(batched) if varies]
        self.shared = [k for k in range(program.first_constant) if k not in set(self.by_row)]
        varies = program.varying(batched)
        self.lines = [  # where each result goes, what computes it, and from which values
            (place, over_rows(op) if varies[place] else on_floats(op), operands)
            for place, (op, operands) in enumerate(program.code, start=program.first_operation)
        ]

    def __call__(self, shared: Sequence[float], arrays: Sequence[Any]) -> list[Any]:
        """Return the outputs: a float if it is the same for all rows, else an array with a number for each row.

        `shared` has the arguments that do not differ by row, then the numbers of captured Values.
        """
        values: list[Any] = [None] * self.program.size
        for place, x in zip(self.shared, shared, strict=True):
            values[place] = float(x)
        for place, (which, column) in zip(self.by_row, self.columns, strict=True):
            values[place] = numpy.ascontiguousarray(arrays[which][:, column])
        values[self.program.first_constant : self.program.first_operation] = self.program.constants
        with numpy.errstate(all="ignore"):
            for place, function, operands in self.lines:
                values[place] = function(*[values[x] for x in operands])
        return [values[place] for place in self.program.outputs]


def on_floats(op: Op) -> Callable[..., float]:
    """Return an op's `forward`, whose result is made a float as `autograd.apply` does: the table's own give floats."""
    return op.forward if op in SPELLINGS else lambda *xs: number(op.forward(*xs))


def over_rows(op: Op) -> Callable[..., Any]:
    """Return a function that applies an op to arrays and floats, at least one of them an array."""

    def column(*xs: Any) -> Any:
        result = spelled(op, COLUMNS, *xs)
        if isinstance(result, numpy.ndarray):
            return result
        return numpy.full(numpy.broadcast(*xs).shape, float(result))  # the input that differs by row has no say here

    return column


def row_by_row(op: Op, *xs: Any) -> Any:
    """Call an op's `forward` for each row."""
    columns = [x.tolist() if isinstance(x, numpy.ndarray) else repeat(x) for x in xs]
    return numpy.array([number(op.forward(*row)) for row in zip(*columns, strict=False)], dtype=numpy.float64)


def _power(x: Any, y: Any) -> Any:
    """C's pow: NumPy takes the root for an exponent of 0.5, another number at -0.0 and -inf, if it sees it alone."""
    x, y = numpy.broadcast_arrays(x, y)
    return numpy.power(numpy.ascontiguousarray(x), numpy.ascontiguousarray(y))


# fmt: off
# By their names in LLVM and C; `floor` to `sqrt` have the bits of C's, the rest are within 4 ulp. What is missing here
# is done row by row.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "fabs": numpy.abs, "floor": numpy.floor, "ceil": numpy.ceil, "sqrt": numpy.sqrt,
    "exp": numpy.exp, "expm1": numpy.expm1, "exp2": numpy.exp2, "cbrt": numpy.cbrt,
    "log": numpy.log, "log1p": numpy.log1p, "log2": numpy.log2, "log10": numpy.log10,
    "sin": numpy.sin, "cos": numpy.cos, "tan": numpy.tan, "sinh": numpy.sinh, "cosh": numpy.cosh, "tanh": numpy.tanh,
    "asin": numpy.arcsin, "acos": numpy.arccos, "atan": numpy.arctan, "atan2": numpy.arctan2, "hypot": numpy.hypot,
    "asinh": numpy.arcsinh, "acosh": numpy.arccosh, "atanh": numpy.arctanh, "pow": _power,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "olt": numpy.less, "ole": numpy.less_equal, "oeq": numpy.equal, "oge": numpy.greater_equal, "ogt": numpy.greater,
    "une": numpy.not_equal, "uno": lambda x, y: numpy.isnan(x) | numpy.isnan(y),
    "ugt": lambda x, y: ~numpy.less_equal(x, y), "ueq": lambda x, y: ~(numpy.less(x, y) | numpy.greater(x, y)),
}
# fmt: on


class Columns:
    """What a spelling is written with, as `llvm.body.Body` is, on columns of numbers instead of their names."""

    add, sub, mul, div, neg = numpy.add, numpy.subtract, numpy.multiply, numpy.divide, numpy.negative
    both, either, choose = numpy.logical_and, numpy.logical_or, staticmethod(numpy.where)
    constant, python = float, staticmethod(row_by_row)
    alone = numpy.greater  # of two truths: whether the first holds, and not the second

    def compare(self, how: str, x: Any, y: Any) -> Any:
        """Return the truths of a comparison."""
        return COMPARISONS[how](x, y)

    def number(self, truth: Any) -> Any:
        """Return 1.0 where a truth holds, else 0.0."""
        return numpy.where(truth, 1.0, 0.0)

    def call(self, name: str, *operands: Any) -> Any:
        """Call a function by its name in C."""
        return FUNCTIONS[name](*operands) if name in FUNCTIONS else row_by_row(getattr(ops, name.upper()), *operands)

    intrinsic = call

    def rarely(self, truth: Any, usual: Any, otherwise: Callable[[], Any]) -> Any:
        """Return `usual`, but the result of `otherwise` where a truth holds, called only if there is one."""
        return numpy.where(truth, otherwise(), usual) if numpy.any(truth) else usual


COLUMNS = Columns()
