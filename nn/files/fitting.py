"""A file beside a model: whether they fit, and the numbers, generators and state that go from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from autograd.atomic import set_numbers
from autograd.value import Value
from nn.checks.words import faults
from nn.errors import ModelFileError
from nn.files.architecture import Activations, build
from nn.files.blocks import Block, blocks, walk
from nn.files.content import StatefulOptimizer, bits, tied
from nn.files.plain import decoded
from nn.layers import Dropout
from nn.module import Module


def built(content: dict[str, Any], data: dict[str, Block], activations: Activations | None) -> Module:
    """Return the model that a file describes, made of its Values."""
    if content["architecture"] is None:
        hint = "build one and use nn.load(path, model=model)"
        raise ModelFileError(f"the parameters of a model that nn cannot build, {content['model']!r:.60}: {hint}")
    model: Module = build(content["architecture"], data, activations)
    if tied(blocks(model)) != content["tied"]:
        raise ModelFileError(
            "parameters are shared as nn cannot build it: nn.load(path, model=model) fills one built so"
        )
    model.label_parameters()
    for dropout, generator in fitting_generators(content, model, new=True):
        dropout.random = generator
    return model


def fitting(model: Module, data: Mapping[str, Block]) -> list[tuple[Value, float]]:
    """Return every parameter of a model and the number for it, if names and shapes are the same."""
    own = blocks(model)
    wrong = {
        "missing in the file": [name for name in own if name not in data],
        "not in the model": [name for name in data if name not in own],
        "of another shape": [
            f"{name} ({data[name].size()} in the file, {block.size()} in the model)"
            for name, block in own.items()
            if name in data and data[name].shape != block.shape
        ],
    }
    if message := faults(wrong):
        raise ModelFileError(f"the parameters do not fit the model, nothing was loaded: {message}")
    numbers: dict[int, tuple[Value, float]] = {}
    for name, block in own.items():
        for parameter, new in zip(block.values, data[name].values, strict=True):
            _, x = numbers.setdefault(id(parameter), (parameter, new.data))
            if bits(x) != bits(new):
                raise ModelFileError(f"{name}: a parameter that the model shares has two numbers in the file")
    return list(numbers.values())


def fitting_generators(content: dict[str, Any], model: Module, new: bool = False) -> list[tuple[Any, Random]]:
    """Return the Dropouts of a model and the generators for them; a `new` model has none so far."""
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
    if wrong and not new:
        raise ModelFileError(f"{wrong[0]!r} has a seed either in the file or in the model: build the model as it was")
    return found


def put(numbers: list[tuple[Value, float]]) -> None:
    """Give parameters their numbers, all at one moment."""
    set_numbers([parameter for parameter, _ in numbers], [x for _, x in numbers])


def take_over(
    numbers: list[tuple[Value, float]],
    generators: list[tuple[Random, Any]],
    optimizer: StatefulOptimizer,
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
        put(numbers)
    except BaseException:
        put(old_numbers)
        for generator, its in old_generators:
            generator.setstate(its)
        optimizer.load_state_dict(old_state)
        raise
