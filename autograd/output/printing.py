"""Text that a user, a file or a program gave, made safe to print: it cannot steer a terminal or forge a line."""

from __future__ import annotations

JOINERS = "\u200c\u200d"  # inside emoji and some scripts; other invisible characters are shown as escapes


def shown(text: object, most: int | None = None) -> str:
    r"""Return text on one line, cut to `most` characters; a character that cannot be seen becomes an escape.

    Text that is already safe stays as it is.

    >>> shown("two\nlines\x00"), shown("x" * 10_000, most=8), shown(shown("\x1b[2J"))
    ('two\\nlines\\x00', 'xxxxxxx…', '\\x1b[2J')
    """
    given = str(text)
    visible = given if given.isprintable() else "".join(map(_visible, given[: most and most + 1]))
    if not visible.strip():
        visible = f"'{visible}'"
    return visible if most is None or len(visible) <= most else f"{visible[: most - 1]}…"


def lines(text: str) -> str:
    r"""Return a message of one or several lines, without control characters except the ends of lines.

    >>> lines("first\n  second\r\x1b[2J")
    'first\n  second\\r\\x1b[2J'
    """
    return text if text.isprintable() else "".join([c if c == "\n" else _visible(c) for c in text])


def _visible(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return character.encode("unicode_escape").decode()
