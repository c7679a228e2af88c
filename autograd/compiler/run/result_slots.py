"""From the slots of native code to the results of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from math import copysign
from typing import Any

import numpy

from autograd.compiler.lower.plan import Plan
from autograd.compiler.program.program import Program
from autograd.compiler.trace.arguments import by_leaf
from autograd.transforms.structures import Structure

LONG_RUN = 16  # numbers side by side, from which on they are read at once


class FreshResults:
    """Which results native code writes into fresh memory: arrays whose numbers do not lie side by side.

    `pairs` are slots and their places there, `starts` the place of each leaf of the results, None for those
    that are read out of their slots. Zeros that never change are there from the start.
    """

    def __init__(self, plan: Plan, results: Structure, program: Program, by_row: bool = False) -> None:
        self.slots = [slot for _, slot in plan.results]
        self.pairs: list[tuple[int, int]] = []
        self.starts: list[int | None] = []
        zeros = {plan.constants + k for k, x in enumerate(program.constants) if x == 0.0 and copysign(1.0, x) > 0.0}
        self.size, self.zeros = 0, False
        for shape, among in by_leaf(results, self.slots):
            scattered = shape is not None and not by_row and bool(among) and not _neighbours(among)
            self.starts.append(self.size if scattered else None)
            if scattered:
                self.pairs += [(slot, self.size + k) for k, slot in enumerate(among) if slot not in zeros]
                self.zeros = self.zeros or any([slot in zeros for slot in among])
                self.size += len(among)

    def fresh(self) -> Any:
        """Return new memory, None if nothing is written there."""
        return (numpy.zeros if self.zeros else numpy.empty)(self.size) if self.size else None


def picker(results: Structure, emitted: FreshResults, truth: Sequence[bool]) -> Callable[[Any, Any, Any], Any]:
    """Return a function that takes results out of slots, given as a view and as an array, and out of fresh memory.

    `truth` says which leaves are bools. Written out for nested lists and tuples of numbers, since most of the time
    of a small call is spent here.
    """
    pieces: list[str | int] = []
    for (shape, among), start, true in zip(by_leaf(results, emitted.slots), emitted.starts, truth, strict=True):
        count, first = len(among), among[0] if among else 0
        if shape is None:
            pieces.append(f"v[{first}] != 0.0" if true else first)
            continue
        piece = f"u[{first}:{first + count}].copy()" if start is None else f"fresh[{start}:{start + count}]"
        piece += f".reshape({shape})" if len(shape) != 1 else ""
        pieces.append(piece + (" != 0.0" if true else ""))
    source = _source(results.build(pieces))
    if source is not None:
        return _function(source)
    leaves = _function(f"[{_listed(pieces)}]")
    return lambda v, u, fresh: results.build(leaves(v, u, fresh))


def _neighbours(slots: Sequence[int]) -> bool:
    return list(slots) == list(range(slots[0], slots[0] + len(slots)))


def _function(source: str) -> Callable[..., Any]:
    """Return an expression of v, u and fresh as a function, as fast as one written by hand."""
    # Compiled first: after Ctrl-C in an `eval` of text, Python ends with exit code 130 even if it was caught.
    return eval(compile(f"lambda v, u, fresh: {source}", "<results>", "eval"))  # type: ignore[no-any-return]


def _source(nested: Any) -> str | None:
    """Return the Python that makes the like of a nesting of expressions and slots, None but for lists and tuples."""
    if isinstance(nested, (str, int)):
        return _listed([nested])
    if type(nested) not in (list, tuple):
        return None
    parts = [x if isinstance(x, (str, int)) else _source(x) for x in nested]
    if None in parts:
        return None
    inside = _listed(parts)
    return f"[{inside}]" if isinstance(nested, list) else f"({inside}{',' if parts else ''})"


def _listed(parts: Sequence[Any]) -> str:
    """Return expressions, and the numbers in slots, one after the other: those in a long run of slots at once."""
    written: list[str] = []
    for _, group in groupby(enumerate(parts), lambda place: place[1] - place[0] if type(place[1]) is int else None):
        found = [part for _, part in group]
        if len(found) >= LONG_RUN and type(found[0]) is int:
            written.append(f"*v[{found[0]}:{found[-1] + 1}].tolist()")
        else:
            written += [f"v[{x}]" if type(x) is int else x for x in found]
    return ", ".join(written)
