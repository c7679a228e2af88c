"""What `statistics.mean` adds: Values, in place of the fractions that it makes of other numbers."""

from __future__ import annotations

from typing import Any


class Addend:
    """A Value that can be added up and divided by a count, as `statistics` treats an infinity among its numbers.

    Variances multiply fractions, for which there is no derivative here: they raise TypeError.

    >>> import statistics
    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = statistics.mean([x, Value(5.0)])
    >>> y.backward()
    >>> y.data, x.grad
    (4.0, 0.5)
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __add__(self, other: Any) -> Addend:
        return Addend(self.value + getattr(other, "value", other))

    __radd__ = __add__

    def __truediv__(self, count: int) -> Any:
        return self.value / count

    def __mul__(self, other: Any) -> Any:
        raise TypeError(
            "the functions of statistics other than mean lose the derivatives of a Value: use autograd.variance"
        )

    def is_finite(self) -> bool:
        """Say no, so that the sum is not made a fraction."""
        return False
