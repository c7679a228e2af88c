"""Links of the built pages: dead ones are found, and making links does not change the text."""

import runpy
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("pdoc")
from pdoc.doc import Module
from pdoc.render_helpers import linkify as pdocs_linkify

LINKS = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "links.py"))


def dead(folder, **pages):
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    return LINKS["dead"](folder)


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other.html">other</a> <a href="other.html#there">there</a>',
        '<p id="here"></p><a href="#here">here</a>',
        '<a href="https://example.org/#x">elsewhere</a> <img src="data:image/png;base64,AAAA">',
        '<code><a href="other.html#there">autograd.sin</a>(x)</code>',
        "<code>autograd/ops.py</code> <code>torch.nn.Linear</code> <code>autograd</code> autograd.nothing",
        "<pre><code>import autograd.nothing</code></pre>",
    ],
)
def test_a_link_that_leads_somewhere_is_not_reported(tmp_path, body):
    assert dead(tmp_path, page=body, other='<h1 id="there">there</h1>') == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="nowhere.html">nowhere</a>', "page.html: nowhere.html leads nowhere"),
        ('<a href="other.html#nowhere">nowhere</a>', "page.html: other.html#nowhere leads nowhere"),
        ('<a href="#nowhere">nowhere</a>', "page.html: #nowhere leads nowhere"),
        ('<img src="nowhere.svg">', "page.html: nowhere.svg leads nowhere"),
        ("<code>autograd.nothing</code>", "page.html: `autograd.nothing` is nothing in the reference"),
        ("<p><code>nn.nothing(x)</code></p>", "page.html: `nn.nothing` is nothing in the reference"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_page(tmp_path, body, said):
    assert dead(tmp_path, page=body, other='<h1 id="there">there</h1>') == [said]


CONTEXT = {
    "module": Module(ModuleType("nn.losses")),
    "all_modules": {name: Module(ModuleType(name)) for name in ("nn", "nn.losses", "nn.data")},
    "is_public": lambda doc: "true",
}


@pytest.mark.parametrize(
    "code",
    [
        "<code>mse(p, t).data</code>",
        "<code>.data</code>",
        '<span class="p">)</span><span class="o">.</span><span class="n">data</span>',
    ],
)
def test_an_attribute_is_not_taken_for_a_module(code):
    assert "<a" in pdocs_linkify(CONTEXT, code, shorten=False)
    assert LINKS["linkify"](CONTEXT, code, shorten=False).replace("&#46;", ".") == code


def test_a_module_is_a_link():
    assert LINKS["linkify"](CONTEXT, "<code>nn.data</code>") == '<code><a href="data.html">nn.data</a></code>'


def test_a_link_that_changes_the_text_is_an_error(monkeypatch):
    monkeypatch.setitem(LINKS["linkify"].__globals__, "LOOSE_DOT", LINKS["TAG"])
    with pytest.raises(ValueError, match=r"changed the text of nn\.losses\.mse"):
        LINKS["linkify"](CONTEXT, "<code>mse(p, t).data</code>", "mse", shorten=False)
