"""The table of domains: it covers OPS, its breaks are breaks, and it reports what it does not know."""

import math

import pytest

import autograd
from autograd import OPS, Op
from autograd.ops import DETACH, DOT, LOG, MAX, POW_CONSTANT, SUM
from autograd.testing.draw.domains import BY_NAME, DOMAINS, Choice, Domain, Interval, domain_of

BREAKS = [
    (op, place, b)
    for op in OPS
    for place, part in enumerate(DOMAINS[op].inputs)
    if isinstance(part, Interval)
    for b in part.breaks
    if part.low <= b <= part.high
]
OTHERS = {"where": (0.0, 1.0, 3.0), "leaky_relu": (0.0, 0.5), "elu": (0.0, 0.5), "div": (1.0, 0.0), "pow": (0.0, 0.5)}
OTHERS["pow_log"] = (0.0, 0.5, 0.7)
MEETINGS = {
    "maximum": [(2.0, 2.0)],
    "minimum": [(2.0, 2.0)],
    "clip": [(1.0, 1.0, 3.0), (3.0, 1.0, 3.0), (5.0, 3.0, 3.0)],
    "atan2": [(0.0, -1.0), (0.0, 0.0)],
    "hypot": [(0.0, 0.0)],
    "norm": [(0.0, 0.0, 0.0), (0.0,)],
    "max": [(1.0, 4.0, 4.0)],
    "min": [(1.0, 1.0, 4.0)],
    "pow_constant": [(0.0, -1.0), (0.0, 0.5), (-4.0, 0.5)],
}


def test_every_op_and_nothing_else_has_a_domain():
    assert [op.name for op in OPS if op not in DOMAINS] == [], "give each a row in testing/draw/domains.py"
    assert set(DOMAINS) <= set(OPS)


def test_names_are_those_of_ops_and_of_public_functions():
    assert set(BY_NAME) >= {op.name for op in OPS}
    assert all(hasattr(autograd, name) for name in set(BY_NAME) - {op.name for op in OPS})


def test_only_detach_has_a_rule_that_is_not_its_derivative():
    assert [op for op in OPS if DOMAINS[op].detached] == [DETACH]


@pytest.mark.parametrize(("op", "place", "b"), BREAKS, ids=lambda x: getattr(x, "name", x))
def test_a_break_is_a_pole_a_kink_a_jump_or_an_end(op, place, b):
    def f(x):
        inputs = list(OTHERS.get(op.name, (0.0,)))
        inputs[place] = x
        return op.forward(*inputs)

    h = 1e-6
    far_left, left, middle, right, far_right = [f(b + k * h) for k in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    before, after = (left - far_left) / h, (far_right - right) / h
    connected = abs(right - left) < 0.1 and abs(middle - left) < 0.1
    assert not (connected and abs(before - after) < 0.1 and abs(before) + abs(after) < 100.0)


@pytest.mark.parametrize("op", [op for op in OPS if op.name in MEETINGS], ids=lambda op: op.name)
def test_no_point_lies_where_inputs_meet(op):
    assert not any(DOMAINS[op].holds(point) for point in MEETINGS[op.name])


def test_every_op_whose_inputs_meet_is_looked_at():
    assert {op.name for op in OPS if DOMAINS[op].gaps is not DOMAINS[SUM].gaps} == set(MEETINGS)


def test_segments_keep_the_distance_exactly():
    for part in [Interval(-5.0, 5.0, breaks=(-3.3, 0.1, 0.3)), Interval(0.0, 9.0, breaks=(0.0, math.pi, 12.0))]:
        for distance in (1e-9, 0.03, 0.1, 1 / 3):
            ends = [x for segment in part.segments(distance) for x in segment]
            assert all(part.holds(x, distance) for x in ends)


def test_a_break_outside_the_interval_counts():
    assert Interval(0.5, 2.0, breaks=(0.0,)).segments(1.0) == [(1.0, 2.0)]


def test_no_segment_is_left_if_the_breaks_are_dense():
    assert Interval(0.0, 2.0, breaks=(0.0, 1.0, 2.0)).segments(0.6) == []


def test_a_point_has_as_many_numbers_as_the_op_has_inputs():
    assert DOMAINS[LOG].holds((1.0,))
    assert not DOMAINS[LOG].holds((1.0, 1.0))
    assert DOMAINS[DOT].holds((1.0,) * 5)
    assert not DOMAINS[DOT].holds((1.0,) * 4)


def test_a_choice_holds_its_numbers_alone():
    assert DOMAINS[POW_CONSTANT].holds((2.0, 3.0))
    assert not DOMAINS[POW_CONSTANT].holds((2.0, 3.1))
    assert Choice((1.0,)).holds(1.0)


def test_a_domain_is_found_by_op_function_name_and_as_itself():
    own = Domain((Interval(0.0, 1.0),))
    assert domain_of(own) is own
    assert domain_of(MAX) is domain_of("max") is domain_of(autograd.max) is DOMAINS[MAX]
    assert domain_of(autograd.softmax) is domain_of("logsumexp")
    assert domain_of(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x * x,), domain=own)) is own


@pytest.mark.parametrize("given", ["sinus", math.sin, max, None, 3])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(given):
    with pytest.raises(ValueError, match=r"no domain is known for .* sin, .*softmax"):
        domain_of(given)


def test_the_error_for_an_op_without_a_domain_says_what_to_do():
    with pytest.raises(ValueError, match=r"op 'cube': give one, such as Domain\("):
        domain_of(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x * x,)))
