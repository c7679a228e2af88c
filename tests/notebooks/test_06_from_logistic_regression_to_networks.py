"""The notebook on the way from logistic regression to networks: its counts, figures and predictions."""

import itertools
import json
import math
import random
from functools import cache

import pytest

import nn

np = pytest.importorskip("numpy")

NOTEBOOK = "06_from_logistic_regression_to_networks"

SIDE = 64


def listed(notebook, pattern):
    """Return the list of numbers that is printed after a pattern, as Python or NumPy print it."""
    inside = notebook.find(pattern + r": \[(.*?)\]")[0]
    return [float(x) for x in inside.replace(",", " ").split()]


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-np.asarray(z)))


def test_a_picture_is_12288_inputs_and_one_neuron_has_12289_parameters(notebook):
    assert notebook.find(r"^crops: (\d+), of which (\d+) to learn from and (\d+)") == ("120", "80", "40")
    assert notebook.number("inputs") == SIDE * SIDE * 3 == 12_288
    assert notebook.number("parameters of logistic regression") == 12_289
    assert notebook.find(r"^layers\.0 +Layer\(12288 -> 1, linear\) +12289$")


def test_logistic_regression_does_better_than_a_coin_on_crops_held_out(notebook):
    first, last = [notebook.number(f"loss of the {which} epoch") for which in ("first", "last")]
    assert last < 0.5 < first < math.log(2.0)
    assert notebook.number("accuracy on held-out crops") >= 0.75


def test_three_neurons_have_36867_parameters_and_their_losses_add_up(notebook):
    assert notebook.number("parameters of three neurons") == notebook.number("3 x 12,289") == 3 * 12_289 == 36_867
    p = sigmoid([2.0, -1.0, 0.5])
    each = -np.log([p[0], 1.0 - p[1], p[2]])
    np.testing.assert_allclose(listed(notebook, "three logistic losses"), each, rtol=0, atol=1e-4)
    for label in ("their sum", "loss of the picture"):
        assert notebook.number(label) == pytest.approx(each.sum(), abs=1e-6)  # printed to six places


def test_several_answers_at_once_are_learned(notebook):
    datasets = pytest.importorskip("sklearn.datasets")
    pytest.importorskip("PIL", reason="scikit-learn reads photographs with Pillow")
    means = []
    for name in ("china.jpg", "flower.jpg"):
        photograph = datasets.load_sample_image(name)[: 6 * SIDE, : 10 * SIDE] / 255.0
        means.append(photograph.reshape(6, SIDE, 10, SIDE, 3).mean((1, 3)).reshape(60, 3))
    means = np.concatenate(means)
    brightness = means.mean(1)
    yes = np.stack([np.arange(120) >= 60, brightness > np.median(brightness), means[:, 0] > means[:, 2]], axis=1)
    assert notebook.number("crops with more than one yes") == (yes.sum(1) > 1).sum() > 20

    first, last = [notebook.number(f"loss of the {which} epoch, three answers") for which in ("first", "last")]
    assert last < 0.3 * 3 * math.log(2.0) < 0.7 * 3 * math.log(2.0) < first < 3 * math.log(2.0)
    assert notebook.number("right about flower") >= 0.75
    assert min(notebook.number("right about bright"), notebook.number("right about warm")) >= 0.9


def test_the_published_softmax_its_cross_entropy_and_its_derivatives(notebook):
    assert notebook.find(r"^softmax: \[0\.86681333 0\.11731043 0\.01587624\]$")
    p = np.exp([5.0, 3.0, 1.0]) / np.exp([5.0, 3.0, 1.0]).sum()
    to_eight_places = {"rtol": 0, "atol": 1e-8}
    np.testing.assert_allclose(listed(notebook, "^softmax"), p, **to_eight_places)
    np.testing.assert_allclose(listed(notebook, "three sigmoids"), sigmoid([5.0, 3.0, 1.0]), **to_eight_places)
    assert notebook.number("sum of the softmax") == 1.0
    assert listed(notebook, "one-hot label") == [1.0, 0.0, 0.0]
    for label in ("cross-entropy", "-log of the first probability"):
        assert notebook.number(label) == pytest.approx(-math.log(p[0]), abs=1e-8)
    for label in ("derivatives with respect to the scores", "probabilities minus label"):
        np.testing.assert_allclose(listed(notebook, label), p - [1.0, 0.0, 0.0], **to_eight_places)


def test_one_of_three_classes_is_learned_and_told_better_than_always_the_same(notebook):
    assert notebook.number("accuracy of the classifier") >= 0.75
    always = notebook.number("share of the most frequent kind")
    assert always == pytest.approx(0.5, abs=0.05)  # the halves are stratified
    assert notebook.number("accuracy of the classifier on held-out crops") > always


@cache
def animals():
    generator = random.Random(0)
    lengths = [generator.uniform(0.0, 1.0) for _ in range(40)]
    ages = [max(0.0, 14.0 * x - 2.0 + generator.gauss(0.0, 0.5)) for x in lengths]
    for k in (5, 20, 35):
        ages[k] += 20.0
    return np.array(lengths), np.array(ages)


def ages_of(notebook, name):
    """Return the ages that a model gives at lengths 0.05 and 0.5."""
    return [float(x) for x in notebook.find(rf"^{name}: age at length 0\.05 is (\S+), age at length 0\.5 is (\S+)")]


def test_l2_is_the_line_of_least_squares(notebook):
    line = np.polyfit(*animals(), 1)
    np.testing.assert_allclose(ages_of(notebook, "L2"), np.polyval(line, [0.05, 0.5]), rtol=0, atol=0.01)


def test_l1_is_nearly_the_line_of_least_distance_which_goes_through_two_animals(notebook):
    lengths, ages = animals()

    def distance(slope, offset):
        return np.mean(np.abs(slope * lengths + offset - ages))

    through_two = []
    for i, j in itertools.combinations(range(len(lengths)), 2):
        slope = (ages[i] - ages[j]) / (lengths[i] - lengths[j])
        through_two.append(distance(slope, ages[i] - slope * lengths[i]))
    short, grown = ages_of(notebook, "L1")
    slope = (grown - short) / 0.45
    reached = distance(slope, grown - 0.5 * slope)
    assert min(through_two) - 1e-3 < reached < min(through_two) + 0.01
    assert reached < distance(*np.polyfit(lengths, ages, 1)) - 0.3


def test_wrong_ages_lift_l2_and_a_relu_never_falls_below_0(notebook):
    true = notebook.number("true age at length 0.5")
    assert true == 5.0
    assert abs(ages_of(notebook, "L1")[1] - true) < 0.3 < 2.0 < ages_of(notebook, "L2")[1] - true
    assert abs(ages_of(notebook, "L1 with ReLU")[1] - true) < 0.3
    assert ages_of(notebook, "L1 with ReLU")[0] == 0.0 > ages_of(notebook, "L1")[0]


@pytest.mark.parametrize("n", [4, SIDE * SIDE * 3])
def test_n_3_2_1_has_3n_plus_3_and_8_and_3_parameters(notebook, n):
    table = rf"Layer\({n} -> 3, sigmoid\) +(\d+)\n.* +(\d+)\n.* +(\d+)\ntotal +(\d+)$"
    assert [int(x) for x in notebook.find(table)] == [3 * n + 3, 2 * 3 + 2, 2 * 1 + 1, 3 * n + 14]
    assert notebook.number(f"n = {n:,}: 3n + 3") == 3 * n + 3


def test_the_cost_is_the_mean_and_the_derivatives_by_hand_are_those_of_backward(notebook):
    generator = random.Random(1)
    a = rows = np.array([[generator.uniform(-1.0, 1.0) for _ in range(4)] for _ in range(10)])
    d = rows.sum(1) > 0.0
    for layer in nn.MLP(4, [3, 2, 1], seed=0).layers:
        w = np.array([[x.data for x in neuron.weights] for neuron in layer.neurons])
        a = sigmoid(a @ w.T)  # biases start at 0
    cost = -np.mean(np.log(np.where(d, a[:, 0], 1.0 - a[:, 0])))
    assert notebook.number("J") == pytest.approx(cost, abs=1e-6)
    assert notebook.number("mean of the ten losses") == pytest.approx(cost, abs=1e-6)

    pattern = "\n".join([rf"layer {k}: (\d+) derivatives, largest difference (\S+)" for k in (3, 2, 1)])
    found = notebook.find(pattern)
    assert [int(x) for x in found[::2]] == [3, 8, 15]
    assert max(map(float, found[1::2])) < 1e-14  # rounding, of numbers below 1


def test_prices_are_learned_better_than_by_any_weighted_sum_of_the_features(notebook):
    generator = random.Random(0)
    x = np.array([[generator.uniform(-1.0, 1.0) for _ in range(4)] for _ in range(300)])
    family = np.tanh(x @ [1.5, 1.2, 0.0, 0.0])
    walking, schools = np.tanh(2.0 * x[:, 2]), np.tanh(x @ [0.0, 0.0, 1.0, 1.6])
    noise = np.array([generator.gauss(0.0, 0.03) for _ in range(300)])
    price = 3.0 + 0.9 * family + 0.4 * walking + 0.7 * schools + noise
    features = np.column_stack([x, np.ones(300)])
    weights, *_ = np.linalg.lstsq(features[:200], price[:200])
    held_out = price[200:]
    linear = 1.0 - np.mean((features[200:] @ weights - held_out) ** 2) / held_out.var()
    reached = notebook.number("share of the variance explained, held-out houses")
    assert linear + 0.02 < reached < 1.0 - 0.5 * noise[200:].var() / held_out.var()
    assert reached > 0.97


def test_one_hidden_unit_stands_for_the_family_and_the_others_for_mixtures(notebook):
    number = r"(-?\d\.\d\d)"
    units = [
        [
            abs(float(c))
            for c in notebook.find(rf"^hidden unit {k}: family {number}, walking {number}, schools {number}$")
        ]
        for k in (1, 2, 3)
    ]
    mixtures, (family, walking, schools) = sorted(units, key=lambda unit: unit[0])[:2], max(units)
    assert family > 0.98
    assert max(walking, schools) < 0.2
    for family, walking, schools in mixtures:
        assert family < 0.5
        assert max(walking, schools) > 0.5
    assert max(walking for _, walking, _ in mixtures) > 0.2


def test_the_file_holds_architecture_and_parameters(notebook):
    assert notebook.find(r"^architecture: 4 -> 3 tanh\narchitecture: 3 -> 1 linear$")
    shapes = {"layers.0.bias": [3], "layers.0.weight": [3, 4], "layers.1.bias": [1], "layers.1.weight": [1, 3]}
    for name, shape in shapes.items():
        assert json.loads(notebook.find(rf"^parameters: {name} (\[.*\])$")[0]) == shape
    numbers = sum(map(math.prod, shapes.values()))
    assert numbers == 19
    assert 8 * numbers < notebook.number("bytes of the file") < 8 * numbers + 2_000  # and the text at its head


def test_another_process_predicts_the_same_to_the_last_bit(notebook):
    assert notebook.number("predictions from the other process") == 100
    assert notebook.number("the first one there") == notebook.number("the first one here")
    assert notebook.find(r"^same to the last bit: (\w+)$") == ("True",)


def test_its_seven_pictures_are_there(notebook):
    assert len(notebook.pictures("image/png")) == 7


def test_the_classes_of_age_follow_the_length(notebook):
    likeliest = []
    for length in (0.1, 0.5, 0.9):
        young, grown, old = map(float, notebook.find(rf"^length {length}: young (\S+), grown (\S+), old (\S+);"))
        assert young + grown + old == pytest.approx(1.0, abs=0.016)  # printed to two places
        likeliest.append(max((young, "young"), (grown, "grown"), (old, "old"))[1])
    assert likeliest == ["young", "grown", "old"]


def test_more_layers_learn_the_crops_better_but_held_out_crops_decide(notebook):
    rows = [notebook.find(rf"^ +{depth} +(\d+) +(0\.\d+|1\.0+) +(0\.\d+)$") for depth in range(4)]
    assert [int(count) for count, _, _ in rows] == [193, 1553, 1625, 1697]
    learned_from = [float(share) for _, share, _ in rows]
    assert min(learned_from[1:]) > learned_from[0]
    assert all(float(held_out) > 0.8 for _, _, held_out in rows)
