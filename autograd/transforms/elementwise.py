"""NumPy's functions of one or more numbers, by name, computed as this library does on floats and Values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial
from math import inf, log, pi
from typing import Any

from autograd import functions as own
from autograd import modes, ops
from autograd.value import Value, apply, plain

LN2 = log(2.0)
FROM_HERE_WHOLE = 2.0**52  # larger doubles have no fraction


def _power(x: Any, y: Any) -> Any:
    return apply(ops.POW if isinstance(y, Value) else ops.POW_CONSTANT, x, y)


def _logaddexp2(x: Any, y: Any) -> Any:
    return apply(ops.LOGSUMEXP, apply(ops.MUL, x, LN2), apply(ops.MUL, y, LN2)) / LN2


def _round(x: Any) -> Any:
    """Round to the nearest whole number, halves to even: adding 2**52 leaves no room for a fraction."""
    x = apply(ops.DETACH, x)
    shift = own.where(x < 0.0, -FROM_HERE_WHOLE, FROM_HERE_WHOLE)
    return own.where(own.abs(x) < FROM_HERE_WHOLE, (x + shift) - shift, x)


def _truncate(x: Any) -> Any:
    return own.where(x < 0.0, own.ceil(x), own.floor(x))


def _step_with(x: Any, at_zero: Any) -> Any:
    return own.where(x == 0.0, at_zero, own.step(x))


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of two numbers, changed to return the other number where one is NaN."""
    return lambda x, y: own.where(x == x, own.where(y == y, function(x, y), x), y)


def _negative(x: Any) -> Any:
    """Return whether a number has a minus sign, as -0.0 has."""
    return own.maximum(x < 0.0, own.reciprocal(x) < 0.0) != 0.0


def _with_sign_of(x: Any, y: Any) -> Any:
    return own.where(_negative(y), -own.abs(x), own.abs(x))


# Truths are Python's, or, while `autograd.compile` records and they are not known yet, comparisons.


def _of_two(function: Callable[[Iterable[Any]], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: function([x, y])


def _all(xs: Iterable[Any]) -> Any:
    return own.min([1.0, *[x != 0.0 for x in xs]]) != 0.0 if modes.tracing() else all(map(bool, xs))


def _any(xs: Iterable[Any]) -> Any:
    return own.max([0.0, *[x != 0.0 for x in xs]]) != 0.0 if modes.tracing() else any(map(bool, xs))


def _only_truths(function: Callable[..., Any], sign: Callable[..., Any]) -> Callable[..., Any]:
    """Return a bitwise function for truths; for other numbers Python refuses the operator `sign`."""

    def of_truths(*xs: Any) -> Any:
        return function(*xs) if modes.tracing() or all([isinstance(x, bool) for x in xs]) else sign(*xs)

    return of_truths


def _row(op: ops.Op) -> Callable[..., Any]:
    return partial(apply, op)


def _times(factor: float) -> Callable[[Any], Any]:
    return lambda x: apply(ops.MUL, x, factor)


# Functions that have the same name here and in NumPy or scipy.special.
SAME = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos",
    "tan", "sinh", "cosh", "tanh", "sign", "floor", "ceil", "hypot", "maximum", "minimum", "clip", "erf", "erfc",
)  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(own, name) for name in SAME},
    "add": _row(ops.ADD), "subtract": _row(ops.SUB), "multiply": _row(ops.MUL), "divide": _row(ops.DIV),
    "true_divide": _row(ops.DIV), "negative": _row(ops.NEG), "positive": plain, "conjugate": plain,
    "power": _power, "float_power": _power, "absolute": own.abs, "fabs": own.abs,
    "fmax": _of_numbers(own.maximum), "fmin": _of_numbers(own.minimum), "heaviside": _step_with,
    "remainder": _row(ops.MOD), "floor_divide": _row(ops.FLOOR_DIVIDE), "rint": _round, "trunc": _truncate,
    "copysign": _with_sign_of,
    "logaddexp": _row(ops.LOGSUMEXP), "logaddexp2": _logaddexp2,
    "deg2rad": _times(pi / 180.0), "radians": _times(pi / 180.0),
    "rad2deg": _times(180.0 / pi), "degrees": _times(180.0 / pi),
    "arctan2": own.atan2, "arcsin": own.asin, "arccos": own.acos, "arctan": own.atan,
    "arcsinh": own.asinh, "arccosh": own.acosh, "arctanh": own.atanh,
    # scipy.special's
    "gammaln": own.lgamma, "psi": own.digamma, "expit": own.sigmoid, "log_expit": own.log_sigmoid,
}  # fmt: skip

TRUTHS: dict[str, Callable[..., Any]] = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "equal": operator.eq, "not_equal": operator.ne,
    "isnan": lambda x: x != x, "isinf": lambda x: own.abs(x) == inf, "isfinite": lambda x: own.abs(x) < inf,
    "signbit": lambda x: _negative(x) if modes.tracing() else bool(_negative(x)),
    "logical_and": _of_two(_all), "logical_or": _of_two(_any), "logical_not": lambda x: x == 0.0,
    "logical_xor": lambda x, y: (x != 0.0) != (y != 0.0),
    "bitwise_and": _only_truths(_of_two(_all), operator.and_),
    "bitwise_or": _only_truths(_of_two(_any), operator.or_),
    "bitwise_xor": _only_truths(operator.ne, operator.xor),
    "invert": _only_truths(lambda x: x == 0.0, operator.invert),
}  # fmt: skip

# Functions of two numbers reduced over many, in one operation, which handles ties and zeros correctly.
OVER_MANY: dict[str, Callable[..., Any]] = {
    "add": own.sum, "multiply": own.prod, "maximum": own.max, "minimum": own.min, "logaddexp": own.logsumexp,
    "hypot": own.norm, "logical_and": _all, "logical_or": _any,
}  # fmt: skip
