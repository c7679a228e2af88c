"""Losses: their values and gradients, by hand, against PyTorch and mpmath, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.graph import topological
from autograd.value import Value
from nn import MLP
from nn.losses import cross_entropy_with_logits, half_squared_error, hinge, l2, mae, mse

PAIRWISE = [mse, half_squared_error, mae, hinge]
numbers = st.floats(-100.0, 100.0)
signs = st.sampled_from([-1.0, 1.0])


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def pairs(targets=numbers):
    return st.lists(st.tuples(numbers, targets), min_size=1, max_size=6)


def value_and_gradient(loss, prediction, *rest, **options):
    """Return a loss as a float, and its gradient by the prediction."""
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
    assert isinstance(loss([0.5, 0.5], [1.0, -1.0]), Value)


def test_a_dog_taken_for_a_cat():
    value, gradient = value_and_gradient(half_squared_error, [0.4, -0.7], [1.0, 0.0])
    assert value == pytest.approx(0.5 * (0.36 + 0.49))
    assert gradient == pytest.approx([-0.6, -0.7])


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


@pytest.mark.parametrize("index", [1, 1.0, True])
def test_a_class_index_is_any_whole_number(index):
    assert cross_entropy_with_logits([0.0, 0.0], index).data == pytest.approx(0.6931471805599453)


def test_a_class_index_may_come_from_numpy():
    numpy = pytest.importorskip("numpy")
    expected = cross_entropy_with_logits([0.0, 1.0], 1).data
    for index in (numpy.int64(1), numpy.float32(1.0), numpy.array(1), numpy.array([0, 1])):
        assert cross_entropy_with_logits([0.0, 1.0], index).data == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("index", [-1, 3, 0.5, float("nan")])
def test_a_class_index_out_of_range_is_refused(index):
    with pytest.raises(ValueError, match="class index out of range: expected 0 to 2, got"):
        cross_entropy_with_logits([1.0, 2.0, 3.0], index)


def test_cross_entropy_without_logits_is_refused():
    with pytest.raises(ValueError, match="there are no logits"):
        cross_entropy_with_logits([], 0)


@pytest.mark.parametrize("index", [None, "1", Value(1.0)])
def test_a_class_index_that_is_no_plain_number_is_refused(index):
    with pytest.raises(TypeError, match="expected a real number"):
        cross_entropy_with_logits([1.0, 2.0], index)


# Properties and refusals.


@pytest.mark.parametrize("loss", PAIRWISE)
@given(rows=pairs(signs), data=st.data())
def test_the_order_of_outputs_does_not_matter(loss, rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    value, gradient = value_and_gradient(loss, *zip(*rows, strict=True))
    other, other_gradient = value_and_gradient(loss, *zip(*[rows[k] for k in order], strict=True))
    assert other == pytest.approx(value, rel=1e-13, abs=1e-13)
    assert other_gradient == [gradient[k] for k in order]


@pytest.mark.parametrize("loss", PAIRWISE)
@given(rows=pairs(signs))
def test_no_loss_is_negative(loss, rows):
    assert loss(*zip(*rows, strict=True)).data >= 0.0


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


@pytest.mark.parametrize("loss", PAIRWISE)
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match="unknown reduction 'none': expected 'mean' or 'sum'"):
        loss(1.0, 1.0, reduction="none")


@pytest.mark.parametrize("wrong", ["1", None, [[1.0]], ["a"]])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(TypeError, match="expected a real number"):
        mse(wrong, 1.0)


@pytest.mark.parametrize("target", [0, 2.0, float("nan")])
def test_hinge_refuses_targets_that_are_not_signs(target):
    with pytest.raises(ValueError, match="hinge expects targets that are -1 or \\+1, got"):
        hinge([0.5, 0.5], [1, target])


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
def test_l2_refuses_a_negative_strength(strength):
    with pytest.raises(ValueError, match="strength must be at least 0, got"):
        l2([1.0], strength)
