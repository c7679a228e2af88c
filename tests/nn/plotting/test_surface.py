"""Loss surfaces: bands, lines and descents, and parameters that stay as they were."""

import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import MLP, Module
from nn.plotting import plot_loss_surface, surface


class Bowl(Module):
    """A loss of two parameters, least at (1, -2)."""

    def __init__(self):
        self.a, self.b = Value(3.0), Value(0.0)
        self.label_parameters()
        self.calls = 0

    def loss(self):
        self.calls += 1
        return (self.a - 1.0) ** 2 + (self.b + 2.0) ** 2


def test_a_loss_surface_is_drawn_and_the_parameters_are_as_before(drawn, lines_of):
    bowl = Bowl()
    path = [(3.0, 0.0), (2.0, -1.0), (1.5, -1.5)]
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", bowl.b), path=path, resolution=9))
    assert bowl.calls == 1  # recorded
    assert (bowl.a.data, bowl.b.data) == (3.0, 0.0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    assert lines_of(ax) == [path, path]
    assert ax.get_xlim()[0] < 1.5 < 3.0 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < -1.5 < 0.0 < ax.get_ylim()[1]


def test_several_descents_are_told_apart_by_a_legend(drawn, legend_of, lines_of):
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
def test_lines_of_equal_loss_are_where_they_are_asked_for(levels, drawn):
    bowl = Bowl()
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", "b"), levels=levels, resolution=9))
    assert [list(contour.levels) for contour in contours(ax)] == [list(levels)] * 2
    assert contours(ax)[0].extend == "both"  # what is beyond has a colour too


@pytest.mark.parametrize("bands", [1, 7, 300])
def test_bands_of_the_number_asked_for_hold_all_losses(bands, drawn):
    bowl = Bowl()
    ax = drawn(plot_loss_surface(bowl, bowl.loss, ("a", "b"), levels=bands, width=4.0, resolution=3))
    levels = list(contours(ax)[0].levels)
    assert len(levels) == bands + 1
    assert (levels[0], levels[-1]) == (0.0, 32.0)
    assert contours(ax)[0].extend == "neither"  # nothing is beyond


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


def test_a_surface_that_differs_by_rounding_only_is_drawn(drawn):
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
def test_a_flat_surface_is_drawn_too(loss, drawn):
    parameters = [Value(0.0), Value(0.0)]
    ax = drawn(plot_loss_surface(parameters, loss, parameters, resolution=4, width=1.0))
    assert ax.get_xlim() == (-0.5, 0.5)
    assert ax.get_xlabel() == "parameter 1"


def test_other_than_two_parameters_of_the_model_are_refused():
    bowl = Bowl()
    for wrong in (("a",), ("a", "a"), ("a", "c"), (bowl.a, Value(1.0)), ("a", "b", "a")):
        with pytest.raises(ValueError, match="expected two different parameters of the model"):
            plot_loss_surface(bowl, bowl.loss, wrong)


def test_a_loss_surface_is_computed_without_touching_the_parameters(drawn):
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
