"""The walk through a model: every Module and parameter below it once, with its name."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from autograd.value import Value


class Part:
    """What keeps parameters in its attributes: a Module, as the walk sees it."""


def items(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return where to look for parameters inside a thing, or None if it neither is nor holds one."""
    if isinstance(thing, Value):
        return () if thing.op is None else None
    if isinstance(thing, Part):
        return attributes(thing)
    if isinstance(thing, dict):
        return thing.items()
    if isinstance(thing, (list, tuple)):
        return enumerate(thing)
    if getattr(getattr(thing, "dtype", None), "kind", "") == "O" and hasattr(thing, "flat"):  # a series has none
        return enumerate(thing if thing.shape else thing.flat)
    return None


def attributes(module: Part) -> Iterable[tuple[str, Any]]:
    """Return the names and values of what a Module keeps in its attributes, those in `__slots__` last."""
    found = list(vars(module).items())
    for name in copyreg._slotnames(type(module)):  # type: ignore[attr-defined]
        with suppress(AttributeError):  # not set
            found.append((name, object.__getattribute__(module, name)))
    return found


def parts(module: Part, inside: Callable[[Any], Iterable[tuple[Any, Any]] | None] = items) -> Iterator[tuple[str, Any]]:
    """Yield every Module and parameter below a Module once, with its name, in the order of the attributes.

    `inside` says where to look for them inside a thing.
    """
    met: dict[int, object] = {id(module): module}  # keeps each object alive, so that no id is used again
    path = [("", iter(list(inside(module) or ())))]
    while path:
        prefix, found = path[-1]
        for key, thing in found:
            if isinstance(thing, Value):
                if thing.op is None and id(thing) not in met:
                    met[id(thing)] = thing
                    yield f"{prefix}{key}", thing
                continue
            below = inside(thing)
            if below is not None and id(thing) not in met:
                met[id(thing)] = thing
                if isinstance(thing, Part):
                    yield f"{prefix}{key}", thing
                path.append((f"{prefix}{key}.", iter(below)))
                break
        else:
            path.pop()


def modules(model: Part) -> list[Any]:
    """Return a Module and every one below it."""
    return [model, *[part for _, part in parts(model, _but_parameters) if isinstance(part, Part)]]


def _but_parameters(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    found = items(thing)
    return found and [(key, x) for key, x in found if not isinstance(x, Value)]
