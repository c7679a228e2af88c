"""Optimisers: how parameters move along their gradients.

An update rule is a function on the numbers of one parameter, in plain arithmetic, so it works on
floats, and on Values that record it. An optimiser keeps the settings and what the rule remembers of
each parameter, and applies the rule to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from autograd.scalars import Number, number
from autograd.value import Value

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


class Optimizer:
    """Settings, a state for each parameter, and a rule that turns a gradient into a step.

    A child names its settings in the order of its arguments, checks them in `checked`, and gives the
    rule and the state to start from.
    """

    settings: ClassVar[tuple[str, ...]]
    rule: ClassVar[Callable[..., tuple[Any, State]]]
    start: ClassVar[State]
    checked: ClassVar[Callable[..., dict[str, Any]]]

    def __init__(self, params: Iterable[Value], **settings: Any) -> None:
        vars(self).update(self.checked(**settings))
        self.params = _parameters(params)
        self.state: list[State] = [self.start] * len(self.params)

    def step(self) -> None:
        """Move every parameter by its gradient."""
        rule, settings = self.rule, self._settings()
        for k, parameter in enumerate(self.params):
            parameter.data, self.state[k] = rule(parameter.data, parameter.grad, self.state[k], **settings)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.params:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return the settings, and the state of each parameter in order, as plain numbers and lists."""
        return {"settings": self._settings(), "state": [list(state) for state in self.state]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over settings and state from what `state_dict()` returned.

        Raises ValueError or TypeError for what does not fit; then nothing has changed.
        """
        given = state if isinstance(state, Mapping) else {}
        if set(given) != {"settings", "state"} or not isinstance(given["settings"], Mapping):
            raise TypeError("expected what state_dict() returns: a dict with 'settings' and 'state'")
        if set(given["settings"]) != set(self.settings):
            expected, got = ", ".join(self.settings), ", ".join(map(str, given["settings"]))
            raise ValueError(f"{type(self).__name__} has the settings {expected}; got {got or 'none'}")
        states = [tuple([number(x) for x in each]) for each in given["state"]]
        if len(states) != len(self.params):
            raise ValueError(f"expected the state of {len(self.params)} parameters, got {len(states)}")
        if any(len(each) != len(self.start) for each in states):
            raise ValueError(f"expected {len(self.start)} number(s) of state for each parameter")
        vars(self).update(self.checked(**given["settings"]))
        self.state = states

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.settings}

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={x!r}" for name, x in self._settings().items())
        return f"{type(self).__name__}({len(self.params)} parameters, {settings})"


class SGD(Optimizer):
    """Stochastic gradient descent, with PyTorch's rule and numbers (see `sgd`).

    `lr`, the learning rate, may be changed between steps. Raises ValueError for a learning rate that
    is not positive, a negative momentum or weight decay, Nesterov without momentum, no parameters,
    or a parameter given twice; TypeError for what is no parameter or number.

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

    lr: float
    momentum: float
    nesterov: bool
    weight_decay: float

    def __init__(
        self,
        params: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    @staticmethod
    def checked(lr: Number, momentum: Number, nesterov: bool, weight_decay: Number) -> dict[str, Any]:
        """Return the settings if they are allowed."""
        settings = {
            "lr": _positive("lr", lr),
            "momentum": _not_negative("momentum", momentum),
            "nesterov": bool(nesterov),
            "weight_decay": _not_negative("weight_decay", weight_decay),
        }
        if nesterov and not momentum:
            raise ValueError("nesterov=True needs a momentum above 0, got momentum=0")
        return settings


def _positive(name: str, given: Number) -> float:
    x = _number(name, given)
    if not x > 0.0:
        raise ValueError(f"{name} must be above 0, got {given!r}")
    return x


def _not_negative(name: str, given: Number) -> float:
    x = _number(name, given)
    if not x >= 0.0:
        raise ValueError(f"{name} must be at least 0, got {given!r}")
    return x


def _number(name: str, given: Number) -> float:
    try:
        return number(given)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def _parameters(params: Iterable[Value]) -> list[Value]:
    """Check the parameters to optimise."""
    if isinstance(params, Value) or not isinstance(params, Iterable):
        hint = ": use its parameters()" if hasattr(params, "parameters") else ""
        raise TypeError(f"expected a list of Values to optimise, got {type(params).__name__}{hint}")
    parameters = list(params)
    if not parameters:
        raise ValueError("expected at least one parameter to optimise, got none")
    met: set[Value] = set()
    for k, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(f"expected Values to optimise, got {type(parameter).__name__} at position {k}")
        if parameter.op is not None:
            raise ValueError(f"the Value at position {k} was made by {parameter.op.name}: it is no parameter")
        if parameter in met:
            raise ValueError(f"the same parameter twice, at position {k}: {parameter!r}")
        met.add(parameter)
    return parameters
