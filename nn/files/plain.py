"""Plain data as JSON and back, tuples as tuples."""

from __future__ import annotations

from typing import Any

from nn.errors import ModelFileError

TUPLE = "__tuple__"
DEEPEST = 32


def encoded(x: Any, where: str, depth: int = 0) -> Any:
    """Return numbers, strings, None and lists, tuples and dicts of them as JSON can hold them.

    Raises ModelFileError that says where, for anything else.

    >>> encoded({"state": (3, None)}, "extra")
    {'state': {'__tuple__': [3, None]}}
    """
    if x is None or isinstance(x, (bool, int, str)):
        return x
    if isinstance(x, float):
        return float(x)
    if depth < DEEPEST and isinstance(x, (list, tuple)):
        items = [encoded(item, f"{where}[{k}]", depth + 1) for k, item in enumerate(x)]
        return items if isinstance(x, list) else {TUPLE: items}
    if depth < DEEPEST and isinstance(x, dict) and TUPLE not in x and all([isinstance(key, str) for key in x]):
        return {key: encoded(item, f"{where}[{key!r}]", depth + 1) for key, item in x.items()}
    allowed = "numbers, strings, None, and lists, tuples and dicts (by strings) of them"
    raise ModelFileError(f"{where}: expected {allowed}; got {type(x).__name__}: {x!r:.60}")


def decoded(x: Any) -> Any:
    """Return what `encoded` was given.

    >>> decoded({"state": {"__tuple__": [3, None]}})
    {'state': (3, None)}
    """
    if isinstance(x, list):
        return [decoded(item) for item in x]
    if isinstance(x, dict):
        if set(x) == {TUPLE} and isinstance(x[TUPLE], list):
            return tuple(decoded(x[TUPLE]))
        return {key: decoded(item) for key, item in x.items()}
    return x
