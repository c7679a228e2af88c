"""The errors that autograd raises on purpose: one base, whose children also inherit a built-in error."""

from typing import Any

from autograd.output.printing import lines


class AutogradError(Exception):
    """The base of every error that this library defines.

    >>> issubclass(AnomalyError, AutogradError) and issubclass(TracingError, AutogradError)
    True
    """

    def __init__(self, *arguments: object) -> None:
        # Messages quote names that a user or a file chose, and a terminal would obey what is in them.
        super().__init__(*[lines(x) if isinstance(x, str) else x for x in arguments])


class AnomalyError(AutogradError, FloatingPointError):
    """An operation made a NaN or an infinity inside `detect_anomaly`.

    >>> import autograd
    >>> with autograd.detect_anomaly():
    ...     y = 1.0 / autograd.Value(0.0)
    Traceback (most recent call last):
    autograd.errors.AnomalyError: div made inf from 1.0, 0.0
      at <doctest autograd.errors.AnomalyError[1]>:2: y = 1.0 / autograd.Value(0.0)
    """


class GraphSizeError(AutogradError, ValueError):
    """A graph is too large for what was asked of it.

    >>> import autograd
    >>> x = autograd.Value(1.0)
    >>> autograd.draw(x + x**2, group=False, max_nodes=2)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.GraphSizeError: the graph has 3 nodes, more than max_nodes=2...
    """


class RenderError(AutogradError, RuntimeError):
    """A drawing did not become a picture: no program is installed, or it failed.

    >>> import autograd
    >>> drawing = autograd.draw(autograd.Value(1.0))
    >>> drawing.source = "no DOT"
    >>> drawing.svg()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.RenderError: ...
    """


class NonDifferentiableError(AutogradError, ValueError):
    """A function has a kink, a jump, an infinite slope or the end of its domain where it is checked.

    >>> import autograd
    >>> from autograd.testing import check_grads
    >>> check_grads(autograd.relu, (0.0,))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.NonDifferentiableError: relu has a kink at x = 0.0, so it is not differentiable there...
    """


class GradientMismatchError(AutogradError, AssertionError):
    """A derivative does not match the values of the function.

    >>> import autograd
    >>> from autograd.testing import check_grads
    >>> check_grads(lambda x: x * autograd.Value(x.data), (3.0,))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.GradientMismatchError: the derivative of f is not what its values say...
    """


class InconclusiveError(AutogradError, ValueError):
    """Double precision does not suffice to judge a derivative at a point.

    >>> import autograd
    >>> from autograd.testing import check_grads
    >>> check_grads(lambda x: (1.0 - autograd.cos(x)) / x**2, (1e-6,))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.InconclusiveError: cannot judge the derivative of f: rounding leaves it too few digits...
    """


class CompileError(AutogradError, ValueError):
    """A program cannot be compiled: the message has its size and the limit.

    >>> import autograd
    >>> def long(x):
    ...     for k in range(2000):
    ...         x = autograd.sin(x * (k + 0.5)) + autograd.exp(-x)
    ...     return x
    >>> autograd.compile(long, backend="jax")(0.5)  # doctest: +SKIP
    Traceback (most recent call last):
    autograd.errors.CompileError: the program has 10,000 operations in 10,000 groups of like ones...
    """


class TracingError(AutogradError, TypeError):
    """A function that is being compiled branches on, or converts, a number that is not known yet.

    >>> import autograd
    >>> autograd.compile(lambda x: x if x > 0.0 else -x)(1.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.TracingError: a compiled function decides by a recorded Value...
    """


def elsewhere(name: str, ours: str) -> Any:
    """Return an attribute that does not exist: its error says what to use in its place."""

    def missing(self: object, *_: object) -> Any:
        raise AttributeError(f"a Value has no {name}, which is micrograd's: use v.{ours}")

    return property(missing, missing)


def needs(extra: str, what: str, package: str) -> ImportError:
    """Return the error for a package that is not installed: what needs it, and the extra that brings it.

    >>> needs("draw", "a GIF needs the package pillow", "PIL")
    ImportError("a GIF needs the package pillow: pip install 'chainrule[draw]'")
    """
    return ImportError(f"{what}: pip install 'chainrule[{extra}]'", name=package)
