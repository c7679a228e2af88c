"""Neuron, Layer, MLP, Sequential and Dropout: a network as a description of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, overload

from autograd import functions
from autograd.reductions import data_of, dot_node
from autograd.scalars import Number, number
from autograd.value import Value
from nn.activations import ACTIVATIONS, NAMES, Activation, activation_name, known, linear, name_of, one_for_each
from nn.checks.rows import inputs_of
from nn.checks.settings import whole
from nn.checks.sizes import check_parts, check_sizes, sizes_of
from nn.init import Initialiser, generator, initial_bias, initial_weights
from nn.module import Module

Bias = bool | str | Number | Initialiser


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, passed through an activation: f(w.x + b).

    `nin` is the number of inputs. `activation` is the name of a function of `autograd` such as "tanh", a
    function of a Value, or None for none. `init` says how weights start (see `nn.init`). `bias` is True for one
    that starts at 0, False for none, or says how it starts as `init` does: "uniform", a number or a function; it is
    drawn after the weights. `seed` is a whole number or a `random.Random`; with None, weights come from Python's global
    `random`. `nout`, the width of the layer around, matters to Xavier's initialisation alone.

    >>> neuron = Neuron(2, init=0.5)
    >>> neuron([1.0, 2.0])
    Value(data=1.5, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        *,
        activation: Activation = "relu",
        bias: Bias = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
        nout: int = 1,
    ) -> None:
        nin, nout = whole("nin", nin), whole("nout", nout)
        activation = known("activation", activation, ACTIVATIONS)
        random = generator(seed)
        self.weights = tuple([Value(w) for w in initial_weights(init, nin, nout, random)])
        start = initial_bias(bias, nin, nout, random)
        self.bias = 0.0 if start is None else Value(start)
        self.activation = activation
        self.label_parameters()

    def __call__(self, x: Sequence[Number]) -> Any:
        """Return the output for a sequence of `nin` numbers or Values.

        Raises ValueError for another number of inputs.
        """
        inputs = inputs_of(x, len(self.weights))
        return self._activate(inputs, data_of(inputs))

    def _activate(self, inputs: tuple[Any, ...], data: list[float]) -> Any:
        z = dot_node(self.weights, inputs, self.bias, data)
        activation = self.activation
        return (ACTIVATIONS[activation] if isinstance(activation, str) else activation)(z)

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {activation_name(self.activation)})"


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
        bias: Bias = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
    ) -> None:
        nin, nout = whole("nin", nin), whole("nout", nout)
        self.activation = known("activation", activation, NAMES)
        each = None if self.activation == "softmax" else self.activation
        random = generator(seed)
        self.neurons = [Neuron(nin, nout=nout, activation=each, bias=bias, init=init, seed=random) for _ in range(nout)]
        self.label_parameters()

    def __call__(self, x: Sequence[Number]) -> Any:
        """Return the outputs for a sequence of `nin` numbers or Values: a list, or the only one itself.

        Raises ValueError for another number of inputs.
        """
        inputs = inputs_of(x, len(self.neurons[0].weights))
        data = data_of(inputs)
        outputs = [neuron._activate(inputs, data) for neuron in self.neurons]
        if self.activation == "softmax":
            outputs = functions.softmax(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        nin, nout = len(self.neurons[0].weights), len(self.neurons)
        return f"Layer({nin} -> {nout}, {activation_name(self.activation)})"


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
        bias: Bias = True,
        init: str | Number | Initialiser = "uniform",
        seed: int | Random | None = None,
    ) -> None:
        sizes = sizes_of(nin, nouts)
        output = known("output", output, NAMES)
        activations = [*one_for_each(activation, hidden=len(sizes) - 2), output]
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


class Sequential(Module):
    """Parts one after the other: each takes what the one before gives.

    A part is a Module, an activation or a function. An activation, by name or as a function of this library, is
    applied to each number separately ("softmax" to all together); any other function is called with everything that
    the part before gives: a list, or a single Value. An index gives a part, a slice a Sequential of the same parts. A
    part that comes twice is shared.

    Raises ValueError for no parts, for unknown names and for a part that takes another number of inputs
    than the one before gives, TypeError for what cannot be called.

    >>> model = Sequential(Layer(2, 8, activation="tanh", seed=1), Dropout(0.5, seed=1), Layer(8, 1, activation=None))
    >>> model
    Sequential of [Layer(2 -> 8, tanh), Dropout(0.5), Layer(8 -> 1, linear)]
    >>> model[0]
    Layer(2 -> 8, tanh)
    """

    def __init__(self, *layers: str | Callable[..., Any]) -> None:
        check_parts(layers)
        self.layers = [name_of(layer) or known("part", layer, NAMES) for layer in layers]
        check_sizes(self.layers)
        self.label_parameters()

    def __call__(self, x: Any) -> Any:
        """Return what the last part gives."""
        for layer in self.layers:
            x = _activated(layer, x) if isinstance(layer, str) else layer(x)
        return x

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __repr__(self) -> str:
        parts = [repr(layer) if isinstance(layer, Module) else activation_name(layer) for layer in self.layers]
        return f"Sequential of [{', '.join(parts)}]"


class Dropout(Module):
    """Numbers set to 0 at random while a model is trained, each with probability `p` (Srivastava et al., 2014).

    Those that stay are divided by 1 - p, so their mean stays too (as in PyTorch). After `eval()`, and
    with p = 0, numbers pass unchanged. `seed` is a whole number or a `random.Random`; with None,
    chance comes from Python's global `random`.

    Raises ValueError if p is not in [0, 1).

    >>> dropout = Dropout(0.5, seed=2)
    >>> dropout([1.0, 2.0, 3.0, 4.0])
    [2.0, 4.0, 0.0, 0.0]
    >>> dropout.eval()([1.0, 2.0, 3.0, 4.0])
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, p: Number, seed: int | Random | None = None) -> None:
        self.p = number(p)
        if not 0.0 <= self.p < 1.0:
            raise ValueError(f"p, the probability of a 0, must be at least 0 and below 1, got {p!r}")
        random = generator(seed)
        self.random = random if isinstance(random, Random) else None  # None: the global one, which no copy can hold

    def __call__(self, x: Any) -> Any:
        """Return a list of as many numbers or Values as are given; for a lone one, one."""
        if not self.training or self.p == 0.0:
            return x
        draw, p, scale = (self.random or generator(None)).random, self.p, 1.0 / (1.0 - self.p)
        if hasattr(x, "__iter__"):
            return [z * (0.0 if draw() < p else scale) for z in x]
        return x * (0.0 if draw() < p else scale)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


def _activated(name: str, x: Any) -> Any:
    """Apply an activation to the outputs of a part: to each separately, or softmax to all together."""
    together = hasattr(x, "__iter__")
    if name == "softmax":
        outputs = functions.softmax(x if together else [x])
        return outputs if together else outputs[0]
    activation = linear if name == "linear" else getattr(functions, name)  # of floats too
    return [activation(z) for z in x] if together else activation(x)
