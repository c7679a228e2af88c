"""Numbers in short form never lie about zero, and what a user typed stays text on one line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.drawing.dot.text import markup, short, span, width


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0123, "0.0123"),
        (1.2e-05, "1.2e-05"),
        (138.8338, "138.8"),
        (24.7041, "24.7"),
        (12345.678, "12346"),
        (999999.7, "1e+06"),
        (0.30000000000000004, "0.3"),
        (-1.5, "-1.5"),
        (0.0, "0"),
        (-0.0, "-0"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (5e-324, "4.941e-324"),
    ],
)
def test_a_number_in_short_form(number, text):
    assert short(number) == text


@given(st.floats(-1e308, 1e308))
def test_short_form_keeps_sign_and_four_digits_and_never_rounds_to_zero(number):
    text = short(number)
    assert len(text) <= 11
    assert (float(text) == 0.0) == (number == 0.0)
    assert math.copysign(1.0, float(text)) == math.copysign(1.0, number)
    assert float(text) == pytest.approx(number, rel=5.1e-4)


def test_a_range_says_when_nan_is_among_the_numbers():
    assert span([2.0, 2.0]) == "2"
    assert span([1.0, math.nan, -1.0]) == "-1 … 1, nan"
    assert span([math.nan]) == "nan"


def test_markup_neither_opens_a_tag_nor_escapes():
    assert markup("<b>&\"'\\N") == "&lt;b&gt;&amp;&quot;&#x27;\\\\N"


def test_only_wide_characters_need_room():
    assert width("plain … ∂", 10.0) == 0
    assert width("漢字", 10.0) == 20
