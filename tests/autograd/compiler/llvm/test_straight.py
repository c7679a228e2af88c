"""Straight-line code: the numbers of the lines one after the other, whatever is a truth or a chain among them."""

import math

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402


def test_a_number_that_also_decides_is_still_a_number(tier):
    def f(x, y):
        chosen = autograd.where(x, y, 1.0) + autograd.where(y, x, 2.0)
        return chosen + autograd.max([x, y]) + autograd.max([x]) + autograd.max([x > 0.0, y > 7.0])

    assert Compiled(f, None, None, False, tier)(5.0, 3.0) == f(5.0, 3.0) == 19.0
    assert Compiled(f, 0, None, False, tier)([5.0], [3.0]).tolist() == [19.0]


@pytest.mark.parametrize("condition", [0.0, 1.0, -2.0, math.nan])
def test_a_product_that_counts_only_where_something_holds_needs_no_other_number(tier, condition):
    def f(c, x, y):
        return autograd.where(c, x * y, -0.0) + x * x + autograd.where(c, y * y, -0.0)

    assert Compiled(f, None, None, False, tier)(condition, 3.0, 4.0) == f(condition, 3.0, 4.0)
    found = Compiled(f, (0, None, 0), None, False, tier)([condition, 0.0, 1.0], 3.0, [4.0, 4.0, 4.0])
    assert found.tolist() == [f(condition, 3.0, 4.0), 9.0, 37.0]
