"""The works that benchmarks/eager.py times, for our Value and for any other that is used in the same way."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from operator import methodcaller
from typing import Any, NamedTuple

import nn
from autograd import Value

Work = Callable[[], Any]


def set_to_zero(parameters: list[Any], loss: Any) -> None:
    """Set the gradients of parameters to 0."""
    for p in parameters:
        p.grad = 0.0


class Kind(NamedTuple):
    """A class of recorded numbers, and the functions that some of these spell differently or lack."""

    value: Any
    relu: Callable[[Any], Any] | None = methodcaller("relu")
    sigmoid: Callable[[Any], Any] = methodcaller("sigmoid")
    zero: Callable[[list[Any], Any], None] = set_to_zero  # given parameters and loss
    number: Callable[[float], Any] = float  # what a constant on the right of an operator has to be


OURS = Kind(Value)


def moons_data() -> tuple[list[list[float]], list[int]]:
    """Return the 100 points of micrograd's demo."""
    import numpy
    from sklearn.datasets import make_moons

    numpy.random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    return points.tolist(), (labels * 2 - 1).tolist()


def moons_step(model: Any, points: Any, labels: list[int], kind: Kind = OURS) -> tuple[float, float]:
    """Do one step of micrograd's demo: hinge loss with L2, gradient, no update."""
    relu, parameters = kind.relu, model.parameters()
    scores = [model(x) for x in points]
    losses = [relu(1 + -y * score) for y, score in zip(labels, scores, strict=True)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
    kind.zero(parameters, loss)
    loss.backward()
    return loss.data, parameters[0].grad


class ByHand:
    """An MLP(2, [16, 16, 1]) written out as sum(w * x), one scalar operation at a time."""

    def __init__(self, numbers: list[float], kind: Kind = OURS) -> None:
        left = iter(numbers)
        self.relu = kind.relu
        self.layers = [
            [([kind.value(next(left)) for _ in range(m)], kind.value(next(left))) for _ in range(n)]
            for m, n in pairwise((2, 16, 16, 1))
        ]
        self.flat = [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def parameters(self) -> list[Any]:
        return self.flat

    def __call__(self, x: Any) -> Any:
        for depth, layer in enumerate(self.layers):
            sums = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = sums if depth == 2 else [self.relu(s) for s in sums]
        return x[0]


def readme_expression(kind: Kind) -> float:
    """Build and differentiate the expression in micrograd's README."""
    relu = kind.relu
    a = kind.value(-4.0)
    b = kind.value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return a.grad


def chain(kind: Any, steps: int) -> float:
    """Multiply by a constant again and again, then differentiate."""
    x = value = kind(1.0)
    for _ in range(steps):
        value = value * 1.0000001
    value.backward()
    return x.grad


def written_out_dot(kind: Any, products: int) -> float:
    """Add up products one at a time, then differentiate."""
    w, x = kind(0.5), kind(2.0)
    total = kind(0.0)
    for _ in range(products):
        total = total + w * x
    total.backward()
    return w.grad


WEIGHTS = [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], [[0.2, 0.3], [0.4, 0.5], [0.6, 0.7]], [[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]]]


def worked_network(kind: Kind, iterations: int) -> float:
    """Train the 3-2-3-2 sigmoid network by gradient descent, alpha 0.1, scalar by scalar."""
    weights = [[[kind.value(w) for w in row] for row in matrix] for matrix in WEIGHTS]
    flat = [w for matrix in weights for row in matrix for w in row]
    inputs, targets = [kind.number(x) for x in (0.5, 0.3, 0.2)], [kind.number(t) for t in (0.8, 0.6)]
    for _ in range(iterations):
        outputs = inputs
        for matrix in weights:
            outputs = [kind.sigmoid(sum(w * x for w, x in zip(row, outputs, strict=True))) for row in matrix]
        loss = 0.5 * sum((o - t) ** 2 for o, t in zip(outputs, targets, strict=True))
        kind.zero(flat, loss)
        loss.backward()
        for w in flat:
            w.data -= 0.1 * w.grad
    return float(loss.data)


def worked_network_with_dot(iterations: int) -> float:
    """Train the same network through nn: one node per neuron."""
    model = nn.MLP(3, [2, 3, 2], activation="sigmoid", output="sigmoid", bias=False)
    for layer, matrix in zip(model.layers, WEIGHTS, strict=True):
        for neuron, row in zip(layer.neurons, matrix, strict=True):
            for w, number in zip(neuron.weights, row, strict=True):
                w.data = number
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(iterations):
        loss = nn.losses.half_squared_error(model([0.5, 0.3, 0.2]), [0.8, 0.6])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.data


def iris_epoch(numbers: list[float]) -> float:
    """Train nn.MLP(4, [8, 3]) for an epoch on 100 flowers, minibatches of 16, Adam; return its loss."""
    X, y = iris_data()
    model = nn.MLP(4, [8, 3], seed=1)
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    adam = nn.optim.Adam(model.parameters(), lr=0.01)
    history = nn.fit(
        model,
        X,
        y,
        loss="cross_entropy_with_logits",
        optimizer=adam,
        epochs=1,
        batch_size=16,
        compile=False,
        progress=False,
    )
    return history["loss"][0]


def iris_data() -> tuple[list[list[float]], list[int]]:
    """Return 100 of the flowers, scaled by 1/10."""
    X, y = nn.data.load("iris")
    return [[x / 10.0 for x in row] for row in X[::3] + X[1::3]], y[::3] + y[1::3]


def drawn(inputs: int, images: int) -> list[list[float]]:
    """Return images of random numbers."""
    draw = random.Random(2)
    return [[draw.random() for _ in range(inputs)] for _ in range(images)]


def logistic_epoch(neuron: nn.Neuron, images: list[list[float]]) -> float:
    """Compute one gradient of a logistic regression on images through nn; return the loss."""
    neuron.zero_grad()
    total = 0.0
    for k, image in enumerate(images):
        z = neuron(image)
        total = total + nn.losses.binary_cross_entropy_with_logits(z, float(k % 2))
    total.backward()
    return total.data


def bytes_per_node(value: Any, nodes: int) -> tuple[float, float | None]:
    """Return the memory of a multiplication in a chain, before and after backward(); None if that is too deep for it.

    The lists that backward() makes for itself are gone by then: what counts is what the graph keeps.
    """
    spare = [value(0.0) for _ in range(1000)]  # uses up the freed nodes that an engine keeps, so that they do not count
    x = spare[0]
    last = x * x
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        for _ in range(nodes):
            last = last * x
        built = (tracemalloc.get_traced_memory()[0] - start) / nodes
        try:
            last.backward()
        except RecursionError:
            return built, None
        return built, (tracemalloc.get_traced_memory()[0] - start) / nodes
    finally:
        tracemalloc.stop()
