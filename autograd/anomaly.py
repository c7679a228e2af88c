"""Find the first operation that makes a NaN or an infinity, and the line that asked for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

from autograd import modes
from autograd.errors import AnomalyError
from autograd.value import Value

_OURS = tuple(f"{Path(__file__).parent.parent / package}{os.sep}" for package in ("autograd", "nn"))


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise AnomalyError at the first operation whose value or derivative turns NaN or infinite.

    The error names the operation, its inputs, and the line of your code that made it. Operations
    are checked as they are recorded and as `backward()` or a transform passes through them, so both
    belong inside the block. For this thread and context only; recording is several times slower.

    >>> import autograd
    >>> with autograd.detect_anomaly():
    ...     x = autograd.Value(-1.0, label="x")
    ...     y = x.log()
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log made nan from x = -1.0
      at <doctest autograd.anomaly.detect_anomaly[1]>:3: y = x.log()
    """
    with modes.mode(check=_check_value, check_derivative=_check_derivative):
        yield


# The user's line that made a node, by the node's id, not by the node, so that graphs are freed as
# ever; the number in the node, held here, tells it from a later node in the same place.
_lines: dict[int, tuple[float, str, int]] = {}


def _check_value(node: Value) -> None:
    _lines[id(node)] = (node.data, *users_line())
    if not isfinite(node.data):
        raise AnomalyError(f"{_name(node)} made {node.data} from {_inputs(node)}\n  at {_line(node)}")


def _check_derivative(node: Value, place: int, derivative: float) -> None:
    if not isfinite(derivative):
        raise AnomalyError(
            f"the derivative by input {place} of {_name(node)} turned {derivative} going backward, "
            f"with inputs {_inputs(node)} and output {node.data}\n  at {_line(node)}"
        )


def _line(node: Value) -> str:
    import linecache

    data, path, line = _lines.get(id(node), (None, "", 0))
    if data is not node.data:
        return "an unknown line: build the graph inside detect_anomaly too"
    return f"{path}:{line}: {linecache.getline(path, line).strip()}".rstrip(": ")


def _name(node: Value) -> str:
    return node.op.name if node.op is not None else "a leaf"


def _inputs(node: Value) -> str:
    shown = [f"{x.label} = {x.data}" if isinstance(x, Value) and x.label else f"{_data(x)}" for x in node.inputs[:8]]
    more = len(node.inputs) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _data(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x


def users_line() -> tuple[str, int]:
    """Return file and line of the innermost caller outside of this library."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
