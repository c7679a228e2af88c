"""Drawing: a graph as DOT source, as a picture in a file, or inline in a notebook."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from autograd.drawing.dot.look import Look
from autograd.drawing.dot.render import render
from autograd.drawing.dot.source import source
from autograd.drawing.dot.text import DIGITS, short
from autograd.drawing.dot.theme import themed
from autograd.drawing.film.animation import gif
from autograd.drawing.film.player import Player, player
from autograd.drawing.sketch.collapse import EXPAND, Sketch, collapsed, every_value, is_network
from autograd.drawing.sketch.numbering import number
from autograd.errors import RenderError
from autograd.output import printing
from autograd.output.files import PathLike, checked_path, write_whole
from autograd.value import Value

RANKDIRS = ("LR", "TB", "RL", "BT")
DPI, SHARPEST = 144.0, 600.0
SOME, LONGEST = 3, 32  # roots in a title, characters of a label there
MOST_DIGITS = 17  # tell every float from its neighbours


class Drawing:
    """A picture of a graph, as it was when `draw` was called.

    `source` is DOT, `note` says what was collapsed to keep the picture readable ("" if nothing was).
    In a notebook it shows itself.

    >>> from autograd import Value
    >>> drawing = draw(Value(3.0, label="x") * 2.0)
    >>> drawing.svg()[:5], drawing.png()[1:4]
    ('<?xml', b'PNG')
    """

    def __init__(self, sketch: Sketch, shown: Sketch, rankdir: str, look: Look) -> None:
        self.sketch = sketch  # what is played, with each operation inside a function and each row of a batch
        self.source = source(shown, rankdir, look=look)
        self.rankdir = rankdir
        self._shown = shown

    @property
    def note(self) -> str:
        """What was collapsed and why; "" if every value is drawn."""
        return self._shown.note

    def svg(self) -> str:
        """Return the picture as SVG.

        Raises RenderError if no Graphviz is installed or if it fails, as do `png` and `save`.
        """
        svg = render(self.source, "svg", "-Gbgcolor=transparent").decode()
        return themed(svg, _title(self._shown))

    def png(self, dpi: float = DPI) -> bytes:
        """Return the picture as PNG, at `dpi` pixels to an inch of 72 points.

        The embedded renderer has glyphs for Latin, Greek and Cyrillic letters. Others, such as Korean ones and
        emoji, are drawn by a `dot` on PATH where fonts for them are installed; else they are question marks,
        with a warning that says what to install.
        """
        if not 0.0 < dpi <= SHARPEST:
            raise ValueError(f"dpi must be above 0 and at most {SHARPEST:g}, got {dpi!r}")
        return render(self.source, "png", f"-Gdpi={dpi:g}")

    def pdf(self) -> bytes:
        """Return the picture as PDF, for which a real Graphviz must be installed."""
        return render(self.source, "pdf")

    def player(self) -> Player:
        """Return a page that plays the backward pass step by step; in a notebook it shows itself.

        The gradients are those of a pass from zero, whatever has been computed before. Raises
        ValueError for a drawing of several roots.
        """
        return player(self.sketch, self.rankdir)

    def gif(self) -> bytes:
        """Return the backward pass as an animation, a frame for each step; see `player`."""
        return gif(self.sketch, self.rankdir)

    def save(self, path: PathLike) -> Path:
        """Write a file in the format that its suffix says.

        .svg, .png, .pdf and .dot have the picture, .html and .gif the backward pass step by step.
        Returns the path. Raises ValueError for another suffix, OSError where the file cannot be written.
        """
        path = Path(checked_path(path))
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise ValueError(f"unknown suffix {path.suffix!r}: expected one of {', '.join(FORMATS)}")
        write_whole(path, FORMATS[suffix](self))
        return path

    def __repr__(self) -> str:
        count = len(self.sketch.graph.values)
        return f"<Drawing of {self.note or f'{count} value' + 's' * (count > 1)}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        try:
            return {"image/svg+xml": inline(self), "text/plain": repr(self)}
        except RenderError as error:
            return {"text/plain": f"{self!r}\n{error}"}


def _title(sketch: Sketch) -> str:
    """Return what a picture is of, for those who cannot see it."""
    roots = [sketch.graph.values[root] for root in sketch.graph.roots]
    named = [
        f"{printing.shown(root.label, LONGEST) if root.label else 'a Value'} = {short(root.data)}"
        for root in roots[:SOME]
    ]
    more = [f"{len(roots) - SOME:,} more"] if len(roots) > SOME else []
    count = len(sketch.graph.values)
    return f"Graph of {', '.join([*named, *more])}: {count:,} value{'s' * (count > 1)}"


def inline(drawing: Drawing) -> str:
    """Return the SVG for a page: it shrinks where the page is narrower than the picture."""
    return drawing.svg().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


# How a drawing is saved, by suffix.
FORMATS: dict[str, Callable[[Drawing], bytes]] = {
    ".svg": lambda drawing: drawing.svg().encode(),
    ".png": Drawing.png,
    ".pdf": Drawing.pdf,
    ".dot": lambda drawing: drawing.source.encode(),
    ".html": lambda drawing: drawing.player().html.encode(),
    ".gif": Drawing.gif,
}


def draw(
    root: Value | Iterable[Value],
    *,
    rankdir: str | None = None,
    max_nodes: int = 300,
    group: bool = True,
    gradients: bool = True,
    digits: int = DIGITS,
    scale: float | None = None,
    expand: bool | str | Iterable[str] = (),
) -> Drawing:
    """Draw the graph below a Value, or below several.

    A value is a box with its label, number and gradient, in the colour of the gradient; an operation
    is a dark badge with its constants; the edge into it has the local derivative with respect to that
    input. `rankdir` is the direction of reading, LR, TB, RL or BT: by default LR, and TB for a network.
    `gradients=False` leaves derivatives out. Numbers have `digits` significant digits; tooltips have all.
    The scale of colours ends at the largest gradient, or at `scale`: give the pictures of a series the same.

    With `group`, parameters whose labels are names in a model (`layers.0.neurons.3.weights.1`) stand
    in nested frames, and the weights of a neuron share a box. The rows of a batch share their boxes
    (as "4 rows"), and softmax, log_softmax, cross_entropy, mse and squared_error are one operation each:
    `expand` has the names of those to open, or "rows", or is True for all.
    Then a graph with more than `max_nodes` boxes is collapsed to neurons, to layers, or to groups of like
    operations: `note` and the picture say so. Raises GraphSizeError for such a graph with `group=False`,
    and ImportError without the extra `draw`.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> drawing = draw(y)
    >>> drawing
    <Drawing of 3 values>
    >>> print(drawing.source[:21])
    digraph computation {
    """
    if rankdir is not None and rankdir not in RANKDIRS:
        raise ValueError(f"rankdir must be one of {', '.join(RANKDIRS)}, got {rankdir!r}")
    if not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(f"max_nodes must be a whole number of at least 1, got {max_nodes!r}")
    if not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise ValueError(f"digits must be a whole number from 1 to {MOST_DIGITS}, got {digits!r}")
    if scale is not None and not 0.0 < scale < math.inf:
        raise ValueError(f"scale must be a finite number above 0, or None, got {scale!r}")
    names = _expanded(expand)
    graph = number(_roots(root))
    if group:
        shown, sketch = collapsed(graph, max_nodes, names), collapsed(graph, max_nodes, EXPAND)
    else:
        shown = sketch = every_value(graph, max_nodes)
    if rankdir is None:
        rankdir = "TB" if is_network(shown) else "LR"
    return Drawing(sketch, shown, rankdir, Look(gradients, digits, scale, still=True))


def _expanded(expand: bool | str | Iterable[str]) -> set[str]:
    """Return the names of what is shown open."""
    if isinstance(expand, bool):
        return set(EXPAND) if expand else set()
    names = {expand} if isinstance(expand, str) else set(expand)
    for wrong in sorted(map(str, names - set(EXPAND)))[:1]:
        raise ValueError(f"cannot expand {wrong!r}: expected True or some of {', '.join(EXPAND)}")
    return names


def _roots(root: Value | Iterable[Value]) -> list[Value]:
    if isinstance(root, Value):
        return [root]
    roots = list(root) if isinstance(root, Iterable) and not isinstance(root, str) else [root]
    for wrong in [x for x in roots if not isinstance(x, Value)][:1]:
        raise TypeError(f"draw needs a Value or a list of Values, got {type(wrong).__name__}")
    if not roots:
        raise ValueError("draw needs at least one Value, got none")
    return roots
