"""The architecture of a model as plain JSON, and a model built again from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd.value import Value
from nn.activations import NAMES, name_of
from nn.checks.sizes import neurons_of
from nn.errors import ModelFileError
from nn.files.blocks import Block, blocks, is_plain, join
from nn.layers import MLP, Dropout, Layer, Neuron, Sequential
from nn.module import Module

DEEPEST = 32  # a model in a model in ...
KINDS: dict[str, type[Module]] = {kind.__name__: kind for kind in (Neuron, Layer, MLP, Sequential, Dropout)}
KEYS = {
    "Neuron": {"nin", "bias", "activation"},
    "Layer": {"nin", "nout", "bias", "activation"},
    "MLP": {"layers"},
    "Sequential": {"layers"},
    "Dropout": {"p"},
}  # besides "kind" and "training"

Activations = Mapping[str, Callable[..., Any]]


class UnknownPartError(ModelFileError):
    """No architecture describes a part of the model."""


def describe(model: Module, activations: Activations | None = None) -> dict[str, Any]:
    """Return the architecture of a model of Neuron, Layer, MLP, Sequential and Dropout as plain JSON.

    Raises UnknownPartError for a part of another kind, ModelFileError for a function without a name.
    """
    describer = _Describer(activations or {})
    description: dict[str, Any] = describer.part("", model, 0)
    for name in blocks(model):
        if not any([name == mine or name.startswith(f"{mine}.") for mine in describer.described]):
            raise UnknownPartError(f"{name} is not what a {type(model).__name__} is built with")
    return description


class _Describer:
    """The functions of a model and their names, and the parts that the walk has met."""

    def __init__(self, activations: Activations) -> None:
        self.functions = checked(activations)
        self.names = {id(function): name for name, function in activations.items()}
        self.met: dict[int, str] = {}
        self.described: set[str] = set()  # blocks, and functions that have parameters

    def part(self, name: str, part: Any, depth: int) -> Any:
        kind = type(part).__name__
        if depth > DEEPEST:
            raise ModelFileError(f"the model is nested more than {DEEPEST} deep")
        if id(part) in self.met:
            return {"shared": self.met[id(part)]}
        if depth and (id(part) in self.names or not isinstance(part, Module)):
            return self.function(name, part)
        if type(part) is not KINDS.get(kind) or (isinstance(part, MLP) and {type(x) for x in part.layers} != {Layer}):
            raise UnknownPartError(f"no architecture describes {part!r:.60}")
        self.met[id(part)] = name
        description = {"kind": kind, "training": bool(part.training)}
        if isinstance(part, Dropout):
            return description | {"p": float(part.p)}
        if isinstance(part, (MLP, Sequential)):
            layers = [self.part(join(name, f"layers.{k}"), each, depth + 1) for k, each in enumerate(part.layers)]
            return description | {"layers": layers}
        return description | self.block(name, part)

    def block(self, name: str, part: Any) -> dict[str, Any]:
        """Return the sizes and the activation of a layer or neuron."""
        if not is_plain(part):
            raise UnknownPartError(f"{name or 'the model'} has been changed since {type(part).__name__} built it")
        neurons = neurons_of(part)
        self.described |= {join(name, "weight"), join(name, "bias")}
        return {
            "nin": len(neurons[0].weights),
            **({"nout": len(neurons)} if isinstance(part, Layer) else {}),
            "bias": isinstance(neurons[0].bias, Value),
            "activation": self.function(join(name, "activation"), part.activation),
        }

    def function(self, name: str, function: Any) -> Any:
        """Return what stands for an activation: the name of one of ours, or {"custom": name}."""
        if isinstance(function, str):
            return function
        if (ours := name_of(function)) and id(function) not in self.names:
            return ours
        own = str(self.names.get(id(function)) or getattr(function, "__name__", "<none>"))
        if "<" in own:  # <lambda>
            hint = 'pass its name: nn.save(model, path, activations={"mine": f})'
            raise ModelFileError(f"{name}, {function!r}, has no name to save: {hint}")
        if self.functions.setdefault(own, function) is not function:
            raise ModelFileError(f"two functions have the name {own!r}: give each its own by activations={{...}}")
        self.described.add(name)
        return {"custom": own}


def build(description: Any, data: Mapping[str, Block], activations: Activations | None = None) -> Any:
    """Return the model that an architecture describes, made of the Values in `data`.

    Every size is compared with the data before anything of that size is built. Raises
    ModelFileError for what is not allowed, is unknown or does not fit.
    """
    if not isinstance(description, dict) or description.get("kind") not in list(KINDS):
        raise ModelFileError(f"the architecture does not describe a model: {description!r:.60}")
    return _Builder(data, checked(activations or {})).part("", description, 0)


class _Builder:
    """The data and functions to build with, and the parts built so far."""

    def __init__(self, data: Mapping[str, Block], functions: Activations) -> None:
        self.data, self.functions = data, functions
        self.built: dict[str, Any] = {}

    def part(self, name: str, given: Any, depth: int) -> Any:
        where = name or "the model"
        if depth > DEEPEST:
            raise ModelFileError(f"the architecture is nested more than {DEEPEST} deep")
        if not isinstance(given, dict) or "custom" in given:
            return self.function(where, given)
        if "shared" in given:
            if not isinstance(given["shared"], str) or given["shared"] not in self.built:
                raise ModelFileError(f"{where} shares {given['shared']!r:.60}, which is not a part before it")
            return self.built[given["shared"]]
        kind, training = given.get("kind"), given.get("training")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ModelFileError(f"{where}: unknown kind of layer {kind!r:.60}; known are {', '.join(KINDS)}")
        if type(training) is not bool or given.keys() - {"kind", "training"} != KEYS[kind]:
            raise ModelFileError(f"{where}: a {kind} has {', '.join(sorted(KEYS[kind]))}; got {given!s:.60}")
        if kind == "Dropout":
            part: Any = self.dropout(where, given["p"])
        elif kind in ("MLP", "Sequential"):
            part = self.container(name, kind, given["layers"], depth)
        else:
            part = self.block(name, kind, given)
        part.training = training
        self.built[name] = part
        return part

    def dropout(self, where: str, p: Any) -> Dropout:
        if type(p) is not float or not 0.0 <= p < 1.0:
            raise ModelFileError(f"{where}: p must be at least 0 and below 1, got {p!r:.60}")
        return Dropout(p)

    def container(self, name: str, kind: str, layers: Any, depth: int) -> MLP | Sequential:
        if not isinstance(layers, list) or not layers:
            raise ModelFileError(f"{name or 'the model'}: expected a list of layers, got {layers!r:.60}")
        parts = [self.part(join(name, f"layers.{k}"), each, depth + 1) for k, each in enumerate(layers)]
        if kind == "Sequential":
            try:
                return Sequential(*parts)
            except ValueError as error:
                raise ModelFileError(f"{name or 'the model'}: {error}") from None
        if not all([isinstance(part, Layer) for part in parts]):
            raise ModelFileError(f"{name or 'the model'}: an MLP is made of Layers alone")
        model = MLP(1, [1], init=0.0)
        model.layers = parts
        return model

    def block(self, name: str, kind: str, given: dict[str, Any]) -> Layer | Neuron:
        where = name or "the model"
        activation = self.function(where, given["activation"])
        if kind == "Neuron" and activation == "softmax":
            raise ModelFileError(f"{where}: softmax is for a Layer, not for one Neuron")
        shape = tuple([given[key] for key in ("nout", "nin") if key in given])
        if any([type(size) is not int or size < 1 for size in shape]) or type(given["bias"]) is not bool:
            raise ModelFileError(f"{where}: sizes must be whole numbers of at least 1, bias true or false")
        weights = self.values(join(name, "weight"), shape)
        biases = self.values(join(name, "bias"), shape[:-1]) if given["bias"] else []
        nin = shape[-1]
        if kind == "Neuron":
            part: Any = Neuron(nin, activation=activation, init=0.0)
        else:
            part = Layer(nin, shape[0], activation=activation, init=0.0)
            part.train(given["training"])
        for k, neuron in enumerate(neurons_of(part)):
            neuron.weights = tuple(weights[k * nin : (k + 1) * nin])
            neuron.bias = biases[k] if biases else 0.0
        return part  # type: ignore[no-any-return]

    def values(self, name: str, shape: tuple[int, ...]) -> list[Value]:
        if name not in self.data:
            raise ModelFileError(f"the data of {name} are missing")
        if self.data[name].shape != shape:
            expected = Block(shape, []).size()
            raise ModelFileError(f"{name}: the architecture says {expected}, the data have {self.data[name].size()}")
        return self.data[name].values

    def function(self, where: str, given: Any) -> Any:
        if isinstance(given, str) and given in NAMES:
            return given
        name = given.get("custom") if isinstance(given, dict) and len(given) == 1 else None
        if not isinstance(name, str):
            raise ModelFileError(f"{where}: unknown activation {given!r:.60}; known are {', '.join(NAMES)}")
        if name not in self.functions:
            hint = f"nn.load(path, activations={{{name!r}: f}})"
            raise ModelFileError(f"{where} has an activation of your own, {name!r}: name it with {hint}")
        return self.functions[name]


def checked(activations: Activations) -> dict[str, Callable[..., Any]]:
    """Return functions by name; raises TypeError for anything else."""
    given = dict(activations)
    for name, function in given.items():
        if not isinstance(name, str) or not callable(function):
            raise TypeError(f"activations: expected functions by name, got {function!r} for {name!r}")
    return given
