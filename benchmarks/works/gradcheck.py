"""The functions that benchmarks/gradcheck.py checks, with their derivatives, and the faults planted in those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Rule = Callable[..., Any]
FAULTS = (lambda d: d, lambda d: 1.01 * d, lambda d: 1.0001 * d, lambda d: -d, lambda d: 0.0 * d)
SLIGHT = (lambda d: d, lambda d: (1.0 + 1e-6) * d, lambda d: (1.0 + 1e-7) * d, lambda d: (1.0 + 1e-8) * d)


class Row(NamedTuple):
    """A function of a module and some numbers, its derivatives in the same form, a point, and what f is like there."""

    name: str
    f: Rule
    rule: Rule
    point: tuple[float, ...]
    there: str = "smooth"  # or "rough", "lost"
    faults: tuple[Rule, ...] = FAULTS


def relu(x: Any) -> Any:
    return x * (x > 0)


def sign(x: Any) -> Any:
    return 1.0 * (x > 0) - 1.0 * (x < 0)


def rosenbrock(m: Any, x: Any, y: Any, z: Any) -> Any:
    return 100.0 * (y - x * x) ** 2 + (1.0 - x) ** 2 + 100.0 * (z - y * y) ** 2 + (1.0 - y) ** 2


def rosenbrock_rule(m: Any, x: Any, y: Any, z: Any) -> list[Any]:
    last = z - y * y
    return [
        -400.0 * x * (y - x * x) - 2.0 * (1.0 - x),
        200.0 * (y - x * x) - 400.0 * y * last - 2.0 * (1.0 - y),
        200.0 * last,
    ]


def softplus(m: Any, x: Any, y: Any) -> Any:
    return m.log(1.0 + m.exp(x)) + m.log(1.0 + m.exp(y))


def softplus_rule(m: Any, x: Any, y: Any) -> list[Any]:
    return [1.0 / (1.0 + m.exp(-x)), 1.0 / (1.0 + m.exp(-y))]


def misfit(m: Any, a: Any, b: Any) -> Any:
    return 0.5 * sum([(a * m.exp(-b * t) - y) ** 2 for t, y in DECAY])


def misfit_rule(m: Any, a: Any, b: Any) -> list[Any]:
    terms = [(t, m.exp(-b * t), a * m.exp(-b * t) - y) for t, y in DECAY]
    return [sum([decay * rest for _, decay, rest in terms]), sum([-a * t * decay * rest for t, decay, rest in terms])]


DECAY = [(0.0, 2.1), (0.5, 1.4), (1.0, 1.3), (1.5, 0.8), (2.0, 0.7)]  # times and what was measured

# In a function and its rule, m is a module: autograd, torch, jax.numpy, numpy or mpmath.
# fmt: off
ROWS = [
    Row("exp", lambda m, x: m.exp(x), lambda m, x: [m.exp(x)], (1.0,)),
    Row("exp at -20", lambda m, x: m.exp(x), lambda m, x: [m.exp(x)], (-20.0,)),
    Row("exp at 50", lambda m, x: m.exp(x), lambda m, x: [m.exp(x)], (50.0,)),
    Row("sin(1000 x)", lambda m, x: m.sin(1000.0 * x), lambda m, x: [1000.0 * m.cos(1000.0 * x)], (0.5,)),
    Row("sin at 1e8", lambda m, x: m.sin(x), lambda m, x: [m.cos(x)], (1e8,)),
    Row("x**20", lambda m, x: x**20, lambda m, x: [20.0 * x**19], (1.3,)),
    Row("x**20 at 0.1", lambda m, x: x**20, lambda m, x: [20.0 * x**19], (0.1,)),
    Row("1/(x-1) at 1.001", lambda m, x: 1.0 / (x - 1.0), lambda m, x: [-1.0 / (x - 1.0) ** 2], (1.001,)),
    Row("log at 1e-6", lambda m, x: m.log(x), lambda m, x: [1.0 / x], (1e-6,)),
    Row("log at 1e8", lambda m, x: m.log(x), lambda m, x: [1.0 / x], (1e8,)),
    Row("sqrt at 1e-8", lambda m, x: m.sqrt(x), lambda m, x: [0.5 / m.sqrt(x)], (1e-8,)),
    Row("x**2 at 1e8", lambda m, x: x * x, lambda m, x: [2.0 * x], (1e8,)),
    Row("x**2 at 1e-8", lambda m, x: x * x, lambda m, x: [2.0 * x], (1e-8,)),
    Row("tan at 1.57", lambda m, x: m.tan(x), lambda m, x: [1.0 + m.tan(x) ** 2], (1.57,)),
    Row("tanh at 8", lambda m, x: m.tanh(x), lambda m, x: [1.0 / m.cosh(x) ** 2], (8.0,)),
    Row("1e8 + sin", lambda m, x: 1e8 + m.sin(x), lambda m, x: [m.cos(x)], (1.0,)),
    Row("1e-8 sin", lambda m, x: 1e-8 * m.sin(x), lambda m, x: [1e-8 * m.cos(x)], (1.0,)),
    Row("exp(-x*x) at 6", lambda m, x: m.exp(-x * x), lambda m, x: [-2.0 * x * m.exp(-x * x)], (6.0,)),
    Row("Runge", lambda m, x: 1.0 / (1.0 + 25.0 * x * x), lambda m, x: [-50.0 * x / (1.0 + 25.0 * x * x) ** 2], (0.3,)),
    Row("atan(1e5 x)", lambda m, x: m.atan(1e5 * x), lambda m, x: [1e5 / (1.0 + (1e5 * x) ** 2)], (1e-5,)),
    Row("x + 1e-6 sin(1e6 x)", lambda m, x: x + 1e-6 * m.sin(1e6 * x), lambda m, x: [1.0 + m.cos(1e6 * x)], (0.0,)),
    Row("relu + x at 1e-3", lambda m, x: relu(x) + x, lambda m, x: [(x > 0) + 1.0], (1e-3,)),
    Row("relu + x at 1e-7", lambda m, x: relu(x) + x, lambda m, x: [(x > 0) + 1.0], (1e-7,)),
    Row("floor + x at 2.999", lambda m, x: x // 1 + x, lambda m, x: [1.0 + 0.0 * x], (2.999,)),
    Row("relu**2 + x at 0", lambda m, x: relu(x) ** 2 + x, lambda m, x: [2.0 * relu(x) + 1.0], (0.0,)),
    Row("x y z", lambda m, x, y, z: x * y * z, lambda m, x, y, z: [y * z, x * z, x * y], (2.0, -3.0, 0.5)),
    Row("x/y, of two sizes", lambda m, x, y: x / y, lambda m, x, y: [1.0 / y, -x / y**2], (1e-4, 1e3)),
    Row("Rosenbrock", rosenbrock, rosenbrock_rule, (1.3, 0.7, 0.8)),
    Row("Rosenbrock, slight faults", rosenbrock, rosenbrock_rule, (1.3, 0.7, 0.8), faults=SLIGHT),
    Row("softplus of two", softplus, softplus_rule, (-2.0, 3.0)),
    Row("softplus of two, slight faults", softplus, softplus_rule, (-2.0, 3.0), faults=SLIGHT),
    Row("a decay's misfit", misfit, misfit_rule, (2.0, 0.5)),
    Row("a decay's misfit, slight faults", misfit, misfit_rule, (2.0, 0.5), faults=SLIGHT),
    Row("abs at 0", lambda m, x: abs(x), lambda m, x: [sign(x)], (0.0,), "rough"),
    Row("relu at 0", lambda m, x: relu(x), lambda m, x: [1.0 * (x > 0)], (0.0,), "rough"),
    Row("sign at 0", lambda m, x: sign(x), lambda m, x: [0.0 * x], (0.0,), "rough"),
    Row("floor at 3", lambda m, x: x // 1, lambda m, x: [0.0 * x], (3.0,), "rough"),
    Row("sqrt at 0", lambda m, x: m.sqrt(x), lambda m, x: [0.5 / m.sqrt(x)], (0.0,), "rough"),
    Row("sqrt(abs) at 0", lambda m, x: m.sqrt(abs(x)), lambda m, x: [0.0 * x], (0.0,), "rough"),
    Row("(1-cos x)/x**2", lambda m, x: (1.0 - m.cos(x)) / x**2,
        lambda m, x: [m.sin(x) / x**2 - 2.0 * (1.0 - m.cos(x)) / x**3], (1e-5,), "lost"),
]
# fmt: on
