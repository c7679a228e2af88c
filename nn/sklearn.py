"""MLPClassifier and MLPRegressor: networks as estimators of scikit-learn, for pipelines, grid search, cross-validation.

Parameters and attributes that scikit-learn's own MLPClassifier has too have the same names. Features
should be on a common scale: put a StandardScaler in front.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd.functions import softmax
from autograd.modes import no_grad
from nn.activations import Activation
from nn.layers import MLP
from nn.losses import l2
from nn.minibatch import numbers
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSProp
from nn.training import fit

SOLVERS = {"adam": Adam, "adamw": AdamW, "sgd": SGD, "rmsprop": RMSProp, "adagrad": Adagrad}


class _MLP(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: their parameters, training and outputs."""

    def __init__(
        self,
        hidden_layer_sizes: int | Iterable[int] = (16,),
        activation: Activation = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | None = 16,
        learning_rate_init: float = 0.01,
        max_iter: int = 50,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.random_state = random_state
        self.verbose = verbose

    def _train(self, X: Any, targets: Any, outputs: int, loss: str) -> None:
        """Build a network for checked data and train it."""
        if self.solver not in SOLVERS:
            raise ValueError(f"unknown solver {self.solver!r}: expected one of {', '.join(SOLVERS)}")
        random = Random(int(check_random_state(self.random_state).randint(2**31 - 1)))
        hidden = self.hidden_layer_sizes
        sizes = [*(hidden if isinstance(hidden, Iterable) else [hidden]), outputs]
        self.model_ = MLP(X.shape[1], sizes, activation=self.activation, init="he_uniform", seed=random)
        optimizer: Any = SOLVERS[self.solver](self.model_.parameters(), lr=self.learning_rate_init)
        self.history_ = fit(
            self.model_,
            X,
            targets,
            loss=loss,
            optimizer=optimizer,
            epochs=self.max_iter,
            batch_size=self.batch_size,
            penalty=(lambda parameters: l2(parameters, self.alpha)) if self.alpha else None,
            seed=random,
            progress=self.verbose,
        )
        self.n_iter_ = self.history_.epochs
        self.loss_curve_ = self.history_.to_dict().get("loss", [])
        if self.history_.interrupted:
            raise KeyboardInterrupt  # so that a search ends too; what was learned is in model_

    def _outputs(self, X: Any) -> Any:
        """Return the outputs of the network, rows x outputs."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        with no_grad():
            return np.array([numbers(self.model_(row)) for row in X.tolist()])


class MLPClassifier(ClassifierMixin, _MLP):  # type: ignore[misc]
    """A network that tells classes apart, trained by cross-entropy of its logits.

    `hidden_layer_sizes` and `activation` are for the hidden layers, as in `nn.MLP`; `solver` is adam,
    adamw, sgd, rmsprop or adagrad, with `learning_rate_init`; `alpha` the strength of an L2 penalty on all parameters;
    `batch_size` rows make a step (None: all); `max_iter` is the number of epochs; `random_state` a
    seed for weights and shuffling; `verbose` shows a progress bar. Ctrl-C in `fit` keeps what was
    learned, and is raised again.

    Fitted, it has `classes_`, `model_` (the `nn.MLP`), `history_`, `loss_curve_` and `n_iter_`.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> print(*MLPClassifier(max_iter=200, random_state=0).fit(X, y).predict(X))
    low low high high
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows x features, with a label for each row, and return the estimator.

        Raises ValueError for data that do not fit, or parameters that are not allowed.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        labels = LabelEncoder()
        indices = labels.fit_transform(column_or_1d(y, warn=True))
        self.classes_ = labels.classes_
        count = len(self.classes_)
        if count == 2:
            self._train(X, indices, 1, "binary_cross_entropy_with_logits")
        else:
            self._train(X, indices, count, "cross_entropy_with_logits")
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, rows x classes."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1 and len(self.classes_) == 2:  # the logit of the second class, against 0
            outputs = np.hstack([np.zeros_like(outputs), outputs])
        return np.array([softmax(row) for row in outputs.tolist()])

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row."""
        places = self.predict_proba(X).argmax(axis=1)
        return self.classes_[places]


class MLPRegressor(RegressorMixin, _MLP):  # type: ignore[misc]
    """A network that predicts numbers, one or several for each row, trained by the mean squared error.

    The parameters and what it has when fitted are those of `MLPClassifier`, without classes. Targets
    are standardised for training, so their unit does not matter.

    >>> X, y = [[-1.0], [0.0], [1.0], [2.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = MLPRegressor(hidden_layer_sizes=(), learning_rate_init=0.1, max_iter=200, alpha=0.0, random_state=0)
    >>> print(model.fit(X, y).predict([[0.5]]).round(2))
    [4.]
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows x features, with a number or several for each row, and return the estimator.

        Raises ValueError for data that do not fit, or parameters that are not allowed.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        y = np.asarray(y, dtype=np.float64)
        table = y.reshape(len(y), -1)
        self._center, spread = table.mean(axis=0), table.std(axis=0)
        self._spread = np.where(spread > 0.0, spread, 1.0)
        self._shape = y.shape[1:]
        self._train(X, (table - self._center) / self._spread, table.shape[1], "mse")
        return self

    def predict(self, X: Any) -> Any:
        """Return the numbers predicted for each row, in the shape in which `fit` was given them."""
        outputs = self._outputs(X)
        return (outputs * self._spread + self._center).reshape(len(outputs), *self._shape)
