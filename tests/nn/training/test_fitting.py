"""fit: what an epoch does, what it measures, how it ends, and what it refuses."""

import contextlib
import functools
import math
import random
import signal
import sys
import textwrap

import pytest

from autograd.errors import AutogradError
from autograd.functions import mean
from autograd.value import Value
from nn import MLP, Module, losses, optim, schedules
from nn.callbacks import Checkpoint, EarlyStopping
from nn.data import minibatches, moons, spiral, xor
from nn.errors import TrainingError
from nn.files.serialization import load_checkpoint
from nn.layers import Dropout, Layer, Sequential
from nn.module import parts
from nn.training import fit, progress
from nn.training.minibatch import no_probabilities

X = [[-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]]
Y = [2.0 * x + 1.0 for (x,) in X]
SIGNS = [-1, -1, -1, 1, 1, 1, 1]


def line(seed=1):
    return MLP(1, [1], seed=seed)


def fitted(model=None, X=X, y=Y, *, lr=0.05, **options):
    """Train a model by plain descent, quietly, and return it with the history."""
    model = model or line()
    options = {
        "loss": "mse",
        "optimizer": optim.SGD(model.parameters(), lr=lr),
        "epochs": 5,
        "progress": False,
    } | options
    return model, fit(model, X, y, **options)


def numbers(model):
    return [p.data for p in model.parameters()]


# What an epoch does.


def test_an_epoch_is_the_loop_that_one_would_write():
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


def test_a_smaller_last_minibatch_is_used():
    model = line()
    optimizer = optim.Adam(model.parameters())
    fitted(model, optimizer=optimizer, batch_size=3, epochs=1)
    assert optimizer.state[0][0] == 3.0  # steps that Adam has counted: 3 + 3 + 1 rows
    fitted(model, optimizer=optimizer, epochs=2)
    assert optimizer.state[0][0] == 5.0


def test_the_same_seed_gives_the_same_bits_and_leaves_pythons_generator_alone():
    state = random.getstate()
    one, first = fitted(batch_size=2, seed=3)
    two, second = fitted(batch_size=2, seed=3)
    three, _ = fitted(batch_size=2, seed=4)
    assert random.getstate() == state
    assert (numbers(one), first.to_dict()) == (numbers(two), second.to_dict())
    assert numbers(three) != numbers(one)


def test_two_trainings_with_one_generator_are_one_long_training():
    model, optimizer_of = line(), optim.Adam
    optimizer, shuffle = optimizer_of(model.parameters(), lr=0.1), random.Random(0)
    for _ in range(2):
        fitted(model, optimizer=optimizer, batch_size=2, epochs=4, seed=shuffle)
    whole = line()
    fitted(whole, optimizer=optimizer_of(whole.parameters(), lr=0.1), batch_size=2, epochs=8, seed=0)
    assert numbers(model) == numbers(whole)


def test_a_loss_is_a_name_or_a_function():
    by_name, _ = fitted(loss="mae")
    by_function, _ = fitted(loss=lambda prediction, target: abs(prediction - target))
    assert numbers(by_name) == pytest.approx(numbers(by_function))


def test_arrays_train_like_lists():
    numpy = pytest.importorskip("numpy")
    model, history = fitted(X=numpy.array(X), y=numpy.array(Y))
    assert history.to_dict() == fitted()[1].to_dict()
    assert {type(x) for x in numbers(model)} == {float}


def test_lbfgs_takes_one_long_step_an_epoch():
    pytest.importorskip("scipy")
    model = line()
    _, history = fitted(model, optimizer=optim.LBFGS(model.parameters()), epochs=2, metrics="r2")
    assert numbers(model) == pytest.approx([2.0, 1.0], abs=1e-5)
    assert "lr" not in history
    assert history["r2"][1] == pytest.approx(1.0)


# What it measures.


def test_the_history_has_one_entry_per_epoch_for_every_name():
    _, history = fitted(metrics=["mse", "r2"], validation=0.3)
    assert list(history) == ["loss", "mse", "r2", "val_loss", "val_mse", "val_r2", "lr"]
    assert {len(column) for column in history.values()} == {5}
    assert history["mse"] == pytest.approx(history["loss"])
    assert history["val_mse"] == pytest.approx(history["val_loss"])
    assert history["lr"] == [0.05] * 5
    assert history.interrupted is False


def test_a_share_for_validation_is_the_last_rows_as_given():
    one, by_share = fitted(validation=2 / 7, batch_size=2)
    two, by_rows = fitted(X=X[:5], y=Y[:5], validation=(X[5:], Y[5:]), batch_size=2)
    assert by_share.to_dict() == by_rows.to_dict()
    assert numbers(one) == numbers(two)


def test_validation_is_after_the_epoch_and_without_the_penalty():
    model, history = fitted(penalty=lambda p: losses.l2(p, 10.0), validation=(X, Y), lr=0.001, epochs=1)
    left = [losses.mse(model(x), t).data for x, t in zip(X, Y, strict=True)]
    assert history["val_loss"][0] == pytest.approx(sum(left) / len(left))


def test_validation_records_nothing_and_turns_dropout_off():
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


def test_a_model_returns_in_the_mode_it_came_in():
    model = Sequential(Dropout(0.5, seed=1), Layer(1, 1, seed=1)).eval()
    fitted(model)
    assert not model.training
    assert not model[0].training


@pytest.mark.parametrize(
    ("loss", "output", "targets"),
    [
        ("hinge", None, SIGNS),
        ("mse", None, SIGNS),
        ("binary_cross_entropy_with_logits", None, [max(k, 0) for k in SIGNS]),
        ("binary_cross_entropy", "sigmoid", [max(k, 0) for k in SIGNS]),
        ("mse", "sigmoid", [[max(k, 0)] for k in SIGNS]),
        ("cross_entropy_with_logits", None, [max(k, 0) for k in SIGNS]),
        ("cross_entropy", "softmax", [[float(k < 0), float(k > 0)] for k in SIGNS]),
    ],
)
def test_outputs_become_classes_by_loss_and_targets(loss, output, targets):
    outputs = 2 if loss.startswith("cross_entropy") else 1
    model = MLP(1, [outputs], output=output, seed=4 - outputs)  # each starts with the two classes swapped
    optimizer = optim.Adam(model.parameters(), lr=0.2)
    names = ("accuracy", "precision", "recall", "f1")
    _, history = fitted(model, y=targets, loss=loss, optimizer=optimizer, epochs=60, metrics=names)
    assert [history[name][-1] for name in names] == [1.0] * 4
    assert history["accuracy"][0] < 1.0


def test_metrics_of_three_classes_are_scikit_learns_means():
    metrics = pytest.importorskip("sklearn.metrics")
    points, arms = spiral(30)
    names = ["precision", "recall", "f1"]

    def macro_f1(y_true, y_pred):
        return metrics.f1_score(y_true, y_pred, average="macro", zero_division=0.0)

    _, history = fitted(MLP(2, [3], seed=1), points, arms, loss="cross_entropy_with_logits", metrics=[*names, macro_f1])
    assert history["f1"] == pytest.approx(history["macro_f1"])
    assert history["f1"] != history["recall"]


def test_several_labels_at_once_are_right_together():
    targets = [[0, 1], [1, 1]]
    model, history = fitted(
        MLP(1, [2], init=0.0),
        [[0.0], [1.0]],
        targets,
        loss=lambda z, t: losses.binary_cross_entropy_with_logits(z, t, reduction="sum"),
        metrics=lambda y_true, y_pred: float(len(y_true[0]) == len(y_pred[0]) == 2),
    )
    assert history["<lambda>"] == [1.0] * 5
    _, history = fitted(
        model, [[0.0], [1.0]], targets, loss="binary_cross_entropy_with_logits", metrics="accuracy", epochs=80, lr=1.0
    )
    assert history["accuracy"][-1] == 1.0


def test_a_metric_of_your_own_sees_outputs_where_the_loss_is_for_numbers():
    seen = []
    fitted(metrics=lambda y_true, y_pred: seen.append((y_true, y_pred)) or 0.0, epochs=1)
    ((y_true, y_pred),) = seen
    assert y_true == Y
    assert y_pred == [line()(x).data for x in X]


# The learning rate.


def test_a_schedule_sets_the_rate_of_each_epoch_and_gives_it_back():
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rates = [0.1, 0.05, 0.2]
    _, history = fitted(model, optimizer=optimizer, schedule=lambda epoch, base_lr: rates[epoch], epochs=3)
    assert history["lr"] == rates
    assert optimizer.lr == 0.1


def test_a_plateau_watches_the_validation_loss():
    _, history = fitted(
        validation=(X[:1], [100.0]), lr=1e-9, schedule=schedules.reduce_on_plateau(patience=0, threshold=0.5, eps=0.0)
    )
    assert history["lr"] == pytest.approx([1e-9, 1e-9, 1e-10, 1e-11, 1e-12])


def test_a_plateau_begins_anew_with_each_training():
    schedule = schedules.reduce_on_plateau(patience=0, threshold=0.5, eps=0.0)
    first, second = [fitted(lr=1e-9, schedule=schedule)[1]["lr"] for _ in range(2)]
    assert first == second
    assert first[0] == 1e-9 > first[-1]


def test_a_scheduler_goes_on_where_it_is():
    model = line()
    optimizer = optim.SGD(model.parameters(), lr=0.08)
    scheduler = schedules.Scheduler(optimizer, schedules.exponential(0.5))
    rates = [
        rate for _ in range(2) for rate in fitted(model, optimizer=optimizer, schedule=scheduler, epochs=2)[1]["lr"]
    ]
    assert rates == [0.08, 0.04, 0.02, 0.01]


# Callbacks.


def test_callbacks_see_each_epoch_and_may_stop():
    seen = []

    def watch(training):
        seen.append((training.epoch, len(training.history["loss"]), training.model is model))
        if training.epoch == 3:
            training.stop()

    model = line()
    _, history = fitted(model, callbacks=watch)
    assert seen == [(1, 1, True), (2, 2, True), (3, 3, True)]
    assert history.epochs == 3
    assert not history.interrupted


def test_early_stopping_waits_and_goes_back_to_the_best():
    stopping, kept = EarlyStopping("val_loss", patience=2), []
    model, history = fitted(
        validation=([[0.0]], [0.5]),
        lr=0.01,
        epochs=50,
        callbacks=[lambda training: kept.append(numbers(training.model)), stopping],
    )
    column = history["val_loss"]
    assert 2 < stopping.best_epoch < 48
    assert history.epochs == stopping.best_epoch + 2
    assert stopping.best == min(column) == column[stopping.best_epoch - 1]
    assert numbers(model) == kept[stopping.best_epoch - 1]


def test_early_stopping_restores_the_best_after_the_last_epoch_too():
    stopping, kept = EarlyStopping("val_loss", patience=9), []
    options = {"lr": 0.4, "epochs": 3, "validation": (X, Y)}
    model, history = fitted(callbacks=[lambda training: kept.append(numbers(training.model)), stopping], **options)
    assert history["val_loss"][0] < history["val_loss"][1]
    assert stopping.best_epoch == 1
    assert numbers(model) == kept[0]
    model, _ = fitted(callbacks=EarlyStopping("val_loss", restore_best=False), **options)
    assert numbers(model) == kept[2]


def loss_of(model, penalty=None, weights=None):
    weights = weights or [1.0] * len(X)
    losses_met = [w * losses.mse(model(x), t).data for x, t, w in zip(X, Y, weights, strict=True)]
    return sum(losses_met) / sum(weights) + (penalty(model.parameters()).data if penalty else 0.0)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("lr", [0.4, 0.05])
@pytest.mark.parametrize(
    "options", [{}, {"penalty": lambda p: losses.l2(p, 0.1)}, {"sample_weight": [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 1.0]}]
)
def test_what_returns_for_a_training_loss_is_as_good_as_the_best_loss(lr, options, compile):
    stopping = EarlyStopping("loss", patience=9)
    model, history = fitted(lr=lr, callbacks=stopping, compile=compile, **options)
    assert stopping.best == min(history["loss"])
    assert loss_of(model, options.get("penalty"), options.get("sample_weight")) <= stopping.best * (1.0 + 1e-9)
    if lr == 0.4:  # diverges, so the parameters at the start were the best
        assert numbers(model) == numbers(line())
    else:  # converges, so those after the last step are
        assert loss_of(model, options.get("penalty"), options.get("sample_weight")) < stopping.best


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("lr", [0.15, 0.03])
def test_with_minibatches_the_better_end_of_the_best_epoch_returns(batch_size, lr):
    stopping, kept = EarlyStopping("loss", patience=99), [numbers(line())]
    model, _ = fitted(
        lr=lr,
        batch_size=batch_size,
        epochs=6,
        callbacks=[lambda training: kept.append(numbers(training.model)), stopping],
    )
    ends = kept[stopping.best_epoch - 1 : stopping.best_epoch + 1]
    found = []
    for end in ends:
        other = line()
        for parameter, x in zip(other.parameters(), end, strict=True):
            parameter.data = x
        found.append(loss_of(other))
    assert numbers(model) == ends[found.index(min(found))]


def test_a_score_on_the_way_is_judged_by_the_score_of_the_parameters():
    stopping = EarlyStopping("r2", patience=9)
    model, history = fitted(lr=0.4, metrics="r2", callbacks=stopping)
    assert stopping.best == max(history["r2"])
    assert numbers(model) == numbers(line())


def test_scores_are_better_higher_and_min_delta_counts():
    stopping = EarlyStopping("r2", patience=1, min_delta=10.0)
    _, history = fitted(metrics="r2", callbacks=stopping)
    assert stopping.best_epoch == 1
    assert history.epochs == 2
    fitted(metrics="r2", callbacks=(stopping := EarlyStopping("r2", patience=1)))
    assert stopping.best_epoch == 5


@pytest.mark.parametrize("reference", [None, schedules.cosine(8)])
def test_training_resumed_from_a_checkpoint_gives_the_same_bits(tmp_path, reference):
    path = tmp_path / "model.safetensors"

    def built():
        model = Sequential(
            Layer(1, 4, activation="tanh", seed=2), Dropout(0.3, seed=1), Layer(4, 1, activation=None, seed=3)
        )
        optimizer = optim.Adam(model.parameters(), lr=0.05)
        scheduler = schedules.Scheduler(optimizer, reference) if reference else None
        return model, optimizer, scheduler, {"optimizer": optimizer, "schedule": scheduler, "batch_size": 2}

    whole, _, _, options = built()
    _, expected = fitted(whole, epochs=8, **options)
    half, _, _, options = built()
    fitted(half, epochs=3, callbacks=Checkpoint(path), **options | {"schedule": reference})
    model, optimizer, scheduler, options = built()
    extra = load_checkpoint(path, model, optimizer)
    shuffle = random.Random()
    shuffle.setstate(extra["random"])
    if scheduler:
        scheduler.load_state_dict(extra["scheduler"])
    _, history = fitted(model, epochs=8 - extra["epoch"], seed=shuffle, **options)
    assert numbers(model) == numbers(whole)
    assert extra["history"]["loss"] + history["loss"] == expected["loss"]
    assert extra["history"]["lr"] + history["lr"] == expected["lr"]


def test_a_checkpoint_of_the_best_epoch_is_not_overwritten_by_worse(tmp_path):
    path = tmp_path / "best.safetensors"
    fitted(lr=0.4, epochs=3, callbacks=Checkpoint(path, "loss"))
    model = line()
    assert load_checkpoint(path, model, optim.SGD(model.parameters(), lr=1.0))["epoch"] == 1


@pytest.mark.parametrize("options", [{}, {"batch_size": 2}, {"penalty": lambda p: losses.l2(p, 0.1)}])
def test_a_file_of_the_best_training_loss_has_the_parameters_with_the_best_loss(tmp_path, options):
    path, seen = tmp_path / "best.safetensors", []

    def watch(training):
        seen.append(loss_of(training.model, options.get("penalty")))

    rates = {"schedule": lambda epoch, base_lr: [0.05, 0.05, 0.3, 0.3, 0.01, 0.01][epoch]}
    fitted(epochs=6, callbacks=[Checkpoint(path, "loss"), watch], **rates, **options)
    assert seen.index(min(seen)) not in (0, 5)
    model = line()
    extra = load_checkpoint(path, model, optim.SGD(model.parameters(), lr=1.0))
    assert loss_of(model, options.get("penalty")) == min(seen)
    assert extra["epoch"] == seen.index(min(seen)) + 1
    assert extra["best"] == {"loss": pytest.approx(min(seen))}


# Training that goes on with a history.


@pytest.mark.parametrize("kind", [lambda history: history, lambda history: history.to_dict()])
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 2},
        {"batch_size": 2, "validation": 0.3, "metrics": "r2", "schedule": schedules.cosine(9)},
        {"validation": (X, Y), "schedule": schedules.reduce_on_plateau(patience=0, threshold=0.6, factor=0.5)},
        {"batch_size": 3, "sample_weight": [1.0, 2.0, 0.0, 1.0, 3.0, 1.0, 1.0]},
    ],
)
def test_a_training_in_three_parts_is_one(kind, compile, options):
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


def test_a_checkpoint_is_all_that_a_training_needs_to_go_on(tmp_path):
    path = tmp_path / "c.safetensors"

    def interrupted(after):
        def interrupt(training):
            if training.epoch == after:
                raise KeyboardInterrupt

        return interrupt

    def parts(*ends):
        extra = {"history": None}
        for end in ends:
            model = line()
            optimizer = optim.SGD([{"params": model.parameters()[:1], "lr": 0.01}, {"params": model.parameters()[1:]}],
                                  lr=0.02, momentum=0.5)  # fmt: skip
            if extra["history"]:
                extra = load_checkpoint(path, model, optimizer)
            options = {"batch_size": 2, "schedule": schedules.exponential(0.8), "validation": 0.3}
            callbacks = [Checkpoint(path), interrupted(end)]
            fitted(model, optimizer=optimizer, epochs=9, history=extra["history"], callbacks=callbacks, **options)
            extra = load_checkpoint(path, model, optimizer)
            assert extra["epoch"] == end
        return numbers(model), extra["history"]

    assert parts(2, 3, 7, 9) == parts(9)


def test_callbacks_see_the_epochs_of_both():
    seen = []
    model, first = fitted(epochs=2)
    fitted(model, epochs=4, history=first, callbacks=lambda t: seen.append((t.first, t.epoch, t.history.epochs)))
    assert seen == [(2, 3, 3), (2, 4, 4)]
    assert fitted(model, epochs=2, history=first, callbacks=seen.append)[1].to_dict() == first.to_dict()  # all done
    assert len(seen) == 2


def test_early_stopping_counts_the_epochs_of_both():
    past = {"loss": [5.0, 1e-9, 4.0, 3.0], "lr": [0.05] * 4}
    stopping = EarlyStopping("loss", patience=4)
    _, history = fitted(epochs=50, history=past, callbacks=stopping)
    assert (stopping.best, stopping.best_epoch, history.epochs) == (1e-9, 2, 6)
    stopping = EarlyStopping("loss", patience=4)
    _, history = fitted(epochs=7, history={"loss": [1e9, 1e9], "lr": [0.05] * 2}, callbacks=stopping)
    assert (history.epochs, stopping.best_epoch) == (7, 7)


def test_early_stopping_restores_the_best_of_those_it_can_know():
    options = {"validation": (X, Y), "lr": 0.4}  # diverges
    model, kept = line(), []
    stopping = EarlyStopping("val_loss")
    _, first = fitted(model, epochs=2, callbacks=[lambda t: kept.append(numbers(t.model)), stopping], **options)
    best = stopping.best
    fitted(model, epochs=4, history=first, callbacks=stopping, **options)
    assert (stopping.best_epoch, stopping.best, numbers(model)) == (1, best, kept[0])  # it went through that epoch
    model = line()
    _, first = fitted(model, epochs=2, **options)
    before = numbers(model)
    stopping = EarlyStopping("val_loss")
    fitted(model, epochs=4, history=first, callbacks=stopping, **options)
    assert (stopping.best_epoch, stopping.best, numbers(model)) == (1, best, before)  # it did not


@pytest.mark.parametrize("monitor", ["val_loss", "loss"])
def test_a_file_of_the_best_stays_while_nothing_is_better(tmp_path, monitor):
    path = tmp_path / "best.safetensors"

    def epoch_in_file():
        model = line()
        return load_checkpoint(path, model, optim.SGD(model.parameters(), lr=1.0))["epoch"]

    model, history = fitted(epochs=4, validation=(X, Y), callbacks=Checkpoint(path, monitor))
    options = {"history": history, "validation": (X, Y), "callbacks": Checkpoint(path, monitor)}
    fitted(model, lr=3.0, epochs=6, **options)
    assert epoch_in_file() == 4
    model, _ = fitted(epochs=4)
    fitted(model, epochs=6, **options)
    assert epoch_in_file() == 6
    path.unlink()  # where there is no file, the best is that of the epochs to come
    fitted(line(), lr=3.0, epochs=6, **options)
    assert epoch_in_file() == 5


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
def test_a_history_that_does_not_fit_is_refused(history, error, message):
    refused(error, message, history=history)


# Parameters that stay, and groups.


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_parameters_that_the_optimizer_does_not_have_stay(compile, batch_size):
    model = MLP(1, [3, 1], activation="tanh", seed=1)
    frozen, moved = [layer.parameters() for layer in model.layers]
    before = [p.data for p in frozen]
    optimizer = optim.Adam(moved, lr=0.05)
    _, history = fitted(model, optimizer=optimizer, epochs=20, batch_size=batch_size, compile=compile,
                        penalty=lambda p: losses.l2(p, 0.01))  # fmt: skip
    assert [p.data for p in frozen] == before
    assert [p.grad for p in frozen] == [0.0] * len(frozen)
    assert history["loss"][-1] < history["loss"][0]


# Weights of rows.


@pytest.mark.parametrize("compile", [False, True])
def test_a_weight_of_two_is_a_row_that_comes_twice_and_one_of_zero_a_row_left_out(compile):
    options = {"validation": None, "epochs": 6, "compile": compile, "penalty": lambda p: losses.l2(p, 0.01)}
    weighted, history = fitted(sample_weight=[2, 1, 0, 1, 1, 0, 1], **options)
    places = [0, 0, 1, 3, 4, 6]
    other, expected = fitted(X=[X[k] for k in places], y=[Y[k] for k in places], **options)
    assert numbers(weighted) == pytest.approx(numbers(other), rel=1e-12)
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-12)


@pytest.mark.parametrize("compile", [False, True])
def test_the_loss_of_weighted_minibatches_is_a_weighted_mean(compile):
    weights = [3.0, 1.0, 0.0, 2.0, 5.0, 1.0, 1e-3]
    _, history = fitted(
        lr=1e-15, batch_size=2, sample_weight=weights, epochs=3, validation=(X, Y, weights), compile=compile
    )
    expected = loss_of(line(), weights=weights)
    assert history["loss"] == pytest.approx([expected] * 3, rel=1e-9)
    assert history["val_loss"] == pytest.approx([expected] * 3, rel=1e-9)


def test_only_the_ratios_of_weights_count():
    expected = fitted(batch_size=3, sample_weight=[1.0, 2.0, 1.0, 4.0, 1.0, 1.0, 1.0])
    for scale in (2.0**-1000, 2.0**1000):
        model, history = fitted(batch_size=3, sample_weight=[scale * x for x in (1.0, 2.0, 1.0, 4.0, 1.0, 1.0, 1.0)])
        assert (numbers(model), history.to_dict()) == (numbers(expected[0]), expected[1].to_dict())


def test_rows_that_are_held_out_have_their_weights_with_them():
    weights = [1.0, 2.0, 1.0, 4.0, 1.0, 3.0, 1.0]
    one, by_share = fitted(sample_weight=weights, validation=2 / 7)
    two, by_rows = fitted(X=X[:5], y=Y[:5], sample_weight=weights[:5], validation=(X[5:], Y[5:], weights[5:]))
    assert numbers(one) == numbers(two)
    assert by_share["val_loss"] == pytest.approx(by_rows["val_loss"], rel=1e-15)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1.0] * 6, ValueError, r"one weight for each of 7 row\(s\), got 6"),
        ([1.0] * 6 + [-1.0], ValueError, "got -1.0 in row 6"),
        ([1.0] * 6 + [math.nan], ValueError, "got nan in row 6"),
        ([0.0] * 7, ValueError, "sample_weight is 0 for every row"),
        (["a"] * 7, TypeError, "."),
        (1.0, TypeError, "sample_weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, error, message):
    refused(error, message, sample_weight=weights)
    refused(error, message, validation=(X, Y, weights))


@pytest.mark.parametrize("make", [EarlyStopping, lambda monitor: Checkpoint("unused", monitor)])
def test_what_cannot_be_monitored_is_refused(make):
    with pytest.raises(
        ValueError, match=r"cannot monitor 'val_loss' \(give fit validation=...\): expected one of loss, lr"
    ):
        fitted(callbacks=make("val_loss"))
    with pytest.raises(ValueError, match="is a 'mine' better 'lower' or 'higher'"):
        make("mine")


def test_bad_patience_is_refused():
    with pytest.raises(ValueError, match="patience"):
        EarlyStopping(patience=0)
    with pytest.raises(ValueError, match="min_delta"):
        EarlyStopping(min_delta=-1.0)


# The bar.


class Terminal:
    """A stderr that someone watches."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


def test_no_bar_is_drawn_where_nobody_watches(capsys):
    fitted(progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_bar_in_a_terminal_shows_loss_and_metrics(monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    _, history = fitted(progress=True, metrics="r2")
    assert "5/5" in sys.stderr.text
    assert f"loss={history['loss'][-1]:.4g}, r2=" in sys.stderr.text
    monkeypatch.setattr(sys, "stderr", Terminal())
    fitted(progress=False)
    assert sys.stderr.text == ""


def test_a_notebook_without_ipywidgets_shows_the_bar_of_a_terminal():
    pytest.importorskip("tqdm")
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    code = """
        import sys
        sys.modules["ipywidgets"] = None  # cannot be imported
        import nn
        model = nn.MLP(1, [1], seed=1)
        descent = nn.optim.SGD(model.parameters(), lr=0.05)
        nn.fit(model, [1.0, 2.0], [1.0, 2.0], loss="mse", optimizer=descent, epochs=5, compile=False, progress=%s)["lr"]
    """
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(code % progress)) for progress in (True, True, False)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    first, second, quiet = [
        ["".join(o.get("text", "")) for o in cell.outputs if o.output_type != "execute_result"] for cell in cells
    ]
    for (bar,) in (first, second):
        assert "5/5" in bar
        assert "loss=" in bar
        assert "Warning" not in bar
        assert ".py" not in bar
    assert quiet == []


def test_a_missing_tqdm_is_said_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    progress._say_that_tqdm_is_missing.cache_clear()
    for _ in range(2):
        assert fitted(progress=True)[1].epochs == 5
    assert sys.stderr.text == "nn.fit: no progress bar without tqdm: pip install 'chainrule[notebook]'\n"


# Ctrl-C.


def at_call(function, call, action):
    """Return a function that acts at one of its calls."""
    calls = 0

    def counted(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == call:
            action()
        return function(*arguments, **options)

    return counted


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_keeps_the_epochs_that_are_finished():
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


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_ctrl_c_within_a_step_takes_back_the_whole_step(monkeypatch, call):
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


def test_ctrl_c_still_restores_the_best_and_the_rate():
    model = line()
    optimizer, kept = optim.SGD(model.parameters(), lr=0.4), []

    def watch(training):
        kept.append(numbers(training.model))
        if training.epoch == 3:
            raise KeyboardInterrupt

    options = {
        "schedule": schedules.exponential(0.99),
        "validation": (X, Y),
        "callbacks": [EarlyStopping("val_loss"), watch],
    }
    _, history = fitted(model, optimizer=optimizer, **options)
    assert history.interrupted
    assert history.epochs == 3
    assert numbers(model) == kept[0]
    assert optimizer.lr == 0.4


# NaN and infinity.


def test_a_nan_loss_names_epoch_batch_operation_and_line():
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
    assert "test_fitting.py" in message
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
def test_a_loss_of_probabilities_says_what_to_do_about_other_outputs(loss, outputs, X, expected, compile):
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


def test_an_infinite_gradient_of_a_finite_loss_is_found():
    model = MLP(1, [1], init=1.0, bias=False)
    with pytest.raises(TrainingError, match=r"gradient of layers.0.neurons.0.weights.0 is .* derivative .* sqrt"):
        fitted(model, [[1.0]], [1], loss=lambda prediction, target: (prediction - target).sqrt())
    assert numbers(model) == [1.0]


def test_a_step_out_of_range_is_taken_back():
    model = line()
    before = numbers(model)
    with pytest.raises(TrainingError, match=r"after the step is inf in epoch 1, batch 1; .* Try a lower learning rate"):
        fitted(model, lr=1e308)
    assert numbers(model) == before


def test_a_penalty_that_overflows_is_found():
    with pytest.raises(TrainingError, match="the loss is inf in epoch 1, batch 1"):
        fitted(penalty=lambda parameters: (parameters[0] * 0.0 + 1000.0).exp())


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("callbacks", [(), lambda training: None])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_an_error_has_the_epochs_before_it_and_leaves_the_last_finite_parameters(compile, callbacks, batch_size):
    model = line()
    with pytest.raises(TrainingError) as caught:
        fitted(model, lr=3.0, epochs=5000, compile=compile, callbacks=callbacks, batch_size=batch_size)
    history = caught.value.history
    assert history.epochs > 10
    assert f"epoch {history.epochs + 1}, batch" in str(caught.value)
    assert all(map(math.isfinite, numbers(model)))
    assert max(map(abs, numbers(model))) > 1e100
    assert TrainingError("by hand").history is None


def test_a_validation_loss_may_overflow():
    model = MLP(1, [1], init=1.0, bias=False)
    _, history = fitted(model, [[0.0]], [0.0], validation=([[1e154], [1e154]], [0.0, 0.0]), epochs=1)
    assert history["val_loss"] == [math.inf]


class Stopped(Exception):
    """Raised by a callback."""


def fail(training):
    if training.epoch == 3:
        raise Stopped


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (lambda t: ctrl_c() if t.epoch == 3 else None, None),
        (fail, Stopped),
        (lambda t: t.stop() if t.epoch == 3 else None, None),
        (lambda t: None, TrainingError),
    ],
    ids=["Ctrl-C", "callback", "stop", "nan"],
)
@pytest.mark.parametrize("monitor", ["val_loss", "loss"])
def test_the_best_parameters_return_however_training_ends(monitor, ending, error, compile):
    model, kept = line(), []
    optimizer = optim.SGD(model.parameters(), lr=0.4)  # diverges
    options = {
        "optimizer": optimizer,
        "validation": (X, Y),
        "epochs": 5000,
        "schedule": schedules.exponential(0.9999),
        "callbacks": [lambda t: kept.append(numbers(t.model)), EarlyStopping(monitor, patience=9999), ending],
    }
    with pytest.raises(error) if error else contextlib.nullcontext():
        fitted(model, compile=compile, **options)
    assert numbers(model) == (kept[0] if monitor == "val_loss" else numbers(line()))
    assert optimizer.lr == 0.4
    assert model.training


def test_all_that_is_to_be_done_at_the_end_is_done():
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


def refused(error, message, *, model=None, **options):
    """Check an error, and that the model is as it was."""
    model = model or line()
    before = numbers(model)
    with pytest.raises(error, match=message):
        fitted(model, **options)
    assert numbers(model) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": []}, "X has no rows"),
        ({"y": Y[1:]}, "unequal lengths: 7 rows, 6 targets"),
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
def test_what_does_not_fit_is_a_value_error_and_changes_nothing(options, message):
    refused(ValueError, message, **options)


def test_one_output_for_two_class_indices_is_refused_with_what_to_do():
    message = "the target of row 1: class index out of range: .* the model has 1 output; for two classes use 2 outputs"
    refused(ValueError, message, y=[0, 1, 0, 1, 0, 1, 0], loss="cross_entropy_with_logits")


def test_names_for_targets_are_refused_with_what_to_do():
    refused(TypeError, "^y must be numbers, got 'a' in row 0: give class indices", y=list("abababa"))
    refused(TypeError, "^validation y must be numbers, got None in row 0", validation=([[1.0]], [None]))


@pytest.mark.parametrize("wrong", ["print", None, 3, ["print"], [None, print], {"loss": print}])
def test_what_is_no_callback_is_refused_before_training(wrong):
    message = "callbacks must be a function of one argument, the Training, .* or a list of such functions, got "
    refused(TypeError, message, callbacks=wrong)


def test_a_callback_that_is_a_class_is_to_be_built_first():
    for wrong in (EarlyStopping, [print, EarlyStopping]):
        refused(TypeError, r"callbacks: EarlyStopping is a class: write EarlyStopping\(\.\.\.\)", callbacks=wrong)


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
def test_what_is_of_the_wrong_kind_is_a_type_error_and_changes_nothing(options, message):
    refused(TypeError, message, **options)


def test_an_optimizer_of_another_model_is_refused():
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


# The history.


def test_a_history_prints_a_summary_and_gives_a_dict_of_its_own():
    _, history = fitted(metrics="r2")
    lines = repr(history).splitlines()
    assert lines[0] == "History of 5 epochs"
    assert [line.split()[0] for line in lines[2:]] == ["loss", "r2", "lr"]
    plain = history.to_dict()
    plain["loss"].clear()
    assert len(history["loss"]) == 5
    with pytest.raises(KeyError, match="'acc' was not recorded: expected one of loss, r2, lr"):
        history["acc"]
    assert history.get("acc") is None


def test_a_history_of_nothing_prints_too():
    def stop(training):
        raise AssertionError

    model = line()
    _, history = fitted(model, loss=at_call(losses.mse, 2, ctrl_c), callbacks=stop, compile=False)
    assert repr(history) == "History of 0 epochs, interrupted"
    assert history.to_dict() == {}


def test_a_history_plots_its_curves():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    _, history = fitted(validation=0.3)
    ax = history.plot(ax=Figure().add_subplot())
    assert len(ax.get_lines()) == 2


def test_two_layers_learn_xor():
    points, k = xor()
    model = MLP(2, [8, 1], activation="tanh", seed=1)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    _, history = fitted(
        model, points, k, loss="binary_cross_entropy_with_logits", optimizer=optimizer, epochs=100, metrics="accuracy"
    )
    assert history["accuracy"][-1] == 1.0
    assert isinstance(model(points[0]), Value)


def test_micrograds_demo_is_a_call_of_fit():
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
def test_parts_with_a_train_of_their_own_are_asked_in_fit(compile):
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


@pytest.mark.parametrize("kind", [line, lambda: MLP(1, [2, 1], activation="tanh", seed=0)])
def test_lbfgs_shows_no_point_that_it_only_tries_out(kind):
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


def test_lbfgs_reaches_parameters_that_a_loss_has_by_itself():
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


def test_lbfgs_keeps_what_a_module_notes_down():
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
