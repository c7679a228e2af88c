"""Activations as ONNX operators."""

from __future__ import annotations

from typing import Any

# By name: ONNX operators one after the other, each with its attributes; where an operator takes more
# than what the one before gives, a number, or X for what came in, stands behind it.
_SAME = "abs acos acosh asin asinh atan atanh ceil cos cosh erf exp floor log reciprocal sign sin sinh sqrt tan tanh"
ONNX: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [(name.capitalize(), {})] for name in _SAME.split()}
ONNX |= {
    "relu": [("Relu", {})],
    "leaky_relu": [("LeakyRelu", {"alpha": 0.01})],
    "elu": [("Elu", {"alpha": 1.0})],
    "selu": [("Selu", {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805})],
    "gelu": [("Gelu", {"approximate": "none"})],
    "silu": [("Sigmoid", {}), ("Mul X", {})],
    "mish": [("Mish", {})],
    "softplus": [("Softplus", {})],
    "sigmoid": [("Sigmoid", {})],
    "log_sigmoid": [("Neg", {}), ("Softplus", {}), ("Neg", {})],
    "hardtanh": [("Clip -1 1", {})],
    "step": [("Sign", {}), ("Relu", {})],
    "square": [("Mul X", {})],
    "softmax": [("Softmax", {"axis": -1})],
}
