"""check_grads and check_model: what passes, what does not, and what they say."""

import math
from contextlib import suppress
from inspect import cleandoc
from random import Random

import pytest

import autograd
import nn
from autograd import Op, Value, apply
from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.ops import DETACH
from autograd.testing import check_grads, check_model, numerical_grad

# Sines whose derivatives are wrong, each in its own way.
FLIPPED = Op("sine", math.sin, lambda x, z: (-autograd.cos(x),))
OFF = Op("sine", math.sin, lambda x, z: (1.0001 * autograd.cos(x),))
OFF_AT_ZERO = Op("sine", math.sin, lambda x, z: (0.0 if x == 0.0 else autograd.cos(x),))
OFF_SECOND = Op("sine", math.sin, lambda x, z: (autograd.cos(x).detach() if isinstance(x, Value) else math.cos(x),))
COSINE = Op("cosine", math.cos, lambda x, z: (-apply(FLIPPED, x),))
OFF_THIRD = Op("sine", math.sin, lambda x, z: (apply(COSINE, x),))


def message(f, args, error=GradientMismatchError, **options):
    with pytest.raises(error) as caught:
        check_grads(f, args, **options)
    return str(caught.value)


HARD = [
    ("sin(1000x)", lambda x: autograd.sin(1000.0 * x), 0.5),
    ("sin(1000x) at 0", lambda x: autograd.sin(1000.0 * x), 0.0),
    ("x**20", lambda x: x**20, 1.3),
    ("x**20 near 0", lambda x: x**20, 1e-3),
    ("1/(x-1) at 1.001", lambda x: 1.0 / (x - 1.0), 1.001),
    ("log at 1e-6", autograd.log, 1e-6),
    ("log at 1e8", autograd.log, 1e8),
    ("sin at 1e8", autograd.sin, 1e8),
    ("square at 1e8", autograd.square, 1e8),
    ("square at 1e-8", autograd.square, 1e-8),
    ("sqrt at 1e-8", autograd.sqrt, 1e-8),
    ("reciprocal at 1e-8", autograd.reciprocal, 1e-8),
    ("exp at -700", autograd.exp, -700.0),
    ("exp at 700", autograd.exp, 700.0),
    ("sigmoid at 40", autograd.sigmoid, 40.0),
    ("sigmoid at -700", autograd.sigmoid, -700.0),
    ("softplus at -40", autograd.softplus, -40.0),
    ("tanh at 30", autograd.tanh, 30.0),
    ("a large constant", lambda x: 1e8 + autograd.sin(x), 1.0),
    ("a larger constant", lambda x: 1e12 + autograd.sin(x), 1.0),
    ("cos at its top", autograd.cos, 0.0),
    ("a minimum", lambda x: (x - 1.0) ** 2, 1.0),
    ("a minimum by cancellation", lambda x: autograd.exp(x) - x, 0.0),
    ("relu squared", lambda x: autograd.relu(x) ** 2, 0.0),
    ("relu cubed", lambda x: autograd.relu(x) ** 3, 0.0),
    ("abs squared", lambda x: abs(x) ** 2, 0.0),
    ("relu times 0", lambda x: autograd.relu(x) * 0.0 + x, 0.0),
    ("leaky relu of slope 1", lambda x: autograd.leaky_relu(x, 1.0), 0.0),
    ("elu", autograd.elu, 0.0),
    ("abs, far from flat", lambda x: abs(x) * autograd.exp(x), -1e-3),
    ("ripples", lambda x: x + 1e-6 * autograd.sin(1e6 * x), 0.0),
    ("an unused branch", lambda x: autograd.where(x > 0.0, autograd.sqrt(x), 2.0 * x), -1.0),
]


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in HARD], ids=[row[0] for row in HARD])
def test_no_false_alarm_on_hard_functions(f, x):
    check_grads(f, (x,))


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in HARD[:19]], ids=[row[0] for row in HARD[:19]])
def test_no_false_alarm_on_second_derivatives_of_hard_functions(f, x):
    check_grads(f, (x,), order=2)


OF_TWO_SIZES = [
    ("a cubic and a bump", lambda x: 3e-3 * (5200.0 * x + 1.4) ** 3 + 2e-5 / (1.0 + (900.0 * x + 0.4) ** 2), -3e-4),
    ("a quintic", lambda x: -61.4 * (0.846 - 757.0 * x) ** 5 + 4e-4 / (1.0 + (4.2e6 * x + 2.85) ** 2), -2.01e-5),
    ("a square", lambda x: 2e-3 * (0.43 - 1.9e9 * x) ** 2 - 2.8 / (1.0 + (2.2e9 * x + 0.42) ** 2), -1.88e-7),
    ("a power", lambda x: 0.03 * (2.8 - 0.7 * x) ** 2.5 - 7e-6 / (1.0 + (4.3e6 * x + 0.96) ** 2), 5.6e-4),
]


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in OF_TWO_SIZES], ids=[row[0] for row in OF_TWO_SIZES])
def test_structure_far_smaller_than_the_steps_is_not_a_fault(f, x):
    check_grads(f, (x,))
    size = abs(autograd.grad(f)(x))
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x: f(x) + 1e-7 * size * apply(FLIPPED, x), (x,))


@pytest.mark.parametrize("seed", range(4))
def test_no_false_alarm_on_random_sums_at_points_of_any_size(seed):
    random = Random(seed)
    functions = [autograd.sin, autograd.tanh, autograd.erf, autograd.sigmoid, autograd.exp, autograd.square]
    for _ in range(100):
        x = random.choice([-1.0, 1.0]) * 10.0 ** random.uniform(-8.0, 5.0)
        terms = []
        for f in random.choices(functions, k=3):
            slope = 10.0 ** random.uniform(-1.5, 1.5) / x
            terms.append((f, 10.0 ** random.uniform(-4.0, 4.0), slope, random.uniform(-3.0, 3.0) - slope * x))
        check_grads(lambda x, terms=terms: autograd.sum([c * f(a * x + b) for f, c, a, b in terms]), (x,))


NOTHING = [
    lambda x, y: autograd.log(x / y) - autograd.log(x) + autograd.log(y),
    lambda x, y: autograd.sin(x + y) - autograd.sin(x) * autograd.cos(y) - autograd.cos(x) * autograd.sin(y),
    lambda x, y: autograd.hypot(x, y) ** 2 - x * x - y * y,
    lambda x, y: 55.8 * (autograd.exp(x + y) - autograd.exp(x) * autograd.exp(y)),
]


@pytest.mark.parametrize("f", NOTHING)
def test_rounding_around_0_is_neither_a_jump_nor_a_fault(f):
    random = Random(1)
    for _ in range(40):
        with suppress(InconclusiveError):
            check_grads(f, (random.uniform(0.1, 4.0), random.uniform(0.1, 4.0)))


def test_rounding_inside_an_operation_is_not_a_kink():
    random = Random(2)
    for _ in range(100):
        a, b = random.uniform(0.5, 2.0), 10.0 ** random.uniform(2.0, 5.0)
        op = Op(
            "offset",
            lambda x, a=a, b=b: b * math.cos(a * x) - b,
            lambda x, z, a=a, b=b: (-a * b * autograd.sin(a * x),),
        )
        check_grads(lambda x, op=op: apply(op, x), (random.uniform(0.5, 1.2),))


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize(
    "f",
    [
        abs,
        autograd.relu,
        lambda x: autograd.relu(x) + 1.0,
        lambda x: autograd.maximum(2.0 * x + 1.0, x + 1.0),
        lambda x: autograd.hardtanh(x + 1.0),
        lambda x: autograd.floor(x) + x,
        lambda x: autograd.where(x > 0.0, x, -2.0 * x),
        lambda x: x if x > 0 else -2.0 * x,
        lambda x: autograd.norm([x, 2.0 * x]),
    ],
)
def test_beside_a_kink_it_judges_as_anywhere_else(f, distance, side):
    check_grads(f, (side * distance,))
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x: f(x) + apply(FLIPPED, x), (side * distance,))


def test_order_three_in_every_combination_of_modes():
    check_grads(lambda x, y: autograd.sin(x * y) / y + autograd.exp(x) * y**3, (0.5, 1.5), order=3)


@pytest.mark.parametrize(("op", "order"), [(FLIPPED, 1), (OFF, 1), (OFF_SECOND, 2), (OFF_THIRD, 3)])
def test_a_fault_shows_in_its_own_order(op, order):
    if order > 1:
        check_grads(lambda x: apply(op, x), (0.5,), order=order - 1)
    name = {1: "derivative", 2: "second derivative", 3: "third derivative"}[order]
    text = message(lambda x: apply(op, x), (0.5,), order=order)
    assert text.startswith(f"the {name} of f is not what its values say")
    assert "most likely at fault: sine(x = 0.5)" in text


@pytest.mark.parametrize("modes", [("rev",), ("fwd",), "rev", ["fwd", "rev"]])
def test_each_mode_sees_a_fault(modes):
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x: apply(OFF, x), (0.5,), modes=modes)
    check_grads(autograd.sin, (0.5,), order=2, modes=modes)


def test_a_fault_at_one_point_only_is_caught_there():
    check_grads(lambda x: apply(OFF_AT_ZERO, x), (1e-3,))
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x: apply(OFF_AT_ZERO, x), (0.0,))


def test_a_fault_is_found_behind_a_constant_that_hides_the_function():
    check_grads(lambda x: 1e20 + autograd.sin(x), (0.5,))
    assert "at fault: sine(x = 0.5)" in message(lambda x: 1e20 + apply(OFF, x), (0.5,))


def test_a_fault_among_many_inputs_is_found():
    xs = [0.1 * k for k in range(50)]
    ops = [OFF if k == 17 else autograd.ops.SIN for k in range(50)]
    lines = message(lambda v: autograd.sum([apply(op, x) for op, x in zip(ops, v, strict=True)]), (xs,)).splitlines()
    assert [line.split()[:2] for line in lines[2:4]] == [["v[17]", "rev"], ["direction", "1"]]
    assert "  (49 more agree)" in lines


def test_the_table_and_the_cause():
    text = message(lambda w, b: autograd.exp(apply(OFF, w[1] * 2.0)) * b, ([7.0, 0.5], 2.0))
    assert text == cleandoc(
        """
        the derivative of f is not what its values say
          input  mode      analytic        numeric         estimate  rounding
          w[1]   rev, fwd  5.014024422281  5.013523069974  3.5e-12   6.2e-15
          (2 more agree)
        most likely at fault: sine(1.0) = 0.8414709848078965
          its derivative with respect to input 0 is 0.5403563360987 by its rule, 0.5403023058681 +- 3.1e-13 \
by its values
        """
    )


def test_swapped_partials_are_reported_by_input():
    times = Op("times", lambda x, y: x * y, lambda x, y, z: (x, y))
    text = message(lambda x, y: apply(times, x, y), (2.0, 3.0))
    assert "its derivative with respect to input 0 is 2 by its rule, 3 +- " in text
    assert "its derivative with respect to input 1 is 3 by its rule, 2 +- " in text


def test_labels_are_in_the_message():
    x = Value(0.5, label="angle")
    assert "sine(angle = 0.5)" in message(lambda x: apply(OFF, x), [x])

    def f(x):
        y = apply(OFF, x)
        y.label = "height"
        return y * 2.0

    assert "labelled 'height'" in message(f, (0.5,))


@pytest.mark.parametrize(
    ("f", "hint"),
    [
        (lambda x: x * x.data, "is a Value lost on the way, by .data, detach() or a copy?"),
        (lambda x: x.data * 2.0, "f was not recorded: does it use .data"),
        (lambda x: x.detach() * x, "is a Value lost on the way, by .data, detach() or a copy?"),
        (lambda x: apply(DETACH, x) * x, "detach(x = 2.0) = 2.0 lets no derivative pass"),
        (lambda x: autograd.where(x > 0.0, x, 0.0) + (x - x) ** 0.5 * 0.0, "whose derivative is not finite there"),
    ],
)
def test_a_cause_other_than_an_operation_is_hinted_at(f, hint):
    assert hint in message(f, (2.0,))


def test_a_nan_derivative_of_a_finite_function_is_a_fault():
    nan = Op("nan", lambda x: x, lambda x, z: (math.nan,))
    assert "rev, fwd  nan " in message(lambda x: apply(nan, x), (1.0,))


CANCELLING = [
    ("(1 - cos x) / x**2", lambda x: (1.0 - autograd.cos(x)) / x**2, [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-12]),
    ("(exp(x) - 1 - x) / x**2", lambda x: (autograd.exp(x) - 1.0 - x) / x**2, [1e-5, 1e-7, 1e-9]),
    ("(x - sin x) / x**3", lambda x: (x - autograd.sin(x)) / x**3, [1e-4, 1e-6, 1e-8]),
]


@pytest.mark.parametrize(("f", "x"), [(f, x) for _, f, xs in CANCELLING for x in xs])
def test_cancellation_is_not_judged(f, x):
    text = message(f, (x,), InconclusiveError)
    assert text.startswith("cannot judge the derivative of f: rounding leaves it too few digits")
    assert isinstance(InconclusiveError(), ValueError)


def test_cancellation_does_not_hide_a_faulty_operation():
    cosine = Op("cosine", math.cos, lambda x, z: (autograd.sin(x),))
    text = message(lambda x: (1.0 - apply(cosine, x)) / x**2, (1e-5,))
    assert "most likely at fault: cosine(x = 1e-05)" in text


FLAT = [
    ("log(1.5**x)**2", lambda x: (t := autograd.log(1.5**x)) * t),
    ("log(1.001**x)**2", lambda x: (t := autograd.log(1.001**x)) * t),
    ("(exp(x/100) - 1)**2", lambda x: (t := autograd.exp(0.01 * x) - 1.0) * t),
    ("(log(3 + x) - log 3)**2", lambda x: (autograd.log(3.0 + x) - math.log(3.0)) ** 2),
    ("log(sqrt(1 + x/10000)) sin x", lambda x: autograd.log(autograd.sqrt(1.0 + 1e-4 * x)) * autograd.sin(x)),
]


@pytest.mark.parametrize("f", [f for _, f in FLAT], ids=[name for name, _ in FLAT])
def test_noise_far_below_the_slopes_close_by_is_not_a_slope(f):
    check_grads(f, (0.0,))
    assert "at fault: sine(x = 0.0)" in message(lambda x: f(x) + apply(OFF, x), (0.0,))
    assert "is a Value lost" in message(lambda x: f(x) + 1e-8 * (x - x.data), (0.0,))


def test_noise_that_is_the_same_each_time_is_a_number_like_any_other():
    check_grads(lambda x, y: autograd.cos(autograd.atan2(1.0, y)) * x, (0.0, 0.0))
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x, y: autograd.cos(autograd.atan2(1.0, y)) * apply(OFF, x), (0.0, 0.0))


@pytest.mark.parametrize("x", [4.926971166397984e-08, 9.04695403966889e-08])
def test_rounding_beside_a_point_where_numbers_are_exact_is_not_a_fault(x):
    check_grads(lambda x: autograd.sin(x) - x, (x,))


def test_less_cancellation_can_be_judged():
    for x in (1e-4, 1e-7, 1e-12):
        check_grads(lambda x: 0.5 * (autograd.sin(0.5 * x) / (0.5 * x)) ** 2, (x,), atol=1e-2)


def test_a_looser_check_can_be_asked_for():
    def f(x):
        return (1.0 - autograd.cos(x)) / x**2

    check_grads(f, (1e-4,), atol=1e-2)
    with pytest.raises(GradientMismatchError):
        check_grads(lambda x: apply(OFF, x), (0.5,), rtol=1e-5)
    check_grads(lambda x: apply(OFF, x), (0.5,), rtol=1e-3)
    check_grads(lambda x: apply(OFF, x), (0.5,), atol=1e-3)


def test_a_noisy_operation_is_judged_within_its_noise():
    def rounded(x):
        return round(math.sin(x), 9)

    check_grads(lambda x: apply(Op("rounded", rounded, lambda x, z: (autograd.cos(x),)), x), (0.5,))
    with pytest.raises(GradientMismatchError, match="at fault: rounded"):
        check_grads(lambda x: apply(Op("rounded", rounded, lambda x, z: (1.01 * autograd.cos(x),)), x), (0.5,))


@pytest.mark.parametrize("x", [-1.3479451278067571e-06, 5.411627933363019e-06, 1.1e-6, 3e-5])
def test_a_staircase_in_the_values_of_an_operation_is_not_its_slope(x):
    log_cosh = Op("log_cosh", lambda x: math.log(math.cosh(x)), lambda x, z: (autograd.tanh(x),))
    check_grads(lambda x: apply(log_cosh, x), (x,))
    (slope,), (error,) = numerical_grad(lambda x: apply(log_cosh, x), (x,))
    assert abs(slope - math.tanh(x)) <= error


@pytest.mark.parametrize("fault", [1e-8, -1e-4, 0.1])
def test_a_fault_is_caught_though_the_function_explodes_within_the_first_steps(fault):
    def f(x):
        return 0.01 * math.sqrt(17357.9 * x + 2.6) + 300.0 * math.expm1(13005.3 * x)

    def rule(x, z):
        slope = 0.005 * 17357.9 / math.sqrt(17357.9 * x + 2.6) + 300.0 * 13005.3 * math.exp(13005.3 * x)
        return ((1.0 + fault) * slope,)

    assert "most likely at fault: exploding" in message(lambda x: apply(Op("exploding", f, rule), x), (4.183e-6,))


@pytest.mark.parametrize("x", [1.34e-5, -2.45e-6, 5.46e-7, 5.8e-8])
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_wrong_rule_is_not_taken_for_noise_where_it_is_almost_0(x, start):
    """Beside the point, the derivative is far larger than at it: that is its course, not noise."""
    op = Op("cube", lambda x: (x - start) ** 3, lambda x, z: (3.001 * (x - start) ** 2,))
    assert "at fault: cube" in message(lambda x: apply(op, x), (start + x,))


def test_a_rule_that_cancels_is_not_taken_for_a_wrong_one():
    def half_versine(x):
        return 2.0 * math.sin(0.5 * x) ** 2 / x**2

    bad = Op("versine", half_versine, lambda x, z: (autograd.sin(x) / x**2 - 2.0 * (1.0 - autograd.cos(x)) / x**3,))
    with pytest.raises(InconclusiveError):
        check_grads(lambda x: apply(bad, x), (1e-5,))


@pytest.mark.parametrize("size", [1e-12, 1e-10])
def test_a_difference_too_slight_for_any_step_is_not_a_fault_if_all_operations_are_right(size):
    check_grads(lambda x: autograd.exp(x) + size * (x - x.data), (0.5,))


ABS = Op("size", abs, lambda x, z: (apply(SIGN, x),))
SIGN = Op("sign_or_nan", lambda x: (x > 0.0) - (x < 0.0), lambda x, z: (0.0 if x else math.nan,))


def test_a_second_derivative_that_the_chain_rule_lacks_is_not_a_mismatch():
    check_grads(lambda x: apply(ABS, x) ** 2, (0.0,))
    text = message(lambda x: apply(ABS, x) ** 2, (0.0,), NonDifferentiableError, order=2)
    assert text.startswith("f has no second derivative by the chain rule where it is checked")
    assert "size(x = 0.0) = 0.0, which has a kink there: its rule can only follow a convention" in text


@pytest.mark.parametrize(
    ("f", "order", "text"),
    [
        (lambda x: abs(x) ** 2, 2, "abs(x = 0.0) = 0.0, which has a kink there"),
        (lambda x: autograd.relu(x) - autograd.relu(-x), 1, "relu(x = 0.0) = 0.0, which has a kink there"),
    ],
)
def test_a_convention_that_makes_a_derivative_wrong_is_reported(f, order, text):
    assert text in message(f, (0.0,), order=order)


def test_each_of_several_numbers_is_judged():
    numpy = pytest.importorskip("numpy")
    check_grads(lambda x, y: {"a": x * y, "b": [autograd.sin(x), 3.0]}, (1.0, 2.0), order=2)
    check_grads(lambda v: numpy.exp(v), (numpy.array([1.0, 2.0, 0.5]),))
    check_grads(lambda x: (x,), (1.0,))
    model = nn.MLP(2, [3, 2], activation="tanh", seed=1)
    check_grads(lambda: model([1.0, 2.0]), model.parameters())


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (
            lambda x, y: {"a": x * y, "b": [x, apply(OFF, y)]},
            GradientMismatchError,
            "the derivative of f['b'][1] is not",
        ),
        (lambda x, y: (x, autograd.relu(y)), NonDifferentiableError, "f[1] has a kink at y = 0.0"),
        (lambda x, y: [x, y.data * 2.0], GradientMismatchError, "f[1] was not recorded: does it use .data"),
    ],
)
def test_the_message_says_which_of_several_numbers_is_wrong(f, error, text):
    assert text in message(f, (1.0, 0.0), error)


def test_several_numbers_that_change_between_calls_are_refused():
    lengths = iter(range(1, 100))
    with pytest.raises(ValueError, match="returns the same each time"):
        check_grads(lambda x: [x] * next(lengths), (1.0,))


def test_a_function_without_any_slope_is_not_judged():
    text = message(lambda x: x * autograd.log(abs(x) + 1e-300), (0.0,), InconclusiveError)
    assert "its differences do not settle on a slope" in text


@pytest.mark.parametrize(
    ("f", "args", "error", "text"),
    [
        (lambda x: [x, "x"], (1.0,), TypeError, "the result of f must consist of numbers"),
        (lambda x: [], (1.0,), TypeError, "a function that returns numbers, got []"),
        (lambda x: [3.0, Value(2.0)], (1.0,), ValueError, "a function of its inputs, got the constant [3.0, 2.0]"),
        (lambda x: None, (1.0,), TypeError, "got None; does f end without `return`?"),
        (lambda x: "x", (1.0,), TypeError, "got str: 'x'"),
        (lambda x: 3.0, (1.0,), ValueError, "a function of its inputs, got the constant 3.0"),
        (lambda x: Value(3.0), (1.0,), ValueError, "the constant 3.0"),
        (lambda: 3.0, (), ValueError, "at least one number to differentiate with respect to"),
        (lambda x: 3.0, ({},), ValueError, "at least one number to differentiate with respect to"),
        (autograd.log, (-1.0,), ValueError, "finite at args, got nan for x = -1.0"),
        (autograd.log, (0.0,), ValueError, "finite at args, got -inf for x = 0.0"),
        (autograd.exp, (math.inf,), ValueError, "finite inputs, got x = inf"),
        (autograd.exp, 1.0, TypeError, "args as a tuple or list with one entry per argument of f, got 1.0"),
        (autograd.exp, ("1",), TypeError, "got str: '1'"),
        (autograd.exp, (None,), ValueError, "at least one number"),
    ],
)
def test_arguments_that_cannot_be_checked_are_refused_clearly(f, args, error, text):
    with pytest.raises(error) as caught:
        check_grads(f, args)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"modes": ("reverse",)}, 'expected modes from "rev" and "fwd", got [\'reverse\']'),
        ({"modes": ()}, "got []"),
        ({"order": 0}, "expected an order of 1, 2 ..., got 0"),
        ({"order": 1.5}, "got 1.5"),
        ({"rtol": -1e-3}, "at least 0, got rtol=-0.001"),
        ({"atol": math.nan}, "atol=nan"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, text):
    with pytest.raises(ValueError, match="check_grads: expected") as caught:
        check_grads(autograd.exp, (1.0,), **options)
    assert text in str(caught.value)


def test_a_rule_with_a_wrong_number_of_partials_says_so():
    with pytest.raises(TypeError, match="op 'short': partials must return one derivative for each of 2 inputs"):
        check_grads(lambda x, y: apply(Op("short", lambda x, y: x * y, lambda x, y, z: (y,)), x, y), (1.0, 2.0))


def test_nothing_that_you_give_it_changes():
    x = Value(0.5, label="x")
    y = autograd.sin(x)
    x.grad, y.grad = 3.0, 4.0
    check_grads(lambda a, b: autograd.sin(a) * b, [x, y], order=2)
    message(lambda a, b: apply(OFF, a) * b, [x, y])
    assert (x.data, x.grad, y.data, y.grad, y.op) == (0.5, 3.0, math.sin(0.5), 4.0, autograd.ops.SIN)


class TestModels:
    @pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "sigmoid", "leaky_relu"])
    def test_a_network_is_right(self, activation):
        model = nn.MLP(3, [4, 4, 2], activation=activation, seed=4)
        check_model(model, [0.5, -1.0, 2.0], [0.3, -0.2], nn.losses.mse)

    def test_the_long_form(self):
        model = nn.MLP(2, [3, 1], seed=1)
        check_grads(lambda: nn.losses.mse(model([1.0, 2.0]), 0.5), model.parameters())

    def test_second_derivatives(self):
        check_model(nn.MLP(2, [2, 1], activation="tanh", seed=1), [1.0, 2.0], 0.5, nn.losses.mse, order=2)

    def test_a_saturated_network_raises_no_alarm(self):
        check_model(nn.MLP(2, [4, 4, 1], activation="tanh", seed=1), [50.0, -30.0], 1.0, nn.losses.mse)

    def test_a_fault_is_reported_with_the_names_of_parameters(self):
        model = nn.MLP(2, [2, 1], activation=lambda z: apply(OFF, z), seed=1)
        with pytest.raises(GradientMismatchError) as caught:
            check_model(model, [1.0, 2.0], 0.5, nn.losses.mse)
        assert str(caught.value).startswith("the derivative of loss_of_model is not what its values say\n  input")
        assert "layers.0.neurons.1.weights.0  rev" in str(caught.value)
        assert "most likely at fault: sine(" in str(caught.value)

    def test_a_unit_on_its_kink_is_reported(self):
        model = nn.MLP(2, [2, 1], init="zeros")
        for parameter in model.parameters():
            parameter.data = 1.0 if "layers.1" in parameter.label else 0.0
        with pytest.raises(NonDifferentiableError, match=r"kink at layers\.0\.neurons\.0\.weights\.0 = 0\.0"):
            check_model(model, [1.0, 2.0], 0.5, nn.losses.mse)

    def test_parameters_are_left_as_they_were_whatever_happens(self):
        model = nn.MLP(2, [2, 1], seed=1)
        before = model.state_dict()
        model.parameters()[0].grad = 5.0

        def loss(prediction, target):
            if model.state_dict() != before:
                raise KeyboardInterrupt
            return nn.losses.mse(prediction, target)

        with pytest.raises(KeyboardInterrupt):
            check_model(model, [1.0, 2.0], 0.5, loss)
        assert model.state_dict() == before
        assert [p.grad for p in model.parameters()] == [5.0] + [0.0] * (len(before) - 1)

    def test_a_parameter_that_the_loss_does_not_use_is_fine(self):
        w, unused = Value(2.0), Value(3.0)
        check_grads(lambda: w * w, [w, unused])
