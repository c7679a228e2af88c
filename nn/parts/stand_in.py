"""A stand-in: a copy of a model, to be called instead of it while something is tried out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from copy import copy as shallow_copy
from functools import partial
from types import MethodType
from typing import Any

from autograd.value import Value
from nn.parts.walk import Part, attributes, items


def stand_in(model: Any, values: Mapping[int, Value] | None = None) -> Any:
    """Return a model that computes the same as this one, to be called instead of it while something is tried out.

    Modules, and the lists, tuples, dicts, sets and object arrays that they keep, are copied; everything else is shared,
    parameters too, except those that `values` replaces, by id. So `train` and `eval`, and what a
    Module notes down in its own attributes when it is called, leave the model itself alone.
    """
    replaced, copies = values or {}, {}  # type: ignore[var-annotated]
    waiting: list[tuple[Any, Any]] = []  # copies that are still empty, and what they are copies of

    def copy(x: Any) -> Any:
        if isinstance(x, Value):
            return replaced.get(id(x), x)
        if id(x) in copies:
            return copies[id(x)][0]
        if isinstance(x, tuple):
            if not replaced and all([isinstance(item, Value) for item in x]):
                return x
            new: Any = getattr(x, "_make", type(x))([copy(item) for item in x])
        elif isinstance(x, MethodType) and isinstance(x.__self__, Part):
            return MethodType(x.__func__, copy(x.__self__))
        elif isinstance(x, Part):
            new = object.__new__(type(x))
            waiting.append((new, x))
        elif isinstance(x, (set, deque)):
            new = shallow_copy(x)
        elif items(x) is not None:  # a list, a dict or an array of objects
            new = shallow_copy(x)
            waiting.append((new, x))
        else:
            return x
        copies[id(x)] = new, x  # which holds x, so that no id is used again
        return new

    top = copy(model)
    while waiting:
        _fill(*waiting.pop(), copy)
    return top


def _fill(new: Any, x: Any, copy: Callable[[Any], Any]) -> None:
    """Give a copy that is still empty what x has, each thing copied."""
    if isinstance(x, Part):
        for name, item in attributes(x):
            put = vars(new).__setitem__ if name in vars(x) else partial(object.__setattr__, new)
            put(name, copy(item))
    elif isinstance(x, dict):
        new.update({key: copy(item) for key, item in list(x.items())})
    elif isinstance(x, list):
        new[:] = [copy(item) for item in x]
    else:
        new.flat = [copy(item) for item in x.flat]
