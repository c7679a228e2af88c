"""Property testing of gradients: planted faults are found, shrunk and named, and right rules pass."""

import math
import re

import pytest

NOTEBOOK = "08_property_testing_gradients"
RIGHT = ("sin(100,000 x) at 0.3", "log(x) at 0.00001", "x^2 + 10^9 at 0.5", "relu(x) at 0.0000001")
WRONG = ("sign, exp(-x^2) at 3.8", "pi, sine of 30 degrees", "factor, sigmoid at -8")


def test_the_rule_of_the_operation_gives_its_derivative(notebook):
    assert notebook.number("derivative at 1.5") == pytest.approx(1.0 / (1.0 + 1.5) ** 2, abs=1e-12)
    assert notebook.number("from the formula") == pytest.approx(0.16, abs=1e-12)


def test_a_forgotten_square_is_laid_at_the_operations_door(notebook):
    # d/dx (exp(softsign(x y)) + y) at (0.5, 2): exp(1/2) y / (1 + 1)^2, and without the square twice as much.
    analytic, numeric = notebook.find(
        r"^the derivative of faulty is not what its values say\n.*\n  x +rev, fwd +(\S+) +(\S+)"
    )
    assert float(numeric) == pytest.approx(math.exp(0.5) * 2.0 / 4.0, rel=1e-11)
    assert float(analytic) == pytest.approx(2.0 * float(numeric), rel=1e-11)
    by_rule, by_values = notebook.find(
        r"^most likely at fault: softsign\(1\.0\) = 0\.5\n.* is (\S+) by its rule, (\S+) \+-"
    )
    assert (float(by_rule), float(by_values)) == (0.5, 0.25)


def test_a_rule_made_with_math_cannot_be_differentiated_again(notebook):
    assert notebook.find(r"^agrees\nTypeError\na Value does not turn into a float")


@pytest.mark.parametrize("name", ["exp(x) at 1", "sin(1000 x) at 0.3"])
def test_numerical_grad_is_better_than_the_best_step_and_knows_how_good(notebook, name):
    error = notebook.number(f"{name}, error of numerical_grad")
    assert error < notebook.number(f"{name}, its own estimate") < notebook.number(f"{name}, error with the best step")


def test_the_best_step_depends_on_the_function(notebook):
    # Where h^2 / 6 times the third derivative meets eps / h: near 6e-6 for exp, and 4e-8 for the sine, whose
    # argument is rounded too. Noise at the bottom moves the lowest point by up to a factor of ten or so.
    steps = [notebook.number(f"{name}, best step") for name in ("exp(x) at 1", "sin(1000 x) at 0.3")]
    assert 3e-7 < steps[0] < 1e-4
    assert 1e-9 < steps[1] < 3e-7


def test_the_fixed_step_is_mistaken_in_every_case_and_check_grads_in_none(notebook):
    for name in RIGHT:
        assert notebook.find(rf"^right, {re.escape(name)} +(\w+) +(\w+)$") == ("fails", "passes")
    for name in WRONG:
        assert notebook.find(rf"^wrong {re.escape(name)} +(\w+) +(\w+)$") == ("passes", "fails")


def test_kinks_are_told_with_the_slopes_on_their_sides(notebook):
    left, right = notebook.find(r"^f has a kink at x = 0\.0.*\nslope on the left: (\S+), on the right: (\S+)$")
    assert (float(left), float(right)) == (1.0, 2.0)
    pattern = r"^the derivative of softsign has a kink.*\nslope on the left: (\S+), on the right: (\S+)$"
    left, right = notebook.find(pattern)
    assert (float(left), float(right)) == (pytest.approx(2.0, rel=1e-3), pytest.approx(-2.0, rel=1e-3))


def test_lost_digits_give_no_verdict(notebook):
    rounding = notebook.find(r"^InconclusiveError\n.*\n.*\n  x +rev, fwd +\S+ +\S+ +\S+ +(\S+)$")[0]
    assert float(rounding) > 1.0  # more than the derivative, -1/2
    assert notebook.find(r"^with expm1, log1p.*\n\nagrees$")


def test_hypothesis_shrinks_a_forgotten_absolute_value_to_minus_one(notebook):
    analytic, numeric = notebook.find(
        r"^  x +rev, fwd +(\S+) +(\S+) .*\nmost likely at fault: softsign\(x = -1\.0\) = -0\.5$"
    )
    assert float(analytic) == pytest.approx((1.0 + 0.5) ** 2, rel=1e-12)
    assert float(numeric) == pytest.approx((1.0 - 0.5) ** 2, rel=1e-12)
    assert notebook.find(r"test_forgotten_abs\(\s+point=\((\S+),\),\s+\)")[0] == "-1.0"


def test_in_expressions_the_faulty_operation_is_left_alone(notebook):
    name = notebook.find(r"f=lambda x=\S+, y=\S+, z=\S+: softsign\(([xyz])\)")[0]
    assert notebook.find(rf"^most likely at fault: softsign\({name} = -1\.0\) = -0\.5$")


def test_right_rules_are_found_no_fault_with(notebook):
    assert notebook.printed.count("no fault found") == 4  # by points, in expressions, in a loss, in an exercise
    assert notebook.number("expressions checked") >= 100
    assert notebook.find(r"^no counterexample found$")


def test_a_lost_value_is_shrunk_to_a_network_of_one_weight(notebook):
    assert notebook.number("parameters") == 3 * 4 + 4 + 4 * 2 + 2
    assert notebook.find(r"^every operation by itself is right: is a Value lost on the way")
    network = r"test_relative_error\(\s+case=\(MLP\(\s+1,\s+\[1\],[^)]*bias=False,"
    assert notebook.find(network)


def test_there_are_four_pictures_and_no_noise(notebook):
    assert len(notebook.pictures("image/png")) == 3
    assert len(notebook.pictures("image/svg+xml")) == 1
    assert [o for o in notebook.outputs if o.get("name") == "stderr"] == []
