"""Module: a model whose parameters are found by walking its attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import repeat
from typing import Any, Self

from autograd.atomic import change_all, numbers_of, set_numbers
from autograd.output.printing import shown
from autograd.scalars import Number, number
from autograd.value import Value
from nn.checks.words import faults, listing, table
from nn.parts.walk import Part, modules, parts
from nn.prediction import predict


class Module(Part):
    """A model, or a part of one: an object that keeps its parameters in its attributes.

    A parameter is a Value that no operation made, held by an attribute: itself, in a list, tuple,
    dict or NumPy object array, or in another Module. A parameter met twice counts once, under its
    first name. Nothing is registered, so an attribute may be set, changed or shared at any time.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> Line().state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    training = True  # what `train` and `eval` set, for parts that differ in training, such as Dropout

    def parameters(self) -> list[Value]:
        """Return every parameter once, in the order in which the attributes were set."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return every parameter once, with its name, such as `layers.0.neurons.3.weights.1`."""
        return [(name, part) for name, part in parts(self) if isinstance(part, Value)]

    def label_parameters(self) -> None:
        """Give every parameter its name as label, for pictures and messages.

        `Neuron`, `Layer` and `MLP` do so when they are built; call it last in the `__init__` of a
        Module of your own, and the names count from there.
        """
        for name, parameter in self.named_parameters():
            parameter.label = name

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Set `training` to `mode` here and in every Module below, and return the model.

        Where a part overrides `train`, its own method is called, as in PyTorch. A new model is in training mode.
        Raises TypeError for a mode that is not True or False.
        """
        if not isinstance(mode, bool):
            raise TypeError(f"mode must be True or False, got {type(mode).__name__} (nn.fit trains a model on data)")
        every = modules(self)
        change_all(map(object.__setattr__, every, repeat("training"), repeat(mode)))  # of a frozen class too
        for part in reversed(every[1:]):  # from the bottom up, so that the method of an outer part comes last
            if type(part).train is not Module.train:
                part.train(mode)
        return self

    def eval(self) -> Self:
        """Set `training` to False here and in every Module below, for use, and return the model."""
        return self.train(False)

    def predict(self, X: Any, *, threads: int | str = 1) -> Any:
        """Return the raw outputs for rows X, as an array: (rows,) for one output, else (rows, outputs).

        X is any table that `fit` takes. Computed as native code where llvmlite is installed, as in `eval()` mode; the
        model itself is left alone, and may be trained, saved or called in other threads meanwhile. `threads`, a whole
        number or "all", share the rows of a large table, with the same results.
        Raises ValueError for no rows or rows of another width, ImportError without NumPy.

        >>> from nn import MLP
        >>> MLP(2, [1], init=0.5).predict([[1.0, 2.0], [3.0, 4.0]])
        array([1.5, 3.5])
        """
        return predict(self, X, threads)

    def state_dict(self) -> dict[str, float]:
        """Return the number in every parameter, by name."""
        parameters = self._parameters_by_name()
        return dict(zip(parameters, numbers_of(parameters.values()), strict=True))

    def load_state_dict(self, state: Mapping[str, Number]) -> None:
        """Set every parameter to the number that `state` has under its name.

        Raises ValueError for missing or unexpected names and TypeError for values that are not numbers, each
        listed; then nothing has changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"expected a dict from parameter names to numbers, got {type(state).__name__}")
        parameters = self._parameters_by_name()
        numbers: dict[str, float] = {}
        no_numbers = []
        for name in parameters.keys() & state.keys():
            try:
                numbers[name] = number(state[name])
            except (TypeError, OverflowError):
                no_numbers.append(f"{name} ({type(state[name]).__name__})")
        missing = [name for name in parameters if name not in state]
        unexpected = [str(name) for name in state if name not in parameters]
        if missing or unexpected or no_numbers:
            message = faults({"missing": missing, "unexpected": unexpected, "not a number": sorted(no_numbers)})
            error = ValueError if missing or unexpected else TypeError
            raise error(f"the state does not fit the model, nothing was loaded: {message}")
        set_numbers(parameters.values(), [numbers[name] for name in parameters])

    def summary(self) -> str:
        """Return a table of the parts of the model, how many parameters each has, and the total.

        The parts are the Modules directly below this one and its own parameters by attribute. A
        shared parameter counts where it is met first.
        """
        kinds: dict[str, str] = {}
        counts: Counter[str] = Counter()
        module = ""  # the name of the Module that the walk is in
        for name, part in parts(self):
            if module and name.startswith(f"{module}."):
                row = module
            elif isinstance(part, Module):
                row = module = name
            else:
                row = name.partition(".")[0]
            kinds.setdefault(row, repr(part) if isinstance(part, Module) else "Value")
            counts[row] += isinstance(part, Value)
        rows = [(shown(name), kind and shown(kind), str(counts[name])) for name, kind in kinds.items()]
        return "\n".join(table([("name", "part", "parameters"), *rows, ("total", "", str(counts.total()))], left=2))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"

    def _parameters_by_name(self) -> dict[str, Value]:
        named = self.named_parameters()
        parameters = dict(named)
        if len(parameters) < len(named):
            names = [name for name, _ in named]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"two parameters have the same name, rename a dict key: {listing(twice)}")
        return parameters
