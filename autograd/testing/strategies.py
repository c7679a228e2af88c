"""Hypothesis strategies: finite_floats, values, points of an op's domain, and whole expressions.

To property-test an Op of your own, say where it is defined and check it at points there:

    from hypothesis import given
    from autograd.testing import check_grads
    from autograd.testing.strategies import Domain, Interval, points

    @given(points(Domain((Interval(-3.0, 3.0, breaks=(0.0,)),))))
    def test_my_op(point):
        check_grads(my_op, point, order=2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from autograd.errors import needs
from autograd.ops import OPS, Op
from autograd.testing.draw.domains import DISTANCE, domain_of
from autograd.testing.draw.domains import Choice as Choice
from autograd.testing.draw.domains import Domain as Domain
from autograd.testing.draw.domains import Interval as Interval
from autograd.testing.draw.expressions import Expression, Step, pruned
from autograd.testing.draw.growth import Grown, fits, grown, start
from autograd.value import Value

try:
    from hypothesis import reject
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ImportError as error:
    raise needs("testing", "these strategies need the package hypothesis", "hypothesis") from error

Draw = Callable[[SearchStrategy[Any]], Any]
TRIES = 4  # ops that a step tries to apply
FRESH = 5  # of this many choices all but one take a number that has no use yet, so that few are left over


def finite_floats(
    min_value: float | None = None, max_value: float | None = None, *, allow_subnormal: bool = False
) -> SearchStrategy[float]:
    """Draw floats that are neither NaN nor infinite, between two bounds, both included.

    >>> from hypothesis import find
    >>> find(finite_floats(min_value=2.5), lambda x: True)
    3.0
    """
    return st.floats(
        min_value, max_value, allow_nan=False, allow_infinity=False, allow_subnormal=allow_subnormal or None
    )


def values(
    min_value: float | None = None, max_value: float | None = None, *, label: str | SearchStrategy[str] = ""
) -> SearchStrategy[Value]:
    """Draw Values that hold finite floats, with a label or one that is drawn.

    >>> from hypothesis import find
    >>> find(values(1.0, 2.0, label="x"), lambda v: True)
    Value(data=1.0, grad=0.0, label='x')
    """
    labels = st.just(label) if isinstance(label, str) else label
    return st.builds(Value, finite_floats(min_value, max_value), labels)


def points(op_or_domain: Any, distance: float = DISTANCE) -> SearchStrategy[tuple[float, ...]]:
    """Draw tuples of floats inside a domain, at least a distance from its poles, kinks, jumps and ends.

    The domain is a Domain, or that of an Op of the table, of a function of `autograd` or of a name.
    An operation of any number of inputs gets a few; those of `dot` are (*weights, *inputs, bias). What
    is a constant to the chain rule, such as the order of `polygamma`, is drawn from its Choice.

    Raises ValueError for a name or an Op without a domain, and if no number is that far from every break.

    >>> from hypothesis import find
    >>> find(points("log"), lambda point: True)
    (1.0,)
    >>> find(points("maximum", distance=2.0), lambda point: True)
    (0.0, 2.0)
    """
    domain = domain_of(op_or_domain)
    if not distance >= 0.0:
        raise ValueError(f"distance must be 0 or more, got {distance!r}")
    tuples = [
        st.tuples(*[_numbers(part, distance) for part in domain.of(count)])
        for count in domain.counts or (len(domain.inputs),)
    ]
    return st.one_of(tuples).filter(lambda point: domain.apart(point, distance))


def _numbers(part: Interval | Choice, distance: float, digits: int | None = None) -> SearchStrategy[float]:
    """Draw the numbers for one input, rounded to a number of decimals where that stays inside."""
    if isinstance(part, Choice):
        return st.sampled_from(part.numbers)
    segments = part.segments(distance)
    if not segments:
        raise ValueError(f"no number from {part.low} to {part.high} is {distance} away from all of {part.breaks}")
    return st.one_of([_floats(low, high, digits) for low, high in segments])


@lru_cache(maxsize=1024)
def _floats(low: float, high: float, digits: int | None) -> SearchStrategy[float]:
    floats = st.floats(low, high, allow_subnormal=False)
    if digits is None:
        return floats

    def readable(x: float) -> float:
        rounded = round(x, digits) + 0.0
        return rounded if low <= rounded <= high else x

    return floats.map(readable)


def expressions(
    ops: Iterable[Op] = OPS,
    max_nodes: int = 40,
    inputs: int = 3,
    *,
    distance: float = DISTANCE,
    domains: Mapping[Op, Domain] | None = None,
) -> SearchStrategy[Expression]:
    """Draw functions of `inputs` numbers, of 1 to `max_nodes` operations that share their parts.

    What is drawn is called with floats or Values, has `.inputs` to call it at, and prints as Python.
    There every operation is inside its domain, with its breaks at least `distance` away to first order
    (in the inputs of the operation and in those of the expression); no computed number is
    above 1e3, no gradient above 1e4, no second derivative above 1e5. `detach`, whose rule is not
    its derivative, is given only numbers that are constant nearby.

    An Op of your own needs its domain in `domains`, which also replaces that of an op of the table.

    Raises ValueError for an op without a domain, for no ops, and for sizes below 1.

    >>> from hypothesis import find
    >>> f = find(expressions(inputs=2), lambda f: True)
    >>> len(f.inputs), type(f(*f.inputs))
    (2, <class 'float'>)
    """
    table = {op: domain_of((domains or {}).get(op, op)) for op in ops}
    if not table:
        raise ValueError("expressions need at least one op, got none")
    for name, count in (("max_nodes", max_nodes), ("inputs", inputs)):
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")
    return _expressions(_Garden(table, distance), max_nodes, inputs)


@st.composite
def _expressions(draw: Draw, garden: _Garden, max_nodes: int, inputs: int) -> Expression:
    point = [garden.input(draw) for _ in range(inputs)]
    nodes = [start(x, k, inputs) for k, x in enumerate(point)]
    steps: list[Step] = []
    while len(steps) < max_nodes and (found := draw(_steps(garden, nodes, steps, max_nodes))):
        steps.append(found[0])
        nodes.append(found[1])
    if not steps:
        reject()
    return pruned(point, steps)


@st.composite
def _steps(draw: Draw, garden: _Garden, nodes: list[Grown], steps: list[Step], most: int) -> tuple[Step, Grown] | None:
    """Draw the next step; None at the end. A separate strategy, so that shrinking takes out whole steps."""
    if not steps:
        return garden.step(draw, nodes, steps, tries=len(garden.ops))
    return garden.step(draw, nodes, steps, tries=TRIES) if draw(_up_to(max(2, most))) else None


class _Garden:
    """The ops that expressions grow from, with their domains and the numbers that each may be given."""

    def __init__(self, table: Mapping[Op, Domain], distance: float) -> None:
        self.ops = list(table)
        self.domains = table
        self.distance = distance
        parts = [part for domain in table.values() for part in domain.inputs]
        self.intervals = list(dict.fromkeys([part for part in parts if isinstance(part, Interval)]))

    def input(self, draw: Draw) -> float:
        """Draw an input of the expression, from an interval of one of the ops."""
        return self.number(draw, self.intervals[draw(_up_to(len(self.intervals) - 1))])

    def number(self, draw: Draw, part: Interval | Choice) -> float:
        number: float = draw(_constants(part, self.distance))
        return number

    def step(self, draw: Draw, nodes: list[Grown], steps: list[Step], tries: int) -> tuple[Step, Grown] | None:
        """Draw an op and operands for it; if they do not fit together, try the next ops."""
        inputs = len(nodes) - len(steps)
        used: set[int | float] = {k for step in steps for k in step.operands if type(k) is int}
        places = [*range(len(nodes) - 1, inputs - 1, -1), *range(inputs)]  # the newest first, then the inputs
        first = draw(_up_to(len(self.ops) - 1))
        for k in range(tries):
            op = self.ops[(first + k) % len(self.ops)]
            operands = self.operands(draw, self.domains[op], nodes, places, used)
            if operands is not None:
                given = [nodes[k] if type(k) is int else k for k in operands]
                node = grown(op, self.domains[op], given, self.distance)
                if node is not None:
                    return Step(op, tuple(operands)), node
        return None

    def operands(
        self, draw: Draw, domain: Domain, nodes: list[Grown], places: list[int], used: set[int | float]
    ) -> list[int | float] | None:
        """Draw a place or a constant for each input; None if there is no node that fits."""
        counts = domain.counts
        parts = domain.of(counts[draw(_up_to(len(counts) - 1))]) if len(counts) > 1 else domain.inputs
        last = max([k for k, part in enumerate(parts) if isinstance(part, Interval)])
        operands: list[int | float] = []
        alive = False  # some operand is not a constant
        for k, part in enumerate(parts):
            fitting = fits(part, nodes, places, self.distance, domain.detached) if isinstance(part, Interval) else []
            if not fitting and k == last and not alive:
                return None
            fresh = [place for place in fitting if place not in used and place not in operands]
            constant = len(parts) > 1 and (alive or k < last)
            operands.append(self.operand(draw, part, fitting, fresh, constant))
            alive = alive or type(operands[-1]) is int
        return operands

    def operand(
        self, draw: Draw, part: Interval | Choice, places: list[int], fresh: list[int], constant: bool
    ) -> int | float:
        """Draw one of the places, mostly one that has no use yet, or at times a constant."""
        if not places:
            return self.number(draw, part)
        count = len(places)
        k: int = draw(_up_to(FRESH * count - 1 + constant))
        if k == FRESH * count:
            return self.number(draw, part)
        return places[k] if k < count else (fresh or places)[k % len(fresh or places)]


@lru_cache(maxsize=1024)
def _constants(part: Interval | Choice, distance: float) -> SearchStrategy[float]:
    return _numbers(part, distance, digits=2)


@lru_cache(maxsize=1024)
def _up_to(n: int) -> SearchStrategy[int]:
    return st.integers(0, n)
