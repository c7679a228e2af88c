"""Optimisers: how parameters move along their gradients.

An update rule is a function on the numbers of one parameter, in plain arithmetic, so it works on
floats, and on Values that record it. An optimiser keeps the settings and what the rule remembers of
each parameter, and applies the rule to all of them. Rules, arguments and defaults are PyTorch's.

Parameters may come in groups with settings of their own, and a part of a model's stays as it is if no group has it:

    SGD(model.layers[-1].parameters(), lr=0.1)                        # the other layers are frozen
    SGD([{"params": hidden, "lr": 0.01}, {"params": output}], lr=0.1)

`lr`, the learning rate, may be changed between steps (see `nn.schedules`). Every optimiser raises
ValueError for a learning rate or eps that is not positive, another setting out of its range, no
parameters, or a parameter given twice, and TypeError for what is no parameter or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd.functions import maximum, relu, sqrt
from autograd.scalars import Number
from autograd.value import Value
from nn.clipping import clip_grad_norm_ as clip_grad_norm_
from nn.clipping import clip_grad_value_ as clip_grad_value_
from nn.lbfgs import LBFGS as LBFGS
from nn.optimizer import Optimizer as Optimizer
from nn.optimizer import State, not_negative

Params = Iterable[Value] | Iterable[Mapping[str, Any]]

# Rules: (parameter, gradient, state, settings) -> (parameter, state).


def sgd(
    parameter: Any,
    gradient: Any,
    state: State,
    *,
    lr: Any,
    momentum: Any = 0.0,
    nesterov: bool = False,
    weight_decay: Any = 0.0,
) -> tuple[Any, State]:
    """Return the parameter after one step of stochastic gradient descent, and its state: (velocity,).

    Momentum is Polyak's (1964), Nesterov's in the form of Sutskever et al. (2013), both as PyTorch
    writes them: velocity = momentum * velocity + gradient.

    >>> sgd(1.0, 0.5, (2.0,), lr=0.5, momentum=0.25)
    (0.5, (1.0,))
    """
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    if momentum:
        velocity = momentum * state[0] + gradient
        gradient = gradient + momentum * velocity if nesterov else velocity
        state = (velocity,)
    return parameter - lr * gradient, state


def adagrad(
    parameter: Any,
    gradient: Any,
    state: State,
    *,
    lr: Any,
    lr_decay: Any = 0.0,
    weight_decay: Any = 0.0,
    eps: Any = 1e-10,
) -> tuple[Any, State]:
    """Return the parameter after one step of Adagrad (Duchi et al., 2011), and its state: (steps, sum of squares).

    >>> adagrad(1.0, 2.0, (0.0, 0.0), lr=0.5, eps=0.0)
    (0.5, (1.0, 4.0))
    """
    steps, squares = state
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    squares = squares + gradient * gradient
    rate = lr / (1.0 + steps * lr_decay)
    return parameter - rate * gradient / (sqrt(squares) + eps), (steps + 1.0, squares)


def rmsprop(
    parameter: Any,
    gradient: Any,
    state: State,
    *,
    lr: Any,
    alpha: Any = 0.99,
    eps: Any = 1e-8,
    weight_decay: Any = 0.0,
    momentum: Any = 0.0,
    centered: bool = False,
) -> tuple[Any, State]:
    """Return the parameter after one step of RMSProp (Hinton, 2012), and its state: (square, mean, velocity).

    `centered` divides by the deviation from the mean gradient (Graves, 2013).

    >>> rmsprop(1.0, 2.0, (4.0, 0.0, 0.0), lr=0.5, alpha=0.5, eps=0.0)
    (0.5, (4.0, 0.0, 0.0))
    """
    square, mean, velocity = state
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    square = alpha * square + (1.0 - alpha) * gradient * gradient
    variance = square
    if centered:
        mean = mean + (1.0 - alpha) * (gradient - mean)
        variance = relu(square - mean * mean)  # rounding may leave it just below 0, where PyTorch gives NaN
    deviation = sqrt(variance) + eps
    if momentum:
        velocity = momentum * velocity + gradient / deviation
        return parameter - lr * velocity, (square, mean, velocity)
    return parameter - lr * gradient / deviation, (square, mean, velocity)


def adam(
    parameter: Any,
    gradient: Any,
    state: State,
    *,
    lr: Any,
    betas: tuple[Any, Any] = (0.9, 0.999),
    eps: Any = 1e-8,
    weight_decay: Any = 0.0,
    amsgrad: bool = False,
) -> tuple[Any, State]:
    """Return the parameter after one step of Adam (Kingma and Ba, 2015), and its state.

    The state is (steps, mean, square, largest square); `amsgrad` divides by the last of them (Reddi
    et al., 2018).

    >>> adam(1.0, 2.0, (0.0, 0.0, 0.0, 0.0), lr=0.5, betas=(0.5, 0.75), eps=0.0)
    (0.5, (1.0, 1.0, 1.0, 0.0))
    """
    steps, mean, square, largest = state
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    steps = steps + 1.0
    mean = mean + (1.0 - betas[0]) * (gradient - mean)
    square = betas[1] * square + (1.0 - betas[1]) * gradient * gradient
    scale = square
    if amsgrad:
        scale = largest = maximum(largest, square)
    # Both averages start at 0; dividing by the weight they have gathered since then makes up for it.
    deviation = sqrt(scale) / sqrt(1.0 - betas[1] ** steps) + eps
    rate = lr / (1.0 - betas[0] ** steps)
    return parameter - rate * mean / deviation, (steps, mean, square, largest)


def adamw(
    parameter: Any,
    gradient: Any,
    state: State,
    *,
    lr: Any,
    betas: tuple[Any, Any] = (0.9, 0.999),
    eps: Any = 1e-8,
    weight_decay: Any = 0.01,
    amsgrad: bool = False,
) -> tuple[Any, State]:
    """Return the parameter after one step of Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    The decay shrinks the parameter itself, apart from the gradient. The state is that of `adam`.

    >>> adamw(2.0, 2.0, (0.0, 0.0, 0.0, 0.0), lr=0.5, betas=(0.5, 0.75), eps=0.0, weight_decay=0.5)
    (1.0, (1.0, 1.0, 1.0, 0.0))
    """
    shrunk = parameter * (1.0 - lr * weight_decay)
    return adam(shrunk, gradient, state, lr=lr, betas=betas, eps=eps, amsgrad=amsgrad)


# Optimisers.


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


class RMSProp(Optimizer):
    """Gradient descent by the size of recent gradients (see `rmsprop`).

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> RMSProp([w]).step()
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


RMSprop = RMSProp  # as PyTorch spells it


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
