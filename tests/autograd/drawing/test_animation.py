"""The backward pass as a GIF: a frame a step, with the colours and captions of that step."""

from io import BytesIO
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value
from autograd.drawing import animation, colors, draw
from autograd.drawing.frames import Change, film
from autograd.drawing.render import programs as graphviz_programs

pytest.importorskip("graphviz")
Image = pytest.importorskip("PIL.Image")
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
    with pytest.raises(ValueError, match=r"202 frames, of which a GIF has at most 200: save a page \(\.html\)"):
        draw(root, max_nodes=1_000).gif()


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pillow: pip install 'chainrule\[draw\]'"):
        draw(example()).gif()


def test_paper_becomes_the_new_colour_and_ink_stays_dark():
    picture = Image.new("RGB", (60, 40), colors.PAPER)
    picture.paste(colors.INK, (10, 6, 14, 10))
    box = animation.Box((0.0, 0.0, 60.0, 40.0), start=30.0, baseline=32.0, size=11.0, fill=colors.PAPER)
    animation._fill(picture, picture.copy(), box, Change("n0", "1", "#f7a854"))
    assert picture.getpixel((20, 8)) == rgb("#f7a854")
    assert max(picture.getpixel((12, 8))) < 64
