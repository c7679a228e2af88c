"""Curves of training, decision boundaries, and functions with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from autograd import modes
from autograd.output.printing import shown
from autograd.scalars import number_in
from autograd.transforms import grad
from autograd.value import Value
from nn.data.tables import labels_of, listed, rows_of
from nn.plotting.axes import COLORS, FAINT, INK, LONGEST, MARKERS, ORANGE, SKY, Grid, between, legend, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ("-", "--", "-.", ":")

Model = Callable[[list[float]], Any]


def plot_history(history: Mapping[str, Sequence[float]], *, ax: Axes | None = None) -> Axes:
    """Plot the curves of a training: for each name in `history` a list with one number per epoch.

    Losses are on the left axis, other metrics on the right one. A curve and its `val_` twin share a
    colour, and the latter is dashed. Raises ValueError for an empty history.

    >>> axes = plot_history({"loss": [0.9, 0.5, 0.4], "accuracy": [0.5, 0.75, 1.0]})
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('epoch', 'loss')
    """
    curves = {name: list(map(number_in, listed(f"history[{name!r}]", curve))) for name, curve in history.items()}
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
    X: Any,
    y: Any,
    *,
    threshold: float = 0.0,
    resolution: int = 80,
    ax: Axes | None = None,
) -> Axes:
    """Plot the output of a model of two inputs over the plane, and the points it learned from.

    `X` has a row of two features for each label in `y`. A model with one output separates two
    classes: scores above `threshold` (0.0, or 0.5 for probabilities) mean the one that sorts last. With several
    outputs the largest decides: that of class 0, 1, ... or of the sorted labels. The
    model is called without recording at resolution * resolution points, in its present mode (one with
    Dropout wants `eval()` first).

    Raises ValueError for other than two features, or classes that do not fit the outputs, and TypeError for what is
    not a table, as `fit` does.

    >>> axes = plot_decision_boundary(lambda row: row[0] - row[1], X=[[0.0, 1.0], [1.0, 0.0]], y=["up", "down"])
    >>> [text.get_text().strip() for text in axes.get_legend().get_texts()]
    ['class down', 'class up']
    """
    points, labels = rows_of("X", X), labels_of("y", y)
    if len(points) != len(labels) or not points or any(len(row) != 2 for row in points):
        widths = " or ".join(map(str, sorted({len(row) for row in points}))) or "no"
        got = f"{len(points)} rows of {widths} features and {len(labels)} labels"
        raise ValueError(f"expected rows of 2 features and as many labels, got {got}")
    across, down = [_around([row[k] for row in points], resolution, margin=0.1) for k in (0, 1)]
    outputs = modes.within(lambda: [[_outputs(model([a, b])) for a in across] for b in down], recording=False)
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
        xs, ys = [a for a, _ in mine], [b for _, b in mine]
        color, marker = COLORS[k % len(COLORS)], MARKERS[k % len(MARKERS)]
        handles.append(ax.scatter(xs, ys, color=color, marker=marker, edgecolor="white", s=42, zorder=3))
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
            f"a model with {width} output{'s' * (width > 1)} separates {outputs} classes, y has {len(found)}"
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
    xs = between(float(a), float(b), points)
    curves = [modes.within(lambda: [number_in(f(Value(x))) for x in xs], recording=False)]
    derivative = f
    for _ in range(order):
        derivative = grad(derivative)
        curves.append([number_in(derivative(x)) for x in xs])
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


def _outputs(given: Any) -> list[float]:
    """Return what a model gave as a list: a number, or a sequence of numbers."""
    several = hasattr(given, "__len__") and getattr(given, "shape", None) != ()
    return list(map(number_in, listed("the output of the model", given) if several else [given]))


def _around(numbers: Sequence[float], count: int, margin: float) -> list[float]:
    """Return numbers from below to above those given, by a part of their range."""
    room = margin * (max(numbers) - min(numbers)) or 1.0
    return between(min(numbers) - room, max(numbers) + room, count)


def _primes(order: int) -> str:
    """Return the sign of a derivative: a prime for each order, from the fourth on a number."""
    digits = str(order).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return "\N{PRIME}" * order if order < 4 else f"⁽{digits}⁾"
