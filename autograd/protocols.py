"""What Python, NumPy and notebooks ask of a Value besides arithmetic: conversions, arrays, copies, pictures."""

from __future__ import annotations

from importlib import import_module
from math import ceil, floor
from typing import Any

from autograd.copying import deep_copy, fields, made, reduced
from autograd.errors import elsewhere
from autograd.ops import ROUND


class Protocols:
    """The base of Value: methods that Python and other libraries call by name. The backward pass uses none."""

    __slots__ = ()

    def __float__(self) -> float:
        raise TypeError("a Value does not turn into a float silently: use v.data, or autograd.sin to keep the gradient")

    __int__: Any = __float__
    __complex__: Any = __float__

    def __floor__(self) -> int:  # math.floor and math.ceil count: autograd.floor and ceil keep the graph
        return floor(self.data)  # type: ignore[attr-defined, no-any-return]

    def __ceil__(self) -> int:
        return ceil(self.data)  # type: ignore[attr-defined, no-any-return]

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.data) if digits is None else ROUND(self, float(digits))  # type: ignore[attr-defined]

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def as_integer_ratio(self) -> tuple[Any, None]:
        """Let `statistics.mean` add Values with their graph; what needs more of a fraction raises TypeError."""
        return import_module("autograd.transforms.statistics").Addend(self), None

    # NumPy asks its operands, so np.maximum(value, 0.0) and np.where(mask, value, 0.0) use this library.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return import_module("autograd.transforms.arrays").call_ufunc(ufunc, method, inputs, **options)  # on first use

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return import_module("autograd.transforms.arrayfunctions").call_function(func, args, kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)  # type: ignore[arg-type]

    def __copy__(self) -> Any:
        return made(type(self), fields(self))  # type: ignore[arg-type]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return deep_copy(self, memo)  # type: ignore[arg-type]

    def __format__(self, form: str) -> str:
        return format(self.data, form) if form else str(self)  # type: ignore[attr-defined]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle: dict[str, str] = import_module("autograd.drawing.notebook").bundle(self)  # loaded on first use
        return bundle

    # Micrograd's other names: code written for it stops here, with an error that says which name to use.
    _prev = elsewhere("_prev", "inputs")
    _op = elsewhere("_op", "op, and v.op.name for its name")
    _backward = elsewhere("_backward", "op.partials, a rule in the table; add one with autograd.apply(Op(...), ...)")
