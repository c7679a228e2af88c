"""What a `with` block changes about recording: `no_grad` here, anomaly detection and others elsewhere.

A mode belongs to a context (a thread, an asyncio task). While only the default mode is open anywhere, modes
cost an operation no more than one look at `alive`.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextvars import ContextVar, copy_context
from functools import wraps
from itertools import count
from types import FrameType, coroutine
from typing import TYPE_CHECKING, Any, TypeVar, overload
from weakref import ref

if TYPE_CHECKING:
    from autograd.value import Value

SUSPENDS = 0x20 | 0x200  # inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR, whose import would take milliseconds

F = TypeVar("F", bound=Callable[..., Any])

alive: set[ref[Mode]] = set()  # the modes open anywhere; one left behind by an interrupt drops out by itself

# Every node keeps the epoch in which it was made. A transform begins a new one, so nodes older than its inputs,
# which cannot depend on them, are recognised without a walk. The list holds the current epoch.
clock = [0]
_epochs = count(1)


def new_epoch() -> int:
    """Begin an epoch and return it, or a later one: every Value made before belongs to an earlier one."""
    deque(map(clock.__setitem__, (0,), _epochs), 0)  # one call: no thread can set it back to an earlier one
    return clock[0]


class _Here(ref):  # type: ignore[type-arg]
    """A reference to a mode that can be taken from `alive` also if an interrupt kept it from getting there."""

    __slots__ = ()
    __hash__, __eq__ = object.__hash__, object.__eq__


class Mode:
    """How operations are recorded and swept in one context."""

    recording: bool = True
    tracing: Callable[[Value, bool], Value] | None = None  # `autograd.compile` turns each new node into another
    looked: Callable[[Value], None] | None = None  # while tracing: called at each look at a plain Value's number
    strict: bool = True  # while tracing: whether a masked derivative stays masked even times an infinity
    check: Callable[[Value], None] | None = None  # sees each new node
    check_derivative: Callable[[Value, int, float], None] | None = None  # sees each derivative with respect to an input

    outer: Mode | None = None  # the mode around this one
    generator: FrameType | None = None  # the one that entered the block: the mode rests while it does
    closed: bool = False

    def __init__(self, **changes: Any) -> None:
        vars(self).update(changes)

    def open(self) -> None:
        """Let every operation look for modes from now on."""
        self.here = _Here(self, alive.discard)
        alive.add(self.here)

    def close(self) -> None:
        """End the mode, wherever it is still the current one."""
        self.closed, self.generator = True, None
        alive.discard(self.here)


current: ContextVar[Mode] = ContextVar("mode", default=Mode())


def active() -> Mode:
    """Return the mode that holds here: the innermost that is not closed and not in a suspended generator."""
    mode = current.get()
    while mode.closed or (mode.generator is not None and not _runs(mode.generator)):
        assert mode.outer is not None  # the default mode is never closed
        mode = mode.outer
    return mode


def tracing() -> bool:
    """Return whether `autograd.compile` is recording, so that numbers are not known yet."""
    return active().tracing is not None


def observed() -> bool:
    """Return whether a program is recorded here, or each operation looked at."""
    mode = active()
    return mode.tracing is not None or mode.check is not None


def watched(node: Value) -> Value:
    """Treat a new node as the `with` blocks around it ask."""
    mode = active()
    if mode.tracing is not None:
        return mode.tracing(node, mode.recording)
    if mode.check is not None:
        mode.check(node)
    if not mode.recording:
        node.op, node._inputs = None, ()
    return node


def _runs(frame: FrameType) -> bool:
    """Return whether a frame is being executed in this thread."""
    caller: FrameType | None = sys._getframe(1)
    while caller is not None and caller is not frame:
        caller = caller.f_back
    return caller is frame


def _opened(changes: dict[str, Any], generator: FrameType | None = None) -> Mode:
    outer = active()
    settings = {name: x for name, x in vars(outer).items() if name not in ("outer", "generator", "here")}
    mode = Mode(**settings | changes, outer=outer, generator=generator)
    mode.open()
    return mode


def within(f: Callable[..., Any], *args: Any, **changes: Any) -> Any:
    """Call f(*args) in a changed mode, in a copied context: no interrupt can leave the mode behind."""
    context, mode = copy_context(), _opened(changes)
    context.run(current.set, mode)
    try:
        return context.run(f, *args)
    finally:
        mode.close()


def _owner(frame: FrameType) -> FrameType:
    """Return the frame that holds a block: that of the `with` statement, even if contextlib enters the block for it."""
    while (caller := frame.f_back) is not None:
        if not any([x.f_globals.get("__name__") == "contextlib" for x in (frame, caller)]):
            break
        frame = caller
    return frame


class ModeBlock:
    """A `with` block that changes the mode; also a decorator of functions, coroutines and generators."""

    def __init__(self, **changes: Any) -> None:
        self._changes = changes
        self._open: list[Mode] = []

    def __enter__(self) -> None:
        frame = _owner(sys._getframe(1))
        mode = _opened(self._changes, frame if frame.f_code.co_flags & SUSPENDS else None)
        self._open.append(mode)
        try:
            current.set(mode)
        except BaseException:  # an interrupt: nothing will close the block
            mode.close()
            raise

    def __exit__(self, *_: object) -> None:
        mode = self._open.pop()
        mode.close()
        if current.get() is mode:  # a generator may be closed in another context, or while another block is open
            current.set(mode.outer or Mode())

    def __call__(self, f: F) -> F:
        """Return f with the block open while its code runs, and closed while it is suspended."""
        import inspect

        if isinstance(f, (staticmethod, classmethod)):
            return type(f)(self(f.__func__))
        if not callable(f):
            raise TypeError(f"this decorates functions, coroutines and generators, got {type(f).__name__}: {f!r:.60}")
        changes = self._changes
        decorated: Any
        if inspect.isasyncgenfunction(f):

            @wraps(f)
            async def decorated(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
                generator, step = f(*args, **kwargs), None
                try:
                    step = generator.__anext__()
                    while True:
                        item = await _stepwise(step, changes)
                        try:
                            step = generator.asend((yield item))
                        except GeneratorExit:
                            raise
                        except BaseException as error:
                            step = generator.athrow(error)
                except StopAsyncIteration:
                    return
                finally:
                    await _stepwise(generator.aclose(), changes)

        elif inspect.isgeneratorfunction(f):

            @wraps(f)
            def decorated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                return (yield from _steps(f(*args, **kwargs), changes))

        elif inspect.iscoroutinefunction(f):

            @wraps(f)
            async def decorated(*args: Any, **kwargs: Any) -> Any:
                return await _stepwise(f(*args, **kwargs), changes)

        else:

            @wraps(f)
            def decorated(*args: Any, **kwargs: Any) -> Any:
                return _called(f, args, kwargs, changes)

        return decorated  # type: ignore[no-any-return]


def _called(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], changes: dict[str, Any]) -> Any:
    """Call f in a changed mode and in the present context, so that changes that f makes to the context stay."""
    mode = _opened(changes)
    try:
        current.set(mode)
        return f(*args, **kwargs)
    finally:
        mode.closed = True  # before any call, since an interrupt may arrive in one
        mode.close()
        if current.get() is mode:
            current.set(mode.outer or Mode())


def _steps(suspended: Any, changes: dict[str, Any]) -> Generator[Any, Any, Any]:
    """Run a generator or coroutine to its end, in a block that is open while it runs and closed at each `yield`."""
    step, given = suspended.send, None
    while True:
        try:
            item = _called(step, (given,), {}, changes)
        except StopIteration as end:
            return end.value
        try:
            step, given = suspended.send, (yield item)
        except GeneratorExit:
            _called(suspended.close, (), {}, changes)
            raise
        except BaseException as error:
            step, given = suspended.throw, error


@coroutine
def _stepwise(awaitable: Any, changes: dict[str, Any]) -> Generator[Any, Any, Any]:
    """Await something in a block that is open while it runs."""
    steps: Coroutine[Any, Any, Any] = awaitable if hasattr(awaitable, "send") else awaitable.__await__()
    return (yield from _steps(steps, changes))


def changed(f: Any, changes: dict[str, Any]) -> Any:
    """Return a block, or f decorated with it, for `no_grad` and others that work with or without parentheses."""
    block = ModeBlock(**changes)
    return block if f is None else block(f)


@overload
def no_grad() -> ModeBlock: ...
@overload
def no_grad(f: F) -> F: ...
def no_grad(f: Any = None) -> Any:
    """Compute without recording: results inside the block have no inputs and no gradient flows back.

    It holds for this thread and context only. It also decorates functions, coroutines and generators, with or
    without parentheses: these do not record while their own code runs, as in PyTorch.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.inputs
    ()
    """
    return changed(f, {"recording": False})
