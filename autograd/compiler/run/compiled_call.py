"""A compiled call in C: the native core gets a description of arguments and results once, and then needs no Python.

Most of the time of a small call would be Python's: looking at the arguments, copying them, building the result. The
native core does it for one structure of the arguments. Arguments that are not exactly as described (a list of another
length, an array of another dtype or number of rows) are passed to the Python function `otherwise`.

Python's lock is held throughout, so one workspace is enough. If other code runs in the middle of a call, as an op
that Python computes allows, and makes the same call, that call is passed to `otherwise` too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any, TypeVar
from weakref import ref

import numpy

from autograd import native
from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.call_words import BYTES, FLAG, INDEX, OUTPUT, ROWS, word_of_array
from autograd.compiler.run.machine import Machine, Workspace, address
from autograd.compiler.trace.arguments import FLOAT64
from autograd.transforms.containers import contents
from autograd.transforms.recording import _outermost

T = TypeVar("T")

NUMBER, ARRAY, ROWS_OF, LIST, TUPLE = range(5)  # what a description consists of, as the native core reads it


class NotSimple(Exception):
    """Arguments or results that the native core does not know."""


def compiled_call(
    machine: Machine, key: Sequence[Any], results: Any, shapes: Sequence[Any], slots: Sequence[int],
    scattered: Sequence[int | None], zeros: bool, otherwise: Callable[..., Any], careful: bool, left: Any,
) -> Any:  # fmt: skip
    """Return a callable for arguments of the structure `key`, or None where they or the results are of other kinds.

    `results` is the nesting of the results with the number of a leaf in each place, `shapes` its leaves, `slots` where
    their numbers lie; `scattered` has a place for each array that native code writes number by number, else None.
    `careful` says whether the native code may call Python; `left` counts the calls until other code is to be made.
    """
    make = getattr(native.module, "compiled_call", None)
    if make is None or len([place for place in scattered if place is not None]) > 1:
        return None
    workspace = machine.workspace()
    rows: list[Sequence[int]] = []
    leaves, copies = _leaves(workspace, shapes, slots, scattered, zeros)
    try:
        arguments, found = _each(_argument, key, rows), _result(results, leaves, copies)
    except NotSimple:
        machine.free.append(workspace)
        return None
    for k, shape in enumerate(rows):
        workspace.words_of_call[word_of_array(k) + 1] = prod(shape)
    counters = [0 if x is None else x.buffer_info()[0] for x in (left, callbacks.failures if careful else None)]
    words = [workspace.call + BYTES * word for word in (ROWS, INDEX, FLAG)]
    return make(
        (machine.place, workspace.plan, workspace.call, address(workspace.uniform), *counters, *words),
        len(key), tuple(arguments), tuple(found), tuple(copies), tuple(machine.captured),
        (numpy.ndarray, FLOAT64, numpy.float64), partial(callbacks.raise_failed, workspace.words_of_call), otherwise,
        (machine, workspace, left),
    )  # fmt: skip


def _each(describe: Callable[..., Sequence[int]], parts: Sequence[Any], given: Any) -> list[int]:
    """Return the descriptions of parts, one after the other."""
    return [word for part in parts for word in describe(part, given)]


def _argument(key: Any, rows: list[Sequence[int]]) -> list[int]:
    """Describe an argument, and add the shape of a row, if it has rows, to a list."""
    if key == 0:
        return [NUMBER]
    if key[-1] == "rows":
        rows.append(key[0])
        return [ROWS_OF, word_of_array(len(rows) - 1), 1 + len(key[0]), -1, *key[0]]
    if isinstance(key[0], int):
        return [ARRAY, len(key), *key]
    return [_nesting(key[0]), len(key) - 1, *_each(_argument, key[1:], rows)]


def _leaves(
    workspace: Workspace, shapes: Sequence[Any], slots: Sequence[int], scattered: Sequence[int | None], zeros: bool
) -> tuple[list[list[int]], list[Any]]:
    """Describe the leaves of the results, and return what copies the arrays among them out of a workspace."""
    leaves: list[list[int]] = []
    copies: list[Any] = []
    start = 0
    for shape, place in zip(shapes, scattered, strict=True):
        if shape is None:
            leaves.append([NUMBER, slots[start]])
            start += 1
            continue
        count = prod(shape)
        if place is None:
            numbers = workspace.uniform[slots[start] :][:count] if count else numpy.empty(0)
        else:
            numbers = (numpy.zeros if zeros else numpy.empty)(count)
            workspace.words_of_call[OUTPUT] = address(numbers)
        leaves.append([ARRAY, len(copies)])
        copies.append(numbers.reshape(shape).copy)
        start += count
    return leaves, copies


def _result(results: Any, leaves: Sequence[Sequence[int]], copies: list[Any]) -> Sequence[int]:
    """Describe the results in their nesting; an object made from one array, such as a sparse matrix, counts as it."""
    if isinstance(results, int):
        return leaves[results]
    if hasattr(type(results), "_contents"):
        inside = contents(results)
        assert inside is not None
        leaf = leaves[inside.items[0]]
        copies[leaf[1]] = partial(_filled, inside.refilled, copies[leaf[1]])
        return leaf
    return [_nesting(type(results)), len(results), *[x for part in results for x in _result(part, leaves, copies)]]


def _filled(refilled: Callable[[Any], Any], copy: Callable[[], Any]) -> Any:
    return refilled([copy()])


def _nesting(kind: type) -> int:
    if kind not in (list, tuple):
        raise NotSimple
    return LIST if kind is list else TUPLE


def called_in_c(pure: type[T]) -> type[T]:
    """Return a class whose instances the native core calls, if it is there: for all but the usual `__call__` does."""
    caller = getattr(native.module, "caller", None)
    if caller is None:
        return pure
    members = {name: x for name, x in vars(pure).items() if name not in ("__call__", "__dict__", "__weakref__")}
    return type(pure.__name__, (caller(pure.__call__, _outermost),), members)


def long_way(compiled: Any) -> Callable[..., Any]:
    """Return what calls a function without keywords, and does not keep it, since its callable in C keeps this."""
    here = ref(compiled)

    def called_by_place(*args: Any) -> Any:
        return here()._called(args, ())  # type: ignore[union-attr]

    return called_by_place
