"""Rows and targets as plain Python, and what is wrong with them in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from autograd.scalars import number
from autograd.value import Value

Row = list[float]


def checked(X: Any, y: Any, kind: str = "") -> tuple[list[Row], list[Any]]:
    """Return rows as lists of floats and targets as numbers or lists of numbers, in plain Python.

    Takes lists, tuples, NumPy arrays and data frames; a row that is one number is one column. `kind`
    goes before the names in messages. Raises ValueError for no rows, unequal lengths, rows of
    unequal width, NaN or infinity, and TypeError for what is no number.

    >>> checked([1, 2], [0, 1])
    ([[1.0], [2.0]], [0, 1])
    """
    rows = rows_of(f"{kind}X", X)
    targets = [_target(f"{kind}y", k, target) for k, target in enumerate(listed(f"{kind}y", y))]
    if not rows:
        raise ValueError(f"{kind}X has no rows: expected at least one")
    if len(rows) != len(targets):
        raise ValueError(f"{kind}X and {kind}y have unequal lengths: {len(rows)} rows, {len(targets)} targets")
    check_table(f"{kind}X", rows)
    check_table(f"{kind}y", [target if isinstance(target, list) else [target] for target in targets])
    return rows, targets


def taken(take: Callable[[Any], Any], X: Any) -> Any:
    """Return take(X), which is NumPy's or scikit-learn's.

    Raises TypeError or ValueError where that does, but says which row of X is at fault: what is no number
    in it, or its width.

    >>> import numpy
    >>> taken(numpy.array, [[1.0, 2.0], [3.0]])
    Traceback (most recent call last):
    ValueError: X has 2 column(s) in row 0 but 1 in row 1
    """
    try:
        return take(X)
    except (TypeError, ValueError) as error:
        fault = error
    try:
        _check_widths("X", rows_of("X", X))
    except (TypeError, ValueError) as error:
        kind = ValueError if isinstance(fault, ValueError) else TypeError
        raise kind(str(error)) from None
    raise fault


def weights(sample_weight: Any, rows: int) -> list[float]:
    """Return one weight for each of so many rows, as floats; each is 1 where `sample_weight` is None.

    Raises ValueError for another number of weights, for one that is negative or not finite, and if none is above 0;
    TypeError for what is not a number.

    >>> weights(None, 2), weights([3, 0], 2)
    ([1.0, 1.0], [3.0, 0.0])
    """
    if sample_weight is None:
        return [1.0] * rows
    found = [number(x) for x in listed("sample_weight", sample_weight)]
    if len(found) != rows:
        raise ValueError(f"sample_weight must have one weight for each of {rows} row(s), got {len(found)}")
    for k, x in enumerate(found):
        if not 0.0 <= x < math.inf:
            raise ValueError(f"sample_weight must be finite and at least 0, got {x} in row {k}")
    if rows and not any(found):
        raise ValueError("sample_weight is 0 for every row: expected a weight above 0 for at least one")
    return found


def _check_widths(name: str, table: list[list[Any]]) -> None:
    """Check that all rows have the same columns."""
    for k, row in enumerate(table):
        if len(row) != len(table[0]):
            raise ValueError(f"{name} has {len(table[0])} column(s) in row 0 but {len(row)} in row {k}")


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
    """Return the rows of a table as a list; NumPy's scalars in it become Python's."""
    if hasattr(table, "to_numpy"):
        table = table.to_numpy()
    if hasattr(table, "tolist"):
        table = table.tolist()
    if isinstance(table, (str, dict)) or not isinstance(table, Iterable):
        raise TypeError(f"{name} must be a list or an array with one entry for each row, got {type(table).__name__}")
    return list(table)


def rows_of(name: str, table: Any) -> list[Row]:
    """Return rows as lists of floats; a row that is one number is one column."""
    rows = []
    for k, row in enumerate(listed(name, table)):
        several = hasattr(row, "__iter__") and not isinstance(row, str)
        entries = list(row) if several else [row]
        try:
            rows.append([number(x) for x in entries])
        except TypeError:
            raise _no_number(name, k, entries, several) from None
    return rows


def _target(name: str, k: int, target: Any) -> Any:
    """Check the target of row k; a whole number stays one, so that it may index a list."""
    several = isinstance(target, (list, tuple)) or len(getattr(target, "shape", ())) > 0
    entries = list(target) if several else [target]
    try:
        found = [x if isinstance(x, int) else number(x) for x in entries]
    except TypeError:
        raise _no_number(name, k, entries, several) from None
    return found if several else found[0]


def _no_number(name: str, k: int, entries: list[Any], several: bool) -> TypeError:
    """Return the error for row k of a table, in which one of the entries is no number."""
    column, x = next((column, x) for column, x in enumerate(entries) if not is_number(x))
    where = f"row {k}, column {column}" if several else f"row {k}"
    return TypeError(f"{name} must be numbers, got {x!r:.60} in {where}: {_advice(name, x)}")


def is_number(x: Any) -> bool:
    """Return whether a thing is a real number."""
    try:
        number(x)
    except TypeError:
        return False
    return True


def _advice(name: str, x: Any) -> str:
    """Return what to do about something in X or y that is no number."""
    if x is None:
        return "fill or drop such rows"
    if isinstance(x, Value):
        return "give the number in the Value, its data"
    if not isinstance(x, str):
        return "each row is a number or a list of numbers"
    try:
        float(x)
    except ValueError:
        if name.endswith("y"):
            return "give class indices 0, 1, ...; nn.sklearn.MLPClassifier takes names"
        return "give each name a column of 0 and 1, as nn.data.one_hot does for class indices"
    return f"this is text, float({x!r:.60}) makes it a number"
