"""What a `with` block changes about recording: `no_grad` here, anomaly detection and others elsewhere.

A mode belongs to a context (a thread, an asyncio task). While no mode but the default is alive
anywhere, an operation pays for modes with one look at `alive`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.value import Value

alive: dict[int, None] = {}  # the modes of open blocks, and of contexts that were copied inside one, by id


class Mode:
    """How operations are recorded and swept in one context."""

    recording: bool = True
    tracing: Callable[[Value, bool], Value] | None = None  # `autograd.compile` turns each new node into another
    strict: bool = True  # while tracing: whether what does not pass must not even meet an infinity
    check: Callable[[Value], None] | None = None  # sees each new node
    check_derivative: Callable[[Value, int, float], None] | None = None  # of a node, by the input at a place

    def __init__(self, **changes: Any) -> None:
        vars(self).update(changes)

    def __del__(self, alive: dict[int, None] = alive) -> None:  # the global is gone when Python ends
        alive.pop(id(self), None)


current: ContextVar[Mode] = ContextVar("mode", default=Mode())


def tracing() -> bool:
    """Return whether `autograd.compile` records, so that numbers are not known yet."""
    return current.get().tracing is not None


@contextmanager
def mode(**changes: Any) -> Iterator[None]:
    """Change the mode of this context for the length of a `with` block."""
    changed = Mode(**vars(current.get()) | changes)
    alive[id(changed)] = None
    token = current.set(changed)
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results inside the block have no inputs and no gradient flows back.

    For this thread and context only; also a decorator, as in PyTorch.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.inputs
    ()
    """
    with mode(recording=False):
        yield
