"""How a picture looks: with gradients or without, how many digits, and where the scale of colours ends."""

from __future__ import annotations

from typing import NamedTuple

from autograd.drawing.dot.text import DIGITS


class Look(NamedTuple):
    """What a reader has asked for."""

    gradients: bool = True
    digits: int = DIGITS  # significant ones
    scale: float | None = None  # the gradient at which the scale of colours ends; None for the largest that is shown
    still: bool = False  # no frame of a film: the weights of a small neuron one by one, a long chain in lines
