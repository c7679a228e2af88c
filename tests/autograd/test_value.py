import decimal
import fractions
import math
import operator
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, topological

NUMBERS = [
    3, 3.0, True, np.float64(3.0), np.float32(3.0), np.float16(3.0), np.longdouble(3.0), np.int8(3), np.int64(3),
    np.uint16(3), np.bool_(True), np.array(3.0), np.array(3),
]  # fmt: skip
each_number = pytest.mark.parametrize("number", NUMBERS, ids=lambda x: type(x).__name__)

NOT_NUMBERS = [
    "3",
    b"3",
    3j,
    [3.0],
    (3.0,),
    {"x": 3.0},
    {3.0},
    None,
    np.complex128(3.0),
    np.array([3.0, 4.0]),
    np.str_("3"),
]
not_a_number = pytest.mark.parametrize("thing", NOT_NUMBERS, ids=lambda x: type(x).__name__)

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
each_operator = pytest.mark.parametrize("f", ARITHMETIC, ids=lambda f: f.__name__)

UNARY = """
    exp expm1 exp2 log log1p log2 log10 sqrt cbrt square reciprocal sin cos tan asin acos atan sinh cosh tanh
    asinh atanh erf erfc lgamma digamma abs sign floor ceil step relu selu gelu silu softplus mish sigmoid
    log_sigmoid hardtanh
"""


def slopes(f, *xs):
    inputs = [Value(x) for x in xs]
    f(*inputs).backward()
    return [x.grad for x in inputs]


# Making one.


@each_number
def test_a_value_holds_any_real_number_as_a_float(number):
    v = Value(number)
    assert type(v.data) is float
    assert v.data == float(number)


def test_a_new_value_is_a_leaf_with_gradient_zero_and_no_label():
    v = Value(2.0)
    assert (v.data, v.grad, v.op, v.inputs, v.label) == (2.0, 0.0, None, (), "")
    assert type(v.grad) is float


def test_a_label_is_given_by_place_or_by_name():
    assert Value(2.0, "x").label == Value(2.0, label="x").label == "x"


@not_a_number
def test_anything_but_a_number_is_a_type_error_that_says_what_was_given_and_what_is_allowed(thing):
    with pytest.raises(TypeError, match=f"(?s)number.*int.*float.*bool.*NumPy.*{type(thing).__name__}"):
        Value(thing)


def test_a_value_of_a_value_is_a_type_error():
    with pytest.raises(TypeError, match="Value"):
        Value(Value(2.0))


def test_an_error_does_not_print_a_long_object_in_full():
    with pytest.raises(TypeError) as caught:
        Value(list(range(100_000)))
    assert len(str(caught.value)) < 300


def test_a_value_has_slots_and_no_other_attributes():
    with pytest.raises(AttributeError):
        Value(2.0).weight = 1.0


def test_data_grad_and_label_can_be_set():
    v = Value(2.0)
    v.data, v.grad, v.label = 3.0, 1.0, "x"
    assert repr(v) == "Value(data=3.0, grad=1.0, label='x')"
    assert (v * 2.0).data == 6.0


def test_inputs_cannot_be_set():
    with pytest.raises(AttributeError):
        Value(2.0).inputs = ()


# Arithmetic.


@each_operator
@each_number
def test_a_number_may_stand_on_the_right(f, number):
    v = Value(2.5)
    result = f(v, number)
    assert type(result) is Value
    assert result.data == f(2.5, float(number))
    assert result.inputs == (v, float(number))
    assert type(result.inputs[1]) is float
    assert result.inputs[0] is v


@each_operator
@each_number
def test_a_number_may_stand_on_the_left(f, number):
    v = Value(2.5)
    result = f(number, v)
    assert type(result) is Value
    assert result.data == f(float(number), 2.5)
    assert result.inputs == (float(number), v)
    assert type(result.inputs[0]) is float
    assert result.inputs[1] is v


@each_operator
@each_number
def test_a_number_does_not_cost_a_node(f, number):
    v = Value(2.5)
    assert len(topological(f(v, number))) == len(topological(f(number, v))) == 2


@each_operator
def test_values_may_stand_on_both_sides(f):
    v, w = Value(2.5), Value(1.5)
    result = f(v, w)
    assert result.data == f(2.5, 1.5)
    assert result.inputs[0] is v
    assert result.inputs[1] is w


@pytest.mark.parametrize(("f", "by_x", "by_y"), [
    (operator.add, 1.0, 1.0), (operator.sub, 1.0, -1.0), (operator.mul, 4.0, 3.0),
    (operator.truediv, 0.25, -3.0 / 16.0),
    (operator.pow, 4.0 * 27.0, 81.0 * math.log(3.0)),
])  # fmt: skip
def test_operators_differentiate_with_respect_to_both_sides(f, by_x, by_y):
    assert slopes(f, 3.0, 4.0) == [by_x, by_y]
    assert slopes(lambda x: f(x, 4), 3.0) == [by_x]
    assert slopes(lambda y: f(3, y), 4.0) == [by_y]


@given(st.floats(), st.floats())
def test_arithmetic_is_the_arithmetic_of_floats(x, y):
    v, w = Value(x), Value(y)
    for f in (operator.add, operator.sub, operator.mul):
        assert f"{f(v, w).data}" == f"{f(v, y).data}" == f"{f(x, w).data}" == f"{f(x, y)}"
    if y:
        assert f"{(v / w).data}" == f"{(v / y).data}" == f"{(x / w).data}" == f"{x / y}"


@given(st.floats(), st.floats())
def test_division_and_powers_never_raise(x, y):
    for f in (operator.truediv, operator.pow):
        results = f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))
        assert len({f"{result.data}" for result in results}) == 1
        for result in results:
            result.backward()


def test_minus_plus_and_abs():
    v = Value(-2.0)
    assert ((-v).data, (+v).data, abs(v).data) == (2.0, -2.0, 2.0)
    assert slopes(operator.neg, -2.0) == [-1.0]
    assert slopes(operator.pos, -2.0) == [1.0]
    assert slopes(abs, -2.0) == [-1.0]


def test_two_to_the_power_of_a_value():
    v = Value(3.0)
    y = 2**v
    y.backward()
    assert y.data == 8.0
    assert v.grad == 8.0 * math.log(2.0)


def test_augmented_assignment_makes_a_new_value():
    v = w = Value(2.0)
    w += 1.0
    w *= w
    w -= 1
    w /= 2
    w **= 2
    assert v.data == 2.0
    assert w.data == 16.0


def test_operands_repeat_among_the_inputs():
    v = Value(3.0)
    assert all(x is v for x in (v * v).inputs)
    assert len((v * v).inputs) == 2


def test_builtin_sum_and_math_prod_work():
    xs = [Value(float(k)) for k in range(1, 5)]
    assert sum(xs).data == 10.0
    assert math.prod(xs).data == 24.0


@each_operator
@pytest.mark.parametrize("thing", ["3", b"3", 3j, None, [3.0], (3.0,), {"x": 3.0}], ids=lambda x: type(x).__name__)
def test_an_operator_refuses_anything_but_a_number(f, thing):
    with pytest.raises(TypeError, match=f"(?s)number.*int.*float.*{type(thing).__name__}"):
        f(Value(2.0), thing)
    with pytest.raises(TypeError):
        f(thing, Value(2.0))


@pytest.mark.parametrize("f", ARITHMETIC[:4], ids=lambda f: f.__name__)  # a Fraction becomes a float in powers
@pytest.mark.parametrize(
    "thing", [fractions.Fraction(1, 2), decimal.Decimal(1), object()], ids=lambda x: type(x).__name__
)
def test_an_operator_leaves_other_types_to_python_whose_error_names_both(f, thing):
    for left, right in ((Value(2.0), thing), (thing, Value(2.0))):
        with pytest.raises(TypeError, match=r"Value.*" + type(thing).__name__ + "|" + type(thing).__name__ + ".*Value"):
            f(left, right)


def test_a_type_that_knows_values_may_answer_for_the_operator():
    class Symbol:
        def __radd__(self, other):
            return ("sum", other)

        __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = __radd__

    v = Value(2.0)
    for f in ARITHMETIC:
        assert f(v, Symbol())[1] is v


# Comparisons, hash, truth.


@given(st.floats(), st.floats())
def test_comparisons_are_those_of_the_numbers(x, y):
    for f in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert f(Value(x), Value(y)) is f(x, y)
        assert f(Value(x), y) is f(x, y)
        assert f(x, Value(y)) is f(x, y)


@each_number
def test_a_comparison_takes_any_number_on_both_sides(number):
    assert Value(float(number)) == number
    assert number == Value(float(number))
    assert bool(Value(float(number)) != number) is False
    assert Value(9.0) > number
    assert number < Value(9.0)
    assert Value(9.0) >= number
    assert number <= Value(9.0)


@pytest.mark.parametrize("thing", [None, "2.0", [2.0], object(), 2j])
def test_a_value_equals_nothing_but_numbers(thing):
    assert (Value(2.0) == thing) is False
    assert (thing == Value(2.0)) is False
    assert (Value(2.0) != thing) is True


@pytest.mark.parametrize("thing", [None, "2.0", [2.0], object(), 2j])
def test_an_order_with_anything_but_a_number_is_a_type_error(thing):
    for f in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            f(Value(2.0), thing)
        with pytest.raises(TypeError):
            f(thing, Value(2.0))


def test_the_hash_is_by_identity():
    v, w = Value(2.0), Value(2.0)
    assert v == w
    assert len({v, w}) == 2
    assert {v: "v"}.get(w) is None
    assert hash(v) == object.__hash__(v)


def test_truth_is_that_of_the_number():
    assert [bool(Value(x)) for x in (0.0, -0.0, 1.0, -0.5, nan, inf)] == [False, False, True, True, True, True]


def test_values_sort_by_their_numbers():
    values = [Value(x) for x in (3.0, 1.0, 2.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[0]
    assert min(values) is values[1]


def test_a_value_is_neither_an_index_nor_a_sequence():
    with pytest.raises(TypeError):
        [1, 2, 3][Value(1.0)]
    with pytest.raises(TypeError):
        range(Value(3.0))
    with pytest.raises(TypeError):
        list(Value(3.0))
    with pytest.raises(TypeError):
        len(Value(3.0))


def test_item_returns_the_float():
    v = Value(2)
    assert v.item() == 2.0
    assert type(v.item()) is float


def test_detach_returns_the_number_without_its_derivative():
    x = Value(3.0)
    y = x * x.detach()
    y.backward()
    assert y.data == 9.0
    assert x.grad == 3.0


# Functions as methods.


@pytest.mark.parametrize("name", UNARY.split())
def test_a_function_of_one_number_is_a_method_too(name):
    x = 0.3
    v, w = Value(x), Value(x)
    by_method, by_function = getattr(v, name)(), getattr(autograd, name)(w)
    assert type(by_method) is Value
    assert by_method.data == by_function.data == getattr(autograd, name)(x)
    assert by_method.op is by_function.op
    by_method.backward()
    by_function.backward()
    assert v.grad == w.grad


def test_acosh_is_a_method_too():
    assert Value(2.0).acosh().data == Value(2.0).arccosh().data == math.acosh(2.0)


@pytest.mark.parametrize("name", ["asin", "acos", "atan", "asinh", "atanh"])
def test_numpys_spelling_is_an_alias(name):
    v = Value(0.3)
    assert getattr(v, "arc" + name[1:])().data == getattr(v, name)().data


def test_methods_have_names_and_docstrings():
    for name in [*UNARY.split(), "acosh", "item", "detach", "backward"]:
        assert getattr(Value, name).__doc__, name


# repr.


def test_repr_shows_data_and_gradient():
    assert repr(Value(2)) == "Value(data=2.0, grad=0.0)"
    assert repr(Value(nan)) == "Value(data=nan, grad=0.0)"
    assert str(Value(-0.0)) == "Value(data=-0.0, grad=0.0)"
    assert f"{Value(0.1)}" == "Value(data=0.1, grad=0.0)"


def test_repr_shows_a_label_when_there_is_one():
    assert repr(Value(2.0, label="it's")) == 'Value(data=2.0, grad=0.0, label="it\'s")'


def test_repr_of_a_result_does_not_show_its_graph():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert repr(y) == "Value(data=9.0, grad=1.0)"
    assert repr(x) == "Value(data=3.0, grad=6.0)"


# apply: operations of the user.


def make_op(count, name="mine"):
    """An op of `count` inputs: 1*x0*x0 + 2*x1*x1 + ..."""
    return Op(
        name,
        lambda *xs: sum((k * x * x for k, x in enumerate(xs, 1)), 0.0),
        lambda *v: tuple([2.0 * k * x for k, x in enumerate(v[:-1], 1)]),
    )


each_count = pytest.mark.parametrize("count", [1, 2, 3, 10])


@each_count
def test_an_op_of_the_user_takes_any_number_of_inputs(count):
    xs = [Value(k + 0.5) for k in range(count)]
    op = make_op(count)
    y = apply(op, *xs)
    y.backward(10.0)
    assert y.op is op
    assert y.inputs == tuple(xs)
    assert y.data == sum(k * (k - 0.5) ** 2 for k in range(1, count + 1))
    assert [x.grad for x in xs] == [20.0 * (k + 1) * (k + 0.5) for k in range(count)]


@each_count
def test_an_op_of_the_user_on_numbers_gives_a_float(count):
    y = apply(make_op(count), *[2] * count)
    assert type(y) is float
    assert y == sum(4.0 * k for k in range(1, count + 1))


@each_count
def test_an_op_of_the_user_takes_values_and_numbers_mixed(count):
    for place in range(count):
        xs = [np.float32(2.0) if i % 2 else 2 for i in range(count)]
        xs[place] = Value(3.0)
        y = apply(make_op(count), *xs)
        y.backward()
        assert xs[place].grad == 6.0 * (place + 1)
        assert len(topological(y)) == 2
        assert all(type(x) is float for i, x in enumerate(y.inputs) if i != place)


@each_count
def test_an_op_of_the_user_is_differentiated_to_any_order(count):
    op = make_op(count)
    hessian = autograd.hessian(lambda xs: apply(op, *xs))([1.0] * count)
    assert hessian == [[2.0 * (i + 1) * (i == j) for j in range(count)] for i in range(count)]


@each_count
def test_a_repeated_input_gets_the_sum_of_its_partials(count):
    x = Value(3.0)
    apply(make_op(count), *[x] * count).backward()
    assert x.grad == sum(6.0 * k for k in range(1, count + 1))


def test_an_op_may_return_any_real_number():
    for result in (2, True, np.float64(2.0), np.float32(2.0), np.int64(2), np.array(2.0)):
        y = apply(Op("mine", lambda x, result=result: result, lambda x, z: (1.0,)), Value(1.0))
        assert type(y.data) is float
        assert y.data == float(result)
        assert type(apply(Op("mine", lambda x, result=result: result, lambda x, z: (1.0,)), 1.0)) is float


@pytest.mark.parametrize("result", [None, 2j, "2", [2.0], (2.0,), np.array([2.0])], ids=lambda x: type(x).__name__)
def test_an_op_that_does_not_return_a_number_is_a_type_error_that_names_it(result):
    op = Op("mine", lambda x: result, lambda x, z: (1.0,))
    for x in (1.0, Value(1.0)):
        with pytest.raises(TypeError, match=f"mine.*float.*{type(result).__name__}"):
            apply(op, x)


def test_an_op_that_returns_a_value_is_a_type_error():
    with pytest.raises(TypeError, match=r"mine.*float.*Value"):
        apply(Op("mine", lambda x: Value(x), lambda x, z: (1.0,)), Value(1.0))


@pytest.mark.parametrize("thing", ["3", None, [1.0], 2j])
def test_apply_refuses_an_input_that_is_not_a_number(thing):
    with pytest.raises(TypeError, match="number"):
        apply(make_op(2), Value(1.0), thing)


def test_an_error_in_forward_reaches_the_caller():
    def forward(x):
        raise KeyError("my own")

    with pytest.raises(KeyError, match="my own"):
        apply(Op("mine", forward, lambda x, z: (1.0,)), Value(1.0))


def test_apply_with_a_wrong_number_of_inputs_is_a_type_error():
    with pytest.raises(TypeError):
        apply(autograd.ops.MUL, Value(1.0))
    with pytest.raises(TypeError):
        apply(autograd.ops.MUL, Value(1.0), 2.0, 3.0)
    with pytest.raises(TypeError):
        apply(autograd.ops.TANH, Value(1.0), 2.0)


@each_count
@pytest.mark.parametrize("excess", [-1, 1])
def test_a_wrong_number_of_partials_is_an_error_that_names_the_op_and_the_numbers(count, excess):
    op = Op("mine", lambda *xs: math.fsum(xs), lambda *v: (1.0,) * (len(v) - 1 + excess))
    message = f"mine.*{count}.*{count + excess}"
    with pytest.raises((TypeError, ValueError), match=message):
        apply(op, *[Value(1.0) for _ in range(count)]).backward()
    with pytest.raises((TypeError, ValueError), match=message):
        apply(op, Value(1.0), *[2.0] * (count - 1)).backward()
    with pytest.raises((TypeError, ValueError), match=message):
        autograd.grad(lambda *xs: apply(op, *xs))(*[1.0] * count)
    with pytest.raises((TypeError, ValueError), match=message):
        autograd.jvp(lambda *xs: apply(op, *xs), [1.0] * count, [1.0] * count)


@each_count
@pytest.mark.parametrize("partials", [1.0, None])
def test_partials_that_are_not_a_tuple_are_an_error_that_names_the_op(count, partials):
    op = Op("mine", lambda *xs: math.fsum(xs), lambda *v: partials)
    with pytest.raises((TypeError, ValueError), match="mine"):
        apply(op, *[Value(1.0) for _ in range(count)]).backward()
    with pytest.raises((TypeError, ValueError), match="mine"):
        autograd.grad(lambda *xs: apply(op, *xs))(*[1.0] * count)


# A few facts of IEEE 754, as a user meets them; the table's tests have them all.


def test_division_by_zero_is_infinite():
    assert (1 / Value(0)).data == inf
    assert (Value(1.0) / 0).data == inf
    assert (-1 / Value(0.0)).data == -inf
    assert isnan((Value(0.0) / 0.0).data)


def test_the_logarithm_of_a_negative_number_is_nan():
    assert isnan(Value(-1.0).log().data)


def test_an_overflow_is_infinite():
    assert Value(1000.0).exp().data == (Value(1e200) * 1e200).data == (Value(10.0) ** 400).data == inf


def test_a_gradient_may_overflow_too():
    x = Value(1e200)
    (x * x * x).backward()
    assert x.grad == inf


# Assigning to data, grad and label.


@pytest.mark.parametrize("given", [np.float32(0.1), np.int64(3), True, 2, np.array(1.5)])
@pytest.mark.parametrize("name", ["data", "grad"])
def test_a_number_that_is_assigned_becomes_a_float(name, given):
    v = Value(1.0)
    setattr(v, name, given)
    assert type(getattr(v, name)) is float
    assert getattr(v, name) == float(given)
    assert type((v * 3.0).data) is float


@pytest.mark.parametrize("given", [None, "1.0", 1j, [1.0], np.array([1.0, 2.0]), Value(2.0)])
@pytest.mark.parametrize("name", ["data", "grad"])
def test_assigning_anything_but_a_number_is_refused_and_changes_nothing(name, given):
    v = Value(1.0)
    before = getattr(v, name)
    with pytest.raises(TypeError, match=name):
        setattr(v, name, given)
    assert getattr(v, name) == before


def test_the_errors_say_what_to_do():
    v = Value(1.0)
    with pytest.raises(TypeError, match=r"got None: set it to 0\.0"):
        v.grad = None
    with pytest.raises(TypeError, match=r"use its \.data"):
        v.data = Value(2.0)
    with pytest.raises(TypeError, match="a label must be a str, got int: 3"):
        v.label = 3
    with pytest.raises(TypeError, match="a label must be a str, got NoneType"):
        Value(1.0, label=None)


def test_functions_with_a_setting_are_methods_too():
    v = Value(-2.0)
    assert v.elu().data == autograd.elu(-2.0)
    assert v.elu(0.5).data == autograd.elu(-2.0, 0.5)
    assert v.leaky_relu(0.3).data == -0.6
    assert v.atan2(3.0).data == v.arctan2(3.0).data == autograd.atan2(-2.0, 3.0)
    assert np.fabs(np.array([v], dtype=object))[0].data == 2.0


# %, // and round.


@given(st.floats(-50.0, 50.0), st.floats(-8.0, 8.0).filter(lambda y: abs(y) > 1e-3))
def test_remainders_and_whole_quotients_are_pythons(x, y):
    v, w = Value(x), Value(y)
    assert ((v % w).data, (v // w).data) == (x % y, x // y)
    assert [z.data for z in divmod(v, y)] == [*divmod(x, y)]
    assert [z.data for z in divmod(x, w)] == [*divmod(x, y)]
    assert ((x % w).data, (x // w).data, (v % y).data) == (x % y, x // y, x % y)


def test_a_remainder_has_the_slopes_of_the_piece_that_it_is_on():
    x, w = Value(7.5), Value(2.0)
    (x % w).backward()
    assert (x.grad, w.grad) == (1.0, -3.0)
    x, w = Value(7.5), Value(2.0)
    (x // w * w).backward()
    assert (x.grad, w.grad) == (0.0, 3.0)


def test_remainders_by_zero_and_of_infinities_do_not_raise():
    assert isnan((Value(1.0) % 0.0).data)
    assert (Value(-1.0) // 0.0).data == -inf
    assert isnan((Value(inf) % 2.0).data)


def test_rounding_to_digits_stays_in_the_graph():
    x = Value(2.675)
    y = round(x, 2) + x
    y.backward()
    assert (round(x, 2).data, x.grad) == (round(2.675, 2), 1.0)
    assert (round(x), type(round(x))) == (3, int)
    assert round(Value(1234.0), -2).data == 1200.0


def test_remainders_compile_and_differentiate():
    f = lambda x, y: x % y + (x // y) ** 2  # noqa: E731
    compiled = autograd.compile(autograd.value_and_grad(f, (0, 1)))
    assert compiled(7.5, 2.0) == autograd.value_and_grad(f, (0, 1))(7.5, 2.0) == (10.5, (1.0, -3.0))
