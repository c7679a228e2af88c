"""Every op as native code against its `forward`: the same bits for arithmetic and choices, 4 ulp for the rest."""

import itertools
import math
import operator
import random
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Op, apply, ops
from autograd.compiler.compiled import compile
from autograd.compiler.llvm.body import Body
from autograd.compiler.lower.spelling import SPELLINGS
from autograd.compiler.run.replay import Columns, over_rows
from autograd.floats import elementary
from autograd.ops import COMPARISONS, OPS, SLOPES
from autograd.testing.draw.domains import DOMAINS
from autograd.testing.strategies import points

numpy = pytest.importorskip("numpy")

TABLE = (*OPS, *COMPARISONS)
EXACT = {
    *("add", "sub", "mul", "div", "neg", "square", "reciprocal", "sqrt", "sum", "prod", "dot", "detach", "identity"),
    *("abs", "sign", "step", "floor", "ceil", "where", "maximum", "minimum", "max", "min", "clip", "hardtanh"),
    *("relu", "leaky_relu", "less", "less_equal", "equal", "not_equal"),
}
SPECIAL = [0.0, -0.0, inf, -inf, nan, 1e308, -1e308, 5e-324, -5e-324, 40.0, -40.0, 1000.0, -1000.0]
MORE = [1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.0, 1e-300, 0.9999999999, 745.0, -745.0, -37.6, math.pi, 1e22]


def arity(op):
    if op in COMPARISONS:
        return 2
    return len(DOMAINS[op].inputs) if not DOMAINS[op].counts else max(DOMAINS[op].counts)


def special_points(op):
    """Return points made of special numbers, and some from near and far."""
    draw, count = random.Random(op.name), arity(op)
    if op is ops.POLYGAMMA:
        return [(float(n), x) for n in range(3) for x in (0.0, -0.0, inf, -inf, nan, -2.0, -0.5, 5e-324, 1e308, 40.0)]
    if count <= 2:
        found = list(itertools.product([*SPECIAL, *MORE], repeat=count))
    else:
        found = [tuple(draw.choices([*SPECIAL, 1.0, -1.0], k=count)) for _ in range(600)]
    return found + [tuple([draw.uniform(-s, s) for _ in range(count)]) for s in (1, 8, 50, 800, 1e5) for _ in range(60)]


def bits(x):
    """Return a number so that == means the same bits, all NaN alike; a bool, what a comparison gives, is 0.0 or 1.0."""
    return "nan" if x != x else float(x).hex()


def ulps(x, expected):
    """Return how far x is from what is expected; inf if only one of them is special, or of another sign at 0."""
    if bits(x) == bits(expected):
        return 0.0
    if not math.isfinite(x) or not math.isfinite(expected) or x == expected:
        return inf
    return abs(x - expected) / math.ulp(expected)


def added_up(start, terms):
    """Add from left to right, as compiled code does; Python 3.12's own `sum` and `sumprod` carry extra digits."""
    for term in terms:
        start += term
    return start


IN_ORDER = {
    ops.SUM: lambda *xs: added_up(0.0, xs),
    ops.DOT: lambda *xs: added_up(xs[-1], map(operator.mul, xs[: len(xs) // 2], xs[len(xs) // 2 : -1])),
}


def assert_like_forward(op, found, given):
    for x, point in zip(found, given, strict=True):
        expected = IN_ORDER.get(op, op.forward)(*point)
        allowed = 0.0 if op.name in EXACT else 4.0
        assert ulps(x, expected) <= allowed, (op.name, point, x, expected)


def columns(given):
    return [numpy.array(column) for column in zip(*given, strict=True)]


_compiled = {}


def natively(op, count, in_axes):
    """Return an op compiled, once for all tests."""
    pytest.importorskip("llvmlite")
    key = op, count, in_axes
    if key not in _compiled:
        _compiled[key] = compile(lambda *xs: apply(op, *xs), in_axes=in_axes)
    return _compiled[key]


def test_every_op_has_a_spelling():
    assert set(TABLE) - set(SPELLINGS) == set()


def test_no_spelling_is_of_another_op():
    assert set(SPELLINGS) - {*TABLE, *SLOPES} == set()


@pytest.mark.parametrize("op", TABLE, ids=lambda op: op.name)
def test_a_call_is_like_forward_at_special_points(op):
    given = special_points(op)
    function = natively(op, arity(op), None)
    assert_like_forward(op, [function(*point) for point in given], given)


@pytest.mark.parametrize("op", TABLE, ids=lambda op: op.name)
def test_rows_are_like_forward_at_special_points(op):
    given = special_points(op)
    assert_like_forward(op, natively(op, arity(op), 0)(*columns(given)).tolist(), given)


@pytest.mark.parametrize("op", TABLE, ids=lambda op: op.name)
def test_numpy_rows_are_like_forward_at_special_points(op):
    given = special_points(op)
    with numpy.errstate(all="ignore"):
        assert_like_forward(op, over_rows(op)(*columns(given)).tolist(), given)


@pytest.mark.parametrize("name", elementary.DOMAINS)
def test_outside_of_its_domain_a_function_is_nan_whatever_the_c_library_says(monkeypatch, name):
    low, high = elementary.DOMAINS[name]
    outside = numpy.array([x for x in (-1e9, low - 0.25, -inf, high + 0.25, 1e9, nan) if not low <= x <= high])
    with numpy.errstate(all="ignore"):
        assert numpy.isnan(over_rows(getattr(ops, name.upper()))(outside)).all()
    monkeypatch.setattr(Columns, "call", lambda columns, called, x: numpy.full_like(x, 0.25))
    careless = over_rows(getattr(ops, name.upper()))
    assert numpy.isnan(careless(outside)).all()
    assert careless(numpy.array([1.0])).tolist() == [0.25]
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(Body, "call", lambda body, called, *xs: body.constant(0.25))
    function = compile(lambda x: apply(getattr(ops, name.upper()), x))
    assert function(1.0) == 0.25
    assert all(math.isnan(function(x)) for x in outside.tolist())
    rows = compile(lambda x: apply(getattr(ops, name.upper()), x), in_axes=0)
    assert numpy.isnan(rows(outside)).all()


@given(st.sampled_from(OPS), st.data())
def test_domains_are_like_forward(op, data):
    point = data.draw(points(op))
    single, rows = natively(op, len(point), None), natively(op, len(point), 0)
    assert_like_forward(op, [single(*point), *rows(*columns([point])).tolist()], [point] * 2)


@given(st.sampled_from([op for op in TABLE if op.name in EXACT]), st.data())
def test_any_floats_have_the_bits_of_forward(op, data):
    given = data.draw(st.lists(st.tuples(*[st.floats()] * arity(op)), min_size=1, max_size=5))
    single, rows = natively(op, arity(op), None), natively(op, arity(op), 0)
    assert_like_forward(op, [single(*point) for point in given], given)
    assert_like_forward(op, rows(*columns(given)).tolist(), given)


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 31, 32, 33, 65])
def test_any_number_of_rows_is_right(rows):
    given = [(x / 7.0, 3.0 - x) for x in range(rows)]
    for op in (ops.DIV, ops.MAXIMUM, ops.HYPOT):
        assert_like_forward(op, natively(op, 2, 0)(*columns(given)).tolist(), given)


@pytest.mark.parametrize("op", [ops.SILU, ops.GELU, ops.MISH, ops.LOGSUMEXP, ops.NORM], ids=lambda op: op.name)
def test_a_rare_row_leaves_its_neighbours_alone(op):
    """What a formula does rarely, it does for whole registers: only the rows that need it may take the result."""
    usual = [tuple([0.25 + (i + j) / 64 for j in range(arity(op))]) for i in range(40)]
    for planted in (-50.0, -inf, inf, nan, 1e300):
        marked = [tuple([planted] * arity(op)) if i == 11 else point for i, point in enumerate(usual)]
        clean, found = (natively(op, arity(op), 0)(*columns(x)).tolist() for x in (usual, marked))
        assert list(map(bits, clean[:11] + clean[12:])) == list(map(bits, found[:11] + found[12:]))
        assert_like_forward(op, found, marked)


def test_an_op_of_your_own_is_left_to_python():
    cube_and_one = Op("cube_and_one", lambda x: float(x) ** 3 + 1.0, lambda x, z: (3.0 * x**2,))
    assert natively(cube_and_one, 1, None)(2.0) == 9.0
    assert natively(cube_and_one, 1, 0)(numpy.array([0.0, 1.0, 2.0])).tolist() == [1.0, 2.0, 9.0]


def test_what_an_op_of_your_own_raises_comes_out():
    def forward(x):
        if x > 2.0:
            raise KeyError("too large")
        return x

    picky = Op("picky", forward, lambda x, z: (1.0,))
    assert natively(picky, 1, None)(1.0) == 1.0
    with pytest.raises(KeyError, match="too large"):
        natively(picky, 1, None)(3.0)
    with pytest.raises(KeyError, match="too large"):
        natively(picky, 1, 0)(numpy.array([1.0, 3.0]))
    assert natively(picky, 1, None)(2.0) == 2.0
