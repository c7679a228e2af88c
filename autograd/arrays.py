"""Arrays of Values: NumPy's own, on which NumPy's functions compute with this library's.

An array of objects may mix Values and floats, and NumPy asks each object for its method `exp`, which a float lacks.
So what a transform gives to a function is a ValueArray, which answers NumPy's functions for all of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy

from autograd import functions, modes
from autograd.elementwise import FUNCTIONS, OVER_MANY, TRUTHS
from autograd.errors import AutogradError
from autograd.products import PRODUCTS, dot_product, inner_product, norm, objects, reduced
from autograd.value import Value

CANNOT_HOLD = "an array of {} cannot hold Values: compute a new array, or give this one dtype=object"


class ValueArray(numpy.ndarray[Any, Any]):
    """An array of Values and floats, of dtype object: what f sees in the place of a NumPy array."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, **options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_function(func, args, kwargs)

    def dot(self, other: Any, out: Any = None) -> Any:
        """Return `numpy.dot(self, other)`."""
        return numpy.dot(self, other, out)

    def round(self, decimals: int = 0, out: Any = None) -> Any:  # type: ignore[override]
        """Return `numpy.round(self, decimals)`."""
        return _rounded(self, decimals, out)


class RecordedArray(ValueArray):
    """A ValueArray while `autograd.compile` records: its masks are not known yet, and choose nothing."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(_known(key))

    def __setitem__(self, key: Any, item: Any) -> None:
        super().__setitem__(_known(key), item)


def _known(key: Any) -> Any:
    """Return an index. One of Values is a mask of truths: a recorded one raises."""
    if isinstance(key, tuple):
        return tuple(map(_known, key))
    return key.astype(bool) if isinstance(key, numpy.ndarray) and _holds_values(key) else key


def value_array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return a ValueArray of floats and Values."""
    array = numpy.empty(len(numbers), dtype=object)
    array[:] = numbers
    return wrapped(array.reshape(shape), bare=False)


def wrapped(result: Any, bare: bool = True) -> Any:
    """Return what a NumPy function gave, arrays of objects as ValueArrays, without axes as what they hold if `bare`."""
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


def _unwrapped(x: Any) -> Any:
    """Return a ValueArray, or a Value, as a plain array of objects, for which NumPy asks nobody."""
    if isinstance(x, Value):
        array = numpy.empty((), dtype=object)
        array[()] = x
        return array
    return x.view(numpy.ndarray) if isinstance(x, ValueArray) else x


def _holds_values(x: Any) -> bool:
    return x.dtype == object and any([isinstance(item, Value) for item in x.ravel().tolist()])


# Universal functions.


def call_ufunc(
    ufunc: Any, method: str, inputs: Sequence[Any], out: Any = None, where: Any = True, **options: Any
) -> Any:
    """Answer a universal function of NumPy, or one of its methods."""
    name = ufunc.__name__
    given = [_unwrapped(x) for x in inputs]
    if where is not True:
        where = numpy.asarray(_unwrapped(where), dtype=bool)
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
        result = _as_numpy_does(f"numpy.{name}", getattr(ufunc, method), given, options, where)
    return _into(out, result, where) if out is not None else wrapped(result)


def _without_types(options: dict[str, Any]) -> dict[str, Any]:
    """Drop what says how NumPy is to convert numbers: here they are floats and Values."""
    dtype = options.get("dtype")
    if dtype is not None and numpy.dtype(dtype).kind not in "fOb":
        raise TypeError(f"Values are 64-bit floats: leave out dtype={dtype!r}")
    return {key: x for key, x in options.items() if key not in ("dtype", "casting", "order", "subok", "signature")}


def _as_objects(given: list[Any], method: str) -> list[Any]:
    """Return inputs as arrays of objects, the second of `at` and `reduceat` as the indices that it is."""
    if method == "at" and given[0].dtype.kind != "O":
        raise TypeError(CANNOT_HOLD.format(given[0].dtype))
    indices = 1 if method in ("at", "reduceat") else None
    return [x if k == indices else objects(x) for k, x in enumerate(given)]


def _of_objects(name: str, nin: int, method: str, given: list[Any], where: Any, options: dict[str, Any]) -> Any:
    """Call a universal function of objects, or one of its methods; IEEE results need no warning."""
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
    """Return a universal function of objects that computes as this library does."""
    return numpy.frompyfunc(FUNCTIONS[name] if name in FUNCTIONS else TRUTHS[name], nin, 1)


def _masks(result: Any) -> Any:
    """Return an array of truths with dtype bool, unless some are not known yet."""
    if isinstance(result, numpy.ndarray) and all([isinstance(x, bool) for x in result.ravel().tolist()]):
        return result.astype(bool)
    return result


def _as_numpy_does(name: str, function: Any, args: Any, options: dict[str, Any], where: Any = True) -> Any:
    """Let NumPy compute on objects, and say so if it cannot."""
    if where is not True:
        options = {**options, "where": where}
    try:
        return function(*args, **options)
    except AutogradError:
        raise
    except (TypeError, AttributeError) as error:
        raise TypeError(f"{name} does not work on Values; write it with functions that do: {error}") from error


def _into(out: tuple[Any, ...], result: Any, where: Any) -> Any:
    """Write a result into the array that the caller gave for it."""
    (target,) = out
    if target is None:
        return wrapped(result)
    found = objects(_unwrapped(result))
    if target.dtype != object and _holds_values(found):
        raise TypeError(CANNOT_HOLD.format(target.dtype))
    if numpy.broadcast_shapes(target.shape, found.shape) != target.shape:
        raise ValueError(f"a result of shape {found.shape} does not fit into an array of shape {target.shape}")
    numpy.copyto(_unwrapped(target), found, casting="unsafe", where=where if numpy.shape(where) else True)
    return target


# Other functions.


def call_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Answer any other function of NumPy: most only move numbers, or are written with universal functions."""
    name = f"{func.__module__}.{func.__name__}"
    own = OWN.get(name)
    if own is not None:
        return own(*args, **kwargs)
    if name.startswith("numpy.linalg.") and func.__name__ not in SIMPLE_ALGEBRA:
        raise TypeError(f"{name} does not work on Values: it computes in compiled code; write it with operators")
    given = [value_array([x], ()) if isinstance(x, Value) else x for x in args]
    if func.__name__ in CALLERS:
        return wrapped(func._implementation(*given, **kwargs))
    return wrapped(_as_numpy_does(name, func._implementation, given, kwargs))


def _choose(condition: Any, *choices: Any) -> Any:
    """Answer numpy.where. A mask that is known chooses numbers as they are; a recorded one chooses in the program."""
    mask = objects(_unwrapped(condition))
    if len(choices) != 2:
        return numpy.nonzero(mask.astype(bool))
    x, y = [objects(_unwrapped(choice)) for choice in choices]
    if not _holds_values(mask):
        return wrapped(numpy.where(mask.astype(bool), x, y))
    return wrapped(numpy.frompyfunc(functions.where, 3, 1)(mask, x, y))


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Answer numpy.select."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(f"select needs a choice for each condition, got {len(condlist)} and {len(choicelist)}")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = _choose(condition, choice, result)
    return result


def _filled(number: float) -> Callable[..., Any]:
    """Return the answer to numpy.zeros_like or ones_like: floats in an array that can hold Values."""

    def filled(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
        return _full(a, number, dtype, shape=shape)

    return filled


def _full(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any
) -> Any:
    """Answer numpy.full_like."""
    shape = numpy.shape(_unwrapped(a)) if shape is None else shape
    if dtype is not None and numpy.dtype(dtype) != object:
        return numpy.full(shape, fill_value, dtype)
    result = numpy.empty(shape, dtype=object)
    result[...] = objects(_unwrapped(fill_value))
    return wrapped(result, bare=False)


def _without_nan(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Answer numpy.nan_to_num."""
    largest = numpy.finfo(numpy.float64).max
    high, low = largest if posinf is None else posinf, -largest if neginf is None else neginf
    result = _choose(numpy.isnan(x), nan, x)
    result = _choose(numpy.equal(result, numpy.inf), high, result)
    result = _choose(numpy.equal(result, -numpy.inf), low, result)
    if not copy:
        x[...] = result
    return result if copy else x


def _answer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the answer to a function of NumPy, from one of plain arrays of objects."""

    def answer(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*[_unwrapped(x) for x in args], **kwargs)
        return wrapped(result) if out is None else _into((out,), result, True)

    return answer


def _rounded(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Answer numpy.round."""
    scale = 10.0 ** abs(decimals)
    x = numpy.rint(a * scale) / scale if decimals > 0 else numpy.rint(a / scale) * scale if decimals else numpy.rint(a)
    return x if out is None else _into((out,), x, True)


def _copy(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Answer numpy.copyto."""
    mask = objects(_unwrapped(where))
    recorded = _holds_values(mask)
    _into((dst,), _choose(mask, src, dst) if recorded else src, True if recorded else mask.astype(bool))


OWN: dict[str, Callable[..., Any]] = {
    "numpy.where": _choose,
    "numpy.select": _select,
    "numpy.zeros_like": _filled(0.0),
    "numpy.ones_like": _filled(1.0),
    "numpy.full_like": _full,
    "numpy.nan_to_num": _without_nan,
    "numpy.round": _rounded,
    "numpy.around": _rounded,
    "numpy.copyto": _copy,
    "numpy.dot": lambda a, b, out=None: _answer(dot_product)(a, b, out=out),
    "numpy.inner": _answer(inner_product),
    "numpy.vdot": _answer(lambda a, b: dot_product(objects(a).ravel(), objects(b).ravel())),
    "numpy.linalg.norm": _answer(norm),
}
CALLERS = ("piecewise", "apply_along_axis", "apply_over_axes")  # of a user's function, whose errors are the user's
# Those functions of numpy.linalg that are written with others, or only move numbers.
SIMPLE_ALGEBRA = (
    "multi_dot", "matrix_power", "trace", "diagonal", "matmul", "outer", "cross", "tensordot", "vecdot",
    "matrix_transpose", "vector_norm", "matrix_norm",
)  # fmt: skip
