"""Sums, products, maxima and norms along the axes of arrays of objects, Values and floats among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod
from operator import index
from typing import Any

import numpy

from autograd import functions as own


def objects(x: Any) -> Any:
    """Return an array of Python's numbers and Values, not copied where x is one."""
    x = numpy.asarray(x)
    return (x.astype(numpy.float64) if x.dtype.kind == "f" else x).astype(object, copy=False)  # no longdouble


def reduced(
    function: Callable[[list[Any]], Any], array: Any, axis: Any = 0, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """Apply a function of a sequence along one axis, along several or along all (None), as `ufunc.reduce` does."""
    array = objects(array)
    axes = _axes(axis, array.ndim)
    kept = [k for k in range(array.ndim) if k not in axes]
    shape = tuple([array.shape[k] for k in kept])

    def rows(x: Any) -> Any:
        return x.transpose(*kept, *axes).reshape((*shape, prod([array.shape[k] for k in axes])))

    table, start = rows(array), [] if initial is None or initial is numpy._NoValue else [initial]
    mask = None if where is True else rows(numpy.broadcast_to(where, array.shape))
    result = numpy.empty(shape, dtype=object)
    for place in numpy.ndindex(shape):
        row = table[place].tolist()
        if mask is not None:
            row = [x for x, counts in zip(row, mask[place].tolist(), strict=True) if counts]
        result[place] = function([*start, *row])
    return result.reshape([1 if k in axes else n for k, n in enumerate(array.shape)]) if keepdims else result


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None or (ndim == 0 and axis in (0, -1)):
        return tuple(range(ndim))
    given = [index(k) for k in axis] if isinstance(axis, (tuple, list)) else [index(axis)]
    for k in given:
        if not -ndim <= k < ndim:
            raise numpy.exceptions.AxisError(k, ndim)
    axes = tuple([k % ndim for k in given])
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis={axis} names an axis twice")
    return axes


def matrix_product(x: Any, y: Any) -> Any:
    """Return `x @ y`, one `dot` for each number."""
    x, y = objects(x), objects(y)
    if not x.ndim or not y.ndim:
        raise ValueError("matmul needs arrays with an axis: multiply by a number with *")
    left, right = x[None, :] if x.ndim == 1 else x, y[:, None] if y.ndim == 1 else y
    if left.shape[-1] != right.shape[-2]:
        raise ValueError(
            f"matmul of shapes {x.shape} and {y.shape}: {left.shape[-1]} columns and {right.shape[-2]} rows"
        )
    stacked = numpy.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = numpy.broadcast_to(left, stacked + left.shape[-2:])
    right = numpy.broadcast_to(right, stacked + right.shape[-2:])
    result = numpy.empty((*stacked, left.shape[-2], right.shape[-1]), dtype=object)
    for place in numpy.ndindex(stacked):
        columns = [tuple(column) for column in right[place].T.tolist()]
        for i, row in enumerate([tuple(row) for row in left[place].tolist()]):
            for j, column in enumerate(columns):
                result[(*place, i, j)] = own.dot(row, column)
    if y.ndim == 1:
        result = result[..., 0]
    return result[..., 0, :] if x.ndim == 1 and y.ndim > 1 else result[..., 0] if x.ndim == 1 else result


def dot_product(x: Any, y: Any) -> Any:
    """Return `numpy.dot(x, y)`: over the last axis of x and the last but one of y."""
    x, y = objects(x), objects(y)
    if not x.ndim or not y.ndim:
        return numpy.multiply(x, y)
    if y.ndim <= 2:
        return matrix_product(x, y)
    last = numpy.moveaxis(y, -2, 0)
    return matrix_product(x, last.reshape(len(last), -1)).reshape(x.shape[:-1] + last.shape[1:])


def inner_product(x: Any, y: Any) -> Any:
    """Return `numpy.inner(x, y)`: over the last axes."""
    y = objects(y)
    return dot_product(x, y.swapaxes(-1, -2) if y.ndim > 1 else y)


# NumPy's generalized universal functions, by name.
PRODUCTS: dict[str, Callable[..., Any]] = {
    "matmul": matrix_product,
    "vecdot": lambda x, y: matrix_product(objects(x)[..., None, :], objects(y)[..., :, None])[..., 0, 0],
    "matvec": lambda x, y: matrix_product(x, objects(y)[..., None])[..., 0],
    "vecmat": lambda x, y: matrix_product(objects(x)[..., None, :], y)[..., 0, :],
}


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return `numpy.linalg.norm`, except the norms of matrices that need singular values."""
    x = objects(x)
    if ord is None and axis is None:
        return reduced(own.norm, x, None, keepdims)
    axes = _axes(axis, x.ndim)
    if len(axes) == 1:
        return reduced(_vector_norm(ord), x, axes, keepdims)
    if len(axes) != 2:
        raise ValueError(f"norm of order {ord!r} needs one axis or two, got {len(axes)}")
    if ord in (None, "fro", "f"):
        return reduced(own.norm, x, axes, keepdims)
    if ord not in (1, -1, inf, -inf):
        raise TypeError(f"the matrix norm of order {ord!r} does not work on Values: it needs singular values")
    along, across = axes if abs(ord) == 1 else axes[::-1]
    sums = reduced(_sum_of_magnitudes, x, along, keepdims=True)
    result = reduced(own.max if ord > 0 else own.min, sums, across, keepdims=True)
    return result if keepdims else result.reshape([n for k, n in enumerate(x.shape) if k not in axes])


def _sum_of_magnitudes(xs: Sequence[Any]) -> Any:
    return own.sum([own.abs(x) for x in xs])


def _vector_norm(ord: Any) -> Callable[[list[Any]], Any]:
    """Return the norm of some order of a sequence."""
    if ord is None or ord == 2:
        return own.norm
    if ord == inf or ord == -inf:
        largest = own.max if ord > 0 else own.min
        return lambda xs: largest([own.abs(x) for x in xs])
    if ord == 1:
        return _sum_of_magnitudes
    if ord == 0:
        return lambda xs: own.sum([x != 0.0 for x in xs])
    if isinstance(ord, str):
        raise ValueError(f"a vector has no norm of order {ord!r}")
    return lambda xs: own.sum([own.abs(x) ** ord for x in xs]) ** (1.0 / ord)
