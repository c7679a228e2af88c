"""NumPy's functions that are not ufuncs, answered for arrays of Values.

Most only move numbers, or are written with ufuncs: for these NumPy's own code runs. The others are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from autograd import functions, modes
from autograd.scalars import number_in
from autograd.transforms.arrays import ValueArray, as_numpy_does, has_values, unwrapped, value_array, wrapped, written
from autograd.transforms.products import dot_product, inner_product, norm, objects, reduced
from autograd.value import Value


def call_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Answer a NumPy function that is not a ufunc."""
    name = f"{func.__module__}.{func.__name__}"
    own = OWN.get(name)
    if own is not None:
        return own(*args, **kwargs)
    if name.startswith("numpy.linalg.") and func.__name__ not in SIMPLE_ALGEBRA:
        raise TypeError(f"{name} does not work on Values: it computes in compiled code; write it with operators")
    given = [value_array([x], ()) if isinstance(x, Value) else x for x in args]
    if func.__name__ in CALLERS:
        return wrapped(func._implementation(*given, **kwargs))
    return wrapped(as_numpy_does(name, func._implementation, given, kwargs))


def _choose(condition: Any, *choices: Any) -> Any:
    """Answer numpy.where. A known mask picks numbers now; a recorded one picks them in the program."""
    mask = objects(unwrapped(condition))
    if len(choices) != 2:
        return numpy.nonzero(mask.astype(bool))
    x, y = [objects(unwrapped(choice)) for choice in choices]
    if not has_values(mask):
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
    shape = numpy.shape(unwrapped(a)) if shape is None else shape
    if dtype is not None and numpy.dtype(dtype) != object:
        return numpy.full(shape, fill_value, dtype)
    result = numpy.empty(shape, dtype=object)
    result[...] = objects(unwrapped(fill_value))
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
    """Return the answer to a NumPy function, given one that works on plain arrays of objects."""

    def answer(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*[unwrapped(x) for x in args], **kwargs)
        return wrapped(result) if out is None else written((out,), result, True)

    return answer


def _rounded(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Answer numpy.round."""
    scale = 10.0 ** abs(decimals)
    x = numpy.rint(a * scale) / scale if decimals > 0 else numpy.rint(a / scale) * scale if decimals else numpy.rint(a)
    return x if out is None else written((out,), x, True)


def _copy(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Answer numpy.copyto."""
    mask = objects(unwrapped(where))
    recorded = has_values(mask)
    written((dst,), _choose(mask, src, dst) if recorded else src, True if recorded else mask.astype(bool))


def _by_numbers(name: str) -> Callable[..., Any]:
    """Return the answer to a function that gives indices: NumPy finds them in the numbers, where NaN is the largest."""
    function = getattr(numpy, name)

    def answer(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(_numbers(a), *[_numbers(x) if _is_ours(x) else x for x in args], **kwargs)

    return answer


def _is_ours(x: Any) -> bool:
    return isinstance(x, (ValueArray, Value))


def _numbers(x: Any) -> Any:
    """Return the numbers in an array, through which no derivative passes; a recorded array raises."""
    if not _is_ours(x):
        return numpy.asarray(x)
    if modes.tracing():
        any(map(bool, objects(unwrapped(x)).ravel().tolist()))
    return numpy.frompyfunc(number_in, 1, 1)(unwrapped(x)).astype(numpy.float64)


def _sorted(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Answer numpy.sort."""
    if axis is None:
        a, axis = a.ravel(), -1
    return numpy.take_along_axis(a, numpy.argsort(a, axis=axis, kind="stable"), axis)


def _partitioned(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
    """Answer numpy.partition: a sorted array is partitioned at every place."""
    return _sorted(a, axis)


def _median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """Answer numpy.median: NaN if a number is NaN."""

    def middle(xs: list[Any]) -> Any:
        ordered = _sorted(value_array(xs, (len(xs),)))
        n = len(xs)
        return functions.mean([ordered[-1]] if ordered[-1] != ordered[-1] else ordered[(n - 1) // 2 : n // 2 + 1])

    return _answer(reduced)(middle, a, axis, keepdims, out=out)


INDICES = ("argsort", "argmax", "argmin", "argpartition", "nanargmax", "nanargmin", "searchsorted")

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
    "numpy.sort": _sorted,
    "numpy.partition": _partitioned,
    "numpy.median": _median,
    **{f"numpy.{name}": _by_numbers(name) for name in INDICES},
}
CALLERS = ("piecewise", "apply_along_axis", "apply_over_axes")  # of a user's function: errors in it are the user's own
# The functions of numpy.linalg that are written with other functions, or only move numbers.
SIMPLE_ALGEBRA = (
    "multi_dot", "matrix_power", "trace", "diagonal", "matmul", "outer", "cross", "tensordot", "vecdot",
    "matrix_transpose", "vector_norm", "matrix_norm",
)  # fmt: skip
