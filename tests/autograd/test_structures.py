from collections import OrderedDict, namedtuple
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.structures import array_of, flatten, is_array


class Point(NamedTuple):
    x: float
    y: float


Pair = namedtuple("Pair", "left right")


def there_and_back(tree):
    numbers, structure = flatten(tree, "a test")
    return structure.unflatten(numbers)


trees = st.recursive(
    st.floats(allow_nan=False),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=4),
        st.builds(Point, inner, inner),
    ),
    max_leaves=20,
)


@given(trees)
def test_a_nesting_is_put_together_as_it_was(tree):
    again = there_and_back(tree)
    assert again == tree
    assert repr(again) == repr(tree)


@given(trees)
def test_other_numbers_go_to_the_same_places(tree):
    numbers, structure = flatten(tree, "a test")
    counted, _ = flatten(structure.unflatten([float(k) for k in range(len(numbers))]), "a test")
    assert counted == list(range(len(numbers)))


def test_a_number_is_a_nesting_of_one():
    assert there_and_back(3) == 3.0
    assert type(there_and_back(np.float32(3.0))) is float


def test_a_value_is_kept_as_it_is():
    v = Value(3.0)
    assert there_and_back([v, {"a": v}])[1]["a"] is v


def test_named_tuples_keep_their_type():
    assert there_and_back(Point(1.0, Pair(2.0, [3.0]))) == Point(1.0, Pair(2.0, [3.0]))
    assert type(there_and_back(Point(1.0, Pair(2.0, 3.0))).y) is Pair


def test_dicts_keep_their_order():
    assert list(there_and_back({"b": 1.0, "a": 2.0})) == ["b", "a"]
    assert list(there_and_back(OrderedDict(b=1.0, a=2.0))) == ["b", "a"]


def test_empty_nestings_are_kept():
    for tree in ([], (), {}, [[], ()], {"a": []}):
        assert there_and_back(tree) == tree


@pytest.mark.parametrize("array", [
    np.array([1.0, 2.0]), np.arange(6.0).reshape(2, 3), np.zeros(0), np.zeros((2, 0, 3)),
    np.arange(6.0).reshape(2, 3).T,
    np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(10.0)[::-2], np.broadcast_to(1.5, (2, 2)),
    np.float32([1.5, 2.5]),
], ids=lambda a: str(a.shape))  # fmt: skip
def test_arrays_keep_their_shape_and_become_float64(array):
    again = there_and_back([array])[0]
    assert again.dtype == np.float64
    assert again.shape == array.shape
    assert np.array_equal(again, array)


@pytest.mark.parametrize(
    "array", [np.array([1, 2]), np.array([True, False]), np.array([[1, 2], [3, 4]], dtype=np.uint8)]
)
def test_arrays_of_whole_numbers_and_truths_become_float64(array):
    again = there_and_back(array)
    assert again.dtype == np.float64
    assert np.array_equal(again, array)


def test_an_array_of_values_is_an_object_array():
    values = [Value(float(k)) for k in range(4)]
    array = array_of(values, (2, 2))
    assert array.dtype == object
    assert all(a is b for a, b in zip(array.ravel(), values, strict=True))
    assert there_and_back(array)[1, 0] is values[2]


def test_an_array_of_one_value_is_an_object_array():
    for shape in ((), (1,), (1, 1)):
        assert array_of([Value(2.0)], shape).shape == shape
        assert array_of([Value(2.0)], shape).dtype == object


def test_an_array_of_values_and_floats_mixed_is_taken_apart():
    array = np.empty(2, dtype=object)
    array[:] = [Value(1.0), 2.0]
    numbers, structure = flatten(array, "a test")
    assert numbers == [1.0, 2.0]
    assert structure.shapes == [(2,)]


def test_the_structure_prints_what_was_nested():
    assert str(flatten([1.0, {"w": np.zeros((2, 3))}], "a test")[1]) == "['number', {'w': 'array[2, 3]'}]"


@pytest.mark.parametrize(
    "tree",
    [
        "abc",
        1j,
        {"a": print},
        [1.0, "x"],
        [1.0, {2.0}],
        np.array(["a"]),
        np.array([1j]),
        np.array([None]),
        object(),
        {1.0: print},
    ],
)
def test_a_leaf_that_is_no_number_is_a_type_error_that_names_whose_it_is(tree):
    with pytest.raises(TypeError, match="the argument of my function must consist of numbers"):
        flatten(tree, "the argument of my function")


def test_lists_and_numbers_are_no_arrays():
    assert is_array(np.zeros(2))
    assert not any(map(is_array, ([1.0], 1.0, None, np.float64(1.0), Value(1.0))))
