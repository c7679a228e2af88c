"""The arguments of a compiled function: their structure, for which code is made, and the numbers in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy

from autograd.scalars import number
from autograd.transforms.containers import contents
from autograd.transforms.structures import Shape, Structure
from autograd.value import Value

FLOAT64 = numpy.dtype(numpy.float64)
NUMBER_KINDS = "fiub"  # of NumPy's dtypes


class HoldsValues(Exception):
    """An argument has a Value in it."""


def key_of(x: Any, leaves: list[Any]) -> Any:
    """Return the structure of an argument, and add its leaves, floats and arrays, to a list.

    Raises HoldsValues for one with a Value in it, and TypeError for anything but numbers and nestings of numbers.
    """
    kind = type(x)
    if kind is numpy.ndarray and x.shape and x.dtype.kind in NUMBER_KINDS:
        leaves.append(x)
        return x.shape
    if kind is float or kind is int:
        leaves.append(x)
        return 0
    if isinstance(x, Value):
        raise HoldsValues
    if isinstance(x, numpy.ndarray):
        return _array_key(x, leaves)
    opened = parts(x)
    if opened is not None:
        return (*opened[0], *[key_of(item, leaves) for item in opened[1]])
    try:
        leaves.append(number(x))
    except TypeError as error:
        raise TypeError(f"{error}; bind what is not a number with functools.partial or a closure") from None
    return 0


def parts(x: Any) -> tuple[tuple[Any, ...], Sequence[Any]] | None:
    """Return what distinguishes a nesting from others, and its items, as `flatten` takes it apart; None for a leaf."""
    kind = type(x)
    if kind is list or kind is tuple:
        return (kind,), x
    if kind is dict:
        return (kind, *x), list(x.values())
    if x is None:
        return (kind,), ()
    found = None if isinstance(x, (float, int, Value)) else contents(x)
    if found is None:
        return None
    factory = (x.default_factory,) if isinstance(x, defaultdict) else ()
    keys = () if isinstance(x, (list, tuple)) else found.keys
    return (kind, *factory, *keys, *_fixed(x, keys)), found.items


def by_leaf(structure: Structure, numbers: Sequence[Any]) -> Iterator[tuple[Shape, Sequence[Any]]]:
    """Yield the shape of each leaf of a nesting, None for a number, and the part of `numbers` that it has."""
    start = 0
    for shape in structure.shapes:
        end = start + (1 if shape is None else prod(shape))
        yield shape, numbers[start:end]
        start = end


def _fixed(x: Any, names: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the attributes of a nesting that are not numbers of a call: another nesting may have others."""
    state: Any = object.__getstate__(x)
    own = [each for each in (state if isinstance(state, tuple) else (state,)) if each]
    found = [(name, each[name]) for each in own for name in each if name not in names]
    found = [each for each in found if not isinstance(getattr(type(x), each[0], None), cached_property)]
    for name, value in found:
        try:
            hash(value)
        except TypeError:
            raise TypeError(
                f"the attribute {name!r} of a {type(x).__name__} must be hashable, since it is a constant of the "
                f"compiled code: got {type(value).__name__}"
            ) from None
    return found


def _array_key(x: Any, leaves: list[Any]) -> Any:
    if isinstance(x, numpy.matrix):
        raise TypeError("expected numbers, got a numpy.matrix, whose * is not that of arrays: use numpy.asarray(x)")
    array = _numbers_of(x)
    if array is None:
        raise TypeError(f"expected numbers, got an array of {x.dtype}")
    if array.dtype == object:
        raise HoldsValues
    leaves.append(array if array.shape else float(array))
    return array.shape or 0


def _numbers_of(array: Any) -> Any:
    """Return an array of numbers: of objects if there are Values among them, None if there is anything else."""
    if numpy.ma.is_masked(array):
        raise TypeError(
            "expected numbers, got a masked array, some of whose numbers are missing: use its filled(...) first"
        )
    array = numpy.asarray(array)  # of a subclass, such as memmap, its numbers
    if array.dtype.kind in NUMBER_KINDS:
        return array
    if array.dtype != object:
        return None
    items = array.ravel().tolist()
    try:
        found = [x if isinstance(x, Value) else number(x) for x in items]
    except TypeError:
        return None
    if not any([isinstance(x, Value) for x in found]):
        return numpy.array(found, dtype=FLOAT64).reshape(array.shape)
    numbers = numpy.empty(len(found), dtype=object)
    numbers[:] = found
    return numbers.reshape(array.shape)


def row_key(x: Any, leaves: list[Any]) -> Any:
    """Return the shape of a row of an argument with rows, and add their array to a list."""
    if type(x) is not numpy.ndarray or x.dtype is not FLOAT64 or not x.shape:
        x = rows_of(x)
        if x.dtype == object:
            raise HoldsValues
    leaves.append(x)
    return x.shape[1:], "rows"


def rows_of(x: Any) -> Any:
    """Return the array of an argument with rows: of float64, or of objects if there are Values among them."""
    try:
        array = numpy.asanyarray(x)
    except ValueError as error:
        raise TypeError(f"in_axes=0 needs an array of numbers, or lists that make one: {error}") from None
    found = _numbers_of(array)
    if found is None:
        given = array.dtype if array.shape else type(x).__name__
        raise TypeError(f"in_axes=0 needs an array of numbers, or lists that make one: got {given}")
    if not found.shape:
        raise ValueError(f"in_axes=0 needs an argument with rows, got the number {x!r}")
    return found if found.dtype == object else found.astype(FLOAT64)


def row_count(arrays: Sequence[Any]) -> int:
    """Return how many rows there are in each of several arrays. Raises ValueError unless it is one number, not 0."""
    count = len(arrays[0])
    if any([len(x) != count for x in arrays]):
        raise ValueError(f"arguments with rows must have equally many, got {', '.join([str(len(x)) for x in arrays])}")
    if not count:
        raise ValueError("a batch needs at least one row, got none")
    return count
