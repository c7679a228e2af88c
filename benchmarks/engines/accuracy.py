"""Partial derivatives of the functions compared in accuracy, at many points, by chainrule, PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import autograd as ag

Points = Sequence[tuple[float, ...]]
Engine = Callable[[str, Sequence[int], Points], list[float] | None]


def power_of(name: str) -> Callable[..., Any] | None:
    """Return the function that a name such as `x**0.5` stands for, or None for another name."""
    if not name.startswith("x**") or name == "x**y":
        return None
    exponent = 1.0 / 3.0 if name == "x**0.3333" else float(name.removeprefix("x**"))
    return lambda x: x**exponent


SHARED: dict[str, Callable[..., Any]] = {
    "2**x": lambda x: 2.0**x,
    "0.3**x": lambda x: 0.3**x,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x**y": lambda x, y: x**y,
    "sum": lambda x, y, z: x + y + z,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
}
OURS: dict[str, Callable[..., Any]] = {
    "square": lambda x: x**2,
    "polygamma(1)": partial(ag.polygamma, 1),
    "polygamma(3)": partial(ag.polygamma, 3),
    "elu": lambda x: ag.elu(x, 1.0),
    "leaky_relu": lambda x: ag.leaky_relu(x, 0.01),
    "abs": abs,
    "logsumexp of 2": lambda *xs: ag.logsumexp(xs),
    "logsumexp of 3": lambda *xs: ag.logsumexp(xs),
    "softmax": lambda *xs: ag.softmax(xs)[0],
    "log_softmax": lambda *xs: ag.log_softmax(xs)[0],
    "dot": lambda x, y: ag.dot([x, y], [y, x]),
    **{name: partial(lambda f, *xs: f(xs), getattr(ag, name)) for name in ("sum", "mean", "norm", "prod", "variance")},
}


def chainrule(name: str, places: Sequence[int], points: Points) -> list[float] | None:
    """Return the partial derivative of a function with respect to these inputs, one after the other, at each point."""
    f = power_of(name) or OURS.get(name) or SHARED.get(name) or getattr(ag, name)
    for place in places:
        f = ag.grad(f, place)
    # A Value is infinite where Python's own operators raise.
    return [float(f(*point)) if places else f(*map(ag.Value, point)).data for point in points]


def torch(name: str, places: Sequence[int], points: Points) -> list[float] | None:
    """Return the same by PyTorch; None where it does not have the function."""
    import torch
    from torch.nn import functional

    special, stack = torch.special, lambda *xs: torch.stack(xs)
    theirs: dict[str, Callable[..., Any]] = {
        **{x: getattr(torch, x) for x in (
            "exp", "expm1", "exp2", "log", "log2", "log10", "log1p", "sqrt", "sin",
            "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
            "acosh", "atanh", "erf", "erfc", "lgamma", "digamma", "abs", "sign", "floor",
            "ceil", "relu", "sigmoid", "square", "reciprocal", "atan2", "hypot", "maximum", "minimum",
        )},
        **{f"polygamma({n})": partial(special.polygamma, n) for n in (1, 3)},
        "leaky_relu": lambda x: functional.leaky_relu(x, 0.01),
        **{x: getattr(functional, x) for x in ("elu", "selu", "gelu", "silu", "mish", "hardtanh")},
        "softplus": lambda x: functional.softplus(x, threshold=40.0),  # 20 unless told, which loses seven digits
        "log_sigmoid": functional.logsigmoid,
        "logsumexp of 2": torch.logaddexp,
        "logsumexp of 3": lambda *xs: torch.logsumexp(stack(*xs), 0),
        "softmax": lambda *xs: torch.softmax(stack(*xs), 0)[0],
        "log_softmax": lambda *xs: torch.log_softmax(stack(*xs), 0)[0],
        "norm": lambda *xs: torch.linalg.vector_norm(stack(*xs), dim=0),
        "prod": lambda *xs: torch.prod(stack(*xs), 0),
        "mean": lambda *xs: stack(*xs).mean(0),
        "variance": lambda *xs: torch.var(stack(*xs), 0, unbiased=False),
        "dot": lambda x, y: (stack(x, y) * stack(y, x)).sum(0),
    }  # fmt: skip
    f = power_of(name) or theirs.get(name) or SHARED.get(name)
    if f is None:
        return None
    torch.set_num_threads(1)
    xs = [torch.tensor(column, dtype=torch.float64, requires_grad=True) for column in zip(*points, strict=True)]
    y = f(*xs)
    for place in places:
        if not y.requires_grad:  # a constant
            y = torch.zeros_like(y)
            break
        (slope,) = torch.autograd.grad(y.sum(), xs[place], create_graph=True, allow_unused=True)
        y = torch.zeros_like(y) if slope is None else slope
    return y.detach().numpy(force=True).tolist()  # type: ignore[no-any-return]


def jax(name: str, places: Sequence[int], points: Points) -> list[float] | None:
    """Return the same by JAX; None where it does not have the function."""
    import jax
    from jax import nn, numpy
    from jax.scipy import special

    def stacked(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs: f(numpy.stack(xs))

    theirs: dict[str, Callable[..., Any]] = {
        **{x: getattr(numpy, x) for x in (
            "exp", "expm1", "exp2", "log", "log2", "log10", "log1p", "sqrt", "cbrt",
            "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "floor",
            "ceil", "square", "reciprocal", "hypot", "maximum", "minimum",
        )},
        **{x: getattr(numpy, f"arc{x[1:]}") for x in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")},
        **{x: getattr(special, x) for x in ("erf", "erfc", "digamma")},
        "lgamma": special.gammaln,
        **{f"polygamma({n})": partial(special.polygamma, n) for n in (1, 3)},
        **{x: getattr(nn, x) for x in ("relu", "elu", "selu", "silu", "softplus", "mish", "sigmoid", "log_sigmoid")},
        "leaky_relu": lambda x: nn.leaky_relu(x, 0.01),
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "hardtanh": nn.hard_tanh,
        "logsumexp of 2": numpy.logaddexp,
        "logsumexp of 3": stacked(special.logsumexp),
        "softmax": stacked(lambda v: nn.softmax(v)[0]),
        "log_softmax": stacked(lambda v: nn.log_softmax(v)[0]),
        "norm": stacked(numpy.linalg.norm),
        "prod": stacked(numpy.prod),
        "mean": stacked(numpy.mean),
        "variance": stacked(numpy.var),
        "dot": lambda x, y: numpy.dot(numpy.stack([x, y]), numpy.stack([y, x])),
    }  # fmt: skip
    f = power_of(name) or theirs.get(name) or SHARED.get(name)
    if f is None:
        return None
    with jax.enable_x64(True):
        for place in places:
            f = jax.grad(f, place)
        columns = [numpy.array(column, dtype=numpy.float64) for column in zip(*points, strict=True)]
        return jax.vmap(f)(*columns).tolist()  # type: ignore[no-any-return]


ENGINES: dict[str, Engine] = {"chainrule": chainrule, "torch": torch, "jax": jax}
