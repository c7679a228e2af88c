"""The backward pass as a page: a picture with a slider, that shows one step of the chain rule after the other."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path

from autograd.drawing.dot.render import render
from autograd.drawing.dot.source import source
from autograd.drawing.film.frames import film
from autograd.drawing.sketch.collapse import Sketch
from autograd.output.files import PathLike, write_whole

# Pixels, until the page itself says how high it is: around the picture, and for the picture at most.
ROOM, HIGHEST = 290, 480


class Player:
    """A page of HTML that needs no other file; a notebook shows it in a frame."""

    def __init__(self, html: str, height: int) -> None:
        self.html = html
        self.height = height

    def save(self, path: PathLike) -> Path:
        """Write the page to a file; return its path."""
        write_whole(path, self.html.encode())
        return Path(path)

    def __repr__(self) -> str:
        return f"<Player: {len(self.html):,} characters of HTML, see save()>"

    def _repr_html_(self) -> str:
        # Its own frame: several on one page share neither names nor style.
        page = html.escape(self.html)
        style = f"width:100%;height:{self.height}px;border:0"
        return f'<iframe srcdoc="{page}" style="{style}" title="The backward pass, step by step"></iframe>'


def player(sketch: Sketch, rankdir: str) -> Player:
    """Return the page for a sketch with one root."""
    reel = film(sketch)
    svg = render(source(reel.sketch, rankdir, gradients=True), "svg").decode()
    template = files("autograd.drawing.film").joinpath("player.html").read_text("utf-8")
    script = template.rpartition("<script>")[2].partition("</script>")[0]
    parts = {
        "title": html.escape(f"The backward pass from {reel.root}"),
        "graph": svg[svg.index("<svg") :],
        "film": _json({"frames": [frame._asdict() for frame in reel.frames], "boxes": reel.boxes}),
        "hash": "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
    page = re.sub(r"\[\[(\w+)\]\]", lambda match: parts[match[1]], template)
    return Player(page, ROOM + min(_height(svg), HIGHEST))


def _height(svg: str) -> int:
    """Return the height of a picture in pixels; Graphviz states it in points."""
    match = re.search(r'<svg [^>]*height="(\d+)pt"', svg)
    return int(match[1]) * 4 // 3 if match else HIGHEST


def _json(data: object) -> str:
    """Return JSON for a script element: without a character that HTML could take for the end of it."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
