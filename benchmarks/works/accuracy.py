"""The functions that are compared in accuracy: a formula each for SymPy, where it holds, and points of interest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import sympy
from sympy import Piecewise, Rational, Symbol, diff, erfc, exp, log, sqrt

from autograd.floats.elementary import SELU_ALPHA, SELU_SCALE

X, Y, Z = (Symbol(name, real=True) for name in "xyz")
INPUTS = (X, Y, Z)


class Function(NamedTuple):
    """A function of one number or several: its formula, the ends of its domain, and numbers to come close to."""

    name: str
    formula: Any
    low: float = -math.inf
    high: float = math.inf
    near: tuple[float, ...] = ()
    kinks: tuple[float, ...] = (0.0,)  # where it has no derivative, or a pole: no point is drawn there
    steps: bool = False  # piecewise constant: its derivatives are 0
    kind: str = "real"  # how points are drawn
    inputs: int = 1

    def orders(self) -> list[list[tuple[int, ...]]]:
        """Return, for each order from 0 to 3, the partial derivatives to take, by places of inputs."""
        if self.inputs == 1:
            return [[()], [(0,)], [(0, 0)], [(0, 0, 0)]]
        last = self.inputs - 1
        return [
            [()],
            [(0,), (1,)],
            [(0, 0), (0, 1), (1, last)],
            [(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, last)],
        ]

    def derivative(self, places: Sequence[int]) -> Any:
        """Return the formula of a partial derivative."""
        if self.steps and places:
            return sympy.Integer(0)
        return diff(self.formula, *[INPUTS[k] for k in places]) if places else self.formula


def exact(x: float) -> Any:
    """Return a double as a fraction."""
    return Rational(*x.as_integer_ratio())


def sided(above: Any, below: Any) -> Any:
    """Return one formula for x > 0 and another one for the rest."""
    return Piecewise((above, X > 0), (below, True))


# Written so that a difference of nearly equal numbers remains in no tail: SymPy's derivatives then have their digits.
SIGMOID = sided(1 / (1 + exp(-X)), exp(X) / (1 + exp(X)))
SOFTPLUS = sided(X + log(1 + exp(-X)), log(1 + exp(X)))
TANH = sided(1 - 2 / (exp(2 * X) + 1), 2 / (exp(-2 * X) + 1) - 1)
MISH = sided(X - 2 * X / ((1 + exp(X)) ** 2 + 1), X * exp(X) * (exp(X) + 2) / ((1 + exp(X)) ** 2 + 1))
MEAN = (X + Y + Z) / 3
BIG, SMALL = math.log(1.7976931348623157e308), math.log(5e-324)
POLES = (0.0, -1.0, -2.0, -7.0, -20.0)
POWERS = (2.0, 3.0, 10.0, -1.0, -2.0, 0.5, 1.5, -0.5, 1.0 / 3.0, 0.1, -3.7, 0.001)

ONE = [
    Function("exp", exp(X), near=(BIG, SMALL, -708.4, 0.0)),
    Function("expm1", exp(X) - 1, near=(BIG, -37.0, 0.0)),
    Function("exp2", 2**X, near=(1024.0, -1074.0, -1022.0)),
    Function("log", log(X), 0.0, near=(1.0,)),
    Function("log2", log(X) / log(2), 0.0, near=(1.0,)),
    Function("log10", log(X) / log(10), 0.0, near=(1.0,)),
    Function("log1p", log(1 + X), -1.0, near=(-1.0, 0.0)),
    Function("sqrt", sqrt(X), 0.0, near=(1.0,)),
    Function("cbrt", sided(X ** Rational(1, 3), -((-X) ** Rational(1, 3))), near=(1.0, -1.0)),
    Function("square", X**2, near=(1.34e154,)),
    Function("reciprocal", 1 / X, near=(5.6e-309, 1.79e308)),
    Function("sin", sympy.sin(X), near=(math.pi, math.pi / 2, 355.0)),
    Function("cos", sympy.cos(X), near=(math.pi, math.pi / 2, 11.0)),
    Function("tan", sympy.tan(X), near=(math.pi, math.pi / 2, -math.pi / 2, 11.0)),
    Function("asin", sympy.asin(X), -1.0, 1.0, near=(1.0, -1.0, 0.0)),
    Function("acos", sympy.acos(X), -1.0, 1.0, near=(1.0, -1.0, 0.0)),
    Function("atan", sympy.atan(X), near=(1.0, 0.0)),
    Function("sinh", sympy.sinh(X), near=(710.4758600739439, -710.4758600739439, 0.0)),
    Function("cosh", sympy.cosh(X), near=(710.4758600739439, -710.4758600739439, 0.0)),
    Function("tanh", TANH, near=(20.0, -20.0, 372.0, -355.0, 0.0)),
    Function("asinh", sympy.asinh(X), near=(1.0, 0.0)),
    Function("acosh", sympy.acosh(X), 1.0, near=(1.0,)),
    Function("atanh", sympy.atanh(X), -1.0, 1.0, near=(1.0, -1.0, 0.0)),
    Function("erf", sympy.erf(X), near=(6.0, -6.0, 26.5, 0.0)),
    Function("erfc", erfc(X), near=(26.5, 27.2, 5.0, -6.0)),
    Function(
        "lgamma", sympy.loggamma(X), near=(*POLES, 1.0, 2.0, 1.4616321449683622, -2.4570247382208006), kind="gamma"
    ),
    Function("digamma", sympy.polygamma(0, X), near=(*POLES, 1.4616321449683622, -0.504083008264455), kind="gamma"),
    Function("polygamma(1)", sympy.polygamma(1, X), -1e3, near=(*POLES, -0.5, 1.0), kind="gamma"),
    Function("polygamma(3)", sympy.polygamma(3, X), -1e3, near=(*POLES, -0.5, 1.0), kind="gamma"),
    Function("abs", sided(X, -X)),
    Function("sign", sided(sympy.Integer(1), sympy.Integer(-1)), steps=True),
    Function("step", sided(sympy.Integer(1), sympy.Integer(0)), steps=True),
    Function("floor", sympy.floor(X), near=(1.0, -1.0, 2.0**52), steps=True),
    Function("ceil", sympy.ceiling(X), near=(1.0, -1.0, 2.0**52), steps=True),
    Function("relu", sided(X, sympy.Integer(0))),
    Function("leaky_relu", sided(X, exact(0.01) * X)),
    Function("elu", sided(X, exp(X) - 1), near=(SMALL, -708.0, 0.0)),
    Function("selu", exact(SELU_SCALE) * sided(X, exact(SELU_ALPHA) * (exp(X) - 1)), near=(SMALL, -708.0, 0.0)),
    Function("gelu", X * erfc(-X / sqrt(2)) / 2, near=(-38.0, -37.5, -0.7517916243, 1.414, 8.0, 38.0)),
    Function("silu", X * SIGMOID, near=(-1.2784645427610738, SMALL, -708.0, -40.0, 40.0, 745.0)),
    Function("softplus", SOFTPLUS, near=(SMALL, -708.0, 36.7, 40.0, 745.0)),
    Function("mish", MISH, near=(-1.1924, SMALL, -708.0, -40.0, 20.0, 40.0, 350.0)),
    Function("sigmoid", SIGMOID, near=(SMALL, -708.0, 0.0, 36.7, 745.0, 1.3169578969)),
    Function("log_sigmoid", -SOFTPLUS.subs(X, -X), near=(-SMALL, 708.0, -36.7)),
    Function("hardtanh", Piecewise((1, X > 1), (-1, X < -1), (X, True)), near=(1.0, -1.0), kinks=(1.0, -1.0)),
    *[Function(f"x**{p:.4g}", X ** exact(p), low=0.0 if p % 1 else -math.inf, near=(1.0, 0.0)) for p in POWERS],
    Function("2**x", 2**X, near=(1024.0, -1074.0, -1022.0)),
    Function("0.3**x", exact(0.3) ** X, near=(-589.5, 618.0)),
]
SEVERAL = [
    Function("x * y", X * Y, inputs=2),
    Function("x / y", X / Y, inputs=2),
    Function("x**y", X**Y, kind="power", inputs=2),
    Function("atan2", sympy.atan2(X, Y), inputs=2),
    Function("hypot", sqrt(X**2 + Y**2), inputs=2),
    Function("logsumexp of 2", X + log(1 + exp(Y - X)), kind="exponents", inputs=2),
    Function("logsumexp of 3", X + log(1 + exp(Y - X) + exp(Z - X)), kind="exponents", inputs=3),
    Function("softmax", 1 / (1 + exp(Y - X) + exp(Z - X)), kind="exponents", inputs=3),
    Function("log_softmax", -log(1 + exp(Y - X) + exp(Z - X)), kind="exponents", inputs=3),
    Function("norm", sqrt(X**2 + Y**2 + Z**2), inputs=3),
    Function("prod", X * Y * Z, inputs=3),
    Function("sum", X + Y + Z, inputs=3),
    Function("mean", MEAN, inputs=3),
    Function("variance", ((X - MEAN) ** 2 + (Y - MEAN) ** 2 + (Z - MEAN) ** 2) / 3, inputs=3),
    Function("dot", 2 * X * Y, inputs=2),
    Function("maximum", Piecewise((X, X > Y), (Y, True)), inputs=2),
    Function("minimum", Piecewise((X, X < Y), (Y, True)), inputs=2),
]
FUNCTIONS = [*ONE, *SEVERAL]
