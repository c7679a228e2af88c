"""Rows: their weights, and those held out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.training.rows import Table, split, weighted


def test_a_share_for_validation_is_the_last_rows_as_given(fitted, numbers, X, Y):
    one, by_share = fitted(validation=2 / 7, batch_size=2)
    two, by_rows = fitted(X=X[:5], y=Y[:5], validation=(X[5:], Y[5:]), batch_size=2)
    assert by_share.to_dict() == by_rows.to_dict()
    assert numbers(one) == numbers(two)


def test_only_the_ratios_of_weights_count(fitted, numbers):
    expected = fitted(batch_size=3, sample_weight=[1.0, 2.0, 1.0, 4.0, 1.0, 1.0, 1.0])
    for scale in (2.0**-1000, 2.0**1000):
        model, history = fitted(batch_size=3, sample_weight=[scale * x for x in (1.0, 2.0, 1.0, 4.0, 1.0, 1.0, 1.0)])
        assert (numbers(model), history.to_dict()) == (numbers(expected[0]), expected[1].to_dict())


def test_rows_that_are_held_out_have_their_weights_with_them(fitted, numbers, X, Y):
    weights = [1.0, 2.0, 1.0, 4.0, 1.0, 3.0, 1.0]
    one, by_share = fitted(sample_weight=weights, validation=2 / 7)
    two, by_rows = fitted(X=X[:5], y=Y[:5], sample_weight=weights[:5], validation=(X[5:], Y[5:], weights[5:]))
    assert numbers(one) == numbers(two)
    assert by_share["val_loss"] == pytest.approx(by_rows["val_loss"], rel=1e-15)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1.0] * 6, ValueError, r"one weight for each of 7 row\(s\), got 6"),
        ([1.0] * 6 + [-1.0], ValueError, "got -1.0 in row 6"),
        ([1.0] * 6 + [math.nan], ValueError, "got nan in row 6"),
        ([0.0] * 7, ValueError, "sample_weight is 0 for every row"),
        (["a"] * 7, TypeError, "."),
        (1.0, TypeError, "sample_weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, error, message, refused, X, Y):
    refused(error, message, sample_weight=weights)
    refused(error, message, validation=(X, Y, weights))


@given(count=st.integers(1, 30), share=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True))
def test_a_share_divides_the_rows_in_two_parts_in_order_or_is_refused(count, share):
    table = Table([[float(k)] for k in range(count)], list(range(count)), [1.0 + k for k in range(count)])
    held_out = round(count * share)
    if not 0 < held_out < count:
        with pytest.raises(ValueError, match="leaves none to learn from, or none to judge by"):
            split(table, share)
        return
    kept, last = split(table, share)
    assert len(last.rows) == held_out
    for column, (first, second) in zip(table, zip(kept, last, strict=True), strict=True):
        assert [*first, *second] == column


def test_rows_given_to_judge_by_leave_all_others_to_learn_from():
    table = Table([[1.0], [2.0]], [1, 2])
    assert split(table, None) == (table, None)
    assert split(table, ([[3.0]], [3])) == (table, Table([[3.0]], [3]))
    assert split(table, ([[3.0], [4.0]], [3, 4], [0.0, 2.0])) == (table, Table([[4.0]], [4], [1.0]))
    with pytest.raises(ValueError, match=r"\(X, y, weights\) or a share of the rows, got 1 things"):
        split(table, ([[3.0]],))


@given(weights=st.lists(st.floats(0.0, 1e300), min_size=1, max_size=6).filter(any))
def test_weights_become_shares_of_the_largest_and_rows_of_none_are_left_out(weights):
    rows = [[float(k)] for k in range(len(weights))]
    table = weighted(rows, list(range(len(weights))), weights)
    shares = {k: w / max(weights) for k, w in enumerate(weights)}
    assert dict(zip(table.targets, table.weights, strict=True)) == {k: x for k, x in shares.items() if x > 0.0}
    assert table.rows == [[float(k)] for k in table.targets]
    assert max(table.weights) == 1.0
