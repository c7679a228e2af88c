"""Put the operations of a program into groups that one loop can do: the same op, at the same depth.

A value is uniform (the same for every row) or varying. Sums of products become chains, however they were
written; chains that share their inputs, as the neurons of a layer do, become one group: a matrix times a vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import ItemsView, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.program.program import Code, Program, reached
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


class OpGroup(NamedTuple):
    """Lines that one loop does. `key` has all that the code of the loop depends on."""

    key: tuple[Any, ...]
    values: list[int]
    lines: list[Any]  # a Computation each


class ProgramSchedule(NamedTuple):
    """The groups of a program, uniform and varying, in an order in which they can be done.

    `sums` are the outputs that are added up over rows: products that need not be stored, by output.
    """

    uniform: list[OpGroup]
    varying: list[OpGroup]
    sums: dict[int, Product]
    varies: list[bool]
    lines: ItemsView[int, Computation]  # all that is computed, in order
    summed: list[int]  # the outputs that vary and are added up, once each
    products: ItemsView[int, Computation]  # what makes the `sums` by row, for where there is but one row
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
    needs = {k: operands_of(line) if isinstance(line, Chain) else line[1] for k, line in lines.items()}
    varies = program.varying(batched)
    products = {k: _term(k, constants, lines, uses, otherwise="0.0") for k in program.outputs[:summed] if varies[k]}
    sums = {k: term for k, term in products.items() if term and varies[term[0]] and varies[term[1]]}
    kept = [k for k in program.outputs if k not in sums] + [x for term in sums.values() for x in term]
    found = reached(kept, needs)
    needed = {k: line for k, line in lines.items() if k in found}
    left_out = reached(program.outputs, needs) - found if sums else set()
    groups = _grouped(needed, needs, varies)
    summed_outputs = [k for k in dict.fromkeys(program.outputs[:summed]) if varies[k]]
    by_row = {k: lines[k] for k in sorted(left_out & lines.keys())}
    return ProgramSchedule(*groups, sums, varies, needed.items(), summed_outputs, by_row.items(), kept)


def _grouped(
    lines: dict[int, Computation], needs: dict[int, tuple[int, ...]], varies: list[bool]
) -> tuple[list[OpGroup], list[OpGroup]]:
    """Return the groups of lines, uniform and varying, by level: how many lines of its kind a line has below it."""
    sides = Counter(
        side for line in lines.values() if isinstance(line, Chain) for side in {line.column(0), line.column(1)}
    )
    # By value, where a line that is not of the kind is on level 0.
    levels = {kind: [0] * len(varies) for kind in (False, True)}
    below, differs = {kind: found.__getitem__ for kind, found in levels.items()}, varies.__getitem__
    grouped: dict[tuple[Any, ...], OpGroup] = {}
    for k, line in lines.items():
        varying, operands = varies[k], needs[k]
        level = levels[varying][k] = 1 + max(map(below[varying], operands), default=0)
        if isinstance(line, Chain):
            described: tuple[Any, ...] = _dots(line, sides, varies)
            key = (varying, level, *described)
        else:
            kinds = tuple(map(differs, operands))
            key = (varying, level, id(line[0]), kinds)
            described = line[0], kinds
        group = grouped.get(key)
        if group is None:
            group = grouped[key] = OpGroup(described, [], [])
        group.values.append(k)
        group.lines.append(line)
    order = sorted(grouped, key=itemgetter(1))
    return [grouped[key] for key in order if not key[0]], [grouped[key] for key in order if key[0]]


def operands_of(line: Computation) -> tuple[int, ...]:
    """Return the values that a line needs."""
    if isinstance(line, Chain):
        return tuple([x for x in (line.start, *[x for term in line.terms for x in term]) if x != NONE])
    return line[1]


def without_powers(program: Program) -> Program:
    """Return a program with x**2 and x**-1 as what they are, which may differ from pow in the last bit."""
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


def _lines(program: Program, constants: dict[int, float], uses: Counter[int]) -> dict[int, Computation]:
    """Return the lines by value, with sums of products as chains."""
    first, code = program.first_operation, program.code
    lines: dict[int, Computation] = dict(enumerate(code, start=first))
    may_be_term = [*[False] * first, *[id(op) in TERMS for op, _ in code]]
    dot, add, short = ops.DOT, ops.ADD, []
    for k, (op, operands) in enumerate(code, start=first):
        if op is dot and len(operands) > 1:
            n = len(operands) // 2
            lines[k] = Chain(operands[-1], tuple(zip(operands[:n], operands[n:-1], repeat(NONE))), True)
        elif op is add and (may_be_term[operands[0]] or may_be_term[operands[1]]):
            found = _chain(operands, constants, lines, uses)
            if found is not None:
                lines[k] = found
                if len(found.terms) == 1:
                    short.append(k)
    for k in short:
        lines[k] = code[k - first]  # a single product is not a chain
    return lines


def _chain(operands: tuple[int, ...], constants: dict[int, float], lines: Any, uses: Any) -> Chain | None:
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


def _term(value: int, constants: dict[int, float], lines: Any, uses: Any, otherwise: str = "-0.0") -> Product | None:
    """Return a value as a product, perhaps one that counts only where a guard holds, if nothing else needs it."""
    line = lines.get(value) if uses[value] == 1 else None
    if line is None or isinstance(line, Chain):
        return None
    op, operands = line
    if op is ops.MUL:
        return (*operands, NONE)
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
