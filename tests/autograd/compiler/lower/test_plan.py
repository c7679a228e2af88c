"""Plans: slots in runs, and where the numbers of the results are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.lower.plan import Plan, pattern, runs


@given(st.sets(st.integers(0, 60)).map(sorted))
def test_runs_have_all_slots_in_order_and_are_as_long_as_they_can_be(slots):
    found = runs(slots)
    assert [slot for run in found for slot in run] == slots
    assert all([run == list(range(run[0], run[0] + len(run))) for run in found])
    assert all([right[0] > left[-1] + 1 for left, right in pairwise(found)])


@pytest.mark.parametrize(
    ("column", "expected"),
    [([4], "s"), ([4, 4, 4], "s"), ([4, 5, 6], "c"), ([4, 5, 7], "v"), ([5, 4], "v"), ([0, 0, 1], "v")],
)
def test_a_pattern_tells_the_same_slot_neighbours_and_others_apart(column, expected):
    assert pattern(column) == expected


@pytest.mark.parametrize(
    ("results", "sums", "width", "expected"),
    [
        ([("u", 7), ("u", 8)], 2, 0, True),
        ([("u", 7), ("u", 7)], 1, 0, True),  # the same output twice
        ([("u", 7), ("u", 2)], 1, 0, False),  # one is no sum over rows
        ([("row", 0), ("row", 1)], 0, 2, True),
        ([("row", 0), ("u", 1)], 0, 1, False),
        ([], 0, 0, True),
    ],
)
def test_a_plan_knows_whether_every_output_varies(results, sums, width, expected):
    assert Plan([], [], [], 9, 0, sums, 9, results, width, 4).all_vary is expected
