"""Value: a number that records how it was computed, so that backward() can apply the chain rule."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from operator import eq, le, lt, ne
from typing import Any

from autograd import modes, ops, reverse
from autograd.modes import alive, clock
from autograd.native import twin
from autograd.native.adoption import adopted
from autograd.ops import ADD, DETACH, DIV, EQUAL, LESS, LESS_EQUAL, MUL, NEG, NOT_EQUAL, POW, POW_CONSTANT, SUB, Op
from autograd.protocols import Protocols
from autograd.scalars import Number, assigned, bare, number, operand, result_of, text

_new = object.__new__


@twin
def _node(data: float, op: Op | None, inputs: tuple[Any, ...]) -> Value:
    """Return the Value of one recorded operation: the only place where graphs grow."""
    node = _new(Value)
    node._data = data
    node._grad = 0.0
    node.op = op
    node._inputs = inputs
    node._label = ""
    node._born = clock[0]
    return modes.watched(node) if alive else node


@twin
def apply(op: Op, *inputs: Number) -> Any:
    """Apply an op, one of `OPS` or your own, to numbers (a float comes back) or Values (a Value).

    Raises TypeError for anything that is not a number, and for an op whose `forward` does not return one.

    >>> cube = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    >>> x = Value(2.0)
    >>> y = apply(cube, x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    operands: Any = tuple([x if type(x) is float or isinstance(x, Value) else plain(x) for x in inputs])
    numbers = [x if type(x) is float else x._data for x in operands]
    recording = not all([type(x) is float for x in operands])
    data = nan if recording and alive and modes.tracing() else op.forward(*numbers)
    if type(data) is not float:
        data = result_of(op, data)
    return _node(data, op, operands) if recording else data


def plain(x: Number) -> Any:
    """Return a number as a float; return a Value, or the Value in a NumPy array without axes, as it is."""
    x = bare(x)
    return x if isinstance(x, Value) else number(x)


def _method(op: Op, *defaults: float) -> Callable[..., Value]:
    """Return a method of Value that applies an op to it and to further numbers, which may have defaults."""
    forward = op.forward

    def of_one(self: Value) -> Value:
        return _node(forward(self._data), op, (self,))

    def of_several(self: Value, *others: Number) -> Value:
        return apply(op, self, *others, *defaults[len(others) :])  # type: ignore[no-any-return]

    method = of_several if op in _OF_SEVERAL else of_one
    method.__name__, method.__qualname__ = op.name, f"Value.{op.name}"
    method.__doc__ = f"Return {op.name} of this Value; see `autograd.{op.name}`."
    return method


_OF_SEVERAL = (ops.ATAN2, ops.HYPOT, ops.ELU, ops.LEAKY_RELU)


def _operators(op: Op, by_number: Op) -> tuple[Callable[[Value, Number], Value], Callable[[Value, Number], Value]]:
    """Return the operator of an op, which records `by_number` for a number on the right, and the reflected one."""
    forward = op.forward

    def operator(self: Value, other: Number) -> Value:
        if isinstance(other, Value):
            return _node(forward(self._data, other._data), op, (self, other))
        x = other if type(other) is float else operand(other)
        return x if x is NotImplemented else _node(forward(self._data, x), by_number, (self, x))

    def reflected(self: Value, other: Number) -> Value:
        x = other if type(other) is float else operand(other)
        return x if x is NotImplemented else _node(forward(x, self._data), op, (x, self))

    return operator, reflected


def _comparison(op: Op, holds: Callable[[Any, Any], Any], swapped: bool = False) -> Callable[[Value, Any], Any]:
    """Return a comparison of numbers: True or False, or a recorded operation while `autograd.compile` records."""

    def compare(self: Value, other: Any) -> Any:
        x, y = (other, self) if swapped else (self, other)
        if alive and modes.tracing():
            try:
                return apply(op, x, y)
            except TypeError:  # not a number: Python asks the other operand, such as an array
                return NotImplemented
        return holds(x._data if isinstance(x, Value) else x, y._data if isinstance(y, Value) else y)

    return compare


class Value(Protocols):
    """A float in a computation graph.

    `data` is the number, `grad` the derivative that the last `backward()` left here, `op` the
    operation that made it (None for a leaf) and `label` a name for pictures. Results follow IEEE
    754: no operation raises for any number.

    >>> x = Value(3.0)
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> x.grad
    6.0
    """

    __slots__ = ("_born", "_data", "_grad", "_inputs", "_label", "op")

    op: Op | None
    _data: float
    _grad: float
    _label: str
    _inputs: tuple[Any, ...]
    _born: int  # the epoch it was made in; under `detect_anomaly` it knows the line too

    def __init__(self, data: Number, label: str = "") -> None:
        self._data = number(data)
        self._grad = 0.0
        self.op, self._inputs = None, ()
        self.label = label
        self._born = clock[0]

    @property
    def data(self) -> float:
        """The number. What you assign is converted to a float; anything but a number raises TypeError.

        >>> Value(3).data
        3.0
        """
        if alive and (looked := modes.active().looked) is not None:
            looked(self)
        return self._data

    @data.setter
    def data(self, given: Number) -> None:
        self._data = assigned("data", given)

    @property
    def grad(self) -> float:
        """The derivative that `backward()` left here. What you assign is converted to a float, or raises TypeError.

        >>> Value(3).grad
        0.0
        """
        return self._grad

    @grad.setter
    def grad(self, given: Number) -> None:
        self._grad = assigned("grad", given)

    @property
    def label(self) -> str:
        """The name for pictures and messages, a str.

        >>> Value(3.0, label="x").label
        'x'
        """
        return self._label

    @label.setter
    def label(self, given: str) -> None:
        self._label = text(given)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The operands in order, repeats kept; a plain number is a float here.

        >>> (Value(3.0) * 2).inputs
        (Value(data=3.0, grad=0.0), 2.0)
        """
        return self._inputs

    def item(self) -> float:
        """Return the number as a float.

        >>> Value(3).item()
        3.0
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

        Leaves accumulate over calls, until their `grad` is set to 0.0. The nodes between start from
        0.0 at each call and keep their gradient afterwards, for pictures.

        >>> x, w = Value(3.0), Value(2.0)
        >>> (x * w).backward()
        >>> x.grad, w.grad
        (2.0, 3.0)
        """
        seed = assigned("the gradient of backward", gradient)
        reverse.backward(self, seed, modes.active().check_derivative if alive else None)

    # Operators compute on floats, and record themselves.

    __add__, __radd__ = _operators(ADD, ADD)
    __sub__, __rsub__ = _operators(SUB, SUB)
    __mul__, __rmul__ = _operators(MUL, MUL)
    __truediv__, __rtruediv__ = _operators(DIV, DIV)
    __pow__, __rpow__ = _operators(POW, POW_CONSTANT)
    __mod__, __rmod__ = _operators(ops.MOD, ops.MOD)
    __floordiv__, __rfloordiv__ = _operators(ops.FLOOR_DIVIDE, ops.FLOOR_DIVIDE)
    __neg__ = _method(NEG)

    def __pos__(self) -> Value:
        """Return this Value: it is real, and its own conjugate.

        >>> Value(3.0).conjugate()
        Value(data=3.0, grad=0.0)
        """
        return self

    conjugate = __pos__

    # Comparisons look at the numbers, as PyTorch's do; the hash is by identity.

    __lt__, __le__ = _comparison(LESS, lt), _comparison(LESS_EQUAL, le)
    __gt__, __ge__ = _comparison(LESS, lt, swapped=True), _comparison(LESS_EQUAL, le, swapped=True)
    __eq__, __ne__ = _comparison(EQUAL, eq), _comparison(NOT_EQUAL, ne)
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"

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
    floor, ceil = _method(ops.FLOOR), _method(ops.CEIL)
    relu, selu, gelu, silu = _method(ops.RELU), _method(ops.SELU), _method(ops.GELU), _method(ops.SILU)
    mish, softplus, hardtanh = _method(ops.MISH), _method(ops.SOFTPLUS), _method(ops.HARDTANH)
    sigmoid, log_sigmoid = _method(ops.SIGMOID), _method(ops.LOG_SIGMOID)

    atan2, hypot = _method(ops.ATAN2), _method(ops.HYPOT)
    elu, leaky_relu = _method(ops.ELU, 1.0), _method(ops.LEAKY_RELU, 0.01)
    arctan2, fabs = atan2, abs

    _apply, _plain = staticmethod(apply), staticmethod(plain)  # for modules that cannot import them


Value = adopted(Value)  # type: ignore[misc]  # the C version, where it was built
