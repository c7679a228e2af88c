"""The scale of gradients: two hues that all eyes tell apart, white at zero, and text that can be read on it."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.drawing.dot.colors import BADGE, INK, NO_NUMBER, PAPER, SOFT, fill, limit

# What dichromats see of linear RGB (Viénot, Brettel and Mollon 1999): protanopia and deuteranopia.
BLINDNESS = [
    [(0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)],
    [(0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)],
]


def linear(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one, other):
    """The contrast ratio of WCAG 2."""
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(linear, (one, other))]
    return (max(light) + 0.05) / (min(light) + 0.05)


@given(st.floats(), st.floats(0.0, allow_infinity=False))
def test_every_gradient_has_a_six_digit_colour(gradient, end):
    assert re.fullmatch("#[0-9a-f]{6}", fill(gradient, end))


def test_the_scale_is_white_at_zero_and_deepens_to_its_ends():
    assert fill(0.0, 2.0) == fill(-0.0, 2.0) == PAPER
    blues = [linear(fill(-g, 2.0))[0] for g in (0.0, 0.1, 0.5, 1.0, 2.0)]
    oranges = [linear(fill(g, 2.0))[2] for g in (0.0, 0.1, 0.5, 1.0, 2.0)]
    assert blues == sorted(blues, reverse=True)
    assert oranges == sorted(oranges, reverse=True)
    assert fill(math.inf, 2.0) == fill(2.0, 2.0)


def test_nan_is_on_neither_side():
    assert fill(math.nan, 2.0) == NO_NUMBER


def test_the_scale_ends_at_the_largest_finite_gradient():
    assert limit([1.0, -3.0, math.inf, math.nan]) == 3.0
    assert limit([]) == limit([math.nan]) == 0.0


@pytest.mark.parametrize("paper", [fill(-1.0, 1.0), fill(1.0, 1.0), NO_NUMBER, PAPER])
def test_text_in_boxes_can_be_read(paper):
    assert contrast(INK, paper) > 4.5
    assert contrast(SOFT, paper) > 4.5


def test_text_on_badges_can_be_read():
    assert contrast(PAPER, BADGE) > 4.5


@pytest.mark.parametrize("matrix", BLINDNESS)
def test_colour_blind_eyes_tell_the_signs_apart(matrix):
    seen = [[sum(a * c for a, c in zip(row, linear(fill(g, 1.0)), strict=True)) for row in matrix] for g in (-1.0, 1.0)]
    assert max(abs(a - b) for a, b in zip(*seen, strict=True)) > 0.3
