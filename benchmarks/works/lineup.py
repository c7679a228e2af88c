"""What benchmarks/compiled.py compares: for each work the engines that do it, and the times they must reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import numpy
from engines import c, ours, peers, symbolic
from works import compiled as works
from works.compiled import Engine

OURS = "chainrule"


class Target(NamedTuple):
    """What to reach: the least time of an engine as a multiple of ours, or the most that it may take, in us."""

    text: str
    ratio: float = 0.0
    limit: float = math.inf

    def met(self, seconds: float, our_seconds: float) -> bool:
        """Return whether the target is met."""
        return seconds >= self.ratio * our_seconds and seconds * 1e6 <= self.limit


class Work(NamedTuple):
    """A computation to time: its title, what makes its engines, the result that all must give, and some targets."""

    title: str
    engines: dict[str, Callable[[], Engine]]
    expected: Callable[[], Any]
    targets: dict[str, Target]


def times(least: float) -> Target:
    """Return the target that an engine takes at least this many times as long as we do."""
    return Target(f">= {least:g}x", ratio=least)


def share(most: float) -> Target:
    """Return the target that we take at most this many times as long as an engine."""
    return Target(f"<= {most:g}x its time", ratio=1.0 / most)


def result_of(engine: Engine) -> Any:
    """Return what an engine computes."""
    return numpy.asarray(engine.flat(engine.run()))


AHEAD = Target("ahead", ratio=1.0)
STRETCH = Target("ahead (stretch)", ratio=1.0)


def net_work(title: str, net: works.Net, targets: dict[str, Target], *more: str) -> Work:
    """Return the work of a network's loss and gradient; `more` names engines beyond JAX, PyTorch and NumPy."""
    makers = {
        OURS: ours.net,
        "C": c.net_in_c,
        "jax.jit": peers.net_in_jax,
        "torch": peers.net_in_torch,
        "NumPy": works.net_in_numpy,
        "ddx-ad, LLVM": symbolic.hinge_net_in_ddx,
        "casadi, gcc": symbolic.hinge_net_in_casadi,
    }
    names = [OURS, "jax.jit", "torch", "NumPy", *more]
    engines = {name: partial(makers[name], net) for name in makers if name in names}
    return Work(title, engines, partial(result_of, works.net_in_numpy(net)), targets)


def training_work(title: str, net: works.Net, steps: int, targets: dict[str, Target]) -> Work:
    """Return the work of full-batch SGD on a network, all steps in one call; times are those of one step."""
    makers = {OURS: ours.net_training, "C": c.net_training_in_c, "jax, scan": peers.net_training_in_jax}

    def begun(maker: Callable[[works.Net, int], Engine]) -> Engine:
        """Compare the first thousand losses only: rounding errors grow each time a row crosses its margin."""
        engine = maker(net, steps)
        return engine._replace(flat=lambda result: engine.flat(result)[:1_000])

    engines = {name: partial(begun, maker) for name, maker in makers.items()}
    return Work(title, engines, lambda: works.net_training_in_numpy(net, 1_000)[:1_000], targets)


def small_nets(quick: bool) -> Iterator[Work]:
    """Yield the network of the moons demo: its loss and gradient, and its training."""
    few, many = [works.net((2, 16, 16, 1), "hinge", rows) for rows in (100, 1000)]
    title = "2-16-16-1 max-margin, batch"
    targets = {"C": share(1.8), "jax.jit": times(4), "torch": times(12)}
    yield net_work(f"{title} 100", few, targets, "C", "ddx-ad, LLVM", "casadi, gcc")
    targets = {"C": share(1.4), "jax.jit": times(2), "torch": times(5)}
    yield net_work(f"{title} 1000", many, targets, "C", "ddx-ad, LLVM", "casadi, gcc")
    steps = 10_000 if quick else 50_000  # so many that what fit does once, before the first, hardly counts
    yield training_work(f"{title} 100, SGD, a step in fit", few, steps, {"C": share(2), "jax, scan": times(1.5)})


def worked(quick: bool) -> Iterator[Work]:
    """Yield 1,000 steps of training the 3-2-3-2 sigmoid network of the teaching texts."""
    makers = {
        OURS: ours.worked,
        "C": c.worked_in_c,
        "jax, fori_loop": peers.worked_in_jax,
        "jax, a call a step": peers.worked_by_steps_in_jax,
        "casadi, gcc": symbolic.worked_in_casadi,
        "ddx-ad, LLVM, a call a step": symbolic.worked_in_ddx,
    }
    thousands = 50 if quick else 100  # so many that what fit does once, before the first, hardly counts
    if quick:
        makers = {name: maker for name, maker in makers.items() if "a call a step" not in name}

    def thousand(maker: Callable[[int], Engine]) -> Engine:
        return maker(1_000 * thousands)._replace(steps=thousands)

    engines = {name: partial(thousand, maker) for name, maker in makers.items()}
    targets = {"C": share(1.5), "jax, fori_loop": times(2)}
    title = "3-2-3-2 sigmoid, 1,000 SGD steps in fit"
    yield Work(title, engines, lambda: works.worked_in_numpy(1_000 * thousands), targets)


def rosenbrock(quick: bool) -> Iterator[Work]:
    """Yield Rosenbrock's function in 100 dimensions: gradient, then Hessian."""
    gradient = {
        OURS: ours.rosenbrock_gradient,
        "C": c.rosenbrock_in_c,
        "casadi, gcc": partial(symbolic.rosenbrock_in_casadi, symbolic.BY_GCC),
        "casadi, interpreter": partial(symbolic.rosenbrock_in_casadi, {}),
        "ddx-ad, LLVM": symbolic.rosenbrock_in_ddx,
        "jax.jit": peers.rosenbrock_in_jax,
        "torch": peers.rosenbrock_in_torch,
        "NumPy": works.rosenbrock_in_numpy,
    }
    targets = {"C": share(2.5), "casadi, gcc": AHEAD, "casadi, interpreter": AHEAD, "ddx-ad, LLVM": AHEAD}
    expected = partial(result_of, works.rosenbrock_in_numpy())
    yield Work("Rosenbrock 100, value and gradient", gradient, expected, targets)
    hessian = {
        OURS: ours.rosenbrock_hessian,
        "C": c.rosenbrock_hessian_in_c,
        "C, diagonals only": c.rosenbrock_diagonals_in_c,
        "casadi, gcc, sparse": partial(symbolic.rosenbrock_hessian_in_casadi, symbolic.BY_GCC),
        "casadi, interpreter, sparse": partial(symbolic.rosenbrock_hessian_in_casadi, {}),
        "ddx-ad, LLVM": symbolic.rosenbrock_hessian_in_ddx,
        "jax.jit": peers.rosenbrock_hessian_in_jax,
        "torch": peers.rosenbrock_hessian_in_torch,
        "NumPy": works.rosenbrock_hessian_in_numpy,
    }
    targets = {"ddx-ad, LLVM": AHEAD, "casadi, gcc, sparse": STRETCH}
    expected = partial(result_of, works.rosenbrock_hessian_in_numpy())
    yield Work("Rosenbrock 100, Hessian", hessian, expected, targets)


def dense_nets(quick: bool) -> Iterator[Work]:
    """Yield networks for digits, and a wide logistic regression."""
    small = works.net((64, 32, 10), "softmax", 32)
    targets = {"jax.jit": times(3), "torch": times(8), "NumPy": times(3)}
    yield net_work("64-32-10 softmax, batch 32", small, targets, "C")
    steps = 5_000 if quick else 50_000
    title = "64-32-10 softmax, batch 32, SGD, a step in fit"
    yield training_work(title, small, steps, {"C": share(1.5), "jax, scan": AHEAD})
    wide = works.net((784, 128, 10), "softmax", 32)
    yield net_work("784-128-10 softmax, batch 32", wide, dict.fromkeys(("jax.jit", "torch", "NumPy"), AHEAD))
    logistic = works.net((12_288, 1), "logistic", 32)
    yield net_work("logistic regression, 12,289 parameters, batch 32", logistic, {"NumPy": AHEAD})


def irregular(quick: bool) -> Iterator[Work]:
    """Yield a random graph of 100,000 operations (quick: 20,000), at one point and at 8."""
    operations = 20_000 if quick else 100_000
    graph = cache(partial(works.irregular, operations))
    for rows in (1, 8):
        compiled, interpreted = f"{OURS}, compiled", f"{OURS}, interpreter"

        def with_graph(maker: Callable[..., Any], *more: str, rows: int = rows) -> Callable[[], Any]:
            return lambda: maker(graph()[0], graph()[1][:rows], *more)

        engines = {
            compiled: with_graph(ours.irregular, "straight"),
            interpreted: with_graph(ours.irregular, "interpreter"),
            "ddx-ad, interpreter": with_graph(symbolic.irregular_in_ddx),
        }
        target = Target(">= 2x compiled", ratio=2.0)
        if rows == 1:
            limit = 1.3e-3 * operations
            target = Target(">= 2x compiled, <= 1.3 ns an operation", ratio=2.0, limit=limit)
        expected = with_graph(lambda steps, points: works.run_steps(steps, points.T, numpy))
        yield Work(f"{operations:,} irregular operations, rows: {rows}", engines, expected, {interpreted: target})


def iris(quick: bool) -> Iterator[Work]:
    """Yield an epoch of training on iris, as in benchmarks/eager.py."""
    if not peers.HAVE["sklearn"]:
        return  # the flowers come from scikit-learn
    eager = f"{OURS}, eager"
    makers = {
        OURS: partial(ours.iris, 200, compiled=True),
        eager: partial(ours.iris, 3 if quick else 10, compiled=False),
    }
    expected = partial(result_of, ours.iris(3, compiled=False))
    yield Work("iris epoch, 4-8-3, batch 16, Adam, in fit", makers, expected, {eager: times(30)})


def overhead(quick: bool) -> Iterator[Work]:
    """Yield a function of two numbers: almost all of its time is the overhead of a call."""
    engines = {
        OURS: ours.pair,
        "Python by hand": ours.pair_by_hand,
        "C, ctypes": c.pair_in_c,
        "ddx-ad, LLVM": symbolic.pair_in_ddx,
        "casadi, interpreter": symbolic.pair_in_casadi,
    }
    target = Target("< 1.5 us (stretch 0.2)", limit=1.5)
    yield Work("value and gradient of x * y + x", engines, lambda: numpy.array([8.0, 4.0, 2.0]), {OURS: target})


WORKS = (small_nets, worked, rosenbrock, dense_nets, irregular, iris, overhead)
