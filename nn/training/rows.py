"""The rows of a training: with targets and weights, those to learn from and those held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nn.data.tables import checked, weights

Weights = Sequence[float] | None  # of rows; None for equal weights


class Table(NamedTuple):
    """Rows, their targets, and their weights; None for equal weights."""

    rows: Sequence[list[float]]
    targets: Sequence[Any]
    weights: Weights = None

    def taken(self, places: Sequence[int]) -> Table:
        """Return the rows at these places."""
        weights = None if self.weights is None else [self.weights[k] for k in places]
        return Table([self.rows[k] for k in places], [self.targets[k] for k in places], weights)


def weighted(rows: Sequence[list[float]], targets: Sequence[Any], sample_weight: Any) -> Table:
    """Return rows with their weights, as shares of the largest; those of weight 0 are left out."""
    if sample_weight is None:
        return Table(rows, targets)
    given = weights(sample_weight, len(rows))
    largest = max(given)
    table = Table(rows, targets, [x / largest for x in given])
    return table.taken([k for k, x in enumerate(given) if x / largest > 0.0])


def split(table: Table, validation: Any) -> tuple[Table, Table | None]:
    """Return the rows to learn from, and those held out."""
    if validation is None:
        return table, None
    if isinstance(validation, (tuple, list)):
        if len(validation) not in (2, 3):
            raise ValueError(
                f"validation must be (X, y), (X, y, weights) or a share of the rows, got {len(validation)} things"
            )
        X, y, *more = validation
        return table, weighted(*checked(X, y, kind="validation "), *(more or [None]))
    if isinstance(validation, bool) or not isinstance(validation, float) or not 0.0 < validation < 1.0:
        raise ValueError(f"validation must be (X, y) or a share between 0 and 1, got {validation!r:.60}")
    rows = len(table.rows)
    kept = rows - round(rows * validation)
    if not 0 < kept < rows:
        raise ValueError(f"validation={validation!r} of {rows} row(s) leaves none to learn from, or none to judge by")
    return table.taken(range(kept)), table.taken(range(kept, rows))
