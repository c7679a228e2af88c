"""Sizes: whether the parts of a model, one after the other, fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nn.checks.settings import whole


def sizes_of(nin: Any, nouts: Any) -> list[int]:
    """Return the number of inputs of an MLP and the widths of its layers. Raises TypeError or ValueError for others."""
    if not isinstance(nouts, Iterable):
        raise TypeError(f"nouts must be a list of layer widths such as [16, 16, 1], got {nouts!r}")
    sizes = [whole("nin", nin), *[whole("a layer's width", nout) for nout in nouts]]
    if len(sizes) < 2:
        raise ValueError("an MLP needs at least one layer, got no widths")
    return sizes


def check_parts(parts: Sequence[Any]) -> None:
    """Raise ValueError for no parts, TypeError for what cannot be one."""
    if not parts:
        raise ValueError("a Sequential needs at least one part, got none")
    for part in parts:
        if isinstance(part, (list, tuple)):
            raise TypeError("expected the parts as separate arguments, got a list: write Sequential(*parts)")
        if isinstance(part, type) or part is None:
            raise TypeError(f"a part must be a Module, a function or a name, got {part!r}")


def check_sizes(layers: Sequence[Any]) -> None:
    """Raise ValueError for a part that cannot take what the one before gives, where both sizes are known."""
    giver, width = 0, None
    for k, part in enumerate(layers):
        if _keeps_size(part):
            continue
        first, last = _end(part, 0), _end(part, -1)
        takes = len(first[0].weights) if first else None
        if takes is not None and width is not None and takes != width:
            raise ValueError(f"part {k} takes {takes} input{'' if takes == 1 else 's'}, part {giver} gives {width}")
        giver, width = k, len(last) or None


def neurons_of(part: Any) -> list[Any]:
    """Return the neurons of a Layer; for a Neuron, itself."""
    return part.neurons if hasattr(part, "neurons") else [part]


def _keeps_size(part: Any) -> bool:
    return isinstance(part, str) or _kind(part) == "Dropout"


def _kind(part: Any) -> str:
    """Return the name of a class of this library; "" for what may do anything with its inputs."""
    kind = type(part)
    return kind.__name__ if kind.__module__ == "nn.layers" else ""


def _end(part: Any, place: int) -> list[Any]:
    """Return the neurons at one end of a part, 0 or -1; none where they are not known."""
    for _ in range(32):  # a Sequential in a Sequential in ...
        if _kind(part) in ("Layer", "Neuron"):
            return neurons_of(part)
        inside = [x for x in part.layers if not _keeps_size(x)] if _kind(part) in ("MLP", "Sequential") else []
        if not inside:
            return []
        part = inside[place]
    return []
