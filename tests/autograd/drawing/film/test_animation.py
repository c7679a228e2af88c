"""The backward pass as a GIF: a frame a step, with the colours and captions of that step."""

from io import BytesIO
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value
from autograd.drawing import draw
from autograd.drawing.dot import colors
from autograd.drawing.dot.render import programs as graphviz_programs
from autograd.drawing.film import animation
from autograd.drawing.film.frames import film

pytest.importorskip("graphviz")
Image = pytest.importorskip("PIL.Image")
ImageChops = pytest.importorskip("PIL.ImageChops")
pytestmark = pytest.mark.skipif(next(graphviz_programs("png"), None) is None, reason="no Graphviz to draw with")


def example(label="x"):
    x = Value(3.0, label)
    y = x * x - 2.0 * x
    y.label = "y"
    return y


def frames_of(data):
    with Image.open(BytesIO(data)) as gif:
        frames = []
        for k in range(gif.n_frames):
            gif.seek(k)
            frames.append((gif.convert("RGB"), gif.info["duration"]))
        return frames


def near(color, other):
    return all(abs(a - b) <= 6 for a, b in zip(color, other, strict=True))


def rgb(color):
    return tuple(bytes.fromhex(color[1:]))


def test_a_gif_has_a_frame_for_each_step_and_rests_at_the_end(tmp_path):
    path = draw(example()).save(tmp_path / "backward.gif")
    frames = frames_of(path.read_bytes())
    assert len(frames) == 4
    assert {image.size for image, _ in frames} == {frames[0][0].size}
    assert [duration for _, duration in frames] == [animation.STEP] * 3 + [animation.END]


def test_boxes_have_the_colour_of_their_gradient_so_far():
    root = example()
    sketch = draw(root).sketch
    reel = film(sketch)
    svg = ElementTree.fromstring(draw(root).svg())
    assert set(animation.boxes(svg, 1.0)) == {"n0", "n1", "n2", "n3"}
    images = [image for image, _ in frames_of(draw(root).gif())]
    seen = []
    for image, frame in zip(images, reel.frames, strict=True):
        fills = {change.fill for change in frame.changes}
        flat = {color for _, color in image.getcolors(1 << 24)}
        seen.append(all(any(near(color, rgb(fill)) for color in flat) for fill in fills))
    assert seen == [True] * 4
    orange = rgb(reel.frames[-1].changes[0].fill)
    area = [sum(n for n, color in image.getcolors(1 << 24) if near(color, orange)) for image in images]
    assert area[-1] > area[0] + 1_000  # the legend has it from the start


def test_the_box_that_is_visited_has_a_violet_outline():
    for image, _ in frames_of(draw(example()).gif()):
        violet = sum(n for n, color in image.getcolors(1 << 24) if near(color, rgb(animation.VIOLET)))
        assert violet > 200


@pytest.mark.filterwarnings("ignore:no glyphs for")  # where no font has the last one
def test_captions_take_any_label():
    for label in ("λ </TD> & \\N \"'", "long " * 200, "two\nlines", "\u202e👩"):
        assert len(frames_of(draw(example(label)).gif())) == 4


def test_a_wide_picture_is_made_smaller():
    x = Value(0.5, "x")
    for _ in range(10):
        x = x.sin()
    ((image, _), *_others) = frames_of(draw(x).gif())
    assert image.width <= animation.LARGEST + 2


def test_too_many_steps_are_refused():
    root = autograd.sum([Value(float(k)).sin() for k in range(animation.MOST_FRAMES)])
    with pytest.raises(ValueError, match=r"202 frames, and a GIF has at most 200: save a page \(\.html\)"):
        draw(root, max_nodes=1_000).gif()


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pillow: pip install 'chainrule\[draw\]'"):
        draw(example()).gif()


def test_ink_keeps_its_colour_in_a_box_that_is_repainted():
    root = example()
    inside = animation.boxes(ElementTree.fromstring(draw(root).svg()), animation.DPI / 72.0)["n0"].edges
    ((first, _), *_others) = frames_of(draw(root).gif())
    left, top, right, bottom = map(round, inside)
    shift = (first.width - draw_width(root)) // 2
    pixels = first.crop((left + shift + 3, top + 3, right + shift - 3, bottom - 3)).getcolors(1 << 16)
    assert max(max(color) - min(color) for _, color in pixels) <= 40


def draw_width(root):
    return Image.open(BytesIO(draw(root).png(dpi=animation.DPI))).width


def test_between_two_shades_a_picture_is_as_graphviz_draws_it_there():
    dot = draw(example()).source
    reel = film(draw(example()).sketch)
    paper, black, orange = [
        animation._png(animation._filled(dot, color, reel), animation.DPI)
        for color in (colors.PAPER, animation.BLACK, "#f7a854")
    ]
    difference = ImageChops.difference(animation.Shades(paper, black).on("#f7a854"), orange)
    assert max(high for _, high in difference.getextrema()) <= 3


def test_a_gradient_stands_where_graphviz_would_write_it_in_letters_as_wide():
    x, w = Value(3.0, "x"), Value(-1.25, "w")
    y = x * w * 3.3331
    y.label, y.inputs[0].label = "y", "a"
    y.backward()
    picture = Image.open(BytesIO(draw(y).png(dpi=animation.DPI))).convert("RGB")
    *_others, (last, _) = frames_of(draw(y).gif())
    shift = (last.width - picture.width) // 2
    for box in animation.boxes(ElementTree.fromstring(draw(y).svg()), animation.DPI / 72.0).values():
        area = (round(box.start) - 1, round(box.baseline - box.size), round(box.edges[2]) - 3, round(box.baseline) + 3)
        numbers = picture.crop(area), last.crop((area[0] + shift, area[1], area[2] + shift, area[3]))
        inks = [image.convert("L").point([255] * 90 + [0] * 166).getbbox() for image in numbers]
        assert inks[0] == pytest.approx(inks[1], abs=1)
