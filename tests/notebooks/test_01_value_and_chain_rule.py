"""A Value and the chain rule: the published gradients come out, and so does what wrong sweeps make of them."""

import base64
import html
import io
import json
import re
from fractions import Fraction

import pytest

NOTEBOOK = "01_value_and_chain_rule"


class Dual:
    """An exact number and its exact derivative, by forward mode: nothing of the library is in it."""

    def __init__(self, value, slope=0):
        self.value, self.slope = Fraction(value), Fraction(slope)

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        ratio = self.value / other.value
        return Dual(ratio, (self.slope - ratio * other.slope) / other.value)

    def relu(self):
        return self if self.value > 0 else Dual(0)


def expression_of_micrograds_readme(a, b):
    one, two, three, ten = map(Dual, (1, 2, 3, 10))
    c, d = a + b, a * b + b * b * b
    c = c + (c + one)
    c = c + (one + c - a)
    d = d + (d * two + (b + a).relu())
    d = d + (three * d + (b - a).relu())
    f = (c - d) * (c - d)
    return f / two + ten / f


def texts(picture):
    """Return what is written in a picture of a graph."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", html.unescape(picture["data"]["image/svg+xml"]))


def films(notebook):
    """Return the data of the players, in order."""
    pages = [html.unescape(o["data"]["text/html"]) for o in notebook.pictures("text/html")]
    scripts = [re.search(r'id="film">(.*?)</script>', page, re.DOTALL) for page in pages]
    return [json.loads(script[1]) for script in scripts if script]


def gradients_at_the_end(film):
    """Return the last gradient that each box with a name shows."""
    shown = {box: gradient for frame in film["frames"] for box, gradient, _ in frame["changes"]}
    return {about.split(",")[0]: float(shown[box]) for box, about in film["boxes"].items()}


def test_the_derivative_is_the_product_of_the_local_ones(notebook):
    assert float(notebook.find(r"^f: (.*)$")[0]) == -2.0 * 3.0 + 1.0
    assert [notebook.number(name) for name in ("dg/dw", "dg/dx", "df/dg", "df/db")] == [3.0, -2.0, 1.0, 1.0]
    assert notebook.number("df/dg * dg/dw") == 3.0
    assert [notebook.number(f"{name}.grad") for name in "wxb"] == [3.0, -2.0, 1.0]
    assert notebook.find(r"^df/dw = ∂f/∂g \* ∂g/∂w\n +(= 1\.0 \* 3\.0)\n +(= 3\.0)$") == ("= 1.0 * 3.0", "= 3.0")


def test_the_local_derivatives_stand_on_the_edges_once_there_are_gradients(notebook):
    recorded, passed = notebook.pictures("image/svg+xml")[:2]
    assert [text for text in texts(recorded) if "∂" in text or "grad" in text] == []
    assert sorted(text for text in texts(passed) if re.match(r"∂ [-\d]", text)) == ["∂ -2", "∂ 1", "∂ 1", "∂ 3"]
    assert texts(passed).count("grad") == 5


def test_the_film_has_a_frame_for_the_start_and_one_for_each_operation(notebook):
    Image = pytest.importorskip("PIL.Image")
    pages = [o["data"]["text/html"] for o in notebook.pictures("text/html")]
    (encoded,) = [match[1] for page in pages if (match := re.search(r'"data:image/gif;base64,([^"]*)"', page))]
    film = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert (film.format, film.n_frames) == ("GIF", 3)
    assert notebook.number("frames") == 3
    pngs = [base64.b64decode(o["data"]["image/png"]) for o in notebook.pictures("image/png")]
    assert Image.open(io.BytesIO(pngs[0])).size == (film.width, 3 * film.height)


def test_the_players_end_with_the_gradients(notebook):
    small, large = films(notebook)
    assert len(small["frames"]) == 3
    assert gradients_at_the_end(small) == {"w": 3.0, "x": -2.0, "b": 1.0, "g": 1.0, "f": 1.0}
    assert len(large["frames"]) == 1 + notebook.number("operations")
    ends = gradients_at_the_end(large)
    assert (ends["a"], ends["b"], ends["g"]) == (138.8, 645.6, 1.0)  # boxes show four digits


def test_the_circuit_of_cs231n_has_its_published_gradient(notebook):
    assert notebook.find(r"^f: -12\.0\ngradient: \((.*)\)$")[0] == "-4.0, -4.0, 3.0"


def test_the_expression_of_micrograds_readme_has_the_published_digits_and_the_exact_ones(notebook):
    by_a = expression_of_micrograds_readme(Dual(-4, 1), Dual(2))
    by_b = expression_of_micrograds_readme(Dual(-4), Dual(2, 1))
    assert [f"{float(x):.4f}" for x in (by_a.value, by_a.slope, by_b.slope)] == ["24.7041", "138.8338", "645.5773"]
    assert notebook.find(r"^g: (.*)\ndg/da: (.*)\ndg/db: (.*)$") == ("24.7041", "138.8338", "645.5773")
    for name, exact in (("a", by_a.slope), ("b", by_b.slope)):
        assert notebook.number(f"dg/d{name} by differences") == pytest.approx(float(exact), abs=5e-7)  # as printed
    assert notebook.find("check_grads: first and second derivatives agree")


def test_the_paths_through_that_expression_are_counted(notebook):
    for name, through_c, through_d in (("a", 1, 1), ("b", 1, 2)):  # d = a * b + b**3
        c = 2 * (2 * through_c) + (name == "a")  # c + c + 1, then c + 1 + c - a
        d = 2 * (2 * through_d + 1) + 1  # twice d * 2 or 3, and a relu
        assert notebook.number(f"paths from {name} to g") == 2 * (c + d)  # e / 2 and 10 / e


def test_a_shared_input_gets_the_sum_of_its_paths(notebook):
    assert notebook.find(r"= 1\.0 \+ 1\.0 \* 4\.0\n +(= 1\.0 \+ 4\.0)\n +(= 5\.0)$")
    assert notebook.find("2 paths lead from x to f")


def test_sweeps_without_an_order_are_wrong_or_slow(notebook):
    assert notebook.number("dc/da") == 4.0
    assert notebook.number("all that a node has, at every visit") == 6.0
    assert notebook.number("only at the first visit") == 2.0
    assert notebook.number("what has just arrived") == 4.0
    assert notebook.number("in topological order") == 4.0
    assert notebook.find(r"order: \['a', 'b', 'c'\]")
    assert [notebook.number(f"visits {how}") for how in ("along paths", "in order")] == [1 + 2 + 4, 3]


def test_the_visits_double_along_paths_and_grow_by_one_in_order(notebook):
    assert notebook.number("14 doublings, visits along paths") == 2**15 - 1
    assert notebook.number("14 doublings, visits in order") == 14 + 1


def test_backward_adds_until_the_gradient_is_set_to_0(notebook):
    after = ("one pass", "two passes", "a reset and a pass")
    assert [notebook.number(f"w.grad after {times}") for times in after] == [3.0, 6.0, 3.0]


def test_a_difference_is_best_with_a_step_between_bending_and_rounding(notebook):
    # Bending goes with h squared and rounding with 1e-15 / h: they are equal near h = 1e-5.
    assert 1e-7 < notebook.number("best step") < 1e-4
    assert notebook.number("its error") < 1e-7
    assert notebook.number("error of the smallest step") > 1e3 * notebook.number("its error")


def test_it_shows_five_graphs_and_three_other_pictures(notebook):
    assert len(notebook.pictures("image/svg+xml")) == 5
    assert len(notebook.pictures("image/png")) == 3
