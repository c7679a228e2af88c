"""A schedule laid out in memory: whatever the layout, the results are those of the program."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.lower.layout import Layout  # noqa: E402


def test_layout_fuses_networks_and_nothing_else(monkeypatch):
    seen = []
    original = Layout._fused
    monkeypatch.setattr(Layout, "_fused", lambda self, group: seen.append(group) or original(self, group))
    Compiled(lambda x: autograd.relu(x * 2.0) + x, 0, None, False, "interpreter")(numpy.ones(3))
    assert seen == []
    weights = numpy.arange(1.0, 65.0).reshape(8, 8)
    f = Compiled(lambda x: [autograd.relu(autograd.dot(w, x)) for w in weights], 0, None, False, "interpreter")
    assert f(numpy.ones((3, 8)))[0].tolist() == [36.0] * 3
    assert [group.sums is not None for group in seen] == [True]


def mixed(a, b, c):
    """Return numbers of each kind: of no argument, an argument, twice the same, a table, and one computed."""
    product = a * b
    return 2.5, b, [product, product], numpy.array([[a, 1.0], [c, product - c]]), autograd.sin(c) * a


AXES = [axes for axes in itertools.product([None, 0], repeat=3) if axes != (None, None, None)]


@pytest.mark.parametrize("axes", AXES, ids=str)
@given(rows=st.integers(1, 40), offset=st.floats(-2.0, 2.0))
@settings(max_examples=settings.default.max_examples // 5)
def test_whatever_has_rows_each_result_is_found_where_it_was_put(axes, tier, rows, offset):
    columns = [[math.cos(k + 10.0 * n) + offset for k in range(rows)] for n in range(3)]
    given_ = [x if axis == 0 else x[0] for x, axis in zip(columns, axes, strict=True)]
    each = [mixed(*[x[k] if axis == 0 else x for x, axis in zip(given_, axes, strict=True)]) for k in range(rows)]
    stacked = functions[axes, tier, None](*given_)
    for found, expected in zip(flat(stacked), zip(*map(flat, each), strict=True), strict=True):
        assert found == pytest.approx(numpy.array(expected), rel=1e-14, abs=1e-300)
    for reduce, scale in (("sum", 1.0), ("mean", 1.0 / rows)):
        added = functions[axes, tier, reduce](*given_)
        for found, expected in zip(flat(added), zip(*map(flat, each), strict=True), strict=True):
            assert found == pytest.approx(numpy.sum(expected, axis=0) * scale, rel=1e-12, abs=1e-12)


def flat(tree):
    """Return the leaves of a nesting."""
    return [leaf for x in tree for leaf in flat(x)] if isinstance(tree, (list, tuple)) else [tree]


class Functions(dict):
    """`mixed` compiled, once for each way."""

    def __missing__(self, key):
        axes, tier, reduce = key
        self[key] = Compiled(mixed, axes, reduce, False, tier)
        return self[key]


functions = Functions()


@pytest.fixture
def plans(monkeypatch):
    """A list of the plans that are laid out."""
    found, plan = [], Layout.plan

    def noted(self, *given):
        found.append(plan(self, *given))
        return found[-1]

    monkeypatch.setattr(Layout, "plan", noted)
    return found


def keys(steps):
    return [step.key[0] for step in steps]


def test_what_no_row_changes_is_done_once_before_the_rows(plans, tier):
    f = Compiled(lambda x, w: x * autograd.exp(w) * autograd.sin(w), (0, None), None, False, tier)
    f([1.0, 2.0], 0.5)
    (plan,) = plans
    assert "load" not in keys(plan.before)
    once = str([step.key for step in plan.before]) if tier == "interpreter" else None
    assert once is None or ("exp" in once and "sin" in once and "exp" not in str([step.key for step in plan.rows]))
    assert keys(plan.rows)[0] == "load"
    assert keys(plan.rows)[-1] == "store"


def test_rows_come_in_and_go_out_once_each_however_often_they_are_used(plans, tier):
    f = Compiled(lambda row: (row[0], row[1] * row[0], row[0]), 0, None, False, tier)
    first, product, again = f([[2.0, 3.0], [4.0, 5.0]])
    assert (first.tolist(), product.tolist(), again.tolist()) == ([2.0, 4.0], [6.0, 20.0], [2.0, 4.0])
    (plan,) = plans
    assert [step.length for step in plan.rows if step.key[0] == "load"] == [2]
    assert [step.length for step in plan.rows if step.key[0] == "store"] == [2]
    assert plan.results == [("row", 0), ("row", 1), ("row", 0)]
    assert plan.width == 2


def test_sums_begin_at_0_in_each_call_and_only_means_are_divided(plans, tier):
    for reduce in ("sum", "mean"):
        f = Compiled(lambda x: (x * x, x), 0, reduce, False, tier)
        assert f([1.0, 3.0]) == f([1.0, 3.0])
    total, mean = plans
    assert "clear" in keys(total.before)
    assert keys(total.after) == []
    assert keys(mean.after) == ["divide"]
    assert total.sums == mean.sums == 2
    assert total.width == 0, "no row is kept"


@pytest.mark.parametrize("outputs", [1, 3, 7, 8, 9, 17, 40])
def test_products_of_rows_are_added_up_in_neighbouring_and_in_scattered_places(outputs, tier):
    """As the gradient of a layer's weights is: rows of it are long or short, whole or with other numbers between."""

    def f(w, x):
        hidden = [autograd.relu(autograd.dot(w[k], x)) for k in range(2)]
        return autograd.sum([hidden[0] * x[0], hidden[1] * hidden[1], autograd.sin(w[0][0])])

    draw = numpy.random.default_rng(outputs)
    weights, rows = draw.normal(size=(2, outputs)), draw.normal(size=(13, outputs))
    found = Compiled(grad(f), (None, 0), "sum", False, tier)(weights, rows)
    assert found == pytest.approx(sum([grad(f)(weights, row) for row in rows]), rel=1e-9, abs=1e-12)
