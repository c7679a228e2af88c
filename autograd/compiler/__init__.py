"""The compiler: recorded graph -> program -> groups -> native code. `autograd.compile` is its one public function."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name in ("Compiled", "compile"):  # loaded on first use, as they need NumPy
        from autograd.compiler import compiled

        return getattr(compiled, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
