"""What all plots share: new axes, colours, numbers, and a legend that leaves a title its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from autograd.errors import needs
from autograd.output.printing import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours (2008), which can be told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"
COLORS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
ON_SURFACE = ("white", ORANGE, SKY, PURPLE, VERMILION)  # a path's colour, beside those of a surface
MARKERS, MARKER = "os^DvP", 8.0  # which is so many points wide, with its white edge
INK, FAINT = "#1f2430", "#5b6270"
LONGEST = 40  # characters of a name

Grid = list[list[float]]


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of pyplot, which a notebook shows; sizes are in inches.

    Raises ImportError without matplotlib.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise needs("notebook", "plots need matplotlib", "matplotlib") from error
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def legend(ax: Axes, handles: Sequence[Any], names: Iterable[object], below: bool = False) -> None:
    """Name what is drawn, inside where it covers least, or below the axes; a name is text, not mathematics.

    A handle may be a line on the twin of `ax`, or a tuple of lines that lie one on the other.
    """
    _keep_clear(ax, handles)
    inside: dict[str, Any] = {"loc": "best", "fontsize": "small", "labelspacing": 0.3}
    outside: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "ncols": 2, "frameon": False}
    words = [shown(name, LONGEST) for name in names]
    drawn = ax.legend(
        handles,
        [f"\N{THIN SPACE}{word}" for word in words],  # matplotlib leaves out what begins with an underscore
        **(outside if below else inside),
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


def _keep_clear(ax: Axes, handles: Sequence[Any]) -> None:
    """Put on `ax`, unseen, what the best place of a legend heeds: lines of its twin, and points with their size.

    Of its own accord matplotlib looks at the lines of the legend's own axes and at the middles of points.
    """
    from matplotlib.collections import CircleCollection, PathCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import ScaledTranslation

    inches = ax.figure.dpi_scale_trans
    for drawn in handles:
        if isinstance(drawn, Line2D) and drawn.axes not in (None, ax):
            ax.add_artist(PathPatch(drawn.get_path(), transform=drawn.get_transform(), visible=False))
        elif isinstance(drawn, PathCollection):
            for x, y in product((-MARKER / 144.0, MARKER / 144.0), repeat=2):  # the corners around each point
                place = drawn.get_offset_transform() + ScaledTranslation(x, y, inches)
                corners = CircleCollection([1.0], offsets=drawn.get_offsets(), offset_transform=place, visible=False)
                ax.add_artist(corners)


def between(a: float, b: float, count: int) -> list[float]:
    """Return so many numbers from a to b, both included."""
    return [a + (b - a) * k / (count - 1) for k in range(count)]
