"""The bar: where it is drawn, what it shows, and what is said without tqdm."""

import sys
import textwrap

import pytest

from nn.training import progress


class Terminal:
    """A stderr that someone watches."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


def test_no_bar_is_drawn_where_nobody_watches(capsys, fitted):
    fitted(progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_bar_in_a_terminal_shows_loss_and_metrics(monkeypatch, fitted):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    _, history = fitted(progress=True, metrics="r2")
    assert "5/5" in sys.stderr.text
    assert f"loss={history['loss'][-1]:.4g}, r2=" in sys.stderr.text
    monkeypatch.setattr(sys, "stderr", Terminal())
    fitted(progress=False)
    assert sys.stderr.text == ""


def test_a_notebook_without_ipywidgets_shows_the_bar_of_a_terminal():
    pytest.importorskip("tqdm")
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    code = """
        import sys
        sys.modules["ipywidgets"] = None  # cannot be imported
        import nn
        model = nn.MLP(1, [1], seed=1)
        descent = nn.optim.SGD(model.parameters(), lr=0.05)
        nn.fit(model, [1.0, 2.0], [1.0, 2.0], loss="mse", optimizer=descent, epochs=5, compile=False, progress=%s)["lr"]
    """
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(code % progress)) for progress in (True, True, False)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    first, second, quiet = [
        ["".join(o.get("text", "")) for o in cell.outputs if o.output_type != "execute_result"] for cell in cells
    ]
    for (bar,) in (first, second):
        assert "5/5" in bar
        assert "loss=" in bar
        assert "Warning" not in bar
        assert ".py" not in bar
    assert quiet == []


def test_a_missing_tqdm_is_said_once(monkeypatch, fitted):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    progress._say_that_tqdm_is_missing.cache_clear()
    for _ in range(2):
        assert fitted(progress=True)[1].epochs == 5
    assert sys.stderr.text == "nn.fit: no progress bar without tqdm: pip install 'chainrule[notebook]'\n"
