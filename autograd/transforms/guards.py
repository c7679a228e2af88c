"""Derivatives that pass only where a recorded comparison holds: what False in a rule means while compiling.

On floats a rule answers with False where nothing passes. While `autograd.compile` records, the answer
is not known yet: it is a comparison, the guard, recorded along with the derivative. Where a guard fails the
derivative counts as -0.0, the one number that changes no sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign
from typing import Any, NamedTuple

from autograd import modes
from autograd.ops import COMPARISONS, EQUAL, MAX, NOT_EQUAL, WHERE
from autograd.scalars import NOTHING

DECIDING = frozenset(map(id, (*COMPARISONS, WHERE)))  # to compare ops takes longer


class Guarded(NamedTuple):
    """A derivative, and guards of which one must hold for it to pass; `settled` if it is -0.0 where none does."""

    number: Any
    guards: tuple[Any, ...]
    settled: bool = False

    @property
    def guard(self) -> Any:
        """One number that is 0.0 where nothing passes."""
        return MAX(*self.guards) if len(self.guards) > 1 else self.guards[0]

    def selected(self, otherwise: float = -0.0) -> Any:
        """Return the derivative where it passes, else another number."""
        settled = self.settled and copysign(1.0, otherwise) < 0.0
        return self.number if settled else WHERE(self.guard, self.number, otherwise)


def guard_of(partial: Any, inputs: Sequence[Any] = ()) -> Any:
    """Return whether a partial derivative passes anything: True, False, or a recorded comparison.

    `inputs` are those of the operation. A partial derivative that is one of them, as for a product, is a
    number like any other, even if it is a comparison that the user multiplies by.
    """
    op = getattr(partial, "op", None)
    never = partial is False or partial is NOTHING
    if not (never or id(op) in DECIDING) or any([partial is x for x in inputs]):
        return True
    if never:
        return False
    if op is not WHERE:
        return partial
    condition, x, y = partial.inputs
    then, otherwise = guard_of(x, inputs), guard_of(y, inputs)
    if then is otherwise:
        return then
    if then is True and otherwise is False:
        return condition if getattr(condition, "op", None) in COMPARISONS else NOT_EQUAL(condition, 0.0)
    if then is False and otherwise is True:
        return EQUAL(condition, 0.0)
    return WHERE(condition, *[float(x) if isinstance(x, bool) else x for x in (then, otherwise)])


def both(guard: Any, other: Any) -> Any:
    """Return a guard that holds where both of two guards do."""
    return other if guard is True else guard if other is True else guard * other


def times(gradient: Any, partial: Any, multiply: Any, inputs: Sequence[Any] = ()) -> Any:
    """Multiply a gradient by a partial derivative, either of which may be guarded; see `guard_of` for `inputs`."""
    number, guard = (gradient.number, gradient.guard) if isinstance(gradient, Guarded) else (gradient, True)
    passes = guard_of(partial, inputs)
    if passes is False:
        return None
    product = number if passes is partial else multiply(number, partial)  # a comparison that holds is a factor of 1
    if passes is True and guard is True:
        return product
    if not modes.active().strict:
        return product if passes is True else WHERE(passes, product, 0.0)
    return Guarded(product, (both(guard, passes),))


def plus(total: Any, term: Any) -> Any:
    """Add two gradients, either of which may be guarded."""
    left, right = [x.selected() if isinstance(x, Guarded) else x for x in (total, term)]
    if not (isinstance(total, Guarded) and isinstance(term, Guarded)):
        return left + right
    new = [guard for guard in term.guards if not any([guard is known for known in total.guards])]
    return Guarded(left + right, (*total.guards, *new), settled=True)


def finished(gradient: Any) -> Any:
    """Return a gradient as a number: 0.0 where nothing passed."""
    return gradient.selected(0.0) if isinstance(gradient, Guarded) else gradient
