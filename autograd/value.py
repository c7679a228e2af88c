"""Value: a number that records how it was computed, so that backward() can apply the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from math import nan
from operator import eq, le, lt, ne
from typing import Any

from autograd import modes, ops, reverse
from autograd.copying import deep_copy, fields, made, reduced
from autograd.floats.elementary import divide, power
from autograd.modes import alive
from autograd.ops import ADD, DETACH, DIV, EQUAL, LESS, LESS_EQUAL, MUL, NEG, NOT_EQUAL, POW, POW_CONSTANT, SUB, Op
from autograd.reverse import checked_sweep, order_below, sweep
from autograd.scalars import Number, bare, number, operand


def _node(data: float, op: Op | None, x: Any, y: Any = None) -> Value:
    """Return the Value of one recorded operation: the only place where graphs grow."""
    node = _new(Value)
    node._data = data
    node._grad = 0.0
    node.op = op
    node._x = x
    node._y = y
    node._label = ""
    node._born = modes.epoch
    return _watched(node) if alive else node


def _watched(node: Value) -> Value:
    """Treat a new node as the `with` blocks around it ask."""
    mode = modes.active()
    if mode.tracing is not None:
        return mode.tracing(node, mode.recording)
    if mode.check is not None:
        mode.check(node)
    if not mode.recording:
        node.op = node._x = node._y = None
    return node


def _method(op: Op) -> Callable[[Value], Value]:
    """Return the method of Value that applies an op of one input."""
    forward = op.forward

    def method(self: Value) -> Value:
        return _node(forward(self._data), op, self)

    method.__name__, method.__qualname__ = op.name, f"Value.{op.name}"
    method.__doc__ = f"Return {op.name} of this Value; see `autograd.{op.name}`."
    return method


def _elsewhere(name: str, ours: str) -> Any:
    """Return an attribute that is not there, and says what is there in its place."""

    def missing(self: Value, *_: object) -> Any:
        raise AttributeError(f"a Value has no {name}, which is micrograd's: here it is v.{ours}")

    return property(missing, missing)


class Value:
    """A float in a computation graph.

    `data` is the number, `grad` the derivative that the last `backward()` left here, `op` the
    operation that made it (None for a leaf) and `label` a name for pictures. Results follow IEEE
    754: nothing raises for a number.

    >>> x = Value(3.0)
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> x.grad
    6.0
    """

    # One or two inputs are kept in _x and _y, with no tuple: 56 bytes and one object fewer for Python's
    # garbage collector to walk. More inputs are a tuple in _y; a tuple inside that one is a run of
    # inputs shared with other nodes, such as the weights of a neuron.
    __slots__ = ("_born", "_data", "_grad", "_label", "_x", "_y", "op")

    op: Op | None
    _data: float
    _grad: float
    _label: str
    _x: Any
    _y: Any
    _born: int  # the epoch it was made in; under `detect_anomaly` it knows the line too

    def __init__(self, data: Number, label: str = "") -> None:
        self._data = number(data)
        self._grad = 0.0
        self.op = self._x = self._y = None
        self.label = label
        self._born = modes.epoch

    @property
    def data(self) -> float:
        """The number; what is assigned is converted to a float, or refused with a TypeError.

        >>> x = Value(3)
        >>> x.data
        3.0
        """
        if alive and (looked := modes.active().looked) is not None:
            looked(self)
        return self._data

    @data.setter
    def data(self, given: Number) -> None:
        self._data = _assigned("data", given)

    @property
    def grad(self) -> float:
        """The derivative that the last `backward()` left here; what is assigned is converted to a float, or refused.

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        return self._grad

    @grad.setter
    def grad(self, given: Number) -> None:
        self._grad = _assigned("grad", given)

    @property
    def label(self) -> str:
        """The name for pictures and messages; anything but a str is refused with a TypeError.

        >>> Value(3.0, label="x").label
        'x'
        """
        return self._label

    @label.setter
    def label(self, given: str) -> None:
        if not isinstance(given, str):
            raise TypeError(f"a label must be a str, got {type(given).__name__}: {given!r:.60}")
        self._label = given

    @property
    def inputs(self) -> tuple[Value | float, ...]:
        """The operands in order, repeats kept; a plain number is a float here.

        >>> (Value(3.0) * 2).inputs
        (Value(data=3.0, grad=0.0), 2.0)
        """
        if type(self._y) is tuple:
            return tuple(_flat(self._y))
        return () if self._x is None else (self._x,) if self._y is None else (self._x, self._y)

    def item(self) -> float:
        """Return the number as a float.

        >>> (Value(3.0) * 2).item()
        6.0
        """
        return self.data

    def detach(self) -> Value:
        """Return the same number as a new leaf, without history: no derivative flows back through it.

        >>> (Value(3.0) * 2).detach().inputs
        ()
        """
        return apply(DETACH, self) if alive and modes.tracing() else Value(self._data)

    def backward(self, gradient: Number = 1.0) -> None:
        """Add d(self)/d(leaf) * gradient to the `grad` of every leaf below this Value.

        Leaves accumulate over calls, until their `grad` is set to 0.0. Nodes between start from 0.0
        at each call and keep their gradient afterwards, for pictures.

        >>> x, w = Value(3.0), Value(2.0)
        >>> (x * w).backward()
        >>> x.grad, w.grad
        (2.0, 3.0)
        """
        seed = _assigned("the gradient of backward", gradient)
        check = modes.active().check_derivative if alive else None
        with reverse.lock:
            order, zero = order_below(self)
            self._grad += seed
            if check is None:
                sweep(order, zero)
            else:
                checked_sweep(order, zero, check)

    # Every operator computes on floats and records itself.

    def __add__(self, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(self._data + other._data, ADD, self, other)
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(self._data + other, ADD, self, other)

    def __sub__(self, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(self._data - other._data, SUB, self, other)
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(self._data - other, SUB, self, other)

    def __mul__(self, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(self._data * other._data, MUL, self, other)
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(self._data * other, MUL, self, other)

    def __truediv__(self, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(divide(self._data, other._data), DIV, self, other)
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(divide(self._data, other), DIV, self, other)

    def __pow__(self, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(power(self._data, other._data), POW, self, other)
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(power(self._data, other), POW_CONSTANT, self, other)

    def __radd__(self, other: Number) -> Value:
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(other + self._data, ADD, other, self)

    def __rsub__(self, other: Number) -> Value:
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(other - self._data, SUB, other, self)

    def __rmul__(self, other: Number) -> Value:
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(other * self._data, MUL, other, self)

    def __rtruediv__(self, other: Number) -> Value:
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(divide(other, self._data), DIV, other, self)

    def __rpow__(self, other: Number) -> Value:
        other = other if type(other) is float else operand(other)
        return other if other is NotImplemented else _node(power(other, self._data), POW, other, self)

    def __neg__(self) -> Value:
        return _node(-self._data, NEG, self)

    def __pos__(self) -> Value:
        return self

    # Comparisons look at the numbers, as PyTorch's do; the hash is by identity.

    def __lt__(self, other: Number) -> Any:
        return _compared(LESS, self, other) if alive else self._data < _data(other)

    def __le__(self, other: Number) -> Any:
        return _compared(LESS_EQUAL, self, other) if alive else self._data <= _data(other)

    def __gt__(self, other: Number) -> Any:
        return _compared(LESS, other, self) if alive else self._data > _data(other)

    def __ge__(self, other: Number) -> Any:
        return _compared(LESS_EQUAL, other, self) if alive else self._data >= _data(other)

    def __eq__(self, other: object) -> Any:
        return _compared(EQUAL, self, other) if alive else self._data == _data(other)

    def __ne__(self, other: object) -> Any:
        return _compared(NOT_EQUAL, self, other) if alive else self._data != _data(other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(_compared(NOT_EQUAL, self, 0.0)) if alive else self._data != 0.0

    def __float__(self) -> float:
        raise TypeError("a Value does not turn into a float silently: use v.data, or autograd.sin to keep the gradient")

    __int__ = __complex__ = __float__

    # What micrograd calls otherwise: code written for it stops here with the name to use.
    _prev = _elsewhere("_prev", "inputs")
    _op = _elsewhere("_op", "op, and v.op.name for its name")
    _backward = _elsewhere("_backward", "op.partials, a rule in the table; add one with autograd.apply(Op(...), ...)")

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)

    def __copy__(self) -> Value:
        return made(type(self), fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return deep_copy(self, memo)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"

    def __format__(self, form: str) -> str:
        return format(self.data, form) if form else str(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle: dict[str, str] = import_module("autograd.drawing.notebook").bundle(self)  # loaded on first use
        return bundle

    # Functions of one number are methods too, so NumPy's object arrays work: np.exp(array_of_values).

    exp, expm1, exp2 = _method(ops.EXP), _method(ops.EXPM1), _method(ops.EXP2)
    log, log1p, log2, log10 = _method(ops.LOG), _method(ops.LOG1P), _method(ops.LOG2), _method(ops.LOG10)
    sqrt, cbrt, square, reciprocal = _method(ops.SQRT), _method(ops.CBRT), _method(ops.SQUARE), _method(ops.RECIPROCAL)
    sin, cos, tan = _method(ops.SIN), _method(ops.COS), _method(ops.TAN)
    asin, acos, atan = arcsin, arccos, arctan = _method(ops.ASIN), _method(ops.ACOS), _method(ops.ATAN)
    sinh, cosh, tanh = _method(ops.SINH), _method(ops.COSH), _method(ops.TANH)
    asinh, acosh, atanh = arcsinh, arccosh, arctanh = _method(ops.ASINH), _method(ops.ACOSH), _method(ops.ATANH)
    erf, erfc, lgamma, digamma = _method(ops.ERF), _method(ops.ERFC), _method(ops.LGAMMA), _method(ops.DIGAMMA)
    abs = __abs__ = _method(ops.ABS)
    sign, step = _method(ops.SIGN), _method(ops.STEP)
    floor, ceil = __floor__, __ceil__ = _method(ops.FLOOR), _method(ops.CEIL)
    relu, selu, gelu, silu, mish = (
        _method(ops.RELU),
        _method(ops.SELU),
        _method(ops.GELU),
        _method(ops.SILU),
        _method(ops.MISH),
    )
    softplus, sigmoid, log_sigmoid = _method(ops.SOFTPLUS), _method(ops.SIGMOID), _method(ops.LOG_SIGMOID)
    hardtanh = _method(ops.HARDTANH)

    def conjugate(self) -> Value:
        """Return this Value, which is real.

        >>> Value(3.0).conjugate()
        Value(data=3.0, grad=0.0)
        """
        return self

    def atan2(self, x: Number) -> Value:
        """Return `autograd.atan2(self, x)`."""
        return apply(ops.ATAN2, self, x)  # type: ignore[no-any-return]

    arctan2, fabs = atan2, abs

    def elu(self, alpha: Number = 1.0) -> Value:
        """Return `autograd.elu(self, alpha)`."""
        return apply(ops.ELU, self, alpha)  # type: ignore[no-any-return]

    def leaky_relu(self, negative_slope: Number = 0.01) -> Value:
        """Return `autograd.leaky_relu(self, negative_slope)`."""
        return apply(ops.LEAKY_RELU, self, negative_slope)  # type: ignore[no-any-return]

    def hypot(self, y: Number) -> Value:
        """Return `autograd.hypot(self, y)`."""
        return apply(ops.HYPOT, self, y)  # type: ignore[no-any-return]

    # NumPy asks its operands: np.maximum(value, 0.0) and np.where(mask, value, 0.0) compute with this library.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return import_module("autograd.transforms.arrays").call_ufunc(ufunc, method, inputs, **options)  # on first use

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return import_module("autograd.transforms.arrayfunctions").call_function(func, args, kwargs)

    @staticmethod
    def _apply(op: Op, inputs: tuple[Any, ...]) -> Any:
        return apply(op, *inputs)


_new = object.__new__


def apply(op: Op, *inputs: Number) -> Any:
    """Apply an op, one of `OPS` or your own, to numbers (a float comes back) or Values (a Value).

    Raises TypeError for what is no number, and for an op whose `forward` returns none.

    >>> cube = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    >>> x = Value(2.0)
    >>> y = apply(cube, x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    recording = False
    operands: list[Any] = []
    for x in inputs:
        if isinstance(x, Value):
            recording = True
            operands.append(x._data)
        elif type(x) is float:
            operands.append(x)
        elif isinstance(bare(x), Value):
            return apply(op, *map(plain, inputs))
        else:
            operands.append(number(x))
    data = nan if recording and alive and modes.tracing() else op.forward(*operands)
    if type(data) is not float:
        data = result_of(op, data)
    if not recording:
        return data
    operands = [x if isinstance(x, Value) else y for x, y in zip(inputs, operands, strict=True)]
    return _node(data, op, *operands) if len(operands) <= 2 else _node(data, op, None, tuple(operands))


def plain(x: Number) -> Any:
    """Return a number as a float, or the Value that it is or that a NumPy array without axes holds."""
    x = bare(x)
    return x if isinstance(x, Value) else number(x)


def number_in(x: Number) -> float:
    """Return the number in a Value, or a plain number, as a float."""
    return x.data if isinstance(x, Value) else number(x)


def result_of(op: Op, data: object) -> float:
    """Return what an op's `forward` gave as a float. Raises TypeError for what is no number."""
    try:
        return number(data)
    except TypeError:
        raise TypeError(f"op {op.name!r} must return a float from forward, got {type(data).__name__}") from None


def _data(x: Any) -> Any:
    return x._data if isinstance(x, Value) else x


def _assigned(what: str, given: object) -> float:
    """Return what somebody assigns as a float. Raises TypeError for anything that is not a plain number."""
    if isinstance(given, Value):
        raise TypeError(f"{what} must be a plain number, got a Value: use its .data")
    if given is None:
        raise TypeError(f"{what} must be a number, got None: set it to 0.0")
    try:
        return number(given)
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def _compared(op: Op, x: Any, y: Any) -> Any:
    """Compare two numbers: True or False, or a recorded operation while `autograd.compile` records."""
    if modes.tracing():
        try:
            return apply(op, x, y)
        except TypeError:  # not a number: Python asks the other, an array say
            return NotImplemented
    return OPERATORS[op](_data(x), _data(y))


OPERATORS: dict[Op, Callable[[Any, Any], Any]] = {LESS: lt, LESS_EQUAL: le, EQUAL: eq, NOT_EQUAL: ne}


def _flat(inputs: tuple[Any, ...]) -> Iterator[Any]:
    for x in inputs:
        if type(x) is tuple:
            yield from x
        else:
            yield x
