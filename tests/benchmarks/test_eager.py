"""The eager works give the same numbers in every engine, or the run ends; engines in Rust are adapted to."""

import math
from types import SimpleNamespace

import eager
import pytest
from engines import eager as eager_peers
from works import eager as eager_works

from autograd import Value


class Strict:
    """A Value with no more than micrograd-rust's has: constants are taken on the left only."""

    def __init__(self, data, value=None):
        self.value = Value(data) if value is None else value

    data = property(lambda self: self.value.data, lambda self, number: setattr(self.value, "data", number))
    grad = property(lambda self: self.value.grad, lambda self, number: setattr(self.value, "grad", number))

    def __add__(self, other):
        return type(self)(0.0, self.value + other.value)

    def __mul__(self, other):
        return type(self)(0.0, self.value * other.value)

    def __sub__(self, other):
        return type(self)(0.0, self.value - other.value)

    def __truediv__(self, other):
        return type(self)(0.0, self.value / other.value)

    def __radd__(self, other):
        return type(self)(0.0, other + self.value)

    def __rmul__(self, other):
        return type(self)(0.0, other * self.value)

    def __neg__(self):
        return type(self)(0.0, -self.value)

    def __pow__(self, other):
        return type(self)(0.0, self.value**other)

    def exp(self):
        return type(self)(0.0, self.value.exp())

    def backward(self):
        self.value.backward()


class Loose(Strict):
    """A Value with no more than oxigrad's has: constants on both sides, but gradients are set to 0 by the root."""

    grad = property(lambda self: self.value.grad)

    def _other(self, other):
        return other if isinstance(other, Loose) else Loose(other)

    def __add__(self, other):
        return super().__add__(self._other(other))

    def __mul__(self, other):
        return super().__mul__(self._other(other))

    def __sub__(self, other):
        return super().__sub__(self._other(other))

    def __truediv__(self, other):
        return super().__truediv__(self._other(other))

    def __rsub__(self, other):
        return self._other(other) - self

    def __rtruediv__(self, other):
        return self._other(other) / self

    def zero_grad(self):
        from autograd import topological

        for node in topological(self.value):
            node.grad = 0.0


def relu(x):
    return Loose(0.0, x.value.relu())


RUST = {
    "micrograd-rust": eager_peers.micrograd_rust(SimpleNamespace(Value=Strict)),
    "oxigrad": eager_peers.oxigrad(SimpleNamespace(Value=Loose, Activation=SimpleNamespace(ReLU=relu))),
}


@pytest.mark.parametrize("name", RUST)
def test_the_3_2_3_2_network_needs_no_more_than_engines_in_rust_have(name):
    theirs = eager_works.worked_network(RUST[name], 3)
    assert theirs == pytest.approx(eager_works.worked_network(eager_works.OURS, 3), rel=1e-12)


def test_expression_and_moons_need_no_more_than_oxigrad_has():
    kind = RUST["oxigrad"]
    ours = eager_works.readme_expression(eager_works.OURS)
    assert eager_works.readme_expression(kind) == pytest.approx(ours, rel=1e-12)
    numbers = [math.sin(k) for k in range(2 * 16 + 16 + 16 * 16 + 16 + 17)]
    points, labels = [[0.5, -1.0], [2.0, 0.25]], [1, -1]
    expected = eager_works.moons_step(eager_works.ByHand(numbers), points, labels)
    as_values = [[kind.value(x) for x in point] for point in points]
    model = eager_works.ByHand(numbers, kind)
    for _ in range(2):  # gradients of the step before are gone
        assert eager_works.moons_step(model, as_values, labels, kind) == pytest.approx(expected, rel=1e-12)


def test_the_expression_has_the_gradient_of_micrograds_readme():
    assert eager_works.readme_expression(eager_works.OURS) == pytest.approx(138.8338, abs=1e-4)


def test_an_engine_without_relu_is_not_asked_for_one(monkeypatch):
    monkeypatch.setattr(eager.peers, "kinds", lambda: {"micrograd-rust": RUST["micrograd-rust"]})
    (comparison,) = eager.expression(quick=True)
    assert list(comparison.make()) == ["chainrule"]


def test_a_wrong_peer_ends_the_run():
    works = {"chainrule": lambda: (1.0, 2.0), "peer": lambda: (1.0, 2.1)}
    comparison = eager.Comparison("work", 1, lambda: works, {})
    with pytest.raises(SystemExit, match=r"work, peer: the peer's result 2\.1 is not ours, 2\.0; nothing was timed"):
        eager.checked(comparison)


def test_works_that_need_not_agree_are_not_compared():
    works = {"chainrule": lambda: 1.0, "peer": lambda: 2.0}
    assert eager.checked(eager.Comparison("work", 1, lambda: works, {}, same=False)) == works


def test_a_comparison_is_timed_with_the_collector_on_and_off():
    works = {"chainrule": lambda: 1, "micrograd": lambda: 1 + sum([0] * 10_000)}
    timings = eager.timed(eager.Comparison("work", 2, lambda: works, {True: 0.0}), 1)
    assert [(t.engine, t.gc) for t in timings] == [(name, gc) for gc in (True, False) for name in works]
    assert [t.target for t in timings] == ["", ">= 0x", "", ""]
    assert [t.met for t in timings] == [None, True, None, None]
    assert [t.ratio for t in timings if t.engine == "chainrule"] == [1.0, 1.0]


def test_peers_left_out_are_named(monkeypatch, capsys):
    monkeypatch.setattr(eager.peers, "HAVE", dict.fromkeys(eager.peers.HAVE, False))
    timings = eager.rows(quick=True, only="README")
    assert [t.engine for t in timings] == ["chainrule"] * 2
    printed = capsys.readouterr().out
    assert [name for name in eager.peers.HAVE if f"{name} is not installed: its rows are left out" not in printed] == []


def test_memory_is_counted_before_and_after_backward():
    built, after = eager_works.bytes_per_node(Value, 10_000)  # freed nodes may be used again: not counted as new
    assert 50.0 < built <= after < 300.0


def test_memory_of_a_graph_too_deep_for_recursion_is_counted_only_before_backward():
    class Deep(Strict):
        def backward(self):
            raise RecursionError

    built, after = eager_works.bytes_per_node(Deep, 100)
    assert built > 0.0
    assert after is None
