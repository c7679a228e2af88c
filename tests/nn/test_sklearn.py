"""MLPClassifier and MLPRegressor: scikit-learn's own checks, and what they are for."""

import datetime
import pickle
import signal

import numpy
import pandas
import polars
import pytest
import scipy.sparse
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, make_moons
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.sklearn import MLPClassifier, MLPRegressor
from nn.training import steps
from nn.training.estimator import SOLVERS

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 8, "batch_size": 8, "learning_rate_init": 0.03}
CHECKED = {
    "hidden_layer_sizes": (4,),
    "max_iter": 60,
    "learning_rate_init": 0.03,
}  # all rows a step: weights repeat them


@parametrize_with_checks([MLPClassifier(**CHECKED), MLPRegressor(**CHECKED), MLPClassifier(**CHECKED, solver="sgd")])
def test_estimators_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_it_works_in_a_pipeline_and_cross_validation():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(
        StandardScaler(), MLPClassifier((8,), learning_rate_init=0.03, batch_size=16, max_iter=15, random_state=0)
    )
    assert cross_val_score(model, X, y, cv=3).mean() > 0.9


def test_grid_search_finds_the_width_that_can_bend():
    X, y = make_moons(90, noise=0.1, random_state=0)
    grid = {"hidden_layer_sizes": [(), (16,)], "activation": ["tanh"]}
    search = GridSearchCV(MLPClassifier(max_iter=60, learning_rate_init=0.05, random_state=0), grid, cv=3).fit(X, y)
    assert search.best_params_["hidden_layer_sizes"] == (16,)
    assert search.score(X, y) > 0.95


def test_a_regressor_explains_diabetes_as_well_as_a_straight_line():
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(
        StandardScaler(), MLPRegressor((), learning_rate_init=0.01, batch_size=16, max_iter=15, random_state=0)
    )
    assert cross_val_score(model, X, y, cv=3).mean() > 0.45


def test_targets_may_have_several_columns():
    X = numpy.linspace(-1.0, 1.0, 20).reshape(-1, 1)
    y = numpy.hstack([3.0 * X + 1000.0, -X])
    model = MLPRegressor((), solver="lbfgs", alpha=0.0, random_state=0).fit(X, y)
    assert model.predict(X).shape == (20, 2)
    assert model.predict(X) == pytest.approx(y, rel=1e-2, abs=1e-2)
    assert MLPRegressor(**SMALL).fit(X, y[:, :1]).predict(X).shape == (20, 1)
    assert MLPRegressor(**SMALL).fit(X, y[:, 0]).predict(X).shape == (20,)


@pytest.mark.parametrize("classes", [["no", "yes"], ["a", "b", "c"]])
def test_probabilities_add_up_and_agree_with_the_classes(classes):
    X = numpy.arange(12.0).reshape(-1, 1) - 5.5
    y = numpy.repeat(classes, 12 // len(classes))
    model = MLPClassifier(**SMALL | {"max_iter": 60}, random_state=0).fit(X, y)
    probabilities = model.predict_proba(X)
    assert list(model.classes_) == classes
    assert probabilities.shape == (12, len(classes))
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(X)).all()
    assert model.score(X, y) > 0.7


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_the_random_state_decides_everything(estimator):
    X, y = make_moons(20, random_state=0)
    one, two, three = (estimator(**SMALL, random_state=state).fit(X, y) for state in (1, 1, 2))
    assert one.loss_curve_ == two.loss_curve_ != three.loss_curve_
    assert (one._outputs(X) == two._outputs(X)).all()
    assert clone(one).fit(X, y).loss_curve_ == one.loss_curve_
    drawn = numpy.random.RandomState(0)
    first, second = (estimator(**SMALL, random_state=drawn).fit(X, y) for _ in range(2))
    assert first.loss_curve_ != second.loss_curve_


def test_what_was_learned_is_kept_in_the_estimator_and_in_its_pickle():
    X, y = make_moons(20, random_state=0)
    model = MLPClassifier(**SMALL, random_state=0).fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == model.history_.epochs == 8
    copy = pickle.loads(pickle.dumps(model))
    assert (copy.predict_proba(X) == model.predict_proba(X)).all()


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


# The names, meanings and defaults of scikit-learn.


@pytest.fixture
def points():
    """Two features, and which side of a line they are on."""
    X = numpy.random.RandomState(0).randn(30, 2)
    return X, (X[:, 0] + 0.5 * X[:, 1] > 0.0).astype(int)


def both(name, **parameters):
    """Our estimator and scikit-learn's of the same name."""
    ours = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name]
    return ours(**parameters), getattr(neural_network, name)(**parameters)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_have_the_names_and_defaults_of_scikit_learn(name):
    ours, theirs = (estimator.get_params() for estimator in both(name))
    assert {name: ours.get(name, "missing") for name in theirs} == theirs
    assert set(ours) - set(theirs) <= {"class_weight", "loss"}  # the latter is there from scikit-learn 1.7 on


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


def test_a_warm_start_or_a_part_wants_the_classes_of_the_start(points):
    X, y = points
    with pytest.raises(ValueError, match=r"warm_start goes on with the classes \[0, 1\], y has \[0, 1, 2\]"):
        MLPClassifier(**SMALL, warm_start=True).fit(X, y).fit(X, [2, *y[1:]])
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        MLPClassifier(**SMALL).partial_fit(X, y)
    model = MLPClassifier(**SMALL).partial_fit(X[:1], y[:1], classes=[0, 1])
    with pytest.raises(ValueError, match=r"labels that are not in classes: \[7\]"):
        model.partial_fit(X, [7, *y[1:]])
    with pytest.raises(ValueError, match=r"classes=\[0, 2\] are not those of the first call"):
        model.partial_fit(X, y, classes=[0, 2])
    with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
        MLPClassifier(**SMALL, class_weight="balanced").partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"y has 1 column\(s\), and had 2 in the training before"):
        MLPRegressor(**SMALL).partial_fit(X, X).partial_fit(X, y)


def test_parts_one_after_the_other_are_an_epoch_each(points):
    X, y = points
    model = MLPClassifier((8,), learning_rate_init=0.03, random_state=0)
    for k in range(60):
        model.partial_fit(X[k % 2 :: 2], y[k % 2 :: 2], classes=[0, 1])
    assert (model.n_iter_, model.t_, len(model.loss_curve_)) == (1, 60 * 15, 60)
    assert model.score(X, y) > 0.9


def test_logarithms_of_probabilities_are_exact_where_these_are_0():
    model = MLPClassifier((), max_iter=1, random_state=0).fit([[0.0], [1.0], [2.0]], ["a", "b", "c"])
    X = [[1e7], [0.5]]
    found = model.predict_log_proba(X)
    assert numpy.isfinite(found).all()
    assert numpy.exp(found) == pytest.approx(model.predict_proba(X))
    assert model.predict_proba(X).min() == 0.0


@pytest.mark.parametrize("state", range(5))
def test_a_few_epochs_are_better_than_none(points, state):
    X, y = points
    assert MLPClassifier(max_iter=3, random_state=state).fit(X, y).score(X, y) > 0.6
    assert MLPRegressor(max_iter=3, random_state=state).fit(X, X[:, 0]).score(X, X[:, 0]) > 0.0


# Weights.


def test_boosting_and_its_weights_work(points):
    X, y = points
    parameters = {"hidden_layer_sizes": (4,), "max_iter": 60, "learning_rate_init": 0.03, "random_state": 0}
    assert AdaBoostClassifier(MLPClassifier(**parameters), n_estimators=2).fit(X, y).score(X, y) > 0.9
    assert AdaBoostRegressor(MLPRegressor(**parameters), n_estimators=2).fit(X, X[:, 0]).score(X, X[:, 0]) > 0.5


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_row_of_weight_2_counts_twice_and_one_of_weight_0_not_at_all(points, estimator):
    X, y = points
    twice = numpy.vstack([X[:10], X[:20]]), numpy.concatenate([y[:10], y[:20]])
    given = numpy.repeat([2.0, 1.0, 0.0], 10)
    one, two = (estimator((4,), max_iter=30, random_state=0) for _ in range(2))
    one.fit(X, y, sample_weight=given)
    two.fit(*twice)
    assert one._outputs(X) == pytest.approx(two._outputs(X), rel=1e-9, abs=1e-9)
    assert one.loss_ == pytest.approx(two.loss_)


def test_weights_of_classes_move_the_border():
    X, y = numpy.linspace(-1.0, 1.0, 40).reshape(-1, 1), numpy.array(["no"] * 36 + ["yes"] * 4)
    y[30:36:2] = "yes"  # where both occur

    def share(class_weight, **more):
        model = MLPClassifier((), solver="lbfgs", alpha=0.0, class_weight=class_weight, random_state=0)
        return (model.fit(X, y, **more).predict(X) == "yes").mean()

    assert share("balanced") > share(None)
    assert share({"no": 1.0, "yes": 100.0}) > share({"no": 100.0, "yes": 1.0})
    weights = numpy.where(y == "yes", 100.0, 1.0)
    assert share(None, sample_weight=weights) == share({"no": 1.0, "yes": 100.0})


# Tables.


HIDDEN = {
    "masked": numpy.ma.masked_less(numpy.ones((30, 2)).cumsum(axis=0), 3.0),
    "dates": numpy.full((30, 2), numpy.datetime64("2020-01-01")),
    "dates of pandas": pandas.DataFrame({"a": pandas.to_datetime(["2020-01-01"] * 30), "b": [1.0] * 30}),
    "dates of polars": polars.DataFrame({"a": [datetime.date(2020, 1, 1)] * 30, "b": [1.0] * 30}),
    "sparse": scipy.sparse.csr_array(numpy.eye(30, 2)),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_only_looks_like_numbers_is_refused_as_fit_and_predict_refuse_it(points, kind):
    X, y = points
    named = pandas.DataFrame(X, columns=["a", "b"]) if hasattr(HIDDEN[kind], "columns") else X
    for estimator in (MLPClassifier(**SMALL), MLPRegressor(**SMALL)):
        with pytest.raises(TypeError):
            estimator.fit(named, y).predict(HIDDEN[kind])
        with pytest.raises(TypeError):
            estimator.fit(HIDDEN[kind], y)
    with pytest.raises(TypeError):
        MLPRegressor(**SMALL).fit(X, HIDDEN[kind])


def test_frames_and_series_are_taken_by_position(points):
    X, y = points
    expected = MLPClassifier(**SMALL, random_state=0).fit(X, y).predict_proba(X)
    index = range(30, 0, -1)
    for rows, labels in (
        (pandas.DataFrame(X, index=index, columns=["a", "b"]), pandas.Series(y, index=sorted(index))),
        (polars.DataFrame(X), polars.Series(y)),
    ):
        found = MLPClassifier(**SMALL, random_state=0).fit(rows, labels, sample_weight=pandas.Series([1.0] * 30, index))
        assert found.predict_proba(rows) == pytest.approx(expected, rel=1e-6)


# Regression in any unit.


@pytest.mark.parametrize("exponent", [-1000, -600, 600, 1000])
def test_the_unit_of_targets_does_not_matter(points, exponent):
    X, _ = points
    y = numpy.column_stack([X[:, 0] - X[:, 1], 3.0 + X[:, 0], numpy.full(30, 5.0)])
    rescaled = numpy.ldexp(y, [exponent, 0, exponent])
    plain, other = (MLPRegressor(**SMALL, random_state=0).fit(X, targets) for targets in (y, rescaled))
    assert (other.predict(X) == numpy.ldexp(plain.predict(X), [exponent, 0, exponent])).all()
    assert other.score(X, rescaled) == pytest.approx(plain.score(X, y)) == pytest.approx(r2_score(y, plain.predict(X)))


def test_prediction_is_that_of_the_compiled_model(points):
    X, y = points
    model = MLPRegressor(**SMALL, random_state=0).fit(X, y)
    assert (model._outputs(X)[:, 0] == model.model_.predict(X)).all()
