"""The part of the README that shows the results of a run: a table, two pictures, and a few sentences."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import Any, NamedTuple

Results = dict[str, Any]
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
PEERS = {
    "micrograd": "micrograd",
    "micrograd-rust": "micrograd-rust",
    "oxigrad": "oxigrad",
    "torch": "PyTorch",
    "jax": "JAX",
    "NumPy": "NumPy",
    "C": "C",
    "casadi": "CasADi",
    "ddx-ad": "ddx-ad",
}
LESS = {"C, diagonals only"}  # engines that do not do all of the work
CHECKERS = {
    "chainrule": "`check_grads`",
    "check_gradient": "`check_gradient`",
    "torch": "PyTorch's `gradcheck`",
    "jax": "JAX's `check_grads`",
    "numdifftools": "numdifftools",
    "scipy": "SciPy's `check_grad`",
}

# The works that the README shows: a label, and (benchmark, title, garbage collector on) of each table that has peers.
MOONS = ("moons step, nn.MLP", "moons step, nn.MLP, beside a batch")
SHOWN = {
    "micrograd's demo, a step, eager": [("eager", title, True) for title in MOONS],
    "the same, garbage collector off": [("eager", title, False) for title in MOONS],
    "micrograd's README expression, eager": [("eager", "README expression", True)],
    "3-2-3-2 sigmoid network, a step, eager": [("eager", "3-2-3-2, nn, 1 iteration", True)],
    "2-16-16-1 network, gradient, batch 100": [("compiled", "2-16-16-1 max-margin, batch 100", True)],
    "2-16-16-1 network, a step in `fit`": [("compiled", "2-16-16-1 max-margin, batch 100, SGD, a step in fit", True)],
    "3-2-3-2 network, 1,000 steps in `fit`": [("compiled", "3-2-3-2 sigmoid, 1,000 SGD steps in fit", True)],
    "64-32-10 network, gradient, batch 32": [("compiled", "64-32-10 softmax, batch 32", True)],
    "Rosenbrock 100, value and gradient": [("compiled", "Rosenbrock 100, value and gradient", True)],
    "Rosenbrock 100, Hessian": [("compiled", "Rosenbrock 100, Hessian", True)],
}


class Line(NamedTuple):
    """A work of the table: our seconds, and each peer's time as a multiple of ours."""

    label: str
    seconds: float
    ratios: dict[str, float]


def peer_of(engine: str) -> str | None:
    """Return the peer that an engine belongs to, or None if it is ours or not to be shown."""
    return None if engine in LESS else PEERS.get(engine.split(",")[0].removesuffix(".jit"))


def lines(results: Results) -> list[Line]:
    """Return the works of the table that were measured; if a peer has several engines, the fastest counts."""
    found = []
    for label, places in SHOWN.items():
        seconds, ratios = None, dict[str, float]()
        for benchmark, title, collect in places:
            rows = [r for r in results[benchmark] if r["work"] == title and r["gc"] == collect]
            for row in rows:
                peer = peer_of(row["engine"])
                if peer is not None:
                    ratios[peer] = min(row["ratio"], ratios.get(peer, row["ratio"]))
            if rows and seconds is None:
                seconds = rows[0]["seconds"]
        if seconds is not None:
            found.append(Line(label, seconds, ratios))
    return found


def peers_in(found: list[Line]) -> list[str]:
    """Return the peers that have a number, in their order."""
    return [peer for peer in PEERS.values() if any([peer in line.ratios for line in found])]


def duration(seconds: float) -> str:
    """Return a time with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{digits(seconds / size)} {unit}"
    return f"{digits(seconds * 1e9)} ns"


def digits(number: float) -> str:
    """Return a number with two significant digits, or as a whole number."""
    if number >= 9.95:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 0.995 else f"{number:.2f}"


def speed_table(results: Results) -> str:
    """Return the table in Markdown."""
    found = lines(results)
    peers = peers_in(found)
    rows = [["work", "chainrule", *peers], ["---"] + ["---:"] * (1 + len(peers))]
    for line in found:
        cells = [digits(line.ratios[peer]) if peer in line.ratios else "" for peer in peers]
        rows.append([line.label, duration(line.seconds), *cells])
    return "\n".join(["| " + " | ".join(row) + " |" for row in rows])


def where(results: Results) -> str:
    """Return a sentence on the computer and the versions of the run."""
    computer, date = results["machine"], datetime.fromisoformat(results["date"])
    packages = [f"{name} {version}" for name, version in results["versions"].items() if name != "python"]
    kind = "A quick run" if results["quick"] else "A run"
    return (
        f"{kind} of {date.day} {date:%B %Y} on {computer['cpu']} ({computer['cores']} cores, {computer['system']} "
        f"{computer['architecture']}), {results['versions']['python']}; {', '.join(packages)}."
    )


def absent(results: Results) -> str:
    """Return what was missing and why."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in results["missing"].items():
        by_reason.setdefault(reason, []).append(name)
    return " ".join([f"Left out: {', '.join(names)}: {reason}." for reason, names in by_reason.items()])


def checking(results: Results) -> str:
    """Return how many verdicts of the gradient checkers are right."""
    total: dict[str, int] = {}
    for row in results["gradcheck"]:
        total[row["checker"]] = total.get(row["checker"], 0) + row["right"]
    cases = sum([row["cases"] for row in results["gradcheck"] if row["checker"] == "chainrule"])
    counts = [f"{CHECKERS[name]} {count}" for name, count in total.items()]
    return f"Of {cases} verdicts on right and on deliberately wrong derivatives, these are right: {', '.join(counts)}."


def accurate(results: Results) -> str:
    """Return how many functions and orders each engine differentiates without a bad point."""
    found: dict[str, list[bool]] = {}
    for row in results["accuracy"]:
        found.setdefault(row["engine"], []).append(row["over"] == row["lost"] == 0)
    names = {"chainrule": "chainrule"} | PEERS
    counts = [f"{names[engine]} {sum(clean)} of {len(clean)}" for engine, clean in found.items()]
    return (
        "Over the whole range of doubles, so many pairs of a function and an order of derivative, up to the third, are "
        f"right to 1e-11 (the third to 1e-8) at every point (`benchmarks/accuracy.py` says how): {', '.join(counts)}."
    )


def natively(results: Results) -> str:
    """Return how many times as fast as the pure core the native one is."""
    pure = [row for row in results["cores"] if row["engine"] == "pure" and row["gc"]]
    each = [f"{row['work']} {digits(row['ratio'])}" for row in pure]
    return f"The native core is faster than the pure one by these factors: {', '.join(each)}." if each else ""


def curve(results: Results, name: str, engine: str, collect: bool = True) -> dict[int, float]:
    """Return a curve of an engine, with the garbage collector on or off."""
    here = [p for p in results["scaling"] if (p["curve"], p["engine"], p["gc"]) == (name, engine, collect)]
    return {p["x"]: p["value"] for p in here}


def growth(results: Results) -> str:
    """Return what an operation costs in small and large graphs, and a node in memory."""
    eager, compiled = [curve(results, "graph size", name) for name in ("chainrule", "chainrule, compiled")]
    kept = {name: curve(results, "memory, after backward", name) for name in ("chainrule", "micrograd")}
    text = f"An eager operation, forward and backward, takes {at_ends(eager)}" if eager else ""
    text += f"; a compiled one {at_ends(compiled)}" if eager and compiled else ""
    text += "." if eager else ""
    if kept["chainrule"]:
        size = min(kept["chainrule"])
        text += f" A node of a scalar graph keeps {kept['chainrule'][size]:.0f} bytes after `backward()`"
        text += f", one of micrograd's {kept['micrograd'][size]:.0f}." if size in kept["micrograd"] else "."
    too_deep = curve(results, "memory, built", "micrograd").keys() - kept["micrograd"].keys()
    if too_deep:
        text += f" micrograd's `backward()` raises a RecursionError on a chain of {min(too_deep):,}."
    return text.strip()


def at_ends(values: dict[int, float]) -> str:
    """Return how a curve begins and ends, in words."""
    first, last = min(values), max(values)
    return f"{duration(values[first])} in a graph of {first:,} and {duration(values[last])} in one of {last:,}"


def section(results: Results) -> str:
    """Return what stands between the markers."""
    return "\n\n".join(
        [
            speed_table(results),
            "![Times as long as chainrule, by work and peer](benchmarks/speed.svg)",
            paragraph(natively(results), accurate(results), checking(results), growth(results)),
            "![Cost by size of graph, batch and width, and memory](benchmarks/scaling.svg)",
            paragraph(where(results), absent(results)),
        ]
    )


def paragraph(*sentences: str) -> str:
    """Return sentences as a paragraph with lines that are not too long."""
    return textwrap.fill(" ".join([s for s in sentences if s]), 120, break_long_words=False, break_on_hyphens=False)


def replaced(page: str, text: str) -> str:
    """Return a page with other text between its two markers, and all else as it was."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one {BEGIN} and after it one {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"
