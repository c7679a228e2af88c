"""Functions of a sequence: sum, mean, prod, dot, norm, max, min, logsumexp, softmax, log_softmax, variance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add
from typing import Any

from autograd.floats.branches import dot as dot_of_floats
from autograd.floats.branches import rests
from autograd.native import twin
from autograd.ops import DETACH, DOT, EXP, LOG_SHARE, LOGSUMEXP, MAX, MIN, NORM, PROD, SHARE, SQUARE, SUM
from autograd.scalars import Number
from autograd.value import Value, _node, apply, plain


@twin
def operands_of(xs: Iterable[Number]) -> list[Any]:
    """Return numbers as floats and Values. Raises TypeError for anything else."""
    return [x if isinstance(x, Value) else plain(x) for x in xs]


def _not_empty(name: str, xs: Iterable[Number]) -> list[Any]:
    operands = operands_of(xs)
    if not operands:
        raise ValueError(f"{name} of an empty sequence: expected at least one number")
    return operands


def sum(xs: Iterable[Number]) -> Any:
    """Return the sum, as one node; 0.0 for no numbers.

    >>> sum([1.0, 2.0, 3.5])
    6.5
    """
    operands = operands_of(xs)
    return apply(SUM, *operands) if operands else 0.0


def mean(xs: Iterable[Number]) -> Any:
    """Return the arithmetic mean. Raises ValueError for no numbers.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    operands = _not_empty("mean", xs)
    return apply(SUM, *operands) / len(operands)


def prod(xs: Iterable[Number]) -> Any:
    """Return the product; 1.0 for no numbers. Derivatives are right where factors are zero.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    operands = operands_of(xs)
    return apply(PROD, *operands) if operands else 1.0


def max(xs: Iterable[Number]) -> Any:
    """Return the largest number, or NaN if one is NaN. Inputs that tie share the derivative equally; a NaN takes it.

    Raises ValueError for no numbers.

    >>> max([1.0, 3.0, 2.0])
    3.0
    """
    return apply(MAX, *_not_empty("max", xs))


def min(xs: Iterable[Number]) -> Any:
    """Return the smallest number, or NaN if one is NaN. Inputs that tie share the derivative equally; a NaN takes it.

    Raises ValueError for no numbers.

    >>> min([1.0, 3.0, 2.0])
    1.0
    """
    return apply(MIN, *_not_empty("min", xs))


def norm(xs: Iterable[Number]) -> Any:
    """Return the Euclidean length without overflow; at the origin its derivative is 0, its second derivative NaN.

    >>> norm([3.0, 4.0])
    5.0
    """
    operands = operands_of(xs)
    return apply(NORM, *operands) if operands else 0.0


def dot(weights: Sequence[Number], inputs: Sequence[Number], bias: Number = 0.0) -> Any:
    """Return bias + weights[0] * inputs[0] + weights[1] * inputs[1] + ..., as one node.

    Raises ValueError for unequal lengths.

    >>> dot([1.0, 2.0], [3.0, 4.0], bias=0.5)
    11.5
    """
    left, right = operands_of(weights), operands_of(inputs)
    if len(left) != len(right):
        raise ValueError(f"dot of unequal lengths: {len(left)} weights and {len(right)} inputs")
    offset = plain(bias)
    if left and all([isinstance(w, Value) for w in left]):
        return dot_node(tuple(left), tuple(right), offset, data_of(right))
    return apply(DOT, *left, *right, offset)


@twin
def data_of(inputs: Iterable[Any]) -> list[float]:
    """Return the numbers in floats and Values."""
    return [x if type(x) is float else x._data for x in inputs]


@twin
def dot_node(weights: tuple[Value, ...], inputs: tuple[Any, ...], bias: Any, data: list[float] | None = None) -> Value:
    """Record `dot` for a neuron: no checks, weights that are all Values, tuples shared between nodes.

    Inputs and bias are Values or floats; `data` is `data_of(inputs)`, found once for a whole layer.
    Nodes that hold the very same tuple are walked faster.
    """
    numbers = data_of(inputs) if data is None else data
    total = dot_of_floats([w._data for w in weights], numbers, bias if type(bias) is float else bias._data)
    return _node(total, DOT, (*weights, *inputs, bias))


def logsumexp(xs: Iterable[Number]) -> Any:
    """Return log(exp(x0) + exp(x1) + ...), computed without overflow. Raises ValueError for no numbers.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return apply(LOGSUMEXP, *_not_empty("logsumexp", xs))


def softmax(xs: Iterable[Number]) -> list[Any]:
    """Return exp(x) / (exp(x0) + exp(x1) + ...) for each x: positive numbers that add up to 1.

    >>> [round(p, 4) for p in softmax([5.0, 3.0, 1.0])]
    [0.8668, 0.1173, 0.0159]
    """
    shifted = _shifted("softmax", xs)
    exponentials = [apply(EXP, x) for x in shifted]
    total = apply(SUM, *exponentials)
    return [apply(SHARE, e, rest, total) for e, rest in zip(exponentials, rests(exponentials, add), strict=True)]


def log_softmax(xs: Iterable[Number]) -> list[Any]:
    """Return log(softmax(xs)), with full precision where a probability is near 0 or 1.

    >>> log_softmax([1000.0, 0.0])
    [0.0, -1000.0]
    """
    shifted = _shifted("log_softmax", xs)
    exponentials = [apply(EXP, x) for x in shifted]
    total, log_total = apply(SUM, *exponentials), apply(LOGSUMEXP, *shifted)
    parts = zip(shifted, rests(exponentials, add), exponentials, strict=True)
    return [apply(LOG_SHARE, x, rest, e, total, log_total) for x, rest, e in parts]


def _shifted(name: str, xs: Iterable[Number]) -> list[Any]:
    """Subtract the maximum, which leaves a softmax as it is and keeps exp from overflowing.

    The maximum is a constant to the chain rule: its derivatives would cancel.
    """
    operands = _not_empty(name, xs)
    largest = apply(DETACH, apply(MAX, *operands))
    return [x - largest for x in operands]


def variance(xs: Iterable[Number], ddof: int = 0) -> Any:
    """Return the mean square deviation from the mean, as NumPy's var does; `ddof=1` divides by n - 1.

    Raises ValueError unless there are more than `ddof` numbers.

    >>> variance([1.0, 2.0, 3.0, 4.0])
    1.25
    """
    operands = _not_empty("variance", xs)
    if len(operands) <= ddof:
        raise ValueError(f"variance with ddof={ddof} needs at least {ddof + 1} numbers, got {len(operands)}")
    center = mean(operands)
    return apply(SUM, *[apply(SQUARE, x - center) for x in operands]) / (len(operands) - ddof)
