"""Reverse mode: the chain rule, node by node, from the output back to the leaves."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any

from autograd.graph import topological
from autograd.scalars import partial_of, partials_checked

if TYPE_CHECKING:
    from autograd.value import Value

# One backward pass at a time: passes over graphs that share nodes add up as if one thread had run them all. The
# same thread may take the lock again, for a rule that differentiates something else. A forked child renews it.
lock = RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lock._at_fork_reinit)  # type: ignore[attr-defined]


def backward(root: Value, gradient: float, check: Callable[[Value, int, float], None] | None = None) -> None:
    """Add d(root)/d(leaf) * gradient to the `grad` of every leaf below `root`, and set that of the nodes between.

    A node is met after all its uses, so its gradient is complete; it is passed on to each input, multiplied by the
    derivative with respect to that input. Where no derivative arrives, not even 0.0, none is passed on.
    `check` is called with what each input of a node then has.
    """
    nodes: Any = topological(root)
    with lock:
        for node in nodes:
            if node.op is not None:
                node._grad = 0.0
        root._grad += gradient
        reached = {id(root)}
        for node in reversed(nodes):
            op, arrived, inputs = node.op, node._grad, node._inputs
            if op is None or id(node) not in reached:
                continue
            try:
                if len(inputs) == 2:  # the commonest case, without a loop
                    x, y = inputs
                    a, b = x if type(x) is float else x._data, y if type(y) is float else y._data
                    partials = op.partials(a, b, node._data)
                    dx, dy = partials if type(partials) is tuple else partials_of(node)
                    if type(x) is not float and dx is not False:
                        x._grad += arrived * (dx if type(dx) is float else partial_of(op, dx))
                        reached.add(id(x))
                    if type(y) is not float and dy is not False:
                        y._grad += arrived * (dy if type(dy) is float else partial_of(op, dy))
                        reached.add(id(y))
                else:
                    numbers = [x if type(x) is float else x._data for x in inputs]
                    partials = op.partials(*numbers, node._data)
                    partials = partials if type(partials) is tuple else partials_of(node)
                    for x, partial in zip(inputs, partials, strict=True):
                        if type(x) is not float and partial is not False:
                            x._grad += arrived * (partial if type(partial) is float else partial_of(op, partial))
                            reached.add(id(x))
            except (TypeError, ValueError):
                partials_of(node)  # raises a clear error if what the rule returned is at fault
                raise
            if check is not None:
                for place, x in enumerate(inputs):
                    if id(x) in reached:
                        check(node, place, x._grad)


def partials_of(node: Any) -> Sequence[float]:
    """Return the derivatives of one operation with respect to its inputs: floats, or False where nothing passes."""
    numbers = [x if type(x) is float else x._data for x in node._inputs]
    partials = partials_checked(node.op, numbers, node._data)
    return [x if x is False or type(x) is float else partial_of(node.op, x) for x in partials]
