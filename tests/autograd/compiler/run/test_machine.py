"""A plan in memory: slots for each call that is under way, blocks of rows, and memory where native code expects it."""

import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, compile  # noqa: E402
from autograd.compiler.lower.plan import Plan  # noqa: E402
from autograd.compiler.program.program import Program  # noqa: E402
from autograd.compiler.run.machine import Machine, address, aligned, block_size, row_numbers  # noqa: E402


def work(w, x):
    return autograd.dot(w, x) * autograd.lgamma(x[0] + 2.0), autograd.exp(-x[1])


@pytest.mark.parametrize("in_axes", [None, (None, 0)])
def test_eight_threads_call_one_function_at_once(in_axes, in_threads):
    f = compile(work, in_axes=in_axes)
    start, wrong = threading.Barrier(8), []

    def call(seed):
        start.wait()
        for k in range(60):
            w, x = [1.0 + seed, 2.0], [float(k), 0.5 * seed]
            expected = work(w, x)
            found = f(w, x) if in_axes is None else [y[1] for y in f(w, [[1.0, 1.0], x, [2.0, 2.0]])]
            if found[0] != expected[0] or abs(found[1] - expected[1]) > 1e-14:
                wrong.append((seed, k, found, expected))

    in_threads(*[partial(call, seed) for seed in range(8)])
    assert wrong == []


def test_threads_may_bring_more_numbers_of_rows_than_are_remembered(in_threads):
    f, wrong = compile(lambda x: x * 2.0 + 1.0, in_axes=0), []
    rows = [numpy.linspace(0.0, 1.0, n) for n in range(1, 300, 3)]

    def work():
        for _ in range(20):
            wrong.extend([len(x) for x in rows if f(x).tolist() != (x * 2.0 + 1.0).tolist()])

    in_threads(*[work] * 8)
    assert wrong == []


def test_blocks_have_four_registers_of_rows_unless_many_would_be_empty():
    assert [block_size(rows, 8) for rows in (1, 8, 9, 16, 17, 32, 33, 48, 50, 100, 1000)] == [
        8, 8, 16, 16, 32, 32, 16, 16, 32, 16, 32
    ]  # fmt: skip
    assert [block_size(rows, 1) for rows in (1, 2, 3, 4)] == [1, 2, 4, 4]


@given(st.integers(1, 300), st.sampled_from([2, 4, 8]))
def test_a_block_is_whole_registers_and_wastes_less_than_a_block_of_one_more(rows, native):
    size = block_size(rows, native)
    assert size in (native, 2 * native, 4 * native)
    assert -(-rows // size) * size - rows < size
    assert size == native or rows > size // 2, "more than half of its rows are there"


@given(st.integers(1, 200), st.integers(0, 64))
def test_row_numbers_go_up_and_the_last_is_repeated_up_to_a_whole_block(rows, more):
    place, numbers = row_numbers(rows, rows + more)
    assert numbers.tolist() == [*range(rows), *[rows - 1] * more]
    assert place == address(numbers)


@pytest.mark.parametrize("doubles", [0, 1, 7, 8, 1000])
def test_aligned_memory_is_zeros_from_a_whole_cache_line_on(doubles):
    for _ in range(5):
        memory = aligned(doubles)
        assert memory.tolist() == [0.0] * doubles
        assert not doubles or address(memory) % 64 == 0


def test_an_address_is_where_the_first_number_of_an_array_is():
    table = numpy.arange(12.0).reshape(3, 4)
    frozen = table.copy()
    frozen.setflags(write=False)
    for x in (table, table[1:], table[:, 1:], table.T, frozen, numpy.frombuffer(b"12345678")):
        assert address(x) == x.__array_interface__["data"][0]
    empty = numpy.zeros(0)
    assert address(empty) == address(empty)


@pytest.fixture
def machine():
    """A machine without steps: a captured Value in slot 3, constants in slots 4 and 5, and a slot that holds 1.0."""
    program = Program(("x", "y", "z"), (Value(0.25),), (7.0, -8.0), [], ())
    return Machine(Plan([], [], [], 7, 2, 0, 4, [], 0, 4, one=6), program, 2, False)


def test_a_new_workspace_has_the_constants_and_a_filled_one_the_arguments_and_captured_numbers(machine):
    workspace = machine.workspace()
    assert workspace.uniform[:7].tolist() == [0.0, 0.0, 0.0, 0.0, 7.0, -8.0, 1.0]
    machine.fill(workspace, [numpy.array([[1.0], [2.0]]), 3])
    assert workspace.uniform[:7].tolist() == [1.0, 2.0, 3.0, 0.25, 7.0, -8.0, 1.0]
    machine.captured[0].data = 0.5
    machine.fill(workspace, [1.5, numpy.array([2.5, 3.5])])
    assert workspace.uniform[:7].tolist() == [1.5, 2.5, 3.5, 0.5, 7.0, -8.0, 1.0]


def test_calls_that_are_under_way_have_workspaces_of_their_own_and_later_ones_take_them_over(machine):
    one, two = machine.workspace(), machine.workspace()
    assert not numpy.shares_memory(one.uniform, two.uniform)
    assert one.plan != two.plan
    machine.free += [one, two]
    assert {id(machine.workspace()), id(machine.workspace())} == {id(one), id(two)}
    assert id(machine.workspace()) not in (id(one), id(two))


def test_what_is_said_to_a_workspace_is_what_native_code_reads(machine):
    workspace = machine.workspace()
    workspace.about[:] = -1
    workspace.say(5, 6, 7, [8, 9, 10, 11])
    assert workspace.about.tolist() == [5, 6, 7, 0, 8, 9, 10, 11], "the flag is down"
