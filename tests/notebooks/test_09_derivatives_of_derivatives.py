"""The notebook on higher derivatives: its figures against published ones and calculations by hand."""

import math
import re
from fractions import Fraction
from itertools import pairwise

import pytest

np = pytest.importorskip("numpy")

NOTEBOOK = "09_derivatives_of_derivatives"

# NIST, Statistical Reference Datasets, nonlinear regression: b1, b2, their standard deviations, the sum of squares.
MISRA1A = (2.3894212918e02, 5.5015643181e-04, 2.7070075241e00, 7.2668688436e-06, 1.2455138894e-01)
BOXBOD = (2.1380940889e02, 5.4723748542e-01, 1.2354515176e01, 1.0455993237e-01, 1.1680088766e03)
FITTED = ("b1", "b2", "deviation of b1", "deviation of b2", "sum of squares")


def test_derivatives_of_the_fourth_power(notebook):
    assert [notebook.number(f"order {k}") for k in range(6)] == [16.0, 32.0, 48.0, 48.0, 24.0, 0.0]


def test_the_second_derivative_is_that_by_hand(notebook):
    by_hand = 2.0 * math.cos(2.25) - 9.0 * math.sin(2.25)
    for label in ("second derivative", "by hand", "by grad(grad(f))"):
        assert notebook.number(label) == pytest.approx(by_hand, rel=1e-14)
    assert float(notebook.find(r"^df'/dx = .*\n +=.*\n +=.*\n += (\S+)$")[0]) == pytest.approx(by_hand, rel=1e-14)


def test_the_gradient_graph_is_drawn_and_larger_than_the_graph(notebook):
    assert len(notebook.pictures("image/svg")) == 2
    assert re.findall(r"<Drawing of (\d) values>", notebook.printed) == ["3", "6"]


def test_nested_derivatives_are_told_apart_where_pairs_confuse_them(notebook):
    assert notebook.number("pairs") == 2.0
    assert notebook.number("grad") == 1.0
    assert notebook.number("inner at the outer variable") == 6.0
    assert notebook.number("inner at a number") == 2.0
    for outer in ("grad", "forward"):
        for inner in ("grad", "forward"):
            assert notebook.number(f"{outer} of {inner}") == 6.0


def series_of_exp_sin(terms):
    """Return the exact coefficients of exp(sin x), from y' = y cos x."""
    cosine = [Fraction((-1) ** (k // 2), math.factorial(k)) if k % 2 == 0 else Fraction(0) for k in range(terms)]
    found = [Fraction(1)]
    for n in range(terms - 1):
        found.append(sum(found[k] * cosine[n - k] for k in range(n + 1)) / (n + 1))
    return found


def test_the_taylor_series_is_exact(notebook):
    printed = re.findall(r"^coefficient of x\^\d: +(\S+)", notebook.printed, re.MULTILINE)
    assert [Fraction(x) for x in printed] == series_of_exp_sin(9)


def test_graphs_of_higher_derivatives_grow(notebook):
    sizes = [int(x.replace(",", "")) for x in re.findall(r"graph of ([\d,]+) values", notebook.printed)]
    assert len(sizes) == 9
    assert all(b > 1.5 * a for a, b in pairwise(sizes))


def test_newtons_cubic_gains_twice_the_digits_each_step(notebook):
    assert notebook.number("root") == pytest.approx(2.0945514815423265, rel=1e-15)
    digits = [float(x) for x in re.findall(r"correct digits: +([\d.]+)$", notebook.printed, re.MULTILINE)]
    assert digits[0] == 1.3
    for before, after in pairwise(digits[:4]):
        assert after == pytest.approx(2.0 * before, abs=0.15)  # up to a constant, and the rounding of one decimal
    assert digits[-1] == 16.0


def test_the_minimum_of_gamma_is_the_published_one(notebook):
    assert notebook.number("minimum of gamma at") == pytest.approx(1.4616321449683623, rel=1e-14)
    assert float(notebook.find(r"step 6: .* gamma\(x\) = ([\d.]+)")[0]) == pytest.approx(0.8856031944108887, rel=1e-14)


def test_the_hessian_at_the_minimum_and_its_curvatures(notebook):
    assert notebook.find(r"\[\[ *802\. +-400\.\]\n *\[-400\. +200\.\]\]")
    # Half the trace is 501, the determinant 400.
    root = math.sqrt(501.0**2 - 400.0)
    assert notebook.number("curvature along the valley") == pytest.approx(501.0 - root, abs=5e-5)
    assert notebook.number("curvature across the valley") == pytest.approx(501.0 + root, abs=0.05)
    assert notebook.number("ratio of the curvatures") == pytest.approx((501.0 + root) / (501.0 - root), abs=0.5)


def test_the_product_with_the_hessian_is_that_with_the_whole_matrix(notebook):
    assert notebook.number("entries of the Hessian") == 200**2
    assert notebook.number("entries that are not 0") == 3 * 200 - 2
    assert notebook.number("largest difference") < 1e-10  # entries reach 2,250: 1e-10 is 200 roundings of that


def test_the_sparse_hessian_has_three_diagonals_and_leads_to_the_minimum(notebook):
    assert notebook.number("entries stored") == 3 * 200 - 2
    assert notebook.number("largest difference from the whole Hessian") < 1e-10
    assert notebook.number("distance from the minimum") < 1e-4


def test_the_fit_with_the_sparse_jacobian_is_that_of_linear_least_squares(notebook):
    places = np.linspace(0.0, 12.0, 400)
    measured = np.sin(places) + np.random.default_rng(0).normal(0.0, 0.2, 400)
    tents = np.array([np.interp(places, range(13), row) for row in np.eye(13)]).T
    best = np.linalg.lstsq(tents, measured)[0]
    heights = [float(x) for x in notebook.find(r"heights: \[([^\]]*)\]")[0].split()]
    assert heights == pytest.approx(best.tolist(), abs=0.006)  # printed to two places
    assert notebook.find(r"shape of the Jacobian: \(400, 13\), entries stored: 800")


def test_newtons_way_down_rosenbrocks_valley_is_the_published_one(notebook):
    # J. E. Dennis and R. B. Schnabel print these values for the start (-1.2, 1).
    values = [float(x) for x in re.findall(r"^Newton \d: .* f = (\S+)$", notebook.printed, re.MULTILINE)]
    assert values[:5] == [24.2, 4.73188, 1411.85, 0.0559655, 0.313189]
    assert values[5] == pytest.approx(1.85274e-11, rel=1e-3)  # the square of what is left after cancellation
    assert max(values[6:]) < 1e-18


def test_gradient_descent_is_still_on_its_way(notebook):
    x, y = -1.2, 1.0
    for _ in range(5000):
        slope = y - x * x
        x, y = x - 0.001 * (2.0 * (x - 1.0) - 400.0 * x * slope), y - 0.001 * 200.0 * slope
    value = (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2
    assert notebook.number("gradient descent after 5000 steps: f") == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(("certified", "starts"), [(MISRA1A, ("500", "250")), (BOXBOD, ("1", "100"))])
def test_certified_figures_are_met_from_both_starts(notebook, certified, starts):
    for start in starts:
        text = notebook.find(rf"^from b1 = {start}, b2 = [\d.]+: \d+ steps, then 2 of Newton's\n((?:.+\n)+)")[0]
        for label, true in zip(FITTED, certified, strict=True):
            found, digits = re.search(
                rf"^{label}: +(\S+) +certified .* digits: +([\d.]+)$", text, re.MULTILINE
            ).groups()
            assert float(found) == pytest.approx(true, rel=1e-9)
            assert float(digits) >= 9.0


def test_a_bold_first_step_ends_on_the_plateau_of_a_constant(notebook):
    oxygen = [109.0, 149.0, 149.0, 191.0, 213.0, 224.0]
    mean = sum(oxygen) / 6
    assert notebook.number("bold steps end at: b1") == pytest.approx(mean, abs=1e-3)
    assert notebook.number("sum of squares there") == pytest.approx(sum((y - mean) ** 2 for y in oxygen), abs=0.051)


def test_newton_overtakes_gauss_newton_where_residuals_are_large(notebook):
    lines = re.findall(r"^step \d: Gauss-Newton +([\d.]+) +Newton +([\d.]+)$", notebook.printed, re.MULTILINE)
    gauss, newton = [[float(x) for x in column] for column in zip(*lines, strict=True)]
    assert len(gauss) == 7
    assert newton[4] > 10.0
    assert gauss[6] < 6.0
    gains = [b - a for a, b in pairwise(gauss[1:])]
    assert max(gains) - min(gains) < 0.2  # the same number of digits each step


def test_every_plot_is_shown(notebook):
    assert len(notebook.pictures("image/png")) == 8
