"""Turn DOT source into a picture with a program: the embedded graphviz-pure first, else a `dot` on PATH."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from autograd.drawing.dot.glyphs import beyond, without, without_font
from autograd.errors import RenderError

TIME_LIMIT = 30.0  # seconds
BEGINNINGS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
REFUSED = {"GV_FILE_PATH"}  # a variable of old web servers: Graphviz ends at once where it is set
EMBEDDED = ("graphviz-pure", "dot")  # what the program of the distribution graphviz-pure is called
ADVICE = (
    "Install one: pip install 'chainrule[draw]' brings graphviz-pure for SVG and PNG, "
    "Debian's package graphviz draws PDF too. The drawing's .source is DOT and works without one."
)


def render(source: str, form: str, *options: str) -> bytes:
    """Return the picture of DOT source as "svg", "png" or "pdf".

    Programs that do not start are passed over. A character for which the embedded one has no glyph is drawn
    by another, if there is one with a font for it; else pixels have a question mark, with a warning.
    Raises RenderError if there is no other program, or if one fails, writes nothing, or takes longer than
    TIME_LIMIT.
    """
    reasons = []
    strange = beyond(source)
    missing = without_font(strange) if strange else ""
    found = list(programs(form))
    if len(missing) < len(strange):
        found.sort(key=lambda program: program == embedded_program())
    for program in found:
        try:
            gone = strange if program == embedded_program() else missing
            drawn = without(source, gone) if gone and form == "png" else source
            return _run(program, drawn, form, options)
        except OSError as error:
            reasons.append(f"{program} does not start: {error.strerror or error}")
    raise RenderError(f"cannot draw {form.upper()}: {'; '.join(reasons) or 'no Graphviz found'}. {ADVICE}")


def programs(form: str) -> Iterator[Path]:
    """Yield the programs to try, best first. The embedded one cannot draw PDF."""
    embedded = embedded_program()
    if embedded is not None and form != "pdf":
        yield embedded
    for folder in os.get_exec_path():
        found = shutil.which("dot", path=folder)
        # Where graphviz-pure is installed, a dot in the same folder is its own, or may be.
        if found and (embedded is None or Path(found).resolve().parent != embedded.parent):
            yield Path(found)


def embedded_program() -> Path | None:
    """Return the program that the distribution graphviz-pure installed, if it is there and may be run."""
    with suppress(metadata.PackageNotFoundError):
        files = [Path(str(file.locate())) for file in metadata.files("graphviz-pure") or ()]
        scripts = [Path(sysconfig.get_path("scripts"), name) for name in EMBEDDED[:1]]
        for path in [*files, *scripts]:
            if path.stem in EMBEDDED and os.access(path, os.X_OK) and path.is_file():
                return path.resolve()
    return None


def _run(program: Path, source: str, form: str, options: tuple[str, ...]) -> bytes:
    command = [str(program), f"-T{form}", *options]
    pipe = subprocess.PIPE
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone has it
    environment = {name: x for name, x in os.environ.items() if name not in REFUSED}
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True, creationflags=no_window
    ) as process:
        try:
            picture, said = process.communicate(source.encode(), timeout=TIME_LIMIT)
        except BaseException as error:  # including Ctrl-C
            _kill(process)
            if isinstance(error, subprocess.TimeoutExpired):
                fault = f"took longer than {TIME_LIMIT:g} s and was stopped: draw less with a lower max_nodes"
                raise RenderError(f"cannot draw {form.upper()}: {program} {fault}") from None
            raise
    if process.returncode or not picture.startswith(BEGINNINGS[form]) or (form == "svg" and not _is_text(picture)):
        fault = f"failed with exit code {process.returncode}" if process.returncode else f"wrote no {form.upper()}"
        last = said.decode(errors="replace").strip()[-300:]
        raise RenderError(f"cannot draw {form.upper()}: {program} {fault}{last and f' ({last})'}. {ADVICE}")
    return picture


def _is_text(picture: bytes) -> bool:
    """Return whether a picture is UTF-8, as SVG has to be."""
    try:
        picture.decode()
    except UnicodeDecodeError:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it has started: `dot` may be a script around the real one."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
