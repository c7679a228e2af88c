"""to_sympy: a recorded function, its gradient or any graph as an expression of SymPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from autograd import ops
from autograd.compiler.program.program import Program, program_of
from autograd.compiler.trace.tracing import forget, traced, unknown
from autograd.errors import needs
from autograd.floats.elementary import SELU_ALPHA, SELU_SCALE
from autograd.ops import Op
from autograd.transforms.structures import flatten, flatten_result
from autograd.value import Value

try:
    import sympy
    from sympy import Max, Min, Piecewise, Rational, erfc, exp, log, sqrt, tanh
except ImportError:
    raise needs("sympy", "autograd.to_sympy needs the package sympy", "sympy") from None


def to_sympy(f: Any, *args: Any) -> Any:
    """Return an expression of SymPy for a Value, or for what a function returns.

    A Value is written in its leaves, symbols named by their labels, or x0, x1, ... for those without. A function
    is called once on symbols in the place of its arguments, whose structure `args` shows: numbers, lists, arrays ...
    Without `args` each parameter is a number. A number is named as its parameter, one inside another structure is
    counted behind the name: v_0, v_1. The result has the structure of what the function returns. Comparisons and
    `where` become `Piecewise`, an op of your own an undefined function of its name.

    Raises TypeError for what is neither a Value nor a function, TracingError where f looks at a number as `compile`
    would, and ImportError without SymPy.

    >>> from autograd import grad, sin
    >>> to_sympy(lambda x, y: x * sin(y) + x**2)
    x**2 + x*sin(y)
    >>> to_sympy(grad(lambda v: v[0] * v[1] ** 2), [1.0, 1.0])
    [v_1**2, 2*v_0*v_1]
    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> to_sympy((w * x).tanh())
    tanh(w*x)
    """
    if isinstance(f, Value):
        return _expressions(program_of([f], []))[0]
    if not callable(f):
        raise TypeError(f"to_sympy needs a Value or a function, got {type(f).__name__}")
    parameters = list(signature(f).parameters.values())
    if not args:
        parameters = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        args = (0.0,) * len(parameters)
    values: list[Value] = []
    call = []
    for place, x in enumerate(args):
        name = parameters[place].name if place < len(parameters) else parameters[-1].name + str(place)
        numbers, structure = flatten(x, f"an argument of {getattr(f, '__name__', f)}")
        alone = len(numbers) == 1 and not isinstance(x, (list, tuple, dict))
        new = [unknown(name if alone else f"{name}_{k}") for k in range(len(numbers))]
        call.append(structure.unflatten(new))
        values += new
    nodes = list(values)
    try:
        outputs, results = flatten_result(traced(lambda: f(*call), [], nodes=nodes), getattr(f, "__name__", repr(f)))
        return results.build(_shaped(_expressions(program_of(outputs, values)), results.shapes))
    finally:
        forget(nodes)


def _shaped(expressions: list[Any], shapes: Sequence[Any]) -> list[Any]:
    """Return a leaf for each shape: an expression, or an array of them."""
    leaves, rest = [], iter(expressions)
    for shape in shapes:
        if shape is None:
            leaves.append(next(rest))
        else:
            import numpy

            leaf = numpy.empty(shape, dtype=object)
            for k in range(leaf.size):
                leaf.flat[k] = next(rest)
            leaves.append(leaf)
    return leaves


def _expressions(program: Program) -> list[Any]:
    """Return the outputs of a program."""
    labels = [*program.names, *[x.label or f"x{k}" for k, x in enumerate(program.captured)]]
    met: Counter[str] = Counter()
    found: list[Any] = []
    for label in labels:
        met[label] += 1
        found.append(sympy.Symbol(label if met[label] == 1 else f"{label}_{met[label]}"))
    found += [sympy.Integer(int(x)) if x.is_integer() else sympy.Float(x) for x in program.constants]
    for op, operands in program.code:
        given = [found[k] for k in operands]
        found.append(FORMULAS[op](*given) if op is ops.WHERE else _formula(op)(*map(_number, given)))
    return [_number(found[k]) for k in program.outputs]


def _formula(op: Op) -> Callable[..., Any]:
    return FORMULAS.get(op) or sympy.Function(op.name)


def _number(x: Any) -> Any:
    """Return a comparison as 1 or 0, and an expression as it is."""
    return x if isinstance(x, sympy.Expr) else Piecewise((1, x), (0, True))


def _where(condition: Any, x: Any, y: Any) -> Any:
    holds = sympy.Ne(condition, 0) if isinstance(condition, sympy.Expr) else condition
    return Piecewise((_number(x), _without_cases(holds)), (_number(y), True))


def _equal(x: Any, y: Any) -> Any:
    """Return whether numbers are equal; an expression is not infinite, since symbols stand for finite numbers."""
    infinite = {sympy.oo, -sympy.oo} & {x, y}
    return sympy.sympify(x == y) if infinite else sympy.Eq(x, y)


def _without_cases(condition: Any) -> Any:
    """Return a condition without `Piecewise` inside, which SymPy would solve for the symbol: that may take for ever."""
    cases = sympy.piecewise_fold(condition) if condition.has(Piecewise) else condition
    if not isinstance(cases, Piecewise):
        return cases
    holds, before = sympy.false, sympy.true
    for case, when in cases.args:
        holds, before = sympy.Or(holds, sympy.And(before, when, case)), sympy.And(before, sympy.Not(when))
    return holds


def _norm(*xs: Any) -> Any:
    return sqrt(sympy.Add(*[x**2 for x in xs]))


def _softplus(x: Any) -> Any:
    return log(1 + exp(x))


def _dot(*xs: Any) -> Any:
    n = len(xs) // 2
    return sympy.Add(*[w * x for w, x in zip(xs[:n], xs[n:-1], strict=True)], xs[-1])


def _clip(x: Any, low: Any, high: Any) -> Any:
    return Min(Max(x, low), high)


# fmt: off
FORMULAS: dict[Op, Callable[..., Any]] = {
    ops.ADD: lambda x, y: x + y, ops.SUB: lambda x, y: x - y, ops.MUL: lambda x, y: x * y, ops.DIV: lambda x, y: x / y,
    ops.NEG: lambda x: -x, ops.POW: lambda x, y: x**y, ops.POW_CONSTANT: lambda x, y: x**y,
    ops.POW_LOG: lambda x, y, z: z * log(x), ops.TANH_SLOPE: lambda x, z: 1 - z**2,
    ops.SQUARE: lambda x: x**2, ops.RECIPROCAL: lambda x: 1 / x, ops.DETACH: lambda x: x, ops.IDENTITY: lambda x: x,
    **{getattr(ops, name.upper()): getattr(sympy, name) for name in (
        "sign", "floor", "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh",
        "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "digamma", "polygamma",
    )},
    ops.ABS: sympy.Abs, ops.CEIL: sympy.ceiling, ops.STEP: lambda x: Piecewise((1, x > 0), (0, True)),
    ops.WHERE: _where, ops.MAXIMUM: Max, ops.MINIMUM: Min, ops.MAX: Max, ops.MIN: Min, ops.CLIP: _clip,
    ops.EXPM1: lambda x: exp(x) - 1, ops.EXP2: lambda x: 2**x, ops.LOG1P: lambda x: log(1 + x),
    ops.LOG2: lambda x: log(x, 2), ops.LOG10: lambda x: log(x, 10),
    ops.CBRT: lambda x: sympy.sign(x) * sympy.Abs(x) ** Rational(1, 3),
    ops.HYPOT: _norm, ops.NORM: _norm, ops.LGAMMA: lambda x: log(sympy.Abs(sympy.gamma(x))),
    ops.RELU: lambda x: Max(x, 0), ops.LEAKY_RELU: lambda x, a: Piecewise((x, x > 0), (a * x, True)),
    ops.ELU: lambda x, a: Piecewise((x, x > 0), (a * (exp(x) - 1), True)),
    ops.SELU: lambda x: SELU_SCALE * Piecewise((x, x > 0), (SELU_ALPHA * (exp(x) - 1), True)),
    ops.GELU: lambda x: x * erfc(-x / sqrt(2)) / 2, ops.SILU: lambda x: x / (1 + exp(-x)),
    ops.SOFTPLUS: _softplus, ops.MISH: lambda x: x * tanh(_softplus(x)), ops.SIGMOID: lambda x: 1 / (1 + exp(-x)),
    **dict.fromkeys((ops.DIRECTION, ops.SHARE), lambda x, rest, whole: x / whole),
    ops.LOG_SHARE: lambda x, rest, e, total, z: x - z,
    ops.LOGISTIC_MOMENT: lambda x: x * exp(-x) / (1 + exp(-x)) ** 2,
    ops.LOGISTIC_DENSITY: lambda x: exp(-x) / (1 + exp(-x)) ** 2,
    ops.LOG_SIGMOID: lambda x: -_softplus(-x), ops.HARDTANH: lambda x: _clip(x, -1, 1),
    ops.SUM: sympy.Add, ops.PROD: sympy.Mul, ops.DOT: _dot,
    ops.LOGSUMEXP: lambda *xs: log(sympy.Add(*map(exp, xs))),
    ops.LESS: sympy.Lt, ops.LESS_EQUAL: sympy.Le, ops.EQUAL: _equal,
    ops.NOT_EQUAL: lambda x, y: sympy.Not(_equal(x, y)),
}
# fmt: on
