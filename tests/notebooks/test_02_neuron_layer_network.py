"""A neuron, a layer, a network: the figures by hand-written NumPy, the descent by its formula."""

import re
from itertools import product

import pytest

import nn

np = pytest.importorskip("numpy")

NOTEBOOK = "02_neuron_layer_network"

ANIMAL, DOG = np.array([1.0, 2.0, 0.5]), np.array([1.0, 0.0])
GUESS = np.array([[0.1, 0.1, 0.2], [-0.4, -0.2, 0.2]])
X = np.array([[0.2, 0.9], [0.1, 0.7], [0.9, 0.3], [0.7, 0.1]])
TARGETS = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def first_weights():
    """Return the weights with which the notebook's network starts, a matrix for each layer."""
    model = nn.MLP(2, [2, 2], bias=False, seed=0)
    return [np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in model.layers]


def forward(weights, x):
    hidden_nets = x @ weights[0].T
    hidden = sigmoid(hidden_nets)
    nets = hidden @ weights[1].T
    return hidden_nets, hidden, nets, sigmoid(nets)


def gradients(weights, x, target):
    """Return the derivatives of 1/2 sum (target - out)^2 by both matrices, for rows of examples."""
    _, hidden, _, outs = forward(weights, x)
    by_nets = (outs - target) * outs * (1.0 - outs)
    by_hidden_nets = by_nets @ weights[1] * hidden * (1.0 - hidden)
    return by_hidden_nets.T @ x, by_nets.T @ hidden


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


def rows_below(notebook, head, count):
    """Return the numbers of the rows of a table."""
    lines = notebook.printed.split("\n")
    start = next(k for k, line in enumerate(lines) if re.match(head, line)) + 1
    return [numbers(line) for line in lines[start : start + count]]


def test_the_first_neuron_passes_on_sums_above_0(notebook):
    found = [numbers(row) for row in re.findall(r"^\(.*\): sum .*, passed on .*$", notebook.printed, re.MULTILINE)]
    assert len(found) == 4
    assert {row[4] > 0.0 for row in found} == {True, False}
    for *x, weighted_sum, passed_on in found:
        assert weighted_sum == pytest.approx(np.dot([0.1, 0.2, 0.5], x), abs=0.05)  # printed to one place
        assert passed_on == max(weighted_sum, 0.0)
    assert notebook.find(r"gradients of the weights: \[(.*)\]")[0] == "1.0, 2.0, 3.0"


def test_the_classifier_answers_and_differs_as_published(notebook):
    assert numbers(notebook.find(r"^answer: (.*)$")[0]) == [0.4, -0.7]
    assert numbers(notebook.find(r"^difference: (.*)$")[0]) == [0.6, 0.7]
    assert numbers(notebook.find(r"^derivatives with respect to the outputs: (.*)$")[0]) == [-0.6, -0.7]
    assert notebook.number("E") == pytest.approx((0.6**2 + 0.7**2) / 2.0, abs=1e-12)


def test_each_weight_alone_makes_e_smaller_by_as_much_as_it_should(notebook):
    table = rows_below(notebook, "weight  dE/dw", 6)
    by_weights = np.outer(GUESS @ ANIMAL - DOG, ANIMAL)
    for (weight, derivative, moved, error), (i, j) in zip(table, product(range(2), range(3)), strict=True):
        changed = GUESS.copy()
        changed[i, j] -= 0.1 * by_weights[i, j]
        assert (weight, derivative) == (GUESS[i, j], pytest.approx(by_weights[i, j], abs=5e-3))
        assert moved == pytest.approx(changed[i, j], abs=5e-4)
        assert error == pytest.approx(np.sum((changed @ ANIMAL - DOG) ** 2) / 2.0, abs=6e-5)
        assert error < 0.425


def test_one_weight_goes_down_its_parabola_by_a_fifth_at_each_step(notebook):
    """E = 0.7^2 / 2 + (2 (w - 0.4))^2 / 2, so w - 0.4 shrinks by 1 - 0.05 * 4."""
    for steps, said in ((1, "E after 1 step"), (12, "E after 12 steps")):
        assert notebook.number(said) == pytest.approx(0.7**2 / 2.0 + 2.0 * (0.3 * 0.8**steps) ** 2, abs=5.1e-5)
    assert notebook.number("the weight then") == pytest.approx(0.4 - 0.3 * 0.8**12, abs=5.1e-5)


def test_the_derivative_of_the_sigmoid_comes_from_its_out(notebook):
    exact = np.exp(-2.0) / (1.0 + np.exp(-2.0)) ** 2
    assert notebook.number("derivative at 2") == pytest.approx(exact, abs=5.1e-7)
    assert notebook.number("out * (1 - out)") == pytest.approx(exact, abs=5.1e-7)


def test_nets_outs_and_e_of_the_first_dog_are_numpys(notebook):
    assert notebook.number("weights") == sum(w.size for w in first_weights())
    hidden_nets, hidden, nets, outs = forward(first_weights(), X[0])
    for name, by_net, by_out in (("hidden", hidden_nets, hidden), ("output", nets, outs)):
        for k in range(2):
            found = numbers(notebook.find(rf"^{name} {k + 1}: net (.*)$")[0])
            assert found == pytest.approx([by_net[k], by_out[k]], abs=5.1e-5)
    error = float(notebook.find(r"^output 2: .*\nE: (.*)$")[0])
    assert error == pytest.approx(np.sum((TARGETS[0] - outs) ** 2) / 2.0, abs=5.1e-7)


def test_the_reused_parts_give_all_eight_derivatives(notebook):
    table = rows_below(notebook, r"weight +by hand", 8)
    by_numpy = np.concatenate([g.ravel() for g in gradients(first_weights(), X[:1], TARGETS[:1])])
    np.testing.assert_allclose([row[-2] for row in table], by_numpy, rtol=0.0, atol=5.1e-7)
    np.testing.assert_allclose([row[-1] for row in table], by_numpy, rtol=0.0, atol=5.1e-7)
    assert notebook.number("largest difference") < 1e-15  # the derivatives are below 0.1: a rounding or two


def test_paths_multiply_by_four_but_edges_grow_evenly(notebook):
    table = rows_below(notebook, "hidden layers", 7)
    # Weights: two inputs to four units, four to four, four to one. Edges: each weight, each unit in between to
    # a unit behind it, and each net to its out; the output is linear.
    assert table == [[d, 12 + 16 * (d - 1), 4 ** (d - 1), 20 + 36 * (d - 1)] for d in range(1, 8)]


def test_four_steps_bring_e_down_as_numpys_do(notebook):
    weights, errors = first_weights(), []
    for _ in range(400):
        errors.append(np.sum((TARGETS - forward(weights, X)[-1]) ** 2) / 2.0)
        weights = [w - 1.0 * g for w, g in zip(weights, gradients(weights, X, TARGETS), strict=True)]
    assert notebook.number("E before the first step") == pytest.approx(errors[0], abs=5.1e-5)
    assert notebook.number("E before the last step") == pytest.approx(errors[-1], abs=5.1e-5)
    assert notebook.number("E before the last step, by nn.fit") == pytest.approx(errors[-1], abs=5.1e-5)
    assert notebook.find("E fell at every step: True")
    assert notebook.find("the two agree within 1e-9: True")

    _, hidden, _, outs = forward(weights, X)
    found = [numbers(row) for row in re.findall(r"^target .*: hidden .*, answer .*$", notebook.printed, re.MULTILINE)]
    np.testing.assert_allclose(found, np.hstack([TARGETS, hidden, outs]), rtol=0.0, atol=5.1e-3)
    assert np.all(np.abs(np.array(found)[:, 4:] - TARGETS) < 0.05)
    assert np.all((np.array(found)[:, 2:4] > 0.5) == (TARGETS[:, ::-1] > 0.5))  # one unit for cats, one for dogs


def test_it_shows_the_networks_the_curves_and_two_graphs_that_fit_a_page(notebook):
    assert len(notebook.pictures("image/png")) == 4 + 3
    graphs = [o["data"]["image/svg+xml"] for o in notebook.pictures("image/svg+xml")]
    widths = [float(re.search(r'<svg [^>]*width="([\d.]+)pt"', graph)[1]) * 4.0 / 3.0 for graph in graphs]
    assert len(widths) == 2
    assert max(widths) < 900.0
    assert all(['style="max-width:100%' in graph for graph in graphs])  # a narrower page shows them smaller
