"""Rows and targets: what is taken, and what is said of the rest, by every function that takes a table."""

import array
import datetime
import decimal
import math

import numpy
import pandas
import polars
import pytest
import scipy.sparse
from matplotlib import pyplot
from matplotlib.collections import PathCollection

from autograd.value import Value
from nn import MLP, data, fit, losses, metrics
from nn.data.tables import checked, labels_of, listed, numbers_of, weights
from nn.optim import SGD
from nn.plotting import plot_decision_boundary


@pytest.fixture(autouse=True)
def quiet():
    """No window opens, and no figure is left."""
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")


def test_rows_become_lists_of_floats_and_whole_targets_stay_whole():
    assert checked([(1, 2.5)], [3]) == ([[1.0, 2.5]], [3])
    assert checked([1, 2], [[0, 1], [1, 0]]) == ([[1.0], [2.0]], [[0, 1], [1, 0]])


def test_arrays_become_plain_python():
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
def test_anything_but_a_number_is_refused_with_its_place_and_what_to_do(X, y, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        checked(X, y)
    with pytest.raises(TypeError, match=f"^validation {message}"):
        checked(X, y, kind="validation ")


def test_names_in_an_array_are_refused_as_those_in_a_list():
    with pytest.raises(TypeError, match=r"^y must be numbers, got 'cat' in row 0: give class indices"):
        checked(numpy.ones((2, 1)), numpy.array(["cat", "dog"]))


# One door for every kind of table.

ROWS = [[1.0, 2.0], [3.0, 4.0]]
TABLES = {
    "tuples": tuple(map(tuple, ROWS)),
    "array": numpy.array(ROWS),
    "half": numpy.array(ROWS, "float16"),
    "long": numpy.array(ROWS, "longdouble"),
    "unsigned": numpy.array(ROWS, "uint64"),
    "objects": numpy.array(ROWS, object),
    "unmasked": numpy.ma.array(ROWS),
    "matrix": numpy.array(ROWS).view(numpy.matrix),
    "memoryview": memoryview(numpy.array(ROWS)),
    "rows of their own kind": [array.array("d", ROWS[0]), pandas.Series(ROWS[1], index=[1, 0])],
    "shuffled index": pandas.DataFrame(ROWS, index=[1, 0]),
    "columns named as attributes are": pandas.DataFrame(ROWS, columns=["is_sparse", "layout"]),
    "nullable": pandas.DataFrame(ROWS).astype("Int64"),
    "categories": pandas.DataFrame(ROWS).astype("category"),
    "sparse columns": pandas.DataFrame(ROWS).astype(pandas.SparseDtype("float")),
    "polars": polars.DataFrame(ROWS, orient="row"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_function_takes_every_kind_of_table_by_position(kind):
    table = TABLES[kind]
    model = MLP(2, [1], init=1.0)
    assert checked(table, [0, 1])[0] == ROWS
    assert checked([0, 1], table)[1] == ROWS
    assert model.predict(table).tolist() == [3.0, 7.0]
    assert data.Standardizer(ROWS)(table) == data.Standardizer(table)(ROWS) == [[-1.0, -1.0], [1.0, 1.0]]
    ((rows, _),) = data.minibatches(table, [0, 1])
    assert [list(row) for row in rows] == ROWS
    assert {len(part) for part in data.train_test_split(table, [0, 1], test_size=1)} == {1}
    assert metrics.accuracy(table, ROWS) == metrics.accuracy(ROWS, table) == 1.0
    assert metrics.mse(table, ROWS) == metrics.mae(ROWS, table) == 0.0
    assert metrics.r2(table, ROWS) == 1.0


NUMBERS = [2.0, 0.0, 1.0]
COLUMNS = {
    "array": numpy.array(NUMBERS),
    "column": numpy.array(NUMBERS).reshape(3, 1),
    "scalars": [numpy.float32(2.0), numpy.int64(0), numpy.array(1.0)],
    "shuffled index": pandas.Series(NUMBERS, index=[2, 0, 1]),
    "frame": pandas.DataFrame({"y": NUMBERS}, index=[2, 0, 1]),
    "nullable": pandas.Series(NUMBERS, index=[0, 2, 1], dtype="Int64"),
    "categories": pandas.Series(NUMBERS, index=[0, 2, 1], dtype="category"),
    "polars": polars.Series(NUMBERS),
    "polars frame": polars.DataFrame({"y": NUMBERS}),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_function_takes_every_kind_of_column_by_position(kind):
    column = COLUMNS[kind]
    assert numbers_of("y", column) == labels_of("y", column) == weights(column, 3) == NUMBERS
    assert data.one_hot(column) == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    ((_, targets),) = data.minibatches([0, 1, 2], column)
    assert numbers_of("y", targets) == NUMBERS
    assert metrics.accuracy(column, [2, 0, 0]) == metrics.accuracy([2, 0, 0], column) == pytest.approx(2 / 3)
    assert metrics.recall(column, NUMBERS, average="macro") == 1.0
    assert metrics.mse(column, [2.0, 0.0, 4.0]) == 3.0
    if numpy.ndim(column) == 1:
        assert losses.mse(column, [2.0, 0.0, 4.0]).data == losses.mse([2.0, 0.0, 4.0], column).data == 3.0
        assert losses.cross_entropy([0.5, 0.25, 0.25], column).data == pytest.approx(4.0 * math.log(2.0))


def test_labels_may_be_text_in_any_table():
    for labels in (["no", "yes"], numpy.array(["no", "yes"]), pandas.Series(["no", "yes"], index=[1, 0])):
        assert metrics.accuracy(labels, ["no", "no"]) == 0.5
        assert metrics.f1(polars.Series(["no", "yes"]), labels, average="macro") == 1.0
        assert plot_decision_boundary(lambda row: row[0], ROWS, labels, resolution=2).get_legend() is not None


def test_plots_take_frames_by_position():
    axes = plot_decision_boundary(
        lambda row: row[0] - 2.0, pandas.DataFrame(ROWS), pandas.Series([0, 1], index=[1, 0]), resolution=2
    )
    drawn = [points.get_offsets().tolist() for points in axes.collections if type(points) is PathCollection]
    assert drawn == [[ROWS[0]], [ROWS[1]]]


class Lazy:
    """A table that is computed when it is asked for."""

    def collect(self):
        return ROWS


DENSE = numpy.array([[1.0, 0.0], [0.0, 4.0]])
REFUSED = {
    "dict": {0: [1.0, 2.0], 1: [3.0, 4.0]},
    "keys": {0: 1.0, 1: 2.0}.keys(),
    "rows with keys": [{0: 1.0, 1: 2.0}, {0: 3.0, 1: 4.0}],
    "set": {1.0, 2.0},
    "rows without an order": [frozenset((1.0, 2.0)), frozenset((3.0, 4.0))],
    "bytes": b"12",
    "bytearray": bytearray(b"12"),
    "text": "12",
    "None": None,
    "number": 3.0,
    "object": object(),
    "lazy": Lazy(),
    "lazy frame": polars.LazyFrame({"a": [1.0, 2.0]}),
    "csr": scipy.sparse.csr_array(DENSE),
    "csc matrix": scipy.sparse.csc_matrix(DENSE),
    "coo": scipy.sparse.coo_array(DENSE),
    "dok": scipy.sparse.dok_array(DENSE),
    "sparse rows": [scipy.sparse.csr_array(DENSE)] * 2,
    "dates": numpy.array(["2020-01-01", "2021-01-01"], "datetime64[ns]"),
    "days": numpy.array(["2020-01-01", "2021-01-01"], "datetime64[D]"),
    "spans": numpy.array([1, 2], "timedelta64[ns]"),
    "dates of pandas": pandas.Series(pandas.to_datetime(["2020-01-01", "2021-01-01"])),
    "dates of polars": polars.Series([datetime.date(2020, 1, 1)] * 2),
}
NOT_NUMBERS = {
    "text": [["1", "2"], ["3", "4"]],
    "array of text": numpy.array([["1", "2"], ["3", "4"]]),
    "bytes": [b"12", b"34"],
    "array of bytes": numpy.array([[b"1", b"2"], [b"3", b"4"]]),
    "None": [[None, 2.0], [3.0, 4.0]],
    "missing": pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": [1.0, 2.0]}),
    "complex": numpy.array([[1.0 + 2.0j, 2.0], [3.0, 4.0]]),
    "masked": numpy.ma.masked_greater(ROWS, 3.0),
    "a mask in a list": [[numpy.ma.masked, 2.0], [3.0, 4.0]],
    "a span in a list": [[numpy.array(1, "timedelta64[ns]")[()], 2.0], [3.0, 4.0]],
    "decimals": [[decimal.Decimal(1), 2.0], [3.0, 4.0]],
    "names": polars.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]}),
    "dates beside numbers": polars.DataFrame({"a": [datetime.date(2020, 1, 1)] * 2, "b": [1.0, 2.0]}),
    "spans beside numbers": polars.DataFrame({"a": [datetime.timedelta(1)] * 2, "b": [1, 2]}),
    "missing in polars": polars.DataFrame({"a": [None, 1.0], "b": [1, 2]}),
    "categories": pandas.DataFrame({"a": ["x", "y"]}).astype("category"),
    "too deep": [[[1.0]], [[2.0]]],
}


def _learn(X, y=(0.0, 1.0)):
    model = MLP(2, [1], seed=0)
    fit(model, X, y, loss="mse", optimizer=SGD(model.parameters(), lr=0.1), epochs=1, progress=False)


DOORS = {
    "fit": _learn,
    "targets": lambda table: _learn(ROWS, table),
    "validation": lambda table: fit(
        model := MLP(2, [1]), ROWS, [0, 1], loss="mse", optimizer=SGD(model.parameters(), lr=0.1), epochs=1,
        validation=(table, [0, 1]),
    ),
    "predict": lambda table: MLP(2, [1]).predict(table),
    "standardise": data.Standardizer,
    "standardised": lambda table: data.Standardizer(ROWS)(table),
    "one hot": data.one_hot,
    "mse": lambda table: metrics.mse(table, ROWS),
    "r2": lambda table: metrics.r2(ROWS, table),
    "weights": lambda table: weights(table, 2),
    "loss": lambda table: losses.mse(table, [1.0, 2.0]),
    "loss of targets": lambda table: losses.huber([1.0, 2.0], table),
    "call": lambda row: MLP(2, [1])(row),
    "boundary": lambda table: plot_decision_boundary(lambda row: row[0], table, [0, 1]),
}  # fmt: skip
BY_POSITION = {  # which look at no number
    "minibatches": lambda table: data.minibatches(table, [0, 1]),
    "accuracy": lambda table: metrics.accuracy(table, [0, 1]),
    "f1": lambda table: metrics.f1([0, 1], table, average="macro"),
    "labels": lambda table: plot_decision_boundary(lambda row: row[0], ROWS, table),
}


ALLOWED = {("None", "weights"), ("number", "call"), ("number", "loss"), ("number", "loss of targets")}


@pytest.mark.parametrize(
    ("kind", "door"), [(kind, door) for kind in REFUSED for door in DOORS | BY_POSITION if (kind, door) not in ALLOWED]
)
def test_what_has_no_rows_by_position_is_refused_by_every_function(kind, door):
    with pytest.raises(TypeError):
        (DOORS | BY_POSITION)[door](REFUSED[kind])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", NOT_NUMBERS)
def test_what_is_not_a_number_is_refused_by_every_function(kind, door):
    with pytest.raises(TypeError):
        DOORS[door](NOT_NUMBERS[kind])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("dict", r"got dict: give rows without keys, such as list\(zip\(\*table.values\(\)\)\)"),
        ("set", "got set: a set has no order, give a list"),
        ("bytes", "got bytes: bytes are not numbers"),
        ("csr", r"got csr_array: it is sparse, .toarray\(\) makes it dense"),
        ("lazy frame", r"got LazyFrame: it is lazy, .collect\(\) makes it a table"),
        ("spans", r"must be numbers, got dates or times \(timedelta64\[ns\]\): give numbers, such as days"),
        ("rows with keys", r"must be numbers, got \{0: 1.0, 1: 2.0\} in row 0: each row is a number or a list"),
    ],
)
def test_a_refusal_says_what_to_do(kind, message):
    with pytest.raises(TypeError, match=f"^X .*{message}"):
        MLP(2, [1]).predict(REFUSED[kind])


def test_a_sparse_tensor_is_refused_too():
    torch = pytest.importorskip("torch")
    assert listed("X", torch.tensor(ROWS, requires_grad=True)) == ROWS
    with pytest.raises(TypeError, match=r"it is sparse, .to_dense\(\) makes it dense"):
        listed("X", torch.tensor(ROWS).to_sparse())


@pytest.mark.parametrize("huge", [10**400, -(10**5000), 2**1024], ids=["positive", "negative", "least"])
def test_a_whole_number_that_no_float_can_hold_is_named_by_its_place(huge):
    with pytest.raises(
        ValueError, match=r"^y must be .* that a float can hold.* got a whole number of \d+ bits in row 1:"
    ):
        checked(ROWS, [0.0, huge])
    with pytest.raises(ValueError, match="bits in row 1, column 0"):
        MLP(2, [1]).predict([[1.0, 2.0], [huge, 4.0]])
    assert checked(ROWS, [0.0, 2**1023])[1] == [0.0, 2**1023]


def test_missing_labels_are_refused():
    for missing in (None, pandas.NA, numpy.ma.masked):
        with pytest.raises(TypeError, match=r"^y_true must be labels, got .* in row 1: fill or drop such rows$"):
            metrics.accuracy([0, missing], [0, 1])


# Weights of rows.


def test_weights_are_one_float_for_each_row():
    assert weights(None, 3) == [1.0, 1.0, 1.0]
    assert weights(numpy.array([0, 2]), 2) == [0.0, 2.0]
    assert {type(w) for w in weights([1, True], 2)} == {float}
    assert weights([], 0) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0], r"one weight for each of 2 row\(s\), got 1"),
        ([1.0, -0.5], "at least 0, got -0.5 in row 1"),
        ([math.nan, 1.0], "finite and at least 0, got nan in row 0"),
        ([1.0, math.inf], "got inf in row 1"),
        ([0.0, 0.0], "0 for every row"),
        ([[1.0, 2.0], [3.0, 4.0]], "one number for each row, got 2 in row 0"),
    ],
)
def test_weights_that_weigh_nothing_are_refused(given, message):
    with pytest.raises(ValueError, match=f"^sample_weight .*{message}"):
        weights(given, 2)
