"""Sums over the rows of a batch: all of its rows, and nothing else."""

import math

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402


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
