"""Characters that a renderer may have no glyph for, such as Korean, Chinese and emoji: no empty boxes in pixels."""

from __future__ import annotations

import subprocess
import unicodedata
import warnings
from contextlib import suppress
from functools import lru_cache
from shutil import which

# What graphviz-pure's own font has: Latin, Greek and Cyrillic letters, punctuation, arrows and mathematical signs.
EMBEDDED = ((0x0, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x22FF))
INVISIBLE = ("Cf", "Mn", "Me", "Cc", "Cs")  # categories of characters that are not drawn by themselves
MOST = 12  # characters that a warning shows
TIME_LIMIT = 5.0  # seconds
STAND_IN = "?"
ADVICE = (
    "Install Graphviz and fonts that have them (Debian: graphviz, fonts-noto-cjk, fonts-noto-color-emoji), "
    "or save an SVG: a browser finds the fonts."
)


def beyond(source: str) -> str:
    """Return the characters that the embedded renderer has no glyphs for, each once.

    >>> beyond("loss, 기울기: ∂ 0.5")
    '기울'
    """
    met = dict.fromkeys(source)
    return "".join(c for c in met if not _is_embedded(c) and unicodedata.category(c) not in INVISIBLE)


def _is_embedded(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in EMBEDDED)


def without_font(characters: str) -> str:
    """Return the characters for which no font is installed; none where there is no fontconfig to ask."""
    program = which("fc-list")
    return "".join(c for c in characters if not _has_font(program, c)) if program else ""


@lru_cache(maxsize=1024)
def _has_font(program: str, character: str) -> bool:
    """Return whether a font has a character, or nothing can be said."""
    with suppress(OSError, subprocess.SubprocessError):
        command = [program, f":charset={ord(character):X}", "file"]
        done = subprocess.run(command, capture_output=True, timeout=TIME_LIMIT, check=True)
        return bool(done.stdout.strip())
    return True


def without(source: str, missing: str) -> str:
    """Return the source with a question mark for each missing character, and warn of them."""
    said = missing[:MOST] + "…" * (len(missing) > MOST)
    warnings.warn(f"no glyphs for {said!r}, drawn as {STAND_IN!r}. {ADVICE}", stacklevel=2)
    return source.translate(dict.fromkeys(map(ord, missing), STAND_IN))
