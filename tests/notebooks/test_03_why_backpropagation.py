"""Notebook 3: the regularised cost, and what its gradient costs by perturbing and by backpropagation."""

import re
from random import Random

import pytest

np = pytest.importorskip("numpy")
datasets = pytest.importorskip("sklearn.datasets")

NOTEBOOK = "03_why_backpropagation"
SHAPES = {10: (9, 1), 30: (9, 3), 100: (9, 10), 300: (29, 10), 1_000: (99, 10), 3_000: (299, 10), 10_000: (999, 10)}


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def standardised(X):
    return (X - X.mean(0)) / X.std(0)


def flowers(kinds=3):
    X, y = datasets.load_iris(return_X_y=True)
    return standardised(X[y < kinds]), y[y < kinds]


def cross_entropy(z, t):
    return t * np.logaddexp(0.0, -z) + (1.0 - t) * np.logaddexp(0.0, z)


def numbers(line):
    """Return the numbers in a line of a table."""
    return [float(x.replace(",", "")) for x in re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?", line)]


def table(notebook, header):
    """Return the rows under the line that begins with a header, up to a line that is no row."""
    lines = notebook.printed.splitlines()
    rows = lines[next(k for k, line in enumerate(lines) if line.startswith(header)) + 1 :]
    end = next((k for k, line in enumerate(rows) if not re.match(r"\s*\d", line)), len(rows))
    return [numbers(row) for row in rows[:end]]


def forward_work(n):
    """Inputs of all operations: two for each weight and a bias of 0 in a neuron, two and one in the penalty."""
    nin, hidden = SHAPES[n]
    assert nin * hidden + hidden == n
    neurons = 2 * n + (hidden + 1) + hidden  # weights and their inputs, biases, sigmoids
    loss = 1 + 2 + 5  # -z, a softplus of both, their weighted sum
    mean, penalty, total = 1 + 2, 2 * n + 1 + 2, 2
    return neurons + loss + mean + penalty + total


def backward_work(n):
    """As before, without what is a plain number: the row, targets, biases, a count, a strength."""
    hidden = SHAPES[n][1]
    neurons = n + hidden + hidden
    loss = 1 + 2 + 2
    mean, penalty, total = 1 + 1, 2 * n + 1, 2
    return neurons + loss + mean + penalty + total


def test_the_unit_is_g_of_w_dot_x(notebook):
    z = np.dot([0.5, -0.3, 0.2], [1.0, 2.0, -1.0])
    assert notebook.number("z") == pytest.approx(z, abs=1e-4)
    assert notebook.number("a") == pytest.approx(sigmoid(z), abs=1e-4)


def test_the_cost_of_logistic_regression_and_its_gradient_are_the_formulas(notebook):
    X, y = flowers(kinds=2)
    w = np.full(4, 0.1)
    expected = cross_entropy(X @ w, y).mean() + w @ w / (2 * len(X))
    assert notebook.number("cost") == pytest.approx(expected, abs=1e-6)
    gradient = numbers(notebook.find(r"^gradient: (.*)$")[0])
    assert gradient == pytest.approx(X.T @ (sigmoid(X @ w) - y) / len(X) + w / len(X), abs=1e-6)
    assert notebook.number("largest difference to the formula by hand") < 1e-14


def test_regularisation_ends_the_growth_of_the_weights_where_scikit_learn_says(notebook):
    linear_model = pytest.importorskip("sklearn.linear_model")
    (_, _, a0, l0), (_, _, a1, l1), (_, _, a2, l2), *with_penalty = table(notebook, "lambda")
    assert a0 > a1 > a2
    assert l0 < l1 - 1.0 < l2 - 2.0  # nothing stops them
    X, y = flowers(kinds=2)
    judge = linear_model.LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10).fit(X, y)
    length = np.linalg.norm(judge.coef_)
    assert [row[:2] for row in with_penalty] == [[1.0, 100.0], [1.0, 1_000.0], [1.0, 10_000.0]]
    assert [row[3] for row in with_penalty[1:]] == pytest.approx([length, length], abs=1e-3)


def test_the_cost_of_the_network_sums_over_outputs_and_weights(notebook):
    X, kinds = flowers()
    random = Random(0)
    W1, W2 = [np.array([[random.uniform(-1.0, 1.0) for _ in range(n)] for _ in range(m)]) for n, m in ((4, 5), (5, 3))]
    z = sigmoid(X @ W1.T) @ W2.T
    expected = cross_entropy(z, np.eye(3)[kinds]).sum(1).mean() + (np.sum(W1**2) + np.sum(W2**2)) / (2 * len(X))
    assert notebook.number("weights") == W1.size + W2.size
    assert notebook.number("cost of the network") == pytest.approx(expected, abs=1e-6)


def test_perturbing_takes_a_pass_for_each_weight_and_one_more_and_backpropagation_one(notebook):
    assert notebook.number("forward passes to perturb 35 weights") == 35 + 1
    assert notebook.number("forward passes to backpropagate") == 1


def test_both_gradients_agree_as_far_as_a_step_of_1e_6_allows(notebook):
    """The step makes an error of half the second derivative times 1e-6, and 1e-16 / 1e-6 by rounding."""
    assert 0.0 < notebook.number("largest difference of the two gradients") < 1e-6
    rows = re.findall(r"^layers\S+ +(-?[\d.]+) +(-?[\d.]+)$", notebook.printed, re.MULTILINE)
    assert len(rows) == 5
    for perturbed, backpropagated in rows:
        assert float(perturbed) == pytest.approx(float(backpropagated), abs=1e-6)
    by_size = [row[-1] for row in table(notebook, "weights   perturbing all")]
    assert len(by_size) == len(SHAPES)
    assert max(by_size) == notebook.number("largest difference over all sizes") < 1e-6


def test_the_work_is_the_number_of_operands(notebook):
    assert notebook.find(r"one unit: forward (\d+), backward (\d+)") == ("8", "5")
    for n, forward, backward, perturbing, backpropagation, ratio in table(notebook, "weights  forward"):
        assert (forward, backward) == (forward_work(n), backward_work(n))
        assert perturbing == (n + 1) * forward
        assert backpropagation == forward + backward < 2 * forward
        assert ratio == pytest.approx(perturbing / backpropagation, abs=0.06)
    assert [row[0] for row in table(notebook, "weights  forward")] == list(SHAPES)


def test_the_work_grows_as_the_square_of_the_weights_and_as_the_weights(notebook):
    sizes = np.array(list(SHAPES))
    forward, backward = [np.array([work(n) for n in sizes]) for work in (forward_work, backward_work)]
    for label, work, power in (
        ("slope of the work to perturb", (sizes + 1) * forward, 2.0),
        ("slope of the work to backpropagate", forward + backward, 1.0),
    ):
        slope = notebook.number(label)
        assert slope == pytest.approx(np.polyfit(np.log(sizes), np.log(work), 1)[0], abs=1e-3)
        assert slope == pytest.approx(power, abs=0.1)


def test_the_clock_agrees_about_thousands(notebook):
    """Perturbing takes 10,001 passes and backpropagation two to four: no machine makes fifty of that."""
    assert notebook.number("ratio of the work at 10,000 weights") > 5_000
    assert notebook.number("ratio of the times at 10,000 weights") > 50
    assert "* estimated from every tenth weight" in notebook.printed


def test_one_derivative_serves_all_weights_of_a_unit(notebook):
    assert notebook.number("weights that share it") == 999
    assert notebook.find(r"times the weight's input: (\w+)") == ("True",)
    assert abs(notebook.number("dJ/dz of the unit")) > 1e-3


def test_forward_mode_takes_a_pass_for_each_input_and_reverse_mode_for_each_output(notebook):
    rows = table(notebook, "  n    m")
    assert [row[:2] for row in rows] == [[200, 1], [30, 30], [1, 200]]
    for n, m, forward_passes, backward_passes, _, _, difference in rows:
        assert (forward_passes, backward_passes) == (n, m)
        assert difference < 1e-14  # rounding of derivatives below 1


def test_pictures(notebook):
    assert len(notebook.pictures("image/svg+xml")) == 1
    assert len(notebook.pictures("image/png")) == 1
