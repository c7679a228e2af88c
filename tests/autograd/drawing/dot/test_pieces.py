"""The pieces of a picture."""

from autograd.drawing.dot.pieces import BADGE, PILL, ROUND


def test_round_and_long_badges_have_the_same_height_and_ink():
    assert ROUND["width"] == PILL["height"]
    assert not BADGE.keys() & (ROUND | PILL).keys()
