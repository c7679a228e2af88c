"""Notebook 4: the 3-2-3-2 network and Mazur's example against hand-written NumPy and the published figures."""

import math
import re
from functools import cache
from itertools import pairwise
from random import Random

import pytest

np = pytest.importorskip("numpy")

NOTEBOOK = "04_network_step_by_step"
NUMBER = r"-?\d+(?:\.\d*)?(?:e[-+]\d+)?"

X, Y = np.array([0.5, 0.3, 0.2]), np.array([0.8, 0.6])
GIVEN = (
    np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
    np.array([[0.2, 0.3], [0.4, 0.5], [0.6, 0.7]]),
    np.array([[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]]),
)
PUBLISHED_FIRST, PUBLISHED_LAST = np.array([0.82129409, 0.73044517]), np.array([0.80029981, 0.60032069])


def numbers(text):
    return [float(x) for x in re.findall(NUMBER, text)]


def array(notebook, label):
    """Return the numbers in brackets after a label."""
    return numbers(notebook.find(re.escape(label) + r"[ :=]+\[+([^\]]*)\]")[0])


def sigmoid(z):
    with np.errstate(over="ignore"):  # exp(800) is inf, and 1 / inf is right
        return 1.0 / (1.0 + np.exp(-z))


def back(delta, weights, h):
    return np.einsum("...ji,...j->...i", weights, delta) * h * (1.0 - h)


def forward_and_backward(weights):
    """Return the outputs of each layer and its deltas, for one set of weights or for many at once."""
    outs = [X]
    for w in weights:
        outs.append(sigmoid(np.einsum("...ji,...i->...j", w, np.broadcast_to(outs[-1], (*w.shape[:-2], w.shape[-1])))))
    _, h1, h2, o = outs
    d3 = (o - Y) * o * (1.0 - o)
    d2 = back(d3, weights[2], h2)
    d1 = back(d2, weights[1], h1)
    return outs, (d1, d2, d3)


def descend(weights, move, iterations=1_000):
    """Yield the outputs before each step."""
    for k in range(1, iterations + 1):
        outs, deltas = forward_and_backward(weights)
        yield outs[-1]
        gradients = [d[..., :, None] * h[..., None, :] for d, h in zip(deltas, outs[:-1], strict=True)]
        weights = [w - step for w, step in zip(weights, move(gradients, k), strict=True)]


def sgd(rate):
    return lambda gradients, k: [rate * g for g in gradients]


def adam(rate):
    m, v = [0.0] * 3, [0.0] * 3

    def move(gradients, k):
        steps = []
        for i, g in enumerate(gradients):
            m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g * g
            steps.append(rate * (m[i] / (1.0 - 0.9**k)) / (np.sqrt(v[i] / (1.0 - 0.999**k)) + 1e-8))
        return steps

    return move


@cache
def losses(move, rate):
    return [0.5 * np.sum((o - Y) ** 2) for o in descend(GIVEN, move(rate))]


def needed(history):
    return next((str(k) for k, loss in enumerate(history, 1) if loss < 1e-6), "never")


def test_every_number_of_the_forward_pass(notebook):
    (_, h1, h2, o), _ = forward_and_backward(GIVEN)
    printed = [numbers(row) for row in re.findall(r" [zh] = \[(.*)\]", notebook.printed)]
    expected = [GIVEN[0] @ X, h1, GIVEN[1] @ h1, h2, GIVEN[2] @ h2, o]
    assert len(printed) == len(expected)
    for row, exact in zip(printed, expected, strict=True):
        assert row == pytest.approx(exact.tolist(), abs=1e-8)
    assert array(notebook, "difference o - y") == pytest.approx((o - Y).tolist(), abs=1e-8)
    assert notebook.number("half squared error") == pytest.approx(0.5 * np.sum((o - Y) ** 2), abs=1e-10)
    assert notebook.number("sum of squares") == pytest.approx(np.sum((o - Y) ** 2), abs=1e-10)


def test_every_delta_and_that_the_engine_finds_the_same(notebook):
    (_, _, h2, _), deltas = forward_and_backward(GIVEN)
    for k, delta in enumerate(deltas, 1):
        assert array(notebook, f"delta {k}") == pytest.approx(delta.tolist(), abs=1e-8)
        assert notebook.number(f"delta {k}, largest difference") < 1e-15  # of numbers below 0.04
    assert notebook.number("18 derivatives with respect to weights, largest difference") < 1e-15
    by_first_weight = deltas[2][0] * h2[0]
    assert float(notebook.find(rf"dE/dW3\[0,0\] = .*\n.*\n += ({NUMBER})$")[0]) == pytest.approx(by_first_weight)


def test_the_weights_after_one_step(notebook):
    outs, deltas = forward_and_backward(GIVEN)
    after = GIVEN[2] - 0.1 * np.outer(deltas[2], outs[2])
    printed = numbers(notebook.find(r"W3 after one step:\n\[([^a-z]*)\]\]")[0])
    assert printed == pytest.approx(after.ravel().tolist(), abs=1e-8)
    assert notebook.number("half squared error after one step") == pytest.approx(losses(sgd, 0.1)[1], abs=1e-10)


def test_a_thousand_iterations_agree_with_numpy(notebook):
    assert notebook.number("largest difference in 1,000 iterations") < 1e-12
    outputs = list(descend(GIVEN, sgd(0.1)))
    for k in (1, 10, 100, 1_000):
        printed = notebook.find(rf"^iteration +{k}: output \[(.*)\], ({NUMBER})$")
        assert numbers(printed[0]) == pytest.approx(outputs[k - 1].tolist(), abs=1e-8)
        assert float(printed[1]) == pytest.approx(np.sum((outputs[k - 1] - Y) ** 2), rel=1e-3)
    assert notebook.find(r"the error falls in every iteration: (\w+)") == ("True",)
    assert all([after < before for before, after in pairwise(losses(sgd, 0.1))])


def test_fit_takes_the_same_steps(notebook):
    *_, last = descend(GIVEN, sgd(0.1), iterations=1_001)
    assert array(notebook, "output after 1,000 iterations") == pytest.approx(last.tolist(), abs=1e-8)
    assert notebook.number("largest difference between fit and the loop") < 1e-9  # compiled code's promise


@cache
def random_runs():
    """Return the first and last outputs of 200 runs, from the weights that Python draws for each seed."""
    sizes = [(2, 3), (3, 2), (2, 3)]
    draws = []
    for seed in range(200):
        random = Random(seed)
        draws.append([np.array([[random.random() for _ in range(n)] for _ in range(m)]) for m, n in sizes])
    weights = [np.stack(matrices) for matrices in zip(*draws, strict=True)]
    first, *_, last = descend(weights, sgd(0.1), iterations=1_001)
    return first, last


def test_runs_from_random_weights_end_near_the_published_last_output(notebook):
    first, last = random_runs()
    assert array(notebook, "median of the last outputs") == pytest.approx(np.median(last, axis=0).tolist(), abs=1e-7)
    farthest = notebook.number("largest distance from the published last output")
    assert farthest == pytest.approx(np.abs(last - PUBLISHED_LAST).max(), abs=1e-4)
    assert farthest < 0.01
    assert np.all(last.min(axis=0) < PUBLISHED_LAST)
    assert np.all(last.max(axis=0) > PUBLISHED_LAST)
    nearest = np.abs(first - PUBLISHED_FIRST).max(axis=1).argmin()
    assert array(notebook, "the start nearest to the published one") == pytest.approx(first[nearest].tolist(), abs=1e-7)
    assert array(notebook, "and where that run ends") == pytest.approx(last[nearest].tolist(), abs=1e-7)
    assert last[nearest].tolist() == pytest.approx(PUBLISHED_LAST.tolist(), abs=5e-4)


def test_a_rate_too_small_hardly_learns_one_too_large_gets_stuck_and_one_between_learns_to_the_last_digit(notebook):
    ends = {}
    for rate in (0.001, 0.1, 10, 1000):
        start, end = [float(x) for x in notebook.find(rf"^rate {rate:g}: from ({NUMBER}) to ({NUMBER})$")]
        assert start == pytest.approx(losses(sgd, 0.1)[0], rel=1e-3)
        ends[rate] = end / start
    assert ends[0.001] > 0.9
    assert ends[0.1] == pytest.approx(losses(sgd, 0.1)[-1] / losses(sgd, 0.1)[0], rel=2e-3)
    assert ends[10] < 1e-25
    assert ends[1000] > 1.0


def test_adam_by_its_formulas_moves_a_weight_as_the_optimiser_does(notebook):
    rows = [numbers(row) for row in re.findall(r"^ ?[1-4]  ?-?0\.\d{7} .*$", notebook.printed, re.MULTILINE)]
    assert [row[0] for row in rows] == [1, 2, 3, 4]
    for _, _, _, _, _, by_hand, by_optimiser in rows:
        assert by_hand == by_optimiser
    first = rows[0]
    assert first[1] == pytest.approx(-0.01464443, abs=1e-7)  # the first derivative with respect to W3
    assert first[4] == pytest.approx(0.1, abs=1e-5)  # a full step, whatever the derivative


def test_the_first_step_of_adam_is_as_long_in_every_layer(notebook):
    outs, deltas = forward_and_backward(GIVEN)
    plain = [0.1 * np.abs(np.outer(d, h)).mean() for d, h in zip(deltas, outs[:-1], strict=True)]
    assert numbers(notebook.find(r"^gradient descent, rate 0\.1 +(.*)$")[0]) == pytest.approx(plain, abs=1e-6)
    assert numbers(notebook.find(r"^Adam, rate 0\.1 +(.*)$")[0]) == pytest.approx([0.1] * 3, abs=1e-5)
    assert plain[2] / plain[0] == pytest.approx(60, abs=5)


def test_adam_and_gradient_descent_need_as_many_iterations_as_in_numpy(notebook):
    for rate in (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0):
        row = notebook.find(rf"^ +{rate:g} +(never|\d+) +(never|\d+)$")
        assert row == (needed(losses(sgd, rate)), needed(losses(adam, rate)))
    assert needed(losses(sgd, 0.1)) == "never"
    assert int(needed(losses(sgd, 10.0))) < int(needed(losses(adam, 0.1))) < 100


def test_the_cost_of_each_task_and_its_derivative_by_the_last_sum(notebook):
    o = sigmoid(0.4)
    p = np.exp([0.4, -0.2, 0.1]) / np.sum(np.exp([0.4, -0.2, 0.1]))
    difference = p - [0.0, 1.0, 0.0]
    for task, expected in {
        "two classes": [-math.log(o), o - 1, o - 1],
        "three classes": [-math.log(p[1]), *difference, *difference],
        "a number": [(0.4 - 2.5) ** 2, 0.4 - 2.5, 2 * (0.4 - 2.5)],
        "squared, sigmoid": [0.5 * (o - 1) ** 2, o - 1, (o - 1) * o * (1 - o)],
    }.items():
        assert numbers(notebook.find(rf"^{task} +([-\d. ]+)$")[0]) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("task", "target"), [("two classes", [1.0]), ("three classes", [0.0, 1.0, 0.0]), ("a number", [2.5])]
)
def test_each_task_is_learned(notebook, task, target):
    first, last, output = notebook.find(rf"^{task} +({NUMBER}) +({NUMBER})  \[(.*)\]$")
    assert float(last) < float(first) / 10
    assert numbers(output) == pytest.approx(target, abs=0.05)


def compared(notebook, name):
    """Return a published figure and ours, and the unit of its last digit, for the text cuts or rounds that."""
    published, computed = notebook.find(rf"^{re.escape(name)} +({NUMBER}) +({NUMBER})$")
    return float(published), float(computed), 10.0 ** -len(published.partition(".")[2])


MAZUR = {
    "net h1": 0.3775, "out h1": 0.593269992, "out h2": 0.596884378, "net o1": 1.105905967, "out o1": 0.75136507,
    "out o2": 0.772928465, "E o1": 0.274811083, "E o2": 0.023560026, "E": 0.298371109, "dE/dout o1": 0.74136507,
    "dout o1/dnet o1": 0.186815602, "dE/dnet o1": 0.138498562, "dE/dw5": 0.082167041, "dE o1/dout h1": 0.055399425,
    "dE o2/dout h1": -0.019049119, "dE/dout h1": 0.036350306, "dout h1/dnet h1": 0.241300709, "dE/dw1": 0.000438568,
    "w1 after": 0.149780716, "w2 after": 0.19956143, "w3 after": 0.24975114, "w4 after": 0.29950229,
    "w5 after": 0.35891648, "w6 after": 0.408666186, "w7 after": 0.511301270, "w8 after": 0.561370121,
    "E, pass 10,000": 0.0000351085,
}  # fmt: skip


@pytest.mark.parametrize("name", MAZUR)
def test_mazurs_figures(notebook, name):
    published, computed, unit = compared(notebook, name)
    assert published == MAZUR[name]
    assert computed == pytest.approx(published, rel=0.0, abs=1.01 * unit)


def test_mazurs_figures_that_his_own_weights_miss(notebook):
    published, computed, unit = compared(notebook, "E, pass 2")
    assert (published, computed) == (0.291027924, pytest.approx(0.29102777369359, abs=1e-11))
    assert abs(computed - published) > 100 * unit
    for name, printed in (("out o1, then", 0.015912196), ("out o2, then", 0.984065734)):
        published, computed, _ = compared(notebook, name)
        assert published == printed
        assert 5e-7 < abs(computed - published) < 5e-6  # five places


def test_pictures(notebook):
    assert len(notebook.pictures("image/svg+xml")) == 2  # the graph, and that of the last layer
    assert len(notebook.pictures("image/png")) == 8  # the six steps, two networks and five plots
