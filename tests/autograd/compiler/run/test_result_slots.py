"""Results out of slots: the structure that f gives, in memory of its own."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import compile  # noqa: E402
from autograd.compiler.lower.plan import Plan  # noqa: E402
from autograd.compiler.program.program import Program  # noqa: E402
from autograd.compiler.run.result_slots import LONG_RUN, FreshResults, picker  # noqa: E402
from autograd.transforms.structures import flatten  # noqa: E402

Point = namedtuple("Point", ["x", "y"])


def test_results_have_the_structure_that_f_gives():
    def f(x, y):
        return {"point": Point(x * y, x), "list": [1.0, (y, -2)], "none": (), "table": numpy.array([[x, 1.0], [y, x]])}

    found = compile(f)(2.0, 3.0)
    assert {k: v for k, v in found.items() if k != "table"} == {
        "point": Point(6.0, 2.0),
        "list": [1.0, (3.0, -2.0)],
        "none": (),
    }
    assert type(found["point"]) is Point
    assert (found["table"].dtype, found["table"].tolist()) == (numpy.float64, [[2.0, 1.0], [3.0, 2.0]])


def test_a_result_may_be_an_argument_a_constant_or_nothing():
    assert compile(lambda x: x)(2.0) == 2.0
    assert compile(lambda x: [x, x, 1, True])(2.0) == [2.0, 2.0, 1.0, 1.0]
    assert compile(lambda x: 7)(2.0) == 7.0
    assert compile(lambda: 7.0)() == 7.0
    assert compile(lambda x: [])(2.0) == []
    assert compile(lambda x: [], in_axes=0)([2.0]) == []
    assert compile(lambda x: x, in_axes=0)([2.0, 3.0]).tolist() == [2.0, 3.0]
    assert compile(lambda x: 7.0, in_axes=0)([2.0, 3.0]).tolist() == [7.0, 7.0]
    assert compile(lambda x: 7.0, in_axes=0, reduce="sum")([2.0, 3.0]) == 14.0
    assert compile(lambda x: numpy.zeros((0, 2)))(2.0).shape == (0, 2)
    assert compile(lambda row: 1.0, in_axes=0)(numpy.zeros((3, 0))).tolist() == [1.0] * 3


def test_results_share_no_memory_with_each_other_or_with_arguments():
    given = numpy.array([1.0, 2.0])
    one, two, same = compile(lambda x: (x * 2.0, x * 2.0, x), in_axes=0)(given)
    one += 100.0
    same += 100.0
    assert two.tolist() == [2.0, 4.0]
    assert given.tolist() == [1.0, 2.0]
    f = compile(lambda a: (a, a))
    one, two = f(given)
    one += 100.0
    assert (two.tolist(), given.tolist()) == ([1.0, 2.0], [1.0, 2.0])
    f(numpy.zeros(2))
    assert two.tolist() == [1.0, 2.0]


LEAVES = st.sampled_from([None, (0,), (1,), (2,), (4,), (1, 3), (2, 2), (2, 0)])
TREES = st.recursive(
    LEAVES.map(lambda shape: 0.0 if shape is None else numpy.zeros(shape)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple), st.builds(Point, inner, inner),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    ),
    max_leaves=6,
)  # fmt: skip


def plan_of(slots, constants=40):
    return Plan([], [], [], 50, 0, 0, constants, [("u", slot) for slot in slots], 0, 1)


def same(found, expected, apart):
    """Check a nesting of results against the one that is expected, and that its arrays lie apart from a memory."""
    assert type(found) is type(expected)
    if isinstance(found, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if isinstance(found, (list, tuple)):
        for one, other in zip(found, expected, strict=True):
            same(one, other, apart)
    elif isinstance(found, numpy.ndarray):
        assert (found.dtype, found.shape, found.tolist()) == (expected.dtype, expected.shape, expected.tolist())
        assert not numpy.shares_memory(found, apart)
    else:
        assert found == expected


@given(TREES, st.data())
def test_results_are_picked_out_of_any_slots_into_any_nesting(tree, data):
    """Some slots hold zeros that never change; where native code writes, it does what `pairs` says."""
    numbers, results = flatten(tree, "the result")
    memory = numpy.arange(50.0) - 20.0
    memory[40:] = 0.0
    run = data.draw(st.integers(0, 20))
    slot = st.one_of(st.integers(0, 39), st.integers(40, 42))
    slots = data.draw(
        st.one_of(
            st.just(list(range(run, run + len(numbers)))),
            st.lists(slot, min_size=len(numbers), max_size=len(numbers)),
        )
    )
    program = Program((), (), (0.0, -0.0, 0.0), [], ())
    truth = data.draw(st.lists(st.booleans(), min_size=len(results.shapes), max_size=len(results.shapes)))
    emitted = FreshResults(plan_of(slots), results, program)
    fresh = emitted.fresh()
    for place, target in emitted.pairs:
        fresh[target] = memory[place]
    found = picker(results, emitted, truth)(memoryview(memory), memory, fresh)
    leaves, start = [], 0
    for shape, true in zip(results.shapes, truth, strict=True):
        size = int(numpy.prod(shape or ()))
        part = memory[slots[start : start + size]].reshape(shape or ())
        start += size
        leaf = part != 0.0 if true else part
        leaves.append(leaf.item() if shape is None else leaf)
    same(found, results.build(leaves), memory)


@pytest.mark.parametrize(
    ("slots", "by_row", "pairs", "fresh"),
    [
        ([3, 4, 5], False, [], None),  # side by side
        ([5, 4, 3], False, [(5, 0), (4, 1), (3, 2)], [None] * 3),
        ([5, 40, 3], False, [(5, 0), (3, 2)], [None, 0.0, None]),  # a zero that never changes is there already
        ([5, 41, 3], False, [(5, 0), (41, 1), (3, 2)], [None] * 3),  # -0.0 is another number
        ([5, 4, 3], True, [], None),  # of rows it is the columns that are taken
    ],
)
def test_only_numbers_that_lie_apart_are_written_into_fresh_memory(slots, by_row, pairs, fresh):
    _, results = flatten(numpy.zeros(3), "the result")
    emitted = FreshResults(plan_of(slots), results, Program((), (), (0.0, -0.0), [], ()), by_row)
    assert emitted.pairs == pairs
    memory = emitted.fresh()
    assert (memory is None) == (fresh is None)
    assert fresh is None or all([x == y for x, y in zip(fresh, memory, strict=True) if x is not None])


def test_numbers_of_a_long_run_of_slots_are_read_at_once():
    count = 3 * LONG_RUN
    tree = [[1.0] * (count - 2), (2.0, 3.0)]
    _, results = flatten(tree, "the result")
    memory = numpy.arange(count + 5.0)
    slots = [*range(5, count + 3), 0, 2]
    emitted = FreshResults(plan_of(slots), results, Program((), (), (), [], ()))
    found = picker(results, emitted, [False] * count)(memoryview(memory), memory, None)
    assert found == [[float(k) for k in slots[:-2]], (0.0, 2.0)]
    assert {type(x) for x in found[0]} == {float}
