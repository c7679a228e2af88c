"""The writer of LLVM IR: loops, choices and memory do when they run what they say."""

import ctypes
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.llvm.function import NativeFunction, double_bits, literal, pointer, type_of

pytest.importorskip("llvmlite")

NUMBERS = st.floats(-1e6, 1e6)


def add(f, x, y):
    return f.line(f"fadd double {x}, {y}")


def put(f, x, place):
    f.write("double", x, f.at("double", "%v", place))


@given(st.floats())
def test_a_literal_has_the_bits_of_its_number(run_lines, x):
    (found, *_), _ = run_lines(lambda f: put(f, literal(x), 0), [0.5])
    assert struct.pack("d", found) == struct.pack("d", x)
    assert double_bits(x).to_bytes(8, "little") == struct.pack("<d", x)


@pytest.mark.parametrize("numbers", [[], [0.5], [1.0, -2.5, 1e300, 7.0]])
def test_a_loop_runs_as_often_as_it_is_told_and_hands_its_state_on(run_lines, numbers):
    def write(f):
        times, total, last = f.loop(
            "%n",
            lambda i, total, _: [add(f, total, x := f.scalar("%u", i)), x],
            ("double", literal(0.25)),
            ("double", literal(-1.0)),
        )
        put(f, total, 0)
        put(f, last, 1)
        put(f, f.line(f"uitofp i64 {times} to double"), 2)

    expected = 0.25
    for x in numbers:
        expected += x
    found, _ = run_lines(write, [0.0] * 3, numbers, len(numbers))
    assert found == [expected, numbers[-1] if numbers else -1.0, len(numbers)]


def test_loops_nest(run_lines):
    def write(f):
        def row(i):
            def cell(j):
                x = f.line(f"uitofp i64 {f.plus(f.times(i, 10), j)} to double")
                put(f, x, f.plus(f.times(i, 3), j))
                return []

            f.loop("3", cell)
            return []

        f.loop("%n", row)

    found, _ = run_lines(write, [-1.0] * 12, n=3)
    assert found == [0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 20.0, 21.0, 22.0, *[-1.0] * 3]


@given(st.lists(NUMBERS, max_size=12), NUMBERS)
def test_a_loop_that_is_left_says_how_far_it_came(run_lines, numbers, limit):
    """Only the loop around the place is left, not one that it is in."""

    def write(f):
        def outer(_):
            def inner(i):
                x = f.scalar("%u", i)
                f.leave(f.line(f"fcmp ogt double {x}, {literal(limit)}"))
                put(f, x, f.plus(i, 1))
                return []

            (times,) = f.loop("%n", inner)
            put(f, f.line(f"uitofp i64 {times} to double"), 0)
            return []

        f.loop("2", outer)

    before = next((k for k, x in enumerate(numbers) if x > limit), len(numbers))
    found, _ = run_lines(write, [-0.5] * (len(numbers) + 1), numbers, len(numbers))
    assert found == [before, *numbers[:before], *[-0.5] * (len(numbers) - before)]


@pytest.mark.parametrize("x", [2.0, -2.0, 0.0, math.nan])
def test_what_is_done_only_where_a_truth_holds_leaves_the_other_result_elsewhere(run_lines, x):
    def write(f):
        x = f.scalar("%u", 0)
        positive = f.line(f"fcmp ogt double {x}, {literal(0.0)}")

        def doubled():
            put(f, literal(1.0), 1)
            inside = f.line(f"fcmp ogt double {x}, {literal(1.0)}")  # blocks within blocks
            return f.only_if(inside, "double", x, lambda: add(f, x, x))

        put(f, f.only_if(positive, "double", literal(-7.0), doubled), 0)

    found, _ = run_lines(write, [0.0, 0.0], [x])
    assert found == ([4.0, 1.0] if x > 0.0 else [-7.0, 0.0])


@pytest.mark.parametrize("x", [2.0, -2.0, math.nan])
def test_one_of_two_ways_is_taken(run_lines, x):
    def write(f):
        truth = f.line(f"fcmp ogt double {f.scalar('%u', 0)}, {literal(0.0)}")
        f.either_way(truth, lambda: put(f, literal(1.0), 0), lambda: put(f, literal(1.0), 1))
        put(f, literal(3.0), 2)

    found, _ = run_lines(write, [0.0] * 3, [x])
    assert found == ([1.0, 0.0, 3.0] if x > 0.0 else [0.0, 1.0, 3.0])


@pytest.mark.parametrize("x", [2.0, -2.0])
def test_where_what_is_needed_does_not_hold_another_block_goes_on(run_lines, x):
    def write(f):
        f.need(f.line(f"fcmp ogt double {f.scalar('%u', 0)}, {literal(0.0)}"), "otherwise")
        put(f, literal(1.0), 0)
        f.do("ret void")
        f.start("otherwise")
        put(f, literal(1.0), 1)

    found, _ = run_lines(write, [0.0, 0.0], [x])
    assert found == ([1.0, 0.0] if x > 0.0 else [0.0, 1.0])


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8))
def test_a_table_of_32_bits_has_numbers_without_a_sign(run_lines, numbers):
    def write(f):
        def one(i):
            put(f, f.line(f"uitofp i64 {f.entry('%u', i)} to double"), i)
            return []

        f.loop("%n", one)

    table = (ctypes.c_uint32 * len(numbers))(*numbers)
    found, _ = run_lines(write, [0.0] * len(numbers), table, len(numbers))
    assert found == numbers


def test_words_are_whole_numbers_with_a_sign_and_addresses(run_lines):
    doubles = (ctypes.c_double * 2)(0.5, 1.5)
    words = (ctypes.c_int64 * 3)(-5, 2**62, ctypes.addressof(doubles))

    def write(f):
        for k in (0, 1):
            put(f, f.line(f"sitofp i64 {f.word('i64', '%u', k)} to double"), k)
        put(f, f.scalar(f.word("ptr", "%u", 2), 1), 2)
        put(f, f.scalar(pointer(ctypes.addressof(doubles)), 0), 3)

    found, _ = run_lines(write, [0.0] * 4, words)
    assert found == [-5.0, 2.0**62, 1.5, 0.5]


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=9), st.data())
def test_so_many_bytes_are_copied_and_no_more(run_lines, numbers, data):
    count = data.draw(st.integers(0, len(numbers)))
    found, _ = run_lines(lambda f: f.copy("%v", "%u", f.times("%n", 8)), [0.25] * len(numbers), numbers, count)
    assert found == [*numbers[:count], *[0.25] * (len(numbers) - count)]


def test_what_a_block_has_computed_is_known_in_it_alone():
    f = NativeFunction()
    x = f.computed("fadd double %x, %y")
    assert f.computed("fadd double %x, %y") == x
    inside = []
    f.only_if("%t", "", "", lambda: inside.append(f.computed("fadd double %x, %y")) or "")
    assert f.computed("fadd double %x, %y") not in (x, *inside)
    assert inside != [x]


def test_one_lane_is_a_plain_number():
    assert [type_of(1), type_of(4), type_of(1, "i1"), type_of(8, "i1")] == ["double", "<4 x double>", "i1", "<8 x i1>"]
