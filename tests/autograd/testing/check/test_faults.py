"""check_grads on rules that are wrong on purpose: every fault is caught and blamed on the right operation."""

from itertools import permutations

import pytest

import autograd
from autograd import OPS, Op, Value, apply
from autograd.errors import GradientMismatchError
from autograd.ops import DETACH
from autograd.testing import check_grads, numerical_grad
from autograd.testing.draw.domains import DOMAINS

# A point for each operation inside its domain, at least 0.05 from its kinks: these numbers, with a few exceptions.
NUMBERS = (0.7, -1.3, 2.1, 0.4, 0.9)
OTHERS = {
    "pow": (1.7, -1.3), "pow_constant": (1.7, 1.5), "abs": (-0.7,), "sign": (-0.7,), "where": (1.0, 0.7, -1.3),
    "clip": (0.3, -1.2, 1.4), "cbrt": (-0.7,), "acosh": (1.7,), "polygamma": (1.0, 0.7), "leaky_relu": (-0.7, 0.2),
    "elu": (-0.7, 1.4), "selu": (-0.7,), "tanh_slope": (0.7, 0.6), "logistic_density": (2.1,),
}  # fmt: skip
SIZES = {op.name: (DOMAINS[op].counts or (len(DOMAINS[op].inputs),) * 2)[-2] for op in OPS}
POINTS = {name: NUMBERS[:size] for name, size in SIZES.items()} | OTHERS
CONSTANTS = {"pow_constant": {1}, "where": {0}, "polygamma": {0}, "leaky_relu": {1}, "elu": {1}}  # these are not Values


def variables(op):
    return [k for k in range(len(POINTS[op.name])) if k not in CONSTANTS.get(op.name, ())]


def changed(op, place, change):
    """The operation with another rule for one input: change(partial, inputs)."""

    def partials(*v):
        rule = list(op.partials(*v))
        rule[place] = change(rule[place], v[:-1])
        return tuple(rule)

    return Op(f"planted_{op.name}", op.forward, partials)


def swapped(op, i, j):
    def partials(*v):
        rule = list(op.partials(*v))
        rule[i], rule[j] = rule[j], rule[i]
        return tuple(rule)

    return Op(f"planted_{op.name}", op.forward, partials)


def only_above(threshold, place, factor):
    return lambda p, inputs: p * factor if inputs[place] > threshold else p


def frozen(p, inputs):
    """The right number, as a constant: the second derivative is lost."""
    return apply(DETACH, p) if isinstance(p, Value) else p


def bent(p, inputs):
    """The right number, but its derivative is off by a thousandth."""
    return p + 1e-3 * (p - apply(DETACH, p)) if isinstance(p, Value) else p


def first_order_faults():
    for op in OPS:
        point = POINTS[op.name]
        right = op.partials(*point, op.forward(*point))
        for k in variables(op):
            if right[k] and op is not DETACH:
                yield f"{op.name}-sign-{k}", changed(op, k, lambda p, inputs: -p), 1
                yield f"{op.name}-factor-{k}", changed(op, k, lambda p, inputs: p * (1.0 + 1e-4)), 1
                yield f"{op.name}-dropped-{k}", changed(op, k, lambda p, inputs: 0.0), 1
                yield f"{op.name}-part-{k}", changed(op, k, only_above(point[k] - 0.01, k, 1.01)), 1
            else:
                yield f"{op.name}-extra-{k}", changed(op, k, lambda p, inputs: p + 1e-4), 1
        for i, j in permutations(variables(op), 2):
            if i < j and abs(right[i] - right[j]) > 1e-9:
                yield f"{op.name}-swapped-{i}{j}", swapped(op, i, j), 1


def second_order_faults():
    for op in OPS:
        for k in variables(op):
            curvature = autograd.hessian(lambda xs, op=op: apply(op, *with_constants(op, xs)))(variable_point(op))
            if any(curvature[variables(op).index(k)]):
                yield f"{op.name}-frozen-{k}", changed(op, k, frozen), 2
                yield f"{op.name}-bent-{k}", changed(op, k, bent), 2


def variable_point(op):
    return [POINTS[op.name][k] for k in variables(op)]


def with_constants(op, xs):
    given = dict(zip(variables(op), xs, strict=True))
    return [given.get(k, x) for k, x in enumerate(POINTS[op.name])]


def around(planted, op):
    """A function with the planted operation in its middle, and the point that leads it to POINTS."""

    def f(*xs):
        inner = [autograd.sinh(x) + 0.1 for x in xs]
        z = apply(planted, *with_constants(op, inner))
        return autograd.atan(z) + 0.5 * z + xs[0] * xs[0]

    return f, [autograd.asinh(x - 0.1) for x in variable_point(op)]


BY_NAME = {op.name: op for op in OPS}
FAULTS = [*first_order_faults(), *second_order_faults()]


def test_every_operation_has_a_point_in_its_domain():
    assert set(POINTS) == set(BY_NAME)
    assert [name for name, op in BY_NAME.items() if not DOMAINS[op].holds(POINTS[name], distance=0.05)] == []


def test_there_are_enough_faults():
    assert len(FAULTS) >= 200


@pytest.mark.parametrize(("planted", "order"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_caught_and_named(planted, order):
    f, point = around(planted, BY_NAME[planted.name.removeprefix("planted_")])
    with pytest.raises(GradientMismatchError, match=rf"most likely at fault: {planted.name}\("):
        check_grads(f, point, order=order)


@pytest.mark.parametrize("op", [op for op in OPS if op is not DETACH], ids=lambda op: op.name)
def test_a_right_rule_passes_to_order_two(op):
    f, point = around(op, op)
    check_grads(f, point, order=2)


@pytest.mark.parametrize("op", [op for op in OPS if op is not DETACH], ids=lambda op: op.name)
def test_differences_of_an_operation_are_within_their_estimate_and_cheap(op):
    calls = 0

    def f(*xs):
        nonlocal calls
        calls += 1
        return apply(op, *with_constants(op, xs))

    gradient, error = numerical_grad(f, variable_point(op))
    rule = op.partials(*POINTS[op.name], op.forward(*POINTS[op.name]))
    for k, g, e in zip(variables(op), gradient, error, strict=True):
        assert abs(g - rule[k]) <= e <= 1e-10
    assert calls <= 2 + 20 * len(gradient)
