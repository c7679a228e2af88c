"""The works that benchmarks/compiled.py times: their data, and each of them by hand in NumPy."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy
from works.eager import WEIGHTS

LR = 0.05
WORKED_LR, WORKED_INPUTS, WORKED_TARGETS = 0.1, [0.5, 0.3, 0.2], [0.8, 0.6]
DIMENSIONS = 100
Array = numpy.ndarray


class Engine(NamedTuple):
    """One way of doing a work: the call to time, what makes its result one array to check, and its number of steps."""

    run: Callable[[], Any]
    flat: Callable[[Any], Any]
    steps: int = 1


class Net(NamedTuple):
    """A relu network with a loss: hinge, softmax (cross-entropy) or logistic; parameters lie as in nn."""

    sizes: tuple[int, ...]
    loss: str
    parameters: Array
    X: Array
    Y: Array


def net(sizes: tuple[int, ...], loss: str, rows: int) -> Net:
    """Return a network with random weights and data for it."""
    draw = numpy.random.default_rng(7)
    layers = [draw.uniform(-1, 1, (n, m + 1)) / math.sqrt(m) for m, n in pairwise(sizes)]
    X = draw.normal(size=(rows, sizes[0]))
    classes = numpy.arange(rows) % 2 if sizes[-1] == 1 else draw.integers(sizes[-1], size=rows)
    Y = numpy.eye(sizes[-1])[classes] if loss == "softmax" else classes * 1.0
    if loss == "hinge":
        Y = 2.0 * Y - 1.0
    return Net(sizes, loss, numpy.concatenate([layer.ravel() for layer in layers]), X, Y)


def matrices(flat: Any, sizes: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Return the weights and the biases of each layer, from parameters in nn's order."""
    layers, start = [], 0
    for m, n in pairwise(sizes):
        both = flat[start : start + n * (m + 1)].reshape(n, m + 1)
        layers.append((both[:, :-1], both[:, -1]))
        start += n * (m + 1)
    return layers


def flattened(loss: Any, layers: list[tuple[Any, Any]]) -> Array:
    """Return a loss and gradients of weights and biases as one array, in nn's order."""
    parts = [numpy.column_stack([numpy.asarray(w), numpy.asarray(b)]).ravel() for w, b in layers]
    return numpy.concatenate([[float(loss)], *parts])


def loss_and_slope(work: Net, z: Array) -> tuple[float, Array]:
    """Return the mean loss of the last layer's outputs, and its derivatives with respect to them."""
    rows = len(z)
    if work.loss == "softmax":
        z = z - z.max(axis=1, keepdims=True)
        powers = numpy.exp(z)
        totals = powers.sum(axis=1, keepdims=True)
        return (numpy.log(totals).sum() - (work.Y * z).sum()) / rows, (powers / totals - work.Y) / rows
    z = z[:, 0]
    if work.loss == "hinge":
        margins = 1.0 - work.Y * z
        return numpy.maximum(margins, 0.0).mean(), numpy.where(margins > 0.0, work.Y * (-1.0 / rows), 0.0)[:, None]
    slopes = (1.0 / (1.0 + numpy.exp(-z)) - work.Y) / rows
    return (numpy.logaddexp(0.0, z) - work.Y * z).mean(), slopes[:, None]


def net_in_numpy(work: Net) -> Engine:
    """Return loss and gradient, layer by layer."""
    layers = [(w.copy(), b.copy()) for w, b in matrices(work.parameters, work.sizes)]
    return Engine(lambda: net_gradient(work, layers), lambda result: flattened(*result))


def net_gradient(work: Net, layers: list[tuple[Array, Array]]) -> tuple[float, list[tuple[Array, Array]]]:
    """Return the loss, and the gradients of weights and biases."""
    inputs = [work.X]
    for w, b in layers[:-1]:
        inputs.append(numpy.maximum(inputs[-1] @ w.T + b, 0.0))
    w, b = layers[-1]
    loss, d = loss_and_slope(work, inputs[-1] @ w.T + b)
    gradients = []
    for (w, _), x in zip(reversed(layers), reversed(inputs), strict=True):
        gradients.append((d.T @ x, d.sum(axis=0)))
        if x is not work.X:
            d = (d @ w) * (x > 0.0)
    return loss, gradients[::-1]


def net_training_in_numpy(work: Net, steps: int) -> Array:
    """Return the losses of so many steps of SGD, and the parameters after them."""
    layers, losses = [(w.copy(), b.copy()) for w, b in matrices(work.parameters, work.sizes)], []
    for _ in range(steps):
        loss, gradients = net_gradient(work, layers)
        losses.append(loss)
        layers = [(w - LR * dw, b - LR * db) for (w, b), (dw, db) in zip(layers, gradients, strict=True)]
    return numpy.concatenate([losses, flattened(0.0, layers)[1:]])


def worked_in_numpy(steps: int) -> Array:
    """Return the weights of the 3-2-3-2 sigmoid network after so many steps, matrix by matrix, row by row."""
    weights = [numpy.array(matrix) for matrix in WEIGHTS]
    for _ in range(steps):
        outputs = [numpy.array(WORKED_INPUTS)]
        for matrix in weights:
            outputs.append(1.0 / (1.0 + numpy.exp(-(matrix @ outputs[-1]))))
        errors = outputs[-1] - WORKED_TARGETS
        for k in (2, 1, 0):
            d = errors * outputs[k + 1] * (1.0 - outputs[k + 1])
            errors = weights[k].T @ d
            weights[k] = weights[k] - WORKED_LR * numpy.outer(d, outputs[k])
    return numpy.concatenate([matrix.ravel() for matrix in weights])


def worked_weights() -> Array:
    """Return the weights that the network starts from, matrix by matrix, row by row."""
    return numpy.array([w for matrix in WEIGHTS for row in matrix for w in row])


def point() -> Array:
    """Return where Rosenbrock's function is differentiated."""
    return numpy.linspace(-1.2, 1.3, DIMENSIONS)


def rosenbrock(x: Any) -> Any:
    """Return Rosenbrock's function of a sequence of numbers of any kind, summed one term at a time."""
    total = 0.0
    for a, b in pairwise(x):
        total = total + 100.0 * (b - a * a) * (b - a * a) + (1.0 - a) * (1.0 - a)
    return total


def rosenbrock_in_numpy() -> Engine:
    """Return value and gradient, on slices."""
    x = point()

    def run() -> tuple[float, Array]:
        a, b = x[1:] - x[:-1] * x[:-1], 1.0 - x[:-1]
        gradient = numpy.zeros_like(x)
        gradient[:-1] = -400.0 * a * x[:-1] - 2.0 * b
        gradient[1:] += 200.0 * a
        return 100.0 * a @ a + b @ b, gradient

    return Engine(run, lambda result: numpy.concatenate([[result[0]], result[1]]))


def rosenbrock_hessian_in_numpy() -> Engine:
    """Return the dense Hessian, from its three diagonals."""
    x = point()

    def run() -> Array:
        hessian = numpy.zeros((DIMENSIONS, DIMENSIONS))
        diagonal = hessian.ravel()[:: DIMENSIONS + 1]
        diagonal[:-1] = 1200.0 * x[:-1] * x[:-1] - 400.0 * x[1:] + 2.0
        diagonal[1:] += 200.0
        hessian.ravel()[1 :: DIMENSIONS + 1] = hessian.ravel()[DIMENSIONS :: DIMENSIONS + 1] = -400.0 * x[:-1]
        return hessian

    return Engine(run, numpy.ravel)


# --- Irregular operations -------------------------------------------------------------------------

Step = tuple[str, int, int]
INPUTS, GROUP, SMALLEST, LARGEST = 16, 1_000, 1e-3, 4.0


def irregular(operations: int) -> tuple[list[Step], Array]:
    """Return a random graph of operations on INPUTS numbers, each of which matters, and 8 points to run it at.

    The graph is made of groups: an operand is an input or an earlier value of the same group, so that no path is long,
    and rounding errors stay small. Values that no operation uses go into one sum.
    """
    draw, points = random.Random(3), numpy.random.default_rng(3).uniform(0.5, 1.5, (8, INPUTS))
    steps: list[Step] = []
    ends: list[int] = []
    while len(steps) + len(ends) < operations:
        values, unused = dict(enumerate(points.T)), set()
        while len(steps) + len(ends) + len(unused) < operations + 1 and len(values) < INPUTS + GROUP:
            known = INPUTS + len(steps)
            step, values[known] = drawn(draw, values, sorted(unused))
            steps.append(step)
            unused = unused - set(step[1:]) | {known}
        ends += sorted(unused)
    while len(ends) > 1:
        steps.append(("+", ends.pop(0), ends.pop(0)))
        ends.append(INPUTS + len(steps) - 1)
    return steps, points


def drawn(draw: random.Random, values: dict[int, Array], unused: list[int]) -> tuple[Step, Array]:
    """Return an operation, drawn at random, whose values are neither large nor near 0; and these values."""
    known = list(values)
    while True:
        i = draw.choice(unused if unused and draw.random() < 0.7 else known)
        j = draw.choice(known)
        step = (draw.choice("te"), i, i) if draw.random() < 0.01 else (draw.choice("+-*/"), i, j)
        value = apply_step(step, values, numpy)
        sizes = numpy.abs(value)
        if sizes.min() > SMALLEST and sizes.max() < LARGEST:
            return step, value


def apply_step(step: Step, values: list[Any], functions: Any) -> Any:
    """Return the result of an operation on values of any kind; `functions` has tanh and exp for them."""
    op, i, j = step
    x, y = values[i], values[j]
    match op:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return x * y
        case "/":
            return x / y
        case "t":
            return functions.tanh(x)
    return functions.exp(x)


def run_steps(steps: list[Step], x: Any, functions: Any) -> Any:
    """Return the last value of a graph at a point."""
    values = [x[k] for k in range(INPUTS)]
    for step in steps:
        values.append(apply_step(step, values, functions))
    return values[-1]
