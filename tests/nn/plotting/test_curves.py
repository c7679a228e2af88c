"""Plots: what is drawn, on which axes, and what is refused."""

import math

import pytest

import autograd
from autograd import Value
from nn import MLP
from nn.plotting import plot_decision_boundary, plot_function, plot_history

matplotlib = pytest.importorskip("matplotlib")


# History.


def test_a_history_has_losses_on_the_left_and_metrics_on_the_right(drawn, legend_of):
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


def test_a_history_of_one_kind_has_one_axis(drawn):
    assert len(drawn(plot_history({"loss": [1.0, -1.0]})).figure.axes) == 1
    assert len(drawn(plot_history({"accuracy": [0.5, math.nan]})).figure.axes) == 1


def test_a_history_of_no_epochs_is_drawn_and_one_of_nothing_refused(drawn):
    assert drawn(plot_history({"loss": [], "accuracy": []})).get_xlabel() == "epoch"
    with pytest.raises(ValueError, match="the history is empty"):
        plot_history({})


# Decision boundary.


@pytest.fixture
def sides(legend_of):
    """Return a function that counts the points of each class, by the name in the legend."""
    return lambda ax: {
        name: len(points.get_offsets()) for name, points in zip(legend_of(ax), scatters(ax), strict=True)
    }


def scatters(ax):
    return [c for c in ax.collections if type(c).__name__ == "PathCollection"]


def border(ax):
    """The points of the lines at 0."""
    lines = [c for c in ax.collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    return [tuple(point) for contour in lines for path in contour.get_paths() for point in path.vertices]


X = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.2, 0.9]]


def test_one_output_divides_the_plane_where_it_passes_the_threshold(drawn, sides):
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


def test_several_outputs_make_a_region_for_each_class(drawn, sides):
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
def test_labels_are_matched_with_outputs(outputs, labels, classes, drawn, legend_of):
    ax = plot_decision_boundary(lambda row: [row[0]] * outputs if outputs > 1 else row[0], X, labels, resolution=5)
    assert legend_of(drawn(ax)) == classes


def test_numpy_arrays_and_networks_are_taken(drawn):
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
    with pytest.raises(ValueError, match="with 1 output separates 2 classes, y has 3"):
        plot_decision_boundary(lambda row: 1.0, X, [0, 1, 2, 0, 1])


# Functions.


def test_a_function_is_drawn_with_its_derivatives(drawn, legend_of, lines_of):
    ax = drawn(plot_function(autograd.sin, -3.0, 3.0, points=7))
    curve, first, second = lines_of(ax)
    assert curve == [(x, math.sin(x)) for x in range(-3, 4)]
    assert [y for _, y in first] == pytest.approx([math.cos(x) for x in range(-3, 4)])
    assert [y for _, y in second] == pytest.approx([-math.sin(x) for x in range(-3, 4)], abs=1e-15)
    assert legend_of(ax) == ["sin", "sin\N{PRIME}", "sin\N{PRIME}\N{PRIME}"]


def test_a_lambda_is_called_f_and_high_orders_have_numbers(drawn, legend_of):
    ax = drawn(plot_function(lambda x: x**5, 0.0, 1.0, order=4, points=3))
    assert legend_of(ax)[::4] == ["f", "f⁽⁴⁾"]
    assert legend_of(drawn(plot_function(lambda x: 2.0, 0.0, 1.0, order=0))) == ["f"]


def test_a_pole_leaves_a_gap_and_room_for_the_rest(drawn, lines_of):
    ax = drawn(plot_function(lambda x: 1.0 / x, -1.0, 1.0, order=1, points=401))
    low, high = ax.get_ylim()
    assert -200.0 < low < 0.0 < high < 200.0
    assert any(math.isnan(y) for _, y in lines_of(ax)[0])


@pytest.mark.parametrize("arguments", [(1.0, 1.0), (2.0, 1.0), (0.0, math.nan)])
def test_an_empty_range_is_refused(arguments):
    with pytest.raises(ValueError, match="expected a < b"):
        plot_function(autograd.sin, *arguments)
