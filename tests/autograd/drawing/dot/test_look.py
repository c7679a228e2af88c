"""How a picture looks unless something else is asked for."""

from autograd.drawing.dot.look import Look


def test_a_picture_has_gradients_in_four_digits_on_its_own_scale():
    assert Look() == Look(gradients=True, digits=4, scale=None, still=False)
