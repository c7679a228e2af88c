"""The parameters of a model in blocks: what a file holds of them, by name and shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd.value import Value
from nn.checks.sizes import neurons_of
from nn.errors import ModelFileError
from nn.layers import Layer, Neuron
from nn.module import Module
from nn.parts.walk import items, parts


class Block(NamedTuple):
    """Parameters of one name and shape, row by row."""

    shape: tuple[int, ...]
    values: list[Value]

    def size(self) -> str:
        """Return the shape in words.

        >>> Block((3, 2), []).size()
        '3 x 2'
        """
        return " x ".join(map(str, self.shape)) or "one number"


def blocks(model: Module) -> dict[str, Block]:
    """Return all parameters of a model by the names of their blocks.

    A layer has `weight` (nout x nin) and `bias` (nout), a neuron `weight` (nin) and `bias` (no
    axes); any other parameter is a separate block, under its name.
    """
    found: dict[str, Block] = {}
    for name, part in walk(model):
        if isinstance(part, Value):
            here = {name: Block((), [part])}
        elif is_plain(part):
            here = _of_layer(name, part)
        else:
            continue
        if twice := found.keys() & here.keys():
            raise ModelFileError(f"two parameters of the model have the same name, rename a dict key: {min(twice)}")
        found |= here
    return found


def walk(model: Module) -> Iterator[tuple[str, Module | Value]]:
    """Yield a model and every Module and parameter below it once, with names; the model's own is ''.

    Of a plain layer or neuron, only its activation is looked into.
    """
    yield "", model
    yield from parts(model, lambda thing: [("activation", thing.activation)] if is_plain(thing) else items(thing))


_OWN = ("weights", "bias", "neurons", "activation")  # the attributes of a layer or neuron as built


def is_plain(part: Any) -> bool:
    """Return whether a part is a Layer or Neuron as built: rows of weights under one activation, and no more."""
    more = [x for name, x in getattr(part, "__dict__", {}).items() if name not in _OWN]
    if any([isinstance(x, (Value, Module, list, tuple, dict, set)) for x in more]):
        return False
    if type(part) is Neuron:
        bias = part.bias
        weights = part.weights if isinstance(part.weights, tuple) else ()
        parameters = [*weights, *([bias] if isinstance(bias, Value) else [])]
        is_bias = isinstance(bias, Value) or (type(bias) is float and bias == 0.0)
        return bool(weights) and is_bias and all([isinstance(w, Value) and w.op is None for w in parameters])
    if type(part) is not Layer or type(part.neurons) is not list or not part.neurons:
        return False
    each = "linear" if part.activation == "softmax" else part.activation
    alike = {(len(neuron.weights), type(neuron.bias)) for neuron in part.neurons if is_plain(neuron)}
    return len(alike) == 1 and all([is_plain(neuron) and neuron.activation == each for neuron in part.neurons])


def join(name: str, key: str) -> str:
    """Return the name of a part below another; a model's own name is ''.

    >>> join("layers.0", "bias"), join("", "bias")
    ('layers.0.bias', 'bias')
    """
    return f"{name}.{key}" if name else key


def _of_layer(name: str, part: Any) -> dict[str, Block]:
    neurons = neurons_of(part)
    rows = (len(neurons),) if isinstance(part, Layer) else ()
    weights = [w for neuron in neurons for w in neuron.weights]
    found = {join(name, "weight"): Block((*rows, len(neurons[0].weights)), weights)}
    biases = [neuron.bias for neuron in neurons if isinstance(neuron.bias, Value)]
    if biases:
        found[join(name, "bias")] = Block(rows, biases)
    return found
