"""Plots drawn without windows and with warnings as errors, and functions that read them."""

import warnings

import pytest


@pytest.fixture(autouse=True)
def quiet():
    """Open no window, and close all figures afterwards."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")


@pytest.fixture(scope="session")
def drawn():
    """Return a function that draws a figure with warnings as errors, and returns the Axes."""

    def draw(ax):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ax.figure.canvas.draw()
        return ax

    return draw


@pytest.fixture
def legend_of():
    """Return a function that gives the entries of a legend."""
    return lambda ax: [text.get_text().strip() for text in ax.get_legend().get_texts()]


@pytest.fixture
def lines_of():
    """Return a function that gives the curves of a plot as lists of points, without the line at zero."""
    return lambda ax: [
        list(zip(*map(list, line.get_data()), strict=True)) for line in ax.lines if len(line.get_xdata()) > 2
    ]
