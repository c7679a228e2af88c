"""The page on adding an op is true: its changes fit the sources, and the op that they add passes the tests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add_an_op.md"
# The name of a file, perhaps a few words, and the diff of that file.
CHANGE = re.compile(r"^`([\w/.]+)`[^\n]*\n\n```diff\n(.*?)^```\n", re.DOTALL | re.MULTILINE)


def changed(text, diff):
    """Return a text with the pieces of a diff applied; each must fit in exactly one place."""
    for piece in diff.removeprefix("@@\n").split("\n@@\n"):
        lines = [(line[:1], line[1:]) for line in piece.rstrip("\n").split("\n")]
        old = "\n".join([line for kind, line in lines if kind != "+"])
        new = "\n".join([line for kind, line in lines if kind != "-"])
        assert text.count(old) == 1, f"{text.count(old)} places for:\n{old}"
        text = text.replace(old, new)
    return text


@pytest.mark.long
def test_the_op_of_the_page_becomes_the_librarys_own(tmp_path):
    for folder in ("autograd", "nn", "tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "_core.*"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    changes = CHANGE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(changes) == PAGE.read_text(encoding="utf-8").count("```diff")
    for name, diff in changes:
        path = tmp_path / name
        path.write_text(changed(path.read_text(encoding="utf-8"), diff), encoding="utf-8")

    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = re.search(r"^    python (-m autograd\.native\.\S+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    subprocess.run(
        [sys.executable, *command[1].split()], cwd=tmp_path, env=environment, check=True, capture_output=True
    )

    chosen = "log1mexp or every_op or committed or every_function or public_name"
    tests = ["tests/autograd", "tests/nn/test_layers.py", "tests/test_imports.py", "tests/test_pages.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", chosen, *tests, "autograd/functions.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
