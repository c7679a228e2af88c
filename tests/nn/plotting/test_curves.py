"""Plots: what is drawn, on which axes, and what is refused."""

import math
import subprocess
import sys
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import MLP, Module, Neuron, plotting
from nn.plotting import draw_network, plot_decision_boundary, plot_function, plot_history, plot_loss_surface, surface

matplotlib = pytest.importorskip("matplotlib")
pyplot = pytest.importorskip("matplotlib.pyplot")
Bbox = pytest.importorskip("matplotlib.transforms").Bbox


@pytest.fixture(autouse=True)
def quiet():
    """No window opens, and no figure is left."""
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")


def drawn(ax):
    """Draw a figure with warnings as errors; return the Axes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.canvas.draw()
    return ax


def legend_of(ax):
    return [text.get_text().strip() for text in ax.get_legend().get_texts()]


def lines_of(ax):
    """The curves of a plot as lists of points, without the line at zero."""
    return [list(zip(*map(list, line.get_data()), strict=True)) for line in ax.lines if len(line.get_xdata()) > 2]


# History.


def test_a_history_has_losses_on_the_left_and_metrics_on_the_right():
    history = {"loss": [0.9, 0.5, 0.4], "val_loss": [1.0, 0.7, 0.6], "accuracy": [0.5, 0.7, 0.9]}
    ax = drawn(plot_history(history))
    left, right = ax.figure.axes
    assert left is ax
    assert (left.get_ylabel(), right.get_ylabel(), left.get_xlabel()) == ("loss", "accuracy", "epoch")
    assert [list(line.get_ydata()) for line in left.lines] == [history["loss"], history["val_loss"]]
    assert [list(line.get_xdata()) for line in right.lines] == [[1, 2, 3]]
    assert legend_of(right) == ["loss", "val_loss", "accuracy"]
    training, validation = left.lines
    assert training.get_color() == validation.get_color()
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert left.get_ylim()[0] == 0.0


def test_a_history_of_one_kind_has_one_axis():
    assert len(drawn(plot_history({"loss": [1.0, -1.0]})).figure.axes) == 1
    assert len(drawn(plot_history({"accuracy": [0.5, math.nan]})).figure.axes) == 1


def test_names_are_text():
    ax = drawn(plot_history({"$loss": [1.0], "_a$b$\n": [1.0], "x" * 10_000: [2.0]}))
    assert legend_of(ax.figure.axes[-1])[:2] == ["$loss", "_a$b$\\n"]
    assert len(legend_of(ax.figure.axes[-1])[2]) <= 40


def test_a_history_of_no_epochs_is_drawn_and_one_of_nothing_refused():
    assert drawn(plot_history({"loss": [], "accuracy": []})).get_xlabel() == "epoch"
    with pytest.raises(ValueError, match="the history is empty"):
        plot_history({})


def test_a_plot_goes_on_the_axes_that_are_given():
    _, (left, right) = pyplot.subplots(1, 2)
    assert plot_history({"loss": [1.0]}, ax=left) is left
    assert plot_function(autograd.sin, 0.0, 1.0, ax=right) is right
    assert draw_network(Neuron(2, seed=1), ax=left) is left
    assert len(pyplot.get_fignums()) == 1


# Legends.


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
def test_a_legend_leaves_the_title_its_place_and_the_axes_their_width(kind, width):
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


def test_a_legend_of_two_scales_keeps_clear_of_the_curves_of_both():
    # The metric leaves the top free, where the losses are: matplotlib alone looks at the metric only.
    curves = {"loss": [1.0] * 50, "val_loss": [0.95] * 50, "accuracy": [0.1] * 50}
    left, right = drawn(plot_history(curves)).figure.axes
    box = right.get_legend().get_window_extent()
    for line in (*left.lines, *right.lines):
        assert not line.get_transform().transform_path(line.get_path()).intersects_bbox(box, filled=False)


@pytest.mark.parametrize("height", [0.6 + k / 50.0 for k in range(20)])
def test_a_legend_does_not_cut_a_point(height):
    points, labels = [[-1.0, -1.0], [-0.95, 1.0], [1.0, -0.92], [0.96, height]], [0, 0, 0, 1]
    figure, ax = pyplot.subplots(figsize=(4.0, 3.6))
    drawn(plot_decision_boundary(lambda row: row[0], points, labels, resolution=3, ax=ax))
    legend, reach = ax.get_legend().get_window_extent(), 3.0 * figure.dpi / 72.0
    for x, y in ax.transData.transform(points):
        assert not legend.overlaps(Bbox([[x - reach, y - reach], [x + reach, y + reach]]))


# Decision boundary.


def sides(ax):
    """The points of each class, by the name in the legend."""
    return {name: len(points.get_offsets()) for name, points in zip(legend_of(ax), scatters(ax), strict=True)}


def scatters(ax):
    return [c for c in ax.collections if type(c).__name__ == "PathCollection"]


def border(ax):
    """The points of the lines at 0."""
    lines = [c for c in ax.collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    return [tuple(point) for contour in lines for path in contour.get_paths() for point in path.vertices]


X = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.2, 0.9]]


def test_one_output_divides_the_plane_where_it_passes_the_threshold():
    seen = []

    def model(row):
        assert all(type(x) is float for x in row)
        seen.append(row)
        return Value(row[0]) * 2.0

    ax = drawn(plot_decision_boundary(model, X, [-1, 1, -1, 1, -1], threshold=1.0, resolution=21))
    assert len(seen) == 21 * 21
    assert sides(ax) == {"class -1": 3, "class 1": 2}
    assert border(ax)
    assert all(x == pytest.approx(0.5) for x, _ in border(ax))


def test_the_model_is_called_without_recording():
    made = []

    def model(row):
        made.append(Value(row[0]) * 2.0)
        return made[-1]

    plot_decision_boundary(model, X, [0, 1, 0, 1, 0], resolution=5)
    assert {y.op for y in made} == {None}


def test_several_outputs_make_a_region_for_each_class():
    ax = drawn(plot_decision_boundary(lambda row: [row[0], row[1], 0.5], X, [0, 1, 2, 1, 0], resolution=11))
    assert sides(ax) == {"class 0": 2, "class 1": 2, "class 2": 1}
    filled = [c for c in ax.collections if type(c).__name__ == "QuadContourSet" and c.filled]
    assert len(filled) == 3


@pytest.mark.parametrize(
    ("outputs", "labels", "classes"),
    [
        (1, [1, 1, 1, 1, 1], ["class 0", "class 1"]),
        (1, ["no", "yes", "no", "no", "yes"], ["class no", "class yes"]),
        (3, [0, 1, 1, 0, 1], ["class 0", "class 1", "class 2"]),
        (2, ["b", "a", "b", "a", "b"], ["class a", "class b"]),
    ],
)
def test_labels_are_matched_with_outputs(outputs, labels, classes):
    ax = plot_decision_boundary(lambda row: [row[0]] * outputs if outputs > 1 else row[0], X, labels, resolution=5)
    assert legend_of(drawn(ax)) == classes


def test_numpy_arrays_and_networks_are_taken():
    numpy = pytest.importorskip("numpy")
    model = MLP(2, [3, 1], seed=1)
    drawn(plot_decision_boundary(model, numpy.array(X), numpy.array([0, 1, 1, 0, 1]), resolution=5))
    drawn(plot_decision_boundary(lambda row: 1.0, X, [True, False, True, False, True], resolution=5))
    drawn(plot_decision_boundary(lambda row: math.nan, X, [0, 1, 0, 1, 0], resolution=5))


def test_what_fits_no_plane_is_refused():
    with pytest.raises(
        ValueError, match=r"rows of 2 features and as many labels, got 2 rows of 3 features and 2 labels"
    ):
        plot_decision_boundary(lambda row: 1.0, [[1.0, 2.0, 3.0]] * 2, [0, 1])
    with pytest.raises(ValueError, match="got 5 rows of 2 features and 1 labels"):
        plot_decision_boundary(lambda row: 1.0, X, [0])
    with pytest.raises(ValueError, match="with 1 output tells 2 classes apart, y has 3"):
        plot_decision_boundary(lambda row: 1.0, X, [0, 1, 2, 0, 1])


# Loss surface.


class Bowl(Module):
    """A loss of two parameters, least at (1, -2)."""

    def __init__(self):
        self.a, self.b = Value(3.0), Value(0.0)
        self.label_parameters()
        self.calls = 0

    def loss(self):
        self.calls += 1
        return (self.a - 1.0) ** 2 + (self.b + 2.0) ** 2


def test_a_loss_surface_is_drawn_and_the_parameters_are_as_before():
    bowl = Bowl()
    path = [(3.0, 0.0), (2.0, -1.0), (1.5, -1.5)]
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", bowl.b), path=path, resolution=9))
    assert bowl.calls == 1  # recorded
    assert (bowl.a.data, bowl.b.data) == (3.0, 0.0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    assert lines_of(ax) == [path, path]
    assert ax.get_xlim()[0] < 1.5 < 3.0 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < -1.5 < 0.0 < ax.get_ylim()[1]


def test_several_descents_are_told_apart_by_a_legend():
    bowl = Bowl()
    paths = {"SGD": [(3.0, 0.0), (2.0, -1.0), (1.5, -1.5)], "$m_": [(3.0, 0.0), (9.0, -4.0), (1.0, -2.0)], "none": []}
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", "b"), path=paths, resolution=5))
    assert legend_of(ax) == list(paths)
    assert lines_of(ax) == [path for path in list(paths.values())[:2] for _ in range(2)]
    looks = {(line.get_color(), line.get_marker()) for line in ax.lines if line.get_zorder() == 4}
    assert len(looks) == 3
    assert ax.get_xlim()[1] > 9.0
    assert ax.get_ylim()[0] < -4.0


def test_one_descent_without_a_name_has_no_legend():
    bowl = Bowl()
    for path in ((), {}, [(3.0, 0.0), (2.0, -1.0)]):
        assert plot_loss_surface(bowl, bowl.loss, ("a", "b"), path=path, resolution=3).get_legend() is None


def contours(ax):
    """The bands of a surface, and its lines."""
    return [c for c in ax.collections if type(c).__name__ == "QuadContourSet"]


@pytest.mark.parametrize("levels", [[0.0, 0.5, 3.0, 100.0], (-1.0, 1.0), range(5, 50, 5), [1e3, 1e4]])
def test_lines_of_equal_loss_are_where_they_are_asked_for(levels):
    bowl = Bowl()
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", "b"), levels=levels, resolution=9))
    assert [list(contour.levels) for contour in contours(ax)] == [list(levels)] * 2
    assert contours(ax)[0].extend == "both"  # what is beyond has a colour too


@pytest.mark.parametrize("bands", [1, 7, 300])
def test_bands_of_the_number_asked_for_hold_all_losses(bands):
    bowl = Bowl()
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", "b"), levels=bands, width=4.0, resolution=3))
    levels = list(contours(ax)[0].levels)
    assert len(levels) == bands + 1
    assert (levels[0], levels[-1]) == (0.0, 32.0)


@given(
    losses=st.lists(st.floats(-1e9, 1e9) | st.floats(5e-324, 1e-300) | st.just(0.7), max_size=9),
    bands=st.integers(1, 50),
)
def test_bands_rise_from_the_least_loss_to_the_greatest(losses, bands):
    levels = surface._spread(losses, bands)
    assert len(levels) == bands + 1
    assert levels == sorted(set(levels))
    assert all(levels[0] <= loss <= levels[-1] for loss in losses)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (0, "levels must be a whole number above 0, got 0"),
        (2.5, r"levels must be a whole number above 0, got 2\.5"),
        ([1.0], r"number of bands, or two or more rising losses, got \[1\.0\]"),
        ([2.0, 1.0], r"rising losses, got \[2\.0, 1\.0\]"),
        ([1.0, 1.0], "rising losses"),
        ([1.0, math.nan], "rising losses"),
        ([-math.inf, 1.0], "rising losses"),
    ],
)
def test_levels_that_make_no_bands_are_refused_before_anything_is_called(levels, message):
    bowl = Bowl()
    with pytest.raises(ValueError, match=message):
        plot_loss_surface(bowl, bowl.loss, ("a", "b"), levels=levels)
    assert bowl.calls == 0


def test_a_surface_that_differs_by_rounding_only_is_drawn():
    parameters = [Value(0.0), Value(0.0)]
    drawn(plot_loss_surface(parameters, lambda: 0.7 + 1e-16 * parameters[0], parameters, resolution=4, width=4.0))


def test_the_parameters_are_as_before_when_the_loss_fails():
    bowl = Bowl()

    def loss():
        if bowl.loss().data > 20.0:
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError):
        plot_loss_surface(bowl, loss, ("a", "b"), width=20.0, resolution=5)
    assert (bowl.a.data, bowl.b.data) == (3.0, 0.0)


@pytest.mark.parametrize("loss", [lambda: 1.0, lambda: math.nan, lambda: -1.0, lambda: 0.0])
def test_a_flat_surface_is_drawn_too(loss):
    parameters = [Value(0.0), Value(0.0)]
    ax = drawn(plot_loss_surface(parameters, loss, parameters, resolution=4, width=1.0))
    assert ax.get_xlim() == (-0.5, 0.5)
    assert ax.get_xlabel() == "parameter 1"


def test_other_than_two_parameters_of_the_model_are_refused():
    bowl = Bowl()
    for wrong in (("a",), ("a", "a"), ("a", "c"), (bowl.a, Value(1.0)), ("a", "b", "a")):
        with pytest.raises(ValueError, match="expected two different parameters of the model"):
            plot_loss_surface(bowl, bowl.loss, wrong)


# Functions.


def test_a_function_is_drawn_with_its_derivatives():
    ax = drawn(plot_function(autograd.sin, -3.0, 3.0, points=7))
    curve, first, second = lines_of(ax)
    assert curve == [(x, math.sin(x)) for x in range(-3, 4)]
    assert [y for _, y in first] == pytest.approx([math.cos(x) for x in range(-3, 4)])
    assert [y for _, y in second] == pytest.approx([-math.sin(x) for x in range(-3, 4)], abs=1e-15)
    assert legend_of(ax) == ["sin", "sin\N{PRIME}", "sin\N{PRIME}\N{PRIME}"]


def test_a_lambda_is_called_f_and_high_orders_have_numbers():
    ax = drawn(plot_function(lambda x: x**5, 0.0, 1.0, order=4, points=3))
    assert legend_of(ax)[::4] == ["f", "f⁽⁴⁾"]
    assert legend_of(drawn(plot_function(lambda x: 2.0, 0.0, 1.0, order=0))) == ["f"]


def test_a_pole_leaves_a_gap_and_room_for_the_rest():
    ax = drawn(plot_function(lambda x: 1.0 / x, -1.0, 1.0, order=1, points=401))
    low, high = ax.get_ylim()
    assert -200.0 < low < 0.0 < high < 200.0
    assert any(math.isnan(y) for _, y in lines_of(ax)[0])


@pytest.mark.parametrize("arguments", [(1.0, 1.0), (2.0, 1.0), (0.0, math.nan)])
def test_an_empty_range_is_refused(arguments):
    with pytest.raises(ValueError, match="expected a < b"):
        plot_function(autograd.sin, *arguments)


# Without the extra.


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


def test_a_loss_surface_is_computed_without_touching_the_parameters():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    seen = []

    def loss():
        thread = threading.Thread(target=lambda: seen.append((a.data, b.data)))
        thread.start()
        thread.join()
        return a**2 + b * 3.0

    drawn(plot_loss_surface([a, b], loss, ("a", "b"), width=2.0, resolution=3))
    assert set(seen) == {(1.0, 2.0)}
    grid = surface._losses(loss, a, b, [0.0, 1.0], [1.0, 2.0])
    assert grid == [[3.0, 4.0], [6.0, 7.0]]


def test_a_loss_that_decides_by_a_number_is_computed_too():
    model = MLP(1, [1], init=1.0)
    w, bias = model.parameters()
    for loss in (
        lambda: abs(w.data) + bias.data,
        lambda: w + bias if w > 0.0 else bias - w,
        lambda: float(model.predict([[1.0]])[0]) if w > 0.0 else bias - w,
        lambda: model.state_dict()["layers.0.neurons.0.bias"] + abs(w),
        lambda: float(abs(model.predict([[1.0]])[0] - bias.data)) + bias,
    ):
        assert surface._losses(loss, w, bias, [-1.0, 2.0], [0.0, 5.0]) == [[1.0, 2.0], [6.0, 7.0]]
        assert (w.data, bias.data) == (1.0, 0.0)


def test_an_interrupted_loss_surface_leaves_the_parameters_as_they_were(interrupt):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    for loss in (lambda: a * b, lambda: a if a > 0.0 else b):
        for bytecodes in range(1, 2_000, 59):
            interrupt(lambda: surface._losses(loss, a, b, [0.0, 5.0], [1.0, 6.0]), bytecodes)  # noqa: B023
            assert (a.data, b.data) == (1.0, 2.0)
