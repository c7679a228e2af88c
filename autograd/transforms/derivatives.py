"""grad, value_and_grad, jacobian, hessian, vjp, jvp, hvp, each read off one recorded call.

A transform records f on fresh inputs and reads derivatives off the graph. If Values went in, or f
captured the inputs of a transform around it, the derivatives are Values with their own graph,
so transforms nest to any order. No transform touches any Value's `.grad`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from math import prod
from operator import index
from typing import Any

from autograd import modes
from autograd.transforms.recording import Recording, record
from autograd.transforms.structures import array_of, fitted, flatten
from autograd.value import Value

Function = Callable[..., Any]
ArgNums = int | Sequence[int]


def checked(name: str, f: Any, argnums: Any = 0) -> ArgNums:
    """Return argnums, as a tuple if they are an iterator, which is read only once; refuse an f that is not callable."""
    if not callable(f):
        raise TypeError(f"{name} needs a function, got {type(f).__name__}: give f itself, not f(x) or its name")
    return tuple(argnums) if isinstance(argnums, Iterator) else argnums


def _places(argnums: ArgNums, args: tuple[Any, ...], name: str) -> list[int]:
    """Return which arguments to differentiate with respect to, counted from 0."""
    given = list(argnums) if isinstance(argnums, Iterable) else [argnums]
    if any([isinstance(i, bool) for i in given]):
        raise TypeError(f"{name}: argnums must be an int or several of them, got {argnums!r}")
    chosen = [index(i) for i in given]
    for i in chosen:
        if not -len(args) <= i < len(args):
            raise ValueError(f"{name}: argnums={argnums} needs more positional arguments than the {len(args)} given")
    places = [i % len(args) for i in chosen]
    if len(set(places)) < len(places) or not places:
        raise ValueError(f"{name}: argnums={argnums} must name at least one argument, and none twice")
    return places


def value_and_grad(f: Function, argnums: ArgNums = 0) -> Function:
    """Return a function that gives (f(...), gradient of f with respect to the chosen arguments).

    f must return a single number. The gradient has the structure of the argument; for a sequence of
    argnums it is a tuple. Raises TypeError if f does not return exactly one number.

    >>> value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    """
    argnums = checked("value_and_grad", f, argnums)

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        recording = single(record(f, args, kwargs, _places(argnums, args, "grad")), "grad")
        gradients = recording.arguments.unflatten(recording.pull([1.0]))
        return recording.result(), tuple(gradients) if isinstance(argnums, Iterable) else gradients[0]

    return value_and_gradient


def single(recording: Recording, name: str) -> Recording:
    """Return a recording of one number as it is; raise TypeError for anything else that f returned."""
    if [shape or () for shape in recording.results.shapes] != [()] or recording.results.build([0]) != 0:
        other = "sparse_jacobian" if name == "sparse_hessian" else "jacobian"
        raise TypeError(f"{name} needs a function that returns one number, got {recording.results}; see {other}")
    return recording


def grad(f: Function, argnums: ArgNums = 0) -> Function:
    """Return a function that gives the gradient of f, which must return a single number.

    Arguments are numbers, Values, or nested lists, tuples, dicts, dataclasses and NumPy arrays of them; the
    gradient has the structure of the chosen argument: floats for floats, float64 arrays for arrays,
    Values (to be differentiated again) for Values. f sees an array as one of Values, which NumPy's functions accept.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * 3.0 + p["b"])({"w": 2.0, "b": 1.0})
    {'w': 3.0, 'b': 1.0}
    """
    both = value_and_grad(f, checked("grad", f, argnums))

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def jacobian(f: Function, argnums: ArgNums = 0) -> Function:
    """Return a function that gives all derivatives of f, whose result may have any structure.

    Each number in the result's structure is replaced by its gradient, in the argument's structure;
    where both are arrays, by one array of shape result.shape + argument.shape, as in JAX. It uses
    forward or reverse mode, whichever needs fewer passes.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    argnums = checked("jacobian", f, argnums)

    @wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        recording = record(f, args, kwargs, _places(argnums, args, "jacobian"))
        n, m = len(recording.inputs), len(recording.outputs)
        if n < m:
            columns = [recording.push(_unit(i, n)) for i in range(n)]
            matrix = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(m)]
        else:
            matrix = [recording.pull(_unit(i, m)) for i in range(m)]
        blocks = _blocks(matrix, recording)
        return recording.results.build([tuple(row) if isinstance(argnums, Iterable) else row[0] for row in blocks])

    return derivative


def _unit(i: int, n: int) -> list[float | None]:
    return [1.0 if i == j else None for j in range(n)]


def _blocks(matrix: list[list[Any]], recording: Recording) -> list[list[Any]]:
    """Cut a matrix of outputs x inputs into a block for each pair of leaves, in the arguments' structure."""
    rows = []
    top = 0
    for high in recording.results.shapes:
        bottom = top + prod(high or ())
        row = []
        left = 0
        for wide in recording.arguments.shapes:
            right = left + prod(wide or ())
            numbers = [x for line in matrix[top:bottom] for x in line[left:right]]
            row.append(numbers[0] if high is None and wide is None else array_of(numbers, (high or ()) + (wide or ())))
            left = right
        rows.append(recording.arguments.build(row))
        top = bottom
    return rows


def hessian(f: Function, argnums: ArgNums = 0) -> Function:
    """Return a function that gives the second derivatives of f: `jacobian(grad(f))`.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    argnums = checked("hessian", f, argnums)
    return jacobian(grad(f, argnums), argnums)


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return f(*primals) and a function from a cotangent, shaped like the output, to one gradient per primal.

    An array may stand for a list or tuple of numbers, as `np.ones_like(output)` does, and a list for an array.

    >>> output, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> output, pullback([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    checked("vjp", f)
    recording = record(f, primals, {}, range(len(primals)))
    output = recording.result()

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        cotangents = fitted(cotangent, "a cotangent", "the output", recording.results)
        pulled = _lifted(recording, cotangents).pull(cotangents)
        return tuple(recording.arguments.unflatten(pulled))

    return output, pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return f(*primals) and its derivative in the direction of the tangents (forward mode).

    `primals` and `tangents` are tuples or lists with one entry per argument, of the same structure.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    checked("jvp", f)
    _check_vectors("jvp", primals, tangents)
    _, structure = flatten(list(primals), "a primal")
    directions = fitted(list(tangents), "the tangents", "the primals", structure)
    recording = _lifted(record(f, tuple(primals), {}, range(len(primals))), directions)
    return recording.result(), recording.results.unflatten(recording.push(directions))


def _check_vectors(caller: str, primals: Any, tangents: Any) -> None:
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"{caller}: {name} must be a tuple or list with one entry per argument, got {given!r:.60}")


def _lifted(recording: Recording, numbers: Sequence[Any]) -> Recording:
    """Make derivatives Values if the vector they are multiplied by holds Values."""
    values = recording.values or any(isinstance(x, Value) for x in numbers)
    return recording._replace(values=values, symbolic=values and (modes.active().recording or modes.tracing()))


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian of f times a vector, without forming the Hessian: forward over reverse.

    As in JAX, the gradient is with respect to the first argument; there is a tangent for every primal.

    >>> hvp(lambda v: v[0] ** 2 * v[1], ([3.0, 5.0],), ([1.0, 0.0],))
    [10.0, 6.0]
    """
    checked("hvp", f)
    _check_vectors("hvp", primals, tangents)
    return jvp(grad(f), primals, tangents)[1]
