"""A program as a function of arrays: an operation for each line, or, rolled, one for each group of like lines.

Rolled, the neurons of a layer are a matrix product, and a gradient that is added up over rows is one too, so XLA's time
to compile does not grow with the width of a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy
from jax import lax
from jax import numpy as jnp

from autograd.compiler.jax.lowering import lowered
from autograd.compiler.program.program import Program
from autograd.compiler.program.schedule import NONE, OpGroup, ProgramSchedule, factors, scheduled
from autograd.errors import CompileError

FLAT = 3_000  # operations that XLA compiles one by one in some seconds
LIKE = 10  # operations in a group, on average, from which on rolling pays


class Leaf(NamedTuple):
    """Results that lie in one array: their values, and whether they are added up over rows."""

    values: Sequence[int]
    summed: bool


Function = Callable[[Any, Sequence[Any]], list[Any]]  # (numbers without rows, arrays of rows) -> an array for each leaf


def function_of(
    program: Program, batched: Sequence[bool], columns: Sequence[tuple[int, int]], leaves: Sequence[Leaf]
) -> tuple[Function, str]:
    """Return a function of the numbers that no row changes and of arrays of rows, and how it is written.

    `columns` has the array and column of each argument that is `batched`. Summed leaves come first. A leaf is
    (count,) or, where a row changes it, rows x count; summed, what no row changes is left as it is.

    Raises CompileError for a program that is too large for XLA and has too few like operations to be rolled.
    """
    schedule = scheduled(program, batched, sum([len(leaf.values) for leaf in leaves if leaf.summed]))
    groups, size = len(schedule.uniform) + len(schedule.varying), len(program.code)
    if groups * LIKE <= size:
        return _rolled(program, batched, columns, leaves, schedule), "rolled"
    if size > FLAT:
        raise CompileError(
            f"the program has {size:,} operations in {groups:,} groups of like ones: XLA would take minutes. The JAX "
            f"back end compiles up to {FLAT:,} operations, or more if there are {LIKE} or more to a group, as in "
            "networks: use backend='native', or compile a smaller part"
        )
    return _flat(program, batched, columns, leaves), "flat"


def _places(program: Program, batched: Sequence[bool]) -> tuple[list[int], list[int]]:
    """Return the values that differ by row, and the other given ones."""
    by_row = [k for k, varies in enumerate(batched) if varies]
    return by_row, [k for k in range(program.first_constant) if k >= len(batched) or not batched[k]]


def _flat(
    program: Program, batched: Sequence[bool], columns: Sequence[tuple[int, int]], leaves: Sequence[Leaf]
) -> Function:
    by_row, shared = _places(program, batched)
    code = [(lowered(op), operands) for op, operands in program.code]

    def function(given: Any, arrays: Sequence[Any]) -> list[Any]:
        values: list[Any] = [None] * program.first_constant
        for k, place in enumerate(shared):
            values[place] = given[k]
        for place, (array, column) in zip(by_row, columns, strict=True):
            values[place] = arrays[array][:, column]
        values += [jnp.asarray(x, given.dtype) for x in program.constants]
        for function, operands in code:
            values.append(function(*[values[k] for k in operands]))
        found = []
        for leaf in leaves:
            parts = [values[k] for k in leaf.values]
            if leaf.summed:
                parts = [x.sum(0) if x.ndim else x for x in parts]
            found.append(jnp.stack(jnp.broadcast_arrays(*parts), axis=-1) if parts else jnp.zeros(0, given.dtype))
        return found

    return function


class Bank:
    """Arrays of values: where each lies, and several of them side by side, gathered in few pieces."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.arrays: list[Any] = []
        self.places: dict[Any, tuple[int, int]] = {}
        self.taken: dict[tuple[Any, ...], Any] = {}

    def put(self, array: Any, values: Iterable[Any]) -> None:
        """Keep an array whose last axis has these values."""
        self.places |= {value: (len(self.arrays), k) for k, value in enumerate(values)}
        self.arrays.append(array)

    def take(self, values: Iterable[Any]) -> Any:
        """Return values along the last axis, with an axis of rows before it if one of them has rows."""
        key = tuple(values)
        if key not in self.taken:
            places = [self.places[value] for value in key]
            order = sorted(range(len(places)), key=places.__getitem__)
            if len(_runs(places)) > 1 + len(_runs([places[k] for k in order])):  # all from one array first
                ordered = self._joined([places[k] for k in order])
                self.taken[key] = jnp.take(ordered, numpy.argsort(order).astype(numpy.int32), axis=-1)
            else:
                self.taken[key] = self._joined(places)
        return self.taken[key]

    def _joined(self, places: Sequence[tuple[int, int]]) -> Any:
        parts = [self._part(self.arrays[array], columns) for array, columns in _runs(places)]
        if not parts:
            return jnp.zeros(0, self.dtype)
        rows = next((x.shape[0] for x in parts if x.ndim == 2), None)
        if rows is not None:
            parts = [x if x.ndim == 2 else jnp.broadcast_to(x, (rows, x.shape[0])) for x in parts]
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)

    def _part(self, array: Any, columns: list[int]) -> Any:
        first, last, axis = columns[0], columns[-1], array.ndim - 1
        steps = set(numpy.diff(columns).tolist())
        if len(columns) == 1 or steps == {1}:
            whole = first == 0 and last == array.shape[-1] - 1
            return array if whole else lax.slice_in_dim(array, first, last + 1, axis=axis)
        if steps == {0}:
            one = lax.slice_in_dim(array, first, first + 1, axis=axis)
            return jnp.broadcast_to(one, (*array.shape[:-1], len(columns)))
        return jnp.take(array, numpy.array(columns, numpy.int32), axis=-1)


def _runs(places: Sequence[tuple[int, int]]) -> list[tuple[int, list[int]]]:
    """Return neighbours that lie in the same array, with their columns."""
    return [(array, [column for _, column in run]) for array, run in groupby(places, key=lambda place: place[0])]


def _rolled(
    program: Program,
    batched: Sequence[bool],
    columns: Sequence[tuple[int, int]],
    leaves: Sequence[Leaf],
    schedule: ProgramSchedule,
) -> Function:
    by_row, shared = _places(program, batched)
    where = dict(zip(columns, by_row, strict=True))

    def function(given: Any, arrays: Sequence[Any]) -> list[Any]:
        bank = Bank(given.dtype)
        bank.put(given, shared)
        bank.put(jnp.asarray(program.constants, given.dtype), range(program.first_constant, program.first_operation))
        for k, array in enumerate(arrays):
            bank.put(array, [where.get((k, column), (k, column)) for column in range(array.shape[1])])
        for group in (*schedule.uniform, *schedule.varying):
            bank.put((_dots if group.key[0] == "dots" else _alike)(group, bank), group.values)
        totals = Bank(given.dtype)
        if schedule.sums:
            _add_products(schedule, bank, totals)
        rest = [k for k in schedule.summed if k not in schedule.sums]
        if rest:
            totals.put(bank.take(rest).sum(0), rest)
        uniform = [k for leaf in leaves if leaf.summed for k in leaf.values if k not in totals.places]
        if uniform:
            totals.put(bank.take(dict.fromkeys(uniform)), dict.fromkeys(uniform))
        return [(totals if leaf.summed else bank).take(leaf.values) for leaf in leaves]

    return function


def _alike(group: OpGroup, bank: Bank) -> Any:
    """Do the same op on many values at once."""
    operands = [bank.take(column) for column in zip(*[operands for _, operands in group.lines], strict=True)]
    found = lowered(group.key[0])(*operands)
    rows = next((x.shape[:1] for x in operands if x.ndim == 2), ())
    return jnp.broadcast_to(found, (*rows, len(group.values)))


def _dots(group: OpGroup, bank: Bank) -> Any:
    """Do sums of products that share one side: a matrix times a vector, or times one for each row."""
    _, _, _, _, side, guards = group.key
    count, terms = len(group.values), len(side)
    vector = _guarded(bank, bank.take(side), guards)
    matrix = bank.take([x for line in group.lines for x in factors(line, side)])
    matrix = matrix.reshape(*matrix.shape[:-1], count, terms)
    if matrix.ndim == 2:
        found = matrix @ vector if vector.ndim == 1 else vector @ matrix.T
    else:
        found = matrix @ vector if vector.ndim == 1 else jnp.einsum("rnm,rm->rn", matrix, vector)
    return found if group.key[1] is None else bank.take([line.start for line in group.lines]) + found


def _guarded(bank: Bank, values: Any, guards: Sequence[int]) -> Any:
    """Return values, and 0 for those whose guard does not hold."""
    if all([guard == NONE for guard in guards]):
        return values
    known = bank.take([guard for guard in guards if guard != NONE]) != 0.0
    free = jnp.ones((*known.shape[:-1], 1), dtype=bool)
    number = iter(range(len(guards)))
    index = numpy.array([known.shape[-1] if guard == NONE else next(number) for guard in guards], numpy.int32)
    return jnp.where(jnp.take(jnp.concatenate([known, free], axis=-1), index, axis=-1), values, 0.0)


def _add_products(schedule: ProgramSchedule, bank: Bank, totals: Bank) -> None:
    """Add up products over rows: those with the same left factors are a matrix product, one for each layer."""
    ways = [(k, a, b, g) for k, (a, b, g) in schedule.sums.items()]
    flips = ways, [(k, b, a, g) for k, a, b, g in ways]
    products = min(flips, key=lambda found: len({a for _, a, _, _ in found}) + len({(b, g) for _, _, b, g in found}))
    by_right: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for k, left, right, guard in products:
        by_right.setdefault((right, guard), []).append((left, k))
    layers: dict[tuple[int, ...], list[tuple[tuple[int, int], list[int]]]] = {}
    for right_side, terms in by_right.items():
        layers.setdefault(tuple([left for left, _ in terms]), []).append((right_side, [k for _, k in terms]))
    for lefts, rights in layers.items():
        guards = [guard for (_, guard), _ in rights]
        right_values = _guarded(bank, bank.take([right for (right, _), _ in rights]), guards)
        found = right_values.T @ bank.take(lefts)
        totals.put(found.reshape(-1), [k for _, values in rights for k in values])
