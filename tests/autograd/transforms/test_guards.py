"""Derivatives that pass only where a comparison holds: recorded and then run, the same bits as run at once."""

import math
from itertools import product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import OPS, Op, Value, apply, ops, where
from autograd.scalars import NOTHING
from autograd.transforms.guards import Guarded, both, finished, guard_of, plus, times

pytest.importorskip("numpy")

from autograd.compiler.compiled import compile
from autograd.compiler.program.program import program_of
from autograd.compiler.program.simplify import simplified
from autograd.compiler.run.replay import Replay
from autograd.compiler.trace.tracing import traced, unknown
from autograd.testing.draw.domains import DOMAINS
from autograd.transforms.structures import flatten

POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, inf, -inf, nan, 1e308, 5e-324, 1000.0, -1000.0]
numbers = st.sampled_from(POINTS) | st.floats(-3.0, 3.0)


def bits(tree):
    """Return the numbers of a nesting so that == means the same bits, any NaN the same as another."""
    numbers = [x.data if isinstance(x, Value) else x for x in flatten(tree, "a result")[0]]
    return ["nan" if x != x else x.hex() for x in numbers]


def recorded(f, count):
    """Return f recorded once, then replayed with the bits of Python's own arithmetic."""
    arguments = [unknown() for _ in range(count)]
    outputs, structure = flatten(traced(f, arguments), "the result")
    program = simplified(program_of(outputs, arguments))
    replay = Replay(program, [False] * count, [])
    return lambda *xs: structure.unflatten(replay([*xs, *[x.data for x in program.captured]], []))


CHOICES = {
    "where": lambda x, y: where(x > 0.0, autograd.sqrt(x), 0.0),
    "where of infinities": lambda x, y: where(x > y, autograd.log(x), autograd.log(y)),
    "where by a number": lambda x, y: where(x, y / x, autograd.sqrt(y)),
    "nested where": lambda x, y: where(x > 0.0, where(y > 0.0, autograd.sqrt(x * y), y), autograd.log(-x)),
    "relu": lambda x, y: autograd.relu(x) * y,
    "relu of an infinite slope": lambda x, y: autograd.relu(autograd.sqrt(x)) + autograd.log(autograd.relu(y)),
    "relu below a pole": lambda x, y: autograd.sqrt(autograd.relu(x) * y),
    "leaky_relu": lambda x, y: apply(ops.LEAKY_RELU, x, y),
    "elu": lambda x, y: apply(ops.ELU, x, y),
    "a slope of infinite slope": lambda x, y: autograd.leaky_relu(x, autograd.sqrt(y)) + autograd.elu(x, y**0.5),
    "gelu and selu": lambda x, y: autograd.gelu(x) * autograd.selu(y),
    "hypot and atan2": lambda x, y: autograd.hypot(x, y) + autograd.atan2(x, y),
    "arcs": lambda x, y: autograd.asin(x) + autograd.acosh(y) + autograd.atanh(x) + autograd.cbrt(y),
    "logsumexp": lambda x, y: autograd.logsumexp([x, y, 0.0]),
    "hardtanh": lambda x, y: autograd.log(autograd.hardtanh(x)) * y,
    "abs": lambda x, y: autograd.sqrt(autograd.abs(x)) * y,
    "sign": lambda x, y: autograd.sign(x) * autograd.sqrt(y),
    "step": lambda x, y: autograd.sqrt(autograd.step(x)) + autograd.floor(y) * autograd.ceil(x),
    "clip": lambda x, y: autograd.clip(autograd.sqrt(x), y, 1.0),
    "crossed clip": lambda x, y: autograd.clip(x, 1.0, y),
    "maximum": lambda x, y: autograd.maximum(x, y) * x,
    "minimum": lambda x, y: autograd.minimum(autograd.log(x), autograd.sqrt(y)),
    "tied maximum": lambda x, y: autograd.maximum(x, x) + autograd.maximum(x + 0.0, x),
    "shares of max": lambda x, y: autograd.max([x, y, x, 0.0]) * y,
    "shares of min": lambda x, y: autograd.sqrt(autograd.min([x, y, 1.0, y])),
    "max of one": lambda x, y: autograd.max([autograd.sqrt(x)]) * y,
    "power": lambda x, y: apply(ops.POW, x, y),
    "power 0": lambda x, y: x**0.0 * y + autograd.sqrt(y) ** 0,
    "detach": lambda x, y: autograd.sqrt(x).detach() * y if isinstance(x, Value) else math.sqrt(x) * y,
    "softmax": lambda x, y: autograd.softmax([x, y, 1.0])[1],
    "norm": lambda x, y: autograd.norm([x, y, 0.0]),
    "unused": lambda x, y: x * 2.0,
    "nothing passes": lambda x, y: autograd.sign(x) + autograd.floor(y),
    "several uses": lambda x, y: autograd.relu(x) + autograd.relu(-x) + autograd.relu(x * y) * autograd.relu(y),
}
GRADIENTS = {name: autograd.grad(f, argnums=(0, 1)) for name, f in CHOICES.items()}
CORNERS = [(x, y) for x in POINTS for y in POINTS]


@pytest.mark.parametrize("name", CHOICES)
def test_recorded_gradients_have_the_bits_of_eager_ones(name):
    eager = GRADIENTS[name]
    replay = recorded(eager, 2)
    for point in CORNERS:
        assert bits(replay(*point)) == bits(eager(*point)), point


@pytest.mark.parametrize("name", CHOICES)
def test_compiled_gradients_are_the_eager_ones(name):
    """The same specials, signs of zeros too; other numbers within a few ulp, which is where exp and log are."""
    pytest.importorskip("llvmlite")
    eager = GRADIENTS[name]
    native = compile(eager)
    for point in CORNERS:
        for found, expected in zip(native(*point), eager(*point), strict=True):
            if found == 0.0 or not math.isfinite(expected):
                assert bits(found) == bits(expected), point
            else:
                assert found == pytest.approx(expected, rel=1e-14), point


@given(st.sampled_from(sorted(CHOICES)), st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8))
def test_rows_of_gradients_are_the_eager_ones(name, rows):
    pytest.importorskip("llvmlite")
    import numpy

    eager = GRADIENTS[name]
    native = _ROWS.setdefault(name, compile(eager, in_axes=0))
    found = native(*[numpy.array(column) for column in zip(*rows, strict=True)])
    for k, point in enumerate(rows):
        for column, expected in zip(found, eager(*point), strict=True):
            if column[k] == 0.0 or not math.isfinite(expected):
                assert bits(float(column[k])) == bits(expected), point
            else:
                assert column[k] == pytest.approx(expected, rel=1e-14), point


_ROWS: dict = {}


# Inputs that are not chosen: a derivative of NaN, wherever a rule answers with False.

SPOILED = Op("spoiled", lambda x, number: number, lambda x, number, z: (nan * x, False))
GRID = (-2.0, -1.0, 0.0, 0.5, 1.0, 3.0)


def masked():
    """Yield ops, inputs and a place among them whose derivative does not pass: two points for each place.

    Powers choose by what they are computed from: see `test_ops`.
    """
    for op in [op for op in OPS if op not in (ops.POW, ops.POW_CONSTANT)]:
        domain = DOMAINS[op]
        count = 3 if domain.counts else len(domain.inputs)
        for place in range(count):
            found = [xs for xs in product(GRID, repeat=count) if op.partials(*xs, op.forward(*xs))[place] is False]
            yield from [(op, xs, place) for xs in {found[0], found[-1]}] if found else ()


MASKED = sorted(masked(), key=lambda case: (case[0].name, case[2], case[1]))


def spoiled(op, xs, place, spoil):
    """Return a function of one number that is xs at 0, with one of them spoiled or else constant."""

    def f(t):
        moved = [x + weight * t for x, weight in zip(xs, (1.0, -0.5, 0.25), strict=False)]
        moved[place] = apply(SPOILED, t, xs[place]) if spoil else xs[place]
        return apply(op, *moved)

    return f


def derivatives(f):
    """Return derivatives of f of order 1 and 2, each in several ways."""
    first, second = autograd.grad(f), autograd.grad(autograd.grad(f))
    pushed = [lambda t: autograd.jvp(f, (t,), (1.0,))[1], lambda t: autograd.jvp(first, (t,), (1.0,))[1]]
    return [first, second, *pushed, lambda t: autograd.hessian(lambda v: f(v[0]))([t])[0][0]]


def test_every_row_that_chooses_is_masked():
    assert {op.name for op, _, _ in MASKED} >= {
        *("where", "maximum", "minimum", "max", "min", "clip", "leaky_relu", "elu", "relu"),
        *("hardtanh", "sign", "step", "floor", "ceil", "detach"),
    }


@pytest.mark.parametrize(("op", "xs", "place"), MASKED, ids=lambda x: getattr(x, "name", str(x)))
def test_an_input_that_is_not_chosen_leaves_no_trace(op, xs, place):
    for clean, f in zip(
        derivatives(spoiled(op, xs, place, False)), derivatives(spoiled(op, xs, place, True)), strict=True
    ):
        expected = bits(clean(0.0))
        assert bits(f(0.0)) == bits(f(Value(0.0))) == expected
        assert bits(recorded(f, 1)(0.0)) == expected


@pytest.mark.parametrize(("op", "xs", "place"), MASKED[::3], ids=lambda x: getattr(x, "name", str(x)))
def test_an_input_that_is_not_chosen_leaves_no_trace_in_native_code(op, xs, place):
    pytest.importorskip("llvmlite")
    for k in range(2):
        clean, f = (derivatives(spoiled(op, xs, place, spoil))[k] for spoil in (False, True))
        assert bits(compile(f)(0.0)) == bits(clean(0.0))


# Second derivatives at the edges, each function of one number.

EDGES = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 1e308, -1e308, 1000.5, -1000.5, 0.75]
OF_ONE = [op for op in OPS if len(DOMAINS[op].inputs) == 1 and not DOMAINS[op].counts]


@pytest.mark.parametrize("op", OF_ONE, ids=lambda op: op.name)
def test_recorded_second_derivatives_at_edges_have_the_bits_of_eager_ones(op):
    second = autograd.grad(autograd.grad(lambda x: apply(op, x)))
    replay = recorded(second, 1)
    for x in EDGES:
        assert bits(replay(x)) == bits(second(x)) == bits(second(Value(x))), x


@pytest.mark.parametrize("op", OF_ONE, ids=lambda op: op.name)
def test_compiled_second_derivatives_at_edges_are_the_eager_ones(op):
    pytest.importorskip("llvmlite")
    import numpy

    second = autograd.grad(autograd.grad(lambda x: apply(op, x)))
    native, rows = compile(second), compile(second, in_axes=0)(numpy.array(EDGES)).tolist()
    for x, row in zip(EDGES, rows, strict=True):
        assert [native(x), row] == pytest.approx([second(x)] * 2, rel=1e-12, abs=1e-300, nan_ok=True), x


def test_the_branch_not_taken_may_have_an_infinite_slope():
    gradient = recorded(autograd.grad(lambda x: where(x > 0.0, autograd.sqrt(x), 0.0)), 1)
    assert (gradient(4.0), gradient(0.0), gradient(-1.0)) == (0.25, 0.0, 0.0)


def test_the_taken_branch_keeps_its_infinite_slope():
    gradient = recorded(autograd.grad(lambda x: where(x >= 0.0, autograd.sqrt(x), 0.0)), 1)
    assert gradient(0.0) == inf


def test_ties_share():
    gradient = recorded(autograd.grad(lambda *xs: autograd.max(xs), argnums=(0, 1, 2, 3)), 4)
    assert gradient(1.0, 1.0, 0.0, 1.0) == (1 / 3, 1 / 3, 0.0, 1 / 3)
    assert gradient(1.0, 2.0, 2.0, -inf) == (0.0, 0.5, 0.5, 0.0)
    assert gradient(inf, 2.0, inf, 0.0) == (0.5, 0.0, 0.5, 0.0)


@given(st.sampled_from(sorted(CHOICES)), st.tuples(numbers, numbers))
def test_forward_mode_has_the_bits_of_eager(name, point):
    def pushed(x, y):
        return autograd.jvp(CHOICES[name], (x, y), (1.0, 0.5))

    replay = _PUSHED.setdefault(name, recorded(pushed, 2))
    assert bits(replay(*point)) == bits(pushed(*point))


_PUSHED: dict = {}


# The pieces.


def test_false_and_its_number_let_nothing_pass():
    assert guard_of(False) is False
    assert guard_of(NOTHING) is False
    assert guard_of(0.0) is True
    assert guard_of(1.0) is True


def test_a_comparison_is_its_own_guard():
    x = unknown()
    holds = traced(lambda x: x > 0.0, [x])
    assert guard_of(holds) is holds
    assert guard_of(x) is True


def test_a_choice_passes_where_the_chosen_does():
    x = unknown()
    assert traced(lambda x: guard_of(where(x, 1.0, 2.0)), [x]) is True
    assert traced(lambda x: guard_of(where(x, False, False)), [x]) is False
    assert traced(lambda x: guard_of(where(x, 1.0, False)), [x]).op is ops.NOT_EQUAL
    assert traced(lambda x: guard_of(where(x, False, 1.0)), [x]).op is ops.EQUAL
    condition = traced(lambda x: x > 0.0, [x])
    assert traced(lambda x: guard_of(where(condition, x, False)), [x]) is condition


def test_both_takes_what_is_not_certain():
    x, y = unknown(), unknown()
    assert both(True, x) is x
    assert both(x, True) is x
    assert traced(both, [x, y]).op is ops.MUL


def test_a_product_with_nothing_is_nothing():
    assert times(2.0, False, lambda x, y: x * y) is None
    assert times(2.0, NOTHING, lambda x, y: x * y) is None
    assert times(2.0, 3.0, lambda x, y: x * y) == 6.0


def test_a_comparison_among_the_inputs_is_a_number():
    x = unknown()
    holds = traced(lambda x: x > 0.0, [x])
    product = traced(lambda x: times(x, holds, lambda a, b: a * b, (x, holds)), [x])
    assert product.op is ops.MUL
    assert isinstance(traced(lambda x: times(x, holds, lambda a, b: a * b), [x]), Guarded)


def test_a_derivative_that_did_not_pass_adds_minus_zero_and_ends_as_zero():
    x, y = unknown(), unknown()
    guards = traced(lambda x, y: (x > 0.0, y > 0.0), [x, y])
    first, second = Guarded(x, guards[:1]), Guarded(y, guards[1:])
    replayed = recorded(lambda a, b: [finished(plus(Guarded(a, (a > 0.0,)), Guarded(b, (b > 0.0,))))], 2)
    assert bits(replayed(-1.0, -1.0)) == bits([0.0])
    assert bits(replayed(-1.0, 5.0)) == bits([5.0])
    total = traced(lambda: plus(first, second), [])
    assert total.settled
    assert total.guards == guards
    assert traced(lambda: plus(total, second), []).guards == guards


def test_a_guarded_sum_with_a_certain_one_is_certain():
    replayed = recorded(lambda a, b: plus(Guarded(a, (b > 0.0,)), b), 2)
    assert bits(replayed(1.0, -0.0)) == bits([-0.0])
    assert replayed(1.0, 2.0) == 3.0


def test_a_comparison_that_is_a_factor_multiplies():
    gradient = autograd.grad(lambda x: autograd.sqrt(x * (x > 0.0)))
    assert bits(recorded(gradient, 1)(0.0)) == bits(gradient(0.0))
