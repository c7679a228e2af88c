"""MLPClassifier and MLPRegressor: scikit-learn's own checks, and what they are for."""

import datetime
import pickle
import subprocess
import sys

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

import nn.sklearn
from nn.sklearn import MLPClassifier, MLPRegressor

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


# The names, meanings and defaults of scikit-learn.


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_have_the_names_and_defaults_of_scikit_learn(name):
    ours, theirs = (getattr(module, name)().get_params() for module in (nn.sklearn, neural_network))
    assert {name: ours.get(name, "missing") for name in theirs} == theirs
    assert set(ours) - set(theirs) <= {"class_weight", "loss"}  # the latter is there from scikit-learn 1.7 on


def test_a_warm_start_or_a_part_wants_the_classes_of_the_start(points):
    X, y = points
    with pytest.raises(
        ValueError, match=r"warm_start needs the classes of the fit before, \[0, 1\]: y has \[0, 1, 2\]"
    ):
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


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_wrong_argument_is_refused_in_the_name_of_the_estimator(estimator):
    with pytest.raises(TypeError, match=rf"{estimator.__name__}\.__init__\(\) got an unexpected keyword argument"):
        estimator(rate=0.1)


def test_without_scikit_learn_the_error_names_the_extra():
    code = """
import sys
sys.modules["sklearn"] = None
try:
    import nn.sklearn
except ImportError as error:
    print(error.name, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "sklearn nn.sklearn needs scikit-learn: pip install 'chainrule[notebook]'\n"
