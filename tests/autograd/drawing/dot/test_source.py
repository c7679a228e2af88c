"""DOT source: the same for the same graph, with the legend that belongs to it."""

import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import Value
from autograd.drawing import draw

pytest.importorskip("graphviz", reason="the package graphviz is not installed")

ROOT = Path(autograd.__file__).parents[1]

digest = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import autograd
from autograd.drawing import draw
xs = [autograd.Value(float(i), label=f"layers.0.neurons.{i % 2}.weights.{i // 2}") for i in range(4)]
root = autograd.dot(xs[::2], [1.0, 2.0]).tanh() * autograd.dot(xs[1::2], [1.0, 2.0]).exp() + xs[0] * xs[0]
root.backward()
print(hashlib.sha256("".join(draw(root, max_nodes=n).source for n in (300, 8, 3)).encode()).hexdigest())
"""


def test_the_source_is_the_same_in_every_process():
    found = set()
    for seed in ("0", "1", "random"):
        command = [sys.executable, "-c", digest, str(ROOT)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout.strip())
    assert len(found) == 1
    assert len(found.pop()) == hashlib.sha256().digest_size * 2


def test_colours_have_six_digits_and_there_are_no_records(network):
    source = draw(network([1.0, 2.0], 3, 1)).source
    assert "record" not in source
    colors = [piece[:7] for piece in source.split("#")[1:] if not piece.startswith("x")]
    assert all(len(color.split('"')[0].split(" ")[0]) == 6 for color in colors)


def test_a_node_is_one_line_and_nodes_are_numbered_in_order(square, network):
    for root in (square(), network([1.0, 2.0], 3, 1)):
        lines = draw(root).source.splitlines()
        for i in range(len(autograd.topological(root))):
            assert sum(line.strip().startswith(f"n{i} [") for line in lines) <= 1
        assert all(line.count("[") == line.count("]") for line in lines if " [" in line)
    places = [line.split()[0] for line in draw(square()).source.splitlines() if line.startswith("\tn") and " [" in line]
    assert [name for name in places if name != "node" and "->" not in name][:4] == ["n0", "n1", "n2", "n3"]


def test_the_legend_has_the_ends_of_the_scale(square):
    source = draw(square()).source
    for text in (">-6<", ">-1.5<", ">0<", ">1.5<", ">6<", "∂ on an edge"):
        assert text in source


def test_before_backward_the_legend_says_so():
    assert "call backward() first" in draw(Value(2.0) * Value(3.0)).source


def test_the_legend_explains_the_grey_of_nan():
    x = Value(1.0)
    x.grad = math.nan
    assert ">nan</FONT>" in draw(x * 2.0).source


def test_without_gradients_there_is_no_legend(square):
    source = draw(square(), gradients=False).source
    assert "grad" not in source
    assert "∂" not in source


def test_the_picture_says_what_was_collapsed(chain):
    drawing = draw(chain(1000))
    assert drawing.note == "2,001 values, more than max_nodes=300: drawn as 12 stages of depth and 1 value"
    assert drawing.note in drawing.source


def test_parts_are_nested_clusters_with_relative_titles(network):
    source = draw(network([1.0, 2.0], 2, 1)).source
    assert source.count('subgraph "cluster_layers.0" {') == 1
    assert source.count('\t\tsubgraph "cluster_layers.0.neurons.1" {') == 1
    assert "label=<neurons.1>" in source
    assert "cluster" not in draw(network([1.0, 2.0], 2, 1), group=False).source


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_the_direction_is_the_readers_choice(network, rankdir):
    assert f"rankdir={rankdir}" in draw(network([1.0, 2.0], 2, 1), rankdir=rankdir, max_nodes=4).source


def test_parallel_straight_lines_part_at_the_corners(network):
    out = network([1.0, 2.0], 2, 1) - 1.0
    source = draw(out * out, max_nodes=7, rankdir="LR").source
    assert "tailport=ne" in source
    assert "tailport=se" in source
