"""An engine built in a notebook: its gradients are right, its mistakes are shown, its bits are those of autograd."""

import re

import pytest

NOTEBOOK = "00_build_it_yourself"


def result(a, b, c, f):
    return (a * b + c) * f


def test_nudges_come_close_to_the_gradients_by_hand(notebook):
    a, b, c, f = 2.0, -1.0, 7.0, 3.0
    assert notebook.number("L") == result(a, b, c, f)
    by_hand = {"a": b * f, "b": a * f, "c": f, "f": a * b + c}
    for name, gradient in by_hand.items():
        assert notebook.number(f"nudge {name}: L changes") == pytest.approx(gradient, abs=1e-4)
    assert notebook.find(r"^gradients: \[(.*)\]$")[0] == ", ".join(map(str, by_hand.values()))


def test_each_mistake_gives_the_wrong_number_that_the_text_explains(notebook):
    assert [notebook.number(f"with {sign}, db/da") for sign in ("=", "+=")] == [1.0, 2.0]
    assert notebook.number("dc/da, handed down at once") == 6.0
    assert notebook.number("dc/da") == 4.0
    assert notebook.find(r"inputs first: \[3\.0, 6\.0, 12\.0\]")


def test_a_second_pass_doubles_a_gradient_only_if_the_gradients_between_are_reset(notebook):
    times = [float(text) for text in re.findall(r"^after two passes, .* which is (\S+) times", notebook.printed, re.M)]
    assert times[0] > 2.0
    assert times[1] == 2.0


def test_the_class_has_about_forty_lines(notebook):
    (source,) = [cell.source for cell in notebook.content.cells if "def __truediv__" in cell.source]
    code = [line for line in source.split("\n") if line.strip()]
    assert 35 <= len(code) <= 45


def test_it_has_the_bits_of_autograd_on_micrograds_expression_and_in_training(notebook):
    for kind in ("__main__", "autograd.value"):
        assert notebook.find(re.escape(kind) + r"\.Value: (.*)$")[0] == "24.7041, 138.8338, 645.5773"
    assert notebook.find("^the same bits: True$")
    assert notebook.find("^autograd trains to the same bits: True$")
    assert notebook.number("last loss") < 0.1 * notebook.number("first loss")


def test_it_shows_the_graph_without_and_with_its_gradients_and_a_curve(notebook):
    assert len(notebook.pictures("image/svg+xml")) == 2
    assert len(notebook.pictures("image/png")) == 1
