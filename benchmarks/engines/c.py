"""The works of benchmarks/compiled.py in C, compiled here by gcc and called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy
from engines.c_lanes import LANES
from engines.c_sources import HINGE, ROSENBROCK, SOFTMAX, STEPS, WORKED
from works.compiled import DIMENSIONS, LR, WORKED_INPUTS, WORKED_LR, WORKED_TARGETS, Engine, Net, point, worked_weights

FLAGS = ["-O3", "-march=native", "-ffast-math", "-fPIC"]


def missing() -> str:
    """Return why C cannot be compiled here, or "" if it can."""
    if shutil.which("gcc") is None:
        return "gcc is not on the PATH"
    try:
        library("")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"gcc does not compile here: {error}"
    return ""


@cache
def library(source: str, *constants: tuple[str, int]) -> ctypes.CDLL:
    """Compile C with some constants defined, and load it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        text, compiled, linked = [Path(folder, f"work.{suffix}") for suffix in ("c", "o", "so")]
        text.write_text("".join(f"#define {name} {number}\n" for name, number in constants) + LANES + source)
        subprocess.run(["gcc", *FLAGS, "-c", text, "-o", compiled], check=True)
        # Linked without -ffast-math: with it, loading would make the whole process round subnormal numbers to 0.
        subprocess.run(["gcc", "-shared", compiled, "-o", linked, "-lm"], check=True)
        return ctypes.CDLL(str(linked))


def pointer(array: numpy.ndarray) -> ctypes.c_void_p:
    """Return the address of an array's numbers, which keeps the array alive."""
    return array.ctypes.data_as(ctypes.c_void_p)


def net_library(work: Net) -> ctypes.CDLL:
    """Return the library for a network and its number of rows."""
    source = HINGE if work.loss == "hinge" else SOFTMAX
    return library(source + STEPS, ("ROWS", len(work.X)), ("INPUTS", work.sizes[0]))


def net_in_c(work: Net) -> Engine:
    """Return loss and gradient, from arrays into an array."""
    once, out = net_library(work).once, numpy.zeros(1 + work.parameters.size)
    pointers = [pointer(array) for array in (work.parameters, work.X, work.Y, out)]
    return Engine(lambda: once(*pointers), lambda _: out)


def net_training_in_c(work: Net, steps: int) -> Engine:
    """Return steps of SGD in one call."""
    train, parameters, losses = net_library(work).train, work.parameters.copy(), numpy.zeros(steps)
    pointers = [pointer(array) for array in (parameters, work.X, work.Y, losses)]

    def run() -> None:
        parameters[:] = work.parameters
        train(*pointers, steps, ctypes.c_double(LR))

    return Engine(run, lambda _: numpy.concatenate([losses, parameters]), steps)


def worked_in_c(steps: int) -> Engine:
    """Return the training of the 3-2-3-2 sigmoid network in one call."""
    train, start, losses = library(WORKED).train, worked_weights(), numpy.zeros(steps)
    weights, x, t = start.copy(), numpy.array(WORKED_INPUTS), numpy.array(WORKED_TARGETS)
    pointers = [pointer(array) for array in (weights, x, t, losses)]

    def run() -> None:
        weights[:] = start
        train(*pointers, steps, ctypes.c_double(WORKED_LR))

    return Engine(run, lambda _: weights.copy())


def rosenbrock_in_c() -> Engine:
    """Return value and gradient."""
    gradient = library(ROSENBROCK, ("N", DIMENSIONS)).gradient
    x, out = point(), numpy.zeros(1 + DIMENSIONS)
    pointers = [pointer(x), pointer(out)]
    return Engine(lambda: gradient(*pointers), lambda _: out)


def rosenbrock_hessian_in_c() -> Engine:
    """Return the dense Hessian."""
    hessian = library(ROSENBROCK, ("N", DIMENSIONS)).hessian
    x, out = point(), numpy.zeros((DIMENSIONS, DIMENSIONS))
    pointers = [pointer(x), pointer(out)]
    return Engine(lambda: hessian(*pointers), lambda _: out.ravel())


def rosenbrock_diagonals_in_c() -> Engine:
    """Return the two different diagonals of the Hessian, as a sparse answer would."""
    diagonals = library(ROSENBROCK, ("N", DIMENSIONS)).diagonals
    x, main, off = point(), numpy.zeros(DIMENSIONS), numpy.zeros(DIMENSIONS - 1)
    pointers = [pointer(x), pointer(main), pointer(off)]

    def flat(_: object) -> numpy.ndarray:
        return (numpy.diag(main) + numpy.diag(off, 1) + numpy.diag(off, -1)).ravel()

    return Engine(lambda: diagonals(*pointers), flat)


def pair_in_c() -> Engine:
    """Return value and gradient of a function of two numbers: the overhead of ctypes."""
    pair, out = library(ROSENBROCK, ("N", DIMENSIONS)).pair, numpy.zeros(2)
    pair.restype, to = ctypes.c_double, pointer(out)
    pair.argtypes = [ctypes.c_double, ctypes.c_double, ctypes.c_void_p]
    return Engine(lambda: pair(2.0, 3.0, to), lambda value: numpy.array([value, *out]))
