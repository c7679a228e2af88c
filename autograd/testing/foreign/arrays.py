"""Numbers of any library as NumPy arrays: lists, NumPy, JAX and PyTorch, on any device, sparse ones too."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from autograd.errors import needs
from autograd.scalars import number_in
from autograd.testing.check.subject import one_number
from autograd.value import Value

REAL = "biufOV"  # kinds of numbers, objects and formats that NumPy itself does not know, such as bfloat16


def numpy_for(caller: str) -> ModuleType:
    """Return NumPy. Raises ImportError that names the extra if it is not installed."""
    try:
        import numpy
    except ImportError as error:
        raise needs("compile", f"{caller} needs NumPy", "numpy") from error
    return numpy


def floats(x: Any, what: str) -> Any:
    """Return numbers as a new float64 array.

    Raises TypeError for anything but real numbers, ValueError for a ragged list.
    """
    import numpy

    try:
        array = numpy.asarray(held(x))
    except ValueError as error:
        raise ValueError(f"{what} must have rows of one length, got {x!r:.60}") from error
    if array.dtype.kind in REAL and x is not None:
        try:
            return array.astype(float)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"{what} must be real numbers in a list or an array, got {type(x).__name__}: {x!r:.60}")


def held(x: Any) -> Any:
    """Return numbers as NumPy reads them: no Values, no tensors that record or lie on a device, no sparse arrays."""
    if isinstance(x, (list, tuple)):
        return [held(item) for item in x]
    if isinstance(x, Value):
        return number_in(x)
    if hasattr(x, "detach") and hasattr(x, "cpu"):  # a PyTorch tensor
        x = x.detach().cpu().to_dense()
        return x.numpy() if x.is_complex() else x.double().numpy()
    return x.toarray() if hasattr(x, "toarray") else x


def one_float(y: Any, caller: str) -> float:
    """Return the number that a function gave. Raises TypeError for anything but one number."""
    if not isinstance(y, Value) and getattr(y, "shape", None) == ():
        y = floats(y, f"{caller}: the result of f").item()
    return number_in(one_number(y, caller))
