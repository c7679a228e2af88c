"""Characters without a glyph: another renderer draws them, or a warning says what to install."""

import subprocess

import pytest

from autograd import Value
from autograd.drawing import draw
from autograd.drawing.dot import glyphs, render
from autograd.drawing.dot.glyphs import beyond, without, without_font

KOREAN = "기울기"


@pytest.fixture
def fonts(monkeypatch):
    """A function that says which characters have a font on this machine."""

    def install(characters):
        monkeypatch.setattr(glyphs, "which", lambda name: "fc-list")
        monkeypatch.setattr(glyphs, "_has_font", lambda program, c: c in characters)

    return install


def test_letters_of_europe_and_mathematics_are_in_the_embedded_font():
    assert beyond("data, grad: ∂ \N{MULTIPLICATION SIGN} \N{MINUS SIGN} … Σ Привет αβγ é\n\t") == ""
    assert beyond(f"{KOREAN} 重み 😀 损失") == "기울重み😀损失"
    assert beyond("👩\u200d👧\ufe0f") == "👩👧"


def test_missing_characters_become_question_marks_with_a_warning():
    with pytest.warns(UserWarning, match=r"no glyphs for '기울', drawn as '\?'\. Install Graphviz and fonts .*cjk"):
        assert without("x 기울기", "기울") == "x ???"


def test_fontconfig_says_which_fonts_there_are(monkeypatch):
    glyphs._has_font.cache_clear()
    said = {"AE30": b"/usr/share/fonts/a.ttf\n", "C6B8": b""}
    monkeypatch.setattr(glyphs, "which", lambda name: f"/bin/{name}")

    def run(command, **options):
        return subprocess.CompletedProcess(command, 0, said[command[1].removeprefix(":charset=")], b"")

    monkeypatch.setattr(glyphs.subprocess, "run", run)
    assert without_font("기울") == "울"
    glyphs._has_font.cache_clear()
    monkeypatch.setattr(glyphs, "which", lambda name: None)
    assert without_font("기울") == ""


def test_pixels_without_a_font_have_no_empty_boxes(renderer, fonts):
    pytest.importorskip("graphviz")
    fonts("")
    plain = draw(Value(1.0, label="???")).png()
    with pytest.warns(UserWarning, match="no glyphs for '기울'"):
        assert draw(Value(1.0, label=KOREAN)).png()[:8] == plain[:8]
    assert KOREAN in draw(Value(1.0, label=KOREAN)).svg()  # a browser has fonts: no warning


def test_a_dot_with_fonts_comes_before_the_embedded_renderer(fonts, monkeypatch):
    pytest.importorskip("graphviz")
    real = list(render.programs("pdf"))
    if not real or render.embedded_program() is None:
        pytest.skip("both renderers are needed")
    fonts(KOREAN)
    used = []
    monkeypatch.setattr(render, "_run", lambda program, *rest: used.append(program) or b"")
    draw(Value(1.0, label=KOREAN)).png()
    draw(Value(1.0, label="slope")).png()
    assert used == [real[0], render.embedded_program()]
