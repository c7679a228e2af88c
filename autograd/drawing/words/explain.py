"""The chain rule in numbers and names: where the gradient of a node comes from, as text and as LaTeX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from autograd.drawing.sketch.changes import changed
from autograd.drawing.sketch.numbering import passed_over
from autograd.drawing.words import equations
from autograd.drawing.words.equations import MANY
from autograd.drawing.words.trace import names, steps
from autograd.graph import topological
from autograd.value import Value

FACTORS, PATHS, SUMS, DEFINITIONS = 6, 8, 6, 20  # the most that is shown: in a product, in a sum, in all


class Factor(NamedTuple):
    """A local derivative, of the output of an operation with respect to one of its inputs; see `Term` for `live`."""

    output: Value
    input: Value
    number: float
    live: bool


class Path(NamedTuple):
    """A product of derivatives from `start`, whose own derivative comes first, down to the node of a sum."""

    start: Value
    derivative: float
    factors: list[Factor]


class Sum(NamedTuple):
    """The derivative with respect to one node: a sum over its uses, in the order in which `backward` adds them."""

    node: Value
    derivative: float
    left_out: int  # how many terms are not in the list,
    before: float  # and what they add up to
    paths: list[Path]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The derivative of `root` with respect to `wrt`, term by term: `str()` is text, `.latex` LaTeX for math mode."""

    root: Value
    wrt: Value
    gradient: float
    paths: int  # how many lead from wrt to root; at most MANY + 1
    sums: list[Sum]
    left_out: int  # sums before those
    defined: list[Value]  # the operations to write out, inputs first
    undefined: int  # how many more the sums mention
    names: dict[Value, str]  # of these nodes, of inputs with a label, and of nodes that one of them stands for
    changed: bool = False  # whether numbers on the way have changed since they were recorded: the gradient is NaN then

    def __str__(self) -> str:
        return equations.text(self)

    __repr__ = __str__

    @property
    def latex(self) -> str:
        """The explanation as an `aligned` environment."""
        return equations.latex(self)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def explain(root: Value, wrt: Value) -> Explanation:
    r"""Write out the chain rule for the derivative of `root` with respect to `wrt`, a node below it, over all paths.

    ∂ marks the local derivative of one operation, d the derivative along all paths. Where several
    paths part and meet again, the node where they meet gets its own sum, whose result the next
    sums use, as `backward` does. Nodes without a label are v1, v2, ...

    Every line of numbers is a Python expression that gives exactly the gradient which `backward`
    computes. In a long graph, one number and a count stand for what is left out.

    Where a number has changed since it was recorded, as after an optimiser's step, the explanation says so
    and gives no derivatives in numbers: compute `root` again.

    Raises TypeError for anything but a Value and ValueError for a `wrt` that is not below `root`.

    >>> x, y = Value(3.0, "x"), Value(5.0, "y")
    >>> z = x * x + x * y
    >>> z.label = "z"
    >>> print(explain(z, x))
    v1 = x * x = 3.0 * 3.0 = 9.0
    v2 = x * y = 3.0 * 5.0 = 15.0
    z = v1 + v2 = 9.0 + 15.0 = 24.0
    <BLANKLINE>
    dz/dx = ∂z/∂v2 * ∂v2/∂x + ∂z/∂v1 * ∂v1/∂x + ∂z/∂v1 * ∂v1/∂x
          = 1.0 * 5.0 + 1.0 * 3.0 + 1.0 * 3.0
          = 5.0 + 3.0 + 3.0
          = 11.0
    <BLANKLINE>
    3 paths lead from x to z
    """
    for name, given in (("root", root), ("wrt", wrt)):
        if not isinstance(given, Value):
            raise TypeError(f"explain: {name} must be a Value, got {type(given).__name__}: {given!r:.60}")
    every = topological(root)
    over = _passed_over(root, wrt, every)
    order = [node for node in every if node not in over]
    called = names(order)
    called |= {node: called[x] for node, x in over.items()}
    if wrt not in called:
        top = called[root]
        raise ValueError(f"explain: {wrt!r:.200} is not below {top}: nothing that {top} was computed from uses it")
    way = _way(root, wrt, order, over)
    sums = _sums(root, wrt, way)
    shown = sums[-SUMS:]
    factors = [factor for line in shown for path in line.paths for factor in path.factors]
    told = {root, wrt, *[factor.output for factor in factors], *[factor.input for factor in factors]}
    made = [node for node in order if node in told and node.op is not None]
    operands = {over.get(x, x) for node in made for x in node.inputs if isinstance(x, Value)}
    known = told | {x for x in operands if x.label}
    is_changed = any([changed(node) is not None for node in way if node is not wrt])
    return Explanation(
        root=root,
        wrt=wrt,
        gradient=nan if is_changed else way[wrt].totals[-1],
        paths=way[wrt].paths,
        sums=shown,
        left_out=len(sums) - len(shown),
        defined=made[:DEFINITIONS],
        undefined=len(made[DEFINITIONS:]),
        names={node: called[node] for node in every if over.get(node, node) in known},
        changed=is_changed,
    )


@dataclass(eq=False)
class Station:
    """A node on the way from `wrt` to `root`: how `backward` adds up its gradient."""

    totals: list[float]  # before the first use and after each
    paths: int = 0  # to root
    uses: list[Factor] = field(default_factory=list)


def _passed_over(root: Value, wrt: Value, order: Sequence[Value]) -> dict[Value, Value]:
    """Return what `passed_over` does, for Values without another use: only for these do the sums stay exact."""
    uses = Counter(x for node in order for x in node.inputs if isinstance(x, Value))
    shared = {node for node in order for x in node.inputs if isinstance(x, Value) and uses[x] > 1}
    return passed_over(order, {root, wrt} | shared)


def _way(root: Value, wrt: Value, order: Sequence[Value], over: Mapping[Value, Value]) -> dict[Value, Station]:
    """Return every node that was computed from `wrt`, itself first, `root` last."""
    way = {wrt: Station([0.0])}
    for node in order:
        if any(not isinstance(x, float) and over.get(x, x) in way for x in node.inputs):
            way[node] = Station([0.0])
    way[root] = Station([1.0], paths=1)
    for node, _, terms in steps(root, over):
        for x, partial, live, _, total in terms:
            if x in way:
                way[x].uses.append(Factor(node, x, partial, live))
                way[x].totals.append(total)
                way[x].paths = min(way[x].paths + way[node].paths, MANY + 1)
    return way


def _sums(root: Value, wrt: Value, way: dict[Value, Station]) -> list[Sum]:
    """Collect the nodes where paths meet, outputs first and `wrt` last, with the paths between them.

    Between two such nodes a path does not branch, so its product from left to right is what
    `backward` passes down, rounding by rounding. A long path is divided by sums of one term.
    """
    found: list[Sum] = []
    depths = {root: 0}  # operations since the last sum
    for node in reversed(way):
        uses, totals = way[node].uses, way[node].totals
        depths[node] = depths[uses[0].output] + 1 if len(uses) == 1 and node is not wrt else 0
        if 0 < depths[node] < FACTORS or (node is root and node is not wrt):
            continue
        depths[node] = 0
        left_out = max(len(uses) - PATHS, 0)
        paths = []
        for use in uses[left_out:]:
            factors = [use]
            while depths[factors[-1].output]:
                factors += way[factors[-1].output].uses
            start = factors[-1].output
            paths.append(Path(start, way[start].totals[-1], factors[::-1]))
        found.append(Sum(node, totals[-1], left_out, totals[left_out], paths))
    return found
