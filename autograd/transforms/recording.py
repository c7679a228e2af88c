"""One call of a function, recorded: its inputs, its outputs, and derivatives through it in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar, copy_context
from typing import Any, NamedTuple

from autograd import modes
from autograd.graph import ordered
from autograd.ops import COMPARISONS, IDENTITY
from autograd.reverse import partials_of
from autograd.scalars import number_in, partials_checked
from autograd.transforms import guards
from autograd.transforms.guards import finished
from autograd.transforms.structures import Structure, flatten, flatten_result, holds_values
from autograd.value import Value, apply, plain

# The epoch in which the outermost of the running transforms made its inputs: nothing older depends on them.
_outermost: ContextVar[int | None] = ContextVar("outermost", default=None)

_COMPARISONS = frozenset(map(id, COMPARISONS))  # to compare ops takes longer

# The inputs of all transforms that are under way, by an id of each: a thread does not see the context of its parent.
_under_way: dict[object, list[Value]] = {}


def differentiating() -> bool:
    """Return whether a transform is calling a function in this context, so that operations must be recorded."""
    return _outermost.get() is not None


def depends_on_others(values: Sequence[Value]) -> bool:
    """Return whether Values depend on the inputs of a transform that is under way, in whatever thread."""
    inputs = {id(x): x._born for some in list(_under_way.values()) for x in some}
    if not inputs:
        return False
    first = min(inputs.values())
    return any([id(node) in inputs for node in ordered(values, lambda x: x._born < first or id(x) in inputs)])


class Recording(NamedTuple):
    """A call of f: inputs and outputs as Values, the nodes between, and how both were nested."""

    inputs: list[Value]
    arguments: Structure
    outputs: list[Any]
    results: Structure
    order: list[Value]  # the nodes that depend on the inputs, inputs first
    symbolic: bool  # whether derivatives are recorded
    values: bool  # whether they are Values

    @property
    def operations(self) -> list[Value]:
        """The nodes that depend on the inputs, without the inputs."""
        return self.order[len(self.inputs) :]

    def finish(self, numbers: Sequence[Any]) -> list[Any]:
        """Return what a transform gives back: recorded Values, new Values inside `no_grad`, or floats."""
        numbers = [0.0 if x is None else finished(x) for x in numbers]
        if modes.tracing():  # a constant stays a number: as a Value it would be read at each call
            recording = modes.active().recording
            return [x if recording or not isinstance(x, Value) else x.detach() for x in numbers]
        if self.symbolic:
            return [x if isinstance(x, Value) else Value(x) for x in numbers]
        floats = [number_in(x) for x in numbers]
        return [Value(x) for x in floats] if self.values else floats

    def result(self) -> Any:
        """Return what f returned, in its structure."""
        return self.results.unflatten(self.finish(self.outputs))

    def partials(self, node: Value) -> Any:
        """Return the derivatives of one operation with respect to its inputs, as Values or floats."""
        if not self.symbolic:
            return partials_of(node)
        found = partials_checked(node.op, node.inputs, node)
        return [x if isinstance(x, (float, int, Value)) else plain(x) for x in found]

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Reverse mode: return the sum of cotangents times derivatives, one number per input.

        A cotangent of None is left out; 0.0 times an infinite derivative would be NaN.
        """
        mode = modes.active()
        check, tracing = mode.check_derivative, mode.tracing is not None
        gradients: dict[int, Any] = {id(node): None for node in self.order}
        for output, cotangent in zip(self.outputs, cotangents, strict=True):
            if cotangent is not None and id(output) in gradients:
                gradients[id(output)] = _plus(gradients[id(output)], cotangent, tracing)
        for node in reversed(self.operations):
            gradient = gradients.pop(id(node))
            if gradient is None:
                continue
            inputs = node.inputs
            for place, (x, partial) in enumerate(zip(inputs, self.partials(node), strict=True)):
                key = id(x)
                if key in gradients and partial is not False:
                    total, term = gradients[key], _times(gradient, partial, inputs, tracing)
                    gradients[key] = term if total is None else _plus(total, term, tracing)
                    if check is not None:
                        check(node, place, number_in(gradients[key]))
        return self.finish([gradients[id(x)] for x in self.inputs])

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Forward mode: return the sum of derivatives times tangents, one number per output.

        A tangent of None is left out; 0.0 times an infinite derivative would be NaN.
        """
        mode = modes.active()
        check, tracing = mode.check_derivative, mode.tracing is not None
        directions: dict[int, Any] = {id(x): tangent for x, tangent in zip(self.inputs, tangents, strict=True)}
        for node in self.operations:
            total, inputs = None, node.inputs
            for place, (x, partial) in enumerate(zip(inputs, self.partials(node), strict=True)):
                direction = directions.get(id(x))
                if direction is not None and partial is not False:
                    total = _plus(total, _times(direction, partial, inputs, tracing), tracing)
                    if check is not None:
                        check(node, place, number_in(total))
            directions[id(node)] = total
        return self.finish([directions.get(id(x)) for x in self.outputs])


def depending(outputs: Sequence[Any], inputs: Sequence[Value]) -> list[Value]:
    """Return the nodes below outputs that depend on inputs, which come first, each after its own inputs."""
    return _below(outputs, inputs, 0)[0]


def _below(outputs: Sequence[Any], inputs: Sequence[Value], epoch: int) -> tuple[list[Value], list[Value]]:
    """Return the nodes that depend on inputs, which were made in an epoch, and the older ones met on the way.

    The walk ends at these, so it costs only what was recorded since, and at recorded comparisons, through which
    no derivative passes.
    """
    depends = {id(x) for x in inputs}

    def ends(node: Value) -> bool:
        return node._born < epoch or id(node) in depends or id(node.op) in _COMPARISONS

    order, older = list(inputs), []
    for node in ordered([x for x in outputs if isinstance(x, Value)], ends):
        if node._born < epoch:
            older.append(node)
        elif not (ends(node) or depends.isdisjoint(map(id, node.inputs))):
            depends.add(id(node))
            order.append(node)
    return order, older


def recorded_gradient(output: Any, inputs: Sequence[Value]) -> list[Any]:
    """Return the derivatives of a number with respect to Values, recorded as Values; 0.0 for those not below it."""
    if not isinstance(output, Value):
        return [0.0] * len(inputs)
    _, arguments = flatten(list(inputs), "inputs")
    _, results = flatten([output], "outputs")
    return Recording(list(inputs), arguments, [output], results, depending([output], inputs), True, True).pull([1.0])


def _plus(total: Any, term: Any, tracing: bool) -> Any:
    if total is None or term is None:
        return term if total is None else total
    return guards.plus(total, term) if tracing else total + term


def _times(gradient: Any, partial: Any, inputs: Sequence[Any], tracing: bool) -> Any:
    return guards.times(gradient, partial, _product, inputs) if tracing else _product(gradient, partial)


def _product(gradient: Any, partial: Any) -> Any:
    """Multiply, without a node for a factor of 1."""
    if isinstance(partial, (float, int)) and partial == 1.0:
        return gradient
    if isinstance(gradient, float) and gradient == 1.0:
        return partial
    return gradient * partial


def record(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Sequence[int]) -> Recording:
    """Call f on fresh inputs in place of the chosen arguments, and return what it recorded."""
    name = getattr(f, "__name__", repr(f))
    numbers, arguments = flatten([args[i] for i in argnums], f"an argument of {name}")
    epoch, outermost = modes.new_epoch(), _outermost.get()
    inputs = [apply(IDENTITY, x) if isinstance(x, Value) else Value(x) for x in numbers]
    call = dict(enumerate(args)) | dict(zip(argnums, arguments.unflatten(inputs), strict=True))

    def called() -> Any:
        _outermost.set(epoch if outermost is None else outermost)
        return f(*call.values(), **kwargs)

    tracing, recording, here = modes.tracing(), modes.active().recording, object()
    try:
        _under_way[here] = inputs
        # In a copied context, which no interrupt can leave behind.
        output = copy_context().run(called) if recording else modes.within(called, recording=True)
    finally:
        _under_way.pop(here, None)
    outputs, results = flatten_result(output, name)
    order, older = _below(outputs, inputs, epoch)
    captured = any([x._born >= outermost for x in older]) if outermost is not None else depends_on_others(older)
    values = tracing or captured or holds_values([*args, kwargs])
    return Recording(inputs, arguments, outputs, results, order, values and (recording or tracing), values)
