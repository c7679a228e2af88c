"""Plateaus: PyTorch's reductions, and what is remembered between epochs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.optim import SGD
from nn.schedules import Scheduler, reduce_on_plateau, step

BASE = 0.3


PLATEAUS = [
    {"patience": 2},
    {"patience": 0, "factor": 0.5, "cooldown": 3},
    {"mode": "max", "patience": 1, "threshold": 0.05},
    {"mode": "max", "patience": 1, "threshold": 0.3, "threshold_mode": "abs"},
    {"threshold": 0.2, "threshold_mode": "abs", "patience": 1, "factor": 0.3},
    {"patience": 0, "min_lr": 0.01},
    {"patience": 0, "eps": 0.02},
]


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def torch_optimizer(torch):
    return torch.optim.SGD([torch.tensor(1.0, requires_grad=True)], lr=BASE)


@pytest.mark.parametrize("settings", PLATEAUS)
@given(metrics=st.lists(st.floats(-2.0, 2.0) | st.sampled_from([1.0, math.nan, math.inf]), max_size=30))
def test_reductions_on_a_plateau_are_pytorchs(torch, settings, metrics):
    reference = torch_optimizer(torch)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(reference, **settings)
    optimizer = SGD([Value(1.0)], lr=BASE)
    ours = Scheduler(optimizer, reduce_on_plateau(**settings))
    for metric in metrics:
        ours.step(metric)
        scheduler.step(metric)
        assert optimizer.lr == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)


def test_a_plateau_is_an_epoch_without_a_better_metric():
    optimizer = SGD([Value(1.0)], lr=1.0)
    scheduler = Scheduler(optimizer, reduce_on_plateau(patience=1, factor=0.5))
    rates = []
    for metric in [3.0, 2.0, 2.0, 1.9999, 1.0, 1.0, 1.0]:
        scheduler.step(metric)
        rates.append(optimizer.lr)
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_a_scheduler_goes_on_with_what_a_plateau_has_seen():
    schedule = reduce_on_plateau(factor=0.5, patience=0)
    schedule.observe(1.0)
    optimizer = SGD([Value(1.0)], lr=1.0)
    Scheduler(optimizer, schedule).step(2.0)
    assert optimizer.lr == 0.5


def test_the_state_of_a_plateau_does_not_fit_another_schedule():
    plateau = Scheduler(SGD([Value(1.0)], lr=BASE), reduce_on_plateau())
    with pytest.raises(ValueError, match="expected a state with nothing; got best"):
        Scheduler(SGD([Value(1.0)], lr=BASE), step(1)).load_state_dict(plateau.state_dict())
