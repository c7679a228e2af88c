"""A Value in a notebook cell: a picture if its graph is small and can be drawn, else text, and never an error."""

import sys

import pytest

from autograd import Op, Value, apply
from autograd.drawing.notebook import SMALL, bundle


def test_a_small_graph_is_a_picture_and_text(renderer, square, look):
    z = square()
    found = bundle(z)
    assert found["text/plain"] == repr(z)
    assert len(look(found["image/svg+xml"]).nodes) == 6


def test_the_limit_is_thirty_nodes(renderer):
    y = Value(1.0)
    for _ in range(SMALL - 1):
        y = y.tanh()
    assert "image/svg+xml" in bundle(y)
    assert bundle(y.tanh()) == {"text/plain": repr(y.tanh())}


def test_a_large_graph_is_not_walked_to_its_end(chain):
    class Untouchable(Value):
        __slots__ = ()

        @property
        def inputs(self):
            raise AssertionError

    x = Untouchable(1.0)
    for _ in range(SMALL):
        x = x * 1.0
    assert list(bundle(x)) == ["text/plain"]


def test_text_is_left_where_no_program_draws(no_renderer, square):
    z = square()
    assert bundle(z) == {"text/plain": repr(z)}


def test_text_is_left_without_the_extra(monkeypatch, square):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    assert list(bundle(square())) == ["text/plain"]


@pytest.mark.parametrize("label", ["\ud800", "</svg>", "\x00", "x" * 10_000])
def test_no_label_makes_a_cell_fail(renderer, label):
    fails = Op(label, lambda x: x, lambda x, z: 1 / 0)
    assert "image/svg+xml" in bundle(apply(fails, Value(1.0, label=label)))
