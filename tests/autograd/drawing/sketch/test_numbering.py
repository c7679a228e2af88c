"""Graphs by numbers."""

from autograd import Value, apply, grad
from autograd.drawing.sketch.numbering import number
from autograd.ops import IDENTITY


def test_places_are_topological_and_constants_stay_floats():
    x = Value(2.0)
    y = x * x
    z = y + 1.0
    graph = number([z])
    assert [value.data for value in graph.values] == [2.0, 4.0, 5.0]
    assert graph.inputs == [[], [0, 0], [1, 1.0]]
    assert graph.roots == [2]
    assert graph.consumers() == [[1, 1], [2], []]
    assert graph.depths() == [0, 1, 2]


def test_several_roots_share_nodes_and_count_once():
    x = Value(2.0)
    graph = number([x.exp(), x, x])
    assert len(graph.values) == 2
    assert graph.roots == [1, 0]


def test_the_argument_as_a_transform_sees_it_is_passed_over():
    x = Value(3.0, "x")
    graph = number([grad(lambda v: v**3)(x)])
    assert graph.values[0] is x
    assert IDENTITY not in {value.op for value in graph.values}
    assert graph.inputs[1] == [0, 2.0]
    twice = number([x * grad(grad(lambda v: v**3))(x * 1.0)])
    assert IDENTITY not in {value.op for value in twice.values}


def test_a_sum_with_zero_is_passed_over():
    x, y = Value(3.0, "x"), Value(4.0, "y")
    assert len(number([sum([x * x, y])]).values) == 4
    assert len(number([x + 0.0]).values) == 2


def test_an_identity_is_shown_where_it_is_asked_for_or_has_a_label():
    x = Value(3.0, "x")
    same = apply(IDENTITY, x)
    assert number([same]).values == [x, same]
    assert len(number([same * 2.0]).values) == 2
    same.label = "same"
    assert len(number([same * 2.0]).values) == 3
