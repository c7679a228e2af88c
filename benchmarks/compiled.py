"""Compiled functions and training against C, JAX, PyTorch, NumPy, casadi and ddx-ad: python benchmarks/compiled.py

--quick runs fewer rounds; --only WORD runs only the works with that word in their title. The extra `peers` installs
the peers; C needs gcc. A peer that is missing is left out, and a line says so. All is float64 on one thread.
Before a work is timed, each result is compared with NumPy's.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import Any

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import numpy
from engines import c, ours, peers
from measure import Timing, sampled, timings_table
from works.compiled import Engine, net
from works.lineup import OURS, WORKS, Work

READY = "2-16-16-1 max-margin, batch 100: ready"


def missing() -> list[str]:
    """Return how the names of those engines begin that cannot run here, and print why."""
    gone = [name for name, found in peers.HAVE.items() if not found]
    for name in gone:
        print(f"{name} is not installed: its rows are left out (pip install 'chainrule[peers]')")
    if reason := c.missing():
        print(f"{reason}: the rows of C and of casadi's gcc are left out")
    return [{"ddx": "ddx-ad"}.get(name, name) for name in gone] + (["C", "casadi, gcc"] if reason else [])


def without(gone: list[str], work: Work) -> Work:
    """Return a work without the engines whose names begin with one of these."""
    return work._replace(engines={n: make for n, make in work.engines.items() if not n.startswith(tuple(gone))})


def found(quick: bool, only: str) -> Iterator[Work]:
    """Yield the works to run, without the engines that are missing here."""
    gone = missing()
    for make in WORKS:
        for work in make(quick):
            if only in work.title:
                yield without(gone, work)


def checked(work: Work) -> tuple[dict[str, Engine], dict[str, float]]:
    """Make the engines of a work, and stop unless all agree; return them, and the seconds to their first results."""
    engines, ready, expected = {}, {}, work.expected()
    for name, make in work.engines.items():
        start = perf_counter()
        engines[name] = make()
        result = engines[name].run()
        ready[name] = perf_counter() - start
        got = numpy.asarray(engines[name].flat(result))
        if got.shape != expected.shape or not close(got, expected):
            raise SystemExit(f"{work.title}: the result of {name} is not NumPy's; nothing was timed")
    return engines, ready


def close(got: Any, expected: Any) -> bool:
    """Return whether all numbers agree to within 1e-9 of the largest; a NaN never agrees."""
    return bool(numpy.abs(got - expected).max() <= 1e-9 * numpy.abs(expected).max())


def seconds_per_step(engines: dict[str, Engine], rounds: int) -> dict[str, float]:
    """Return the median seconds that a step takes in each engine; the engines take turns."""
    seconds = sampled({name: engine.run for name, engine in engines.items()}, rounds, collect=True)
    return {name: seconds[name] / engine.steps for name, engine in engines.items()}


def timings_of(work: Work, rounds: int) -> list[Timing]:
    """Check and time one work; each engine's time is also given as a multiple of ours, the first."""
    engines, ready = checked(work)
    gc.freeze()  # spares the collector, before each sample, a walk through all that the peers have loaded
    medians = seconds_per_step(engines, rounds)
    our_seconds, timings = next(iter(medians.values())), []
    for name, seconds in medians.items():
        target = work.targets.get(name)
        text, met = ("", None) if target is None else (target.text, target.met(seconds, our_seconds))
        timings.append(Timing(work.title, name, True, seconds, seconds / our_seconds, text, met, ready[name]))
    for name in [name for name in medians if "irregular" in work.title and name.startswith(OURS)]:
        timings.append(limited(f"{work.title}: ready", name, ready[name], 5.0))
    return timings


def limited(title: str, name: str, seconds: float, limit: float) -> Timing:
    """Return a time that has a limit of its own."""
    return Timing(title, name, True, seconds, target=f"< {limit:g} s", met=seconds < limit)


def readiness(rounds: int) -> list[Timing]:
    """Return how long it takes to a first step, compiled anew each time."""
    network = net((2, 16, 16, 1), "hinge", 100)
    timings = [limited(READY, OURS, median([ours.seconds_until_ready(network) for _ in range(rounds)]), 0.15)]
    if peers.HAVE["jax"]:
        seconds = median([peers.seconds_until_jax_is_ready(network) for _ in range(min(rounds, 3))])
        timings.append(Timing(READY, "jax.jit", True, seconds, seconds / timings[0].seconds))
    return timings


def rows(quick: bool = False, only: str = "") -> list[Timing]:
    """Time all works with this word in their title, and print which peers are left out."""
    timings: list[Timing] = []
    for work in found(quick, only):
        timings += timings_of(work, 3 if quick else 25)
    if only in READY:
        timings += readiness(3 if quick else 9)
    return timings


show = timings_table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run fewer rounds and shorter trainings")
    parser.add_argument("--only", default="", metavar="WORD", help="run only works with this word in their title")
    options = parser.parse_args()
    timings = rows(options.quick, options.only)
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; medians, one thread")
    print(show(timings))


if __name__ == "__main__":
    main()
