"""The parts of a model, read off the labels of its parameters: `layers.0.neurons.3.weights.1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from autograd.drawing.sketch.numbering import Graph
from autograd.ops import DETACH, DOT, ELU, IDENTITY, LEAKY_RELU, NEG

PARAMETER = re.compile(r"[^\W\d]\w*(\.\w+)+")
DEEPEST = 16  # names in a label; a longer one is not a parameter's

Parts = tuple[str, ...]


def parts(label: str) -> Parts:
    """Return the parts of the model around a parameter, from the outermost to the innermost.

    A part is a prefix after which a name follows: a number counts within a list.

    >>> parts("layers.0.neurons.3.weights.1")
    ('layers.0', 'layers.0.neurons.3')
    """
    names = label.split(".", DEEPEST)
    if len(names) > DEEPEST or not PARAMETER.fullmatch(label):
        return ()
    return tuple(".".join(names[:i]) for i in range(1, len(names)) if not names[i].isdecimal())


def owners(graph: Graph) -> list[Parts]:
    """Return the parts of the model around each value; none for a value outside the model.

    A parameter is where its label says. An operation that combines parameters with something else
    belongs to the innermost part that holds them all. So does an operation of one input that alone
    takes up a dot product: the activation of a neuron.
    """
    consumers = graph.consumers()
    found: list[Parts] = []
    for i, (value, inputs) in enumerate(zip(graph.values, graph.inputs, strict=True)):
        places = [x for x in inputs if type(x) is int]
        if value.op is None:
            found.append(parts(str(value.label)))
        elif parameters := _combined(graph, i, found):
            found.append(_common([found[x] for x in parameters]))
        elif _is_activation(graph, i) and consumers[places[0]] == [i]:
            found.append(found[places[0]])
        else:
            found.append(())
    return found


def weights(graph: Graph) -> dict[int, int]:
    """Return, for each weight that shares a box with others, the place of the first weight of its neuron.

    They are the first half of a dot product's inputs, and their labels differ in the last number only.
    """
    found: dict[int, int] = {}
    for i, value in enumerate(graph.values):
        if value.op is DOT:
            half = graph.inputs[i][: len(graph.inputs[i]) // 2]
            families = {_family(graph, x) for x in half}
            new = {x: 0 for x in half if type(x) is int and x not in found}
            if len(families) == 1 and "" not in families and len(new) > 1:
                found.update(dict.fromkeys(new, min(new)))
    return found


def _family(graph: Graph, x: int | float) -> str:
    """Return the label of a leaf without the number at its end; "" if it has none."""
    if type(x) is not int or graph.values[x].op is not None:
        return ""
    label = str(graph.values[x].label)
    name, _, last = label.rpartition(".")
    return name if last.isdecimal() and PARAMETER.fullmatch(label) else ""


def _combined(graph: Graph, i: int, found: Sequence[Parts]) -> list[int]:
    """Return the parameters that an operation combines with something else; none if there is nothing else."""
    inputs, is_dot = graph.inputs[i], graph.values[i].op is DOT
    half = len(inputs) // 2
    mine, others = ([*inputs[:half], inputs[-1]], inputs[half:-1]) if is_dot else (inputs, inputs)
    parameters = [x for x in mine if type(x) is int and found[x] and graph.values[x].op is None]
    met = set(parameters)
    # A neuron's inputs may be constants. A constant elsewhere, as in 0.5 * w, is not what a part works on.
    return parameters if any(x not in met if type(x) is int else is_dot for x in others) else []


def _is_activation(graph: Graph, i: int) -> bool:
    op, inputs = graph.values[i].op, graph.inputs[i]
    if op in (NEG, DETACH, IDENTITY) or (len(inputs) > 1 and op not in (LEAKY_RELU, ELU)):
        return False
    return len(inputs) > 0 and type(inputs[0]) is int and graph.values[inputs[0]].op is DOT


def _common(chains: Sequence[Parts]) -> Parts:
    """Return the parts that all chains begin with."""
    together = takewhile(lambda level: len(set(level)) == 1, zip(*chains, strict=False))
    return tuple(level[0] for level in together)
