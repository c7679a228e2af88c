"""Schedules: the learning rate of each epoch.

A schedule is a function of (epoch, base_lr), the epoch counted from 0 and the rate that the optimiser
was built with; it returns the rate of that epoch. So `fit` takes these, or a function of your own:

    fit(..., optimizer=SGD(model.parameters(), lr=0.1), schedule=cosine(50))
    fit(..., schedule=lambda epoch, base_lr: base_lr / (1 + epoch))

In a loop of your own, a `Scheduler` sets the optimiser's rate, and keeps count for a checkpoint
(`state_dict`, `load_state_dict`):

    scheduler = Scheduler(optimizer, step(30))
    for epoch in range(100):
        ...                          # the minibatches
        scheduler.step()             # for reduce_on_plateau: scheduler.step(validation_loss)

The formulas and numbers are PyTorch's, for one `scheduler.step()` an epoch. Where an optimiser has groups of
parameters, a schedule gives each a rate from that group's own.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from autograd.scalars import Number
from nn.checks.settings import count, not_negative, positive
from nn.optim.optimizer import Optimizer
from nn.optim.plateau import Plateau as Plateau
from nn.optim.plateau import check_keys
from nn.optim.plateau import reduce_on_plateau as reduce_on_plateau

Schedule = Callable[[int, float], float]


def step(step_size: int, gamma: Number = 0.1) -> Schedule:
    """Return a schedule that multiplies the rate by `gamma` every `step_size` epochs.

    >>> [round(step(2)(epoch, 1.0), 9) for epoch in range(5)]
    [1.0, 1.0, 0.1, 0.1, 0.01]
    """
    size, gamma = count("step_size", step_size), positive("gamma", gamma)
    return lambda epoch, base_lr: base_lr * gamma ** (epoch // size)


def multi_step(milestones: Iterable[int], gamma: Number = 0.1) -> Schedule:
    """Return a schedule that multiplies the rate by `gamma` at each of the epochs given.

    >>> [round(multi_step([1, 3])(epoch, 1.0), 9) for epoch in range(5)]
    [1.0, 0.1, 0.1, 0.01, 0.01]
    """
    epochs, gamma = sorted([count("a milestone", m) for m in milestones]), positive("gamma", gamma)
    return lambda epoch, base_lr: base_lr * gamma ** bisect_right(epochs, epoch)


def exponential(gamma: Number) -> Schedule:
    """Return a schedule that multiplies the rate by `gamma` after every epoch.

    >>> [exponential(0.5)(epoch, 1.0) for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """
    gamma = positive("gamma", gamma)
    return lambda epoch, base_lr: base_lr * gamma**epoch


def cosine(T_max: int, eta_min: Number = 0.0) -> Schedule:
    """Return a schedule that falls to `eta_min` along half a wave of `T_max` epochs (Loshchilov and Hutter, 2017).

    After `T_max` epochs the wave goes on, up again.

    >>> [round(cosine(4)(epoch, 1.0), 4) for epoch in range(5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """
    length, least = count("T_max", T_max), not_negative("eta_min", eta_min)
    return lambda epoch, base_lr: least + (base_lr - least) * (1.0 + math.cos(math.pi * epoch / length)) / 2.0


def linear(end_factor: Number, total_iters: int, start_factor: Number = 1.0) -> Schedule:
    """Return a schedule that goes evenly from `start_factor` to `end_factor` times the rate in `total_iters` epochs.

    >>> [linear(0.5, 2)(epoch, 1.0) for epoch in range(4)]
    [1.0, 0.75, 0.5, 0.5]
    """
    start, end = positive("start_factor", start_factor), not_negative("end_factor", end_factor)
    length = count("total_iters", total_iters)
    return lambda epoch, base_lr: base_lr * (start + (end - start) * min(epoch, length) / length)


def warmup(total_iters: int, start_factor: Number = 1.0 / 3.0, then: Schedule | None = None) -> Schedule:
    """Return a schedule that rises evenly from `start_factor` to the full rate in `total_iters` epochs.

    After these, `then` takes over, with its own epochs counted from 0; without it the rate stays.
    Raises TypeError for `reduce_on_plateau` as `then`, since it would never be given the metric.

    >>> [round(warmup(2, 0.5, then=exponential(0.1))(epoch, 1.0), 9) for epoch in range(5)]
    [0.5, 0.75, 1.0, 0.1, 0.01]
    """
    if isinstance(then, Plateau):
        raise TypeError("warmup cannot be followed by reduce_on_plateau: expected a function of (epoch, base_lr)")
    length, rise = count("total_iters", total_iters), linear(1.0, total_iters, start_factor)

    def schedule(epoch: int, base_lr: float) -> float:
        return rise(epoch, base_lr) if then is None or epoch < length else then(epoch - length, base_lr)

    return schedule


class Scheduler:
    """Sets the learning rate of an optimiser by a schedule: at once for epoch 0, and at each `step` for the next.

    The schedule starts from each group's own rate; `base_lr` is that of the first.
    What `reduce_on_plateau` remembers is kept in a copy, `schedule`: the one given may be used again, as new.

    >>> from autograd import Value
    >>> from nn.optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> scheduler = Scheduler(optimizer, exponential(0.5))
    >>> scheduler.step()
    >>> optimizer.lr
    0.25
    """

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        if "lr" not in optimizer.settings:
            raise TypeError(f"{type(optimizer).__name__} has no learning rate to schedule")
        if not callable(schedule):
            raise TypeError(f"schedule must be a function of (epoch, base_lr), got {schedule!r}")
        self.optimizer = optimizer
        self.schedule = copy(schedule) if isinstance(schedule, Plateau) else schedule
        self.base_lrs: list[float] = [group["lr"] for group in optimizer.param_groups]
        self.epoch = 0
        self._set_rates()

    @property
    def base_lr(self) -> float:
        """The rate that the schedule starts from, in the first group."""
        return self.base_lrs[0]

    def step(self, metric: Number | None = None) -> None:
        """Go on to the next epoch. `reduce_on_plateau` needs the metric of the epoch that ended.

        Raises TypeError where it is missing.
        """
        if isinstance(self.schedule, Plateau) and metric is None:
            raise TypeError("reduce_on_plateau needs the metric of the epoch: scheduler.step(metric)")
        self.go_on([metric])

    def go_on(self, metrics: Sequence[Number]) -> None:
        """Go on to where these metrics lead, one for each epoch that is over."""
        if isinstance(self.schedule, Plateau):
            for metric in metrics:
                self.schedule.observe(metric)
        self.epoch += len(metrics)
        self._set_rates()

    def reset_rates(self) -> None:
        """Set the rate of each group to what the schedule started from."""
        self._write(self._base_rates())

    def unscheduled(self) -> Optimizer:
        """Return a copy of the optimiser that has the rates which the schedule started from."""
        twin = copy(self.optimizer)
        groups = zip(self.optimizer.param_groups, self._base_rates(), strict=True)
        twin.param_groups = [{**group, "lr": rate} for group, rate in groups]
        return twin

    def _base_rates(self) -> list[float]:
        """Return the base rates; a group that was added later starts from its own rate."""
        self.base_lrs += [group["lr"] for group in self.optimizer.param_groups[len(self.base_lrs) :]]
        return self.base_lrs

    def state_dict(self) -> dict[str, Any]:
        """Return the epoch, the base rate and what the schedule remembers, as plain numbers.

        With several groups the base rate is a list with one for each.
        """
        memory = self.schedule.state_dict() if isinstance(self.schedule, Plateau) else {}
        rates = list(self.base_lrs) if len(self.base_lrs) > 1 else self.base_lr
        return {"epoch": self.epoch, "base_lr": rates, "schedule": memory}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict()` returned, and set the rate.

        Raises ValueError or TypeError, and changes nothing, if it does not fit.
        """
        check_keys(state, ("epoch", "base_lr", "schedule"))
        given = state["base_lr"] if isinstance(state["base_lr"], (list, tuple)) else [state["base_lr"]]
        epoch, base_lrs = int(not_negative("epoch", state["epoch"])), [positive("base_lr", x) for x in given]
        if len(base_lrs) != len(self.optimizer.param_groups):
            groups = len(self.optimizer.param_groups)
            raise ValueError(f"expected a base_lr for each of {groups} group(s), got {len(base_lrs)}")
        if isinstance(self.schedule, Plateau):
            self.schedule.load_state_dict(state["schedule"])
        else:
            check_keys(state["schedule"], ())
        self.epoch, self.base_lrs = epoch, base_lrs
        self._set_rates()

    def _set_rates(self) -> None:
        """Set the rate of each group to that of the epoch."""
        name = "the rate of a schedule"
        self._write([not_negative(name, self.schedule(self.epoch, base_lr)) for base_lr in self._base_rates()])

    def _write(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=False):
            group["lr"] = rate
