"""A function of an array as a function of one number: along an input, or in a direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.testing.check.grain import STEPS, grain, moved, scatter, unit
from autograd.testing.check.slopes import Slope, slope
from autograd.testing.foreign.arrays import floats

Numbers = Callable[[Any], Any]  # an array of inputs -> an array, both float64
KNOWN = 1000  # points at which a function's numbers are kept


class Values:
    """A function near a point: what it gives for inputs as a flat array, computed once a point."""

    def __init__(self, f: Numbers, point: Any, outputs: int) -> None:
        self.f, self.point, self.outputs = f, point, outputs
        self.known: dict[bytes, Any] = {}

    def at(self, inputs: Any) -> Any:
        """Return the outputs, NaN where f raises as functions do outside their domain."""
        import numpy

        key = inputs.tobytes() if self.outputs > 1 else b""
        if key and key in self.known:
            return self.known[key]
        try:
            with numpy.errstate(all="ignore"):
                outputs = self.f(inputs.reshape(self.point.shape).copy())
        except (ArithmeticError, ValueError):
            outputs = numpy.full(self.outputs, numpy.nan)
        if key:
            if len(self.known) == KNOWN:
                self.known.clear()
            self.known[key] = outputs
        return outputs

    def in_direction(self, towards: Any, k: int) -> Callable[[float], float]:
        """Return the k-th output as the inputs move from t = 1 in a direction."""
        flat = self.point.ravel()
        return lambda t: float(self.at(flat + (t - 1.0) * towards)[k])

    def along(self, i: int, k: int) -> Callable[[float], float]:
        """Return the k-th output as a function of the i-th input alone."""

        def function(x: float) -> float:
            inputs = self.point.ravel().copy()
            inputs[i] = x
            return float(self.at(inputs)[k])

        return function


class Blur(NamedTuple):
    """How far noise may move a value of f, and each of its derivatives as somebody computes them."""

    value: float
    derivatives: Any


def units(point: Any, seed: int = 0) -> Any:
    """Return a direction in which each input moves by multiples that are exact, up or down at random."""
    import numpy

    signs = numpy.random.default_rng(seed).choice([-1.0, 1.0], point.size)
    return signs * [unit(x) for x in point.ravel().tolist()]


def blur(values: Values, derivatives: Numbers, k: int) -> Blur:
    """Return the noise of the k-th output and of its derivatives, an array, beside the point.

    The point itself is not looked at: what is wrong or rough there is not noise.
    """
    import numpy

    moves, flat = units(values.point), values.point.ravel()
    found = grain(lambda t: float(values.at(flat + t * moves)[k]))
    if not found.step:
        return Blur(0.0, numpy.zeros(flat.size))
    rows = []
    for j in STEPS:
        try:
            with numpy.errstate(all="ignore"):
                rows.append(derivatives((flat + j * found.step * moves).reshape(values.point.shape))[k].ravel())
        except (ArithmeticError, ValueError):  # as some do outside a domain
            return Blur(found.size, numpy.zeros(flat.size))
    columns = numpy.array(rows).T.tolist()
    return Blur(found.size, numpy.array([scatter(column) for column in columns]))


def direction(point: Any, seed: int) -> Any:
    """Return a random direction in which every input moves, in proportion to its size or to the usual one."""
    import numpy

    random = numpy.random.default_rng(seed)
    size = numpy.abs(point.ravel())
    usual = float(numpy.sqrt(numpy.mean(size * size))) or 1.0
    signs = random.choice([-1.0, 1.0], size.size)
    return numpy.maximum(size, usual) * signs * random.uniform(0.5, 1.5, size.size)


def slope_in(values: Values, towards: Any, k: int, middle: float) -> Slope:
    """Return the slope of an output in a direction, with the noise that its values show there."""
    f = values.in_direction(towards, k)
    return slope(f, 1.0, middle, grain(moved(f, 1.0, 1.0)).size)


def checked(x: Any, caller: str) -> Any:
    """Return the point as a float64 array. Raises ValueError if it is empty, or not finite."""
    import numpy

    point = floats(x, f"{caller}: x")
    if not point.size:
        raise ValueError(f"{caller} needs at least one number to differentiate with respect to, got x of {point.shape}")
    wrong = numpy.argwhere(~numpy.isfinite(point))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise ValueError(f"{caller} needs finite inputs, got {entry('x', place)} = {point[place]}")
    return point


def entry(name: str, place: Sequence[int]) -> str:
    """Return the name of an entry of an array, such as x[0, 2]; of one without axes, its own."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name
