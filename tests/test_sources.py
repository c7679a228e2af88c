"""The programs of the teaching texts, from a first neuron to a model in a file: each runs and gives its figures."""

import math
import random
import subprocess
import sys
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import pytest

import autograd
import nn
from autograd import Value
from nn import losses

np = pytest.importorskip("numpy")

ROOT = Path(__file__).parents[1]
CLOSE = {"rtol": 0.0, "atol": 1e-12}


def numpy_sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def numpy_softplus(z):
    return np.logaddexp(0.0, z)


def data_of(numbers):
    return [x.data for x in numbers]


def weights_of(layer):
    """Return the weights of a layer as a matrix: a row for each neuron."""
    return np.array([data_of(neuron.weights) for neuron in layer.neurons])


def weight_gradients_of(layer):
    return np.array([[w.grad for w in neuron.weights] for neuron in layer.neurons])


def biases_of(layer):
    return np.array([neuron.bias.data for neuron in layer.neurons])


def bias_gradients_of(layer):
    return np.array([neuron.bias.grad for neuron in layer.neurons])


def set_weights(layer, matrix):
    for neuron, row in zip(layer.neurons, matrix, strict=True):
        for w, x in zip(neuron.weights, row, strict=True):
            w.data = x


def weights_alone(parameters):
    return [p for p in parameters if ".weights." in p.label]


def parameters_per_layer(model):
    return [len(layer.parameters()) for layer in model.layers]


def falls(history):
    return all([b < a for a, b in pairwise(history)])


# A. How a network learns: weights on edges, units with a threshold at 0, examples with answers.


@pytest.mark.parametrize(
    ("x", "passed_on"),
    [((1.0, 1.0, 1.0), 0.8), ((1.0, 2.0, 3.0), 2.0), ((-1.0, -1.0, -1.0), 0.0), ((2.0, -1.0, 0.0), 0.0)],
)
def test_the_first_neuron_passes_its_sum_on_above_0_and_nothing_below(x, passed_on):
    neuron = nn.Neuron(3, activation="relu", bias=False, init=lambda nin, nout, random: [0.1, 0.2, 0.5])
    output = neuron(x)
    assert output.data == pytest.approx(passed_on, abs=1e-15)
    output.backward()
    assert [w.grad for w in neuron.weights] == [xi if passed_on else 0.0 for xi in x]


DOG, CAT = (1.0, 0.0), (0.0, 1.0)
ANIMAL = (1.0, 2.0, 0.5)


def dog_or_cat():
    """A classifier that says (0.4, -0.7) for the animal."""
    model = nn.Layer(3, 2, activation=None, bias=False)
    set_weights(model, [[0.1, 0.1, 0.2], [-0.4, -0.2, 0.2]])
    return model


def test_the_difference_for_a_dog_is_what_each_output_is_to_move_by():
    outputs = dog_or_cat()(ANIMAL)
    assert data_of(outputs) == pytest.approx([0.4, -0.7], abs=1e-15)
    assert [t - o.data for t, o in zip(DOG, outputs, strict=True)] == pytest.approx([0.6, 0.7], abs=1e-15)
    loss = losses.half_squared_error(outputs, DOG)
    assert loss.data == pytest.approx((0.6**2 + 0.7**2) / 2, abs=1e-15)
    loss.backward()
    assert [-o.grad for o in outputs] == pytest.approx([0.6, 0.7], abs=1e-15)
    assert losses.half_squared_error(outputs, CAT).data > loss.data


@pytest.mark.parametrize("k", range(6))
def test_each_weight_alone_moves_so_that_the_loss_falls(k):
    model = dog_or_cat()
    loss = losses.half_squared_error(model(ANIMAL), DOG)
    loss.backward()
    weight = model.parameters()[k]
    assert weight.grad == pytest.approx(-(0.6, 0.7)[k // 3] * ANIMAL[k % 3], abs=1e-15)
    weight.data -= 0.1 * weight.grad
    assert losses.half_squared_error(model(ANIMAL), DOG).data < loss.data


def test_all_weights_moved_together_turn_the_answer_into_dog():
    model = dog_or_cat()
    nn.fit(
        model, [ANIMAL], [DOG], loss="half_squared_error", optimizer=nn.optim.SGD(model.parameters(), lr=0.1),
        epochs=60, progress=False,
    )  # fmt: skip
    assert data_of(model(ANIMAL)) == pytest.approx(DOG, abs=1e-6)


def test_four_steps_repeated_make_the_error_fall_every_time():
    model = nn.MLP(2, [2, 2], activation="sigmoid", output="sigmoid", seed=0)
    examples = [((0.0, 1.0), DOG), ((1.0, 0.0), CAT)]
    errors = []
    for _ in range(300):
        outs = [model(x) for x, _ in examples]  # forward
        error = autograd.sum([losses.half_squared_error(o, t) for o, (_, t) in zip(outs, examples, strict=True)])
        by_hand = [0.5 * (t - o.data) ** 2 for out, (_, ts) in zip(outs, examples, strict=True)
                   for t, o in zip(ts, out, strict=True)]  # fmt: skip
        assert error.data == pytest.approx(math.fsum(by_hand), rel=1e-14)
        model.zero_grad()
        error.backward()  # output side first
        for p in model.parameters():
            p.data -= 0.5 * p.grad  # subtract the partial derivatives
        errors.append(error.data)  # and again
    assert falls(errors)
    assert errors[-1] < errors[0] / 10


def test_the_hidden_units_reuse_the_parts_of_the_derivatives_nearer_the_output():
    """What stands at the nets of the outputs gives both their weights' derivatives and those before."""
    model = nn.MLP(2, [2, 2], activation="sigmoid", output="sigmoid", seed=1)
    x, target = [0.3, -0.8], [1.0, 0.0]
    hidden = model.layers[0](x)
    outs = model.layers[1](hidden)
    error = losses.half_squared_error(outs, target)
    error.backward()
    output_nets, hidden_nets = [[unit.inputs[0].grad for unit in units] for units in (outs, hidden)]
    o, h = np.array(data_of(outs)), np.array(data_of(hidden))
    np.testing.assert_allclose(output_nets, (o - target) * o * (1 - o), **CLOSE)
    np.testing.assert_allclose(hidden_nets, weights_of(model.layers[1]).T @ output_nets * h * (1 - h), **CLOSE)
    np.testing.assert_allclose(weight_gradients_of(model.layers[1]), np.outer(output_nets, h), **CLOSE)
    np.testing.assert_allclose(weight_gradients_of(model.layers[0]), np.outer(hidden_nets, x), **CLOSE)
    order = autograd.topological(error)
    where = {id(node): k for k, node in enumerate(order)}
    assert max([where[id(h)] for h in hidden]) < min([where[id(o.inputs[0])] for o in outs])


# B. Why backpropagation: what a derivative costs, and the chain rule.

STRENGTH = 0.3  # lambda
ROWS = np.random.default_rng(0).normal(size=(12, 3))
LABELS = (ROWS @ [1.0, -2.0, 0.5] > 0.0).astype(float)


def regularised(parameters):
    """lambda / 2m times the sum of the squared weights, without the biases."""
    return losses.l2(weights_alone(parameters), STRENGTH / (2 * len(ROWS)))


def test_a_unit_is_g_of_w_dot_x():
    unit = nn.Neuron(3, activation="sigmoid", bias=False, seed=0)
    w = np.array(data_of(unit.weights))
    for x in ROWS:
        a = unit(x)
        assert a.data == pytest.approx(numpy_sigmoid(w @ x), rel=1e-14)
        assert a.inputs[0].data == pytest.approx(w @ x, rel=1e-14)


def test_regularised_logistic_regression_agrees_with_numpy_at_every_step():
    model = nn.MLP(3, [1], seed=0)
    w, b, m = weights_of(model.layers[0])[0], 0.0, len(ROWS)
    costs = []
    for _ in range(40):
        z = ROWS @ w + b
        fit = np.mean(LABELS * numpy_softplus(-z) + (1 - LABELS) * numpy_softplus(z))
        costs.append(fit + STRENGTH / (2 * m) * w @ w)
        difference = numpy_sigmoid(z) - LABELS
        w, b = w - 0.5 * (ROWS.T @ difference + STRENGTH * w) / m, b - 0.5 * difference.mean()
    history = nn.fit(
        model, ROWS, LABELS, loss="binary_cross_entropy_with_logits", penalty=regularised,
        optimizer=nn.optim.SGD(model.parameters(), lr=0.5), epochs=40, progress=False,
    )  # fmt: skip
    np.testing.assert_allclose(history["loss"], costs, **CLOSE)
    np.testing.assert_allclose(weights_of(model.layers[0])[0], w, **CLOSE)
    assert model.layers[0].neurons[0].bias.data == pytest.approx(b, abs=1e-12)
    assert falls(costs)


def test_the_same_cost_for_a_network_sums_over_outputs_and_agrees_with_numpy():
    model = nn.MLP(3, [4, 2], activation="sigmoid", output="sigmoid", seed=0)
    targets = np.stack([LABELS, 1.0 - LABELS], axis=1)
    m = len(ROWS)
    cost = autograd.mean(
        [losses.binary_cross_entropy(model(x), t, reduction="sum") for x, t in zip(ROWS, targets, strict=True)]
    ) + regularised(model.parameters())
    cost.backward()

    (w1, w2), (b1, b2) = [[f(layer) for layer in model.layers] for f in (weights_of, biases_of)]
    h = numpy_sigmoid(ROWS @ w1.T + b1)
    a = numpy_sigmoid(h @ w2.T + b2)
    fit = -np.sum(targets * np.log(a) + (1 - targets) * np.log(1 - a)) / m
    assert cost.data == pytest.approx(fit + STRENGTH / (2 * m) * (np.sum(w1**2) + np.sum(w2**2)), rel=1e-13)
    d2 = (a - targets) / m
    d1 = d2 @ w2 * h * (1 - h)
    by_hand = [(d1.T @ ROWS + STRENGTH / m * w1, d1.sum(0)), (d2.T @ h + STRENGTH / m * w2, d2.sum(0))]
    for layer, (by_weights, by_biases) in zip(model.layers, by_hand, strict=True):
        np.testing.assert_allclose(weight_gradients_of(layer), by_weights, **CLOSE)
        np.testing.assert_allclose(bias_gradients_of(layer), by_biases, **CLOSE)


SIZES = [((9, 1, 1), 10), ((9, 10, 1), 100), ((99, 10, 1), 1_000), ((999, 10, 1), 10_000)]


@pytest.mark.parametrize(("sizes", "weights"), SIZES)
def test_perturbing_needs_a_forward_pass_for_each_weight_and_one_more_but_backpropagation_one(sizes, weights):
    nin, *widths = sizes
    model = nn.MLP(nin, widths, activation="sigmoid", output="sigmoid", bias=False, init="lecun_uniform", seed=0)
    parameters = model.parameters()
    assert len(parameters) == weights
    generator = random.Random(0)
    x = [generator.uniform(-1.0, 1.0) for _ in range(nin)]
    passes = 0

    def forward():
        nonlocal passes
        passes += 1
        return losses.half_squared_error(model(x), 1.0)

    loss = forward()
    loss.backward()
    assert passes == 1
    operands = [x for node in autograd.topological(loss) for x in node.inputs]
    derivatives = [x for x in operands if isinstance(x, Value)]
    assert weights < len(derivatives) <= len(operands) < 2 * weights + 2 * sum(sizes)  # backward costs a pass at most

    passes, step, slopes = 0, 1e-6, []
    with autograd.no_grad():
        base = forward().data
        for p in parameters:
            before, p.data = p.data, p.data + step
            slopes.append((forward().data - base) / step)
            p.data = before
    assert passes == weights + 1
    np.testing.assert_allclose(slopes, [p.grad for p in parameters], rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(("inputs", "units"), [(4, 2), (9, 10), (49, 20)])
def test_backpropagation_does_each_operation_once_more_but_perturbing_once_for_every_weight(inputs, units):
    done = {"forward": 0, "backward": 0}

    def counted(direction, result):
        done[direction] += 1
        return result

    times = autograd.Op("times", lambda x, y: counted("forward", x * y), lambda x, y, z: counted("backward", (y, x)))
    generator = random.Random(0)
    x = [generator.random() for _ in range(inputs)]
    hidden = [[Value(generator.uniform(-0.2, 0.2)) for _ in x] for _ in range(units)]
    output = [Value(generator.uniform(-0.2, 0.2)) for _ in hidden]
    weights = [*output, *[w for row in hidden for w in row]]

    def weighed(row, inputs):
        return autograd.sigmoid(autograd.sum([autograd.apply(times, w, a) for w, a in zip(row, inputs, strict=True)]))

    def forward():
        return weighed(output, [weighed(row, x) for row in hidden])

    result = forward()
    result.backward()
    assert done == {"forward": len(weights), "backward": len(weights)}

    done["forward"] = 0
    with autograd.no_grad():
        base = forward().data
        for w in weights:
            before, w.data = w.data, w.data + 1e-6
            assert (forward().data - base) / 1e-6 == pytest.approx(w.grad, rel=1e-4, abs=1e-8)
            w.data = before
    assert done["forward"] == (len(weights) + 1) * len(weights)


def local_derivatives(node):
    """Return the derivatives of one operation alone."""
    return autograd.grad(lambda xs: autograd.apply(node.op, *xs))([x.data for x in node.inputs])


def test_df_dw_is_df_dg_times_dg_dw():
    w, x, b = Value(-2.0, label="w"), Value(3.0, label="x"), Value(1.0, label="b")
    g = w * x
    f = g + b
    f.backward()
    assert (f.data, g.data) == (-5.0, -6.0)
    by_g, by_b = local_derivatives(f)
    by_w, by_x = local_derivatives(g)
    assert (by_g, by_b, by_w, by_x) == (1.0, 1.0, 3.0, -2.0)
    assert w.grad == by_g * by_w == 3.0
    assert x.grad == by_g * by_x == -2.0
    assert (b.grad, g.grad, f.grad) == (1.0, 1.0, 1.0)


# C. A worked network, step by step: 3-2-3-2, sigmoid everywhere, no biases.

X, Y, ALPHA = np.array([0.5, 0.3, 0.2]), np.array([0.8, 0.6]), 0.1
W1 = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
W2 = [[0.2, 0.3], [0.4, 0.5], [0.6, 0.7]]
W3 = [[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]]


def worked_network(**options):
    return nn.MLP(3, [2, 3, 2], activation="sigmoid", output="sigmoid", bias=False, **options)


def hand_written_step(matrices):
    """Return the outputs, and the weights after one step of gradient descent on 1/2 sum (y - o)^2."""
    w1, w2, w3 = matrices
    h1 = numpy_sigmoid(w1 @ X)
    h2 = numpy_sigmoid(w2 @ h1)
    o = numpy_sigmoid(w3 @ h2)
    d3 = (o - Y) * o * (1 - o)
    d2 = w3.T @ d3 * h2 * (1 - h2)
    d1 = w2.T @ d2 * h1 * (1 - h1)
    gradients = np.outer(d1, X), np.outer(d2, h1), np.outer(d3, h2)
    return o, gradients, [w - ALPHA * g for w, g in zip(matrices, gradients, strict=True)]


def test_the_worked_network_agrees_with_numpy_at_each_of_1000_iterations():
    model = worked_network()
    matrices = [np.array(w) for w in (W1, W2, W3)]
    assert (
        [w.shape for w in matrices] == [weights_of(layer).shape for layer in model.layers] == [(2, 3), (3, 2), (2, 3)]
    )
    for layer, matrix in zip(model.layers, matrices, strict=True):
        set_weights(layer, matrix.tolist())
    assert len(model.parameters()) == 18
    optimizer = nn.optim.SGD(model.parameters(), lr=ALPHA)
    printed = []
    for _ in range(1_000):
        o, gradients, matrices = hand_written_step(matrices)
        outputs = model(X)
        optimizer.zero_grad()
        losses.half_squared_error(outputs, Y).backward()
        np.testing.assert_allclose(data_of(outputs), o, **CLOSE)
        for layer, gradient in zip(model.layers, gradients, strict=True):
            np.testing.assert_allclose(weight_gradients_of(layer), gradient, **CLOSE)
        optimizer.step()
        for layer, matrix in zip(model.layers, matrices, strict=True):
            np.testing.assert_allclose(weights_of(layer), matrix, **CLOSE)
        printed.append(losses.mse(outputs, Y, reduction="sum").data)
        assert printed[-1] == pytest.approx(np.sum((Y - o) ** 2), abs=1e-12)
        if len(printed) == 1:
            assert data_of(outputs) == pytest.approx([0.68208817, 0.79048316], abs=1e-8)
    assert data_of(outputs) == pytest.approx([0.79700742, 0.60044127], abs=1e-8)
    assert data_of(outputs) == pytest.approx(Y.tolist(), abs=4e-3)
    assert falls(printed)


def test_the_worked_network_by_fit_goes_the_same_way():
    model = worked_network()
    matrices = [np.array(w) for w in (W1, W2, W3)]
    for layer, matrix in zip(model.layers, matrices, strict=True):
        set_weights(layer, matrix.tolist())
    expected = []
    for _ in range(1_000):
        o, _, matrices = hand_written_step(matrices)
        expected.append(np.sum((Y - o) ** 2) / 2)
    history = nn.fit(
        model, [X], [Y], loss="half_squared_error", optimizer=nn.optim.SGD(model.parameters(), lr=ALPHA),
        epochs=1_000, progress=False,
    )  # fmt: skip
    np.testing.assert_allclose(history["loss"], expected, **CLOSE)
    for layer, matrix in zip(model.layers, matrices, strict=True):
        np.testing.assert_allclose(weights_of(layer), matrix, **CLOSE)


def from_random_weights(seed):
    """Return the first outputs, the last, and the printed losses of 1,000 iterations from weights in [0, 1)."""
    model = worked_network(init=lambda nin, nout, random: [random.random() for _ in range(nin)], seed=seed)
    assert all([0.0 <= p.data < 1.0 for p in model.parameters()])
    first = data_of(model(X))
    history = nn.fit(
        model, [X], [Y], loss=partial(losses.mse, reduction="sum"), epochs=1_000, progress=False,
        optimizer=nn.optim.SGD(model.parameters(), lr=ALPHA / 2),  # the sum has twice the slope of half of it
    )  # fmt: skip
    return first, data_of(model(X)), history["loss"]


@pytest.mark.parametrize("seed", range(4))
def test_the_worked_network_from_any_random_weights_approaches_its_target(seed):
    _, last, printed = from_random_weights(seed)
    assert falls(printed)
    assert printed[-1] < 2e-5
    assert last == pytest.approx(Y.tolist(), abs=1e-2)


def test_a_run_that_starts_near_the_published_one_ends_near_it():
    """The text does not print its random weights; these are a draw whose first outputs are close to its own."""
    first, last, printed = from_random_weights(seed=13162)
    assert first == pytest.approx([0.82129409, 0.73044517], abs=2e-3)
    assert falls(printed)
    assert last == pytest.approx([0.80029981, 0.60032069], abs=3e-4)
    assert last == pytest.approx(Y.tolist(), abs=1e-3)


@pytest.mark.parametrize(
    ("output", "loss", "target"),
    [
        ("sigmoid", losses.binary_cross_entropy, [1.0]),
        ("softmax", losses.cross_entropy, [0.0, 1.0, 0.0]),
        (None, losses.mse, [2.5]),
    ],
)
def test_each_task_has_its_cost_and_gradient_descent_makes_it_smaller(output, loss, target):
    model = nn.MLP(2, [3, len(target)], activation="sigmoid", output=output, seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    costs = []
    for _ in range(50):
        optimizer.zero_grad()
        prediction = model([0.5, -1.0])
        cost = loss(prediction, target)
        cost.backward()
        optimizer.step()
        costs.append(cost.data)
    assert falls(costs)


def test_a_rate_too_small_hardly_learns_and_one_too_large_diverges():
    """On w^2 / 2 every step multiplies w by 1 - alpha."""

    def after(alpha):
        w = Value(1.0)
        optimizer = nn.optim.SGD([w], lr=alpha)
        for _ in range(50):
            optimizer.zero_grad()
            (0.5 * w**2).backward()
            optimizer.step()
        return abs(w.data)

    assert after(0.001) > 0.95
    assert after(0.5) < 1e-14
    assert after(2.1) > 100.0


# D. Loss functions: divergences, and what a single perceptron cannot do.

PREDICTED, WANTED = np.array([0.7, 0.2, 0.1]), np.array([0.0, 1.0, 0.0])


def test_mae_is_the_sum_of_the_distances():
    p = [Value(x) for x in PREDICTED]
    loss = losses.mae(p, WANTED, reduction="sum")
    loss.backward()
    assert loss.data == pytest.approx(np.abs(PREDICTED - WANTED).sum(), rel=1e-15)
    assert [x.grad for x in p] == np.sign(PREDICTED - WANTED).tolist()


def test_mse_is_half_the_sum_of_the_squares():
    p = [Value(x) for x in PREDICTED]
    loss = losses.half_squared_error(p, WANTED)
    loss.backward()
    assert loss.data == pytest.approx(0.5 * np.sum((PREDICTED - WANTED) ** 2), rel=1e-15)
    np.testing.assert_allclose([x.grad for x in p], PREDICTED - WANTED, **CLOSE)


@pytest.mark.parametrize("predicted", [PREDICTED, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])])
def test_cross_entropy_with_1e_7_is_finite_where_a_probability_is_0(predicted):
    p = [Value(x) for x in predicted]
    loss = losses.cross_entropy(p, WANTED, eps=1e-7)
    loss.backward()
    assert loss.data == pytest.approx(-np.sum(WANTED * np.log(predicted + 1e-7)), rel=1e-14)
    np.testing.assert_allclose([x.grad for x in p], -WANTED / (predicted + 1e-7), rtol=1e-14)
    assert loss.data == losses.cross_entropy(predicted, 1, eps=1e-7).data


def test_the_stable_cross_entropy_is_the_same_without_the_1e_7_and_exact_beyond_it():
    logits = [2.0, -1.0, 0.5]
    stable = losses.cross_entropy_with_logits(logits, WANTED).data
    assert stable == pytest.approx(losses.cross_entropy(autograd.softmax(logits), WANTED).data, rel=1e-14)
    assert losses.cross_entropy(autograd.softmax(logits), WANTED, eps=1e-7).data == pytest.approx(stable, rel=1e-5)
    assert losses.cross_entropy_with_logits([100.0, 0.0, 0.0], WANTED).data == pytest.approx(100.0, rel=1e-14)
    assert losses.cross_entropy(autograd.softmax([100.0, 0.0, 0.0]), WANTED, eps=1e-7).data < 16.2


def test_the_empirical_loss_is_the_mean_of_the_divergence_over_the_samples():
    model = nn.MLP(3, [2], seed=0)
    outputs = ROWS @ weights_of(model.layers[0]).T
    targets = np.stack([LABELS, 1.0 - LABELS], axis=1)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    loss = partial(losses.mae, reduction="sum")
    history = nn.fit(model, ROWS, targets, loss=loss, optimizer=optimizer, epochs=1, progress=False)
    assert history["loss"][0] == pytest.approx(np.mean(np.abs(outputs - targets).sum(1)), rel=1e-14)


def learned_xor(model, epochs):
    X, y = nn.data.xor()
    return nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.optim.Adam(model.parameters(), lr=0.1),
        epochs=epochs, metrics="accuracy", progress=False,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_a_single_perceptron_never_represents_xor(seed):
    history = learned_xor(nn.MLP(2, [1], seed=seed), epochs=300)
    assert max(history["accuracy"]) <= 0.75
    # The cost is convex, and at its least where every answer is "one half".
    assert min(history["loss"]) > math.log(2.0) - 1e-12
    assert history["loss"][-1] == pytest.approx(math.log(2.0), abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_a_network_of_two_layers_learns_xor(seed):
    history = learned_xor(nn.MLP(2, [4, 1], activation="tanh", seed=seed), epochs=300)
    assert history["accuracy"][-1] == 1.0
    assert history["loss"][-1] < 0.02


# E. From logistic regression to networks, on pictures of 64 x 64 pixels in three colours.
# No cats are at hand: the pictures are crops of the two photographs that ship with scikit-learn, china.jpg and
# flower.jpg.

SIDE = 64
PIXELS = SIDE * SIDE * 3


@cache
def crops():
    """Return crops that do not overlap, flattened, with 1 for the flower, some to learn from and some held out."""
    datasets = pytest.importorskip("sklearn.datasets")
    pytest.importorskip("PIL", reason="scikit-learn reads photographs with Pillow")
    rows, labels = [], []
    for label, name in enumerate(("china.jpg", "flower.jpg")):
        photograph = datasets.load_sample_image(name)
        for i in range(6):
            for j in range(10):
                crop = photograph[i * SIDE : (i + 1) * SIDE, j * SIDE : (j + 1) * SIDE]
                assert crop.shape == (SIDE, SIDE, 3)
                rows.append((crop.reshape(-1) / 255.0 - 0.5).tolist())
                labels.append(label)
    X, X_test, y, y_test = nn.data.train_test_split(rows, labels, test_size=40, stratify=True)
    return X, X_test, y, y_test


@pytest.mark.long
def test_logistic_regression_has_12289_parameters_and_tells_the_photographs_apart():
    X, X_test, y, y_test = crops()
    assert {len(x) for x in X} == {PIXELS} == {12_288}
    model = nn.MLP(PIXELS, [1], init="zeros")
    assert len(model.parameters()) == 12_289
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.optim.Adam(model.parameters(), lr=0.0003),
        epochs=4, batch_size=16, validation=(X_test, y_test), metrics="accuracy", progress=False,
    )  # fmt: skip
    assert falls(history["loss"])
    assert history["loss"][-1] < 0.5 < math.log(2.0)  # that of a coin
    assert history["val_accuracy"][-1] >= 0.75


@pytest.mark.long
def test_three_neurons_have_3_times_12289_parameters_and_several_may_be_on_at_once():
    """In place of cat, lion and iguana: the flower, a bright crop, a crop more red than blue."""
    X, _, y, _ = crops()
    X, y = X[:40], y[:40]
    pictures = np.array(X).reshape(len(X), SIDE, SIDE, 3)
    brightness = pictures.mean((1, 2, 3))
    red = pictures[..., 0].mean((1, 2)) > pictures[..., 2].mean((1, 2))
    labels = np.stack([np.array(y) == 1, brightness > np.median(brightness), red], axis=1).astype(int)
    model = nn.MLP(PIXELS, [3], init="zeros")
    assert len(model.parameters()) == 3 * 12_289 == 36_867

    def loss(logits, target):
        three = [losses.binary_cross_entropy_with_logits(z, t) for z, t in zip(logits, target, strict=True)]
        together = losses.binary_cross_entropy_with_logits(logits, target, reduction="sum")
        assert together.data == pytest.approx(math.fsum(data_of(three)), rel=1e-12)
        return together

    history = nn.fit(
        model, X, labels, loss=loss, optimizer=nn.optim.Adam(model.parameters(), lr=0.0003), epochs=5, batch_size=8,
        compile=False, progress=False,  # the loss looks at numbers
    )  # fmt: skip
    assert history["loss"][-1] < 0.75 * 3 * math.log(2.0)
    with autograd.no_grad():
        logits = np.array([data_of(model(x)) for x in X])
    assert ((logits > 0.0) == labels).mean() >= 0.8
    assert max((logits > 0.0).sum(1)) >= 2  # a softmax would choose one


def test_the_softmax_of_a_layer_gives_the_published_probabilities():
    layer = nn.Layer(3, 3, activation="softmax", bias=False)
    set_weights(layer, np.eye(3).tolist())
    probabilities = layer([5.0, 3.0, 1.0])
    assert data_of(probabilities) == pytest.approx([0.86681333, 0.11731043, 0.01587624], rel=0.0, abs=1e-8)
    assert math.fsum(data_of(probabilities)) == pytest.approx(1.0, abs=1e-15)


def test_one_hot_cross_entropy_pulls_each_logit_by_probability_minus_label():
    labels = nn.data.one_hot([0, 2, 1])
    assert labels == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    p = np.exp([5.0, 3.0, 1.0]) / np.exp([5.0, 3.0, 1.0]).sum()
    for label in labels:
        z = [Value(x) for x in (5.0, 3.0, 1.0)]
        loss = losses.cross_entropy(autograd.softmax(z), label)
        loss.backward()
        assert loss.data == pytest.approx(-np.log(p[label.index(1.0)]), rel=1e-13)
        np.testing.assert_allclose([x.grad for x in z], p - label, **CLOSE)


AGES = [1.0, 2.0, 3.5, 5.0, 6.5, 8.0, 9.0, 12.0]  # made up: length and weight grow with the age, on a scale to 1
ANIMALS = [[age / 12.0, (age / 12.0) ** 2] for age in AGES]


@pytest.mark.parametrize("loss", ["mae", "mse"])
@pytest.mark.parametrize("output", ["linear", "relu"])
def test_age_is_learned_with_a_linear_and_a_relu_output_by_l1_and_by_l2(output, loss):
    model = nn.MLP(2, [1], output=output, init=0.5)
    history = nn.fit(
        model, ANIMALS, AGES, loss=loss, optimizer=nn.optim.Adam(model.parameters(), lr=0.1), epochs=1_500,
        metrics="mae", progress=False,
    )  # fmt: skip
    assert history["mae"][0] > 4.0
    assert history["mae"][-1] < 0.3
    unborn = model([-5.0, -5.0]).data
    assert unborn == 0.0 if output == "relu" else unborn < 0.0


def test_l1_ends_at_the_median_and_l2_at_the_mean():
    ages, ends = [1.0, 2.0, 3.0, 4.0, 40.0], {}
    for loss in ("mae", "mse"):
        model = nn.MLP(1, [1], init="zeros")
        nn.fit(
            model, [[0.0]] * 5, ages, loss=loss, optimizer=nn.optim.Adam(model.parameters(), lr=0.5), epochs=400,
            schedule=nn.schedules.exponential(0.98), progress=False,
        )  # fmt: skip
        ends[loss] = model([0.0]).data
    assert ends["mae"] == pytest.approx(3.0, abs=0.05)
    assert ends["mse"] == pytest.approx(10.0, abs=0.05)


@pytest.mark.parametrize("n", [4, PIXELS])
def test_n_3_2_1_has_3n_plus_3_and_8_and_3_parameters(n):
    model = nn.MLP(n, [3, 2, 1], activation="sigmoid", seed=0)
    assert parameters_per_layer(model) == [3 * n + 3, 2 * 3 + 2, 2 * 1 + 1]
    counts = [int(row.split()[-1]) for row in model.summary().splitlines()[1:]]
    assert counts == [3 * n + 3, 8, 3, 3 * n + 14]


def test_the_cost_of_a_batch_is_the_mean_and_its_derivatives_go_from_the_last_layer_backwards():
    model = nn.MLP(3, [3, 2, 1], activation="sigmoid", output="sigmoid", seed=3)
    each = [losses.binary_cross_entropy(model(x), t) for x, t in zip(ROWS, LABELS, strict=True)]
    cost = autograd.mean(each)
    assert cost.data == pytest.approx(math.fsum(data_of(each)) / len(each), rel=1e-14)
    cost.backward()

    ws, bs = [[f(layer) for layer in model.layers] for f in (weights_of, biases_of)]
    outs = [ROWS]
    for w, b in zip(ws, bs, strict=True):
        outs.append(numpy_sigmoid(outs[-1] @ w.T + b))
    delta = (outs[3] - LABELS[:, None]) / len(ROWS)
    for k in (2, 1, 0):
        np.testing.assert_allclose(weight_gradients_of(model.layers[k]), delta.T @ outs[k], **CLOSE)
        np.testing.assert_allclose(bias_gradients_of(model.layers[k]), delta.sum(0), **CLOSE)
        delta = delta @ ws[k] * outs[k] * (1 - outs[k])


def test_a_price_is_learned_end_to_end_through_quantities_of_the_networks_own():
    """No house prices ship with scikit-learn: its diabetes set, ten measures and one number, stands in."""
    pytest.importorskip("sklearn")
    X, X_test, y, y_test = nn.data.train_test_split(*nn.data.load("diabetes"))
    mean, deviation = np.mean(y), np.std(y)
    scale = nn.data.Standardizer(X)
    model = nn.MLP(10, [4, 1], activation="tanh", init="xavier_uniform", seed=0)
    before = weights_of(model.layers[0])
    history = nn.fit(
        model, scale(X), (np.array(y) - mean) / deviation, loss="mse",
        optimizer=nn.optim.Adam(model.parameters(), lr=0.01), epochs=25, batch_size=16, metrics="r2",
        validation=(scale(X_test), (np.array(y_test) - mean) / deviation), progress=False,
    )  # fmt: skip
    assert history["val_r2"][-1] > 0.3  # predicting the mean has 0
    after = weights_of(model.layers[0])
    assert np.all(np.abs(after - before).max(1) > 0.05)  # nobody told the hidden units what to find
    hidden = np.array([data_of(model.layers[0](x)) for x in scale(X_test)])
    assert np.all(hidden.std(0) > 0.05)


PREDICT = """
import sys
import nn

model = nn.load(sys.argv[1])
print(repr(model))
for line in sys.stdin:
    print(*[y.data.hex() for y in model([float.fromhex(x) for x in line.split()])])
"""


def test_another_process_predicts_the_same_bits_from_the_saved_architecture_and_parameters(tmp_path):
    pytest.importorskip("safetensors")
    model = nn.MLP(3, [3, 2], activation="sigmoid", output="softmax", seed=0)
    nn.fit(
        model, ROWS, LABELS.astype(int), loss="cross_entropy", optimizer=nn.optim.Adam(model.parameters(), lr=0.1),
        epochs=20, progress=False,
    )  # fmt: skip
    path = tmp_path / "model.safetensors"
    nn.save(model, path)
    rows = "".join([" ".join([float(x).hex() for x in row]) + "\n" for row in ROWS])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PREDICT, path],
        input=rows, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    architecture, *predictions = done.stdout.splitlines()
    assert architecture == repr(model)
    assert predictions == [" ".join([y.data.hex() for y in model(row)]) for row in ROWS]
