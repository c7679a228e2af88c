"""The strategies: what they draw lies where it should, prints as Python, shrinks, and raises no false alarm."""

import importlib
import inspect
import math
import random
import sys

import pytest
from hypothesis import Phase, find, given, seed, settings
from hypothesis import strategies as st

import autograd
from autograd import OPS, Op, Value, apply, grad, jvp
from autograd.errors import GradientMismatchError
from autograd.ops import ACOSH, ADD, DETACH, EXP, FLOOR, LOG, MAXIMUM, MUL, SIN, SQUARE, TANH
from autograd.testing import check_grads
from autograd.testing.draw.domains import DOMAINS, Choice
from autograd.testing.draw.expressions import Expression, Step
from autograd.testing.strategies import Domain, Interval, expressions, finite_floats, points, values

EXAMPLES = settings.default.max_examples
SMALL = Domain((Interval(-3.0, 3.0),))
CUBE = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
WRONG = Op("wrong", lambda x: x**3, lambda x, z: (3.001 * x**2,))
each_op = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def drawn(strategy, count=100):
    """Draw some examples, the same at each call."""
    found = []

    @seed(1)
    @settings(max_examples=count, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(example):
        found.append(example)

    collect()
    return found


def smallest(strategy, condition):
    """Return what hypothesis shrinks an example to."""
    return find(strategy, condition, settings=settings(max_examples=3000, database=None), random=random.Random(0))


def moving(op, point):
    """Return an op as a function of the inputs that are not constants to the chain rule, and the point there."""
    parts = DOMAINS[op].of(len(point))
    places = [k for k, part in enumerate(parts) if not isinstance(part, Choice)]

    def function(*xs):
        given = dict(zip(places, xs, strict=True))
        return apply(op, *[given.get(k, x) for k, x in enumerate(point)])

    return function, [point[k] for k in places]


def evaluated(f):
    return eval(repr(f), {"autograd": autograd, "cube": CUBE})


@given(finite_floats(), finite_floats(min_value=-2.0, max_value=3.0))
def test_finite_floats_are_finite_and_between_the_bounds(x, bounded):
    assert math.isfinite(x)
    assert -2.0 <= bounded <= 3.0


@given(values(0.0, 1.0), values(label="weight"), values(label=st.sampled_from("ab")))
def test_values_hold_finite_floats_and_a_label(plain, named, drawn_label):
    assert 0.0 <= plain.data <= 1.0
    assert math.isfinite(named.data)
    assert (plain.label, named.label, drawn_label.label in "ab") == ("", "weight", True)


@each_op
def test_points_lie_in_the_domain_at_the_distance_asked_for(op):
    for distance in (0.3, 1e-6):
        for point in drawn(points(op, distance=distance), 30):
            assert DOMAINS[op].holds(point, distance)
            assert math.isfinite(op.forward(*point))


@each_op
def test_values_and_derivatives_are_moderate_at_points(op):
    for point in drawn(points(op), 20):
        f, inputs = moving(op, point)
        places = range(len(inputs))
        assert abs(op.forward(*point)) <= 1e3
        assert all(abs(g) <= 1e4 for g in grad(f, argnums=places)(*inputs))
        assert all(abs(h) <= 1e5 for row in autograd.hessian(f, argnums=places)(*inputs) for h in row)


@pytest.mark.parametrize("op", [op for op in OPS if op is not DETACH], ids=lambda op: op.name)
def test_the_checker_raises_no_false_alarm_at_points(op):
    for point in drawn(points(op), 15):
        check_grads(*moving(op, point), order=2)


def test_points_are_those_of_an_op_its_name_or_its_function():
    assert drawn(points(LOG)) == drawn(points("log")) == drawn(points(autograd.log))


def test_points_of_an_unknown_name_are_an_error():
    with pytest.raises(ValueError, match="expected a Domain, an Op, or one of add, sub"):
        points("sinus")


@pytest.mark.parametrize("distance", [-0.1, math.nan])
def test_a_negative_distance_is_an_error(distance):
    with pytest.raises(ValueError, match="distance must be 0 or more"):
        points("log", distance=distance)


def test_a_distance_that_leaves_nothing_is_an_error():
    with pytest.raises(ValueError, match=r"no number from -1.0 to 1.0 is 1.5 away"):
        points("asin", distance=1.5)


@given(points(SMALL))
def test_five_lines_check_an_op_of_your_own(point):
    check_grads(CUBE, point, order=2)


def test_five_lines_find_a_wrong_op_of_your_own():
    @settings(max_examples=50, database=None)
    @given(points(SMALL))
    def test_wrong(point):
        check_grads(WRONG, point)

    with pytest.raises(GradientMismatchError, match="wrong"):
        test_wrong()


@given(expressions(max_nodes=12, inputs=2))
def test_an_expression_has_its_inputs_and_at_most_max_nodes_operations(f):
    assert len(f.inputs) == 2
    assert 1 <= len(f.steps) <= 12
    assert all(type(x) is float for x in f.inputs)
    assert type(f(*f.inputs)) is float
    assert type(f(*map(Value, f.inputs))) is Value


@given(expressions())
def test_an_expression_is_in_every_domain_away_from_breaks_and_moderate(f):
    numbers = list(f.inputs)
    for op, operands in f.steps:
        given = [numbers[k] if type(k) is int else k for k in operands]
        assert DOMAINS[op].holds(given)
        numbers.append(op.forward(*given))
    assert all(abs(x) <= 1e3 for x in numbers[len(f.inputs) :])
    assert all(abs(g) <= 1e4 * (1.0 + 1e-9) for g in grad(lambda xs: f(*xs))(list(f.inputs)))


@given(expressions())
def test_the_repr_is_python_for_the_same_function_at_the_same_inputs(f):
    g = evaluated(f)
    result = f(*f.inputs)
    assert [g(), g(*f.inputs)] == [result, result]
    on_values = g(*map(Value, f.inputs))
    assert on_values.data == f(*map(Value, f.inputs)).data == result


@each_op
def test_the_repr_of_every_op_is_python(op):
    for f in drawn(expressions([op, FLOOR, ADD], max_nodes=4), 15):
        assert evaluated(f)() == f(*f.inputs)


def test_the_repr_names_what_is_shared_and_what_is_long():
    shared = Expression((3.0, 0.5), [Step(SIN, (0,)), Step(MUL, (2, 1)), Step(ADD, (3, 2))])
    assert repr(shared) == "lambda x=3.0, y=0.5: (t1 := autograd.sin(x)) * y + t1"
    deep = Expression((0.5,), [Step(SIN, (k,)) for k in range(400)])
    assert evaluated(deep)() == deep(0.5)


def test_the_repr_sets_parentheses_where_python_needs_them():
    x, c = 0, -2.0
    steps = [Step(autograd.ops.NEG, (x,)), Step(autograd.ops.POW_CONSTANT, (2, 2.0)), Step(autograd.ops.POW, (c, 3))]
    f = Expression((1.5, 2.0), [*steps, Step(autograd.ops.SUB, (1, 4)), Step(autograd.ops.SUB, (5, c))])
    assert repr(f) == "lambda x=1.5, y=2.0: y - (-2.0) ** (-x) ** 2.0 - -2.0"


def test_an_expression_takes_as_many_inputs_as_it_has():
    f = drawn(expressions(), 1)[0]
    assert [*inspect.signature(f).parameters] == ["x", "y", "z"]
    with pytest.raises(TypeError, match="expected 3 inputs, got 1"):
        f(1.0)


def test_expressions_are_equal_if_their_inputs_and_steps_are():
    f = Expression((1.0,), [Step(SIN, (0,))])
    assert len({f, Expression([1.0], [Step(SIN, (0,))])}) == 1
    assert f != Expression((2.0,), [Step(SIN, (0,))])


def test_every_op_occurs_and_so_do_shared_numbers_constants_and_long_expressions():
    found = drawn(expressions(), 300)
    assert {op for f in found for op in f.ops} == set(OPS)
    assert any(type(k) is float for f in found for step in f.steps for k in step.operands)
    assert any(len(f.steps) > 25 for f in found)
    assert sum("t1" in repr(f) for f in found) > 50


@pytest.mark.parametrize("op", [ACOSH, EXP, MAXIMUM, DETACH], ids=lambda op: op.name)
def test_one_op_that_goes_with_few_numbers_is_enough(op):
    ops = [op, FLOOR] if op is DETACH else [op]
    assert all(set(f.ops) <= set(ops) for f in drawn(expressions(ops, inputs=1)))


def test_an_op_of_your_own_comes_with_its_domain():
    found = drawn(expressions([CUBE, MUL], domains={CUBE: SMALL}))
    assert {op for f in found for op in f.ops} == {CUBE, MUL}
    assert all(evaluated(f)() == f(*f.inputs) for f in found)
    with pytest.raises(ValueError, match="no domain is known for op 'cube'"):
        expressions([CUBE])


@pytest.mark.parametrize("options", [{"ops": []}, {"max_nodes": 0}, {"inputs": 0}, {"inputs": 1.5}])
def test_expressions_of_nothing_are_an_error(options):
    with pytest.raises(ValueError, match=r"at least one op|a whole number of at least 1"):
        expressions(**options)


def test_shrinking_leads_to_small_readable_expressions():
    few = expressions([ADD, MUL, SIN, TANH, SQUARE, LOG])
    assert repr(smallest(few, lambda f: MUL in f.ops)) == "lambda x=0.0, y=0.0, z=0.0: x * x"
    assert len(smallest(few, lambda f: {SIN, MUL} <= set(f.ops)).steps) <= 3
    large = smallest(few, lambda f: f(*f.inputs) > 20.0)
    assert len(large.steps) == 1


def test_a_planted_fault_shrinks_to_the_wrong_op_with_little_around():
    def caught(f):
        try:
            check_grads(f, f.inputs)
        except GradientMismatchError:
            return True
        return False

    f = smallest(expressions([ADD, SIN, WRONG], max_nodes=10, domains={WRONG: SMALL}), caught)
    assert WRONG in f.ops
    assert len(f.steps) <= 2


# At least 500 expressions in CI and 10,000 at night.


@settings(max_examples=5 * EXAMPLES)
@given(expressions())
def test_the_checker_raises_no_false_alarm(f):
    check_grads(f, f.inputs)


@settings(max_examples=EXAMPLES)
@given(expressions(max_nodes=12))
def test_the_checker_raises_no_false_alarm_for_second_derivatives(f):
    check_grads(f, f.inputs, order=2)


def close(a, b, scale):
    return abs(a - b) <= 1e-9 * max(scale, abs(a), abs(b))


@given(expressions())
def test_backward_is_grad_and_forward_is_reverse(f):
    inputs = [Value(x) for x in f.inputs]
    f(*inputs).backward()
    gradient = grad(f, argnums=(0, 1, 2))(*f.inputs)
    assert tuple(v.grad for v in inputs) == gradient
    units = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    forward = [jvp(f, f.inputs, unit)[1] for unit in units]
    assert all(map(close, forward, gradient, [1e3] * 3))


def test_without_hypothesis_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for module in ("autograd.testing.strategies", "nn.testing"):
        monkeypatch.delitem(sys.modules, module, raising=False)
        with pytest.raises(ImportError, match=r"chainrule\[testing\]"):
            importlib.import_module(module)
