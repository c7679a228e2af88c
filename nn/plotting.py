"""Plots with matplotlib: training curves, decision boundaries, loss surfaces, functions, networks.

Each function draws on `ax`, by default on the axes of a new figure, and returns the Axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from autograd.drawing.text import shown
from autograd.modes import no_grad
from autograd.scalars import number
from autograd.transforms import grad
from autograd.value import Value
from nn.axes import COLORS, FAINT, INK, LONGEST, ORANGE, SKY, VERMILION, legend, new_axes
from nn.diagram import draw_network as draw_network
from nn.module import Module

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS, STYLES = "os^DvP", ("-", "--", "-.", ":")

Model = Callable[[list[float]], Any]
Grid = list[list[float]]


def plot_history(history: Mapping[str, Sequence[float]], *, ax: Axes | None = None) -> Axes:
    """Plot the curves of a training: for each name in `history` a list with one number per epoch.

    Losses are on the left axis, other metrics on the right one. A curve and its `val_` twin share a
    colour, and the latter is dashed. Raises ValueError for an empty history.

    >>> axes = plot_history({"loss": [0.9, 0.5, 0.4], "accuracy": [0.5, 0.75, 1.0]})
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('epoch', 'loss')
    """
    curves = {name: list(map(_number, curve)) for name, curve in history.items()}
    if not curves:
        raise ValueError("the history is empty: expected a mapping from names to lists with a number per epoch")
    ax = ax or new_axes(7.0, 4.2)
    bases = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    losses = [base for base in bases if base.endswith("loss")]
    metrics = [base for base in bases if base not in losses]
    right = ax.twinx() if losses and metrics else ax
    handles = {}
    for name, curve in curves.items():
        base = name.removeprefix("val_")
        (handles[name],) = (ax if base in losses else right).plot(
            range(1, len(curve) + 1),
            curve,
            color=COLORS[bases.index(base) % len(COLORS)],
            linestyle="-" if base == name else "--",
            marker="o" if len(curve) < 20 else "",
            markersize=4,
        )
    for axes, names in ((ax, losses or metrics), (right, metrics)):
        drawn = [x for name in curves if name.removeprefix("val_") in names for x in curves[name] if math.isfinite(x)]
        if drawn and min(drawn) >= 0.0:
            axes.set_ylim(0.0, 1.04 if names is metrics and max(drawn) <= 1.0 else None)
        axes.set_ylabel(", ".join(shown(name, LONGEST) for name in names[:3]), parse_math=False)
    ax.set_xlabel("epoch")
    ax.locator_params("x", integer=True)
    ax.grid(alpha=0.3)
    legend(right, list(handles.values()), list(handles))
    return ax


def plot_decision_boundary(
    model: Model,
    X: Iterable[Any],
    y: Iterable[Any],
    *,
    threshold: float = 0.0,
    resolution: int = 80,
    ax: Axes | None = None,
) -> Axes:
    """Plot what a model of two inputs answers over the plane, and the points it learned from.

    `X` has a row of two features for each label in `y`. A model with one output tells two classes
    apart: scores above `threshold` (0.0, or 0.5 for probabilities) are the one that sorts last. With
    several outputs the largest is the answer: that of class 0, 1, ... or of the sorted labels. The
    model is called without recording at resolution * resolution points, in its present mode (one with
    Dropout wants `eval()` first).

    Raises ValueError for other than two features, or classes that do not fit the outputs.

    >>> axes = plot_decision_boundary(lambda row: row[0] - row[1], X=[[0.0, 1.0], [1.0, 0.0]], y=["up", "down"])
    >>> [text.get_text().strip() for text in axes.get_legend().get_texts()]
    ['class down', 'class up']
    """
    points = [[_number(x) for x in row] for row in X]
    labels = [label.item() if hasattr(label, "item") else label for label in y]
    if len(points) != len(labels) or not points or any(len(row) != 2 for row in points):
        widths = " or ".join(map(str, sorted({len(row) for row in points}))) or "no"
        got = f"{len(points)} rows of {widths} features and {len(labels)} labels"
        raise ValueError(f"expected rows of 2 features and as many labels, got {got}")
    across, down = [_around([row[k] for row in points], resolution, margin=0.1) for k in (0, 1)]
    with no_grad():
        outputs = [[_outputs(model([a, b])) for a in across] for b in down]
    width = len(outputs[0][0])
    classes = _classes(labels, width)
    ax = ax or new_axes(6.0, 5.2)
    if width == 1:
        _halves(ax, across, down, [[output[0] - threshold for output in row] for row in outputs])
    else:
        _regions(ax, across, down, outputs)
    handles = []
    for k, label in enumerate(classes):
        mine = [row for row, given in zip(points, labels, strict=True) if given == label]
        handles.append(
            ax.scatter(
                [a for a, _ in mine],
                [b for _, b in mine],
                color=COLORS[k % len(COLORS)],
                marker=MARKERS[k % len(MARKERS)],
                edgecolor="white",
                s=42,
                zorder=3,
            )
        )
    ax.set(xlabel="x1", ylabel="x2", xlim=(across[0], across[-1]), ylim=(down[0], down[-1]))
    legend(ax, handles, [f"class {label}" for label in classes])
    return ax


def _classes(labels: Sequence[Any], width: int) -> list[Any]:
    """Return the class that each output of a model stands for; with one output, that of low and of high scores."""
    found = sorted(set(labels))
    outputs = max(width, 2)
    if all(isinstance(label, int) and 0 <= label < outputs for label in found):
        return list(range(outputs))
    if len(found) > outputs or (width > 1 and len(found) < width):
        raise ValueError(
            f"a model with {width} output{'s' * (width > 1)} tells {outputs} classes apart, y has {len(found)}"
        )
    return found


def _halves(ax: Axes, across: list[float], down: list[float], scores: Grid) -> None:
    """Shade the sides of the line on which the score is 0."""
    from matplotlib.colors import LinearSegmentedColormap

    finite = [abs(score) for row in scores for score in row if math.isfinite(score)]
    end = max(finite, default=0.0) or 1.0
    shades = LinearSegmentedColormap.from_list("sides", [SKY, "#ffffff", ORANGE])
    levels = [end * k / 10 for k in range(-10, 11)]
    ax.contourf(across, down, scores, levels=levels, cmap=shades, alpha=0.75, extend="both")
    _border(ax, across, down, scores)


def _regions(ax: Axes, across: list[float], down: list[float], outputs: list[list[list[float]]]) -> None:
    """Shade where each output is the largest."""
    for k in range(len(outputs[0][0])):
        lead = [[output[k] - max(output[:k] + output[k + 1 :]) for output in row] for row in outputs]
        top = max(x for row in lead for x in row)
        if top > 0.0:
            ax.contourf(across, down, lead, levels=[0.0, top], colors=[COLORS[k % len(COLORS)]], alpha=0.3)
            _border(ax, across, down, lead)


def _border(ax: Axes, across: list[float], down: list[float], scores: Grid) -> None:
    if min(map(min, scores)) < 0.0 < max(map(max, scores)):
        ax.contour(across, down, scores, levels=[0.0], colors=[INK], linewidths=1.2)


def plot_loss_surface(
    model: Module | Sequence[Value],
    loss: Callable[[], Any],
    parameters: Sequence[Value | str],
    *,
    path: Iterable[Sequence[float]] = (),
    width: float | None = None,
    resolution: int = 31,
    ax: Axes | None = None,
) -> Axes:
    """Plot the loss over two parameters of a model, the others as they are, and a descent on it.

    `loss()` is called without recording, at resolution * resolution points around the parameters'
    present numbers, which they have again afterwards, whatever happens. `parameters` are two Values of
    the model (or of the list of parameters given in its place), or their names. `path` has the pairs
    of numbers that a descent went through. `width` is that of the plot; it holds the path by default.

    Raises ValueError for other than two different parameters of the model.

    >>> a, b = Value(3.0, label="a"), Value(1.0, label="b")
    >>> axes = plot_loss_surface([a, b], lambda: a**2 + 10.0 * b**2, [a, b], path=[(3.0, 1.0), (1.0, 0.5)])
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('a', 'b')
    """
    (p, p_name), (q, q_name) = _pair(model, parameters)
    here = (p.data, q.data)
    steps = [(_number(a), _number(b)) for a, b in path]
    middle, halves = _frame([here, *steps]) if width is None else (here, [width / 2.0] * 2)
    across, down = [_between(m - half, m + half, resolution) for m, half in zip(middle, halves, strict=True)]
    losses: Grid = [[] for _ in down]
    try:
        with no_grad():
            for row, b in zip(losses, down, strict=True):
                q.data = b
                for a in across:
                    p.data = a
                    row.append(_number(loss()))
    finally:
        p.data, q.data = here
    ax = ax or new_axes(6.4, 5.0)
    _surface(ax, across, down, losses)
    if steps:
        ax.plot(*zip(*steps, strict=True), color=INK, linewidth=3.5, solid_capstyle="round", zorder=3)
        ax.plot(*zip(*steps, strict=True), color="white", linewidth=1.6, marker="o", markersize=3.5, zorder=4)
    ax.plot(*here, color=VERMILION, marker="*", markersize=15, markeredgecolor="white", zorder=5)
    ax.set(xlim=(across[0], across[-1]), ylim=(down[0], down[-1]))
    ax.set_xlabel(p_name, parse_math=False)
    ax.set_ylabel(q_name, parse_math=False)
    return ax


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


def _frame(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the middle of what holds some points and half its width, each both ways; no side is much the longer."""
    lows, highs = [[extreme(point[k] for point in points) for k in (0, 1)] for extreme in (min, max)]
    spans = [high - low for low, high in zip(lows, highs, strict=True)]
    middle = [low + span / 2.0 for low, span in zip(lows, spans, strict=True)]
    return middle, [max(0.7 * span, 0.35 * max(spans)) or 1.0 for span in spans]


def _surface(ax: Axes, across: list[float], down: list[float], losses: Grid) -> None:
    """Draw lines of equal loss, at equal ratios where it is positive and varies by much, else at equal distances."""
    from matplotlib.colors import LogNorm, Normalize

    losses = [[x if math.isfinite(x) else math.nan for x in row] for row in losses]
    finite = [x for row in losses for x in row if not math.isnan(x)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    if not low < high:
        high = low + (abs(low) or 1.0)
    ratio = high / low if low > 0.0 else 0.0
    steps = range(21)
    levels = [low * ratio ** (k / 20) for k in steps] if ratio > 50.0 else [low + (high - low) * k / 20 for k in steps]
    norm = (LogNorm if ratio > 50.0 else Normalize)(levels[0], levels[-1])
    filled = ax.contourf(across, down, losses, levels=levels, norm=norm, cmap="viridis")
    ax.contour(across, down, losses, levels=levels, colors="white", linewidths=0.4, alpha=0.6)
    bar = ax.figure.colorbar(filled, ax=ax, label="loss", format="%.3g")
    bar.ax.minorticks_off()


def plot_function(
    f: Callable[[Any], Any], a: float, b: float, *, order: int = 2, points: int = 400, ax: Axes | None = None
) -> Axes:
    """Plot a function of one number from a to b, and its derivatives up to `order` by `autograd.grad`.

    What is not finite leaves a gap, and a pole does not squeeze the rest. Raises ValueError unless
    a < b, order >= 0 and points >= 2.

    >>> from autograd import sin
    >>> axes = plot_function(sin, -3.0, 3.0, order=1)
    >>> len(axes.get_legend().get_texts())  # the sine and its derivative
    2
    """
    if not a < b or order < 0 or points < 2:
        raise ValueError(f"expected a < b, order >= 0, points >= 2, got a={a}, b={b}, order={order}, points={points}")
    xs = _between(float(a), float(b), points)
    with no_grad():
        curves = [[_number(f(Value(x))) for x in xs]]
    derivative = f
    for _ in range(order):
        derivative = grad(derivative)
        curves.append([_number(derivative(x)) for x in xs])
    low, high = _limits([y for curve in curves for y in curve if math.isfinite(y)])
    margin = 0.06 * (high - low)
    ax = ax or new_axes(7.0, 4.2)
    ax.axhline(0.0, color=FAINT, linewidth=0.8)
    name = getattr(f, "__name__", "f")
    name = "f" if name == "<lambda>" else shown(name, LONGEST)
    handles = []
    for k, curve in enumerate(curves):
        inside = [y if low - 9.0 * margin <= y <= high + 9.0 * margin else math.nan for y in curve]
        style = {"color": COLORS[k % len(COLORS)], "linestyle": STYLES[k % len(STYLES)]}
        handles += ax.plot(xs, inside, linewidth=2.0, **style)  # type: ignore[arg-type]
    ax.set(xlabel="x", xlim=(xs[0], xs[-1]), ylim=(low - margin, high + margin))
    ax.grid(alpha=0.3)
    legend(ax, handles, [name + _primes(k) for k in range(order + 1)])
    return ax


def _limits(ys: list[float]) -> tuple[float, float]:
    """Return the range to show: all of it, unless a few numbers are far away from the others."""
    if len(ys) < 2:
        return (ys[0] - 1.0, ys[0] + 1.0) if ys else (-1.0, 1.0)
    low, high = min(ys), max(ys)
    most = quantiles(ys, n=20)
    if high - low > 5.0 * (most[-1] - most[0]) > 0.0:
        low, high = most[0], most[-1]
    return (low, high) if low < high else (low - 1.0, high + 1.0)


# Numbers.


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else number(x)


def _outputs(given: Any) -> list[float]:
    """Return what a model gave as a list: a number, or a sequence of numbers."""
    return list(map(_number, given)) if hasattr(given, "__len__") else [_number(given)]


def _between(a: float, b: float, count: int) -> list[float]:
    return [a + (b - a) * k / (count - 1) for k in range(count)]


def _around(numbers: Sequence[float], count: int, margin: float) -> list[float]:
    """Return numbers from below to above those given, by a part of their range."""
    room = margin * (max(numbers) - min(numbers)) or 1.0
    return _between(min(numbers) - room, max(numbers) + room, count)


def _primes(order: int) -> str:
    """Return the sign of a derivative: a prime for each order, from the fourth on a number."""
    digits = str(order).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return "\N{PRIME}" * order if order < 4 else f"⁽{digits}⁾"
