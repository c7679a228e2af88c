"""The works of benchmarks/compiled.py in JAX and PyTorch: float64, one thread, each written the way that is fastest.

JAX takes the parameters of small networks as one array, which is quick to hand over, and those of wide networks layer
by layer, which saves copies. It does not dispatch in the background. Its fori_loop keeps no losses, because that would
triple its time.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy
from works.compiled import (
    LR,
    WEIGHTS,
    WORKED_INPUTS,
    WORKED_LR,
    WORKED_TARGETS,
    Engine,
    Net,
    flattened,
    matrices,
    point,
)

WIDE = 10_000
HAVE = {name: importlib.util.find_spec(name) is not None for name in ("jax", "torch", "casadi", "ddx", "sklearn")}


def joined(result: Any) -> Any:
    """Return several numbers and arrays as one array."""
    return numpy.concatenate([numpy.ravel(part) for part in result])


# --- JAX ------------------------------------------------------------------------------------------


def jax_on_one_thread() -> ModuleType:
    """Import JAX for float64 on one thread."""
    os.environ.setdefault("NPROC", "1")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax


def net_loss_in_jax(work: Net) -> Callable[[Any, Any, Any], Any]:
    """Return the mean loss as a function of parameters (one array, or layers), rows and targets."""
    jax = jax_on_one_thread()

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        *hidden, (w, b) = parameters if isinstance(parameters, list) else matrices(parameters, work.sizes)
        for v, c in hidden:
            x = jax.nn.relu(x @ v.T + c)
        z = x @ w.T + b
        if work.loss == "softmax":
            return -(y * jax.nn.log_softmax(z)).sum(axis=1).mean()
        z = z[:, 0]
        each = jax.nn.relu(1.0 - y * z) if work.loss == "hinge" else jax.nn.softplus(z) - y * z
        return each.mean()

    return loss


def net_in_jax(work: Net) -> Engine:
    """Return loss and gradient, by jit."""
    jax = jax_on_one_thread()
    step = jax.jit(jax.value_and_grad(net_loss_in_jax(work)))
    x, y = jax.numpy.array(work.X), jax.numpy.array(work.Y)
    if work.parameters.size < WIDE:
        flat = jax.numpy.array(work.parameters)
        return Engine(lambda: jax.block_until_ready(step(flat, x, y)), joined)
    layers = [(jax.numpy.array(w), jax.numpy.array(b)) for w, b in matrices(work.parameters, work.sizes)]
    return Engine(lambda: jax.block_until_ready(step(layers, x, y)), lambda found: flattened(*found))


def seconds_until_jax_is_ready(work: Net) -> float:
    """Return how long the first call takes."""
    jax_on_one_thread().clear_caches()
    start = perf_counter()
    net_in_jax(work).run()
    return perf_counter() - start


def net_training_in_jax(work: Net, steps: int) -> Engine:
    """Return steps of SGD inside one lax.scan."""
    jax = jax_on_one_thread()
    both = jax.value_and_grad(net_loss_in_jax(work))
    start, x, y = [jax.numpy.array(part) for part in (work.parameters, work.X, work.Y)]

    def step(parameters: Any, _: None) -> tuple[Any, Any]:
        loss, gradient = both(parameters, x, y)
        return parameters - LR * gradient, loss

    scan = jax.jit(lambda parameters: jax.lax.scan(step, parameters, None, length=steps))
    return Engine(lambda: jax.block_until_ready(scan(start)), lambda found: joined(found[::-1]), steps)


def worked_step_in_jax() -> tuple[Callable[[Any], Any], Any]:
    """Return a step of the 3-2-3-2 sigmoid network, from weights to weights, and what to start from."""
    jax = jax_on_one_thread()
    x, t = jax.numpy.array(WORKED_INPUTS), jax.numpy.array(WORKED_TARGETS)

    def loss(weights: Any) -> Any:
        z = x
        for matrix in weights:
            z = jax.nn.sigmoid((matrix * z).sum(axis=1))  # faster here than matrix @ z
        return 0.5 * ((z - t) ** 2).sum()

    def step(weights: Any) -> Any:
        return jax.tree.map(lambda w, slope: w - WORKED_LR * slope, weights, jax.grad(loss)(weights))

    return step, [jax.numpy.array(matrix) for matrix in WEIGHTS]


def worked_in_jax(steps: int) -> Engine:
    """Return the training inside one lax.fori_loop."""
    jax = jax_on_one_thread()
    step, start = worked_step_in_jax()
    loop = jax.jit(lambda weights: jax.lax.fori_loop(0, steps, lambda _, w: step(w), weights))
    return Engine(lambda: jax.block_until_ready(loop(start)), joined)


def worked_by_steps_in_jax(steps: int) -> Engine:
    """Return the training with a call for each step."""
    jax = jax_on_one_thread()
    step, start = worked_step_in_jax()
    step = jax.jit(step)

    def run() -> Any:
        weights = start
        for _ in range(steps):
            weights = step(weights)
        return jax.block_until_ready(weights)

    return Engine(run, joined)


def rosenbrock_on_slices(x: Any) -> Any:
    """Return Rosenbrock's function of an array or tensor."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def rosenbrock_in_jax() -> Engine:
    """Return value and gradient, by jit, from NumPy to NumPy."""
    jax, x = jax_on_one_thread(), point()
    step = jax.jit(jax.value_and_grad(rosenbrock_on_slices))
    return Engine(lambda: [numpy.asarray(part) for part in step(x)], joined)


def rosenbrock_hessian_in_jax() -> Engine:
    """Return the dense Hessian, by jit, from NumPy to NumPy."""
    jax, x = jax_on_one_thread(), point()
    hessian = jax.jit(jax.hessian(rosenbrock_on_slices))
    return Engine(lambda: numpy.asarray(hessian(x)), numpy.ravel)


# --- PyTorch --------------------------------------------------------------------------------------


def torch_on_one_thread() -> ModuleType:
    """Import PyTorch for one thread."""
    import torch

    torch.set_num_threads(1)
    return torch


def net_in_torch(work: Net) -> Engine:
    """Return loss and gradient, eager and batched."""
    torch = torch_on_one_thread()
    x, y = torch.tensor(work.X), torch.tensor(work.Y)
    classes = y.argmax(dim=1) if work.loss == "softmax" else None
    layers = [
        [torch.tensor(part.copy(), requires_grad=True) for part in layer]
        for layer in matrices(work.parameters, work.sizes)
    ]
    leaves = [leaf for layer in layers for leaf in layer]
    apply = torch.nn.functional

    def run() -> tuple[float, Any]:
        h = x
        for w, b in layers[:-1]:
            h = torch.relu(apply.linear(h, w, b))
        z = apply.linear(h, *layers[-1])
        if classes is not None:
            loss = apply.cross_entropy(z, classes)
        elif work.loss == "hinge":
            loss = torch.relu(1.0 - y * z[:, 0]).mean()
        else:
            loss = apply.binary_cross_entropy_with_logits(z[:, 0], y)
        return loss.item(), torch.autograd.grad(loss, leaves)

    return Engine(run, lambda found: flattened(found[0], list(zip(found[1][::2], found[1][1::2], strict=True))))


def rosenbrock_in_torch() -> Engine:
    """Return value and gradient, eager, from NumPy to NumPy."""
    torch, x = torch_on_one_thread(), point()

    def run() -> tuple[float, Any]:
        leaf = torch.from_numpy(x).requires_grad_()
        value = rosenbrock_on_slices(leaf)
        return value.item(), torch.autograd.grad(value, leaf)[0].numpy()

    return Engine(run, joined)


def rosenbrock_hessian_in_torch() -> Engine:
    """Return the dense Hessian, by torch.func."""
    torch = torch_on_one_thread()
    x, hessian = torch.from_numpy(point()), torch.func.hessian(rosenbrock_on_slices)
    return Engine(lambda: hessian(x).numpy(), numpy.ravel)
