"""The table loop: every row of OPS against mpmath, against itself on Values, and at the edges of floats.

A new row needs an oracle here, which brings all of its tests.
"""

import copy
import itertools
import math
import pickle
import random
from collections.abc import Callable
from math import inf, isnan, nan
from typing import NamedTuple

import pytest
from mpmath import mp, mpf

import autograd
from autograd import OPS, Op, Value, apply, grad, jvp, vjp
from autograd.ops import (
    DETACH,
    DIRECTION,
    DOT,
    EXP,
    IDENTITY,
    LOG_SHARE,
    MUL,
    POLYGAMMA,
    POW,
    POW_CONSTANT,
    SHARE,
    SUM,
    TANH,
    WHERE,
)

BY_NAME = {op.name: op for op in OPS}
each_op = pytest.mark.parametrize("op", OPS, ids=[op.name for op in OPS])


# Where to look. A sampler draws a float from an op's domain: `wide` over all magnitudes, else near 1.


def positive(draw, wide):
    return 10.0 ** (draw.uniform(-323.0, 308.2) if wide and draw.random() < 0.5 else draw.uniform(-2.0, 1.0))


def real(draw, wide):
    return draw.choice((1.0, -1.0)) * positive(draw, wide)


def ordinary(draw, wide):
    return draw.choice((1.0, -1.0)) * 10.0 ** draw.uniform(-3.0, 1.0 + wide)


def scale(draw, wide):
    return 10.0 ** draw.uniform(-2.0, 2.0)


def whole(draw, wide):
    return float(draw.randrange(-9, 10))


def order(draw, wide):
    return float(draw.randrange(6))


def condition(draw, wide):
    return float(draw.random() < 0.5)


def inside_one(draw, wide):
    """From (-1, 1): next to 0, next to the ends, and between."""
    small, large = 10.0 ** draw.uniform(-323.0, 0.0), 1.0 - 10.0 ** draw.uniform(-15.9, 0.0)
    return draw.choice((1.0, -1.0)) * (draw.choice((small, large)) if wide else draw.uniform(0.01, 0.99))


def above_one(draw, wide):
    return 1.0 + (10.0 ** draw.uniform(-15.9, 308.0) if wide and draw.random() < 0.5 else scale(draw, wide))


def above_minus_one(draw, wide):
    return draw.choice((positive(draw, wide), inside_one(draw, wide)))


def no_pole(draw, wide):
    """Positive, or negative and not a whole number, some of them next to one."""
    pole = float(-round(10.0 ** draw.uniform(0.0, 2.0)))
    below = (pole + 10.0 ** draw.uniform(-8.0, -0.4), pole - 10.0 ** draw.uniform(-8.0, -0.4))
    return draw.choice((positive(draw, wide), 10.0 ** draw.uniform(-2.0, 1.0), *below, -(10.0 ** draw.uniform(-3, -1))))


class Oracle(NamedTuple):
    """A row of the table as mpmath sees it."""

    value: Callable
    domain: tuple  # one sampler per input
    constants: tuple = ()  # inputs that the table holds constant: their derivative is 0
    precision: int = 400  # bits; more where a value saturates, so that its slope is still seen
    landmarks: tuple = ()  # inputs of interest: next to roots, extrema and poles
    slope: Callable | None = None  # with respect to the last input, where differences of `value` take mpmath too long


def sigma(x):
    return 1 / (1 + mp.exp(-x))


def soft(x):
    return mp.log1p(mp.exp(x))


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2 if abs(x) < 60 else mpf(x > 0)


def clipped(x, low, high):
    return min(max(x, low), high)


def length(*xs):
    return mp.sqrt(sum(x * x for x in xs))


def lse(*xs):
    return max(xs) + mp.log(sum(mp.exp(x - max(xs)) for x in xs))


def dotted(*v):
    n = len(v) // 2
    return sum((w * x for w, x in zip(v[:n], v[n:-1], strict=True)), v[-1])


SELU_ALPHA, SELU_SCALE = "1.6732632423543772848170429916717", "1.0507009873554804934193349852946"
PI = math.pi

ORACLES = {
    "add": Oracle(lambda x, y: x + y, (real, real)),
    "sub": Oracle(lambda x, y: x - y, (real, real)),
    "mul": Oracle(lambda x, y: x * y, (real, real)),
    "div": Oracle(lambda x, y: x / y, (real, real)),
    "neg": Oracle(lambda x: -x, (real,)),
    "pow": Oracle(mp.power, (positive, ordinary)),
    "pow_constant": Oracle(mp.power, (real, whole), constants=(1,), landmarks=((4.0, 0.5), (1e-200, -1.5), (7.0, 1e3))),
    "pow_log": Oracle(lambda x, y, z: z * mp.log(x), (positive, ordinary, real)),
    "square": Oracle(lambda x: x * x, (real,)),
    "reciprocal": Oracle(lambda x: 1 / x, (real,)),
    "abs": Oracle(abs, (real,)),
    "sign": Oracle(mp.sign, (real,), constants=(0,)),
    "step": Oracle(lambda x: mpf(x > 0), (real,), constants=(0,)),
    "floor": Oracle(mp.floor, (real,), constants=(0,)),
    "ceil": Oracle(mp.ceil, (real,), constants=(0,)),
    "where": Oracle(lambda c, x, y: x if c else y, (condition, real, real), constants=(0,)),
    "maximum": Oracle(max, (real, real)),
    "minimum": Oracle(min, (real, real)),
    "clip": Oracle(clipped, (real, real, real)),
    "detach": Oracle(lambda x: x, (real,), constants=(0,)),
    "identity": Oracle(lambda x: x, (real,)),
    "exp": Oracle(mp.exp, (real,), landmarks=((709.7,), (-708.3,), (1e-17,))),
    "expm1": Oracle(mp.expm1, (real,), precision=2700, landmarks=((709.7,), (-36.0,))),
    "exp2": Oracle(lambda x: mp.power(2, x), (real,), landmarks=((1023.9,), (-1021.5,))),
    "log": Oracle(mp.log, (positive,), landmarks=((1.0 + 2**-52,), (1.0 - 2**-53,), (5e-324,))),
    "log1p": Oracle(mp.log1p, (above_minus_one,), landmarks=((-1.0 + 2**-53,),)),
    "log2": Oracle(lambda x: mp.log(x) / mp.log(2), (positive,), landmarks=((1.0 + 2**-52,), (1.0 - 2**-53,))),
    "log10": Oracle(mp.log10, (positive,), landmarks=((1.0 + 2**-52,), (1.0 - 2**-53,))),
    "sqrt": Oracle(mp.sqrt, (positive,), landmarks=((5e-324,),)),
    "cbrt": Oracle(lambda x: mp.sign(x) * mp.cbrt(abs(x)), (real,), landmarks=((5e-324,),)),
    "sin": Oracle(mp.sin, (real,), landmarks=((PI,), (PI / 2,), (-3 * PI / 2,), (1e22,))),
    "cos": Oracle(mp.cos, (real,), landmarks=((PI,), (PI / 2,), (2 * PI,), (1e22,))),
    "tan": Oracle(mp.tan, (real,), landmarks=((PI,), (PI / 2,), (-PI / 2,), (1e22,))),
    "asin": Oracle(mp.asin, (inside_one,), landmarks=((1.0 - 2**-53,), (-1.0 + 2**-53,))),
    "acos": Oracle(mp.acos, (inside_one,), landmarks=((1.0 - 2**-53,), (-1.0 + 2**-53,))),
    "atan": Oracle(mp.atan, (real,), landmarks=((1e153,), (2e154,), (1e160,))),
    "atan2": Oracle(mp.atan2, (real, real), landmarks=((3.0, -1e-300), (-0.5, -2.0))),
    "sinh": Oracle(mp.sinh, (real,), landmarks=((710.4,), (-710.4,))),
    "cosh": Oracle(mp.cosh, (real,), landmarks=((710.4,), (-710.4,))),
    "tanh": Oracle(mp.tanh, (real,), precision=2700, landmarks=((19.0,), (-22.0,))),
    "tanh_slope": Oracle(
        lambda x, z: 1 - z * z if abs(z) < mpf(0.999) else 1 / mp.cosh(x) ** 2, (real, inside_one),
        landmarks=((1.0, 0.5), (20.0, 1.0), (-300.0, -1.0), (4.0, 0.9993)), precision=2700,
    ),
    "asinh": Oracle(mp.asinh, (real,)),
    "acosh": Oracle(mp.acosh, (above_one,), landmarks=((1.0 + 2**-52,),)),
    "atanh": Oracle(mp.atanh, (inside_one,), landmarks=((1.0 - 2**-53,), (-1.0 + 2**-53,))),
    "hypot": Oracle(length, (real, real), landmarks=((3e-320, 4e-320), (1e308, 1e308))),
    "erf": Oracle(lambda x: mp.erf(x) if abs(x) < 60 else mp.sign(x), (real,), precision=2700, landmarks=((26.5,),)),
    "erfc": Oracle(
        lambda x: mp.erfc(x) if abs(x) < 60 else 1 - mp.sign(x), (real,), precision=2700, landmarks=((26.5,),)
    ),
    "lgamma": Oracle(
        lambda x: mp.re(mp.loggamma(x)),
        (no_pole,),
        landmarks=((1.0 + 2**-52,), (2.0 - 2**-52,), (1.4616321449683623,), (-2.4570247382208,), (-2.747682646727413,)),
        slope=lambda x: mp.psi(0, x),
    ),
    "digamma": Oracle(
        lambda x: mp.psi(0, x),
        (no_pole,),
        landmarks=((1.4616321449683623,), (-0.5040830082644554,), (-1.5734984731623904,)),
        slope=lambda x: mp.psi(1, x),
    ),
    "polygamma": Oracle(
        lambda n, x: mp.psi(int(n), x), (order, no_pole), constants=(0,), slope=lambda n, x: mp.psi(int(n) + 1, x)
    ),
    "relu": Oracle(lambda x: max(x, mpf(0)), (real,)),
    "leaky_relu": Oracle(lambda x, a: x if x > 0 else a * x, (real, scale)),
    "elu": Oracle(lambda x, a: x if x > 0 else a * mp.expm1(x), (real, scale), precision=2700),
    "selu": Oracle(
        lambda x: mpf(SELU_SCALE) * (x if x > 0 else mpf(SELU_ALPHA) * mp.expm1(x)), (real,), precision=2700
    ),
    "gelu": Oracle(lambda x: x * normal(x), (ordinary,), precision=2700, landmarks=((-38.4,), (-37.0,), (40.1,))),
    "silu": Oracle(lambda x: x * sigma(x), (ordinary,), precision=2700, landmarks=((-708.0,), (-744.0,), (800.0,))),
    "softplus": Oracle(soft, (real,), precision=2700, landmarks=((-708.0,), (36.0,))),
    "mish": Oracle(
        lambda x: x * mp.tanh(soft(x)), (ordinary,), precision=2700, landmarks=((-708.0,), (-40.1,), (40.1,))
    ),
    "sigmoid": Oracle(sigma, (real,), precision=2700, landmarks=((40.0,), (700.0,), (-708.0,))),
    "logistic_density": Oracle(
        lambda x: sigma(x) * sigma(-x), (real,), precision=2700, landmarks=((40.0,), (700.0,), (-708.0,), (1e-160,))
    ),
    "logistic_moment": Oracle(
        lambda x: x * sigma(x) * sigma(-x), (real,), precision=2700, landmarks=((40.0,), (744.9,), (-745.0,), (1e-160,))
    ),
    "log_sigmoid": Oracle(lambda x: -soft(-x), (real,), precision=2700, landmarks=((40.0,), (700.0,), (-708.0,))),
    "hardtanh": Oracle(lambda x: clipped(x, mpf(-1), mpf(1)), (real,)),
    "sum": Oracle(lambda *xs: sum(xs), (real,) * 4),
    "prod": Oracle(lambda *xs: mp.fprod(xs), (ordinary,) * 4, landmarks=((0.0, 2.0, 3.0), (0.0, 5.0, 0.0), (7.0,))),
    "max": Oracle(max, (real,) * 4),
    "min": Oracle(min, (real,) * 4),
    "norm": Oracle(length, (real,) * 4, landmarks=((3e-320, 4e-320, 0.0), (1e308, 1e307), (-2.0,))),
    "logsumexp": Oracle(
        lse, (ordinary,) * 4,
        landmarks=((1e3, 1e3, 999.0), (-1e3, -1001.0), (1e8, 1e8), (-1e16, -1e16, 2.0 - 1e16), (5.0,))
    ),
    "dot": Oracle(dotted, (real,) * 5, landmarks=((2.0,), (2.0, 3.0, 4.0))),
}  # fmt: skip


def points(op, count, wide=True):
    """Draw inputs of an op from its domain, the same at every run."""
    oracle, draw = ORACLES[op.name], random.Random(op.name)
    yield from oracle.landmarks if wide else ()
    for _ in range(count):
        yield tuple([sampler(draw, wide) for sampler in oracle.domain])


# Derivatives of the oracles: central differences with so many digits that no rounding or truncation is left.


def work_with(xs, precision):
    mp.prec = precision + 6 * max([abs(mp.mag(mpf(x))) for x in xs if x], default=0)


def step_of(x):
    return min(abs(x), mpf(1)) * mpf(2) ** -120 if x else mpf(2) ** -1300


def exact_value(op, xs):
    mp.prec = 600
    return mp.re(ORACLES[op.name].value(*map(mpf, xs)))


def exact_slope(op, xs, i):
    oracle = ORACLES[op.name]
    if i in oracle.constants:
        return mpf(0)
    if oracle.slope:
        mp.prec = 200
        return oracle.slope(*map(mpf, xs))
    work_with((*xs, 2.0**-130) if 0.0 in xs else xs, oracle.precision)
    low, high = [mpf(x) for x in xs], [mpf(x) for x in xs]
    h = step_of(mpf(xs[i]))
    low[i], high[i] = low[i] - h, high[i] + h
    return mp.re(oracle.value(*high) - oracle.value(*low)) / (2 * h)


def exact_curvature(op, xs, i, j):
    oracle = ORACLES[op.name]
    if {i, j} & set(oracle.constants):
        return mpf(0)
    work_with(xs, oracle.precision + 600)
    hi, hj = step_of(mpf(xs[i])), step_of(mpf(xs[j]))

    def moved(a, b):
        inputs = [mpf(x) for x in xs]
        inputs[i] += a * hi
        inputs[j] += b * hj
        return mp.re(oracle.value(*inputs))

    return (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (4 * hi * hj)


def error(got, true):
    """|got - true|, where an infinity is right for a number too large for a float."""
    if math.isinf(got) and abs(true) > mpf(2) ** 1024 * (1 - mpf(2) ** -53) and (got > 0) == (true > 0):
        return mpf(0)
    return abs(mpf(got) - true)


def ulp(true):
    return mpf(2) ** max(mp.mag(true) - 53, -1074) if true else mpf(2) ** -1074


def same(a, b):
    """Whether two floats are the same, NaN with NaN, or neighbours."""
    return (isnan(a) and isnan(b)) or a == b or abs(a - b) <= math.ulp(max(abs(a), abs(b)))


# The rows.


def test_every_op_has_an_oracle():
    assert set(ORACLES) == set(BY_NAME)


def test_names_are_unique():
    assert len(BY_NAME) == len(OPS)


def test_names_are_lower_case_identifiers():
    assert all(op.name.isidentifier() and op.name == op.name.lower() for op in OPS)


@each_op
def test_values_are_within_four_ulp_of_mpmath(op):
    for xs in points(op, 80):
        got, true = op.forward(*xs), exact_value(op, xs)
        allowed = 4 * ulp(true)
        if op.name in ("sum", "dot"):  # rounding in a sum is relative to its terms
            terms = xs if op.name == "sum" else [*map(math.prod, zip(xs, xs[len(xs) // 2 :], strict=False)), xs[-1]]
            allowed += 4 * sum(ulp(mpf(t)) if math.isfinite(t) else mpf(inf) for t in terms)
        assert error(got, true) <= allowed, (xs, got, mp.nstr(true, 20))


# Rows whose last inputs follow from the others: as functions of these, and as mpmath has them.
def log_share_of(x, r):
    e = autograd.exp(x)
    return apply(LOG_SHARE, x, r, e, e + r, autograd.log(e + r))


RELATED = {
    "direction": (lambda x, r: apply(DIRECTION, x, r, autograd.hypot(x, r)), lambda x, r: x / mp.sqrt(x * x + r * r)),
    "share": (lambda x, r: apply(SHARE, x, r, x + r), lambda x, r: x / (x + r)),
    "log_share": (log_share_of, lambda x, r: x - mp.log(mp.exp(x) + r)),
}


@pytest.mark.parametrize("name", RELATED)
@pytest.mark.parametrize("r", [1e-9, 0.3, 2.0, 1e9])
def test_slopes_with_inputs_that_follow_from_others_keep_their_digits_to_the_third_order(name, r):
    f, exact = RELATED[name]
    for order in (1, 2, 3):
        for places in itertools.combinations_with_replacement((0, 1), order):
            g = f
            for place in places:
                g = grad(g, place)
            x = 1.5
            with mp.workdps(120):
                true = mp.diff(exact, (mpf(x), mpf(r)), (places.count(0), places.count(1)))
                scale = abs(true) + abs(x * mp.diff(exact, (mpf(x), mpf(r)), (places.count(0) + 1, places.count(1))))
            assert error(float(g(x, r)), true) <= scale * mpf(1e-13), places


@each_op
def test_partials_agree_with_mpmath_to_1e_11(op):
    for xs in points(op, 60):
        partials = op.partials(*xs, op.forward(*xs))
        assert len(partials) == len(xs)
        for i, got in enumerate(partials):
            if op is POLYGAMMA and i == 0:
                continue  # its order is a constant and has no derivative
            true = exact_slope(op, xs, i)
            allowed = mpf(1e-11) * abs(true)
            # A derivative below 2e-308 has fewer digits than that; it gets as many as the smallest normal.
            allowed += mpf(1e-11) * mpf(2) ** -1022
            assert error(float(got), true) <= allowed, (i, xs, float(got), mp.nstr(true, 20))


@pytest.mark.parametrize(
    ("name", "root"), [("silu", -1.278464542761074), ("gelu", -0.7517915246935645), ("mish", -1.1924409553264543)]
)
def test_next_to_a_root_of_a_derivative_its_rounding_stays_absolute(name, root):
    """These derivatives are differences of two terms below 1/2: next to a root their digits cancel.

    The formula can do no better there than a few roundings of those terms.
    """
    op = BY_NAME[name]
    for k in range(-20, 21):
        x = root + k * 1e-3 * abs(k) ** 3 / 8000 + k * 2**-52
        assert error(op.partials(x, op.forward(x))[0], exact_slope(op, (x,), 0)) <= 4e-16, x


@each_op
def test_partials_on_values_are_the_partials_on_floats(op):
    for xs in points(op, 60):
        floats = op.partials(*xs, op.forward(*xs))
        inputs = [Value(x) for x in xs]
        values = op.partials(*inputs, apply(op, *inputs))
        for i, (a, b) in enumerate(zip(floats, values, strict=True)):
            assert same(float(a), b.data if isinstance(b, Value) else float(b)), (i, xs, a, b)


@each_op
def test_an_op_on_values_is_the_op_on_floats(op):
    for xs in points(op, 40):
        assert apply(op, *map(Value, xs)).data == apply(op, *xs) == op(*xs) == op(*map(Value, xs)).data


@each_op
def test_a_partial_is_the_same_when_only_its_input_is_a_value(op):
    for xs in points(op, 20):
        together = [Value(x) for x in xs]
        apply(op, *together).backward()
        for i, x in enumerate(xs):
            if op is POW and i == 0:
                continue  # a constant exponent has its own row
            alone = Value(x)
            apply(op, *xs[:i], alone, *xs[i + 1 :]).backward()
            assert same(alone.grad, together[i].grad), (i, xs)


@each_op
def test_forward_mode_agrees_with_reverse_mode(op):
    for xs in points(op, 30):
        output, pullback = vjp(lambda *v: apply(op, *v), *xs)
        gradients = pullback(1.0)
        for i, gradient in enumerate(gradients):
            direction = tuple([float(i == j) for j in range(len(xs))])
            primal, tangent = jvp(lambda *v: apply(op, *v), xs, direction)
            assert same(primal, output)
            if not any(map(math.isinf, gradients)) and not any(map(isnan, gradients)):
                assert same(tangent, gradient), (i, xs)


@each_op
def test_second_derivatives_agree_with_mpmath(op):
    for xs in points(op, 12, wide=False):
        for i, j in itertools.product(range(len(xs)), repeat=2):
            if op in (POLYGAMMA, POW_CONSTANT) and {i, j} & set(ORACLES[op.name].constants):
                continue
            got = grad(grad(lambda *v: apply(op, *v), i), j)(*xs)
            true = exact_curvature(op, xs, i, j)
            # The table asks for first derivatives in full; by the same rules a second one may lose digits
            # that cancel, which is an error relative to the slope at the scale of the inputs.
            lost = (
                mpf(1e-14)
                * (abs(exact_slope(op, xs, i)) + abs(exact_slope(op, xs, j)))
                * max(1, *(1 / abs(x) if x else 1 for x in xs))
            )
            assert error(got, true) <= mpf(1e-10) * abs(true) + lost, (i, j, xs, got, mp.nstr(true, 20))


@each_op
def test_backward_adds_gradient_times_partials(op):
    for xs in points(op, 10, wide=False):
        inputs = [Value(x) for x in xs]
        apply(op, *inputs).backward(3.0)
        for x, partial in zip(inputs, op.partials(*xs, op.forward(*xs)), strict=True):
            assert same(x.grad, 3.0 * float(partial)), xs


# Kinks and edges: PyTorch's convention wherever it has one.


def slopes(f, *xs):
    """Return the gradient of f by backward, after checking that the transforms agree."""
    inputs = [Value(x) for x in xs]
    f(*inputs).backward()
    gradients = [x.grad for x in inputs]
    for a, b in zip(gradients, grad(f, range(len(xs)))(*xs), strict=True):
        assert a == b or (isnan(a) and isnan(b))
    return gradients


def test_relu_has_slope_zero_at_zero():
    assert slopes(autograd.relu, 0.0) == slopes(autograd.relu, -0.0) == [0.0]


def test_step_of_zero_is_zero():
    assert autograd.step(0.0) == autograd.step(-0.0) == 0.0
    assert autograd.step(5e-324) == 1.0


def test_step_has_slope_zero():
    assert slopes(autograd.step, 0.0) == slopes(autograd.step, 2.0) == slopes(autograd.step, -2.0) == [0.0]


def test_abs_has_slope_zero_at_zero():
    assert slopes(abs, 0.0) == slopes(abs, -0.0) == slopes(autograd.abs, 0.0) == [0.0]


def test_sign_has_slope_zero():
    assert slopes(autograd.sign, 0.0) == slopes(autograd.sign, 3.0) == slopes(autograd.sign, -3.0) == [0.0]


@pytest.mark.parametrize("f", [autograd.maximum, autograd.minimum])
def test_two_that_tie_for_maximum_or_minimum_share_equally(f):
    assert slopes(f, 2.0, 2.0) == slopes(f, 0.0, -0.0) == slopes(f, inf, inf) == [0.5, 0.5]


@pytest.mark.parametrize("f", [autograd.max, autograd.min])
def test_all_that_tie_for_max_or_min_share_equally(f):
    third = 1.0 / 3.0
    other = -9.0 if f is autograd.max else 9.0
    assert slopes(lambda *xs: f(xs), 1.0, 1.0, 1.0) == [third, third, third]
    assert slopes(lambda *xs: f(xs), 2.0, other, 2.0, 2.0) == [third, 0.0, third, third]
    assert slopes(lambda *xs: f(xs), 1.0, other, 1.0) == [0.5, 0.0, 0.5]


def test_a_value_that_ties_with_itself_gets_the_whole_derivative():
    assert slopes(lambda x: autograd.maximum(x, x), 2.0) == slopes(lambda x: autograd.max([x, x, x]), 2.0) == [1.0]


def test_hardtanh_has_slope_zero_at_its_edges():
    assert slopes(autograd.hardtanh, 1.0) == slopes(autograd.hardtanh, -1.0) == [0.0]
    assert slopes(autograd.hardtanh, math.nextafter(1.0, 0.0)) == [1.0]


def test_clip_has_the_slope_of_clamp_at_its_edges():
    assert slopes(autograd.clip, 1.0, 1.0, 2.0) == [1.0, 0.0, 0.0]
    assert slopes(autograd.clip, 2.0, 1.0, 2.0) == [1.0, 0.0, 0.0]
    assert slopes(autograd.clip, 0.0, 1.0, 2.0) == [0.0, 1.0, 0.0]
    assert slopes(autograd.clip, 3.0, 1.0, 2.0) == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("low", [1.0, 2.0, inf])
def test_clip_between_equal_or_crossed_bounds_is_the_upper_one(low):
    for x in (0.0, 1.0, 1.5, 2.0, 3.0, inf, -inf):
        assert autograd.clip(x, low, 1.0) == 1.0
        assert slopes(autograd.clip, x, low, 1.0) == [0.0, 0.0, 1.0]
        assert slopes(lambda b, x=x: autograd.clip(x, b, b), 1.0) == [1.0]
        assert slopes(lambda b, low=low: autograd.clip(b, low, b), 1.0) == [1.0]


def test_sqrt_has_an_infinite_slope_at_zero():
    assert slopes(autograd.sqrt, 0.0) == [inf]


def test_norm_has_slope_zero_at_the_origin():
    assert slopes(lambda *xs: autograd.norm(xs), 0.0, 0.0, -0.0) == [0.0, 0.0, 0.0]
    assert slopes(lambda *xs: autograd.norm(xs), 0.0) == [0.0]
    assert slopes(autograd.hypot, 0.0, 0.0) == [0.0, 0.0]


@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -2.5, 1e-310, 5e-324, -5e-324, 1e308, inf, -inf, nan])
def test_a_power_of_zero_has_slope_zero_everywhere(x):
    assert x**0.0 == 1.0
    assert slopes(lambda v: v**0, x) == slopes(lambda v: v**0.0, x) == [0.0]
    by_base = Value(x)
    (by_base ** Value(0.0)).backward()
    assert by_base.grad == 0.0


@pytest.mark.parametrize(("y", "by_base", "by_exponent"), [
    (0.0, 0.0, 0.0), (0.5, inf, 0.0), (1.0, 1.0, 0.0), (2.0, 0.0, 0.0), (-1.0, -inf, -inf),
])  # fmt: skip
def test_a_power_of_base_zero_has_the_slopes_of_pytorch(y, by_base, by_exponent):
    assert slopes(lambda v, w: v**w, 0.0, y) == [by_base, by_exponent]
    assert slopes(lambda w: 0.0**w, y) == [by_exponent]


def test_a_negative_base_has_a_slope_for_a_constant_power():
    assert slopes(lambda v: v**2, -3.0) == [-6.0]
    assert slopes(lambda v: v**-1, -2.0) == [-0.25]
    assert slopes(lambda v: v**3.0, -2.0) == [12.0]
    assert grad(grad(lambda v: v**3))(-2.0) == -12.0


def test_a_negative_base_has_a_slope_for_a_power_that_is_a_value():
    by_base, by_exponent = slopes(lambda v, w: v**w, -3.0, 2.0)
    assert by_base == -6.0
    assert isnan(by_exponent)


@pytest.mark.parametrize("f", [
    autograd.relu, lambda x: autograd.maximum(x, 1.0), lambda x: autograd.maximum(1.0, x),
    lambda x: autograd.minimum(x, 1.0),
    lambda x: autograd.minimum(1.0, x), lambda x: autograd.max([1.0, x, 2.0]), lambda x: autograd.min([1.0, x, 2.0]),
])  # fmt: skip
def test_nan_goes_through_relu_and_max_and_min(f):
    assert isnan(f(nan))
    assert isnan(f(Value(nan)).data)


@pytest.mark.parametrize(("f", "slope"), [
    (autograd.relu, 1.0), (autograd.hardtanh, 1.0), (autograd.elu, 1.0), (lambda x: autograd.elu(x, 3.0), 1.0),
    (autograd.selu, 1.0507009873554804934), (lambda x: autograd.leaky_relu(x, 0.1), 0.1),
    (lambda x: autograd.clip(x, 0.0, 1.0), 0.0), (lambda x: autograd.clip(0.5, x, 1.0), 0.0),
    (lambda x: autograd.maximum(x, 2.0), 1.0), (lambda x: autograd.minimum(2.0, x), 1.0),
    (lambda x: autograd.max([2.0, x, 3.0]), 1.0), (lambda x: autograd.min([x, 2.0]), 1.0),
])  # fmt: skip
def test_nan_has_the_slope_of_pytorch(f, slope):
    """If a NaN passes through, so does its derivative."""
    assert isnan(f(nan))
    assert slopes(f, nan) == [slope]
    assert grad(grad(f))(nan) == 0.0


@pytest.mark.parametrize("f", [autograd.max, autograd.min])
def test_nan_takes_the_derivative_of_max_and_min(f):
    assert slopes(lambda *xs: f(xs), 1.0, nan) == [0.0, 1.0]
    assert slopes(lambda *xs: f(xs), nan, inf, -inf) == [1.0, 0.0, 0.0]
    assert slopes(lambda *xs: f(xs), nan, 2.0, nan) == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("f", [autograd.maximum, autograd.minimum])
def test_where_one_of_two_is_nan_both_pass_as_in_pytorch(f):
    assert slopes(f, 1.0, nan) == slopes(f, nan, 1.0) == slopes(f, nan, nan) == [1.0, 1.0]


# At infinity: the limit, of derivatives of every order.


@pytest.mark.parametrize(("f", "left", "right"), [
    (autograd.gelu, 0.0, 1.0), (autograd.silu, 0.0, 1.0), (autograd.mish, 0.0, 1.0), (autograd.softplus, 0.0, 1.0),
    (autograd.relu, 0.0, 1.0), (autograd.elu, 0.0, 1.0), (autograd.selu, 0.0, 1.0507009873554804934),
    (lambda x: autograd.leaky_relu(x, 0.1), 0.1, 1.0), (autograd.hardtanh, 0.0, 0.0), (autograd.sigmoid, 0.0, 0.0),
    (autograd.log_sigmoid, 1.0, 0.0), (autograd.tanh, 0.0, 0.0), (autograd.erf, 0.0, 0.0), (autograd.erfc, 0.0, 0.0),
    (autograd.atan, 0.0, 0.0), (autograd.asinh, 0.0, 0.0), (autograd.cbrt, 0.0, 0.0), (autograd.reciprocal, 0.0, 0.0),
    (abs, -1.0, 1.0), (lambda x: autograd.hypot(x, 3.0), -1.0, 1.0), (lambda x: autograd.norm([2.0, x]), -1.0, 1.0),
    (lambda x: autograd.logsumexp([x, 2.0, -inf]), 0.0, 1.0), (lambda x: autograd.atan2(x, 2.0), 0.0, 0.0),
    (lambda x: autograd.atan2(-2.0, x), 0.0, 0.0), (lambda x: autograd.log(abs(x)), 0.0, 0.0),
    (lambda x: autograd.sqrt(abs(x)), 0.0, 0.0), (lambda x: autograd.acosh(abs(x)), 0.0, 0.0),
])  # fmt: skip
def test_derivatives_at_infinity_are_their_limits(f, left, right):
    for x, slope in ((-inf, left), (inf, right), (-1e308, left), (1e308, right)):
        assert slopes(f, x) == [pytest.approx(slope, rel=1e-15, abs=1e-150)]
        assert grad(grad(f))(x) == pytest.approx(0.0, abs=1e-150)
        assert grad(grad(grad(f)))(x) == pytest.approx(0.0, abs=1e-150)


def test_an_infinity_alone_counts_in_logsumexp():
    assert slopes(lambda *xs: autograd.logsumexp(xs), 0.0, inf, -3.0) == [0.0, 1.0, 0.0]
    assert slopes(lambda *xs: autograd.logsumexp(xs), -inf, 0.0) == [0.0, 1.0]
    assert autograd.hessian(autograd.logsumexp)([0.0, inf]) == [[0.0, 0.0], [0.0, 0.0]]


def test_several_infinities_have_no_limit_in_logsumexp_and_norm():
    below, *rest = slopes(lambda *xs: autograd.logsumexp(xs), 0.0, inf, inf)
    assert below == 0.0
    assert all(map(isnan, rest))
    assert all(map(isnan, slopes(lambda *xs: autograd.logsumexp(xs), -inf, -inf)))
    assert list(map(isnan, slopes(lambda *xs: autograd.norm(xs), inf, 2.0, -inf))) == [True, False, True]


# At the end of a domain and at the origin: second derivatives.


@pytest.mark.parametrize(("f", "x", "slope", "curvature"), [
    (autograd.sqrt, 0.0, inf, -inf), (autograd.log, 0.0, inf, -inf), (autograd.log1p, -1.0, inf, -inf),
    (autograd.asin, 1.0, inf, inf), (autograd.asin, -1.0, inf, -inf),
    (autograd.acos, 1.0, -inf, -inf), (autograd.acos, -1.0, -inf, inf), (autograd.acosh, 1.0, inf, -inf),
    (autograd.atanh, 1.0, inf, inf), (autograd.atanh, -1.0, inf, -inf), (autograd.reciprocal, 0.0, -inf, inf),
    (autograd.cbrt, 0.0, inf, -inf), (autograd.cbrt, -0.0, inf, inf), (lambda x: x**0.5, 0.0, inf, -inf),
])  # fmt: skip
def test_derivatives_at_the_end_of_a_domain_are_infinite_with_their_sign(f, x, slope, curvature):
    assert slopes(f, x) == [slope]
    assert grad(grad(f))(x) == curvature


@pytest.mark.parametrize(("f", "sign"), [(autograd.asin, 1.0), (autograd.acos, -1.0), (autograd.atanh, 2.0)])
def test_the_second_derivative_of_an_arc_keeps_its_digits_at_zero(f, sign):
    for x in (0.0, 1e-300, -1e-12, 1e-5):
        assert grad(grad(f))(x) == pytest.approx(sign * x, rel=1e-9, abs=0.0)


@pytest.mark.parametrize("f", [
    autograd.norm, lambda v: autograd.norm(v) ** 2, lambda v: autograd.hypot(*v),
    lambda v: 2.0 * autograd.hypot(*v) ** 2,
    lambda v: autograd.atan2(*v), lambda v: autograd.norm([*v, 0.0]) * 3.0 + v[0] ** 2,
])  # fmt: skip
def test_second_derivatives_at_the_origin_of_a_norm_are_nan_not_finite_and_wrong(f):
    """As in PyTorch, though the first derivatives are 0 there."""
    assert grad(f)([0.0, -0.0]) == [0.0, 0.0]
    for row in autograd.hessian(f)([0.0, -0.0]):
        assert all(map(isnan, row))
    assert not any(map(isnan, autograd.hessian(f)([3.0, 4.0])[0]))


def test_atan2_has_slope_zero_at_the_origin():
    assert slopes(autograd.atan2, 0.0, 0.0) == slopes(autograd.atan2, -0.0, -0.0) == [0.0, 0.0]


@pytest.mark.parametrize("f", [
    autograd.relu, abs, autograd.sign, autograd.step, autograd.floor, autograd.hardtanh, autograd.elu, autograd.selu,
    autograd.leaky_relu, lambda x: autograd.maximum(x, 0.0), lambda x: autograd.min([x, 0.0, -x]),
    lambda x: autograd.clip(x, 0.0, 1.0), lambda x: autograd.where(x > 0.0, x, -x),
])  # fmt: skip
def test_second_derivatives_at_a_kink_are_zero(f):
    for x in (0.0, -0.0, 1.0) if f not in (autograd.elu, autograd.selu) else (0.0, -0.0):
        assert grad(grad(f))(x) == 0.0


def test_gelu_is_the_erf_form():
    for x in (-3.0, -1.0, 0.5, 2.0):
        assert autograd.gelu(x) == pytest.approx(0.5 * x * (1.0 + math.erf(x / math.sqrt(2.0))), rel=1e-13)
        assert autograd.gelu(x) != pytest.approx(
            0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / PI) * (x + 0.044715 * x**3))), rel=1e-6
        )


def test_the_slope_of_tanh_is_right_to_4e_16():
    for k in range(-400, 401):
        (slope,) = slopes(autograd.tanh, k / 20)
        assert error(slope, exact_slope(TANH, (k / 20,), 0)) <= 4e-16


def test_the_slope_of_sigmoid_keeps_its_digits_in_both_tails():
    for x in (-700.0, -50.0, -1.0, 1.0, 36.0, 40.0, 50.0, 700.0):
        (slope,) = slopes(autograd.sigmoid, x)
        assert slope == pytest.approx(float(mp.exp(-abs(mpf(x))) / (1 + mp.exp(-abs(mpf(x)))) ** 2), rel=1e-13)


@pytest.mark.parametrize(("f", "below", "at"), [
    (lambda x: autograd.leaky_relu(x, 0.1), 0.1, 0.1),
    (lambda x: autograd.elu(x, 2.0), 2.0 * math.exp(-1.0), 2.0),
    (autograd.selu, None, 1.0507009873554804934 * 1.6732632423543772848),
])  # fmt: skip
def test_the_slope_of_a_leaky_unit_at_zero_is_the_one_from_the_left(f, below, at):
    assert slopes(f, 0.0) == [pytest.approx(at, rel=1e-15)]
    if below is not None:
        assert slopes(f, -1.0) == [pytest.approx(below, rel=1e-15)]


@pytest.mark.parametrize("f", [autograd.floor, autograd.ceil])
def test_floor_and_ceil_have_slope_zero(f):
    assert slopes(f, 2.0) == slopes(f, 2.5) == slopes(f, -0.0) == [0.0]


def test_where_gives_its_derivative_to_the_branch_it_took():
    assert slopes(autograd.where, 1.0, 2.0, 3.0) == [0.0, 1.0, 0.0]
    assert slopes(autograd.where, 0.0, 2.0, 3.0) == [0.0, 0.0, 1.0]
    assert slopes(autograd.where, -0.0, 2.0, 3.0) == [0.0, 0.0, 1.0]


def test_a_product_with_zeros_has_the_products_of_the_others():
    assert slopes(lambda *xs: autograd.prod(xs), 0.0, 2.0, 3.0) == [6.0, 0.0, 0.0]
    assert slopes(lambda *xs: autograd.prod(xs), 0.0, 2.0, 0.0) == [0.0, 0.0, 0.0]


FLAT = {
    "detach": lambda x: (x + 2.0).detach(), "sign": lambda x: autograd.sign(x) + 1.0, "step": autograd.step,
    "floor": lambda x: autograd.floor(x) + 2.0, "ceil": lambda x: autograd.ceil(x) + 2.0, "relu": autograd.relu,
    "maximum": lambda x: autograd.maximum(x, 0.0), "minimum": lambda x: autograd.minimum(-x, 0.0),
    "max": lambda x: autograd.max([x, 0.0]), "min": lambda x: autograd.min([-x, 0.0]),
    "clip": lambda x: autograd.clip(x, 0.0, 1.0), "where": lambda x: autograd.where(x > 0.0, x, 0.0),
    "hardtanh": lambda x: autograd.hardtanh(x) + 1.0, "power of zero": lambda x: x**0 - 1.0,
}  # fmt: skip


@pytest.mark.parametrize("f", FLAT.values(), ids=FLAT)
def test_an_op_that_lets_no_derivative_through_stops_an_infinite_one_too(f):
    """As in PyTorch, whose rules select where a product would make 0 * inf: sqrt(relu(x)) at x < 0 is not NaN."""
    assert f(Value(-2.0)).data == 0.0
    assert slopes(lambda x: f(x).sqrt(), -2.0) == [0.0]
    assert grad(lambda x: f(x).sqrt())(Value(-2.0)).data == 0.0


def test_a_power_that_does_not_change_lets_no_infinite_derivative_in():
    assert slopes(lambda x: autograd.sqrt(x) ** 0, 0.0) == [0.0]
    assert slopes(lambda x: autograd.sqrt(x) ** Value(0.0), 0.0) == [0.0]
    assert slopes(lambda y: 0.0 ** (autograd.sqrt(y) + 1.0), 0.0) == [0.0]


# IEEE 754 instead of exceptions.

EDGES = (
    0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 5e-324, -1e-310, 1e-200, 36.0, 710.0, -745.0, 1e200, -1e308, inf, -inf, nan,
)  # fmt: skip
FEWER = (0.0, -0.0, 1.0, -2.5, 5e-324, 1e308, inf, -inf, nan)


def edge_inputs(op):
    arities = {len(xs) for xs in points(op, 1)}
    if op.name in ("sum", "prod", "max", "min", "norm", "logsumexp"):
        arities = {1, 2, 3}
    elif op is DOT:
        arities = {1, 3}
    for arity in arities:
        yield from itertools.product(EDGES if arity <= 2 else FEWER, repeat=arity)


@each_op
def test_nothing_raises_for_a_number_forward(op):
    for xs in edge_inputs(op):
        assert type(op.forward(*xs)) is float, xs
        assert type(apply(op, *xs)) is float, xs
        assert type(apply(op, *map(Value, xs)).data) is float, xs


@each_op
def test_nothing_raises_for_a_number_backward(op):
    for xs in edge_inputs(op):
        inputs = [Value(x) for x in xs]
        apply(op, *inputs).backward()
        assert all(type(x.grad) is float for x in inputs), xs


@each_op
def test_nothing_raises_for_a_number_in_second_derivatives(op):
    edges = list(edge_inputs(op))
    for xs in edges if len(edges) < 400 else random.Random(0).sample(edges, 400):
        inputs = [Value(x) for x in xs]
        first = grad(lambda *v: apply(op, *v), range(len(xs)))(*inputs)
        autograd.sum(first).backward()
        assert all(type(x.grad) is float for x in inputs), xs


@each_op
def test_nan_in_gives_nan_out(op):
    """Except ops that ignore that input, and results of C99's `pow` and `hypot` that do not depend on it."""
    for xs in edge_inputs(op):
        known = (op.name in ("pow", "pow_constant", "pow_log") and (xs[1] == 0.0 or xs[0] == 1.0)) or (
            op.name in ("hypot", "norm") and any(map(math.isinf, xs))
        )
        chosen = xs[1:2] if op.name == "where" and xs[0] else xs[2:] if op.name == "where" else xs
        if op.name in ("leaky_relu", "elu") and xs[0] > 0.0:
            chosen = xs[:1]
        if op.name == "tanh_slope" and not isnan(xs[1]):
            chosen = xs[:1] if abs(xs[1]) >= 0.999 else xs[1:]
        if op.name == "pow_log":
            chosen = xs[:2] if xs[2] == inf else xs[::2]
        if any(map(isnan, chosen)) and not known:
            assert isnan(op.forward(*xs)), xs


@pytest.mark.parametrize(("name", "inputs", "expected"), [
    ("div", (1.0, 0.0), inf), ("div", (1.0, -0.0), -inf), ("div", (-1.0, 0.0), -inf), ("div", (0.0, 0.0), nan),
    ("div", (inf, inf), nan), ("div", (1.0, inf), 0.0), ("div", (1e308, 1e-308), inf), ("div", (-5e-324, 2.0), -0.0),
    ("mul", (inf, 0.0), nan), ("mul", (1e200, -1e200), -inf), ("sub", (inf, inf), nan), ("add", (1e308, 1e308), inf),
    ("pow", (0.0, 0.0), 1.0), ("pow", (0.0, -1.0), inf), ("pow", (-0.0, -1.0), -inf), ("pow", (-0.0, -2.0), inf),
    ("pow", (-8.0, 1.0 / 3.0), nan), ("pow", (-2.0, 3.0), -8.0), ("pow", (10.0, 400.0), inf),
    ("pow", (-10.0, 401.0), -inf),
    ("pow", (inf, -1.0), 0.0), ("pow", (nan, 0.0), 1.0), ("pow", (1.0, nan), 1.0), ("pow", (-inf, 3.0), -inf),
    ("pow", (-1.0, inf), 1.0), ("pow", (0.5, inf), 0.0), ("pow", (0.0, inf), 0.0), ("pow", (-0.0, 3.0), -0.0),
    ("reciprocal", (0.0,), inf), ("reciprocal", (-0.0,), -inf), ("reciprocal", (-inf,), -0.0),
    ("square", (1e200,), inf),
    ("exp", (1000.0,), inf), ("exp", (-1000.0,), 0.0), ("exp", (-inf,), 0.0), ("exp", (inf,), inf),
    ("expm1", (1000.0,), inf), ("expm1", (-inf,), -1.0), ("expm1", (-0.0,), -0.0), ("exp2", (1024.0,), inf),
    ("exp2", (-1075.0,), 0.0),
    ("log", (0.0,), -inf), ("log", (-0.0,), -inf), ("log", (-1.0,), nan), ("log", (inf,), inf), ("log", (-inf,), nan),
    ("log1p", (-1.0,), -inf), ("log1p", (-2.0,), nan), ("log1p", (-0.0,), -0.0), ("log2", (0.0,), -inf),
    ("log10", (-1.0,), nan),
    ("log10", (0.0,), -inf), ("log2", (-inf,), nan), ("sqrt", (-1.0,), nan), ("sqrt", (-0.0,), -0.0),
    ("sqrt", (inf,), inf),
    ("cbrt", (-inf,), -inf), ("cbrt", (-0.0,), -0.0), ("sin", (inf,), nan), ("cos", (-inf,), nan),
    ("tan", (inf,), nan), ("sin", (-0.0,), -0.0),
    ("asin", (2.0,), nan), ("acos", (-2.0,), nan), ("acos", (inf,), nan), ("atan", (inf,), PI / 2),
    ("atan", (-inf,), -PI / 2),
    ("atan2", (0.0, 0.0), 0.0), ("atan2", (0.0, -0.0), PI), ("atan2", (-0.0, -1.0), -PI),
    ("atan2", (inf, -inf), 3 * PI / 4),
    ("sinh", (1000.0,), inf), ("sinh", (-1000.0,), -inf), ("cosh", (-1000.0,), inf),
    ("tanh", (-1000.0,), -1.0), ("tanh", (inf,), 1.0),
    ("asinh", (-inf,), -inf), ("acosh", (0.5,), nan), ("acosh", (-inf,), nan), ("acosh", (inf,), inf),
    ("atanh", (1.0,), inf), ("atanh", (-1.0,), -inf), ("atanh", (1.5,), nan), ("atanh", (inf,), nan),
    ("hypot", (inf, nan), inf), ("hypot", (1e308, 1e308), math.hypot(1e308, 1e308)), ("hypot", (1.7e308, 1.7e308), inf),
    ("erf", (inf,), 1.0), ("erfc", (-inf,), 2.0), ("lgamma", (0.0,), inf), ("lgamma", (-3.0,), inf),
    ("lgamma", (-inf,), inf), ("lgamma", (1e306,), inf),
    ("digamma", (0.0,), -inf), ("digamma", (-0.0,), inf), ("digamma", (-1.0,), nan), ("digamma", (inf,), inf),
    ("polygamma", (1.0, 0.0), inf),
    ("polygamma", (1.0, inf), 0.0), ("sign", (-0.0,), 0.0), ("sign", (-inf,), -1.0), ("floor", (-0.0,), -0.0),
    ("floor", (inf,), inf),
    ("floor", (-0.5,), -1.0), ("ceil", (-0.5,), -0.0), ("ceil", (-inf,), -inf), ("floor", (1e300,), 1e300),
    ("step", (inf,), 1.0), ("step", (-inf,), 0.0),
    ("relu", (-inf,), 0.0), ("relu", (inf,), inf), ("leaky_relu", (-inf, 0.01), -inf),
    ("elu", (-inf, 1.0), -1.0), ("elu", (-1000.0, 1.0), -1.0),
    ("sigmoid", (1000.0,), 1.0), ("sigmoid", (-1000.0,), 0.0), ("sigmoid", (-inf,), 0.0),
    ("softplus", (1000.0,), 1000.0),
    ("softplus", (-1000.0,), 0.0), ("softplus", (inf,), inf), ("log_sigmoid", (-1000.0,), -1000.0),
    ("log_sigmoid", (1000.0,), -0.0),
    ("log_sigmoid", (-inf,), -inf), ("silu", (-1000.0,), -0.0), ("silu", (1000.0,), 1000.0),
    ("gelu", (-1000.0,), -0.0), ("gelu", (1000.0,), 1000.0),
    ("mish", (-1000.0,), -0.0), ("mish", (1000.0,), 1000.0), ("gelu", (inf,), inf), ("silu", (inf,), inf),
    ("mish", (inf,), inf),
    ("hardtanh", (inf,), 1.0), ("hardtanh", (-inf,), -1.0), ("logsumexp", (1000.0, 1000.0), 1000.0 + math.log(2.0)),
    ("logsumexp", (-1000.0, -1000.0), -1000.0 + math.log(2.0)), ("logsumexp", (-inf, -inf), -inf),
    ("logsumexp", (inf, 1.0), inf),
    ("logsumexp", (-inf, 2.0), 2.0), ("max", (-inf, 3.0), 3.0), ("min", (-inf, 3.0), -inf),
    ("norm", (inf, nan), inf), ("sum", (inf, -inf), nan),
    ("prod", (inf, 0.0), nan), ("dot", (inf, 0.0, 1.0), nan), ("where", (nan, 1.0, 2.0), 1.0),
    ("clip", (inf, 0.0, 1.0), 1.0),
])  # fmt: skip
def test_results_follow_ieee_754(name, inputs, expected):
    """As in C, NumPy and PyTorch; the sign of a zero counts."""
    got = apply(BY_NAME[name], *inputs)
    assert repr(got) == repr(expected) or (got == expected != 0.0)
    assert repr(apply(BY_NAME[name], *map(Value, inputs)).data) == repr(got)


@pytest.mark.parametrize(("f", "x", "slope"), [
    (lambda x: 1.0 / x, 0.0, -inf), (autograd.log, 0.0, inf), (autograd.log1p, -1.0, inf),
    (autograd.asin, 1.0, inf), (autograd.acos, 1.0, -inf),
    (autograd.atanh, 1.0, inf), (autograd.acosh, 1.0, inf), (autograd.cbrt, 0.0, inf),
    (autograd.exp, 1000.0, inf), (autograd.exp, -inf, 0.0),
    (autograd.sigmoid, 1000.0, 0.0), (autograd.softplus, 1000.0, 1.0), (autograd.softplus, -1000.0, 0.0),
    (autograd.log_sigmoid, -1000.0, 1.0),
    (autograd.tanh, 1000.0, 0.0), (autograd.erf, inf, 0.0), (autograd.gelu, 1000.0, 1.0),
    (autograd.silu, 1000.0, 1.0), (autograd.mish, 1000.0, 1.0),
    (autograd.gelu, -1000.0, 0.0), (autograd.silu, -1000.0, 0.0), (autograd.mish, -1000.0, 0.0),
    (autograd.relu, inf, 1.0), (autograd.sqrt, inf, 0.0),
    (autograd.atan, inf, 0.0), (autograd.asinh, -inf, 0.0), (autograd.lgamma, inf, inf),
    (autograd.elu, -inf, 0.0), (autograd.selu, -1000.0, 0.0),
])  # fmt: skip
def test_derivatives_follow_ieee_754(f, x, slope):
    assert slopes(f, x) == [slope]


@pytest.mark.parametrize("f", [autograd.log, autograd.sqrt, autograd.asin, autograd.acosh])
def test_outside_the_domain_the_value_is_nan(f):
    assert isnan(f(Value(-2.0)).data)
    assert isnan(f(-2.0))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("offset", [0.0, 1000.0, -1000.0])
def test_logsumexp_and_softmax_are_stable_at_a_thousand(size, offset):
    xs = [offset + 0.25 * i for i in range(size)]
    mp.prec = 200
    exact = [mp.exp(mpf(x) - mpf(offset)) for x in xs]
    assert autograd.logsumexp(xs) == pytest.approx(float(mp.log(sum(exact)) + offset), rel=1e-15)
    shares = [float(e / sum(exact)) for e in exact]
    assert autograd.softmax(xs) == pytest.approx(shares, rel=1e-14)
    assert grad(autograd.logsumexp)(xs) == pytest.approx(shares, rel=1e-12)


def test_dot_is_its_partials_in_order():
    values = [Value(float(k)) for k in range(1, 8)]
    apply(DOT, *values).backward()
    assert [v.grad for v in values] == [4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 1.0]


def test_dot_of_an_even_number_of_inputs_is_an_error():
    with pytest.raises((TypeError, ValueError)):
        apply(DOT, 2.0, 3.0)
    with pytest.raises((TypeError, ValueError)):
        apply(DOT, Value(2.0), 3.0, 4.0, 5.0)


# The rows as objects.


@each_op
def test_a_row_is_copied_and_pickled_as_itself(op):
    assert copy.copy(op) is op
    assert copy.deepcopy(op) is op
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(op, protocol)) is op


def triple(x):
    return 3.0 * x


def triple_partials(x, z):
    return (3.0,)


@pytest.mark.parametrize("name", ["triple", "exp", "EXP", "op", "math"])
def test_an_op_of_the_user_is_pickled_by_its_parts(name):
    op = Op(name, triple, triple_partials)
    again = pickle.loads(pickle.dumps(op))
    assert again == op
    assert again is not EXP
    assert copy.deepcopy(op) == op


def test_an_op_is_a_plain_tuple_of_three_and_of_optional_fields():
    name, forward, partials, *others = MUL
    assert others == [MUL.symbol, MUL.domain] == ["\N{MULTIPLICATION SIGN}", None]
    assert (*Op(name, forward, partials),) == (name, forward, partials, "", None)
    assert (name, forward(2.0, 3.0), partials(2.0, 3.0, 6.0)) == ("mul", 6.0, (3.0, 2.0))


def test_where_in_a_rule_gives_only_the_input_it_chooses():
    """A node would turn False into 0.0, and let the derivative of the other input in: 0.0 times an infinity is NaN."""
    x, y = Value(2.0), Value(nan)
    assert WHERE(True, False, y) is WHERE(x > 0.0, False, y) is WHERE(x, False, y) is False
    assert WHERE(x < 0.0, y, x).inputs == WHERE(Value(0.0), y, x).inputs == (x,)
    assert WHERE(0.0, y, 1.0) == 1.0
    with autograd.no_grad():
        assert WHERE(x > 0.0, x, y).data == 2.0


def test_an_op_is_called_like_a_function():
    assert MUL(2.0, 3.0) == 6.0
    assert MUL(2.0, Value(3.0)).data == 6.0
    assert SUM(1.0, 2.0, Value(3.0)).op is SUM


def test_a_constant_exponent_has_its_own_row():
    assert (Value(2.0) ** 3.0).op is POW_CONSTANT
    assert (Value(2.0) ** Value(3.0)).op is POW
    assert (2.0 ** Value(3.0)).op is POW


def test_detach_and_identity_differ_only_in_their_derivative():
    assert DETACH.forward(2.5) == IDENTITY.forward(2.5) == 2.5
    assert DETACH.partials(2.5, 2.5) == (0.0,)
    assert IDENTITY.partials(2.5, 2.5) == (1.0,)
