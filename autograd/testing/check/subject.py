"""Subject: a function and a point, as a list of numbers with names, to evaluate and to record."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from math import isfinite, nan
from typing import Any, NamedTuple

from autograd import modes
from autograd.scalars import number, number_in
from autograd.testing.check.slopes import Slope, slope
from autograd.testing.check.standins import reading
from autograd.transforms.containers import contents
from autograd.transforms.recording import Recording, differentiating, record
from autograd.transforms.structures import Structure, flatten, is_array
from autograd.value import Value

SHOWN = 8  # inputs in a message
KNOWN = 1000  # points at which a function of several numbers keeps them


class Subject(NamedTuple):
    """A function that returns one number, and where to look at it: one float and one name per input."""

    function: Callable[..., Any]
    point: list[float]
    names: list[str]
    structure: Structure

    @property
    def title(self) -> str:
        """What to call the function in a message."""
        name = getattr(self.function, "__name__", "f")
        return "f" if name == "<lambda>" else name

    def at(self, point: Sequence[Any]) -> tuple[Any, ...]:
        """Return arguments for the function that hold these numbers, floats or Values."""
        return tuple(self.structure.unflatten(point))

    def value(self, point: Sequence[float]) -> float:
        """Return the result at a point, NaN where f raises, as functions do outside their domain."""
        try:
            result = modes.within(self.function, *self.at([Value(x) for x in point]), recording=False)
        except (ArithmeticError, ValueError):
            return nan
        return number_in(result)

    def along(self, i: int) -> Callable[[float], float]:
        """Return the function of the i-th input alone."""
        before, after = self.point[:i], self.point[i + 1 :]
        return lambda x: self.value([*before, x, *after])

    def slopes(self, middle: float, noise: float) -> list[Slope]:
        """Return the slope along each input, where the function is `middle` at the point; see `slope` for `noise`."""
        return [slope(self.along(i), x, middle, noise) for i, x in enumerate(self.point)]

    def record(self) -> Recording:
        """Return the call at the point, recorded."""
        args = self.at(self.point)
        return record(self.function, args, {}, range(len(args)))


def result(recording: Recording) -> float:
    """Return the number that a recorded function returned."""
    return number_in(recording.outputs[0])


def is_constant(recording: Recording) -> bool:
    """Return whether the result of a recorded function is a constant, as far as was recorded."""
    return recording.outputs[0] not in set(recording.order)


def base(it: Subject, recording: Recording, caller: str) -> float:
    """Return the result of f at the point; raise ValueError if it is not finite or differs in a second call."""
    first, second = result(recording), it.value(it.point)
    inputs = ", ".join([f"{name} = {x!r}" for name, x in list(zip(it.names, it.point, strict=True))[:SHOWN]])
    inputs += ", ..." if len(it.point) > SHOWN else ""
    if not isfinite(first):
        raise ValueError(f"{caller} needs a function that is finite at args, got {first} for {inputs}")
    if first != second:
        raise ValueError(
            f"{caller} needs a function that returns the same each time, got {first!r} and {second!r} for {inputs}; "
            "draw random numbers before, or from a seed"
        )
    return first


def subject(f: Callable[..., Any], args: Any, caller: str) -> Subject:
    """Return f and args as a Subject.

    If args are Values that f does not take, and it needs no arguments, f reads them by itself, as a
    loss reads the parameters of a model: then they are its inputs, and f is given stand-ins for them.

    Raises TypeError if args is not a tuple or list of numbers, or f does not take them, and ValueError
    for no numbers and for NaN or infinity. The function raises TypeError if f returns anything but one number.
    """
    it = taken_apart(f, args, caller)
    return it._replace(function=of_one_number(it.function, caller))


def subjects(f: Callable[..., Any], args: Any, caller: str) -> list[Subject]:
    """Return f and args as one Subject for each of the numbers that f returns, in any structure.

    Raises what `subject` does, and TypeError if f returns anything but numbers.
    """
    it = taken_apart(f, args, caller)
    alone = it._replace(function=of_one_number(it.function, caller))
    output = modes.within(it.function, *it.at([Value(x) for x in it.point]), recording=False)
    if output is None or isinstance(output, (str, bytes)):
        return [alone]
    numbers, structure = flatten(output, f"{caller}: the result of {it.title}")
    if not numbers:
        raise TypeError(f"{caller} needs a function that returns numbers, got {output!r:.60}")
    names = named(paths(output, it.title), it.title, len(numbers))
    if names == [it.title]:
        return [alone]
    numbers_of = shared(it.function, str(structure), caller)
    return [it._replace(function=part(numbers_of, k, name)) for k, name in enumerate(names)]


def taken_apart(f: Callable[..., Any], args: Any, caller: str) -> Subject:
    """Return f and args as a Subject whose function may return anything."""
    if not isinstance(args, (tuple, list)):
        raise TypeError(f"{caller} needs args as a tuple or list with one entry per argument of f, got {args!r:.60}")
    numbers, structure = flatten(list(args), f"{caller}: args")
    if not numbers:
        raise ValueError(f"{caller} needs at least one number to differentiate with respect to, got args={args!r:.60}")
    by_itself = reads_by_itself(f, args, caller)
    labels = [x.label if isinstance(x, Value) else "" for x in numbers]
    places = named(names_of(f, args), "args", len(numbers))
    names = [label or name for label, name in zip(labels, places, strict=True)]
    point = [number_in(x) for x in numbers]
    for name, x in zip(names, point, strict=True):
        if not isfinite(x):
            raise ValueError(f"{caller} needs finite inputs, got {name} = {x}")
    return Subject(reading(f, args, names, caller) if by_itself else f, point, names, structure)


def shared(f: Callable[..., Any], structure: str, caller: str) -> Callable[..., list[Any]]:
    """Return f as a function that returns a list of numbers, and computes nothing twice at the same point.

    Its numbers are judged one after the other, each with differences over much the same points.
    """
    known: dict[tuple[float, ...], list[Any]] = {}

    def numbers_of(*args: Any) -> list[Any]:
        inputs, _ = flatten(list(args), "args")
        point = tuple(map(number_in, inputs))
        if differentiating() or point not in known:
            numbers, again = flatten(f(*args), f"{caller}: the result of f")
            if str(again) != structure:
                raise ValueError(
                    f"{caller} needs a function that returns the same each time, got {structure} and then {again}"
                )
            if differentiating():
                return numbers
            if len(known) == KNOWN:
                known.clear()
            known[point] = numbers
        return known[point]

    return numbers_of


def part(numbers_of: Callable[..., list[Any]], k: int, name: str) -> Callable[..., Any]:
    """Return one of the numbers that a function returns as a function of that name."""

    def function(*args: Any) -> Any:
        return numbers_of(*args)[k]

    function.__name__ = name
    return function


def of_one_number(f: Callable[..., Any], caller: str) -> Callable[..., Any]:
    """Return f, but raising TypeError where it returns anything but one number."""

    @wraps(f, updated=())
    def function(*args: Any) -> Any:
        return one_number(f(*args), caller)

    function.__name__ = getattr(f, "__name__", "f")
    return function


def one_number(output: Any, caller: str) -> Any:
    """Return a Value, or a plain number as a float. Raises TypeError for anything else, and says what to return."""
    if not isinstance(output, Value) and is_array(output) and output.shape == ():
        output = output.item()
    try:
        return output if isinstance(output, Value) else number(output)
    except TypeError:
        pass
    if output is None:
        given, remedy = "None", "does f end without `return`?"
    elif isinstance(output, (list, tuple, dict)) or getattr(output, "shape", None):
        given, remedy = f"{type(output).__name__} of {len(output)}", "return one of them, or a weighted sum"
    else:
        given, remedy = f"{type(output).__name__}: {output!r:.60}", "return a Value or a float"
    raise TypeError(f"{caller} needs a function that returns one number, got {given}; {remedy}")


def named(names: list[str], top: str, count: int) -> list[str]:
    """Return names for so many numbers; numbered ones where the structure has no names."""
    return names if len(names) == count else [f"{top}, number {k}" for k in range(count)]


def names_of(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return a name such as x['w'][0] for every number in args, after the parameters of f."""
    signature = signature_of(f)
    parameters = signature.parameters.values() if signature else ()
    tops = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][: len(args)]
    tops += [f"args[{i}]" for i in range(len(tops), len(args))]
    return [name for arg, top in zip(args, tops, strict=True) for name in paths(arg, top)]


def paths(tree: Any, top: str) -> list[str]:
    """Return the name of every number in a nesting, given the name of the nesting."""
    if tree is None:  # an empty structure, as in JAX
        return []
    found = contents(tree)
    if found is not None:
        part = "{}[{!r}]" if isinstance(tree, (list, tuple, dict)) else "{}.{}"
        tops = [part.format(top, key) for key in found.keys]
        return [name for item, inner in zip(found.items, tops, strict=True) for name in paths(item, inner)]
    if is_array(tree) and tree.shape:
        import numpy

        return [f"{top}[{', '.join(map(str, index))}]" for index in numpy.ndindex(tree.shape)]
    return [top]


def reads_by_itself(f: Callable[..., Any], args: Sequence[Any], caller: str) -> bool:
    """Return whether f takes no arguments, since it knows the Values in args."""
    signature = signature_of(f)
    if signature is None or takes(signature, args):
        return False
    values = all([isinstance(x, Value) for x in args])
    if values and takes(signature, ()):
        if len({id(x) for x in args}) < len(args):
            raise ValueError(f"{caller} needs each Value once, got one that is in args twice")
        return True
    hint = "; for one argument that is a list, write [values]" if values else ""
    expected = f"f{signature}"
    raise TypeError(f"{caller} calls f with one argument per entry of args, {len(args)}, but it is {expected}{hint}")


def signature_of(f: Callable[..., Any]) -> inspect.Signature | None:
    """Return what f takes; None where Python does not know it, as for some functions written in C."""
    with suppress(TypeError, ValueError):
        return inspect.signature(f)
    return None


def takes(signature: inspect.Signature, args: Sequence[Any]) -> bool:
    """Return whether a function can be called with as many arguments."""
    with suppress(TypeError):
        signature.bind(*args)
        return True
    return False
