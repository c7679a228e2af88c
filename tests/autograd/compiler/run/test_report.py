"""What a compiled function says of itself."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import compile  # noqa: E402


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
