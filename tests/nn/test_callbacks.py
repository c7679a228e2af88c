"""Callbacks: what they see and when, stopping early, and files of the best epoch."""

import contextlib
import random
import signal

import pytest

from nn import losses, optim, schedules
from nn.callbacks import Checkpoint, EarlyStopping
from nn.errors import TrainingError
from nn.files.serialization import load_checkpoint
from nn.layers import Dropout, Layer, Sequential


def test_callbacks_see_each_epoch_and_may_stop(fitted, line):
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


def test_early_stopping_waits_and_goes_back_to_the_best(fitted, numbers):
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


def test_early_stopping_restores_the_best_after_the_last_epoch_too(fitted, numbers, X, Y):
    stopping, kept = EarlyStopping("val_loss", patience=9), []
    options = {"lr": 0.4, "epochs": 3, "validation": (X, Y)}
    model, history = fitted(callbacks=[lambda training: kept.append(numbers(training.model)), stopping], **options)
    assert history["val_loss"][0] < history["val_loss"][1]
    assert stopping.best_epoch == 1
    assert numbers(model) == kept[0]
    model, _ = fitted(callbacks=EarlyStopping("val_loss", restore_best=False), **options)
    assert numbers(model) == kept[2]


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("lr", [0.4, 0.05])
@pytest.mark.parametrize(
    "options", [{}, {"penalty": lambda p: losses.l2(p, 0.1)}, {"sample_weight": [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 1.0]}]
)
def test_what_returns_for_a_training_loss_is_as_good_as_the_best_loss(
    lr, options, compile, fitted, line, loss_of, numbers
):
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
def test_with_minibatches_the_better_end_of_the_best_epoch_returns(batch_size, lr, fitted, line, loss_of, numbers):
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


def test_a_score_on_the_way_is_judged_by_the_score_of_the_parameters(fitted, line, numbers):
    stopping = EarlyStopping("r2", patience=9)
    model, history = fitted(lr=0.4, metrics="r2", callbacks=stopping)
    assert stopping.best == max(history["r2"])
    assert numbers(model) == numbers(line())


def test_scores_are_better_higher_and_min_delta_counts(fitted):
    stopping = EarlyStopping("r2", patience=1, min_delta=10.0)
    _, history = fitted(metrics="r2", callbacks=stopping)
    assert stopping.best_epoch == 1
    assert history.epochs == 2
    fitted(metrics="r2", callbacks=(stopping := EarlyStopping("r2", patience=1)))
    assert stopping.best_epoch == 5


@pytest.mark.parametrize("reference", [None, schedules.cosine(8)])
def test_training_resumed_from_a_checkpoint_gives_the_same_bits(tmp_path, reference, fitted, numbers):
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


def test_a_checkpoint_of_the_best_epoch_is_not_overwritten_by_worse(tmp_path, fitted, line):
    path = tmp_path / "best.safetensors"
    fitted(lr=0.4, epochs=3, callbacks=Checkpoint(path, "loss"))
    model = line()
    assert load_checkpoint(path, model, optim.SGD(model.parameters(), lr=1.0))["epoch"] == 1


@pytest.mark.parametrize("options", [{}, {"batch_size": 2}, {"penalty": lambda p: losses.l2(p, 0.1)}])
def test_a_file_of_the_best_training_loss_has_the_parameters_with_the_best_loss(
    tmp_path, options, fitted, line, loss_of
):
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


def test_a_checkpoint_is_all_that_a_training_needs_to_go_on(tmp_path, fitted, line, numbers):
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


def test_callbacks_see_the_epochs_of_both(fitted):
    seen = []
    model, first = fitted(epochs=2)
    fitted(model, epochs=4, history=first, callbacks=lambda t: seen.append((t.first, t.epoch, t.history.epochs)))
    assert seen == [(2, 3, 3), (2, 4, 4)]
    assert fitted(model, epochs=2, history=first, callbacks=seen.append)[1].to_dict() == first.to_dict()  # all done
    assert len(seen) == 2


def test_early_stopping_counts_the_epochs_of_both(fitted):
    past = {"loss": [5.0, 1e-9, 4.0, 3.0], "lr": [0.05] * 4}
    stopping = EarlyStopping("loss", patience=4)
    _, history = fitted(epochs=50, history=past, callbacks=stopping)
    assert (stopping.best, stopping.best_epoch, history.epochs) == (1e-9, 2, 6)
    stopping = EarlyStopping("loss", patience=4)
    _, history = fitted(epochs=7, history={"loss": [1e9, 1e9], "lr": [0.05] * 2}, callbacks=stopping)
    assert (history.epochs, stopping.best_epoch) == (7, 7)


def test_early_stopping_restores_the_best_of_those_it_can_know(fitted, line, numbers, X, Y):
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
def test_a_file_of_the_best_stays_while_nothing_is_better(tmp_path, monitor, fitted, line, X, Y):
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


@pytest.mark.parametrize("make", [EarlyStopping, lambda monitor: Checkpoint("unused", monitor)])
def test_what_cannot_be_monitored_is_refused(make, fitted):
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


def test_ctrl_c_still_restores_the_best_and_the_rate(fitted, line, numbers, X, Y):
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


class Stopped(Exception):
    """Raised by a callback."""


def fail(training):
    if training.epoch == 3:
        raise Stopped


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (lambda t: signal.raise_signal(signal.SIGINT) if t.epoch == 3 else None, None),
        (fail, Stopped),
        (lambda t: t.stop() if t.epoch == 3 else None, None),
        (lambda t: None, TrainingError),
    ],
    ids=["Ctrl-C", "callback", "stop", "nan"],
)
@pytest.mark.parametrize("monitor", ["val_loss", "loss"])
def test_the_best_parameters_return_however_training_ends(monitor, ending, error, compile, fitted, line, numbers, X, Y):
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


@pytest.mark.parametrize("wrong", ["print", None, 3, ["print"], [None, print], {"loss": print}])
def test_anything_but_a_callback_is_refused_before_training(wrong, refused):
    message = "callbacks must be a function of one argument, the Training, .* or a list of such functions, got "
    refused(TypeError, message, callbacks=wrong)


def test_a_callback_that_is_a_class_is_to_be_built_first(refused):
    for wrong in (EarlyStopping, [print, EarlyStopping]):
        refused(TypeError, r"callbacks: EarlyStopping is a class: write EarlyStopping\(\.\.\.\)", callbacks=wrong)


def test_an_epoch_as_good_as_the_best_does_not_count_as_an_improvement(fitted):
    stopping = EarlyStopping("val_loss", patience=2)
    _, history = fitted(lr=1e-300, validation=([[0.0]], [0.5]), epochs=9, callbacks=stopping)
    assert len(set(history["val_loss"])) == 1
    assert (stopping.best_epoch, history.epochs) == (1, 3)
