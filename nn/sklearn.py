"""MLPClassifier and MLPRegressor: networks as estimators of scikit-learn, for pipelines, grid search, cross-validation.

Parameters and attributes have the names, meanings and defaults of scikit-learn's own MLPClassifier and
MLPRegressor. Features should be on a common scale: put a StandardScaler in front.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from inspect import signature
from typing import Any, Self, TypeVar

from autograd.errors import needs

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise needs("notebook", "nn.sklearn needs scikit-learn", "sklearn") from error

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from nn.data import exponents, times_power
from nn.data.tables import taken, weights
from nn.training.estimator import Network

Constructor = TypeVar("Constructor", bound=Callable[..., None])


def _without(constructor: Constructor, name: str) -> Constructor:
    """Return a constructor without one argument of another, which keeps the rest as scikit-learn expects.

    scikit-learn reads the parameters of an estimator off its signature. Each of the two estimators here has one that
    the other lacks.
    """
    every = signature(constructor)
    taken = every.replace(parameters=[x for x in every.parameters.values() if x.name != name])

    @wraps(constructor)
    def __init__(*arguments: Any, **named: Any) -> None:
        try:
            given = taken.bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{type(arguments[0]).__name__}.__init__() {error}") from None
        given.apply_defaults()
        estimator, *_ = given.args
        for name, x in given.arguments.items():
            if name != "self":
                setattr(estimator, name, x)

    __init__.__signature__ = taken  # type: ignore[attr-defined]
    return __init__  # type: ignore[return-value]


class MLPClassifier(ClassifierMixin, Network):  # type: ignore[misc]
    """A network that classifies, trained on the cross-entropy of its logits.

    `hidden_layer_sizes` and `activation` are for the hidden layers: "relu", "tanh", "logistic", "identity", or any
    other of `nn.MLP`. `solver` is adam, sgd, lbfgs, adamw, rmsprop or adagrad. `alpha` is the strength of an L2 penalty
    on the weights; `batch_size` rows make a step ("auto": 200 at most; None: all). `max_iter` is the largest number of
    epochs, which end where the loss has not improved by `tol` for `n_iter_no_change` epochs; with `early_stopping`,
    where the score on a held-out `validation_fraction` has not, and the best parameters stay.

    The rate starts at `learning_rate_init`; sgd has `learning_rate` ("constant", "invscaling" with `power_t`,
    "adaptive"), `momentum` and `nesterovs_momentum` (by PyTorch's rule), adam `beta_1`, `beta_2` and `epsilon`, lbfgs
    `max_fun`. With `warm_start`, `fit` goes on from what was learned before. `random_state` is a seed for weights and
    for shuffling (unless `shuffle` is False); `verbose` shows a progress bar; `class_weight` is "balanced" or a dict
    from labels to weights.

    Ctrl-C in `fit` keeps what was learned, and is raised again. No warning says that `max_iter` was reached: look at
    `loss_curve_`.

    Fitted, it has coefs_ and intercepts_ (a list of arrays each), `classes_`, `loss_`, `best_loss_`, `loss_curve_`,
    `validation_scores_`, `best_validation_score_`, `n_iter_`, `t_`, `n_layers_`, `n_outputs_`, `out_activation_`, and,
    of this library, `model_` (the `nn.MLP`) and `history_`, that of the last training.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> print(*MLPClassifier(max_iter=200, learning_rate_init=0.01, random_state=0).fit(X, y).predict(X))
    low low high high
    """

    __init__ = _without(Network.__init__, "loss")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows x features, with a label for each row and perhaps a weight, and return the estimator.

        Raises ValueError for data that do not fit, or parameters that are not allowed.
        """
        again = self.warm_start and hasattr(self, "model_")
        X, y = self._checked(X, y, reset=not again)
        found = np.unique(y)
        if again and not np.array_equal(found, self.classes_):
            raise ValueError(
                f"warm_start needs the classes of the fit before, {self.classes_.tolist()}: y has {found.tolist()}"
            )
        if not again:
            self._start_with(X, found)
        self._learn(X, y, sample_weight)
        return self

    @available_if(Network._can_go_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch on some rows, going on from what was learned before, and return the estimator.

        The first call needs `classes`, all labels that will ever come. Raises ValueError for other labels.
        """
        first = not hasattr(self, "model_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        X, y = self._checked(X, y, reset=first)
        known = self.classes_ if classes is None else np.unique(classes)
        if not first and not np.array_equal(known, self.classes_):
            raise ValueError(f"classes={known.tolist()} are not those of the first call, {self.classes_.tolist()}")
        strange = np.setdiff1d(y, known)
        if len(strange):
            raise ValueError(f"y has labels that are not in classes: {strange.tolist()}")
        if isinstance(self.class_weight, str):
            raise ValueError("class_weight='balanced' needs all rows at once: give partial_fit a dict of weights")
        if first:
            self._start_with(X, known)
        self._learn(X, y, sample_weight, once=True)
        return self

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        X, y = self._validated(X, y, reset)
        check_classification_targets(y)
        return X, column_or_1d(y, warn=True)

    def _start_with(self, X: Any, classes: Any) -> None:
        self.classes_ = classes
        self.out_activation_ = "logistic" if len(classes) == 2 else "softmax"
        self._start(X.shape[1], 1 if len(classes) == 2 else len(classes))

    def _learn(self, X: Any, y: Any, sample_weight: Any, once: bool = False) -> None:
        places = np.searchsorted(self.classes_, y)
        if self.class_weight is not None:
            sample_weight = weights(sample_weight, len(X)) * compute_sample_weight(self.class_weight, y)
        loss = "binary_cross_entropy_with_logits" if len(self.classes_) == 2 else "cross_entropy_with_logits"
        self._train(X, places, sample_weight, loss, strata=places, once=once)

    def _judged(self, X: Any, targets: Any, sample_weight: Any) -> float:
        places = self._logits(self.model_.predict(X).reshape(len(X), -1)).argmax(axis=1)
        return float(accuracy_score(targets, places, sample_weight=sample_weight))

    def _logits(self, outputs: Any) -> Any:
        """Return a logit for each class: that of the first of two is 0."""
        return np.hstack([np.zeros_like(outputs), outputs]) if len(self.classes_) == 2 else outputs

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, rows x classes."""
        return softmax(self._logits(self._outputs(X)), axis=1)

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the probability of each class, rows x classes."""
        return log_softmax(self._logits(self._outputs(X)), axis=1)

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row."""
        places = self._logits(self._outputs(X)).argmax(axis=1)
        return self.classes_[places]


class MLPRegressor(RegressorMixin, Network):  # type: ignore[misc]
    """A network that predicts numbers, one or several for each row, trained by half the squared error.

    The parameters and what it has when fitted are those of `MLPClassifier`, without classes and their weights. Targets
    are standardised for training, so their unit does not matter, however large or small; the losses are those of
    standardised targets. `partial_fit` and `warm_start` keep the scale of the first targets. The only `loss` is
    "squared_error".

    >>> X, y = [[-1.0], [0.0], [1.0], [2.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, random_state=0)
    >>> print(model.fit(X, y).predict([[0.5]]).round(2))
    [4.]
    """

    __init__ = _without(Network.__init__, "class_weight")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows x features, with a number or several for each row and perhaps a weight; return the estimator.

        Raises ValueError for data that do not fit, or parameters that are not allowed.
        """
        return self._learn(X, y, sample_weight, first=not (self.warm_start and hasattr(self, "model_")))

    @available_if(Network._can_go_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows, going on from what was learned before, and return the estimator."""
        return self._learn(X, y, sample_weight, first=not hasattr(self, "model_"), once=True)

    def _learn(self, X: Any, y: Any, sample_weight: Any, first: bool, once: bool = False) -> Self:
        if self.loss != "squared_error":
            raise ValueError(f"unknown loss {self.loss!r}: expected 'squared_error'; nn.fit trains with any loss")
        X, y = self._validated(X, y, first, multi_output=True, y_numeric=True)
        y = taken(partial(np.asarray, dtype=np.float64), y, "y")
        table = y.reshape(len(y), -1)
        if first:
            self._measure(table, weights(sample_weight, len(X)))
            self._shape = y.shape[1:]
            self.out_activation_ = "identity"
            self._start(X.shape[1], table.shape[1])
        elif table.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {table.shape[1]} column(s), and had {self.n_outputs_} in the training before")
        targets = (times_power(table, -self._exponents) - self._center) / self._spread
        self._train(X, targets, sample_weight, "half_squared_error", once=once)
        return self

    def _measure(self, table: Any, given: Any) -> None:
        """Learn the unit of targets, and their mean and deviation in it."""
        self._exponents = exponents(table)
        table = times_power(table, -self._exponents)
        self._center = np.average(table, axis=0, weights=given)
        spread = np.sqrt(np.average((table - self._center) ** 2, axis=0, weights=given))
        self._spread = np.where(spread > 0.0, spread, 1.0)

    def _judged(self, X: Any, targets: Any, sample_weight: Any) -> float:
        return float(r2_score(targets, self.model_.predict(X).reshape(len(X), -1), sample_weight=sample_weight))

    def predict(self, X: Any) -> Any:
        """Return the numbers predicted for each row, in the shape in which `fit` was given them."""
        outputs = self._outputs(X)
        return times_power(outputs * self._spread + self._center, self._exponents).reshape(len(outputs), *self._shape)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R2, the share of the variance that is explained, of targets in any unit; 1 is best."""
        expected, found = [np.asarray(each, dtype=np.float64).reshape(len(each), -1) for each in (y, self.predict(X))]
        unit = exponents(expected)
        expected, found = times_power(expected, -unit), times_power(found, -unit)
        return float(r2_score(expected, found, sample_weight=sample_weight))
