"""A training recorded: programs that compute what Python does, and models of which no program is made."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numpy")

from autograd import Value, dot
from autograd.compiler.run.replay import Replay
from nn import MLP, Module, losses, optim
from nn.layers import Dropout, Layer, Sequential
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.testing import mlps_with_rows
from nn.training.minibatch import Trainer
from nn.training.recording import recorded_row, recorded_rule


def run(program, *numbers):
    """Run a program on numbers, and return its outputs as floats."""
    given_numbers = [*numbers, *[x.data for x in program.captured]]
    return [float(x) for x in Replay(program, [False] * len(numbers), [])(given_numbers, [])]


def trainer_of(model, loss=losses.mse, penalty=None, moved=None):
    return Trainer(model, loss, penalty, SGD(moved or model.parameters(), lr=0.1))


def ridge(parameters):
    return losses.l2(parameters, 0.1)


@settings(max_examples=25)
@given(case=mlps_with_rows(), data=st.data())
def test_the_program_of_a_row_gives_its_loss_gradient_penalty_and_outputs(case, data):
    model, row = case
    parameters, outputs = model.parameters(), len(model.layers[-1].neurons)
    target = data.draw(st.lists(st.floats(-2.0, 2.0), min_size=outputs, max_size=outputs))
    weight = data.draw(st.floats(0.1, 3.0))
    recorded = recorded_row(trainer_of(model, penalty=ridge), len(row), target, keep_outputs=True, weighted=True)
    found = run(recorded.program, *[p.data for p in parameters], *row, *target, weight)

    expected = []
    prediction = model(row)
    for loss in (losses.mse(prediction, target) * weight, ridge(parameters)):
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        expected += [loss.data, *[p.grad for p in parameters]]
    expected += [y.data for y in (prediction if outputs > 1 else [prediction])]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert (recorded.penalised, recorded.kept, recorded.parameters) == (True, outputs, len(parameters))


def test_columns_say_where_the_numbers_of_a_row_come_from():
    trainer = trainer_of(MLP(2, [3], seed=1))
    assert recorded_row(trainer, 2, [0.0] * 3, False, True).columns == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0)]
    trainer = trainer_of(MLP(2, [1], seed=1))
    recorded = recorded_row(trainer, 2, 0.0, False, False)
    assert (recorded.columns, recorded.kept, recorded.penalised) == ([(0, 0), (0, 1), (1, 0)], 0, False)


def test_only_parameters_of_the_optimizer_have_a_gradient_and_the_others_are_read_afresh():
    model = MLP(1, [1], init=2.0, bias=0.5)
    weight, bias = model.parameters()
    recorded = recorded_row(trainer_of(model, moved=[weight]), 1, 0.0, False, False)
    assert recorded.parameters == 1
    assert run(recorded.program, 2.0, 3.0, 1.0) == [(6.5 - 1.0) ** 2, 2.0 * 5.5 * 3.0]
    bias.data = 0.0
    assert run(recorded.program, 2.0, 3.0, 1.0) == [(6.0 - 1.0) ** 2, 2.0 * 5.0 * 3.0]


def test_recording_leaves_numbers_gradients_and_mode_of_the_model():
    model = Sequential(Layer(2, 2, activation="tanh", seed=1), Layer(2, 1, seed=2)).eval()
    for k, p in enumerate(model.parameters()):
        p.grad = float(k)
    before = model.state_dict()
    assert recorded_row(trainer_of(model, penalty=ridge), 2, 0.0, True, False)
    assert (model.state_dict(), [p.grad for p in model.parameters()]) == (before, [float(k) for k in range(9)])
    assert not model.training


class Counting(Module):
    """Computes something else at each call."""

    def __init__(self):
        self.w, self.calls = [Value(0.5), Value(1.5)], 0

    def __call__(self, x):
        self.calls += 1
        return dot(self.w, x) * float(self.calls)


class Wasteful(Module):
    """Draws a number and does nothing with it, but somebody else may go on with the generator."""

    def __init__(self):
        self.w, self.random = [Value(0.5), Value(1.5)], Random(1)

    def __call__(self, x):
        self.random.random()
        return dot(self.w, x)


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        (Counting(), losses.mse),
        (Wasteful(), losses.mse),
        (Sequential(Layer(2, 1, seed=1), Dropout(0.5, seed=1)), losses.mse),
        (MLP(2, [1], seed=1), lambda prediction, target: 1.0),
    ],
    ids=["counts", "draws in vain", "draws", "no Value"],
)
def test_no_program_is_made_of_what_only_python_can_do(model, loss):
    assert recorded_row(trainer_of(model, loss), 2, 0.0, False, False) is None
    assert getattr(model, "calls", 0) == 0  # a stand-in was called


RULES = [
    (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, {"lr_decay": 0.1, "weight_decay": 0.1}),
    (RMSprop, {"momentum": 0.5, "centered": True}),
    (Adam, {"amsgrad": True, "weight_decay": 0.1}),
    (AdamW, {"betas": (0.5, 0.75)}),
]


@pytest.mark.parametrize(("kind", "options"), RULES)
@given(parameter=st.floats(-5.0, 5.0), gradients=st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=4))
def test_the_program_of_a_rule_moves_a_parameter_as_the_optimizer_does(kind, options, parameter, gradients):
    p = Value(parameter)
    optimizer = kind([p], lr=0.1, **options)
    program = recorded_rule(optimizer, optimizer.param_groups[0])
    numbers = [p.data, *optimizer.state[0]]
    for k, gradient in enumerate(gradients):
        optimizer.lr = rate = 0.1 / (k + 1)  # is an argument
        p.grad = gradient
        optimizer.step()
        numbers = run(program, numbers[0], gradient, *numbers[1:], rate)
        assert numbers == pytest.approx([p.data, *optimizer.state[0]], rel=1e-12, abs=1e-12)


def test_the_program_of_a_rule_is_that_of_its_group():
    v, w = Value(1.0), Value(1.0)
    optimizer = optim.SGD([{"params": [v]}, {"params": [w], "weight_decay": 0.5}], lr=0.1)
    moved = [run(recorded_rule(optimizer, group), 1.0, 0.0, 0.0, 0.1)[0] for group in optimizer.param_groups]
    assert moved == [1.0, pytest.approx(0.95)]
