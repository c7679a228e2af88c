"""The lines of a program cut into chunks: functions of straight-line code short enough to compile fast.

The time to compile a function grows faster than its length; what one chunk makes and another needs passes through a
slot of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograd.compiler.program.schedule import Chain, Computation, operands_of

CHUNK, SHORT_CHUNK = 3_000, 150  # lines
LONG = 20_000  # lines of a program from which on code is made in a hurry: it waits for memory, not for arithmetic
Locate = Callable[[int], tuple[str, str]]  # a value's memory, "%v" or "%u", and its slot


@dataclass(eq=False)
class Chunk:
    """Lines that one function does: values by number, and which of them are written to their slots."""

    lines: Sequence[tuple[int, Computation]]
    stored: set[int]
    place: Locate


def chunks(lines: Sequence[tuple[int, Computation]], kept: Iterable[int], place: Locate) -> list[Chunk]:
    """Cut lines into chunks; `kept` are the values that others need."""
    parts: list[list[tuple[int, Computation]]] = [[]]
    most = SHORT_CHUNK if len(lines) > LONG else CHUNK
    size = 0
    for value, line in lines:
        if size >= most:
            parts.append([])
            size = 0
        parts[-1].append((value, line))
        size += len(line.terms) if isinstance(line, Chain) else 1
    needed = set(kept)
    found = []
    for part in reversed(parts):
        made = {value for value, _ in part}
        found.append(Chunk(part, made & needed, place))
        needed |= {x for _, line in part for x in operands_of(line)} - made
    return found[::-1]
