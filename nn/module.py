"""Module: a model whose parameters are found by walking its attributes."""

from __future__ import annotations

import copyreg
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import copy as shallow_copy
from functools import partial
from itertools import repeat
from types import MethodType
from typing import Any, Self

from autograd.atomic import change_all, numbers_of, set_numbers
from autograd.output.printing import shown
from autograd.scalars import Number, number
from autograd.value import Value
from nn.prediction import predict


class Module:
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

        A part with a `train` of its own is asked itself, as in PyTorch. A new model is in training.
        Raises TypeError for a mode that is not True or False.
        """
        if not isinstance(mode, bool):
            raise TypeError(f"mode must be True or False, got {type(mode).__name__} (nn.fit trains a model on data)")
        below = [part for _, part in parts(self) if isinstance(part, Module)]
        change_all(map(object.__setattr__, [self, *below], repeat("training"), repeat(mode)))  # of a frozen class too
        for part in reversed(below):  # what is above has the last word
            if type(part).train is not Module.train:
                part.train(mode)
        return self

    def eval(self) -> Self:
        """Set `training` to False here and in every Module below, for use, and return the model."""
        return self.train(False)

    def predict(self, X: Any) -> Any:
        """Return the raw outputs for rows X, as an array: (rows,) for one output, else (rows, outputs).

        X is any table that `fit` takes. Computed as native code where llvmlite is installed, as in `eval()` mode; the
        model itself is left alone, and may be trained, saved or called in other threads meanwhile.
        Raises ValueError for no rows or rows of another width, ImportError without NumPy.

        >>> from nn import MLP
        >>> MLP(2, [1], init=0.5).predict([[1.0, 2.0], [3.0, 4.0]])
        array([1.5, 3.5])
        """
        return predict(self, X, lambda: stand_in(self).eval())

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
            faults = {"missing": missing, "unexpected": unexpected, "not a number": sorted(no_numbers)}
            message = "; ".join(f"{fault}: {listing(names)}" for fault, names in faults.items() if names)
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
        rows = [(name, kind, str(counts[name])) for name, kind in kinds.items()]
        return _table([("name", "part", "parameters"), *rows, ("total", "", str(counts.total()))])

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


def items(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return where to look for parameters inside a thing, or None if it neither is nor holds one."""
    if isinstance(thing, Value):
        return () if thing.op is None else None
    if isinstance(thing, Module):
        return attributes(thing)
    if isinstance(thing, dict):
        return thing.items()
    if isinstance(thing, (list, tuple)):
        return enumerate(thing)
    if getattr(getattr(thing, "dtype", None), "kind", "") == "O" and hasattr(thing, "flat"):  # a series has none
        return enumerate(thing if thing.shape else thing.flat)
    return None


def attributes(module: Module) -> Iterable[tuple[str, Any]]:
    """Return the names and values of what a Module keeps in its attributes, those in `__slots__` last."""
    found = list(vars(module).items())
    for name in copyreg._slotnames(type(module)):  # type: ignore[attr-defined]
        with suppress(AttributeError):  # not set
            found.append((name, object.__getattribute__(module, name)))
    return found


def parts(
    module: Module, inside: Callable[[Any], Iterable[tuple[Any, Any]] | None] = items
) -> Iterator[tuple[str, Module | Value]]:
    """Yield every Module and parameter below a Module once, with its name, in the order of the attributes.

    `inside` says where to look for them inside a thing.
    """
    met: dict[int, object] = {id(module): module}  # holds what it names, so that no id is used again
    path = [("", iter(list(inside(module) or ())))]
    while path:
        prefix, found = path[-1]
        for key, thing in found:
            if isinstance(thing, Value):
                if thing.op is None and id(thing) not in met:
                    met[id(thing)] = thing
                    yield f"{prefix}{key}", thing
                continue
            below = inside(thing)
            if below is not None and id(thing) not in met:
                met[id(thing)] = thing
                if isinstance(thing, Module):
                    yield f"{prefix}{key}", thing
                path.append((f"{prefix}{key}.", iter(below)))
                break
        else:
            path.pop()


def stand_in(model: Any, values: Mapping[int, Value] | None = None) -> Any:
    """Return a model that computes as this one does, to be called in its place while something is tried out.

    Modules, and the lists, tuples, dicts, sets and object arrays that they keep, are copied; everything else is shared,
    parameters too, but for those that `values` replaces, by their ids. So `train` and `eval`, and what a
    Module notes down in its own attributes when it is called, leave the model itself alone.
    """
    replaced, copies = values or {}, {}  # type: ignore[var-annotated]
    waiting: list[tuple[Any, Any]] = []  # copies that are still empty, and what they are copies of

    def copy(x: Any) -> Any:
        if isinstance(x, Value):
            return replaced.get(id(x), x)
        if id(x) in copies:
            return copies[id(x)][0]
        if isinstance(x, tuple):
            if not replaced and all([isinstance(item, Value) for item in x]):
                return x
            new: Any = getattr(x, "_make", type(x))([copy(item) for item in x])
        elif isinstance(x, MethodType) and isinstance(x.__self__, Module):
            return MethodType(x.__func__, copy(x.__self__))
        elif isinstance(x, Module):
            new = object.__new__(type(x))
            waiting.append((new, x))
        elif isinstance(x, (set, deque)):
            new = shallow_copy(x)
        elif items(x) is not None:  # a list, a dict or an array of objects
            new = shallow_copy(x)
            waiting.append((new, x))
        else:
            return x
        copies[id(x)] = new, x  # which holds x, so that no id is used again
        return new

    top = copy(model)
    while waiting:
        _fill(*waiting.pop(), copy)
    return top


def _fill(new: Any, x: Any, copy: Callable[[Any], Any]) -> None:
    """Give a copy that is still empty what x has, each thing copied."""
    if isinstance(x, Module):
        for name, item in attributes(x):
            put = vars(new).__setitem__ if name in vars(x) else partial(object.__setattr__, new)
            put(name, copy(item))
    elif isinstance(x, dict):
        new.update({key: copy(item) for key, item in list(x.items())})
    elif isinstance(x, list):
        new[:] = [copy(item) for item in x]
    else:
        new.flat = [copy(item) for item in x.flat]


def listing(names: list[str], most: int = 20) -> str:
    """Join names with commas, and only count those after the first few."""
    rest = len(names) - most
    return ", ".join(map(shown, names[:most])) + (f" and {rest} more" if rest > 0 else "")


def _table(rows: list[tuple[str, str, str]]) -> str:
    """Set three columns, the last one flush right."""
    rows = [(shown(a), shown(b) if b else "", c) for a, b, c in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows)
