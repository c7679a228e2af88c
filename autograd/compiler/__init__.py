"""The compiler: recorded graph -> program -> groups -> native code. `autograd.compile` and `to_sympy` are public."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name in ("Compiled", "compile"):  # loaded on first use, as they need NumPy
        from autograd.compiler import compiled

        return getattr(compiled, name)
    if name == "to_sympy":  # as it needs SymPy
        from autograd.compiler.lower.formulas import to_sympy

        return to_sympy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
