"""The numerical gradients that benchmarks/gradcheck.py measures, and functions that count their calls."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from works.gradcheck import Row, Rule

import autograd
from autograd.testing import numerical_grad


class Counted:
    """A function that counts its calls."""

    def __init__(self, f: Rule) -> None:
        self.f, self.calls = f, 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.f(*args)


def numdifftools_gradient(row: Row) -> tuple[list[float], list[float], int]:
    """Return gradient, error estimates and number of evaluations."""
    import numdifftools
    import numpy

    f = Counted(lambda *xs: row.f(numpy, *xs))
    gradient, estimates = [], []
    for k, x in enumerate(row.point):
        before, after = row.point[:k], row.point[k + 1 :]
        alone = numdifftools.Derivative(lambda t, left=before, right=after: f(*left, t, *right), full_output=True)
        with numpy.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numdifftools warns where it finds no slope
            slope, estimate = alone(x)[:2]
        gradient.append(float(slope))
        estimates.append(float(estimate))
    return gradient, estimates, f.calls


def chainrule_gradient(row: Row) -> Sequence[float]:
    def op(*xs: Any) -> Any:
        return autograd.apply(autograd.Op("f", lambda *xs: row.f(autograd, *xs), lambda *v: (0.0,) * len(xs)), *xs)

    gradient: Sequence[float] = numerical_grad(op, row.point)[0]
    return gradient


def central_gradient(step: float) -> Callable[[Row], list[float]]:
    """Return what takes central differences with a fixed step, as PyTorch and JAX do."""

    def gradient(row: Row) -> list[float]:
        def at(place: int, shift: float) -> float:
            return float(row.f(autograd, *[x + shift * (k == place) for k, x in enumerate(row.point)]))

        return [(at(k, step) - at(k, -step)) / (2.0 * step) for k in range(len(row.point))]

    return gradient


def scipy_gradient(row: Row) -> Sequence[float]:
    import numpy
    from scipy.optimize import approx_fprime

    with numpy.errstate(all="ignore"):
        return list(approx_fprime(numpy.array(row.point), lambda x: row.f(numpy, *x)))


GRADIENTS: dict[str, Callable[[Row], Sequence[float]]] = {
    "chainrule": chainrule_gradient,
    "check_gradient": chainrule_gradient,  # the same differences
    "torch": central_gradient(1e-6),
    "jax": central_gradient(1e-4),
    "numdifftools": lambda row: numdifftools_gradient(row)[0],
    "scipy": scipy_gradient,
}
