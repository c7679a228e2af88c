"""Update rules: SGD, Adagrad, RMSprop, Adam and AdamW as functions from a parameter and its gradient to the next.

A rule takes (parameter, gradient, state, settings) and returns (parameter, state), in plain arithmetic:
on floats, and on Values that record it.
"""

from __future__ import annotations

from typing import Any

from autograd.functions import maximum, relu, sqrt

State = tuple[Any, ...]  # what a rule remembers of one parameter


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
    """Return the parameter after one step of RMSprop (Hinton, 2012), and its state: (square, mean, velocity).

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
