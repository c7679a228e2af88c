"""The transforms against JAX's, in double precision: names, meaning and structure; and every function."""

import math
import random
from collections import namedtuple

import numpy as np
import pytest

import autograd

jax = pytest.importorskip("jax", reason="JAX is not installed; the extra `peers` brings it")
jnp = jax.numpy
jax.config.update("jax_disable_most_optimizations", True)  # so that it compiles faster

Point = namedtuple("Point", "x y")


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def assert_same(mine, theirs, rel=1e-12, absolute=1e-13):
    """Compare two nestings: the same structure, the same shapes, the same numbers."""
    assert jax.tree.structure(mine) == jax.tree.structure(theirs)
    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(theirs), strict=True):
        assert isinstance(a, (float, np.ndarray))
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a) == pytest.approx(np.asarray(b), rel=rel, abs=absolute)


# Functions that run on both sides: `np` is jax.numpy there, and NumPy on object arrays here.


def scalar(np, x):
    return np.sin(x) * np.exp(-x * x) + x**3 / (x + 4.0)


def of_two(np, x, y):
    return np.tanh(x * y) + x / y


def of_sum(np, x, y):
    return np.sum(of_two(np, x, y))


def of_a_list(np, v):
    return v[0] * v[1] ** 2 + np.exp(v[2] * v[0])


def of_an_array(np, x):
    return np.sum(np.sin(x) * np.exp(x)) + np.sum(x * x) ** 2


def of_a_matrix(np, x):
    return np.sum(np.tanh(x @ x.T)) + np.sum(x[0] * x[1])


def of_a_nesting(np, p):
    hidden = np.tanh(p["w"] @ np.ones(3) + p["b"])
    return np.sum(hidden * p["layers"][0]) * p["scale"] + p["layers"][1][0] ** 2 * p["point"].x - p["point"].y[0]


def to_a_list(np, v):
    return [v[0] * v[1], np.exp(v[1]), (v[2], {"a": v[0] ** 2 * v[2]})]


def to_an_array(np, x):
    return np.sin(x) * np.sum(x * x)


def to_a_matrix(np, x):
    return np.outer(np.sin(x), x)


def to_a_nesting(np, p):
    return {"y": p["w"] @ p["b"][:1].repeat(3) * p["scale"], "z": [p["scale"] ** 2, np.sum(p["b"])]}


NESTING = {
    "w": np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]), "b": np.array([0.25, -0.5]),
    "layers": [np.array([1.5, -2.0]), (0.75, 2.0)],
    "scale": 1.5, "point": Point(2.0, [3.0]),
}  # fmt: skip

TO_A_NUMBER = [
    (scalar, 0.7), (of_a_list, [0.5, -1.5, 0.25]), (of_a_list, (0.5, -1.5, 0.25)),
    (of_a_list, np.array([0.5, -1.5, 0.25])),
    (of_a_list, {0: 0.5, 1: -1.5, 2: 0.25}), (of_an_array, np.array([0.3, -0.4, 0.5])),
    (of_an_array, np.linspace(-1.0, 1.0, 6).reshape(2, 3)),
    (of_a_matrix, np.array([[0.1, 0.2], [-0.3, 0.4]])), (of_a_nesting, NESTING),
    (of_an_array, np.array([0.3])), (of_an_array, np.zeros((2, 0))),
]  # fmt: skip
TO_MORE = [
    (to_a_list, [0.5, -1.5, 0.25]), (to_a_list, np.array([0.5, -1.5, 0.25])),
    (to_an_array, np.array([0.3, -0.4])), (to_a_matrix, np.array([0.3, -0.4, 0.5])),
    (to_an_array, np.array([[0.3, -0.4, 0.1], [0.5, 0.6, 0.2]])), (to_a_nesting, NESTING),
]  # fmt: skip
by_function = pytest.mark.parametrize(
    ("f", "point"), TO_A_NUMBER, ids=lambda p: getattr(p, "__name__", type(p).__name__)
)
by_any_function = pytest.mark.parametrize(
    ("f", "point"), TO_A_NUMBER[:2] + TO_MORE, ids=lambda p: getattr(p, "__name__", type(p).__name__)
)


def mine(f):
    return lambda *args: f(np, *args)


def theirs(f):
    return lambda *args: f(jnp, *args)


def compiled(f, *args):
    """Call a function of JAX's in one piece, which is ten times as fast as op by op."""
    return jax.jit(f)(*args)


def random_like(tree, seed):
    draw = random.Random(seed)
    leaves, structure = jax.tree.flatten(tree)
    moved = [
        np.array([draw.uniform(-1.0, 1.0) for _ in range(np.size(x))]).reshape(np.shape(x))
        if np.ndim(x)
        else draw.uniform(-1.0, 1.0)
        for x in leaves
    ]
    return jax.tree.unflatten(structure, moved)


@by_function
def test_grad_and_value_and_grad_agree(f, point):
    expected = compiled(jax.value_and_grad(theirs(f)), point)
    assert_same(autograd.value_and_grad(mine(f))(point), expected)
    assert_same(autograd.grad(mine(f))(point), expected[1])


@pytest.mark.parametrize(("f", "point"), TO_A_NUMBER[2::3], ids=lambda p: getattr(p, "__name__", type(p).__name__))
def test_hessian_agrees(f, point):
    assert_same(autograd.hessian(mine(f))(point), compiled(jax.hessian(theirs(f)), point), rel=1e-11)


@by_any_function
def test_jacobian_agrees(f, point):
    assert_same(autograd.jacobian(mine(f))(point), compiled(jax.jacrev(theirs(f)), point))


@by_any_function
def test_jvp_agrees(f, point):
    tangent = random_like(point, 1)
    output, moved = autograd.jvp(mine(f), (point,), (tangent,))
    their_output, their_moved = compiled(lambda p, t: jax.jvp(theirs(f), (p,), (t,)), point, tangent)
    assert_same(output, their_output)
    assert_same(moved, their_moved)


@by_any_function
def test_vjp_agrees(f, point):
    output, pullback = autograd.vjp(mine(f), point)
    cotangent = random_like(output, 2)
    their_output, expected = compiled(lambda p, c: ((vjp := jax.vjp(theirs(f), p))[0], vjp[1](c)), point, cotangent)
    assert_same(output, their_output)
    assert_same(pullback(cotangent), expected)


@pytest.mark.parametrize(("f", "point"), TO_A_NUMBER[2::3], ids=lambda p: getattr(p, "__name__", type(p).__name__))
def test_hvp_agrees(f, point):
    tangent = random_like(point, 3)
    expected = compiled(lambda p, t: jax.jvp(jax.grad(theirs(f)), (p,), (t,))[1], point, tangent)
    assert_same(autograd.hvp(mine(f), (point,), (tangent,)), expected, rel=1e-11)


@pytest.mark.parametrize("argnums", [-1, (0,), (1, 0)])
def test_argnums_agree(argnums):
    def g(np, x, y):
        return {"a": of_two(np, x, y), "b": [x[0] * y]}

    point = (np.array([0.7, -0.2]), 1.5)
    for name in ("grad", "hessian"):
        expected = compiled(getattr(jax, name)(theirs(of_sum), argnums), *point)
        assert_same(getattr(autograd, name)(mine(of_sum), argnums)(*point), expected, rel=1e-11)
    assert_same(autograd.jacobian(mine(g), argnums)(*point), compiled(jax.jacrev(theirs(g), argnums), *point))


@pytest.mark.parametrize("result", [None, [1.0], (1.0, 2.0), np.ones(2), "loss"], ids=repr)
def test_a_gradient_of_something_that_is_not_a_number_is_the_same_error(result):
    for library in (autograd, jax):
        with pytest.raises(TypeError):
            library.grad(lambda x: result)(2.0)


@pytest.mark.parametrize("library", [autograd, jax], ids=["ours", "jax"])
def test_perturbations_are_told_apart_as_in_jax(library):
    grad, jvp = library.grad, library.jvp
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(1.0))(3.0) == 2.0
    assert jvp(lambda x: x * grad(lambda y: x + y)(1.0), (1.0,), (1.0,)) == (1.0, 1.0)
    assert grad(lambda x: jvp(lambda y: x * y**2, (x,), (x,))[1])(2.0) == 24.0
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y**2 * z**3)(y) * x)(x))(2.0) == 960.0


@pytest.mark.parametrize("order", range(1, 5))
def test_higher_derivatives_agree(order):
    f, g = mine(scalar), theirs(scalar)
    for _ in range(order):
        f, g = autograd.grad(f), jax.grad(g)
    for x in (-1.5, 0.1, 0.7):
        assert f(x) == pytest.approx(float(compiled(g, x)), rel=1e-11)


def test_mixed_modes_agree():
    def f(library, x):
        g = library.grad(lambda y: y**3 * x)
        output, tangent = library.jvp(g, (x,), (x,))
        _, pullback = library.vjp(lambda y: y * output, x)
        return pullback(tangent)[0] * library.hessian(lambda y: y**4)(x)

    for derivative in (lambda library: library.grad, lambda library: library.hessian):
        ours, expected = [derivative(library)(lambda x, library=library: f(library, x)) for library in (autograd, jax)]
        assert ours(1.25) == pytest.approx(float(compiled(expected, 1.25)), rel=1e-12)


# Every function, at many points at once.

nn, special = jax.nn, jax.scipy.special
SAME_NAME = """
    exp expm1 exp2 log log1p log2 log10 sqrt cbrt square reciprocal sin cos tan sinh cosh tanh abs sign floor ceil
"""
FUNCTIONS = {name: getattr(jnp, name) for name in SAME_NAME.split()} | {
    "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "asinh": jnp.arcsinh, "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "erf": special.erf, "erfc": special.erfc, "lgamma": special.gammaln, "digamma": special.digamma,
    "relu": nn.relu, "leaky_relu": nn.leaky_relu, "elu": nn.elu, "selu": nn.selu,
    "gelu": lambda x: nn.gelu(x, approximate=False),
    "silu": nn.silu, "softplus": nn.softplus, "mish": nn.mish, "sigmoid": nn.sigmoid,
    "log_sigmoid": nn.log_sigmoid, "hardtanh": nn.hard_tanh,
}  # fmt: skip
DOMAIN = dict.fromkeys(("log", "log2", "log10", "sqrt", "lgamma", "digamma"), (0, 50)) | {
    "log1p": (-1, 50), "asin": (-1, 1), "acos": (-1, 1), "atanh": (-1, 1), "acosh": (1, 50),
}  # fmt: skip


def points_of(name):
    low, high = DOMAIN.get(name, (-30, 30))
    draw = random.Random(name)
    near = [draw.uniform(max(low, -5.0), min(high, 5.0)) for _ in range(40)]
    return near + [draw.uniform(low, high) for _ in range(40)]


@pytest.fixture(scope="module")
def tables():
    """Every function's values, slopes and curvatures at its points, compiled together."""

    def table(points):
        return {
            name: (f(points[name]), jax.vmap(jax.grad(f))(points[name]), jax.vmap(jax.grad(jax.grad(f)))(points[name]))
            for name, f in FUNCTIONS.items()
        }

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, compiled(table, {name: np.array(points_of(name)) for name in FUNCTIONS}))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_and_its_two_derivatives_agree(tables, name):
    f = getattr(autograd, name)
    values, slopes, curvatures = tables[name]
    # JAX computes some slopes from a cancelling difference: an error relative to 1, not to the slope.
    points = points_of(name)
    assert [f(x) for x in points] == pytest.approx(values, rel=1e-10, abs=1e-14)
    assert [autograd.grad(f)(x) for x in points] == pytest.approx(slopes, rel=1e-9, abs=1e-13)
    assert [autograd.grad(autograd.grad(f))(x) for x in points] == pytest.approx(curvatures, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(("f", "g"), [
    (autograd.atan2, jnp.arctan2), (autograd.hypot, jnp.hypot), (autograd.maximum, jnp.maximum),
    (autograd.minimum, jnp.minimum),
    (lambda x, y: (x * x + 0.5) ** y, lambda x, y: (x * x + 0.5) ** y),
    (lambda x, y: autograd.clip(x, -1.0, y), lambda x, y: jnp.clip(x, -1.0, y)),
    (lambda x, y: autograd.where(x > y, x * y, y), lambda x, y: jnp.where(x > y, x * y, y)),
], ids=["atan2", "hypot", "maximum", "minimum", "pow", "clip", "where"])  # fmt: skip
def test_a_function_of_two_and_its_derivatives_agree(f, g):
    draw = random.Random(0)
    xs, ys = [[draw.uniform(-3.0, 3.0) for _ in range(50)] for _ in range(2)]
    by_x, by_y = compiled(jax.vmap(jax.grad(g, (0, 1))), np.array(xs), np.array(ys))
    for x, y, dx, dy in zip(xs, ys, by_x.tolist(), by_y.tolist(), strict=True):
        assert autograd.grad(f, (0, 1))(x, y) == pytest.approx((dx, dy), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(("f", "g"), [
    (autograd.sum, jnp.sum), (autograd.mean, jnp.mean), (autograd.prod, jnp.prod), (autograd.max, jnp.max),
    (autograd.min, jnp.min), (autograd.norm, jnp.linalg.norm),
    (autograd.logsumexp, special.logsumexp), (autograd.variance, jnp.var), (autograd.softmax, nn.softmax),
    (autograd.log_softmax, nn.log_softmax),
], ids=lambda f: f.__name__)  # fmt: skip
def test_a_reduction_and_its_jacobian_agree(f, g):
    both = jax.jit(lambda x: (g(x), jax.jacrev(g)(x)))
    draw = random.Random(0)
    for xs in ([0.5, -1.0, 2.0], [draw.uniform(-3.0, 3.0) for _ in range(3)], [1.0, 1.0, 1.0]):
        values, jacobian = both(np.array(xs))
        assert f(xs) == pytest.approx(np.asarray(values), rel=1e-12, abs=1e-14)
        assert np.array(autograd.jacobian(f)(xs)) == pytest.approx(np.asarray(jacobian), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_polygamma_agrees(n):
    for x in (0.3, 1.0, 2.5, 10.0):
        assert autograd.polygamma(n, x) == pytest.approx(float(compiled(special.polygamma, n, x)), rel=1e-8)


def test_a_network_agrees():
    draw = np.random.default_rng(0)
    parameters = [
        {"w": draw.normal(size=(4, 3)), "b": draw.normal(size=4)},
        {"w": draw.normal(size=(2, 4)), "b": draw.normal(size=2)},
    ]
    x, y = draw.normal(size=3), np.array([0.5, -0.25])

    def loss(np, layers):
        hidden = x
        for layer in layers:
            hidden = np.tanh(layer["w"] @ hidden + layer["b"])
        return np.sum((hidden - y) ** 2) / math.sqrt(2.0)

    assert_same(autograd.value_and_grad(mine(loss))(parameters), compiled(jax.value_and_grad(theirs(loss)), parameters))


# NumPy code, the same on both sides.

STEPS = {
    "mix": lambda np, v, w: np.exp(np.maximum(v, 0.0)),
    "where": lambda np, v, w: np.where(v > w, v * w, w - v),
    "join": lambda np, v, w: np.concatenate([v[1:], w[:1]]) * w,
    "stack": lambda np, v, w: np.stack([v, w, v]).max(axis=0) + v,
    "clip": lambda np, v, w: np.clip(v, -0.75, 0.8) - w,
    "running": lambda np, v, w: np.cumsum(v * w),
    "outer": lambda np, v, w: np.outer(v, w) @ v,
    "center": lambda np, v, w: v - np.mean(v),
    "angles": lambda np, v, w: np.arctan2(v, 2.0) + np.hypot(v, 1.0),
    "logs": lambda np, v, w: np.logaddexp(v, w) * np.sign(w),
    "turn": lambda np, v, w: np.roll(v, 1) * np.flip(w) + np.tile(v, 2)[3:],
    "norm": lambda np, v, w: v / (1.0 + np.linalg.norm(v)),
}
ENDS = {
    "sum": lambda np, v: np.sum(v),
    "norm": lambda np, v: np.linalg.norm(v),
    "spread": lambda np, v: np.std(v) + np.max(v) - np.min(v),
    "prod": lambda np, v: np.prod(v),
    "softmax": lambda np, v: (np.exp(v - np.max(v)) / np.sum(np.exp(v - np.max(v))))[0],
    "einsum": lambda np, v: np.einsum("i,j,i->", v, v, v),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("step", STEPS)
def test_numpy_code_has_the_derivatives_that_jax_finds(step, end):
    rng = random.Random(f"{step} {end}")
    v, w = [np.array([rng.uniform(-1.0, 1.0) for _ in range(3)]) for _ in range(2)]
    steps = [step, *rng.sample(sorted(STEPS), 2)]

    def f(np, v, w):
        for name in steps:
            v = STEPS[name](np, v, w)
        return ENDS[end](np, v)

    mine, theirs = [lambda v, w, np=module: f(np, v, w) for module in (np, jnp)]
    for transform in ("grad", "value_and_grad", "hessian"):
        expected = getattr(jax, transform)(theirs, argnums=(0, 1))(v, w)
        given = getattr(autograd, transform)(mine, argnums=(0, 1))(v, w)
        assert_same(given, jax.tree.map(lambda x: x if np.ndim(x) else float(x), expected), 1e-9, 1e-9)
