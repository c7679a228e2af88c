"""Rows and targets: what is taken, and what is said of the rest."""

import math

import pytest

from autograd.value import Value
from nn.tables import checked


def test_rows_become_lists_of_floats_and_whole_targets_stay_whole():
    assert checked([(1, 2.5)], [3]) == ([[1.0, 2.5]], [3])
    assert checked([1, 2], [[0, 1], [1, 0]]) == ([[1.0], [2.0]], [[0, 1], [1, 0]])


def test_arrays_become_plain_python():
    numpy = pytest.importorskip("numpy")
    rows, targets = checked(numpy.eye(2, dtype="float32"), numpy.array([0, 1]))
    assert {type(x) for row in rows for x in row} == {float}
    assert {type(t) for t in targets} == {int}
    assert checked([numpy.ones(2)], [numpy.float64(0.5)]) == ([[1.0, 1.0]], [0.5])
    assert checked(numpy.ones((1, 2)), numpy.array([[0.0, 1.0]]))[1] == [[0.0, 1.0]]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "X has no rows"),
        ([[1.0]], [0, 1], "X and y have unequal lengths: 1 rows, 2 targets"),
        ([[1.0], [1.0, 2.0]], [0, 1], r"X has 1 column\(s\) in row 0 but 2 in row 1"),
        ([[]], [0], "X has no columns"),
        ([[1.0], [math.nan]], [0, 1], "X must be finite, got nan in row 1, column 0"),
        ([[math.inf]], [0], "X must be finite, got inf"),
        ([[1.0]], [math.nan], "y must be finite, got nan in row 0"),
        ([[1.0], [2.0]], [[0, 1], 1], r"y has 2 column\(s\) in row 0 but 1 in row 1"),
    ],
)
def test_rows_that_fit_no_model_are_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        checked(X, y)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ("ab", [0, 1], "X must be a list or an array with one entry for each row, got str"),
        (3, [0], "X must be a list or an array with one entry for each row, got int"),
        ([[1.0, 2.0], [3.0, "red"]], [0, 1], "X must be numbers, got 'red' in row 1, column 1: .*one_hot"),
        (["red", "blue"], [0, 1], "X must be numbers, got 'red' in row 0: .*one_hot"),
        ([["5.1"]], [0], r"X must be numbers, got '5.1' in row 0, column 0: this is text, float\('5.1'\) makes it"),
        ([[None]], [0], "X must be numbers, got None in row 0, column 0: fill or drop such rows"),
        ([[1.0], None], [0, 1], "X must be numbers, got None in row 1: fill or drop such rows"),
        ([[Value(1.0)]], [0], r"X must be numbers, got Value\(.*\) in row 0, column 0: give the number in the Value"),
        ([[[1.0, 2.0]]], [0], r"X must be numbers, got \[1.0, 2.0\] in row 0, column 0: each row is"),
        ([[1.0], [2.0]], [0, "cat"], "y must be numbers, got 'cat' in row 1: give class indices .*MLPClassifier takes"),
        ([[1.0]], ["7"], r"y must be numbers, got '7' in row 0: this is text, float\('7'\) makes it a number"),
        ([[1.0]], [None], "y must be numbers, got None in row 0: fill or drop such rows"),
        ([[1.0]], [[0, "cat"]], "y must be numbers, got 'cat' in row 0, column 1: give class indices"),
    ],
)
def test_what_is_no_number_is_refused_with_its_place_and_what_to_do(X, y, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        checked(X, y)
    with pytest.raises(TypeError, match=f"^validation {message}"):
        checked(X, y, kind="validation ")


def test_names_in_an_array_are_refused_as_those_in_a_list():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"^y must be numbers, got 'cat' in row 0: give class indices"):
        checked(numpy.ones((2, 1)), numpy.array(["cat", "dog"]))
