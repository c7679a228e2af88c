"""Who runs a compiled function: native code on this machine, or JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from autograd.compiler.run.specialization import Specialization
from autograd.errors import needs

Known = tuple[tuple[Any, ...], Callable[[Any], Any] | None]


class Native:
    """LLVM's code, or NumPy where there is no llvmlite."""

    def known(self, args: tuple[Any, ...]) -> Known:
        """Return arguments whose structure can be told, and what gives the original of each leaf, if they differ."""
        return args, None

    def specialization(self, f: Any, args: Sequence[Any], axes: Any, reduce: str | None, *how: Any) -> Any:
        """Record and compile f for a structure of arguments."""
        return Specialization(f, args, axes, reduce, *how)


class Jax(Native):
    """XLA's code, made by JAX."""

    def __init__(self) -> None:
        try:
            self.call = import_module("autograd.compiler.jax.call")
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "jax":
                raise
            raise needs("jax", 'compile(backend="jax") needs the package jax', "jax") from None

    def known(self, args: tuple[Any, ...]) -> Known:
        """Return NumPy's arrays for JAX's."""
        stand_ins = self.call.StandIns(args)
        return stand_ins.args, stand_ins.original

    def specialization(self, f: Any, args: Sequence[Any], axes: Any, reduce: str | None, *how: Any) -> Any:
        """Record and jit f for a structure of arguments."""
        return self.call.JaxSpecialization(f, args, axes, reduce)


def backend_of(name: str, threads: int) -> Native:
    """Return a back end by name. Raises ValueError for another one, and ImportError without JAX."""
    if name not in ("native", "jax"):
        raise ValueError(f"backend must be 'native' or 'jax', got {name!r}")
    if name == "jax" and threads != 1:
        raise ValueError("threads= is for native code: JAX has threads of its own, so leave it out")
    return Jax() if name == "jax" else Native()
