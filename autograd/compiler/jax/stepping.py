"""Training steps by JAX: gradients summed over rows that the devices of a mesh share, and an update on each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from autograd.atomic import numbers_of
from autograd.compiler.jax.functions import Leaf, function_of
from autograd.compiler.jax.lowering import lowered
from autograd.compiler.program.program import Program
from autograd.compiler.run.single_row import RowProgram


def mesh_of(mesh: Any) -> Mesh:
    """Return a mesh of one dimension: this one, or one of all devices. Raises TypeError or ValueError for another."""
    if mesh is None:
        return Mesh(numpy.array(jax.devices()), ("rows",))
    if not isinstance(mesh, Mesh):
        raise TypeError(f"mesh must be a jax.sharding.Mesh or None, got {type(mesh).__name__}")
    if len(mesh.axis_names) != 1:
        raise ValueError(f"mesh must have one axis, over which rows are shared, got {', '.join(mesh.axis_names)}")
    return mesh


class JaxStepper:
    """Parameters and state on every device of a mesh, and the steps that move them: see `Stepper`.

    The last of the arrays has a factor for each row; rows that fill up a minibatch for the devices have factor 0.
    """

    def __init__(
        self, rows: RowProgram, updates: Sequence[tuple[Program, int]], state: Sequence[Sequence[float]],
        arrays: Sequence[Any], mesh: Mesh,
    ) -> None:  # fmt: skip
        self.rows, self.updates, self.kept = rows, list(updates), rows.kept
        self.arrays = [numpy.ascontiguousarray(x, dtype=numpy.float64) for x in arrays]
        self.losses: Any = None
        self.devices = mesh.devices.size
        self.everywhere = NamedSharding(mesh, PartitionSpec())
        self.shared = NamedSharding(mesh, PartitionSpec(mesh.axis_names[0]))
        outputs, count = rows.program.outputs, 1 + rows.parameters
        second = outputs[count : 2 * count] if rows.penalised else ()
        leaves = [Leaf(outputs[:count], True), Leaf(second, False), Leaf(outputs[len(outputs) - rows.kept :], False)]
        batched = [False] * rows.parameters + [True] * len(rows.columns)
        self.function, _ = function_of(rows.program, batched, rows.columns, leaves)
        varies = rows.program.varying(batched)
        self.varies = numpy.array([varies[k] for k in outputs[:count]])
        self.parameters: Any = None
        self.state: list[list[Any]] = []
        self.rates: Any = None
        self.step = jax.jit(self._step, out_shardings=self.everywhere)
        self.places: dict[tuple[int, ...], list[Any]] = {}

    def load(self, parameters: Sequence[float], state: Sequence[Sequence[float]], rates: Sequence[float]) -> None:
        """Put parameters, the state of each, and the learning rate of each update on every device."""
        start = 0
        self.state = []
        for _, length in self.updates:
            columns = zip(*state[start : start + length], strict=True)
            self.state.append([self._placed(numpy.array(x, dtype=numpy.float64), self.everywhere) for x in columns])
            start += length
        self.parameters = self._placed(numpy.array(parameters, dtype=numpy.float64), self.everywhere)
        self.rates = self._placed(numpy.array(rates, dtype=numpy.float64), self.everywhere)

    def read(self) -> tuple[list[float], list[tuple[float, ...]]]:
        """Return parameters and state."""
        found: list[tuple[float, ...]] = []
        for (_, length), columns in zip(self.updates, self.state, strict=True):
            numbers = [numpy.asarray(x).tolist() for x in columns]
            found += list(zip(*numbers, strict=True)) if numbers else [()] * length
        return numpy.asarray(self.parameters).tolist(), found

    def fits(self, state: Sequence[Sequence[float]]) -> bool:
        """Return whether any state fits, as it does here."""
        return True

    def run(self, order: Sequence[int], sizes: Sequence[int], times: int = 1) -> tuple[Any, int, Any]:
        """Take a step for each minibatch, as `Stepper.run` does."""
        starts = numpy.cumsum([0, *sizes])
        kept = numpy.empty((len(order), self.kept))
        captured = numpy.array(numbers_of(self.rows.program.captured), dtype=numpy.float64)
        tables: dict[int, list[Any]] = {}
        losses, good = [], jnp.array(True)
        with jax.enable_x64(True):
            for turn in range(times * len(sizes)):
                k = turn % len(sizes)
                here = slice(starts[k], starts[k + 1])
                if k not in tables:
                    tables = {**tables, k: self._tables(order[here])} if times > 1 else {k: self._tables(order[here])}
                given = self.parameters, self.state, self.rates, captured, tables[k], float(sizes[k]), good
                self.parameters, self.state, loss, good, outputs = self.step(*given)
                losses.append((loss, good))
                if self.kept and turn >= (times - 1) * len(sizes):
                    kept[here] = numpy.asarray(outputs)[: sizes[k]]
            found = numpy.array([float(loss) for loss, _ in losses])
            done = sum([bool(fine) for _, fine in losses])
        self.losses = numpy.where(numpy.arange(len(found)) < done, found, numpy.nan)
        return found[:done], done, kept

    def _tables(self, places: Sequence[int]) -> list[Any]:
        """Return the rows of a minibatch, as many for each device."""
        padding = -len(places) % self.devices
        index = [*places, *[places[0]] * padding]
        tables = [x[index] for x in self.arrays]
        tables[-1] = numpy.where(numpy.arange(len(index))[:, None] < len(places), tables[-1], 0.0)
        return [self._placed(x, self.shared) for x in tables]

    def _placed(self, x: Any, sharding: NamedSharding) -> Any:
        with jax.enable_x64(True):
            return jax.make_array_from_callback(x.shape, sharding, lambda index: x[index])

    def _step(
        self, parameters: Any, state: Any, rates: Any, captured: Any, tables: Any, size: Any, good: Any
    ) -> tuple[Any, ...]:
        sums, penalty, outputs = self.function(jnp.concatenate([parameters, captured]), tables)
        means = jnp.where(self.varies, sums / size, sums)
        means = means + penalty if self.rows.penalised else means
        moved, new, first = [], [], 0
        for place, ((program, length), columns) in enumerate(zip(self.updates, state, strict=True)):
            mine = slice(first, first + length)
            given = [parameters[mine], means[1:][mine], *columns, rates[place]]
            found = [jnp.broadcast_to(x, (length,)) for x in _elementwise(program, given)]
            moved.append(found[0])
            new.append(found[1:])
            first += length
        after = jnp.concatenate([*moved, parameters[first:]])
        good = good & jnp.isfinite(means).all() & jnp.isfinite(after).all()
        kept_state = jax.tree_util.tree_map(lambda x, y: jnp.where(good, x, y), new, state)
        return jnp.where(good, after, parameters), kept_state, means[0], good, outputs


def _elementwise(program: Program, given: Sequence[Any]) -> list[Any]:
    """Return the outputs of a program on arrays of one shape, element by element."""
    values = [*given, *[jnp.asarray(x, given[0].dtype) for x in (*numbers_of(program.captured), *program.constants)]]
    for op, operands in program.code:
        values.append(lowered(op)(*[values[k] for k in operands]))
    return [values[k] for k in program.outputs]
