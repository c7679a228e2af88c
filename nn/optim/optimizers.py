"""SGD, Adagrad, RMSprop, Adam and AdamW: an update rule each, with PyTorch's arguments and defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd.scalars import Number
from autograd.value import Value
from nn.checks.settings import not_negative
from nn.optim.optimizer import Optimizer
from nn.optim.rules import adagrad, adam, adamw, rmsprop, sgd

Params = Iterable[Value] | Iterable[Mapping[str, Any]]


class SGD(Optimizer):
    """Stochastic gradient descent, with PyTorch's rule and numbers (see `sgd`).

    >>> w = Value(2.0)
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    1.0
    """

    settings = ("lr", "momentum", "nesterov", "weight_decay")
    rule = staticmethod(sgd)
    start = (0.0,)

    momentum: float
    nesterov: bool
    weight_decay: float

    def __init__(
        self,
        params: Params,
        lr: Number,
        momentum: Number = 0.0,
        nesterov: bool = False,
        weight_decay: Number = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings if they are allowed."""
        checked = super().checked(settings)
        if checked["nesterov"] and not checked["momentum"]:
            raise ValueError("nesterov=True needs a momentum above 0, got momentum=0")
        return checked


class Adagrad(Optimizer):
    """Gradient descent that slows down where gradients have been large (see `adagrad`).

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> Adagrad([w]).step()
    >>> round(w.data, 5)
    1.99
    """

    settings = ("lr", "lr_decay", "weight_decay", "eps")
    rule = staticmethod(adagrad)
    start = (0.0, 0.0)

    def __init__(
        self,
        params: Params,
        lr: Number = 1e-2,
        lr_decay: Number = 0.0,
        weight_decay: Number = 0.0,
        initial_accumulator_value: Number = 0.0,
        eps: Number = 1e-10,
    ) -> None:
        self.start = (0.0, not_negative("initial_accumulator_value", initial_accumulator_value))
        super().__init__(params, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)


class RMSprop(Optimizer):
    """Gradient descent by the size of recent gradients (see `rmsprop`).

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> RMSprop([w]).step()
    >>> round(w.data, 5)
    1.9
    """

    settings = ("lr", "alpha", "eps", "weight_decay", "momentum", "centered")
    rule = staticmethod(rmsprop)
    start = (0.0, 0.0, 0.0)

    def __init__(
        self,
        params: Params,
        lr: Number = 1e-2,
        alpha: Number = 0.99,
        eps: Number = 1e-8,
        weight_decay: Number = 0.0,
        momentum: Number = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )


class Adam(Optimizer):
    """Gradient descent by the mean and the size of recent gradients (see `adam`).

    >>> w = Value(2.0)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    1.5
    """

    settings = ("lr", "betas", "eps", "weight_decay", "amsgrad")
    rule = staticmethod(adam)
    start = (0.0, 0.0, 0.0, 0.0)

    def __init__(
        self,
        params: Params,
        lr: Number = 1e-3,
        betas: tuple[Number, Number] = (0.9, 0.999),
        eps: Number = 1e-8,
        weight_decay: Number = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)


class AdamW(Adam):
    """Adam with decoupled weight decay (see `adamw`).

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> AdamW([w]).step()
    >>> round(w.data, 5)
    1.99898
    """

    rule = staticmethod(adamw)

    def __init__(
        self,
        params: Params,
        lr: Number = 1e-3,
        betas: tuple[Number, Number] = (0.9, 0.999),
        eps: Number = 1e-8,
        weight_decay: Number = 0.01,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)
