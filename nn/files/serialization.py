"""Models in files: `save` and `load`, and checkpoints from which training goes on.

A file is in the safetensors format: float64 tensors, and a JSON header with the architecture. Loading runs nothing
in it: there is no pickle. Needs the extra `save`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nn.errors import ModelFileError
from nn.files.architecture import Activations, UnknownPartError, describe
from nn.files.content import STATE, PathLike, StatefulOptimizer, blocks_in, read_content, write_content
from nn.files.fitting import built, fitting, fitting_generators, put, take_over
from nn.files.plain import decoded
from nn.module import Module
from nn.optim.state import in_order_of

FORMER_KINDS = {"RMSprop": "RMSProp"}  # of optimisers that had another name


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
    write_content(path, model, architecture)


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
        content, tensors = read_content(path)
        data = blocks_in(content, tensors)
        if model is None:
            model = built(content, data, activations)
        put(fitting(model, data))
    return model


def save_checkpoint(path: PathLike, model: Module, optimizer: StatefulOptimizer, **extra: Any) -> None:
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
    write_content(path, model, architecture, optimizer, extra)


def load_checkpoint(path: PathLike, model: Module, optimizer: StatefulOptimizer) -> dict[str, Any]:
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
        content, tensors = read_content(path)
        kind, given = type(optimizer).__name__, content["optimizer"]
        if given is None:
            raise ModelFileError("a model without an optimiser: nn.load(path, model=model) loads it")
        numbers = fitting(model, blocks_in(content, tensors))
        generators = fitting_generators(content, model)
        if given.get("kind") not in (kind, FORMER_KINDS.get(kind)):
            raise ModelFileError(f"the optimiser was {given.get('kind')!r:.60}, got {kind}")
        state, extra = decoded(given.get("state")), decoded(content["extra"])
        if isinstance(state, dict) and STATE in tensors:
            (rows, columns), flat = tensors[STATE]
            state["state"] = [flat[k * columns : (k + 1) * columns] for k in range(rows)]
        restored = [(dropout.random, new.getstate()) for dropout, new in generators]
        take_over(numbers, restored, optimizer, lambda: in_order_of(optimizer, model.named_parameters(), state))
    return extra  # type: ignore[no-any-return]


@contextmanager
def _about(path: PathLike) -> Iterator[None]:
    """Begin every message about a file with its name."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from None
    except RecursionError:
        raise ModelFileError(f"{os.fspath(path)}: the header is nested too deep") from None
