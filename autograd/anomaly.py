"""Find the first operation that makes a NaN or an infinity, and the line that asked for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar, overload

from autograd import modes
from autograd.errors import AnomalyError
from autograd.modes import ModeBlock
from autograd.output.printing import shown
from autograd.scalars import number_in
from autograd.value import Value

F = TypeVar("F", bound=Callable[..., Any])

_OURS = tuple(f"{Path(__file__).parent.parent / package}{os.sep}" for package in ("autograd", "nn"))


@overload
def detect_anomaly() -> ModeBlock: ...
@overload
def detect_anomaly(f: F) -> F: ...
def detect_anomaly(f: Any = None) -> Any:
    """Raise AnomalyError at the first operation whose value or derivative turns NaN or infinite.

    The error names the operation, its inputs, and the line of your code that made it. Operations
    are checked as they are recorded and as `backward()` or a transform passes through them, so both
    belong inside the block. Compiled functions run as Python there. It holds for this thread and context
    only; recording is several times slower. It is a decorator too, as `no_grad` is.

    >>> import autograd
    >>> with autograd.detect_anomaly():
    ...     x = autograd.Value(-1.0, label="x")
    ...     y = x.log()
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log made nan from x = -1.0
      at <doctest autograd.anomaly.detect_anomaly[1]>:3: y = x.log()
    """
    return modes.changed(f, {"check": _check_value, "check_derivative": _check_derivative})


class _Birth(int):
    """The epoch in which a node was made, and the line of the user's code that made it."""

    path: str
    line: int


def _check_value(node: Value) -> None:
    node._born = birth = _Birth(node._born)
    birth.path, birth.line = users_line()
    if not isfinite(node.data):
        raise AnomalyError(f"{_name(node)} made {node.data} from {_inputs(node)}\n  at {_line(node)}")


def _check_derivative(node: Value, place: int, derivative: float) -> None:
    if not isfinite(derivative):
        raise AnomalyError(
            f"the derivative with respect to input {place} of {_name(node)} turned {derivative} going backward, "
            f"with inputs {_inputs(node)} and output {node.data}\n  at {_line(node)}"
        )


def _line(node: Value) -> str:
    import linecache

    birth = node._born
    if not isinstance(birth, _Birth):
        return "an unknown line: build the graph inside detect_anomaly too"
    code = linecache.getline(birth.path, birth.line).strip()
    return f"{birth.path}:{birth.line}: {code}".rstrip(": ")


def _name(node: Value) -> str:
    return shown(node.op.name) if node.op is not None else "a leaf"


def _inputs(node: Value) -> str:
    first = [_named(x) for x in node.inputs[:8]]
    more = len(node.inputs) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _named(x: Value | float) -> str:
    return f"{shown(x.label)} = {x.data}" if isinstance(x, Value) and x.label else f"{number_in(x)}"


def users_line() -> tuple[str, int]:
    """Return the file and line of the innermost caller outside this library."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
