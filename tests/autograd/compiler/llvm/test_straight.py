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


def code_of(f, *args):
    """Return the IR of straight-line code for a function."""
    compiled = Compiled(f, None, None, False, "straight")
    assert compiled(*args) == f(*args)
    return compiled.llvm


def test_no_number_is_made_of_a_comparison_that_only_decides():
    def f(x, y):
        return autograd.where(x < y, x, y) + autograd.where(autograd.max([x < y, x == 2.0]), x, 3.0)

    assert "uitofp" not in code_of(f, 1.0, 2.0)
    assert "uitofp" in code_of(lambda x, y: (x < y) * x + autograd.where(x < y, x, y), 1.0, 2.0)


def test_a_number_is_read_from_memory_once_and_only_results_are_written():
    code = code_of(lambda x, y: (x * y + x) * (y - x) / (x + y + 1.0), 2.0, 3.0)
    body = code[code.index("define") :]
    assert body.count("load double") == 3
    assert body.count("store double") == 1


@pytest.mark.parametrize("start", [0.25, 1.0, -0.0])
def test_a_chain_is_added_up_from_its_start_in_the_order_of_its_products(tier, start):
    def f(b, *xs):
        total = b
        for x in xs:
            total = total + x * xs[0]
        return total

    xs = [1.0, 1e16, 1.0, -1e16, 1.0]
    assert Compiled(f, None, None, False, tier)(start, *xs) == f(start, *xs)
    rows = Compiled(f, 0, None, False, tier)([start] * 5, *[[x] * 5 for x in xs])
    assert rows.tolist() == [f(start, *xs)] * 5
