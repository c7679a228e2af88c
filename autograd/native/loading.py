"""Which core runs: the native one, where it was built from these rules, or the pure one.

`CHAINRULE_PURE=1` selects the pure core, and so does a Python for which nothing was built.
"""

from __future__ import annotations

import binascii
import os
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
SOURCES = ("ops.py", "floats/branches.py", "floats/elementary.py", "floats/gamma.py")  # what computes a row


def digest() -> int:
    """Return a number that changes when a rule, or a function that a rule calls, is edited."""
    total = 0
    for name in SOURCES:
        with open(os.path.join(os.path.dirname(__file__), "..", name), "rb") as file:
            total = binascii.crc32(file.read().replace(b"\r\n", b"\n"), total)
    return total


def _built() -> Any:
    """Return the compiled module, or None if there is none for this Python, or if its rules are not the table's."""
    if os.environ.get("CHAINRULE_PURE", "0") not in ("", "0"):
        return None
    try:
        _core: Any = import_module("._core", __package__)
    except ImportError:
        return None
    if _core.made():  # the package is imported a second time, as a test may do: that copy is pure
        return None
    if _core.digest == digest():
        return _core
    warnings.warn(
        "the native core was built from rules other than those in autograd/ops.py, so the pure core runs. Print "
        "the rules again (python -m autograd.native.print_rules) and install again (pip install -e .)",
        stacklevel=2,
    )
    return None


module = _built()


def core() -> str:
    """Return which core runs: "native", which is compiled, or "pure".

    >>> core() in ("native", "pure")
    True
    """
    return "pure" if module is None else "native"


def twin(f: F) -> F:
    """Return the C function of the same name, if there is one."""
    native = getattr(module, f.__name__, None)
    if native is None:
        return f
    code = f.__code__
    names = [*code.co_varnames[: code.co_argcount], *[f"*{x}" for x in code.co_varnames[code.co_argcount :][:1]]]
    signature = ", ".join(names[: code.co_argcount + bool(code.co_flags & 4)])  # inspect.CO_VARARGS
    module.describe(f.__name__, f"{f.__name__}({signature})\n--\n\n{f.__doc__}")
    native.__module__ = f.__module__
    return native  # type: ignore[no-any-return]
