"""The errors that nn raises on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.errors import AutogradError
from autograd.output.printing import shown

if TYPE_CHECKING:
    from nn.training.history import History


class ModelFileError(AutogradError, ValueError):
    """A file holds no model that can be loaded, or a model cannot be written to a file.

    >>> import nn
    >>> nn.load(nn.__file__)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nn.errors.ModelFileError: ...: not a model file of nn.save, or cut short...
    """

    def __init__(self, *arguments: object) -> None:
        # A file's own words are in most of these messages: they can neither steer a terminal nor make a line.
        super().__init__(*[shown(x) if isinstance(x, str) else x for x in arguments])


class TrainingError(AutogradError, FloatingPointError):
    """A loss, a gradient or a parameter turned NaN or infinite in training.

    `history` has the epochs that were finished before, where `fit` raises it; None elsewhere.

    >>> import nn
    >>> model = nn.MLP(1, [1])
    >>> sgd = nn.optim.SGD(model.parameters(), lr=1e300)
    >>> nn.fit(model, [1.0], [1.0], loss="mse", optimizer=sgd, epochs=9)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nn.errors.TrainingError: the loss is inf in epoch 2, batch 1...
    """

    history: History | None = None
