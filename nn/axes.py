"""What all plots share: new axes, colours, and a legend above the axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.drawing.text import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours (2008), which every kind of colour vision tells apart.
BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"
COLORS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
INK, FAINT = "#1f2430", "#5b6270"
LONGEST = 40  # characters of a name


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of pyplot, which a notebook shows; sizes are in inches.

    Raises ImportError without matplotlib.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'chainrule[notebook]'") from error
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def legend(ax: Axes, handles: Sequence[Any], names: Iterable[object], below: bool = False) -> None:
    """Name what is drawn, outside of the axes, where nothing is covered; a name is text, not mathematics."""
    words = [shown(name, LONGEST) for name in names]
    drawn = ax.legend(
        handles,
        [f"\N{THIN SPACE}{word}" for word in words],  # matplotlib leaves out what begins with an underscore
        loc="upper center" if below else "lower left",
        bbox_to_anchor=(0.5, 0.0) if below else (0.0, 1.0),
        ncols=2 if below else max(1, 110 // (10 + max(map(len, words)))),
        frameon=False,
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)
