"""Plateau: the schedule that lowers a rate when a metric has not improved for a while."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograd.scalars import Number, number
from nn.checks.settings import fraction, not_negative

_COUNTED = ("best", "bad_epochs", "cooling", "reductions")


def reduce_on_plateau(
    mode: str = "min",
    factor: Number = 0.1,
    patience: int = 10,
    threshold: Number = 1e-4,
    threshold_mode: str = "rel",
    cooldown: int = 0,
    min_lr: Number = 0.0,
    eps: Number = 1e-8,
) -> Plateau:
    """Return a schedule that multiplies the rate by `factor` when a metric has not improved for over `patience` epochs.

    Call its `observe(metric)` after each epoch. Better is lower for `mode="min"`, higher
    for "max", by more than `threshold`: a fraction of the best so far, or a difference with
    `threshold_mode="abs"`. For `cooldown` epochs after a reduction nothing counts. The rate does not go
    below `min_lr`, nor change by `eps` or less.

    >>> schedule = reduce_on_plateau(patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     schedule.observe(loss)
    >>> schedule(4, 1.0)
    0.1
    """
    if mode not in ("min", "max"):
        raise ValueError(f"mode must be 'min' or 'max', got {mode!r}")
    if threshold_mode not in ("rel", "abs"):
        raise ValueError(f"threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}")
    return Plateau(
        mode=mode,
        factor=fraction("factor", factor),
        patience=not_negative("patience", patience),
        threshold=not_negative("threshold", threshold),
        threshold_mode=threshold_mode,
        cooldown=not_negative("cooldown", cooldown),
        min_lr=not_negative("min_lr", min_lr),
        eps=not_negative("eps", eps),
    )


class Plateau:
    """A schedule that remembers how a metric went: see `reduce_on_plateau`.

    >>> schedule = reduce_on_plateau(factor=0.5, patience=0)
    >>> schedule.observe(2.0), schedule.observe(3.0), schedule(2, 1.0)
    (None, None, 0.5)
    """

    def __init__(
        self,
        mode: str,
        factor: float,
        patience: float,
        threshold: float,
        threshold_mode: str,
        cooldown: float,
        min_lr: float,
        eps: float,
    ) -> None:
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lr, self.eps = cooldown, min_lr, eps
        self.bad_epochs, self.cooling, self.reductions = 0, 0.0, 0
        self.best = math.inf if mode == "min" else -math.inf

    def __call__(self, epoch: int, base_lr: float) -> float:
        """Return the rate after the reductions so far, whatever the epoch."""
        lr = base_lr
        for _ in range(self.reductions):
            lower = max(lr * self.factor, self.min_lr)
            if lr - lower <= self.eps:
                break
            lr = lower
        return lr

    def observe(self, metric: Number) -> None:
        """Take the metric of an epoch, and count a reduction if it is time. NaN is not an improvement."""
        metric = number(metric)
        if self._is_better(metric):
            self.best, self.bad_epochs = metric, 0
        else:
            self.bad_epochs += 1
        if self.cooling > 0:
            self.cooling -= 1
            self.bad_epochs = 0
        if self.bad_epochs > self.patience:
            self.reductions += 1
            self.cooling, self.bad_epochs = self.cooldown, 0

    def _is_better(self, metric: float) -> bool:
        sign = 1.0 if self.mode == "min" else -1.0
        if self.threshold_mode == "abs":
            return sign * metric < sign * self.best - self.threshold
        return sign * metric < sign * (self.best * (1.0 - sign * self.threshold))

    def state_dict(self) -> dict[str, float]:
        """Return what has been counted and the best metric, as plain numbers."""
        return {name: getattr(self, name) for name in _COUNTED}

    def load_state_dict(self, state: Mapping[str, Number]) -> None:
        """Take over what `state_dict()` returned.

        Raises ValueError or TypeError, and changes nothing, if it does not fit.
        """
        check_keys(state, _COUNTED)
        counted = {name: int(not_negative(name, state[name])) for name in _COUNTED if name != "best"}
        vars(self).update(counted, best=number(state["best"]))


def check_keys(state: Any, expected: tuple[str, ...]) -> None:
    """Raise TypeError unless a state is a dict, ValueError unless it has the names that are expected."""
    if not isinstance(state, Mapping):
        raise TypeError(f"expected what state_dict() returns, a dict, got {type(state).__name__}")
    if set(state) != set(expected):
        names = ", ".join(expected) or "nothing"
        raise ValueError(f"expected a state with {names}; got {', '.join(map(str, state)) or 'nothing'}")
