"""Rows: what a model is called with, as floats and Values."""

from __future__ import annotations

from typing import Any

from autograd.scalars import number
from autograd.value import Value
from nn.data.tables import listed


def inputs_of(x: Any, nin: int) -> tuple[Any, ...]:
    """Turn what a model was given into a tuple of floats and Values; a lone number counts as one input."""
    try:
        xs = x
        if type(x) not in (list, tuple):
            xs = listed("a row", x) if hasattr(x, "__iter__") and not isinstance(x, str) else (x,)
        inputs = tuple([x if type(x) is float or isinstance(x, Value) else number(x) for x in xs])
    except TypeError as error:
        rows = isinstance(x, (list, tuple)) and any([isinstance(row, (list, tuple)) for row in x])
        if rows or getattr(x, "ndim", 1) > 1:
            raise TypeError(f"{error}: a model takes one row at a time; for many rows use model.predict(X)") from None
        raise
    if len(inputs) != nin:
        raise ValueError(f"expected {nin} input{'' if nin == 1 else 's'}, got {len(inputs)}")
    return inputs
