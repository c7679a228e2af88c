"""Colours: gradients on a diverging scale, blue below zero, white at it, orange above, and all other ink."""

from __future__ import annotations

import math
from collections.abc import Iterable

INK, SOFT, FAINT, LINE, PAPER = "#1f2430", "#343b48", "#4a5160", "#606977", "#ffffff"  # soft ink is for boxes
WARNING = "#b3261e"  # the outline of the first number that is not finite
BADGE, CLUSTER, CLUSTER_LINE = "#3d4656", "#f4f5f8", "#c3c9d4"
THREADS = ("#6a2fb5", "#00695c", "#a8326e", "#7a4a00", "#1a5fb4")  # of edges that run close, on none of the scales
NO_NUMBER = "#d0d0d0"  # grey belongs to neither side

# Two hues that every kind of colour vision tells apart, light enough for dark ink.
BELOW, ABOVE = (0x6B, 0xAE, 0xE0), (0xF7, 0xA8, 0x54)


def limit(gradients: Iterable[float]) -> float:
    """Return the largest size of a finite gradient: where the scale ends. 0.0 if there is none."""
    return max((abs(g) for g in gradients if math.isfinite(g)), default=0.0)


def fill(gradient: float, end: float) -> str:
    """Return the colour of a gradient on a scale from -end to end.

    The depth of a colour grows with the square root, so that small gradients still show next to
    large ones.

    >>> fill(0.0, 1.0), fill(1.0, 1.0), fill(-0.25, 1.0)
    ('#ffffff', '#f7a854', '#b5d6f0')
    """
    if math.isnan(gradient):
        return NO_NUMBER
    if gradient == 0.0:
        return PAPER
    depth = math.sqrt(min(1.0, abs(gradient) / end)) if end and math.isfinite(gradient) else 1.0
    return "#" + "".join(f"{round(255 + (c - 255) * depth):02x}" for c in (ABOVE if gradient > 0.0 else BELOW))


def place(color: str) -> tuple[str, float] | None:
    """Return where a colour is on the scale: "above" or "below" zero, and its depth; None if it is not on the scale.

    >>> place(fill(-0.25, 1.0)), place(INK)
    (('below', 0.5), None)
    """
    channels = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    for name, end in (("above", ABOVE), ("below", BELOW)):
        depth = (255 - min(channels)) / (255 - min(end))
        ideal = [255 + (c - 255) * depth for c in end]
        if 0.0 < depth <= 1.0 and all(abs(c - i) < 1.0 for c, i in zip(channels, ideal, strict=True)):
            return name, round(depth, 2)
    return None
