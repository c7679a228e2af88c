"""Words: what messages and tables are made of, such as lists of names, unknown names, and columns side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograd.output.printing import shown


def listing(names: Sequence[str], most: int = 20) -> str:
    """Join names with commas, and only count those after the first few."""
    rest = len(names) - most
    return ", ".join(map(shown, names[:most])) + (f" and {rest} more" if rest > 0 else "")


def faults(found: Mapping[str, Sequence[str]]) -> str:
    """Say what is wrong with which names; "" for nothing."""
    return "; ".join([f"{fault}: {listing(names)}" for fault, names in found.items() if names])


def unknown(what: str, given: object, names: Iterable[str], others: str, hint: str = "") -> Exception:
    """Return the error for a name that is not one of those known, or for what is neither a name nor one of others."""
    error = ValueError if isinstance(given, str) else TypeError
    return error(f"unknown {what} {given!r}{hint}: expected {others}one of {', '.join(names)}")


def table(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Set rows in columns, those after the first few flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[*map(str.ljust, row[:left], widths), *map(str.rjust, row[left:], widths[left:])] for row in rows]
    return ["  ".join(line).rstrip() for line in lines]
