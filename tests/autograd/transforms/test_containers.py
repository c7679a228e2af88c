from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType, SimpleNamespace
from typing import ClassVar

import pytest

from autograd import Value, compile, grad, hessian, jacobian, jvp, vjp
from autograd.transforms.containers import contents
from autograd.transforms.structures import flatten


class Named(dict):
    def __init__(self, name, **numbers):
        super().__init__(numbers)
        self.name = name


class Ordered(OrderedDict):
    def __init__(self, name, items):
        super().__init__(items)
        self.name = name


class Series(list):
    __slots__ = ("unit",)

    def __init__(self, unit, numbers):
        super().__init__(numbers)
        self.unit = unit


class Vector(tuple):
    def __new__(cls, x, y):
        made = super().__new__(cls, (x, y))
        made.frame = "world"
        return made

    def dot(self, other):
        return self[0] * other[0] + self[1] * other[1]


class Point(namedtuple("Point", "x y")):
    __slots__ = ()

    def __new__(cls, x, y=1.0):
        assert isinstance(x, float)
        return super().__new__(cls, x, y)


@dataclass
class Plain:
    x: float
    y: list = field(default_factory=lambda: [1.0, 2.0])
    count: ClassVar[int] = 3

    def __repr__(self):
        return f"{self.x:.3f}"


@dataclass(frozen=True, slots=True)
class Frozen:
    x: float
    y: float = 2.0
    name: str = field(default="frozen", metadata={"static": True})

    def __post_init__(self):
        assert isinstance(self.x, float)


@dataclass
class Derived:
    side: float
    area: float = field(init=False)

    def __post_init__(self):
        self.area = self.side**2

    @cached_property
    def double(self):
        return self.side * 2.0


def there_and_back(tree):
    numbers, structure = flatten(tree, "a test")
    return structure.unflatten(numbers)


def test_subclasses_keep_their_type_and_attributes_without_a_call_of_the_class():
    named = there_and_back(Named("weights", b=1.0, a=2.0))
    assert (type(named), named.name, list(named.items())) == (Named, "weights", [("b", 1.0), ("a", 2.0)])
    ordered = there_and_back(Ordered("steps", [("b", 1.0), ("a", 2.0)]))
    assert (type(ordered), ordered.name) == (Ordered, "steps")
    ordered.move_to_end("b")
    assert list(ordered) == ["a", "b"]
    series = there_and_back(Series("m", [1.0, 2.0]))
    assert (type(series), series.unit, list(series)) == (Series, "m", [1.0, 2.0])
    vector = there_and_back(Vector(1.0, 2.0))
    assert (type(vector), vector.frame, tuple(vector)) == (Vector, "world", (1.0, 2.0))
    point = there_and_back(Point(1.0))
    assert (type(point), point.y) == (Point, 1.0)


def test_dicts_of_the_standard_library_keep_their_kind():
    kept = there_and_back(defaultdict(list, a=1.0))
    assert type(kept) is defaultdict
    assert kept["new"] == []
    assert type(there_and_back(OrderedDict(a=1.0))) is OrderedDict
    assert there_and_back(Counter("aab")) == Counter({"a": 2.0, "b": 1.0})
    assert type(there_and_back(Counter("aab"))) is Counter


def test_dataclasses_keep_their_kind():
    assert there_and_back(Plain(1.0)) == Plain(1.0)
    assert there_and_back(Frozen(3.0, name="mine")) == Frozen(3.0, name="mine")
    again = there_and_back(Derived(3.0))
    assert (again.side, again.area) == (3.0, 9.0)
    unset = Derived.__new__(Derived)
    unset.side = 1.0
    assert there_and_back(unset).side == 1.0
    assert not hasattr(there_and_back(unset), "area")


def test_what_was_computed_once_from_the_old_numbers_is_computed_again():
    given = Derived(3.0)
    assert given.double == 6.0
    assert grad(lambda p: p.double)(given) == there_and_back(grad(lambda p: p.side * 2.0)(given))
    assert grad(lambda p: p.double)(given).side == 2.0


def test_the_gradient_is_a_container_of_the_same_kind():
    gradient = grad(lambda p: p.x * p.y[0] * p.count)(Plain(2.0))
    assert (type(gradient), gradient.x, gradient.y) == (Plain, 3.0, [6.0, 0.0])
    assert grad(lambda p: p.x**2 * p.y)(Frozen(3.0)) == Frozen(12.0, 9.0)
    assert grad(lambda v: v.dot(v))(Vector(1.0, 2.0)).frame == "world"
    assert grad(lambda p: p["a"] * p["b"])(Named("n", a=2.0, b=3.0)).name == "n"
    gradient = grad(lambda p: p["a"] * p["unknown"])(defaultdict(lambda: 7.0, a=2.0))
    assert (dict(gradient), gradient["x"]) == ({"a": 7.0}, 7.0)
    assert vars(grad(lambda p: p.area * p.side)(Derived(2.0))) == {"side": 4.0, "area": 2.0}


def test_results_may_be_such_containers_too():
    matrix = jacobian(lambda x: OrderedDict(a=x, b=x**2))(3.0)
    assert matrix == OrderedDict(a=1.0, b=6.0)
    assert type(matrix) is OrderedDict
    output, pull = vjp(lambda p: Plain(p.x * 2.0, [p.x]), Plain(3.0))
    assert (type(output), output.x) == (Plain, 6.0)
    assert pull(Plain(1.0, [10.0]))[0] == Plain(12.0, [0.0, 0.0])
    assert jvp(lambda p: p, (Frozen(1.0),), (Frozen(2.0, 3.0),)) == (Frozen(1.0), Frozen(2.0, 3.0))
    curvature = hessian(lambda p: p.x**2 * p.y)(Frozen(3.0, 5.0))
    assert (type(curvature), curvature.x, curvature.y) == (Frozen, Frozen(10.0, 6.0), Frozen(6.0, 0.0))


def test_values_in_such_containers_give_values():
    x = Value(3.0)
    for argument in (OrderedDict(x=x), defaultdict(float, x=x), Named("n", x=x)):
        assert type(grad(lambda p: p["x"] ** 2)(argument)["x"]) is Value
    assert type(grad(lambda p: p.x**2)(Plain(x)).x) is Value
    scale = Plain(x)
    assert type(grad(lambda y, p: y * p.x)(2.0, scale)) is Value
    assert grad(lambda x: grad(lambda p: p.x**3)(Plain(x)).x)(2.0) == 12.0


def test_static_fields_and_arguments_are_passed_on_as_they_are():
    seen = []
    data = object()
    grad(lambda p, other: seen.append((p.name, other)) or p.x)(Frozen(1.0, name="mine"), data)
    assert seen == [("mine", data)]
    circle = []
    circle.append(circle)
    assert grad(lambda x, other: x * len(other))(2.0, circle) == 1.0


def test_none_is_an_empty_structure():
    assert there_and_back([None, {"a": None}, (None, 1.0), None]) == [None, {"a": None}, (None, 1.0), None]
    assert grad(lambda p: p["w"] ** 2)({"w": 2.0, "bias": None}) == {"w": 4.0, "bias": None}
    assert grad(lambda x, y: x**2, argnums=(0, 1))(2.0, None) == (4.0, None)
    assert jacobian(lambda x: [x, None])(2.0) == [1.0, None]
    assert jvp(lambda p: p, ([1.0, None],), ([2.0, None],)) == ([1.0, None], [2.0, None])
    assert compile(lambda p: [p * 2.0, None])(1.0) == [2.0, None]
    with pytest.raises(TypeError, match="tangents"):
        jvp(lambda p: p, ([1.0, None],), ([None, 2.0],))


@pytest.mark.parametrize(("thing", "advice"), [
    (deque([1.0]), "list"), (range(3), "list"), (iter([1.0]), "list"), ({1.0}, "sorted"), (frozenset([1.0]), "sorted"),
    (MappingProxyType({"a": 1.0}), "dict"), (ChainMap({"a": 1.0}), "dict"), (UserDict(a=1.0), "dict"),
    (SimpleNamespace(a=1.0), "got SimpleNamespace"), (Plain, "got type"), ("1.0", "number"), (b"1", "number"),
], ids=lambda x: type(x).__name__)  # fmt: skip
def test_other_containers_are_a_type_error_that_says_what_is_allowed(thing, advice):
    with pytest.raises(TypeError, match=f"an argument of .*must consist of numbers.*lists.*dataclasses.*{advice}"):
        grad(lambda x: 1.0)(thing)
    with pytest.raises(TypeError, match=r"the result of .*must consist of numbers"):
        jacobian(lambda x: thing)(1.0)


def test_a_field_that_is_not_a_number_is_named_and_may_be_marked():
    @dataclass
    class Layer:
        w: float
        name: str

    with pytest.raises(TypeError, match=r"in the field 'name' of Layer.*static"):
        grad(lambda p: p.w)(Layer(1.0, "first"))


def test_tables_of_pandas_are_a_type_error_that_says_what_to_do():
    pandas = pytest.importorskip("pandas")
    for table in (pandas.Series([1.0, 2.0], index=[1, 0]), pandas.DataFrame({"a": [1.0]})):
        with pytest.raises(TypeError, match=r"to_numpy\(\)"):
            grad(lambda v: v[0])(table)


def test_contents_of_anything_else_are_none():
    assert [contents(x) for x in (1.0, "ab", None, Value(1.0), {1.0}, Plain)] == [None] * 6
