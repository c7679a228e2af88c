"""What native code computes: the numbers of eager Python, for any expression, number of rows, and tier."""

import math
import os
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, compile, grad, hessian, ops, topological, value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.testing.strategies import expressions  # noqa: E402

ARITHMETIC = [ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG, ops.SQUARE, ops.RECIPROCAL, ops.SQRT, ops.PROD]
EXACT = [
    *ARITHMETIC, ops.ABS, ops.SIGN, ops.STEP, ops.FLOOR, ops.CEIL, ops.WHERE, ops.CLIP,
    ops.MAXIMUM, ops.MINIMUM, ops.MAX, ops.MIN, ops.RELU, ops.LEAKY_RELU, ops.HARDTANH,
]  # fmt: skip
EDGES = [0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 1e-200, 3.5, -2.25]
TIERS = ["straight", "interpreter"]
ULP = 2.0**-52
some = settings(max_examples=settings.default.max_examples // 2, suppress_health_check=[HealthCheck.too_slow])


def bits(tree):
    """Return the numbers in a nesting, told apart to the last bit, but for NaNs."""
    return [x.hex() if x == x else "nan" for x in numpy.ravel(tree).tolist()]


def gradient(f):
    return grad(f, argnums=tuple(range(len(f.inputs))))


def second(f):
    """Return the Hessian of an expression as a function of its inputs one by one."""
    return lambda *inputs: hessian(lambda xs: f(*xs))(list(inputs))


def rounding(result):
    """Return how far a result may be off if each of its operations is off by a few units in the last place.

    A slip at an operation reaches the result multiplied by the derivative by it, which one backward pass finds.
    """
    if not isinstance(result, Value):
        return 0.0
    nodes = topological(result)
    for node in nodes:
        node.grad = 0.0
    result.backward()
    return 10.0 * ULP * sum([abs(node.data * node.grad) for node in nodes]) + 1e-300


def assert_close(found, f, inputs):
    """Check results against those of f on Values, whose graph says how far they may be off."""
    expected = numpy.ravel(numpy.array(f(*map(Value, inputs)), dtype=object)).tolist()
    for x, y in zip(numpy.ravel(found).tolist(), expected, strict=True):
        number = y.data if isinstance(y, Value) else y
        assert abs(x - number) <= rounding(y), (x, number)


def nearby(inputs, rows):
    """Return columns of rows that start with these inputs and move away by a little."""
    return [[x * (1.0 + 1e-7 * k) for k in range(rows)] for x in inputs]


def by_row(results, rows):
    """Return nested results with rows along axis 0 as one array, rows x numbers."""
    if isinstance(results, (list, tuple)):
        return numpy.concatenate([by_row(x, rows) for x in results], axis=1)
    return results.reshape(rows, -1)


# Any expression.


@pytest.mark.parametrize("order", [lambda f: f, gradient], ids=["value", "gradient"])
@some
@given(f=expressions(EXACT))
def test_arithmetic_roots_and_choices_have_the_bits_of_eager(order, f):
    assert bits(compile(order(f))(*f.inputs)) == bits(order(f)(*f.inputs))


@some
@given(f=expressions(ARITHMETIC))
def test_so_have_second_derivatives_of_arithmetic(f):  # of choices the parts may be added up in another order
    assert bits(compile(second(f))(*f.inputs)) == bits(second(f)(*f.inputs))


@pytest.mark.parametrize("order", [lambda f: f, gradient], ids=["value", "gradient"])
@some
@given(data=st.data(), f=expressions(EXACT, max_nodes=12))
def test_so_has_each_row_at_edges_nan_and_infinity_too(order, data, f):
    row = st.tuples(*[st.sampled_from([x, *EDGES]) for x in f.inputs])
    rows = [f.inputs, *data.draw(st.lists(row, min_size=1, max_size=12))]
    found = by_row(compile(order(f), in_axes=0)(*map(list, zip(*rows, strict=True))), len(rows))
    for got, each in zip(found, rows, strict=True):
        assert bits(got) == bits(order(f)(*each))


@pytest.mark.parametrize("order", [lambda f: f, gradient, second], ids=["value", "gradient", "hessian"])
@some
@given(f=expressions())
def test_any_expression_is_within_a_few_units_in_the_last_place(order, f):
    assert_close(compile(order(f))(*f.inputs), order(f), f.inputs)


@pytest.mark.parametrize("order", [lambda f: f, gradient, second], ids=["value", "gradient", "hessian"])
@some
@given(f=expressions(max_nodes=20))
def test_so_is_each_row(order, f):
    columns = nearby(f.inputs, rows=3)
    found = by_row(compile(order(f), in_axes=0)(*columns), 3)
    for got, inputs in zip(found, zip(*columns, strict=True), strict=True):
        assert_close(got, order(f), inputs)


@some
@given(f=expressions())
def test_value_and_grad_is_both(f):
    value, slopes = compile(value_and_grad(f, argnums=tuple(range(len(f.inputs)))))(*f.inputs)
    assert_close(value, f, f.inputs)
    assert_close(slopes, gradient(f), f.inputs)


@pytest.mark.parametrize("order", [lambda f: f, gradient, second], ids=["value", "gradient", "hessian"])
@some
@given(f=expressions())
def test_all_tiers_give_the_same_bits(order, f):
    columns = nearby(f.inputs, rows=5)
    one, other = (Compiled(order(f), None, None, False, tier)(*f.inputs) for tier in TIERS)
    assert bits(one) == bits(other)
    one, other = (Compiled(order(f), 0, None, False, tier)(*columns) for tier in TIERS)
    assert bits(by_row(one, 5)) == bits(by_row(other, 5))


@some
@given(f=expressions())
def test_contraction_is_as_close(tier, f):
    assert_close(Compiled(f, None, None, True, tier)(*f.inputs), f, f.inputs)
    assert_close(Compiled(gradient(f), None, None, True, tier)(*f.inputs), gradient(f), f.inputs)


# Rows.


def test_a_row_is_the_same_in_a_batch_of_any_size(tier, curve, column, batch_sizes):
    f = Compiled(value_and_grad(curve, argnums=(0, 1)), (0, None), None, False, tier)
    (whole, (by_x, by_w)) = f(column(300), 1.25)
    for rows in batch_sizes:
        value, (one, other) = f(column(300)[:rows], 1.25)
        assert value.shape == one.shape == other.shape == (rows,)
        assert bits(value) == bits(whole[:rows])
        assert bits([one, other]) == bits([by_x[:rows], by_w[:rows]])
    for k in range(12):
        eager = value_and_grad(curve, argnums=(0, 1))(column(300)[k], 1.25)
        assert [whole[k], by_x[k], by_w[k]] == pytest.approx([eager[0], *eager[1]], rel=1e-14)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_row_that_is_not_a_number_touches_no_other(tier, bad, column):
    def f(x, w):
        return autograd.sqrt(x * x + w) / (x + 3.0), autograd.exp(x) + autograd.lgamma(x + 4.0)

    each = Compiled(f, (0, None), None, False, tier)
    total = Compiled(f, (0, None), "sum", False, tier)
    for rows in (1, 5, 8, 31, 32, 33, 65):
        clean = column(rows)
        expected = by_row(each(clean, 2.0), rows)
        for place in {0, rows // 2, rows - 1}:
            planted = [*clean[:place], bad, *clean[place + 1 :]]
            found = by_row(each(planted, 2.0), rows)
            others = numpy.arange(rows) != place
            assert bits(found[others]) == bits(expected[others])
            assert bits(found[place]) == bits(f(bad, 2.0))
            with numpy.errstate(invalid="ignore"):
                assert bits(total(planted, 2.0)) == bits(found.sum(axis=0))


# Programs that are laid out in different ways.


def wide(xs):
    sums = [autograd.dot(xs, xs[k:] + xs[:k]) for k in range(len(xs))]
    return autograd.sum([a * b - autograd.tanh(a / b) for a, b in pairwise(sums)])


def neural(x, weights):
    hidden = [autograd.relu(autograd.dot(row, x)) for row in weights]
    return autograd.sum([h * h for h in hidden]) + autograd.dot(hidden, hidden[::-1], 0.5)


@pytest.mark.parametrize("tier", ["", *TIERS])
def test_a_wide_program_adds_up_in_the_order_it_was_written(tier):
    xs = [math.sin(1.0 + k) for k in range(30)]
    value, slopes = Compiled(value_and_grad(wide), None, None, False, tier)(xs)
    eager, expected = value_and_grad(wide)(xs)
    assert value == pytest.approx(eager, rel=1e-12)
    assert slopes == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("tier", ["", *TIERS])
def test_layers_have_the_gradients_of_eager(tier):
    weights = [[math.sin(3.0 * i + j) for j in range(9)] for i in range(12)]
    rows = [[math.cos(k * 1.3 + j) for j in range(9)] for k in range(11)]
    f = Compiled(value_and_grad(neural, argnums=(0, 1)), (0, None), None, False, tier)
    values, (by_x, by_w) = f(rows, weights)
    assert by_x.shape == (11, 9)
    for k, row in enumerate(rows):
        value, (one, other) = value_and_grad(neural, argnums=(0, 1))(row, weights)
        assert values[k] == pytest.approx(value, rel=1e-13)
        assert by_x[k] == pytest.approx(one, rel=1e-12, abs=1e-12)
        assert numpy.ravel([[column[k] for column in neuron] for neuron in by_w]) == pytest.approx(
            numpy.ravel(other), rel=1e-12, abs=1e-12
        )


def test_the_order_of_a_sum_is_kept(tier):
    def f(x):
        return ((x * 1e16 + 1.0) + x * -1e16) + 1.0, (x * 1e16 + x * -1e16) + (1.0 + 1.0)

    assert Compiled(f, None, None, False, tier)(1.0) == f(1.0) != (2.0, 2.0)


def test_a_sum_of_thousands_of_products_is_a_loop_though_it_is_one_operation():
    f = compile(lambda w, x: autograd.dot(w, x))
    w, x = numpy.linspace(-1.0, 1.0, 4_000), numpy.linspace(0.5, 2.0, 4_000)
    expected = autograd.dot(w.tolist(), x.tolist())
    assert f(w, x) == pytest.approx(expected, rel=1e-12)  # Python 3.12 adds with more digits
    assert f.report().tier == "interpreter"
    f(w[:50], x[:50])
    assert f.report().tier == "straight"


@pytest.fixture
def soon(monkeypatch):
    """Let programs of more than 5 operations be large, and run for long after 20 calls of 10 operations."""

    from autograd.compiler.run import specialization

    monkeypatch.setattr(specialization, "SMALL", 5)
    monkeypatch.setattr(specialization, "PATIENCE", 200)


def ten(x, y=1.0):
    for k in range(5):
        x = autograd.sin(x) * (y + k)
    return x


@pytest.mark.parametrize("kinds", [(1.5,), ([1.5],)])
def test_a_program_that_has_run_for_long_becomes_straight_line_code(kinds, soon):
    f = compile(lambda x: ten(x[0] if isinstance(x, list) else x))
    found = [(f(*kinds), f.report().tier) for _ in range(40)]
    tiers = [tier for _, tier in found]
    assert 15 <= tiers.index("straight") <= 25
    assert tiers == sorted(tiers)  # interpreter, then straight
    assert len({result for result, _ in found}) == 1


def test_rows_count_for_how_long_a_program_has_run(soon):
    f = compile(ten, in_axes=(0, None), reduce="sum")
    x = numpy.linspace(0.0, 1.0, 3)
    found = [(f(x, 2.0), f.report().tier) for _ in range(12)]
    assert [tier for _, tier in found][:2] == ["interpreter", "interpreter"]
    assert found[-1][1] == "straight"
    assert found[0][0] == pytest.approx(found[-1][0], rel=1e-15)


def test_each_structure_has_its_own_patience_and_a_tier_that_was_asked_for_stays(soon):
    f = compile(ten)
    for _ in range(30):
        f(0.5)
    assert f.report().tier == "straight"
    f(0.5, 2.0)
    assert f.report().tier == "interpreter"
    f(0.5)
    assert f.report().tier == "interpreter"  # of the structure recorded last
    loops = Compiled(ten, None, None, False, "interpreter")
    for _ in range(60):
        loops(0.5)
    assert loops.report().tier == "interpreter"


def test_networks_stay_loops(soon):
    weights = numpy.arange(1.0, 65.0).reshape(8, 8)
    f = compile(lambda x: [autograd.relu(autograd.dot(w, x)) for w in weights])
    for _ in range(60):
        f(numpy.ones(8))
    assert f.report().tier == "interpreter"


def test_threads_may_meet_where_the_code_is_replaced(soon, in_threads):
    f, expected, wrong = compile(ten), ten(0.25), []

    def work():
        for _ in range(200):
            if f(0.25) != pytest.approx(expected, rel=1e-14):
                wrong.append(f(0.25))

    in_threads(*[work] * 8)
    assert wrong == []
    assert f.report().tier == "straight"


FORKED = """
import os, sys, threading, time
import numpy
import autograd
from autograd.compiler.compiled import Compiled

K = [1.0]
shared = autograd.compile(lambda xs: sum([autograd.sin(x) * x for x in xs], 0.0))
shared(numpy.ones(2))

def work():
    while True:
        K[0] += 1.0
        new = Compiled(lambda xs: sum([autograd.sin(x) * K[0] for x in xs], 0.0), None, None, False, "straight")
        new(numpy.ones(400))
        shared(numpy.ones(3 + int(K[0])))

threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
for k in range(6):
    time.sleep(0.007 * k)
    child = os.fork()
    if not child:
        autograd.compile(lambda x: x * x + k)(2.0)
        shared(numpy.ones(2000 + k))
        os._exit(0)
    end = time.monotonic() + 20.0
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > end:
            os.kill(child, 9)
            print("a child hangs")
            os._exit(1)
        time.sleep(0.01)
print("all ended")
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_can_compile_though_another_thread_was_compiling_at_the_fork():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=200)
    assert done.stdout.strip() == "all ended", done.stdout + done.stderr
