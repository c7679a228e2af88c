"""Results out of slots: the structure that f gives, in memory of its own."""

from collections import namedtuple

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import compile  # noqa: E402

Point = namedtuple("Point", ["x", "y"])


def test_results_have_the_structure_that_f_gives():
    def f(x, y):
        return {"point": Point(x * y, x), "list": [1.0, (y, -2)], "none": (), "table": numpy.array([[x, 1.0], [y, x]])}

    found = compile(f)(2.0, 3.0)
    assert {k: v for k, v in found.items() if k != "table"} == {
        "point": Point(6.0, 2.0),
        "list": [1.0, (3.0, -2.0)],
        "none": (),
    }
    assert type(found["point"]) is Point
    assert (found["table"].dtype, found["table"].tolist()) == (numpy.float64, [[2.0, 1.0], [3.0, 2.0]])


def test_a_result_may_be_an_argument_a_constant_or_nothing():
    assert compile(lambda x: x)(2.0) == 2.0
    assert compile(lambda x: [x, x, 1, True])(2.0) == [2.0, 2.0, 1.0, 1.0]
    assert compile(lambda x: 7)(2.0) == 7.0
    assert compile(lambda: 7.0)() == 7.0
    assert compile(lambda x: [])(2.0) == []
    assert compile(lambda x: [], in_axes=0)([2.0]) == []
    assert compile(lambda x: x, in_axes=0)([2.0, 3.0]).tolist() == [2.0, 3.0]
    assert compile(lambda x: 7.0, in_axes=0)([2.0, 3.0]).tolist() == [7.0, 7.0]
    assert compile(lambda x: 7.0, in_axes=0, reduce="sum")([2.0, 3.0]) == 14.0
    assert compile(lambda x: numpy.zeros((0, 2)))(2.0).shape == (0, 2)
    assert compile(lambda row: 1.0, in_axes=0)(numpy.zeros((3, 0))).tolist() == [1.0] * 3


def test_results_share_no_memory_with_each_other_or_with_arguments():
    given = numpy.array([1.0, 2.0])
    one, two, same = compile(lambda x: (x * 2.0, x * 2.0, x), in_axes=0)(given)
    one += 100.0
    same += 100.0
    assert two.tolist() == [2.0, 4.0]
    assert given.tolist() == [1.0, 2.0]
    f = compile(lambda a: (a, a))
    one, two = f(given)
    one += 100.0
    assert (two.tolist(), given.tolist()) == ([1.0, 2.0], [1.0, 2.0])
    f(numpy.zeros(2))
    assert two.tolist() == [1.0, 2.0]
