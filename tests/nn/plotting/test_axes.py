"""What all plots share: axes, names that are text, legends in their place, and the extra they need."""

import subprocess
import sys

import pytest

import autograd
from autograd import Value
from nn import Neuron, plotting
from nn.plotting import draw_network, plot_decision_boundary, plot_function, plot_history, plot_loss_surface

pyplot = pytest.importorskip("matplotlib.pyplot")
Bbox = pytest.importorskip("matplotlib.transforms").Bbox


def test_names_are_text(drawn, legend_of):
    ax = drawn(plot_history({"$loss": [1.0], "_a$b$\n": [1.0], "x" * 10_000: [2.0]}))
    assert legend_of(ax.figure.axes[-1])[:2] == ["$loss", "_a$b$\\n"]
    assert len(legend_of(ax.figure.axes[-1])[2]) <= 40


def test_a_plot_goes_on_the_axes_that_are_given():
    _, (left, right) = pyplot.subplots(1, 2)
    assert plot_history({"loss": [1.0]}, ax=left) is left
    assert plot_function(autograd.sin, 0.0, 1.0, ax=right) is right
    assert draw_network(Neuron(2, seed=1), ax=left) is left
    assert len(pyplot.get_fignums()) == 1


def plotted(kind, ax):
    if kind == "function":
        return plot_function(autograd.sin, -3.0, 3.0, points=50, ax=ax)
    if kind == "boundary":
        return plot_decision_boundary(lambda row: row[0], X, ["setosa", "virginica"] * 2 + ["setosa"], ax=ax)
    if kind == "surface":
        parameters, paths = [Value(0.0, "a"), Value(0.0, "b")], {"SGD": [(0.0, 0.0)], "Adam": [(1.0, 1.0)]}
        return plot_loss_surface(parameters, lambda: parameters[0] ** 2, parameters, path=paths, resolution=3, ax=ax)
    return plot_history({"loss": [0.9, 0.5, 0.4], "val_loss": [1.0, 0.7, 0.6], "accuracy": [0.5, 0.7, 0.9]}, ax=ax)


@pytest.mark.parametrize("width", [3.0, 4.5, 6.4])
@pytest.mark.parametrize("kind", ["function", "boundary", "surface", "history"])
def test_a_legend_leaves_the_title_its_place_and_the_axes_their_width(kind, width, drawn):
    figure, axes = pyplot.subplots(1, 2, figsize=(2.0 * width, 0.75 * width), layout="constrained")
    for ax in axes:
        plotted(kind, ax).set_title("A title")
        drawn(ax)
    for ax in axes:
        (legend,) = [
            other.get_legend() for other in figure.axes if other.bbox.bounds == ax.bbox.bounds and other.get_legend()
        ]
        title, box = ax.title.get_window_extent(), legend.get_window_extent()
        assert not box.overlaps(title)
        assert (ax.bbox.x0 <= box.x0, box.x1 <= ax.bbox.x1, box.y1 <= ax.bbox.y1) == (True, True, True)
        assert ax.bbox.width > 0.5 * figure.bbox.width / 2.0


def test_a_legend_of_two_scales_keeps_clear_of_the_curves_of_both(drawn):
    # The metric leaves the top free, where the losses are: matplotlib alone looks at the metric only.
    curves = {"loss": [1.0] * 50, "val_loss": [0.95] * 50, "accuracy": [0.1] * 50}
    left, right = drawn(plot_history(curves)).figure.axes
    box = right.get_legend().get_window_extent()
    for line in (*left.lines, *right.lines):
        assert not line.get_transform().transform_path(line.get_path()).intersects_bbox(box, filled=False)


@pytest.mark.parametrize("height", [0.6 + k / 50.0 for k in range(20)])
def test_a_legend_does_not_cut_a_point(height, drawn):
    points, labels = [[-1.0, -1.0], [-0.95, 1.0], [1.0, -0.92], [0.96, height]], [0, 0, 0, 1]
    figure, ax = pyplot.subplots(figsize=(4.0, 3.6))
    drawn(plot_decision_boundary(lambda row: row[0], points, labels, resolution=3, ax=ax))
    legend, reach = ax.get_legend().get_window_extent(), 3.0 * figure.dpi / 72.0
    for x, y in ax.transData.transform(points):
        assert not legend.overlaps(Bbox([[x - reach, y - reach], [x + reach, y + reach]]))


X = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.2, 0.9]]


@pytest.mark.parametrize(
    "plot",
    [
        lambda: plot_history({"loss": [1.0]}),
        lambda: plot_function(autograd.sin, 0.0, 1.0, points=2),
        lambda: plot_decision_boundary(lambda row: 1.0, X, [0, 1, 0, 1, 0], resolution=2),
        lambda: plot_loss_surface([Value(1.0, "a"), Value(1.0, "b")], lambda: 1.0, ("a", "b"), resolution=2),
        lambda: draw_network(Neuron(2, seed=1)),
    ],
)
def test_without_matplotlib_the_error_names_the_extra(monkeypatch, plot):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"plots need matplotlib: pip install 'chainrule\[notebook\]'"):
        plot()


def test_importing_the_plots_does_not_import_matplotlib():
    program = "import sys, nn.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert plotting.__doc__.startswith("Plots with matplotlib")


def test_a_name_with_dollars_is_drawn_as_it_is(drawn):
    ax = drawn(plot_history({"a$b$": [1.0], "$\\nonsense{": [2.0]}))
    assert [text.get_parse_math() for text in ax.get_legend().get_texts()] == [False, False]
