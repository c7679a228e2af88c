"""The works of benchmarks/compiled.py in the compilers of scalar expressions: casadi and ddx-ad."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import chdir
from itertools import pairwise
from typing import Any

import numpy
from works.compiled import (
    DIMENSIONS,
    INPUTS,
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

BY_GCC = {
    "jit": True,
    "jit_cleanup": False,  # the folder is deleted as a whole
    "compiler": "shell",
    "jit_options": {"compiler": "gcc", "cleanup": False, "flags": ["-O3", "-march=native", "-ffast-math"]},
}


def layers(parameters: Sequence[Any], x: list[Any], sizes: Sequence[int], relu: Callable[[Any], Any]) -> list[Any]:
    """Return the sums of the last layer, one product at a time; a neuron's bias follows its weights."""
    at = 0
    for depth, (m, n) in enumerate(pairwise(sizes), 1):
        neurons = [parameters[at + j * (m + 1) : at + (j + 1) * (m + 1)] for j in range(n)]
        sums = [sum((neuron[k] * x[k] for k in range(m)), neuron[m]) for neuron in neurons]
        x = sums if depth == len(sizes) - 1 else [relu(z) for z in sums]
        at += n * (m + 1)
    return x


def worked_loss(weights: Sequence[Any], exp: Callable[[Any], Any]) -> Any:
    """Return the loss of the 3-2-3-2 sigmoid network."""
    x, at = list(WORKED_INPUTS), 0
    for m, n in pairwise((3, 2, 3, 2)):
        sums = [sum((weights[at + j * m + k] * x[k] for k in range(m)), 0.0) for j in range(n)]
        x = [1.0 / (1.0 + exp(-z)) for z in sums]
        at += m * n
    return sum((0.5 * (z - t) * (z - t) for z, t in zip(x, WORKED_TARGETS, strict=True)), 0.0)


# --- casadi ---------------------------------------------------------------------------------------


def bound(function: Any, arguments: list[Any]) -> tuple[Callable[[], None], list[Any]]:
    """Bind a function to arrays, which makes its cheapest call; return the call and its results (without zeros)."""
    buffer, trigger = function.buffer()
    results = [numpy.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    for k, array in enumerate(arguments):
        buffer.set_arg(k, memoryview(array))
    for k, array in enumerate(results):
        buffer.set_res(k, memoryview(array))

    def run(_keep: Any = (buffer, arguments, results)) -> None:
        trigger()

    return run, results


def built(name: str, inputs: list[Any], outputs: list[Any], options: dict[str, Any]) -> Any:
    """Make a function in a temporary folder, so that what gcc leaves behind is deleted."""
    import casadi

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, chdir(folder):
        return casadi.Function(name, inputs, outputs, options)


def rosenbrock_in_casadi(options: dict[str, Any]) -> Engine:
    """Return value and gradient, by gcc or in casadi's virtual machine."""
    import casadi

    x = casadi.SX.sym("x", DIMENSIONS)
    value = rosenbrock(casadi.vertsplit(x))
    run, results = bound(built("f", [x], [value, casadi.gradient(value, x)], options), [point()])
    return Engine(run, lambda _: numpy.concatenate(results))


def rosenbrock_hessian_in_casadi(options: dict[str, Any]) -> Engine:
    """Return the numbers of the sparse Hessian that are not zero."""
    import casadi

    x = casadi.SX.sym("x", DIMENSIONS)
    hessian, _ = casadi.hessian(rosenbrock(casadi.vertsplit(x)), x)
    function = built("h", [x], [hessian], options)
    run, results = bound(function, [point()])
    rows, columns = function.sparsity_out(0).get_triplet()

    def flat(_: Any) -> Any:
        dense = numpy.zeros((DIMENSIONS, DIMENSIONS))
        dense[rows, columns] = results[0]
        return dense.ravel()

    return Engine(run, flat)


def hinge_net_in_casadi(work: Net) -> Engine:
    """Return loss and gradient: those of a row, mapped over the rows and added up, all compiled by gcc."""
    import casadi

    rows, size = len(work.X), work.parameters.size
    p, x, y = casadi.SX.sym("p", size), casadi.SX.sym("x", work.sizes[0]), casadi.SX.sym("y")
    score = layers(casadi.vertsplit(p), casadi.vertsplit(x), work.sizes, lambda z: casadi.fmax(z, 0.0))[0]
    loss = casadi.fmax(1.0 - y * score, 0.0)
    row = casadi.Function("row", [p, x, y], [loss, casadi.gradient(loss, p)])
    shared = row.map("rows", "serial", rows, [0], [0, 1])
    P, X, Y = casadi.MX.sym("p", size), casadi.MX.sym("x", work.sizes[0], rows), casadi.MX.sym("y", 1, rows)
    total, gradient = shared(P, X, Y)
    function = built("net", [P, X, Y], [total / rows, gradient / rows], BY_GCC)
    run, results = bound(function, [work.parameters, work.X.ravel(), work.Y])
    return Engine(run, lambda _: numpy.concatenate(results))


def worked_in_casadi(steps: int) -> Engine:
    """Return the training of the 3-2-3-2 sigmoid network, its steps folded by casadi and compiled by gcc."""
    import casadi

    w = casadi.SX.sym("w", 18)
    loss = worked_loss(casadi.vertsplit(w), casadi.exp)
    step = casadi.Function("step", [w], [w - WORKED_LR * casadi.gradient(loss, w), loss])
    start = casadi.MX.sym("start", 18)
    weights, losses = step.mapaccum("steps", steps)(start)
    function = built("train", [start], [losses, weights[:, -1]], BY_GCC)
    run, results = bound(function, [worked_weights()])
    return Engine(run, lambda _: results[1])


# --- ddx-ad ---------------------------------------------------------------------------------------


def rosenbrock_in_ddx() -> Engine:
    """Return value and gradient, by LLVM, into arrays of its own."""
    call = equation(rosenbrock).compile().buffer(point())
    return Engine(call, lambda _: numpy.concatenate([[call.value], call.jacobian]))


def rosenbrock_hessian_in_ddx() -> Engine:
    """Return the dense Hessian (value and gradient come with it), by LLVM, into arrays of its own."""
    import ddx

    call = equation(rosenbrock).compile().buffer(point(), want=ddx.Want.HESSIAN)
    return Engine(call, lambda _: call.hessian.ravel())


def equation(f: Callable[[list[Any]], Any], size: int = DIMENSIONS) -> Any:
    """Return ddx's equation for a function of a list."""
    import ddx

    return ddx.equation(lambda: f([ddx.var(f"x{k}") for k in range(size)]))


def hinge_net_in_ddx(work: Net) -> Engine:
    """Return loss and gradient: LLVM computes each row of a batch that repeats the weights, NumPy takes the means."""
    import ddx

    def row(parameters: list[Any]) -> Any:
        x, y = [ddx.param(f"in{k}") for k in range(work.sizes[0])], ddx.param("y")
        return ddx.max(1.0 - y * layers(parameters, x, work.sizes, lambda z: ddx.max(z, 0.0))[0], 0.0)

    rows, size = len(work.X), work.parameters.size
    points = numpy.vstack([numpy.tile(work.parameters[:, None], rows), work.X.T, work.Y])
    call = equation(row, size).compile(points=rows).buffer(points)

    def run() -> tuple[float, Any]:
        call.x[:size] = work.parameters[:, None]
        call()
        return call.value.mean(), call.jacobian.mean(axis=1)

    return Engine(run, lambda found: numpy.concatenate([[found[0]], found[1]]))


def worked_in_ddx(steps: int) -> Engine:
    """Return the training of the 3-2-3-2 sigmoid network: a call and an update for each step."""
    import ddx

    call = equation(lambda weights: worked_loss(weights, ddx.exp), 18).compile().buffer(worked_weights())

    def run() -> Any:
        weights, gradient = call.x, call.jacobian
        weights[:] = worked_weights()
        for _ in range(steps):
            call()
            weights -= WORKED_LR * gradient
        return weights

    return Engine(run, numpy.copy)


def irregular_in_ddx(steps: list[Step], points: Any) -> Engine:
    """Return the last value of a graph at some points, by ddx's interpreter."""
    import ddx

    graph = equation(lambda x: run_steps(steps, x, ddx), INPUTS)
    graph.options = ddx.Options(backend=ddx.Backend.INTERPRET, points=len(points))
    call = graph.buffer(points[0] if len(points) == 1 else points.T.copy(), want=ddx.Want.VALUE)
    return Engine(call, lambda _: numpy.ravel(call.value))


def pair_in_ddx() -> Engine:
    """Return value and gradient of a function of two numbers: the overhead of a call."""
    call = equation(lambda x: x[0] * x[1] + x[0], 2).compile().buffer(numpy.array([2.0, 3.0]))
    return Engine(call, lambda _: numpy.array([call.value, *call.jacobian]))


def pair_in_casadi() -> Engine:
    """Return the same in casadi's virtual machine."""
    import casadi

    x = casadi.SX.sym("x", 2)
    value = x[0] * x[1] + x[0]
    run, results = bound(built("pair", [x], [value, casadi.gradient(value, x)], {}), [numpy.array([2.0, 3.0])])
    return Engine(run, lambda _: numpy.concatenate(results))
