"""Gradient clipping: PyTorch's numbers, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.optim import clip_grad_norm_, clip_grad_value_

gradients = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def parameters_with(gradients):
    parameters = [Value(1.0) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


def torch_parameters_with(torch, gradients):
    parameters = [torch.tensor(1.0, dtype=torch.float64, requires_grad=True) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
    return parameters


def clipped(function, gradients, *rest, **options):
    """Return what a function returns, and the gradients that it leaves."""
    parameters = parameters_with(gradients)
    result = function(parameters, *rest, **options)
    return result, [p.grad for p in parameters]


def test_gradients_are_limited_one_by_one():
    assert clipped(clip_grad_value_, [-5.0, 0.5, 3.0], 2.0) == (None, [-2.0, 0.5, 2.0])


def test_gradients_are_scaled_together():
    norm, after = clipped(clip_grad_norm_, [3.0, -4.0], 1.0)
    assert norm == 5.0
    assert after == pytest.approx([0.6, -0.8], rel=1e-6)
    assert math.hypot(*after) < 1.0


def test_short_gradients_are_left_alone():
    assert clipped(clip_grad_norm_, [0.3, -0.4], 1.0) == (0.5, [0.3, -0.4])
    assert clipped(clip_grad_norm_, [0.0, 0.0], 1.0) == (0.0, [0.0, 0.0])
    assert clipped(clip_grad_norm_, [3.0, -4.0], math.inf) == (5.0, [3.0, -4.0])


def test_huge_gradients_do_not_overflow():
    norm, after = clipped(clip_grad_norm_, [3e200, -4e200], 1.0)
    assert norm == pytest.approx(5e200)
    assert after == pytest.approx([0.6, -0.8])
    assert clipped(clip_grad_norm_, [3e200, 4e200], 1.0, norm_type=3)[0] == pytest.approx(4.497941445275415e200)


@given(before=gradients, limit=st.floats(1e-3, 1e3))
def test_clipping_by_value_agrees_with_pytorch(torch, before, limit):
    tensors = torch_parameters_with(torch, before)
    torch.nn.utils.clip_grad_value_(tensors, limit)
    assert clipped(clip_grad_value_, before, limit)[1] == [t.grad.item() for t in tensors]


@given(before=gradients, most=st.floats(1e-3, 1e3), norm_type=st.sampled_from([1.0, 2.0, 3.5, math.inf]))
def test_clipping_by_norm_agrees_with_pytorch(torch, before, most, norm_type):
    tensors = torch_parameters_with(torch, before)
    expected = torch.nn.utils.clip_grad_norm_(tensors, most, norm_type=norm_type).item()
    norm, after = clipped(clip_grad_norm_, before, most, norm_type=norm_type)
    assert norm == pytest.approx(expected, rel=1e-12, abs=1e-80)
    assert after == pytest.approx([t.grad.item() for t in tensors], rel=1e-12, abs=1e-80)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, math.inf])
def test_a_norm_that_is_not_finite_spoils_the_gradients_as_in_pytorch_or_is_an_error(norm_type):
    norm, after = clipped(clip_grad_norm_, [1.0, math.nan], 1.0, norm_type)
    assert math.isnan(norm)
    assert all(map(math.isnan, after))
    norm, after = clipped(clip_grad_norm_, [1.0, -math.inf], 1.0, norm_type)
    assert norm == math.inf
    assert after[0] == 0.0
    assert math.isnan(after[1])
    parameters = parameters_with([1.0, math.inf])
    with pytest.raises(ValueError, match="the norm of the gradients is inf"):
        clip_grad_norm_(parameters, 1.0, norm_type, error_if_nonfinite=True)
    assert [p.grad for p in parameters] == [1.0, math.inf]


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan])
def test_limits_that_are_not_positive_are_refused(wrong):
    parameters = parameters_with([1.0])
    with pytest.raises(ValueError, match="limit must be above 0, got"):
        clip_grad_value_(parameters, wrong)
    with pytest.raises(ValueError, match="max_norm must be above 0, got"):
        clip_grad_norm_(parameters, wrong)
    with pytest.raises(ValueError, match="norm_type must be above 0, got"):
        clip_grad_norm_(parameters, 1.0, norm_type=wrong)


@pytest.mark.parametrize("function", [clip_grad_value_, clip_grad_norm_])
def test_parameters_are_checked_as_by_an_optimiser(function):
    w = Value(1.0)
    with pytest.raises(ValueError, match="expected at least one parameter"):
        function([], 1.0)
    with pytest.raises(ValueError, match="the same parameter twice"):
        function([w, w], 1.0)
    with pytest.raises(TypeError, match="expected a list of Values"):
        function(w, 1.0)
