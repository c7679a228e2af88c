"""A function compiled by JAX for one structure of its arguments: recorded, jitted for each placement, and called."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import jax
import numpy
from jax import numpy as jnp
from jax.sharding import NamedSharding, PartitionSpec

from autograd.atomic import numbers_of
from autograd.compiler.jax.functions import Leaf, function_of
from autograd.compiler.program.recording import recorded
from autograd.compiler.run.report import Report
from autograd.compiler.trace.arguments import row_count
from autograd.compiler.trace.truths import masks


class StandIns:
    """Arguments with arrays of float64 by NumPy, which a structure knows, in place of JAX's and of float32."""

    def __init__(self, args: Sequence[Any]) -> None:
        self.kept: list[Any] = []  # so that no identity is used twice
        self.originals: dict[int, Any] = {}
        self.args = jax.tree_util.tree_map(self._stand_in, tuple(args))

    def _stand_in(self, x: Any) -> Any:
        of_float32 = isinstance(x, numpy.ndarray) and x.dtype == numpy.float32
        if not (isinstance(x, jax.Array) or of_float32):
            return x
        new: Any = numpy.zeros(x.shape) if x.shape else float.fromhex("0x1p-1")
        self.kept.append(new)
        self.originals[id(new)] = x
        return new

    def original(self, x: Any) -> Any:
        """Return what stands behind a leaf, or the leaf itself."""
        return self.originals.get(id(x), x)


class JaxSpecialization:
    """A program as a jitted function of JAX's arrays."""

    waits = False  # there is no straight-line code to wait for

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None], reduce: str | None
    ) -> None:
        start = perf_counter()
        self.recording = recorded(f, args, axes)
        self.program, self.reduce, self.left = self.recording.program, reduce, array("q", [0])
        program, results = self.program, self.recording.results
        self.masks = masks(results, [] if reduce else self.recording.truths)
        self.with_rows = any(self.recording.by_row)
        self.leaves: list[Leaf] = []
        first = 0
        for shape in results.shapes:
            size = 1 if shape is None else int(numpy.prod(shape))
            self.leaves.append(Leaf(program.outputs[first : first + size], bool(reduce)))
            first += size
        varies = program.varying(self.recording.batched)
        self.varies = [numpy.array([varies[k] for k in leaf.values], dtype=bool) for leaf in self.leaves]
        self.function, tier = function_of(program, self.recording.batched, self.recording.columns, self.leaves)
        self.jitted: dict[Any, Any] = {}
        self.report = Report(len(program.code), f"JAX, {tier}", 1, 1, perf_counter() - start, ())

    def call(self, _: Any, leaves: Sequence[Any], threads: int) -> Any:
        """Run on the leaves of arguments."""
        by_row = self.recording.by_row
        shared = [x for x, has_rows in zip(leaves, by_row, strict=True) if not has_rows]
        rows = [x for x, has_rows in zip(leaves, by_row, strict=True) if has_rows]
        if rows:
            row_count(rows)
        arrays = [x for x in leaves if getattr(x, "shape", ())]
        single = bool(arrays) and all([x.dtype == numpy.float32 for x in arrays])
        dtype = numpy.dtype(numpy.float32 if single else numpy.float64)
        captured = numpy.array(numbers_of(self.program.captured), dtype)
        placement = next((x.sharding for x in rows if isinstance(getattr(x, "sharding", None), NamedSharding)), None)
        key = placement and (placement.mesh, placement.spec)
        with jax.enable_x64(True):
            if (dtype, key) not in self.jitted:
                self.jitted[dtype, key] = self._jitted(dtype, placement)
            found = self.jitted[dtype, key](shared, rows, captured)
        return self.recording.results.build(found)

    def _jitted(self, dtype: Any, placement: NamedSharding | None) -> Any:
        def whole(shared: Sequence[Any], rows: Sequence[Any], captured: Any) -> list[Any]:
            given = [*[jnp.asarray(x, dtype).reshape(-1) for x in shared], captured]
            tables = [jnp.asarray(x, dtype).reshape(x.shape[0], -1) for x in rows]
            found = self.function(jnp.concatenate(given), tables)
            return [self._shaped(k, x, tables) for k, x in enumerate(found)]

        if placement is None:
            return jax.jit(whole)
        spec = PartitionSpec() if self.reduce or not placement.spec else PartitionSpec(placement.spec[0])
        return jax.jit(whole, out_shardings=NamedSharding(placement.mesh, spec))

    def _shaped(self, place: int, x: Any, tables: Sequence[Any]) -> Any:
        """Return a leaf in its shape, with rows along axis 0 where f has rows and they are not reduced."""
        shape, count = self.recording.results.shapes[place] or (), len(tables[0]) if tables else 1
        if self.with_rows and self.reduce is None:
            x = jnp.broadcast_to(x, (count, x.shape[-1])) if x.ndim < 2 else x
            x = x.reshape(count, *shape)
        else:
            if self.with_rows:
                varies = self.varies[place]
                x = jnp.where(varies, x / count, x) if self.reduce == "mean" else jnp.where(varies, x, x * count)
            x = x.reshape(shape)
        return x != 0.0 if self.masks[place] else x

    def next_call(self, key: Any, leaves: Sequence[Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
        """Return what to call next time: the same way, since JAX takes the arrays."""
        return otherwise

    def llvm(self) -> str:
        """Return what takes the place of LLVM's IR."""
        return "JAX runs the program: see jax.jit's own lowering"
