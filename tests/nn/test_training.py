"""fit: what an epoch does, what it measures, how it ends, and what it refuses."""

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
from nn import MLP, losses, optim, schedules, training
from nn.callbacks import Checkpoint, EarlyStopping
from nn.data import minibatches, moons, spiral, xor
from nn.errors import TrainingError
from nn.layers import Dropout, Layer, Sequential
from nn.serialization import load_checkpoint
from nn.training import fit

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
            met.append(loss.data)
        expected.append(sum(met) / len(met))
    assert history["loss"] == expected
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
    stopping, kept = EarlyStopping("loss", patience=9), []
    model, history = fitted(
        lr=0.4, epochs=3, callbacks=[lambda training: kept.append(numbers(training.model)), stopping]
    )
    assert history["loss"][0] < history["loss"][1]
    assert stopping.best_epoch == 1
    assert numbers(model) == kept[0]
    model, _ = fitted(lr=0.4, epochs=3, callbacks=EarlyStopping("loss", restore_best=False))
    assert numbers(model) == kept[2]


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
    training._say_that_tqdm_is_missing.cache_clear()
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

    options = {"schedule": schedules.exponential(0.99), "callbacks": [EarlyStopping("loss"), watch]}
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
    assert "test_training.py" in message
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
        assert losses.no_probabilities(losses.cross_entropy, outputs) == ""
        assert losses.no_probabilities(losses.binary_cross_entropy, outputs) == ""
    assert losses.no_probabilities(losses.cross_entropy_with_logits, [-3.0]) == ""


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
    half = optim.SGD(model.parameters()[:1], lr=0.1)
    refused(ValueError, r"moves 1 of the 2 parameters .* build it on model.parameters\(\)", model=model, optimizer=half)
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
