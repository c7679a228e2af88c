"""Which inputs an operation depends on, and which pairs of them together: the structure of derivatives at every point.

An op's rule is run on stand-ins for its inputs that know only what they depend on. So a derivative that is always 0 is
told from one that happens to be 0 at a point, both sides of a comparison count, and no op needs a second description.
The propagation of pairs is that of Walther (2008), "Computing sparse Hessians with automatic differentiation".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from autograd.ops import WHERE, Op
from autograd.transforms.recording import Recording
from autograd.value import Value

Pairs = Sequence[tuple[int, int]]


class Dependent:
    """A number that nobody knows, with the places of the inputs of a rule on which its derivative depends."""

    __slots__ = ("places",)

    def __init__(self, places: frozenset[int] = frozenset()) -> None:
        self.places = places

    def _apply(self, op: Op, *inputs: Any) -> Dependent:
        passing = passes(op, _known(op, inputs))
        return _joined(*[x for x, passed in zip(inputs, passing, strict=True) if passed])

    def _with(self, other: Any) -> Dependent:
        return _joined(self, other)

    def _itself(self) -> Dependent:
        return self

    def _compared(self, other: Any) -> Dependent:
        return Dependent()

    def __pow__(self, other: Any) -> Dependent:
        return Dependent() if not isinstance(other, Dependent) and other == 0.0 else _joined(self, other)

    def __bool__(self) -> bool:
        raise TypeError("whether it is 0 is not known")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __rpow__ = _with
    __neg__ = __pos__ = __abs__ = _itself
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _compared  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class Unknown(Dependent):
    """A number that nobody knows, whatever is done to it."""

    __slots__ = ()

    def _apply(self, op: Op, *inputs: Any) -> Dependent:
        return self


def _joined(*numbers: Any) -> Dependent:
    found = [x for x in numbers if isinstance(x, Dependent)]
    kind = Unknown if any([type(x) is Unknown for x in found]) else Dependent
    return kind(frozenset().union(*[x.places for x in found]))


def _known(op: Op | None, inputs: Sequence[Any]) -> tuple[float | None, ...]:
    """Return the inputs of an op that are the same at every point, and None for each that is not.

    Those are plain numbers, but not a condition: a comparison of Values is a plain number too.
    """
    known = [float(x) if isinstance(x, (float, int)) else None for x in inputs]
    return (None, *known[1:]) if op is WHERE else tuple(known)


@lru_cache(maxsize=512)
def passes(op: Op, known: tuple[float | None, ...]) -> tuple[bool, ...]:
    """Return through which inputs of an op a derivative passes at some point; those that are numbers are `known`."""
    partials = _rule(op, [Unknown() if x is None else x for x in known], Unknown())
    if partials is None:
        return tuple([x is None for x in known])
    return tuple([x is None and p is not False for x, p in zip(known, partials, strict=True)])


@lru_cache(maxsize=512)
def pairs(op: Op, known: tuple[float | None, ...]) -> Pairs:
    """Return for which pairs of inputs an op has a second derivative at some point, each pair once."""
    places = [i for i, x in enumerate(known) if x is None]
    inputs = [Dependent(frozenset([i])) if x is None else x for i, x in enumerate(known)]
    passing = passes(op, known)
    partials = _rule(op, inputs, Dependent(frozenset([i for i in places if passing[i]])))
    if partials is None:
        return [(i, j) for i in places for j in places if i <= j]
    found = {(min(i, j), max(i, j)) for i in places if isinstance(partials[i], Dependent) for j in partials[i].places}
    return sorted(found)


def _rule(op: Op, inputs: Sequence[Any], output: Any) -> Sequence[Any] | None:
    """Return the partials of an op on stand-ins; None if its rule wants to look at the numbers."""
    try:
        partials = op.partials(*inputs, output)
        return partials if len(partials) == len(inputs) else None
    except Exception:  # a user's rule may need anything of its numbers
        return None


def jacobian_rows(recording: Recording) -> list[list[int]]:
    """Return on which inputs each output depends at some point, sorted."""
    outputs = [id(x) for x in recording.outputs]
    *_, (_, places) = _spread(recording, _passing(recording, outputs), {}, outputs)
    return [sorted(places.get(x, ())) for x in outputs]


def hessian_rows(recording: Recording) -> list[list[int]]:
    """Return with which inputs each input has a second derivative of the only output at some point, sorted."""
    reaching = _passing(recording, [id(x) for x in recording.outputs])
    curved = {}
    for node in recording.operations:
        known = _known(node.op, node.inputs)
        if id(node) in reaching and (found := pairs(node.op, known)):
            curved[id(node)] = [(id(node.inputs[i]), id(node.inputs[j])) for i, j in found]
    asked = {node: list(chain(*found)) for node, found in curved.items()}
    rows: list[set[int]] = [set() for _ in recording.inputs]
    done: set[tuple[frozenset[int], frozenset[int]]] = set()  # pairs of sets that many operations share
    for operation, places in _spread(recording, _passing(recording, chain(*asked.values())), asked, ()):
        for x, y in curved.get(id(operation), ()):
            one, other = frozenset(places.get(x, ())), frozenset(places.get(y, ()))
            if (one, other) not in done:
                if len(one) > 1 and len(other) > 1:
                    done.add((one, other))
                for place in one:
                    rows[place] |= other
                for place in other:
                    rows[place] |= one
    return [sorted(row) for row in rows]


def _passing(recording: Recording, ends: Iterable[int]) -> dict[int, list[int]]:
    """Return through which inputs a derivative passes, for each operation that the ends depend on; all by id."""
    reached, recorded = set(ends), {id(x) for x in recording.order}
    passing: dict[int, list[int]] = {}
    for node in reversed(recording.operations):
        if id(node) in reached:
            through = zip(node.inputs, passes(node.op, _known(node.op, node.inputs)), strict=True)
            passing[id(node)] = [id(x) for x, passed in through if passed and id(x) in recorded]
            reached.update(passing[id(node)])
    return passing


def _spread(
    recording: Recording, passing: dict[int, list[int]], asked: dict[int, list[int]], kept: Iterable[int]
) -> Iterator[tuple[Value | None, dict[int, set[int]]]]:
    """Yield each operation, with the places of the inputs on which those before it depend, by id.

    What neither a later operation passes on nor asks for is given back, but for what is `kept`: a sum of a million
    terms costs one set. At the end None is yielded for the operation.
    """
    found = {id(x): {place} for place, x in enumerate(recording.inputs)}
    last = {x: id(node) for node in recording.operations for x in _met(node, passing, asked)}
    last.update(dict.fromkeys(kept, 0))
    for node in recording.operations:
        yield node, found
        if id(node) in passing:
            sources = passing[id(node)]
            largest = max(sources, key=lambda x: len(found[x]), default=0)
            places = found.get(largest, set())
            places = places if last.get(largest) == id(node) else set(places)
            places.update(*[found[x] for x in sources if x != largest])
            found[id(node)] = places
        for x in _met(node, passing, asked):
            if last[x] == id(node):
                found.pop(x, None)
    yield None, found


def _met(node: Value, passing: dict[int, list[int]], asked: dict[int, list[int]]) -> list[int]:
    return [*passing.get(id(node), ()), *asked.get(id(node), ())]
