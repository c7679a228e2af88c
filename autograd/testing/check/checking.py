"""check_grads and check_model: derivatives by the chain rule against differences of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.testing.check.comparison import Row, compare, direction, scatter
from autograd.testing.check.faults import beyond, differs, faults, roughest, slight
from autograd.testing.check.kinks import branch
from autograd.testing.check.reports import (
    inconclusive_report,
    kink_report,
    likely_cause,
    mismatch_report,
    undefined_report,
)
from autograd.testing.check.subject import Subject, base, is_constant, subjects
from autograd.transforms.recording import Recording

MODES = ("rev", "fwd")


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = MODES,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Check the derivatives of f at args against its values, and raise if they do not agree.

    Derivatives up to `order` are taken by the chain rule, in reverse and forward mode ("rev", "fwd")
    and all combinations of them, and compared with differences of values: see `numerical_grad` for
    the method, for what `args` may be and for functions that read the parameters of a model. Two
    derivatives agree if they differ by no more than a few times the estimated error of the
    differences, plus the rounding of the chain rule, plus `atol` and `rtol` times the derivative.
    Where f's values do not resolve a derivative, such as one of 1e-20 in a function of size 1, its
    operations are checked one by one instead.

    f may return several numbers, in lists, tuples, dicts and arrays: each is judged, under a name such
    as f['loss'].

    It judges one point, args: a rule may be right there and wrong elsewhere. For more points, draw them
    with `autograd.testing.strategies` (`points` of an operation, `expressions`) and hypothesis.

    A smooth function is evaluated about 14 times per input. Nothing you give it is changed, not even
    for a moment: an f that reads Values by itself is rebuilt, with stand-ins for them.

    Raises GradientMismatchError, an AssertionError, with a table of what differs and the operation
    most likely at fault; NonDifferentiableError where f has a kink, a jump, an infinite slope or the
    end of its domain, with the operation that has it; InconclusiveError where cancellation leaves the
    derivative no digits. TypeError and ValueError, as in `numerical_grad`, for what cannot be
    checked, such as a constant function.

    >>> import autograd, math
    >>> check_grads(autograd.exp, (1.0,), order=3)
    >>> sine = autograd.Op("sine", math.sin, lambda x, z: (-autograd.cos(x),))
    >>> check_grads(lambda x, y: y * autograd.apply(sine, x), (0.5, 2.0), modes=["rev"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.GradientMismatchError: the derivative of f is not what its values say
      input  mode  analytic         numeric         estimate  rounding
      x      rev   -1.755165123781  1.755165123781  ...
      (1 more agrees)
    most likely at fault: sine(x = 0.5) = 0.479425538604203
      its derivative with respect to input 0 is -0.8775825618904 by its rule, 0.8775825618904 +- ... by its values
    """
    modes = [modes] if isinstance(modes, str) else list(modes)
    if not modes or not set(modes) <= set(MODES):
        raise ValueError(f'check_grads: expected modes from "rev" and "fwd", got {modes}')
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"check_grads: expected an order of 1, 2 ..., got {order!r}")
    if not (rtol or 0.0) >= 0.0 or not (atol or 0.0) >= 0.0:
        raise ValueError(f"check_grads: expected rtol and atol of at least 0, got rtol={rtol} and atol={atol}")
    its = subjects(f, args, "check_grads")
    values = [base(it, it.record(), "check_grads") for it in its]
    moving = False
    for it in its:
        recording = it.record()
        for k in range(1, order + 1):
            if not check_order(it, recording, k, modes, rtol or 0.0, atol or 0.0):
                break
            moving = True
    if not moving:
        given = values[0] if len(values) == 1 else values
        raise ValueError(f"check_grads needs a function of its inputs, got the constant {given!r:.60}")


def check_model(
    model: Any,
    x: Any,
    target: Any,
    loss: Callable[[Any, Any], Any],
    order: int = 1,
    modes: Sequence[str] = MODES,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Check the gradient of loss(model(x), target) with respect to the parameters of a model, as `check_grads` does.

    `x` is what the model takes, for an `nn.MLP` one row of inputs; `model.parameters()` gives Values.
    One model is judged, for one row; `nn.testing` draws them, and says how to keep hypothesis quick.

    >>> import nn
    >>> check_model(nn.MLP(2, [3, 1], seed=1), [1.0, -0.5], 0.3, nn.losses.mse)
    """

    def loss_of_model() -> Any:
        return loss(model(x), target)

    check_grads(loss_of_model, model.parameters(), order, modes, rtol, atol)


def check_order(it: Subject, recording: Recording, order: int, modes: Sequence[str], rtol: float, atol: float) -> bool:
    """Check the derivatives of one order, given that those of lower order are right; return False for a constant."""
    rows = compare(it, recording, order, modes, rtol, atol)
    if order == 1 and is_constant(recording) and all([row.slope.scale == 0.0 for row in rows]):
        return False
    rough = [row for row in rows if row.slope.is_rough]
    differing = [row for row in rows if differs(row)]
    wrong = [row for row in differing if beyond(row, scatter(it, row))]
    unclear = [row for row in rows if not row.slope.is_rough and not (row.equal and row.resolved)]
    suspects = wrong or unclear
    way = towards(it, order, suspects)
    found = faults(recording, order, way) if suspects else []
    if not found:
        wrong = [row for row in wrong if not slight(row)]
    if wrong or found:
        branching = None if found else roughest(recording, order, way)
        cause = likely_cause(it, recording, order, found, branching)
        if order > 1 and branching is not None and not any([isfinite(row.analytic) for row in wrong]):
            raise NonDifferentiableError(undefined_report(it, order, rows, wrong, cause))
        raise GradientMismatchError(mismatch_report(it, order, rows, suspects, cause))
    if rough:
        place, step = rough[0].place or 0, rough[0].slope.step
        raise NonDifferentiableError(kink_report(it, order, rough, branch(it, place, step, order)))
    unsure = [row for row in unclear if (row in differing and not slight(row)) or not row.sharp]
    if unsure:
        raise InconclusiveError(inconclusive_report(it, order, rows, unsure))
    return True


def towards(it: Subject, order: int, rows: Sequence[Row]) -> list[float]:
    """Return a direction in which the inputs of some rows move; all of them, if a row is for a direction."""
    places = {row.place for row in rows} if order == 1 else {None}
    return [d if i in places or None in places else 0.0 for i, d in enumerate(direction(len(it.point), 0))]
