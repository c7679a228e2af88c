"""A schedule laid out in memory: whatever the layout, the results are those of the program."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.lower.layout import Layout  # noqa: E402


def test_layout_fuses_networks_and_nothing_else(monkeypatch):
    seen = []
    original = Layout._fused
    monkeypatch.setattr(Layout, "_fused", lambda self, group: seen.append(group) or original(self, group))
    Compiled(lambda x: autograd.relu(x * 2.0) + x, 0, None, False, "interpreter")(numpy.ones(3))
    assert seen == []
    weights = numpy.arange(1.0, 65.0).reshape(8, 8)
    f = Compiled(lambda x: [autograd.relu(autograd.dot(w, x)) for w in weights], 0, None, False, "interpreter")
    assert f(numpy.ones((3, 8)))[0].tolist() == [36.0] * 3
    assert [group.sums is not None for group in seen] == [True]
