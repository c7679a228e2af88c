"""From the slots of native code to the results of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import copysign, prod
from typing import Any

import numpy

from autograd.compiler.arguments import parts
from autograd.compiler.plan import Plan
from autograd.compiler.program import Program
from autograd.ops import COMPARISONS, DETACH
from autograd.transforms.structures import Structure
from autograd.value import Value


def truths(tree: Any) -> list[bool]:
    """Return for each number of a result whether it is a truth: True, False, or a comparison."""
    if isinstance(tree, numpy.ndarray):
        return [_true(x) for x in tree.ravel().tolist()]
    opened = parts(tree)
    return [_true(tree)] if opened is None else [truth for x in opened[1] for truth in truths(x)]


def _true(x: Any) -> bool:
    while isinstance(x, Value) and x.op is DETACH:  # what `no_grad` makes of a comparison
        x = x.inputs[0]
    return x.op in COMPARISONS if isinstance(x, Value) else isinstance(x, (bool, numpy.bool_))


def masks(results: Structure, truth: Sequence[bool]) -> list[bool]:
    """Return which leaves of a result are bools, or arrays of bools, given which of its numbers are truths."""
    found, start = [], 0
    for shape in results.shapes:
        among = truth[start : start + prod(shape or ())]
        start += len(among)
        found.append(bool(among) and all(among))
    return found


class Emitted:
    """Which results native code writes into fresh memory: arrays whose numbers do not lie side by side.

    `pairs` are slots and their places there, `starts` the place of each leaf of the results, None for those
    that are read out of their slots. Zeros that never change are there from the start.
    """

    def __init__(self, plan: Plan, results: Structure, program: Program, by_row: bool = False) -> None:
        self.slots = [slot for _, slot in plan.results]
        self.pairs: list[tuple[int, int]] = []
        self.starts: list[int | None] = []
        zeros = {plan.constants + k for k, x in enumerate(program.constants) if x == 0.0 and copysign(1.0, x) > 0.0}
        start = self.size = 0
        self.zeros = False
        for shape in results.shapes:
            among = self.slots[start : start + prod(shape or ())]
            start += len(among)
            scattered = (
                shape is not None and not by_row and among != list(range(among[0], among[0] + len(among)))
                if among
                else False
            )
            self.starts.append(self.size if scattered else None)
            if scattered:
                self.pairs += [(slot, self.size + k) for k, slot in enumerate(among) if slot not in zeros]
                self.zeros = self.zeros or any([slot in zeros for slot in among])
                self.size += len(among)

    def fresh(self) -> Any:
        """Return new memory, None if nothing is written there."""
        return (numpy.zeros if self.zeros else numpy.empty)(self.size) if self.size else None


def picker(results: Structure, emitted: Emitted, truth: Sequence[bool]) -> Callable[[Any, Any, Any], Any]:
    """Return a function that takes results out of slots, given as a view and as an array, and out of fresh memory.

    `truth` says which leaves are bools. Written out for nested lists and tuples of numbers, since most of the time
    of a small call is spent here.
    """
    place, pieces = 0, []
    for shape, start, true in zip(results.shapes, emitted.starts, truth, strict=True):
        count = prod(shape or ())
        first = emitted.slots[place] if count else 0
        place += count
        if shape is None:
            pieces.append(f"v[{first}]" + (" != 0.0" if true else ""))
        else:
            part = f"u[{first}:{first + count}].copy()" if start is None else f"fresh[{start}:{start + count}]"
            pieces.append(part + (f".reshape({shape})" if len(shape) != 1 else "") + (" != 0.0" if true else ""))
    source = _source(results.build(pieces))
    if source is not None:
        return _function(source)
    leaves = _function(f"[{', '.join(pieces)}]")
    return lambda v, u, fresh: results.build(leaves(v, u, fresh))


def _function(source: str) -> Callable[..., Any]:
    """Return an expression of v, u and fresh as a function, as fast as one that somebody had written."""
    # Compiled first: after Ctrl-C in an `eval` of text Python ends with exit code 130, whoever caught the exception.
    return eval(compile(f"lambda v, u, fresh: {source}", "<results>", "eval"))  # type: ignore[no-any-return]


def _source(nested: Any) -> str | None:
    """Return the Python that makes the like of a nesting of expressions, None for other than lists and tuples."""
    if isinstance(nested, str):
        return nested
    if type(nested) not in (list, tuple):
        return None
    parts = [_source(x) for x in nested]
    if None in parts:
        return None
    inside = ", ".join([part or "" for part in parts])
    return f"[{inside}]" if isinstance(nested, list) else f"({inside}{',' if parts else ''})"
