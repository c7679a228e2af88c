import decimal
import fractions
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.scalars import bare, number, operand

EXACT = [
    (3, 3.0), (3.5, 3.5), (True, 1.0), (False, 0.0), (-0.0, -0.0), (2**53, 2.0**53), (np.float64(3.5), 3.5),
    (np.float32(0.1), 0.10000000149011612),
    (np.float16(0.5), 0.5), (np.longdouble(0.25), 0.25), (np.int8(-3), -3.0), (np.uint64(2**63), 2.0**63),
    (np.bool_(True), 1.0),
    (np.array(3.5), 3.5), (np.array(3), 3.0), (np.array(True), 1.0), (math.inf, math.inf),
]  # fmt: skip


@pytest.mark.parametrize("convert", [number, operand])
@pytest.mark.parametrize(("given", "expected"), EXACT, ids=lambda x: type(x).__name__)
def test_a_real_number_becomes_a_plain_float(convert, given, expected):
    converted = convert(given)
    assert type(converted) is float
    assert repr(converted) == repr(expected)


@given(st.floats())
def test_a_float_is_returned_unchanged(x):
    assert repr(number(x)) == repr(operand(x)) == repr(x)


@given(st.integers(-(2**62), 2**62))
def test_an_int_is_rounded_as_float_rounds_it(n):
    assert number(n) == operand(n) == float(n)


NOT_NUMBERS = [
    "3", b"3", 3j, [3.0], (3.0,), {"x": 3}, {3}, None, np.complex64(3), np.array([3.0]), np.array("3"), np.str_("3"),
    np.datetime64("2020-01-01"), np.timedelta64(3, "s"), np.array(3j), np.array(None), object(), fractions.Fraction(3),
    decimal.Decimal(3), float, print,
]  # fmt: skip


@pytest.mark.parametrize("thing", NOT_NUMBERS, ids=lambda x: type(x).__name__)
def test_anything_else_is_a_type_error_that_says_what_was_given_and_what_is_allowed(thing):
    with pytest.raises(
        TypeError, match="(?s)expected a real number.*int.*float.*bool.*NumPy.*got " + type(thing).__name__
    ):
        number(thing)


def test_the_error_quotes_the_beginning_of_what_was_given():
    with pytest.raises(TypeError, match=r"'3\.5'"):
        number("3.5")
    with pytest.raises(TypeError) as caught:
        number("x" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("thing", ["3", b"3", 3j, [3.0], (3.0,), {"x": 3}, {3}, None], ids=lambda x: type(x).__name__)
def test_an_operand_that_is_certainly_not_a_number_is_the_same_type_error(thing):
    with pytest.raises(TypeError, match="expected a real number"):
        operand(thing)


@pytest.mark.parametrize("thing", [object(), np.array([3.0])], ids=lambda x: type(x).__name__)
def test_any_other_operand_may_answer_for_itself(thing):
    assert operand(thing) is NotImplemented


def test_an_array_of_objects_without_axes_is_the_number_that_it_holds():
    for held in (3.5, 3, True, np.float32(3.5)):
        array = np.empty((), dtype=object)
        array[()] = held
        assert bare(array) is held
        assert number(array) == held
        assert type(number(array)) is float
    text = np.array("3", dtype=object)
    with pytest.raises(TypeError, match="got ndarray"):
        number(text)


@pytest.mark.parametrize("thing", [3.5, np.array(3.5), np.array([3.5], dtype=object), np.float64(3.5), "3", None])
def test_anything_else_is_returned_as_it_is(thing):
    assert bare(thing) is thing


def test_numbers_of_other_libraries_are_refused_with_what_to_give():
    for other in (fractions.Fraction(1, 2), decimal.Decimal("0.5")):
        for compute in (lambda x, v: x * v, lambda x, v: v + x, lambda x, v: Value(x)):
            with pytest.raises(TypeError, match=r"give float\(\.\.\.\) of it"):
                compute(other, Value(2.0))
    with pytest.raises(TypeError, match=r"got Value: Value\(data=1\.0, grad=0\.0\)$"):
        Value(Value(1.0))


def test_tensors_of_one_number_are_refused_with_their_item():
    torch = pytest.importorskip("torch")
    for compute in (lambda x, v: x * v, lambda x, v: v / x, lambda x, v: Value(x)):
        with pytest.raises(TypeError, match=r"give its \.item\(\)"):
            compute(torch.tensor(2.0), Value(2.0))
