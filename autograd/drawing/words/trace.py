"""The backward pass as a list of steps, in numbers: for the player, the animation and `explain`.

Nothing here touches a gradient: a trace may be taken before `backward()`, after it, or without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from autograd.graph import topological
from autograd.output.printing import shown
from autograd.reverse import partials_of

if TYPE_CHECKING:
    from autograd.value import Value

LONGEST_NAME = 40


class Term(NamedTuple):
    """What a node adds to the gradient of one input: its own gradient * partial.

    It is not `live`, and adds nothing, where the operation is flat or no derivative has reached the node.
    """

    input: Value
    partial: float
    live: bool
    added: float
    total: float  # the gradient of the input afterwards


class Visit(NamedTuple):
    """A visit to one node: its gradient, complete by then, and what it passes on."""

    node: Value
    gradient: float
    terms: list[Term]


def steps(root: Value, over: Mapping[Value, Value]) -> Iterator[Visit]:
    """Yield what `root.backward()` does, from gradients of 0: one step per operation, outputs first.

    A node that is passed over has no step; what it would get goes to the Value that stands for it. The
    result is that of `backward`, bit for bit, if that Value has no other use.
    """
    order = topological(root)
    gradients = dict.fromkeys(order, 0.0)
    gradients[root] = 1.0
    reached = {root}
    for node in reversed(order):
        if node.op is None or node in over:
            continue
        inputs = [x if isinstance(x, float) else over.get(x, x) for x in node.inputs]
        partials, terms = partials_of(node), []
        for x, partial in zip(inputs, partials, strict=True):
            if isinstance(x, float):
                continue
            live = node in reached and partial is not False
            added = gradients[node] * partial if live else 0.0
            if live:
                gradients[x] += added
                reached.add(x)
            terms.append(Term(x, float(partial), live, added, gradients[x]))
        yield Visit(node, gradients[node], terms)


def names(nodes: Sequence[Value]) -> dict[Value, str]:
    """Give every node a different name: its label, or v1, v2, ... in order; a label met again becomes x#2."""
    labels = [shown(node.label, LONGEST_NAME) if node.label else "" for node in nodes]
    taken = set(labels)
    more: dict[str, Iterator[str]] = {"": _numbered("v", 1)}
    found = {}
    for node, label in zip(nodes, labels, strict=True):
        if label in more:
            found[node] = next(name for name in more[label] if name not in taken)
        else:
            found[node] = label
            more[label] = _numbered(f"{label}#", 2)
    return found


def _numbered(stem: str, first: int) -> Iterator[str]:
    return (f"{stem}{k}" for k in count(first))
