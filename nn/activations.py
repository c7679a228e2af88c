"""Activations: what a neuron does with its weighted sum, by name or by function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import functions
from autograd.ops import OPS
from autograd.output.printing import shown
from autograd.value import Value
from nn.checks.words import unknown

Activation = str | Callable[[Value], Any] | None


def linear(z: Value) -> Value:
    """Return z: no activation."""
    return z


# By name, what is usual in networks first; every function of one number is one. Methods of Value are the shortest way
# to record.
USUAL = "relu leaky_relu elu selu gelu silu mish softplus sigmoid log_sigmoid tanh hardtanh step sign abs square sqrt"
OF_ONE = [
    op.name for op in OPS if op.partials.__code__.co_argcount == 2 and op.name in {*vars(Value)} & {*functions.__all__}
]
ACTIVATIONS: dict[str, Callable[[Value], Any]] = {"linear": linear} | {
    name: vars(Value if name in OF_ONE else functions)[name] for name in dict.fromkeys([*USUAL.split(), *OF_ONE])
}
NAMES = [*ACTIVATIONS, "softmax"]

_BY_FUNCTION = {id(getattr(functions, name)): name for name in NAMES if name != "linear"}
_BY_FUNCTION |= {id(function): name for name, function in ACTIVATIONS.items()}


def name_of(function: object) -> str | None:
    """Return the name of an activation of this library, or None for any other function.

    >>> name_of(functions.tanh), name_of(print)
    ('tanh', None)
    """
    return _BY_FUNCTION.get(id(function))


def known(option: str, given: Activation, names: Iterable[str]) -> str | Callable[[Value], Any]:
    """Return an activation if it is a function or one of the names; None is linear.

    Raises ValueError for an unknown name and TypeError for anything else.
    """
    if given is None:
        return "linear"
    if callable(given) or (isinstance(given, str) and given in names):
        return given
    hint = " (softmax is for the output of a network)" if isinstance(given, str) and given == "softmax" else ""
    raise unknown(option, given, names, "a function or ", hint)


def one_for_each(activation: Activation | Sequence[Activation], hidden: int) -> list[Activation]:
    """Return one activation for each hidden layer: the same for all, or those of a list of that length."""
    if activation is None or isinstance(activation, str) or not isinstance(activation, Iterable):
        activations: list[Activation] = [activation] * hidden
    else:
        activations = list(activation)
        if len(activations) != hidden:
            raise ValueError(f"expected one activation for each of {hidden} hidden layers, got {len(activations)}")
    return [known("activation", f, ACTIVATIONS) for f in activations]


def activation_name(activation: str | Callable[..., Any]) -> str:
    """Return what a function or a name is called in a picture of the network."""
    return activation if isinstance(activation, str) else shown(getattr(activation, "__name__", repr(activation)))
