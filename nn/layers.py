"""Neuron, Layer and MLP: a network as a description of itself."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

from autograd import functions
from autograd.reductions import dot_node
from autograd.scalars import Number, number
from autograd.value import Value
from nn.init import Initialiser, generator, initial_weights
from nn.module import Module

Activation = str | Callable[[Value], Any] | None


def linear(z: Value) -> Value:
    """Return z: no activation."""
    return z


# By name, what is usual in networks first. Methods of Value are the shortest way to record.
ACTIVATIONS: dict[str, Callable[[Value], Any]] = {
    "linear": linear, "relu": Value.relu, "leaky_relu": functions.leaky_relu, "elu": functions.elu,
    "selu": Value.selu, "gelu": Value.gelu, "silu": Value.silu, "mish": Value.mish,
    "softplus": Value.softplus, "sigmoid": Value.sigmoid, "log_sigmoid": Value.log_sigmoid,
    "tanh": Value.tanh, "hardtanh": Value.hardtanh, "step": Value.step, "sign": Value.sign, "abs": Value.abs,
    "square": Value.square, "sqrt": Value.sqrt, "cbrt": Value.cbrt, "reciprocal": Value.reciprocal,
    "exp": Value.exp, "expm1": Value.expm1, "exp2": Value.exp2, "log": Value.log, "log1p": Value.log1p,
    "log2": Value.log2, "log10": Value.log10, "sin": Value.sin, "cos": Value.cos, "tan": Value.tan,
    "asin": Value.asin, "acos": Value.acos, "atan": Value.atan, "sinh": Value.sinh, "cosh": Value.cosh,
    "asinh": Value.asinh, "acosh": Value.acosh, "atanh": Value.atanh, "erf": Value.erf, "erfc": Value.erfc,
    "lgamma": Value.lgamma, "digamma": Value.digamma, "floor": Value.floor, "ceil": Value.ceil,
}  # fmt: skip


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, passed through an activation: f(w.x + b).

    `nin` is the number of inputs. `activation` is a name in `ACTIVATIONS`, a function of a Value, or
    None for none. `init` says how weights start (see `nn.init`); a bias starts at 0. `seed` is a
    whole number or a `random.Random`; with None, weights come from Python's global `random`.
    `nout`, the width of the layer around, matters to Xavier's initialisation alone.

    >>> neuron = Neuron(2, init=0.5)
    >>> neuron([1.0, 2.0])
    Value(data=1.5, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        *,
        activation: Activation = "relu",
        bias: bool = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
        nout: int = 1,
    ) -> None:
        nin, nout = _count("nin", nin), _count("nout", nout)
        activation = _known("activation", activation, ACTIVATIONS)
        self.weights = tuple([Value(w) for w in initial_weights(init, nin, nout, generator(seed))])
        self.bias = Value(0.0) if bias else 0.0
        self.activation = activation
        self.label_parameters()

    def __call__(self, x: Sequence[Number]) -> Any:
        """Return the output for a sequence of `nin` numbers or Values.

        Raises ValueError for another number of inputs.
        """
        return self._activate(_inputs(x, len(self.weights)))

    def _activate(self, inputs: tuple[Any, ...]) -> Any:
        z = dot_node(self.weights, inputs, self.bias)
        activation = self.activation
        return (ACTIVATIONS[activation] if isinstance(activation, str) else activation)(z)

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {_name(self.activation)})"


class Layer(Module):
    """Neurons side by side: each sees all `nin` inputs, and gives one of the `nout` outputs.

    The options are Neuron's. `activation` may also be "softmax", which turns the outputs of the whole
    layer into probabilities.

    >>> layer = Layer(3, 2, activation="tanh", seed=1)
    >>> layer
    Layer(3 -> 2, tanh)
    >>> [round(y.data, 4) for y in layer([1.0, 0.5, -1.0])]
    [-0.7218, -0.3743]
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        *,
        activation: Activation = "relu",
        bias: bool = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
    ) -> None:
        nin, nout = _count("nin", nin), _count("nout", nout)
        self.activation = _known("activation", activation, [*ACTIVATIONS, "softmax"])
        each = None if self.activation == "softmax" else self.activation
        random = generator(seed)
        self.neurons = [Neuron(nin, nout=nout, activation=each, bias=bias, init=init, seed=random) for _ in range(nout)]
        self.label_parameters()

    def __call__(self, x: Sequence[Number]) -> Any:
        """Return the outputs for a sequence of `nin` numbers or Values: a list, or the only one itself.

        Raises ValueError for another number of inputs.
        """
        inputs = _inputs(x, len(self.neurons[0].weights))
        outputs = [neuron._activate(inputs) for neuron in self.neurons]
        if self.activation == "softmax":
            outputs = functions.softmax(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        nin, nout = len(self.neurons[0].weights), len(self.neurons)
        return f"Layer({nin} -> {nout}, {_name(self.activation)})"


class MLP(Module):
    """A multi-layer perceptron: layers one after the other, each fully connected to the next.

    `nouts` has the width of every layer. `activation` is for the hidden layers: a name, a function,
    or a list with one for each. The last layer is linear unless `output` says otherwise: a name, a
    function or "softmax". The other options are Neuron's; `seed` makes one generator for all layers.

    Raises ValueError or TypeError for sizes, names and options that are not allowed.

    >>> MLP(2, [16, 16, 1])
    MLP of [Layer(2 -> 16, relu), Layer(16 -> 16, relu), Layer(16 -> 1, linear)]
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = None,
        bias: bool = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
    ) -> None:
        if not isinstance(nouts, Iterable):
            raise TypeError(f"nouts must be a list of layer widths such as [16, 16, 1], got {nouts!r}")
        sizes = [_count("nin", nin), *[_count("a layer's width", nout) for nout in nouts]]
        if len(sizes) < 2:
            raise ValueError("an MLP needs at least one layer, got no widths")
        output = _known("output", output, [*ACTIVATIONS, "softmax"])
        activations = [*_one_for_each(activation, hidden=len(sizes) - 2), output]
        random = generator(seed)
        self.layers = [
            Layer(n, m, activation=f, bias=bias, init=init, seed=random)
            for n, m, f in zip(sizes[:-1], sizes[1:], activations, strict=True)
        ]
        self.label_parameters()

    def __call__(self, x: Sequence[Number]) -> Any:
        """Return the outputs for a sequence of `nin` numbers or Values: a list, or the only one itself.

        Raises ValueError for another number of inputs.
        """
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _inputs(x: Any, nin: int) -> tuple[Any, ...]:
    """Turn what a model was given into a tuple of floats and Values; a lone number counts as one input."""
    xs = x if hasattr(x, "__iter__") else (x,)
    inputs = tuple([x if type(x) is float or isinstance(x, Value) else number(x) for x in xs])
    if len(inputs) != nin:
        raise ValueError(f"expected {nin} input{'' if nin == 1 else 's'}, got {len(inputs)}")
    return inputs


def _count(name: str, given: Any) -> int:
    """Check a number of inputs or outputs."""
    try:
        count = operator.index(given)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {given!r}") from None
    if count < 1:
        raise ValueError(f"{name} must be at least 1, got {count}")
    return count


def _known(option: str, given: Activation, names: Iterable[str]) -> str | Callable[[Value], Any]:
    """Check an activation: a function, or one of the names; None is linear."""
    if given is None:
        return "linear"
    if callable(given) or (isinstance(given, str) and given in names):
        return given
    error = ValueError if isinstance(given, str) else TypeError
    hint = " (softmax is for the output of a network)" if given == "softmax" else ""
    raise error(f"unknown {option} {given!r}{hint}: expected a function or one of {', '.join(names)}")


def _one_for_each(activation: Activation | Sequence[Activation], hidden: int) -> list[Activation]:
    """Return one activation for each hidden layer."""
    if activation is None or isinstance(activation, str) or not isinstance(activation, Iterable):
        activations: list[Activation] = [activation] * hidden
    else:
        activations = list(activation)
        if len(activations) != hidden:
            raise ValueError(f"expected one activation for each of {hidden} hidden layers, got {len(activations)}")
    return [_known("activation", f, ACTIVATIONS) for f in activations]


def _name(activation: str | Callable[[Value], Any]) -> str:
    return activation if isinstance(activation, str) else getattr(activation, "__name__", repr(activation))
