"""How far rounding moves a result and its gradient: both computed again with other last digits.

Every operation of the recorded graph gives its result with the last digit moved up or down at
random. This is Monte Carlo arithmetic (D. S. Parker 1997, UCLA CSD-970002) and before that CESTAC
(J. Vignes and M. La Porte 1974); it needs no derivative to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isfinite, isnan, nan, ulp
from random import Random
from typing import Any, NamedTuple

from autograd.reverse import partials_of
from autograd.scalars import number_in
from autograd.transforms.recording import Recording
from autograd.value import Value

FEW, MANY = 3, 32  # pairs of moves; if two roundings cancel in half of them, a few may show nothing


class Noise(NamedTuple):
    """How far rounding moves a function and its derivative with respect to each input."""

    value: float
    gradient: list[float]


def noise(recording: Recording, pairs: int = FEW) -> Noise:
    """Return how far rounding moves the output, and its gradient, of a recorded function of one number.

    The moves of a pair are opposite in every digit, and the smaller effect counts: a jump or a kink
    close by is met by only one of the two, and is not rounding.
    """
    steps = frozenset([node for node in recording.order if is_step(node)])
    settled = numbers(recording, lambda: 0, steps)
    moved = [0.0] * len(settled)
    for seed in range(pairs):
        pair = [numbers(recording, digits(seed, up), steps) for up in (1, -1)]
        for i, x in enumerate(settled):
            moved[i] = max(moved[i], min([abs(y[i] - x) for y in pair if not isnan(y[i] - x)], default=0.0))
    return Noise(moved[0], moved[1:])


def is_step(node: Value) -> bool:
    """Return whether an operation keeps its result as its inputs move a little, so that its result is exact."""
    try:
        return node.op is not None and not any(partials_of(node))
    except (ArithmeticError, ValueError):  # a rule that raises where it has no value, such as at a pole
        return False


def is_copy(op: Any, given: list[float], result: float) -> bool:
    """Whether a result is one of the operands or its opposite, as with maximum or abs, and so is exact.

    It is rounded if another operand has an effect smaller than its last digit: 1 + 1e-20 is 1.
    """
    if result not in given and -result not in given:
        return False
    try:
        effects = [abs(x * float(partial)) for x, partial in zip(given, op.partials(*given, result), strict=True)]
    except (ArithmeticError, TypeError, ValueError):  # a rule that raises, or returns what it must not
        return True
    return not any([0.0 < effect < ulp(result) for effect in effects])


def digits(seed: int, up: int) -> Callable[[], int]:
    """Return a function that gives up or -up at random, the opposite for the opposite of up."""
    random = Random(seed)
    return lambda: up if random.getrandbits(1) else -up


def numbers(recording: Recording, digit: Callable[[], int], exact: Collection[Value]) -> list[float]:
    """Return the output and the gradient with other last digits, NaN where an operation raises."""
    try:
        data, gradients = compute(recording, digit, exact)
    except (ArithmeticError, ValueError):
        return [nan] * (1 + len(recording.inputs))
    return [data.get(recording.outputs[0], 0.0), *[gradients[x] for x in recording.inputs]]


def compute(
    recording: Recording, digit: Callable[[], int] = lambda: 0, exact: Collection[Value] = ()
) -> tuple[dict[Value, float], dict[Value, float]]:
    """Compute a recorded function of one number again, with the last digit of each result moved by digit().

    Return the number in each node that depends on the inputs, and the derivative of the output with
    respect to it. The results of `exact` operations, such as step, do not move.
    """

    def moved(x: float) -> float:
        return x + digit() * ulp(x) if x and isfinite(x) else x

    data = {x: x.data for x in recording.inputs}
    steps: list[tuple[Value, Any, tuple[Any, ...], list[float]]] = []
    for node in recording.operations:
        op: Any = node.op
        inputs = node.inputs
        given = [data[x] if x in data else number_in(x) for x in inputs]
        steps.append((node, op, inputs, given))
        result = op.forward(*given)
        if node not in exact and not is_copy(op, given, result):
            if len(given) > 2:  # a sum rounds as often as it has terms
                result = op.forward(*map(moved, given))
            result = moved(result)
        data[node] = result

    gradients = dict.fromkeys(recording.order, 0.0)
    gradients[recording.outputs[0]] = 1.0
    for node, op, inputs, given in reversed(steps):
        for x, partial in zip(inputs, op.partials(*given, data[node]), strict=True):
            if isinstance(x, Value) and x in gradients and partial is not False:
                gradients[x] = moved(gradients[x] + moved(gradients[node] * float(partial)))
    return data, gradients
