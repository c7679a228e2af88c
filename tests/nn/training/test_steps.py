"""Training and prediction as native code: the numbers of Python's loop, or Python's loop itself where need be."""

import linecache
import math
import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Op, Value, apply  # noqa: E402
from nn import MLP, Module, losses, optim, schedules  # noqa: E402
from nn.activations import ACTIVATIONS  # noqa: E402
from nn.callbacks import Checkpoint, EarlyStopping  # noqa: E402
from nn.errors import TrainingError  # noqa: E402
from nn.files.serialization import load_checkpoint  # noqa: E402
from nn.layers import Dropout, Layer, Sequential  # noqa: E402
from nn.testing import mlps  # noqa: E402
from nn.training import fit, steps  # noqa: E402
from nn.training.minibatch import Trainer  # noqa: E402

X = [[math.sin(3.0 * k + 1.3 * j) for j in range(3)] for k in range(20)]
Y = [a - 2.0 * b * c + 0.5 for a, b, c in X]
CLASSES = [k % 3 for k in range(20)]
ONE_HOT = [[float(k == c) for k in range(3)] for c in CLASSES]
PAIRS = [[a * b, c] for a, b, c in X]
LABELS = [[k % 2, (k // 2) % 2] for k in range(20)]


def network(nout=1, **options):
    return MLP(3, [5, nout], **{"activation": "tanh", "seed": 3} | options)


def adam(parameters):
    return optim.Adam(parameters, lr=0.02)


def plain(parameters):
    return optim.SGD(parameters, lr=1e-3)


def trained(make, y=Y, optimizer=adam, epochs=30, rows=X, **options):
    """Train a new model, and return it with history and optimiser."""
    model = make()
    moving = optimizer(model.parameters())
    history = fit(model, rows, y, **{"loss": "mse", "optimizer": moving, "epochs": epochs, "progress": False} | options)
    return model, history, moving


def numbers(model):
    return [p.data for p in model.parameters()]


def python_steps(monkeypatch):
    """Return a list that grows by each step that Python takes."""
    steps, step = [], Trainer.step
    monkeypatch.setattr(Trainer, "step", lambda self, *args: steps.append(args[2]) or step(self, *args))
    return steps


@pytest.fixture
def agree(monkeypatch):
    """A function that trains both ways, and checks that native code did the one and agrees with the other."""

    def check(make, y=Y, optimizer=adam, epochs=30, rows=X, **options):
        expected, by_epoch, one = trained(make, y, optimizer, epochs, rows, compile=False, **options)
        with monkeypatch.context() as patch:
            steps = python_steps(patch)
            model, history, other = trained(make, y, optimizer, epochs, rows, compile=True, **options)
        assert steps == []
        assert list(history) == list(by_epoch)
        for name, column in by_epoch.items():
            assert history[name] == pytest.approx(column, rel=1e-9, abs=1e-9), name
            assert {type(x) for x in history[name]} == {float}
        assert numbers(model) == pytest.approx(numbers(expected), rel=1e-9, abs=1e-9)
        assert {type(x) for x in numbers(model)} == {float}
        assert numpy.array(other.state) == pytest.approx(numpy.array(one.state), rel=1e-9, abs=1e-9)
        assert {type(x) for state in other.state for x in state} <= {float}
        assert other.lr == one.lr
        assert model.training
        return model, history

    return check


@pytest.fixture
def same(monkeypatch):
    """A function that trains both ways, and checks that Python did both, to the same bits."""

    def check(make, y=Y, optimizer=adam, epochs=5, **options):
        expected, by_epoch, one = trained(make, y, optimizer, epochs, compile=False, **options)
        with monkeypatch.context() as patch:
            steps = python_steps(patch)
            model, history, other = trained(make, y, optimizer, epochs, compile=True, **options)
        assert steps
        assert (numbers(model), history.to_dict(), other.state) == (numbers(expected), by_epoch.to_dict(), one.state)

    return check


# Every optimiser, loss and activation.


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: optim.SGD(p, lr=0.05),
        lambda p: optim.SGD(p, lr=0.05, weight_decay=0.01),
        lambda p: optim.SGD(p, lr=0.02, momentum=0.9),
        lambda p: optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: optim.Adagrad(p, lr=0.1),
        lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.01, weight_decay=0.01, initial_accumulator_value=0.1),
        lambda p: optim.RMSprop(p, lr=0.01),
        lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, centered=True, momentum=0.5, weight_decay=0.01),
        lambda p: optim.RMSprop(p, lr=0.01, centered=True),
        lambda p: optim.Adam(p, lr=0.02),
        lambda p: optim.Adam(p, lr=0.02, betas=(0.5, 0.75), amsgrad=True, weight_decay=0.01),
        lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.1),
        lambda p: optim.AdamW(p, lr=0.02, amsgrad=True),
    ],
)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_every_optimizer_learns_the_same(agree, optimizer, batch_size):
    agree(network, optimizer=optimizer, batch_size=batch_size)


@pytest.mark.parametrize(
    ("loss", "nout", "output", "y"),
    [
        ("mse", 1, None, Y),
        ("mse", 2, None, PAIRS),
        ("mse", 1, None, [[y] for y in Y]),
        ("half_squared_error", 2, None, PAIRS),
        ("mae", 2, None, PAIRS),
        ("huber", 2, None, PAIRS),
        (lambda p, t: losses.huber(p, t, delta=0.3), 1, None, Y),
        ("hinge", 1, None, [1 if y > 0.5 else -1 for y in Y]),
        ("hinge", 2, None, [[2 * t - 1 for t in row] for row in LABELS]),
        ("binary_cross_entropy", 1, "sigmoid", [k % 2 for k in range(20)]),
        ("binary_cross_entropy", 2, "sigmoid", LABELS),
        ("binary_cross_entropy_with_logits", 1, None, [k % 2 for k in range(20)]),
        ("binary_cross_entropy_with_logits", 2, None, LABELS),
        (lambda z, t: losses.binary_cross_entropy_with_logits(z, t, reduction="sum"), 2, None, LABELS),
        ("cross_entropy", 3, "softmax", CLASSES),
        ("cross_entropy", 3, "softmax", ONE_HOT),
        (lambda p, t: losses.cross_entropy(p, t, eps=1e-7), 3, "softmax", CLASSES),
        ("cross_entropy_with_logits", 3, None, CLASSES),
        ("cross_entropy_with_logits", 3, None, [float(c) for c in CLASSES]),
        ("cross_entropy_with_logits", 3, None, ONE_HOT),
        ("cross_entropy_with_logits", 3, None, [[0.8 * t + 0.1 for t in row] for row in ONE_HOT]),
        (lambda p, t: (p - t) ** 2 * autograd.where(t > 0.5, 3.0, 1.0), 1, None, Y),
    ],
)
def test_every_loss_learns_the_same(agree, loss, nout, output, y):
    agree(lambda: network(nout, output=output), y, loss=loss, batch_size=6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns_the_same(agree, activation):
    def make():
        model = network(
            activation=activation, init=lambda nin, nout, seed: [seed.uniform(-0.05, 0.05) for _ in range(nin)]
        )
        for neuron in model.layers[0].neurons:
            neuron.bias.data = 1.5 if activation == "acosh" else 0.3
        return model

    agree(make, optimizer=lambda p: optim.SGD(p, lr=1e-4 if activation == "digamma" else 1e-3))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(model=mlps(3, 1), batch_size=st.sampled_from([None, 1, 3, 8, 20]))
def test_any_network_learns_the_same(model, batch_size):
    start = numbers(model)

    def again():
        for parameter, x in zip(model.parameters(), start, strict=True):
            parameter.data = x
        return model

    learned = []
    for compile in (False, True):
        _, history, _ = trained(again, optimizer=plain, batch_size=batch_size, epochs=3, compile=compile)
        learned.append([*numbers(model), *history["loss"]])
    assert learned[0] == pytest.approx(learned[1], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("batch_size", [None, 1, 2, 7, 8, 9, 16, 19, 20, 64])
@pytest.mark.parametrize("callbacks", [(), (lambda training: None,)])
def test_minibatches_of_any_size_are_those_of_python(agree, batch_size, callbacks):
    agree(network, batch_size=batch_size, callbacks=callbacks, seed=7)


# Models.


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP(3, [1], seed=1),
        lambda: MLP(3, [1], bias=False, init=0.5),
        lambda: MLP(3, [8, 8, 8, 1], seed=1),
        lambda: MLP(3, [17, 9, 1], activation=["relu", "silu"], seed=1),
        lambda: Sequential(Layer(3, 4, activation="relu", seed=1), Layer(4, 1, activation=None, seed=2)),
        lambda: Sequential(
            Layer(3, 4, activation=None, seed=1), "tanh", lambda z: [a * a for a in z], Layer(4, 1, seed=2)
        ),
        lambda: Sequential(lambda x: [*x, x[0] * x[1]], Layer(4, 3, activation="softmax", seed=1), Layer(3, 1, seed=2)),
        lambda: Sequential(
            Layer(3, 2, activation="sigmoid", seed=1), Dropout(0.0), Layer(2, 1, activation=None, seed=2)
        ),
        lambda: Tied(),
        lambda: Odd(),
    ],
)
def test_models_of_all_kinds_learn_the_same(agree, make):
    agree(make, batch_size=8)
    agree(make, optimizer=lambda p: optim.SGD(p, lr=0.01, momentum=0.5), batch_size=None)


class Tied(Module):
    """One layer used twice, and a weight that two of its neurons share."""

    def __init__(self):
        self.layer = Layer(3, 3, activation="tanh", seed=1)
        first, second, _ = self.layer.neurons
        second.weights = (first.weights[0], *second.weights[1:])
        self.out = Layer(3, 1, activation=None, seed=2)

    def __call__(self, x):
        return self.out(self.layer(self.layer(x)))


class Odd(Module):
    """Parameters that nothing uses, that all rows use alike, and a fixed Value that is no parameter."""

    def __init__(self):
        self.unused, self.slope, self.offset = Value(0.7), Value(1.0), Value(-0.2)
        self.fixed = Value(2.0) * 1.5

    def __call__(self, x):
        return self.fixed * self.slope * (x[0] + x[1]) + autograd.exp(self.offset)


def test_a_parameter_that_nothing_uses_stays_but_for_weight_decay(agree):
    model, _ = agree(Odd, optimizer=lambda p: optim.SGD(p, lr=0.05))
    assert model.unused.data == 0.7
    model, _ = agree(Odd, optimizer=lambda p: optim.SGD(p, lr=0.05, weight_decay=0.1))
    assert model.unused.data == pytest.approx(0.7 * (1.0 - 0.05 * 0.1) ** 30)
    agree(Odd, optimizer=lambda p: optim.AdamW(p, lr=0.01))


@pytest.mark.parametrize("make", [lambda: MLP(3, [70, 40, 1], seed=1), lambda: MLP(3, [16] * 5 + [1], seed=1)])
def test_large_models_learn_the_same(agree, make):
    agree(make, batch_size=16, epochs=5)
    agree(make, batch_size=None, epochs=3)


@pytest.mark.parametrize("width", [255, 256, 300])
def test_models_with_many_inputs_learn_the_same(agree, width):
    rows = [[math.sin(3.0 * k + 1.3 * j) for j in range(width)] for k in range(20)]
    for nout, loss, y in ((3, "cross_entropy_with_logits", CLASSES), (1, "mse", Y)):
        make = lambda nout=nout: MLP(width, [9, nout], activation="tanh", seed=1)  # noqa: E731
        for batch_size in (None, 7, 1):
            agree(make, y, plain, 4, rows, loss=loss, batch_size=batch_size)
        agree(lambda nout=nout: MLP(width, [nout], seed=1), y, plain, 4, rows, loss=loss, batch_size=8)
        model = make()
        expected = [[z.data for z in (model(x) if nout > 1 else [model(x)])] for x in rows]
        assert model.predict(rows).reshape(20, nout) == pytest.approx(numpy.array(expected), rel=1e-12, abs=1e-12)


def test_a_fixed_value_in_the_loss_is_read_as_it_is_now(agree):
    scale = Value(2.0)
    agree(network, loss=lambda p, t: scale * (p - t) ** 2)

    def anneal(training):
        scale.data *= 0.9

    def run(compile):
        scale.data = 2.0
        return trained(network, loss=lambda p, t: scale * (p - t) ** 2, callbacks=anneal, compile=compile)[1]["loss"]

    assert run(True) == pytest.approx(run(False), rel=1e-9)


# What is measured.


@pytest.mark.parametrize(
    "penalty",
    [
        lambda p: losses.l2(p, 0.01),
        lambda p: losses.l1(p, 0.01),
        lambda p: losses.l2(p[:3], 0.1) + losses.l1(p[3:], 0.01),
        lambda p: losses.l2([p[0]], 1.0),
        lambda p: Value(3.0),
        lambda p: 0.25,
    ],
)
@pytest.mark.parametrize("batch_size", [None, 6])
def test_penalties_are_added_once_per_step(agree, penalty, batch_size):
    agree(network, penalty=penalty, batch_size=batch_size)


@pytest.mark.parametrize("validation", [0.25, (X[:4], Y[:4])])
@pytest.mark.parametrize("batch_size", [None, 6])
def test_validation_and_metrics_are_those_of_python(agree, validation, batch_size):
    options = {"metrics": ["mse", "r2", lambda t, p: max(p)], "penalty": lambda p: losses.l2(p, 0.1)}
    _, history = agree(network, validation=validation, batch_size=batch_size, **options)
    assert list(history) == ["loss", "mse", "r2", "<lambda>", "val_loss", "val_mse", "val_r2", "val_<lambda>", "lr"]
    agree(network, metrics="mae", batch_size=batch_size)


@pytest.mark.parametrize(
    ("loss", "nout", "y"),
    [
        ("cross_entropy_with_logits", 3, CLASSES),
        ("cross_entropy_with_logits", 3, ONE_HOT),
        ("binary_cross_entropy_with_logits", 2, LABELS),
        ("hinge", 1, [1 if y > 0.5 else -1 for y in Y]),
    ],
)
def test_accuracies_are_those_of_python(agree, loss, nout, y):
    agree(lambda: network(nout), y, loss=loss, validation=0.3, metrics="accuracy", batch_size=4)


def test_arrays_train_like_lists():
    one, _, _ = trained(network)
    two, _, _ = trained(network, numpy.array(Y), rows=numpy.array(X))
    assert numbers(one) == numbers(two)


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch, base_lr: base_lr / (1 + epoch), schedules.exponential(0.9), schedules.cosine(10)],
)
def test_a_schedule_moves_the_rate_of_native_steps(agree, schedule):
    _, history = agree(network, schedule=schedule, batch_size=5)
    assert len(set(history["lr"])) > 2


def test_a_plateau_watches_the_losses_of_native_steps():
    for options in ({}, {"validation": 0.3}):
        runs = [
            trained(
                network, schedule=schedules.reduce_on_plateau(patience=1, threshold=0.5), compile=compile, **options
            )
            for compile in (False, True)
        ]
        assert len(set(runs[0][1]["lr"])) > 2
        assert runs[0][1]["lr"] == runs[1][1]["lr"]
        assert runs[0][1]["loss"] == pytest.approx(runs[1][1]["loss"], rel=1e-9)


def test_looking_at_each_epoch_changes_no_bit():
    seen = []
    for batch_size in (None, 6):
        model, history, _ = trained(network, batch_size=batch_size, epochs=50)
        other, watched, _ = trained(
            network, batch_size=batch_size, epochs=50, callbacks=lambda training: seen.append(numbers(training.model))
        )
        assert numbers(model) == numbers(other) == seen[-1]
        assert history.to_dict() == watched.to_dict()
        assert len({tuple(x) for x in seen[-50:]}) == 50


def test_the_same_seed_gives_the_same_bits_again():
    runs = [trained(network, batch_size=6, seed=5) for _ in range(2)]
    assert numbers(runs[0][0]) == numbers(runs[1][0])
    assert runs[0][1].to_dict() == runs[1][1].to_dict()


# Callbacks, and training that goes on.


def test_a_callback_may_change_the_rate_settings_and_parameters(agree):
    def meddle(training):
        optimizer, first = training.optimizer, training.model.parameters()[0]
        if training.epoch == 5:
            optimizer.lr = 0.004
        if training.epoch == 10:
            optimizer.momentum = 0.3
        if training.epoch == 15:
            first.data = 0.25
        if training.epoch == 20:
            optimizer.state[0] = (0.5,)

    agree(network, optimizer=lambda p: optim.SGD(p, lr=0.02, momentum=0.9), batch_size=5, callbacks=meddle)


def test_a_state_that_becomes_another_for_one_parameter_is_kept_apart(agree):
    def meddle(training):
        if training.epoch == 3:  # Adam counts the steps of each parameter
            state = training.optimizer.state
            state[0] = (50.0, *state[0][1:])

    agree(network, callbacks=meddle)


def test_a_callback_may_stop(agree):
    _, history = agree(network, callbacks=lambda training: training.stop() if training.epoch == 4 else None)
    assert history.epochs == 4
    _, history = agree(
        network, callbacks=EarlyStopping("val_loss", patience=2), validation=0.3, batch_size=3, epochs=60
    )
    assert history.epochs < 60


def test_ctrl_c_keeps_what_was_learned(agree):
    def stop(training):
        if training.epoch == 7:
            raise KeyboardInterrupt

    _, history = agree(network, callbacks=stop, schedule=schedules.exponential(0.9), batch_size=3)
    assert (history.epochs, history.interrupted) == (7, True)


@pytest.mark.parametrize("batch_size", [6, None])
def test_ctrl_c_while_native_code_runs_keeps_the_epochs_it_has_finished(monkeypatch, batch_size):
    from autograd.compiler.run.stepping import Stepper

    run, calls = Stepper.run, []

    def interrupted(self, *args):
        calls.append(run(self, *args))
        if len(calls) == 4:
            raise KeyboardInterrupt  # as Python raises it when the native call returns
        return calls[-1]

    monkeypatch.setattr(Stepper, "run", interrupted)
    model, history, optimizer = trained(network, epochs=10**6, batch_size=batch_size)
    monkeypatch.undo()
    assert history.interrupted
    assert history.epochs > 3
    steps = math.ceil(20 / (batch_size or 20))
    assert optimizer.state[0][0] == steps * history.epochs
    other, expected, _ = trained(network, epochs=history.epochs, batch_size=batch_size)
    assert numbers(model) == numbers(other)
    assert history.to_dict() == expected.to_dict()


def test_trainings_one_after_the_other_are_one_long_training():
    whole, history, last = trained(network, epochs=12, batch_size=6, seed=random.Random(1))
    model, shuffle = network(), random.Random(1)
    optimizer, losses_met = adam(model.parameters()), []
    for epochs in (5, 3, 4):
        part = fit(model, X, Y, loss="mse", optimizer=optimizer, epochs=epochs, batch_size=6, seed=shuffle)
        losses_met += part["loss"]
    assert (numbers(model), optimizer.state, losses_met) == (numbers(whole), last.state, history["loss"])


def test_native_and_python_steps_may_take_turns():
    expected, history, _ = trained(network, epochs=12, batch_size=6, seed=random.Random(1), compile=False)
    model, shuffle = network(), random.Random(1)
    optimizer, met = adam(model.parameters()), []
    for compile in (True, False, True, False):
        options = {"optimizer": optimizer, "epochs": 3, "batch_size": 6, "seed": shuffle, "compile": compile}
        met += fit(model, X, Y, loss="mse", **options)["loss"]
    assert numbers(model) == pytest.approx(numbers(expected), rel=1e-9)
    assert met == pytest.approx(history["loss"], rel=1e-9)
    assert optimizer.state[0][0] == 12 * 4.0
    loss = autograd.mean([losses.mse(model(x), t) for x, t in zip(X, Y, strict=True)])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # by hand
    assert optimizer.state[0][0] == 12 * 4.0 + 1.0


def test_training_resumed_from_a_checkpoint_gives_the_same_bits(tmp_path):
    path = tmp_path / "model.safetensors"
    whole, expected, _ = trained(network, epochs=10, batch_size=6)
    trained(network, epochs=4, batch_size=6, callbacks=Checkpoint(path))
    model = network()
    optimizer = adam(model.parameters())
    extra = load_checkpoint(path, model, optimizer)
    shuffle = random.Random()
    shuffle.setstate(extra["random"])
    history = fit(model, X, Y, loss="mse", optimizer=optimizer, epochs=6, batch_size=6, seed=shuffle)
    assert numbers(model) == numbers(whole)
    assert extra["history"]["loss"] + history["loss"] == expected["loss"]


# Where Python takes the steps.


def test_dropout_and_lbfgs_are_left_to_python(same):
    same(lambda: Sequential(Layer(3, 4, seed=1), Dropout(0.4, seed=2), Layer(4, 1, seed=3)), batch_size=6)


def test_lbfgs_is_left_to_python(monkeypatch):
    pytest.importorskip("scipy")
    steps = python_steps(monkeypatch)
    one, two = (trained(network, optimizer=optim.LBFGS, epochs=2, compile=compile)[0] for compile in (False, True))
    assert numbers(one) == numbers(two)
    assert len(steps) == 4


class Chancy(Module):
    """Doubles its output by chance: of a generator of its own, or of one that is global."""

    def __init__(self, draw, generator=None):
        self.w, self.draw, self.generator = [Value(0.1), Value(-0.2), Value(0.3)], draw, generator

    def __call__(self, x):
        return autograd.dot(self.w, x) * (2.0 if self.training and self.draw(self.generator) < 0.5 else 1.0)


CHANCES = {
    "random": lambda seed: random.seed(seed) or Chancy(lambda _: random.random()),
    "numpy.random": lambda seed: numpy.random.seed(seed) or Chancy(lambda _: numpy.random.rand()),
    "Random": lambda seed: Chancy(random.Random.random, random.Random(seed)),
    "Generator": lambda seed: Chancy(lambda drawn: drawn.random(), numpy.random.default_rng(seed)),
    "RandomState": lambda seed: Chancy(lambda drawn: drawn.rand(), numpy.random.RandomState(seed)),
}


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize("seed", range(4))
def test_a_model_that_draws_by_itself_is_left_to_python_which_draws_the_same(same, chance, seed):
    same(lambda: CHANCES[chance](seed), batch_size=6)


def test_a_model_that_counts_its_calls_is_left_to_python(same):
    class Warming(Module):
        def __init__(self):
            self.w, self.calls = [Value(0.1), Value(-0.2), Value(0.3)], 0

        def __call__(self, x):
            self.calls += 1
            return autograd.dot(self.w, x) * (1.0 - 0.5**self.calls)

    same(Warming, batch_size=6)


def test_an_optimizer_with_a_step_of_its_own_is_left_to_python(same):
    class Slow(optim.SGD):
        def step(self, closure=None):
            loss = super().step(closure)
            self.params[0].data *= 0.5
            return loss

    same(network, optimizer=lambda p: Slow(p, lr=0.1))


def test_an_optimizer_with_a_rule_of_its_own_is_compiled(agree):
    class Signs(optim.SGD):
        @staticmethod
        def rule(parameter, gradient, state, *, lr, **settings):
            return parameter - lr * autograd.clip(gradient, -0.1, 0.1), state

    agree(network, optimizer=lambda p: Signs(p, lr=0.1))


# Groups, parameters that stay, and weights of rows.


def in_groups(**second):
    def optimizer(parameters):
        return optim.Adam([{"params": parameters[:7], "lr": 0.05}, {"params": parameters[7:], **second}], lr=0.01)

    return optimizer


@pytest.mark.parametrize("batch_size", [1, 6, None])
@pytest.mark.parametrize("second", [{}, {"betas": (0.5, 0.75), "weight_decay": 0.01}, {"amsgrad": True, "lr": 0.1}])
def test_groups_learn_the_same(agree, batch_size, second):
    agree(network, optimizer=in_groups(**second), batch_size=batch_size, schedule=schedules.exponential(0.95))


@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_parameters_that_stay_are_read_afresh(agree, batch_size):
    def meddle(training):
        if training.epoch == 5:
            training.model.parameters()[0].data = 0.25  # one that the optimiser does not move

    agree(network, optimizer=lambda p: adam(p[8:]), batch_size=batch_size, callbacks=meddle)
    agree(network, optimizer=lambda p: adam(p[:8]), batch_size=batch_size, penalty=lambda p: losses.l2(p, 0.1))
    agree(network, optimizer=lambda p: adam(p[::3]), batch_size=batch_size)


def test_a_group_may_join_while_the_model_is_trained(agree):
    def thaw(training):
        if training.epoch == 10:
            training.optimizer.add_param_group({"params": training.model.parameters()[:8], "lr": 0.001})

    agree(network, optimizer=lambda p: adam(p[8:]), callbacks=thaw, batch_size=6)


ROW_WEIGHTS = [float(k % 4) for k in range(20)]


@pytest.mark.parametrize("batch_size", [1, 4, None])
@pytest.mark.parametrize("callbacks", [(), (lambda training: None,)])
def test_weighted_rows_learn_the_same(agree, batch_size, callbacks):
    options = {"batch_size": batch_size, "callbacks": callbacks, "penalty": lambda p: losses.l2(p, 0.01)}
    agree(network, sample_weight=ROW_WEIGHTS, **options)
    validation = (X[:5], Y[:5], ROW_WEIGHTS[:5])
    agree(network, sample_weight=ROW_WEIGHTS, validation=validation, metrics="r2", batch_size=batch_size)


WEIGHTS = {y: 1.0 + k % 3 for k, y in enumerate(Y)}


class Branching(Module):
    """A model that looks at a number to decide."""

    def __init__(self):
        self.w, self.v = Value(0.5), Value(0.1)

    def __call__(self, x):
        return self.w * x[0] if x[1] > 0.0 else self.v * x[2]


class Settling(Module):
    """A model that looks at its own parameter to decide."""

    def __init__(self):
        self.w = Value(1.0)

    def __call__(self, x):
        return self.w * x[0] if self.w.data > 0.99 else self.w * x[1]


@pytest.mark.parametrize(
    ("make", "loss"),
    [
        (network, lambda p, t: (p - t) ** 2 if t > 0.5 else abs(p - t)),
        (network, lambda p, t: WEIGHTS[t] * (p - t) ** 2),
        (network, lambda p, t: WEIGHTS.get(t, 100.0) * (p - t) ** 2),
        (network, lambda p, t: (p - t) ** 2 * math.exp(t)),
        (network, lambda p, t: (p - t) ** 2 * [1.0, 2.0][t > 0.5]),
        (network, lambda p, t: (p - t) ** 2 * (2.0 if p.data > 0.0 else 1.0)),
        (Branching, "mse"),
        (Settling, "mse"),
    ],
    ids=["if", "dict", "dict.get", "math", "index", "data", "model", "parameter"],
)
def test_what_looks_at_a_number_trains_in_python_with_a_warning(make, loss):
    expected, by_epoch, _ = trained(make, loss=loss, compile=False, epochs=4, validation=0.2)
    with pytest.warns(UserWarning, match="nn.fit trains without compiling") as caught:
        model, history, _ = trained(make, loss=loss, epochs=4, validation=0.2)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert "fit(" in linecache.getline(__file__, caught[0].lineno)
    assert (numbers(model), history.to_dict()) == (numbers(expected), by_epoch.to_dict())


def test_without_llvmlite_python_takes_the_steps_in_silence(same, monkeypatch):
    monkeypatch.setattr(steps, "available", lambda: False)
    same(network, batch_size=6, validation=0.2)


def test_a_loss_that_is_not_a_value_is_a_type_error_and_changes_nothing():
    model = network()
    before = numbers(model)
    with pytest.raises(TypeError, match="loss must return a Value made from the prediction, got float"):
        trained(lambda: model, loss=lambda p, t: 1.0)
    assert numbers(model) == before
    assert model.training


@pytest.mark.parametrize("compile", [False, True])
def test_an_index_out_of_range_is_an_error_in_a_function_too(compile):
    with pytest.raises(ValueError, match="class index out of range: expected 0 to 2, got 5"):
        trained(
            lambda: network(3),
            [*CLASSES[:-1], 5],
            loss=lambda z, t: losses.cross_entropy_with_logits(z, t),
            compile=compile,
        )


# NaN, infinity, and errors on the way.


def scaled(k):
    """Rows that are fine but for one, whose loss is NaN once the step before it is made."""
    return [[1.0]] * k + [[-1.0]] + [[1.0]] * 5


def root(prediction, target):
    return autograd.sqrt(prediction) * 0.01


@pytest.mark.parametrize("batch_size", [1, 3, None])
@pytest.mark.parametrize("bad", [0, 1, 4])
@pytest.mark.parametrize("callbacks", [(), (lambda training: None,)])
def test_a_nan_loss_is_the_error_of_python(batch_size, bad, callbacks):
    found = []
    for compile in (False, True):
        model = MLP(1, [1], init=1.0, bias=False)
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        with pytest.raises(TrainingError) as caught:
            fit(
                model, scaled(bad), [0.0] * (6 + bad), loss=root, optimizer=optimizer, epochs=3, batch_size=batch_size,
                compile=compile, callbacks=callbacks, seed=3,
            )  # fmt: skip
        found.append((str(caught.value), numbers(model), optimizer.state))
    (message, parameters, state), (same_message, close, other) = found
    assert same_message == message
    assert "the loss is nan in epoch 1, batch" in message
    assert close == pytest.approx(parameters, rel=1e-12)
    assert numpy.array(other) == pytest.approx(numpy.array(state), rel=1e-12)


@pytest.mark.parametrize("callbacks", [(), (lambda training: None,)])
@pytest.mark.parametrize("batch_size", [2, None])
def test_an_error_many_epochs_later_names_epoch_and_batch(callbacks, batch_size):
    messages, left = [], []
    for compile in (False, True):
        model = MLP(1, [1], init=1.0, bias=False)
        with pytest.raises(TrainingError) as caught:
            fit(
                model, [[1.0]] * 5, [0.0] * 5, loss=lambda p, t: autograd.log(p), compile=compile, epochs=1000,
                optimizer=optim.SGD(model.parameters(), lr=0.001), batch_size=batch_size, callbacks=callbacks,
            )  # fmt: skip
        messages.append(str(caught.value))
        left += numbers(model)
    assert messages[0].partition(" made ")[0] == messages[1].partition(" made ")[0]
    assert "the loss is nan in epoch" in messages[0]
    assert left[0] == pytest.approx(left[1], rel=1e-9)


def test_an_infinite_gradient_and_a_step_out_of_range_are_found():
    for loss, lr, message in (
        (lambda p, t: autograd.sqrt(p - t), 0.1, r"gradient of layers.0.neurons.0.weights.0 is .* derivative .* sqrt"),
        ("mse", 1e308, r"after the step is -?inf in epoch 1, batch 1; .* Try a lower learning rate"),
    ):
        model = MLP(1, [1], init=1.0, bias=False)
        optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.5)
        with pytest.raises(TrainingError, match=message):
            fit(model, [[1.0], [100.0]], [1.0, 10.0], loss=loss, optimizer=optimizer, epochs=2, batch_size=1, seed=1)
        assert optimizer.state[0][0] == pytest.approx(0.0, abs=1e3)
        assert math.isfinite(numbers(model)[0])


def test_a_slope_that_python_leaves_out_does_not_stop_the_training():
    def loss(p, t):  # 0 times an infinite slope, were the choice not a guard
        return autograd.where(t > 0.0, p * p, autograd.sqrt(autograd.relu(p - p)))

    rows, targets = [[1.0], [2.0], [3.0]], [1.0, 0.0, 1.0]
    runs = [
        trained(lambda: MLP(1, [1], init=1.0), targets, rows=rows, loss=loss, compile=compile, epochs=5, batch_size=b)
        for b in (None, 1) for compile in (False, True)
    ]  # fmt: skip
    for (one, history, _), (other, found, _) in (runs[:2], runs[2:]):
        assert numbers(one) == pytest.approx(numbers(other), rel=1e-9)
        assert history["loss"] == pytest.approx(found["loss"], rel=1e-9)


HALF = Op("half", lambda x: 0.5 * x, lambda x, z: (0.5,))


def test_an_op_of_your_own_trains(agree):
    agree(network, loss=lambda p, t: apply(HALF, (p - t) ** 2))
    agree(network, loss=lambda p, t: autograd.lgamma((p - t) ** 2 + 2.0), batch_size=3, epochs=5)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_an_op_of_your_own_raises_comes_out_of_fit(compile, error):
    calls = []

    def forward(x):
        calls.append(x)
        if len(calls) == 70:
            raise error("mine")
        return x

    op = Op("moody", forward, lambda x, z: (1.0,))
    model = network()
    before = numbers(model)
    options = {"loss": lambda p, t: apply(op, (p - t) ** 2), "compile": compile, "batch_size": 5}
    if error is KeyboardInterrupt:
        _, history, _ = trained(lambda: model, **options)
        assert history.interrupted
        assert history.epochs <= 3
    else:
        with pytest.raises(error, match="mine"):
            trained(lambda: model, **options)
    assert numbers(model) != before


def test_ctrl_c_while_parameters_are_written_leaves_no_half_of_a_step():
    from nn.training.steps import Steps

    class Interrupted(autograd.Value):
        """A parameter at which a change of its number is interrupted."""

        def __setattr__(self, name, x):
            if name == "data":
                raise KeyboardInterrupt
            super().__setattr__(name, x)

    class Stepper:
        def load(self, *given):
            pass

        def run(self, *given):
            return numpy.zeros(1), 1, None

        def read(self):
            return [1.0, 2.0, 3.0], [(4.0,), (5.0,), (6.0,)]

    class Optimizer:
        params = [autograd.Value(0.0), Interrupted(0.0), autograd.Value(0.0)]  # noqa: RUF012
        state, param_groups = [(0.0,)] * 3, [{"params": params, "lr": 0.1}]

    steps = Steps.__new__(Steps)
    steps.stepper, steps.optimizer, steps.weights = Stepper(), Optimizer(), None
    steps.run([0], [1])  # all numbers are written in one call of C functions, where nothing comes between
    assert [p.data for p in Optimizer.params] == [1.0, 2.0, 3.0]
    assert Optimizer.state == [(4.0,), (5.0,), (6.0,)]


# Predicting and training beside other things: nothing live is seen changed.


class Watching(Module):
    """A model that is looked at, by another thread, whenever it or its copy is called."""

    def __init__(self):
        self.w = Value(2.0)
        LIVE[:], SEEN[:] = [self], []

    def __call__(self, x):
        thread = threading.Thread(target=lambda: SEEN.append(seen_of(LIVE[0])))
        thread.start()
        thread.join()
        return self.w * x[0]


LIVE, SEEN = [], []


def seen_of(model):
    return type(model.w), model.w.data, model.w.grad, model.training, model.state_dict()


def test_predict_records_without_touching_the_model():
    model = Watching()
    model.w.grad = 5.0
    assert model.predict([[1.0], [3.0]]).tolist() == [2.0, 6.0]
    assert SEEN
    assert all(seen == (Value, 2.0, 5.0, True, {"w": 2.0}) for seen in SEEN)


@pytest.mark.parametrize("mode", [True, False])
def test_fit_records_and_judges_without_touching_the_model(mode):
    model = Watching()
    model.train(mode)
    optimizer = optim.SGD(model.parameters(), lr=1e-9)
    model.w.grad = 5.0
    fit(model, [[1.0]], [2.0], loss="mse", optimizer=optimizer, epochs=2, validation=([[1.0]], [2.0]), progress=False)
    assert {(seen[0], *seen[2:4]) for seen in SEEN} == {(Value, 5.0, True)}  # in training, whatever it was before
    assert (model.training, model.w.grad) == (mode, 5.0)


def test_fit_interrupted_anywhere_is_as_after_a_whole_step(interrupt):
    X, y = [[0.1, 0.2], [0.3, 0.4]], [1.0, 0.0]

    def made():
        model = MLP(2, [2, 1], activation="tanh", seed=1)
        return model, optim.SGD(model.parameters(), lr=0.1, momentum=0.5)

    def train(model, optimizer, epochs, compiles):
        fit(model, X, y, loss="mse", optimizer=optimizer, epochs=epochs, compile=compiles, progress=False)

    for compiles in (True, False):
        whole = []
        for epochs in range(4):
            model, optimizer = made()
            if epochs:
                train(model, optimizer, epochs, compiles)
            whole.append(([p.data for p in model.parameters()], list(optimizer.state)))
        for bytecodes in [*range(1, 4_000, 97), *range(4_000, 60_000, 1_499)]:
            model, optimizer = made()
            interrupt(lambda: train(model, optimizer, 3, compiles), bytecodes)  # noqa: B023
            found = [p.data for p in model.parameters()], list(optimizer.state)
            assert any(found[0] == pytest.approx(w[0], rel=1e-12) for w in whole), bytecodes
            k = next(k for k, w in enumerate(whole) if found[0] == pytest.approx(w[0], rel=1e-12))
            assert [x for s in found[1] for x in s] == pytest.approx([x for s in whole[k][1] for x in s], rel=1e-12)
            assert model.training


def test_threads_predict_save_and_call_while_another_trains(hasty):
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    X, y = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.1]], [1.0, 0.0, 1.0]
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    stop, wrong = threading.Event(), []

    def each(look):
        try:
            while not stop.is_set():
                if not all(map(math.isfinite, look())):
                    wrong.append(look)
        except BaseException as error:
            wrong.append(error)

    looks = [
        lambda: model.predict(X).tolist(),
        lambda: [model(X[0]).data],
        lambda: model.state_dict().values(),
        lambda: [len(autograd.draw(model(X[0])).source)],
    ]
    threads = [threading.Thread(target=each, args=(look,)) for look in looks]
    try:
        for thread in threads:
            thread.start()
        for compiles in (True, False, True):
            fit(model, X, y, loss="mse", optimizer=optimizer, epochs=20, compile=compiles, progress=False)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
