"""The loops that do the groups of a schedule: native code made once, for any program.

A kernel works on slots: `v` has the values that vary, `lanes` rows side by side in each slot, and `u` those
that do not. Tables of 32-bit slot numbers say which operands a loop takes, so its code depends on the op and
on the kinds of its operands alone. With one lane `v` and `u` are the same memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.call_words import INDEX, OUTPUT, address, array, flag
from autograd.compiler.llvm.matrix_products import gather, project
from autograd.compiler.llvm.straight import StraightLineWriter
from autograd.compiler.llvm.sums import clear, divide, outer, total
from autograd.compiler.lower.spelling import asked, spelled
from autograd.ops import IDENTITY

DOTS_AT_ONCE = 4  # rows of a matrix that share the loads of a vector


def kernel(key: tuple[Any, ...], lanes: int, native: int, contract: bool) -> Body:
    """Return the body of the kernel for a key; `native` doubles fit in a register."""
    body = Body(lanes, contract)
    KERNELS[key[0]](body, native, *key[1:])
    body.do("ret void")
    return body


def operation(b: Body, native: int, op: Any, kinds: Sequence[str]) -> None:
    """dst[i] = op(operands[i]): by kind "v" and "u" from a table, "c" and "s" next to each other and all the same."""
    if (
        b.lanes == 1
        and native > 1
        and set(kinds) <= {"c", "s"}
        and asked(op, len(kinds)).isdisjoint(("call", "python"))
    ):
        wide = b.of_width(native)
        b.loop_by(native, lambda i: _elements(wide, op, kinds, i), lambda i: _elements(b, op, kinds, i))
    else:
        b.loop("%count", lambda i: _elements(b, op, kinds, i))


def _elements(b: Body, op: Any, kinds: Sequence[str], i: str) -> None:
    """Do the op at place i, and with several lanes of uniform values at the places behind it too."""
    first = sum(kind in "cs" for kind in kinds)  # numbers of the table that all places share
    row = b.times(i, len(kinds) - first) if first < len(kinds) else ""
    shared, own, operands = count(), count(first), []
    for kind in kinds:
        place = b.entry("%table", next(shared) if kind in "cs" else b.plus(row, next(own)))
        if kind == "v":
            operands.append(b.load(b.slot("%v", place)))
        elif kind == "c":
            operands.append(b.doubles("%u", b.plus(place, i)))
        else:
            operands.append(b.splat(b.scalar("%u", place)))
    result = spelled(op, b, *operands)
    target = b.plus("%dst", i)
    if kinds and first == len(kinds):
        b.write_doubles(result, "%v", target)
    else:
        b.store(result, b.slot("%v", target))


Members = Sequence[tuple[Any, Sequence[int], bool]]  # op, places of its operands, whether it is stored


def fused(b: Body, native: int, kinds: str, members: Members) -> None:
    """Do several ops at place i, whose columns have a row of slots in the table; what each stores lies together."""

    def several(i: str) -> None:
        place = b.times(i, len(kinds))
        _members(b, b.at("i32", "%table", place), "0", kinds, members, i)

    b.loop("%count", several)


def _members(b: Body, row: str, first: str, kinds: str, members: Members, i: str, known: str = "") -> None:
    """Do the members of a fused loop at place i, for a row of a table; `known` is the first one's result."""
    values = [_value(b, kind == "v", b.entry(row, b.plus(first, k))) for k, kind in enumerate(kinds)]
    target = b.plus("%dst", i)
    for op, operands, stored in members:
        values.append(known if op is None else spelled(op, b, *[values[x] for x in operands]))
        if stored:
            b.store(values[-1], b.slot("%v", target))
            target = b.plus(target, "%count")


def dots(
    b: Body, native: int, start: bool | None, own: bool, shared: bool, guarded: bool, kinds: str = "",
    members: Members = ((None, (), True),),
) -> None:  # fmt: skip
    """dst[j] = start[j] + sum of own[j][k] * shared[k], or of those whose guard[k] holds, in order.

    The table has the shared slots, then the guards', then for each j the start's, its own, and the columns of the
    members, the first of which is this sum: see `fused`.
    """
    head = b.times("%k", 2) if guarded else "%k"
    width = b.plus("%k", int(start is not None) + len(kinds))

    def several(base: str, many: int) -> None:
        places = [b.plus(head, b.times(b.plus(base, j), width)) for j in range(many)]
        owns = [b.at("i32", "%table", p) for p in places]
        skip = 0 if start is None else 1
        initial = [b.constant(-0.0) if start is None else _value(b, start, b.entry(t, "0")) for t in owns]

        def step(k: str, *sums: str) -> list[str]:
            x = _value(b, shared, b.entry("%table", k))
            truth = ""
            if guarded:
                guard = _value(b, True, b.entry("%table", b.plus(k, "%k")))
                truth = b.compare("une", guard, b.constant(0.0))
            new = []
            for before, table in zip(sums, owns, strict=True):
                product = b.mul(_value(b, own, b.entry(table, b.plus(k, skip))), x)
                new.append(b.add(before, b.choose(truth, product, b.constant(-0.0)) if guarded else product))
            return new

        for j, result in enumerate(b.loop("%k", step, *initial)):
            _members(b, owns[j], b.plus("%k", skip), kinds, members, b.plus(base, j), result)

    b.loop_by(DOTS_AT_ONCE, lambda i: several(i, DOTS_AT_ONCE), lambda i: several(i, 1))


def _value(b: Body, varying: bool, place: str) -> str:
    return b.load(b.slot("%v", place)) if varying or b.lanes == 1 else b.splat(b.scalar("%u", place))


def load(b: Body, native: int) -> None:
    """v[dst + i] = a column of an array, at the rows of this block; the table has pairs (array, column)."""
    index, first = address(b.function, INDEX), b.times("%block", b.lanes)
    rows = [b.function.word("i64", index, b.plus(first, k)) for k in range(b.lanes)]

    def column(i: str) -> None:
        here = b.times(i, 2)
        base, stride = array(b.function, b.entry("%table", here))
        offset = b.entry("%table", b.plus(here, 1))
        lanes = [b.scalar(base, b.plus(b.line(f"mul i64 {row}, {stride}"), offset)) for row in rows]
        b.store(b.of_lanes(lanes.__getitem__), b.slot("%v", b.plus("%dst", i)))

    b.loop("%count", column)


def store(b: Body, native: int) -> None:
    """Write the slots in the table to the rows of the output, k numbers wide."""
    target = address(b.function, OUTPUT)
    first = b.times("%block", b.lanes)

    def column(i: str) -> None:
        x = b.load(b.slot("%v", b.entry("%table", i)))
        for lane in range(b.lanes):
            one = b.lane(x, lane)
            place = b.plus(b.times(b.plus(first, lane), "%k"), i)
            b.function.write("double", one, b.at("double", target, place))

    b.loop("%count", column)


def emit(b: Body, native: int) -> None:
    """Write slots to places of the output; the table has pairs (slot, place)."""
    target = address(b.function, OUTPUT)

    def pair(i: str) -> None:
        here = b.times(i, 2)
        x = b.scalar("%u", b.entry("%table", here))
        b.function.write("double", x, b.at("double", target, b.entry("%table", b.plus(here, 1))))

    b.loop("%count", pair)


def check(b: Body, native: int) -> None:
    """Raise the flag of the call unless u[dst] and what follows are finite: x * 0.0 is NaN for the others."""
    wide = b.of_width(4 * native)

    def part(body: Body, place: str, seen: str) -> list[str]:
        return [body.add(seen, body.mul(body.doubles("%u", body.plus("%dst", place)), body.constant(0.0)))]

    parts = b.line(f"udiv i64 %count, {wide.lanes}")
    (many,) = wide.loop(parts, lambda i, seen: part(wide, wide.times(i, wide.lanes), seen), wide.constant(0.0))
    done = b.times(parts, wide.lanes)
    rest = b.line(f"sub nuw i64 %count, {done}")
    b.function.declarations.add(f"declare double @llvm.vector.reduce.fadd.v{wide.lanes}f64(double, {wide.kind})")
    start = b.line(f"call reassoc double @llvm.vector.reduce.fadd.v{wide.lanes}f64(double 0.0, {wide.kind} {many})")
    (seen,) = b.loop(rest, lambda i, seen: part(b, b.plus(i, done), seen), start)
    bad = b.line(f"zext i1 {b.compare('uno', seen, seen)} to i64")
    place = flag(b.function)
    b.function.write("i64", b.line(f"or i64 {b.function.read('i64', place)}, {bad}"), place)


KERNELS: dict[str, Any] = {
    "op": operation, "fused": fused, "dots": dots, "outer": outer, "total": total, "clear": clear,
    "load": load, "store": store, "emit": emit, "divide": divide,
    "check": check, "project": project, "gather": gather,
    "spread": lambda b, native: operation(b, native, IDENTITY, "u"),  # a uniform value in every lane
    "chunk": lambda b, native, part: StraightLineWriter(b, part.varying, part.uniform).run(part.lines, part.stored),
    "single row": lambda b, native, steps: steps.write(b),  # see `run.single_row`
}  # fmt: skip
