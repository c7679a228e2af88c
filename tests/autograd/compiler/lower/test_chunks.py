"""A program cut into chunks: all of its lines in order, and in memory what another chunk needs."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402


def deep(x):
    for _ in range(2_000):
        x = autograd.sqrt(x * x + 1.0) - x
    return x


@pytest.mark.parametrize("tier", ["", "straight", "interpreter"])
def test_a_deep_program_is_cut_into_pieces_that_fit_together(tier):
    f = Compiled(value_and_grad(deep), None, None, False, tier)
    assert repr(f(0.75)) == repr(value_and_grad(deep)(0.75))
    assert f.report().operations > 8_000
