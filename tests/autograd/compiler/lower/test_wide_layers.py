"""Layers with a wide input: which ones BLAS can take, as they lie in memory."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

import autograd  # noqa: E402
from autograd import value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.lower.wide_layers import WIDE, WideInput  # noqa: E402


@pytest.fixture
def found(monkeypatch):
    """Return what compiles a function of weights and a row, and says which wide input was found in it."""
    seen, find = [], WideInput.find
    monkeypatch.setattr(WideInput, "find", staticmethod(lambda *given: seen.append(find(*given)) or seen[-1]))

    def wide(f, width=WIDE, outputs=3, reduce="sum", order=value_and_grad):
        draw = numpy.random.default_rng(0)
        weights, rows = draw.normal(size=(outputs, width)) / 16.0, draw.normal(size=(5, width))
        ordered = order(lambda w, x: f(w, x))
        results = Compiled(ordered, (None, 0), reduce, False, "interpreter")(weights, rows)
        if reduce:
            eager = [ordered(weights, row) for row in rows]
            if order is value_and_grad:
                for result, each in zip(results, zip(*eager, strict=True), strict=True):
                    assert result == pytest.approx(numpy.sum(each, axis=0), rel=1e-8, abs=1e-10)
            else:
                assert results == pytest.approx(sum(eager), rel=1e-10)
        return seen[-1] if seen else None

    return wide


def layer(weights, row):
    return autograd.sum([autograd.tanh(autograd.dot(list(w), list(row))) for w in weights])


def test_a_layer_with_a_wide_input_is_found_with_its_columns_and_weights(found):
    wide = found(layer)
    assert wide.columns == frozenset(range(3 * WIDE, 4 * WIDE))
    assert wide.place == (0, 0)
    assert list(wide.groups.values()) == [(0, WIDE)], "the first slot of its weights, and from row to row"


def test_a_narrower_input_is_left_to_loops(found):
    assert found(layer, width=WIDE - 1) is None


def test_rows_that_are_not_added_up_are_left_to_loops(found):
    assert found(layer, reduce=None) is None


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: layer(w, x) + autograd.sin(x[7]),
        lambda w, x: autograd.sum([autograd.tanh(sum([a * b for a, b in zip(v, x, strict=True)])) for v in w]),
        lambda w, x: autograd.sum([autograd.tanh(autograd.dot(list(v), list(x)[::-1])) for v in w]),
        lambda w, x: autograd.sum([autograd.tanh(autograd.dot(list(v)[::-1], list(x))) for v in w]),
        lambda w, x: autograd.sum([autograd.tanh(autograd.dot(list(v), [a * 2.0 for a in x])) for v in w]),
        lambda w, x: layer(w, x) + autograd.sum([autograd.tanh(autograd.dot(list(v)[1:], list(x)[1:])) for v in w]),
    ],
    ids=["a column used elsewhere", "a sum in a given order", "columns backwards", "weights backwards",
         "columns computed on", "layers of other columns"],
)  # fmt: skip
def test_what_is_not_a_matrix_in_memory_is_left_to_loops_and_right(found, f):
    assert found(f, width=WIDE + 1) is None
    assert found(f, width=WIDE + 1, order=lambda f: f) is None


def test_weights_may_lie_apart_at_a_constant_step(found):
    wide = found(lambda w, x: layer(w[::2], x), outputs=5)
    assert list(wide.groups.values()) == [(0, 2 * WIDE)]


def test_columns_may_begin_behind_others(found):
    wide = found(lambda w, x: layer([list(v)[3:] for v in w], list(x)[3:]) * x[0], width=WIDE + 3)
    assert wide.place == (0, 3)
    assert len(wide.columns) == WIDE
