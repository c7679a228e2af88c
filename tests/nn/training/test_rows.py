"""Rows: their weights, and those held out."""

import math

import pytest


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
