"""The notebook on losses and XOR: its figures by the formulas, by NumPy and by descents written by hand."""

import itertools
import json
import math

import pytest

import nn

np = pytest.importorskip("numpy")

NOTEBOOK = "05_losses_and_xor"

NUMBER = r"[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|inf|nan)"
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
HALF_OF_LOG_2 = math.log(2.0) / 2


def listed(notebook, pattern):
    """Return the list of numbers that is printed after a pattern."""
    return json.loads(notebook.find(pattern + r"[ :]*(\[.*?\])")[0])


def row(notebook, z, columns):
    """Return the numbers of the row of a table that begins with z and has so many columns besides."""
    return [float(x) for x in notebook.find(rf"^ *{z}" + rf" +({NUMBER})" * columns + "$")]


def test_the_empirical_loss_is_the_mean_and_fit_ends_at_least_squares(notebook):
    x, d = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.1, 3.9, 6.2, 7.8])
    mean = np.mean(0.5 * (1.5 * x - d) ** 2)
    assert notebook.number("empirical loss") == pytest.approx(mean, abs=1e-12)
    assert notebook.number("first loss reported by fit") == pytest.approx(mean, abs=1e-12)
    slope, offset = np.polyfit(x, d, 1)
    least = np.mean(0.5 * (slope * x + offset - d) ** 2)
    assert least - 6e-5 < notebook.number("last loss reported by fit") < least + 2e-3  # printed to 1e-4


def test_three_divergences_and_their_derivatives_are_those_of_the_formulas(notebook):
    y, d = np.array([0.7, 0.2, 0.1]), np.array([0.0, 1.0, 0.0])
    expected = {
        "absolute error": (np.abs(y - d).sum(), np.sign(y - d)),
        "half squared error": (0.5 * ((y - d) ** 2).sum(), y - d),
        "textbook cross-entropy": (-(d * np.log(y + 1e-7)).sum(), -d / (y + 1e-7)),
    }
    for name, (value, slopes) in expected.items():
        assert notebook.number(name) == pytest.approx(value, abs=1e-6)  # printed to six places
        np.testing.assert_allclose(
            listed(notebook, rf"{name}: \S+ +with respect to each output"), slopes, rtol=0, atol=1e-4
        )


@pytest.mark.parametrize("z", [-800, -40, -20, 0, 20, 40])
def test_only_the_form_from_logits_has_all_digits(notebook, z):
    naive, textbook, from_logits, exact = row(notebook, z, columns=4)
    true = math.log1p(math.exp(-z)) if z > -700 else -z
    assert from_logits == exact == pytest.approx(true, rel=1e-5)  # printed to six digits
    assert textbook == pytest.approx(-math.log(1.0 / (1.0 + math.exp(min(-z, 700))) + 1e-7), rel=1e-5)
    assert textbook < 16.12
    if z == -800:
        assert naive == math.inf
    elif z == 40:
        assert naive == 0.0
    else:
        assert naive == pytest.approx(true, rel=1e-5)
    assert (textbook < 0.0) == (z >= 20)


@pytest.mark.parametrize("z", [-800, -40, -20, 0])
def test_the_textbook_form_hardly_pushes_where_the_answer_is_worst(notebook, z):
    naive, textbook, from_logits = row(notebook, z, columns=3)
    p = 1.0 / (1.0 + math.exp(min(-z, 700)))
    assert from_logits == pytest.approx(p - 1.0, abs=1e-4)
    assert textbook == pytest.approx(-p * (1.0 - p) / (p + 1e-7), rel=1e-3, abs=1e-100)  # printed to four digits
    assert math.isnan(naive) == (z == -800)


def test_one_neuron_ends_at_log_2_with_every_answer_one_half(notebook):
    assert notebook.number("loss after 2,020 steps") == pytest.approx(math.log(2.0), abs=1e-6)
    assert notebook.number("log 2") == pytest.approx(math.log(2.0), abs=1e-6)
    assert listed(notebook, "probabilities after 2,020 steps") == [0.5] * 4
    assert notebook.number("accuracy after 20 steps") <= 0.75


def test_no_neuron_on_a_grid_has_all_four_points_right(notebook):
    grid = np.linspace(-5.0, 5.0, 21)
    neurons = np.array(list(itertools.product(grid, grid, grid)))
    right = ((neurons[:, :2] @ X.T + neurons[:, 2:] > 0.0) == (Y == 1.0)).sum(1)
    assert notebook.number("neurons tried") == len(neurons) == 9261
    assert notebook.number("most points right") == right.max() == 3


def test_two_layers_learn_xor(notebook):
    assert notebook.number("last loss of the network") < 0.01 < 0.5 < notebook.number("first loss of the network")
    np.testing.assert_allclose(listed(notebook, "^probabilities"), Y, rtol=0, atol=0.02)
    assert notebook.number("accuracy of the network") == 1.0


def test_a_straight_line_tells_the_hidden_points_apart(notebook):
    hidden = {
        label: [listed(notebook, rf"^\[{a:.1f}, {b:.1f}\] ->") for (a, b), y in zip(X, Y, strict=True) if y == label]
        for label in (0.0, 1.0)
    }
    assert min(map(sum, hidden[1.0])) > max(map(sum, hidden[0.0])) + 1.0  # a line of slope -1 lies between
    assert math.dist(*hidden[1.0]) < 0.1 < 1.0 < math.dist(*hidden[0.0])


def test_two_starts_on_one_surface_end_in_different_places(notebook):
    assert notebook.number("good end") < 0.01
    assert notebook.number("poor end") > 0.5
    assert notebook.number("slope at the poor end") < 1e-6  # it is a minimum, not only slow
    assert math.dist(listed(notebook, r"good end: \S+ at"), listed(notebook, r"poor end: \S+ at")) > 5.0
    assert notebook.number("end of the descent") < 0.02


def loss_by_hand(z):
    """Return the mean binary cross-entropy for the logits of the four points."""
    return np.mean(np.logaddexp(0.0, z) - Y * z, -1)


def ends_of_descents_by_hand(seeds, steps, rate=0.5):
    """Return the last losses of 2-2-1 networks with tanh, which NumPy trains side by side from the same starts."""
    models = [nn.MLP(2, [2, 1], activation="tanh", seed=seed) for seed in seeds]
    start = np.array([[p.data for p in model.parameters()] for model in models])
    hidden_part, v, c = start[:, :6].reshape(-1, 2, 3), start[:, 6:8], start[:, 8:]
    w, b = hidden_part[..., :2], hidden_part[..., 2]
    for _ in range(steps):
        h = np.tanh(X @ w.transpose(0, 2, 1) + b[:, None, :])  # seeds x points x units
        z = np.einsum("spu,su->sp", h, v) + c
        dz = (1.0 / (1.0 + np.exp(-z)) - Y) / len(Y)
        dh = dz[..., None] * v[:, None, :] * (1.0 - h * h)
        v, c = v - rate * np.einsum("sp,spu->su", dz, h), c - rate * dz.sum(1, keepdims=True)
        w, b = w - rate * np.einsum("spu,pk->suk", dh, X), b - rate * dh.sum(1)
    return loss_by_hand(z)


def test_so_many_of_30_starts_learn_as_in_numpy(notebook):
    ends = ends_of_descents_by_hand(range(30), steps=2000)
    assert notebook.number("starts that learn XOR") == (ends < 0.01).sum() > 15
    stuck = (np.abs(ends - HALF_OF_LOG_2) < 0.005).sum()
    assert notebook.number("starts that end near half of log 2") == stuck > 0
    assert float(notebook.find(r"^half of log 2: (\S+)")[0]) == pytest.approx(HALF_OF_LOG_2, abs=1e-4)


def test_one_run_learns_one_is_stuck_and_one_waits_on_a_plateau(notebook):
    def run(name):
        return [float(x) for x in notebook.find(rf"^{name}: (\S+) after 2,000 steps, (\S+) after 8,000")]

    learns, poor, plateau = run("learns"), run("poor minimum"), run("plateau")
    assert max(learns) < 0.01
    np.testing.assert_allclose(poor, HALF_OF_LOG_2, rtol=0, atol=0.005)
    assert poor[1] >= HALF_OF_LOG_2 - 1e-4  # two answers of "one half" cost no less
    assert plateau[0] == pytest.approx(math.log(2.0), abs=0.005)
    assert plateau[1] < 0.01


def test_its_seven_pictures_are_there(notebook):
    assert len(notebook.pictures("image/png")) == 7
