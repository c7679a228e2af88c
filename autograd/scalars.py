"""What counts as a number, wherever one is given: by a user, by an op's `forward` or by its `partials`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Number = Any  # what a Value or an operation accepts: int, float, bool or a NumPy scalar
NOTHING = float("0")  # False as a number: a separate object, so a recorded rule can tell it from 0.0


def number(x: object) -> float:
    """Return a plain number as a float.

    Raises TypeError for anything but int, float, bool and NumPy's real scalars.
    """
    if isinstance(x, (float, int)):
        return float(x) if x is not False else NOTHING
    held = bare(x)
    if isinstance(held, (float, int)):
        return float(held)
    if getattr(held, "shape", None) == () and getattr(getattr(held, "dtype", None), "kind", "-") in "fiub":
        return float(held)
    given = f"{x!r:.60}" + ("..." if len(repr(x)) > 60 else "")
    raise TypeError(
        f"expected a real number (int, float, bool or NumPy scalar), got {type(x).__name__}: {given}{_advice(x)}"
    )


def _advice(x: Any) -> str:
    """Say how to turn the number of another library into one that is allowed; "" if x is not such a number."""
    if getattr(x, "ndim", None) == 0 and hasattr(x, "item") and not hasattr(x, "__array_ufunc__"):  # a tensor
        return "; give its .item()"
    fraction = hasattr(type(x), "as_integer_ratio") and not hasattr(x, "backward")  # or a Decimal, but not a Value
    return "; give float(...) of it" if fraction else ""


def bare(x: Any) -> Any:
    """Return what a NumPy array of objects without axes holds, such as a Value; anything else as it is."""
    if getattr(x, "shape", None) == () and getattr(getattr(x, "dtype", None), "kind", "-") == "O":
        return x.item()
    return x


def operand(x: object) -> Any:
    """Return the other operand of an operator as a float, or NotImplemented so that Python asks the other's type."""
    if type(x) is int:
        return x + 0.0
    try:
        return number(x)
    except TypeError:
        if isinstance(x, (str, bytes, complex, list, tuple, dict, set, type(None))):
            raise
        if advice := _advice(x):
            raise TypeError(f"a Value does not compute with a {type(x).__name__}{advice}") from None
        return NotImplemented


def assigned(what: str, given: object) -> float:
    """Return an assigned number as a float. Raises TypeError for anything that is not a plain number."""
    if hasattr(given, "backward"):  # a Value
        raise TypeError(f"{what} must be a plain number, got a Value: use its .data")
    if given is None:
        raise TypeError(f"{what} must be a number, got None: set it to 0.0")
    try:
        return number(given)
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def text(given: object) -> str:
    """Return an assigned label. Raises TypeError for anything but a str."""
    if not isinstance(given, str):
        raise TypeError(f"a label must be a str, got {type(given).__name__}: {given!r:.60}")
    return given


def number_in(x: Number) -> float:
    """Return the number in a Value, or a plain number, as a float."""
    return x.data if hasattr(x, "backward") else number(x)


def result_of(op: Any, data: object) -> float:
    """Return the result of an op's `forward` as a float. Raises TypeError unless it is a number."""
    try:
        return number(data)
    except TypeError:
        raise TypeError(f"op {op.name!r} must return a float from forward, got {type(data).__name__}") from None


def partial_of(op: Any, partial: Any) -> float:
    """Return a derivative from a rule as a float. Raises TypeError for anything that is not a number."""
    try:
        return number(getattr(bare(partial), "_data", partial))
    except TypeError as error:
        raise TypeError(f"op {op.name!r}: partials must return numbers: {error}") from None


def partials_checked(op: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
    """Return `op.partials(*inputs, output)`. Raises TypeError unless it is one derivative per input."""
    partials: Sequence[Any] = op.partials(*inputs, output)
    if not isinstance(partials, (tuple, list)):
        returned = f"one {type(partials).__name__}, not a tuple"
    elif len(partials) != len(inputs):
        returned = f"a tuple of {len(partials)}"
    elif any([partial is None for partial in partials]):
        returned = "None among them: return 0.0, or False where nothing may pass"
    else:
        return partials
    raise TypeError(
        f"op {op.name!r}: partials must return one derivative for each of {len(inputs)} inputs, got {returned}"
    )
