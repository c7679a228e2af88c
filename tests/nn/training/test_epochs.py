"""Epochs: the minibatches of each, the means of their losses, and epochs that go on from others."""

import math
import random

import pytest

from autograd.functions import mean
from nn import losses, optim, schedules
from nn.data import minibatches
from nn.errors import TrainingError

LINE = [[float(k)] for k in range(-2, 5)], [2.0 * k + 1.0 for k in range(-2, 5)]


def test_an_epoch_is_the_loop_that_one_would_write(fitted, line, numbers, X, Y):
    model, history = fitted(batch_size=3, penalty=lambda p: losses.l2(p, 0.01), seed=5, compile=False)
    other, shuffle, expected = line(), random.Random(5), []
    optimizer = optim.SGD(other.parameters(), lr=0.05)
    for _ in range(5):
        met = []
        for rows, targets in minibatches(X, Y, 3, shuffle):
            loss = mean([losses.mse(other(x), t) for x, t in zip(rows, targets, strict=True)])
            loss = loss + losses.l2(other.parameters(), 0.01)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            met += [loss.data] * len(rows)
        expected.append(sum(met) / len(met))
    assert history["loss"] == pytest.approx(expected, rel=1e-15)
    assert numbers(model) == numbers(other)


def test_a_smaller_last_minibatch_is_used(fitted, line):
    model = line()
    optimizer = optim.Adam(model.parameters())
    fitted(model, optimizer=optimizer, batch_size=3, epochs=1)
    assert optimizer.state[0][0] == 3.0  # steps that Adam has counted: 3 + 3 + 1 rows
    fitted(model, optimizer=optimizer, epochs=2)
    assert optimizer.state[0][0] == 5.0


def test_two_trainings_with_one_generator_are_one_long_training(fitted, line, numbers):
    model, optimizer_of = line(), optim.Adam
    optimizer, shuffle = optimizer_of(model.parameters(), lr=0.1), random.Random(0)
    for _ in range(2):
        fitted(model, optimizer=optimizer, batch_size=2, epochs=4, seed=shuffle)
    whole = line()
    fitted(whole, optimizer=optimizer_of(whole.parameters(), lr=0.1), batch_size=2, epochs=8, seed=0)
    assert numbers(model) == numbers(whole)


def test_validation_is_after_the_epoch_and_without_the_penalty(fitted, X, Y):
    model, history = fitted(penalty=lambda p: losses.l2(p, 10.0), validation=(X, Y), lr=0.001, epochs=1)
    left = [losses.mse(model(x), t).data for x, t in zip(X, Y, strict=True)]
    assert history["val_loss"][0] == pytest.approx(sum(left) / len(left))


@pytest.mark.parametrize("kind", [lambda history: history, lambda history: history.to_dict()])
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 2},
        {"batch_size": 2, "validation": 0.3, "metrics": "r2", "schedule": schedules.cosine(9)},
        {
            "validation": ([[0.0], [4.0]], [1.0, 9.0]),
            "schedule": schedules.reduce_on_plateau(patience=0, threshold=0.6, factor=0.5),
        },
        {"batch_size": 3, "sample_weight": [1.0, 2.0, 0.0, 1.0, 3.0, 1.0, 1.0]},
    ],
)
def test_a_training_in_three_parts_is_one(kind, compile, options, fitted, line, numbers):
    def parts(*ends):
        model, history = line(), None
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        for end in ends:
            given = None if history is None else kind(history)
            before = None if history is None else history.to_dict()
            _, now = fitted(model, optimizer=optimizer, epochs=end, history=given, seed=3, compile=compile, **options)
            assert now.epochs == end
            assert history is None or history.to_dict() == before  # a new one
            history = now
        return numbers(model), history.to_dict(), optimizer.state_dict()

    assert parts(2, 5, 9) == parts(9)


@pytest.mark.parametrize("compile", [False, True])
def test_a_weight_of_two_is_a_row_that_comes_twice_and_one_of_zero_a_row_left_out(compile, fitted, numbers, X, Y):
    options = {"validation": None, "epochs": 6, "compile": compile, "penalty": lambda p: losses.l2(p, 0.01)}
    weighted, history = fitted(sample_weight=[2, 1, 0, 1, 1, 0, 1], **options)
    places = [0, 0, 1, 3, 4, 6]
    other, expected = fitted(X=[X[k] for k in places], y=[Y[k] for k in places], **options)
    assert numbers(weighted) == pytest.approx(numbers(other), rel=1e-12)
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-12)


@pytest.mark.parametrize("compile", [False, True])
def test_the_loss_of_weighted_minibatches_is_a_weighted_mean(compile, fitted, line, loss_of, X, Y):
    weights = [3.0, 1.0, 0.0, 2.0, 5.0, 1.0, 1e-3]
    _, history = fitted(
        lr=1e-15, batch_size=2, sample_weight=weights, epochs=3, validation=(X, Y, weights), compile=compile
    )
    expected = loss_of(line(), weights=weights)
    assert history["loss"] == pytest.approx([expected] * 3, rel=1e-9)
    assert history["val_loss"] == pytest.approx([expected] * 3, rel=1e-9)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("callbacks", [(), lambda training: None])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_an_error_has_the_epochs_before_it_and_leaves_the_last_finite_parameters(
    compile, callbacks, batch_size, fitted, line, numbers
):
    model = line()
    with pytest.raises(TrainingError) as caught:
        fitted(model, lr=3.0, epochs=5000, compile=compile, callbacks=callbacks, batch_size=batch_size)
    history = caught.value.history
    assert history.epochs > 10
    assert f"epoch {history.epochs + 1}, batch" in str(caught.value)
    assert all(map(math.isfinite, numbers(model)))
    assert max(map(abs, numbers(model))) > 1e100
    assert TrainingError("by hand").history is None
