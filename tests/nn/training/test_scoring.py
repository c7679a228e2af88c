"""Scoring: which classes outputs mean, and what metrics are given."""

import pytest

from nn import MLP, losses, optim
from nn.data import spiral

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
