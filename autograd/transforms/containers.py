"""Containers of numbers: what is in them, and how to make one like them with something else inside.

The new container keeps the type and the other attributes of the old one, and is made without calling the class,
whose `__init__` may take any arguments.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

KINDS = "lists, tuples, dicts, dataclasses and NumPy arrays"


class Contents(NamedTuple):
    """What a container holds, by key, index or field, and how to make one like it."""

    keys: Sequence[Any]
    items: list[Any]
    refilled: Callable[[Sequence[Any]], Any]  # a container like it, given as many items


def contents(x: Any) -> Contents | None:
    """Take a list, tuple, dict, a subclass of these or a dataclass apart; return None for anything else."""
    kind = type(x)
    if kind is list or kind is tuple:
        return Contents(range(len(x)), list(x), kind)
    if kind is dict:
        keys = list(x)
        return Contents(keys, list(x.values()), lambda items: dict(zip(keys, items, strict=True)))
    if isinstance(x, tuple):
        kept = _kept(x)
        return Contents(range(len(x)), list(x), lambda items: _with(kept, tuple.__new__(kind, items)))
    if isinstance(x, list):
        places = range(len(x))
        return Contents(places, list(x), _like(x, list, places, list.insert))
    if isinstance(x, dict):
        keys = list(x)
        built_in: Any = next(base for base in (OrderedDict, defaultdict, dict) if isinstance(x, base))
        factory = {"default_factory": x.default_factory} if isinstance(x, defaultdict) else {}
        items = [dict.__getitem__(x, key) for key in keys]
        return Contents(keys, items, _like(x, built_in, keys, built_in.__setitem__, **factory))
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # loaded already: x is made with it

        names = [f.name for f in fields(x) if hasattr(x, f.name) and not f.metadata.get("static")]
        items = [getattr(x, name) for name in names]
        return Contents(names, items, _like(x, object, names, object.__setattr__))  # frozen ones too
    return x._contents() if hasattr(kind, "_contents") else None  # our own


def _like(x: Any, built_in: Any, keys: Sequence[Any], put: Callable[..., None], **added: Any) -> Callable[..., Any]:
    """Return a function that makes an object like x: an empty one, made by its built-in type, then its items."""
    kind, (own, slots) = type(x), _kept(x)

    def refilled(items: Sequence[Any]) -> Any:
        new = _with((own, slots | added), built_in.__new__(kind))
        for key, item in zip(keys, items, strict=True):
            put(new, key, item)
        return new

    return refilled


def attributes(x: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an object's own attributes: those in its `__dict__`, and those in slots."""
    state = object.__getstate__(x)
    own, slots = state if isinstance(state, tuple) else (state, None)
    return dict(own or {}), slots or {}


def _kept(x: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes of an object, without what a cached_property computed from the old numbers."""
    kind, (own, slots) = type(x), attributes(x)
    return {name: y for name, y in own.items() if not isinstance(getattr(kind, name, None), cached_property)}, slots


def _with(attributes: tuple[dict[str, Any], dict[str, Any]], new: Any) -> Any:
    own, slots = attributes
    if own:
        vars(new).update(own)
    for name, x in slots.items():
        object.__setattr__(new, name, x)
    return new
