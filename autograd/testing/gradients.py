"""check_gradient and check_jacobian: derivatives that anybody computed, against the values of a function."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, prod
from typing import Any

from autograd.testing.foreign.arrays import floats, numpy_for, one_float
from autograd.testing.foreign.judge import DIRECTIONS, Case, judge
from autograd.testing.foreign.lines import Values, checked, entry

MANY = 1000  # inputs above which random directions are judged


def check_gradient(
    f: Callable[[Any], Any], gradient: Callable[[Any], Any], x: Any, *, directions: int | None = None
) -> None:
    """Return if gradient(x) is what the values of f say, and raise if not. There is no step size to choose.

    `f` takes a float64 array of the shape of `x` and gives one number, `gradient` takes the same array and
    gives one of its shape: from JAX, PyTorch, by hand. `x` and what the two return may be numbers and lists
    of them, NumPy, JAX or PyTorch arrays. Each entry is compared with differences of f whose error is estimated, as in
    `check_grads`; noise in both, as in single precision, is measured. f is evaluated about 14 times per input
    and 13 times more, `gradient` 14 times.

    With more than 1,000 inputs, or with `directions`, the slope in so many random directions (4 if it is None)
    is judged instead, and in one more, in which all derivatives add up. Where one is wrong, an input at fault
    is searched for.

    Raises GradientMismatchError with a table of what differs; NonDifferentiableError where f has a kink, a
    jump, an infinite slope or the end of its domain; InconclusiveError where noise leaves too few digits.
    ValueError for a gradient of another shape and for an f that is not finite or not the same in two calls,
    TypeError for an f that does not give one number.

    >>> import numpy as np
    >>> check_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, [0.5, -2.0])
    >>> check_gradient(lambda x: np.sum(x**3), lambda x: 2 * x**2, [0.5, -2.0])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.GradientMismatchError: the gradient of f is not what its values say
      input  analytic  numeric  estimate  rounding
      x[0]   0.5       0.75     ...
      x[1]   8         12       ...
    each is 0.666667 times what the values say
    """
    name = "check_gradient"
    if directions is not None and (isinstance(directions, bool) or not isinstance(directions, int)):
        raise TypeError(f"{name}: expected directions as an int of at least 1, got {directions!r:.60}")
    if directions is not None and directions < 1:
        raise ValueError(f"{name}: expected directions of at least 1, got {directions}")
    numpy = numpy_for(name)

    def outputs(point: Any) -> Any:
        return numpy.array([one_float(f(point), name)])

    _check(outputs, lambda y: (), gradient, x, name, directions)


def check_jacobian(f: Callable[[Any], Any], jacobian: Callable[[Any], Any], x: Any) -> None:
    """Return if jacobian(x) is what the values of f say, and raise if not: `check_gradient` for several outputs.

    `f` takes a float64 array of the shape of `x` and gives an array of numbers, `jacobian` gives one of the
    shape of f's followed by that of x, m x n for vectors; a sparse array of SciPy will do. Every output is judged.

    >>> import numpy as np
    >>> check_jacobian(lambda x: [x[0] * x[1], np.sin(x[0])], lambda x: [[x[1], x[0]], [np.cos(x[0]), 0.0]], [0.5, 2.0])
    """
    name = "check_jacobian"
    numpy_for(name)

    def outputs(point: Any) -> Any:
        return floats(f(point), f"{name}: the result of f")

    _check(outputs, lambda y: y.shape, jacobian, x, name, None)


def _check(
    f: Callable[[Any], Any],
    shape_of: Callable[[Any], tuple[int, ...]],
    derivative: Callable[[Any], Any],
    x: Any,
    caller: str,
    directions: int | None,
) -> None:
    """Check each output of a function of an array."""
    import numpy

    what = caller.removeprefix("check_")
    point = checked(x, caller)
    first, second = f(point.copy()), f(point.copy())
    shape = shape_of(first)
    names = ["f"] if not shape else [entry("f", place) for place in numpy.ndindex(shape)]
    middles = first.ravel().tolist()
    for name, y, again in zip(names, middles, second.ravel().tolist(), strict=False):
        if not isfinite(y):
            raise ValueError(f"{caller} needs a function that is finite at x, got {name} = {y}")
        if y != again:
            raise ValueError(f"{caller} needs a function that returns the same each time, got {y!r} and {again!r}")
    expected = shape + point.shape

    def rows(inputs: Any) -> Any:
        found = floats(derivative(inputs.copy()), f"{caller}: the {what}")
        if found.shape != expected:
            raise ValueError(f"{caller} needs a {what} of the shape {expected}, got one of {found.shape}")
        return found.reshape(prod(shape), point.size)

    exact = rows(point)
    values = Values(lambda inputs: f(inputs).ravel(), point, len(names))
    if directions is None and point.size > MANY:
        directions = DIRECTIONS
    for k, (name, middle) in enumerate(zip(names, middles, strict=True)):
        judge(Case(name, values, k, rows, exact[k], middle), what, directions)
