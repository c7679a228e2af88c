"""Losses: their values and gradients, by hand, against PyTorch and mpmath, and what they refuse."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import detect_anomaly, grad
from autograd.functions import log_softmax, sigmoid
from autograd.graph import topological
from autograd.value import Value
from nn import MLP
from nn.losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_with_logits,
    half_squared_error,
    hinge,
    huber,
    known_loss,
    l1,
    l2,
    mae,
    mse,
)

BINARY = [binary_cross_entropy, binary_cross_entropy_with_logits]
PAIRWISE = [mse, half_squared_error, mae, huber, hinge, *BINARY]

numbers = st.floats(-100.0, 100.0)
signs = st.sampled_from([-1.0, 1.0])
probabilities = st.floats(0.0, 1.0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def pairs(targets=numbers, predictions=numbers):
    return st.lists(st.tuples(predictions, targets), min_size=1, max_size=6)


def pairs_for(loss):
    """Return a strategy of predictions and targets that a loss takes."""
    if loss is binary_cross_entropy:
        return pairs(probabilities, probabilities)
    return pairs(probabilities if loss in BINARY else signs)


def value_and_gradient(loss, prediction, *rest, **options):
    """Return a loss as a float, and its gradient with respect to the prediction."""
    prediction = [Value(p) for p in prediction]
    result = loss(prediction, *rest, **options)
    result.backward()
    return result.data, [p.grad for p in prediction]


# Values by hand.


@pytest.mark.parametrize(
    ("loss", "mean", "total"),
    [(mse, 2.5, 5.0), (half_squared_error, 1.25, 2.5), (mae, 1.5, 3.0), (hinge, 1.0, 2.0)],
)
def test_losses_are_means_or_sums_over_outputs(loss, mean, total):
    prediction, target = [0.0, 3.0], [-1.0, 1.0]
    if loss is hinge:
        prediction = [0.0, 0.0]
    assert loss(prediction, target, reduction="mean").data == mean
    assert loss(prediction, target, reduction="sum").data == total
    assert loss(prediction, target).data == (total if loss is half_squared_error else mean)


@pytest.mark.parametrize(("loss", "expected"), [(mse, 4.0), (half_squared_error, 2.0), (mae, 2.0), (hinge, 4.0)])
def test_single_numbers_need_no_list(loss, expected):
    assert loss(Value(-3.0), -1.0 if loss is not hinge else 1).data == expected
    assert loss(-3.0, [-1.0 if loss is not hinge else 1]).data == expected


@pytest.mark.parametrize("loss", PAIRWISE)
def test_a_loss_of_plain_numbers_is_a_value_too(loss):
    assert isinstance(loss(0.5, 1.0), Value)
    assert isinstance(loss([0.5, 0.5], [1.0, 1.0]), Value)


def test_a_dog_taken_for_a_cat():
    value, gradient = value_and_gradient(half_squared_error, [0.4, -0.7], [1.0, 0.0])
    assert value == pytest.approx(0.5 * (0.36 + 0.49))
    assert gradient == pytest.approx([-0.6, -0.7])


def test_sums_of_textbooks_go_by_option():
    y, d = [0.5, 2.0, -1.0], [1.0, 0.0, 0.0]
    assert mae(y, d, reduction="sum").data == 3.5
    assert half_squared_error(y, d).data == 0.5 * (0.25 + 4.0 + 1.0)


def test_losses_take_arrays_and_targets_that_are_values():
    numpy = pytest.importorskip("numpy")
    assert mse(numpy.array([1.0, 2.0]), numpy.array([1, 4])).data == 2.0
    target = Value(1.0)
    mse(3.0, target).backward()
    assert target.grad == -4.0
    assert hinge(0.0, Value(0.5)).data == 1.0


def test_kinks_have_pytorchs_slope():
    assert value_and_gradient(mae, [1.0], [1.0]) == (0.0, [0.0])
    assert value_and_gradient(hinge, [1.0], [1.0]) == (0.0, [0.0])


def test_a_loss_takes_few_nodes():
    prediction, target = [Value(k) for k in range(10)], [1.0] * 10
    operations = {
        loss: len(topological(loss(prediction, target))) - 10 for loss in (mse, half_squared_error, mae, hinge)
    }
    assert operations == {mse: 12, half_squared_error: 12, mae: 22, hinge: 32}
    assert len(topological(cross_entropy_with_logits(prediction, 3))) - 10 <= 12
    assert len(topological(l2(prediction, 0.1))) - 10 == 2


# Against PyTorch.


@given(rows=pairs())
def test_differences_agree_with_pytorch(torch, rows):
    functional = torch.nn.functional
    p, t = map(list, zip(*rows, strict=True))
    for loss, reference in [(mse, functional.mse_loss), (mae, functional.l1_loss)]:
        for reduction in ("mean", "sum"):
            tensor = torch.tensor(p, dtype=torch.float64, requires_grad=True)
            expected = reference(tensor, torch.tensor(t, dtype=torch.float64), reduction=reduction)
            expected.backward()
            value, gradient = value_and_gradient(loss, p, t, reduction=reduction)
            assert value == pytest.approx(expected.item(), rel=1e-13, abs=1e-300)
            assert gradient == pytest.approx(tensor.grad.tolist(), rel=1e-13, abs=1e-300)


@given(logits=st.lists(st.floats(-1000.0, 1000.0), min_size=1, max_size=6), data=st.data())
def test_cross_entropy_agrees_with_pytorch(torch, logits, data):
    k = data.draw(st.integers(0, len(logits) - 1))
    shares = data.draw(st.lists(st.floats(0.01, 1.0), min_size=len(logits), max_size=len(logits)))
    probabilities = [share / sum(shares) for share in shares]
    for ours, theirs in [(k, torch.tensor(k)), (probabilities, torch.tensor(probabilities, dtype=torch.float64))]:
        tensor = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        expected = torch.nn.functional.cross_entropy(tensor, theirs)
        expected.backward()
        value, gradient = value_and_gradient(cross_entropy_with_logits, logits, ours)
        assert value == pytest.approx(expected.item(), rel=1e-12, abs=1e-15)
        assert gradient == pytest.approx(tensor.grad.tolist(), rel=1e-12, abs=1e-15)


# Cross-entropy.


def test_cross_entropy_of_the_published_logits():
    value, gradient = value_and_gradient(cross_entropy_with_logits, [5.0, 3.0, 1.0], 0)
    assert value == pytest.approx(0.14293162849989963, rel=1e-15)
    assert gradient == pytest.approx([0.86681333 - 1.0, 0.11731043, 0.01587624], abs=5e-9)


@pytest.mark.parametrize("logits", [[1000.0, -1000.0, 0.0], [1000.0, 990.0, 970.0], [0.0, -40.0, 40.0], [1e-9, 0.0]])
def test_cross_entropy_is_accurate_for_logits_of_any_size(logits):
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(1200):
        total = mpmath.fsum([mpmath.exp(mpmath.mpf(z)) for z in logits])
        for k, z in enumerate(logits):
            expected = float(mpmath.log(total) - mpmath.mpf(z))
            slope = float(mpmath.exp(mpmath.mpf(z)) / total - 1)
            value, gradient = value_and_gradient(cross_entropy_with_logits, logits, k)
            assert value == pytest.approx(expected, rel=1e-15, abs=1e-300)
            assert gradient[k] == pytest.approx(slope, rel=1e-12, abs=1e-300)


@given(st.lists(numbers, min_size=1, max_size=6), st.data())
def test_a_one_hot_target_means_a_class_index(logits, data):
    k = data.draw(st.integers(0, len(logits) - 1))
    one_hot = [float(j == k) for j in range(len(logits))]
    value, gradient = value_and_gradient(cross_entropy_with_logits, logits, k)
    other, other_gradient = value_and_gradient(cross_entropy_with_logits, logits, one_hot)
    assert other == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert other_gradient == pytest.approx(gradient, abs=1e-12)


# Probabilities.


def torch_value_and_gradient(torch, reference, prediction, target, **options):
    prediction = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    target = torch.tensor(target, dtype=torch.float64, requires_grad=True)
    expected = reference(prediction, target, **options)
    expected.backward()
    return expected.item(), prediction.grad.tolist(), target.grad.tolist()


def value_and_both_gradients(loss, prediction, target, **options):
    prediction, target = [Value(p) for p in prediction], [Value(t) for t in target]
    result = loss(prediction, target, **options)
    result.backward()
    return result.data, [p.grad for p in prediction], [t.grad for t in target]


saturated = st.sampled_from(
    [0.0, 1e-300, 1e-44, 1e-43, 1e-20, 1e-13, 1e-12, 1e-11, 1 - 1e-11, 1 - 1e-12, 1 - 1e-15, 1.0]
)


@given(rows=pairs(probabilities | saturated, probabilities | saturated))
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_binary_cross_entropy_agrees_with_pytorch_up_to_the_edges(torch, rows, reduction):
    reference = torch.nn.functional.binary_cross_entropy
    p, t = map(list, zip(*rows, strict=True))
    value, by_p, by_t = value_and_both_gradients(binary_cross_entropy, p, t, reduction=reduction)
    expected, expected_by_p, expected_by_t = torch_value_and_gradient(torch, reference, p, t, reduction=reduction)
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert by_p == pytest.approx(expected_by_p, rel=1e-11, abs=1e-12)
    # By the target, PyTorch's logarithms do not stop at -100 as they do in its value; here they do.
    most = 100.0 if reduction == "sum" else 100.0 / len(t)
    assert by_t == pytest.approx([min(max(slope, -most), most) for slope in expected_by_t], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "t", "value", "slope"),
    [  # PyTorch's numbers
        (0.3, 0.2, 0.5261345160161731, 0.4761904761904761),
        (0.0, 1.0, 100.0, -1000000003995.8029),
        (1.0, 0.0, 100.0, 1000000003995.8029),
        (0.0, 0.0, 0.0, 0.0),
        (1.0, 1.0, 0.0, 0.0),
        (1e-40, 0.5, 46.051701859880914, -500000001997.9014),
        (1e-13, 1.0, 29.933606208922594, -1000000003995.7028),
    ],
)
def test_binary_cross_entropy_is_finite_where_a_probability_is_0_or_1(p, t, value, slope):
    with detect_anomaly():
        result, [gradient] = value_and_gradient(binary_cross_entropy, [p], [t])
    assert result == pytest.approx(value, rel=1e-15)
    assert gradient == pytest.approx(slope, rel=1e-15)


def test_binary_cross_entropy_has_second_derivatives_at_the_edges_too():
    second = grad(grad(lambda p: binary_cross_entropy(p, 1.0)))
    assert second(0.25) == pytest.approx(16.0)
    assert second(0.0) == pytest.approx(1e12)


def test_binary_cross_entropy_of_a_value_outside_0_and_1_is_nan():
    for p in (-0.1, 1.1, math.nan):
        assert math.isnan(binary_cross_entropy(Value(p), 1.0).data)


@given(rows=pairs(probabilities, st.floats(-1000.0, 1000.0)))
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_binary_cross_entropy_with_logits_agrees_with_pytorch(torch, rows, reduction):
    reference = torch.nn.functional.binary_cross_entropy_with_logits
    z, t = map(list, zip(*rows, strict=True))
    value, by_z, by_t = value_and_both_gradients(binary_cross_entropy_with_logits, z, t, reduction=reduction)
    expected, expected_by_z, expected_by_t = torch_value_and_gradient(torch, reference, z, t, reduction=reduction)
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert by_z == pytest.approx(expected_by_z, rel=1e-12, abs=1e-15)
    assert by_t == pytest.approx(expected_by_t, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("z", [-1000.0, -40.0, -1e-9, 0.0, 3.0, 36.0, 745.0, 1000.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_is_accurate_for_logits_of_any_size(z, t):
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(1200):
        s = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        expected = float(-t * mpmath.log(s) - (1 - t) * mpmath.log(1 - s))
        slope = float(s - t)
    value, [gradient] = value_and_gradient(binary_cross_entropy_with_logits, [z], [t])
    assert value == pytest.approx(expected, rel=1e-14, abs=1e-300)
    assert gradient == pytest.approx(slope, rel=1e-14, abs=1e-300)


def test_binary_cross_entropy_with_logits_needs_no_pytorch_for_its_numbers():
    value, gradient = value_and_gradient(binary_cross_entropy_with_logits, [-1000.0, 0.0, 1000.0], [1.0, 0.5, 1.0])
    assert value == pytest.approx((1000.0 + 0.6931471805599453) / 3.0)
    assert gradient == pytest.approx([-1.0 / 3.0, 0.0, 0.0])


def test_several_labels_at_once_cost_the_sum_of_their_logistic_losses():
    animals, present = [2.0, -1.0, 0.5], [1, 0, 1]
    total = binary_cross_entropy_with_logits(animals, present, reduction="sum").data
    each = [binary_cross_entropy_with_logits(z, t).data for z, t in zip(animals, present, strict=True)]
    assert total == pytest.approx(sum(each))
    assert total == pytest.approx(binary_cross_entropy(list(map(sigmoid, animals)), present, reduction="sum").data)
    assert total == pytest.approx(0.9142666827160714)


@given(logits=st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=6), data=st.data())
def test_cross_entropy_of_probabilities_agrees_with_pytorch(torch, logits, data):
    k = data.draw(st.integers(0, len(logits) - 1))
    p = [math.exp(z) for z in log_softmax(logits)]
    tensor = torch.tensor([p], dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.nll_loss(tensor.log(), torch.tensor([k]))
    expected.backward()
    for target in (k, [float(j == k) for j in range(len(p))]):
        value, gradient = value_and_gradient(cross_entropy, p, target)
        assert value == pytest.approx(expected.item(), rel=1e-14, abs=1e-300)
        assert gradient == pytest.approx(tensor.grad[0].tolist(), rel=1e-14)
        assert value == pytest.approx(cross_entropy_with_logits(logits, k).data, rel=1e-9, abs=1e-14)


def test_cross_entropy_of_probabilities_by_hand():
    value, gradient = value_and_gradient(cross_entropy, [0.25, 0.5, 0.25], [0.5, 0.5, 0.0])
    assert value == pytest.approx(1.5 * math.log(2.0))
    assert gradient == [-2.0, -1.0, 0.0]


def test_a_class_of_probability_0_costs_nothing_if_it_is_not_wanted():
    assert value_and_gradient(cross_entropy, [1.0, 0.0], [1.0, 0.0]) == (0.0, [-1.0, 0.0])
    assert value_and_gradient(cross_entropy, [1.0, 0.0], 0) == (0.0, [-1.0, 0.0])
    target = [Value(1.0), Value(0.0)]
    cross_entropy([1.0, 0.0], target).backward()
    assert [t.grad for t in target] == [0.0, 0.0]


def test_a_right_class_of_probability_0_costs_infinity_without_eps():
    for target in (1, [0.0, 1.0]):
        assert cross_entropy([1.0, 0.0], target).data == math.inf
        assert cross_entropy([1.0, 0.0], target, eps=1e-7).data == pytest.approx(-math.log(1e-7))


def test_cross_entropy_has_the_form_of_textbooks_by_option():
    y, d = [0.7, 0.2, 0.1], [0.0, 1.0, 0.0]
    value, gradient = value_and_gradient(cross_entropy, y, d, eps=1e-7)
    assert value == pytest.approx(-math.log(0.2 + 1e-7), rel=1e-15)
    assert gradient == pytest.approx([0.0, -1.0 / (0.2 + 1e-7), 0.0], rel=1e-15)


@pytest.mark.parametrize("eps", [-1e-7, float("nan")])
def test_cross_entropy_refuses_a_negative_eps(eps):
    with pytest.raises(ValueError, match="eps must be at least 0, got"):
        cross_entropy([0.5, 0.5], 0, eps=eps)


@pytest.mark.parametrize("index", [-1, 2, 0.5])
def test_cross_entropy_of_probabilities_refuses_an_index_out_of_range(index):
    with pytest.raises(ValueError, match="class index out of range: expected 0 to 1, got"):
        cross_entropy([0.5, 0.5], index)


# Huber.


@given(rows=pairs(), delta=st.floats(0.01, 10.0))
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_huber_agrees_with_pytorch(torch, rows, delta, reduction):
    p, t = map(list, zip(*rows, strict=True))
    options = {"delta": delta, "reduction": reduction}
    value, by_p, by_t = value_and_both_gradients(huber, p, t, **options)
    reference = torch.nn.functional.huber_loss
    expected, expected_by_p, expected_by_t = torch_value_and_gradient(torch, reference, p, t, **options)
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert by_p == pytest.approx(expected_by_p, rel=1e-12, abs=1e-300)
    assert by_t == pytest.approx(expected_by_t, rel=1e-12, abs=1e-300)


def test_huber_is_a_parabola_that_goes_on_as_a_line():
    for distance, value, slope in [(0.0, 0.0, 0.0), (0.5, 0.125, 0.5), (1.0, 0.5, 1.0), (3.0, 2.5, 1.0)]:
        assert value_and_gradient(huber, [distance], [0.0]) == (value, [slope])
        assert value_and_gradient(huber, [-distance], [0.0]) == (value, [-slope])
    assert value_and_gradient(huber, [3.0], [0.0], delta=2.0) == (4.0, [2.0])


@pytest.mark.parametrize("delta", [0.0, -1.0, float("nan")])
def test_huber_refuses_a_delta_that_is_not_positive(delta):
    with pytest.raises(ValueError, match="delta must be above 0, got"):
        huber(1.0, 0.0, delta=delta)


# By name.


def test_losses_go_by_their_names():
    assert all(loss.__name__ == name and known_loss(name) is loss for name, loss in LOSSES.items())
    assert known_loss(mse) is mse


def test_an_unknown_loss_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match="unknown loss 'msee': expected a function or one of mse, half_squared_error"):
        known_loss("msee")
    with pytest.raises(TypeError, match="unknown loss 3"):
        known_loss(3)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_the_operations_of_a_loss_do_not_depend_on_the_numbers(loss):
    def operations(prediction, target):
        return [node.op.name for node in topological(loss([Value(p) for p in prediction], target)) if node.op]

    target = [Value(1.0), Value(0.0)]
    expected = operations([0.4, 0.6], target)
    for prediction in ([0.0, 1.0], [1.0, 0.0], [1e-20, 0.5], [-300.0, 300.0], [math.nan, math.inf]):
        assert operations(prediction, target) == expected
        assert operations(prediction, [Value(0.0), Value(1.0)]) == expected


# Properties and refusals.


@pytest.mark.parametrize("loss", PAIRWISE)
@given(data=st.data())
def test_the_order_of_outputs_does_not_matter(loss, data):
    rows = data.draw(pairs_for(loss))
    order = data.draw(st.permutations(range(len(rows))))
    value, gradient = value_and_gradient(loss, *zip(*rows, strict=True))
    other, other_gradient = value_and_gradient(loss, *zip(*[rows[k] for k in order], strict=True))
    assert other == pytest.approx(value, rel=1e-13, abs=1e-13)
    assert other_gradient == [gradient[k] for k in order]


@pytest.mark.parametrize("loss", PAIRWISE)
@given(data=st.data())
def test_no_loss_is_negative(loss, data):
    rows = data.draw(pairs_for(loss))
    assert loss(*zip(*rows, strict=True)).data >= 0.0


@pytest.mark.parametrize("loss", PAIRWISE)
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match="unknown reduction 'none': expected 'mean' or 'sum'"):
        loss(1.0, 1.0, reduction="none")


@pytest.mark.parametrize("given_p", [-0.1, 1.1, float("nan")])
def test_binary_cross_entropy_refuses_numbers_that_are_not_probabilities(given_p):
    with pytest.raises(ValueError, match=r"predictions from 0 to 1, got .*binary_cross_entropy_with_logits"):
        binary_cross_entropy([0.5, given_p], [1, 1])
    for loss in BINARY:
        with pytest.raises(ValueError, match=f"{loss.__name__} expects targets from 0 to 1, got"):
            loss([0.5, 0.5], [1, given_p])


@pytest.mark.parametrize("loss", PAIRWISE)
def test_unequal_lengths_are_refused(loss):
    with pytest.raises(ValueError, match=f"{loss.__name__} of unequal lengths: 2 predictions, 1 targets"):
        loss([1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="cross_entropy_with_logits of unequal lengths: 2 predictions, 3 targets"):
        cross_entropy_with_logits([1.0, 2.0], [0.0, 0.0, 1.0])


@pytest.mark.parametrize("loss", PAIRWISE)
def test_no_outputs_are_refused(loss):
    with pytest.raises(ValueError, match=f"{loss.__name__} of empty sequences"):
        loss([], [])


@pytest.mark.parametrize("target", [0, 2.0, float("nan")])
def test_hinge_refuses_targets_that_are_not_signs(target):
    with pytest.raises(ValueError, match="hinge expects targets that are -1 or \\+1, got"):
        hinge([0.5, 0.5], [1, target])


def test_l1_is_strength_times_the_sum_of_magnitudes():
    w = [Value(3.0), Value(-4.0), Value(0.0)]
    penalty = l1(w, 0.1)
    penalty.backward()
    assert penalty.data == pytest.approx(0.7)
    assert [p.grad for p in w] == pytest.approx([0.1, -0.1, 0.0])
    assert l1([], 0.1).data == 0.0
    assert l1(iter(w), 0.0).data == 0.0


def test_l2_is_strength_times_the_sum_of_squares():
    w = [Value(3.0), Value(-4.0)]
    penalty = l2(w, 0.1)
    penalty.backward()
    assert penalty.data == pytest.approx(2.5)
    assert [p.grad for p in w] == pytest.approx([0.6, -0.8])
    assert l2([], 0.1).data == 0.0
    assert l2(iter(w), 0.0).data == 0.0
    assert l2(MLP(2, [3, 1], init=0.5).parameters(), 1.0).data == pytest.approx(9 * 0.25)


@pytest.mark.parametrize("strength", [-0.1, float("nan")])
@pytest.mark.parametrize("penalty", [l1, l2])
def test_penalties_refuse_a_negative_strength(penalty, strength):
    with pytest.raises(ValueError, match="strength must be at least 0, got"):
        penalty([1.0], strength)
