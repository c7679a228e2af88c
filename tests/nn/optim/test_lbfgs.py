"""L-BFGS: it finds minima, ends where it says, and keeps the lowest point whatever happens."""

import json
import math
import sys

import pytest

from autograd.value import Value
from nn import MLP
from nn.losses import binary_cross_entropy_with_logits
from nn.optim import LBFGS, SGD
from nn.training import fit


def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2


def closure_of(optimizer, function, met=None):
    def closure():
        optimizer.zero_grad()
        loss = function(*optimizer.params)
        loss.backward()
        if met is not None:
            met.append(loss.data)
        return loss

    return closure


@pytest.fixture
def scipy():
    return pytest.importorskip("scipy")


@pytest.mark.usefixtures("scipy")
class TestWithSciPy:
    def test_it_walks_down_rosenbrocks_valley(self):
        optimizer = LBFGS([Value(-1.2), Value(1.0)], max_iter=100)
        first = optimizer.step(closure_of(optimizer, rosenbrock))
        assert first.data == pytest.approx(24.2)
        assert [p.data for p in optimizer.params] == pytest.approx([1.0, 1.0], abs=1e-5)

    def test_it_agrees_with_pytorch_on_the_minimum(self):
        torch = pytest.importorskip("torch")
        tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in (-1.2, 1.0)]
        reference = torch.optim.LBFGS(tensors, max_iter=200, tolerance_change=0.0, line_search_fn="strong_wolfe")

        def closure():
            reference.zero_grad()
            loss = rosenbrock(*tensors)
            loss.backward()
            return loss

        reference.step(closure)
        optimizer = LBFGS([Value(-1.2), Value(1.0)], max_iter=200, tolerance_change=0.0)
        optimizer.step(closure_of(optimizer, rosenbrock))
        assert [p.data for p in optimizer.params] == pytest.approx([t.item() for t in tensors], abs=1e-6)

    def test_a_network_learns_xor(self):
        model = MLP(2, [4, 1], activation="tanh", seed=0)
        points, labels = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
        optimizer = LBFGS(model.parameters(), max_iter=100)

        def closure():
            optimizer.zero_grad()
            loss = binary_cross_entropy_with_logits([model(x) for x in points], labels)
            loss.backward()
            return loss

        optimizer.step(closure)
        assert [model(x) > 0.0 for x in points] == [False, True, True, False]
        assert closure().data < 1e-4

    def test_max_iter_and_max_eval_limit_a_step(self):
        met = []
        optimizer = LBFGS([Value(-1.2), Value(1.0)], max_iter=3)
        optimizer.step(closure_of(optimizer, rosenbrock, met))
        few = len(met)
        assert 3 < few < 15
        optimizer.step(closure_of(optimizer, rosenbrock, met))
        assert met[few] == min(met[:few]), "a step goes on where the last one ended"
        short = LBFGS([Value(-1.2), Value(1.0)], max_iter=100, max_eval=5)
        short.step(closure_of(short, rosenbrock, met := []))
        assert len(met) < 30

    def test_it_stops_at_a_flat_place(self):
        met = []
        optimizer = LBFGS([Value(1.0), Value(1.0)])
        optimizer.step(closure_of(optimizer, rosenbrock, met))
        assert met == [0.0]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    def test_what_was_learned_stays_when_the_closure_is_stopped(self, error):
        met = []
        optimizer = LBFGS([Value(-1.2), Value(1.0)])
        closure = closure_of(optimizer, rosenbrock, met)

        def stopped():
            if len(met) == 8:
                raise error
            return closure()

        with pytest.raises(error):
            optimizer.step(stopped)
        assert rosenbrock(*optimizer.params).data == min(met) < met[0]

    def test_a_nan_leaves_the_parameters_at_the_lowest_loss(self):
        broken = LBFGS([Value(0.5)])
        loss = broken.step(closure_of(broken, lambda x: x * math.nan))
        assert math.isnan(loss.data)
        assert broken.params[0].data == 0.5
        met = []
        spoilt = LBFGS([Value(-1.2), Value(1.0)])
        spoilt.step(closure_of(spoilt, lambda x, y: rosenbrock(x, y) * (math.nan if len(met) > 7 else 1.0), met))
        assert math.isnan(met[-1])
        assert rosenbrock(*spoilt.params).data == min(met[:8]) < met[0]

    def test_it_needs_a_closure_that_returns_the_loss(self):
        optimizer = LBFGS([Value(1.0)])
        with pytest.raises(TypeError, match="needs a closure"):
            optimizer.step()
        with pytest.raises(TypeError, match="the closure must return the loss, a Value, got NoneType"):
            optimizer.step(lambda: None)
        assert optimizer.params[0].data == 1.0

    def test_its_state_is_its_settings(self):
        first = LBFGS([Value(-1.2), Value(1.0)], max_iter=5, max_eval=50, history_size=3)
        state = json.loads(json.dumps(first.state_dict()))
        second = LBFGS([Value(-1.2), Value(1.0)])
        second.load_state_dict(state)
        assert second.state_dict() == first.state_dict()
        for optimizer in (first, second):
            optimizer.step(closure_of(optimizer, rosenbrock))
        assert [p.data for p in first.params] == [p.data for p in second.params]
        assert repr(first).startswith("LBFGS(2 parameters, max_iter=5, max_eval=50, ")

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"max_iter": 0}, "max_iter must be a whole number above 0, got 0"),
            ({"max_iter": 2.5}, "max_iter must be a whole number above 0, got 2.5"),
            ({"max_eval": -1}, "max_eval must be a whole number above 0, got -1"),
            ({"history_size": 0}, "history_size must be a whole number above 0, got 0"),
            ({"tolerance_grad": -1.0}, "tolerance_grad must be at least 0, got"),
            ({"tolerance_change": math.nan}, "tolerance_change must be at least 0, got nan"),
        ],
    )
    def test_bad_settings_are_refused(self, settings, message):
        with pytest.raises(ValueError, match=message):
            LBFGS([Value(1.0)], **settings)

    def test_bad_parameters_are_refused(self):
        w = Value(1.0)
        with pytest.raises(ValueError, match="expected at least one parameter"):
            LBFGS([])
        with pytest.raises(ValueError, match="the same parameter twice"):
            LBFGS([w, w])


def test_the_other_optimisers_take_a_closure_too():
    optimizer = SGD([Value(3.0)], lr=0.25)
    assert optimizer.step(closure_of(optimizer, lambda x: x * x)).data == 9.0
    assert optimizer.params[0].data == 1.5


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"LBFGS needs SciPy: pip install 'chainrule\[notebook\]'"):
        LBFGS([Value(1.0)])


def test_there_are_no_groups():
    v, w = Value(1.0), Value(1.0)
    assert LBFGS([{"params": [v, w], "max_iter": 5}]).max_iter == 5
    with pytest.raises(ValueError, match="LBFGS does not take groups of parameters"):
        LBFGS([{"params": [v]}, {"params": [w]}])


def test_what_it_does_not_have_stays():
    model = MLP(1, [2, 1], activation="tanh", seed=1)
    before = [p.data for p in model.layers[0].parameters()]
    history = fit(
        model, [-1.0, 0.0, 1.0], [1.0, 2.0, 4.0], loss="mse", optimizer=LBFGS(model.layers[1].parameters()), epochs=2
    )
    assert history["loss"][1] < history["loss"][0]
    assert [p.data for p in model.layers[0].parameters()] == before
