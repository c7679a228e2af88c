"""The folder of the benchmarks to import from, and the results of a small run."""

import copy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

NETWORK, ROSENBROCK = "2-16-16-1 max-margin, batch 100", "Rosenbrock 100, Hessian"


def timing(work, engine, seconds, ratio, gc=True):
    return {"work": work, "engine": engine, "gc": gc, "seconds": seconds, "ratio": ratio,
            "target": "", "met": None, "first": None}  # fmt: skip


def point(curve, x, engine, value, unit="s", gc=True):
    return {"curve": curve, "x": x, "engine": engine, "gc": gc, "value": value, "unit": unit, "ratio": 1.0}


def verdict(checker, right):
    return {"function": "exp", "checker": checker, "signs": "", "right": right, "cases": 5, "error": 0.0, "calls": 1}


def cell(engine, over, lost):
    return {"function": "exp", "order": 1, "engine": engine, "points": 9, "worst": 0.5, "over": over, "lost": lost}


SMALL = {
    "date": "2026-05-04T10:00:00+00:00",
    "quick": True,
    "machine": {"cpu": "A Processor", "cores": 2, "system": "Linux", "architecture": "x86_64"},
    "versions": {"python": "CPython 3.11.9", "chainrule": "0.1.0", "torch": "2.0"},
    "missing": {"micrograd-rust": "not installed", "oxigrad": "not installed", "gcc": "not on the PATH"},
    "took": {"eager": 1.5},
    "eager": [
        timing("moons step, nn.MLP", "chainrule", 0.0102, 1.0),
        timing("moons step, nn.MLP", "micrograd", 0.5, 49.02),
        timing("moons step, nn.MLP", "chainrule", 0.0098, 1.0, gc=False),
        timing("moons step, nn.MLP", "micrograd", 0.0882, 9.04, gc=False),
        timing("moons step, nn.MLP, beside a batch", "chainrule", 0.011, 1.0),
        timing("moons step, nn.MLP, beside a batch", "torch, batched", 0.00108, 0.0982),
    ],
    "cores": [
        timing("README expression", "native", 2e-6, 1.0),
        timing("README expression", "pure", 26e-6, 13.0),
        timing("README expression", "pure", 25e-6, 12.5, gc=False),
    ],
    "accuracy": [cell("chainrule", 0, 0), cell("torch", 2, 0), cell("torch", 0, 0), cell("jax", 0, 1)],
    "gradcheck": [verdict("chainrule", 5), verdict("torch", 3)],
    "compiled": [
        timing(NETWORK, "chainrule", 5.2e-6, 1.0),
        timing(NETWORK, "jax.jit", 36.4e-6, 7.0),
        timing(NETWORK, "casadi, gcc", 47e-6, 9.04),
        timing(ROSENBROCK, "chainrule", 2e-6, 1.0),
        timing(ROSENBROCK, "C", 1e-6, 0.5),
        timing(ROSENBROCK, "C, diagonals only", 2e-7, 0.1),
        timing(ROSENBROCK, "casadi, interpreter, sparse", 4e-6, 2.0),
        timing(ROSENBROCK, "casadi, gcc, sparse", 3e-6, 1.5),
    ],
    "scaling": [
        point("graph size", 100, "chainrule", 1e-6),
        point("graph size", 1_000, "chainrule", 2e-6),
        point("graph size", 100, "chainrule, compiled", 3e-8),
        point("graph size", 100, "chainrule", 9e-7, gc=False),
        point("memory, built", 500, "chainrule", 99.0, "bytes"),
        point("memory, after backward", 500, "chainrule", 124.0, "bytes"),
        point("batch", 1, "chainrule", 1e-6),
        point("batch", 10, "chainrule", 2e-7),
        point("batch", 1, "jax.jit", 9e-6),
        point("width", 4, "chainrule", 1e-6),
    ],
}


@pytest.fixture
def small():
    """The results of a small run."""
    return copy.deepcopy(SMALL)
