"""Settings: which numbers each kind allows, and that an error names the setting and what was given."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.checks.settings import count, fraction, not_negative, positive, two_fractions, whole, yes_or_no

NUMBERS = st.floats() | st.sampled_from([math.nan, math.inf, 0.0, -0.0, 1.0, math.nextafter(1.0, 0.0), 5e-324, -5e-324])
RANGES = [
    (positive, lambda x: x > 0.0, "must be above 0"),
    (not_negative, lambda x: x >= 0.0, "must be at least 0"),
    (fraction, lambda x: 0.0 <= x < 1.0, "must be at least 0 and below 1"),
    (count, lambda x: x >= 1.0 and x % 1.0 == 0.0, "must be a whole number above 0"),
]


@pytest.mark.parametrize(("check", "allowed", "message"), RANGES)
@given(x=NUMBERS)
def test_a_number_within_the_range_is_taken_and_any_other_refused(check, allowed, message, x):
    if allowed(x):
        assert check("size", x) == x
    else:
        with pytest.raises(ValueError, match=r"^size ") as caught:
            check("size", x)
        assert str(caught.value) == f"size {message}, got {x!r}"


@pytest.mark.parametrize("check", [positive, not_negative, fraction, count])
@pytest.mark.parametrize("wrong", [None, "1", [0.5], 1j, float])
def test_what_is_not_a_number_is_a_type_error_that_names_the_setting(check, wrong):
    with pytest.raises(TypeError, match=r"^size: expected a real number"):
        check("size", wrong)


def test_a_setting_of_any_kind_of_number_becomes_a_float_or_an_int():
    numpy = pytest.importorskip("numpy")
    for half in (numpy.float32(0.5), numpy.array(0.5)):
        for check in (positive, not_negative, fraction):
            assert (check("x", half), type(check("x", half))) == (0.5, float)
    for three in (3, 3.0, numpy.int8(3), numpy.float32(3.0)):
        assert (count("x", three), type(count("x", three))) == (3, int)


@given(x=st.floats(0.0, 1.0, exclude_max=True), y=st.floats(0.0, 1.0, exclude_max=True))
def test_two_fractions_come_from_anything_that_holds_two(x, y):
    for pair in ((x, y), [x, y], iter([x, y])):
        assert two_fractions("betas", pair) == (x, y)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ((0.5,), TypeError, r"betas must be two numbers such as \(0\.9, 0\.999\), got \(0\.5,\)"),
        ((0.1, 0.2, 0.3), TypeError, "betas must be two numbers"),
        (0.5, TypeError, "betas must be two numbers"),
        ((0.5, 1.0), ValueError, r"betas\[1\] must be at least 0 and below 1, got 1\.0"),
        ((-0.5, 0.5), ValueError, r"betas\[0\] must be"),
        ((0.5, "a"), TypeError, r"betas\[1\]: expected a real number"),
    ],
)
def test_what_is_not_two_fractions_is_refused_and_the_wrong_one_named(wrong, error, message):
    with pytest.raises(error, match=message):
        two_fractions("betas", wrong)


@pytest.mark.parametrize("given_flag", [True, 1, "yes", [0], 0, "", None, False])
def test_yes_or_no_is_what_python_takes_for_true(given_flag):
    assert yes_or_no("nesterov", given_flag) is bool(given_flag)


@given(x=st.integers(-5, 5), least=st.integers(-5, 5))
def test_a_whole_number_is_taken_from_the_least_on(x, least):
    if x >= least:
        assert whole("nin", x, least) == x
    else:
        with pytest.raises(ValueError, match=f"^nin must be at least {least}, got {x}$"):
            whole("nin", x, least)


@pytest.mark.parametrize("wrong", [2.0, "2", None])
def test_what_is_not_an_integer_is_not_a_whole_number_though_it_may_equal_one(wrong):
    with pytest.raises(TypeError, match=r"^nin must be a whole number, got"):
        whole("nin", wrong)


def test_a_whole_number_of_numpy_becomes_an_int():
    numpy = pytest.importorskip("numpy")
    assert type(whole("nin", numpy.int64(2))) is int
