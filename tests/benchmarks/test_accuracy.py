"""The accuracy table: its points, its judge, and engines with faults that it has to see."""

import math

import accuracy
import mpmath
import pytest
from accuracy import Cell, Formula, Right, clean, drawn, judged, right, rows, show
from engines import accuracy as engines
from works.accuracy import FUNCTIONS

pytest.importorskip("sympy")
BY_NAME = {f.name: f for f in FUNCTIONS}


def test_points_are_the_same_each_time_and_inside_the_domain():
    for f in FUNCTIONS:
        points = drawn(f, 30)
        assert points == drawn(f, 30)
        assert all(f.low < x < f.high and x not in f.kinks for point in points for x in point)


def test_points_cover_the_doubles():
    sizes = [abs(x) for (x,) in drawn(BY_NAME["atan"], 200)]
    assert min(sizes) < 2.3e-308
    assert max(sizes) > 1e308
    assert sum(0.01 < x < 100.0 for x in sizes) > 40


@pytest.mark.parametrize(
    ("name", "point", "places", "expected"),
    [
        ("tanh", (372.0,), (0,), "1.5341e-323"),  # 1 - tanh**2 has no digit left here
        ("silu", (-1e-300,), (0, 0, 0), "5e-301"),
        ("hypot", (1e200, 1.0), (0, 0), "1e-600"),
        ("floor", (2.5,), (0,), "0.0"),
    ],
)
def test_right_numbers_have_all_digits(name, point, places, expected):
    found = Formula(BY_NAME[name], places).at(point)
    assert mpmath.almosteq(found, mpmath.mpf(expected), rel_eps=1e-3)


def test_a_number_is_judged_by_what_a_rounded_input_would_change():
    assert judged(1.0, Right(mpmath.mpf(1), mpmath.mpf(1))) == 0.0
    assert judged(1.0 + 1e-9, Right(mpmath.mpf(1), mpmath.mpf(1))) == pytest.approx(1e-9, rel=1e-5)
    assert judged(1e-9, Right(mpmath.mpf(0), mpmath.mpf(1))) == pytest.approx(1e-9)
    assert judged(math.nan, Right(mpmath.mpf(1), mpmath.mpf(1))) == math.inf
    assert judged(math.inf, Right(mpmath.mpf(1), mpmath.mpf(1))) == math.inf


def test_beyond_the_doubles_only_a_finite_number_is_wrong():
    huge = Right(mpmath.mpf("1e400"), mpmath.mpf("1e400"))
    assert judged(math.inf, huge) == judged(math.nan, huge) == 0.0
    assert judged(1e300, huge) == math.inf


def test_subnormal_results_are_not_judged_by_digits_they_do_not_have():
    tiny = Right(mpmath.mpf("1.2e-322"), mpmath.mpf("1.2e-322"))
    assert judged(1.4e-322, tiny) < 1e-15
    assert judged(4e-322, tiny) > 1e-15


def test_where_a_function_has_a_pole_nothing_is_right():
    f = BY_NAME["reciprocal"]
    assert right(f, (), [(0.0,)]) == [None]


def test_a_planted_fault_makes_a_cell_unclean(monkeypatch):
    def faulty(name, places, points):
        found = engines.chainrule(name, places, points)
        return [x * (1.0 + 1e-10) for x in found] if len(places) == 2 else found

    monkeypatch.setitem(accuracy.ENGINES, "torch", faulty)
    monkeypatch.setattr(accuracy.importlib.util, "find_spec", lambda name: name == "torch" or None)
    found = rows(quick=True, only="sinh")
    by = {(cell.function, cell.order, cell.engine): cell for cell in found}
    assert [by["asinh", order, "chainrule"].clean for order in range(4)] == [True] * 4
    assert [by["asinh", order, "torch"].clean for order in range(4)] == [True, True, False, True]
    assert by["asinh", 2, "torch"].worst == pytest.approx(1e-10, rel=1e-3)


def test_the_table_counts_clean_cells():
    found = [
        Cell("f", 0, "chainrule", 9, 1e-16, 0, 0),
        Cell("f", 0, "jax", 9, 0.5, 2, 1),
        Cell("f", 1, "jax", 9, 0.0, 0, 0),
    ]
    assert clean(found) == {"chainrule": (1, 1), "jax": (1, 2)}
    assert "5e-01 2!1" in show(found)
    assert show(found).endswith("clean cells - chainrule 1 of 1, jax 1 of 2")


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_the_engines_compute_the_same_functions(name):
    pytest.importorskip(name)
    for f in FUNCTIONS:
        point = tuple([0.31 + 0.4 * k for k in range(f.inputs)]) if f.name != "acosh" else (1.7,)
        for places in ((), (0,)):
            theirs = engines.ENGINES[name](f.name, places, [point])
            if theirs is not None:
                (ours,) = engines.chainrule(f.name, places, [point])
                assert theirs[0] == pytest.approx(ours, rel=1e-6, abs=1e-12), (f.name, places)
