"""Callbacks: what `fit` calls after each epoch: early stopping, checkpoints, or functions of yours.

A callback is a function of one argument, the `Training` at hand.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Literal

from autograd.scalars import Number
from nn.history import History
from nn.metrics import HIGHER_IS_BETTER
from nn.module import Module
from nn.optimizer import Optimizer, count, not_negative
from nn.schedules import Scheduler

Better = Literal["lower", "higher"]


class Training:
    """What a callback sees: model, optimiser, history, and how many epochs are finished.

    `random` is the generator that shuffles; `scheduler` sets the learning rate, if anything does.
    Functions appended to `at_end` are called once training is over, be it by `stop()`, by Ctrl-C or
    after the last epoch; not after an error.

    >>> from nn import MLP, fit
    >>> from nn.optim import SGD
    >>> def enough(training):
    ...     if training.history["loss"][-1] < 0.5:
    ...         training.stop()
    >>> model = MLP(1, [1], init="zeros")
    >>> sgd = SGD(model.parameters(), lr=0.125)
    >>> fit(model, [1.0], [1.0], loss="mse", optimizer=sgd, epochs=99, callbacks=enough)["loss"]
    [1.0, 0.25]
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, history: History, random: Random, scheduler: Scheduler | None = None
    ) -> None:
        self.model, self.optimizer, self.history = model, optimizer, history
        self.random, self.scheduler = random, scheduler
        self.epoch, self.stopped = 0, False
        self.at_end: list[Callable[[], None]] = []

    def stop(self) -> None:
        """Ask for this epoch to be the last."""
        self.stopped = True


Callback = Callable[[Training], object]


def callbacks_of(given: Callback | Iterable[Callback]) -> list[Callback]:
    """Return one callback or several as a list. Raises TypeError for anything else.

    >>> callbacks_of(print) == callbacks_of([print]) == [print]
    True
    """
    alone = isinstance(given, str) or callable(given) or not isinstance(given, Iterable)
    found: list[Any] = [given] if alone else list(given)  # type: ignore[arg-type]
    for callback in found:
        if isinstance(callback, type):
            raise TypeError(f"callbacks: {callback.__name__} is a class: write {callback.__name__}(...)")
        if not callable(callback):
            raise TypeError(
                f"callbacks must be a function of one argument, the Training, such as nn.EarlyStopping(), "
                f"or a list of such functions, got {callback!r:.60}"
            )
    return found


class EarlyStopping:
    """Stops a training that has not improved for `patience` epochs, and goes back to the best parameters.

    `monitor` is a column of the history; it improves when it gets better than the best so far by more
    than `min_delta`. Losses and errors are better lower, scores higher; for a metric of yours say
    which with `better`. With `restore_best` the parameters of the best epoch return at the end of the
    training, also if it was not stopped early. `best_epoch` (from 1) and `best` say when and how good.

    Raises ValueError for settings that are not allowed, and in training for a `monitor` that is not
    in the history.

    >>> EarlyStopping("val_accuracy", patience=5)
    EarlyStopping('val_accuracy', patience=5, min_delta=0.0, restore_best=True)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: Number = 0.0,
        *,
        restore_best: bool = True,
        better: Better | None = None,
    ) -> None:
        self.monitor, self.restore_best = monitor, restore_best
        self.patience, self.min_delta = count("patience", patience), not_negative("min_delta", min_delta)
        self.sign = _sign(monitor, better)
        self.best, self.best_epoch = math.nan, 0
        self._parameters: list[float] = []

    def __call__(self, training: Training) -> None:
        """Look at the last epoch: keep its parameters if it is the best, stop if the best is long ago."""
        now = _last(training, self.monitor)
        if training.epoch == 1:  # a new training
            self.best, self.best_epoch = math.nan, 0
            if self.restore_best:
                training.at_end.append(lambda: self._restore(training))
        if not self.best_epoch or math.isnan(self.best) or self.sign * (now - self.best) > self.min_delta:
            self.best, self.best_epoch = now, training.epoch
            self._parameters = [parameter.data for parameter in training.model.parameters()]
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop()

    def _restore(self, training: Training) -> None:
        for parameter, data in zip(training.model.parameters(), self._parameters, strict=True):
            parameter.data = data

    def __repr__(self) -> str:
        settings = f"patience={self.patience}, min_delta={self.min_delta}, restore_best={self.restore_best}"
        return f"EarlyStopping({self.monitor!r}, {settings})"


class Checkpoint:
    """Writes model and optimiser to a file after each epoch, or after each that is the best so far.

    The file is one of `nn.serialization.save_checkpoint`, and is replaced as a whole. Beside the model
    it holds `epoch`, `history`, and the states `random`, of the generator that shuffles, and `scheduler`.
    To go on as if training had never stopped, build model and optimiser as they were:

        extra = load_checkpoint(path, model, optimizer)
        shuffle = random.Random()
        shuffle.setstate(extra["random"])
        fit(model, X, y, ..., epochs=epochs - extra["epoch"], seed=shuffle)

    A schedule goes on in a `Scheduler` of the optimiser, given to `fit` after
    `scheduler.load_state_dict(extra["scheduler"])`.
    `monitor` is a column of the history, for the best epochs only; `better` as for `EarlyStopping`.

    >>> Checkpoint("best.safetensors", monitor="val_loss")
    Checkpoint('best.safetensors', 'val_loss')
    """

    def __init__(
        self, path: str | os.PathLike[str], monitor: str | None = None, *, better: Better | None = None
    ) -> None:
        self.path, self.monitor = path, monitor
        self.sign = 0.0 if monitor is None else _sign(monitor, better)
        self.best = math.nan

    def __call__(self, training: Training) -> None:
        """Write the file, if the epoch is one to keep."""
        from nn.serialization import save_checkpoint  # not at the top: it brings json

        if self.monitor is not None:
            now = _last(training, self.monitor)
            if training.epoch > 1 and not math.isnan(self.best) and not self.sign * (now - self.best) > 0.0:
                return
            self.best = now
        extra = {
            "epoch": training.epoch,
            "history": training.history.to_dict(),
            "random": training.random.getstate(),
            "scheduler": training.scheduler.state_dict() if training.scheduler else None,
        }
        save_checkpoint(self.path, training.model, training.optimizer, **extra)

    def __repr__(self) -> str:
        return f"Checkpoint({os.fspath(self.path)!r}" + (f", {self.monitor!r})" if self.monitor else ")")


def _sign(monitor: str, better: Better | None) -> float:
    """Return 1 if a column is better the higher, -1 if it is better the lower."""
    base = monitor.removeprefix("val_")
    if better is None and base in ("loss", "mse", "mae"):
        better = "lower"
    elif better is None and base in HIGHER_IS_BETTER:
        better = "higher"
    if better not in ("lower", "higher"):
        raise ValueError(f"is a {monitor!r} better 'lower' or 'higher'? Say better=..., got {better!r}")
    return 1.0 if better == "higher" else -1.0


def _last(training: Training, monitor: str) -> float:
    history = training.history
    if monitor not in history:
        hint = " (give fit validation=...)" if monitor.startswith("val_") else ""
        raise ValueError(f"cannot monitor {monitor!r}{hint}: expected one of {', '.join(history)}")
    return history[monitor][-1]
