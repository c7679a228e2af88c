"""Value in C in place of the pure one: what it takes from Python, and which code the two share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from autograd import modes, reverse, scalars
from autograd.native.loading import module
from autograd.ops import COMPARISONS, OPS, SLOPES


def _looked(value: Any) -> None:
    if (looked := modes.active().looked) is not None:
        looked(value)


def adopted(pure: Any) -> Any:
    """Return Value in C, with every member of the pure one that C does not have, or the pure one."""
    if module is None:
        return pure
    hooks = SimpleNamespace(
        alive=modes.alive, clock=modes.clock, watched=modes.watched, tracing=modes.tracing, looked=_looked,
        check_derivative=lambda: modes.active().check_derivative, acquire=reverse.lock.acquire,
        release=reverse.lock.release, partials_of=reverse.partials_of, operand=scalars.operand, number=scalars.number,
        assigned=scalars.assigned, text=scalars.text, plain=pure._plain, result_of=scalars.result_of,
    )  # fmt: skip
    native = module.make(pure, pure.__bases__, (*OPS, *SLOPES, *COMPARISONS), hooks)
    known = set(vars(native))
    for name, member in vars(pure).items():
        if name in known or name in ("__dict__", "__weakref__"):
            continue
        own = getattr(member, "__name__", name)  # another name of what C has: arcsin is asin
        same = own != name and own in known and not own.startswith("__")
        setattr(native, name, vars(native)[own] if same else member)
    native.__name__ = native.__qualname__ = pure.__name__  # errors name it as they name a class written in Python
    return native
