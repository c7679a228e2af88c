"""What MLPClassifier and MLPRegressor share: how they train, and what they keep of it under scikit-learn's names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nn.activations import Activation
from nn.callbacks import Training
from nn.checks.settings import count, fraction, not_negative, positive
from nn.data.tables import rows_of, taken, weights
from nn.layers import MLP
from nn.losses import l2
from nn.optim import LBFGS, SGD, Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.prediction import numbers
from nn.training import fit

ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}  # scikit-learn's names and ours; all others are the same
RATES = ("constant", "invscaling", "adaptive")
SOLVERS: dict[str, Callable[[Any, Any], Optimizer]] = {  # functions of the estimator and the parameters to move
    "adam": lambda e, params: Adam(params, e.learning_rate_init, (e.beta_1, e.beta_2), e.epsilon),
    "adamw": lambda e, params: AdamW(params, e.learning_rate_init, (e.beta_1, e.beta_2), e.epsilon),
    "sgd": lambda e, params: SGD(
        params, e.learning_rate_init, momentum=e.momentum, nesterov=e.nesterovs_momentum and e.momentum > 0.0
    ),
    "rmsprop": lambda e, params: RMSprop(params, e.learning_rate_init),
    "adagrad": lambda e, params: Adagrad(params, e.learning_rate_init),
    "lbfgs": lambda e, params: LBFGS(
        params, e.max_iter, e.max_fun, tolerance_grad=e.tol, tolerance_change=1e7 * np.finfo(float).eps, history_size=10
    ),
}
LEAST_RATE = 1e-6  # below it an adaptive rate is not lowered further


class InOrder(Random):
    """A generator that leaves rows in the order in which they are given."""

    def shuffle(self, x: Any) -> None:
        """Do nothing."""


def refuse_what_is_hidden(name: str, table: Any) -> None:
    """Raise TypeError for what scikit-learn would take for numbers: masked ones, and dates in a frame of polars."""
    if isinstance(table, np.ma.MaskedArray) and np.ma.is_masked(table):
        raise TypeError(f"{name} must be numbers, got some that are masked: fill or drop such rows")
    if hasattr(type(table), "rows"):
        rows_of(name, table)


class Network(BaseEstimator):  # type: ignore[misc]
    """What both estimators share; their parameters are those of `MLPClassifier`."""

    def __init__(
        self,
        hidden_layer_sizes: int | Iterable[int] = (100,),
        activation: Activation = "relu",
        *,
        loss: str = "squared_error",
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str | None = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        class_weight: Any = None,
    ) -> None:
        raise NotImplementedError("build an MLPClassifier or an MLPRegressor")

    @property
    def coefs_(self) -> list[Any]:
        """The weights of each layer, as an array of inputs x outputs."""
        return [np.array([numbers(neuron.weights) for neuron in layer.neurons]).T for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[Any]:
        """The biases of each layer, as an array."""
        return [np.array(numbers([neuron.bias for neuron in layer.neurons])) for layer in self.model_.layers]

    def _can_go_on(self) -> bool:
        """Return whether another call of `partial_fit` is possible, which makes the method one of this estimator."""
        if self.solver == "lbfgs":
            raise AttributeError("partial_fit needs a solver that takes minibatches; lbfgs takes all rows at once")
        return True

    def _start(self, features: int, outputs: int) -> None:
        """Build a network, and forget what was learned before."""
        self._random = Random(int(check_random_state(self.random_state).randint(2**31 - 1)))
        hidden = self.hidden_layer_sizes
        sizes = [*(hidden if isinstance(hidden, Iterable) else [hidden]), outputs]
        activation: Any = self.activation
        if isinstance(activation, str):
            activation = ACTIVATIONS.get(activation, activation)
        self.model_ = MLP(features, sizes, activation=activation, init="he_uniform", seed=self._random)
        for neuron in self.model_.layers[-1].neurons:  # at first, all classes are equally likely, all numbers the mean
            for weight in neuron.weights:
                weight.data = 0.0
        self._optimizer: Any = None
        self.n_outputs_, self.n_layers_ = outputs, len(sizes) + 1
        self.t_, self.loss_ = 0, math.nan
        self.loss_curve_: list[float] = []
        self._without_improvement = 0
        self.best_loss_: Any = None if self.early_stopping else math.inf
        self.validation_scores_: Any = [] if self.early_stopping else None
        self.best_validation_score_: Any = -math.inf if self.early_stopping else None

    def _train(
        self, X: Any, targets: Any, sample_weight: Any, loss: str, strata: Any = None, once: bool = False
    ) -> None:
        """Train the network on checked data, `once` for a single epoch that goes on from the last."""
        if once and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True: it sees a part of the rows at a time")
        if not once or self._optimizer is None:
            self._optimizer = SOLVERS[self.solver](self, self.model_.parameters())
        kept = np.array(weights(sample_weight, len(X)))
        table, judge = (X, targets, kept), None
        if self.early_stopping and self.solver != "lbfgs":
            table, held_out = self._held_out(table, strata)
            judge = lambda: self._judged(*held_out)  # noqa: E731
        X, targets, kept = [column[table[2] > 0.0] for column in table]  # a row without weight is as none
        rows, size = len(X), self._size_of_a_step(len(X))
        watch = Watch(self, rows, judge)
        self.n_iter_ = 0
        try:
            self.history_ = fit(
                self.model_,
                X,
                targets,
                loss=loss,
                optimizer=self._optimizer,
                epochs=1 if once or self.solver == "lbfgs" else self.max_iter,
                batch_size=size,
                penalty=self._penalty(size or rows, kept.mean()),
                callbacks=() if self.solver == "lbfgs" else watch,
                seed=self._random if self.shuffle else InOrder(),
                progress=bool(self.verbose),
                sample_weight=None if sample_weight is None else kept,
            )
        finally:
            watch.restore_best()
        if self.solver == "lbfgs":
            self._note(self._optimizer, rows)
        if self.history_.interrupted:
            raise KeyboardInterrupt  # so that a search ends too; what was learned is in model_

    def _size_of_a_step(self, rows: int) -> int | None:
        """Return how many rows make a step, None for all at once."""
        size = 200 if self.batch_size == "auto" else self.batch_size or rows
        return None if self.solver == "lbfgs" or size >= rows else int(size)

    def _note(self, optimizer: Any, rows: int) -> None:
        """Keep what is known of a training by L-BFGS, which is a single step of all rows."""
        self.n_iter_, self.loss_ = optimizer.iterations, optimizer.lowest
        self.loss_curve_ += [*self.history_.to_dict().get("loss", []), self.loss_]
        self.t_ += self.n_iter_ * rows
        self.best_loss_ = self.loss_

    def _penalty(self, rows: int, weight: float) -> Callable[[Any], Any] | None:
        """Return scikit-learn's penalty: half of alpha times the squares of all weights but biases, shared by rows."""
        if not self.alpha:
            return None
        places = [k for k, (name, _) in enumerate(self.model_.named_parameters()) if not name.endswith("bias")]
        strength = self.alpha / (2.0 * rows * weight)
        return lambda parameters: l2([parameters[k] for k in places], strength)

    def _held_out(self, table: tuple[Any, Any, Any], strata: Any) -> tuple[Any, Any]:
        """Return the rows to learn from and those to be judged by, each with targets and weights."""
        parts = train_test_split(
            *table, test_size=self.validation_fraction, random_state=self._random.randrange(2**31), stratify=strata
        )
        if len(parts[1]) < 2:
            raise ValueError(
                f"early_stopping needs at least 2 rows to judge by, validation_fraction={self.validation_fraction} of "
                f"{len(table[0])} rows leaves {len(parts[1])}: increase it, or give more rows"
            )
        return parts[0::2], parts[1::2]

    def _judged(self, X: Any, targets: Any, sample_weight: Any) -> float:
        """Return how good the outputs for held-out rows are."""
        raise NotImplementedError

    def _outputs(self, X: Any) -> Any:
        """Return the outputs of the network, rows x outputs."""
        check_is_fitted(self)
        refuse_what_is_hidden("X", X)
        X = validate_data(self, X, reset=False)
        return self.model_.predict(X).reshape(len(X), -1)

    def _validated(self, X: Any, y: Any, reset: bool, **more: Any) -> tuple[Any, Any]:
        """Check the parameters, and return rows of floats and targets, as scikit-learn checks and takes them."""
        self._check_parameters()
        refuse_what_is_hidden("X", X)
        refuse_what_is_hidden("y", y)
        X, y = validate_data(self, X, y, reset=reset, **more)
        return taken(partial(np.asarray, dtype=np.float64), X), y

    def _check_parameters(self) -> None:
        """Raise ValueError or TypeError for a parameter that is not allowed."""
        for option, given, known in (("solver", self.solver, SOLVERS), ("learning_rate", self.learning_rate, RATES)):
            if given not in known:
                raise ValueError(f"unknown {option} {given!r}: expected one of {', '.join(known)}")
        count("max_iter, the number of epochs,", self.max_iter)
        count("max_fun", self.max_fun)
        if self.batch_size not in (None, "auto"):
            count("batch_size", self.batch_size)
        if self.n_iter_no_change != math.inf:
            count("n_iter_no_change", self.n_iter_no_change)
        not_negative("alpha, the penalty's strength", self.alpha)
        for name in ("power_t", "tol", "momentum"):
            not_negative(name, getattr(self, name))
        for name in ("beta_1", "beta_2", "validation_fraction"):
            fraction(name, getattr(self, name))
        positive("learning_rate_init", self.learning_rate_init)
        positive("epsilon", self.epsilon)


class Watch:
    """Keeps what is known of each epoch in an estimator, sets its rate, and stops it where nothing improves."""

    def __init__(self, network: Network, rows: int, judge: Callable[[], float] | None) -> None:
        self.network, self.rows, self.judge = network, rows, judge
        self.best: dict[str, float] = {}
        if judge is None and network.best_loss_ is None:  # a warm start may have another way to stop
            network.best_loss_ = math.inf
        if judge is not None and network.validation_scores_ is None:
            network.validation_scores_, network.best_validation_score_ = [], -math.inf

    def __call__(self, training: Training) -> None:
        """Look at the last epoch."""
        network, optimizer = self.network, training.optimizer
        network.loss_ = training.history["loss"][-1]
        network.loss_curve_.append(network.loss_)
        network.n_iter_ += 1
        network.t_ += self.rows
        network._without_improvement = 0 if self._improved() else network._without_improvement + 1
        by_hand = network.solver == "sgd"
        if by_hand and network.learning_rate == "invscaling":
            optimizer.lr = network.learning_rate_init / (network.t_ + 1) ** network.power_t
        if network._without_improvement > network.n_iter_no_change:
            if by_hand and network.learning_rate == "adaptive" and optimizer.lr > LEAST_RATE:
                optimizer.lr /= 5.0
                network._without_improvement = 0
            else:
                training.stop()

    def _improved(self) -> bool:
        """Return whether the last epoch was better by `tol` than the best before, and remember the best."""
        network = self.network
        if self.judge is None:
            improved = not network.loss_ > network.best_loss_ - network.tol
            network.best_loss_ = min(network.best_loss_, network.loss_)
            return bool(improved)
        score, best = self.judge(), network.best_validation_score_
        network.validation_scores_.append(score)
        if score > best or not self.best:
            network.best_validation_score_, self.best = max(score, best), network.model_.state_dict()
        return not score < best + network.tol

    def restore_best(self) -> None:
        """Go back to the parameters of the best score, if there is one."""
        if self.best:
            self.network.model_.load_state_dict(self.best)
