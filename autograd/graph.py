"""The nodes of a graph in order, and what is reached from some of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import TYPE_CHECKING

from autograd.native import twin

if TYPE_CHECKING:
    from autograd.value import Value


def topological(root: Value) -> list[Value]:
    """Return every node below `root`, inputs before outputs, `root` last; the same graph gives the same order.

    Why an order at all? In `b = a + a; c = b * b` the gradient of b is complete only when both its
    uses in c have been counted; if it were passed on to a before, a part would be lost. A depth-first
    walk that lists a node after its inputs puts every use of a node behind it. The walk keeps its
    own stack, so a graph may be a million operations deep.

    >>> from autograd import Value
    >>> a = Value(1.0, label="a"); b = a + a
    >>> [node.data for node in topological(b * b)]
    [1.0, 2.0, 4.0]
    """
    return order_of([root])


@twin
def order_of(roots: Iterable[Value], known: Container[int] = ()) -> list[Value]:
    """Return the nodes below several roots as `topological` does, without looking below those whose ids are known."""
    return ordered(roots, lambda node: id(node) in known)


def ordered(roots: Iterable[Value], ends: Callable[[Value], bool] | None = None) -> list[Value]:
    """Return the nodes below several roots as `topological` does, without looking below a node where `ends` holds."""
    order: list[Value] = []
    seen = set()  # ids: a recorded Value cannot be hashed
    for root in roots:
        if id(root) in seen:
            continue
        seen.add(id(root))
        path = [(root, iter(() if ends and ends(root) else root._inputs))]
        while path:
            node, inputs = path[-1]
            for x in inputs:
                if type(x) is not float and id(x) not in seen:
                    seen.add(id(x))
                    below = x._inputs
                    if below and not (ends and ends(x)):
                        path.append((x, iter(below)))
                        break
                    order.append(x)
            else:
                order.append(node)
                path.pop()
    return order


def reached(values: Iterable[int], needs: Mapping[int, Iterable[int]]) -> set[int]:
    """Return these values and all that they need, directly or not."""
    found = set(values)
    waiting = list(found)
    for k in waiting:
        for x in needs.get(k, ()):
            if x not in found:
                found.add(x)
                waiting.append(x)
    return found
