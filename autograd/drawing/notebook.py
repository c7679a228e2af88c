"""A Value in a notebook cell: its graph as a picture when that is small, else text."""

from __future__ import annotations

from autograd.drawing.picture import draw, inline
from autograd.errors import AutogradError
from autograd.value import Value

SMALL = 30  # nodes


def bundle(value: Value) -> dict[str, str]:
    """Return what a notebook shows for a Value; text alone where nothing can be drawn."""
    text = {"text/plain": repr(value)}
    if not _is_small(value):
        return text
    try:
        return {"image/svg+xml": inline(draw(value))} | text
    except (AutogradError, ImportError):
        return text


def _is_small(root: Value) -> bool:
    """Return whether at most SMALL nodes are below a root, without looking at more."""
    met = {root}
    waiting = [root]
    while waiting:
        for x in waiting.pop().inputs:
            if isinstance(x, Value) and x not in met:
                met.add(x)
                waiting.append(x)
                if len(met) > SMALL:
                    return False
    return True
