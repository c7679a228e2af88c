"""Callbacks: what `fit` calls after each epoch: early stopping, checkpoints, or functions of yours.

A callback is a function of one argument, the `Training` at hand.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from autograd.atomic import numbers_of, set_numbers
from autograd.scalars import Number
from nn.checks.settings import count, not_negative
from nn.checks.words import listing
from nn.errors import ModelFileError
from nn.metrics import HIGHER_IS_BETTER
from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.schedules import Scheduler

if TYPE_CHECKING:
    from nn.training.history import History

Better = Literal["lower", "higher"]


class Training:
    """What a callback sees: model, optimiser, history, and how many epochs are finished.

    The epochs of an earlier training that this one continues count too; `first` is their number.
    `random` is the generator that shuffles; `scheduler` sets the learning rate, if anything does.
    `before` has the numbers of the model's parameters from before the last epoch, and `evaluate()` gives loss and
    metrics of all rows that are learned from, for the parameters as they are: those in the history are of the
    parameters on the way. Functions appended to `at_end` are called once training is over, however it ended:
    after the last epoch, by `stop()`, by Ctrl-C, or by an error.

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
        self,
        model: Module,
        optimizer: Optimizer,
        history: History,
        random: Random,
        scheduler: Scheduler | None = None,
        *,
        evaluate: Callable[[], dict[str, float]] = dict,
        passing: bool = False,
    ) -> None:
        self.model, self.optimizer, self.history = model, optimizer, history
        self.random, self.scheduler, self.evaluate = random, scheduler, evaluate
        self.epoch = self.first = history.epochs
        self.stopped = False
        self.before: list[float] = []
        self.at_end: list[Callable[[], None]] = []
        self._passing = passing  # whether the rate is the base rate again after this training

    def stop(self) -> None:
        """Ask for this epoch to be the last."""
        self.stopped = True

    @property
    def optimizer_afterwards(self) -> Optimizer:
        """The optimiser as it would be if the training were over now: with the rates from before a schedule."""
        if self.scheduler is None or not self._passing:
            return self.optimizer
        return self.scheduler.unscheduled()


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
    which with `better`. `best_epoch` (from 1) and `best` say when and how good.

    With `restore_best` the parameters of the best epoch return at the end of the training, however it ends: also
    after the last epoch, Ctrl-C, a NaN or an error in a callback. For a `val_` column they are those from the end of
    the epoch, which it was measured with. A column without `val_` was measured on the way through the epoch, with
    one step on all rows even before the only step; so there the parameters from before and after the epoch are both
    evaluated on all the rows at the end, and the better ones return.

    In a training that continues a `history`, the epochs in it count. Their parameters are gone, unless this object
    was there; so if none of the new epochs is better, the best parameters since the start of this training, those at
    the start included, return.

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
        self._kept: list[list[float]] = []  # parameters to go back to: the better of these
        self._kept_value = math.nan

    def __call__(self, training: Training) -> None:
        """Look at the last epoch: keep its parameters if it is the best, stop if the best is long ago."""
        now = _last(training, self.monitor)
        if training.epoch == training.first + 1:
            self._begin(training)
        if self._improves(now, self._kept_value):
            self._kept_value, self._kept = now, [numbers_of(training.model.parameters())]
            if not self.monitor.startswith("val_"):
                self._kept.append(training.before)
        if self._improves(now, self.best):
            self.best, self.best_epoch = now, training.epoch
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop()

    def _begin(self, training: Training) -> None:
        """Look at the epochs of an earlier training, and see to what happens at the end of this one."""
        if self.restore_best:
            training.at_end.append(lambda: self._restore(training))
        known, self.best, self.best_epoch = (self.best, self.best_epoch), math.nan, 0
        past = training.history[self.monitor][: training.first]
        for epoch, value in enumerate(past, start=1):
            if self._improves(value, self.best):
                self.best, self.best_epoch = value, epoch
        if not past:
            self._kept_value, self._kept = math.nan, []
        elif known != (self.best, self.best_epoch):
            self._kept_value, self._kept = past[-1], [training.before]

    def _improves(self, now: float, best: float) -> bool:
        return math.isnan(best) or self.sign * (now - best) > self.min_delta

    def _restore(self, training: Training) -> None:
        """Set the parameters to the best of those that were kept."""
        if not self._kept:
            return
        parameters, chosen, best = training.model.parameters(), self._kept[0], math.nan
        try:
            for kept in self._kept if len(self._kept) > 1 else []:
                set_numbers(parameters, kept)
                found = training.evaluate().get(self.monitor, math.nan)
                if math.isnan(best) or self.sign * (found - best) > 0.0:
                    chosen, best = kept, found
        finally:
            set_numbers(parameters, chosen)

    def __repr__(self) -> str:
        settings = f"patience={self.patience}, min_delta={self.min_delta}, restore_best={self.restore_best}"
        return f"EarlyStopping({self.monitor!r}, {settings})"


class Checkpoint:
    """Writes model and optimiser to a file after each epoch, or after each that is the best so far.

    The file is one of `nn.files.serialization.save_checkpoint`, and is replaced as a whole. Beside the model
    it holds `epoch`, `history`, and the states `random`, of the generator that shuffles, and `scheduler`.
    To go on as if training had never stopped, build model and optimiser as they were, and say the same to `fit`:

        extra = load_checkpoint(path, model, optimizer)
        fit(model, X, y, ..., history=extra["history"])

    A generator given as `seed` goes on after `generator.setstate(extra["random"])`, a `Scheduler` of the optimiser
    after `scheduler.load_state_dict(extra["scheduler"])`.
    `monitor` is a column of the history, for the best epochs only; `better` as for `EarlyStopping`. For a column
    without `val_` all rows are evaluated at the end of each epoch, as the history has the loss on the way there.
    The file has the best value as `best`. In a training that continues a history, an existing file is
    replaced only by a better epoch.

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
        from nn.files.serialization import save_checkpoint  # not at the top: it brings json

        extra: dict[str, Any] = {
            "epoch": training.epoch,
            "history": training.history.to_dict(),
            "random": training.random.getstate(),
            "scheduler": training.scheduler.state_dict() if training.scheduler else None,
        }
        now = math.nan
        if self.monitor is not None:
            now = _last(training, self.monitor)
            if not self.monitor.startswith("val_"):
                now = training.evaluate().get(self.monitor, now)
            if training.epoch == training.first + 1:
                self.best = self._best_before(training, self.monitor)
            if not math.isnan(self.best) and not self.sign * (now - self.best) > 0.0:
                return
            extra["best"] = {self.monitor: now}
        save_checkpoint(self.path, training.model, training.optimizer_afterwards, **extra)
        self.best = now

    def _best_before(self, training: Training, monitor: str) -> float:
        """Return the best value of the earlier training that this one continues; NaN if it left no file."""
        from nn.files.plain import decoded
        from nn.files.storage import read

        if not training.first or not os.path.exists(self.path):
            return math.nan
        try:
            best = decoded(read(self.path)[0]["extra"]["best"])[monitor]
        except (ModelFileError, LookupError, TypeError):  # not a file of this Checkpoint
            best = None
        if isinstance(best, float):
            return best
        past = [x for x in training.history[monitor][: training.first] if not math.isnan(x)]
        return max(past, key=lambda x: self.sign * x, default=math.nan)

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
        raise ValueError(f"cannot monitor {monitor!r}{hint}: expected one of {listing([*history])}")
    return history[monitor][-1]
