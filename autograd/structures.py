"""Nested lists, tuples, dicts and NumPy arrays of numbers, taken apart and put together again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from autograd.scalars import number
from autograd.value import Value

Shape = tuple[int, ...] | None  # of an array; None for a single number


class Structure(NamedTuple):
    """How numbers were nested: `build` puts one object per leaf in place; a leaf is a number or an array."""

    build: Callable[[Sequence[Any]], Any]
    shapes: list[Shape]

    def unflatten(self, numbers: Sequence[Any]) -> Any:
        """Return the nesting with these numbers, floats or Values, in the places of the old ones."""
        leaves, start = [], 0
        for shape in self.shapes:
            if shape is None:
                leaves.append(numbers[start])
                start += 1
            else:
                leaves.append(array_of(numbers[start : start + prod(shape)], shape))
                start += prod(shape)
        return self.build(leaves)

    def __str__(self) -> str:
        return str(self.build(["number" if shape is None else f"array{list(shape)}" for shape in self.shapes]))


def flatten(tree: Any, what: str) -> tuple[list[Any], Structure]:
    """Return the numbers in a nesting, as floats and Values in order, and the structure around them.

    Raises TypeError, naming `what`, for a leaf that is neither.
    """
    numbers: list[Any] = []
    shapes: list[Shape] = []
    build = _walk(tree, what, numbers, shapes)
    return numbers, Structure(build, shapes)


def _walk(x: Any, what: str, numbers: list[Any], shapes: list[Shape]) -> Callable[[Sequence[Any]], Any]:
    """Add what x holds to `numbers` and `shapes`; return how to build the like of x from leaves."""
    if isinstance(x, (list, tuple)):
        parts = [_walk(item, what, numbers, shapes) for item in x]
        make = getattr(x, "_make", list if isinstance(x, list) else tuple)  # _make: a namedtuple
        return lambda leaves: make([part(leaves) for part in parts])
    if isinstance(x, dict):
        items = {key: _walk(item, what, numbers, shapes) for key, item in x.items()}
        return lambda leaves: {key: part(leaves) for key, part in items.items()}
    place = len(shapes)
    if is_array(x):
        shapes.append(x.shape)
        numbers.extend(_leaf(item, what) for item in x.ravel().tolist())
    else:
        shapes.append(None)
        numbers.append(_leaf(x, what))
    return lambda leaves: leaves[place]


def _leaf(x: Any, what: str) -> Any:
    try:
        return x if isinstance(x, Value) else number(x)
    except TypeError as error:
        allowed = "Values, or nested lists, tuples, dicts and NumPy arrays of them"
        raise TypeError(f"{what} must consist of numbers, {allowed}: {error}") from None


def arranged(tree: Any, model: Any) -> Any:
    """Return a nesting with its dicts in the order of the model's, where they have the same keys."""
    if isinstance(tree, dict) and isinstance(model, dict) and tree.keys() == model.keys():
        return {key: arranged(tree[key], item) for key, item in model.items()}
    if isinstance(tree, (list, tuple)) and isinstance(model, (list, tuple)) and len(tree) == len(model):
        make = getattr(tree, "_make", list if isinstance(tree, list) else tuple)
        return make([arranged(x, item) for x, item in zip(tree, model, strict=True)])
    return tree


def is_array(x: object) -> bool:
    """Whether x is a NumPy array; NumPy is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def array_of(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return a NumPy array: float64 if all are floats, else of objects."""
    import numpy

    if not any(isinstance(x, Value) for x in numbers):
        return numpy.array(numbers, dtype=numpy.float64).reshape(shape)
    array = numpy.empty(len(numbers), dtype=object)
    array[:] = numbers
    return array.reshape(shape)
