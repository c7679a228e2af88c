"""A model for JAX: a pure function of parameters and rows, and the parameters as a tree of arrays, there and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import jax
import numpy
from jax import numpy as jnp

from autograd.atomic import numbers_of, set_numbers
from autograd.compiler.jax.functions import Leaf, function_of
from autograd.compiler.program.program import program_of
from autograd.compiler.program.simplify import simplified
from autograd.compiler.trace.tracing import forget, traced, unknown, without_numbers
from autograd.value import Value
from nn.files.blocks import Block, blocks
from nn.module import Module
from nn.parts.stand_in import stand_in
from nn.prediction import outputs_of

Params = dict[str, dict[str, Any]]


def exported(model: Module) -> tuple[Callable[[Any, Any], Any], Params]:
    """Return what `nn.export.to_jax` does."""
    found = blocks(model)
    params: Params = {}
    with jax.enable_x64(True):
        for name, block in found.items():
            part, _, own = name.rpartition(".")
            table = numpy.array(numbers_of(block.values)).reshape(block.shape)
            params.setdefault(part, {})[own] = jnp.asarray(table)
    return _Apply(model, found), params


class _Apply:
    """A model as a pure function, recorded once for each width of its rows."""

    def __init__(self, model: Module, found: dict[str, Block]) -> None:
        self.model, self.names = stand_in(model).eval(), [name.rpartition(".")[::2] for name in found]
        self.parameters: list[Value] = [x for block in found.values() for x in block.values]
        self.recorded: dict[int, tuple[Any, bool]] = {}

    def __call__(self, params: Any, X: Any) -> Any:
        """Return the outputs for rows: a number each, or a row where the model gives a list."""
        tables = [params[part][own] for part, own in self.names]
        wide = any([getattr(x, "dtype", None) == numpy.float64 for x in tables])
        with jax.enable_x64(True) if wide else nullcontext():
            rows = jnp.asarray(X)
            if rows.ndim != 2:
                raise ValueError(f"apply needs a table, a row for each example, got an array of shape {rows.shape}")
            width = rows.shape[1]
            if width not in self.recorded:
                self.recorded[width] = self._recorded(width)
            function, alone = self.recorded[width]
            dtype = jnp.result_type(float, *tables)
            given = [jnp.asarray(x, dtype).reshape(-1) for x in tables]
            vector = jnp.concatenate(given) if given else jnp.zeros(0, dtype)
            (found,) = function(vector, [rows.astype(dtype)])
            found = found if found.ndim == 2 else jnp.broadcast_to(found, (len(rows), len(found)))
            return found[:, 0] if alone else found

    def _recorded(self, width: int) -> tuple[Any, bool]:
        row = [unknown(f"x{k}") for k in range(width)]
        nodes = list(row)
        try:
            prediction = traced(without_numbers, [self.parameters, lambda: self.model(row)], nodes=nodes)
            program = simplified(program_of(outputs_of(prediction), [*self.parameters, *row]))
        finally:
            forget(nodes)
        batched = [False] * len(self.parameters) + [True] * width
        function, _ = function_of(program, batched, [(0, k) for k in range(width)], [Leaf(program.outputs, False)])
        return function, not isinstance(prediction, (list, tuple))


def imported(model: Module, params: Any) -> Module:
    """Return what `nn.export.from_jax` does."""
    found, numbers = blocks(model), list[float]()
    names = {tuple(name.rpartition(".")[::2]) for name in found}
    given = {(part, own) for part, tables in params.items() for own in tables} if isinstance(params, Mapping) else set()
    if names != given:
        lacking, foreign = sorted(names - given), sorted(given - names)
        raise ValueError(
            "params must have what to_jax gives for this model, {part: {name: array}}"
            + (f"; missing: {', '.join(['.'.join(x) for x in lacking[:3]])}" if lacking else "")
            + (f"; unknown: {', '.join(['.'.join(map(str, x)) for x in foreign[:3]])}" if foreign else "")
        )
    for name, block in found.items():
        part, _, own = name.rpartition(".")
        table = numpy.asarray(params[part][own], dtype=numpy.float64)
        if table.shape != block.shape:
            size = Block(table.shape, []).size()
            raise ValueError(f"{name} must be {block.size()}, got {size}")
        flat = table.ravel().tolist()
        if not all(map(math.isfinite, flat)):
            raise ValueError(f"{name} has NaN or an infinity: nothing was changed")
        numbers += flat
    set_numbers([x for block in found.values() for x in block.values], numbers)
    return model
