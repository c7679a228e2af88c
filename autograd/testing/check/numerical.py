"""numerical_grad: the gradient of a function from its values alone, with an error estimate for each entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.ops import OPS
from autograd.testing.check.comparison import LOOSE, SAFETY
from autograd.testing.check.grain import noise_aside
from autograd.testing.check.rounding import noise
from autograd.testing.check.slopes import Slope
from autograd.testing.check.subject import base, is_constant, subject
from autograd.transforms.recording import Recording


def numerical_grad(f: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, Any]:
    """Return the gradient of f at args by differences, and an estimate of the error of each entry.

    `args` is a tuple or list with one entry per argument of f, each a number or any nesting of lists,
    tuples, dicts and NumPy arrays of numbers or Values; gradient and estimate both have its structure.
    If args are Values and f takes no arguments, f reads them by itself, as a loss reads the parameters
    of a model. f must return one number. Nothing you give it is changed.

    The method is Ridders' (1982): central differences with steps from a tenth of an input's size
    down, extrapolated to step 0, one input at a time. A smooth function is evaluated 10 to 20 times per input,
    and 26 times more for the noise of its values if it is not made of this library's operations alone. The
    estimate includes rounding and is meant to be too large rather than too small. Where there is no
    derivative it says so: at a kink the entry is the mean of both slopes and the estimate half of
    their difference; at a jump, an infinite slope or the end of the domain they are nan and inf.

    Raises TypeError if f returns anything but one number, ValueError if that is NaN or infinite at
    args, or not the same in two calls.

    >>> import autograd
    >>> (slope,), (error,) = numerical_grad(autograd.exp, (1.0,))
    >>> abs(slope - autograd.exp(1.0)) < error < 1e-11
    True
    >>> (slope,), (error,) = numerical_grad(autograd.abs, (0.0,))
    >>> slope, round(error, 9)
    (0.0, 1.0)
    """
    it = subject(f, args, "numerical_grad")
    recording = it.record()
    middle = base(it, recording, "numerical_grad")
    slopes = it.slopes(middle, noise(recording).value)
    if is_opaque(recording):
        slopes = [steady(it.along(i), it.point[i], s) for i, s in enumerate(slopes)]
    kind = list if isinstance(args, list) else tuple
    return kind(it.at([s.value for s in slopes])), kind(it.at([s.error for s in slopes]))


def is_opaque(recording: Recording) -> bool:
    """Whether a recorded function computes what no recording shows, in an op from elsewhere or in floats."""
    return is_constant(recording) or any([node.op not in OPS for node in recording.operations])


def steady(f: Callable[[float], float], x: float, found: Slope) -> Slope:
    """Return a slope with an error that knows of the noise in the values that it rests on."""
    if found.kind != "smooth":
        return found
    safety = SAFETY**2 if found.error > LOOSE * found.scale else SAFETY  # extrapolations that have hardly converged
    return found._replace(error=max(safety * found.error, 2.0 * noise_aside(f, x, found.step) / found.step))
