"""All benchmarks in one run: python benchmarks/run.py [--quick] [--only WORD] [--out FILE], or --readme

Prints a table for each benchmark, writes benchmarks/results.json, and from that the README's part on speed and its
two plots. A benchmark consists of works: computations that several engines do. --quick runs fewer rounds and smaller
sizes, and takes about three minutes. --only WORD runs only the works with that word in their title, and writes
no file but that of --out. --out FILE writes the results there, and leaves results.json and the README alone. --readme
measures nothing: it rewrites the README's part and the plots from results.json.

Each benchmark runs in a process of its own, so that none is affected by what another has loaded. Nothing is written
until the last one is done. A peer whose result differs from ours ends the run with an error.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import machine
import report
from report import Results

from autograd.output.files import write_whole

HERE = Path(__file__).parent
RESULTS, README = HERE / "results.json", HERE.parent / "README.md"
RARE = ("micrograd-rust", "oxigrad", "gcc")  # what pip may not be able to install
BENCHMARKS = ("eager", "cores", "accuracy", "gradcheck", "compiled", "scaling")


def measured(name: str, quick: bool, only: str) -> list[dict[str, Any]]:
    """Run one benchmark, print its table, and return its rows as plain data."""
    benchmark = import_module(name)
    rows = benchmark.rows(quick, only)
    if rows:
        print(benchmark.show(rows), flush=True)
    return [{key: rounded(cell) for key, cell in row._asdict().items()} for row in rows]


def rounded(cell: Any) -> Any:
    """Return a float rounded to four digits, as many as a measurement has; anything else as it is."""
    return float(f"{cell:.4g}") if isinstance(cell, float) else cell


def run(quick: bool, only: str, benchmarks: Sequence[str] = BENCHMARKS) -> Results:
    """Run benchmarks one after the other, each in a new process; return all that is known about the run."""
    versions, missing = machine.versions()
    for name, reason in missing.items():
        print(f"left out: {name}, {reason}")
    results: Results = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine.computer(),
        "versions": versions,
        "missing": missing,
        "took": {},
    }
    for name in benchmarks:
        print(f"\n=== {name}", flush=True)
        start = perf_counter()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            results[name] = process.submit(measured, name, quick, only).result()
        results["took"][name] = round(perf_counter() - start, 1)
    total = sum(results["took"].values())
    print(f"\nseconds: {total:.0f} ({', '.join([f'{name} {took}' for name, took in results['took'].items()])})")
    return results


def dumped(results: Results) -> str:
    """Return results as JSON, with a line for each row."""
    parts = []
    for key, value in results.items():
        if isinstance(value, list):
            rows = ",\n    ".join([json.dumps(row, allow_nan=False) for row in value])
            text = f"[\n    {rows}\n  ]" if value else "[]"
        else:
            text = json.dumps(value, indent=2, allow_nan=False).replace("\n", "\n  ")
        parts.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(path: Path, text: str) -> None:
    """Write a whole file, or leave it as it was."""
    write_whole(path, text.encode())


def show(results: Results) -> None:
    """Write the README's part on speed, and the plots, from results."""
    write(README, report.replaced(README.read_text(encoding="utf-8"), report.section(results)))
    if find_spec("matplotlib") is None:
        print("matplotlib is not installed: the plots are as they were (pip install 'chainrule[notebook]')")
        return
    import plots

    for name, picture in {"speed": plots.speed, "scaling": plots.scaling}.items():
        write(HERE / f"{name}.svg", picture(results))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="run fewer rounds and smaller sizes")
    parser.add_argument("--only", default="", metavar="WORD", help="run only works with this word in their title")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results there, and no other file")
    parser.add_argument("--readme", action="store_true", help="rewrite README and plots from results.json")
    options = parser.parse_args(arguments)
    if options.readme:
        return show(json.loads(RESULTS.read_text(encoding="utf-8")))
    try:
        results = run(options.quick, options.only)
    except KeyboardInterrupt:
        raise SystemExit("interrupted: nothing was written") from None
    if not any([results[name] for name in BENCHMARKS]):
        parser.error(f"no work has {options.only!r} in its title")
    if options.out:
        write(options.out, dumped(results))
    elif options.only:
        print("nothing was written, because --only runs only a part (--out FILE writes it there)")
    else:
        write(RESULTS, dumped(results))
        gone = [name for name in results["missing"] if name not in RARE]
        if gone:
            print(f"README and plots are as they were, because these peers are not installed: {', '.join(gone)}")
            print("pip install -e '.[peers]' installs them; --readme writes README and plots without them")
        else:
            show(results)


if __name__ == "__main__":
    main()
