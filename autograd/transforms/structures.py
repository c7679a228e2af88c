"""Nested lists, tuples, dicts, dataclasses and NumPy arrays of numbers, taken apart and put together again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from autograd.scalars import bare, number
from autograd.transforms.containers import KINDS, contents
from autograd.value import Value

Shape = tuple[int, ...] | None  # of an array; None for a single number


class Structure(NamedTuple):
    """How numbers were nested: `build` puts one object per leaf in place; a leaf is a number or an array."""

    build: Callable[[Sequence[Any]], Any]
    shapes: list[Shape]

    def unflatten(self, numbers: Sequence[Any]) -> Any:
        """Return the nesting with these numbers, floats or Values, in the places of the old ones."""
        leaves, start = [], 0
        if not any(self.shapes):
            return self.build(list(numbers[: len(self.shapes)]))
        for shape in self.shapes:
            if shape is None:
                leaves.append(numbers[start])
                start += 1
            else:
                leaves.append(array_of(numbers[start : start + prod(shape)], shape))
                start += prod(shape)
        return self.build(leaves)

    @property
    def places(self) -> Any:
        """The nesting with a Place for each leaf."""
        return self.build([Place(shape) for shape in self.shapes])

    def __str__(self) -> str:
        return _described(self.places)


class Place:
    """Where a number is, or an array of some shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def __repr__(self) -> str:
        return "'number'" if self.shape is None else f"'array{list(self.shape)}'"


def _described(places: Any) -> str:
    """Write down a nesting of Places without calling the reprs of its containers."""
    found = contents(places)
    if found is None:
        return repr(places)
    kind, items = type(places), [_described(item) for item in found.items]
    if isinstance(places, dict):
        text = "{" + ", ".join([f"{key!r}: {item}" for key, item in zip(found.keys, items, strict=True)]) + "}"
        return text if kind is dict else f"{kind.__name__}({text})"
    if isinstance(places, list):
        text = f"[{', '.join(items)}]"
        return text if kind is list else f"{kind.__name__}({text})"
    if kind is tuple:
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    names = getattr(kind, "_fields", ()) if isinstance(places, tuple) else found.keys
    named = zip(names, items, strict=True) if len(names) == len(items) else ()
    return f"{kind.__name__}({', '.join([f'{name}={item}' for name, item in named] or items)})"


def flatten(tree: Any, what: str) -> tuple[list[Any], Structure]:
    """Return the numbers in a nesting, as floats and Values in order, and the structure around them.

    None holds no numbers; an array without axes is a number. Raises TypeError, naming `what`, for a leaf that is
    neither a number nor an array of numbers.
    """
    numbers: list[Any] = []
    shapes: list[Shape] = []
    build = _walk(tree, what, numbers, shapes)
    return numbers, Structure(build, shapes)


def flatten_result(output: Any, name: str) -> tuple[list[Any], Structure]:
    """Flatten what a function returned: None by itself is taken for a forgotten `return`."""
    what = f"the result of {name}"
    if output is None:
        _leaf(output, what)
    return flatten(output, what)


def _walk(x: Any, what: str, numbers: list[Any], shapes: list[Shape]) -> Callable[[Sequence[Any]], Any]:
    """Add what x holds to `numbers` and `shapes`; return how to build something like x from leaves."""
    if x is None:
        return lambda leaves: None
    start, kind = len(shapes), type(x)
    if (kind is list or kind is tuple) and all([isinstance(item, (float, int, Value)) for item in x]):
        numbers += [item if type(item) is float or isinstance(item, Value) else number(item) for item in x]
        shapes += [None] * len(x)
        end = len(shapes)
        return lambda leaves: kind(leaves[start:end])  # at once: it may be long
    found = None if isinstance(x, (float, int, Value)) else contents(x)
    if found is not None:
        if isinstance(x, (list, tuple, dict)):
            parts = [_walk(item, what, numbers, shapes) for item in found.items]
        else:
            parts = [
                _walk(item, f"{what}, in the field {name!r} of {type(x).__name__},", numbers, shapes)
                for name, item in zip(found.keys, found.items, strict=True)
            ]
        return lambda leaves: found.refilled([part(leaves) for part in parts])
    if is_array(x) and x.shape:
        shapes.append(x.shape)
        numbers.extend(_numbers_in(x, what))
    else:
        shapes.append(None)
        numbers.append(_leaf(x, what))
    return lambda leaves: leaves[start]


def _numbers_in(array: Any, what: str) -> list[Any]:
    """Return the numbers in an array, in order; it may be of any subclass of NumPy's."""
    import numpy

    if type(array) is not numpy.ndarray and numpy.ma.is_masked(array):
        raise TypeError(f"{what} must consist of numbers: a masked array lacks some, give its .filled(...)")
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{what} must consist of numbers: expected an array of real numbers, got one of {array.dtype}")
    items: list[Any] = numpy.asarray(array).ravel().tolist()
    if array.dtype.char in "efd":
        return items
    return [item if isinstance(item, Value) else _leaf(item, what) for item in items]


def _leaf(x: Any, what: str) -> Any:
    if not isinstance(x, (float, int, Value)):
        x = bare(x)
    try:
        return x if isinstance(x, Value) else number(x)
    except TypeError as error:
        allowed = f"Values, or nested {KINDS} of them"
        raise TypeError(f"{what} must consist of numbers, {allowed}: {error}{_advice(x, what)}") from None


def _advice(x: Any, what: str) -> str:
    """Say how to turn something into what is allowed, where that is known."""
    if hasattr(x, "to_numpy"):
        return "; give its .to_numpy()"
    if isinstance(x, Mapping):
        return "; give dict(...) of it"
    if hasattr(x, "__array__"):
        return "; give numpy.asarray(...) of it"
    if isinstance(x, (set, frozenset)):
        return "; give sorted(...) of it"
    if hasattr(x, "__iter__") and not isinstance(x, (str, bytes)):
        return "; give list(...) of it"
    if ", in the field " in what:
        return "; mark a field that stays as it is with field(metadata={'static': True})"
    return ""


def holds_values(tree: Any) -> bool:
    """Return whether an object holds a Value, in containers and arrays too, even in ones that contain themselves."""
    found, seen = [tree], set()
    while found:
        x = found.pop()
        if isinstance(x, Value):
            return True
        if is_array(x):
            found += x.ravel().tolist() if x.dtype == object else ()
        elif id(x) not in seen and (inside := contents(x)) is not None:
            seen.add(id(x))
            found += inside.items
    return False


class _Unfit(Exception):
    """A nesting does not have the structure that it should."""


def fitted(tree: Any, what: str, other: str, expected: Structure) -> list[Any]:
    """Return the numbers in a nesting that has the structure of another, in its order.

    The keys of dicts may come in any order. An array may stand for nested lists or tuples of numbers, and they for it.
    Raises ValueError, naming `what` and the `other`, for another structure, and TypeError for anything without numbers.
    """
    numbers: list[Any] = []
    try:
        _fit(tree, what, expected.places, numbers)
    except _Unfit:
        given = flatten(tree, what)[1]
        raise ValueError(f"{what} must have the structure of {other}: expected {expected}, got {given}") from None
    return numbers


def _fit(x: Any, what: str, model: Any, numbers: list[Any]) -> None:
    """Add the numbers in x, which should have the structure of a nesting of Places."""
    if isinstance(model, Place):
        _fit_leaf(x, what, model.shape or (), numbers)
    elif model is None:
        if x is not None:
            raise _Unfit
    else:
        expected = contents(model)
        assert expected is not None
        for item, place in zip(_items_like(x, what, model, expected.keys), expected.items, strict=True):
            _fit(item, what, place, numbers)


def _fit_leaf(x: Any, what: str, shape: tuple[int, ...], numbers: list[Any]) -> None:
    if is_array(x) and x.shape:
        if x.shape != shape:
            raise _Unfit
        numbers.extend(_numbers_in(x, what))
    elif isinstance(x, (list, tuple)):
        if len(x) != (shape[0] if shape else -1):
            raise _Unfit
        for item in x:
            _fit_leaf(item, what, shape[1:], numbers)
    else:
        if contents(x) is not None:
            raise _Unfit
        leaf = _leaf(x, what)
        if shape:
            raise _Unfit
        numbers.append(leaf)


def _items_like(x: Any, what: str, model: Any, keys: Sequence[Any]) -> list[Any]:
    """Return the items of x in the order of the keys of the container that it should match."""
    sequence = isinstance(model, (list, tuple))
    if sequence and is_array(x) and x.shape[:1] == (len(model),):
        return list(x)
    found = contents(x)
    if found is None:
        if not is_array(x):
            _leaf(x, what)  # raises, unless it is a number
        raise _Unfit
    base = next((base for base in (list, tuple, dict) if isinstance(model, base)), type(model))
    kinds = (base, type(model)) if base is tuple else (base,)  # a named tuple is only like its own kind
    if not (type(x) in kinds if base is tuple else isinstance(x, kinds)) or set(found.keys) != set(keys):
        raise _Unfit
    by_key = dict(zip(found.keys, found.items, strict=True))
    return [by_key[key] for key in keys]


def is_array(x: object) -> bool:
    """Return whether x is a NumPy array, without importing NumPy."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def array_of(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return a NumPy array: float64 if all are floats, else a ValueArray."""
    import numpy

    from autograd.transforms.arrays import value_array

    if not any(isinstance(x, Value) for x in numbers):
        return numpy.array(numbers, dtype=numpy.float64).reshape(shape)
    return value_array(numbers, shape)
