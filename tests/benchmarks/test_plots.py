"""The two pictures: they name the run they show, come out the same each time, and no dot covers another."""

import math
from itertools import combinations
from xml.etree import ElementTree

import pytest
from report import Line

pytest.importorskip("matplotlib")
plots = pytest.importorskip("plots")

PICTURES = pytest.mark.parametrize("picture", [plots.speed, plots.scaling])


@PICTURES
def test_a_picture_is_svg_and_names_the_run_it_shows(picture, small):
    page = picture(small)
    assert ElementTree.fromstring(page).tag.endswith("svg")
    assert f"results of {small['date']}" in page


@PICTURES
def test_the_same_results_give_the_same_picture(picture, small):
    assert picture(small) == picture(small)


@PICTURES
def test_a_run_without_peers_has_a_picture(picture, small):
    for name in ("eager", "compiled"):
        small[name] = [row for row in small[name] if row["engine"] == "chainrule"]
    assert picture(small)


def test_dots_that_would_cover_each_other_are_moved_apart():
    ratios = {"JAX": 2.0, "NumPy": 2.02, "CasADi": 2.04, "C": 0.5, "PyTorch": 90.0}
    span = math.log(100)
    moved = plots.shifts(Line("work", 1.0, ratios), span)
    assert moved["C"] == moved["PyTorch"] == 0.0
    assert max(map(abs, moved.values())) <= 0.3
    for a, b in combinations(ratios, 2):
        apart = abs(math.log(ratios[a] / ratios[b])) / span
        assert apart >= plots.DOT or abs(moved[a] - moved[b]) > 0.2


def test_every_peer_has_a_mark_of_its_own():
    import report

    assert set(plots.MARKS) == set(report.PEERS.values())
    assert len({shape for _, shape in plots.MARKS.values()}) == len(plots.MARKS)
    assert len({colour for colour, _ in plots.MARKS.values()}) == len(plots.MARKS)
