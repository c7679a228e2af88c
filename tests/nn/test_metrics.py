"""Metrics: scikit-learn's numbers, what they mean at the edges, and what they refuse."""

import math
import warnings
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.metrics import HIGHER_IS_BETTER, METRICS, OF_NUMBERS, accuracy, f1, mae, metric, mse, precision, r2, recall

numbers = st.floats(-1e3, 1e3)


def rows_of(element, least=1):
    """Two lists of the same length."""
    pairs = st.lists(st.tuples(element, element), min_size=least, max_size=12)
    return pairs.map(lambda pairs: tuple(map(list, zip(*pairs, strict=True))))


@pytest.fixture(scope="module")
def theirs():
    """scikit-learn's functions, by our names."""
    metrics = pytest.importorskip("sklearn.metrics")
    return {
        "accuracy": metrics.accuracy_score,
        "precision": partial(metrics.precision_score, zero_division=0.0),
        "recall": partial(metrics.recall_score, zero_division=0.0),
        "f1": partial(metrics.f1_score, zero_division=0.0),
        "mse": metrics.mean_squared_error,
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
    }


# Values.


def test_one_wrong_of_four():
    assert accuracy([1, 0, 1, 1], [1, 0, 0, 1]) == 0.75
    assert precision([1, 0, 1, 1], [1, 0, 0, 1]) == 1.0
    assert recall([1, 0, 1, 1], [1, 0, 0, 1]) == pytest.approx(2 / 3)
    assert f1([1, 0, 1, 1], [1, 0, 0, 1]) == pytest.approx(0.8)


@given(rows_of(st.sampled_from([0, 1])))
def test_two_classes_give_the_numbers_of_scikit_learn(theirs, rows):
    for name in ("accuracy", "precision", "recall", "f1"):
        assert METRICS[name](*rows) == pytest.approx(theirs[name](*rows), abs=1e-12), name


@given(rows_of(st.sampled_from([-1, 1])))
def test_classes_may_be_minus_one_and_one(theirs, rows):
    for name in ("accuracy", "precision", "recall", "f1"):
        assert METRICS[name](*rows) == pytest.approx(theirs[name](*rows), abs=1e-12), name


@given(rows_of(st.integers(0, 4)))
def test_means_over_several_classes_are_those_of_scikit_learn(theirs, rows):
    for name in ("precision", "recall", "f1"):
        expected = theirs[name](*rows, average="macro")
        assert METRICS[name](*rows, average="macro") == pytest.approx(expected, abs=1e-12), name


@given(rows_of(st.lists(st.sampled_from([0, 1]), min_size=3, max_size=3)))
def test_accuracy_of_several_labels_counts_rows_that_are_all_right(theirs, rows):
    numpy = pytest.importorskip("numpy")
    assert accuracy(*rows) == pytest.approx(theirs["accuracy"](*map(numpy.array, rows)), abs=1e-12)


@pytest.mark.parametrize("name", OF_NUMBERS)
@given(rows=rows_of(numbers, least=2))
def test_numbers_give_the_numbers_of_scikit_learn(theirs, name, rows):
    assert METRICS[name](*rows) == pytest.approx(theirs[name](*rows), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", OF_NUMBERS)
@given(rows=rows_of(st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=2), least=2))
def test_several_outputs_give_the_numbers_of_scikit_learn(theirs, name, rows):
    assert METRICS[name](*rows) == pytest.approx(theirs[name](*rows), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 1]), st.integers(0, 4)), min_size=2, max_size=9
    ).filter(lambda rows: sum([w > 0 for *_, w in rows]) > 1)
)
def test_weights_give_the_numbers_of_scikit_learn(theirs, name, rows):
    y_true, y_pred, given = map(list, zip(*rows, strict=True))
    expected = theirs[name](y_true, y_pred, sample_weight=given)
    assert METRICS[name](y_true, y_pred, sample_weight=given) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["mse", "mae", "r2"])
def test_weights_are_those_of_rows_where_there_are_several_outputs(theirs, name):
    y_true, y_pred, given = [[1.0, 2.0], [3.0, 5.0], [4.0, 0.0]], [[1.5, 2.0], [2.0, 7.0], [4.0, 1.0]], [1.0, 0.0, 2.5]
    expected = theirs[name](y_true, y_pred, sample_weight=given)
    assert METRICS[name](y_true, y_pred, sample_weight=given) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
def test_weights_that_do_not_fit_are_refused(name):
    with pytest.raises(ValueError, match=r"sample_weight must have one weight for each of 2 row\(s\), got 1"):
        METRICS[name]([0, 1], [0, 1], sample_weight=[1.0])


# Edges.


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_a_class_that_never_occurs_scores_0(name):
    assert METRICS[name]([0, 0], [0, 0]) == 0.0


def test_r2_of_targets_without_variance_is_1_or_0_and_of_one_row_nan():
    assert r2([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert r2([2.0, 2.0], [2.0, 1.0]) == 0.0
    assert r2([1.0, 2.0], [5.0, -5.0]) < 0.0
    assert math.isnan(r2([1.0], [1.0]))


def test_errors_too_large_to_square_are_infinite():
    assert mse([1e200], [-1e200]) == math.inf
    assert r2([1.0, 2.0], [1e200, -1e200]) == -math.inf


def test_metrics_take_arrays():
    numpy = pytest.importorskip("numpy")
    y, z = numpy.array([0, 1, 1]), numpy.array([0, 1, 0])
    assert accuracy(y, z) == pytest.approx(2 / 3)
    assert type(accuracy(y, z)) is float
    assert recall(y, z) == 0.5
    assert mse(numpy.array([[1.0], [2.0]]), numpy.array([1.0, 4.0])) == 2.0


# By name.


def test_a_metric_is_found_by_name_or_is_a_function():
    assert metric("f1") == ("f1", f1)
    assert metric(mae) == ("mae", mae)
    assert metric(partial(f1, average="macro"))[0] == "f1"
    assert set(OF_NUMBERS) | set(HIGHER_IS_BETTER) == set(METRICS)


def test_unknown_metrics_are_refused():
    with pytest.raises(ValueError, match=r"unknown metric 'acc': expected a function .* accuracy, precision, recall"):
        metric("acc")
    with pytest.raises(TypeError, match="unknown metric 3"):
        metric(3)


@pytest.mark.parametrize("name", METRICS)
def test_unequal_lengths_and_no_rows_are_refused(name):
    with pytest.raises(ValueError, match="unequal lengths: 2 targets, 1 predictions"):
        METRICS[name]([0, 1], [0])
    with pytest.raises(ValueError, match="no rows"):
        METRICS[name]([], [])


def test_averages_and_classes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="use average='macro'"):
        precision([0, 1, 2], [0, 1, 1])
    with pytest.raises(ValueError, match="unknown average 'micro'"):
        recall([0, 1], [0, 1], average="micro")
    with pytest.raises(ValueError, match="one class per row"):
        f1([[0, 1]], [[0, 1]])
    with pytest.raises(ValueError, match="one prediction per target"):
        mse([[1.0, 2.0]], [[1.0]])


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert precision([1], [0]) == 0.0
