"""Optimizer: what all optimisers share: groups of parameters with settings, a state for each parameter, and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any, ClassVar

from autograd.atomic import change, change_all, new_numbers, numbers_of
from autograd.scalars import number
from autograd.value import Value
from nn.checks.settings import count, fraction, not_negative, positive, two_fractions, yes_or_no
from nn.optim.rules import State
from nn.optim.state import groups_of, in_order

Group = dict[str, Any]  # "params", and every setting by its name
_gradient = attrgetter("grad")
Closure = Callable[[], Any]  # zeroes the gradients, computes the loss, calls backward() and returns the loss


# A setting means the same to every optimiser that has it. The rate is 0 where a schedule may end.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "lr": not_negative, "lr_decay": not_negative, "weight_decay": not_negative, "eps": positive,
    "momentum": not_negative, "nesterov": yes_or_no, "alpha": fraction, "centered": yes_or_no,
    "betas": two_fractions, "amsgrad": yes_or_no,
    "max_iter": count, "max_eval": count, "history_size": count,
    "tolerance_grad": not_negative, "tolerance_change": not_negative,
}  # fmt: skip


def setting(name: str) -> property:
    """Return a property for a setting: it is read from the first group, and set in all of them."""

    def of_first(self: Optimizer) -> Any:
        return self.param_groups[0][name]

    def in_all(self: Optimizer, x: Any) -> None:
        for group in self.param_groups:
            group[name] = x

    return property(of_first, in_all)


class Optimizer:
    """Settings, a state for each parameter, and a rule that turns a gradient into a step.

    `params` are Values, or groups of them with their own settings, as in PyTorch: `[{"params": ..., "lr": 0.01},
    {"params": ...}]`; a setting that a group leaves out is that of the arguments. Parameters of a model that no group
    has stay as they are. `param_groups` holds all settings of each group, and may be changed between steps;
    `optimizer.lr` and the like are those of the first group, and set those of all.

    A child names its settings in the order of its arguments, and gives the rule and the state it
    starts from.

    >>> from nn.optim import SGD
    >>> w = Value(2.0, label="w")
    >>> optimizer = SGD([w], lr=0.5)
    >>> isinstance(optimizer, Optimizer), optimizer.lr, optimizer.params
    (True, 0.5, [Value(data=2.0, grad=0.0, label='w')])
    >>> optimizer = SGD([{"params": [w]}, {"params": [Value(1.0)], "lr": 0.1}], lr=0.5)
    >>> [group["lr"] for group in optimizer.param_groups]
    [0.5, 0.1]
    """

    settings: ClassVar[tuple[str, ...]]
    rule: ClassVar[Callable[..., tuple[Any, State]]]
    start: State

    lr: float

    def __init_subclass__(cls) -> None:
        for name in vars(cls).get("settings", ()):
            setattr(cls, name, setting(name))

    def __init__(self, params: Iterable[Value] | Iterable[Mapping[str, Any]], **settings: Any) -> None:
        if "lr" in settings:
            positive("lr", settings["lr"])
        self.defaults = self.checked(settings)
        self.params: list[Value] = []
        self.state: list[State] = []
        self.param_groups: list[Group] = []
        for group in groups_given(params):
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Move other parameters too: `{"params": ...}`, with the settings that are not those of the arguments.

        Raises ValueError or TypeError, and changes nothing, for parameters that cannot be optimised, one that is
        moved already, and settings that are not allowed.
        """
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(f"a group must be a dict with 'params' and settings, got {group!r:.60}")
        own = {name: x for name, x in group.items() if name != "params"}
        if strangers := [name for name in own if name not in self.settings]:
            known = ", ".join(self.settings)
            raise ValueError(f"{type(self).__name__} has the settings {known}; a group has {strangers[0]!r}")
        if "lr" in own:
            positive("lr", own["lr"])
        settings = self.checked(self.defaults | own)
        params = [group["params"]] if isinstance(group["params"], Value) else group["params"]
        params = parameters_to_optimise(params)
        parameters_to_optimise([*self.params, *params])
        self.param_groups.append({"params": params, **settings})
        self.params += params
        self.state += [self.start] * len(params)

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
        numbers, gradients, states = iter(numbers_of(self.params)), map(_gradient, self.params), iter(self.state)
        moved: list[tuple[Any, State]] = []
        for group in self.param_groups:
            rule, these = partial(self.rule, **self._settings(group)), islice(numbers, len(group["params"]))
            moved += map(rule, these, gradients, states)  # `these` comes first: it ends before another is drawn
        return [x if type(x) is float else number(x) for x, _ in moved], [state for _, state in moved]

    def _commit(self, parameters: Sequence[float], state: Sequence[State]) -> None:
        """Give all parameters their new numbers and states at once, so that no other thread sees half a step."""
        change_all(new_numbers(self.params, parameters), change(list.__setitem__, self.state, slice(None), list(state)))

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.params:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return the settings, and the state of each parameter, as plain numbers and lists.

        With them are the names of the parameters, if all have labels and no two the same, and the settings and
        size of each group, if there are several.
        """
        settings = [
            {name: list(x) if isinstance(x, tuple) else x for name, x in self._settings(group).items()}
            for group in self.param_groups
        ]
        state: dict[str, Any] = {"settings": settings[0], "state": [list(state) for state in self.state]}
        if len(settings) > 1:
            sizes = [len(group["params"]) for group in self.param_groups]
            state["groups"] = [{"settings": x, "size": n} for x, n in zip(settings, sizes, strict=True)]
        names = [parameter.label for parameter in self.params]
        return state | ({"names": names} if all(names) and len(set(names)) == len(names) else {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over settings and state from what `state_dict()` returned.

        Each parameter gets the state of that of the same name; the order decides where one side has no names.
        Raises ValueError or TypeError for what does not fit, such as names that are not those of the parameters;
        then nothing has changed.
        """
        names = [[parameter.label for parameter in group["params"]] for group in self.param_groups]
        given = in_order(state, names)
        groups = groups_of(given)
        for group in groups:
            if set(group["settings"]) != set(self.settings):
                expected, got = ", ".join(self.settings), ", ".join(map(str, group["settings"]))
                raise ValueError(f"{type(self).__name__} has the settings {expected}; got {got or 'none'}")
        states = [tuple([number(x) for x in each]) for each in given["state"]]
        if len(states) != len(self.params):
            raise ValueError(f"expected the state of {len(self.params)} parameters, got {len(states)}")
        if any(len(each) != len(self.start) for each in states):
            raise ValueError(f"expected {len(self.start)} number(s) of state for each parameter")
        sizes = [len(group["params"]) for group in self.param_groups]
        if (found := [group["size"] for group in groups]) != sizes:
            raise ValueError(f"expected groups of {sizes} parameters, got {found}")
        pairs = zip(self.param_groups, groups, strict=True)
        fitting = [{"params": own["params"], **self.checked(group["settings"])} for own, group in pairs]
        vars(self).update(param_groups=fitting, state=states)  # at once, for Ctrl-C

    def _settings(self, group: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the settings of a group, the first unless given."""
        group = self.param_groups[0] if group is None else group
        return {name: group[name] for name in self.settings}

    def __repr__(self) -> str:
        groups = [
            f"{len(group['params'])} parameters, {', '.join([f'{name}={x!r}' for name, x in own.items()])}"
            for group, own in [(group, self._settings(group)) for group in self.param_groups]
        ]
        return f"{type(self).__name__}({'; '.join(groups)})"


def groups_given(params: Any) -> list[Mapping[str, Any]]:
    """Return groups as they are, and parameters as one group."""
    given = list(params) if isinstance(params, Iterable) and not isinstance(params, Value) else []
    if given and all([isinstance(x, Mapping) for x in given]):
        return given
    return [{"params": parameters_to_optimise(given or params)}]


def parameters_to_optimise(params: Iterable[Value]) -> list[Value]:
    """Return parameters as a list. Raises ValueError or TypeError for none, repeats, and others than parameters."""
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
            raise ValueError(f"the Value at position {k} was made by {parameter.op.name}: it is not a parameter")
        if id(parameter) in met:
            raise ValueError(f"the same parameter twice, at position {k}: {parameter!r}")
        met.add(id(parameter))
    return parameters
