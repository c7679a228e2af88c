"""Shorter programs: constants, repeats, dead code, and never another bit."""

import math
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, ops, where
from autograd.compiler.program.program import program_of
from autograd.compiler.program.simplify import simplified
from autograd.compiler.trace.tracing import traced, unknown
from autograd.testing.strategies import expressions
from autograd.transforms.structures import flatten

pytest.importorskip("numpy")

from autograd.compiler.run.replay import Replay

SPECIAL = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 5e-324, 1e308, 2.4812004510348125]


def recorded(f, count=1):
    arguments = [unknown("xyz"[k]) for k in range(count)]
    return program_of(flatten(traced(f, arguments), "the result")[0], arguments)


def lines(f, count=1):
    """Return the operations that are left of a function, by name."""
    return [op.name for op, _ in simplified(recorded(f, count)).code]


def results(program, point):
    numbers = Replay(program, [False] * len(point), [])([*point, *[x.data for x in program.captured]], [])
    return ["nan" if x != x else x.hex() for x in numbers]


def in_order(f, order):
    gradient = autograd.grad(f, argnums=tuple(range(len(f.inputs))))
    return (f, gradient, autograd.hessian(f, argnums=tuple(range(len(f.inputs)))))[order]


@pytest.mark.parametrize("order", [0, 1, 2])
@given(f=expressions(max_nodes=12, inputs=2), data=st.data())
def test_results_keep_every_bit(order, f, data):
    program = recorded(in_order(f, order), 2)
    shorter = simplified(program)
    assert len(shorter.code) <= len(program.code)
    any_floats = data.draw(st.tuples(*[st.sampled_from(SPECIAL) | st.floats()] * 2))
    for point in (f.inputs, any_floats):
        assert results(shorter, point) == results(program, point)


@given(expressions(max_nodes=12, inputs=2))
def test_a_second_time_changes_nothing(f):
    once = simplified(recorded(autograd.grad(f), 2))
    assert str(simplified(once)) == str(once)


def test_operations_on_constants_are_done_now():
    program = simplified(recorded(lambda x: x * apply(ops.EXP, traced(lambda: Value(1.0), [])) * 2.0))
    assert [op.name for op, _ in program.code] == ["exp", "mul", "mul"], "a captured Value is no constant"
    program = simplified(recorded(lambda x: autograd.where(x, 2.0, 2.0) * x))
    assert program.constants == (2.0,)
    assert [op.name for op, _ in program.code] == ["mul"]


def test_what_follows_from_constants_is_a_constant_too():
    def f(x):
        two = where(x, 2.0, 2.0)
        return autograd.sqrt(two * 8.0) + x

    program = simplified(recorded(f))
    assert program.constants == (4.0,)
    assert [op.name for op, _ in program.code] == ["add"]


def test_repeats_are_done_once():
    assert lines(lambda x: autograd.exp(x) * autograd.exp(x)) == ["exp", "mul"]
    assert lines(lambda x, y: [x * y + 1.0, x * y + 1.0], 2) == ["mul", "add"]


def test_operands_in_another_order_are_another_operation():
    assert lines(lambda x, y: [x * y, y * x], 2) == ["mul", "mul"]


def test_dead_code_is_left_out():
    program = simplified(recorded(lambda x: where(1.0 * where(x, 1.0, 1.0), x * 3.0, autograd.exp(x) * Value(7.0))))
    assert str(program) == "v0 = x\nv1 = 3.0\nv2 = mul v0 v1\nreturn v2"


@pytest.mark.parametrize(
    "same",
    [
        lambda x: x * 1.0,
        lambda x: 1.0 * x,
        lambda x: x / 1.0,
        lambda x: x + -0.0,
        lambda x: -0.0 + x,
        lambda x: x - 0.0,
        lambda x: x**1.0,
        lambda x: x**1,
        lambda x: where(x > 0.0, x, x),
        lambda x: x.detach(),
        lambda x: apply(ops.IDENTITY, x),
    ],
)
def test_what_changes_no_number_is_left_out(same):
    assert lines(same) == []


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x + 0.0,  # -0.0 turns into 0.0
        lambda x: 0.0 + x,
        lambda x: x - -0.0,
        lambda x: 0.0 - x,
        lambda x: x * 0.0,  # NaN for inf
        lambda x: x * -1.0,
        lambda x: x - x,  # NaN for inf
        lambda x: x / x,
        lambda x: 1.0 / x,
        lambda x: autograd.sum([x]),
        lambda x: autograd.max([x]),
        lambda x: -x,
    ],
)
def test_what_changes_a_bit_for_some_number_stays(other):
    program = recorded(other)
    assert len(simplified(program).code) == len(program.code)


@pytest.mark.parametrize("power", [lambda x: x**0, lambda x: x**-0.0, lambda x: autograd.apply(ops.POW, x, 0.0)])
def test_a_power_of_zero_is_one_for_every_number(power):
    program = simplified(recorded(power))
    assert not program.code
    for x in SPECIAL:
        assert results(program, [x]) == results(recorded(power), [x]) == [(1.0).hex()]


def test_a_power_of_two_is_not_a_product():
    """C's pow rounds x**2 to another double than x * x for one number in a thousand."""
    x = 2.4812004510348125
    assert results(simplified(recorded(lambda x: x**2)), [x]) == [(x**2).hex()]


def test_an_op_of_your_own_is_neither_run_nor_lost():
    calls = []
    own = Op("own", lambda x: calls.append(x) or x, lambda x, z: (1.0,))

    def f(x):
        return apply(own, where(x, 2.0, 2.0)) + x

    program = recorded(f)
    calls.clear()
    assert [op.name for op, _ in simplified(program).code] == ["own", "add"]
    assert calls == []


def test_arguments_keep_their_places_and_captured_values_go_if_unused():
    v, w = Value(2.0, label="v"), Value(3.0, label="w")
    program = simplified(recorded(lambda x, y, z: z * w + where(1.0 * where(x, 1.0, 1.0), 0.0, v), 3))
    assert program.names == ("x", "y", "z")
    assert [x.label for x in program.captured] == ["w"]


def test_outputs_may_turn_into_arguments_and_constants():
    program = simplified(recorded(lambda x: [x * 1.0, where(x, 5.0, 5.0), x, math.inf]))
    assert str(program) == "v0 = x\nv1 = 5.0\nv2 = inf\nreturn v0 v1 v0 v2"


def test_nan_is_a_constant_like_any_other():
    program = simplified(recorded(lambda x: [x + nan, x + -nan]))
    assert len(program.constants) == 1
    assert len(program.code) == 1


def test_ops_that_are_equal_are_one():
    twins = [Op("own", math.exp, ops.EXP.partials) for _ in range(2)]
    program = recorded(lambda x: [apply(op, x) for op in twins], 1)
    assert [op.name for op, _ in simplified(program).code] == ["own"]
