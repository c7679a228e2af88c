"""The notebook on compiling: programs, agreement with eager code and with NumPy; no test looks at a time."""

import re
from itertools import pairwise

import pytest

import autograd
import nn

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

NOTEBOOK = "10_compile"

PROGRAM = """\
v0 = x0
v1 = x1
v2 = 2.0
v3 = mul v0 v1
v4 = add v3 v0
v5 = pow_constant v4 v2
v6 = mul v2 v4
v7 = mul v6 v1
v8 = add v6 v7
v9 = mul v6 v0
return v5 v8 v9
"""
CAPTURED = """\
v0 = x0
v1 = captured w
v2 = mul v1 v0
return v2
"""


def test_the_first_compiled_function_gives_value_and_gradient(notebook):
    # (xy + x)^2 at (2, 3) is 8^2; its derivatives are 2 * 8 * (3 + 1) and 2 * 8 * 2.
    for label in ("eager", "compiled"):
        assert notebook.find(rf"^{label}: +\(64\.0, \(64\.0, 32\.0\)\)$")


def test_its_program_is_shown_and_straight(notebook):
    assert PROGRAM in notebook.printed + "\n"
    report = notebook.find(r"operations +(\d+)\ntier +(\w+)\ngroups +(\d+)\nlanes +(\d+)\ncompile time +[\d.]+ ms")
    assert report == ("7", "straight", "1", "1")


def test_its_native_code_has_the_programs_arithmetic_in_one_lane_and_in_several(notebook):
    one = re.findall(r"^%\w+ = f(mul|add) double ", notebook.printed, re.MULTILINE)
    assert sorted(one) == ["add"] * 2 + ["mul"] * 5
    lanes = notebook.number("rows side by side")
    several = re.findall(r"^%\w+ = f(mul|add) <\d+ x double> ", notebook.printed, re.MULTILINE)
    assert lanes > 1
    assert several
    assert set(several) == {"add", "mul"}


def test_a_loop_of_python_is_recorded_as_a_row_of_operations(notebook):
    assert notebook.number("value") == 4321.0
    text = notebook.find(r"^value: 4321\.0\n((?:v\d+ = .*\n)+return v10)$")[0]
    assert re.findall(r"= (mul|add) ", text) == ["mul", "add"] * 3


def test_values_from_outside_are_read_afresh(notebook):
    assert (notebook.number("before"), notebook.number("after")) == (6.0, 30.0)
    assert CAPTURED in notebook.printed + "\n"


def test_rows_are_computed_one_by_one_and_averaged(notebook):
    # The errors of 2x + 1 are 0, 0, 0 and -1; the gradient is the mean of 2 * error * (x, 1).
    assert notebook.find(r"^each row: \[0\. 0\. 0\. 1\.\]$")
    assert notebook.find(r"^mean and its gradient: \(0\.25, array\(\[-1\.5, -0\.5\]\)\)$")


def test_deciding_in_python_is_refused_and_where_decides(notebook):
    assert notebook.find(r"^a compiled function decides by a recorded Value\b")
    assert notebook.find(
        r"^choose with autograd\.where\(condition, x, y\), maximum, minimum or clip; bind a flag that .*$"
    )
    assert notebook.find(r"^in the line `if abs\(x\) <= 1\.0:`$")
    assert notebook.find(r"^huber: \[2\.5 +0\.125 0\.125 2\.5 *\]$")
    assert notebook.find(r"^slope: \[-1\. +-0\.5 +0\.5 +1\. *\]$")


def test_the_compiled_hessian_is_the_eager_one_and_leads_to_the_minimum(notebook):
    # Entries reach 1,600. The same operations; only on Python 3.12 and later may sums differ by some roundings.
    assert notebook.number("largest difference") < 1e-9
    assert notebook.number("distance from the minimum after 10 steps") < 1e-12


def network_in_numpy():
    """Return the parameters and a function from them to the mean loss of the notebook's network over its rows."""
    random = numpy.random.default_rng(0)
    sizes = (2, 16, 16, 1)
    count = sum(n * (m + 1) for m, n in pairwise(sizes))
    w, x = random.normal(size=count) / 2.0, random.normal(size=(100, 2))
    y = numpy.sin(3.0 * x[:, 0]) * x[:, 1]

    def mean_loss(w):
        h, start = x, 0
        for m, n in pairwise(sizes):
            layer = w[start : start + n * (m + 1)].reshape(n, m + 1)
            start += layer.size
            h = h @ layer[:, :-1].T + layer[:, -1]
            h = h if n == 1 else numpy.tanh(h)
        return numpy.mean((h[:, 0] - y) ** 2)

    return w, mean_loss


def test_the_networks_loss_and_gradient_are_those_of_numpy(notebook):
    w, mean_loss = network_in_numpy()
    assert notebook.number("parameters") == w.size == 337
    assert notebook.number("mean loss over the rows") == pytest.approx(mean_loss(w), abs=1e-12)
    steps = 1e-5 * numpy.eye(w.size)
    slopes = [(mean_loss(w + step) - mean_loss(w - step)) / 2e-5 for step in steps]
    # Differences are exact to step^2 = 1e-10, times third derivatives, and 1e-16 / step = 1e-11.
    assert notebook.number("length of its gradient") == pytest.approx(numpy.linalg.norm(slopes), rel=1e-7)


def test_every_stage_says_what_is_left(notebook):
    recorded, operations, groups, lines = [
        notebook.number(label) for label in ("record", "simplify", "group", "native code")
    ]
    lanes = int(notebook.find(r"^lanes: (\d+) rows at a time$")[0])
    assert recorded > operations > groups >= 1
    assert lines > 100
    assert lanes > 1
    assert operations == int(re.findall(r"^operations +([\d,]+)$", notebook.printed, re.MULTILINE)[1].replace(",", ""))


def test_arithmetic_keeps_every_bit_and_functions_all_but_a_few_units(notebook):
    assert notebook.number("numbers compared") == 3000
    assert notebook.number("with other bits") == 0
    units = re.findall(r"^\w+: at most (\d+) units in the last place$", notebook.printed, re.MULTILINE)
    assert len(units) == 4
    assert max(map(int, units)) <= 4


def test_a_row_that_turns_nan_leaves_the_others_alone(notebook):
    # sqrt(x) log(x) has the slope log(x) / (2 sqrt(x)) + 1 / sqrt(x), which is 1 at 1.
    assert notebook.find(r"^slopes: \[ *1\. +nan +1\.\]$")


def test_all_that_are_timed_compute_the_same(notebook):
    for name in ("chainrule, eager", "chainrule, compiled", "NumPy by hand"):
        assert notebook.number(f"{name}: differs from NumPy by at most") < 1e-12
        assert notebook.find(rf"^{name} +[\d,.]+ microseconds, +[\d,.]+ x compiled$")
    for name in ("PyTorch", "JAX, jit"):
        missing = f"{name}: not installed, so not measured" in notebook.printed
        assert missing != (f"{name}: differs from NumPy" in notebook.printed)
        if not missing:
            assert notebook.number(f"{name}: differs from NumPy by at most") < 1e-12
            assert notebook.find(rf"^{name} +[\d,.]+ microseconds, +[\d,.]+ x compiled$")


def test_training_in_python_and_compiled_agree(notebook):
    assert notebook.number("largest difference of a loss") < 1e-9
    assert notebook.number("largest difference of a parameter") < 1e-9
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=1)
    X, y = nn.data.moons(100, noise=0.1, seed=1)
    with autograd.no_grad():
        losses = [nn.losses.binary_cross_entropy_with_logits(model(row), t).data for row, t in zip(X, y, strict=True)]
    assert notebook.number("first loss") == pytest.approx(sum(losses) / 100, abs=1e-9)
    assert notebook.number("last loss") < 0.5 * notebook.number("first loss")


def test_the_stages_and_the_times_are_drawn(notebook):
    assert len(notebook.pictures("image/png")) == 2
