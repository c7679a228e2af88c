"""What a compiled function says of itself."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import compile  # noqa: E402
from autograd.compiler.run.report import Report  # noqa: E402


def test_the_report_and_the_code_say_how_it_is_computed():
    small = compile(lambda x: x * autograd.lgamma(x) + 1.0)
    small(2.0)
    report = small.report()
    assert (report.operations, report.tier, report.lanes, report.opaque) == (3, "straight", 1, ("lgamma",))
    assert report.seconds > 0.0
    assert [line.split("  ")[0] for line in str(report).splitlines()] == [
        "operations", "tier", "groups", "lanes", "compile time", "in Python"
    ]  # fmt: skip
    assert "define void" in small.llvm
    assert str(small.program).splitlines()[-1].startswith("return")
    layers = compile(lambda x, weights: [autograd.relu(autograd.dot(w, x)) for w in weights])
    layers([1.0] * 9, [[1.0] * 9] * 12)
    assert layers.report().tier == "interpreter"
    assert "in Python" not in str(layers.report())


@pytest.mark.parametrize("opaque", [(), ("lgamma", "an_op\nof your own")])
def test_a_report_is_a_line_for_each_fact(opaque):
    lines = str(Report(12_345, "straight", 6_789, 8, 0.0123, opaque)).splitlines()
    assert lines[:5] == [
        "operations    12,345",
        "tier          straight",
        "groups        6,789",
        "lanes         8",
        "compile time  12.3 ms",
    ]
    assert len(lines) == (6 if opaque else 5), "a name cannot break a line"
    assert not opaque or lines[5].startswith("in Python     lgamma, an_op")


def test_ops_in_python_are_named_once_each_in_their_order(twice):
    f = compile(lambda x: autograd.apply(twice, autograd.lgamma(x)) + autograd.apply(twice, x) + autograd.digamma(x))
    f(2.5)
    assert f.report().opaque == ("digamma", "lgamma", "twice")


def test_lanes_are_1_without_rows_and_more_with_them():
    one, rows = compile(lambda x: x * x), compile(lambda x: x * x, in_axes=0)
    one(2.0), rows([2.0, 3.0])
    assert one.report().lanes == 1
    assert rows.report().lanes > 1
