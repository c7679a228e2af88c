"""Models in files: `save` and `load`, and checkpoints from which training goes on.

A file is in the safetensors format: float64 tensors, and a JSON header with the architecture. Nothing
in it is run, there is no pickle. Needs the extra `save`.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from itertools import islice
from random import Random
from typing import Any, Protocol

from autograd.atomic import moment, numbers_of, set_numbers
from autograd.value import Value
from nn.errors import ModelFileError
from nn.files.architecture import Activations, UnknownPartError, build, describe
from nn.files.blocks import Block, blocks, walk
from nn.files.plain import decoded, encoded
from nn.files.storage import Tensors, read, write
from nn.layers import Dropout
from nn.module import Module, listing
from nn.optim.state import in_order_of, named

FORMAT = 1
KEYS = {"format", "model", "architecture", "tied", "generators", "optimizer", "extra"}
FORMER_KINDS = {"RMSprop": "RMSProp"}  # of optimisers that had another name
STATE = "optimizer.state"  # the name of a tensor: a row for each parameter

PathLike = str | os.PathLike[str]


class Optimizer(Protocol):
    """What a checkpoint asks of an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """Return settings and state as plain numbers and lists."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take them over, or raise ValueError or TypeError and change nothing."""


def save(model: Module, path: PathLike, *, activations: Activations | None = None) -> None:
    """Write a model to a file: its parameters, bit for bit, and its architecture.

    Functions as activations are saved by name, `def`s by their own; `activations` names others, such
    as `{"mine": f}`. Of a Module of your own the file has the parameters alone, for `load(path,
    model=...)`. A crash leaves the old file or the new one, no half of one.

    Raises ModelFileError for a function without a name, OSError where the file cannot be written,
    ImportError without the extra `save`.

    >>> import nn, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(nn.MLP(2, [3, 1]), f"{folder}/model.safetensors")
    ...     os.listdir(folder)
    ['model.safetensors']
    """
    try:
        architecture = describe(model, activations) if isinstance(model, Module) else None
    except UnknownPartError:
        architecture = None
    _write(path, model, architecture)


def load(path: PathLike, *, model: Module | None = None, activations: Activations | None = None) -> Any:
    """Return the model that `save` wrote, or a checkpoint's; with `model`, put the file's numbers into that one.

    The model is as it was: shared parameters, training or evaluation, and where the generators of
    Dropouts stood. A given model gets parameters alone, by name and shape. Functions that are not of
    this library have to be given by the names they were saved under.

    Raises ModelFileError, a ValueError, for whatever is not such a file, is damaged, unknown or does
    not fit, and changes nothing then; OSError for no file; ImportError without the extra `save`.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(nn.MLP(2, [3, 1]), f"{folder}/model.safetensors")
    ...     load(f"{folder}/model.safetensors")
    MLP of [Layer(2 -> 3, relu), Layer(3 -> 1, linear)]
    """
    with _about(path):
        content, tensors = _read(path)
        data = _data(content, tensors)
        if model is None:
            model = _built(content, data, activations)
        _put(_fitting(model, data))
    return model


def save_checkpoint(path: PathLike, model: Module, optimizer: Optimizer, **extra: Any) -> None:
    """Write all that training needs to go on: model, optimiser, generators of Dropouts, and `extra`.

    `extra` is for the rest, such as the epoch, a history and `random.getstate()`: numbers, strings,
    None, and lists, tuples and dicts of them. A Dropout without a seed draws from Python's global
    `random`, whose state is the caller's to keep.

    Raises ModelFileError for what cannot be saved, OSError where the file cannot be written.

    >>> import nn, tempfile
    >>> model = nn.MLP(2, [1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/7.safetensors", model, nn.optim.SGD(model.parameters(), lr=0.1), epoch=7)
    """
    try:
        architecture = describe(model) if isinstance(model, Module) else None
    except ModelFileError:  # a function without a name: a checkpoint goes back into a model that has it
        architecture = None
    _write(path, model, architecture, optimizer, extra)


def load_checkpoint(path: PathLike, model: Module, optimizer: Optimizer) -> dict[str, Any]:
    """Put a checkpoint into a model and an optimiser built as they were, and return `extra`.

    Raises ModelFileError for whatever is not a checkpoint, is damaged or does not fit, and changes
    nothing then; OSError for no file.

    >>> import nn, tempfile
    >>> model = nn.MLP(2, [1])
    >>> sgd = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/7.safetensors", model, sgd, epoch=7)
    ...     load_checkpoint(f"{folder}/7.safetensors", model, sgd)
    {'epoch': 7}
    """
    with _about(path):
        content, tensors = _read(path)
        kind, given = type(optimizer).__name__, content["optimizer"]
        if given is None:
            raise ModelFileError("a model without an optimiser: nn.load(path, model=model) loads it")
        numbers = _fitting(model, _data(content, tensors))
        generators = _fitting_generators(content, model)
        if given.get("kind") not in (kind, FORMER_KINDS.get(kind)):
            raise ModelFileError(f"the optimiser was {given.get('kind')!r:.60}, got {kind}")
        state, extra = decoded(given.get("state")), decoded(content["extra"])
        if isinstance(state, dict) and STATE in tensors:
            (rows, columns), flat = tensors[STATE]
            state["state"] = [flat[k * columns : (k + 1) * columns] for k in range(rows)]
        restored = [(dropout.random, new.getstate()) for dropout, new in generators]
        _take_over(numbers, restored, optimizer, lambda: in_order_of(optimizer, model.named_parameters(), state))
    return extra  # type: ignore[no-any-return]


# Writing.


def _write(
    path: PathLike,
    model: Module,
    architecture: dict[str, Any] | None,
    optimizer: Optimizer | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
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
        "tied": _tied(found),
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


def _tied(found: Mapping[str, Block]) -> list[list[list[Any]]]:
    """Return the places of every parameter that has more than one: name of a block, and index."""
    places: dict[int, list[list[Any]]] = {}
    counts = Counter([id(v) for block in found.values() for v in block.values])
    for name, block in found.items():
        for k, v in enumerate(block.values):
            if counts[id(v)] > 1:
                places.setdefault(id(v), []).append([name, k])
    return list(places.values())


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


# Reading.


@contextmanager
def _about(path: PathLike) -> Iterator[None]:
    """Begin every message about a file with its name."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from None
    except RecursionError:
        raise ModelFileError(f"{os.fspath(path)}: the header is nested too deep") from None


def _read(path: PathLike) -> tuple[dict[str, Any], Tensors]:
    """Read a file and check that its header has all keys; what they hold is checked where it is used."""
    content, tensors = read(path)
    if content.get("format") != FORMAT:
        raise ModelFileError(f"format {content.get('format')!r:.60}, known is {FORMAT}: update chainrule")
    given = content.get("optimizer")
    if set(content) != KEYS or not isinstance(given, (dict, type(None))) or not isinstance(content["extra"], dict):
        raise ModelFileError("the header of the model is not one of nn.save")
    if STATE in tensors and given is not None and len(tensors[STATE][0]) != 2:
        raise ModelFileError("the state of the optimiser is no matrix")
    return content, tensors


def _data(content: dict[str, Any], tensors: Tensors) -> dict[str, Block]:
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
                if k < 0 or _bits(data[name].values[k]) != _bits(shared):
                    raise ModelFileError(f"{first} and {name} share a parameter, but have different numbers")
                data[name].values[k] = shared
    except (KeyError, IndexError, TypeError) as error:
        raise ModelFileError(f"a shared parameter is nowhere in the data: {error!s:.60}") from None
    except ValueError as error:
        raise error if isinstance(error, ModelFileError) else ModelFileError("'tied' lists no pairs") from None
    return data


def _built(content: dict[str, Any], data: dict[str, Block], activations: Activations | None) -> Module:
    if content["architecture"] is None:
        hint = "build one and use nn.load(path, model=model)"
        raise ModelFileError(f"the parameters of a model that nn cannot build, {content['model']!r:.60}: {hint}")
    model: Module = build(content["architecture"], data, activations)
    if _tied(blocks(model)) != content["tied"]:
        raise ModelFileError(
            "parameters are shared as nn cannot build it: nn.load(path, model=model) fills one built so"
        )
    model.label_parameters()
    for dropout, generator in _fitting_generators(content, model, built=True):
        dropout.random = generator
    return model


def _fitting(model: Module, data: Mapping[str, Block]) -> list[tuple[Value, float]]:
    """Return every parameter of a model and the number for it, if names and shapes are the same."""
    own = blocks(model)
    faults = {
        "missing in the file": [name for name in own if name not in data],
        "not in the model": [name for name in data if name not in own],
        "of another shape": [
            f"{name} ({data[name].size()} in the file, {block.size()} in the model)"
            for name, block in own.items()
            if name in data and data[name].shape != block.shape
        ],
    }
    if any(faults.values()):
        message = "; ".join(f"{fault}: {listing(names)}" for fault, names in faults.items() if names)
        raise ModelFileError(f"the parameters do not fit the model, nothing was loaded: {message}")
    numbers: dict[int, tuple[Value, float]] = {}
    for name, block in own.items():
        for parameter, new in zip(block.values, data[name].values, strict=True):
            _, x = numbers.setdefault(id(parameter), (parameter, new.data))
            if _bits(x) != _bits(new):
                raise ModelFileError(f"{name}: a parameter that the model shares has two numbers in the file")
    return list(numbers.values())


def _fitting_generators(content: dict[str, Any], model: Module, built: bool = False) -> list[tuple[Any, Random]]:
    """Return the Dropouts of a model and the generators for them; a model just `built` has none so far."""
    dropouts = {name: part for name, part in walk(model) if isinstance(part, Dropout)}
    found = []
    try:
        for group in content["generators"]:
            generator = Random(0)
            generator.setstate(decoded(group["state"]))
            found += [(dropouts.pop(name), generator) for name in group["parts"]]
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"a generator in the file fits no Dropout of the model: {error!s:.60}") from None
    wrong = [dropout for dropout, _ in found if dropout.random is None]
    wrong += [dropout for dropout in dropouts.values() if dropout.random is not None]
    if wrong and not built:
        raise ModelFileError(f"{wrong[0]!r} has a seed either in the file or in the model: build the model as it was")
    return found


def _put(numbers: list[tuple[Value, float]]) -> None:
    set_numbers([parameter for parameter, _ in numbers], [x for _, x in numbers])


def _take_over(
    numbers: list[tuple[Value, float]],
    generators: list[tuple[Random, Any]],
    optimizer: Optimizer,
    state: Callable[[], Any],
) -> None:
    """Put a checkpoint in its places; where that fails or is interrupted, put back what was there."""
    old_state, old_numbers = optimizer.state_dict(), [(v, v.data) for v, _ in numbers]
    old_generators = [(generator, generator.getstate()) for generator, _ in generators]
    try:
        try:
            optimizer.load_state_dict(state())  # the first, since it may refuse
        except (TypeError, ValueError, LookupError, OverflowError) as error:
            raise ModelFileError(f"the state of the optimiser does not fit: {error}") from None
        for generator, its in generators:
            generator.setstate(its)  # in place, so a generator stays shared
        _put(numbers)
    except BaseException:
        _put(old_numbers)
        for generator, its in old_generators:
            generator.setstate(its)
        optimizer.load_state_dict(old_state)
        raise


def _bits(x: Value | float) -> bytes:
    return struct.pack("d", x.data if isinstance(x, Value) else x)
