"""Which derivatives can be other than 0, found from the rules of the table."""

import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import OPS, Op, Value, apply, ops
from autograd.testing.strategies import points
from autograd.transforms import patterns
from autograd.transforms.patterns import hessian_rows, jacobian_rows, pairs, passes
from autograd.transforms.recording import record

FLAT = {ops.SIGN, ops.STEP, ops.FLOOR, ops.CEIL, ops.DETACH}
LINEAR = {
    ops.ADD, ops.SUB, ops.NEG, ops.IDENTITY, ops.SUM, ops.WHERE, ops.MAXIMUM, ops.MINIMUM, ops.MAX, ops.MIN,
    ops.CLIP, ops.RELU, ops.ABS, ops.HARDTANH,
}  # fmt: skip


def unknown(op):
    """Return how many inputs an op is tried with, none of them known but the order of polygamma and exponents."""
    if op in (ops.POLYGAMMA, ops.POW_CONSTANT):
        return (1.0, None) if op is ops.POLYGAMMA else (None, 3.0)
    return (
        (None,) * {ops.WHERE: 3, ops.CLIP: 3, ops.DOT: 5}.get(op, op.forward.__code__.co_argcount or 2)
        if hasattr(op.forward, "__code__")
        else (None,) * (2 if op in (ops.ATAN2, ops.HYPOT, ops.NORM) else 1)
    )


def hessian_pattern(f, *numbers):
    return hessian_rows(record(f, (list(numbers),), {}, [0]))


def jacobian_pattern(f, *numbers):
    return jacobian_rows(record(f, (list(numbers),), {}, [0]))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_rule_says_what_passes_without_numbers(op):
    known = unknown(op)
    assert any(passes(op, known)) is (op not in FLAT)
    assert bool(pairs(op, known)) is (op not in FLAT | LINEAR)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@given(data=st.data())
def test_no_second_derivative_lies_outside_of_the_pairs(op, data):
    numbers = data.draw(points(op))
    fixed = op in (ops.POLYGAMMA, ops.POW_CONSTANT)
    free = [0 if op is ops.POW_CONSTANT else 1] if fixed else list(range(len(numbers)))

    def f(v):
        given = list(numbers)
        for place, x in zip(free, v, strict=True):
            given[place] = x
        return apply(op, *given)

    chosen = [numbers[place] for place in free]
    rows = hessian_pattern(f, *chosen)
    second = autograd.hessian(f)(chosen)
    for i, row in enumerate(second):
        for j, x in enumerate(row):
            assert x == 0.0 or j in rows[i]


def test_a_product_has_only_mixed_second_derivatives_and_a_quotient_none_of_its_numerator():
    assert pairs(ops.MUL, (None, None)) == [(0, 1)]
    assert pairs(ops.DIV, (None, None)) == [(0, 1), (1, 1)]
    assert pairs(ops.MUL, (None, 2.0)) == []


def test_powers_are_told_apart_by_their_exponents():
    assert [pairs(ops.POW_CONSTANT, (None, y)) for y in (0.0, 1.0, 2.0)] == [[], [], [(0, 0)]]


def test_a_dot_has_a_pair_for_each_weight():
    assert pairs(ops.DOT, (None,) * 7) == [(0, 3), (1, 4), (2, 5)]
    assert pairs(ops.DOT, (None, None, None, 1.0, 2.0, 3.0, None)) == []


def test_a_rule_that_wants_to_know_its_numbers_counts_for_every_pair():
    op = Op("mine", lambda x, y: x * y, lambda x, y, z: (y if x > 0.0 else 2.0 * y, x))
    assert passes(op, (None, None)) == (True, True)
    assert pairs(op, (None, None)) == [(0, 0), (0, 1), (1, 1)]


def test_both_sides_of_a_condition_count_and_the_condition_does_not():
    rows = hessian_pattern(lambda v: autograd.where(v[0] > 0.0, v[1] ** 2, v[2] ** 3), 1.0, 2.0, 3.0)
    assert rows == [[], [1], [2]]
    assert jacobian_pattern(lambda v: autograd.where(v[0] > 0.0, v[1], v[2]), 1.0, 2.0, 3.0) == [[1, 2]]
    assert jacobian_pattern(lambda v: autograd.maximum(v[0], v[1]), 1.0, 2.0) == [[0, 1]]


def test_only_operations_on_the_way_to_the_output_count():
    rows = hessian_pattern(lambda v: [v[0] * v[1], v[1] * 3.0 + apply(ops.DETACH, v[0] * v[0])][1], 1.0, 2.0)
    assert rows == [[], []]


def test_what_an_operation_depends_on_spreads_through_those_after_it():
    rows = hessian_pattern(lambda v: ((v[0] + v[1]) * 2.0 - v[3]) ** 2 + v[2], 1.0, 2.0, 3.0, 4.0)
    assert rows == [[0, 1, 3], [0, 1, 3], [], [0, 1, 3]]


def test_captured_values_and_plain_numbers_have_no_place():
    w = Value(2.0)
    assert jacobian_pattern(lambda v: [w * v[0], w, 3.0, v[1]], 1.0, 2.0) == [[0], [], [], [1]]
    assert hessian_pattern(lambda v: w * v[0] * v[1], 1.0, 2.0) == [[1], [0]]


def test_sets_that_nobody_asks_for_any_more_are_given_back(monkeypatch):
    n, sizes = 400, []
    spread = patterns._spread

    def seen(*args):
        for node, found in spread(*args):
            sizes.append(sum(map(len, found.values())))
            yield node, found

    monkeypatch.setattr(patterns, "_spread", seen)
    assert jacobian_pattern(lambda v: builtins.sum(v[1:], v[0]), *[1.0] * n) == [list(range(n))]
    assert max(sizes) <= 2 * n


def test_many_operations_on_the_same_inputs_are_looked_at_once_each():
    def f(v):
        total = autograd.sum(v)
        for _ in range(300):
            total = total * total * 0.5
        return total

    assert hessian_pattern(f, *[0.1] * 60) == [list(range(60))] * 60
