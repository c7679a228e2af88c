"""The errors that autograd raises on purpose: one base, and children a caller would catch anyway."""


class AutogradError(Exception):
    """The base of every error that this library defines."""


class AnomalyError(AutogradError, FloatingPointError):
    """An operation made a NaN or an infinity inside `detect_anomaly`."""
