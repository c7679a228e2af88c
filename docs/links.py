"""Links: how pdoc makes them in text, and which of those in HTML pages lead nowhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from pdoc.render_helpers import linkify as pdocs_linkify

TAG = re.compile(r"<[^>]*>")
# The dot in `.data` and `mse(p, t).data`, as text or highlighted: pdoc would take it for a relative import's.
LOOSE_DOT = re.compile(r"""(?<![\w.])\.(?=[A-Za-z_])|(?<!\w)</span><span class="o">\.(?=</span><span class="n">)""")


@pass_context
def linkify(context: Context, code: str, namespace: str = "", shorten: bool = True) -> Markup:
    """Return HTML in which the names of this library are links, and whose text is unchanged."""
    linked = pdocs_linkify(context, LOOSE_DOT.sub(lambda dot: dot[0].replace(".", "&#46;"), code), namespace, shorten)
    if not shorten and TAG.sub("", linked).replace("&#46;", ".") != TAG.sub("", code):
        raise ValueError(f"links have changed the text of {context['module'].modulename}.{namespace}:\n{linked}")
    return linked


# A name such as `autograd.sin`, but not a file such as autograd/ops.py, and not torch.nn.Linear.
OURS = re.compile(r"(?<![\w./])(?:autograd|nn)(?:\.\w+)+")


class Page(HTMLParser):
    """A page's anchors, the targets of its links and pictures, and the names in its code that are not links."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.loose: list[str] = []
        self.open: list[str] = []  # the open elements, of the kinds that matter here
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an anchor, a target, and where we are."""
        found = {name: value for name, value in attrs if value}
        self.ids.add(found.get("id", ""))
        self.targets += [found[name] for name in ("href", "src") if name in found]
        if tag in ("a", "code", "pre"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note where we are."""
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        """Note the names of this library in inline code."""
        if self.open == ["code"]:
            self.loose += OURS.findall(data)


def dead(folder: Path) -> list[str]:
    """Return a line for each link that leads nowhere, page by page. Links to other sites are not tried."""
    pages = {path.resolve(): Page(path) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder.resolve())
        found += [f"{name}: `{loose}` is nothing in the reference" for loose in page.loose]
        for target in page.targets:
            if re.match(r"https?:|data:", target):
                continue
            address, _, anchor = unquote(target).partition("#")
            to = (path.parent / address).resolve() if address else path
            if not to.is_file() or (anchor and anchor not in pages[to].ids):
                found.append(f"{name}: {target} leads nowhere")
    return found
