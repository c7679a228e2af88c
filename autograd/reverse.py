"""Reverse mode on floats: put the nodes below a root in order, then pass gradients from outputs to inputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any

from autograd.ops import ADD, pull_dot
from autograd.scalars import bare, number

if TYPE_CHECKING:
    from autograd.value import Value


# One backward pass at a time: passes over graphs that share nodes add up as if one thread had made them all. The
# same thread may take the lock again, for a rule that differentiates something else.
lock = RLock()


def _new_lock() -> None:
    """Replace the lock in a forked child: the thread that held it is not there to release it."""
    global lock
    lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)

ADD_PARTIALS = ADD.partials(0.0, 0.0, 0.0)  # the commonest rule does not look at its inputs: no call for it


def order_below(root: Value) -> tuple[list[Value], float]:
    """Return the nodes with an op below `root`, inputs before outputs, and the 0 that is now their gradient.

    The walk of `autograd.topological` without its set: a gradient that is this very zero, a fresh
    object, marks a node as met. An interrupted walk so leaves nothing behind but zeros.
    """
    order: list[Value] = []
    zero = float("0")
    if root.op is None:
        return order, zero
    kind = type(root)
    root._grad = zero
    path: list[Value] = []  # from the root to the node at hand
    waiting: list[tuple[Value, list[Any]]] = []  # those on the path with many inputs, and what they have still to walk
    runs: set[int] = set()  # shared tuples of inputs already looked through, by id
    node: Any = root
    while True:
        x = node._x
        while type(x) is kind and x._grad is not zero and x.op is not None:  # down, along first inputs
            x._grad = zero
            path.append(node)
            node = x
            x = node._x
        while True:  # up, until another input leads down again
            y = node._y
            if type(y) is tuple:
                y = next_unmet(node, zero, waiting, runs)
            if type(y) is kind and y._grad is not zero and y.op is not None:
                y._grad = zero
                path.append(node)
                node = y
                break
            order.append(node)
            if not path:
                return order, zero
            node = path.pop()


def next_unmet(node: Any, zero: float, waiting: list[tuple[Value, list[Any]]], runs: set[int]) -> Any:
    """Return the next input of a node with many that `order_below` has not met, None after the last."""
    if waiting and waiting[-1][0] is node:
        rest = waiting.pop()[1]
        while rest:
            x = rest.pop()
            if x._grad is not zero:
                waiting.append((node, rest))
                return x
    rest = []
    for x in node._y:
        if type(x) is not tuple:
            if type(x) is not float and x.op is not None and x._grad is not zero:
                rest.append(x)
        elif id(x) not in runs:
            if rest:  # one run at a time: a node of the first may be made from those of the second
                break
            runs.add(id(x))
            rest = [v for v in x if type(v) is not float and v.op is not None and v._grad is not zero]
            if rest:
                break
    if not rest:
        return None
    rest.reverse()
    x = rest.pop()
    waiting.append((node, rest))
    return x


def sweep(order: Sequence[Value], zero: float) -> None:
    """Pass every node's gradient on to its inputs, outputs first: the chain rule.

    A node whose gradient still is `zero`, the object, was reached by no derivative: it has none to pass on.
    """
    node: Any = None
    try:
        for node in reversed(order):
            op, gradient, x, y = node.op, node._grad, node._x, node._y
            if gradient is zero:
                continue
            if y is None:
                partials = op.partials(x._data, node._data)
                (dx,) = partials if type(partials) is tuple else partials_of(node)
                if dx is not False:
                    x._grad += gradient * dx if type(dx) is float else gradient * as_float(op, dx)
            elif type(y) is not tuple and type(x) is not float and type(y) is not float:
                partials = ADD_PARTIALS if op is ADD else op.partials(x._data, y._data, node._data)
                dx, dy = partials if type(partials) is tuple else partials_of(node)
                if dx is not False:
                    x._grad += gradient * dx if type(dx) is float else gradient * as_float(op, dx)
                if dy is not False:
                    y._grad += gradient * dy if type(dy) is float else gradient * as_float(op, dy)
            elif type(y) is float or type(x) is float:
                first = type(y) is float
                partials = op.partials(x._data, y, node._data) if first else op.partials(x, y._data, node._data)
                dx, dy = partials if type(partials) is tuple else partials_of(node)
                v, dv = (x, dx) if first else (y, dy)
                if dv is not False:
                    v._grad += gradient * dv if type(dv) is float else gradient * as_float(op, dv)
            elif type(y[0]) is tuple:
                pull_dot(gradient, *y)
            else:
                for v, dv in zip(y, partials_of(node), strict=True):
                    if type(v) is not float and dv is not False:
                        v._grad += gradient * dv
    except (TypeError, ValueError):
        partials_of(node)  # says so if the number of partials is what went wrong
        raise


def partials_of(node: Value) -> Sequence[float]:
    """Return the derivatives of one operation by its inputs, floats or False, their number checked."""
    inputs: Any = node.inputs
    partials = checked(node.op, [x if type(x) is float else x._data for x in inputs], node._data)
    if all([type(partial) is float for partial in partials]):
        return partials
    return [x if x is False or type(x) is float else as_float(node.op, x) for x in partials]


def as_float(op: Any, partial: Any) -> float:
    """Return what a rule gave as a derivative as a float. Raises TypeError for what is no number."""
    try:
        return number(getattr(bare(partial), "_data", partial))
    except TypeError as error:
        raise TypeError(f"op {op.name!r}: partials must return numbers: {error}") from None


def checked(op: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
    """Return `op.partials(*inputs, output)`. Raises TypeError unless it is one derivative per input."""
    partials = op.partials(*inputs, output)
    if not isinstance(partials, (tuple, list)):
        returned = f"one {type(partials).__name__}, not a tuple"
    elif len(partials) != len(inputs):
        returned = f"a tuple of {len(partials)}"
    elif any([partial is None for partial in partials]):
        returned = "None among them: return 0.0, or False where nothing may pass"
    else:
        return partials
    raise TypeError(
        f"op {op.name!r}: partials must return one derivative for each of {len(inputs)} inputs, got {returned}"
    )


def checked_sweep(order: Sequence[Value], zero: float, check: Callable[[Value, int, float], None]) -> None:
    """`sweep`, for `detect_anomaly`: slower, and each derivative is looked at."""
    for node in reversed(order):
        if node._grad is zero:
            continue
        inputs: Any = node.inputs
        for place, (x, partial) in enumerate(zip(inputs, partials_of(node), strict=True)):
            if type(x) is not float and partial is not False:
                x._grad += node._grad * partial
                check(node, place, x._grad)
