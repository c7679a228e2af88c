"""The SVG for light and dark pages: its colours are CSS variables, and it says what it is."""

from __future__ import annotations

import html
import re

from autograd.drawing.dot import colors

# Names of the variables, with their colours on a light page and on a dark one.
VARIABLES = {
    "ink": (colors.INK, "#f1f3f8"),
    "soft": (colors.SOFT, "#d3d8e2"),
    "faint": (colors.FAINT, "#b6bdca"),
    "line": (colors.LINE, "#98a2b3"),
    "paper": (colors.PAPER, "#262b36"),
    "badge": (colors.BADGE, "#d5dbe6"),
    "badge-ink": (colors.PAPER, "#1f2430"),
    "cluster": (colors.CLUSTER, "#1a1e27"),
    "cluster-line": (colors.CLUSTER_LINE, "#414958"),
    "no-number": (colors.NO_NUMBER, "#4f5563"),
    "warning": (colors.WARNING, "#ff8a80"),
    **{
        f"thread-{k}": (color, dark)
        for k, (color, dark) in enumerate(
            zip(colors.THREADS, ("#c9a4ff", "#4db6ac", "#f48fb1", "#d7a86e", "#8ab4f8"), strict=True)
        )
    },
    "below": ("#6baee0", "#255d8a"),
    "above": ("#f7a854", "#874a0c"),
}
SHAPES = ":is(path,polygon,ellipse)"


def themed(svg: str, title: str) -> str:
    """Return Graphviz's SVG with a title, a role, and colours that follow the page; as they were where CSS is not read.

    >>> themed('<svg width="1pt"><g><title>computation</title></g></svg>', "x = 3")[:70]
    '<svg class="chainrule" role="img" aria-label="x = 3" width="1pt">\\n<tit'
    """
    said = html.escape(title)
    head, opening, rest = svg.partition("<svg ")
    tag, end, body = rest.partition(">")
    body = body.replace("<title>computation</title>", f"<title>{said}</title>", 1)
    style = f"<style>\n{sheet(body)}</style>"
    named = f'class="chainrule" role="img" aria-label="{said}"'
    return f"{head}{opening}{named} {tag}{end}\n<title>{said}</title>\n{style}{body}"


def sheet(body: str) -> str:
    """Return the style for the colours in a picture."""
    light = "".join(f"--{name}:{color};" for name, (color, _) in VARIABLES.items())
    dark = "".join(f"--{name}:{color};" for name, (_, color) in VARIABLES.items())
    rules = [f".chainrule{{{light}}}", f"@media (prefers-color-scheme:dark){{.chainrule{{{dark}}}}}"]
    for name, (color, _) in VARIABLES.items():
        if name in ("paper", "badge-ink", "below", "above"):
            continue
        for attribute in ("fill", "stroke"):
            if f'{attribute}="{color}"' in body:
                rules.append(f'.chainrule [{attribute}="{color}"]{{{attribute}:var(--{name})}}')
    for shape, name in ((SHAPES, "paper"), ("text", "badge-ink")):
        white = f'.chainrule {shape}:is([fill="white"],[fill="#ffffff"])'
        rules.append(f"{white}{{fill:var(--{name})}}")
    for fill in sorted(set(re.findall(r'fill="(#\w{6})"', body))):
        if (place := colors.place(fill)) is not None:
            end, depth = place
            mix = f"color-mix(in srgb,var(--{end}) {100 * depth:.0f}%,var(--paper))"
            rules.append(f'.chainrule {SHAPES}[fill="{fill}"]{{fill:{mix}}}')
    return "".join(f"{rule}\n" for rule in rules)
