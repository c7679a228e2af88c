"""What is written in boxes."""

import html
import math
import re

import autograd
from autograd import OPS, Op, Value
from autograd.drawing.dot import boxes
from autograd.drawing.dot.look import Look
from autograd.drawing.sketch.collapse import collapsed
from autograd.drawing.sketch.numbering import number


def texts(label):
    """The texts of an HTML-like label, in order."""
    return [html.unescape(text) for text in re.findall(">([^<>]+)<", label)]


def summary(sketch, kind):
    """What is written in the first box of a kind."""
    group = next(group for group in sketch.groups if group.kind == kind)
    values = [sketch.graph.values[i] for i in group.members]
    return texts(boxes.group_box(sketch.graph, group, values, Look()))


def test_a_value_shows_label_number_and_gradient():
    x = Value(0.0123, label="x")
    x.grad = 1.2e-05
    assert texts(boxes.value_box(x, (), Look())) == ["x", "data", "0.0123", "grad", "1.2e-05"]
    assert texts(boxes.value_box(x, (), Look(gradients=False))) == ["x", "data", "0.0123"]


def test_a_label_is_relative_to_the_parts_around():
    bias = Value(0.0, label="layers.0.neurons.3.bias")
    assert texts(boxes.value_box(bias, ("layers.0", "layers.0.neurons.3"), Look(gradients=False)))[0] == "bias"
    assert texts(boxes.value_box(bias, (), Look(gradients=False)))[0] == "layers.0.neurons.3.bias"


def test_a_tooltip_has_the_exact_numbers():
    x = Value(0.1 + 0.2, label="x")
    assert boxes.value_tooltip(x, gradients=True) == "x: data 0.30000000000000004, grad 0.0"
    assert boxes.value_tooltip(Value(1.0), gradients=False) == "data 1.0"


def test_few_constants_are_written_out_and_many_counted():
    assert boxes.numbers_box([1.0, -2.5], 4) == "1, -2.5"
    assert texts(boxes.numbers_box([0.5] * 1000 + [2.0], 4)) == ["1,001 numbers", "0.5 … 2"]


def test_weights_are_counted_with_their_range(network):
    sketch = collapsed(number([network([1.0, 2.0, 3.0], 1)]), 300)
    assert summary(sketch, "weights") == ["3 weights", "data", "-0.5 … 0.75", "grad", "0"]


def test_a_part_says_how_many_parameters_operations_and_passes_it_has(network):
    sketch = collapsed(number([network([1.0, 2.0], 3, 1, passes=5)]), 10)
    assert summary(sketch, "part")[:4] == ["neurons.0", "3 parameters", "5 dot, 5 relu", "5 passes"]


def test_like_operations_and_stages_are_counted(chain):
    wide = collapsed(number([autograd.sum([Value(float(i)).tanh() for i in range(20)])]), 10)
    assert summary(wide, "run")[0] == "20 leaves"
    deep = collapsed(number([chain(30)]), 2)
    assert summary(deep, "stage")[:5] == ["60 values", "leaves", "1", "by", "30 \N{MULTIPLICATION SIGN}, 29 +"]


def test_the_strongest_gradient_colours_a_box():
    values = [Value(0.0), Value(0.0), Value(0.0)]
    for value, grad in zip(values, (0.5, -2.0, 1.0), strict=True):
        value.grad = grad
    assert boxes.strongest(values) == -2.0
    values[0].grad = math.nan
    assert math.isnan(boxes.strongest(values))


def test_signs_and_names():
    written = {op.name: boxes.symbol(op) for op in OPS}
    assert written["add"] == "+"
    assert written["mul"] == "\N{MULTIPLICATION SIGN}"
    assert written["tanh"] == "tanh"
    assert written["dot"] == "dot"


def test_an_op_of_the_user_shows_its_name_in_short():
    assert boxes.symbol(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))) == "cube"
    assert boxes.symbol(Op("mul", lambda x: x, lambda x, z: (1.0,))) == "mul"
    assert boxes.symbol(Op("a\n" * 100, lambda x: x, lambda x, z: (1.0,))) == "a\\na\\na\\na\\na\\n…"


def test_an_op_of_the_user_shows_its_own_symbol():
    assert boxes.symbol(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,), symbol="x³")) == "x³"
    assert boxes.symbol(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,), symbol="\n")) == "\\n"
