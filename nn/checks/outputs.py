"""Outputs: what a loss compares, predictions and targets, as floats and Values that belong together."""

from __future__ import annotations

from typing import Any

from autograd.functions import sum, where
from autograd.modes import tracing
from autograd.scalars import Number, number
from autograd.value import Value
from nn.data.tables import listed

Numbers = Any  # a number, or a sequence of numbers


def is_sequence(x: Any) -> bool:
    """Return whether this is several numbers, not one."""
    return hasattr(x, "__iter__") and not isinstance(x, str) and getattr(x, "shape", None) != ()


def numbers_in(name: str, x: Numbers) -> list[Any]:
    """Return a number or a sequence as a list of floats and Values."""
    if type(x) not in (list, tuple):
        x = listed(name, x) if is_sequence(x) else [x]
    return [each if type(each) is float or isinstance(each, Value) else number(each) for each in x]


def pairs_of(loss: str, prediction: Numbers, target: Numbers) -> list[tuple[Any, Any]]:
    """Return each output with its target."""
    predictions, targets = numbers_in("a prediction", prediction), numbers_in("a target", target)
    if len(predictions) != len(targets):
        raise ValueError(f"{loss} of unequal lengths: {len(predictions)} predictions, {len(targets)} targets")
    if not predictions:
        raise ValueError(f"{loss} of empty sequences: expected at least one output")
    return list(zip(predictions, targets, strict=True))


def is_known(index: Number) -> bool:
    """Return whether an index is a number, not one of a program that `autograd.compile` records."""
    return not (isinstance(index, Value) and tracing())


def of_class(prediction: Numbers, target: Number) -> tuple[Any, list[Any]]:
    """Return the output of a class and those of all others; while the index is not known yet, those of all classes."""
    outputs = numbers_in("a prediction", prediction)
    if not is_known(target):
        return sum([where(target == k, x, 0.0) for k, x in enumerate(outputs)]), outputs
    index = class_index(target, len(outputs))
    return outputs[index], outputs[:index] + outputs[index + 1 :]


def class_index(target: Number, classes: int) -> int:
    """Check the index of a class; a whole float will do, as labels in NumPy arrays often are."""
    index = number(target)
    if index not in range(classes):
        allowed = f"0 to {classes - 1}" if classes else "no index, since there are no classes"
        hint = ""
        if classes == 1:
            hint = ": the model has 1 output; for two classes use 2 outputs or binary_cross_entropy_with_logits"
        elif index >= classes > 0:
            hint = f": the model has {classes} outputs, and needs one for each class"
        raise ValueError(f"class index out of range: expected {allowed}, got {target!r}{hint}")
    return int(index)


def check_probability(loss: str, what: str, x: Any) -> None:
    """Raise ValueError for a plain number outside [0, 1]."""
    if not isinstance(x, Value) and not 0.0 <= x <= 1.0:
        hint = "; for numbers of any size there is binary_cross_entropy_with_logits" if what == "predictions" else ""
        raise ValueError(f"{loss} expects {what} from 0 to 1, got {x:g}{hint}")


def check_not_negative(name: str, x: Number) -> None:
    """Raise ValueError for a plain number below 0."""
    if not isinstance(x, Value) and not x >= 0.0:
        raise ValueError(f"{name} must be at least 0, got {x!r}")
