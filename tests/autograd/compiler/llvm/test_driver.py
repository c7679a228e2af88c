"""What calls kernels: steps before, for and after the rows, block after block, minibatch after minibatch."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import ops  # noqa: E402
from autograd.compiler.llvm.call_words import FLAG  # noqa: E402
from autograd.compiler.llvm.engine import engine  # noqa: E402
from autograd.compiler.lower.plan import KernelCall, Plan  # noqa: E402
from autograd.compiler.program.program import Program  # noqa: E402
from autograd.compiler.run.machine import Machine, address  # noqa: E402


def call(key, length, dst, table=(), k=0):
    return KernelCall(key, length, dst, array("i", table), k)


def add(left, right, target):
    """Return the step u[target] = u[left] + u[right]."""
    return call(("op", ops.ADD, "uu"), 1, target, [left, right])


LOAD, STORE = call(("load",), 1, 0, [0, 0]), call(("store",), 1, 0, [0], 1)


def total(target, spare, lanes):
    """Return the step that adds the column up, in one slot; the others of a register go to one to spare."""
    width = min(lanes, engine().native)
    return call(("total", 1, False), 1, 0, [*[0] * width, target, *[spare] * (width - 1)])


@pytest.mark.parametrize("lanes", [1, 4, 32])
@given(rows=st.integers(1, 70))
def test_every_block_of_rows_is_done_between_what_comes_before_and_after(run_kernels, lanes, rows):
    """Before: 1 + 2 = 3. For the rows: 3 + all of them. After: twice that."""
    table = [[float(k)] for k in range(rows)]
    found, output, _ = run_kernels(
        [add(0, 1, 2)], [LOAD, total(2, 3, lanes), STORE], [add(2, 2, 4)],
        uniform=[1.0, 2.0, 100.0, 0.0, 0.0], varying=1, lanes=lanes, table=table, width=1,
    )  # fmt: skip
    assert found[2] == 3.0 + sum(range(rows))
    assert found[4] == 2.0 * found[2]
    assert output[:rows].tolist() == table
    assert numpy.isnan(output[-1, 0]), "no block too many"


def test_steps_are_done_in_their_order(run_kernels):
    steps = [add(0, 0, 1), add(1, 0, 0), add(0, 1, 1)]
    found, _, _ = run_kernels(steps, [], [add(1, 1, 1)], uniform=[1.0, 0.0])
    assert found == [3.0, 10.0]


def trained(rows, sizes, lanes=4):
    """Take steps with a loss, the sum of a minibatch, that is added to a parameter; return what they leave behind.

    Slots: the parameter, the loss, one to spare, the parameter to be.
    """
    clear, check = call(("clear",), 1, 1), call(("check",), 1, 1)
    commit = [add(3, 3, 0), add(0, 0, 0)]
    inside, after = [LOAD, total(1, 2, lanes)], [add(0, 1, 3), check]
    plan = Plan([clear], inside, after, 20, 1, 0, 20, [], 0, lanes, commit=commit)
    machine = Machine(plan, Program((), (), (), [], ()), 1, False)
    workspace = machine.workspace()
    workspace.uniform[0] = 1.0
    table = numpy.array(rows, dtype=float).reshape(-1, 1)
    index = numpy.arange(len(rows) + lanes, dtype=numpy.int64)
    index[len(rows) :] = 0
    starts = numpy.cumsum([0, *sizes[:-1]])
    batches = numpy.array([(size, address(index) + 8 * start, 0) for size, start in zip(sizes, starts, strict=True)])
    losses = numpy.full(len(sizes), -1.0)
    workspace.say(0, 0, 0, [address(table), 1])
    done = engine().train(workspace.plan, workspace.call, address(batches), len(sizes), address(losses), 1)
    return done, losses.tolist(), workspace.uniform[0], int(workspace.about[FLAG])


@given(st.lists(st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=11), min_size=1, max_size=6))
def test_each_minibatch_is_a_step_that_the_next_one_finds_done(batches):
    parameter, losses = 1.0, [sum(batch) for batch in batches]
    for loss in losses:
        parameter = 4.0 * (parameter + loss)
    found = trained([x for batch in batches for x in batch], [len(batch) for batch in batches])
    assert found == (len(batches), losses, parameter, 0)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 2])
def test_a_step_that_is_not_finite_ends_it_with_its_loss_noted_and_nothing_moved(bad, place):
    rows = [1.0, 2.0, 3.0, 4.0]
    rows[place] = bad
    done, losses, parameter, flag = trained(rows, [1, 1, 1, 1])
    assert done == place
    assert repr(losses) == repr([*rows[: place + 1], *[-1.0] * (3 - place)])
    assert (parameter, flag) == (4.0 * (4.0 * (1.0 + 1.0) + 2.0) if place else 1.0, 1)
