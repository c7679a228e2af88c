"""Estimators under scikit-learn's names: solvers, rates, penalties, early stopping, and what is kept of a training."""

import signal

import numpy
import pytest
from sklearn import neural_network
from sklearn.datasets import make_moons

from nn.sklearn import MLPClassifier, MLPRegressor
from nn.training import steps
from nn.training.estimator import SOLVERS

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 8, "batch_size": 8, "learning_rate_init": 0.03}


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_lowers_the_loss(solver):
    X, y = make_moons(20, random_state=0)
    curve = MLPClassifier(**SMALL, solver=solver, random_state=0).fit(X, y).loss_curve_
    assert curve[-1] < curve[0]


def test_the_penalty_keeps_parameters_small():
    X, y = make_moons(20, random_state=0)

    def size(alpha):
        model = MLPClassifier(**SMALL | {"hidden_layer_sizes": 4}, alpha=alpha, random_state=0).fit(X, y).model_
        return sum([p.data**2 for p in model.parameters()])

    assert size(1.0) < size(0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "newton"}, "unknown solver 'newton': expected one of adam, adamw"),
        ({"learning_rate": "cosine"}, "unknown learning_rate 'cosine': expected one of constant, invscaling, adaptive"),
        ({"activation": "swoosh"}, "unknown activation 'swoosh'"),
        ({"max_iter": 0}, "max_iter, the number of epochs, must be a whole number above 0, got 0"),
        ({"alpha": -1.0}, "strength must be at least 0"),
        ({"batch_size": 0}, "batch_size must be a whole number above 0, got 0"),
        ({"tol": -1.0}, "tol must be at least 0, got -1.0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be a whole number above 0"),
        ({"validation_fraction": 1.0}, "validation_fraction must be at least 0 and below 1"),
        ({"beta_1": 1.0}, "beta_1 must be at least 0 and below 1"),
        ({"epsilon": 0.0}, "epsilon must be above 0"),
        ({"max_fun": 0}, "max_fun must be a whole number above 0"),
    ],
)
def test_bad_parameters_are_refused_in_fit(options, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**options).fit([[0.0], [1.0]], [0, 1])


def test_ctrl_c_ends_a_search_and_keeps_what_was_learned(monkeypatch):
    monkeypatch.setattr(steps, "available", lambda: False)  # Python takes the steps, so one can be interrupted
    calls = 0

    def activation(z):
        nonlocal calls
        calls += 1
        if calls == 500:
            signal.raise_signal(signal.SIGINT)
        return z.relu()

    X, y = make_moons(20, random_state=0)
    model = MLPClassifier(**SMALL | {"activation": activation}, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 6
    assert model.predict(X).shape == (20,)


def both(name, **parameters):
    """Our estimator and scikit-learn's of the same name."""
    ours = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name]
    return ours(**parameters), getattr(neural_network, name)(**parameters)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_what_was_learned_has_the_names_and_shapes_of_scikit_learn(points, name, early_stopping):
    X, y = points
    ours, theirs = (
        each.fit(X, y) for each in both(name, hidden_layer_sizes=(5, 3), max_iter=3, early_stopping=early_stopping)
    )
    missing = [
        name for name in vars(theirs) if name.endswith("_") and not name.startswith("_") and not hasattr(ours, name)
    ]
    assert missing == []
    for attribute in ("coefs_", "intercepts_"):
        assert [x.shape for x in getattr(ours, attribute)] == [x.shape for x in getattr(theirs, attribute)]
    for attribute in ("n_layers_", "n_outputs_", "n_iter_", "t_", "out_activation_", "n_features_in_"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert (ours.best_loss_ is None) == (theirs.best_loss_ is None) == early_stopping
    assert (ours.validation_scores_ is None) == (theirs.validation_scores_ is None) == (not early_stopping)
    assert ours.loss_ == ours.loss_curve_[-1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1},
        {"solver": "sgd", "momentum": 0.5, "nesterovs_momentum": False, "learning_rate_init": 0.1},
        {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.3, "learning_rate_init": 0.1, "momentum": 0.0},
        {"solver": "adam", "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-14, "learning_rate_init": 0.01},
        {"solver": "adam", "epsilon": 1e-14, "batch_size": 10, "shuffle": False, "activation": "logistic"},
        {"solver": "sgd", "activation": "identity", "alpha": 0.3},
    ],
)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_from_the_same_weights_the_numbers_are_those_of_scikit_learn(points, name, options, weighted):
    X, y = points
    more = {"sample_weight": numpy.linspace(0.5, 2.0, 30)} if weighted else {}
    if weighted and "batch_size" in options:
        more = {"sample_weight": numpy.full(30, 2.0)}  # a penalty is shared by the mean weight of all rows
    first = {"classes": [0, 1]} if name == "MLPClassifier" else {}
    if name == "MLPRegressor":  # of standardised targets, as ours are
        y = X[:, 0] - X[:, 1]
        y = y - numpy.average(y, weights=more.get("sample_weight"))
        y = y / numpy.sqrt(numpy.average(y**2, weights=more.get("sample_weight")))
    ours, theirs = both(name, hidden_layer_sizes=(4,), random_state=0, **({"activation": "tanh"} | options))
    for each in (ours, theirs):
        each.partial_fit(X, y, **more, **first)
    ours._optimizer, ours.t_ = None, 0
    del theirs._optimizer
    theirs.coefs_, theirs.intercepts_, theirs.t_ = ours.coefs_, ours.intercepts_, 0
    for _ in range(5):
        for each in (ours, theirs):
            each.partial_fit(X, y, **more)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9)
    for found, expected in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-10)
    assert ours.predict(X) == pytest.approx(theirs.predict(X))


def test_lbfgs_comes_to_the_loss_of_scikit_learn_where_there_is_one_minimum(points):
    X, y = points
    ours, theirs = both("MLPClassifier", hidden_layer_sizes=(), solver="lbfgs", alpha=0.5, tol=1e-8)
    for each in (ours, theirs):
        each.fit(X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-4)
    assert 1 <= ours.n_iter_ <= 50
    assert not hasattr(ours, "partial_fit")
    assert MLPClassifier((), solver="lbfgs", max_iter=2).fit(X, y).n_iter_ == 2


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu", "gelu"])
def test_activations_have_the_names_of_scikit_learn_and_of_this_library(points, activation):
    X, y = points
    model = MLPClassifier(**SMALL, activation=activation, random_state=0).fit(X, y)
    assert model.activation == activation
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_training_ends_where_nothing_improves_any_more(points):
    X, y = points
    settings = {"hidden_layer_sizes": (), "tol": 0.1, "n_iter_no_change": 3, "max_iter": 50, "random_state": 0}
    model = MLPClassifier(**settings).fit(X, y)
    assert model.n_iter_ == 5  # the first, and then three and one more that are not better by so much
    assert MLPClassifier(**settings | {"n_iter_no_change": float("inf")}).fit(X, y).n_iter_ == 50


def test_an_adaptive_rate_is_divided_by_5_where_nothing_improves(points):
    X, y = points
    model = MLPClassifier(
        (),
        solver="sgd",
        learning_rate="adaptive",
        tol=1.0,
        n_iter_no_change=1,
        learning_rate_init=0.001,
        random_state=0,
    ).fit(X, y)
    rates = model.history_["lr"]
    assert rates[:7] == pytest.approx([0.001] * 3 + [0.0002] * 2 + [0.00004] * 2)
    assert model.n_iter_ < 20  # a rate below 1e-6 ends the training


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_early_stopping_keeps_the_parameters_of_the_best_score(points, estimator):
    X, y = points
    model = estimator(
        (8,), early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, learning_rate_init=0.05, random_state=0
    ).fit(X, y)
    assert len(model.validation_scores_) == len(model.loss_curve_) == model.n_iter_ < 200
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None
    best = 1 + model.validation_scores_.index(model.best_validation_score_)
    again = estimator(
        (8,), early_stopping=True, validation_fraction=0.3, max_iter=best, learning_rate_init=0.05, random_state=0
    ).fit(X, y)
    assert (again.predict(X) == model.predict(X)).all()


def test_early_stopping_wants_two_rows_to_judge_by(points):
    X, y = points
    with pytest.raises(ValueError, match=r"at least 2 rows to judge by, validation_fraction=0\.01 of 30 rows leaves 1"):
        MLPRegressor(early_stopping=True, validation_fraction=0.01).fit(X, y)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPRegressor(early_stopping=True).partial_fit(X, y)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_warm_start_goes_on_from_what_was_learned(points, estimator):
    X, y = points
    model = estimator(**SMALL, warm_start=True, random_state=0).fit(X, y)
    first = list(model.loss_curve_)
    model.fit(X, y)
    assert model.loss_curve_[:8] == first
    assert len(model.loss_curve_) == 16
    assert model.loss_curve_[8] < first[0]
    assert model.best_loss_ == min(model.loss_curve_)
    assert (model.n_iter_, model.t_) == (8, 16 * 30)
    model.set_params(early_stopping=True).fit(X, y)
    assert len(model.validation_scores_) == 8
    assert len(model.set_params(early_stopping=False).fit(X, y).loss_curve_) == 32
    assert model.set_params(warm_start=False).fit(X, y).loss_curve_ == first
