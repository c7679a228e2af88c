"""Interleaved timings and their table."""

import gc

import pytest
from measure import Timing, interleaved, sampled, table, timings_table


@pytest.mark.parametrize("collect", [True, False])
def test_works_run_in_turn_with_the_collector_as_asked(collect):
    calls = []
    works = {name: lambda name=name: calls.append((name, gc.isenabled())) for name in "ab"}
    medians = interleaved(works, 3, collect)
    assert calls == [("a", collect), ("b", collect)] * 3
    assert list(medians) == ["a", "b"]
    assert gc.isenabled()


def test_the_collector_is_as_before_after_an_error():
    gc.disable()
    try:
        with pytest.raises(ZeroDivisionError):
            interleaved({"a": lambda: 1 / 0}, 1, collect=True)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_sample_is_many_calls_of_a_short_work():
    calls = []
    seconds = sampled({"a": lambda: calls.append(0)}, 1, collect=True)
    assert len(calls) > 2
    assert seconds["a"] > 0.0


def test_columns_are_aligned():
    assert table(["a", "b"], [["long", "1"]]) == "a     b\n-------\nlong  1"


def test_timings_are_shown_with_their_targets():
    shown = timings_table(
        [
            Timing("work", "chainrule", True, 2e-6, 1.0),
            Timing("work", "peer", True, 6e-6, 3.0, ">= 4x", met=False, first=0.5),
            Timing("work", "other", False, 8e-6, 4.0, ">= 4x", met=True),
        ]
    )
    assert "2.00" in shown
    assert "3.00x ours" in shown
    assert "1.00x" not in shown
    assert shown.endswith("1 of 2 targets met")
