"""What a compiled function answers where something records: what f itself does, row by row, so nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import numpy

from autograd import modes
from autograd.compiler.trace.arguments import FLOAT64, by_leaf, row_count, rows_of
from autograd.compiler.trace.truths import truths
from autograd.reductions import mean, sum
from autograd.transforms.structures import Structure, array_of, flatten
from autograd.value import Value

REDUCTIONS = {"sum": sum, "mean": mean}


def each_row(args: Sequence[Any], axes: Sequence[int | None], name: str) -> list[tuple[Any, ...]]:
    """Return the arguments for each row. Raises what native code raises for arguments that do not fit."""
    arrays = [_shared(x, name) if axis is None else rows_of(x) for x, axis in zip(args, axes, strict=True)]
    count = row_count([x for x, axis in zip(arrays, axes, strict=True) if axis is not None])
    columns = [repeat(x, count) if axis is None else _rows(x) for x, axis in zip(arrays, axes, strict=True)]
    return list(zip(*columns, strict=True))


def _shared(x: Any, name: str) -> Any:
    """Return an argument without rows as it is, once it is found to consist of numbers and Values."""
    flatten(x, f"an argument of {name}")
    return x


def _rows(array: Any) -> list[Any]:
    """Return the rows of an array as f sees them: numbers, or arrays."""
    return array.tolist() if array.ndim == 1 else [array_of(row.ravel().tolist(), row.shape) for row in array]


def by_rows(f: Callable[..., Any], rows: Sequence[tuple[Any, ...]], reduce: str | None, name: str) -> Any:
    """Return f's results for rows of arguments, stacked along axis 0, or reduced."""
    found = [_opened(f(*row), name) for row in rows]
    (_, results), numbers = found[0], [numbers for numbers, _ in found]
    for _, other in found:
        if other.shapes != results.shapes:
            raise ValueError(
                f"the result of {name} must have one structure: got {results} for a row, {other} for another"
            )
    if reduce is not None:
        columns = zip(*numbers, strict=True)
        return results.unflatten([REDUCTIONS[reduce](column) for column in columns])
    of_leaves = by_leaf(results, range(len(numbers[0])))
    return results.build(
        [_array([row[k] for row in numbers for k in among], (len(rows), *(shape or ()))) for shape, among in of_leaves]
    )


def watched(f: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return f as a function of plain numbers whose operations `detect_anomaly` sees."""

    def on_values(*args: Any) -> Any:
        numbers, arguments = flatten(list(args), f"an argument of {name}")
        values = [Value(x) for x in numbers]
        found = modes.within(f, *arguments.unflatten(values), recording=False)
        numbers, results = _opened(found, name)
        numbers = [x.item() if isinstance(x, Value) else x for x in numbers]
        leaves = by_leaf(results, numbers)
        return results.build([part[0] if shape is None else _array(part, shape) for shape, part in leaves])

    return on_values


def _opened(result: Any, name: str) -> tuple[list[Any], Structure]:
    """Return the numbers in a result of f, truths as bools, and the structure around them."""
    numbers, structure = flatten(result, f"the result of {name}")
    return [
        bool(x) if true and not isinstance(x, Value) else x for x, true in zip(numbers, truths(result), strict=True)
    ], structure


def _array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return an array: of bools, of float64, or of objects if there are Values."""
    if numbers and all([isinstance(x, bool) for x in numbers]):
        return numpy.array(numbers).reshape(shape)
    if any([isinstance(x, Value) for x in numbers]):
        return array_of(numbers, shape)
    return numpy.array(numbers, dtype=FLOAT64).reshape(shape)


def checked_axes(in_axes: Any) -> Any:
    """Return the axis of each argument, 0 for all, or None for none. Raises ValueError for other axes."""
    axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes]
    for axis in axes:
        if axis is not None and (isinstance(axis, bool) or axis != 0):
            raise ValueError(
                f"in_axes must be None (shared) or 0 (rows of an array) for each argument, got {in_axes!r}"
            )
    if all([axis is None for axis in axes]):
        return None
    return tuple(axes) if isinstance(in_axes, (tuple, list)) else 0
