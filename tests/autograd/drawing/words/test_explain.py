"""The chain rule in numbers and names: exact to the bit, cut where it is long, and text whatever the labels."""

import inspect
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, topological
from autograd.drawing.words.explain import explain
from nn import MLP
from nn.losses import hinge

NASTY = [
    'a "quote" and \'another\'', "</svg><script>alert(1)</script>", "back\\slash \\N \\frac{1}{2}", "two\nlines\r\x00",
    "{braces} [[film]] {0}", "\u202edlrow", "\ud800", " ",
    "$x^2$ & 50% #1 a_b ~ `", "👩\u200d💻 αβγ 漢字", "x" * 10_000, "= 1.0 * 2.0",
]  # fmt: skip


def gradient_of(root, wrt):
    """The gradient that backward leaves, from zero."""
    for node in topological(root):
        node.grad = 0.0
    root.backward()
    return wrt.grad


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def derivations(text):
    """Read an explanation: for each sum, what each of its lines of numbers comes to."""
    found = []
    for block in text.split("\n\n"):
        sides, side = [], ""
        for line in block.split("\n"):
            if line.lstrip().startswith("= ") or re.match(r"d.* = ", line):
                sides.append(side := line.partition("= ")[2])
            elif line.lstrip().startswith("+ ") and sides:
                sides[-1] += " " + line.strip()
        if side and block.startswith("d"):
            found.append([evaluated(side) for side in sides if is_numbers(side)])
    return found


def is_numbers(side):
    return re.fullmatch(r"(-?(\d+\.\d+(e[+-]\d+)?|\de[+-]\d+|inf|nan)|[ ()*+])+", side) is not None


def evaluated(side):
    return eval(side, {"inf": math.inf, "nan": math.nan})


# What is written.


def test_one_path_is_one_product():
    x, y, z = Value(-2.0, "x"), Value(5.0, "y"), Value(-4.0, "z")
    q = x + y
    f = q * z
    q.label, f.label = "q", "f"
    assert str(explain(f, x)).split("\n\n") == [
        "q = x + y = (-2.0) + 5.0 = 3.0\nf = q * z = 3.0 * (-4.0) = -12.0",
        "df/dx = ∂f/∂q * ∂q/∂x\n      = -4.0 * 1.0\n      = -4.0",
    ]


def test_an_input_used_twice_is_a_sum_over_paths():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    assert "dy/dx = ∂y/∂x + ∂y/∂x\n      = 3.0 + 3.0\n      = 6.0\n\n2 paths lead from x to y" in str(explain(y, x))


def test_paths_that_meet_inside_get_their_own_sum():
    x = Value(2.0, "x")
    y = x * 3.0
    y.label = "y"
    z = y * y + y
    z.label = "z"
    text = str(explain(z, x))
    assert "dz/dy = ∂z/∂y + ∂z/∂v1 * ∂v1/∂y + ∂z/∂v1 * ∂v1/∂y" in text
    assert "dz/dx = dz/dy * ∂y/∂x\n      = 13.0 * 3.0\n      = 39.0" in text
    assert text.endswith("3 paths lead from x to z")


def test_nodes_without_a_label_get_short_names_that_are_not_taken():
    x, taken = Value(2.0), Value(3.0, "v1")
    y = (x * taken).tanh()
    text = str(explain(y, x))
    assert "v3 = v2 * v1 = " in text
    assert "dv4/dv2 = ∂v4/∂v3 * ∂v3/∂v2" in text


def test_the_same_label_twice_is_told_apart():
    x, other = Value(2.0, "x"), Value(3.0, "x")
    y = x * other
    y.label = "y"
    assert "dy/dx = ∂y/∂x\n" in str(explain(y, x)).replace(" = 3.0", "\n")
    assert "dy/dx#2 = ∂y/∂x#2" in str(explain(y, other))


def test_the_derivative_of_a_value_with_respect_to_itself_is_1():
    x = Value(2.0, "x")
    assert str(explain(x, x)) == "dx/dx = 1.0"


@pytest.mark.parametrize("op", autograd.OPS, ids=lambda op: op.name)
def test_every_operation_of_the_table_can_be_written(op):
    parameters = inspect.signature(op.partials).parameters.values()
    several = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    inputs = [Value(0.5, f"x{k}") for k in range(5 if several else len(parameters) - 1)]
    y = apply(op, *inputs)
    y.label = "y"
    explanation = explain(y, inputs[-1])
    assert str(explanation).startswith("y = ")
    assert explanation.latex.startswith("\\begin{aligned}\ny &= ")


def test_the_explanation_is_its_own_repr_and_latex_in_a_notebook():
    x = Value(2.0, "x")
    explanation = explain(x * x, x)
    assert repr(explanation) == str(explanation)
    assert explanation._repr_latex_() == f"$$\n{explanation.latex}\n$$"
    assert explanation.gradient == 4.0


def test_latex_has_fractions_indices_and_powers_of_ten():
    x1, w = Value(1e-7, "x1"), Value(-2.5, "weight")
    y = w * x1
    y.label = "y"
    latex = explain(y, x1).latex
    assert r"y &= {\text{weight}} \cdot x_{1} = (-2.5) \cdot 1 \times 10^{-7}" in latex
    assert r"\frac{\mathrm{d} y}{\mathrm{d} x_{1}} &= \frac{\partial y}{\partial x_{1}} \\" in latex


def test_the_argument_of_grad_and_an_exponent_of_1_are_not_written():
    x = Value(3.0, "x")
    slope = autograd.grad(lambda v: v**2)(x)
    explanation = explain(slope, x)
    assert str(explanation).split("\n\n")[0] == "v1 = x = 3.0\nv2 = 2.0 * v1 = 2.0 * 3.0 = 6.0"
    assert "∂v1/∂x" in str(explanation)
    assert r"v_{1} &= x = 3.0 \\" in explanation.latex


def test_a_node_made_by_a_transform_is_written_where_the_sums_need_it():
    x = Value(0.1, "x")
    f = autograd.sin(x) * autograd.grad(lambda v: (v * 0.7).exp() * v)(x)
    explanation = explain(f, x)
    assert "identity(x)" in str(explanation)
    assert explanation.gradient == gradient_of(f, x)
    inner = autograd.apply(autograd.ops.IDENTITY, x)
    assert "v2 = v1 * 2.0" in str(explain(inner * 2.0, inner))


@given(x=st.floats(-3.0, 3.0))
def test_passing_over_a_node_changes_no_bit(x):
    v = Value(x, "x")
    slope = autograd.grad(autograd.grad(lambda u: (u**3 + u).sin() * u))(v)
    explanation = explain(slope, v)
    assert "identity" not in str(explanation)
    assert explanation.gradient == gradient_of(slope, v)


# Exactness.


@given(data=st.data())
def test_the_numbers_multiply_and_add_up_to_the_gradient_exactly(programs, data):
    program = data.draw(programs)
    inputs = [Value(x) for x in program.inputs]
    nodes = program.nodes(*inputs)
    root = autograd.sum(nodes[len(inputs) :])
    wrt = data.draw(st.sampled_from(topological(root)))
    explanation = explain(root, wrt)
    expected = gradient_of(root, wrt)
    assert same(explanation.gradient, expected)
    sums = derivations(str(explanation))
    assert len(sums) == len(explanation.sums)
    for line, numbers in zip(explanation.sums, sums, strict=True):
        assert numbers
        assert all(same(number, line.derivative) for number in numbers)
    assert same(sums[-1][-1], expected)


def test_no_gradient_is_touched():
    x = Value(3.0, "x")
    y = x * x
    y.backward(10.0)
    before = (x.grad, y.grad)
    assert explain(y, x).gradient == 6.0
    assert (x.grad, y.grad) == before


EDGES = {
    "log and reciprocal": lambda v: v.log() * v + 1.0 / v,
    "relu before log": lambda v: (v.relu().log() + v).exp() + v.relu(),
    "flat in two places": lambda v: (v.sign() * v.relu()).sqrt() + v.step().sqrt() + autograd.maximum(v, 0.0).log(),
    "steep before flat": lambda v: v.log().step() + v,
    "nothing but flat": lambda v: v.floor().log().sqrt(),
}


@pytest.mark.parametrize("x", [0.0, -1.0, 0.5, math.inf, math.nan, 1e-320, 1e300])
@pytest.mark.parametrize("f", EDGES.values(), ids=EDGES)
def test_numbers_at_the_edges_stay_exact(f, x):
    v = Value(x, "x")
    y = f(v)
    explanation = explain(y, v)
    assert same(explanation.gradient, gradient_of(y, v))
    assert same(derivations(str(explanation))[-1][-1], explanation.gradient)


# Long graphs.


def test_a_deep_graph_of_countless_paths_is_cut_and_stays_exact():
    x = Value(0.3, "x")
    y = x
    for _ in range(20_000):
        y = (y * y).tanh() + 0.3
    y.label = "y"
    explanation = explain(y, x)
    text = str(explanation)
    assert "more than 1,000,000 paths lead from x to y" in text
    assert re.search(r"\d+ operations are not written out|[\d,]+ sums nearer to y are left out", text)
    assert len(text) < 8_000
    assert len(explanation.latex) < 16_000
    assert same(derivations(text)[-1][-1], gradient_of(y, x))


def test_a_long_chain_is_divided_into_short_products():
    x = Value(1.0, "x")
    y = x
    for _ in range(50):
        y = y.sin()
    y.label = "y"
    text = str(explain(y, x))
    assert "sums nearer to y are left out" in text
    assert max(map(len, text.split("\n"))) < 180
    assert derivations(text)[-1][-1] == gradient_of(y, x)


def test_terms_that_are_left_out_are_counted_and_their_sum_stands_for_them():
    w = Value(0.5, "w")
    root = autograd.sum([(w * (k / 7.0)).sin() for k in range(100)])
    explanation = explain(root, w)
    text = str(explanation)
    assert "(92 terms left out)" in text
    assert "100 paths lead from w to v201" in text.replace("v200", "v201")
    assert derivations(text)[-1] == [gradient_of(root, w)] * 3


def test_a_network_is_explained():
    model = MLP(2, [16, 16, 1], seed=1)
    loss = hinge([model([0.3, -0.2]), model([1.0, 0.5])], [1, -1])
    loss.label = "loss"
    w = model.parameters()[0]
    explanation = explain(loss, w)
    text = str(explanation)
    assert "layers.0.neurons.0.weights.0" in text
    assert "paths lead from layers.0.neurons.0.weights.0 to loss" in text
    assert derivations(text)[-1][-1] == gradient_of(loss, w)


# What a user typed.


@pytest.mark.parametrize("label", NASTY)
def test_any_label_is_text_on_one_line(label):
    x, other = Value(2.0, label), Value(3.0, label)
    y = x * other
    y.label = label
    text = str(explain(y, x))
    assert len(text) < 1_500
    text.encode()
    assert all(c.isprintable() or c in "\n\u200d" for c in text)
    assert len(text.split("\n")) <= 4
    assert "\u202e" not in text


@pytest.mark.parametrize("label", NASTY)
def test_any_label_is_text_in_latex(label):
    x = Value(2.0, label)
    y = x.exp()
    y.label = label
    latex = explain(y, x).latex
    latex.encode()
    outside = re.sub(r"\\[\\{}$&#%_]", "", latex)  # without escaped characters
    assert outside.count("{") == outside.count("}")
    assert not set(outside.replace("_{", "{")) & set("$#%_~`")
    known = {
        "begin",
        "end",
        "frac",
        "mathrm",
        "partial",
        "cdot",
        "times",
        "text",
        "backslash",
        "hat",
        "grave",
        "sim",
        "infty",
    }
    assert set(re.findall(r"\\([A-Za-z]+)", latex)) <= known
    assert not re.search(r"<[A-Za-z/!]|&[A-Za-z]", latex)
    inside = re.findall(r"\\text\{([^{}]*)\}", latex)
    assert not any(set(words) & set("\\{}$&#%_^~<>") for words in inside)


@given(label=st.text(max_size=60))
def test_any_text_at_all_may_be_a_label(label):
    x = Value(2.0, label)
    explanation = explain(x * x, x)
    str(explanation).encode()
    explanation.latex.encode()
    assert derivations(str(explanation))[-1][-1] == 4.0


# What is refused.


def test_anything_but_a_value_is_refused():
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"explain: wrt must be a Value, got float: 3\.0"):
        explain(x, 3.0)
    with pytest.raises(TypeError, match="explain: root must be a Value, got list"):
        explain([x], x)


def test_a_value_that_is_not_below_the_root_is_refused():
    x, other = Value(1.0, "x"), Value(1.0, "other")
    y = x * 2.0
    y.label = "y"
    with pytest.raises(ValueError, match=r"label='other'\) is not below y"):
        explain(y, other)


def test_an_op_of_the_users_own_is_written_by_its_name():
    cube = Op("cube</b>", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    x = Value(2.0, "x")
    y = apply(cube, x)
    y.label = "y"
    assert "y = cube</b>(x) = cube</b>(2.0) = 8.0" in str(explain(y, x))
    assert "{<}" in explain(y, x).latex
