"""Sums over the rows of a batch: all of its rows, and nothing else."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.llvm.engine import engine  # noqa: E402
from autograd.compiler.lower.plan import KernelCall  # noqa: E402


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_sums_and_means_are_over_just_the_rows(tier, reduce, curve, column, batch_sizes):
    f = Compiled(value_and_grad(curve, argnums=(0, 1)), (0, None), reduce, False, tier)
    each = Compiled(value_and_grad(curve, argnums=(0, 1)), (0, None), None, False, tier)
    for rows in batch_sizes:
        value, (one, other) = f(column(rows), 1.25)
        assert {type(value), type(one), type(other)} == {float}
        values, (ones, others) = each(column(rows), 1.25)
        for found, parts in ((value, values), (one, ones), (other, others)):
            exact = math.fsum(parts) / (rows if reduce == "mean" else 1)
            assert found == pytest.approx(exact, rel=1e-13, abs=1e-13 * max(abs(parts)))


@pytest.mark.parametrize("rows", [1, 3, 7, 8, 9, 33])
def test_a_whole_sum_is_finite_though_what_lies_behind_the_last_row_is_not(tier, rows):
    table = numpy.full((rows + 64, 1), math.nan)
    table[:rows] = 1.0
    f = Compiled(lambda x, w: x[0] * w + 1.0 / x[0], (0, None), "sum", False, tier)
    assert f(table[:rows], 2.0) == 3.0 * rows


@st.composite
def tables(draw):
    """Return rows of two numbers, which are NaN in rows that do not count, a guard, and four more numbers."""
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        guard = draw(st.sampled_from([0.0, 1.0, -3.0]))
        numbers = draw(st.tuples(*[st.integers(-9, 9).map(float)] * 6))
        rows.append([*(numbers[:2] if guard else [math.nan] * 2), guard, *numbers[2:]])
    return rows


def call(key, length, dst, table=()):
    return KernelCall(key, length, dst, array("i", table))


def load(columns):
    return call(("load",), columns, 0, [x for column in range(columns) for x in (0, column)])


def added(rows, guarded, product):
    """Return what rows add up to, those that count alone."""
    return sum([product(row) for row in rows if row[2] or not guarded])


def same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))


@pytest.mark.parametrize("lanes", [1, 4, 8, 32])
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("factors", [1, 2])
@given(rows=tables())
def test_outputs_anywhere_are_sums_of_the_rows_that_count(run_kernels, lanes, guarded, factors, rows):
    """Two outputs, and others of a whole register that go to a slot to spare."""
    width = min(lanes, engine().native)
    outputs, spare = [3, 1][:width], 5
    columns = [[0] * width, [1] * width][:factors]
    columns += [[2] * width] if guarded else []
    columns.append([*outputs, *[spare] * (width - len(outputs))])
    table = [x for column in columns for x in column]
    steps = [load(7), call(("total", factors, guarded), 1, 0, table)]
    found, _, _ = run_kernels(rows=steps, uniform=[0.5] * 6, varying=7, lanes=lanes, table=rows)
    expected = 0.5 + added(rows, guarded, lambda row: row[0] * (row[1] if factors == 2 else 1.0))
    for place in range(5):
        assert same(found[place], expected if place in outputs else 0.5)


@pytest.mark.parametrize("lanes", [1, 4, 8, 32])
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("pairs", [False, True])
@given(rows=tables(), count=st.integers(1, 11))
def test_products_with_many_numbers_are_sums_of_the_rows_that_count(run_kernels, lanes, guarded, pairs, rows, count):
    """Each of one or two numbers times each of many: outputs that follow each other, and no others."""
    width = min(lanes, engine().native)
    others = [3 + k % 4 for k in range(count)]
    keys = [(0, 2), (1, 2)][: 1 + pairs]
    table = [x for k, (a, guard) in enumerate(keys) for x in (a, guard, 1 + k * (count + 1))]
    table += [count, *others, *[others[0]] * (-count % width)]
    size = 2 * count + 3
    steps = [load(7), call(("outer", guarded, pairs), 1, 0, table)]
    found, _, _ = run_kernels(rows=steps, uniform=[0.5] * (size + width), varying=7, lanes=lanes, table=rows)
    expected = [0.5] * size
    for k, (a, _) in enumerate(keys):
        for j, other in enumerate(others):
            expected[1 + k * (count + 1) + j] += added(rows, guarded, lambda row: row[a] * row[other])  # noqa: B023
    assert all(map(same, found, expected))


@pytest.mark.parametrize("rows", [1, 3, 8, 33])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_sums_begin_at_0_and_a_mean_is_by_the_number_of_rows(run_kernels, rows, count):
    uniform = [6.0] * (count + 2 + engine().native)
    table = [[0.0]] * rows
    cleared, _, _ = run_kernels(before=[call(("clear",), count, 1)], uniform=uniform, table=table)
    assert cleared[: count + 1] == [6.0, *[0.0] * count]
    divided, _, _ = run_kernels(after=[call(("divide",), count, 1)], uniform=uniform, table=table)
    assert divided[: count + 1] == [6.0, *[6.0 / rows] * count]
