"""The loops that add up outputs over the rows of a batch: lanes of registers into sums that do not vary.

Registers are added up as many at a time as they have lanes, by a transposition in halves, so that their sums lie
next to each other in one register, ready to be added to slots that do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.call_words import ROWS, word
from autograd.compiler.llvm.function import shuffle, type_of


def outer(b: Body, native: int, guarded: bool, pairs: bool) -> None:
    """u[o + k] += a * b[k], summed over the rows of this block; where guarded, over those whose guard holds.

    The table has count segments: one or a pair of (a, guard, o), how many b there are, then these, filled
    up with any slot to whole registers.
    """
    valid, many, width = _valid(b), 2 if pairs else 1, min(b.lanes, native)
    part = b.of_width(width)

    def segment(place: str) -> str:
        left, truths, outputs = [], [], []
        for k in range(many):
            a, guard, output = [b.entry("%table", b.plus(place, 3 * k + n)) for n in range(3)]
            left.append(_registers(b, part, a))
            truths.append(b.both(valid, _holds(b, b.slot("%v", guard))) if guarded else valid)
            outputs.append(output)
        length = b.entry("%table", b.plus(place, 3 * many))
        first = b.plus(place, 3 * many + 1)
        holds = [_parts(b, part, truth) for truth in truths]

        def several(i: str) -> None:
            base = part.times(i, width)
            sums: list[list[str]] = [[] for _ in range(many)]
            for q in range(width):
                xs = _registers(b, part, part.entry("%table", part.plus(part.plus(first, base), q)))
                for k in range(many):
                    sums[k].append(_summed(part, [part.mul(a, x) for a, x in zip(left[k], xs, strict=True)], holds[k]))
            inside = _lanes_below(part, part.line(f"sub i64 {length}, {base}"))
            for k in range(many):
                new = part.choose(inside, _transposed(part, sums[k]), part.constant(0.0))
                target = part.plus(outputs[k], base)
                part.write_doubles(part.add(part.doubles("%u", target), new), "%u", target)

        whole = part.line(f"udiv i64 {part.plus(length, width - 1)}, {width}")
        part.loop(whole, several)
        return b.plus(first, b.times(whole, width))

    b.function.loop("%count", lambda _, place: [segment(place)], ("i64", "0"))  # a segment says where the next begins


def _holds(b: Body, address: str) -> str:
    return b.compare("une", b.load(address), b.constant(0.0))


def _registers(b: Body, part: Body, slot: str) -> list[str]:
    """Return the lanes of a slot, register by register."""
    address = b.slot("%v", slot)
    return [part.load(part.at("double", address, start)) for start in range(0, b.lanes, part.lanes)]


def _parts(b: Body, part: Body, truth: str) -> list[str]:
    """Return a truth register by register."""
    if part.lanes == b.lanes:
        return [truth]
    starts = range(0, b.lanes, part.lanes)
    return [part.line(shuffle(b.truth, truth, "poison", range(k, k + part.lanes))) for k in starts]


def _summed(part: Body, terms: Sequence[str], holds: Sequence[str]) -> str:
    """Return the sum of registers, of the lanes that count."""
    total = part.choose(holds[0], terms[0], part.constant(0.0))
    for term, truth in zip(terms[1:], holds[1:], strict=True):
        total = part.choose(truth, part.add(total, term), total)
    return total


def _transposed(part: Body, vectors: Sequence[str]) -> str:
    """Return the sums over the lanes of as many registers as one has lanes, next to each other."""
    width, step = part.lanes, 1
    vectors = list(vectors)
    while len(vectors) > 1:
        left = [k if not k & step else width + k - step for k in range(width)]
        right = [k + step if not k & step else width + k for k in range(width)]
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [
            part.add(*[part.line(shuffle(part.kind, x, y, places)) for places in (left, right)]) for x, y in pairs
        ]
        step *= 2
    return vectors[0]


def _lanes_below(b: Body, count: str) -> str:
    """Return which lanes have a number below count."""
    if b.lanes == 1:
        return b.line(f"icmp sgt i64 {count}, 0")
    everywhere, numbers = b.splat(count, "i64"), ", ".join([f"i64 {lane}" for lane in range(b.lanes)])
    return b.line(f"icmp slt {type_of(b.lanes, 'i64')} <{numbers}>, {everywhere}")


def total(b: Body, native: int, factors: int, guarded: bool) -> None:
    """u[o] += v[a], or v[a] * v[b], summed over the rows of this block; where guarded, over those whose guard holds.

    The table has count parts, of as many (a, b, guard, o) as a register has lanes: first all a and so on.
    """
    valid, width = _valid(b), min(b.lanes, native)
    part = b.of_width(width)
    everywhere = _parts(b, part, valid)
    columns = factors + int(guarded) + 1

    def registers(base: str, place: int) -> list[str]:
        return _registers(b, part, part.entry("%table", part.plus(base, place)))

    def several(i: str) -> None:
        base, sums = part.times(i, columns * width), []
        for q in range(width):
            terms, holds = registers(base, q), everywhere
            if factors == 2:
                terms = [part.mul(x, y) for x, y in zip(terms, registers(base, width + q), strict=True)]
            if guarded:
                guards = registers(base, factors * width + q)
                truths = [part.compare("une", guard, part.constant(0.0)) for guard in guards]
                holds = [part.both(x, y) for x, y in zip(everywhere, truths, strict=True)]
            sums.append(_summed(part, terms, holds))
        new = _transposed(part, sums)
        for q in range(width):
            output = part.entry("%table", part.plus(base, (columns - 1) * width + q))
            address = part.at("double", "%u", output)
            x = part.lane(new, q)
            old = part.function.read("double", address)
            part.function.write("double", part.line(f"fadd double {old}, {x}"), address)

    part.loop("%count", several)


def _valid(b: Body) -> str:
    """Return which lanes of this block are rows: at the end of a batch not all are."""
    return _lanes_below(b, b.line(f"sub i64 {word(b.function, ROWS)}, {b.times('%block', b.lanes)}"))


def clear(b: Body, native: int) -> None:
    """u[dst] and what follows = 0.0, up to a whole register more."""
    wide = b.of_width(native)
    _each_register(wide, lambda place: wide.write_doubles(wide.constant(0.0), "%u", place))


def divide(b: Body, native: int) -> None:
    """u[dst] and what follows, divided by the number of rows; up to a whole register more."""
    rows = b.line(f"uitofp i64 {word(b.function, ROWS)} to double")
    wide = b.of_width(native)
    divisor = wide.splat(rows)
    _each_register(wide, lambda place: wide.write_doubles(wide.div(wide.doubles("%u", place), divisor), "%u", place))


def _each_register(b: Body, step: Callable[[str], None]) -> None:
    """Do a step at the place of each register from %dst on that holds some of %count numbers."""
    count = b.line(f"udiv i64 {b.plus('%count', b.lanes - 1)}, {b.lanes}")
    b.loop(count, lambda i: step(b.plus("%dst", b.times(i, b.lanes))))
