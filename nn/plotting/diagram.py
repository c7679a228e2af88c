"""A network as circles and lines: a column of units for each layer, a line for each weight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import modes
from autograd.drawing.dot import colors
from autograd.drawing.dot.text import short
from autograd.output.printing import shown
from autograd.scalars import Number, number_in
from nn.activations import activation_name
from nn.checks.sizes import neurons_of
from nn.layers import Dropout, Layer, Neuron, Sequential
from nn.module import Module
from nn.plotting.axes import FAINT, INK, VERMILION, legend, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BELOW, ABOVE = "#2b7bba", "#e17a00"  # a weight's colour by its sign
THINNEST, WIDEST = 0.8, 3.4  # points that a line is wide,
PALEST, STRONGEST = 0.45, 0.95  # and its opacity: the least is seen on white and on black
LONGEST = 16  # characters of an activation's name
RADIUS = 0.36  # of a unit; the next one is 1 away,
UNIT, NARROWEST = 0.37, 5.8  # which is so many inches, and a new figure so many wide, for its legend


class Stage(NamedTuple):
    """A layer, None for the inputs, and what is done to its outputs before the next: activations and Dropouts."""

    layer: Any
    after: list[Any]


class Column(NamedTuple):
    """The units of a layer: what is said above them, where those that are shown stand, what they gave."""

    title: str
    about: list[str]  # lines
    places: dict[int, tuple[float, float]]
    cut: float | None  # the height at which units are left out
    outputs: list[float]  # empty without inputs


def draw_network(model: Module, x: Sequence[Number] | None = None, *, most: int = 16, ax: Axes | None = None) -> Axes:
    """Draw a network as columns of units, from its inputs to its outputs, on `ax` or a new figure.

    A line is orange for a positive weight, blue for a negative one, and wide and strong as the weight
    is large; the least is still seen, and one of 0 is grey. With inputs `x`, each unit is filled by what
    it gives, in the same colours. A layer of more than `most` units has "⋮" in place of some. Activations and
    Dropouts between layers are named above the layer before them; numbers pass a Dropout unchanged, as in
    `predict`. Biases are not drawn. Returns the Axes.

    Raises TypeError for anything but an MLP, Sequential, Layer, Neuron or model whose `layers` are these, and
    ValueError for a wrong number of inputs.

    >>> from nn import MLP
    >>> axes = draw_network(MLP(2, [3, 1], seed=0), x=[0.5, -1.0])
    >>> [text.get_text() for text in axes.texts][:4]
    ['input', '2', 'hidden', '3, relu']
    """
    stages = _stages(model)
    layers = [stage.layer for stage in stages[1:]]
    columns = _columns(stages, x, most)
    more = 0.7 * (max(len(column.about) for column in columns) - 1)  # room for further lines
    heights = [y for column in columns for _, y in column.places.values()]
    top, right = max(heights), max(x for x, _ in columns[-1].places.values())
    side = max(2.2, (NARROWEST / UNIT - right) / 2.0)
    ax = ax or new_axes(min(UNIT * (right + 2.0 * side), 14.0), min(UNIT * (2.0 * top + 3.0 + more) + 0.8, 9.0))
    weights = [w.data for layer in layers for neuron in neurons_of(layer) for w in neuron.weights]
    _draw_weights(ax, layers, columns, colors.limit(weights))
    outputs = [y for column in columns for y in column.outputs]
    end = colors.limit(outputs)
    for column in columns:
        _draw_units(ax, column, end)
        across = next(iter(column.places.values()))[0]
        ax.text(across, top + 1.5 + more, column.title, ha="center", weight="bold", color=INK)
        for k, line in enumerate(column.about):
            ax.text(across, top + 0.8 + more - 0.7 * k, line, ha="center", size=9, color=FAINT, parse_math=False)
    _draw_ends(ax, columns)
    ax.set(xlim=(-side, right + side), ylim=(-top - 0.6, top + 2.4 + more), aspect="equal")
    ax.axis("off")
    _explain(ax, weights, outputs)
    return ax


def _stages(model: Any) -> list[Stage]:
    """Return the inputs and each layer of a model, each with what stands between it and the next layer."""
    stages, others = [Stage(None, [])], False
    for part in _flat(model):
        if isinstance(part, (Layer, Neuron)):
            stages.append(Stage(part, []))
        else:
            stages[-1].after.append(part)
            is_function = isinstance(part, str) or (callable(part) and not isinstance(part, Module))
            others = others or not (is_function or isinstance(part, Dropout))
    sizes = [(len(neurons_of(a.layer)), len(neurons_of(b.layer)[0].weights)) for a, b in pairwise(stages[1:])]
    if others or len(stages) < 2 or any([given != taken for given, taken in sizes]):
        needed = "an MLP, a Layer, a Neuron, a Sequential of them or a model with such layers"
        raise TypeError(f"draw_network needs {needed}, got {shown(repr(model), 200)}")
    return stages


def _flat(model: Any) -> Iterator[Any]:
    """Yield the parts of a model one after the other, those of models inside it in their place."""
    layers = getattr(model, "layers", None)
    if isinstance(layers, (list, tuple)):
        for layer in layers:
            yield from _flat(layer)
    else:
        yield model


def _columns(stages: list[Stage], x: Sequence[Number] | None, most: int) -> list[Column]:
    """Return a column for the inputs and one for each layer."""
    if most < 2:
        raise ValueError(f"most must be at least 2, got {most!r}")
    layers = [stage.layer for stage in stages[1:]]
    nin = len(neurons_of(layers[0])[0].weights)
    counts = [nin, *[len(neurons_of(layer)) for layer in layers]]
    hidden = [f"hidden {k}" for k in range(1, len(layers))] if len(layers) > 2 else ["hidden"] * (len(layers) - 1)
    slots_of = [_slots(count, most) for count in counts]
    told = [
        f"{most} of {count}" if None in slots else f"{count}" for count, slots in zip(counts, slots_of, strict=True)
    ]
    about = [_about(stage, count) for stage, count in zip(stages, told, strict=True)]
    apart = max(3.6, 0.55 * max(map(len, slots_of)))
    columns = []
    for k, (title, outputs) in enumerate(zip(["input", *hidden, "output"], _outputs(stages, x), strict=True)):
        slots = slots_of[k]
        heights = [(len(slots) - 1) / 2 - place for place in range(len(slots))]
        places = {unit: (k * apart, y) for unit, y in zip(slots, heights, strict=True) if unit is not None}
        cut = heights[slots.index(None)] if None in slots else None
        columns.append(Column(title, about[k], places, cut, outputs))
    return columns


def _slots(count: int, most: int) -> list[int | None]:
    """Return the units to show from the top, with None where some are left out."""
    if count <= most:
        return list(range(count))
    first = most // 2
    return [*range(first), None, *range(count - (most - first), count)]


def _about(stage: Stage, count: str) -> list[str]:
    """Return what is said of a layer: its size and activation, then what else is done, in the order of doing."""
    names = [activation_name(stage.layer.activation)] if stage.layer is not None else []
    names += [f"dropout {part.p:g}" if isinstance(part, Dropout) else activation_name(part) for part in stage.after]
    if len(names) > 1 and names[0] == "linear":  # that is nothing
        del names[0]
    first, *more = [shown(name, LONGEST) for name in names] or [""]
    return [f"{count}, {first}" if first else count, *more]


def _outputs(stages: list[Stage], x: Any) -> list[list[float]]:
    """Return the inputs and what each layer makes of them, or nothing for each."""
    if x is None:
        return [[] for _ in stages]
    given: Any = list(x) if hasattr(x, "__iter__") else [x]
    outputs = modes.within(_passed, stages, given, recording=False)
    return [list(map(number_in, column)) for column in outputs]


def _passed(stages: list[Stage], given: list[Any]) -> list[list[Any]]:
    """Return the inputs and what each layer makes of them, Values or floats."""
    outputs = []
    for layer, after in stages:
        first = given if layer is None else _as_list(layer(given))
        given = first
        for part in after:
            given = given if isinstance(part, Dropout) else _as_list(Sequential(part)(given))
        if len(given) != len(first):
            names = ", ".join(_about(Stage(None, after), f"{len(first)} units"))
            raise TypeError(f"draw_network shows one number for each unit, but {names} gives {len(given)}")
        outputs.append(first if layer is None else given)
    return outputs


def _as_list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _draw_weights(ax: Axes, layers: list[Any], columns: list[Column], end: float) -> None:
    """Draw a line for each weight between units that are shown, the strongest on top."""
    from matplotlib.collections import LineCollection

    lines = []
    for layer, (before, after) in zip(layers, pairwise(columns), strict=True):
        neurons = neurons_of(layer)
        for j, head in after.places.items():
            lines += [(neurons[j].weights[i].data, tail, head) for i, tail in before.places.items()]
    lines.sort(key=lambda line: abs(line[0]))
    styles = [_line(weight, end) for weight, _, _ in lines]
    ax.add_collection(
        LineCollection(
            [(tail, head) for _, tail, head in lines],
            colors=[style["color"] for style in styles],
            linewidths=[style["linewidth"] for style in styles],
            alpha=[style["alpha"] for style in styles],
            zorder=1,
        )
    )


def _line(weight: float, end: float) -> dict[str, Any]:
    """Return how the line of a weight looks, where the largest has the size `end`."""
    if not math.isfinite(weight):
        return {"color": VERMILION, "linewidth": 2.8, "alpha": 1.0}
    strength = abs(weight / end) if end else 0.0
    return {
        "color": ABOVE if weight > 0.0 else BELOW if weight < 0.0 else colors.LINE,
        "linewidth": THINNEST + (WIDEST - THINNEST) * strength,
        "alpha": PALEST + (STRONGEST - PALEST) * strength,
    }


def _draw_units(ax: Axes, column: Column, end: float) -> None:
    from matplotlib.patches import Circle

    for unit, place in column.places.items():
        fill = colors.fill(column.outputs[unit], end) if column.outputs else colors.PAPER
        ax.add_patch(Circle(place, RADIUS, facecolor=fill, edgecolor=INK, linewidth=0.9, zorder=2))
    if column.cut is not None:
        across = next(iter(column.places.values()))[0]
        ax.text(across, column.cut, "⋮", ha="center", va="center", size=16, color=INK)


def _draw_ends(ax: Axes, columns: list[Column]) -> None:
    """Write the numbers that go in and come out beside their units."""
    for column, side, align in ((columns[0], -1.0, "right"), (columns[-1], 1.0, "left")):
        for unit, (across, y) in column.places.items():
            if column.outputs:
                ax.text(across + side * 0.6, y, short(column.outputs[unit]), ha=align, va="center", size=9, color=INK)


def _explain(ax: Axes, weights: list[float], outputs: list[float]) -> None:
    """Say below what the colours mean, by the least and the greatest number."""
    from matplotlib.lines import Line2D

    handles, names = [], []
    for weight in dict.fromkeys((min(weights), max(weights))):
        handles.append(Line2D([], [], **_line(weight, colors.limit(weights))))
        names.append(f"weight {short(weight)}")
    for y in dict.fromkeys((min(outputs), max(outputs))) if outputs else ():
        fill = colors.fill(y, colors.limit(outputs))
        handles.append(
            Line2D([], [], linestyle="", marker="o", markersize=11, markerfacecolor=fill, markeredgecolor=INK)
        )
        names.append(f"unit that gives {short(y)}")
    legend(ax, handles, names, below=True)
