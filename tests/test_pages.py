"""The Python blocks of a page run in order, and each prints what the text block after it shows."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide.md"
PAGES = [
    ROOT / "README.md",
    GUIDE,
    *[ROOT / "docs" / name for name in ("coming_from_micrograd.md", "sparse_derivatives.md", "add_an_op.md")],
]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n*```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_prints_what_the_page_shows(path):
    page = path.read_text(encoding="utf-8")
    names = {"__name__": "__main__"}
    for block in BLOCK.finditer(page):
        code, shown = block.groups(default="")
        line = page.count("\n", 0, block.start(1))
        with redirect_stdout(StringIO()) as printed:
            exec(compile("\n" * line + code, path, "exec"), names)  # tracebacks point into the page
        assert printed.getvalue() == shown, f"{path.name}, line {line + 1}"
    assert len(BLOCK.findall(page)) == page.count("```python"), "a block is not closed"


def test_every_public_name_is_mentioned():
    page = GUIDE.read_text(encoding="utf-8")
    assert [name for name in autograd.__all__ if f"{name}`" not in page and f"autograd.{name}(" not in page] == []
