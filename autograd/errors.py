"""The errors that autograd raises on purpose: one base, and children a caller would catch anyway."""


class AutogradError(Exception):
    """The base of every error that this library defines."""


class AnomalyError(AutogradError, FloatingPointError):
    """An operation made a NaN or an infinity inside `detect_anomaly`."""


class GraphSizeError(AutogradError, ValueError):
    """A graph is too large for what was asked of it."""


class RenderError(AutogradError, RuntimeError):
    """No program turned a drawing into a picture: there is none, or it failed."""


class NonDifferentiableError(AutogradError, ValueError):
    """A function has a kink, a jump, an infinite slope or its domain's end where a derivative is checked."""


class GradientMismatchError(AutogradError, AssertionError):
    """A derivative is not what the values of the function say."""


class InconclusiveError(AutogradError, ValueError):
    """Double precision does not suffice to judge a derivative at a point."""


class TracingError(AutogradError, TypeError):
    """A function that is being compiled decides by, or converts, a number that is not known yet."""
