"""fit: what it takes and measures, how it ends, and what it refuses."""

import math
import random

import pytest

from autograd.value import Value
from nn import MLP, Module, losses, optim, schedules
from nn.data import moons, xor
from nn.layers import Dropout, Layer, Sequential
from nn.module import parts
from nn.training import fit

# What it takes.


def test_the_same_seed_gives_the_same_bits_and_leaves_pythons_generator_alone(fitted, numbers):
    state = random.getstate()
    one, first = fitted(batch_size=2, seed=3)
    two, second = fitted(batch_size=2, seed=3)
    three, _ = fitted(batch_size=2, seed=4)
    assert random.getstate() == state
    assert (numbers(one), first.to_dict()) == (numbers(two), second.to_dict())
    assert numbers(three) != numbers(one)


def test_a_loss_is_a_name_or_a_function(fitted, numbers):
    by_name, _ = fitted(loss="mae")
    by_function, _ = fitted(loss=lambda prediction, target: abs(prediction - target))
    assert numbers(by_name) == pytest.approx(numbers(by_function))


def test_arrays_train_like_lists(fitted, numbers, X, Y):
    numpy = pytest.importorskip("numpy")
    model, history = fitted(X=numpy.array(X), y=numpy.array(Y))
    assert history.to_dict() == fitted()[1].to_dict()
    assert {type(x) for x in numbers(model)} == {float}


def test_lbfgs_takes_one_long_step_an_epoch(fitted, line, numbers):
    pytest.importorskip("scipy")
    model = line()
    _, history = fitted(model, optimizer=optim.LBFGS(model.parameters()), epochs=2, metrics="r2")
    assert numbers(model) == pytest.approx([2.0, 1.0], abs=1e-5)
    assert "lr" not in history
    assert history["r2"][1] == pytest.approx(1.0)


# What it measures.


def test_the_history_has_one_entry_per_epoch_for_every_name(fitted):
    _, history = fitted(metrics=["mse", "r2"], validation=0.3)
    assert list(history) == ["loss", "mse", "r2", "val_loss", "val_mse", "val_r2", "lr"]
    assert {len(column) for column in history.values()} == {5}
    assert history["mse"] == pytest.approx(history["loss"])
    assert history["val_mse"] == pytest.approx(history["val_loss"])
    assert history["lr"] == [0.05] * 5
    assert history.interrupted is False


def test_a_model_returns_in_the_mode_it_came_in(fitted):
    model = Sequential(Dropout(0.5, seed=1), Layer(1, 1, seed=1)).eval()
    fitted(model)
    assert not model.training
    assert not model[0].training


# The learning rate.


def test_a_schedule_sets_the_rate_of_each_epoch_and_gives_it_back(fitted, line):
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rates = [0.1, 0.05, 0.2]
    _, history = fitted(model, optimizer=optimizer, schedule=lambda epoch, base_lr: rates[epoch], epochs=3)
    assert history["lr"] == rates
    assert optimizer.lr == 0.1


def test_a_plateau_watches_the_validation_loss(fitted, X):
    _, history = fitted(
        validation=(X[:1], [100.0]), lr=1e-9, schedule=schedules.reduce_on_plateau(patience=0, threshold=0.5, eps=0.0)
    )
    assert history["lr"] == pytest.approx([1e-9, 1e-9, 1e-10, 1e-11, 1e-12])


def test_a_plateau_begins_anew_with_each_training(fitted):
    schedule = schedules.reduce_on_plateau(patience=0, threshold=0.5, eps=0.0)
    first, second = [fitted(lr=1e-9, schedule=schedule)[1]["lr"] for _ in range(2)]
    assert first == second
    assert first[0] == 1e-9 > first[-1]


def test_a_scheduler_goes_on_where_it_is(fitted, line):
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.08)
    scheduler = schedules.Scheduler(optimizer, schedules.exponential(0.5))
    rates = [
        rate for _ in range(2) for rate in fitted(model, optimizer=optimizer, schedule=scheduler, epochs=2)[1]["lr"]
    ]
    assert rates == [0.08, 0.04, 0.02, 0.01]


# Training that goes on with a history.


@pytest.mark.parametrize(
    ("history", "error", "message"),
    [
        ({"loss": [1.0], "lr": [0.1], "r2": [0.5]}, ValueError, "history has loss, lr, r2, but .* measures loss, lr"),
        ({"loss": [1.0, 2.0], "lr": [0.1]}, ValueError, "as many numbers in each column"),
        (
            {"loss": [1.0] * 9, "lr": [0.1] * 9},
            ValueError,
            "which has 9: expected at least that many, got 5; epochs=14",
        ),
        ([1.0], TypeError, "history must be a History, or the dict that one gives, got list"),
        ({"epoch": 3, "history": {"loss": [1.0]}}, TypeError, "got 'epoch': 3: give the one under 'history'"),
        ({"loss": ["a"]}, TypeError, "expected a real number"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(history, error, message, refused):
    refused(error, message, history=history)


# Ctrl-C.


def test_ctrl_c_keeps_the_epochs_that_are_finished(ctrl_c, at_call, fitted, line, numbers):
    before = []

    def keep(training):
        before.append(numbers(training.model))

    model = line()
    # One row of the loss is tried before the first epoch of 7.
    loss = at_call(losses.mse, 1 + 2 * 7 + 3, ctrl_c)
    _, history = fitted(model, loss=loss, callbacks=keep, compile=False)
    assert history.interrupted
    assert history.epochs == len(history["lr"]) == 2
    assert numbers(model) == before[1]
    assert "interrupted" in repr(history)


# The end.


class Stopped(Exception):
    """Raised by a callback."""


def test_all_that_is_to_be_done_at_the_end_is_done(fitted):
    done = []

    def plan(training):
        training.at_end += [lambda: done.append("first"), fail_at_end, lambda: done.append("last")]
        training.stop()

    def fail_at_end():
        raise Stopped

    with pytest.raises(Stopped):
        fitted(callbacks=plan)
    assert done == ["first", "last"]


# What is refused.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": []}, "X has no rows"),
        ({"y": [1.0] * 6}, "unequal lengths: 7 rows, 6 targets"),
        ({"X": [[math.nan]] * 7}, "X must be finite"),
        ({"X": [[1.0, 2.0]] * 7}, r"does not take rows of 2 column\(s\): expected 1 input, got 2"),
        ({"validation": ([[1.0, 2.0]], [1.0])}, r"does not take rows of 2 column\(s\)"),
        ({"validation": ([[1.0]], [1.0, 2.0])}, "validation X and validation y have unequal lengths"),
        ({"validation": 0.0}, "a share between 0 and 1, got 0.0"),
        ({"validation": 1}, "a share between 0 and 1, got 1"),
        ({"validation": 0.01}, "leaves none"),
        ({"validation": 0.99}, "leaves none"),
        ({"y": [[1.0, 2.0]] * 7}, "does not take the target of row 0: mse of unequal lengths"),
        ({"y": [1, 1, 1, 3, 1, 1, 1], "loss": "hinge"}, "the target of row 3: hinge expects"),
        ({"loss": "msse"}, "unknown loss 'msse': expected a function or one of mse"),
        ({"metrics": "acc"}, "unknown metric 'acc'"),
        ({"metrics": ["mse", "mse"]}, "two columns of the history would be named 'mse'"),
        ({"metrics": ["accuracy"]}, "accuracy: nothing says which class outputs mean"),
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_what_does_not_fit_is_a_value_error_and_changes_nothing(options, message, refused):
    refused(ValueError, message, **options)


def test_one_output_for_two_class_indices_is_refused_with_what_to_do(refused):
    message = "the target of row 1: class index out of range: .* the model has 1 output; for two classes use 2 outputs"
    refused(ValueError, message, y=[0, 1, 0, 1, 0, 1, 0], loss="cross_entropy_with_logits")


def test_names_for_targets_are_refused_with_what_to_do(refused):
    refused(TypeError, "^y must be numbers, got 'a' in row 0: give class indices", y=list("abababa"))
    refused(TypeError, "^validation y must be numbers, got None in row 0", validation=([[1.0]], [None]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": None}, "X must be a list or an array"),
        ({"optimizer": "adam"}, "optimizer must be one of nn.optim"),
        ({"loss": 3}, "unknown loss 3"),
        ({"loss": lambda prediction, target: 1.0}, "loss must return a Value made from the prediction, got float"),
        ({"seed": "a"}, "seed must be"),
        ({"schedule": 0.1}, "schedule"),
    ],
)
def test_what_is_of_the_wrong_kind_is_a_type_error_and_changes_nothing(options, message, refused):
    refused(TypeError, message, **options)


def test_an_optimizer_of_another_model_is_refused(fitted, line, refused, X, Y):
    optimizer = optim.SGD(line().parameters(), lr=0.1)
    refused(ValueError, r"moves 0 of the 2 parameters of this model and 2 others", optimizer=optimizer)
    other = schedules.Scheduler(optimizer, schedules.cosine(5))
    refused(ValueError, "the Scheduler is one of another optimizer", schedule=other)
    model = line()
    both = optim.SGD([*model.parameters(), Value(1.0)], lr=0.1)
    message = r"moves 2 of the 2 parameters .* and 1 others: build it on model.parameters\(\), or on some of them"
    refused(ValueError, message, model=model, optimizer=both)
    with pytest.raises(TypeError, match="model must be a Module, got function"):
        fit(fitted, X, Y, loss="mse", optimizer=optimizer, epochs=1)


# What is learned.


def test_two_layers_learn_xor(fitted):
    points, k = xor()
    model = MLP(2, [8, 1], activation="tanh", seed=1)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    _, history = fitted(
        model, points, k, loss="binary_cross_entropy_with_logits", optimizer=optimizer, epochs=100, metrics="accuracy"
    )
    assert history["accuracy"][-1] == 1.0
    assert isinstance(model(points[0]), Value)


def test_micrograds_demo_is_a_call_of_fit(fitted):
    pytest.importorskip("sklearn")
    points, labels = moons(100, noise=0.1, seed=1337)
    model = MLP(2, [16, 16, 1], seed=1337)
    _, history = fitted(
        model,
        points,
        [2 * k - 1 for k in labels],
        loss="hinge",
        penalty=lambda parameters: losses.l2(parameters, 1e-4),
        lr=1.0,
        schedule=lambda epoch, base_lr: base_lr - 0.9 * epoch / 100,
        epochs=3,
        metrics="accuracy",
    )
    assert history["loss"][:2] == pytest.approx([0.8958441028683222, 1.7235905336972022], rel=1e-12)
    assert history["accuracy"][0] == 0.5
    assert history["lr"] == pytest.approx([1.0, 0.991, 0.982])


def modes_of(model):
    return [x.training for x in (model, *[part for _, part in parts(model) if isinstance(part, Module)])]


@pytest.mark.parametrize("compile", [True, False])
def test_parts_with_a_train_of_their_own_are_asked_in_fit(compile, fitted):
    class Frozen(Dropout):
        def train(self, mode=True):
            return super().train(False)

    class Switched(Sequential):
        on = None

        def train(self, mode=True):
            self.on = mode
            return super().train(mode)

    model = Switched(Layer(1, 2, seed=1), Frozen(0.5, seed=2), Layer(2, 1, seed=3)).eval()
    seen = []
    fitted(model, compile=compile, epochs=1, callbacks=lambda training: seen.append((model.on, modes_of(model))))
    assert seen == [(True, [True, *[True] * 3, False, *[True] * 2])]
    assert (model.on, any(modes_of(model))) == (False, False)
