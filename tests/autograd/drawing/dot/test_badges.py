"""What stands in the badge of an operation."""

import pytest

import nn
from autograd import Value
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.shapes import shapes
from autograd.drawing.sketch.collapse import collapsed
from autograd.drawing.sketch.numbering import number


def drawn(root):
    return shapes(collapsed(number([root]), 300), Look())


def badges(root):
    return [node.attributes["label"] for node in drawn(root).nodes if node.name.startswith("op")]


def test_rows_have_the_range_of_their_constants():
    model = nn.MLP(1, [1], seed=1)
    loss = sum([(model([x]) - t) ** 2 for x, t in ((1.0, 2.0), (2.0, 5.0))])
    assert [label for label in badges(loss) if "\N{MINUS SIGN}" in label] == ["<\N{MINUS SIGN} [2 … 5]>"]


def test_a_penalty_has_one_edge_for_all_parameters():
    model = nn.MLP(2, [3, 3], seed=1)
    root = model([1.0, 2.0])[0] + nn.losses.l2(model.parameters(), 0.1)
    found = drawn(root)
    (said,) = [node.name for node in found.nodes if node.attributes["label"] == "21 parameters"]
    assert [edge.head for edge in found.edges if edge.tail == said] == [f"op{said[1:]}"]
    assert len([edge for edge in found.edges if edge.head == f"op{said[1:]}"]) == 1


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_targets_of_a_loss_stand_beside_it(reduction):
    xs = [Value(1.0, label="a"), Value(2.0, label="b")]
    found = drawn(nn.losses.mse(xs, [3.0, 5.0], reduction=reduction))
    (given,) = [node.attributes["label"] for node in found.nodes if node.name.startswith("c")]
    assert given == "3, 5"


def test_a_function_has_an_edge_from_each_input_and_to_each_result():
    from autograd import softmax

    xs = [Value(1.0, label="a"), Value(2.0, label="b")]
    sketch = collapsed(number(softmax(xs)), 300)
    found = shapes(sketch, Look())
    (badge,) = [node.name for node in found.nodes if node.name.startswith("op")]
    assert sum(edge.head == badge for edge in found.edges) == sum(edge.tail == badge for edge in found.edges) == 2
