"""The picture of a network: a circle for each unit, a line for each weight, and nothing that overlaps."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from nn.plotting.diagram import _line, draw_network

to_rgb = pytest.importorskip("matplotlib.colors").to_rgb
pyplot = pytest.importorskip("matplotlib.pyplot")


def circles(ax):
    return [patch for patch in ax.patches if type(patch).__name__ == "Circle"]


def test_a_network_has_a_circle_for_each_unit_and_a_line_for_each_weight(drawn):
    model = MLP(2, [16, 16, 1], seed=1)
    ax = drawn(draw_network(model))
    assert len(circles(ax)) == 2 + 16 + 16 + 1
    (lines,) = ax.collections
    assert len(lines.get_segments()) == 2 * 16 + 16 * 16 + 16
    said = [text.get_text() for text in ax.texts]
    assert said == ["input", "2", "hidden 1", "16, relu", "hidden 2", "16, relu", "output", "1, linear"]


def test_nothing_in_a_network_overlaps(drawn):
    ax = drawn(draw_network(MLP(2, [16, 16, 1], seed=1), [0.5, -1.25]))
    renderer = ax.figure.canvas.get_renderer()
    legend = ax.get_legend().get_window_extent(renderer)
    boxes = [text.get_window_extent(renderer) for text in ax.texts] + [legend]
    discs = [circle.get_window_extent(renderer) for circle in circles(ax)]
    places = [circle.center for circle in circles(ax)]
    radius = circles(ax)[0].radius
    assert not [1 for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not [1 for box in boxes for disc in discs if box.overlaps(disc)]
    assert all(math.dist(a, b) > 2.0 * radius for i, a in enumerate(places) for b in places[:i])
    figure = ax.figure.bbox
    assert all(
        figure.x0 <= box.x0 and box.x1 <= figure.x1 and figure.y0 <= box.y0 and box.y1 <= figure.y1 for box in boxes
    )


def test_colour_and_width_follow_the_weight():
    neuron = Neuron(3, init=0.0)
    for weight, number in zip(neuron.weights, (-1.0, 0.5, 0.0), strict=True):
        weight.data = number
    (lines,) = draw_network(neuron).collections
    found = sorted(zip(lines.get_linewidths(), map(tuple, lines.get_colors()), strict=True))
    widths, (_, orange, blue) = [width for width, _ in found], [color for _, color in found]
    assert widths == sorted(set(widths))
    assert orange[0] > orange[2]
    assert blue[2] > blue[0]


def luminance(color):
    """Relative luminance by WCAG 2."""
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", "#111111", "#000000"])
def test_the_smallest_weight_is_seen_on_any_ground_in_a_picture_900_pixels_wide(ground, drawn):
    neuron = Neuron(4, init=0.0)
    for weight, number in zip(neuron.weights, (1e-9, 0.0, 1.0, -1e-9), strict=True):
        weight.data = number
    ax = draw_network(neuron)
    figure = ax.figure
    figure.set_facecolor(ground)
    figure.set_dpi(900.0 / figure.get_figwidth())
    drawn(ax)
    pixels = figure.canvas.buffer_rgba()
    back = luminance(to_rgb(ground))
    (lines,) = ax.collections
    for tail, head in lines.get_segments():
        column, row = ax.transData.transform((tail + head) / 2.0).round().astype(int)
        row = pixels.shape[0] - row
        found = [luminance([pixels[k, column, c] / 255 for c in range(3)]) for k in range(row - 3, row + 4)]
        contrast = max((max(y, back) + 0.05) / (min(y, back) + 0.05) for y in found)
        assert contrast > 1.4


@given(weights=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), end=st.floats(1e6, 1e9))
def test_a_larger_weight_never_has_a_thinner_or_paler_line(weights, end):
    small, large = [_line(weight, end) for weight in sorted(weights, key=abs)]
    assert small["linewidth"] <= large["linewidth"]
    assert small["alpha"] <= large["alpha"]


def test_units_are_filled_by_what_they_give(drawn):
    model = Layer(1, 3, activation=None, bias=False, init=1.0)
    for neuron, weight in zip(model.neurons, (2.0, -2.0, 0.0), strict=True):
        neuron.weights[0].data = weight
    ax = drawn(draw_network(model, [1.0]))
    *_, high, low, zero = [circle.get_facecolor()[:3] for circle in circles(ax)]
    assert high[0] > high[2]
    assert low[2] > low[0]
    assert zero == (1.0, 1.0, 1.0)
    assert [text.get_text() for text in ax.texts][-4:] == ["1", "2", "-2", "0"]
    assert model.neurons[0].weights[0].grad == 0.0


def test_a_wide_layer_is_shortened_with_a_count(drawn):
    ax = drawn(draw_network(MLP(100, [40, 10], seed=1), [0.1] * 100))
    assert len(circles(ax)) == 16 + 16 + 10
    said = [text.get_text() for text in ax.texts]
    assert said.count("⋮") == 2
    assert {"16 of 100", "16 of 40, relu", "10, linear"} <= set(said)
    assert len(circles(draw_network(MLP(9, [1], seed=1), most=4))) == 5


def test_a_network_is_saved_as_svg(tmp_path):
    draw_network(MLP(2, [3, 1], seed=1)).figure.savefig(tmp_path / "network.svg")
    assert "<svg" in (tmp_path / "network.svg").read_text("utf-8")


class Line(Module):
    """A model that is no network."""

    def __init__(self):
        self.slope = Value(1.0)

    def __call__(self, x):
        return self.slope * x


def test_anything_but_a_network_is_refused():
    with pytest.raises(TypeError, match="needs an MLP, a Layer, a Neuron"):
        draw_network(Line())
    with pytest.raises(ValueError, match="expected 2 inputs, got 3"):
        draw_network(MLP(2, [1]), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="most must be at least 2"):
        draw_network(MLP(2, [1]), most=1)


def test_odd_weights_and_activations_are_drawn(drawn):
    model = MLP(2, [2, 2], activation=lambda z: z, seed=1)
    for parameter, number in zip(model.parameters(), (math.nan, math.inf, -math.inf, 0.0), strict=False):
        parameter.data = number
    drawn(draw_network(model, [1.0, 2.0]))
    drawn(draw_network(MLP(1, [1], init=0.0)))


def said(ax):
    return [text.get_text() for text in ax.texts]


def test_dropouts_and_activations_between_layers_stand_above_the_layer_before(drawn):
    model = Sequential(Layer(2, 3, seed=1), Dropout(0.5), "tanh", Layer(3, 1, activation=None, seed=1))
    ax = drawn(draw_network(model))
    assert said(ax) == ["input", "2", "hidden", "3, relu", "dropout 0.5", "tanh", "output", "1, linear"]
    assert len(circles(ax)) == 2 + 3 + 1
    (lines,) = ax.collections
    assert len(lines.get_segments()) == 2 * 3 + 3


def test_models_inside_a_model_are_drawn_in_their_place(drawn):
    inner = Sequential(Layer(3, 4, activation=None, seed=1), "leaky_relu", Dropout(0.1))
    model = Sequential(Dropout(0.2), MLP(2, [3], seed=1), inner, Neuron(4, seed=1), "sigmoid")
    ax = drawn(draw_network(model, [0.5, 1.0]))
    assert said(ax)[:10] == [
        "input", "2, dropout 0.2", "hidden 1", "3, linear", "hidden 2", "4, leaky_relu", "dropout 0.1", "output",
        "1, relu", "sigmoid",
    ]  # fmt: skip
    assert not [1 for a in range(len(ax.texts)) for b in range(a) if overlap(ax, ax.texts[a], ax.texts[b])]


def overlap(ax, a, b):
    renderer = ax.figure.canvas.get_renderer()
    return a.get_window_extent(renderer).overlaps(b.get_window_extent(renderer))


def test_a_unit_shows_what_comes_out_after_its_activation_and_no_dropout(drawn):
    random.seed(1)
    before = random.getstate()
    layer = Layer(1, 2, activation=None, bias=False, init=1.0)
    layer.neurons[1].weights[0].data = -1.0
    model = Sequential(Dropout(0.9), layer, Dropout(0.9), "relu", "softmax")
    assert model.training
    shown = said(drawn(draw_network(model, [math.log(3.0)])))
    assert shown[-3:] == ["1.099", "0.75", "0.25"]  # exp(log 3) and exp(0) of 4
    assert random.getstate() == before
    assert model.training


def test_what_does_not_give_a_number_for_each_unit_is_refused():
    together = Sequential(Layer(2, 3, seed=1), lambda xs: xs[0] + xs[1], Layer(1, 1, seed=1))
    with pytest.raises(TypeError, match="needs an MLP, a Layer, a Neuron, a Sequential of them"):
        draw_network(together)
    with pytest.raises(TypeError, match=r"shows one number for each unit, but 3 units, <lambda> gives 1"):
        draw_network(Sequential(*together.layers[:2]), [1.0, 2.0])
    for model in (Sequential("tanh"), Sequential(Dropout(0.5)), Sequential(Layer(2, 1, seed=1), Line())):
        with pytest.raises(TypeError, match="needs an MLP, a Layer, a Neuron"):
            draw_network(model)
