"""A step on one row as one function: when it is one, and that it does what a step in Python does."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import nn  # noqa: E402
from nn.training.steps import Steps  # noqa: E402

ROWS = [[0.5, -0.3], [0.1, 0.9], [-0.7, 0.2], [1.5, -1.0], [0.0, 0.0]]
TARGETS = [0.3, -0.2, 0.8, 0.1, 0.5]


@pytest.fixture
def made(monkeypatch):
    """A list of the steps that are made."""
    found = []
    begin = Steps.__init__

    def watched(self, *args):
        begin(self, *args)
        found.append(self.stepper)

    monkeypatch.setattr(Steps, "__init__", watched)
    return found


def trained(optimizer, hidden=(3, 2), compile=True, batch_size=1, **options):
    model = nn.MLP(2, [*hidden, 1], activation="tanh", seed=1)
    history = nn.fit(
        model, ROWS, TARGETS, loss="mse", optimizer=optimizer(model.parameters()), epochs=20, batch_size=batch_size,
        progress=False, compile=compile, **options,
    )  # fmt: skip
    return history["loss"], [p.data for p in model.parameters()]


RULES = {
    "SGD": lambda p: nn.optim.SGD(p, lr=0.1),
    "momentum": lambda p: nn.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adagrad": lambda p: nn.optim.Adagrad(p, lr=0.05),
    "RMSProp": lambda p: nn.optim.RMSProp(p, lr=0.01),
    "Adam": lambda p: nn.optim.Adam(p, lr=0.02),
    "AdamW": lambda p: nn.optim.AdamW(p, lr=0.02),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("options", [{}, {"penalty": lambda p: nn.losses.l2(p, 0.01)}, {"metrics": lambda y, z: z[0]}])
def test_it_agrees_with_python(made, rule, options):
    losses, parameters = trained(RULES[rule], **options)
    expected, moved = trained(RULES[rule], compile=False, **options)
    assert [stepper.machine.groups for stepper in made] == [1]
    assert losses == pytest.approx(expected, rel=1e-9)
    assert parameters == pytest.approx(moved, rel=1e-9)


def test_longer_programs_and_larger_minibatches_do_not_become_a_single_function(made):
    trained(RULES["SGD"], hidden=(16, 16))
    trained(RULES["SGD"], batch_size=2)
    assert [stepper.machine.groups > 1 for stepper in made] == [True, True]


def test_a_minibatch_of_several_rows_is_refused(made):
    trained(RULES["SGD"])
    with pytest.raises(ValueError, match="one row"):
        made[0].run([0, 1], [2])
