"""Stand-ins: a function that reads Values by itself is checked without anything live being seen changed."""

import copy
import functools
import threading
from collections import OrderedDict, deque

import numpy
import pytest

import autograd
import nn
from autograd import Value
from autograd.errors import GradientMismatchError
from autograd.testing import check_grads, check_model, numerical_grad
from nn.module import Module, parts

WEIGHT = Value(0.7, label="weight")
HELD = {"inner": [Value(0.3)]}


def read_a_global():
    return autograd.sin(WEIGHT) * WEIGHT


def read_through_another_function():
    return read_a_global() + 1.0


def read_in_a_comprehension():
    return autograd.sum([v * v for v in HELD["inner"]])


def seen(model):
    """Everything one may look at: numbers, gradients, classes and flags, by name."""
    every = [("", model), *parts(model)]
    flags = {name: (type(part), part.training) for name, part in every if isinstance(part, Module)}
    return flags, {n: (p.data, p.grad, p.label, type(p)) for n, p in model.named_parameters()}


class Meddling(Module):
    """A model whose call changes its own flags, numbers and gradients, as a model may."""

    def __init__(self):
        self.net = nn.MLP(2, [2, 1], activation="tanh", seed=1)
        self.rest = [nn.Dropout(0.5, seed=1), {"scale": Value(1.5)}]
        self.calls = 0
        self.act = self.scaled

    def scaled(self, y):
        return y * self.rest[1]["scale"]

    def __call__(self, x):
        self.calls += 1
        self.eval()
        y = self.act(self.rest[0](self.net(x)))
        y.backward()
        return y


def live_checks(model, check):
    """Run a check whose loss looks at the live model each time; return how often it looked."""
    before = seen(model)
    looks = []

    def loss(prediction, target):
        looks.append(seen(before_model()) == before)
        return nn.losses.mse(prediction, target)

    before_model = functools.partial(REGISTER.get, "model")
    REGISTER["model"] = model
    try:
        check(loss)
    finally:
        REGISTER.clear()
    assert all(looks)
    assert seen(model) == before
    return len(looks)


REGISTER: dict = {}


@pytest.mark.parametrize(
    "make", [lambda: nn.MLP(2, [3, 1], activation="tanh", seed=1), Meddling], ids=["MLP", "meddling"]
)
def test_a_loss_that_looks_at_the_live_model_never_sees_it_changed(make):
    model = make()
    model.parameters()[0].grad = 5.0
    assert live_checks(model, lambda loss: check_model(model, [0.5, -1.0], 0.3, loss)) > 50
    for check in (check_grads, numerical_grad):
        looks = live_checks(
            model, lambda loss, check=check: check(lambda: loss(model([0.5, -1.0]), 0.3), model.parameters())
        )
        assert looks > 50


def test_another_thread_never_sees_a_parameter_changed():
    model = nn.MLP(2, [2, 1], activation="tanh", seed=1)
    before = seen(model)
    ask, answer, found = threading.Semaphore(0), threading.Semaphore(0), []

    def look():
        while ask.acquire() and "model" in REGISTER:
            found.append(seen(model) == before)
            answer.release()

    def loss(prediction, target):
        ask.release()
        answer.acquire()
        return nn.losses.mse(prediction, target)

    REGISTER["model"] = model
    thread = threading.Thread(target=look)
    thread.start()
    try:
        check_model(model, [0.5, -1.0], 0.3, loss)
    finally:
        REGISTER.clear()
        ask.release()
        thread.join()
    assert len(found) > 50
    assert all(found)


@pytest.mark.parametrize("k", range(0, 120, 7))
def test_an_interruption_leaves_everything_as_it_was(k):
    model = Meddling()
    before, calls = seen(model), []

    def loss(prediction, target):
        calls.append(1)
        if len(calls) > k:
            raise KeyboardInterrupt
        return nn.losses.mse(prediction, target)

    with pytest.raises(KeyboardInterrupt):
        check_model(model, [0.5, -1.0], 0.3, loss)
    assert seen(model) == before
    assert model.calls == 0


def of_a_default():
    w = Value(0.7)
    return (lambda w=w: w * w), [w]


def of_a_keyword():
    w = Value(0.7)

    def f(*, w=w):
        return w**3

    return f, [w]


def of_a_partial():
    w = Value(0.7)
    return functools.partial(lambda a, b: a * autograd.sin(b), 2.0, w), [w]


def of_a_decorated_function():
    w = Value(0.7)

    def f():
        return autograd.exp(w)

    @functools.wraps(f)
    def twice():
        return 2.0 * f()

    return twice, [w]


def of_a_method():
    class Line:
        __slots__ = ("_Line__hidden", "w")

        def __init__(self):
            self.w, self.__hidden = Value(0.7), Value(0.2)

        def loss(self):
            return self.w * self.__hidden

        def values(self):
            return [self.w, self.__hidden]

    line = Line()
    return line.loss, line.values()


def of_containers():
    a, b, c, d, e = values = [Value(0.1 * k + 0.3) for k in range(5)]
    pair = (a, [b])
    held = OrderedDict(pair=pair, queue=deque([c]), group=frozenset([d]), array=numpy.array([[e, 2.0]], dtype=object))

    def f():
        (g,) = held["group"]
        return held["pair"][0] * held["pair"][1][0] + held["queue"][0] * g + held["array"].sum()

    return f, values


def of_keys():
    w = Value(0.7)
    rates = {w: 0.1}
    return (lambda: autograd.sum([v * v * rate for v, rate in rates.items()])), [w]


def of_a_circle():
    w = Value(0.7)
    node = {"w": w}
    node["self"] = [node]
    return (lambda: node["self"][0]["self"][0]["w"] ** 2), [w]


def of_an_inner_gradient():
    w = Value(0.7)
    return (lambda: w * autograd.grad(lambda x: autograd.sin(w * x))(0.4)), [w]


def of_a_chain_of_functions():
    w = Value(0.7)

    def inner(x):
        return w * x

    def middle(x):
        return inner(x) + inner(2.0 * x)

    return (lambda: middle(0.3) ** 2), [w]


def of_a_global():
    return read_through_another_function, [WEIGHT]


def of_a_global_container():
    return read_in_a_comprehension, HELD["inner"]


WAYS = [
    of_a_default, of_a_keyword, of_a_partial, of_a_decorated_function, of_a_method, of_containers, of_keys,
    of_a_circle, of_an_inner_gradient, of_a_chain_of_functions, of_a_global, of_a_global_container,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_values_are_found_wherever_a_function_holds_them(way):
    f, values = way()
    before = [(v.data, v.grad, v.op, v.label) for v in values]
    check_grads(f, values, order=2)
    assert numerical_grad(f, values)[0] == pytest.approx(gradient_of(f, values))
    assert [(v.data, v.grad, v.op, v.label) for v in values] == before


def gradient_of(f, values, step=1e-5):
    """Central differences, by writing to the live Values."""
    gradient = []
    for v in values:
        x, ends = v.data, []
        for v.data in (x + step, x - step):
            y = f()
            ends.append(y.data if isinstance(y, Value) else y)
        v.data = x
        gradient.append((ends[0] - ends[1]) / (2.0 * step))
    return gradient


def test_a_subclass_keeps_its_attributes():
    class Parameter(Value):
        def scaled(self):
            return self * self.factor

    w = Parameter(0.7)
    w.factor = 3.0
    check_grads(lambda: autograd.sin(w.scaled()), [w], order=2)
    assert numerical_grad(lambda: w.scaled(), [w])[0] == [pytest.approx(3.0)]


def test_objects_without_values_are_shared():
    w, seen_by_f, rows = Value(0.7), [], [1.0, 2.0]

    def f():
        seen_by_f.append(rows)
        return w * rows[0]

    check_grads(f, [w])
    assert len(seen_by_f) > 5
    assert all(x is rows for x in seen_by_f)


@pytest.mark.parametrize(
    ("kind", "keep"),
    [(dict, lambda kept, y: kept.update(y=y)), (list, list.append), (set, set.add), (deque, deque.append)],
)
def test_notes_that_a_model_makes_during_a_check_or_predict_are_not_kept_in_it(kind, keep):
    class Remembering(Module):
        def __init__(self):
            self.w, self.kept = Value(0.7), kind()

        def __call__(self, x):
            y = autograd.sin(self.w * (x[0] if hasattr(x, "__iter__") else x))
            keep(self.kept, y)
            return y

    model = Remembering()
    check_model(model, 0.5, 0.3, nn.losses.mse)
    model.predict([[0.5]])
    assert not model.kept


def test_a_penalty_on_the_live_parameters_is_on_the_stand_ins():
    model = nn.MLP(2, [2, 1], activation="tanh", seed=1)
    check_model(model, [0.5, -1.0], 0.3, lambda y, t: nn.losses.mse(y, t) + nn.losses.l2(model.parameters(), 0.1))


class OfTheClass:
    weight = Value(0.5, label="weight")

    def parameters(self):
        return [self.weight]

    def __call__(self, x):
        return self.weight * x


@pytest.mark.parametrize("check", [check_grads, numerical_grad])
def test_a_live_value_met_on_the_way_is_an_error_not_a_judgement(check):
    w = Value(0.7, label="w")
    before = autograd.sin(w)
    for f, values in [(lambda: before * 2.0, [w]), (lambda: OfTheClass()(2.0), [OfTheClass.weight])]:
        with pytest.raises(ValueError, match=r"f reaches (w|weight) itself, .*compute everything inside f"):
            check(f, values)
        assert [v.data for v in values] in ([0.7], [0.5])


def test_a_fault_in_a_model_is_still_caught():
    sine = autograd.Op("sine", autograd.sin, lambda x, z: (1.001 * autograd.cos(x),))
    model = nn.MLP(2, [2, 1], activation=lambda z: autograd.apply(sine, z), seed=1)
    with pytest.raises(GradientMismatchError, match="at fault: sine"):
        check_model(model, [0.5, -1.0], 0.3, nn.losses.mse)


def test_a_model_that_is_not_a_module_is_checked_too():
    class Net:
        def __init__(self):
            self.layers = [nn.Neuron(2, activation="tanh", seed=1), nn.Neuron(1, activation="tanh", seed=2)]

        def parameters(self):
            return [p for layer in self.layers for p in layer.parameters()]

        def __call__(self, x):
            return self.layers[1]([self.layers[0](x)])

    net = Net()
    before = copy.deepcopy([p.data for p in net.parameters()])
    check_model(net, [0.5, -1.0], 0.3, nn.losses.mse)
    assert [p.data for p in net.parameters()] == before
