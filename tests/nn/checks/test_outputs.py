"""Outputs: predictions and targets that belong together, class indices, and probabilities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.checks.outputs import check_not_negative, check_probability, class_index, numbers_in, pairs_of
from nn.losses import cross_entropy, cross_entropy_with_logits, mse


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


@pytest.mark.parametrize("loss", [cross_entropy, cross_entropy_with_logits])
def test_a_class_beyond_the_outputs_is_refused_with_what_to_do(loss):
    with pytest.raises(ValueError, match=r"the model has 1 output; for two classes use 2 outputs or binary_cross_entr"):
        loss(Value(0.5), 1)
    with pytest.raises(ValueError, match=r"got 2: the model has 2 outputs, and needs one for each class$"):
        loss([Value(0.5), Value(0.5)], 2)


def test_cross_entropy_without_logits_is_refused():
    with pytest.raises(ValueError, match="there are no classes"):
        cross_entropy_with_logits([], 0)


@pytest.mark.parametrize("index", [None, "1", Value(1.0)])
def test_a_class_index_that_is_not_a_plain_number_is_refused(index):
    with pytest.raises(TypeError, match="expected a real number"):
        cross_entropy_with_logits([1.0, 2.0], index)


@pytest.mark.parametrize("wrong", ["1", None, [[1.0]], ["a"]])
def test_anything_but_a_number_is_refused(wrong):
    with pytest.raises(TypeError, match="expected a real number"):
        mse(wrong, 1.0)


def test_one_number_and_a_sequence_of_one_are_the_same_output():
    numpy = pytest.importorskip("numpy")
    for one in (2, 2.0, True + 1, [2.0], (2,), numpy.array(2.0), numpy.array([2]), numpy.float32(2.0)):
        assert numbers_in("a target", one) == [2.0]
        assert type(numbers_in("a target", one)[0]) is float


def test_outputs_stay_the_values_they_are_beside_their_targets():
    output = Value(0.5)
    ((first, target), other) = pairs_of("mse", [output, 1], (True, Value(3.0)))
    assert first is output
    assert (target, type(target)) == (1.0, float)
    assert (other[0], other[1].data) == (1.0, 3.0)


@given(index=st.integers(-9, 9) | st.floats(-9.0, 9.0), classes=st.integers(0, 5))
def test_a_class_index_is_one_of_the_classes_or_refused(index, classes):
    if index in range(classes):
        found = class_index(index, classes)
        assert (found, type(found)) == (index, int)
    else:
        with pytest.raises(ValueError, match="class index out of range: expected"):
            class_index(index, classes)


def test_values_are_not_checked_as_numbers_are():
    check_probability("loss", "targets", Value(2.0))  # its number may be another when it is compiled
    check_not_negative("strength", Value(-1.0))
    with pytest.raises(ValueError, match=r"^loss expects targets from 0 to 1, got 2$"):
        check_probability("loss", "targets", 2.0)
    with pytest.raises(ValueError, match=r"^strength must be at least 0, got nan$"):
        check_not_negative("strength", float("nan"))
