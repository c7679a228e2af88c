"""Numbers that have changed since they were recorded: after an optimiser's step old results stand beside new leaves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from autograd import modes
from autograd.scalars import number

if TYPE_CHECKING:
    from autograd.value import Value


def changed(node: Value) -> float | None:
    """Return what the operation of a node gives now, if that is not the number in the node; None if it is.

    The same operation gives the same bits for the same numbers. Nothing can be said of a user's op that fails.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> print(changed(y))
    None
    >>> x.data = 2.0
    >>> changed(y)
    4.0
    """
    if node.op is None or modes.tracing():  # while a function is compiled there are no numbers yet
        return None
    try:
        now = number(node.op.forward(*[x if isinstance(x, float) else x.data for x in node.inputs]))
    except Exception:  # a picture still helps to find what is wrong with an op
        return None
    return None if repr(now) == repr(node.data) else now  # NaN equals itself here, and -0.0 differs from 0.0


def remarks(nodes: Iterable[Value]) -> list[str]:
    """Return what to say about nodes if a number among them has changed: one remark or none."""
    stale = any([changed(node) is not None for node in nodes])
    return ["numbers have changed since they were recorded: compute the result again"] if stale else []
