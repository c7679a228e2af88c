"""Scoring: which classes outputs mean, and what metrics are given."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import MLP, losses, optim
from nn.data import spiral
from nn.training.scoring import scorers

SIGNS = [-1, -1, -1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("loss", "output", "targets"),
    [
        ("hinge", None, SIGNS),
        ("mse", None, SIGNS),
        ("binary_cross_entropy_with_logits", None, [max(k, 0) for k in SIGNS]),
        ("binary_cross_entropy", "sigmoid", [max(k, 0) for k in SIGNS]),
        ("mse", "sigmoid", [[max(k, 0)] for k in SIGNS]),
        ("cross_entropy_with_logits", None, [max(k, 0) for k in SIGNS]),
        ("cross_entropy", "softmax", [[float(k < 0), float(k > 0)] for k in SIGNS]),
    ],
)
def test_outputs_become_classes_by_loss_and_targets(loss, output, targets, fitted):
    outputs = 2 if loss.startswith("cross_entropy") else 1
    model = MLP(1, [outputs], output=output, seed=4 - outputs)  # each starts with the two classes swapped
    optimizer = optim.Adam(model.parameters(), lr=0.2)
    names = ("accuracy", "precision", "recall", "f1")
    _, history = fitted(model, y=targets, loss=loss, optimizer=optimizer, epochs=60, metrics=names)
    assert [history[name][-1] for name in names] == [1.0] * 4
    assert history["accuracy"][0] < 1.0


def test_metrics_of_three_classes_are_scikit_learns_means(fitted):
    metrics = pytest.importorskip("sklearn.metrics")
    points, arms = spiral(30)
    names = ["precision", "recall", "f1"]

    def macro_f1(y_true, y_pred):
        return metrics.f1_score(y_true, y_pred, average="macro", zero_division=0.0)

    _, history = fitted(MLP(2, [3], seed=1), points, arms, loss="cross_entropy_with_logits", metrics=[*names, macro_f1])
    assert history["f1"] == pytest.approx(history["macro_f1"])
    assert history["f1"] != history["recall"]


def test_several_labels_at_once_are_right_together(fitted):
    targets = [[0, 1], [1, 1]]
    model, history = fitted(
        MLP(1, [2], init=0.0),
        [[0.0], [1.0]],
        targets,
        loss=lambda z, t: losses.binary_cross_entropy_with_logits(z, t, reduction="sum"),
        metrics=lambda y_true, y_pred: float(len(y_true[0]) == len(y_pred[0]) == 2),
    )
    assert history["<lambda>"] == [1.0] * 5
    _, history = fitted(
        model, [[0.0], [1.0]], targets, loss="binary_cross_entropy_with_logits", metrics="accuracy", epochs=80, lr=1.0
    )
    assert history["accuracy"][-1] == 1.0


def test_a_metric_of_your_own_sees_outputs_where_the_loss_is_for_numbers(fitted, line, X, Y):
    seen = []
    fitted(metrics=lambda y_true, y_pred: seen.append((y_true, y_pred)) or 0.0, epochs=1)
    ((y_true, y_pred),) = seen
    assert y_true == Y
    assert y_pred == [line()(x).data for x in X]


@pytest.mark.parametrize(
    ("loss", "threshold", "low"),
    [
        (losses.hinge, 0.0, -1),
        (losses.binary_cross_entropy_with_logits, 0.0, 0),
        (losses.binary_cross_entropy, 0.5, 0),
        (losses.mse, 0.5, 0),
        (losses.mae, 0.5, 0),
        (functools.partial(losses.huber, delta=2.0), 0.5, 0),
    ],
)
@given(outputs=st.lists(st.floats(-2.0, 2.0) | st.sampled_from([0.0, 0.5]), min_size=2, max_size=9))
def test_the_positive_class_lies_above_the_threshold_of_the_loss(loss, threshold, low, outputs):
    seen = []
    targets = [1 if k % 2 else low for k in range(len(outputs))]
    scores = scorers(["accuracy", lambda *given: seen.append(given) or 0.0], loss, targets, width=1)
    decided = [1 if x > threshold else low for x in outputs]
    right = sum([t == c for t, c in zip(targets, decided, strict=True)]) / len(outputs)
    assert scores["accuracy"](targets, [[x] for x in outputs]) == pytest.approx(right)
    scores["<lambda>"](targets, [[x] for x in outputs])
    of_classes = ["mse", "mae", "huber"]
    kind = getattr(loss, "func", loss).__name__
    assert seen == [(targets, outputs if kind in of_classes else decided)]


@given(rows=st.lists(st.lists(st.floats(-9.0, 9.0), min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_largest_of_several_outputs_is_the_class(rows):
    classes = [row.index(max(row)) for row in rows]
    one_hot = [[float(j == k) for j in range(3)] for k in classes]
    for targets in (classes, one_hot):
        assert scorers("accuracy", losses.cross_entropy_with_logits, targets, width=3)["accuracy"](targets, rows) == 1.0


@pytest.mark.parametrize(
    ("targets", "loss", "width"),
    [([0, 2], losses.mse, 1), ([0, 1], abs, 1), ([[0.5, 0.5]], losses.cross_entropy, 2), ([[1, 1]], losses.mse, 2)],
)
def test_a_metric_of_classes_is_refused_where_nothing_says_which_they_are(targets, loss, width):
    with pytest.raises(ValueError, match="accuracy: nothing says which class outputs mean"):
        scorers("accuracy", loss, targets, width)
    assert set(scorers("mse", loss, targets, width)) == {"mse"}


@pytest.mark.parametrize("name", ["loss", "lr", "mse"])
def test_two_columns_of_one_name_are_refused(name):
    def function(y_true, y_pred):
        return 0.0

    function.__name__ = name
    with pytest.raises(ValueError, match=f"two columns of the history would be named '{name}'"):
        scorers(["mse", function], losses.mse, [0.5], width=1)
