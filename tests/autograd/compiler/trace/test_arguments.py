"""The structure of arguments: what is told apart, what is a leaf, and which arrays are numbers."""

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from functools import cached_property

import pytest

numpy = pytest.importorskip("numpy")

from autograd import Value  # noqa: E402
from autograd.compiler.trace.arguments import HoldsValues, key_of, parts, row_count, row_key, rows_of  # noqa: E402

Point = namedtuple("Point", ["x", "y"])
Pair = namedtuple("Pair", ["x", "y"])


class Titled(list):
    def __init__(self, items, title):
        super().__init__(items)
        self.title = title


@dataclass
class Weights:
    w: object
    b: object
    power: int = field(default=1, metadata={"static": True})

    @cached_property
    def norm(self):
        return [self.w]


def key(x):
    return key_of(x, [])


def leaves(x):
    found = []
    key_of(x, found)
    return found


DIFFERENT = [
    1.0, [1.0], (1.0,), [1.0, 2.0], [[1.0], 2.0], [1.0, [2.0]], {"a": 1.0}, {"b": 1.0}, {"a": [1.0]}, Point(1.0, 2.0),
    Pair(1.0, 2.0), OrderedDict(a=1.0), defaultdict(list, a=1.0), defaultdict(float, a=1.0), None, [None], [], (),
    Weights(1.0, 2.0), Weights(1.0, 2.0, power=2), Weights(1.0, [2.0]), Titled([1.0], "one"), Titled([1.0], "two"),
    numpy.ones(2), numpy.ones((2, 1)), {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0},
]  # fmt: skip


def test_structures_that_differ_have_keys_that_differ():
    keys = [key(x) for x in DIFFERENT]
    assert len({hash(k) for k in keys}) == len(set(keys)) == len(DIFFERENT)


def test_other_numbers_in_a_structure_have_its_key():
    same = [
        (1.0, 7), (1.0, True), (2.0, numpy.float32(3.0)), (1.0, numpy.array(4.0)), ([1.0], [2]),
        (numpy.ones(2), numpy.zeros(2, int)),
        (Weights(1.0, 2.0), Weights(3, 4)), (defaultdict(list, a=1.0), defaultdict(list, a=2.0)),
        (numpy.ones(2), numpy.array([1, 2.5], dtype=object)), (1.0, numpy.array(2, dtype=object)),
    ]  # fmt: skip
    for one, other in same:
        assert key(one) == key(other)


def test_leaves_are_in_order_and_as_they_were_given():
    assert leaves({"a": [1, (2.0, True)], "b": Point(None, 3.5)}) == [1, 2.0, 1.0, 3.5]
    assert leaves(Weights(1.0, [2.0, 3.0], power=9)) == [1.0, 2.0, 3.0]
    array = numpy.arange(6.0).reshape(2, 3)
    assert leaves([array])[0] is array
    (converted,) = leaves(numpy.array([[1, 2.5]], dtype=object))
    assert (converted.dtype, converted.tolist()) == (float, [[1.0, 2.5]])


def test_what_was_computed_from_numbers_is_not_a_constant():
    one, other = Weights(1.0, 2.0), Weights(3.0, 4.0)
    assert one.norm == [1.0]
    assert key(one) == key(other)


def test_a_constant_that_may_change_is_refused():
    with pytest.raises(TypeError, match=r"the attribute 'title' of a Titled must be hashable, .* got list"):
        key(Titled([1.0], ["may", "change"]))


@pytest.mark.parametrize("x", [Value(1.0), [1.0, Value(1.0)], {"a": (Value(1.0),)}, Weights(1.0, Value(2.0)),
                               numpy.array([1.0, Value(2.0)], dtype=object)])  # fmt: skip
def test_values_are_found_wherever_they_are(x):
    with pytest.raises(HoldsValues):
        key(x)


def test_what_is_not_a_number_is_refused_with_what_to_do():
    for x in ("text", 1j, object(), {1.0}, [1.0, "mode"]):
        with pytest.raises(
            TypeError, match=r"expected a real number .* bind what is not a number with functools.partial"
        ):
            key(x)
    for x in (numpy.array(["x"]), numpy.array([1j]), numpy.array([None]), numpy.array(["2020"], dtype="M8[Y]")):
        with pytest.raises(TypeError, match="expected numbers, got an array of"):
            key(x)
    masked = numpy.ma.array([1.0, 2.0], mask=[False, True])
    for look in (key, rows_of):
        with pytest.raises(TypeError, match=r"some of whose numbers are missing: use its filled\(...\) first"):
            look(masked)
        assert look(numpy.ma.array([1.0, 2.0])) is not None


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_is_refused_since_its_product_is_another():
    with pytest.raises(TypeError, match=r"use numpy\.asarray"):
        key(numpy.matrix([[1.0, 2.0]]))
    assert type(rows_of(numpy.matrix([[1.0, 2.0]]))) is numpy.ndarray


def test_rows_are_those_of_an_array():
    found = []
    assert row_key([[1, 2], [3, 4]], found) == ((2,), "rows")
    assert (found[0].dtype, found[0].tolist()) == (float, [[1.0, 2.0], [3.0, 4.0]])
    mixed = rows_of([[Value(1.0), 2], [True, numpy.float32(0.5)]])
    assert (mixed.dtype, mixed.shape, type(mixed[0, 1]), mixed[1, 0]) == (object, (2, 2), float, 1.0)
    with pytest.raises(HoldsValues):
        row_key([Value(1.0)], [])


def test_the_number_of_rows_is_one_for_all():
    assert row_count([numpy.ones(3), numpy.ones((3, 2))]) == 3
    with pytest.raises(ValueError, match="equally many, got 3, 2, 3"):
        row_count([numpy.ones(3), numpy.ones(2), numpy.ones(3)])
    with pytest.raises(ValueError, match="at least one row"):
        row_count([numpy.ones((0, 2))])


def test_a_number_and_what_is_unknown_are_leaves():
    assert [parts(x) for x in (1.0, True, "text", numpy.ones(2), Value(1.0), Weights)] == [None] * 6
