"""Which numbers of a result are truths: comparisons and bools, wherever they are and whatever is done to them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, compile  # noqa: E402
from autograd.compiler.trace.tracing import traced, unknown  # noqa: E402
from autograd.compiler.trace.truths import masks, truths  # noqa: E402
from autograd.transforms.structures import Structure  # noqa: E402


def test_a_comparison_gives_bools():
    f = compile(lambda x, y: (x < y, [x <= y, x > y], {"e": x == y, "n": x != y}, x * 2.0, 3))
    for _ in range(3):  # however often it was called
        found = f(1.0, 2.0)
        assert found == (True, [True, False], {"e": False, "n": True}, 2.0, 3.0)
        assert [type(x) for x in (found[0], *found[1], *found[2].values(), *found[3:])] == [bool] * 5 + [float] * 2
    mask = compile(lambda x: x > 0.0, in_axes=0)(numpy.array([-1.0, 2.0, math.nan]))
    assert (mask.dtype, mask.tolist()) == (bool, [False, True, False])
    array = compile(lambda x: numpy.array([x > 0.0, x < 0.0]))
    assert (array(1.0).dtype, array(1.0).tolist()) == (bool, [True, False])
    arrays, mixed = compile(lambda x: (numpy.array([x > 0.0, True]), numpy.array([x > 0.0, x])), in_axes=0)([1.0, -1.0])
    assert (arrays.dtype, arrays.tolist()) == (bool, [[True, True], [False, True]])
    assert (mixed.dtype, mixed.tolist()) == (float, [[1.0, 1.0], [0.0, -1.0]])


def test_truths_that_no_number_changes_are_bools_too():
    one, two, three = compile(lambda x: (True, 1.0 > 2.0, 1.0))(5.0)
    assert (one, two, type(three)) == (True, False, float)
    (rows,) = compile(lambda x: [False], in_axes=0)([1.0, 2.0])
    assert (rows.dtype, rows.tolist()) == (bool, [False, False])


@pytest.mark.parametrize(("reduce", "expected"), [("sum", 2.0), ("mean", 0.5)])
def test_truths_are_counted(reduce, expected):
    f = compile(lambda x: x > 1.0, in_axes=0, reduce=reduce)
    assert (type(f([0.0, 1.0, 2.0, 3.0])), f([0.0, 1.0, 2.0, 3.0])) == (float, expected)


def test_a_truth_inside_no_grad_is_one():
    def f(x):
        with autograd.no_grad():
            return x > 0.0

    assert compile(f)(1.0) is True


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x > 0.0) & (x < 2.0),
        lambda x: (x > 2.0) | (x < 0.0),
        lambda x: (x > 0.0) ^ (x < 2.0),
        lambda x: True & (x > 0.0),
        lambda x: ((x > 0.0) | False) & (x != 1.0),
    ],
)
def test_masks_combine_as_bools_do(f):
    X = numpy.array([-1.0, 1.0, 3.0])
    wanted = [f(x) for x in X.tolist()]
    assert [compile(f)(x) for x in X.tolist()] == wanted
    mask = compile(f, in_axes=0)(X)
    assert mask.dtype == bool
    assert mask.tolist() == wanted


def test_only_truths_combine_as_bits():
    with pytest.raises(TypeError, match="unsupported operand"):
        compile(lambda x: (x > 0.0) & x)(1.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda v: (v > 0.0) & (v < 2.0),
        lambda v: numpy.logical_or(v > 2.0, v < 0.0),
        lambda v: ~(v > 0.0),
        lambda v: numpy.any(v > 2.0),
        lambda v: numpy.all(v > 2.0),
        lambda v: (v != v).any(),
        numpy.signbit,
        lambda v: numpy.isclose(v, 1.0),
    ],
)
@pytest.mark.parametrize("numbers", [[-1.0, 1.0, 3.0], [math.nan, math.inf, -0.0]])
def test_truths_of_arrays_are_bools_as_in_numpy(f, numbers):
    v = numpy.array(numbers)
    got, wanted = compile(f)(v), f(v)
    assert numpy.asarray(got).dtype == bool
    assert numpy.array_equal(got, wanted)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Value(1.0), [False]),
        (True, [True]),
        (numpy.True_, [True]),
        (1.0, [False]),
        (None, []),
        ([True, (2.0, {"a": False, "b": 0})], [True, False, True, False]),
        (numpy.array([[True, False]]), [True, True]),
        (numpy.array([True, 1.0, Value(0.0)], dtype=object), [True, False, False]),
        (numpy.zeros((0, 2), dtype=bool), []),
    ],
)
def test_each_number_of_a_result_is_a_truth_or_none(result, expected):
    assert truths(result) == expected


def test_a_comparison_that_is_recorded_is_a_truth_whatever_hides_it_from_derivatives():
    def f(x):
        with autograd.no_grad():
            hidden = x < 1.0
        return [x == 2.0, hidden, hidden * 1.0, x]

    assert truths(traced(f, [unknown("x")])) == [True, True, False, False]


@given(st.lists(st.tuples(st.sampled_from([None, (), (0,), (1,), (3,), (2, 2)]), st.integers(0, 2**4 - 1)), max_size=5))
def test_a_leaf_is_of_bools_if_all_of_its_numbers_are_truths_and_there_are_some(leaves):
    shapes, truth, expected = [], [], []
    for shape, drawn in leaves:
        among = [bool(drawn >> k & 1) for k in range(int(numpy.prod(shape or ())))]
        shapes.append(shape)
        truth += among
        expected.append(among != [] and False not in among)
    assert masks(Structure(list, shapes), truth) == expected
