"""History: what was measured in training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from autograd.output.printing import shown
from autograd.scalars import number
from nn.checks.words import table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class History(Mapping[str, list[float]]):
    """Lists by name, such as `history["loss"]`, with one number for each finished epoch.

    `interrupted` says whether Ctrl-C ended the training. Prints as a table; `plot()` draws it,
    `to_dict()` gives it as a plain dict.

    >>> history = History()
    >>> history.append({"loss": 0.5, "accuracy": 0.75})
    >>> history.append({"loss": 0.25, "accuracy": 1.0})
    >>> history["loss"]
    [0.5, 0.25]
    >>> history
    History of 2 epochs
              first  last    lowest  highest
    loss        0.5  0.25  0.25 (2)  0.5 (1)
    accuracy   0.75     1  0.75 (1)    1 (2)
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {}
        self.interrupted = False

    def append(self, epoch: Mapping[str, float]) -> None:
        """Add one epoch, with the same names as before."""
        self.extend({name: [x] for name, x in epoch.items()})

    def extend(self, epochs: Mapping[str, list[float]]) -> None:
        """Add several epochs: lists by the same names as before."""
        lengths = {name: len(column) for name, column in self._columns.items()}
        try:
            for name, column in epochs.items():
                self._columns.setdefault(name, []).extend(column)
        except BaseException:  # Ctrl-C leaves no half of an epoch
            self._columns = {name: self._columns[name][:length] for name, length in lengths.items()}
            raise

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[float]]) -> History:
        """Return a History that goes on where another ended: a copy of it, or of what its `to_dict()` returned.

        Raises TypeError for anything else, ValueError for columns of unequal lengths.

        >>> History.of({"loss": [0.5, 0.25]}).epochs
        2
        """
        if not isinstance(columns, Mapping):
            raise TypeError(f"history must be a History, or the dict that one gives, got {type(columns).__name__}")
        found = cls()
        for name, column in columns.items():
            if not isinstance(name, str) or not isinstance(column, (list, tuple)):
                hint = ": give the one under 'history'" if "history" in columns else ""
                raise TypeError(f"history must have a list of numbers by each name, got {name!r}: {column!r:.40}{hint}")
            found.extend({name: [number(x) for x in column]})
        lengths = {name: len(column) for name, column in found.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"history must have as many numbers in each column, got {lengths}")
        return found

    @property
    def epochs(self) -> int:
        """The number of finished epochs."""
        return max(map(len, self._columns.values()), default=0)

    def to_dict(self) -> dict[str, list[float]]:
        """Return the columns as a dict of new lists."""
        return {name: list(column) for name, column in self._columns.items()}

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the curves with matplotlib, all but the learning rate's, and return the Axes."""
        from nn.plotting import plot_history

        return plot_history({name: column for name, column in self._columns.items() if name != "lr"}, ax=ax)

    def __getitem__(self, name: str) -> list[float]:
        try:
            return self._columns[name]
        except KeyError:
            known = ", ".join(map(shown, self._columns)) or "nothing yet"
            raise KeyError(f"{name!r} was not recorded: expected one of {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        caption = f"History of {self.epochs} epoch{'' if self.epochs == 1 else 's'}"
        if self.interrupted:
            caption += ", interrupted"
        if not self.epochs:
            return caption
        rows = [("", "first", "last", "lowest", "highest")]
        for name, column in self._columns.items():
            lowest, highest = [f"{x:.4g} ({column.index(x) + 1})" for x in (min(column), max(column))]
            rows.append((shown(name), f"{column[0]:.4g}", f"{column[-1]:.4g}", lowest, highest))
        return "\n".join([caption, *table(rows, left=1)])
