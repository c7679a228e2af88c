"""A notebook as committed, and as it looks after a run from top to bottom."""

import functools
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


class Notebook:
    """A notebook and the outputs of its cells."""

    def __init__(self, content):
        self.content = content
        self.outputs = [output for cell in self.content.cells for output in cell.get("outputs", ())]

    @property
    def printed(self):
        """Everything that the cells print or return as text, in order."""
        texts = (
            o["text"] if o.output_type == "stream" else o.get("data", {}).get("text/plain", "") for o in self.outputs
        )
        return "\n".join(text.rstrip("\n") for text in texts)

    def find(self, pattern):
        """Return the first match of a pattern in what is printed: its groups, or else all of it."""
        match = re.search(pattern, self.printed, re.MULTILINE)
        assert match, f"nothing that is printed matches {pattern!r}:\n{self.printed}"
        return match.groups() or match.group()

    def number(self, label):
        """Return the number after a label, as in `label: 0.5`, `label = 0.5` or `label 0.5`."""
        return float(
            self.find(re.escape(label) + r"[ :=]+([-+]?(?:[\d.][\d.,]*(?:e[-+]?\d+)?|inf|nan))")[0].replace(",", "")
        )

    def pictures(self, kind="image/"):
        """Return the outputs that hold a picture of a kind."""
        return [o for o in self.outputs if any(mime.startswith(kind) for mime in o.get("data", {}))]


@functools.cache
def committed(name):
    """Return a notebook with the outputs that were committed."""
    return Notebook(nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4))


@functools.cache
def executed(name, folder):
    """Return a notebook after a run in an empty folder; raise CellExecutionError if a cell fails."""
    content = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    # Without coalescing, the text of one print may be split into two outputs.
    client = nbclient.NotebookClient(
        content,
        timeout=240,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return Notebook(client.execute())


@pytest.fixture(params=["committed", pytest.param("executed", marks=pytest.mark.long)])
def notebook(request, tmp_path_factory):
    """The notebook that the test's module names: as committed, and after a new run."""
    name = request.module.NOTEBOOK
    if request.param == "committed":
        return committed(name)
    return executed(name, tmp_path_factory.getbasetemp())
