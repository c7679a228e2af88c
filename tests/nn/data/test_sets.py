"""Data: sets, generators, splits, minibatches, and rows that no model should see."""

import math
from collections import Counter
from random import Random
from random import seed as seed_of_all

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import data


@pytest.fixture
def scikit_learn():
    pytest.importorskip("sklearn")


# Sets and generators.


@pytest.mark.parametrize(
    ("name", "rows", "columns", "classes"),
    [
        ("iris", 150, 4, 3),
        ("wine", 178, 13, 3),
        ("breast_cancer", 569, 30, 2),
        ("digits", 1797, 64, 10),
        ("diabetes", 442, 10, None),
    ],
)
@pytest.mark.usefixtures("scikit_learn")
def test_real_sets_come_as_plain_lists(name, rows, columns, classes):
    X, y = data.load(name)
    assert (len(X), len(y)) == (rows, rows)
    assert {len(row) for row in X} == {columns}
    assert {type(x) for row in X for x in row} == {float}
    if classes is None:
        assert {type(t) for t in y} == {float}
    else:
        assert set(y) == set(range(classes))


def test_every_set_is_tested_here_and_others_are_refused():
    assert data.SETS == ("iris", "wine", "breast_cancer", "digits", "diabetes")
    with pytest.raises(ValueError, match="unknown data set 'mnist': expected one of iris, wine"):
        data.load("mnist")


@pytest.mark.parametrize("make", [data.moons, data.circles, data.spiral, data.xor])
@pytest.mark.usefixtures("scikit_learn")
def test_generated_points_depend_on_the_seed_alone(make):
    X, y = make(24, noise=0.1)
    assert make(24, noise=0.1) == (X, y)
    assert make(24, noise=0.1, seed=1)[0] != X
    assert {len(row) for row in X} == {2}
    assert len(X) == len(y) == 24
    assert {type(t) for t in y} == {int}


@pytest.mark.usefixtures("scikit_learn")
def test_circles_have_their_radii():
    X, y = data.circles(50, noise=0.0, factor=0.25)
    for row, k in zip(X, y, strict=True):
        assert math.hypot(*row) == pytest.approx([1.0, 0.25][k])


@given(arms=st.integers(1, 5), rows=st.integers(1, 40))
def test_a_spiral_has_equal_arms_turned_against_each_other(arms, rows):
    X, y = data.spiral(rows, arms=arms, noise=0.0)
    counts = Counter(y)
    assert max(counts.values()) - min(counts[k] for k in range(arms)) <= 1
    assert all([math.hypot(*row) <= 1.0 + 1e-12 for row in X])
    for k in range(rows // arms):
        assert math.hypot(*X[k * arms]) == pytest.approx(math.hypot(*X[k * arms + arms - 1]))


def test_xor_is_its_truth_table():
    X, y = data.xor(8)
    assert all([k == (a != b) for (a, b), k in zip(X, y, strict=True)])
    noisy, labels = data.xor(8, noise=0.1)
    assert labels == y
    assert all(
        [abs(a - b) < 1.0 for row, corner in zip(noisy, X, strict=True) for a, b in zip(row, corner, strict=True)]
    )


@pytest.mark.parametrize(("make", "option"), [(data.spiral, "rows"), (data.spiral, "arms"), (data.xor, "rows")])
def test_counts_are_checked(make, option):
    with pytest.raises(ValueError, match=f"{option} must be at least 1, got 0"):
        make(**{option: 0})
    with pytest.raises(TypeError, match=f"{option} must be a whole number"):
        make(**{option: 1.5})


# Preparing.


@pytest.mark.usefixtures("scikit_learn")
def test_a_split_keeps_rows_and_targets_together():
    X, y = [[float(k)] for k in range(30)], list(range(30))
    X_train, X_test, y_train, y_test = data.train_test_split(X, y)
    assert (len(X_train), len(X_test)) == (20, 10)
    assert [[float(t)] for t in y_train + y_test] == X_train + X_test
    assert sorted(y_train + y_test) == y
    assert data.train_test_split(X, y, seed=1)[0] != X_train


@pytest.mark.usefixtures("scikit_learn")
def test_a_stratified_split_has_all_classes_in_equal_shares():
    y = [0] * 20 + [1] * 10
    _, _, y_train, y_test = data.train_test_split(y, y, test_size=0.5, stratify=True)
    assert sum(y_train) == sum(y_test) == 5


@pytest.mark.usefixtures("scikit_learn")
def test_standardised_columns_have_mean_0_and_deviation_1():
    random = Random(0)
    X = [[random.gauss(5.0, 3.0), random.uniform(0.0, 100.0), 7.0] for _ in range(50)]
    scale = data.Standardizer(X)
    first, second, constant = zip(*scale(X), strict=True)
    for column in (first, second):
        assert math.fsum(column) / 50 == pytest.approx(0.0, abs=1e-12)
        assert math.fsum([x * x for x in column]) / 50 == pytest.approx(1.0)
    assert set(constant) == {0.0}
    assert repr(scale) == "Standardizer(3 columns)"


@pytest.mark.parametrize("exponent", [-1000, -600, 300, 600, 1000])
@pytest.mark.usefixtures("scikit_learn")
def test_the_unit_of_a_column_does_not_matter(exponent):
    random = Random(1)
    X = [[random.gauss(5.0, 3.0), random.uniform(-1.0, 1.0), 0.75] for _ in range(20)]
    rescaled = [[math.ldexp(a, exponent), b, math.ldexp(c, exponent)] for a, b, c in X]
    assert data.Standardizer(rescaled)(rescaled) == data.Standardizer(X)(X)
    constant = data.Standardizer([[math.ldexp(1.0, exponent)]] * 3)  # is moved, not scaled
    assert constant([[math.ldexp(3.0, exponent)]]) == [[math.ldexp(2.0, exponent)]]


@pytest.mark.parametrize("size", [2.0, 1.0, 0.0, -0.5, math.nan, 3, 0, -1])
@pytest.mark.usefixtures("scikit_learn")
def test_a_test_size_that_leaves_a_part_without_rows_is_refused(size):
    message = f"^test_size must be a share between 0 and 1, or a number of rows from 1 to 2, got {size}$"
    with pytest.raises(ValueError, match=message):
        data.train_test_split([[0.0], [1.0], [2.0]], [0, 1, 2], test_size=size)


@pytest.mark.usefixtures("scikit_learn")
def test_a_share_that_leaves_none_to_train_with_is_refused():
    with pytest.raises(ValueError, match=r"^test_size=0\.9 of 3 rows leaves none to train with: make it smaller$"):
        data.train_test_split([[0.0], [1.0], [2.0]], [0, 1, 2], test_size=0.9)


@pytest.mark.parametrize("size", ["half", True, [1]])
@pytest.mark.usefixtures("scikit_learn")
def test_a_test_size_that_is_not_a_number_is_refused(size):
    with pytest.raises(TypeError, match=r"^test_size must be a share between 0 and 1, or a number of rows from 1 to 2"):
        data.train_test_split([[0.0], [1.0], [2.0]], [0, 1, 2], test_size=size)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        ([[0.0], [1.0], [2.0]], [0, 1], ValueError, "X and y have unequal lengths: 3 rows, 2 targets"),
        ([[0.0]], [0], ValueError, "expected at least 2 rows to split, got 1"),
        ([], [], ValueError, "expected at least 2 rows to split, got 0"),
        (None, [0], TypeError, "X must be a list or an array with one entry for each row, got NoneType"),
        ([[0.0]], 3, TypeError, "y must be a list or an array with one entry for each row, got int"),
    ],
)
@pytest.mark.usefixtures("scikit_learn")
def test_rows_that_cannot_be_split_are_refused(X, y, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        data.train_test_split(X, y)


@pytest.mark.usefixtures("scikit_learn")
def test_sizes_may_be_numpys_numbers_and_tables_arrays():
    numpy = pytest.importorskip("numpy")
    for size in (numpy.float64(0.25), numpy.int64(1), 1, None):
        parts = data.train_test_split(numpy.ones((4, 2)), numpy.arange(4), test_size=size)
        assert [len(part) for part in parts] == [3, 1, 3, 1]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0]], r"expected rows of 2 column\(s\), as the Standardizer was built on, got 1"),
        ([[1.0, 2.0, 3.0]], r"expected rows of 2 column\(s\), as the Standardizer was built on, got 3"),
        (
            [1.0, 2.0],
            r"X must be rows x columns, got a list of numbers: write \[\[1.0\], \[2.0\]\] for rows of one column",
        ),
        ([[1.0, 2.0], [1.0]], r"X has 2 column\(s\) in row 0 but 1 in row 1"),
        ([[1.0, "a"]], "X must be numbers, got 'a' in row 0, column 1: give each name a column"),
        ([[1.0, math.inf]], "X must be finite, got inf in row 0, column 1"),
        ([], "X has no rows: expected at least one"),
    ],
)
@pytest.mark.usefixtures("scikit_learn")
def test_rows_that_cannot_be_standardised_are_refused_in_words_of_this_library(X, message):
    error = TypeError if "must be numbers" in message else ValueError
    with pytest.raises(error, match=f"^{message}"):
        data.Standardizer([[1.0, 5.0], [3.0, 5.0]])(X)
    if "as the Standardizer" not in message:
        with pytest.raises(error, match=f"^{message}"):
            data.Standardizer(X)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[notebook\]'"):
        data.load("iris")


def test_one_hot_has_a_1_at_the_place_of_the_class():
    assert data.one_hot([1, 0], classes=3) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    assert data.one_hot([1.0, 0.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert data.one_hot([]) == []
    with pytest.raises(ValueError, match="expected 0 to 1, got 2"):
        data.one_hot([0, 2], classes=2)
    with pytest.raises(ValueError, match="got -1 in row 1"):
        data.one_hot([0, -1])
    with pytest.raises(ValueError, match="expected 0 to 2, got nan in row 0"):
        data.one_hot([math.nan, 2])
    with pytest.raises(ValueError, match="got inf in row 0"):
        data.one_hot([math.inf])


# Minibatches.


@given(rows=st.integers(0, 20), size=st.integers(1, 25), seed=st.integers(0, 99))
def test_minibatches_have_every_row_once_with_its_target(rows, size, seed):
    X, y = [[float(k)] for k in range(rows)], list(range(rows))
    batches = list(data.minibatches(X, y, size, seed))
    assert [len(each) for each, _ in batches[:-1]] == [size] * (len(batches) - 1)
    targets = [t for _, each in batches for t in each]
    assert sorted(targets) == y
    assert [row for each, _ in batches for row in each] == [[float(t)] for t in targets]
    assert list(data.minibatches(X, y, size, seed)) == batches


def test_all_rows_at_once_stay_in_order_and_draw_nothing():
    random = Random(1)
    state = random.getstate()
    assert list(data.minibatches([[1.0], [2.0]], [0, 1], None, random)) == [([[1.0], [2.0]], [0, 1])]
    assert random.getstate() == state


def test_a_generator_goes_on_from_epoch_to_epoch():
    X, random = [[float(k)] for k in range(20)], Random(1)
    first, second = (list(data.minibatches(X, X, 5, random)) for _ in range(2))
    assert first != second


def test_each_epoch_of_a_loop_has_an_order_of_its_own_unless_a_seed_is_given():
    rows = list(range(20))
    epochs = [[row for batch, _ in data.minibatches(rows, rows, 3) for row in batch] for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert list(data.minibatches(rows, rows, 3, seed=7)) == list(data.minibatches(rows, rows, 3, seed=7))


def test_the_order_without_a_seed_is_that_of_the_global_generator():
    rows, orders = list(range(20)), []
    for _ in range(2):
        seed_of_all(1337)
        orders.append(list(data.minibatches(rows, rows, 3)))
    assert orders[0] == orders[1]


def test_minibatches_of_unequal_lengths_or_no_size_are_refused():
    with pytest.raises(ValueError, match="unequal lengths: 1 rows, 2 targets"):
        data.minibatches([[1.0]], [0, 1])
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        data.minibatches([[1.0]], [0], 0)
    with pytest.raises(TypeError, match="seed must be a whole number"):
        data.minibatches([[1.0]], [0], 1, seed="a")
