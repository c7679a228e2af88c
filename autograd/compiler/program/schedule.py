"""Put the operations of a program into groups that one loop can do: the same op, at the same depth.

A value is uniform (the same for every row) or varying. Sums of products become chains, however they were
written; chains that share their inputs, as the neurons of a layer do, become one group: a matrix times a vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.program.program import Code, Program
from autograd.graph import reached
from autograd.ops import Op

TERMS = frozenset(map(id, (ops.MUL, ops.SQUARE, ops.WHERE)))  # what a product may be
POWERS = {2.0: ops.SQUARE, -1.0: ops.RECIPROCAL}

Product = tuple[int, int, int]  # a product of two values, and the value that says whether it counts, or NONE
NONE = -1
DENSE = 64  # products in a group of chains, from which on a loop is better than straight-line code


class Chain(NamedTuple):
    """start + a0 * b0 + a1 * b1 + ..., added up in this order; without a start the first product is it."""

    start: int
    terms: tuple[Product, ...]
    free: bool = False  # whether the order may change: it was written as one `dot`

    def column(self, k: int) -> tuple[int, ...]:
        """Return the left factors of the terms, their right factors, or their guards."""
        return tuple(map(itemgetter(k), self.terms))


Computation = tuple[Op, tuple[int, ...]] | Chain


class Lines(Collection[tuple[int, Computation]]):
    """Values in order, and what computes each: a chain, or the operation of a program, which it is not kept beside."""

    def __init__(self, program: Program, chains: dict[int, Chain], values: Collection[int]) -> None:
        self.code, self.first, self.chains, self.values = program.code, program.first_operation, chains, values

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[tuple[int, Computation]]:
        for k in self.values:
            yield k, self.chains.get(k) or self.code[k - self.first]

    def __contains__(self, line: object) -> bool:
        return any([line == known for known in self])

    def get(self, k: int) -> Computation | None:
        """Return what computes a value, None for what is given."""
        return self.chains.get(k) or (self.code[k - self.first] if k >= self.first else None)


class OpGroup(NamedTuple):
    """Lines that one loop does. `key` has all that the code of the loop depends on."""

    key: tuple[Any, ...]
    values: list[int]
    lines: Sequence[Any]  # a Computation each


class ProgramSchedule(NamedTuple):
    """The groups of a program, uniform and varying, in an order in which they can be done.

    `sums` are the outputs that are added up over rows: products that need not be stored, by output.
    """

    uniform: list[OpGroup]
    varying: list[OpGroup]
    sums: dict[int, Product]
    varies: list[bool]
    lines: Lines  # all that is computed, in order
    summed: list[int]  # the outputs that vary and are added up, once each
    products: Lines  # what makes the `sums` by row, for where there is but one row
    kept: list[int]  # what is needed after all lines: outputs, and what the `sums` are made of

    @property
    def dense(self) -> bool:
        """Whether there are layers: several sums of products of the same inputs."""
        layers = [group for group in [*self.uniform, *self.varying] if group.key[0] == "dots" and len(group.values) > 1]
        return any([len(group.key[4]) * len(group.values) >= DENSE for group in layers])


def scheduled(program: Program, batched: Sequence[bool], summed: int) -> ProgramSchedule:
    """Group the lines of a program.

    `batched` says which arguments differ by row, `summed` how many outputs are added up over rows.
    """
    program, first = without_powers(program), program.first_operation
    uses = Counter(chain.from_iterable([operands for _, operands in program.code]))
    uses.update(program.outputs)
    constants = dict(enumerate(program.constants, start=first - len(program.constants)))
    lines = _lines(program, constants, uses)
    needs = {k: operands for k, (_, operands) in enumerate(program.code, start=first)}
    needs |= {k: operands_of(line) for k, line in lines.chains.items()}
    varies = program.varying(batched)
    products = {k: _term(k, constants, lines, uses, otherwise="0.0") for k in program.outputs[:summed] if varies[k]}
    sums = {k: term for k, term in products.items() if term and varies[term[0]] and varies[term[1]]}
    kept = [k for k in program.outputs if k not in sums] + [x for term in sums.values() for x in term]
    found = reached(kept, needs)
    needed = Lines(program, lines.chains, [k for k in needs if k in found])
    left_out = reached(program.outputs, needs) - found if sums else set()
    by_row = Lines(program, lines.chains, sorted(left_out & needs.keys()))
    summed_outputs = [k for k in dict.fromkeys(program.outputs[:summed]) if varies[k]]
    return ProgramSchedule(*_grouped(needed, needs, varies), sums, varies, needed, summed_outputs, by_row, kept)


def _grouped(
    lines: Lines, needs: dict[int, tuple[int, ...]], varies: list[bool]
) -> tuple[list[OpGroup], list[OpGroup]]:
    """Return the groups of lines, uniform and varying, by level: how many lines of its kind a line has below it."""
    chains, code, first = lines.chains, lines.code, lines.first
    computed = [chains[k] for k in lines.values if k in chains]
    sides = Counter(side for line in computed for side in {line.column(0), line.column(1)})
    # By value, where a line that is not of the kind is on level 0.
    levels = {kind: [0] * len(varies) for kind in (False, True)}
    below, differs = {kind: found.__getitem__ for kind, found in levels.items()}, varies.__getitem__
    grouped: dict[tuple[Any, ...], list[int]] = {}
    ops_of = [op for op, _ in code]
    for k in lines.values:
        varying, operands = varies[k], needs[k]
        level = levels[varying][k] = 1 + max(map(below[varying], operands), default=0)
        if k in chains:
            key: tuple[Any, ...] = (varying, level, *_dots(chains[k], sides, varies))
        else:
            key = (varying, level, id(ops_of[k - first]), tuple(map(differs, operands)))
        found = grouped.get(key)
        if found is None:
            grouped[key] = [k]
        else:
            found.append(k)
    groups: dict[bool, list[OpGroup]] = {False: [], True: []}
    for key in sorted(grouped, key=itemgetter(1)):
        varying, _, *described = key
        values = grouped[key]
        if values[0] in chains:
            group = OpGroup(tuple(described), values, [chains[k] for k in values])
        else:
            op = ops_of[values[0] - first]
            group = OpGroup((op, described[1]), values, Code([op] * len(values), [needs[k] for k in values]))
        groups[varying].append(group)
    return groups[False], groups[True]


def operands_of(line: Computation) -> tuple[int, ...]:
    """Return the values that a line needs."""
    if isinstance(line, Chain):
        return tuple([x for x in (line.start, *[x for term in line.terms for x in term]) if x != NONE])
    return line[1]


def without_powers(program: Program) -> Program:
    """Return a program with x**2 and x**-1 as squares and reciprocals, which may differ from pow in the last bit."""
    constants = dict(enumerate(program.constants, start=program.first_constant))
    given = program.code
    powers = {
        k: POWERS[constants[operands[1]]]
        for k, (op, operands) in enumerate(given)
        if op is ops.POW_CONSTANT and constants.get(operands[1]) in POWERS
    }
    if not powers:
        return program
    new = [powers.get(k, op) for k, (op, _) in enumerate(given)]
    return program._replace(code=Code(new, [x[:1] if k in powers else x for k, (_, x) in enumerate(given)]))


def _lines(program: Program, constants: dict[int, float], uses: Counter[int]) -> Lines:
    """Return the lines by value, with sums of products as chains."""
    first, code, chains = program.first_operation, program.code, dict[int, Chain]()
    lines = Lines(program, chains, range(first, program.size))
    may_be_term = [*[False] * first, *[id(op) in TERMS for op, _ in code]]
    dot, add, short = ops.DOT, ops.ADD, []
    for k, (op, operands) in enumerate(code, start=first):
        if op is dot and len(operands) > 1:
            n = len(operands) // 2
            chains[k] = Chain(operands[-1], tuple(zip(operands[:n], operands[n:-1], repeat(NONE))), True)
        elif op is add and (may_be_term[operands[0]] or may_be_term[operands[1]]):
            found = _chain(operands, constants, lines, uses)
            if found is not None:
                chains[k] = found
                if len(found.terms) == 1:
                    short.append(k)
    for k in short:
        del chains[k]  # a single product is not a chain
    return lines


def _chain(operands: tuple[int, ...], constants: dict[int, float], lines: Lines, uses: Counter[int]) -> Chain | None:
    """Return an addition as a chain if one side is a product that nothing else needs."""
    x, y = operands
    left, right = [_term(v, constants, lines, uses) for v in operands]
    for value, term in ((x, right), (y, left)):
        before = lines.get(value)
        if term and isinstance(before, Chain) and uses[value] == 1 and x != y:
            return Chain(before.start, (*before.terms, term))
    if left and right and x != y:
        return Chain(NONE, (left, right))
    return Chain(x, (right,)) if right and x != y else Chain(y, (left,)) if left and x != y else None


def _term(value: int, constants: dict[int, float], lines: Lines, uses: Any, otherwise: str = "-0.0") -> Product | None:
    """Return a value as a product, perhaps one that counts only where a guard holds, if nothing else needs it."""
    line = lines.get(value) if uses[value] == 1 else None
    if line is None or isinstance(line, Chain):
        return None
    op, operands = line
    if op is ops.MUL:
        return operands[0], operands[1], NONE
    if op is ops.WHERE and repr(constants.get(operands[2])) in (otherwise, "-0.0"):
        product = _term(operands[1], constants, lines, uses)
        return (*product[:2], operands[0]) if product and product[2] == NONE else None
    return (operands[0], operands[0], NONE) if op is ops.SQUARE else None


def factors(chain: Chain, shared: tuple[int, ...]) -> tuple[int, ...]:
    """Return the factors of a chain on the side that it does not share."""
    left, right = chain.column(0), chain.column(1)
    return right if left == shared else left


def _dots(chain: Chain, sides: Counter[tuple[int, ...]], varies: list[bool]) -> tuple[Any, ...]:
    """Return what chains of a group have in common: the side that most of them share, and kinds."""
    left, right, guards = [chain.column(k) for k in range(3)]
    shared = max(right, left, key=lambda side: (sides[side], any([varies[x] for x in side])))
    own = factors(chain, shared)
    return (
        "dots",
        None if chain.start == NONE else varies[chain.start],
        any([varies[x] for x in own]),
        any([varies[x] for x in shared]),
        shared,
        guards if any([guard != NONE for guard in guards]) else (),
    )
