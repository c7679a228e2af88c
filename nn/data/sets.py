"""Real data sets that ship with scikit-learn, generated points, and rows made ready for a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from random import Random
from typing import Any

from autograd.errors import needs
from nn.checks.settings import whole
from nn.data.tables import Row, check_kind, check_lengths, check_table, is_number, listed, numbers_of, rows_of, taken
from nn.init import generator

SETS = ("iris", "wine", "breast_cancer", "digits", "diabetes")


def load(name: str) -> tuple[list[Row], list[Any]]:
    """Return one of the real data sets that ship with scikit-learn, by its name.

    iris: 150 flowers, 4 measures, 3 species (Anderson, 1935); wine: 178 wines, 13 measures, 3
    cultivars; breast_cancer: 569 tumours, 30 measures, benign (1) or not (0); digits: 1,797 pictures
    of 8 x 8 pixels from 0 to 16, 10 digits; diabetes: 442 patients, 10 measures, how the disease went
    on. Targets are class indices, those of diabetes numbers.

    Raises ValueError for another name, ImportError without scikit-learn.

    >>> X, y = load("iris")
    >>> X[0], y[0]
    ([5.1, 3.5, 1.4, 0.2], 0)
    """
    if name not in SETS:
        raise ValueError(f"unknown data set {name!r}: expected one of {', '.join(SETS)}")
    X, y = getattr(_scikit_learn("datasets"), f"load_{name}")(return_X_y=True)
    return X.tolist(), y.tolist()


def moons(rows: int = 100, *, noise: float = 0.1, seed: int = 0) -> tuple[list[Row], list[int]]:
    """Return points on two half moons, one inside the other's bow: scikit-learn's `make_moons`.

    >>> X, y = moons(4, noise=0.0)
    >>> sorted(y)
    [0, 0, 1, 1]
    """
    X, y = _scikit_learn("datasets").make_moons(n_samples=rows, noise=noise, random_state=seed)
    return X.tolist(), y.tolist()


def circles(rows: int = 100, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> tuple[list[Row], list[int]]:
    """Return points on a circle (0) and on a smaller one inside (1): scikit-learn's `make_circles`.

    `factor` is the smaller radius; the larger is 1.

    >>> X, y = circles(4, noise=0.0)
    >>> sorted(y)
    [0, 0, 1, 1]
    """
    X, y = _scikit_learn("datasets").make_circles(n_samples=rows, noise=noise, factor=factor, random_state=seed)
    return X.tolist(), y.tolist()


def spiral(
    rows: int = 300, *, arms: int = 3, turns: float = 0.6, noise: float = 0.02, seed: int = 0
) -> tuple[list[Row], list[int]]:
    """Return points on the arms of a spiral around the origin; the class of a point is its arm.

    Arms are equally long, with radii from 0 to 1; each turns `turns` times. `noise` is the standard
    deviation around it. The first `rows % arms` arms have one point more than the others.

    >>> X, y = spiral(6, arms=3)
    >>> y
    [0, 1, 2, 0, 1, 2]
    """
    rows, arms = whole("rows", rows), whole("arms", arms)
    random = Random(seed)
    X, y = [], []
    for k in range(rows):
        arm, along = k % arms, (k // arms + 1) / math.ceil(rows / arms)
        angle = 2.0 * math.pi * (arm / arms + turns * along)
        X.append([along * f(angle) + random.gauss(0.0, noise) for f in (math.cos, math.sin)])
        y.append(arm)
    return X, y


def xor(rows: int = 4, *, noise: float = 0.0, seed: int = 0) -> tuple[list[Row], list[int]]:
    """Return the corners of the unit square in turn, with class 1 where exactly one coordinate is 1.

    `noise` is the standard deviation around a corner.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    random = Random(seed)
    corners = [divmod(k % 4, 2) for k in range(whole("rows", rows))]
    X = [[float(x) + random.gauss(0.0, noise) if noise else float(x) for x in corner] for corner in corners]
    return X, [a ^ b for a, b in corners]


def train_test_split(
    X: Any, y: Any, *, test_size: float = 1 / 3, seed: int = 0, stratify: bool = False
) -> tuple[Any, Any, Any, Any]:
    """Return X_train, X_test, y_train, y_test, shuffled: scikit-learn's `train_test_split`.

    `test_size` is a fraction, or a number of rows. With `stratify` both parts have the classes in
    equal shares. Raises ValueError for unequal lengths and for a size that leaves a part without rows,
    ImportError without scikit-learn.

    >>> X_train, X_test, y_train, y_test = train_test_split([[0.0], [1.0], [2.0]], [0, 1, 2])
    >>> len(X_train), len(X_test)
    (2, 1)
    """
    split = _scikit_learn("model_selection").train_test_split
    X, y = _splittable("X", X), _splittable("y", y)
    check_lengths(X, y)
    _check_size(test_size, len(X))
    X_train, X_test, y_train, y_test = split(
        X, y, test_size=test_size, random_state=seed, stratify=y if stratify else None
    )
    return X_train, X_test, y_train, y_test


class Standardizer:
    """Moves and scales each column to mean 0 and deviation 1, as learned from training rows.

    scikit-learn's `StandardScaler` for tables in any unit, however large or small: a column that never changes is
    moved only. Raises ImportError without scikit-learn.

    >>> scale = Standardizer([[1.0, 5.0], [3.0, 5.0]])
    >>> scale([[2.0, 6.0]])
    [[0.0, 1.0]]
    """

    def __init__(self, X: Any) -> None:
        self.scaler = _scikit_learn("preprocessing").StandardScaler()
        _scaled(self._learn, X)

    def __call__(self, X: Any) -> list[Row]:
        """Return rows with their columns moved and scaled. Raises ValueError for another number of columns."""
        rows: list[Row] = _scaled(self._apply, X, self.scaler.n_features_in_).tolist()
        return rows

    def _learn(self, X: Any) -> None:
        self._exponents = exponents(X)
        self.scaler.fit(times_power(X, -self._exponents))

    def _apply(self, X: Any) -> Any:
        moved = self.scaler.transform(times_power(X, -self._exponents))
        constant = self.scaler.scale_ == 1.0  # others deviate by less, since no number in them is above 1
        return times_power(moved, constant * self._exponents)

    def __repr__(self) -> str:
        return f"Standardizer({self.scaler.n_features_in_} columns)"


def _splittable(name: str, table: Any) -> Any:
    """Return an array or a frame, whose slices are of the same kind, as it is; anything else as a list."""
    check_kind(name, table)
    return table if hasattr(table, "__array__") and len(getattr(table, "shape", ())) > 0 else listed(name, table)


def _check_size(test_size: Any, rows: int) -> None:
    """Check that a share or a number of rows leaves some to train with and some to test with."""
    allowed = f"a share between 0 and 1, or a number of rows from 1 to {rows - 1}"
    if rows < 2:
        raise ValueError(f"expected at least 2 rows to split, got {rows}")
    if test_size is None:
        return  # scikit-learn's own
    if isinstance(test_size, bool) or not is_number(test_size):
        raise TypeError(f"test_size must be {allowed}, got {test_size!r:.60}")
    whole = hasattr(test_size, "__index__")
    if not (0 < test_size < rows if whole else 0.0 < test_size < 1.0):
        raise ValueError(f"test_size must be {allowed}, got {test_size!r}")
    if not whole and math.ceil(test_size * rows) == rows:
        raise ValueError(f"test_size={test_size!r} of {rows} rows leaves none to train with: make it smaller")


def exponents(table: Any) -> Any:
    """Return for each column e, so that the largest number in it, divided by 2**e, is at least 1/2 and below 1.

    What squares numbers, as a deviation does, then neither overflows nor underflows, whatever their unit.
    """
    import numpy

    table = numpy.asarray(table, dtype=numpy.float64)
    return numpy.frexp(numpy.where(numpy.isfinite(table), abs(table), 0.0).max(axis=0))[1]


def times_power(table: Any, exponents: Any) -> Any:
    """Return a table with each column multiplied by 2 to a power, which rounds nothing; too large becomes infinite."""
    import numpy

    table = numpy.asarray(table, dtype=numpy.float64)
    if table.shape[1:] != exponents.shape:
        raise ValueError(f"expected rows of {exponents.size} column(s), got an array of shape {table.shape}")
    with numpy.errstate(over="ignore", under="ignore"):
        return numpy.ldexp(table, exponents)


def _scaled(scale: Callable[[Any], Any], X: Any, width: int | None = None) -> Any:
    """Return what scikit-learn makes of rows; where it fails, say what is wrong with them in words of this file."""
    try:
        return taken(scale, X)
    except ValueError as error:
        fault = error
    try:
        rows = rows_of("X", X)
    except TypeError:
        raise fault from None
    if not rows:
        raise ValueError("X has no rows: expected at least one")
    if not any([hasattr(row, "__iter__") for row in listed("X", X)]):
        raise ValueError("X must be rows x columns, got a list of numbers: write [[1.0], [2.0]] for rows of one column")
    if width is not None and len(rows[0]) != width:
        raise ValueError(f"expected rows of {width} column(s), as the Standardizer was built on, got {len(rows[0])}")
    check_table("X", rows)
    raise fault


def one_hot(y: Iterable[Any], classes: int | None = None) -> list[Row]:
    """Return for each class index a list with 1 at its place and 0 elsewhere.

    `classes` is how many there are; one more than the largest index unless given. Raises ValueError
    for an index out of range, TypeError for labels that are not numbers.

    >>> one_hot([0, 2])
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    given = numbers_of("y", y)
    if classes is not None:
        count = whole("classes", classes)
    else:
        count = int(max([k for k in given if math.isfinite(k)], default=0.0)) + 1
    for row, k in enumerate(given):
        if k not in range(count):
            raise ValueError(f"class index out of range: expected 0 to {count - 1}, got {k:g} in row {row}")
    return [[float(k == place) for place in range(count)] for k in given]


def minibatches(
    X: Any, y: Any, batch_size: int | None = None, seed: int | Random | None = None
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield the rows and targets of one epoch in random order, `batch_size` at a time; the last may be fewer.

    With a batch_size of None all rows come at once, in the order given. The order differs from call to call, so
    from epoch to epoch of a loop: it is drawn from Python's global `random`. A `seed` that is a whole number
    gives the same order at each call; one that is a `random.Random` goes on from call to call.

    Raises ValueError for unequal lengths, TypeError for what is not a table, as `fit` does.

    >>> [len(rows) for rows, targets in minibatches([[0.0], [1.0], [2.0]], [0, 1, 2], batch_size=2)]
    [2, 1]
    """
    rows, targets = listed("X", X), listed("y", y)
    check_lengths(rows, targets)
    size = max(1, len(rows)) if batch_size is None else whole("batch_size", batch_size)
    return _batches(rows, targets, size, None if batch_size is None else generator(seed))


def order_of(rows: int, random: Random | None) -> list[int]:
    """Return the places of rows in random order, or as they are given without a generator."""
    order = list(range(rows))
    if random is not None:
        random.shuffle(order)
    return order


def _batches(
    rows: list[Any], targets: list[Any], size: int, random: Random | None
) -> Iterator[tuple[list[Any], list[Any]]]:
    order = order_of(len(rows), random)
    for start in range(0, len(order), size):
        places = order[start : start + size]
        yield [rows[k] for k in places], [targets[k] for k in places]


def _scikit_learn(module: str) -> Any:
    """Import a module of scikit-learn, which `import nn` must not."""
    try:
        return import_module(f"sklearn.{module}")
    except ImportError as error:
        raise needs("notebook", f"nn.data needs scikit-learn here ({error})", "sklearn") from error
