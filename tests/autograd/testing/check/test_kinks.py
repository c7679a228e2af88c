"""Every kink, jump and edge of the table is reported as one, with both slopes and the operation that has it."""

import math
import re

import pytest

import autograd
from autograd import Value, apply
from autograd.errors import NonDifferentiableError
from autograd.ops import MAX, POW
from autograd.testing import check_grads

inf = math.inf

# Name, f, point, slopes on the left and right along the first input that has them, and the operation.
KINKS = [
    ("abs", autograd.abs, (0.0,), -1.0, 1.0, "abs"),
    ("relu", autograd.relu, (0.0,), 0.0, 1.0, "relu"),
    ("leaky_relu", autograd.leaky_relu, (0.0,), 0.01, 1.0, "leaky_relu"),
    ("elu of alpha 2", lambda x: autograd.elu(x, 2.0), (0.0,), 2.0, 1.0, "elu"),
    ("selu", autograd.selu, (0.0,), 1.7580993, 1.0507010, "selu"),
    ("hardtanh, low", autograd.hardtanh, (-1.0,), 0.0, 1.0, "hardtanh"),
    ("hardtanh, high", autograd.hardtanh, (1.0,), 1.0, 0.0, "hardtanh"),
    ("clip, low", lambda x: autograd.clip(x, -2.0, 3.0), (-2.0,), 0.0, 1.0, "clip"),
    ("clip, high", lambda x: autograd.clip(x, -2.0, 3.0), (3.0,), 1.0, 0.0, "clip"),
    ("clip by its edge", lambda low: autograd.clip(0.5, low, 3.0), (0.5,), 0.0, 1.0, "clip"),
    ("maximum", autograd.maximum, (2.0, 2.0), 0.0, 1.0, "maximum"),
    ("minimum", autograd.minimum, (2.0, 2.0), 1.0, 0.0, "minimum"),
    ("max of three", lambda v: autograd.max(v), ([2.0, 2.0, 2.0],), 0.0, 1.0, "max"),
    ("min of three", lambda v: autograd.min(v), ([2.0, 2.0, 2.0],), 1.0, 0.0, "min"),
    ("norm", lambda v: autograd.norm(v), ([0.0, 0.0],), -1.0, 1.0, "norm"),
    ("hypot", autograd.hypot, (0.0, 0.0), -1.0, 1.0, "hypot"),
    ("sign", autograd.sign, (0.0,), inf, inf, "sign"),
    ("step", autograd.step, (0.0,), 0.0, inf, "step"),
    ("floor", autograd.floor, (3.0,), inf, 0.0, "floor"),
    ("ceil", autograd.ceil, (3.0,), 0.0, inf, "ceil"),
    ("atan2", lambda y: autograd.atan2(y, -1.0), (0.0,), inf, -1.0, "atan2"),
    ("sqrt", autograd.sqrt, (0.0,), None, inf, "sqrt"),
    ("cbrt", autograd.cbrt, (0.0,), inf, inf, "cbrt"),
    ("x**0.5", lambda x: x**0.5, (0.0,), None, inf, "pow_constant"),
    ("x**y", lambda x: apply(POW, x, Value(0.5)), (0.0,), None, inf, "pow"),
    ("asin", autograd.asin, (1.0,), inf, None, "asin"),
    ("acos", autograd.acos, (-1.0,), None, -inf, "acos"),
    ("acosh", autograd.acosh, (1.0,), None, inf, "acosh"),
    ("where", lambda x: autograd.where(x > 0.0, x, -2.0 * x), (0.0,), -2.0, 1.0, "where"),
    ("where, a jump", lambda x: autograd.where(x > 0.0, x, 1.0), (0.0,), 0.0, -inf, "where"),
]
WITHIN = [
    ("deep inside", lambda x: autograd.exp(autograd.relu(2.0 * x - 1.0)) * x, (0.5,), "relu"),
    ("after a kink without effect", lambda x: autograd.relu(x) * 0.0 + abs(x), (0.0,), "abs"),
    ("at the end of a sum", lambda x: 1e3 + x**2 + autograd.maximum(x, 0.25), (0.25,), "maximum"),
    ("far from 0", lambda x: 1e3 * abs(x - 1e8), (1e8,), "abs"),
    ("very near 0", lambda x: abs(x - 1e-8), (1e-8,), "abs"),
    ("of a larger function", lambda x: x + 1e-6 * abs(x), (0.0,), "abs"),
    ("of one input of many", lambda v: autograd.sum([autograd.relu(x) for x in v]), ([1.0, 0.0, 2.0],), "relu"),
]


def message(f, args, **options):
    with pytest.raises(NonDifferentiableError) as caught:
        check_grads(f, args, **options)
    return str(caught.value)


def slopes(text):
    found = re.search(r"slope on the left: (\S+), .*on the right: (\S+)", text)
    return [None if word.startswith("none") else float(word) for word in found.groups()]


@pytest.mark.parametrize(
    ("f", "args", "left", "right", "op"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS]
)
def test_a_kink_is_reported_with_both_slopes_and_its_operation(f, args, left, right, op):
    text = message(f, args)
    for given, expected in zip(slopes(text), (left, right), strict=True):
        assert given == (expected if expected is None else pytest.approx(expected, rel=1e-4))
    assert f"\nthe branch lies in {op}(" in text


@pytest.mark.parametrize(("f", "args", "op"), [row[1:] for row in WITHIN], ids=[row[0] for row in WITHIN])
def test_a_kink_inside_a_function_is_traced_to_its_operation(f, args, op):
    assert f"\nthe branch lies in {op}(" in message(f, args)


def test_the_whole_message():
    assert message(lambda x, y: y * autograd.relu(x - 2.0), (2.0, 3.0)).splitlines() == [
        "f has a kink at x = 2.0, so it is not differentiable there",
        "slope on the left: 0, on the right: 3",
        "the branch lies in relu(0.0) = 0.0",
        "check it at a point nearby; a distance of 1e-3 will do, and often less",
    ]


def test_several_inputs_at_a_kink():
    assert "(and likewise in 1 more of its inputs)" in message(autograd.maximum, (1.0, 1.0))


def test_a_python_condition_is_reported_as_such():
    text = message(lambda x: x if x > 0.0 else -2.0 * x, (0.0,))
    assert "f records something other than mul(-2.0, x = 0.0) = -0.0 on one side: a Python condition in f" in text
    assert slopes(text) == [-2.0, 1.0]


def test_a_python_condition_that_chooses_a_constant_is_reported_as_such():
    text = message(lambda x: x * (1.0 if x > 0.0 else -2.0), (0.0,))
    assert "f records something other than mul(x = 0.0, -2.0) = -0.0 on one side" in text


@pytest.mark.parametrize(
    ("f", "op"),
    [
        (lambda x: autograd.relu(x) ** 2, "relu"),
        (lambda x: x * abs(x), "abs"),
        (autograd.elu, "elu"),
        (lambda x: autograd.maximum(x, 0.0) * autograd.sin(x), "maximum"),
    ],
)
def test_a_kink_of_the_first_derivative_is_one_of_order_two(f, op):
    check_grads(f, (0.0,))
    text = message(f, (0.0,), order=2)
    assert text.startswith(
        "the derivative of f has a kink at x = 0.0".replace(" f ", f" {getattr(f, '__name__', 'f')} ").replace(
            "<lambda>", "f"
        )
    )
    assert f"\nthe branch lies in {op}(" in text


def test_a_kink_of_the_second_derivative_is_one_of_order_three():
    def cubed(x):
        return autograd.relu(x) ** 3

    check_grads(cubed, (0.0,), order=2)
    text = message(cubed, (0.0,), order=3)
    assert text.startswith("the second derivative of cubed has a kink at x = 0.0")
    assert "\nthe branch lies in relu(" in text


def test_a_fault_elsewhere_is_reported_before_a_kink():
    flipped = autograd.Op("sine", math.sin, lambda x, z: (-autograd.cos(x),))
    with pytest.raises(autograd.GradientMismatchError, match="at fault: sine"):
        check_grads(lambda x, y: abs(x) + apply(flipped, y), (0.0, 1.0))


def test_tied_inputs_that_move_together_have_no_kink():
    check_grads(lambda x: apply(MAX, x, x, x) + autograd.maximum(x, x), (2.0,), order=2)


def test_x_to_the_power_0_has_no_kink():
    check_grads(lambda x: x**0 + x, (0.0,), order=2)


def test_it_is_a_value_error():
    assert issubclass(NonDifferentiableError, ValueError)


def test_a_rule_may_raise_at_a_kink():
    root = autograd.Op("root", math.sqrt, lambda x, z: (0.5 / math.sqrt(x),))
    text = message(lambda x, y: apply(root, x) * y, (0.0, 2.0))
    assert slopes(text) == [None, inf]
    assert "\nthe branch lies in root(" in text
