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
        return Contents(range(len(x)), list(x), _tuples_like(x))
    if isinstance(x, list):
        return Contents(range(len(x)), list(x), _lists_like(x))
    if isinstance(x, dict):
        keys = list(x)
        return Contents(keys, [dict.__getitem__(x, key) for key in keys], _dicts_like(x, keys))
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # whoever made x has loaded it

        names = [f.name for f in fields(x) if hasattr(x, f.name) and not f.metadata.get("static")]
        return Contents(names, [getattr(x, name) for name in names], _dataclasses_like(x, names))
    return None


def _tuples_like(x: tuple[Any, ...]) -> Callable[[Sequence[Any]], Any]:
    kind, kept = type(x), _attributes(x)
    return lambda items: _with(kept, tuple.__new__(kind, items))


def _lists_like(x: list[Any]) -> Callable[[Sequence[Any]], Any]:
    kind, kept = type(x), _attributes(x)

    def refilled(items: Sequence[Any]) -> Any:
        new = _with(kept, list.__new__(kind))
        list.extend(new, items)
        return new

    return refilled


def _dicts_like(x: dict[Any, Any], keys: list[Any]) -> Callable[[Sequence[Any]], Any]:
    kind, kept = type(x), _attributes(x)
    built_in = next(base for base in (OrderedDict, defaultdict, dict) if isinstance(x, base))
    factory = x.default_factory if isinstance(x, defaultdict) else None

    def refilled(items: Sequence[Any]) -> Any:
        new: Any = _with(kept, built_in.__new__(kind))
        if built_in is defaultdict:
            new.default_factory = factory
        for key, item in zip(keys, items, strict=True):
            built_in.__setitem__(new, key, item)
        return new

    return refilled


def _dataclasses_like(x: Any, names: list[str]) -> Callable[[Sequence[Any]], Any]:
    kind, kept = type(x), _attributes(x)

    def refilled(items: Sequence[Any]) -> Any:
        new = _with(kept, object.__new__(kind))
        for name, item in zip(names, items, strict=True):
            object.__setattr__(new, name, item)  # frozen ones too
        return new

    return refilled


def _attributes(x: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes of an object: those in its `__dict__`, and those in slots.

    What a cached_property computed is left out: it was computed from other numbers.
    """
    state = object.__getstate__(x)
    own, slots = state if isinstance(state, tuple) else (state, None)
    kind = type(x)
    own = {name: y for name, y in (own or {}).items() if not isinstance(getattr(kind, name, None), cached_property)}
    return own, slots or {}


def _with(attributes: tuple[dict[str, Any], dict[str, Any]], new: Any) -> Any:
    own, slots = attributes
    if own:
        vars(new).update(own)
    for name, x in slots.items():
        object.__setattr__(new, name, x)
    return new
