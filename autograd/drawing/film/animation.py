"""The backward pass as a GIF for slides: one frame a step, painted on one picture of the graph."""

from __future__ import annotations

import math
import re
import textwrap
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from autograd.drawing.dot import colors
from autograd.drawing.dot.boxes import SIZE
from autograd.drawing.dot.render import render
from autograd.drawing.dot.source import FONT, source
from autograd.drawing.dot.text import markup, row, table
from autograd.drawing.film.frames import Change, Film, film
from autograd.drawing.sketch.collapse import Sketch
from autograd.errors import needs

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_FRAMES = 200
STEP, END = 1500, 5000  # milliseconds that a frame is shown, and the last one
DPI, LARGEST = 96.0, 1600  # the most pixels of a side: a larger picture gets fewer to an inch
NARROWEST = 720  # pixels, for the captions
VIOLET = "#6a2fb5"  # on neither side of the scale of gradients
BLACK = "#000000"
MARGIN = 7.76  # points between a number and the edge of its box
SVG = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """A box in a picture, in pixels: its edges, and where its gradient stands."""

    edges: tuple[float, float, float, float]  # left, top, right, bottom
    start: float  # of the room for the gradient
    baseline: float
    size: float  # of the letters


class Shades(NamedTuple):
    """The same picture on two colours, from which each pixel can be mixed for any other colour."""

    paper: Image
    black: Image

    def on(self, color: str) -> Image:
        """Return the picture on a colour; ink and smooth edges are as if it had been drawn there."""
        from PIL import Image, ImageColor

        bands = zip(self.black.split(), self.paper.split(), ImageColor.getrgb(color), strict=True)
        return Image.merge("RGB", [Image.blend(black, paper, shade / 255) for black, paper, shade in bands])

    def crop(self, area: tuple[int, int, int, int]) -> Shades:
        """Return a part of the picture."""
        return Shades(*[image.crop(area) for image in self])


def gif(sketch: Sketch, rankdir: str) -> bytes:
    """Return the animation for a sketch with one root.

    Raises ImportError without Pillow, and ValueError for more than `MOST_FRAMES` steps.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise needs("draw", "a GIF needs the package pillow", "PIL") from error

    reel = film(sketch)
    if len(reel.frames) > MOST_FRAMES:
        count = f"{len(reel.frames):,} frames, and a GIF has at most {MOST_FRAMES}"
        raise ValueError(f"the backward pass has {count}: save a page (.html), or draw a part of the graph")
    dot = source(reel.sketch, rankdir, gradients=True)
    svg = ElementTree.fromstring(render(dot, "svg"))
    size = max(float(points) for points in svg.attrib["viewBox"].split()[2:])
    dpi = min(DPI, 72.0 * LARGEST / size)
    grounds = [_png(_filled(dot, color, reel), dpi) for color in (colors.PAPER, BLACK)]
    pictures = painted(Shades(*grounds), boxes(svg, dpi / 72.0), reel, dpi)
    width, high = max(NARROWEST, pictures[0].width), pictures[0].height
    captions = [_png(caption(reel, k, width), DPI) for k in range(len(reel.frames))]
    height = max(image.height for image in captions)
    images = []
    for image, words in zip(pictures, captions, strict=True):
        canvas = Image.new("RGB", (width, high + height), colors.PAPER)
        canvas.paste(image, ((width - image.width) // 2, 0))
        canvas.paste(words, (0, high))
        images.append(canvas.quantize(dither=Image.Dither.NONE))
    file = BytesIO()
    durations = [*[STEP] * (len(images) - 1), END]
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=durations, loop=0)
    return file.getvalue()


def boxes(svg: ElementTree.Element, scale: float) -> dict[str, Box]:
    """Find the boxes of values in Graphviz's SVG: each has an outline, and texts of which the last is the gradient.

    `scale` is the number of pixels to a point.
    """
    graph = next(svg.iter(f"{SVG}g"))
    move = re.search(r"translate\((\S+) (\S+)\)", graph.attrib["transform"])
    across, down = map(float, move.groups()) if move else (0.0, 0.0)
    found = {}
    for group in graph.iter(f"{SVG}g"):
        outline, texts = group.find(f".//{SVG}path"), group.findall(f".//{SVG}text")
        if group.get("class") != "node" or outline is None or len(texts) < 2:
            continue
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", outline.attrib["d"])]
        xs, ys = [(x + across) * scale for x in numbers[::2]], [(y + down) * scale for y in numbers[1::2]]
        last = texts[-1].attrib
        found[group.attrib["id"]] = Box(
            edges=(min(xs), min(ys), max(xs), max(ys)),
            start=(float(last["x"]) + across) * scale,
            baseline=(float(last["y"]) + down) * scale,
            size=float(last["font-size"]) * scale,
        )
    return found


def painted(picture: Shades, places: dict[str, Box], reel: Film, dpi: float) -> list[Image]:
    """Paint each frame over the picture: gradients so far, the box visited, and the boxes that receive something."""
    blank = [Change(name, "0", colors.PAPER) for name in reel.boxes]
    changes = [*blank, *chain.from_iterable(frame.changes for frame in reel.frames)]
    numbers = {key: _number(*key, dpi) for key in {(change.gradient, change.fill) for change in changes}}
    state = picture.paper.copy()
    for change in blank:
        _fill(state, picture, places[change.box], change, numbers)
    images = []
    for frame in reel.frames:
        for change in frame.changes:
            _fill(state, picture, places[change.box], change, numbers)
        images.append(state.copy())
        for change in frame.changes:
            _outline(images[-1], places[change.box], 0.1)
        _outline(images[-1], places[frame.box], 0.25)
    return images


def _fill(image: Image, picture: Shades, box: Box, change: Change, numbers: dict[tuple[str, str], Image]) -> None:
    """Give a box another colour and gradient; what else is written in it stays."""
    edge = math.ceil(0.1 * box.size)
    left, top, right, bottom = map(round, box.edges)
    area = (left - edge, top - edge, right + edge, bottom + edge)
    inside = picture.crop(area).on(change.fill)
    x, y = round(box.start) - area[0], round(box.baseline) - area[1]
    end = round(box.edges[2] - MARGIN / SIZE * box.size) - area[0]
    inside.paste(change.fill, (x - 1, round(y - box.size), end + 1, round(y + 0.3 * box.size)))
    number = numbers[change.gradient, change.fill]
    if number.width > end - x:
        number = number.resize((max(1, end - x), number.height))
    inside.paste(number, (end - number.width, y - _baseline(numbers["0", colors.PAPER])))
    image.paste(inside, area[:2])


def _number(text: str, fill: str, dpi: float) -> Image:
    """Return a gradient as Graphviz writes it, on the colour of its box."""
    return _png(_text(markup(text), fill, "margin=0 width=0 height=0", pad=0.0), dpi)


def _text(said: str, ground: str, style: str, pad: float) -> str:
    """Return a picture of text alone as DOT, in the letters of the labels of boxes."""
    node = f'node [shape=plaintext fontname="{FONT}" fontsize={SIZE:g} fontcolor="{colors.INK}" {style}]'
    return f'digraph {{ bgcolor="{ground}"; pad={pad:g}; {node}; said [label=<{said}>] }}'


def _baseline(zero: Image) -> int:
    """Return how far below the top of a number its baseline is, by the digit 0 on paper."""
    from PIL import ImageOps

    ink = ImageOps.invert(zero.convert("L")).point([0] * 128 + [255] * 128).getbbox()
    return ink[3] if ink else zero.height


def _filled(dot: str, color: str, reel: Film) -> str:
    """Return DOT with the boxes of values in one colour."""
    names = "|".join(reel.boxes)
    return re.sub(rf'(?m)^(\s*(?:{names}) \[.* fillcolor=)"#\w{{6}}"', rf'\1"{color}"', dot)


def _png(dot: str, dpi: float) -> Image:
    from PIL import Image

    return Image.open(BytesIO(render(dot, "png", f"-Gdpi={dpi:g}"))).convert("RGB")


def _outline(image: Image, box: Box, width: float) -> None:
    """Draw a frame around a box; its width is a part of the size of a letter."""
    from PIL import ImageChops

    left, top, right, bottom = map(round, box.edges)
    thick = max(1, round(width * box.size))
    outer = _rounded((right - left + 2 * thick, bottom - top + 2 * thick), box.size * 1.1 + thick)
    hole = outer.point([0] * 256)
    hole.paste(_rounded((right - left, bottom - top), box.size * 1.1), (thick, thick))
    image.paste(VIOLET, (left - thick, top - thick), ImageChops.subtract(outer, hole))


def _rounded(size: tuple[int, int], radius: float) -> Image:
    """Return a mask of a rectangle with round corners and smooth edges."""
    from PIL import Image, ImageDraw

    wide, high = 4 * size[0], 4 * size[1]
    mask = Image.new("L", (wide, high))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, high - 1), 4 * radius, fill=255)
    return mask.resize(size, Image.Resampling.BOX)


def caption(reel: Film, k: int, width: int) -> str:
    """Return the caption of frame k as DOT: Graphviz writes it, as it writes the labels in the picture."""
    frame = reel.frames[k]
    letters = width // 8  # in a line
    heading = f"step {k} of {len(reel.frames) - 1}: {frame.heading}"
    bold = [f"<B>{markup(line)}</B>" for line in textwrap.wrap(heading, letters)]
    plain = [markup(line) for said in frame.lines for line in textwrap.wrap(said, letters, subsequent_indent="    ")]
    return _text(table(map(row, [*bold, *plain]), 2), colors.PAPER, "", pad=0.1)
