"""The backward pass frame by frame: backward's order, its gradients in the end, the chain rule in numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, topological
from autograd.drawing import draw
from autograd.drawing.dot.text import short, span
from autograd.drawing.film import frames as frames_module
from autograd.drawing.film.frames import film
from nn import MLP
from nn.losses import hinge

pytest.importorskip("graphviz")


def example():
    x, y = Value(3.0, "x"), Value(5.0, "y")
    z = ((x * x + x * y) / 30.0).tanh() - 0.5 * y
    z.label = "z"
    return z


def network(rows=1):
    model = MLP(2, [3, 1], seed=1)
    loss = hinge([model([0.5 - k, 1.0]) for k in range(rows)], [1] * rows)
    loss.label = "loss"
    return loss


def shown_at_the_end(reel):
    """What the boxes show after the last frame."""
    shown = {}
    for frame in reel.frames:
        shown |= {change.box: change.gradient for change in frame.changes}
    return shown


@given(data=st.data())
def test_frames_visit_every_operation_in_backwards_order_and_end_in_its_gradients(programs, data):
    program = data.draw(programs)
    inputs = [Value(x) for x in program.inputs]
    root = autograd.sum(program.nodes(*inputs)[len(inputs) :])
    reel = film(draw(root).sketch)
    order = topological(root)
    assert all(node.grad == 0.0 for node in order)
    root.backward()
    made = [f"n{place}" for place, node in enumerate(order) if node.op is not None]
    assert [frame.box for frame in reel.frames] == [made[-1], *reversed(made)]
    assert shown_at_the_end(reel) == {f"n{place}": short(node.grad) for place, node in enumerate(order)}


def test_each_line_is_the_chain_rule_for_one_input_in_numbers():
    first, minus, half, *_, last = film(draw(example()).sketch).frames
    assert (first.heading, first.lines) == ("backward() starts at z with dz/dz = 1", [])
    assert minus.heading == "z = v5 - v6 passes on dz/dz = 1"
    assert minus.lines == ["dz/dv5 += dz/dz * dz/dv5 = 1 * 1 = 1", "dz/dv6 += dz/dz * dz/dv6 = 1 * (-1) = -1"]
    assert half.heading == "v6 = 0.5 * y passes on dz/dv6 = -1"
    assert half.lines == ["dz/dy += dz/dv6 * dv6/dy = -1 * 0.5 = -0.5"]
    assert last.lines[1].startswith("dz/dx += dz/dv1 * dv1/dx = 0.01864 * 3 = 0.05591, so far 0.20")


def test_the_users_gradients_and_labels_are_not_touched():
    z = example()
    z.backward(7.0)
    before = [(node.grad, node.label) for node in topological(z)]
    assert shown_at_the_end(film(draw(z).sketch))["n8"] == "1"
    assert [(node.grad, node.label) for node in topological(z)] == before


def test_the_weights_of_a_neuron_share_a_box_that_shows_their_range():
    loss = network()
    reel = film(draw(loss).sketch)
    loss.backward()
    weights = [node.grad for node in topological(loss) if node.label.startswith("layers.0.neurons.0.weights")]
    (box,) = [name for name, about in reel.boxes.items() if about == "2 values of layers.0.neurons.0"]
    assert shown_at_the_end(reel)[box] == span(weights)


def test_operations_in_one_box_are_one_frame():
    loss = network(rows=40)
    reel = film(draw(loss, max_nodes=30).sketch)
    assert len(reel.frames) < len([node for node in topological(loss) if node.op is not None])
    said = r"\d+ operations of layers\.0.* pass their gradients on"
    assert any(re.fullmatch(said, frame.heading) for frame in reel.frames)


def test_a_long_film_ends_with_all_that_is_left(monkeypatch):
    monkeypatch.setattr(frames_module, "MOST_FRAMES", 3)
    z = example()
    reel = film(draw(z).sketch)
    assert [frame.heading for frame in reel.frames][-1] == "4 operations pass their gradients on"
    z.backward()
    assert shown_at_the_end(reel)["n0"] == short(topological(z)[0].grad)


def test_a_node_with_many_inputs_says_how_many_lines_are_left_out():
    root = autograd.sum([Value(1.0, f"x{k}") for k in range(30)])
    lines = film(draw(root).sketch).frames[1].lines
    assert len(lines) == 9
    assert lines[-1] == "... and 22 inputs more"


def test_a_node_without_a_derivative_passes_nothing_on():
    x = Value(-1.0, "x")
    y = x.relu().log()
    y.label = "y"
    *_, last = film(draw(y).sketch).frames
    assert last.lines == ["dy/dx += dy/dv1 * dv1/dx = inf * 0 = 0"]
    y.backward()
    assert x.grad == 0.0


def test_the_argument_of_grad_is_passed_over():
    x = Value(3.0, "x")
    slope = x * autograd.grad(lambda v: v**2)(x)
    slope.label = "slope"
    reel = film(draw(slope).sketch)
    said = [frame.heading for frame in reel.frames]
    assert said[3] == "v1 = x passes on dslope/dv1 = 6"
    assert not [heading for heading in said if "identity" in heading]
    slope.backward()
    assert shown_at_the_end(reel)["n0"] == short(x.grad) == "12"


def test_a_drawing_of_several_roots_is_refused():
    x = Value(1.0)
    with pytest.raises(ValueError, match="starts from one Value, and this drawing has 2"):
        draw([x * 2.0, x * 3.0]).player()
