"""Settings: numbers within their ranges, whole numbers, pairs of numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from autograd.scalars import Number, number


def positive(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is above 0, TypeError if it is not a number."""
    return _within(name, given, "above 0", lambda x: x > 0.0)


def not_negative(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is at least 0, TypeError if it is not a number."""
    return _within(name, given, "at least 0", lambda x: x >= 0.0)


def fraction(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is in [0, 1), TypeError if it is not a number."""
    return _within(name, given, "at least 0 and below 1", lambda x: 0.0 <= x < 1.0)


def two_fractions(name: str, given: Any) -> tuple[float, float]:
    """Return a setting of two numbers in [0, 1) as floats. Raises ValueError or TypeError for anything else."""
    numbers = tuple(given) if isinstance(given, Iterable) else ()
    if len(numbers) != 2:
        raise TypeError(f"{name} must be two numbers such as (0.9, 0.999), got {given!r}")
    return fraction(f"{name}[0]", numbers[0]), fraction(f"{name}[1]", numbers[1])


def count(name: str, given: Number) -> int:
    """Return a setting as an int. Raises ValueError unless it is whole and above 0, TypeError if it is not a number."""
    return int(_within(name, given, "a whole number above 0", lambda x: x >= 1.0 and x.is_integer()))


def yes_or_no(name: str, given: Any) -> bool:
    """Return a setting as True or False."""
    return bool(given)


def whole(name: str, given: Any, least: int = 1) -> int:
    """Return how many of something there are. Raises ValueError below `least`, TypeError if it is not an integer."""
    try:
        found = operator.index(given)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {given!r}") from None
    if found < least:
        raise ValueError(f"{name} must be at least {least}, got {found}")
    return found


def _within(name: str, given: Number, allowed: str, is_allowed: Callable[[float], bool]) -> float:
    try:
        x = number(given)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    if not is_allowed(x):
        raise ValueError(f"{name} must be {allowed}, got {given!r}")
    return x
