"""What is in a file: the parameters of a model, its architecture, generators and optimiser, written and read."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from copy import copy
from itertools import islice
from random import Random
from typing import Any, Protocol

from autograd.atomic import moment, numbers_of
from autograd.scalars import number_in
from autograd.value import Value
from nn.errors import ModelFileError
from nn.files.blocks import Block, blocks, walk
from nn.files.plain import encoded
from nn.files.storage import Tensors, read, write
from nn.layers import Dropout
from nn.module import Module
from nn.optim.state import named

FORMAT = 1
KEYS = {"format", "model", "architecture", "tied", "generators", "optimizer", "extra"}
STATE = "optimizer.state"  # the name of a tensor: a row for each parameter

PathLike = str | os.PathLike[str]


class StatefulOptimizer(Protocol):
    """What a checkpoint asks of an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """Return settings and state as plain numbers and lists."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take them over, or raise ValueError or TypeError and change nothing."""


def write_content(
    path: PathLike,
    model: Module,
    architecture: dict[str, Any] | None,
    optimizer: StatefulOptimizer | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write a model, and perhaps an optimiser and what goes with them, at one moment of a training."""
    if not isinstance(model, Module):
        hint = ": swap model and path" if isinstance(path, Module) else ""
        raise TypeError(f"model: expected a Module to save, got {type(model).__name__}{hint}")
    found = blocks(model)
    values = [v for block in found.values() for v in block.values]
    state = getattr(optimizer, "state", None)
    if isinstance(state, list):
        read, states = moment(values, state)  # between the same two steps
        optimizer = copy(optimizer)
        vars(optimizer)["state"] = states
    else:
        read = numbers_of(values)
    numbers = iter(read)
    tensors: Tensors = {name: (shape, list(islice(numbers, len(values)))) for name, (shape, values) in found.items()}
    content = {
        "format": FORMAT,
        "model": type(model).__name__,
        "architecture": architecture,
        "tied": tied(found),
        "generators": _generators(model),
        "optimizer": None,
        "extra": encoded(extra or {}, "extra"),
    }
    if optimizer is not None:
        saved = named(optimizer, model.named_parameters())
        if _is_matrix(saved.get("state")):
            rows = saved.pop("state")
            if STATE in tensors:
                raise ModelFileError(f"{STATE} is the name of a parameter of the model: rename the attribute")
            tensors[STATE] = (len(rows), len(rows[0])), [x for row in rows for x in row]
        content["optimizer"] = {"kind": type(optimizer).__name__, "state": encoded(saved, "the optimiser")}
    write(path, content, tensors)


def _is_matrix(rows: Any) -> bool:
    """Return whether there are rows of floats, of one length."""
    if not isinstance(rows, list) or not rows or not all([isinstance(row, (list, tuple)) and row for row in rows]):
        return False
    return len({len(row) for row in rows}) == 1 and all([type(x) is float for row in rows for x in row])


def tied(found: Mapping[str, Block]) -> list[list[list[Any]]]:
    """Return the places of every parameter that has more than one: name of a block, and index."""
    places: dict[int, list[list[Any]]] = {}
    for name, block in found.items():
        for k, v in enumerate(block.values):
            places.setdefault(id(v), []).append([name, k])
    return [several for several in places.values() if len(several) > 1]


def _generators(model: Module) -> list[dict[str, Any]]:
    """Return the state of every generator that Dropouts own, and the names of those Dropouts."""
    found: dict[int, dict[str, Any]] = {}
    for name, part in walk(model):
        if isinstance(part, Dropout) and part.random is not None:
            if type(part.random) is not Random:
                raise ModelFileError(f"{name}: a {type(part.random).__name__} has no state to save: use random.Random")
            state = encoded(part.random.getstate(), name)
            found.setdefault(id(part.random), {"state": state, "parts": []})["parts"].append(name)
    return list(found.values())


def read_content(path: PathLike) -> tuple[dict[str, Any], Tensors]:
    """Read a file and check that its header has all keys; what they hold is checked where it is used."""
    content, tensors = read(path)
    if content.get("format") != FORMAT:
        raise ModelFileError(f"format {content.get('format')!r:.60}, known is {FORMAT}: update chainrule")
    given = content.get("optimizer")
    if set(content) != KEYS or not isinstance(given, (dict, type(None))) or not isinstance(content["extra"], dict):
        raise ModelFileError("the header of the model is not one of nn.save")
    if STATE in tensors and given is not None and len(tensors[STATE][0]) != 2:
        raise ModelFileError("the state of the optimiser is not a matrix")
    return content, tensors


def blocks_in(content: dict[str, Any], tensors: Tensors) -> dict[str, Block]:
    """Return the blocks of the model as new Values, the same Value where a parameter is shared."""
    data = {
        name: Block(tuple(shape), [Value(x) for x in numbers])
        for name, (shape, numbers) in tensors.items()
        if name != STATE or content["optimizer"] is None
    }
    try:
        for (first, start), *others in content["tied"]:
            shared = data[first].values[start]
            for name, k in others:
                if k < 0 or bits(data[name].values[k]) != bits(shared):
                    raise ModelFileError(f"{first} and {name} share a parameter, but have different numbers")
                data[name].values[k] = shared
    except (KeyError, IndexError, TypeError) as error:
        raise ModelFileError(f"a shared parameter is nowhere in the data: {error!s:.60}") from None
    except ValueError as error:
        raise error if isinstance(error, ModelFileError) else ModelFileError("'tied' lists no pairs") from None
    return data


def bits(x: Value | float) -> bytes:
    """Return a number to the bit, to compare NaN and -0.0 too."""
    return struct.pack("d", number_in(x))
