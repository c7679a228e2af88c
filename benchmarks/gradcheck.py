"""Gradient checkers compared, on one list of functions and points: python benchmarks/gradcheck.py

chainrule's check_grads and check_gradient are compared with torch.autograd.gradcheck and jax.test_util.check_grads (in
64 bits), both with their defaults, with numdifftools' Derivative and with SciPy's check_grad. The last two give no
verdict. numdifftools estimates its error: here a derivative passes if it lies within four such estimates, as in
check_grads. SciPy says how far two gradients are apart: here one passes if that is within 1e-6 of its size. A checker
that is not installed is left out.

check_gradient and SciPy take functions of a NumPy array, the others an operation of their own library.

Every function is an operation with a rule of its own, so that the same faults can be planted in each. A verdict is
a row of signs, + if right and - if wrong, one for each of these rules:

    the right rule, which should pass, and four that should be rejected: the right one times 1.01, the right one
    times 1.0001, the right one with the opposite sign, and 0; or, where it says so, slight faults of 1e-6, 1e-7, 1e-8

There is only one sign where no rule can be judged. At a kink, a jump or the end of a domain the right verdict is that
there is no derivative; where value and rule have both lost their digits, it is that nobody can tell. `error` is the
error of the numerical derivative, relative to the right one. `calls` is how often the function was evaluated to check
the right rule. A dozen of chainrule's calls are at the point itself: seven with different last digits, to see what
rounding does, and a few to record the function.

The run ends with an error if any checker is right where chainrule is not.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath
from measure import table
from works.differences import GRADIENTS, Counted, numdifftools_gradient
from works.gradcheck import ROWS, Row, Rule

import autograd
from autograd.errors import GradientMismatchError, InconclusiveError, NonDifferentiableError
from autograd.testing import check_gradient, check_grads


class Outcome(NamedTuple):
    """What a checker said about one rule: "passed", "rejected", "rough" or "lost"; and how often it called f."""

    said: str
    calls: int


class Verdict(NamedTuple):
    """What a checker found for one function, as plain data."""

    function: str
    checker: str
    signs: str  # one for each rule
    right: int
    cases: int
    error: float | None  # of the numerical derivative; None if that is not finite, or there is no derivative
    calls: int


def by_chainrule(row: Row, fault: Rule) -> Outcome:
    forward = Counted(lambda *xs: row.f(autograd, *xs))
    op = autograd.Op("f", forward, lambda *v: tuple([fault(d) for d in row.rule(autograd, *v[:-1])]))
    return said(forward, lambda: check_grads(lambda *xs: autograd.apply(op, *xs), row.point))


def by_check_gradient(row: Row, fault: Rule) -> Outcome:
    forward, gradient = of_array(row, fault)
    return said(forward, lambda: check_gradient(forward, gradient, row.point))


def said(forward: Counted, check: Callable[[], None]) -> Outcome:
    """Return what one of chainrule's checks says."""
    try:
        check()
    except NonDifferentiableError:
        return Outcome("rough", forward.calls)
    except InconclusiveError:
        return Outcome("lost", forward.calls)
    except GradientMismatchError:
        return Outcome("rejected", forward.calls)
    return Outcome("passed", forward.calls)


def of_array(row: Row, fault: Rule) -> tuple[Counted, Rule]:
    """Return a function of a NumPy array and its gradient."""
    import numpy

    def gradient(x: Any) -> Any:
        with numpy.errstate(all="ignore"):
            return numpy.array([float(fault(d)) for d in row.rule(numpy, *x)])

    return Counted(lambda x: row.f(numpy, *x)), gradient


def by_scipy(row: Row, fault: Rule) -> Outcome:
    import numpy
    from scipy.optimize import check_grad

    forward, gradient = of_array(row, fault)
    with numpy.errstate(all="ignore"):
        apart = check_grad(forward, gradient, numpy.array(row.point))
        size = numpy.linalg.norm(gradient(numpy.array(row.point)))
    return Outcome("passed" if apart <= 1e-6 * size else "rejected", forward.calls)


def by_torch(row: Row, fault: Rule) -> Outcome:
    import torch

    forward = Counted(lambda *xs: row.f(torch, *xs))

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            ctx.save_for_backward(*xs)
            return forward(*xs)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return tuple([g * fault(d) for d in row.rule(torch, *ctx.saved_tensors)])

    xs = tuple([torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in row.point])
    passed = torch.autograd.gradcheck(F.apply, xs, raise_exception=False)
    return Outcome("passed" if passed else "rejected", forward.calls)


def by_jax(row: Row, fault: Rule) -> Outcome:
    import jax
    import jax.test_util

    forward = Counted(lambda *xs: row.f(jax.numpy, *xs))
    f = jax.custom_jvp(forward)

    @f.defjvp
    def f_jvp(xs: Any, tangents: Any) -> Any:
        derivatives = [fault(d) for d in row.rule(jax.numpy, *xs)]
        return f(*xs), sum([d * t for d, t in zip(derivatives, tangents, strict=True)])

    try:
        jax.test_util.check_grads(f, tuple([jax.numpy.asarray(x, dtype="float64") for x in row.point]), order=1)
    except AssertionError:
        return Outcome("rejected", forward.calls)
    return Outcome("passed", forward.calls)


def by_numdifftools(row: Row, fault: Rule) -> Outcome:
    import numpy

    gradient, estimate, calls = numdifftools_gradient(row)
    with numpy.errstate(all="ignore"):
        rule = [float(fault(d)) for d in row.rule(numpy, *map(numpy.float64, row.point))]
    passed = all([abs(d - n) <= 4.0 * e + 1e-14 * abs(d) for d, n, e in zip(rule, gradient, estimate, strict=True)])
    return Outcome("passed" if passed else "rejected", calls)


CHECKERS = {
    "chainrule": by_chainrule,
    "check_gradient": by_check_gradient,
    "torch": by_torch,
    "jax": by_jax,
    "numdifftools": by_numdifftools,
    "scipy": by_scipy,
}
OURS = ("chainrule", "check_gradient")


def verdicts(row: Row, outcomes: Sequence[Outcome]) -> str:
    """Return a sign for each rule."""
    if row.there != "smooth":
        return "+" if outcomes[0].said == row.there else "-"
    expected = ["passed"] + ["rejected"] * (len(row.faults) - 1)
    return "".join(["+" if outcome.said == e else "-" for outcome, e in zip(outcomes, expected, strict=True)])


def error(row: Row, name: str) -> float | None:
    """Return the largest error of a checker's numerical gradient, relative to the right one."""
    if row.there == "rough":
        return None
    with mpmath.workdps(60):
        exact = [float(d) for d in row.rule(mpmath, *map(mpmath.mpf, row.point))]
    worst = max([abs(g - d) / abs(d) for g, d in zip(GRADIENTS[name](row), exact, strict=True)])
    return worst if math.isfinite(worst) else None


def checkers() -> list[str]:
    """Return the checkers that are installed, and print which are left out."""
    have = [name for name in CHECKERS if name in OURS or importlib.util.find_spec(name) is not None]
    for name in CHECKERS.keys() - set(have):
        print(f"{name} is not installed and left out")
    if "jax" in have:
        import jax

        jax.config.update("jax_enable_x64", True)
    return have


def rows(quick: bool = False, only: str = "") -> list[Verdict]:
    """Run all checkers on the functions with this word in their name; stop if any is right where chainrule is not."""
    have, found, behind = checkers(), [], []
    for row in [row for row in ROWS if only in row.name]:
        faults = row.faults if row.there == "smooth" else row.faults[:1]
        signs = {}
        for name in have:
            outcomes = [CHECKERS[name](row, fault) for fault in faults]
            signs[name] = verdicts(row, outcomes)
            right, calls = signs[name].count("+"), outcomes[0].calls
            found.append(Verdict(row.name, name, signs[name], right, len(faults), error(row, name), calls))
        for name, case in [(name, case) for name in have if name in OURS for case in range(len(faults))]:
            if signs[name][case] == "-" and any([signs[other][case] == "+" for other in have]):
                behind.append(f"{row.name}, rule {case}")
    if behind:
        raise SystemExit(f"{show(found)}\nanother checker is right where chainrule is not: {'; '.join(behind)}")
    return found


def right_verdicts(found: list[Verdict]) -> tuple[int, dict[str, int]]:
    """Return how many verdicts each checker was asked for, and how many it got right."""
    total = dict.fromkeys([v.checker for v in found], 0)
    for verdict in found:
        total[verdict.checker] += verdict.right
    return sum([v.cases for v in found if v.checker == "chainrule"]), total


def show(found: list[Verdict]) -> str:
    """Return a table with a line for each function."""
    names = list(dict.fromkeys([v.checker for v in found]))
    lines = []
    for function in dict.fromkeys([v.function for v in found]):
        here = {v.checker: v for v in found if v.function == function}
        lines.append([function, *[cell for name in names for cell in cells(here[name])]])
    head = ["function"] + [cell for name in names for cell in (name, "error", "calls")]
    cases, total = right_verdicts(found)
    counts = ", ".join([f"{name} {count}" for name, count in total.items()])
    return f"{table(head, lines)}\n\nright verdicts of {cases} - {counts}"


def cells(verdict: Verdict) -> tuple[str, str, str]:
    """Return signs, error and calls as text."""
    nothing = "nan" if len(verdict.signs) > 1 else ""
    return verdict.signs, nothing if verdict.error is None else f"{verdict.error:.0e}", str(verdict.calls)


def main() -> None:
    """Print the table."""
    print(show(rows()))


if __name__ == "__main__":
    main()
