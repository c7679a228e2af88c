"""A loss over two parameters: lines of equal loss, the bands between them, and descents."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from autograd import modes
from autograd.atomic import changing, new_numbers, numbers_of, set_numbers
from autograd.errors import TracingError
from autograd.output.printing import shown
from autograd.scalars import number_in
from autograd.value import Value
from nn.checks.settings import count
from nn.data.tables import listed
from nn.module import Module
from nn.plotting.axes import INK, LONGEST, MARKERS, ON_SURFACE, VERMILION, Grid, between, legend, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

Path = Iterable[Sequence[float]]


def plot_loss_surface(
    model: Module | Sequence[Value],
    loss: Callable[[], Any],
    parameters: Sequence[Value | str],
    *,
    path: Path | Mapping[str, Path] = (),
    levels: int | Iterable[float] = 20,
    width: float | None = None,
    resolution: int = 31,
    ax: Axes | None = None,
) -> Axes:
    """Plot the loss over two parameters of a model, the others as they are, and descents on it.

    `loss()` is recorded once and computed at resolution * resolution points around the parameters' present numbers,
    which they keep. Only a loss that decides by a number is called with each point written into the two parameters,
    which have their own numbers again afterwards, whatever happens. `parameters` are two Values of
    the model (or of the list of parameters given in its place), or their names. `path` has the pairs
    of numbers that a descent went through; several are a mapping from names to paths, and named in a
    legend. `levels` are the losses at which the lines are drawn, or how many bands lie between them.
    `width` is that of the plot; it holds the paths by default. A star is where the parameters are.

    Raises ValueError for other than two different parameters of the model, and for levels that are not
    two or more rising numbers, or a whole number above 0.

    >>> a, b = Value(3.0, label="a"), Value(1.0, label="b")
    >>> axes = plot_loss_surface([a, b], lambda: a**2 + 10.0 * b**2, [a, b], path=[(3.0, 1.0), (1.0, 0.5)])
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('a', 'b')
    """
    (p, p_name), (q, q_name) = _pair(model, parameters)
    here = (p.data, q.data)
    levels = _checked(levels)
    named = path if isinstance(path, Mapping) else {"": path}
    paths = {name: [_point(step) for step in listed("path", steps)] for name, steps in named.items()}
    points = [here, *(point for steps in paths.values() for point in steps)]
    middle, halves = _frame(points) if width is None else (here, [width / 2.0] * 2)
    across, down = [between(m - half, m + half, resolution) for m, half in zip(middle, halves, strict=True)]
    losses = _losses(loss, p, q, across, down)
    ax = ax or new_axes(6.4, 5.0)
    _surface(ax, across, down, losses, levels)
    handles = [_descent(ax, steps, k) for k, steps in enumerate(paths.values())]
    ax.plot(*here, color=VERMILION, marker="*", markersize=15, markeredgecolor="white", zorder=5)
    ax.set(xlim=(across[0], across[-1]), ylim=(down[0], down[-1]))
    ax.set_xlabel(p_name, parse_math=False)
    ax.set_ylabel(q_name, parse_math=False)
    if isinstance(path, Mapping) and paths:
        legend(ax, handles, paths)
    return ax


def _losses(loss: Callable[[], Any], p: Value, q: Value, across: Sequence[float], down: Sequence[float]) -> Grid:
    """Return the loss at each point of a grid, row by row."""
    from autograd.compiler.trace.tracing import forget, traced, without_numbers

    nodes: list[Value] = []
    try:
        found = traced(without_numbers, [[p, q], loss], nodes=nodes)
        if not isinstance(found, Value):
            return [[number_in(found)] * len(across) for _ in down]
        return _computed(found, p, q, across, down)
    except TracingError:
        return modes.within(_called, loss, p, q, across, down, recording=False)  # type: ignore[no-any-return]
    finally:
        forget(nodes)


def _computed(loss: Value, p: Value, q: Value, across: Sequence[float], down: Sequence[float]) -> Grid:
    """Compute a recorded loss, the points of the grid side by side."""
    import numpy

    from autograd.compiler.program.program import program_of
    from autograd.compiler.run.replay import Replay

    program = program_of([loss], [p, q])
    points = numpy.array([(a, b) for b in down for a in across])
    (losses,) = Replay(program, [True, True], [(0, 0), (0, 1)])(numbers_of(program.captured), [points])
    grid: Grid = numpy.broadcast_to(losses, len(points)).reshape(len(down), len(across)).tolist()
    return grid


def _called(loss: Callable[[], Any], p: Value, q: Value, across: Sequence[float], down: Sequence[float]) -> Grid:
    """Call a loss at each point, with the point in its parameters."""
    go_back = changing(new_numbers([p, q], numbers_of([p, q])))
    losses: Grid = [[] for _ in down]
    try:
        for row, b in zip(losses, down, strict=True):
            for a in across:
                set_numbers([p, q], [a, b])
                row.append(number_in(loss()))
    finally:
        go_back()
    return losses


def _pair(model: Module | Sequence[Value], parameters: Sequence[Value | str]) -> list[tuple[Value, str]]:
    """Find two parameters of a model by their names or by themselves."""
    named = model.named_parameters() if isinstance(model, Module) else [(p.label, p) for p in model]
    by_name, names = dict(named), {p: name for name, p in named}
    found = [by_name.get(p) if isinstance(p, str) else p if p in names else None for p in parameters]
    pair = [(p, shown(names[p] or f"parameter {k}", LONGEST)) for k, p in enumerate(found, 1) if p is not None]
    if len(found) != 2 or len(pair) != 2 or found[0] is found[1]:
        raise ValueError(
            f"expected two different parameters of the model, or their names, got {list(parameters)!r:.200}"
        )
    return pair


def _point(step: Any) -> tuple[float, float]:
    """Return a point of a path, two numbers."""
    numbers = [number_in(x) for x in listed("a point of path", step)]
    if len(numbers) != 2:
        raise ValueError(f"a point of path must be two numbers, one for each parameter, got {len(numbers)}")
    return numbers[0], numbers[1]


def _frame(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the middle of what holds some points and half its width, each both ways; no side is much the longer."""
    lows, highs = [[extreme(point[k] for point in points) for k in (0, 1)] for extreme in (min, max)]
    spans = [high - low for low, high in zip(lows, highs, strict=True)]
    middle = [low + span / 2.0 for low, span in zip(lows, spans, strict=True)]
    return middle, [max(0.7 * span, 0.35 * max(spans)) or 1.0 for span in spans]


def _checked(levels: int | Iterable[float]) -> int | list[float]:
    """Return levels as they were given, or raise ValueError."""
    if not isinstance(levels, Iterable) or isinstance(levels, str):
        return count("levels", levels)
    found = list(map(number_in, listed("levels", levels)))
    if len(found) < 2 or not all(-math.inf < a < b < math.inf for a, b in pairwise(found)):
        raise ValueError(f"levels must be a number of bands, or two or more rising losses, got {found!r:.200}")
    return found


def _surface(ax: Axes, across: list[float], down: list[float], losses: Grid, levels: int | list[float]) -> None:
    """Draw lines of equal loss and the bands between them, whose colours are equally far apart."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    losses = [[x if math.isfinite(x) else math.nan for x in row] for row in losses]
    beyond: Literal["neither", "both"] = "both"
    if isinstance(levels, int):
        levels, beyond = _spread([x for row in losses for x in row if not math.isnan(x)], levels), "neither"
    shades = max(256, len(levels) + 1)
    filled = ax.contourf(
        across,
        down,
        losses,
        levels=levels,
        norm=BoundaryNorm(levels, shades, extend=beyond),
        cmap=colormaps["viridis"].resampled(shades),
        extend=beyond,
    )
    ax.contour(across, down, losses, levels=levels, colors="white", linewidths=0.4, alpha=0.6)
    bar = ax.figure.colorbar(filled, ax=ax, label="loss", format="%.3g")
    bar.ax.minorticks_off()


def _spread(losses: Sequence[float], bands: int) -> list[float]:
    """Return the ends of bands that hold all losses: at equal ratios if these are positive and vary by much."""
    low, high = (min(losses), max(losses)) if losses else (0.0, 0.0)
    size = max(-low, high)
    if high - low <= max(1e-9 * size, 1e-300):  # flat, or nothing but rounding
        high = low + (size if size > 1e-290 else 1.0)
    even = between(low, high, bands + 1)
    if low > 0.0 and math.log(high) - math.log(low) > math.log(50.0):
        even = list(map(math.exp, between(math.log(low), math.log(high), bands + 1)))
    return [low, *even[1:-1], high]


def _descent(ax: Axes, steps: Sequence[tuple[float, float]], k: int) -> tuple[Line2D, Line2D]:
    """Draw the k-th path over a surface, dark below and light above, and return its two lines."""
    xs, ys = [a for a, _ in steps], [b for _, b in steps]
    color, marker = ON_SURFACE[k % len(ON_SURFACE)], MARKERS[k % len(MARKERS)]
    (below,) = ax.plot(xs, ys, color=INK, linewidth=3.5, solid_capstyle="round", zorder=3)
    (above,) = ax.plot(xs, ys, color=color, linewidth=1.6, marker=marker, markersize=3.5, zorder=4)
    return below, above
