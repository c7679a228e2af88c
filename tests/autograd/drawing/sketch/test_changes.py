"""Numbers that have changed since they were recorded are reported; nothing else is."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import OPS, Op, Value, draw, explain
from autograd.drawing.sketch.changes import changed
from autograd.drawing.words.explain import Explanation
from autograd.testing.strategies import expressions, points


def assert_unchanged(root):
    assert [node for node in autograd.topological(root) if changed(node) is not None] == []


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@given(data=st.data())
def test_nothing_changes_by_being_recorded(op, data):
    inputs = data.draw(points(op))
    assert_unchanged(autograd.apply(op, *[Value(x) for x in inputs]))


@given(expressions())
def test_no_expression_changes_by_itself(f):
    root = f(*[Value(x) for x in f.inputs])
    root.backward()
    assert_unchanged(root)


@pytest.mark.parametrize("x", [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, 5e-324])
def test_a_special_number_is_itself(x):
    v = Value(x)
    for root in (v * 2.0, v - v, v / v, v**0.5, v.exp(), v.log(), autograd.max([v, 1.0]), autograd.sum([v, v, 0.1])):
        assert_unchanged(root)


def test_a_network_and_its_loss_have_not_changed_before_a_step():
    model = nn.MLP(3, [5, 4, 1], activation="tanh", seed=1)
    rows = [[0.1 * k, -0.3, 1.0 / (k + 1)] for k in range(6)]
    loss = autograd.mean([(model(row) - 1.0) ** 2 for row in rows]) + nn.losses.l2(model.parameters(), 0.01)
    assert_unchanged(loss)


def test_a_gradient_graph_has_not_changed():
    x = Value(0.7)
    second = autograd.grad(autograd.grad(lambda x: autograd.sin(x) * x**3 / autograd.dot([x, x], [x, 2.0], x)))(x)
    assert second.op is not None
    assert_unchanged(second)


def test_an_op_that_fails_or_gives_no_number_is_passed_over():
    calls = []

    def once(x):
        if calls:
            raise ValueError
        calls.append(x)
        return x

    x = Value(1.0)
    assert changed(autograd.apply(Op("once", once, lambda x, z: (1.0,)), x)) is None
    assert changed(x) is None


def test_a_changed_input_or_result_is_found():
    x = Value(3.0)
    squares, cube = x * x, x**3
    x.data = 2.0
    assert (changed(squares), changed(cube)) == (4.0, 8.0)
    x.data = 3.0
    assert (changed(squares), changed(cube)) == (None, None)
    cube.data = 26.0
    assert changed(cube) == 27.0
    x.data = math.nan
    assert math.isnan(changed(squares))


# What is reported.


def equations(text):
    """Yield the results of the sides of each equation, except those with names in them."""
    for line in text.splitlines():
        sides = [side.strip() for side in line.split(":")[0].split("=")]
        numeric = [side for side in sides if side and re.fullmatch(r"[-+*/. \d()e]+", side)]
        yield [eval(side) for side in numeric]


@pytest.fixture
def stepped():
    """A loss, the input that an optimiser has moved since, and one beside it that has not."""
    w, c = Value(3.0, label="w"), Value(2.0, label="c")
    y = w * w
    y.label = "y"
    loss = y * c + w
    loss.label = "loss"
    loss.backward()
    nn.optim.SGD([w], lr=0.1).step()
    return loss, w, c


def test_an_explanation_has_no_false_equation_after_a_step(stepped):
    loss, w, _ = stepped
    explanation = explain(loss, w)
    text = str(explanation)
    assert f"w * w = {w.data} * {w.data} = {w.data * w.data}: changed since y = 9.0 was recorded" in text
    assert "v1 = y * c = 9.0 * 2.0 = 18.0" in text  # this one still holds
    assert "compute loss again" in text
    assert all([len(set(sides)) <= 1 for sides in equations(text)])
    assert not re.search(r"^ +=", text, re.MULTILINE)  # no derivative in numbers
    assert math.isnan(explanation.gradient)
    assert r"\text{: changed since }" in explanation.latex


def test_a_derivative_that_meets_no_change_is_computed():
    w, x = Value(3.0, label="w"), Value(5.0, label="x")
    y = w * w
    z = y * x
    w.data = 1.0
    explanation = explain(z, x)
    assert isinstance(explanation, Explanation)
    assert explanation.gradient == 9.0
    assert "again" not in str(explanation)


def test_computing_again_makes_it_whole(stepped):
    loss, w, c = stepped
    loss = w * w * c + w
    assert "changed" not in str(explain(loss, w))


def test_a_picture_says_which_number_has_changed_and_what_to_do(stepped):
    pytest.importorskip("graphviz")
    loss, w, _ = stepped
    source = draw(loss).source
    assert source.count("changed, now") == 2  # y and loss, but not y * c
    assert "numbers have changed since they were recorded: compute the result again" in source
    assert f"∂ {2.0 * w.data:.4g}" not in source  # each edge has the derivative with respect to one place
    assert source.count(f"∂ {w.data:.4g}") == 2
    fresh = draw(w * w).source
    assert "changed" not in fresh


def test_a_summary_counts_what_has_changed():
    pytest.importorskip("graphviz")
    model = nn.MLP(2, [4, 4, 1], seed=1)
    loss = model([1.0, 2.0]) ** 2
    assert "changed" not in draw(loss, max_nodes=5).source
    for parameter in model.parameters():
        parameter.data += 0.5
    source = draw(loss, max_nodes=5).source
    assert re.search(r">changed</FONT>.*?>\d+ values<", source)
    assert "have changed since they were recorded" in source


def test_a_film_says_so_in_its_first_frame(stepped):
    from autograd.drawing.film.frames import film
    from autograd.drawing.sketch.collapse import every_value
    from autograd.drawing.sketch.numbering import number

    loss, w, c = stepped
    first, *_ = film(every_value(number([loss]), 100)).frames
    assert first.lines == ["numbers have changed since they were recorded: compute the result again"]
    first, *_ = film(every_value(number([w * c]), 100)).frames
    assert first.lines == []
