"""Which numbers of a result are truths: in a program they are numbers like others, in a result they are bools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from autograd.compiler.trace.arguments import by_leaf, parts
from autograd.ops import COMPARISONS, DETACH
from autograd.transforms.structures import Structure
from autograd.value import Value

_COMPARISONS = frozenset(map(id, COMPARISONS))  # to compare ops takes longer


def truths(tree: Any) -> list[bool]:
    """Return for each number of a result whether it is a truth: True, False, or a comparison."""
    if isinstance(tree, numpy.ndarray):
        return [_true(x) for x in tree.ravel().tolist()]
    opened = parts(tree)
    return [_true(tree)] if opened is None else [truth for x in opened[1] for truth in truths(x)]


def _true(x: Any) -> bool:
    while isinstance(x, Value) and x.op is DETACH:  # what `no_grad` makes of a comparison
        x = x.inputs[0]
    return id(x.op) in _COMPARISONS if isinstance(x, Value) else isinstance(x, (bool, numpy.bool_))


def masks(results: Structure, truth: Sequence[bool]) -> list[bool]:
    """Return which leaves of a result are bools, or arrays of bools, given which of its numbers are truths."""
    if not any(truth):
        return [False] * len(results.shapes)
    return [bool(among) and all(among) for _, among in by_leaf(results, truth)]
