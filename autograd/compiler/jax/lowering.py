"""How each op is written in JAX: the back end's column beside the table of ops.

Values agree with eager ones to a few units in the last place where XLA's own functions do; XLA counts subnormal numbers
as 0. Derivatives that JAX takes of these functions follow the same conventions at kinks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from operator import add, mul
from typing import Any

import jax
import numpy
from jax import numpy as jnp
from jax.scipy import special

from autograd import ops
from autograd.compiler.program.program import program_of
from autograd.compiler.program.simplify import simplified
from autograd.compiler.trace.tracing import forget, traced, unknown
from autograd.floats.elementary import SELU_ALPHA, SELU_SCALE
from autograd.ops import Op
from autograd.scalars import partials_checked


def lowered(op: Op) -> Callable[..., Any]:
    """Return a function of arrays that computes an op; one of a user's own is computed by Python, number by number."""
    return JAX.get(op) or _of_the_user(op)


def _of_the_user(op: Op) -> Callable[..., Any]:
    """Return an op that Python computes, with the derivatives that its rule gives when it is recorded."""

    def computed(*columns: Any) -> Any:
        table = numpy.broadcast_arrays(*[numpy.asarray(x, dtype=numpy.float64) for x in columns])
        rows = zip(*[x.ravel().tolist() for x in table], strict=True)
        found = numpy.array([float(op.forward(*row)) for row in rows]).reshape(table[0].shape)
        return found.astype(columns[0].dtype)

    @jax.custom_jvp
    def function(*xs: Any) -> Any:
        arrays = [jnp.asarray(x) for x in xs]
        shape, dtype = jnp.broadcast_shapes(*map(jnp.shape, arrays)), jnp.result_type(float, *arrays)
        arrays = [x.astype(dtype) for x in arrays]
        return jax.pure_callback(computed, jax.ShapeDtypeStruct(shape, dtype), *arrays, vmap_method="expand_dims")

    @function.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        output = function(*primals)
        partials = _rule(op, len(primals))(*primals, output)
        terms = [partial * tangent for partial, tangent in zip(partials, tangents, strict=True)]
        return output, reduce(add, terms) + jnp.zeros_like(output)

    return function


def _rule(op: Op, count: int) -> Callable[..., list[Any]]:
    """Return the partials of an op as a function of arrays, from its recorded rule."""
    values = [unknown(f"x{k}") for k in range(count + 1)]
    nodes = list(values)
    try:
        partials = traced(lambda: partials_checked(op, values[:-1], values[-1]), [], nodes=nodes)
        program = simplified(program_of([float(x) if x is False else x for x in partials], values))
    finally:
        forget(nodes)

    def rule(*given: Any) -> list[Any]:
        found = [*given, *[x.data for x in program.captured], *program.constants]
        for each, operands in program.code:
            found.append(lowered(each)(*[found[k] for k in operands]))
        return [found[k] for k in program.outputs]

    return rule


def _stacked(xs: tuple[Any, ...]) -> Any:
    return jnp.stack(jnp.broadcast_arrays(*xs))


def _sign(x: Any) -> Any:
    return jnp.where(x > 0.0, 1.0, jnp.where(x < 0.0, -1.0, x + 0.0))


def _clip(x: Any, low: Any, high: Any) -> Any:
    usual = (low < high) & (low <= x) & (x <= high)
    return jnp.where(usual, x, jnp.where((x < low) & (low < high), low, jnp.where(x == x, high, x)))


def _relu(x: Any) -> Any:
    return jnp.where((x > 0.0) | (x != x), x, 0.0)


def _elu(x: Any, alpha: Any) -> Any:
    return jnp.where(x > 0.0, x, alpha * jnp.expm1(jnp.where(x > 0.0, 0.0, x)))


def _softplus(x: Any) -> Any:
    return jnp.where(x > 0.0, x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def _mish(x: Any) -> Any:
    z = jnp.exp(-jnp.abs(x))
    share = jnp.where(x > 0.0, (1.0 + 2.0 * z) / (1.0 + 2.0 * z + 2.0 * z * z), z * (z + 2.0) / (z * (z + 2.0) + 2.0))
    return jnp.where(jnp.isinf(x), jnp.where(x > 0.0, x, -0.0), x) * share


def _gelu(x: Any) -> Any:
    return jnp.where(jnp.isneginf(x), -0.0, 0.5 * x * special.erfc(-x * math.sqrt(0.5)))


def _silu(x: Any) -> Any:
    return jnp.where(jnp.isneginf(x), -0.0, x * special.expit(x))


def _logistic_density(x: Any) -> Any:
    z = jnp.exp(-jnp.abs(x))
    return z / (1.0 + z) ** 2


def _logistic_moment(x: Any) -> Any:
    root = jnp.exp(-0.5 * jnp.abs(x))
    return jnp.where(root == 0.0, 0.0, jnp.where(root == 0.0, 0.0, x) * root / (1.0 + root * root) ** 2 * root)


def _tanh_slope(x: Any, z: Any) -> Any:
    return jnp.where(jnp.abs(z) >= 0.999, 4.0 * _logistic_density(2.0 * x), (1.0 - z) * (1.0 + z))


def _pow_log(x: Any, y: Any, z: Any) -> Any:
    root = jnp.power(x, 0.5 * y)
    return jnp.where(jnp.isposinf(z), root * jnp.log(x) * root, z * jnp.log(x))


def _logsumexp(*xs: Any) -> Any:
    return special.logsumexp(_stacked(xs), axis=0)


def _norm(*xs: Any) -> Any:
    sizes = jnp.abs(_stacked(xs))
    top = jax.lax.stop_gradient(sizes.max(0))
    scale = jnp.where((top == 0.0) | jnp.isinf(top), 1.0, top)
    squares = ((sizes / scale) ** 2).sum(0)
    return jnp.where(top == 0.0, 0.0, scale * jnp.sqrt(jnp.where(top == 0.0, 1.0, squares)))


def _dot(*xs: Any) -> Any:
    n = len(xs) // 2
    return reduce(add, map(mul, xs[:n], xs[n:-1]), xs[-1])


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: compare(x, y).astype(jnp.result_type(float, x, y))


# fmt: off
JAX: dict[Op, Callable[..., Any]] = {
    ops.ADD: jnp.add, ops.SUB: jnp.subtract, ops.MUL: jnp.multiply, ops.DIV: jnp.divide, ops.NEG: jnp.negative,
    ops.POW: jnp.power, ops.POW_CONSTANT: jnp.power, ops.POW_LOG: _pow_log,
    ops.SQUARE: lambda x: x * x, ops.RECIPROCAL: lambda x: 1.0 / x,
    ops.SIGN: _sign, ops.STEP: lambda x: jnp.where(x != x, x, jnp.where(x > 0.0, 1.0, 0.0)),
    ops.WHERE: lambda c, x, y: jnp.where(c != 0.0, x, y), ops.CLIP: _clip,
    ops.DETACH: jax.lax.stop_gradient, ops.IDENTITY: lambda x: x,
    **{getattr(ops, name.upper()): getattr(jnp, numpys) for name, numpys in (
        ("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("atan2", "arctan2"), ("asinh", "arcsinh"),
        ("acosh", "arccosh"), ("atanh", "arctanh"), *[(name, name) for name in (
            "abs", "floor", "ceil", "maximum", "minimum", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10",
            "sqrt", "cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "hypot",
        )],
    )},
    ops.ERF: special.erf, ops.ERFC: special.erfc, ops.LGAMMA: special.gammaln, ops.DIGAMMA: special.digamma,
    ops.POLYGAMMA: special.polygamma,
    ops.RELU: _relu, ops.LEAKY_RELU: lambda x, a: jnp.where(x > 0.0, x, a * x), ops.ELU: _elu,
    ops.SELU: lambda x: SELU_SCALE * _elu(x, SELU_ALPHA), ops.GELU: _gelu, ops.SILU: _silu,
    ops.SOFTPLUS: _softplus, ops.MISH: _mish, ops.SIGMOID: special.expit, ops.LOG_SIGMOID: lambda x: -_softplus(-x),
    ops.LOGISTIC_DENSITY: _logistic_density, ops.LOGISTIC_MOMENT: _logistic_moment,
    ops.TANH_SLOPE: _tanh_slope,
    **dict.fromkeys((ops.DIRECTION, ops.SHARE), lambda x, rest, whole: x / whole),
    ops.LOG_SHARE: lambda x, rest, e, total, z: x - z,
    ops.HARDTANH: lambda x: _clip(x, -1.0, 1.0),
    ops.SUM: lambda *xs: reduce(add, xs, 0.0), ops.PROD: lambda *xs: reduce(mul, xs, 1.0),
    ops.MAX: lambda *xs: _stacked(xs).max(0), ops.MIN: lambda *xs: _stacked(xs).min(0),
    ops.NORM: _norm, ops.LOGSUMEXP: _logsumexp, ops.DOT: _dot,
    ops.LESS: _comparison(jnp.less), ops.LESS_EQUAL: _comparison(jnp.less_equal),
    ops.EQUAL: _comparison(jnp.equal), ops.NOT_EQUAL: _comparison(jnp.not_equal),
}
# fmt: on
