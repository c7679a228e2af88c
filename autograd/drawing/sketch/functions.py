"""Functions that were recorded as several operations, such as softmax: found by their shape, to be shown as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from autograd.drawing.sketch.numbering import Graph
from autograd.ops import ADD, DETACH, DIV, DOT, EXP, LOG, LOG_SHARE, LOGSUMEXP, MAX, NEG, SHARE, SUB, SUM, Op

BETWEEN = (EXP, ADD, SUM, LOGSUMEXP)  # what a softmax computes between its differences and its results
FEWEST = 3  # terms of a sum that was written as a chain of additions


class Function(NamedTuple):
    """A function in a graph: the values inside it, and its results, by place."""

    name: str
    inner: list[int]
    outputs: list[int]


class Shape(NamedTuple):
    """A graph with the users of each value, in which functions are looked for."""

    graph: Graph
    users: list[list[int]]  # each once

    def op(self, i: int) -> Op | None:
        """Return the operation of a value, None for a leaf."""
        return self.graph.values[i].op

    def places(self, i: int) -> list[int]:
        """Return the inputs of a value that are Values."""
        return [x for x in self.graph.inputs[i] if type(x) is int]

    def hidden(self, i: int) -> bool:
        """Return whether nobody has named a value or asked for it."""
        return not self.graph.values[i].label and i not in self.graph.roots

    def after(self, i: int, op: Op) -> int | None:
        """Return the only user of a hidden value if it has an operation."""
        users = self.users[i]
        return users[0] if len(users) == 1 and self.op(users[0]) is op and self.hidden(i) else None


def functions(graph: Graph) -> list[Function]:
    """Return the functions in a graph; no value is inside two of them.

    >>> from autograd import Value, softmax
    >>> from autograd.drawing.sketch.numbering import number
    >>> functions(number(softmax([Value(1.0), Value(2.0)])))
    [Function(name='softmax', inner=[2, 3, 4, 5, 6, 7, 8], outputs=[9, 10])]
    """
    shape = Shape(graph, [sorted(set(users)) for users in graph.consumers()])
    found: list[Function] = []
    taken: set[int] = set()
    for i, value in enumerate(graph.values):
        finder = _FINDERS.get(value.op) if value.op is not None else None
        for function in finder(shape, i) if finder else ():
            if taken.isdisjoint([*function.inner, *function.outputs]):
                found.append(function)
                taken.update(function.inner, function.outputs)
    return found


def _softmax(shape: Shape, top: int) -> Iterator[Function]:
    """Look from the detached maximum: differences, exponentials, their sums, shares of these or the logarithms."""
    (largest,) = shape.places(top)
    shifted = shape.users[top]
    if shape.op(largest) is not MAX or shape.users[largest] != [top]:
        return
    inner = [largest, top, *shifted]
    if not all(shape.op(i) is SUB and shape.graph.inputs[i][1] == top for i in shifted):
        return
    if not all(map(shape.hidden, inner)):
        return
    inside, outputs, waiting = set(inner), list[int](), list(shifted)
    for i in waiting:
        for user in shape.users[i]:
            op = shape.op(user)
            if op is SHARE or op is LOG_SHARE:
                outputs += [user] if user not in outputs else []
            elif op not in BETWEEN or not shape.hidden(user):
                return
            elif user not in inside:
                inside.add(user)
                waiting.append(user)
    ends = {shape.op(i) for i in outputs}
    if ends == {SHARE}:
        yield Function("softmax", sorted(inside), sorted(outputs))
    elif ends == {LOG_SHARE}:
        yield _cost(shape, Function("log_softmax", sorted(inside), sorted(outputs)))


def _cost(shape: Shape, function: Function) -> Function:
    """Return the cross-entropy that takes all results of a log_softmax, or the log_softmax itself."""
    ends = {user for i in function.outputs for user in shape.users[i]}
    if len(ends) != 1 or not all(map(shape.hidden, function.outputs)):
        return function
    (end,) = ends
    inner = [*function.inner, *function.outputs]
    if shape.op(end) is NEG:
        return Function("cross_entropy", sorted(inner), [end])
    last = shape.after(end, NEG) if shape.op(end) is DOT else None
    return function if last is None else Function("cross_entropy", sorted([*inner, end]), [last])


def _cross_entropy(shape: Shape, total: int) -> Iterator[Function]:
    """Look from a logsumexp of logits less the one of the right class."""
    shifted = shape.places(total)
    rights = {shape.graph.inputs[i][1] for i in shifted if shape.op(i) is SUB}
    whole = len(rights) == 1 and all(shape.op(i) is SUB and shape.users[i] == [total] for i in shifted)
    if whole and all(map(shape.hidden, shifted)) and 0.0 in shape.graph.inputs[total]:
        yield Function("cross_entropy", sorted(shifted), [total])


def _of_probability(shape: Shape, logarithm: int) -> Iterator[Function]:
    """Look from the logarithm of a result of a softmax."""
    inputs = shape.places(logarithm)
    end = shape.after(logarithm, NEG)
    if end is not None and len(inputs) == 1 and shape.op(inputs[0]) is SHARE:
        yield Function("cross_entropy", [logarithm], [end])


def _squared_error(shape: Shape, product: int) -> Iterator[Function]:
    """Look from the dot product of differences with themselves."""
    *factors, bias = shape.graph.inputs[product]
    half = len(factors) // 2
    differences = list(dict.fromkeys([x for x in factors if type(x) is int]))
    if bias != 0.0 or type(bias) is int or factors[:half] != factors[half:] or len(differences) != half:
        return
    if not all(shape.op(i) is SUB and shape.users[i] == [product] and shape.hidden(i) for i in differences):
        return
    mean = shape.after(product, DIV)
    if mean is None or shape.graph.inputs[mean] != [product, float(half)]:
        yield Function("squared_error", differences, [product])
    else:
        yield Function("mse", [*differences, product], [mean])


def _sum(shape: Shape, last: int) -> Iterator[Function]:
    """Look from the last of a chain of additions, as Python's own `sum` makes one."""
    if shape.after(last, ADD) is not None:
        return
    end = last
    inner: list[int] = []
    first = shape.graph.inputs[last][0]
    while type(first) is int and shape.op(first) is ADD and shape.users[first] == [last] and shape.hidden(first):
        inner.append(first)
        last, first = first, shape.graph.inputs[first][0]
    if len(inner) + 2 >= FEWEST:
        yield Function("sum", inner[::-1], [end])


_FINDERS: dict[Op, Callable[[Shape, int], Iterator[Function]]] = {
    DETACH: _softmax,
    LOGSUMEXP: _cross_entropy,
    LOG: _of_probability,
    DOT: _squared_error,
    ADD: _sum,
}


def inputs_of(graph: Graph, function: Function) -> list[tuple[int, int, int | float]]:
    """Return what comes into a function from outside: the value that takes it, at which place, and what it is."""
    own: Sequence[int] = [*function.inner, *function.outputs]
    inside = set(own)
    return [(i, j, x) for i in own for j, x in enumerate(graph.inputs[i]) if type(x) is float or x not in inside]
