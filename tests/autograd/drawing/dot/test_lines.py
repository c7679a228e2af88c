"""Long narrow graphs go in lines; others stay as they are."""

from autograd import Value
from autograd.drawing.dot.lines import lines
from autograd.drawing.dot.look import Look
from autograd.drawing.dot.shapes import shapes
from autograd.drawing.sketch.collapse import every_value
from autograd.drawing.sketch.numbering import number


def drawn(root):
    return shapes(every_value(number([root]), 300), Look())


def chain(steps):
    y = Value(0.5, label="x")
    for _ in range(steps):
        y = y.tanh()
    return y


def test_a_short_chain_stays_in_one_line():
    found = drawn(chain(16))
    assert lines(found) == (found.edges, [])


def test_every_other_line_goes_back():
    found = drawn(chain(40))
    edges, turns = lines(found)
    assert len(edges) == len(found.edges)
    assert len(turns) == 6
    back = [edge for edge in edges if edge.attributes.get("dir") == "back"]
    assert 2 * 6 * 2 < len(back) < len(edges) - 2 * 6 * 2
    ends = {edge.attributes["id"]: {edge.tail, edge.head} for edge in edges}
    assert ends == {edge.attributes["id"]: {edge.tail, edge.head} for edge in found.edges}


def test_an_input_that_is_used_in_every_line_holds_no_line_back():
    w = Value(0.5, label="w")
    y = w
    for _ in range(40):
        y = y * w
    edges, turns = lines(drawn(y))
    assert len(turns) == 6
    assert {edge.attributes["constraint"] for edge in edges if "constraint" in edge.attributes} == {"false"}


def test_a_wide_graph_stays_as_it_is():
    x = Value(1.0)
    ys = [x.exp() for _ in range(3)]
    for _ in range(20):
        ys = [y.tanh() for y in ys]
    found = drawn(ys[0] + ys[1] + ys[2])
    assert lines(found) == (found.edges, [])
