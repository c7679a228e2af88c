"""Put the operations of a program into groups that one loop can do: the same op, at the same depth.

A value is uniform (the same for every row) or varying. Sums of products become chains, however they were
written; chains that share their inputs, as the neurons of a layer do, become one group: a matrix times a vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.program.program import Instruction, Program
from autograd.graph import reached
from autograd.ops import Op

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
        return tuple([term[k] for term in self.terms])


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
    lines: list[tuple[int, Computation]]  # all that is computed, in order
    summed: list[int]  # the outputs that vary and are added up, once each
    products: list[tuple[int, Computation]]  # what makes the `sums` by row, for where there is but one row
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
    uses = Counter(x for _, operands in program.code for x in operands)
    uses.update(program.outputs)
    constants = dict(enumerate(program.constants, start=first - len(program.constants)))
    lines = _lines(dict(enumerate(program.code, start=first)), constants, uses)
    needs = {k: operands_of(line) for k, line in lines.items()}
    varies = program.varying(batched)
    products = {k: _term(k, constants, lines, uses, otherwise="0.0") for k in program.outputs[:summed] if varies[k]}
    sums = {k: term for k, term in products.items() if term and varies[term[0]] and varies[term[1]]}
    kept = [k for k in program.outputs if k not in sums] + [x for term in sums.values() for x in term]
    needed = sorted(reached(kept, needs) & lines.keys())
    left_out = sorted(reached(program.outputs, needs) & lines.keys() - set(needed)) if sums else []
    chains = [line for k in needed if isinstance(line := lines[k], Chain)]
    sides = Counter(side for chain in chains for side in {chain.column(0), chain.column(1)})
    levels = [0] * len(varies)
    grouped: dict[tuple[Any, ...], OpGroup] = {}
    for k in needed:
        line, varying = lines[k], varies[k]
        levels[k] = 1 + max([levels[x] for x in needs[k] if varies[x] == varying], default=0)
        if isinstance(line, Chain):
            described = _dots(line, sides, varies)
        else:
            described = line[0], tuple([varies[x] for x in line[1]])
        group = grouped.setdefault((varying, levels[k], *described), OpGroup(described, [], []))
        group.values.append(k)
        group.lines.append(line)
    order = sorted(grouped, key=lambda key: key[1])
    uniform, varying_groups = ([grouped[key] for key in order if key[0] == kind] for kind in (False, True))
    summed_outputs = [k for k in dict.fromkeys(program.outputs[:summed]) if varies[k]]
    computed, by_row = ([(k, lines[k]) for k in values] for values in (needed, left_out))
    return ProgramSchedule(uniform, varying_groups, sums, varies, computed, summed_outputs, by_row, kept)


def operands_of(line: Computation) -> tuple[int, ...]:
    """Return the values that a line needs."""
    if isinstance(line, Chain):
        return tuple([x for x in (line.start, *[x for term in line.terms for x in term]) if x != NONE])
    return line[1]


def without_powers(program: Program) -> Program:
    """Return a program with x**2 and x**-1 as squares and reciprocals, which may differ from pow in the last bit."""
    constants = dict(enumerate(program.constants, start=program.first_constant))
    code = [
        (POWERS[constants[operands[1]]], operands[:1])
        if op is ops.POW_CONSTANT and constants.get(operands[1]) in POWERS
        else (op, operands)
        for op, operands in program.code
    ]
    return program._replace(code=code)


def _lines(code: dict[int, Instruction], constants: dict[int, float], uses: Counter[int]) -> dict[int, Computation]:
    """Return the lines by value, with sums of products as chains."""
    lines: dict[int, Computation] = {}
    for k, (op, operands) in code.items():
        n = len(operands) // 2
        if op is ops.DOT and n:
            lines[k] = Chain(operands[-1], tuple(zip(operands[:n], operands[n:-1], repeat(NONE))), True)
        else:
            lines[k] = (_chain(operands, constants, lines, uses) if op is ops.ADD else None) or (op, operands)
    for k, line in lines.items():
        if isinstance(line, Chain) and code[k][0] is ops.ADD and len(line.terms) == 1:
            lines[k] = code[k]  # a single product is not a chain
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
    line = lines.get(value)
    if uses[value] != 1 or line is None or isinstance(line, Chain):
        return None
    op, operands = line
    if op is ops.WHERE and repr(constants.get(operands[2])) in (otherwise, "-0.0"):
        product = _term(operands[1], constants, lines, uses)
        return (*product[:2], operands[0]) if product and product[2] == NONE else None
    if op is ops.SQUARE:
        return operands[0], operands[0], NONE
    return (*operands, NONE) if op is ops.MUL else None


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
