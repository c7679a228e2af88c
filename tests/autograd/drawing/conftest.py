"""Graphs to draw, both renderers, and a reader of the SVG that they write."""

from collections import Counter
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value
from autograd.drawing.dot import render

SVG = "{http://www.w3.org/2000/svg}"
TOOLTIP = "{http://www.w3.org/1999/xlink}title"


class Picture(NamedTuple):
    """What is in an SVG: its elements, the titles of nodes, edges and clusters, all text and tooltips."""

    elements: Counter
    nodes: list
    edges: list
    clusters: list
    texts: list
    tooltips: list


def read(svg):
    root = ElementTree.fromstring(svg)
    titles = {"node": [], "edge": [], "cluster": []}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") in titles:
            titles[group.get("class")].append(group.find(f"{SVG}title").text)
    texts = ["".join(text.itertext()).replace("\xa0", " ") for text in root.iter(f"{SVG}text")]
    tooltips = [link.get(TOOLTIP).replace("\xa0", " ") for link in root.iter(f"{SVG}a")]
    return Picture(Counter(element.tag for element in root.iter()), *titles.values(), texts, tooltips)


@pytest.fixture(scope="session")
def look():
    """A function that returns what is in an SVG."""
    return read


@pytest.fixture(params=["graphviz-pure", "dot"])
def renderer(request, monkeypatch, tmp_path):
    """Each of the two renderers, with the other one hidden."""
    pytest.importorskip("graphviz", reason="the package graphviz is not installed")
    if request.param == "graphviz-pure":
        if render.embedded_program() is None:
            pytest.skip("graphviz-pure is not installed")
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        real = list(render.programs("pdf"))
        if not real:
            pytest.skip("there is no dot on PATH besides graphviz-pure's")
        monkeypatch.setattr(render, "embedded_program", lambda: None)
        monkeypatch.setenv("PATH", str(real[0].parent))
    return request.param


@pytest.fixture
def no_renderer(monkeypatch, tmp_path):
    """A machine without any Graphviz."""
    monkeypatch.setattr(render, "embedded_program", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(scope="session")
def square():
    """A function that makes x * x + y with gradients."""

    def make():
        x, y = Value(3.0, label="x"), Value(-2.0, label="y")
        z = x * x + y
        z.label = "z"
        z.backward()
        return z

    return make


@pytest.fixture(scope="session")
def network():
    """A function that makes the output of a network of relu neurons, as nn labels it.

    Weights and inputs have few bits, so every platform gets the same numbers.
    """

    def parameters(name, size, k):
        weights = [Value((-1.0) ** (i + k) * (i + k + 1) / 4.0, label=f"{name}.weights.{i}") for i in range(size)]
        return weights, Value(k / 8.0, label=f"{name}.bias")

    def make(inputs, *sizes, passes=1):
        layers = [
            [parameters(f"layers.{depth}.neurons.{k}", before, k) for k in range(size)]
            for depth, (before, size) in enumerate(zip((len(inputs), *sizes), sizes, strict=False))
        ]
        outputs = []
        for _ in range(passes):
            xs = inputs
            for depth, layer in enumerate(layers):
                dots = [autograd.dot(weights, xs, bias) for weights, bias in layer]
                xs = [z.relu() for z in dots] if depth < len(layers) - 1 else dots
            outputs.extend(xs)
        return outputs[0] if len(outputs) == 1 else autograd.sum(outputs)

    return make


@pytest.fixture(scope="session")
def chain():
    """A function that makes a chain of unlabelled operations, two for each step."""

    def make(steps):
        y = Value(1.0)
        for _ in range(steps):
            y = y * 0.5 + 1.0
        return y

    return make


@pytest.fixture(scope="session")
def counts():
    """A function that says how many values, operations, constants and edges the full picture of a graph has."""

    def count(root):
        values = autograd.topological(root)
        operations = [value for value in values if value.op is not None]
        inputs = [x for value in operations for x in drawn_inputs(value)]
        constants = sum(isinstance(x, float) for x in inputs)
        return len(values), len(operations), constants, len(inputs) + len(operations)

    return count


def drawn_inputs(value):
    """The inputs of an operation that have an edge: constants stand in its badge if all inputs are few.

    The 0.0 that a dot product without a bias has in its place is not drawn.
    """
    inputs = list(value.inputs)
    constants = sum(isinstance(x, float) for x in inputs)
    alike = value.op.name in ("sum", "prod", "max", "min", "logsumexp")
    if value.op.name != "dot" and (len(inputs) <= 3 or (alike and constants <= 3)):
        return [x for x in inputs if not isinstance(x, float)]
    return inputs[:-1] if value.op.name == "dot" and inputs[-1:] == [0.0] and type(inputs[-1]) is float else inputs
