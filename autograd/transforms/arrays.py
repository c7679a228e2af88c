"""Arrays of Values: NumPy arrays on which NumPy's functions run this library's.

An array of objects may mix Values and floats, and NumPy asks each object for its method `exp`, which a float lacks.
So a transform gives a function a ValueArray, which answers NumPy's functions for all of its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy

from autograd import modes
from autograd.errors import AutogradError
from autograd.transforms.elementwise import FUNCTIONS, OVER_MANY, TRUTHS
from autograd.transforms.products import PRODUCTS, objects, reduced
from autograd.value import Value

CANNOT_HOLD = "an array of {} cannot hold Values: compute a new array, or give this one dtype=object"


def _method(function: Any) -> Any:
    """Return a function of NumPy as a method of its first argument."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__, method.__doc__ = function.__name__, f"Return `numpy.{function.__name__}(self, ...)`."
    return method


class ValueArray(numpy.ndarray[Any, Any]):
    """An array of Values and floats, of dtype object: what f sees in place of a NumPy array."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, **options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return import_module("autograd.transforms.arrayfunctions").call_function(func, args, kwargs)  # on first use

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the numbers, or over the rows; numbers come at once, without an index for each."""
        return iter(self.tolist()) if self.ndim == 1 else super().__iter__()

    # NumPy's own methods would run compiled code; its functions are answered in `arrayfunctions`. Indices come from
    # the numbers, in NumPy's order with NaN last: objects have no such order.
    dot, round = _method(numpy.dot), _method(numpy.round)
    argmax, argmin, argsort = _method(numpy.argmax), _method(numpy.argmin), _method(numpy.argsort)

    def sort(self, axis: Any = -1, *args: Any, **kwargs: Any) -> None:
        """Sort in place, as NumPy's arrays do."""
        self[...] = numpy.sort(self, axis)


class RecordedArray(ValueArray):
    """A ValueArray while `autograd.compile` records: its masks are not known yet and cannot pick anything."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(_known(key))

    def __setitem__(self, key: Any, item: Any) -> None:
        super().__setitem__(_known(key), item)


def _known(key: Any) -> Any:
    """Return an index; one made of Values is a mask, and becomes one of bools, or raises if it is recorded."""
    if isinstance(key, tuple):
        return tuple(map(_known, key))
    return key.astype(bool) if isinstance(key, numpy.ndarray) and has_values(key) else key


def value_array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return a ValueArray of floats and Values."""
    # Item by item: an assignment asks each whether it is a sequence, some ten attributes that a Value lacks.
    array = numpy.fromiter(numbers, dtype=object, count=len(numbers))
    return wrapped(array.reshape(shape), bare=False)


def wrapped(result: Any, bare: bool = True) -> Any:
    """Return a NumPy result: an array of objects as a ValueArray, or as its item if `bare` and it has no axes."""
    if isinstance(result, numpy.ndarray):
        if result.dtype != object:
            return result.view(numpy.ndarray) if isinstance(result, ValueArray) else result
        if not result.shape and bare:
            return result.item()
        return result.view(RecordedArray if modes.tracing() else ValueArray)
    if isinstance(result, list):
        return [wrapped(x, bare) for x in result]
    if isinstance(result, tuple):
        return tuple.__new__(type(result), [wrapped(x, bare) for x in result])
    return result


def unwrapped(x: Any) -> Any:
    """Return a ValueArray, or a Value, as a plain array of objects, which NumPy handles by itself."""
    if isinstance(x, Value):
        array = numpy.empty((), dtype=object)
        array[()] = x
        return array
    return x.view(numpy.ndarray) if isinstance(x, ValueArray) else x


def has_values(x: Any) -> bool:
    """Return whether there is a Value in an array."""
    return x.dtype == object and any([isinstance(item, Value) for item in x.ravel().tolist()])


# Ufuncs, NumPy's universal functions.


def call_ufunc(
    ufunc: Any, method: str, inputs: Sequence[Any], out: Any = None, where: Any = True, **options: Any
) -> Any:
    """Answer a NumPy ufunc, or one of its methods."""
    name = ufunc.__name__
    given = [unwrapped(x) for x in inputs]
    if where is not True:
        where = numpy.asarray(unwrapped(where), dtype=bool)
    if name in PRODUCTS and method == "__call__":
        result = PRODUCTS[name](*given, **_without_types(options))
    elif name in FUNCTIONS or name in TRUTHS:
        options = _without_types(options)
        if method == "reduce" and name in OVER_MANY:
            result = reduced(OVER_MANY[name], given[0], where=where, **options)
        else:
            result = _of_objects(name, ufunc.nin, method, _as_objects(given, method), where, options)
        if name in TRUTHS:
            result = _masks(result)
    else:
        result = as_numpy_does(f"numpy.{name}", getattr(ufunc, method), given, options, where)
    return written(out, result, where) if out is not None else wrapped(result)


def _without_types(options: dict[str, Any]) -> dict[str, Any]:
    """Drop the options that tell NumPy how to convert numbers: here they are floats and Values."""
    dtype = options.get("dtype")
    if dtype is not None and numpy.dtype(dtype).kind not in "fOb":
        raise TypeError(f"Values are 64-bit floats: leave out dtype={dtype!r}")
    return {key: x for key, x in options.items() if key not in ("dtype", "casting", "order", "subok", "signature")}


def _as_objects(given: list[Any], method: str) -> list[Any]:
    """Return inputs as arrays of objects, but leave the second of `at` and `reduceat`, which holds indices."""
    if method == "at" and given[0].dtype.kind != "O":
        raise TypeError(CANNOT_HOLD.format(given[0].dtype))
    indices = 1 if method in ("at", "reduceat") else None
    return [x if k == indices else objects(x) for k, x in enumerate(given)]


def _of_objects(name: str, nin: int, method: str, given: list[Any], where: Any, options: dict[str, Any]) -> Any:
    """Call a ufunc of objects, or one of its methods; IEEE results need no warning."""
    if where is not True:
        options["where"] = where
        if method == "__call__":
            shape = numpy.broadcast_shapes(*[x.shape for x in given], where.shape)
            options["out"] = numpy.empty(shape, dtype=object)
    function = _object_ufunc(name, nin)
    with numpy.errstate(all="ignore"):
        return (function if method == "__call__" else getattr(function, method))(*given, **options)


@cache
def _object_ufunc(name: str, nin: int) -> Any:
    """Return a ufunc of objects that computes as this library does."""
    return numpy.frompyfunc((FUNCTIONS | TRUTHS)[name], nin, 1)


def _masks(result: Any) -> Any:
    """Return an array of truths with dtype bool, unless some are not known yet."""
    if isinstance(result, numpy.ndarray) and all([isinstance(x, bool) for x in result.ravel().tolist()]):
        return result.astype(bool)[()]
    return result


def as_numpy_does(name: str, function: Any, args: Any, options: dict[str, Any], where: Any = True) -> Any:
    """Let NumPy compute on objects, and say so if it cannot."""
    if where is not True:
        options = {**options, "where": where}
    try:
        return function(*args, **options)
    except AutogradError:
        raise
    except (TypeError, AttributeError) as error:
        raise TypeError(f"{name} does not work on Values; write it with functions that do: {error}") from error


def written(out: tuple[Any, ...], result: Any, where: Any) -> Any:
    """Write a result into the array that the caller gave for it."""
    (target,) = out
    if target is None:
        return wrapped(result)
    found = objects(unwrapped(result))
    if target.dtype != object and has_values(found):
        raise TypeError(CANNOT_HOLD.format(target.dtype))
    if numpy.broadcast_shapes(target.shape, found.shape) != target.shape:
        raise ValueError(f"a result of shape {found.shape} does not fit into an array of shape {target.shape}")
    numpy.copyto(unwrapped(target), found, casting="unsafe", where=where if numpy.shape(where) else True)
    return target
