"""Schedules: the rates of PyTorch's, epoch by epoch, what is saved, and what is refused."""

import json
import math

import pytest

from autograd.value import Value
from nn import schedules
from nn.optim import LBFGS, SGD, Adam
from nn.schedules import Scheduler, cosine, exponential, linear, multi_step, reduce_on_plateau, step, warmup

BASE = 0.3
PURE = [
    (step(7), "StepLR", {"step_size": 7}),
    (step(3, gamma=0.5), "StepLR", {"step_size": 3, "gamma": 0.5}),
    (multi_step([4, 20, 9]), "MultiStepLR", {"milestones": [4, 20, 9]}),
    (multi_step([4, 4, 30], gamma=0.5), "MultiStepLR", {"milestones": [4, 4, 30], "gamma": 0.5}),
    (exponential(0.9), "ExponentialLR", {"gamma": 0.9}),
    (cosine(10), "CosineAnnealingLR", {"T_max": 10}),
    (cosine(37, eta_min=0.01), "CosineAnnealingLR", {"T_max": 37, "eta_min": 0.01}),
    (linear(0.1, 20), "LinearLR", {"end_factor": 0.1, "total_iters": 20, "start_factor": 1.0}),
    (linear(1.0, 5, start_factor=0.25), "LinearLR", {"end_factor": 1.0, "total_iters": 5, "start_factor": 0.25}),
    (warmup(5), "LinearLR", {}),
    (warmup(8, 0.1), "LinearLR", {"total_iters": 8, "start_factor": 0.1}),
]


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def torch_optimizer(torch):
    return torch.optim.SGD([torch.tensor(1.0, requires_grad=True)], lr=BASE)


@pytest.mark.parametrize(("schedule", "name", "settings"), PURE)
def test_rates_are_pytorchs(torch, schedule, name, settings):
    optimizer = torch_optimizer(torch)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    for epoch in range(60):
        expected = optimizer.param_groups[0]["lr"]
        assert schedule(epoch, BASE) == pytest.approx(expected, rel=1e-12, abs=1e-15)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(
    ("then", "name", "settings"),
    [(cosine(20), "CosineAnnealingLR", {"T_max": 20}), (step(4), "StepLR", {"step_size": 4})],
)
def test_warm_up_goes_on_with_another_schedule(torch, then, name, settings):
    lr_scheduler, optimizer = torch.optim.lr_scheduler, torch_optimizer(torch)
    parts = [lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5), getattr(lr_scheduler, name)(optimizer, **settings)]
    scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones=[5])
    schedule = warmup(5, 0.1, then=then)
    for epoch in range(25):
        assert schedule(epoch, BASE) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=1e-15)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (step(2), [1.0, 1.0, 0.1, 0.1, 0.01]),
        (multi_step([3, 1], gamma=0.5), [1.0, 0.5, 0.5, 0.25, 0.25]),
        (exponential(0.5), [1.0, 0.5, 0.25, 0.125, 0.0625]),
        (cosine(2, eta_min=0.5), [1.0, 0.75, 0.5, 0.75, 1.0]),
        (linear(0.0, 4), [1.0, 0.75, 0.5, 0.25, 0.0]),
        (warmup(2, 0.5), [0.5, 0.75, 1.0, 1.0, 1.0]),
        (warmup(2, 0.5, then=exponential(0.5)), [0.5, 0.75, 1.0, 0.5, 0.25]),
        (lambda epoch, base_lr: base_lr / (1 + epoch), [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5]),
    ],
)
def test_a_loop_steps_through_the_rates(schedule, expected):
    optimizer = Adam([Value(1.0)], lr=1.0)
    scheduler = Scheduler(optimizer, schedule)
    rates = []
    for _ in expected:
        rates.append(optimizer.lr)
        scheduler.step()
    assert rates == pytest.approx(expected, rel=1e-15, abs=1e-16)
    assert [schedule(epoch, 1.0) for epoch in range(5)] == rates


@pytest.mark.parametrize("schedule", [exponential(0.5), reduce_on_plateau(factor=0.5, patience=0)])
def test_the_schedule_of_one_optimiser_does_not_touch_another(schedule):
    first, second = SGD([Value(1.0)], lr=1.0), SGD([Value(1.0)], lr=0.1)
    schedulers = [Scheduler(first, schedule), Scheduler(second, schedule)]
    schedulers[0].step(math.nan)
    assert (first.lr, second.lr) == (0.5, 0.1)
    assert Scheduler(SGD([Value(1.0)], lr=1.0), schedule).optimizer.lr == 1.0
    schedulers[1].step(math.nan)
    assert (first.lr, second.lr) == (0.5, 0.05)


@pytest.mark.parametrize(
    "make", [lambda: cosine(20), lambda: warmup(4), lambda: reduce_on_plateau(patience=1, factor=0.5, cooldown=1)]
)
def test_a_saved_scheduler_goes_on_where_it_was(make):
    metrics = [3.0, 2.0, 2.5, 2.5, 2.5, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5]
    whole = Scheduler(SGD([Value(1.0)], lr=BASE), make())
    first = Scheduler(SGD([Value(1.0)], lr=BASE), make())
    second = Scheduler(SGD([Value(1.0)], lr=9.0), make())
    for metric in metrics[:5]:
        whole.step(metric)
        first.step(metric)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.state_dict() == first.state_dict()
    for metric in metrics[5:]:
        whole.step(metric)
        second.step(metric)
        assert second.optimizer.lr == whole.optimizer.lr


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (None, TypeError, "expected what state_dict"),
        ({"epoch": 1}, ValueError, "expected a state with epoch, base_lr, schedule; got epoch"),
        ({"epoch": -1, "base_lr": 0.1, "schedule": {}}, ValueError, "epoch must be at least 0, got -1"),
        ({"epoch": 1, "base_lr": 0.0, "schedule": {}}, ValueError, "base_lr must be above 0, got"),
        ({"epoch": 1, "base_lr": "1", "schedule": {}}, TypeError, "base_lr: expected a real number"),
        ({"epoch": 1, "base_lr": 0.1, "schedule": {}}, ValueError, "expected a state with best, bad_epochs"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, error, message):
    scheduler = Scheduler(SGD([Value(1.0)], lr=BASE), reduce_on_plateau())
    scheduler.step(1.0)
    before = scheduler.state_dict()
    with pytest.raises(error, match=message):
        scheduler.load_state_dict(state)
    assert scheduler.state_dict() == before
    assert scheduler.optimizer.lr == BASE


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: step(0), "step_size must be a whole number above 0, got 0"),
        (lambda: step(1.5), r"step_size must be a whole number above 0, got 1\.5"),
        (lambda: step(2, gamma=0.0), r"gamma must be above 0, got 0\.0"),
        (lambda: multi_step([3, -1]), "a milestone must be a whole number above 0, got -1"),
        (lambda: exponential(-0.5), r"gamma must be above 0, got -0\.5"),
        (lambda: cosine(0), "T_max must be a whole number above 0, got 0"),
        (lambda: cosine(5, eta_min=-1.0), r"eta_min must be at least 0, got -1\.0"),
        (lambda: linear(-0.1, 5), r"end_factor must be at least 0, got -0\.1"),
        (lambda: linear(0.1, 0), "total_iters must be a whole number above 0, got 0"),
        (lambda: warmup(5, 0.0), r"start_factor must be above 0, got 0\.0"),
        (lambda: reduce_on_plateau("least"), "mode must be 'min' or 'max', got 'least'"),
        (lambda: reduce_on_plateau(factor=1.0), r"factor must be at least 0 and below 1, got 1\.0"),
        (lambda: reduce_on_plateau(patience=-1), "patience must be at least 0, got -1"),
        (lambda: reduce_on_plateau(threshold_mode="x"), "threshold_mode must be 'rel' or 'abs', got 'x'"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_warm_up_does_not_go_on_with_a_plateau_that_would_hear_no_metric():
    with pytest.raises(TypeError, match="warmup cannot be followed by reduce_on_plateau"):
        warmup(5, then=reduce_on_plateau())


def test_what_cannot_be_scheduled_is_refused():
    optimizer = SGD([Value(1.0)], lr=BASE)
    with pytest.raises(TypeError, match=r"schedule must be a function of \(epoch, base_lr\), got 0\.1"):
        Scheduler(optimizer, 0.1)
    with pytest.raises(TypeError, match=r"reduce_on_plateau needs the metric of the epoch: scheduler\.step\(metric\)"):
        Scheduler(optimizer, reduce_on_plateau()).step()
    with pytest.raises(ValueError, match=r"the rate of a schedule must be at least 0, got -0\.3"):
        Scheduler(optimizer, lambda epoch, base_lr: -base_lr)
    assert optimizer.lr == BASE


def of_groups(*rates):
    return SGD([{"params": [Value(1.0)], "lr": lr} for lr in rates], lr=9.0)


def rates_of(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (exponential(0.5), lambda torch, o: torch.ExponentialLR(o, 0.5)),
        (cosine(6, eta_min=0.01), lambda torch, o: torch.CosineAnnealingLR(o, 6, eta_min=0.01)),
        (
            reduce_on_plateau(factor=0.5, patience=0, min_lr=0.2),
            lambda torch, o: torch.ReduceLROnPlateau(o, factor=0.5, patience=0, min_lr=0.2),
        ),
    ],
)
def test_each_group_has_pytorchs_rates(ours, theirs):
    torch = pytest.importorskip("torch")
    optimizer = of_groups(1.0, 0.5)
    other = torch.optim.SGD([{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in (1.0, 0.5)])
    scheduler, reference = Scheduler(optimizer, ours), theirs(torch.optim.lr_scheduler, other)
    plateau = isinstance(reference, torch.optim.lr_scheduler.ReduceLROnPlateau)
    for metric in [3.0, 2.0, 2.5, 2.5, 1.0]:
        other.step()
        scheduler.step(metric)
        reference.step(metric) if plateau else reference.step()
        assert rates_of(optimizer) == pytest.approx(rates_of(other), rel=1e-12)


def test_the_rates_of_groups_are_saved_and_given_back():
    first, second = [Scheduler(of_groups(1.0, 0.5), exponential(0.5)) for _ in range(2)]
    first.step()
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert rates_of(second.optimizer) == rates_of(first.optimizer) == [0.5, 0.25]
    second.reset_rates()
    assert rates_of(second.optimizer) == [1.0, 0.5]
    with pytest.raises(ValueError, match=r"a base_lr for each of 1 group\(s\), got 2"):
        Scheduler(of_groups(1.0), exponential(0.5)).load_state_dict(first.state_dict())


def test_a_group_that_joins_later_is_scheduled_too():
    scheduler = Scheduler(of_groups(1.0), exponential(0.5))
    scheduler.optimizer.add_param_group({"params": [Value(2.0)], "lr": 0.8})
    scheduler.step()
    assert rates_of(scheduler.optimizer) == [0.5, 0.4]


def test_a_scheduler_goes_on_behind_epochs_that_are_over():
    for schedule in (cosine(9), reduce_on_plateau(factor=0.5, patience=0)):
        whole, later = [Scheduler(of_groups(1.0, 0.5), schedule) for _ in range(2)]
        for metric in [3.0, 2.0, 2.5]:
            whole.step(metric)
        later.go_on([3.0, 2.0, 2.5])
        assert later.state_dict() == whole.state_dict()
        assert rates_of(later.optimizer) == rates_of(whole.optimizer)


def test_lbfgs_has_no_rate_to_schedule():
    pytest.importorskip("scipy")
    with pytest.raises(TypeError, match="LBFGS has no learning rate to schedule"):
        Scheduler(LBFGS([Value(1.0)]), schedules.step(1))
