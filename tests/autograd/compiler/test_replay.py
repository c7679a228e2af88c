"""Programs run by NumPy: the bits of eager on floats, and on rows for arithmetic; nothing else than 4 ulp."""

import math
import sys
import warnings
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, ops
from autograd.compiler.program import program_of
from autograd.compiler.simplify import simplified
from autograd.compiler.tracing import traced, unknown
from autograd.ops import OPS
from autograd.testing.draw.domains import DOMAINS
from autograd.testing.strategies import expressions
from autograd.transforms.structures import flatten

numpy = pytest.importorskip("numpy")

from autograd.compiler.replay import Replay  # noqa: E402 (it needs NumPy)

ARITHMETIC = (
    *(ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG, ops.SQUARE, ops.RECIPROCAL, ops.SQRT, ops.PROD),
    *((ops.SUM, ops.DOT) if sys.version_info < (3, 12) else ()),  # later, eager Python carries extra digits
    *(ops.ABS, ops.SIGN, ops.STEP, ops.FLOOR, ops.CEIL, ops.WHERE, ops.MAXIMUM, ops.MINIMUM, ops.CLIP),
    *(ops.MAX, ops.MIN, ops.RELU, ops.LEAKY_RELU, ops.HARDTANH),
)
SMOOTH = tuple([op for op in OPS if op not in (ops.LEAKY_RELU, ops.POW)])  # see the test of order 2
floats = st.sampled_from([0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 5e-324, 1e308]) | st.floats()


def recorded(f, count):
    arguments = [unknown(f"x{k}") for k in range(count)]
    outputs, _ = flatten(traced(f, arguments), "the result")
    return simplified(program_of(outputs, arguments))


def on_floats(f, *numbers):
    program = recorded(f, len(numbers))
    return Replay(program, [False] * len(numbers), [])([*numbers, *[x.data for x in program.captured]], [])


def over_rows(f, rows):
    """Replay a function with every argument by row."""
    array = numpy.array(rows, dtype=numpy.float64)
    count = array.shape[1]
    program = recorded(f, count)
    return Replay(program, [True] * count, [(0, k) for k in range(count)])([x.data for x in program.captured], [array])


def eager(f, *numbers):
    return [x.data if isinstance(x, Value) else x for x in flatten(f(*numbers), "the result")[0]]


def gradient(f):
    return autograd.grad(f, argnums=tuple(range(len(f.inputs))))


def bits(numbers):
    return ["nan" if x != x else float(x).hex() for x in numbers]


@given(expressions(max_nodes=15), st.tuples(floats, floats, floats))
def test_expressions_have_the_bits_of_eager(f, anywhere):
    for point in (f.inputs, anywhere):
        assert bits(on_floats(f, *point)) == bits(eager(f, *point))


@given(expressions(max_nodes=15), st.tuples(floats, floats, floats))
def test_gradients_have_the_bits_of_eager(f, anywhere):
    for point in (f.inputs, anywhere):
        assert bits(on_floats(gradient(f), *point)) == bits(eager(gradient(f), *point))


@given(expressions(SMOOTH, max_nodes=8))
def test_second_derivatives_have_the_bits_of_eager(f):
    """Not those of leaky_relu and pow: guards in a gradient can turn the order in which its own gradient is summed."""
    hessian = autograd.hessian(f, argnums=tuple(range(len(f.inputs))))
    assert bits(on_floats(hessian, *f.inputs)) == bits(eager(hessian, *f.inputs))


@given(expressions(max_nodes=8))
def test_second_derivatives_are_those_of_eager(f):
    hessian = autograd.hessian(f, argnums=tuple(range(len(f.inputs))))
    assert on_floats(hessian, *f.inputs) == pytest.approx(eager(hessian, *f.inputs), rel=1e-9, abs=1e-9)


def nearby(f, data, more=6):
    """Return rows: the inputs of an expression, points close by, and anything."""
    shifts = data.draw(st.lists(st.floats(-0.01, 0.01), min_size=more, max_size=more))
    anything = data.draw(st.lists(st.tuples(*[floats] * len(f.inputs)), max_size=3))
    return [f.inputs, *[tuple([x + shift for x in f.inputs]) for shift in shifts], *anything]


@given(expressions(ARITHMETIC, max_nodes=15), st.data())
def test_rows_of_arithmetic_have_the_bits_of_eager(f, data):
    rows = nearby(f, data)
    for g in (f, gradient(f)):
        columns = over_rows(g, rows)
        for k, row in enumerate(rows):
            assert bits([x if type(x) is float else x[k] for x in columns]) == bits(eager(g, *row))


@given(expressions(max_nodes=8), st.data())
def test_rows_are_close_to_eager(f, data):
    rows = [row for row in nearby(f, data) if all(map(math.isfinite, row))][:7]
    for g in (f, gradient(f)):
        columns = over_rows(g, rows)
        for k, row in enumerate(rows):
            found = [x if type(x) is float else float(x[k]) for x in columns]
            assert found == pytest.approx(eager(g, *row), rel=1e-9, abs=1e-9)


@given(expressions(max_nodes=12), st.sampled_from([nan, inf, -inf, 1e308, 0.0]), st.integers(0, 8))
def test_a_planted_row_touches_no_other(f, planted, place):
    rows = [tuple([x + k / 1024 for x in f.inputs]) for k in range(9)]
    marked = [(planted,) * len(f.inputs) if k == place else row for k, row in enumerate(rows)]
    for g in (f, gradient(f)):
        for clean, found in zip(over_rows(g, rows), over_rows(g, marked), strict=True):
            if type(clean) is not float:
                assert bits(numpy.delete(clean, place)) == bits(numpy.delete(found, place))


@given(expressions(max_nodes=10), st.lists(st.booleans(), min_size=3, max_size=3))
def test_arguments_may_be_shared_or_by_row(f, batched):
    rows = numpy.array([[x + k / 1024 for k in range(4)] for x in f.inputs]).T
    varying = [k for k in range(3) if batched[k]]
    shared = [f.inputs[k] for k in range(3) if not batched[k]]
    replay = Replay(recorded(f, 3), batched, [(0, column) for column in range(len(varying))])
    (found,) = replay(shared, [rows[:, varying]])
    for k in range(4):
        point = [rows[k, i] if batched[i] else f.inputs[i] for i in range(3)]
        value = found if type(found) is float else float(found[k])
        assert value == pytest.approx(f(*map(float, point)), rel=1e-9, abs=1e-9)


def test_what_no_row_changes_is_a_float_by_forward():
    seen = []
    own = Op("own", lambda x: seen.append(type(x)) or 2.0 * x, lambda x, z: (2.0,))
    program = recorded(lambda w, x: [apply(own, w), w * x, 3.0, w], 2)
    seen.clear()
    doubled, products, three, w = Replay(program, [False, True], [(0, 0)])([5.0], [numpy.array([[1.0], [2.0]])])
    assert (doubled, three, w) == (10.0, 3.0, 5.0)
    assert list(map(type, (doubled, three, w))) == [float] * 3
    assert products.tolist() == [5.0, 10.0]
    assert seen == [float]


def test_columns_say_which_array_and_column():
    arrays = [numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), numpy.array([[10.0], [20.0]])]
    program = recorded(lambda x, w, y: [x - y, x * w], 3)
    found = Replay(program, [True, False, True], [(0, 2), (1, 0)])([2.0], arrays)
    assert [x.tolist() for x in found] == [[-7.0, -14.0], [6.0, 12.0]]


def test_captured_numbers_follow_the_shared_arguments():
    v, w = Value(2.0), Value(3.0)
    program = recorded(lambda a, x: a * x + v * w, 2)
    assert [x.data for x in program.captured] == [2.0, 3.0]
    (found,) = Replay(program, [False, True], [(0, 0)])([10.0, 2.0, 3.0], [numpy.array([[1.0], [2.0]])])
    assert found.tolist() == [16.0, 26.0]


def test_too_few_numbers_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        Replay(recorded(lambda x, y: x * y, 2), [False, False], [])([1.0], [])


def test_arrays_are_left_as_they_were():
    rows = numpy.array([[1.0, -2.0], [-3.0, 4.0]])
    before = rows.copy()
    program = recorded(lambda x, y: [x, autograd.relu(x) * autograd.silu(1e3 * y)], 2)
    found = Replay(program, [True, True], [(0, 0), (0, 1)])([], [rows])
    found[0][:] = 0.0
    assert (rows == before).all()


def test_a_replay_runs_again_with_other_rows():
    replay = Replay(recorded(lambda x: x * x, 1), [True], [(0, 0)])
    for count in (1, 5, 2):
        rows = numpy.arange(float(count)).reshape(-1, 1)
        assert replay([], [rows])[0].tolist() == [x * x for x in range(count)]


def test_sums_go_from_left_to_right():
    numbers = (1e16, 1.0, -1e16, 1.0)
    for f in (
        lambda *xs: autograd.sum(xs),
        lambda *xs: autograd.dot([1.0] * 4, xs, 0.0),
        lambda *xs: xs[0] + xs[1] + xs[2] + xs[3],
    ):
        assert over_rows(f, [numbers])[0].tolist() == [1.0]


def test_no_warning_comes_from_numpy():
    rows = [(0.0, 0.0), (-1.0, inf), (1e308, 1e308), (nan, -0.0), (-inf, 5e-324)]
    with warnings.catch_warnings(), numpy.errstate(all="warn"):
        warnings.simplefilter("error")
        for op in OPS:
            count = DOMAINS[op].counts[-1] if DOMAINS[op].counts else len(DOMAINS[op].inputs)
            over_rows(lambda *xs, op=op, count=count: apply(op, *(xs * 4)[:count]), rows)


def test_numpy_settings_are_left_as_they_were():
    with numpy.errstate(all="raise"):
        settings = numpy.geterr()
        over_rows(lambda x: 1.0 / x, [(0.0,)])
        assert numpy.geterr() == settings


def test_an_op_of_your_own_is_called_row_by_row_with_floats():
    seen = []
    own = Op("own", lambda x, y: seen.append((x, y)) or x - y, lambda x, y, z: (1.0, -1.0))
    program = recorded(lambda x, w: apply(own, x, w), 2)
    seen.clear()
    (found,) = Replay(program, [True, False], [(0, 0)])([0.5], [numpy.array([[1.0], [2.0]])])
    assert found.tolist() == [0.5, 1.5]
    assert seen == [(1.0, 0.5), (2.0, 0.5)]
    assert {type(x) for pair in seen for x in pair} == {float}


def test_what_an_op_of_your_own_raises_comes_out():
    def forward(x):
        if x == 2.0:
            raise KeyError("two")
        return x

    own = Op("own", forward, lambda x, z: (1.0,))
    for run in (
        lambda: over_rows(lambda x: apply(own, x), [(1.0,), (2.0,)]),
        lambda: on_floats(lambda x: apply(own, x), 2.0),
    ):
        with pytest.raises(KeyError, match="two"):
            run()


def test_an_op_of_your_own_may_return_what_counts_as_a_number():
    own = Op("own", lambda x: x > 1.0, lambda x, z: (0.0,))
    assert over_rows(lambda x: apply(own, x), [(1.0,), (2.0,)])[0].tolist() == [0.0, 1.0]
    assert on_floats(lambda x: apply(own, x), 2.0) == [1.0]


def test_an_argument_may_come_back_as_it_is():
    assert over_rows(lambda x: [x, x.detach(), -x], [(1.0,), (-0.0,)])[1].tolist() == [1.0, -0.0]
    assert on_floats(lambda x: x, 3.0) == [3.0]
