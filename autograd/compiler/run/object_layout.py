"""Where CPython and NumPy keep what is in their objects, and whether these here do."""

from __future__ import annotations

import ctypes
import functools
import sys
from importlib import import_module
from typing import Any

import numpy

from autograd import native
from autograd.value import Value

TYPE, NUMBER, SIZE, ITEMS = 8, 16, 16, 24  # bytes from the start of an object, a float, a list or tuple
DATA, RANK, SHAPE, DTYPE, FLAGS = 16, 24, 32, 56, 64  # of an array
PLAIN = 0x0101  # an array's flags: in C order, and aligned
NEW_ARRAY, ARRAY_TYPE, DOUBLE = 93, 2, 12  # places in NumPy's table of functions, and its number of float64


@functools.cache
def numpy_functions() -> dict[int, int]:
    """Return what we need of NumPy's table of C functions."""
    parent = "numpy._core" if hasattr(numpy, "_core") else "numpy.core"  # NumPy 2, NumPy 1
    capsule = import_module(f"{parent}._multiarray_umath")._ARRAY_API
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    table = ctypes.cast(get(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    return {k: table[k] or 0 for k in (ARRAY_TYPE, NEW_ARRAY)}


@functools.cache
def data_offset() -> int:
    """Return where a Value keeps its number: a native one the number itself, a pure one the float that holds it."""
    value = Value(0.1)
    words = range(TYPE + 8, Value.__basicsize__, 8)
    if native.module is not None:
        return native.module.data_offset  # type: ignore[no-any-return]
    (found,) = [k for k in words if ctypes.c_int64.from_address(id(value) + k).value == id(value.data)]
    return found


@functools.cache
def possible() -> bool:
    """Return whether this Python and this NumPy keep their objects as this file expects."""
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return False
    if object.__basicsize__ != NUMBER or float.__basicsize__ != 24 or sys.maxsize != 2**63 - 1:
        return False

    def read(x: Any, offset: int, kind: Any = ctypes.c_int64) -> int:
        return kind.from_address(id(x) + offset).value  # type: ignore[no-any-return]

    a, sevens, pair = numpy.arange(6.0).reshape(2, 3), [7.0] * 7, (0.5, 1.5)
    try:
        shape = ctypes.cast(read(a, SHAPE), ctypes.POINTER(ctypes.c_int64))
        return (
            read(a, TYPE) == id(numpy.ndarray) == numpy_functions()[ARRAY_TYPE]
            and read(a, DATA) == a.ctypes.data
            and read(a, DTYPE) == id(a.dtype)
            and read(a, RANK, ctypes.c_int32) == 2
            and shape[:2] == [2, 3]
            and read(a, FLAGS, ctypes.c_int32) & PLAIN == PLAIN
            and read(a.T, FLAGS, ctypes.c_int32) & PLAIN != PLAIN
            and read(0.1, NUMBER, ctypes.c_double) == 0.1
            and (read(sevens, SIZE), read(pair, SIZE)) == (7, 2)
            and ctypes.c_int64.from_address(read(sevens, ITEMS)).value == id(sevens[0])
            and read(pair, ITEMS + 8) == id(pair[1])
            and data_offset() > 0
        )
    except (AttributeError, ImportError, ValueError):
        return False
