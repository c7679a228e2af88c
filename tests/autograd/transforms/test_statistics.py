"""Means of Values by Python's own `statistics`, and what it cannot do with them."""

import statistics

import pytest

from autograd import Value
from autograd.transforms.statistics import Addend


def test_a_mean_of_values_has_derivatives():
    values = [Value(x) for x in (1.0, 2.0, 6.0)]
    mean = statistics.mean(values)
    mean.backward()
    assert mean.data == 3.0
    assert [x.grad for x in values] == [1.0 / 3.0] * 3


@pytest.mark.parametrize("function", [statistics.variance, statistics.stdev, statistics.pstdev, statistics.fmean])
def test_what_would_lose_derivatives_is_refused(function):
    with pytest.raises(TypeError, match=r"autograd\.variance|use v\.data"):
        function([Value(1.0), Value(2.0)])


def test_medians_choose_among_values():
    values = [Value(x) for x in (5.0, 1.0, 3.0)]
    assert statistics.median(values) is values[2]
    assert sorted(values)[0] is values[1]


def test_a_sum_may_begin_with_a_plain_number():
    total = 0 + Addend(Value(2.0)) + Addend(Value(3.0))
    assert (total / 2).data == 2.5
    assert not total.is_finite()
