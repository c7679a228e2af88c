"""The README's two pictures of speed, as SVG, from the results of a run."""

from __future__ import annotations

import math
from io import StringIO
from itertools import pairwise
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from report import Line, Results, curve, digits, duration, lines, peers_in

# Okabe and Ito's colours, and a shape for each peer, so that none has to be told by its colour alone.
MARKS = {
    "micrograd": ("#D55E00", "o"),
    "micrograd-rust": ("#A0522D", "h"),
    "oxigrad": ("#777777", "p"),
    "PyTorch": ("#CC79A7", "s"),
    "JAX": ("#0072B2", "^"),
    "NumPy": ("#E69F00", "v"),
    "C": ("#000000", "X"),
    "CasADi": ("#009E73", "D"),
    "ddx-ad": ("#56B4E9", "P"),
}
OURS, QUIET = "#222222", "#666666"
STYLE = {"font.size": 10.5, "svg.hashsalt": "chainrule", "font.family": "DejaVu Sans", "axes.edgecolor": "#AAAAAA"}
DOT = 0.019  # how wide a mark is, as a share of the axis


def speed(results: Results) -> str:
    """Return the picture of how many times as long as we do each peer takes: a row of dots for each work."""
    found = lines(results)
    peers = peers_in(found)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.5, 1.35 + 0.42 * len(found)), dpi=100)
        axes = figure.subplots()
        ratios = [ratio for line in found for ratio in line.ratios.values()]
        low, high = min([0.5, *ratios]) / 1.4, max([2.0, *ratios]) * 1.4
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.axvspan(low, 1.0, color="#EEEEEE", zorder=0)
        axes.axvline(1.0, color=OURS, linewidth=1.4, zorder=1)
        for row, line in enumerate(found):
            axes.axhline(row, color="#DDDDDD", linewidth=0.8, zorder=0)
            for peer, shift in shifts(line, math.log(high / low)).items():
                colour, shape = MARKS[peer]
                axes.plot(line.ratios[peer], row + shift, shape, color=colour, markersize=8, markeredgecolor="white",
                          markeredgewidth=0.8, zorder=3)  # fmt: skip
        axes.set_yticks(range(len(found)), [line.label.replace("`", "") for line in found])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: digits(x) if x < 1 else f"{x:,.0f}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.tick_params(length=0)
        axes.set_xlabel("times as long as chainrule")
        for side, x, text in (("right", 0.93, "← faster"), ("left", 1.08, "slower than chainrule →")):
            axes.text(x, -0.55, text, ha=side, va="bottom", color=QUIET)
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        marks = [axes.plot([], [], MARKS[peer][1], color=MARKS[peer][0], markersize=8)[0] for peer in peers]
        figure.legend(marks, peers, loc="upper center", ncols=len(peers), frameon=False, handletextpad=0.1,
                      columnspacing=1.3, bbox_to_anchor=(0.5, 1.0))  # fmt: skip
        figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / figure.get_figheight()), pad=0.5)
        return svg(figure, results)


def shifts(line: Line, span: float) -> dict[str, float]:
    """Return how far to move each dot of a row up or down, so that none covers another."""
    order = sorted(line.ratios, key=line.ratios.__getitem__)
    groups: list[list[str]] = [[peer] for peer in order[:1]]
    for left, right in pairwise(order):
        if math.log(line.ratios[right] / line.ratios[left]) / span < DOT:
            groups[-1].append(right)
        else:
            groups.append([right])
    spaces = [min(0.3, 0.6 / max(1, len(group) - 1)) for group in groups]
    return {
        peer: space * (k - (len(group) - 1) / 2)
        for group, space in zip(groups, spaces, strict=True)
        for k, peer in enumerate(group)
    }


LINES = {  # a name, the engine's in results, colour and shape
    "chainrule, eager": ("chainrule", OURS, "X"),
    "chainrule, compiled": ("chainrule, compiled", "#009E73", "D"),
    "micrograd": ("micrograd", *MARKS["micrograd"]),
    "PyTorch": ("torch", *MARKS["PyTorch"]),
    "JAX": ("jax.jit", *MARKS["JAX"]),
    "NumPy": ("NumPy", *MARKS["NumPy"]),
}
COMPILED = LINES | {"chainrule, compiled": ("chainrule", "#009E73", "D")}
SCALARS, NETS = ("chainrule, eager", "micrograd"), ("chainrule, compiled", "PyTorch", "JAX", "NumPy")


def scaling(results: Results) -> str:
    """Return the curves of cost by size of graph, batch and width, and of memory."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.5, 6.6), dpi=100)
        graph, memory, batch, width = figure.subplots(2, 2).ravel()
        graphs = {name: LINES[name] for name in (*SCALARS, "chainrule, compiled")}
        networks = {name: COMPILED[name] for name in NETS}
        panel(graph, "time of an operation (dotted: garbage collector off)", "operations of a graph")
        draw(graph, results, "graph size", graphs)
        draw(graph, results, "graph size", {name: LINES[name] for name in SCALARS}, collect=False, style=":")
        panel(memory, "bytes of a node (dotted: before backward)", "operations of a chain")
        for name, style in (("memory, after backward", "-"), ("memory, built", ":")):
            draw(memory, results, name, {name: LINES[name] for name in SCALARS}, style=style)
        memory.set_ylim(40, 2_500)
        memory.set_yticks([50, 100, 200, 500, 1_000, 2_000])
        memory.yaxis.set_major_formatter(FuncFormatter(whole))
        panel(batch, "time of a row, 2-16-16-1", "rows of a batch")
        draw(batch, results, "batch", networks)
        panel(width, "time of a row, n-n-1, 32 rows", "width n")
        draw(width, results, "width", networks)
        width.set_xscale("log", base=2)
        width.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        width.xaxis.set_major_formatter(FuncFormatter(whole))
        marks = [Line2D([], [], color=colour, marker=shape) for _, colour, shape in LINES.values()]
        figure.legend(marks, list(LINES), loc="upper center", ncols=len(LINES), frameon=False, handlelength=1.6,
                      handletextpad=0.4, columnspacing=1.2)  # fmt: skip
        figure.tight_layout(rect=(0, 0, 1, 0.95), h_pad=2.0, w_pad=2.0)
        return svg(figure, results)


def panel(axes: Axes, title: str, below: str) -> None:
    """Set up the axes of curves."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(title, fontsize=10.5)
    axes.set_xlabel(below)
    axes.xaxis.set_major_formatter(FuncFormatter(whole))
    axes.yaxis.set_major_formatter(FuncFormatter(at_duration))
    axes.minorticks_off()
    axes.grid(color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw(
    axes: Axes, results: Results, name: str, engines: dict[str, Any], collect: bool = True, style: str = "-"
) -> None:
    """Draw a curve for each engine that has it."""
    for engine, colour, shape in engines.values():
        found = curve(results, name, engine, collect)
        axes.plot(list(found), list(found.values()), shape + style, color=colour, markersize=5, linewidth=1.5)


def whole(number: float, _: int) -> str:
    """Return a tick's number."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def at_duration(seconds: float, _: int) -> str:
    """Return a tick's time."""
    return duration(seconds).replace(".0 ", " ")


def svg(figure: Figure, results: Results) -> str:
    """Return a figure as SVG that names the run it shows, and is the same each time."""
    page = StringIO()
    about = {"Date": None, "Description": f"results of {results['date']}"}
    figure.savefig(page, format="svg", facecolor="white", metadata=about)
    return "".join([line.rstrip() + "\n" for line in page.getvalue().splitlines()])
