"""What a user typed, as text and never as markup, and numbers in short form."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Iterable

DIGITS = 4  # significant ones, unless more are asked for


def short(number: float, digits: int = DIGITS) -> str:
    """Return a number in at most `digits` significant digits; a number that is not zero never looks like zero.

    >>> [short(x) for x in (2.0, 0.0123, 1.2e-05, 645.5773, 1234567.0, -0.0)]
    ['2', '0.0123', '1.2e-05', '645.6', '1.235e+06', '-0']
    >>> short(645.5773, digits=6)
    '645.577'
    """
    if number == 0.0 or not math.isfinite(number):
        return f"{number:g}"
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    if -4 <= int(exponent) < max(6, digits):
        return _without_zeros(f"{number:.{max(0, digits - 1 - int(exponent))}f}")
    return f"{_without_zeros(mantissa)}e{exponent}"


def span(numbers: Iterable[float], digits: int = DIGITS) -> str:
    """Return the range of some numbers, in short form, and whether NaN is among them.

    >>> span([0.5, -1.25, 3.0])
    '-1.25 … 3'
    """
    numbers = list(numbers)
    ordered = [x for x in numbers if not math.isnan(x)]
    ends = dict.fromkeys([short(min(ordered), digits), short(max(ordered), digits)] if ordered else [])
    said = [" … ".join(ends)] if ends else []
    return ", ".join([*said, *["nan"] * (len(ordered) < len(numbers))])


def markup(text: str) -> str:
    r"""Return `shown` text for an HTML-like label of DOT.

    Graphviz replaces \N, \G and others there too, after it has decoded entities: only a second
    backslash prevents that.
    """
    return html.escape(text).replace("\\", "\\\\")


def row(cell: str) -> str:
    """Return a row of a table with one cell, on the left."""
    return f'<TR><TD ALIGN="LEFT">{cell}</TD></TR>'


def table(rows: Iterable[str], padding: int | None = None) -> str:
    """Return rows as a table without lines, with room around each cell."""
    around = "" if padding is None else f' CELLPADDING="{padding}"'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0"{around}>{"".join(rows)}</TABLE>'


def tooltip(text: str) -> str:
    """Return `shown` text for a tooltip, in which Graphviz replaces backslashes twice."""
    return html.escape(text).replace("\\", "\\\\\\\\")


def width(text: str, size: float) -> int:
    """Return the least width in points to keep for text with wide characters (CJK, emoji), else 0.

    The embedded renderer does not know their width and takes 0.83 `size`.
    """
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return math.ceil((wide + 0.6 * (len(text) - wide)) * size) if wide else 0


def _without_zeros(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
