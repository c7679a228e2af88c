"""The engine against PyTorch: every function, every convention at kinks and edges, and random graphs."""

import itertools
import math
import random
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value

torch = pytest.importorskip("torch", reason="PyTorch is not installed; the extra `peers` brings it")
F = torch.nn.functional

SAME_NAME = """
    exp expm1 exp2 log log1p log2 log10 sqrt square reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh
    atanh erf erfc lgamma digamma abs sign floor ceil relu sigmoid
"""
UNARY = {name: getattr(torch, name) for name in SAME_NAME.split()} | {
    "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "gelu": F.gelu, "silu": F.silu, "mish": F.mish,
    "softplus": lambda x: F.softplus(x, threshold=1e9), "log_sigmoid": F.logsigmoid, "hardtanh": F.hardtanh,
}  # fmt: skip
BINARY = {
    "atan2": (autograd.atan2, torch.atan2), "hypot": (autograd.hypot, torch.hypot),
    "maximum": (autograd.maximum, torch.maximum), "minimum": (autograd.minimum, torch.minimum),
    "add": (lambda x, y: x + y, torch.add), "sub": (lambda x, y: x - y, torch.sub),
    "mul": (lambda x, y: x * y, torch.mul),
    "div": (lambda x, y: x / y, torch.div), "pow": (lambda x, y: x**y, torch.pow),
    "leaky_relu": (autograd.leaky_relu, lambda x, a: torch.where(x > 0, x, a * x)),
    "elu": (autograd.elu, lambda x, a: torch.where(x > 0, x, a * torch.expm1(torch.clamp(x, max=0.0)))),
}  # fmt: skip
REDUCTIONS = {
    "sum": torch.sum, "mean": torch.mean, "prod": torch.prod, "norm": torch.linalg.norm, "max": torch.amax,
    "min": torch.amin, "logsumexp": lambda x: torch.logsumexp(x, 0), "variance": lambda x: torch.var(x, correction=0),
}  # fmt: skip
PIECEWISE = ["abs", "sign", "floor", "ceil", "relu", "leaky_relu", "elu", "selu", "hardtanh"]
DOMAIN = dict.fromkeys(("log", "log2", "log10", "sqrt", "lgamma", "digamma"), (0.0, inf)) | {
    "log1p": (-1.0, inf), "asin": (-1.0, 1.0), "acos": (-1.0, 1.0), "atanh": (-1.0, 1.0), "acosh": (1.0, inf),
}  # fmt: skip
EDGES = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1e-310, -1e-200, 30.0, -100.0, 1000.0, -1000.0, 1e200, -1e308,
    inf, -inf,
)  # fmt: skip


def ours(f, xs, gradient=1.0):
    inputs = [Value(x) for x in xs]
    output = f(*inputs)
    output.backward(gradient)
    return output.data, [x.grad for x in inputs]


def theirs(f, xs, gradient=1.0):
    inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    output = f(*inputs)
    if not output.requires_grad:
        return output.item(), [0.0] * len(xs)
    gradients = torch.autograd.grad(output, inputs, torch.tensor(gradient, dtype=torch.float64), allow_unused=True)
    return output.item(), [0.0 if g is None else g.item() for g in gradients]


def clamp(x, low, high):
    """PyTorch's, but between equal bounds the upper one: PyTorch has the slope 0 there, which is wrong."""
    return torch.where(low == high, high, torch.clamp(x, low, high))


def same(a, b, rel=0.0):
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=rel, abs_tol=0.0)


# Every function.


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one_number_and_its_derivative_agree(name):
    draw = random.Random(name)
    low, high = DOMAIN.get(name, (-inf, inf))
    worst = 1e-8 if name == "digamma" else 1e-10  # PyTorch's trigamma has nine digits
    for _ in range(150):
        x = draw.choice((draw.uniform(-6.0, 6.0), draw.uniform(-1.0, 1.0), draw.uniform(0.0, 50.0)))
        if low < x < high:
            (a, da), (b, db) = ours(getattr(autograd, name), [x]), theirs(UNARY[name], [x])
            assert a == pytest.approx(b, rel=1e-12, abs=1e-15)
            assert da == pytest.approx(db, rel=worst, abs=1e-14)


@pytest.mark.parametrize("name", BINARY)
def test_a_function_of_two_numbers_and_its_derivatives_agree(name):
    f, g = BINARY[name]
    draw = random.Random(name)
    for _ in range(150):
        x, y = draw.uniform(-6.0, 6.0), draw.uniform(-6.0, 6.0)
        if name == "pow":
            x = abs(x)
        (a, da), (b, db) = ours(f, [x, y]), theirs(g, [x, y])
        assert a == pytest.approx(b, rel=1e-13, abs=1e-15)
        assert da == pytest.approx(db, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("n", range(1, 5))
def test_polygamma_agrees(n):
    for x in (0.1, 0.7, 1.0, 2.5, 9.0, 30.0):
        (a, da) = ours(lambda v: autograd.polygamma(n, v), [x])
        (b, db) = theirs(lambda v: torch.polygamma(n, v), [x])
        assert a == pytest.approx(b, rel=1e-8)
        assert da == pytest.approx(db, rel=1e-8)


# Edges: values everywhere, derivatives at kinks.

# Where PyTorch itself has no digits, or NaN for what has a limit.
THEIR_TROUBLE = {
    ("silu", -inf),
    ("gelu", -inf),
    ("mish", -inf),
    ("softplus", 1000.0),
    ("gelu", -30.0),
    ("softplus", 1e200),
}


@pytest.mark.parametrize("name", UNARY)
def test_values_at_the_edges_of_floats_agree(name):
    for x in (*EDGES, nan):
        if (name, x) not in THEIR_TROUBLE and not (name == "sign" and math.isnan(x)):
            assert same(ours(getattr(autograd, name), [x])[0], theirs(UNARY[name], [x])[0], 1e-12), x


@pytest.mark.parametrize("name", BINARY)
def test_values_at_pairs_of_edges_agree(name):
    f, g = BINARY[name]
    for xs in itertools.product((*EDGES, nan), repeat=2):
        if name not in ("leaky_relu", "elu"):
            assert same(ours(f, xs)[0], theirs(g, xs)[0], 1e-12), xs


@pytest.mark.parametrize("name", PIECEWISE)
def test_slopes_of_functions_with_kinks_agree_everywhere(name):
    for x in (*EDGES, 5e-324, -5e-324, math.nextafter(1.0, 2.0), math.nextafter(-1.0, 0.0), nan):
        if name == "abs" and math.isnan(x):
            continue  # the sign of NaN is NaN here, as in NumPy
        assert same(ours(getattr(autograd, name), [x])[1][0], theirs(UNARY[name], [x])[1][0], 1e-13), x


@pytest.mark.parametrize("name", ["maximum", "minimum", "pow", "div", "mul"])
def test_slopes_at_pairs_of_edges_agree(name):
    f, g = BINARY[name]
    for xs in itertools.product((*EDGES, nan), repeat=2):
        for a, b in zip(ours(f, xs)[1], theirs(g, xs)[1], strict=True):
            assert same(a, b, 1e-12), xs


@pytest.mark.parametrize(
    "name", ["asin", "acos", "atanh", "acosh", "sqrt", "log", "log1p", "relu", "elu", "selu", "hardtanh", "abs"]
)
def test_second_derivatives_at_ends_and_kinks_agree(name):
    for x in (0.0, 1.0, -1.0, inf) if name != "acosh" else (1.0,):
        point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(UNARY[name](point), point, create_graph=True)
        expected = torch.autograd.grad(slope, point)[0].item() if slope.requires_grad else 0.0
        got = autograd.grad(autograd.grad(getattr(autograd, name)))(x)
        assert same(got, expected, 1e-14), x


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.0 / 3.0, 2.5, 0.0, inf, -inf])
def test_a_constant_power_and_its_slope_agree(exponent):
    for x in (*EDGES, -2.0, -8.0, 1.5, 9.0):
        if abs(exponent) == 0.5 and repr(x) in ("-0.0", "-inf"):
            continue  # there PyTorch takes a square root, which differs from C's pow
        (a, da), (b, db) = ours(lambda v: v**exponent, [x]), theirs(lambda v: v**exponent, [x])
        assert same(a, b, 1e-12), x
        assert same(da[0], db[0], 1e-12), x


@pytest.mark.parametrize("base", [0.0, 1.0, 2.0, 0.5, 1e200, inf, -2.0])
def test_a_power_of_a_constant_base_and_its_slope_agree(base):
    for y in (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 1000.0, inf):
        (a, da), (b, db) = (
            ours(lambda v: base**v, [y]),
            theirs(lambda v: torch.pow(torch.tensor(base, dtype=torch.float64), v), [y]),
        )
        assert same(a, b, 1e-12), y
        assert same(da[0], db[0], 1e-12), y


def test_clip_and_its_slopes_agree_at_every_arrangement_of_its_bounds():
    numbers = (0.0, 1.0, 2.0, -1.0, inf, -inf, nan)
    for xs in itertools.product(numbers, repeat=3):
        if math.isnan(xs[0]) and xs[1] == xs[2]:
            continue  # NaN, or the bound
        (a, da), (b, db) = ours(autograd.clip, xs), theirs(clamp, xs)
        assert same(a, b), xs
        assert da == db, xs


def test_sqrt_has_their_slope_at_zero():
    assert ours(autograd.sqrt, [0.0])[1] == theirs(torch.sqrt, [0.0])[1] == [inf]


def test_norm_has_their_slope_at_the_origin():
    for size in (1, 2, 5):
        zeros = [0.0] * size
        assert (
            ours(lambda *xs: autograd.norm(xs), zeros)[1]
            == theirs(lambda *xs: torch.linalg.norm(torch.stack(xs)), zeros)[1]
            == zeros
        )


def test_where_agrees():
    for c, x, y in itertools.product((0.0, 1.0, -2.0), (1.0, inf), (-3.0, nan)):
        a, da = ours(lambda v, w, c=c: autograd.where(c, v, w), [x, y])
        b, db = theirs(lambda v, w, c=c: torch.where(torch.tensor(c != 0.0), v, w), [x, y])
        assert same(a, b)
        assert da == db


@pytest.mark.parametrize("name", ["relu", "sign", "floor", "ceil", "hardtanh"])
def test_an_infinite_gradient_stops_at_a_flat_piece(name):
    """PyTorch's rules select where a product would make 0 * inf."""
    for x in (-0.5, -2.0):
        expected = theirs(UNARY[name], [x], inf)[1]
        assert expected == [0.0] or name == "hardtanh"
        assert ours(getattr(autograd, name), [x], inf)[1] == expected


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_an_infinite_gradient_goes_only_to_the_larger_or_smaller(name):
    f, g = BINARY[name]
    assert ours(f, [1.0, 2.0], inf)[1] == theirs(g, [1.0, 2.0], inf)[1]


def test_an_infinite_gradient_goes_only_to_one_branch_of_where():
    assert ours(lambda v, w: autograd.where(1.0, v, w), [1.0, 2.0], inf)[1] == [inf, 0.0]
    assert theirs(lambda v, w: torch.where(torch.tensor(True), v, w), [1.0, 2.0], inf)[1] == [inf, 0.0]


# Reductions.


def vectors(name):
    draw = random.Random(name)
    yield from (
        [2.0],
        [0.0, 0.0],
        [1.0, 1.0, 1.0],
        [-1.0, 3.0, 3.0, 2.0],
        [0.0, 2.0, 3.0],
        [0.0, 2.0, 0.0],
        [1000.0, -1000.0],
        [-1000.0, -1000.0],
    )
    for size in (2, 3, 5, 20):
        for _ in range(10):
            yield [draw.uniform(-3.0, 3.0) for _ in range(size)]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_and_its_gradient_agree(name):
    for xs in vectors(name):
        a, da = ours(lambda *v: getattr(autograd, name)(v), xs)
        b, db = theirs(lambda *v: REDUCTIONS[name](torch.stack(v)), xs)
        assert a == pytest.approx(b, rel=1e-12, abs=1e-14)
        assert da == pytest.approx(db, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize(("f", "g"), [(autograd.softmax, torch.softmax), (autograd.log_softmax, torch.log_softmax)])
def test_softmax_and_log_softmax_agree(f, g):
    for xs in vectors("softmax"):
        for i in range(len(xs)):
            a, da = ours(lambda *v: f(v)[i], xs)  # noqa: B023
            b, db = theirs(lambda *v: g(torch.stack(v), 0)[i], xs)  # noqa: B023
            assert a == pytest.approx(b, rel=1e-13, abs=1e-300)
            assert da == pytest.approx(db, rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("name", ["max", "min", "logsumexp", "sum", "mean", "prod", "norm"])
def test_a_reduction_of_edges_agrees(name):
    for xs in itertools.product((0.0, 1.0, -1.0, 1e308, inf, -inf, nan), repeat=2):
        a, _ = ours(lambda *v: getattr(autograd, name)(v), xs)
        b, _ = theirs(lambda *v: REDUCTIONS[name](torch.stack(v)), xs)
        if name != "norm":  # theirs overflows
            assert same(a, b, 1e-12), xs


@pytest.mark.parametrize("name", ["max", "min"])
def test_slopes_of_max_and_min_with_nan_agree(name):
    for xs in itertools.product((1.0, 2.0, inf, nan), repeat=3):
        a, b = ours(lambda *v: getattr(autograd, name)(v), xs), theirs(lambda *v: getattr(torch.stack(v), name)(), xs)
        assert a[1] == pytest.approx(b[1], rel=1e-15), xs


def test_slopes_of_logsumexp_at_infinities_agree_or_are_the_limit():
    for xs in itertools.product((0.0, 1.0, inf, -inf), repeat=3):
        a = ours(lambda *v: autograd.logsumexp(v), xs)[1]
        b = theirs(lambda *v: torch.stack(v).logsumexp(0), xs)[1]
        alone = xs.count(max(xs)) == 1  # PyTorch has NaN for a single infinity, whose limit is 1
        assert all(same(x, y, 1e-14) or (x == 1.0 and alone) for x, y in zip(a, b, strict=True)), xs


def test_dot_agrees():
    draw = random.Random(0)
    for size in (1, 2, 7):
        xs = [draw.uniform(-3.0, 3.0) for _ in range(2 * size + 1)]
        a, da = ours(lambda *v: autograd.dot(v[: len(v) // 2], v[len(v) // 2 : -1], v[-1]), xs)
        b, db = theirs(
            lambda *v: torch.dot(torch.stack(v[: len(v) // 2]), torch.stack(v[len(v) // 2 : -1])) + v[-1], xs
        )
        assert a == pytest.approx(b, rel=1e-13)
        assert da == db


# Random graphs with shared nodes.

STEPS_OF_ONE = """
    exp expm1 log1p sqrt square reciprocal sin cos tan atan sinh cosh tanh asinh erf erfc abs relu sigmoid
    leaky_relu elu selu gelu silu mish softplus log_sigmoid hardtanh sign
"""
STEPS = {name: (getattr(autograd, name), UNARY[name]) for name in STEPS_OF_ONE.split()} | {
    "neg": (lambda x: -x, torch.neg), "cube": (lambda x: x**3, lambda x: x**3),
    "half": (lambda x: 0.5 * x - 1.0, lambda x: 0.5 * x - 1.0),
    "over": (lambda x: 2.0 / x, lambda x: 2.0 / x), "root": (lambda x: x**0.5, lambda x: x**0.5),
    "two": (lambda x: 2.0**x, lambda x: 2.0**x),
    **{name: BINARY[name] for name in ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "atan2")},
    "hypot": (autograd.hypot, lambda x, y: torch.linalg.norm(torch.stack([x, y]))),  # torch.hypot is NaN at (0, 0)
    "dot": (lambda x, y, z: autograd.dot([x, y], [z, x], y), lambda x, y, z: x * z + y * x + y),
    "sum": (lambda x, y, z: autograd.sum([x, y, z, x]), lambda x, y, z: torch.stack([x, y, z, x]).sum()),
    "max": (lambda x, y, z: autograd.max([x, y, z]), lambda x, y, z: torch.stack([x, y, z]).amax()),
    "prod": (lambda x, y, z: autograd.prod([x, y, z]), lambda x, y, z: torch.stack([x, y, z]).prod()),
    "logsumexp": (lambda x, y, z: autograd.logsumexp([x, y, z]), lambda x, y, z: torch.stack([x, y, z]).logsumexp(0)),
    "norm": (lambda x, y, z: autograd.norm([x, y, z]), lambda x, y, z: torch.linalg.norm(torch.stack([x, y, z]))),
    "where": (lambda x, y, z: autograd.where(x > 0.0, y, z), lambda x, y, z: torch.where(x > 0.0, y, z)),
    "clip": (autograd.clip, lambda x, low, high: clamp(x, low, high)),
    "softmax": (
        lambda x, y, z: autograd.softmax([x, y, z])[1], lambda x, y, z: torch.stack([x, y, z]).softmax(0)[1]
    ),
}  # fmt: skip
INPUTS = dict.fromkeys(("add", "sub", "mul", "div", "pow", "maximum", "minimum", "atan2", "hypot"), 2) | dict.fromkeys(
    ("dot", "sum", "max", "prod", "logsumexp", "norm", "where", "clip", "softmax"), 3
)


def graph(inputs, choices):
    """Make a graph of (name, places) on both sides; a step that leaves safe ground is a tanh instead."""
    mine = [Value(x) for x in inputs]
    other = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    for name, places in choices:
        chosen = [place % len(mine) for place in places[: INPUTS.get(name, 1)]]
        f, g = STEPS[name]
        value, slopes = autograd.value_and_grad(f, range(len(chosen)))(*[mine[k].data for k in chosen])
        if not all(abs(x) < 20.0 for x in (value, *slopes)):
            chosen, (f, g) = chosen[:1], STEPS["tanh"]
        mine.append(f(*[mine[k] for k in chosen]))
        other.append(g(*[other[k] for k in chosen]))
    return mine, other


def assert_same_gradients(mine, other, inputs):
    """Compare the whole graph, seeded with a sum of its last nodes so that many paths count."""
    root, their_root = autograd.sum(mine[-4:]), torch.stack(other[-4:]).sum()
    for node in other:
        node.retain_grad()
    root.backward()
    their_root.backward()
    size = max([abs(node.grad.item()) for node in other if node.grad is not None], default=0.0)
    for a, b in zip(mine, other, strict=True):
        expected = 0.0 if b.grad is None else b.grad.item()
        # Values differ by roundings, which a graph magnifies by its derivatives.
        assert a.data == pytest.approx(b.item(), rel=1e-9, abs=1e-10)
        assert a.grad == pytest.approx(expected, rel=1e-8, abs=1e-9 * size)
    before = [x.grad for x in mine[:inputs]]
    root.backward()
    assert [x.grad for x in mine[:inputs]] == pytest.approx([2.0 * g for g in before], rel=1e-12, abs=1e-14 * size)


@pytest.mark.parametrize("part", range(5))
def test_random_graphs_agree(part):
    names = sorted(STEPS)
    for seed in range(100 * part, 100 * part + 100):
        draw = random.Random(seed)
        inputs = [draw.uniform(-2.0, 2.0) for _ in range(draw.randrange(1, 6))]
        choices = [
            (draw.choice(names), [draw.randrange(10**6) for _ in range(3)]) for _ in range(draw.randrange(4, 25))
        ]
        assert_same_gradients(*graph(inputs, choices), len(inputs))


place = st.integers(0, 30)


@given(
    st.lists(st.floats(-2.0, 2.0).map(lambda x: round(x, 3)), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.tuples(place, place, place)), min_size=4, max_size=14),
)
def test_any_graph_agrees(inputs, choices):
    assert_same_gradients(*graph(inputs, choices), len(inputs))


def test_a_network_and_its_second_derivatives_agree():
    draw = random.Random(1)
    sizes = [3, 5, 2, 1]
    parameters = [
        [[draw.uniform(-1.0, 1.0) for _ in range(a + 1)] for _ in range(b)] for a, b in itertools.pairwise(sizes)
    ]
    point = [draw.uniform(-1.0, 1.0) for _ in range(sizes[0])]

    def network(x, layers, tanh, dot):
        for layer in layers:
            x = [tanh(dot(row[:-1], x, row[-1])) for row in layer]
        return x[0]

    def torch_loss(x):
        return network(
            list(x),
            parameters,
            torch.tanh,
            lambda w, x, b: sum((a * c for a, c in zip(w, x, strict=True)), torch.tensor(b, dtype=torch.float64)),
        )

    def loss(x):
        return network(x, parameters, autograd.tanh, autograd.dot)

    expected = torch.autograd.functional.hessian(torch_loss, torch.tensor(point, dtype=torch.float64)).tolist()
    for row, their_row in zip(autograd.hessian(loss)(point), expected, strict=True):
        assert row == pytest.approx(their_row, rel=1e-12, abs=1e-15)
