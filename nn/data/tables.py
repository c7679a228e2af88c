"""Rows and targets as plain Python: the one door for tables, and what is wrong with them in words.

A table is a list, a tuple, an array of NumPy, PyTorch or JAX, or a frame or series of pandas or polars. Rows are
taken by position: an index is not looked at, and neither are the names of columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from autograd.scalars import number
from autograd.value import Value

Row = list[float]

SCALARS = (float, int, bool, str)  # what is plain already
BINARY = (bytes, bytearray)
MISSING = ("NAType", "NaTType")  # the classes of pandas.NA and pandas.NaT
ONE_FOR_EACH = "must be a list or an array with one entry for each row"


def checked(X: Any, y: Any, kind: str = "") -> tuple[list[Row], list[Any]]:
    """Return rows as lists of floats and targets as numbers or lists of numbers, in plain Python.

    Takes lists, tuples, arrays, frames and series; a row that is one number is one column. `kind`
    goes before the names in messages. Raises ValueError for no rows, unequal lengths, rows of
    unequal width, NaN or infinity, and TypeError for what is not a number.

    >>> checked([1, 2], [0, 1])
    ([[1.0], [2.0]], [0, 1])
    """
    rows = rows_of(f"{kind}X", X)
    targets = [_target(f"{kind}y", k, target) for k, target in enumerate(listed(f"{kind}y", y))]
    if not rows:
        raise ValueError(f"{kind}X has no rows: expected at least one")
    check_lengths(rows, targets, kind)
    check_table(f"{kind}X", rows)
    check_table(f"{kind}y", [target if isinstance(target, list) else [target] for target in targets])
    return rows, targets


def taken(take: Callable[[Any], Any], X: Any, name: str = "X") -> Any:
    """Return take(X), which is NumPy's or scikit-learn's, for any table of numbers.

    `take` is given an array of numbers as it is, and everything else as lists of floats. Raises what `rows_of`
    does, and ValueError for rows of unequal width.

    >>> import numpy
    >>> taken(numpy.array, [[1.0, 2.0], [3.0]])
    Traceback (most recent call last):
    ValueError: X has 2 column(s) in row 0 but 1 in row 1
    """
    array = X.to_numpy() if hasattr(X, "to_numpy") and not hasattr(type(X), "rows") else X
    if hasattr(array, "__array__") and not hasattr(array, "mask") and _kind(array) in "fiub" and len(array.shape):
        return take(array)
    given = listed(name, array)
    rows = rows_of(name, given)
    _check_widths(name, rows)
    return take(rows if any(map(_is_several, given)) else [x for row in rows for x in row])


def weights(sample_weight: Any, rows: int) -> list[float]:
    """Return one weight for each of so many rows, as floats; each is 1 where `sample_weight` is None.

    Raises ValueError for another number of weights, for one that is negative or not finite, and if none is above 0;
    TypeError for what is not a number.

    >>> weights(None, 2), weights([3, 0], 2)
    ([1.0, 1.0], [3.0, 0.0])
    """
    if sample_weight is None:
        return [1.0] * rows
    found = numbers_of("sample_weight", sample_weight)
    if len(found) != rows:
        raise ValueError(f"sample_weight must have one weight for each of {rows} row(s), got {len(found)}")
    for k, x in enumerate(found):
        if not 0.0 <= x < math.inf:
            raise ValueError(f"sample_weight must be finite and at least 0, got {x} in row {k}")
    if rows and not any(found):
        raise ValueError("sample_weight is 0 for every row: expected a weight above zero for at least one")
    return found


def _check_widths(name: str, table: list[list[Any]]) -> None:
    """Check that all rows have the same columns."""
    for k, row in enumerate(table):
        if len(row) != len(table[0]):
            raise ValueError(f"{name} has {len(table[0])} column(s) in row 0 but {len(row)} in row {k}")


def check_lengths(rows: Any, targets: Any, kind: str = "") -> None:
    """Check that there is a target for each row."""
    if len(rows) != len(targets):
        raise ValueError(f"{kind}X and {kind}y have unequal lengths: {len(rows)} rows, {len(targets)} targets")


def check_table(name: str, table: list[list[Any]]) -> None:
    """Check that all rows have the same columns, at least one, and finite numbers in them."""
    if not table[0]:
        raise ValueError(f"{name} has no columns: expected at least one")
    _check_widths(name, table)
    for k, row in enumerate(table):
        for column, x in enumerate(row):
            if not math.isfinite(x):
                raise ValueError(f"{name} must be finite, got {x} in row {k}, column {column}: fill or drop such rows")


def listed(name: str, table: Any) -> list[Any]:
    """Return the rows of any table as a list, by position; arrays and their scalars become plain Python.

    All tables come in through this function: nothing else in this library iterates over what a user gives as rows,
    columns or labels. Raises TypeError for what has no order of rows (a dict, a set), is sparse or lazy, holds dates,
    or is not a table at all (a number, text, bytes, None), and for a row that is a dict or a set.
    """
    found = table
    if type(table) not in (list, tuple):
        check_kind(name, table)
        found = _plain(name, table)
        if isinstance(found, str) or not isinstance(found, Iterable):
            raise TypeError(f"{name} {ONE_FOR_EACH}, got {type(table).__name__}")
    rows = list(found)
    if any(map(_has_no_order, set(map(type, rows)))):
        k, row = next((k, row) for k, row in enumerate(rows) if _has_no_order(type(row)))
        advice = "each row is a number or a list of numbers, in the order of the columns"
        raise TypeError(f"{name} must be numbers, got {row!r:.60} in row {k}: {advice}")
    return rows


def _has_no_order(kind: type) -> bool:
    """Return whether a row of this class cannot be read as the numbers of its columns in turn."""
    return issubclass(kind, (Mapping, Set)) or hasattr(kind, "todense")


def check_kind(name: str, table: Any) -> None:
    """Raise TypeError, with what to do, for a kind of object that is not a table."""
    kind = type(table)  # a frame has an attribute for each of its columns, its class has not
    advice = ""
    if _is_sparse(table):
        dense = next(method for method in ("toarray", "todense", "to_dense") if hasattr(kind, method))
        advice = f"it is sparse, .{dense}() makes it dense"
    elif isinstance(table, Mapping):
        advice = "give rows without keys, such as list(zip(*table.values())) for a dict of columns"
    elif isinstance(table, Set):
        advice = "a set has no order, give a list"
    elif isinstance(table, BINARY):
        advice = "bytes are not numbers, give a list of numbers"
    elif hasattr(kind, "collect") and not isinstance(table, Iterable):
        advice = "it is lazy, .collect() makes it a table"
    if advice:
        raise TypeError(f"{name} {ONE_FOR_EACH}, got {kind.__name__}: {advice}")


def _is_sparse(table: Any) -> bool:
    """Return whether this is a sparse array of SciPy, JAX or PyTorch."""
    if hasattr(type(table), "is_sparse"):
        return bool(table.is_sparse) or "sparse" in str(table.layout)
    return hasattr(type(table), "todense")


def _kind(x: Any) -> str:
    """Return NumPy's letter for what an array or a scalar holds; "-" for anything else."""
    return str(getattr(getattr(x, "dtype", None), "kind", None) or "-")


def _plain(name: str, x: Any) -> Any:
    """Return an array, frame or series as lists, a scalar of one as a number, and anything else as it is."""
    if isinstance(x, Value):
        return x
    if hasattr(type(x), "rows"):  # a frame of polars, whose to_numpy() makes numbers of dates that stand beside numbers
        return x.rows()
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    elif not hasattr(x, "tolist") and hasattr(x, "__array__"):
        x = x.__array__()
    if _kind(x) in "mM":  # whose tolist() gives whole numbers, or dates, as the unit has it
        advice = "give numbers, such as days since the first"
        raise TypeError(f"{name} must be numbers, got dates or times ({x.dtype}): {advice}")
    return x.tolist() if hasattr(x, "tolist") else x


def _is_several(row: Any) -> bool:
    """Return whether a row is a list of entries, not a lone one."""
    return hasattr(row, "__iter__") and not isinstance(row, (str, *BINARY)) and getattr(row, "shape", None) != ()


def rows_of(name: str, table: Any) -> list[Row]:
    """Return rows as lists of floats; a row that is one number is one column."""
    return [_numbers(name, k, row)[0] for k, row in enumerate(listed(name, table))]


def numbers_of(name: str, table: Any) -> list[float]:
    """Return the one number of each row; a row may be a list of it. Raises ValueError for rows of several."""
    rows = rows_of(name, table)
    for k, row in enumerate(rows):
        if len(row) != 1:
            raise ValueError(f"{name} must have one number for each row, got {len(row)} in row {k}")
    return [row[0] for row in rows]


def labels_of(name: str, table: Any) -> list[Any]:
    """Return the label of each row, a number or text, or a list of labels as a tuple; a list of one is that one.

    Raises TypeError where `listed` does, and for a label that is missing.
    """
    labels = []
    for k, row in enumerate(listed(name, table)):
        entries, several = _entries(name, row)
        for x in entries:
            if x is None or type(x).__name__ in MISSING:
                raise TypeError(f"{name} must be labels, got {x!r} in row {k}: fill or drop such rows")
        labels.append(tuple(entries) if several and len(entries) != 1 else entries[0])
    return labels


def _entries(name: str, row: Any) -> tuple[list[Any], bool]:
    """Return what is in a row, and whether it is a list of entries."""
    if type(row) in SCALARS:
        return [row], False
    if type(row) in (list, tuple):
        entries, several = row, True
    else:
        row = _plain(name, row)
        several = _is_several(row) and not _is_sparse(row)
        entries = row if several else [row]
    return [x if type(x) in SCALARS else _plain(name, x) for x in entries], several


def _numbers(name: str, k: int, row: Any, whole: bool = False) -> tuple[list[Any], bool]:
    """Return the numbers in row k, and whether it is a list of them; with `whole`, a whole number stays one."""
    if type(row) is list and set(map(type, row)) == {float}:
        return list(row), True
    entries, several = _entries(name, row)
    try:
        found = [number(x) for x in entries]
    except (TypeError, OverflowError):
        raise _not_numbers(name, k, entries, several) from None
    return [x if isinstance(x, int) else y for x, y in zip(entries, found, strict=True)] if whole else found, several


def _target(name: str, k: int, target: Any) -> Any:
    """Check the target of row k; a whole number stays one, so that it may index a list."""
    found, several = _numbers(name, k, target, whole=True)
    return found if several else found[0]


def _not_numbers(name: str, k: int, entries: list[Any], several: bool) -> Exception:
    """Return the error for row k of a table, in which an entry is not a number, or one that no float can hold."""
    column, x = next((column, x) for column, x in enumerate(entries) if _refusal(x))
    where = f"row {k}, column {column}" if several else f"row {k}"
    if not is_number(x):
        return TypeError(f"{name} must be numbers, got {x!r:.60} in {where}: {_advice(name, x)}")
    given = f"a whole number of {x.bit_length()} bits in {where}"
    return ValueError(f"{name} must be numbers that a float can hold, up to 1.8e308, got {given}: divide by a unit")


def is_number(x: Any) -> bool:
    """Return whether a thing is a real number."""
    return not isinstance(_refusal(x), TypeError)


def _refusal(x: Any) -> Exception | None:
    """Return the error with which `number` refuses a thing."""
    try:
        number(x)
    except (TypeError, OverflowError) as error:
        return error
    return None


def _advice(name: str, x: Any) -> str:
    """Return what to do about something in a table that is not a number."""
    if x is None or type(x).__name__ in MISSING:
        return "fill or drop such rows"
    if isinstance(x, Value):
        return "give the number in the Value, its data"
    if hasattr(x, "__float__") and not isinstance(x, complex):
        return "float(...) makes it a number"
    if not isinstance(x, str):
        return "each row is a number or a list of numbers"
    try:
        float(x)
    except ValueError:
        if name.endswith("y"):
            return "give class indices 0, 1, ...; nn.sklearn.MLPClassifier takes names"
        return "give each name a column of 0 and 1, as nn.data.one_hot does for class indices"
    return f"this is text, float({x!r:.60}) makes it a number"
