"""A graph as a picture, an animation or an explanation in words: draw, Drawing, explain."""

from autograd.drawing.picture import Drawing, draw
from autograd.drawing.words.explain import explain

__all__ = ["Drawing", "draw", "explain"]
