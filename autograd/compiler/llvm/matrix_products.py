"""Layers with a wide input: the products of their weights with the rows of an array, by BLAS.

A block of rows is a matrix as it lies in the array, so nothing has to be transposed, neither for the outputs of the
layer nor for the sum of its gradient over rows. Slots that follow each other are a matrix too.
"""

from __future__ import annotations

from autograd.compiler.llvm import call_words
from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.call_words import INDEX, ROWS
from autograd.compiler.llvm.function import pointer
from autograd.compiler.lower.blas import blas

GIVEN = 6  # numbers at the start of a table


def project(b: Body, native: int) -> None:
    """v[dst + j] = start[j] + weights[j] . row.

    The table has array, column, weights, step, room for rows, whether there are starts, then these.
    """
    array, column, weights, step, room, starts = [b.entry("%table", k) for k in range(GIVEN)]
    given = b.line(f"icmp ne i64 {starts}, 0")

    def start(j: str) -> None:
        x = b.only_if(given, "double", "0.0", lambda: b.scalar("%u", b.entry("%table", b.plus(j, GIVEN))))
        b.store(b.splat(x), b.slot("%v", b.plus("%dst", j)))

    b.loop("%count", start)
    valid = _valid(b)
    rows, stride = _rows(b, array, column, room, valid)
    left, right, target = (rows, stride), (b.at("double", "%u", weights), step), (b.slot("%v", "%dst"), b.lanes)
    _multiply(b, True, (valid, "%count", "%k"), left, right, target)


def gather(b: Body, native: int) -> None:
    """u[out + j * step + k] += sum over rows of slope[j] * row[k], of the rows whose guard holds.

    A slope that does not count is 0.0, which times a finite input adds nothing; with an infinite input the sum is done
    number by number. The table has array, column, out, step, room for rows, room for slopes, then for each slope its
    slot, and that of its guard + 1, or 0.
    """
    array, column, out, step, room, slopes = [b.entry("%table", k) for k in range(GIVEN)]
    valid = _valid(b)
    rows, stride = _rows(b, array, column, room, valid)
    target = b.at("double", "%u", out)

    def slope(j: str, guards: str) -> list[str]:
        slot, guard, guarded = _slope(b, j)
        x = b.load(b.slot("%v", slot))
        holds = b.compare("une", b.load(b.slot("%v", guard)), b.constant(0.0))
        counted = b.choose(holds, x, b.constant(0.0))
        x = b.line(f"select i1 {guarded}, {b.kind} {counted}, {b.kind} {x}")
        b.store(x, b.slot("%v", b.plus(slopes, j)))
        return [b.line(f"or i1 {guards}, {guarded}")]

    _, guards = b.function.loop("%count", slope, ("i1", "false"))
    unsafe = b.only_if(guards, "i1", "false", lambda: _not_finite(b, rows, stride, valid))
    left, right = (rows, stride), (b.slot("%v", slopes), b.lanes)
    b.function.either_way(
        unsafe,
        lambda: _add_one_by_one(b, slopes, (rows, stride), (target, step), valid),
        lambda: _multiply(b, False, ("%k", "%count", valid), left, right, (target, step)),
    )


def _slope(b: Body, j: str) -> tuple[str, str, str]:
    """Return the slot of a slope, that of its guard, or its own, and whether it has one."""
    place = b.plus(b.times(j, 2), GIVEN)
    slot, after = b.entry("%table", place), b.entry("%table", b.plus(place, 1))
    guarded = b.line(f"icmp ne i64 {after}, 0")
    return slot, b.line(f"select i1 {guarded}, i64 {b.plus(after, -1)}, i64 {slot}"), guarded


def _valid(b: Body) -> str:
    """Return how many rows this block has: the last one may have fewer than lanes."""
    left = b.line(f"sub i64 {call_words.word(b.function, ROWS)}, {b.times('%block', b.lanes)}")
    few = b.line(f"icmp slt i64 {left}, {b.lanes}")
    return b.line(f"select i1 {few}, i64 {left}, i64 {b.lanes}")


def _rows(b: Body, array: str, column: str, room: str, valid: str) -> tuple[str, str]:
    """Return the rows of a block as a matrix, in their array where they follow each other there, else copied."""
    f = b.function
    base, stride = call_words.array(f, array)
    index = f.at("i64", call_words.address(f, INDEX), f.times("%block", b.lanes))
    first = f.read("i64", index)

    def place(row: str) -> str:
        return f.at("double", base, f.plus(f.times(row, stride), column))

    def same(i: str) -> None:
        f.leave(f.line(f"icmp ne i64 {f.word('i64', index, i)}, {f.plus(first, i)}"))

    def copied(i: str) -> None:
        target = f.at("double", copies, f.times(i, "%k"))
        f.copy(target, place(f.word("i64", index, i)), f.times("%k", 8))

    there, copies = place(first), b.slot("%v", room)
    apart = f.line(f"icmp ult i64 {f.loop(valid, same)[0]}, {valid}")
    f.only_if(apart, "", "", lambda: f.loop(valid, copied))
    matrix = f.line(f"select i1 {apart}, ptr {copies}, ptr {there}")
    return matrix, f.line(f"select i1 {apart}, i64 %k, i64 {stride}")


def _not_finite(b: Body, rows: str, stride: str, valid: str) -> str:
    """Return whether a number of the rows is infinite or NaN: x * 0.0 is NaN for those."""
    f = b.function

    def row(i: str, seen: str) -> list[str]:
        here = f.at("double", rows, f.times(i, stride))

        def number(k: str, seen: str) -> list[str]:
            zero = f.line(f"fmul double {f.scalar(here, k)}, 0.0")
            return [f.line(f"fadd double {seen}, {zero}")]

        return f.loop("%k", number, ("double", seen))[1:]

    _, seen = f.loop(valid, row, ("double", "0.0"))
    return f.line(f"fcmp uno double {seen}, {seen}")


def _add_one_by_one(b: Body, slopes: str, rows: tuple[str, str], target: tuple[str, str], valid: str) -> None:
    """Do what `gather` does without BLAS, so that a row that does not count is never read."""
    f = b.function

    def slope(j: str) -> None:
        slot, guard, guarded = _slope(b, j)
        sums = f.at("double", target[0], f.times(j, target[1]))

        def row(i: str) -> None:
            holds = f.line(f"fcmp une double {f.scalar(b.slot('%v', guard), i)}, 0.0")
            counts = f.line(f"select i1 {guarded}, i1 {holds}, i1 true")
            x = f.scalar(b.slot("%v", slot), i)
            here = f.at("double", rows[0], f.times(i, rows[1]))

            def number(k: str) -> None:
                product = f.line(f"fmul double {x}, {f.scalar(here, k)}")
                place = f.at("double", sums, k)
                f.write("double", f.line(f"fadd double {f.read('double', place)}, {product}"), place)

            f.loop(f.line(f"select i1 {counts}, i64 %k, i64 0"), number)

        f.loop(valid, row)

    f.loop("%count", slope)


def _multiply(
    b: Body, transposed: bool, sizes: tuple[str, str, str],
    left: tuple[str, str], right: tuple[str, str | int], target: tuple[str, str | int],
) -> None:  # fmt: skip
    """Add the product of two matrices, the left one perhaps transposed, to a third; each is an address and a step."""
    f = b.function

    def held(kind: str, x: str) -> str:
        place = f.line(f"alloca {kind}")
        f.do(f"store {kind} {x}, ptr {place}")
        return place

    m, n, k, *steps = [held("i32", f.line(f"trunc i64 {x} to i32")) for x in (*sizes, left[1], right[1], target[1])]
    one, step, as_is, turned = held("double", "1.0"), held("i32", "1"), held("i8", "78"), held("i8", "84")
    form = turned if transposed else as_is
    shape = [k, m] if transposed else [m, k]

    def call(routine: str, *given: str) -> None:
        place = blas(routine)
        f.opaque.append(place)  # an address of this process
        f.do(f"call void {pointer(place)}({', '.join([f'ptr {x}' for x in given])})")

    f.either_way(
        f.line(f"icmp eq i64 {sizes[1]}, 1"),
        lambda: call("dgemv", form, *shape, one, left[0], steps[0], right[0], step, one, target[0], step),
        lambda: call(
            "dgemm", form, as_is, m, n, k, one, left[0], steps[0], right[0], steps[1], one, target[0], steps[2]
        ),
    )
