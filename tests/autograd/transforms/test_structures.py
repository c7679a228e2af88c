from collections import OrderedDict, namedtuple
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.transforms.structures import array_of, fitted, flatten, holds_values, is_array


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
def test_a_leaf_that_is_not_a_number_is_a_type_error_that_names_whose_it_is(tree):
    with pytest.raises(TypeError, match="the argument of my function must consist of numbers"):
        flatten(tree, "the argument of my function")


def test_lists_and_numbers_are_not_arrays():
    assert is_array(np.zeros(2))
    assert not any(map(is_array, ([1.0], 1.0, None, np.float64(1.0), Value(1.0))))


# Subclasses of arrays.


def test_other_kinds_of_arrays_become_plain_ones(tmp_path):
    memory = np.memmap(tmp_path / "numbers", dtype=np.float32, mode="w+", shape=(2, 2))
    memory[:] = [[1.0, 2.0], [3.0, 4.0]]
    for array in (np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]]), memory):
        again = there_and_back(array)
        assert type(again) is np.ndarray
        assert again.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert there_and_back(np.arange(4.0).reshape(2, 2).view(np.recarray)).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    assert type(there_and_back(matrix)) is np.ndarray
    assert there_and_back(matrix).shape == (2, 2)


@pytest.mark.parametrize("array", [
    np.ma.masked_array([1.0, 2.0], [True, False]), np.array(["2020-01-01"], dtype="datetime64[ns]"),
    np.zeros(2, dtype=[("a", float)]), np.array([1j]), np.array(["1.0"]), np.array([None]), np.array([{}]),
], ids=lambda a: str(a.dtype))  # fmt: skip
def test_an_array_that_holds_no_numbers_is_a_type_error(array):
    with pytest.raises(TypeError, match="a test must consist of numbers"):
        flatten(array, "a test")


def test_an_array_without_axes_is_a_number():
    v = Value(2.0)
    held = np.empty((), dtype=object)
    held[()] = v
    numbers, structure = flatten([np.array(3.0), np.array(3), held, np.array(4.0, dtype=object)], "a test")
    assert numbers == [3.0, 3.0, v, 4.0]
    assert [type(x) for x in numbers] == [float, float, Value, float]
    assert structure.shapes == [None] * 4


def test_values_are_found_wherever_they_are():
    v, circle = Value(1.0), []
    circle.append(circle)
    array = array_of([v, 1.0], (2,))
    assert all(map(holds_values, [v, [1.0, (v,)], {"a": {"b": v}}, OrderedDict(a=v), Point(1.0, v), array, [array]]))
    assert not any(map(holds_values, [1.0, None, "ab", [1.0], circle, np.ones(2), np.array([1.0], object), {v: 1.0}]))


# What fits.


def fit(given, model):
    return fitted(given, "a tangent", "the model", flatten(model, "a model")[1])


@pytest.mark.parametrize(("given", "model", "expected"), [
    (np.ones_like(3.0), 3.0, [1.0]), (np.array(2), 3.0, [2.0]), (np.float32(2.0), 3.0, [2.0]), (True, 3.0, [1.0]),
    (np.ones_like([3.0, 4.0]), [3.0, 4.0], [1.0, 1.0]), (np.ones_like((3.0, 4.0)), (3.0, 4.0), [1.0, 1.0]),
    ([1.0, 2.0], np.zeros(2), [1.0, 2.0]), (([1.0], [2.0]), np.zeros((2, 1)), [1.0, 2.0]),
    (np.float32([1.0, 2.0]), np.zeros(2), [1.0, 2.0]), (np.array([1, 2]), np.zeros(2), [1.0, 2.0]),
    (np.array([[1.0, 2.0], [3.0, 4.0]]), [(0.0, 0.0), [0.0, 0.0]], [1.0, 2.0, 3.0, 4.0]),
    ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], np.zeros((2, 2)), [1.0, 2.0, 3.0, 4.0]),
    ({"b": 1.0, "a": [2.0]}, {"a": [0.0], "b": 0.0}, [2.0, 1.0]),
    (OrderedDict(b=1.0, a=2.0), {"a": 0, "b": 0}, [2.0, 1.0]),
    ((1.0, 2.0), Point(0.0, 0.0), [1.0, 2.0]), ([None, 1.0], [None, 0.0], [1.0]), ([], np.zeros(0), []),
])  # fmt: skip
def test_a_nesting_with_the_expected_structure_fits(given, model, expected):
    numbers = fit(given, model)
    assert numbers == expected
    assert all(type(x) is float for x in numbers)


@pytest.mark.parametrize(("given", "model"), [
    (np.ones(1), 3.0), ([1.0], 3.0), (1.0, [3.0]), (np.ones(3), [1.0, 2.0]), (np.ones((1, 2)), np.ones(2)),
    ([1.0, 2.0], np.ones((2, 1))), ([1.0, 2.0], (1.0, 2.0)), ((1.0, 2.0), [1.0, 2.0]), ({"a": 1.0}, {"b": 1.0}),
    (Pair(1.0, 2.0), Point(1.0, 2.0)), ({"a": 1.0}, [1.0]), (1.0, np.ones(1)), (1.0, None), ({"a": 1.0}, 1.0),
])  # fmt: skip
def test_a_different_structure_is_a_value_error_that_shows_both(given, model):
    with pytest.raises(ValueError, match=r"a tangent must have the structure of the model: expected .*, got "):
        fit(given, model)


@pytest.mark.parametrize(("given", "model"), [
    (None, 1.0), ("a", 1.0), (None, [1.0]), ([1.0, "a"], [1.0, 2.0]), (["a"], np.ones(1)), (1j, 1.0),
])  # fmt: skip
def test_a_place_without_a_number_is_a_type_error(given, model):
    with pytest.raises(TypeError, match="a tangent must consist of numbers"):
        fit(given, model)
