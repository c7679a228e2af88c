"""One step: done as a whole or not at all, and what is said of numbers that are not finite."""

import functools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.errors import AutogradError
from nn import MLP, Module, losses, optim
from nn.errors import TrainingError
from nn.layers import Dropout, Layer, Sequential
from nn.training.minibatch import Trainer, no_probabilities, weighted_mean


def test_validation_records_nothing_and_turns_dropout_off(fitted, X, Y):
    met = []

    def watched(prediction, target):
        met.append((prediction.inputs == (), model.training, prediction.data))
        return losses.mse(prediction, target)

    model = Sequential(Dropout(0.5, seed=1), Layer(1, 1, activation=None, seed=1))
    _, history = fitted(model, loss=watched, validation=(X[:2], Y[:2]), epochs=2, lr=1e-9, compile=False)
    assert {(recorded, training) for recorded, training, _ in met} == {(True, True), (False, True)}  # left alone
    assert [recorded for recorded, *_ in met[-2:]] == [True, True]
    assert [x for *_, x in met[-2:]] == pytest.approx([model.eval()(x).data for x in X[:2]])
    model.train()
    assert history["val_loss"][0] == pytest.approx(history["val_loss"][1])
    assert history["loss"][0] != pytest.approx(history["loss"][1])
    assert model.training


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_parameters_that_the_optimizer_does_not_have_stay(compile, batch_size, fitted):
    model = MLP(1, [3, 1], activation="tanh", seed=1)
    frozen, moved = [layer.parameters() for layer in model.layers]
    before = [p.data for p in frozen]
    optimizer = optim.Adam(moved, lr=0.05)
    _, history = fitted(model, optimizer=optimizer, epochs=20, batch_size=batch_size, compile=compile,
                        penalty=lambda p: losses.l2(p, 0.01))  # fmt: skip
    assert [p.data for p in frozen] == before
    assert [p.grad for p in frozen] == [0.0] * len(frozen)
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_ctrl_c_within_a_step_takes_back_the_whole_step(ctrl_c, monkeypatch, call, at_call, fitted, line, numbers):
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    fitted(model, optimizer=optimizer, epochs=2)
    before, state = numbers(model), list(optimizer.state)
    monkeypatch.setattr(optim.SGD, "rule", staticmethod(at_call(optim.sgd, call, ctrl_c)))
    _, history = fitted(model, optimizer=optimizer, compile=False)
    assert history.interrupted
    assert history.epochs == (call - 1) // 2
    if call <= 2:
        assert (numbers(model), optimizer.state) == (before, state)
    else:
        assert len({velocity == old for (velocity,), (old,) in zip(optimizer.state, state, strict=True)}) == 1


def test_a_nan_loss_names_epoch_batch_operation_and_line(fitted, numbers):
    def root(prediction, target):
        return (prediction - 0.5).sqrt()

    model = MLP(1, [1], init=1.0, bias=False)
    optimizer, kept = optim.SGD(model.parameters(), lr=1.0), []
    with pytest.raises(TrainingError) as caught:
        fitted(
            model,
            [[1.0], [1.0]],
            [0, 0],
            loss=root,
            optimizer=optimizer,
            batch_size=1,
            callbacks=lambda training: kept.append(numbers(training.model)),
        )
    message = str(caught.value)
    assert message.startswith(
        "the loss is nan in epoch 1, batch 2; the parameters are those from before: sqrt made nan"
    )
    assert "test_minibatch.py" in message
    assert "return (prediction - 0.5).sqrt()" in message
    assert isinstance(caught.value, (AutogradError, FloatingPointError))
    assert kept == []
    assert numbers(model) == [pytest.approx(1.0 - 0.5 / math.sqrt(0.5))]  # after batch 1


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    ("loss", "outputs", "X", "expected"),
    [
        ("binary_cross_entropy", 1, [[-0.02]], 'from 0 to 1, got -0.02: use {}, or MLP(..., output="sigmoid")'),
        (
            functools.partial(losses.binary_cross_entropy, reduction="sum"),
            2,
            [[0.5], [1.5]],
            'from 0 to 1, got 1.5: use {}, or MLP(..., output="sigmoid")',
        ),
        ("cross_entropy", 2, [[-0.02]], 'from 0 to 1, got -0.02: use {}, or MLP(..., output="softmax")'),
        ("cross_entropy", 2, [[0.0]], 'that add up to 1, got a sum of 0: use {}, or MLP(..., output="softmax")'),
    ],
)
def test_a_loss_of_probabilities_says_what_to_do_about_other_outputs(loss, outputs, X, expected, compile, fitted):
    name = getattr(loss, "func", losses.LOSSES.get(loss)).__name__
    y = [[1] * outputs] * len(X) if name == "binary_cross_entropy" else [1] * len(X)
    model = MLP(1, [outputs], init=1.0)
    with pytest.raises(TrainingError) as caught:
        fitted(model, X, y, loss=loss, compile=compile)
    message = str(caught.value)
    assert message.startswith("the loss is ")
    assert " made " in message
    assert message.splitlines()[-1] == f"{name} expects probabilities {expected.format(f'{name}_with_logits')}"


def test_outputs_that_are_probabilities_or_nan_are_not_blamed():
    for outputs in ([0.0, 1.0], [math.nan, 0.5]):
        assert no_probabilities(losses.cross_entropy, outputs) == ""
        assert no_probabilities(losses.binary_cross_entropy, outputs) == ""
    assert no_probabilities(losses.cross_entropy_with_logits, [-3.0]) == ""


def test_an_infinite_gradient_of_a_finite_loss_is_found(fitted, numbers):
    model = MLP(1, [1], init=1.0, bias=False)
    with pytest.raises(TrainingError, match=r"gradient of layers.0.neurons.0.weights.0 is .* derivative .* sqrt"):
        fitted(model, [[1.0]], [1], loss=lambda prediction, target: (prediction - target).sqrt())
    assert numbers(model) == [1.0]


def test_a_step_out_of_range_is_taken_back(fitted, line, numbers):
    model = line()
    before = numbers(model)
    with pytest.raises(TrainingError, match=r"after the step is inf in epoch 1, batch 1; .* Try a lower learning rate"):
        fitted(model, lr=1e308)
    assert numbers(model) == before


def test_a_penalty_that_overflows_is_found(fitted):
    with pytest.raises(TrainingError, match="the loss is inf in epoch 1, batch 1"):
        fitted(penalty=lambda parameters: (parameters[0] * 0.0 + 1000.0).exp())


def test_a_validation_loss_may_overflow(fitted):
    model = MLP(1, [1], init=1.0, bias=False)
    _, history = fitted(model, [[0.0]], [0.0], validation=([[1e154], [1e154]], [0.0, 0.0]), epochs=1)
    assert history["val_loss"] == [math.inf]


@pytest.mark.parametrize("kind", [lambda: MLP(1, [1], seed=1), lambda: MLP(1, [2, 1], activation="tanh", seed=0)])
def test_lbfgs_shows_no_point_that_it_only_tries_out(kind, fitted):
    pytest.importorskip("scipy")
    model, seen = kind(), set()
    after = [tuple(model.state_dict().values())]

    def looked(prediction, target):
        seen.add(tuple(model.state_dict().values()))
        return losses.mse(prediction, target)

    optimizer = optim.LBFGS(model.parameters(), max_iter=3)
    at_the_end = lambda training: after.append(tuple(model.state_dict().values()))  # noqa: E731
    _, history = fitted(model, loss=looked, optimizer=optimizer, epochs=4, callbacks=at_the_end)
    assert seen <= set(after)
    assert len(set(after)) > 2
    assert optimizer.lowest < history["loss"][0]


def test_lbfgs_reaches_parameters_that_a_loss_has_by_itself(fitted, line):
    pytest.importorskip("scipy")
    outcomes = []
    for shrink in (False, True):
        model = line()
        penalty = lambda parameters: losses.l2(parameters, 0.1)  # noqa: E731
        own = lambda p, target, model=model: losses.mse(p, target) + losses.l2(model.parameters(), 0.1)  # noqa: E731
        options = {"loss": own} if shrink else {"loss": "mse", "penalty": penalty}
        fitted(model, optimizer=optim.LBFGS(model.parameters()), epochs=2, **options)
        outcomes.append(list(model.state_dict().values()))
    assert outcomes[0] == pytest.approx(outcomes[1], rel=1e-5)


def test_lbfgs_keeps_what_a_module_notes_down(fitted, line):
    pytest.importorskip("scipy")

    class Noted(Module):
        def __init__(self):
            self.inside, self.calls = line(), 0

        def __call__(self, x):
            self.calls += 1
            return self.inside(x)

    model = Noted()
    fitted(model, optimizer=optim.LBFGS(model.parameters()), epochs=1)
    assert model.calls > 0


@given(pairs=st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0.001, 1e3)), min_size=1, max_size=9))
def test_a_weighted_mean_is_that_of_fractions(pairs):
    numbers, weights = map(list, zip(*pairs, strict=True))
    total = sum(map(Fraction, weights))
    exact = sum([Fraction(w) * Fraction(x) for x, w in pairs]) / total
    most = float(max(map(abs, numbers)))
    assert weighted_mean(numbers, weights) == pytest.approx(float(exact), rel=1e-12, abs=1e-12 * most)
    plain = float(sum(map(Fraction, numbers)) / len(numbers))
    assert weighted_mean(numbers, None) == pytest.approx(plain, rel=1e-15, abs=1e-300)


def test_a_mean_of_numbers_past_the_largest_float_is_infinite_and_of_both_infinities_nan():
    assert weighted_mean([1.7e308, 1.7e308], None) == math.inf
    assert math.isnan(weighted_mean([math.inf, -math.inf], [1.0, 2.0]))


def test_a_step_by_hand_moves_the_parameters_and_returns_what_was_before(line, numbers):
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    trainer = Trainer(model, losses.mse, lambda parameters: losses.l2(parameters, 0.5), optimizer)
    (weight, bias), rows, targets, weights = numbers(model), [[1.0], [2.0]], [3.0, 5.0], [1.0, 3.0]
    loss, outputs = trainer.step(rows, targets, "epoch 1, batch 1", weights)
    off = [weight * x + bias - t for (x,), t in zip(rows, targets, strict=True)]
    assert loss == pytest.approx((off[0] ** 2 + 3.0 * off[1] ** 2) / 4.0 + 0.5 * (weight**2 + bias**2))
    assert outputs == [[weight * x + bias] for (x,) in rows]
    slopes = (off[0] * 2.0 + 3.0 * off[1] * 4.0) / 4.0 + weight, (off[0] * 2.0 + 3.0 * off[1] * 2.0) / 4.0 + bias
    assert numbers(model) == pytest.approx([weight - 0.1 * slopes[0], bias - 0.1 * slopes[1]])


def test_a_penalty_is_added_to_a_loss_and_nothing_recorded(line):
    model, seen = line(), []

    def penalty(parameters):
        seen.append(losses.l2(parameters, 0.5))
        return seen[-1]

    trainer = Trainer(model, losses.mse, penalty, optim.SGD(model.parameters(), lr=0.1))
    assert trainer.penalised(2.0) == 2.0 + sum([0.5 * p.data**2 for p in model.parameters()])
    assert seen[0].inputs == ()
    assert Trainer(model, losses.mse, None, trainer.optimizer).penalised(2.0) == 2.0


def test_a_step_of_an_optimizer_of_ones_own_that_fails_is_taken_back(line, numbers):
    class Failing(optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            raise ZeroDivisionError

    model = line()
    optimizer = Failing(model.parameters(), lr=0.1, momentum=0.9)
    before = numbers(model), list(optimizer.state)
    with pytest.raises(ZeroDivisionError):
        Trainer(model, losses.mse, None, optimizer).step([[1.0]], [5.0], "epoch 1, batch 1")
    assert (numbers(model), optimizer.state) == before
