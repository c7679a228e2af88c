"""chainrule's engine: a scalar reverse-mode automatic-differentiation library.

In signatures `Number` is an int, a float, a bool, a real NumPy scalar or a `Value`. A function returns a
float for plain numbers; if one of them is a Value, it returns a Value that records the operation. `N` is a float or
a `Value`.

>>> x = Value(0.5, label="x")
>>> y = sin(x) * x
>>> y.backward()
>>> y.data == sin(0.5) * 0.5, x.grad == cos(0.5) * 0.5 + sin(0.5)
(True, True)
"""

from typing import Any as _Any

from autograd import functions
from autograd.anomaly import detect_anomaly
from autograd.errors import (
    AnomalyError,
    AutogradError,
    CompileError,
    GradientMismatchError,
    GraphSizeError,
    InconclusiveError,
    NonDifferentiableError,
    RenderError,
    TracingError,
)
from autograd.functions import *
from autograd.graph import topological
from autograd.modes import no_grad
from autograd.native import core
from autograd.ops import OPS, Op
from autograd.output.ownership import warn_if_shared as _warn_if_shared
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, sparse_hessian, sparse_jacobian, value_and_grad, vjp
from autograd.value import Value, apply

__all__ = [
    "OPS", "AnomalyError", "AutogradError", "CompileError", "Drawing", "GradientMismatchError", "GraphSizeError",
    "InconclusiveError", "NonDifferentiableError", "Op", "RenderError", "TracingError", "Value", "apply", "compile",
    "core", "detect_anomaly", "draw", "explain", "grad", "hessian", "hvp", "jacobian", "jvp", "no_grad",
    "sparse_hessian", "sparse_jacobian", "to_sympy", "topological", "value_and_grad", "vjp",
]  # fmt: skip
__all__ += functions.__all__

# Loaded on first use.
_lazy = {"Drawing": "drawing", "draw": "drawing", "explain": "drawing", "compile": "compiler", "to_sympy": "compiler"}

_warn_if_shared()


def __getattr__(name: str) -> _Any:
    from importlib import import_module

    if name in _lazy:
        return getattr(import_module(f"autograd.{_lazy[name]}"), name)
    if name in ("compiler", "drawing", "testing"):
        return import_module(f"autograd.{name}")
    if name == "__version__":
        return import_module("importlib.metadata").version("chainrule")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_lazy})
