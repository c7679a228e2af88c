"""How each op is spelled in native code: the compiler's column beside the table of ops.

A spelling does what the op's `forward` does on floats, so + - * / sqrt and the choices are the same to the
last bit, and the functions of `vectormath` are within 4 ulp. What no C library has, Python computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from autograd import ops
from autograd.floats import elementary
from autograd.floats.elementary import OVER_SQRT_PI, SELU_ALPHA, SELU_SCALE, SPLITTER, SQRT_HALF, SQRT_HALF_REST
from autograd.ops import Op

Arithmetic = (
    Any  # what a formula is written with: llvm's `Body`, whose values are names, or replay's `Columns` of numbers
)
Spelling = Callable[..., Any]
TRUTHS: dict[Op, str] = {ops.LESS: "olt", ops.LESS_EQUAL: "ole", ops.EQUAL: "oeq", ops.NOT_EQUAL: "une"}


def spelled(op: Op, body: Arithmetic, *operands: Any) -> Any:
    """Write an op into a body and return the name of its result; an op without a spelling is left to Python."""
    spelling = SPELLINGS.get(op)
    return spelling(body, *operands) if spelling else body.python(op, *operands)


def asked(op: Op, inputs: int) -> set[str]:
    """Return what an op asks of what it is spelled with, always or for rare inputs: "add", "call", "python" ..."""
    trial = _Trial()
    spelled(op, trial, *[""] * inputs)
    return trial.asked


def may_call_python(op: Op, inputs: int) -> bool:
    """Return whether Python computes an op, always or for rare inputs."""
    return "python" in asked(op, inputs)


def opaque(code: Iterable[tuple[Op, Sequence[int]]]) -> tuple[str, ...]:
    """Return the names of the ops in a program that Python computes, some of them for rare inputs only."""
    kinds = {(op, len(operands)) for op, operands in code}
    return tuple(sorted({op.name for op, inputs in kinds if may_call_python(op, inputs)}))


class _Trial:
    """Arithmetic that computes nothing, and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., str]:
        self.asked.add(name)
        return lambda *operands: name

    def rarely(self, truth: str, usual: str, otherwise: Callable[[], str]) -> str:
        return otherwise()


def _as(method: str, *first: Any) -> Spelling:
    """A method of the arithmetic, given something before the operands."""
    return lambda b, *xs: getattr(b, method)(*first, *xs)


def _inside(name: str) -> Spelling:
    """A function that is NaN outside of its domain, whatever the C library answers there."""
    low, high = elementary.DOMAINS[name]

    def spelling(b: Arithmetic, x: Any) -> Any:
        holds = b.both(b.compare("oge", x, b.constant(low)), b.compare("ole", x, b.constant(high)))
        return b.choose(holds, b.call(name, x), b.constant(math.nan))

    return spelling


def _pow_log(b: Arithmetic, x: Any, y: Any, z: Any) -> Any:
    log = b.call("log", x)

    def in_roots() -> Any:
        root = b.call("pow", x, b.mul(b.constant(0.5), y))
        return b.mul(b.mul(root, log), root)

    return b.rarely(b.compare("oeq", z, b.constant(math.inf)), b.mul(z, log), in_roots)


def _comparison(how: str) -> Spelling:
    return lambda b, x, y: b.number(b.compare(how, x, y))


def _sign(b: Arithmetic, x: Any) -> Any:
    zero = b.constant(0.0)
    below = b.choose(b.compare("olt", x, zero), b.constant(-1.0), b.add(x, zero))
    return b.choose(b.compare("ogt", x, zero), b.constant(1.0), below)


def _step(b: Arithmetic, x: Any) -> Any:
    return b.choose(b.compare("uno", x, x), x, b.number(b.compare("ogt", x, b.constant(0.0))))


def _where(b: Arithmetic, condition: Any, x: Any, y: Any) -> Any:
    return b.choose(b.compare("une", condition, b.constant(0.0)), x, y)


def _extreme(how: str) -> Spelling:
    def spelling(b: Arithmetic, best: Any, *xs: Any) -> Any:
        unknown = b.compare("uno", best, best)
        for x in xs:
            best = b.choose(b.compare(how, x, best), x, best)
            unknown = b.either(unknown, b.compare("uno", x, x))
        return b.choose(unknown, b.constant(math.nan), best)

    return spelling


_largest, _smallest = _extreme("ogt"), _extreme("olt")


def _clip(b: Arithmetic, x: Any, low: Any, high: Any) -> Any:
    return _smallest(b, _largest(b, x, low), high)


def _relu(b: Arithmetic, x: Any) -> Any:
    return b.choose(b.compare("ugt", x, b.constant(0.0)), x, b.constant(0.0))


def _leaky_relu(b: Arithmetic, x: Any, slope: Any) -> Any:
    return b.choose(b.compare("ogt", x, b.constant(0.0)), x, b.mul(slope, x))


def _elu(b: Arithmetic, x: Any, alpha: Any) -> Any:
    return b.choose(b.compare("ogt", x, b.constant(0.0)), x, b.mul(alpha, b.call("expm1", x)))


def _selu(b: Arithmetic, x: Any) -> Any:
    return b.mul(b.constant(SELU_SCALE), _elu(b, x, b.constant(SELU_ALPHA)))


def _logistic_density(b: Arithmetic, x: Any) -> Any:
    z = b.call("exp", b.neg(b.intrinsic("fabs", x)))
    whole = b.add(b.constant(1.0), z)
    return b.div(z, b.mul(whole, whole))


def _logistic_moment(b: Arithmetic, x: Any) -> Any:
    size = b.intrinsic("fabs", x)

    def in_roots() -> Any:
        root = b.call("exp", b.mul(b.constant(-0.5), size))
        product = b.mul(b.mul(x, root), root)
        return b.choose(b.compare("oeq", root, b.constant(0.0)), b.constant(0.0), product)

    moment = b.mul(x, _logistic_density(b, x))
    return b.rarely(b.compare("ogt", size, b.constant(700.0)), moment, in_roots)


def _tanh_slope(b: Arithmetic, x: Any, z: Any) -> Any:
    rare = b.compare("oge", b.intrinsic("fabs", z), b.constant(0.999))
    return b.rarely(
        rare,
        b.mul(b.sub(b.constant(1.0), z), b.add(b.constant(1.0), z)),
        lambda: b.mul(b.constant(4.0), _logistic_density(b, b.mul(b.constant(2.0), x))),
    )


def _sigmoid(b: Arithmetic, x: Any) -> Any:
    z = b.call("exp", b.neg(b.intrinsic("fabs", x)))
    one = b.constant(1.0)
    return b.div(b.choose(b.compare("oge", x, b.constant(0.0)), one, z), b.add(one, z))


def _softplus(b: Arithmetic, x: Any) -> Any:
    positive = b.compare("ogt", x, b.constant(0.0))
    log = b.call("log1p", b.call("exp", b.choose(positive, b.neg(x), x)))
    return b.choose(positive, b.add(x, log), log)


def _silu(b: Arithmetic, x: Any) -> Any:
    """x * sigmoid(x); where exp is subnormal, a square of its root would double the error of a vector's exp."""
    rare = b.compare("olt", x, b.constant(-700.0))
    return b.rarely(rare, b.mul(x, _sigmoid(b, x)), lambda: b.python(ops.SILU, x))


def _mish(b: Arithmetic, x: Any) -> Any:
    z, two = b.call("exp", x), b.constant(2.0)
    z = b.mul(z, b.add(z, two))
    usual = b.mul(x, b.div(z, b.add(z, two)))
    return b.rarely(b.compare("ogt", b.intrinsic("fabs", x), b.constant(40.0)), usual, lambda: _silu(b, x))


def _gelu(b: Arithmetic, x: Any) -> Any:
    high = b.mul(b.constant(SPLITTER), x)
    high = b.sub(high, b.sub(high, x))
    product = b.mul(high, b.constant(SQRT_HALF))
    rest = b.add(b.mul(b.sub(x, high), b.constant(SQRT_HALF)), b.mul(x, b.constant(SQRT_HALF_REST)))
    t = b.add(product, rest)
    rest = b.sub(rest, b.sub(t, product))
    slope = b.mul(b.mul(b.constant(OVER_SQRT_PI), b.call("exp", b.mul(b.neg(t), t))), rest)
    usual = b.mul(x, b.add(b.mul(b.constant(0.5), b.call("erfc", b.neg(t))), slope))
    rare = b.either(b.compare("ole", x, b.constant(-37.5)), b.compare("ogt", x, b.constant(40.0)))
    return b.rarely(rare, usual, lambda: b.python(ops.GELU, x))


def _logsumexp(b: Arithmetic, *xs: Any) -> Any:
    """Like `elementary.logsumexp`: without overflow, and the largest term, once, kept out of the sum."""
    top, one, zero = _largest(b, *xs), b.constant(1.0), b.constant(0.0)
    shift = b.choose(b.compare("ogt", b.intrinsic("fabs", top), one), top, zero)
    total, seen = zero, b.compare("uno", one, one)
    for x in xs:
        here = b.compare("oeq", x, top)
        is_top, seen = b.alone(here, seen), b.either(here, seen)
        total = b.add(total, b.choose(is_top, zero, b.call("exp", b.sub(x, shift))))
    total = b.mul(total, b.call("exp", b.sub(shift, top)))
    gain = b.call("log1p", total)
    value = b.add(top, gain)
    small = b.mul(b.constant(1.5), b.intrinsic("fabs", value))
    infinite = b.compare("oeq", b.intrinsic("fabs", top), b.constant(math.inf))
    rare = b.either(b.either(b.compare("ogt", gain, small), infinite), b.compare("uno", value, value))
    return b.rarely(rare, value, lambda: b.python(ops.LOGSUMEXP, *xs))


def _norm(b: Arithmetic, *xs: Any) -> Any:
    """Scaled by the largest magnitude, so squares neither overflow nor vanish."""
    if len(xs) == 2:
        return b.call("hypot", *xs)
    sizes = [b.intrinsic("fabs", x) for x in xs]
    top, zero = _largest(b, *sizes), b.constant(0.0)
    total = zero
    for size in sizes:
        part = b.div(size, top)
        total = b.add(total, b.mul(part, part))
    value = b.mul(top, b.intrinsic("sqrt", total))
    rare = b.either(b.compare("ueq", top, b.constant(math.inf)), b.compare("oeq", top, zero))
    return b.rarely(rare, value, lambda: b.python(ops.NORM, *xs))


def _dot(b: Arithmetic, *xs: Any) -> Any:
    n = len(xs) // 2
    return reduce(b.add, [b.mul(w, x) for w, x in zip(xs[:n], xs[n:], strict=False)], xs[-1])


# fmt: off
SPELLINGS: dict[Op, Spelling] = {
    ops.ADD: _as("add"), ops.SUB: _as("sub"), ops.MUL: _as("mul"), ops.DIV: _as("div"), ops.NEG: _as("neg"),
    ops.SQUARE: lambda b, x: b.mul(x, x), ops.RECIPROCAL: lambda b, x: b.div(b.constant(1.0), x),
    ops.POW: _as("call", "pow"), ops.POW_CONSTANT: _as("call", "pow"), ops.POW_LOG: _pow_log,
    ops.ABS: _as("intrinsic", "fabs"), ops.FLOOR: _as("intrinsic", "floor"), ops.CEIL: _as("intrinsic", "ceil"),
    ops.SQRT: _as("intrinsic", "sqrt"), ops.SIGN: _sign, ops.STEP: _step,
    ops.WHERE: _where, ops.MAXIMUM: _largest, ops.MINIMUM: _smallest, ops.CLIP: _clip,
    ops.DETACH: lambda b, x: x, ops.IDENTITY: lambda b, x: x,
    **{op: _as("call", op.name) for op in (
        ops.EXP, ops.EXPM1, ops.EXP2, ops.LOG, ops.LOG2, ops.LOG10, ops.CBRT, ops.SIN, ops.COS, ops.TAN,
        ops.ATAN, ops.ATAN2, ops.SINH, ops.COSH, ops.TANH, ops.ASINH, ops.HYPOT, ops.ERF, ops.ERFC,
    )},
    **{op: _inside(op.name) for op in (ops.LOG1P, ops.ASIN, ops.ACOS, ops.ACOSH, ops.ATANH)},
    **{op: _as("python", op) for op in (ops.LGAMMA, ops.DIGAMMA, ops.POLYGAMMA)},
    ops.RELU: _relu, ops.LEAKY_RELU: _leaky_relu, ops.ELU: _elu, ops.SELU: _selu, ops.GELU: _gelu,
    ops.SILU: _silu, ops.SOFTPLUS: _softplus, ops.MISH: _mish, ops.SIGMOID: _sigmoid,
    **dict.fromkeys((ops.DIRECTION, ops.SHARE), lambda b, x, rest, whole: b.div(x, whole)),
    ops.LOG_SHARE: lambda b, x, rest, e, total, z: b.sub(x, z),
    ops.LOGISTIC_DENSITY: _logistic_density, ops.LOGISTIC_MOMENT: _logistic_moment, ops.TANH_SLOPE: _tanh_slope,
    ops.LOG_SIGMOID: lambda b, x: b.neg(_softplus(b, b.neg(x))),
    ops.HARDTANH: lambda b, x: _clip(b, x, b.constant(-1.0), b.constant(1.0)),
    ops.SUM: lambda b, *xs: reduce(b.add, xs, b.constant(0.0)),
    ops.PROD: lambda b, *xs: reduce(b.mul, xs, b.constant(1.0)),
    ops.MAX: _largest, ops.MIN: _smallest,
    ops.NORM: _norm, ops.LOGSUMEXP: _logsumexp, ops.DOT: _dot,
    **{op: _comparison(how) for op, how in TRUTHS.items()},
}
# fmt: on
