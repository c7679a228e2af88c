"""The epochs of one training: minibatch after minibatch, as native code or in Python, and what they measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import accumulate, takewhile
from random import Random
from time import perf_counter
from typing import Any

from nn.callbacks import Training
from nn.data.sets import order_of
from nn.metrics import Metric
from nn.training import steps
from nn.training.minibatch import Trainer, weighted_mean
from nn.training.rows import Table

Judge = Callable[[], tuple[float, dict[str, float]]]  # gives loss and metrics of rows

LOOK_UP = 0.05  # seconds that native code runs without Python


class Epochs:
    """What takes the steps of a training. With `compile` it is native code, unless Python has to."""

    def __init__(
        self, trainer: Trainer, table: Table, batch_size: int | None, scores: Mapping[str, Metric], compile: bool,
        mesh: Any = None,
    ) -> None:  # fmt: skip
        self.trainer, self.table, self.batch_size, self.scores = trainer, table, batch_size, scores
        self.mesh = mesh
        self.native = self._compiled() if compile else None

    def _compiled(self) -> steps.Steps | None:
        largest = self.batch_size or len(self.table.rows)
        found = steps.steps_of(self.trainer, *self.table, largest, bool(self.scores), self.mesh)
        if found is None and self.mesh is not None:
            raise ValueError(
                "backend='jax' cannot take the steps of this training, since Python has to (for LBFGS, Dropout, a "
                "model or loss that decides by a number or draws random ones): use backend='native'"
            )
        return found

    def look_again(self) -> None:
        """Compile anew if the optimiser is not what it was."""
        if self.native is not None and not self.native.fits():
            self.native = self._compiled()

    def one(self, training: Training) -> dict[str, float]:
        """Take the steps of an epoch; return the mean loss, and metrics of the outputs on the way.

        The loss is a mean over the rows as they were met, each with the penalty of its minibatch.
        """
        losses: list[float] = []
        order, sizes = self.shuffled(training.random), self._sizes()
        outputs = self._take(order, sizes, training.epoch, losses)
        seen = [self.table.targets[k] for k in order]
        return {"loss": self._mean(losses, order, sizes)} | {
            name: score(seen, outputs) for name, score in self.scores.items()
        }

    def several(self, training: Training, epochs: int) -> dict[str, float]:
        """Take as many of the epochs as native code does in a fraction of a second, and write them into the history.

        Returns what the last one gave. Where an error comes, the epochs before it are in the history.
        """
        native, start = self.native, perf_counter()
        assert native is not None
        count = min(native.epochs_at_once, epochs - training.epoch)
        again = self.batch_size is None  # the same rows each time
        if not again and self.table.weights is not None:
            count = 1  # a row has the weight that its minibatch gives it
        times = count if again else 1
        orders = [self.shuffled(training.random) for _ in range(count // times)]
        order, sizes = [k for each in orders for k in each], self._sizes()
        losses: list[float] = []
        try:
            self._take(order, sizes * (count // times), training.epoch, losses, times)
        finally:
            means = losses if len(sizes) == 1 else self._means(losses, orders, sizes)
            lr = {"lr": [training.optimizer.lr] * len(means)} if "lr" in training.optimizer.settings else {}
            if means:
                training.history.extend({"loss": means} | lr)
                training.epoch += len(means)
        if perf_counter() - start < LOOK_UP:
            native.epochs_at_once = 2 * count
        return {"loss": means[-1]}

    def _take(
        self, order: list[int], sizes: list[int], epoch: int, losses: list[float], times: int = 1
    ) -> list[list[float]]:
        """Take steps, add their losses, and return the outputs on the way.

        Python takes those that native code does not: all if there is none, and one that fails, to say why.
        """
        outputs, done = ([], 0) if self.native is None else self._natively(self.native, order, sizes, losses, times)
        starts, per_epoch = [0, *accumulate(sizes)], len(self._sizes())
        while done < len(sizes) * times:
            k = done % len(sizes)
            here = slice(starts[k], starts[k + 1])
            where = f"epoch {epoch + 1 + done // per_epoch}, batch {1 + done % per_epoch}"
            rows, targets, weights = self.table.taken(order[here])
            loss, outputs[here] = self.trainer.step(rows, targets, where, weights)
            losses.append(loss)
            done += 1
        return outputs

    def _natively(
        self, native: steps.Steps, order: list[int], sizes: list[int], losses: list[float], times: int
    ) -> tuple[list[list[float]], int]:
        """Take steps as native code, and return the outputs and how many were taken."""
        before = native.stepper.losses
        try:
            found, done, outputs = native.run(order, sizes, times)
        except KeyboardInterrupt:  # comes when native code is through: its steps are taken
            if native.stepper.losses is not before:
                losses += takewhile(math.isfinite, native.stepper.losses.tolist())
            raise
        losses += found
        return outputs[: len(order)].tolist() if outputs.size else [], done

    def shuffled(self, random: Random) -> list[int]:
        """Return the rows of an epoch in the order that `minibatches` has them in."""
        return order_of(len(self.table.rows), None if self.batch_size is None else random)

    def _sizes(self) -> list[int]:
        rows = len(self.table.rows)
        size = self.batch_size or rows
        return [min(size, rows - start) for start in range(0, rows, size)]

    def _means(self, losses: Sequence[float], orders: Sequence[Sequence[int]], sizes: Sequence[int]) -> list[float]:
        """Return the mean over rows of each epoch that is complete; the last of the orders is that of all after it."""
        each = len(sizes)
        finished = [losses[k : k + each] for k in range(0, len(losses) - each + 1, each)]
        return [self._mean(x, orders[min(k, len(orders) - 1)], sizes) for k, x in enumerate(finished)]

    def _mean(self, losses: Sequence[float], order: Sequence[int], sizes: Sequence[int]) -> float:
        """Return the mean over rows of the losses of minibatches."""
        if len(losses) == 1:
            return losses[0]
        weights, start, shares = self.table.weights, 0, []
        for size in sizes:
            places = order[start : start + size]
            shares.append(float(size) if weights is None else sum([weights[k] for k in places]))
            start += size
        return weighted_mean(losses, shares)


def judge(trainer: Trainer, table: Table, scores: Mapping[str, Metric], compile: bool) -> Judge:
    """Return a function that gives loss, without the penalty, and metrics of rows in `eval()`; nothing is recorded."""
    native = steps.judge(trainer, *table) if compile else None

    def judged() -> tuple[float, dict[str, float]]:
        loss, outputs = native() if native else trainer.evaluate(*table)
        return loss, {name: score(table.targets, outputs) for name, score in scores.items()}

    return judged


def evaluation(
    trainer: Trainer, table: Table, scores: Mapping[str, Metric], compile: bool
) -> Callable[[], dict[str, float]]:
    """Return a function that gives what the history has of an epoch, for parameters as they are; made at first use."""
    made = cache(lambda: judge(trainer, table, scores, compile))

    def evaluate() -> dict[str, float]:
        loss, metrics = made()()
        return {"loss": trainer.penalised(loss)} | metrics

    return evaluate
