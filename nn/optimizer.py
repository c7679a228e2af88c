"""Optimizer: what all optimisers share: settings, a state for each parameter, and the checks of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from autograd.atomic import change, change_all, new_numbers, numbers_of
from autograd.scalars import Number, number
from autograd.value import Value

State = tuple[Any, ...]  # what a rule remembers of one parameter
Closure = Callable[[], Any]  # zeroes the gradients, computes the loss, calls backward() and returns the loss


def positive(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is above 0, TypeError for no number."""
    x = _number(name, given)
    if not x > 0.0:
        raise ValueError(f"{name} must be above 0, got {given!r}")
    return x


def not_negative(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is at least 0, TypeError for no number."""
    x = _number(name, given)
    if not x >= 0.0:
        raise ValueError(f"{name} must be at least 0, got {given!r}")
    return x


def fraction(name: str, given: Number) -> float:
    """Return a setting as a float. Raises ValueError unless it is in [0, 1), TypeError for no number."""
    x = _number(name, given)
    if not 0.0 <= x < 1.0:
        raise ValueError(f"{name} must be at least 0 and below 1, got {given!r}")
    return x


def two_fractions(name: str, given: Any) -> tuple[float, float]:
    """Return a setting of two numbers in [0, 1) as floats. Raises ValueError or TypeError for anything else."""
    numbers = tuple(given) if isinstance(given, Iterable) else ()
    if len(numbers) != 2:
        raise TypeError(f"{name} must be two numbers such as (0.9, 0.999), got {given!r}")
    return fraction(f"{name}[0]", numbers[0]), fraction(f"{name}[1]", numbers[1])


def count(name: str, given: Number) -> int:
    """Return a setting as an int. Raises ValueError unless it is a whole number above 0, TypeError for no number."""
    x = _number(name, given)
    if not (x >= 1.0 and x.is_integer()):
        raise ValueError(f"{name} must be a whole number above 0, got {given!r}")
    return int(x)


def yes_or_no(name: str, given: Any) -> bool:
    """Return a setting as True or False."""
    return bool(given)


# A setting means the same to every optimiser that has it. The rate is 0 where a schedule may end.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "lr": not_negative, "lr_decay": not_negative, "weight_decay": not_negative, "eps": positive,
    "momentum": not_negative, "nesterov": yes_or_no, "alpha": fraction, "centered": yes_or_no,
    "betas": two_fractions, "amsgrad": yes_or_no,
    "max_iter": count, "max_eval": count, "history_size": count,
    "tolerance_grad": not_negative, "tolerance_change": not_negative,
}  # fmt: skip


class Optimizer:
    """Settings, a state for each parameter, and a rule that turns a gradient into a step.

    A child names its settings in the order of its arguments, and gives the rule and the state it
    starts from.

    >>> from nn.optim import SGD
    >>> w = Value(2.0, label="w")
    >>> optimizer = SGD([w], lr=0.5)
    >>> isinstance(optimizer, Optimizer), optimizer.lr, optimizer.params
    (True, 0.5, [Value(data=2.0, grad=0.0, label='w')])
    """

    settings: ClassVar[tuple[str, ...]]
    rule: ClassVar[Callable[..., tuple[Any, State]]]
    start: ClassVar[State]

    lr: float

    def __init__(self, params: Iterable[Value], **settings: Any) -> None:
        if "lr" in settings:
            positive("lr", settings["lr"])
        vars(self).update(self.checked(settings))
        self.params = parameters_to_optimise(params)
        self.state: list[State] = [self.start] * len(self.params)

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings if they are allowed."""
        return {name: CHECKS[name](name, settings[name]) for name in self.settings}

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter by its gradient.

        A closure, which computes the loss and its gradient and returns the loss, is called first, and
        its result returned: so the same loop works for `LBFGS`, which needs one.
        """
        loss = None if closure is None else closure()
        self._commit(*self._proposed())
        return loss

    def _proposed(self) -> tuple[list[float], list[State]]:
        """Return the numbers of all parameters after a step, and their states; nothing is changed yet."""
        rule, settings = self.rule, self._settings()
        given = zip(numbers_of(self.params), self.params, self.state, strict=True)
        moved = [rule(x, parameter.grad, state, **settings) for x, parameter, state in given]
        return [number(x) for x, _ in moved], [state for _, state in moved]

    def _commit(self, parameters: Sequence[float], state: Sequence[State]) -> None:
        """Give all parameters new numbers and states at one moment: nobody sees half a step."""
        change_all(new_numbers(self.params, parameters), change(list.__setitem__, self.state, slice(None), list(state)))

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.params:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return the settings, and the state of each parameter in order, as plain numbers and lists."""
        settings = {name: list(x) if isinstance(x, tuple) else x for name, x in self._settings().items()}
        return {"settings": settings, "state": [list(state) for state in self.state]}

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
        vars(self).update(self.checked(given["settings"]))
        self.state = states

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.settings}

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={x!r}" for name, x in self._settings().items())
        return f"{type(self).__name__}({len(self.params)} parameters, {settings})"


def parameters_to_optimise(params: Iterable[Value]) -> list[Value]:
    """Return parameters as a list. Raises ValueError or TypeError for none, repeats, and what is no parameter."""
    if isinstance(params, Value) or not isinstance(params, Iterable):
        hint = ": use its parameters()" if hasattr(params, "parameters") else ""
        raise TypeError(f"expected a list of Values to optimise, got {type(params).__name__}{hint}")
    parameters = list(params)
    if not parameters:
        raise ValueError("expected at least one parameter to optimise, got none")
    met: set[int] = set()
    for k, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(f"expected Values to optimise, got {type(parameter).__name__} at position {k}")
        if parameter.op is not None:
            raise ValueError(f"the Value at position {k} was made by {parameter.op.name}: it is no parameter")
        if id(parameter) in met:
            raise ValueError(f"the same parameter twice, at position {k}: {parameter!r}")
        met.add(id(parameter))
    return parameters


def _number(name: str, given: Number) -> float:
    try:
        return number(given)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
