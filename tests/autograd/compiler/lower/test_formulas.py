"""to_sympy: expressions beside the numbers of the library, at points of every op."""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import OPS, Op, TracingError, Value, apply, grad, hessian, ops, to_sympy
from autograd.testing.strategies import expressions, points

sympy = pytest.importorskip("sympy")

from autograd.compiler.lower.formulas import FORMULAS  # noqa: E402


def at(expression, **numbers):
    """Return the value of an expression, computed with more digits than a double has."""
    with mpmath.workdps(40):
        given = [mpmath.mpf(x) for x in numbers.values()]
        found = sympy.lambdify([sympy.Symbol(name) for name in numbers], expression, "mpmath")(*given)
        return float(mpmath.re(found))


def test_every_op_has_a_formula():
    assert {*OPS, *ops.COMPARISONS} <= set(FORMULAS)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_formula_has_the_value_of_its_op(op, data):
    numbers = data.draw(points(op).filter(lambda point: all(abs(x) < 30.0 for x in point)))
    inputs = [Value(x, label=f"a{k}") for k, x in enumerate(numbers)]
    if op in (ops.POLYGAMMA, ops.POW_CONSTANT):
        place = 0 if op is ops.POLYGAMMA else 1
        inputs[place] = numbers[place]
    z = apply(op, *inputs)
    named = {x.label: x.data for x in inputs if isinstance(x, Value)}
    assert at(to_sympy(z), **named) == pytest.approx(z.data, rel=1e-9, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(expressions(max_nodes=8))
def test_gradients_agree_with_those_that_sympy_takes(f):
    smooth = autograd.grad(lambda v: f(*v))
    numbers = list(f.inputs)
    found = to_sympy(smooth, numbers)
    named = {f"v_{k}": x for k, x in enumerate(numbers)}
    for mine, expected in zip([at(z, **named) for z in found], smooth(numbers), strict=True):
        assert mine == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_lambdified_it_gives_the_same_numbers():
    def f(v, t):
        return autograd.tanh(v[0] * t + v[1]) * autograd.sigmoid(v[0]) + autograd.relu(t)

    expression = to_sympy(f, [1.0, 1.0], 1.0)
    compiled = sympy.lambdify(sympy.symbols("v_0 v_1 t"), expression)
    for v0, v1, t in [(0.5, -1.0, 2.0), (-0.3, 0.7, -1.5)]:
        assert compiled(v0, v1, t) == pytest.approx(f([v0, v1], t), rel=1e-13)


def test_sympys_derivative_is_ours():
    x, y = sympy.symbols("x y")
    f = lambda x, y: x**3 * autograd.sin(y)  # noqa: E731
    assert sympy.simplify(sympy.diff(to_sympy(f), x) - to_sympy(grad(f))) == 0
    assert to_sympy(grad(f, argnums=1)) == x**3 * sympy.cos(y)


def test_results_keep_their_structure():
    x = sympy.Symbol("x")
    assert to_sympy(lambda x: {"a": x, "b": (x * 2, 1.5)}) == {"a": x, "b": (2 * x, sympy.Float(1.5))}
    found = to_sympy(hessian(lambda v: v[0] ** 2 * v[1]), np.array([1.0, 1.0]))
    v0, v1 = sympy.symbols("v_0 v_1")
    assert found.tolist() == [[2 * v1, 2 * v0], [2 * v0, 0]]


def test_conditions_stay_open():
    x = sympy.Symbol("x")
    assert to_sympy(lambda x: autograd.where(x > 1.0, x, -x)) == sympy.Piecewise((x, x > 1), (-x, True))
    assert to_sympy(lambda x: 2.0 * (x > 1.0)).subs(x, 3) == 2
    assert to_sympy(grad(autograd.relu), 1.0).subs(x, -1) == 0


def test_leaves_are_named_by_their_labels_and_apart():
    a, b, c = Value(1.0, label="w"), Value(2.0), Value(3.0, label="w")
    assert {s.name for s in to_sympy(a * b * c).free_symbols} == {"w", "x1", "w_2"}


def test_captured_values_are_symbols():
    w = Value(2.0, label="w")
    assert to_sympy(lambda x: w * x) == sympy.Symbol("w") * sympy.Symbol("x")


def test_an_op_of_ones_own_is_an_undefined_function():
    cube = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    x = sympy.Symbol("x")
    assert to_sympy(lambda x: apply(cube, x) + 1) == sympy.Function("cube")(x) + 1


def test_numbers_that_are_whole_are_integers():
    assert str(to_sympy(lambda x: 3.0 * x**2 + 0.5)) == "3*x**2 + 0.5"
    assert to_sympy(lambda x: x * math.inf).has(sympy.oo)


def test_what_cannot_be_written_is_refused():
    with pytest.raises(TypeError, match="needs a Value or a function, got float"):
        to_sympy(1.0)
    with pytest.raises(TracingError):
        to_sympy(lambda x: x if x > 0.0 else -x)


def test_without_sympy_the_extra_is_named():
    code = """
import sys
sys.modules["sympy"] = None
import autograd
try:
    autograd.to_sympy(autograd.sin)
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'chainrule[sympy]'" in run.stdout
