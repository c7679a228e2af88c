"""Build the guide and the API reference as HTML: python docs/build.py [--out DIR]. A gap or a dead link is an error."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import warnings
from pathlib import Path
from types import ModuleType

from pdoc import render
from pdoc.doc import Module

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT)]  # describe this checkout, whatever version is installed
os.environ["CHAINRULE_PURE"] = "1"  # the native core has neither sources nor annotations to show

from links import dead, linkify  # noqa: E402
from reference import reference, undocumented  # noqa: E402

GUIDE = [
    DOCS / "index.md",
    ROOT / "README.md",
    DOCS / "guide.md",
    DOCS / "coming_from_micrograd.md",
    DOCS / "check_any_gradient.md",
    DOCS / "when_one_machine_is_not_enough.md",
    DOCS / "sparse_derivatives.md",
    DOCS / "add_an_op.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
]


def main() -> None:
    """Write the site. If anything is wrong with it, say what and exit with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "site", metavar="DIR", help="default: %(default)s")
    out = parser.parse_args().out

    modules = reference()
    warnings.simplefilter("error")
    render.configure(docformat="markdown", template_directory=DOCS / "templates")
    render.env.filters["linkify"] = linkify
    for name, module in modules.items():
        write(out / f"{name.replace('.', '/')}.html", render.html_module(module, modules))
    for path in GUIDE:
        write(out / f"{path.stem}.html", page(path, modules, out))
    write(out / "search.js", render.search_index(modules))

    wrong = [line for module in modules.values() for line in undocumented(module)] + dead(out)
    if wrong:
        sys.exit("\n".join([*wrong, f"errors: {len(wrong)}"]))


def write(path: Path, text: str) -> None:
    """Write a file of the site."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def page(path: Path, modules: dict[str, Module], out: Path) -> str:
    """Return a Markdown file as a page, and copy the files that it shows or links to."""

    def address(link: re.Match[str]) -> str:
        target, hash, anchor = link[1].partition("#")
        file = (path.parent / target).resolve()
        if file in GUIDE:
            return f"]({file.stem}.html{hash}{anchor})"
        if not file.is_file():  # another site, or a page of the reference
            return link[0]
        copy = file.relative_to(ROOT)
        (out / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, out / copy)
        return f"]({copy.as_posix()})"

    text = path.read_text(encoding="utf-8") + (contents(modules) if path.stem == "index" else "")
    title = text.partition("\n")[0].removeprefix("# ")
    module = Module(ModuleType(path.stem, re.sub(r"\]\(([^)\s]+)\)", address, text)))
    return render.env.get_template("page.html.jinja2").render(module=module, all_modules=modules, title=title)


def contents(modules: dict[str, Module]) -> str:
    """Return the front page's lists of modules and notebooks."""
    lines = ["", "## Modules", "", "| | |", "|---|---|"]
    for name, module in modules.items():
        caption = module.docstring.partition("\n")[0]
        lines.append(f"| `{name}` | {caption} |")
    notebooks = sorted(ROOT.glob("notebooks/*.ipynb"))
    lines += ["", "## Notebooks", ""] if notebooks else []
    for path in notebooks:
        title = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).partition("\n")[0]
        lines.append(f"- [{title.removeprefix('# ')}](../notebooks/{path.name})")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
