"""Drawings: their formats, their SVG against the graph, and text that stays text."""

import os
import re
import struct
import subprocess
import sys
from importlib import metadata
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Op, Value, apply
from autograd.drawing import Drawing, draw
from autograd.drawing.dot import render
from autograd.drawing.dot.colors import fill
from autograd.errors import GraphSizeError, RenderError
from autograd.output.printing import shown

pytest.importorskip("graphviz", reason="the package graphviz is not installed")

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_RENDERER = "0.2.2"  # of graphviz-pure; pytest --redraw writes the pictures anew
TAGS = {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text", "a", "style"}

few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])

NASTY = [
    "\"double\" and 'single'",
    "</svg><script>alert(1)</script>",
    "<b>&amp;</b> & &#60;",
    "back\\slash \\N \\G \\E \\T \\H \\L \\n \\",
    "two\nlines\r\tand a tab",
    "{braces|and|bars} <port>",
    "\x00\x01\x1b[31m\x7f\x9f",
    "\ud800 \udfff \ufffe \uffff",
    "\u202ereversed\u2066",
    "👩\u200d👩\u200d👧 😀 漢字 العربية é",
    "-->]]><!--",
    "'; } digraph evil { a -> b }",
    "   ",
    "javascript:alert(1)",
    "%s %d {0} $x$",
]
CUT = "x" * 10_000


def tags(picture):
    return {tag.rpartition("}")[2] for tag in picture.elements}


# The formats.


def test_a_drawing_has_source_svg_and_png(renderer, square):
    drawing = draw(square())
    assert isinstance(drawing, Drawing)
    assert drawing.source.startswith("digraph computation {")
    assert "<svg" in drawing.svg()
    assert drawing.png().startswith(b"\x89PNG")


def test_dots_per_inch_scale_the_png(renderer, square):
    drawing = draw(square())
    sizes = [struct.unpack(">II", drawing.png(dpi=dpi)[16:24]) for dpi in (72, 144.0)]
    assert [large / small for small, large in zip(*sizes, strict=True)] == pytest.approx([2.0, 2.0], rel=0.02)


@pytest.mark.parametrize("dpi", [0, -72, float("nan"), float("inf"), 1e6])
def test_dots_per_inch_have_bounds(square, dpi):
    with pytest.raises(ValueError, match="dpi must be above 0 and at most 600"):
        draw(square()).png(dpi=dpi)


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".dot", b"digraph"), (".SVG", b"<?xml")]
)
def test_the_suffix_decides_how_a_drawing_is_saved(renderer, square, tmp_path, suffix, start):
    path = tmp_path / f"graph{suffix}"
    assert draw(square()).save(str(path)) == path
    assert path.read_bytes().startswith(start)


def test_pdf_needs_a_real_dot(renderer, square, tmp_path):
    path = tmp_path / "graph.pdf"
    if renderer == "dot":
        assert draw(square()).save(path).read_bytes().startswith(b"%PDF")
    else:
        with pytest.raises(RenderError, match="cannot draw PDF: no Graphviz found"):
            draw(square()).save(path)
        assert not path.exists()


@pytest.mark.parametrize("name", ["graph.bmp", "graph", "svg"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(square, tmp_path, name):
    with pytest.raises(ValueError, match=r"unknown suffix .* expected one of .*\.svg, \.png, \.pdf, \.dot"):
        draw(square()).save(tmp_path / name)


def test_a_notebook_gets_svg_and_text(renderer, square):
    drawing = draw(square())
    bundle = drawing._repr_mimebundle_(include=None, exclude=None)
    assert bundle.keys() == {"image/svg+xml", "text/plain"}
    assert bundle["text/plain"] == "<Drawing of 4 values>"
    assert bundle["image/svg+xml"].replace(' style="max-width:100%;height:auto"', "") == drawing.svg()


def test_on_a_narrow_page_a_picture_shrinks_and_in_a_file_it_has_its_size(renderer, square):
    drawing = draw(square())
    (inline,) = re.findall(r"<svg [^>]*>", drawing._repr_mimebundle_()["image/svg+xml"])
    assert 'style="max-width:100%;height:auto"' in inline
    assert re.search(r'width="\d+pt" height="\d+pt"', inline)
    assert "style" not in re.findall(r"<svg [^>]*>", drawing.svg())[0]


def test_a_notebook_gets_the_reason_where_nothing_draws(no_renderer, square):
    bundle = draw(square())._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "pip install 'chainrule[draw]'" in bundle["text/plain"]


def test_without_a_program_the_source_still_works(no_renderer, square, tmp_path):
    drawing = draw(square())
    assert drawing.save(tmp_path / "graph.dot").read_text("utf-8") == drawing.source
    with pytest.raises(RenderError):
        drawing.svg()


def test_without_the_extra_an_import_error_names_it(monkeypatch, square):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[draw\]'"):
        draw(square())


def test_a_drawing_is_the_graph_of_that_moment(square):
    z = square()
    drawing = draw(z)
    before = drawing.source
    z.data, z.label = 0.0, "changed"
    assert drawing.source == before != draw(z).source


def test_the_ground_is_transparent_on_a_page_and_white_in_pixels(renderer, square):
    drawing = draw(square(), gradients=False)  # without a legend, whose scale has a white field
    assert not re.search(r'<polygon fill="(white|#ffffff)"', drawing.svg())
    image = pytest.importorskip("PIL.Image").open(BytesIO(drawing.png())).convert("RGBA")
    assert image.getpixel((1, 1)) == (255, 255, 255, 255)


def test_a_picture_says_what_it_is(renderer, square):
    z = square()
    z.label = "z < 'a' & \"b\""
    root = ElementTree.fromstring(draw([z, z * 2.0]).svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == root[0].text == "Graph of z < 'a' & \"b\" = 7, a Value = 14: 5 values"


# What is asked for.


def test_a_network_reads_from_top_to_bottom_and_an_expression_from_left_to_right(square, network):
    assert "rankdir=LR" in draw(square()).source
    assert "rankdir=TB" in draw(network([1.0, 2.0], 2, 1)).source
    assert "rankdir=LR" in draw(network([1.0, 2.0], 2, 1), rankdir="LR").source


def test_numbers_have_the_digits_asked_for():
    x = Value(1.23456789, label="x")
    for digits, text in ((1, "1"), (4, "1.235"), (6, "1.23457"), (17, "1.2345678899999999")):
        assert f">{text}<" in draw(x, digits=digits).source
    for wrong in (0, 18, 2.5, None):
        with pytest.raises(ValueError, match="digits must be a whole number from 1 to 17"):
            draw(x, digits=wrong)


def test_pictures_of_a_series_share_a_scale():
    x = Value(3.0, label="x")
    (x * 2.0).backward()
    assert ">-10<" in draw(x, scale=10.0).source
    assert 'fillcolor="#f7a854"' in draw(x).source
    assert f'fillcolor="{fill(2.0, 10.0)}"' in draw(x, scale=10.0).source
    for wrong in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="scale must be a finite number above 0"):
            draw(x, scale=wrong)


def test_a_function_opens_where_asked(renderer, look):
    p = autograd.softmax([Value(float(i), label=f"z{i}") for i in range(3)])
    closed = look(draw(p).svg())
    assert "softmax" in closed.texts
    assert not {"exp", "detach", "max"} & set(closed.texts)
    for expand in (True, "softmax", ["softmax", "rows"]):
        opened = look(draw(p, expand=expand).svg())
        assert opened.clusters == ["cluster_softmax"]
        assert {"softmax", "exp"} <= set(opened.texts)
    assert draw(p, expand=False).source == draw(p).source
    with pytest.raises(ValueError, match="cannot expand 'relu': expected True or some of rows, softmax"):
        draw(p, expand="relu")


# Sizes.


def size(drawing):
    return [float(x) for x in re.search(r'viewBox="0.00 0.00 ([\d.]+) ([\d.]+)"', drawing.svg()).groups()]


def test_a_chain_of_forty_steps_fits_a_page(renderer):
    y = Value(0.5, label="x")
    for _ in range(40):
        y = (y * 1.1).tanh()
    y.backward()
    across, down = size(draw(y))
    assert max(across, down) < 4500
    assert across * down < 3e6


def test_four_rows_of_a_network_fit_a_page(renderer):
    model = nn.MLP(3, [4, 4, 1], seed=1)
    rows = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    targets = [1.0, -1.0, -1.0, 1.0]
    for loss in (
        nn.losses.mse([model(row) for row in rows], targets),
        sum([(model(row) - t) ** 2 for row, t in zip(rows, targets, strict=True)]),
    ):
        loss.backward()
        drawing = draw(loss)
        assert max(size(drawing)) < 2200
        assert "\N{MULTIPLICATION SIGN} 4 rows" in drawing.source
        assert drawing.note.endswith("values, 4 rows drawn as one")


# What may be drawn.


def test_several_roots_are_one_picture(renderer, look):
    x = Value(2.0)
    assert len(look(draw([x.exp(), x.sin()]).svg()).nodes) == 5
    assert draw(np.array([x.exp(), x.sin()])).source == draw((x.exp(), x.sin())).source


@pytest.mark.parametrize("wrong", [1.0, "x", None, [Value(1.0), 2.0], [[Value(1.0)]]])
def test_anything_but_a_value_is_refused(wrong):
    with pytest.raises(TypeError, match="draw needs a Value or a list of Values, got "):
        draw(wrong)


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="at least one Value"):
        draw([])


def test_options_are_checked():
    x = Value(1.0)
    with pytest.raises(ValueError, match="rankdir must be one of LR, TB, RL, BT, got 'lr'"):
        draw(x, rankdir="lr")
    for wrong in (0, -1, 2.5, None):
        with pytest.raises(ValueError, match="max_nodes must be a whole number of at least 1"):
            draw(x, max_nodes=wrong)


def test_a_graph_of_100_000_nodes_is_answered(renderer, chain, look):
    drawing = draw(chain(50_000))
    assert "100,001 values, more than max_nodes=300" in repr(drawing)
    assert drawing.note in look(drawing.svg()).texts


def test_without_groups_a_graph_that_is_too_large_is_refused(chain):
    with pytest.raises(GraphSizeError, match="2,001 nodes, more than max_nodes=300"):
        draw(chain(1000), group=False)


# The picture against the graph.


@few
@given(data=st.data())
def test_the_picture_shows_the_whole_graph(data, renderer, programs, counts, look):
    program = data.draw(programs)
    root = program(*[Value(x) for x in program.inputs])
    root.backward()
    rankdir = data.draw(st.sampled_from(["LR", "TB"]))
    picture = look(draw(root, rankdir=rankdir).svg())
    values, operations, constants, edges = counts(root)
    assert len(picture.nodes) == values + operations + constants
    assert len(picture.edges) == edges
    assert {f"n{i}" for i in range(values)} <= set(picture.nodes)
    assert tags(picture) <= TAGS


@few
@given(data=st.data())
def test_a_collapsed_picture_can_be_drawn_at_every_size(data, renderer, programs, look):
    program = data.draw(programs)
    root = program(*[Value(x, label=f"part.{i}.x") for i, x in enumerate(program.inputs)])
    picture = look(draw(root, max_nodes=data.draw(st.integers(1, 8))).svg())
    assert picture.nodes


def test_a_network_is_drawn_in_nested_frames(renderer, network, look):
    picture = look(draw(network([1.0, 2.0], 3, 1)).svg())
    frames = ["layers.0", *[f"layers.0.neurons.{k}" for k in range(3)], "layers.1", "layers.1.neurons.0"]
    assert sorted(picture.clusters) == [f"cluster_{name}" for name in frames]
    assert picture.texts.count("weights.0") == picture.texts.count("weights.1") == 4
    assert picture.texts.count("bias") == 4


@pytest.mark.parametrize("max_nodes", [300, 30, 5, 1])
def test_a_network_is_drawn_at_every_level(renderer, network, look, max_nodes):
    picture = look(draw(network([1.0, 2.0], 16, 16, 1, passes=2), max_nodes=max_nodes).svg())
    assert len(picture.nodes) <= max_nodes + 5  # operations and constants beside the boxes


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize(
    ("sizes", "max_nodes"),
    [((3, 1), 300), ((3, 1), 8), ((4, 4, 1), 300), ((4, 4, 1), 15), ((16, 16, 1), 300), ((8, 2, 8, 1), 25)],
)
def test_no_edge_runs_through_a_caption_or_a_label(renderer, network, sizes, max_nodes, rankdir):
    loss = (network([1.0, -2.0], *sizes) - 1.0) ** 2
    loss.backward()
    svg = draw(loss, max_nodes=max_nodes, rankdir=rankdir).svg()
    captions = (
        {f"layers.{k}" for k in range(len(sizes))} if max_nodes < 300 or 16 in sizes else {"layers.0", "neurons.0"}
    )
    labels = [(text, place) for text, place in words(svg) if text in captions or text.startswith("∂ ")]
    assert captions <= {text for text, _ in labels}
    assert not [
        text for text, (x, y, wide, high) in labels for p, q in points(svg) if x < p < x + wide and y < q < y + high
    ]


def words(svg):
    """Each text in an SVG except those of the legend, and about where it stands: left, top, width and height."""
    for group in ElementTree.fromstring(svg).iterfind(".//{*}g[@class]"):
        for text in group.iterfind(".//{*}text") if group.get("class") != "graph" else ():
            size, said = float(text.get("font-size")), text.text
            wide = sum(0.25 if c in "il., " else 0.55 for c in said) * size
            left = float(text.get("x")) - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor"), 0.0)
            yield said, (left, float(text.get("y")) - 0.7 * size, wide, 0.8 * size)


def points(svg):
    """Points on every edge, close together."""
    for path in ElementTree.fromstring(svg).iterfind(".//{*}g[@class='edge']//{*}path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
        ends = list(zip(numbers[::2], numbers[1::2], strict=True))
        for curve in [ends[i : i + 4] for i in range(0, len(ends) - 1, 3)]:
            for t in np.linspace(0.0, 1.0, 41):
                weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
                yield tuple(np.array(weights) @ np.array(curve))


def test_a_summary_from_top_to_bottom_has_its_labels_on_the_edges(renderer, network, look):
    loss = (network([1.0, -2.0], 3, 1) - 1.0) ** 2
    loss.backward()
    picture = look(draw(loss, max_nodes=8, rankdir="TB").svg())
    assert {"n20->op21_0", "op21_0->op21"} <= {title.replace(":s", "").replace(":n", "") for title in picture.edges}
    assert "∂ on an edge: local derivative with respect to this input" in picture.texts


# Safety: what a user typed is text.


@pytest.mark.parametrize("label", [*NASTY, CUT], ids=lambda label: ascii(label)[:20])
def test_a_nasty_label_is_text(renderer, look, label):
    root = apply(Op(label, lambda x: x, lambda x, z: (1.0,)), Value(1.0, label=label))
    picture = look(draw(root).svg())
    assert shown(label, 32) in picture.texts
    assert shown(label, 16) in picture.texts
    assert tags(picture) <= TAGS
    assert len(picture.nodes) == 3
    assert f"{shown(label, 400)}: data 1.0, grad 0.0" in picture.tooltips


@few
@given(label=st.text(st.characters(codec=None, exclude_categories=()), min_size=1))
def test_any_label_is_text(renderer, look, label):
    picture = look(draw(Value(1.0, label=label) * 2.0, group=False).svg())  # in a group, a.b would be b
    assert shown(label, 32) in picture.texts
    assert tags(picture) <= TAGS


def test_a_tooltip_says_the_label_as_it_is(renderer, look):
    label = "C:\\Net \\N <a> 'b' \"c\" &lt;"
    assert look(draw(Value(0.5, label=label)).svg()).tooltips == [f"{label}: data 0.5, grad 0.0"]


# Golden pictures and bytes.


def example(name, square, network):
    if name == "square":
        return draw(square())
    if name == "network":
        root = (network([1.0, Value(-2.0, label="x.1")], 2, 1) - 1.0) ** 2
        root.backward()
        return draw(root)
    root = network([1.0, -2.0], 4, 3, 1, passes=2)
    root.backward()
    return draw(root, max_nodes=20, rankdir="TB")


def without_comments(svg):
    return re.sub(r"<!--.*?-->\n", "", svg, flags=re.DOTALL)


@pytest.mark.parametrize("name", ["square", "network", "collapsed"])
def test_the_source_is_the_golden_one(square, network, name, request):
    path = GOLDEN / f"{name}.dot"
    source = example(name, square, network).source
    if request.config.getoption("--redraw"):
        path.write_text(source, "utf-8")
    assert source == path.read_text("utf-8")


@pytest.mark.parametrize("name", ["square", "network", "collapsed"])
def test_the_svg_is_the_golden_one(square, network, name, request):
    if render.embedded_program() is None or metadata.version("graphviz-pure") != GOLDEN_RENDERER:
        pytest.skip(f"the golden pictures are by graphviz-pure {GOLDEN_RENDERER}, which is not installed")
    path = GOLDEN / f"{name}.svg"
    svg = without_comments(example(name, square, network).svg())
    if request.config.getoption("--redraw"):
        path.write_text(svg, "utf-8")
    assert svg == path.read_text("utf-8")


print_picture = """
import sys
sys.path.insert(0, sys.argv[1])
import autograd
from autograd.drawing import draw
from autograd.drawing.dot import render
if sys.argv[2] == "dot":
    render.embedded_program = lambda: None
x, y = autograd.Value(3.0, label="x"), autograd.Value(0.5)
z = autograd.dot([x, y, x], [y, 2.0, x], y).tanh() * x + y / x
z.backward()
sys.stdout.buffer.write(draw(z).svg().encode() + draw(z).png())
"""


def test_the_bytes_are_the_same_in_every_process(renderer):
    found = set()
    for seed in ("0", "7", "random"):
        command = [sys.executable, "-c", print_picture, str(Path(autograd.__file__).parents[1]), renderer]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found.add(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert len(found) == 1
