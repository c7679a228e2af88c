"""Prediction: what a model gives for many rows, as native code that is kept while the model stays the same."""

import gc
import math
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value  # noqa: E402
from autograd.compiler import compiled as compiling  # noqa: E402
from nn import MLP, Module, prediction  # noqa: E402
from nn.layers import Dropout, Layer, Sequential  # noqa: E402
from nn.testing import mlps  # noqa: E402

X = [[math.sin(3.0 * k + 1.3 * j) for j in range(3)] for k in range(20)]


def network(nout=1, **options):
    return MLP(3, [5, nout], **{"activation": "tanh", "seed": 3} | options)


class Branching(Module):
    """A model that looks at a number to decide."""

    def __init__(self):
        self.w, self.v = Value(0.5), Value(0.1)

    def __call__(self, x):
        return self.w * x[0] if x[1] > 0.0 else self.v * x[2]


def test_predictions_are_the_outputs_of_the_model():
    for nout, output in ((1, None), (2, "tanh"), (3, "softmax"), (1, "sigmoid")):
        model = network(nout, output=output)
        expected = [[z.data for z in (model(x) if nout > 1 else [model(x)])] for x in X]
        for rows in (X, numpy.array(X), tuple(map(tuple, X)), numpy.asfortranarray(X), numpy.array(X)[::-1][::-1]):
            found = model.predict(rows)
            assert found.shape == ((20,) if nout == 1 else (20, nout))
            assert found.dtype == numpy.float64
            assert found.reshape(20, nout) == pytest.approx(numpy.array(expected), rel=1e-12, abs=1e-12)
        assert model.predict(X[:1]).shape == ((1,) if nout == 1 else (1, nout))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(model=mlps(3), rows=st.integers(1, 20))
def test_any_network_predicts_what_it_gives(model, rows):
    found = model.predict(X[:rows])
    expected = [model(x) for x in X[:rows]]
    wide = numpy.array([[z.data for z in (y if isinstance(y, list) else [y])] for y in expected])
    assert found.reshape(wide.shape) == pytest.approx(wide, rel=1e-12, abs=1e-12)


def test_one_column_may_be_given_as_numbers():
    model = MLP(1, [1], init=2.0)
    assert model.predict([1.0, 2.0]).tolist() == model.predict([[1.0], [2.0]]).tolist() == [2.0, 4.0]
    assert model.predict(numpy.array([1, 2])).tolist() == [2.0, 4.0]
    assert MLP(1, [2], init=2.0).predict([1.0]).tolist() == [[2.0, 2.0]]


def test_prediction_is_without_dropout_and_leaves_the_mode():
    model = Sequential(Dropout(0.9, seed=1), Layer(1, 1, activation=None, init=1.0))
    assert model.predict([1.0] * 50).tolist() == [1.0] * 50
    assert model.training
    assert model[0].training
    model.eval()
    model.predict([1.0])
    assert not model.training
    with pytest.raises(ValueError, match="expected 1 input, got 2"):
        model.predict([[1.0, 2.0]])
    assert not model.training


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([[0.0, 1.0], [1.0]], ValueError, r"X has 2 column\(s\) in row 0 but 1 in row 1"),
        ("abc", TypeError, "X must be a list or an array with one entry for each row, got str"),
        (1.0, TypeError, "X must be a list or an array with one entry for each row, got float"),
        ([[1.0, "a"]], TypeError, "X must be numbers, got 'a' in row 0, column 1: give each name a column"),
        ([[Value(1.0), 2.0]], TypeError, r"X must be numbers, got Value\(.*\) in row 0, column 0: give the number"),
        ([0.0, 1.0], ValueError, r"expected 2 inputs, got 1: predict takes rows.* for one row write predict\(\[\["),
        (numpy.ones(3), ValueError, r"expected 2 inputs, got 1: predict takes rows.* for one row write predict\(\[\["),
    ],
)
def test_rows_that_cannot_be_predicted_are_refused_with_what_to_do(X, error, message):
    with pytest.raises(error, match=f"^{message}"):
        MLP(2, [1]).predict(X)


def test_parameters_are_read_afresh():
    model = MLP(1, [1], init=2.0)
    assert model.predict([1.0, 3.0]).tolist() == [2.0, 6.0]
    model.parameters()[0].data = -1.0
    assert model.predict([1.0, 3.0]).tolist() == [-1.0, -3.0]
    assert model.predict([math.nan, math.inf])[1] == -math.inf


def test_a_model_that_branches_still_predicts():
    model = Branching()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.predict(X)
    assert found.tolist() == [model(x).data for x in X]
    assert model.training


@pytest.mark.parametrize("branching", [False, True])
def test_a_list_of_one_output_is_one_output(branching):
    class Listed(Module):
        def __init__(self):
            self.w = Value(2.0)

        def __call__(self, x):
            return [self.w * (x[0] if not branching or x[0] > 0.0 else 0.0)]

    assert Listed().predict([[1.0], [2.0]]).tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    "rows",
    [
        [], numpy.zeros((0, 3)), [[]], [[1.0]], [[1.0] * 4] * 2, [1.0, 2.0], [[1.0, 2.0, 3.0], [1.0]],
        numpy.zeros((2, 3, 1)),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_a_value_error(rows):
    model = network()
    with pytest.raises(ValueError, match=r"."):
        model.predict(rows)
    assert model.training


def test_predict_interrupted_anywhere_leaves_the_model_as_it_was(interrupt):
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    X = [[0.1, 0.2], [0.3, 0.4]]
    wanted, state = model.predict(X).tolist(), model.state_dict()
    for bytecodes in [*range(1, 3_000, 53), *range(3_000, 60_000, 997)]:
        prediction._kept.clear()
        interrupt(lambda: model.predict(X), bytecodes)
        assert {type(p) for p in model.parameters()} == {Value}
        assert model.state_dict() == state
        assert model.training
        assert isinstance(model(X[0]), Value)
        assert model(X[0]).inputs
    assert model.predict(X).tolist() == wanted


@pytest.fixture
def made(monkeypatch):
    """Count what is compiled."""
    count = [0]
    init = compiling.Specialization.__init__

    def counted(self, *args):
        count[0] += 1
        init(self, *args)

    monkeypatch.setattr(compiling.Specialization, "__init__", counted)
    return count


class Scaled(Module):
    factor = 1.0

    def __init__(self):
        self.w, self.power = Value(2.0), 1

    def __call__(self, x):
        return self.w**self.power * x[0] * self.factor


class Shaped(Module):
    """Gives what a function makes of a product."""

    def __init__(self, made):
        self.w, self.made = Value(2.0), made

    def __call__(self, x):
        return self.made(self.w * x[0])


@pytest.mark.parametrize("checked", [False, True], ids=["compiled", "in Python"])
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda z: (z, 1.0, True), [[2.0, 1.0, 1.0], [4.0, 1.0, 1.0]]),
        (lambda z: numpy.array(z, dtype=object), [2.0, 4.0]),
        (lambda z: numpy.array([z, z], dtype=object), [[2.0, 2.0], [4.0, 4.0]]),
        (lambda z: (k * z for k in (1.0, 2.0)), [[2.0, 4.0], [4.0, 8.0]]),
        (lambda z: True, [1.0, 1.0]),
        (lambda z: numpy.float32(0.5), [0.5, 0.5]),
    ],
)
def test_predictions_are_floats_whatever_numbers_a_model_gives(made, expected, checked):
    with autograd.detect_anomaly() if checked else autograd.no_grad():
        found = Shaped(made).predict([[1.0], [2.0]])
    assert (found.dtype, found.tolist()) == (numpy.float64, expected)


@pytest.mark.parametrize("checked", [False, True], ids=["compiled", "in Python"])
@pytest.mark.parametrize(
    ("made", "error", "message"),
    [
        (lambda z: {"y": z}, TypeError, "a model must return a number or a list of numbers, got dict"),
        (lambda z: {z}, TypeError, "a model must return a number or a list of numbers, got set"),
        (lambda z: [[z], [z]], TypeError, "a model must return a number or a list of numbers, got list with list"),
        (lambda z: numpy.array([[z]], dtype=object), TypeError, "got ndarray with ndarray"),
        (lambda z: [z, "high"], TypeError, "got list with str"),
        (lambda z: None, TypeError, "a model must return a number or a list of numbers, got NoneType"),
        (lambda z: [], ValueError, "a model must return a number or a list of them, got an empty list"),
    ],
)
def test_outputs_that_are_not_a_row_of_numbers_are_refused(made, error, message, checked):
    with autograd.detect_anomaly() if checked else autograd.no_grad(), pytest.raises(error, match=message):
        Shaped(made).predict([[1.0], [2.0]])


def test_rows_of_different_widths_are_refused():
    with pytest.raises(ValueError, match=r"the model gives 1 output\(s\) for row 0 but 2 for row 1"):
        Shaped(lambda z: [z] * int(z.data / 2.0)).predict([[1.0], [2.0]])


def test_predict_compiles_once_and_reads_the_parameters_anew(made):
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    for k in range(4):
        X = [[0.1 * k, 0.2]]
        assert model.predict(X).tolist() == pytest.approx([model(X[0]).data], rel=1e-14)
        for p in model.parameters():
            p.data += 0.1
    assert made[0] == 1
    model.layers[1].neurons[0].activation = "tanh"
    assert model.predict([[0.1, 0.2]]).tolist() == pytest.approx([model([0.1, 0.2]).data], rel=1e-14)
    model.layers[0].neurons[1].bias = 0.0
    assert model.predict([[0.1, 0.2]]).tolist() == pytest.approx([model([0.1, 0.2]).data], rel=1e-14)
    model.layers[0].neurons[0].weights = (Value(1.0), Value(2.0))
    assert model.predict([[0.1, 0.2]]).tolist() == pytest.approx([model([0.1, 0.2]).data], rel=1e-14)
    assert made[0] == 4


def test_predict_sees_whatever_a_class_of_the_users_does_next(made, monkeypatch):
    model = Scaled()
    assert [model.predict([[3.0]]).tolist() for _ in range(3)] == [[6.0]] * 3
    assert made[0] == 1
    model.power = 2
    assert model.predict([[3.0]]).tolist() == [12.0]
    monkeypatch.setattr(Scaled, "factor", -1.0)
    assert model.predict([[3.0]]).tolist() == [-12.0]
    model.w = Value(5.0)
    assert model.predict([[3.0]]).tolist() == [-75.0]
    assert made[0] == 4


def test_what_predict_compiled_goes_with_the_model():
    model = MLP(2, [1], seed=1)
    model.predict([[1.0, 2.0]])
    assert prediction._known(model) is not None
    compiled_before = len(prediction._kept)
    del model
    gc.collect()
    assert len(prediction._kept) < compiled_before


def test_predict_gives_numbers_wherever_it_is_called():
    model = MLP(1, [1], init=2.0)
    f = lambda x: x * float(model.predict([[3.0]])[0])  # noqa: E731
    assert autograd.grad(f)(1.0) == 6.0
    assert autograd.compile(f)(2.0) == 12.0
    with autograd.no_grad():
        assert model.predict([[3.0]]).tolist() == [6.0]


def test_detect_anomaly_sees_what_predict_does():
    class Log(Module):
        def __call__(self, x):
            return autograd.log(Value(1.0) * x[0])

    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError, match="log made nan"):
        Log().predict([[-1.0]])
