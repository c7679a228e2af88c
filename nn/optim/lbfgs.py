"""L-BFGS: a quasi-Newton method for the whole training set at once, through SciPy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from autograd.atomic import numbers_of, set_numbers
from autograd.errors import needs
from autograd.value import Value
from nn.checks.settings import count
from nn.optim.optimizer import Closure, Optimizer


class LBFGS(Optimizer):
    """Limited-memory BFGS (Liu and Nocedal, 1989), by SciPy's `minimize(method="L-BFGS-B")`.

    `step(closure)` runs up to `max_iter` iterations; the closure zeroes the gradients, computes the
    loss of all the data (not of a minibatch, and without chance), calls `backward()` and returns the
    loss. The settings are named as in PyTorch: `max_eval` limits calls of the closure in a step (None
    for 20 an iteration, the most that the line search makes); a step ends where no gradient is larger
    than `tolerance_grad`, or where an iteration improves the loss f by no more than `tolerance_change`
    * max(|f|, 1); `history_size` is how many iterations shape the next. There is no learning rate,
    since a line search finds how far to go, and no memory: each step starts afresh. After a step,
    `iterations` is how many it ran, and `lowest` the loss where the parameters are.

    Raises ImportError without SciPy, ValueError or TypeError for bad settings and parameters.

    >>> x, y = Value(-1.0), Value(2.0)
    >>> optimizer = LBFGS([x, y], max_iter=100)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2  # Rosenbrock's valley
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).data
    104.0
    >>> round(x.data, 4), round(y.data, 4)
    (1.0, 1.0)
    """

    settings = ("max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size")
    start = ()
    iterations, lowest = 0, math.nan

    max_iter: int
    max_eval: int
    tolerance_grad: float
    tolerance_change: float
    history_size: int

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
    ) -> None:
        _scipy_optimize()
        super().__init__(
            params,
            max_iter=max_iter,
            max_eval=20 * count("max_iter", max_iter) if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
        )

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take the parameters. Raises ValueError for a second group: there is one line search for all of them."""
        if self.param_groups:
            raise ValueError("LBFGS does not take groups of parameters: give all parameters in one list")
        super().add_param_group(group)

    def step(self, closure: Closure | None = None) -> Any:
        """Run up to `max_iter` iterations, and return what the closure returned first: the loss before the step.

        The parameters end at the lowest loss that was met, also where the closure raises, Ctrl-C comes,
        or a loss of NaN ends the step. Raises TypeError without a closure, and for a closure that returns no Value.
        """
        if closure is None:
            raise TypeError("LBFGS.step needs a closure that zeroes gradients, computes the loss, calls backward()")
        first: Value | None = None
        best = numbers_of(self.params)
        self.iterations, self.lowest = 0, math.inf

        def evaluate(point: Any) -> tuple[float, list[float]]:
            nonlocal first, best
            set_numbers(self.params, point.tolist())
            loss = closure()
            if not isinstance(loss, Value):
                raise TypeError(f"the closure must return the loss, a Value, got {type(loss).__name__}")
            first = loss if first is None else first
            if loss.data < self.lowest:
                self.lowest, best = loss.data, point.tolist()
            return loss.data, [parameter.grad for parameter in self.params]

        options = {
            "maxiter": self.max_iter,
            "maxfun": self.max_eval,
            "maxcor": self.history_size,
            "gtol": self.tolerance_grad,
            "ftol": self.tolerance_change,
        }
        try:
            found = _scipy_optimize().minimize(evaluate, best, jac=True, method="L-BFGS-B", options=options)
            self.iterations = int(found.nit)
        finally:
            set_numbers(self.params, best)
        return first


def _scipy_optimize() -> Any:
    try:
        return import_module("scipy.optimize")
    except ImportError as error:
        raise needs("notebook", "LBFGS needs SciPy", "scipy") from error
