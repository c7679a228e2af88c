"""Functions of one, two or three numbers, on floats and on Values: a Value in gives a Value out."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd import ops
from autograd.native import twin
from autograd.ops import Op
from autograd.reductions import dot, log_softmax, logsumexp, max, mean, min, norm, prod, softmax, sum, variance
from autograd.scalars import Number, number
from autograd.value import Value, _node, apply

__all__ = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clip", "cos", "cosh",
    "detach", "digamma", "dot", "elu", "erf", "erfc", "exp", "exp2", "expm1", "floor", "gelu", "hardtanh", "hypot",
    "leaky_relu", "lgamma", "log", "log1p", "log2", "log10", "log_sigmoid", "log_softmax", "logsumexp", "max",
    "maximum", "mean", "min", "minimum", "mish", "norm", "polygamma", "prod", "reciprocal", "relu", "selu", "sigmoid",
    "sign", "silu", "sin", "sinh", "softmax", "softplus", "sqrt", "square", "step", "sum", "tan", "tanh", "variance",
    "where",
]  # fmt: skip

N = TypeVar("N", float, Value)


@twin
def _of_one(op: Op, x: N) -> N:
    """Apply an op of one input: what `apply` does, without its loops."""
    if isinstance(x, Value):
        return _node(op.forward(x._data), op, (x,))
    return op.forward(x) if type(x) is float else apply(op, x)


def exp(x: N) -> N:
    """Return e to the power x; inf where that is too large.

    >>> exp(0.0)
    1.0
    """
    return _of_one(ops.EXP, x)


def expm1(x: N) -> N:
    """Return exp(x) - 1, with full precision near 0.

    >>> expm1(1e-20)
    1e-20
    """
    return _of_one(ops.EXPM1, x)


def exp2(x: N) -> N:
    """Return 2 to the power x.

    >>> exp2(10.0)
    1024.0
    """
    return _of_one(ops.EXP2, x)


def log(x: N) -> N:
    """Return the natural logarithm: -inf at 0, NaN below.

    >>> log(1.0)
    0.0
    """
    return _of_one(ops.LOG, x)


def log1p(x: N) -> N:
    """Return log(1 + x), with full precision near 0.

    >>> log1p(1e-20)
    1e-20
    """
    return _of_one(ops.LOG1P, x)


def log2(x: N) -> N:
    """Return the logarithm to base 2.

    >>> log2(8.0)
    3.0
    """
    return _of_one(ops.LOG2, x)


def log10(x: N) -> N:
    """Return the logarithm to base 10.

    >>> log10(1000.0)
    3.0
    """
    return _of_one(ops.LOG10, x)


def sqrt(x: N) -> N:
    """Return the square root: NaN below 0; its derivative at 0 is inf.

    >>> sqrt(9.0)
    3.0
    """
    return _of_one(ops.SQRT, x)


def cbrt(x: N) -> N:
    """Return the real cube root, of negative numbers too.

    >>> cbrt(-8.0)
    -2.0
    """
    return _of_one(ops.CBRT, x)


def square(x: N) -> N:
    """Return x times x.

    >>> square(3.0)
    9.0
    """
    return _of_one(ops.SQUARE, x)


def reciprocal(x: N) -> N:
    """Return 1 / x: inf at 0.

    >>> reciprocal(4.0)
    0.25
    """
    return _of_one(ops.RECIPROCAL, x)


def sin(x: N) -> N:
    """Return the sine of an angle in radians.

    >>> sin(0.0)
    0.0
    """
    return _of_one(ops.SIN, x)


def cos(x: N) -> N:
    """Return the cosine of an angle in radians.

    >>> cos(0.0)
    1.0
    """
    return _of_one(ops.COS, x)


def tan(x: N) -> N:
    """Return the tangent of an angle in radians.

    >>> tan(0.0)
    0.0
    """
    return _of_one(ops.TAN, x)


def asin(x: N) -> N:
    """Return the angle in [-pi/2, pi/2] whose sine is x: NaN outside [-1, 1].

    >>> asin(0.0)
    0.0
    """
    return _of_one(ops.ASIN, x)


def acos(x: N) -> N:
    """Return the angle in [0, pi] whose cosine is x: NaN outside [-1, 1].

    >>> acos(1.0)
    0.0
    """
    return _of_one(ops.ACOS, x)


def atan(x: N) -> N:
    """Return the angle in (-pi/2, pi/2) whose tangent is x.

    >>> atan(0.0)
    0.0
    """
    return _of_one(ops.ATAN, x)


def sinh(x: N) -> N:
    """Return the hyperbolic sine.

    >>> sinh(0.0)
    0.0
    """
    return _of_one(ops.SINH, x)


def cosh(x: N) -> N:
    """Return the hyperbolic cosine.

    >>> cosh(0.0)
    1.0
    """
    return _of_one(ops.COSH, x)


def tanh(x: N) -> N:
    """Return the hyperbolic tangent.

    >>> tanh(0.0)
    0.0
    """
    return _of_one(ops.TANH, x)


def asinh(x: N) -> N:
    """Return the inverse hyperbolic sine.

    >>> asinh(0.0)
    0.0
    """
    return _of_one(ops.ASINH, x)


def acosh(x: N) -> N:
    """Return the inverse hyperbolic cosine: NaN below 1.

    >>> acosh(1.0)
    0.0
    """
    return _of_one(ops.ACOSH, x)


def atanh(x: N) -> N:
    """Return the inverse hyperbolic tangent: NaN outside [-1, 1].

    >>> atanh(0.0)
    0.0
    """
    return _of_one(ops.ATANH, x)


def erf(x: N) -> N:
    """Return the error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    >>> erf(0.0)
    0.0
    """
    return _of_one(ops.ERF, x)


def erfc(x: N) -> N:
    """Return 1 - erf(x), with full precision for large x.

    >>> erfc(0.0)
    1.0
    """
    return _of_one(ops.ERFC, x)


def lgamma(x: N) -> N:
    """Return log |gamma(x)|: inf at 0, -1, -2, ...

    >>> lgamma(4.0) == log(6.0)
    True
    """
    return _of_one(ops.LGAMMA, x)


def digamma(x: N) -> N:
    """Return the derivative of lgamma: NaN at -1, -2, ...

    >>> round(digamma(1.0), 6)
    -0.577216
    """
    return _of_one(ops.DIGAMMA, x)


def sign(x: N) -> N:
    """Return -1, 0 or 1 by the sign of x; its derivative is 0.

    >>> sign(-3.0)
    -1.0
    """
    return _of_one(ops.SIGN, x)


def step(x: N) -> N:
    """Return 1 where x is positive, else 0; its derivative is 0.

    >>> step(3.0), step(0.0)
    (1.0, 0.0)
    """
    return _of_one(ops.STEP, x)


def floor(x: N) -> N:
    """Return the largest whole number <= x, as a float; its derivative is 0.

    >>> floor(2.5)
    2.0
    """
    return _of_one(ops.FLOOR, x)


def ceil(x: N) -> N:
    """Return the smallest whole number >= x, as a float; its derivative is 0.

    >>> ceil(2.5)
    3.0
    """
    return _of_one(ops.CEIL, x)


def relu(x: N) -> N:
    """Return x where x is positive, else 0; its derivative at 0 is 0.

    >>> relu(-2.0), relu(2.0)
    (0.0, 2.0)
    """
    return _of_one(ops.RELU, x)


def selu(x: N) -> N:
    """Return the self-normalising unit of Klambauer et al. (2017).

    >>> selu(0.0)
    0.0
    """
    return _of_one(ops.SELU, x)


def gelu(x: N) -> N:
    """Return x times the normal distribution function (Hendrycks and Gimpel, 2016): the erf form.

    >>> gelu(0.0)
    0.0
    """
    return _of_one(ops.GELU, x)


def silu(x: N) -> N:
    """Return x * sigmoid(x), also called swish.

    >>> silu(0.0)
    0.0
    """
    return _of_one(ops.SILU, x)


def softplus(x: N) -> N:
    """Return log(1 + exp(x)), without overflow.

    >>> softplus(1000.0)
    1000.0
    """
    return _of_one(ops.SOFTPLUS, x)


def mish(x: N) -> N:
    """Return x * tanh(softplus(x)) (Misra, 2019).

    >>> mish(0.0)
    0.0
    """
    return _of_one(ops.MISH, x)


def sigmoid(x: N) -> N:
    """Return 1 / (1 + exp(-x)), without overflow.

    >>> sigmoid(0.0)
    0.5
    """
    return _of_one(ops.SIGMOID, x)


def log_sigmoid(x: N) -> N:
    """Return log(sigmoid(x)), without overflow.

    >>> log_sigmoid(-1000.0)
    -1000.0
    """
    return _of_one(ops.LOG_SIGMOID, x)


def hardtanh(x: N) -> N:
    """Return x clipped to [-1, 1]; its derivative at the edges is 0.

    >>> hardtanh(-3.0)
    -1.0
    """
    return _of_one(ops.HARDTANH, x)


def abs(x: N) -> N:
    """Return the magnitude of x; its derivative at 0 is 0.

    >>> abs(-2.0)
    2.0
    """
    return _of_one(ops.ABS, x)


def atan2(y: Number, x: Number) -> Any:
    """Return the angle in [-pi, pi] of the point (x, y), in radians; its derivatives at the origin are 0.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return apply(ops.ATAN2, y, x)


def hypot(x: Number, y: Number) -> Any:
    """Return sqrt(x**2 + y**2) without overflow; its derivatives at the origin are 0, its second derivatives NaN.

    >>> hypot(3.0, 4.0)
    5.0
    """
    return apply(ops.HYPOT, x, y)


def maximum(x: Number, y: Number) -> Any:
    """Return the larger number, or NaN if one is NaN; at a tie each gets half of the derivative; a NaN gets all of it.

    >>> maximum(1.0, 2.0)
    2.0
    """
    return apply(ops.MAXIMUM, x, y)


def minimum(x: Number, y: Number) -> Any:
    """Return the smaller number, or NaN if one is NaN; at a tie each gets half of the derivative; a NaN gets all of it.

    >>> minimum(1.0, 2.0)
    1.0
    """
    return apply(ops.MINIMUM, x, y)


def clip(x: Number, low: Number, high: Number) -> Any:
    """Return x limited to [low, high]; at the edges the derivative with respect to x is 1, as in PyTorch's clamp.

    Where the bounds are equal or crossed the result is `high`, which gets all of the derivative.

    >>> clip(5.0, 0.0, 1.0)
    1.0
    """
    return apply(ops.CLIP, x, low, high)


def where(condition: Number, x: Number, y: Number) -> Any:
    """Return x where the condition holds (is not 0), else y; the derivative goes to the one returned.

    Both x and y are computed; the one not returned gets no derivative, not even an infinite one.

    >>> where(2.0 > 1.0, 10.0, 20.0)
    10.0
    """
    return apply(ops.WHERE, condition, x, y)


def leaky_relu(x: Number, negative_slope: Number = 0.01) -> Any:
    """Return x where x is positive, else negative_slope * x; the derivative at 0 is negative_slope.

    >>> leaky_relu(-2.0, 0.1)
    -0.2
    """
    return apply(ops.LEAKY_RELU, x, negative_slope)


def elu(x: Number, alpha: Number = 1.0) -> Any:
    """Return x where x is positive, else alpha * (exp(x) - 1) (Clevert et al., 2015).

    >>> elu(-1000.0)
    -1.0
    """
    return apply(ops.ELU, x, alpha)


def polygamma(n: int, x: N) -> N:
    """Return the n-th derivative of digamma at x, for a whole number n >= 0.

    Raises ValueError for any other n.

    >>> round(polygamma(1, 1.0), 6)
    1.644934
    """
    if isinstance(n, Value) or not number(n) >= 0 or number(n) % 1 != 0:
        raise ValueError(f"polygamma needs a whole number n >= 0 that is not a Value, got {n!r}")
    return apply(ops.POLYGAMMA, n, x)  # type: ignore[no-any-return]


def detach(x: N) -> N:
    """Return x as a constant, a Value as a new leaf: no derivative flows back through it.

    >>> detach(Value(3.0) * 2.0).inputs
    ()
    """
    return x.detach() if isinstance(x, Value) else number(x)
