"""Compiled methods: bound to instances, which are no arguments, and kept no longer than these."""

import gc
import inspect
import weakref
from collections import namedtuple
from functools import cached_property, partial

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, compile, grad  # noqa: E402


class Model:
    def __init__(self, w, scale=1.0):
        self.w, self.scale = Value(w), scale

    @compile
    def loss(self, x):
        """Return the loss."""
        return self.w * x * self.scale

    @partial(compile, in_axes=(None, 0), reduce="sum")
    def total(self, a, x):
        return a * self.w * x

    @classmethod
    @compile
    def doubled(cls, x):
        return x * cls.factor

    @compile
    @classmethod
    def also_doubled(cls, x):
        return x * cls.factor

    @staticmethod
    @compile
    def tripled(x):
        return x * 3.0

    @compile
    @staticmethod
    def also_tripled(x):
        return x * 3.0

    @property
    @compile
    def norm(self):
        return self.w * self.w

    @cached_property
    @compile
    def root(self):
        return autograd.sqrt(self.w)

    factor = 2.0


class Wider(Model):
    factor = 20.0

    def loss(self, x):
        return super().loss(x) + 1.0


def test_a_method_is_that_of_its_instance():
    one, other = Model(2.0), Model(3.0, scale=10.0)
    for _ in range(3):
        assert (one.loss(3.0), other.loss(3.0)) == (6.0, 90.0)
        assert (one.total(1.0, [1.0, 2.0]), other.total(2.0, x=[1.0, 2.0])) == (6.0, 18.0)
    one.w.data = 5.0
    assert (one.loss(3.0), other.loss(x=3.0), Wider(2.0).loss(3.0)) == (15.0, 90.0, 7.0)
    assert (Model.loss(one, 3.0), Model.loss(other, x=3.0), Model.total(one, 1.0, [1.0])) == (15.0, 90.0, 5.0)


def test_class_methods_static_methods_and_properties():
    model = Model(4.0)
    for _ in range(3):
        assert [x.doubled(1.5) for x in (model, Model, Wider, Wider(1.0))] == [3.0, 3.0, 30.0, 30.0]
        assert [x.also_doubled(1.5) for x in (model, Model, Wider, Wider(1.0))] == [3.0, 3.0, 30.0, 30.0]
        assert [x.tripled(1.5) for x in (model, Model)] == [4.5, 4.5]
        assert [x.also_tripled(1.5) for x in (model, Model)] == [4.5, 4.5]
        assert (model.norm, model.root) == (16.0, 2.0)
    model.w.data = 3.0
    assert (model.norm, Model(5.0).norm) == (9.0, 25.0)


def test_a_class_given_as_an_argument_is_the_class_of_a_class_method():
    assert Model.__dict__["doubled"].__func__(Model, 1.5) == 3.0  # as Python calls it from 3.13 on


def test_derivatives_go_through_methods():
    model = Model(2.0)
    assert grad(model.loss)(1.0) == 2.0
    assert grad(lambda a: model.total(a, [1.0, 2.0]))(1.0) == 6.0
    x = Value(3.0)
    model.loss(x).backward()
    assert (x.grad, model.w.grad) == (2.0, 3.0)
    assert model.total(x, [1.0]).data == 6.0
    assert compile(model.loss)(3.0) == 6.0


def test_each_instance_is_recorded_once_for_a_structure():
    calls = []

    class Counted:
        @compile
        def f(self, x):
            calls.append(self)
            return x[0] if isinstance(x, list) else x

    one, other = Counted(), Counted()
    for _ in range(3):
        for instance in (one, other):
            assert (instance.f(1.0), instance.f([2.0])) == (1.0, 2.0)
    assert calls == [one, one, other, other]


def test_instances_are_let_go():
    model = Model(2.0)
    for _ in range(4):  # so that C calls them
        model.loss(3.0), model.total(1.0, [1.0, 2.0]), model.norm
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    kept = Model(2.0).loss  # a bound method keeps its instance, as Python's do
    gc.collect()
    assert kept(3.0) == 6.0


def test_instances_with_slots_and_tuples_have_methods():
    class Slotted:
        __slots__ = ("w",)

        @compile
        def f(self, x):
            return self.w * x

    class Pair(namedtuple("Pair", ["a", "b"])):
        @compile
        def f(self, x):
            return self.a * x + self.b

    many = [Slotted() for _ in range(40)]
    for k, instance in enumerate(many):
        instance.w = float(k)
    for _ in range(2):
        assert [instance.f(2.0) for instance in many] == [2.0 * k for k in range(40)]
    assert [Pair(1.0, 2.0).f(3.0), Pair(2.0, 5.0).f(3.0)] == [5.0, 11.0]


def test_a_method_describes_itself():
    model = Model(2.0)
    model.loss(3.0)
    assert (model.loss.__name__, model.loss.__doc__) == ("loss", "Return the loss.")
    assert list(inspect.signature(model.loss).parameters) == ["x"]
    assert (model.loss == model.loss, model.loss == Model(2.0).loss) == (True, False)
    assert len({model.loss, model.loss}) == 1
    assert repr(model.loss).startswith("<compiled method Model.loss of <")
    assert str(model.loss.program).endswith("return v2")
    assert model.loss.f(3.0).data == 6.0
    assert isinstance(Model.loss, type(compile(abs)))
    with pytest.raises(AttributeError):
        model.loss.unknown  # noqa: B018


def test_a_function_that_is_not_a_method_stays_a_function():
    bound = Model(2.0).loss

    class Other:
        f = bound
        g = compile(partial(lambda x, y: x * y, 2.0))

    assert (Other().f(3.0), Other().g(3.0)) == (6.0, 6.0)


def test_errors_of_a_method_are_those_of_a_function():
    model = Model(2.0)
    with pytest.raises(TypeError):
        model.loss()
    with pytest.raises(TypeError, match="expected a real number"):
        model.loss("text")
    with pytest.raises(TypeError, match="expected a real number"):
        Model.loss(object(), 3.0)
    with pytest.raises(ValueError, match=r"in_axes has 2 entries for 1 argument\(s\)"):
        model.total([1.0])
    with pytest.raises(TypeError, match="compile needs a function, got property"):
        compile(Model.__dict__["norm"])
