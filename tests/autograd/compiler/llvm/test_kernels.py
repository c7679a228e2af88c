"""The loops over slots: each does what it says, for any number of places, rows and lanes."""

import math
import operator
from array import array
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import compile, ops  # noqa: E402
from autograd.compiler.lower.plan import KernelCall  # noqa: E402

LANES = [2, 8, 32]  # with one lane, what varies and what does not are in the same memory
SMALL = st.integers(-9, 9).map(float)  # whose sums and products are exact


def call(key, length, dst, table=(), k=0):
    return KernelCall(key, length, dst, array("i", table), k)


def load(columns, dst=0):
    """Return the step that loads so many columns of the first array into slots."""
    return call(("load",), columns, dst, [x for column in range(columns) for x in (0, column)])


def store(slots):
    return call(("store",), len(slots), 0, slots, len(slots))


def test_rows_with_many_numbers_see_those_of_their_own():
    def f(row, w):
        products = [x * y for x, y in zip(row, w, strict=True)]
        return reduce(operator.add, products), row[0] - row[-1]  # Python 3.12's sum of floats carries extra digits

    for rows in (1, 4, 17, 33):
        table = numpy.arange(rows * 5.0).reshape(rows, 5) ** 1.5
        w = [0.5, -1.0, 2.0, 0.25, 1.0]
        products, ends = compile(f, in_axes=(0, None))(table, w)
        for k, row in enumerate(table.tolist()):
            assert (products[k], ends[k]) == f(row, w)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("index", [[0], [2, 2, 0, 4, 1], [*range(4, -1, -1)] * 9])
def test_rows_are_loaded_by_their_numbers_and_stored_in_the_order_of_the_call(run_kernels, lanes, index):
    rows = [[10.0 * row + column for column in range(3)] for row in range(5)]
    steps = [load(3, dst=1), store([3, 1])]
    _, output, _ = run_kernels(rows=steps, uniform=[], varying=4, lanes=lanes, table=rows, index=index, width=2)
    assert output[: len(index)].tolist() == [[rows[k][2], rows[k][0]] for k in index]
    assert numpy.isnan(output[-1]).all(), "nothing is written behind the last block"


@pytest.mark.parametrize("lanes", LANES)
def test_a_number_that_no_row_changes_is_spread_over_all_of_them(run_kernels, lanes):
    steps = [call(("spread",), 2, 0, [2, 0]), store([0, 1])]
    _, output, _ = run_kernels(rows=steps, uniform=[1.5, 2.5, 3.5], varying=2, lanes=lanes, table=[[0.0]] * 9, width=2)
    assert output[:9].tolist() == [[3.5, 1.5]] * 9


@pytest.mark.parametrize("kinds", ["cc", "cs", "sc", "ss", "uu", "vu", "cu", "us"])
@given(st.lists(SMALL, min_size=1, max_size=40), st.data())
def test_an_op_takes_operands_next_to_each_other_all_the_same_or_from_a_table(run_kernels, kinds, numbers, data):
    count, size = len(numbers), len(numbers)
    places = st.integers(0, size - 1)
    header, columns, operands = [], [], []
    for kind in kinds:
        if kind in "cs":
            first = 0 if kind == "c" else data.draw(places)
            header.append(first)
            operands.append(numbers if kind == "c" else [numbers[first]] * count)
        else:
            column = data.draw(st.lists(places, min_size=count, max_size=count))
            columns.append(column)
            operands.append([numbers[x] for x in column])
    table = [*header, *[x for row in zip(*columns, strict=True) for x in row]]
    step = call(("op", ops.SUB, kinds), count, size, table)
    found, _, _ = run_kernels(before=[step], uniform=[*numbers, *[0.25] * (count + 1)])
    assert found == [*numbers, *map(operator.sub, *operands), 0.25], "and nothing behind them"


def test_an_op_of_the_c_library_has_the_bits_of_one_lane_whatever_its_place(run_kernels):
    numbers = [0.1 * k for k in range(19)]
    step = call(("op", ops.EXP, "c"), 19, 19, [0])
    found, _, _ = run_kernels(before=[step], uniform=[*numbers, *[0.0] * 19])
    assert found[19:] == list(map(math.exp, numbers))


@pytest.mark.parametrize("lanes", LANES)
def test_an_op_on_rows_mixes_what_varies_with_what_does_not(run_kernels, lanes):
    rows = [[float(k), -0.5 * k] for k in range(11)]
    steps = [load(2), call(("op", ops.SUB, "vu"), 2, 2, [0, 1, 1, 0]), store([2, 3])]
    _, output, _ = run_kernels(rows=steps, uniform=[3.0, 7.0], varying=4, lanes=lanes, table=rows, width=2)
    assert output[:11].tolist() == [[a - 7.0, b - 3.0] for a, b in rows]


@pytest.mark.parametrize("lanes", LANES)
def test_fused_ops_pass_on_what_they_make_and_store_what_is_asked_for_side_by_side(run_kernels, lanes):
    """From columns x, which varies, and c: x * c is kept in a register, -(x * c) and -(x * c) + x are stored."""
    members = ((ops.MUL, (0, 1), False), (ops.NEG, (2,), True), (ops.ADD, (3, 0), True))
    rows = [[k + 0.5, 2.0 * k, -1.0 * k] for k in range(10)]
    fused = call(("fused", "vu", members), 3, 3, [0, 1, 1, 0, 2, 1])
    steps = [load(3), fused, store(list(range(3, 9)))]
    _, output, _ = run_kernels(rows=steps, uniform=[3.0, 5.0], varying=9, lanes=lanes, table=rows, width=6)
    expected = []
    for row in rows:
        negative = [-(x * c) for x, c in zip(row, (5.0, 3.0, 5.0), strict=True)]
        expected.append([*negative, *map(operator.add, negative, row)])
    assert output[:10].tolist() == expected


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("start", [None, False, True], ids=["no start", "shared start", "start by row"])
@pytest.mark.parametrize("guarded", [False, True])
@settings(max_examples=settings.default.max_examples // 2)
@given(neurons=st.integers(1, 9), inputs=st.integers(1, 5), data=st.data())
def test_neurons_add_up_their_products_from_their_start(run_kernels, lanes, start, guarded, neurons, inputs, data):
    """A product counts where its guard is not 0, and its factors may be anything where it is."""
    count = data.draw(st.integers(1, 9))
    weights = data.draw(st.lists(SMALL, min_size=neurons * inputs, max_size=neurons * inputs))
    draw = data.draw(st.randoms(use_true_random=False))
    rows = []
    for _ in range(count):
        guards = [float(draw.choice((0, 0, 1, -2))) for _ in range(inputs)]
        xs = [float(draw.randint(-9, 9)) for _ in range(inputs)]
        if guarded:
            xs = [x if guard else math.nan for x, guard in zip(xs, guards, strict=True)]
        rows.append([*xs, *guards, 0.5])
    shared, gates, own = list(range(inputs)), list(range(inputs, 2 * inputs)), range(neurons * inputs)
    table = [*shared, *(gates if guarded else [])]
    for j in range(neurons):
        table += [] if start is None else [2 * inputs if start else len(weights)]
        table += own[j * inputs : (j + 1) * inputs]
    columns = 2 * inputs + 1
    dots = call(("dots", start, False, True, guarded), neurons, columns, table, inputs)
    _, output, _ = run_kernels(
        rows=[load(columns), dots, store(list(range(columns, columns + neurons)))],
        uniform=[*weights, 0.25], varying=columns + neurons, lanes=lanes, table=rows, width=neurons,
    )  # fmt: skip
    for found, row in zip(output, rows, strict=False):
        for j in range(neurons):
            expected = {None: 0.0, False: 0.25, True: 0.5}[start]
            for w, x, guard in zip(weights[j * inputs :], row[:inputs], row[inputs : 2 * inputs], strict=False):
                expected += w * x if guard or not guarded else 0.0
            assert found[j] == expected


@pytest.mark.parametrize("start", [None, False], ids=["no start", "start"])
@given(weights=st.lists(SMALL, min_size=1, max_size=30), inputs=st.integers(1, 4), data=st.data())
def test_neurons_that_no_row_changes_do_so_too(run_kernels, start, weights, inputs, data):
    neurons = -(-len(weights) // inputs)
    weights += [0.5] * (neurons * inputs - len(weights))
    xs = data.draw(st.lists(SMALL, min_size=inputs, max_size=inputs))
    first = len(weights)
    table = list(range(first, first + inputs))
    for j in range(neurons):
        table += [] if start is None else [first]
        table += range(j * inputs, (j + 1) * inputs)
    target = first + inputs
    dots = call(("dots", start, False, False, False), neurons, target, table, inputs)
    found, _, _ = run_kernels(before=[dots], uniform=[*weights, *xs, *[0.25] * (neurons + 1)])
    rows = [weights[j * inputs : (j + 1) * inputs] for j in range(neurons)]
    bias = 0.0 if start is None else xs[0]
    assert found[target:] == [*[bias + sum(map(operator.mul, row, xs)) for row in rows], 0.25]


@given(st.lists(st.floats(), max_size=70), st.data())
def test_the_flag_is_odd_after_numbers_that_are_not_all_finite(run_kernels, numbers, data):
    """The numbers around those that are looked at may be anything."""
    first = data.draw(st.integers(0, len(numbers)))
    count = data.draw(st.integers(0, len(numbers) - first))
    _, _, flag = run_kernels(after=[call(("check",), count, first)], uniform=[*numbers, math.nan])
    assert flag == (not all(map(math.isfinite, numbers[first : first + count])))


@pytest.mark.parametrize("place", [0, 1, 33, 64, 98, 99])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_not_finite_is_found_wherever_it_is(run_kernels, place, bad):
    numbers = [1e308] * 100
    steps = [call(("check",), 100, 0)]
    assert run_kernels(after=steps, uniform=numbers)[2] == 0
    numbers[place] = bad
    assert run_kernels(after=steps, uniform=numbers)[2] == 1
    assert run_kernels(after=[*steps, call(("check",), 1, 0)], uniform=numbers)[2] == 1, "the flag stays"


def test_results_are_put_into_places_of_the_output(run_kernels):
    step = call(("emit",), 3, 0, [2, 1, 0, 0, 2, 3])
    _, output, _ = run_kernels(after=[step], uniform=[1.5, 2.5, 3.5], table=[[0.0]], width=5)
    assert repr(output[0].tolist()) == repr([1.5, 3.5, math.nan, 3.5, math.nan])
