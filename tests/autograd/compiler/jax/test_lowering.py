"""The JAX column of the table: a function for each row, with the numbers of eager mode up to XLA's own."""

import math

import numpy as np
import pytest

from autograd import OPS, Op, compile, grad, ops
from autograd.ops import COMPARISONS
from autograd.testing.draw.domains import DOMAINS
from autograd.testing.strategies import points

jax = pytest.importorskip("jax")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from autograd.compiler.jax.lowering import JAX, lowered  # noqa: E402

# Units in the last place by which XLA's own functions differ from C's, over the domains that tests draw from.
LOOSE = {"lgamma": 400.0, "digamma": 400.0, "polygamma": 4e4, "erfc": 64.0, "gelu": 256.0, "pow": 64.0,
         "pow_log": 256.0, "tan": 16.0, "atanh": 32.0, "sinh": 16.0, "cosh": 16.0, "acosh": 32.0,
         "asinh": 32.0, "log_sigmoid": 32.0,
         "logistic_moment": 16.0, "logsumexp": 64.0, "mish": 16.0}  # fmt: skip


def test_every_row_has_a_function():
    assert {*OPS, *COMPARISONS, *ops.SLOPES} - set(JAX) == set()


def ulps(x, y):
    if x == y or (math.isnan(x) and math.isnan(y)):
        return 0.0
    return abs(x - y) / math.ulp(max(abs(x), abs(y), 1e-300))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_row_has_the_numbers_of_eager_mode(op, data):
    xs = data.draw(points(DOMAINS[op]))
    with jax.enable_x64(True):
        given_xs = [jax.numpy.asarray(x, float) for x in xs]
        if op is ops.POLYGAMMA:
            given_xs[0] = int(xs[0])
        found = float(lowered(op)(*given_xs))
    expected = op.forward(*xs)
    if op.name in ("sum", "dot", "prod", "norm"):
        assert found == pytest.approx(expected, rel=1e-13, abs=1e-13)
    else:
        least = 1e-13 if op.name in ("lgamma", "digamma", "polygamma") else 1e-15  # next to a root
        assert ulps(found, expected) <= LOOSE.get(op.name, 8.0) or abs(found - expected) < least, (xs, found, expected)


@pytest.mark.parametrize("x", [0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e300], ids=lambda x: str(x))
def test_edges_are_those_of_eager_mode(x):
    for op in OPS:
        if len(DOMAINS[op].inputs) != 1 or op.name in ("lgamma", "digamma"):  # at poles and infinities XLA has NaN
            continue
        with jax.enable_x64(True):
            found = float(lowered(op)(jax.numpy.asarray(x)))
        expected = op.forward(x)
        assert found == pytest.approx(expected, rel=1e-13, nan_ok=True), (op.name, x)


CUBE = Op("cube", lambda x: x * x * x, lambda x, z: (3.0 * x * x,))


def test_an_op_of_your_own_is_computed_by_python_and_differentiated_by_its_rule():
    from autograd import apply

    f = compile(grad(lambda x: apply(CUBE, x) * 2.0), backend="jax")
    assert float(f(2.0)) == 24.0
    with jax.enable_x64(True):
        assert float(jax.grad(lambda x: lowered(CUBE)(x))(3.0)) == 27.0
    rows = compile(lambda x: apply(CUBE, x), in_axes=0, backend="jax")(np.arange(4.0))
    assert rows.tolist() == [0.0, 1.0, 8.0, 27.0]
