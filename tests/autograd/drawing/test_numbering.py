"""Graphs by numbers."""

from autograd import Value
from autograd.drawing.numbering import number


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
