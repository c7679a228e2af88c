"""BLAS: where SciPy, if it is there, keeps its routines for products of matrices."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def blas(routine: str) -> int:
    """Return the address of a routine of BLAS, 0 without SciPy."""
    try:
        from scipy.linalg import cython_blas
    except ImportError:
        return 0
    capsule = cython_blas.__pyx_capi__[routine]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer(capsule, name(capsule)) or 0)
