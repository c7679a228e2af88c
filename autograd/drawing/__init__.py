"""A graph as a picture, an animation or an explanation in words: draw, Drawing, explain."""

from autograd.drawing.explain import explain
from autograd.drawing.picture import Drawing, draw

__all__ = ["Drawing", "draw", "explain"]
