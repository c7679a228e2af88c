"""Pictures on light and dark pages: ink that can be read on both, and a title for those who cannot see them."""

import re

import pytest

from autograd import Value
from autograd.drawing import draw
from autograd.drawing.dot.theme import VARIABLES, sheet, themed

PAGES = {"light": "#ffffff", "dark": "#0d1117"}


def light(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """The contrast ratio of WCAG 2."""
    low, high = sorted([light(one), light(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_and_all_text_can_be_read(theme):
    color = {name: both[theme == "dark"] for name, both in VARIABLES.items()}
    for ink in ("line", "faint", "warning", *[name for name in VARIABLES if name.startswith("thread")]):
        for ground in (PAGES[theme], color["cluster"]):
            assert contrast(color[ink], ground) >= 4.5
    for ink in ("ink", "soft"):
        for ground in ("paper", "above", "below", "no-number"):
            assert contrast(color[ink], color[ground]) >= 4.5
    assert contrast(color["badge-ink"], color["badge"]) >= 4.5
    assert contrast(color["warning"], color["paper"]) >= 4.5


def test_every_colour_of_a_picture_follows_the_page():
    pytest.importorskip("graphviz")
    x = Value(3.0, label="x")
    y = (x * x - 7.0).exp() + x.log() * 0.0
    y.backward()
    svg = draw(y).svg()
    style = svg.partition("<style>")[2].partition("</style>")[0]
    used = set(re.findall(r'(?:fill|stroke)="(#\w{6})"', svg.partition("</style>")[2]))
    assert used
    assert all(f'"{color}"]' in style for color in used)


def test_the_style_speaks_of_no_other_picture_on_the_page():
    rules = [rule for rule in sheet('fill="#f7a854"').splitlines() if rule]
    assert all(rule.startswith((".chainrule", "@media")) for rule in rules)
    assert any("color-mix(in srgb,var(--above) 100%,var(--paper))" in rule for rule in rules)


def test_a_title_is_text():
    svg = themed('<svg width="1pt"><g><title>computation</title></g></svg>', '<b> "x" & y')
    assert svg.count("<title>&lt;b&gt; &quot;x&quot; &amp; y</title>") == 2
    assert 'aria-label="&lt;b&gt; &quot;x&quot; &amp; y"' in svg
