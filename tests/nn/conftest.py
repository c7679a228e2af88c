"""Seven rows on a straight line and a model that learns them, and points on both sides of a line."""

import signal

import pytest

from nn import MLP, fit, losses, optim

ROWS = [[-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]]
TARGETS = [2.0 * x + 1.0 for (x,) in ROWS]


@pytest.fixture
def X():
    return [*ROWS]


@pytest.fixture
def Y():
    return [*TARGETS]


@pytest.fixture
def line():
    """Return a function that makes a model of one neuron."""
    return lambda seed=1: MLP(1, [1], seed=seed)


@pytest.fixture
def fitted(line):
    """Return a function that trains a model by plain gradient descent, quietly, and returns it with its history."""

    def trained(model=None, X=ROWS, y=TARGETS, *, lr=0.05, **options):
        model = model or line()
        options = {
            "loss": "mse",
            "optimizer": optim.SGD(model.parameters(), lr=lr),
            "epochs": 5,
            "progress": False,
        } | options
        return model, fit(model, X, y, **options)

    return trained


@pytest.fixture
def numbers():
    """Return a function that gives the numbers of a model's parameters."""
    return lambda model: [p.data for p in model.parameters()]


@pytest.fixture
def loss_of():
    """Return a function that gives the mean loss of the rows, with a penalty."""

    def computed(model, penalty=None, weights=None):
        weights = weights or [1.0] * len(ROWS)
        met = [w * losses.mse(model(x), t).data for x, t, w in zip(ROWS, TARGETS, weights, strict=True)]
        return sum(met) / sum(weights) + (penalty(model.parameters()).data if penalty else 0.0)

    return computed


@pytest.fixture
def refused(line, fitted, numbers):
    """Return a function that checks that a training raises an error and leaves the model unchanged."""

    def checked(error, message, *, model=None, **options):
        model = model or line()
        before = numbers(model)
        with pytest.raises(error, match=message):
            fitted(model, **options)
        assert numbers(model) == before

    return checked


@pytest.fixture
def ctrl_c():
    """Return a function that presses Ctrl-C."""
    return lambda: signal.raise_signal(signal.SIGINT)


@pytest.fixture
def at_call():
    """Return a function that wraps another, so that an action happens at one of its calls."""

    def acting(function, call, action):
        calls = 0

        def counted(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == call:
                action()
            return function(*arguments, **options)

        return counted

    return acting


@pytest.fixture
def points():
    """Points with two features, and which side of a line each is on."""
    numpy = pytest.importorskip("numpy")
    X = numpy.random.RandomState(0).randn(30, 2)
    return X, (X[:, 0] + 0.5 * X[:, 1] > 0.0).astype(int)
