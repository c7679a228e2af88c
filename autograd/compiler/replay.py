"""Run a program with NumPy: what `autograd.compile` does where there is no llvmlite.

A value that is the same for every row is a float, computed by its op's `forward`. One that differs by row is an
array, computed by NumPy, or row by row where NumPy has no function for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import repeat
from operator import add, mul
from typing import Any, NamedTuple

import numpy

from autograd import ops
from autograd.compiler.program import Program
from autograd.floats import elementary
from autograd.floats.elementary import SELU_ALPHA, SELU_SCALE
from autograd.ops import Op
from autograd.scalars import number


class Line(NamedTuple):
    """One operation: where its result goes, what computes it, and from which values."""

    place: int
    function: Callable[..., Any]
    operands: tuple[int, ...]


class Replay:
    """A program ready to run, on floats and on columns of arrays.

    `batched` says which arguments differ by row, and `columns` has (array, column) for each of those.

    >>> from autograd.compiler.tracing import traced, unknown
    >>> from autograd.compiler.program import program_of
    >>> x, w = unknown("x"), unknown("w")
    >>> program = program_of([traced(lambda x, w: w * x + 1.0, [x, w]), w], [x, w])
    >>> Replay(program, [True, False], [(0, 0)])([3.0], [numpy.array([[1.0], [2.0]])])
    [array([4., 7.]), 3.0]
    """

    def __init__(self, program: Program, batched: Sequence[bool], columns: Sequence[tuple[int, int]]) -> None:
        self.program, self.columns = program, list(columns)
        self.by_row = [k for k, varies in enumerate(batched) if varies]
        self.shared = [k for k in range(program.first_constant) if k not in set(self.by_row)]
        varies = [k < len(batched) and batched[k] for k in range(program.first_operation)]
        self.lines: list[Line] = []
        for place, (op, operands) in enumerate(program.code, start=program.first_operation):
            varies.append(any([varies[x] for x in operands]))
            self.lines.append(Line(place, over_rows(op) if varies[place] else on_floats(op), operands))

    def __call__(self, shared: Sequence[float], arrays: Sequence[Any]) -> list[Any]:
        """Return the outputs: a float for what no row changes, else an array with a number for each row.

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
    """Return an op's `forward`, whose result is made a float as `autograd.apply` does."""
    return op.forward if op in FLOATS else lambda *xs: number(op.forward(*xs))


def over_rows(op: Op) -> Callable[..., Any]:
    """Return a function that applies an op to arrays and floats, at least one of them an array."""
    return NUMPY.get(op) or row_by_row(op)


def row_by_row(op: Op) -> Callable[..., Any]:
    """Return a function that calls an op's `forward` for each row."""

    def function(*xs: Any) -> Any:
        columns = [x.tolist() if isinstance(x, numpy.ndarray) else repeat(x) for x in xs]
        return numpy.array([number(op.forward(*row)) for row in zip(*columns, strict=False)], dtype=numpy.float64)

    return function


def _comparison(holds: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda x, y: holds(x, y).astype(numpy.float64)


def _inside(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that is NaN outside of its domain, whatever NumPy's C library answers there."""
    low, high = elementary.DOMAINS[name]
    return lambda x: numpy.where((x >= low) & (x <= high), function(x), math.nan)


def _power(x: Any, y: Any) -> Any:
    """C's pow: NumPy takes the root for an exponent of 0.5, another number at -0.0 and -inf, if it sees it alone."""
    x, y = numpy.broadcast_arrays(x, y)
    return numpy.power(numpy.ascontiguousarray(x), numpy.ascontiguousarray(y))


def _sign(x: Any) -> Any:
    return numpy.where(x > 0.0, 1.0, numpy.where(x < 0.0, -1.0, x + 0.0))


def _step(x: Any) -> Any:
    return numpy.where(x != x, x, numpy.where(x > 0.0, 1.0, 0.0))


def _where(condition: Any, x: Any, y: Any) -> Any:
    return numpy.where(condition != 0.0, x, y)


def _largest(*xs: Any) -> Any:
    return _extreme(numpy.greater, xs)


def _smallest(*xs: Any) -> Any:
    return _extreme(numpy.less, xs)


def _extreme(better: Callable[[Any, Any], Any], xs: tuple[Any, ...]) -> Any:
    """Return the first of the best, as Python's max and min do, and NaN where there is one."""
    best, unknown = xs[0], numpy.isnan(xs[0])
    for x in xs[1:]:
        best, unknown = numpy.where(better(x, best), x, best), unknown | numpy.isnan(x)
    return numpy.where(unknown, math.nan, best)


def _clip(x: Any, low: Any, high: Any) -> Any:
    return _smallest(_largest(x, low), high)


def _relu(x: Any) -> Any:
    return numpy.where((x > 0.0) | (x != x), x, 0.0)


def _leaky_relu(x: Any, slope: Any) -> Any:
    return numpy.where(x > 0.0, x, slope * x)


def _elu(x: Any, alpha: Any) -> Any:
    return numpy.where(x > 0.0, x, alpha * numpy.expm1(x))


def _sigmoid(x: Any) -> Any:
    z = numpy.exp(-abs(x))
    return numpy.where(x >= 0.0, 1.0, z) / (1.0 + z)


def _softplus(x: Any) -> Any:
    log = numpy.log1p(numpy.exp(numpy.where(x > 0.0, -x, x)))
    return numpy.where(x > 0.0, x + log, log)


def _silu(x: Any) -> Any:
    usual, rare = x * _sigmoid(x), x < -700.0  # where exp is subnormal
    if rare.any():
        usual[rare] = row_by_row(ops.SILU)(x[rare])
    return usual


def _mish(x: Any) -> Any:
    z = numpy.exp(x)
    z = z * (z + 2.0)
    return numpy.where(abs(x) > 40.0, _silu(x), x * (z / (z + 2.0)))


def _dot(*xs: Any) -> Any:
    n = len(xs) // 2
    return reduce(add, map(mul, xs[:n], xs[n:-1]), xs[-1])


# fmt: off
# A column of NumPy functions beside the table of ops: + - * / sqrt and what chooses have the bits of `forward`, the
# rest are within 4 ulp. What is missing here, and an op of your own, is done row by row.
NUMPY: dict[Op, Callable[..., Any]] = {
    ops.ADD: numpy.add, ops.SUB: numpy.subtract, ops.MUL: numpy.multiply, ops.DIV: numpy.divide,
    ops.NEG: numpy.negative, ops.SQUARE: lambda x: x * x, ops.RECIPROCAL: lambda x: 1.0 / x,
    ops.POW: _power, ops.POW_CONSTANT: _power,
    ops.ABS: numpy.abs, ops.SIGN: _sign, ops.STEP: _step, ops.FLOOR: numpy.floor, ops.CEIL: numpy.ceil,
    ops.WHERE: _where, ops.MAXIMUM: _largest, ops.MINIMUM: _smallest, ops.CLIP: _clip,
    ops.DETACH: lambda x: x, ops.IDENTITY: lambda x: x,
    ops.EXP: numpy.exp, ops.EXPM1: numpy.expm1, ops.EXP2: numpy.exp2,
    ops.LOG: numpy.log, ops.LOG2: numpy.log2, ops.LOG10: numpy.log10,
    ops.LOG1P: _inside("log1p", numpy.log1p), ops.ASIN: _inside("asin", numpy.arcsin),
    ops.ACOS: _inside("acos", numpy.arccos), ops.ACOSH: _inside("acosh", numpy.arccosh),
    ops.ATANH: _inside("atanh", numpy.arctanh),
    ops.SQRT: numpy.sqrt, ops.CBRT: numpy.cbrt,
    ops.SIN: numpy.sin, ops.COS: numpy.cos, ops.TAN: numpy.tan,
    ops.ATAN: numpy.arctan, ops.ATAN2: numpy.arctan2, ops.HYPOT: numpy.hypot,
    ops.SINH: numpy.sinh, ops.COSH: numpy.cosh, ops.TANH: numpy.tanh, ops.ASINH: numpy.arcsinh,
    ops.RELU: _relu, ops.LEAKY_RELU: _leaky_relu,
    ops.ELU: _elu, ops.SELU: lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    ops.SILU: _silu, ops.SOFTPLUS: _softplus, ops.MISH: _mish,
    ops.SIGMOID: _sigmoid, ops.LOG_SIGMOID: lambda x: -_softplus(-x), ops.HARDTANH: lambda x: _clip(x, -1.0, 1.0),
    ops.SUM: lambda *xs: reduce(add, xs, 0.0), ops.PROD: lambda *xs: reduce(mul, xs, 1.0),
    ops.MAX: _largest, ops.MIN: _smallest, ops.DOT: _dot,
    ops.LESS: _comparison(numpy.less), ops.LESS_EQUAL: _comparison(numpy.less_equal),
    ops.EQUAL: _comparison(numpy.equal), ops.NOT_EQUAL: _comparison(numpy.not_equal),
}
# fmt: on
FLOATS = frozenset([*ops.OPS, *ops.COMPARISONS])  # whose `forward` returns floats
