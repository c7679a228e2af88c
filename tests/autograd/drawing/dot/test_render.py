"""Programs that draw, and all the ways in which they may fail."""

import os
import select

import pytest

from autograd import AutogradError
from autograd.drawing.dot import render as rendering
from autograd.drawing.dot.render import embedded_program, programs, render
from autograd.errors import RenderError

SOURCE = "digraph { a -> b }"

posix = pytest.mark.skipif(os.name != "posix", reason="stand-ins for dot are shell scripts")


def program(folder, script, name="dot", mode=0o755):
    """Write a stand-in for dot."""
    path = folder / name
    path.write_text(script)
    path.chmod(mode)
    return path


@pytest.fixture
def alone(no_renderer, tmp_path):
    """An empty folder that is the whole PATH, on a machine without graphviz-pure."""
    return tmp_path


def test_svg_and_png_begin_as_they_should(renderer):
    assert b"<svg" in render(SOURCE, "svg")
    assert render(SOURCE, "png").startswith(b"\x89PNG\r\n")


def test_the_same_source_gives_the_same_bytes(renderer):
    assert render(SOURCE, "svg") == render(SOURCE, "svg")


def test_pdf_comes_from_a_real_dot():
    if not list(programs("pdf")):
        pytest.skip("there is no dot on PATH besides graphviz-pure's")
    assert render(SOURCE, "pdf").startswith(b"%PDF")


def test_graphviz_pure_comes_before_a_dot_on_path():
    embedded = embedded_program()
    if embedded is None:
        pytest.skip("graphviz-pure is not installed")
    assert next(programs("svg")) == embedded


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_without_any_program_the_error_says_what_to_install(alone, form):
    with pytest.raises(RenderError) as caught:
        render(SOURCE, form)
    for part in ("no Graphviz found", "pip install 'chainrule[draw]'", "Debian's package graphviz", ".source"):
        assert part in str(caught.value)


def test_the_error_is_one_of_ours_and_a_runtime_error():
    assert issubclass(RenderError, AutogradError)
    assert issubclass(RenderError, RuntimeError)


@posix
def test_a_dot_beside_graphviz_pure_does_not_draw_pdf(alone, monkeypatch):
    embedded = program(alone, "", name="graphviz-pure")
    program(alone, "#!/bin/sh\nprintf '%%PDF'\n")
    elsewhere = alone / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(rendering, "embedded_program", lambda: embedded.resolve())
    assert list(programs("pdf")) == []
    monkeypatch.setenv("PATH", os.pathsep.join([str(alone), str(elsewhere)]))
    real = program(elsewhere, "#!/bin/sh\nprintf '%%PDF-1.7'\n")
    assert list(programs("pdf")) == [real]
    assert render(SOURCE, "pdf") == b"%PDF-1.7"


@posix
def test_a_dot_that_may_not_be_run_is_passed_over(alone):
    program(alone, "#!/bin/sh\necho '<?xml'\n", mode=0o644)
    with pytest.raises(RenderError, match="no Graphviz found"):
        render(SOURCE, "svg")


@posix
def test_a_program_that_does_not_start_is_passed_over(alone, monkeypatch):
    broken = program(alone, "\x7fELF is not all it takes", name="graphviz-pure")
    monkeypatch.setattr(rendering, "embedded_program", lambda: broken)
    with pytest.raises(RenderError, match="graphviz-pure does not start: Exec format error"):
        render(SOURCE, "svg")
    elsewhere = alone / "elsewhere"
    elsewhere.mkdir()
    program(elsewhere, "#!/bin/sh\necho '<?xml fine'\n")
    monkeypatch.setenv("PATH", str(elsewhere))
    assert render(SOURCE, "svg") == b"<?xml fine\n"


@posix
@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("echo 'out of ink' >&2; exit 3", r"failed with exit code 3 \(out of ink\)\. Install"),
        ("kill -9 $$", "failed with exit code -9"),
        ("exit 0", "wrote no SVG"),
        ("echo hello", "wrote no SVG"),
        (r"printf '<?xml \377\376 not UTF-8'", "wrote no SVG"),
        (r"printf 'out \377\033[2J of ink' >&2; exit 3", r"exit code 3 \(out \ufffd\\x1b\[2J of ink\)"),
        ("exec <&-; exit 1", "failed with exit code 1"),
    ],
)
def test_a_program_that_fails_is_named_with_what_it_said(alone, script, fault):
    path = program(alone, f"#!/bin/sh\n{script}\n")
    with pytest.raises(RenderError, match=fault) as caught:
        render(SOURCE + " " * 1_000_000, "svg")
    assert str(path) in str(caught.value)


@posix
def test_a_program_gets_no_variable_at_which_graphviz_ends(alone, monkeypatch):
    program(alone, '#!/bin/sh\necho "<?xml ${GV_FILE_PATH-unset} $GVBINDIR"\n')
    monkeypatch.setenv("GV_FILE_PATH", "/somewhere")
    monkeypatch.setenv("GVBINDIR", "kept")
    assert render(SOURCE, "svg") == b"<?xml unset kept\n"
    assert os.environ["GV_FILE_PATH"] == "/somewhere"


def test_both_renderers_draw_where_that_variable_is_set(renderer, monkeypatch):
    monkeypatch.setenv("GV_FILE_PATH", os.sep)
    for form in ("svg", "png"):
        assert render(SOURCE, form)


@posix
def test_a_program_that_hangs_is_stopped_with_all_it_has_started(alone, monkeypatch):
    os.mkfifo(alone / "alive")  # open for writing as long as a process of the script lives
    program(alone, f"#!/bin/sh\n(exec /bin/sleep 600) > '{alone}/alive' & wait\n")
    reader = os.open(alone / "alive", os.O_RDONLY | os.O_NONBLOCK)
    monkeypatch.setattr(rendering, "TIME_LIMIT", 0.2)
    with pytest.raises(RenderError, match=r"took longer than 0\.2 s and was stopped: .* max_nodes"):
        render(SOURCE, "svg")
    readable, _, _ = select.select([reader], [], [], 30.0)
    assert readable
    assert os.read(reader, 1) == b""
    os.close(reader)
