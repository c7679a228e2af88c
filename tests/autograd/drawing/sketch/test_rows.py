"""The rows of a batch share boxes; what only looks alike does not."""

import pytest

import autograd
import nn
from autograd import Value
from autograd.drawing.sketch.collapse import collapsed
from autograd.drawing.sketch.numbering import number


def kinds(root, **options):
    sketch = collapsed(number([root]), 300, **options)
    return sketch, [group.kind for group in sketch.groups]


def losses(model, rows):
    return [(model(row) - 1.0) ** 2 for row in rows]


def network():
    return nn.MLP(2, [3, 1], seed=1)


@pytest.mark.parametrize("add", [sum, autograd.sum, autograd.mean])
def test_every_value_of_a_row_has_one_box_for_all_rows(add):
    rows = [[float(k), -1.0] for k in range(5)]
    sketch, found = kinds(add(losses(network(), rows)))
    assert found.count("rows") == 3 * 2 + 1 + 2  # dot and relu, the last dot, the difference and its square
    assert {len(group.members) for group in sketch.groups if group.kind == "rows"} == {5}
    assert "5 rows drawn as one" in sketch.note
    assert "rows" not in kinds(add(losses(network(), rows)), expand={"rows"})[1]


def test_inputs_that_are_values_have_a_box_for_each_column():
    rows = [[Value(float(k), label="a"), Value(-1.0, label="b")] for k in range(3)]
    sketch, _ = kinds(autograd.sum(losses(network(), rows)))
    leaves = [g for g in sketch.groups if g.kind == "rows" and sketch.graph.values[g.members[0]].op is None]
    assert [{sketch.graph.values[i].label for i in group.members} for group in leaves] == [{"a"}, {"b"}]


def test_one_row_and_steps_in_time_are_no_batch():
    model = network()
    assert "rows" not in kinds(losses(model, [[1.0, 2.0]])[0])[1]
    cell = nn.MLP(1, [1], seed=1)
    y = 1.0
    for _ in range(4):
        y = cell([y])
    assert "rows" not in kinds(y)[1]


@pytest.mark.parametrize(
    "loss",
    [
        nn.losses.cross_entropy_with_logits,
        lambda z, k: nn.losses.cross_entropy_with_logits(z, [float(j == k) for j in range(3)]),
        lambda z, k: nn.losses.cross_entropy(autograd.softmax(z), k),
    ],
)
def test_rows_of_different_classes_share_boxes(loss):
    model = nn.MLP(2, [4, 3], seed=1)
    root = autograd.mean([loss(model([float(k), 1.0]), k) for k in range(3)])
    _, found = kinds(root)
    assert found.count("rows") in (4 * 2 + 3 + 1, 4 * 2 + 3 + 2)
    assert found.count("function") in (1, 2)


def test_an_expression_without_a_model_has_no_rows():
    assert "rows" not in kinds(autograd.sum([Value(float(k)) ** 2 for k in range(4)]))[1]


def test_a_penalty_beside_the_rows_stays_apart():
    model = network()
    root = autograd.mean(losses(model, [[1.0, 2.0], [3.0, 4.0]])) + nn.losses.l2(model.parameters(), 0.1)
    sketch, found = kinds(root)
    assert found.count("rows") == 9
    assert sketch.group_of[sketch.graph.roots[0]] == len(sketch.groups) - 1
