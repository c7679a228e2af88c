"""The errors that nn raises on purpose."""

from autograd.errors import AutogradError


class ModelFileError(AutogradError, ValueError):
    """A file holds no model that can be loaded, or a model cannot be written to a file."""


class TrainingError(AutogradError, FloatingPointError):
    """A loss, a gradient or a parameter turned NaN or infinite in training."""
