"""The works of benchmarks/compiled.py in chainrule, written the way a user would: one row, one scalar loss."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from time import perf_counter
from typing import Any

import numpy
from works.compiled import (
    LR,
    WORKED_INPUTS,
    WORKED_LR,
    WORKED_TARGETS,
    Engine,
    Net,
    Step,
    point,
    rosenbrock,
    run_steps,
    worked_weights,
)
from works.eager import iris_data

import autograd
import nn

LOSSES = {"hinge": "hinge", "softmax": "cross_entropy_with_logits"}


def forced(f: Callable[..., Any], tier: str, in_axes: Any = None) -> Callable[..., Any]:
    """Compile a function for one tier, "interpreter" or "straight", whatever its size."""
    from autograd.compiler.compiled import Compiled

    return Compiled(f, in_axes, None, False, tier)


def joined(result: Any) -> Any:
    """Return several numbers and arrays as one array."""
    return numpy.concatenate([numpy.ravel(part) for part in result])


def row_loss(work: Net, margin: float = 1.0) -> Callable[[Any, Any, Any], Any]:
    """Return the loss of one row as a function of the parameters, the row and its target."""

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        at = 0
        for depth, (m, n) in enumerate(pairwise(work.sizes), 1):
            starts = range(at, at + n * (m + 1), m + 1)
            sums = [autograd.dot(parameters[k : k + m], x, parameters[k + m]) for k in starts]
            x = sums if depth == len(work.sizes) - 1 else [autograd.relu(z) for z in sums]
            at += n * (m + 1)
        if work.loss == "softmax":
            return autograd.logsumexp(x) - autograd.dot(x, y)
        return autograd.relu(margin - y * x[0]) if work.loss == "hinge" else autograd.softplus(x[0]) - y * x[0]

    return loss


def compiled_step(loss: Callable[..., Any]) -> Any:
    """Compile the mean of a row's loss, and its gradient."""
    return autograd.compile(autograd.value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")


def net(work: Net) -> Engine:
    """Return loss and gradient, from arrays to an array."""
    step = compiled_step(row_loss(work))
    return Engine(lambda: step(work.parameters, work.X, work.Y), joined)


_times = count(1)


def seconds_until_ready(work: Net) -> float:
    """Return how long the first call takes, for a loss that has never been compiled before."""
    loss = row_loss(work, margin=1.0 + next(_times) / 1024)
    start = perf_counter()
    compiled_step(loss)(work.parameters, work.X, work.Y)
    return perf_counter() - start


def fitted(model: nn.MLP, numbers: Any, run: Callable[[], Any], steps: int) -> Engine:
    """Return a training that starts from these numbers each time it runs."""
    parameters = model.parameters()

    def again() -> Any:
        for parameter, number in zip(parameters, numbers, strict=True):
            parameter.data = number
        return run()

    numbers = [float(number) for number in numbers]
    return Engine(again, lambda history: joined([history["loss"], [p.data for p in parameters]]), steps)


def net_training(work: Net, steps: int) -> Engine:
    """Return steps of SGD on all rows through nn.fit."""
    model = nn.MLP(work.sizes[0], work.sizes[1:], seed=1)
    sgd = nn.optim.SGD(model.parameters(), lr=LR)
    targets = work.Y if work.loss == "hinge" else work.Y.argmax(axis=1)

    def run() -> Any:
        return nn.fit(
            model, work.X, targets, loss=LOSSES[work.loss], optimizer=sgd, epochs=steps, compile=True, progress=False
        )

    return fitted(model, work.parameters, run, steps)


def worked(steps: int) -> Engine:
    """Return the training of the 3-2-3-2 sigmoid network through nn.fit."""
    model = nn.MLP(3, [2, 3, 2], activation="sigmoid", output="sigmoid", bias=False)
    sgd = nn.optim.SGD(model.parameters(), lr=WORKED_LR)
    X, y = [WORKED_INPUTS], [WORKED_TARGETS]

    def run() -> Any:
        return nn.fit(model, X, y, loss="half_squared_error", optimizer=sgd, epochs=steps, compile=True, progress=False)

    engine = fitted(model, worked_weights(), run, 1)
    return engine._replace(flat=lambda _: numpy.array([p.data for p in model.parameters()]))


def iris(epochs: int, compiled: bool) -> Engine:
    """Return epochs of nn.MLP(4, [8, 3]) on 100 flowers, minibatches of 16, Adam, as in benchmarks/eager.py."""
    X, y = iris_data()
    model = nn.MLP(4, [8, 3], seed=3)
    adam = nn.optim.Adam(model.parameters(), lr=0.01)
    start = adam.state_dict()

    def run() -> Any:
        adam.load_state_dict(start)
        return nn.fit(
            model,
            X,
            y,
            loss="cross_entropy_with_logits",
            optimizer=adam,
            epochs=epochs,
            batch_size=16,
            compile=compiled,
            progress=False,
        )

    engine = fitted(model, [p.data for p in model.parameters()], run, epochs)
    return engine._replace(flat=lambda history: numpy.array(history["loss"][:3]))


def rosenbrock_gradient() -> Engine:
    """Return value and gradient, from an array to an array."""
    x, both = point(), autograd.compile(autograd.value_and_grad(rosenbrock))
    return Engine(lambda: both(x), joined)


def rosenbrock_hessian() -> Engine:
    """Return the dense Hessian."""
    x, hessian = point(), autograd.compile(autograd.hessian(rosenbrock))
    return Engine(lambda: hessian(x), numpy.ravel)


def pair() -> Engine:
    """Return value and gradient of a function of two numbers: the overhead of a call."""
    both = autograd.compile(autograd.value_and_grad(lambda x, y: x * y + x, argnums=(0, 1)))
    return Engine(lambda: both(2.0, 3.0), lambda result: joined([result[0], result[1]]))


def pair_by_hand() -> Engine:
    """Return the same, written out in Python."""

    def both(x: float, y: float) -> tuple[float, tuple[float, float]]:
        return x * y + x, (y + 1.0, x)

    return Engine(lambda: both(2.0, 3.0), joined)


def irregular(steps: list[Step], points: Any, tier: str) -> Engine:
    """Return the last value of a graph at one point, or at several, computed by one tier."""
    f = forced(lambda x: run_steps(steps, x, autograd), tier, in_axes=(0,) if len(points) > 1 else None)
    x = points if len(points) > 1 else points[0]
    return Engine(lambda: f(x), numpy.ravel)
