"""MLPClassifier and MLPRegressor: scikit-learn's own checks, and what they are for."""

import pickle
import signal

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_diabetes, load_iris, make_moons  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from nn import compiled  # noqa: E402
from nn.sklearn import SOLVERS, MLPClassifier, MLPRegressor  # noqa: E402

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 8, "batch_size": 8, "learning_rate_init": 0.03}


@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
def test_estimators_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_it_works_in_a_pipeline_and_cross_validation():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), learning_rate_init=0.03, max_iter=15, random_state=0))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.9


def test_grid_search_finds_the_width_that_can_bend():
    X, y = make_moons(90, noise=0.1, random_state=0)
    grid = {"hidden_layer_sizes": [(), (16,)], "activation": ["tanh"]}
    search = GridSearchCV(MLPClassifier(max_iter=60, learning_rate_init=0.05, random_state=0), grid, cv=3).fit(X, y)
    assert search.best_params_["hidden_layer_sizes"] == (16,)
    assert search.score(X, y) > 0.95


def test_a_regressor_explains_diabetes_as_well_as_a_straight_line():
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPRegressor((), max_iter=15, random_state=0))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.45


def test_targets_may_have_several_columns():
    X = numpy.linspace(-1.0, 1.0, 20).reshape(-1, 1)
    y = numpy.hstack([3.0 * X + 1000.0, -X])
    model = MLPRegressor((), learning_rate_init=0.1, alpha=0.0, random_state=0).fit(X, y)
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
        ({"solver": "lbfgs"}, "unknown solver 'lbfgs': expected one of adam, adamw"),
        ({"activation": "swoosh"}, "unknown activation 'swoosh'"),
        ({"max_iter": 0}, "epochs"),
        ({"alpha": -1.0}, "strength must be at least 0"),
    ],
)
def test_bad_parameters_are_refused_in_fit(options, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**options).fit([[0.0], [1.0]], [0, 1])


def test_ctrl_c_ends_a_search_and_keeps_what_was_learned(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)  # Python takes the steps, so one can be interrupted
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
