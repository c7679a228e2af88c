"""Accuracy of derivatives to the third order: python benchmarks/accuracy.py [--quick] [--only WORD]

Each function is differentiated 0 to 3 times by chainrule, PyTorch and JAX, all in float64, at 200 points drawn with a
fixed seed: over the whole range of doubles, subnormal and huge ones included, at moderate sizes, and close to the
function's roots, poles, extrema and limits. What is right is SymPy's derivative of a formula, evaluated by mpmath with
more and more digits, at least as many as the point has zeros, until two evaluations agree in 25.

The error of a derivative d at x is mixed: it is relative to max(|d|, |x d'|). A number x that is itself rounded moves d
by |x d'| times its relative rounding error, so nobody can ask for more, and where d has a root there is no relative
error. An error of up to four units in the last place always counts as right, and so does one of 16 times the smallest
subnormal number, so that results of that size are not judged by digits that no rounding leaves them. A point is bad if
its error is above 1e-11 (orders 0 to 2) or 1e-8 (order 3), or if there is NaN or an infinity where a finite double is
right. Where the right number is beyond the doubles, only a finite double is wrong. A function and an order make a
cell, which is clean if none of its points is bad.

Where ours are not clean, and why: `erfc` (orders 2, 3) and `x**y` (2, 3) for results below 1e-316, since a factor is
subnormal before it is multiplied; `2**x` and `atan2` (2, 3) and `hypot` (3) where what they are computed from
overflows; `softmax` (2, 3), `log_softmax` (3) and `logsumexp` (3) where all inputs are below 1e-16, since exp(x) is 1
and p - 1/2 is lost; `norm` of three numbers (3) where one is lost beside another; `prod` (0) where a partial product
overflows.

To be fair: JAX's compiler flushes subnormal numbers to zero, so points and results of that size are not held against
it; PyTorch's softplus is told to be linear from 40 on instead of from 20. A function that an engine lacks is left out
of its count. Points where a function has no derivative are not drawn.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import mpmath
import sympy
from engines.accuracy import ENGINES, Points
from measure import table
from works.accuracy import FUNCTIONS, INPUTS, Function

POINTS, QUICK = 200, 10
LIMITS = (1e-11, 1e-11, 1e-11, 1e-8)  # by order
LARGEST, SMALLEST = sys.float_info.max, sys.float_info.min
MORE = (1.0, 2.2, 8.0, 10.0)  # times as many digits, until two evaluations agree
Number = Any  # mpmath's


class Cell(NamedTuple):
    """How right one engine is for a function and an order, as plain data."""

    function: str
    order: int
    engine: str
    points: int
    worst: float  # the largest finite error
    over: int  # points with a finite error above the limit
    lost: int  # points with NaN or an infinity where a finite double is right

    @property
    def clean(self) -> bool:
        """Whether no point is bad."""
        return self.over == self.lost == 0


def drawn(f: Function, count: int) -> Points:
    """Return points of a function, the same ones each time."""
    chance = random.Random(f.name)
    found: list[tuple[float, ...]] = []
    while len(found) < count:
        point = (one if f.inputs == 1 else several)(f, chance)
        inside = all([math.isfinite(x) and x not in f.kinks and f.low < x < f.high for x in point])
        at_pole = f.kind == "gamma" and point[0] <= 0.0 and point[0] % 1.0 == 0.0
        if inside and not at_pole and len(set(point)) == f.inputs:
            found.append(point)
    return found


def signed(chance: random.Random, low: float, high: float) -> float:
    """Return a number of either sign, whose magnitude is from 10**low to 10**high."""
    return chance.choice((-1.0, 1.0)) * 10.0 ** chance.uniform(low, high)


def one(f: Function, chance: random.Random) -> tuple[float]:
    """Draw one number."""
    kind = chance.random()
    if kind < 0.25:
        return (signed(chance, -307.0, 308.2),)
    if kind < 0.55:
        return (signed(chance, -8.0, 3.0),)
    if kind < 0.61:
        return (chance.choice((-1.0, 1.0)) * chance.randrange(1, 1 << chance.randrange(1, 53)) * 5e-324,)
    if kind < 0.67:
        return (chance.choice((-1.0, 1.0)) * LARGEST * 2.0 ** -chance.uniform(0.0, 3.0),)
    x = chance.choice(f.near or (1.0,))
    if chance.random() < 0.25:
        for _ in range(chance.randrange(4)):
            x = math.nextafter(x, chance.choice((-math.inf, math.inf)))
        return (x,)
    return (x + signed(chance, -15.0, 0.0) * max(1.0, abs(x)),)


def several(f: Function, chance: random.Random) -> tuple[float, ...]:
    """Draw a number for each input, of sizes that have to do with each other."""
    kind, places = chance.random(), range(f.inputs)
    if f.kind == "power":
        base = 10.0 ** (chance.uniform(-300.0, 300.0) if kind < 0.3 else chance.uniform(-3.0, 3.0))
        if kind > 0.8:
            base = 1.0 + 0.9 * signed(chance, -15.0, 0.0)
        most = min(300.0, 650.0 / max(1e-3, abs(math.log(base))))
        return base, signed(chance, -20.0, 1.0) if chance.random() < 0.1 else chance.uniform(-most, most)
    if f.kind == "exponents":
        if kind < 0.2:
            return tuple([chance.uniform(-3.0, 3.0) for _ in places])
        if kind > 0.95:
            return tuple([signed(chance, -300.0, 300.0) for _ in places])
        scale = 10.0 ** chance.uniform(-3.0, 2.8)
        return tuple([chance.gauss(0.0, scale) for _ in places])
    if kind < 0.25:
        return tuple([signed(chance, -307.0, 308.0) for _ in places])
    if kind < 0.5:
        scale = 10.0 ** chance.uniform(-150.0, 150.0)
        return tuple([chance.gauss(0.0, scale) for _ in places])
    low, high = (-4.0, 4.0) if kind < 0.8 else (-0.5, 0.5)
    return tuple([signed(chance, low, high) for _ in places])


class Formula:
    """A derivative of a formula, evaluated by mpmath as exactly as it takes."""

    def __init__(self, f: Function, places: Sequence[int]) -> None:
        derivative = f.derivative(places)
        self.zero = derivative == 0
        self.value = sympy.lambdify(INPUTS[: f.inputs], derivative, "mpmath")

    def at(self, point: Sequence[float]) -> Number | None:
        """Return the right number, or None where it cannot be told."""
        if self.zero:
            return mpmath.mpf(0)
        before = None
        sizes = [abs(math.frexp(x)[1]) for x in point]
        for more in MORE:
            # Next to 1 a tiny number leaves a trace only among as many digits as it has zeros.
            with mpmath.workprec(int(more * (200 + max(sizes)))):
                try:
                    value = mpmath.re(self.value(*map(mpmath.mpf, point)))
                except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence):
                    return None
                agree = before is not None and abs(value - before) <= abs(value) * mpmath.mpf("1e-25")
                if agree and (value or more == MORE[-1]):  # a zero may be a difference that has lost all digits
                    return value
                before = value
        return None


class Right(NamedTuple):
    """What is right at a point: the number, and the size that errors are relative to."""

    value: Number
    size: Number


def right(f: Function, places: tuple[int, ...], points: Points) -> list[Right | None]:
    """Return what is right at each point."""
    formula = Formula(f, places)
    slopes = [Formula(f, (*places, k)) for k in range(f.inputs)]
    found: list[Right | None] = []
    for point in points:
        value = formula.at(point)
        moves = [slope.at(point) for slope in slopes]
        if value is None:
            found.append(None)
        else:
            moved = [abs(x * d) for x, d in zip(point, moves, strict=True) if d is not None]
            found.append(Right(value, max(abs(value), mpmath.fsum(moved))))
    return found


def judged(got: float, expected: Right) -> float:
    """Return the error of a number: infinity for NaN or an infinity where a finite double is right."""
    value, size = expected
    if abs(value) > LARGEST:
        return math.inf if abs(got) < LARGEST else 0.0
    if not math.isfinite(got):
        return math.inf
    error = abs(mpmath.mpf(got) - value)
    if error <= max(4 * math.ulp(float(value)), 16 * 5e-324):
        return 0.0 if not size else float(min(error / size, mpmath.mpf(2) ** -50))
    return float(error / size) if size else math.inf


def flushed(point: Sequence[float], expected: Right) -> bool:
    """Return whether a point is about numbers so small that a compiler may take them for zero."""
    return any([abs(x) < SMALLEST for x in point]) or abs(expected.value) < SMALLEST


def cells(f: Function, count: int, engines: Sequence[str]) -> Iterator[Cell]:
    """Judge the engines on one function."""
    points = drawn(f, count)
    for order, all_places in enumerate(f.orders()):
        errors: dict[str, list[float]] = {}
        for places in all_places:
            expected = right(f, places, points)
            for name in engines:
                found = ENGINES[name](f.name, places, points)
                for got, known, point in zip(found or (), expected, points, strict=False):
                    if known is not None and not (name == "jax" and flushed(point, known)):
                        errors.setdefault(name, []).append(judged(got, known))
        for name, each in errors.items():
            finite = [x for x in each if x < math.inf]
            over = sum([x > LIMITS[order] for x in finite])
            yield Cell(f.name, order, name, len(each), max(finite, default=0.0), over, len(each) - len(finite))


def rows(quick: bool = False, only: str = "", log: Callable[[str], object] | None = None) -> list[Cell]:
    """Judge all engines that are installed on the functions with this word in their name."""
    engines = [name for name in ENGINES if name == "chainrule" or importlib.util.find_spec(name) is not None]
    found = []
    for f in FUNCTIONS:
        if only in f.name:
            found += cells(f, QUICK if quick else POINTS, engines)
            if log is not None:
                log(f.name)
    return found


def clean(found: Sequence[Cell]) -> dict[str, tuple[int, int]]:
    """Return how many cells of each engine are clean, and how many it has."""
    names = dict.fromkeys([cell.engine for cell in found])
    each = {name: [cell for cell in found if cell.engine == name] for name in names}
    return {name: (sum([cell.clean for cell in own]), len(own)) for name, own in each.items()}


def show(found: Sequence[Cell]) -> str:
    """Return a table with a line for each function; a cell shows the worst error, then the bad points if any."""
    names = list(dict.fromkeys([cell.engine for cell in found]))
    by_place = {(cell.function, cell.order, cell.engine): cell for cell in found}
    lines = []
    for function in dict.fromkeys([cell.function for cell in found]):
        places = [(function, order, name) for order in range(4) for name in names]
        lines.append([function, *[text(by_place.get(place)) for place in places]])
    head = ["function", *[f"{name} {order}" for order in range(4) for name in names]]
    counts = ", ".join([f"{name} {good} of {all_of}" for name, (good, all_of) in clean(found).items()])
    return f"{table(head, lines)}\n\nclean cells - {counts}"


def text(cell: Cell | None) -> str:
    """Return a cell as text: the worst error, and how many points are off or lost."""
    if cell is None:
        return "-"
    bad = f" {cell.over}!{cell.lost}" if cell.over or cell.lost else ""
    return f"{cell.worst:.0e}{bad}" if cell.worst else f"0{bad}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="draw fewer points")
    parser.add_argument("--only", default="", metavar="WORD", help="judge only functions with this word in their name")
    options = parser.parse_args()
    print(show(rows(options.quick, options.only, lambda name: print(name, end=" ", flush=True))))


if __name__ == "__main__":
    main()
