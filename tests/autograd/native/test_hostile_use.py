"""Whatever a user's classes and ops do, the core raises an error or goes on: it never crashes, and stays right."""

import contextlib
import copy
import functools
import gc
import math
import operator
import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import OPS, Op, Value, native


class Plain(Value):
    pass


class Slotted(Value):
    __slots__ = ("note",)


class Meddling(Value):
    """Its hooks cut, relabel and reuse whatever is alive."""

    def __getattribute__(self, name):
        if name in ("_data", "_inputs", "op", "backward") and met:
            meddle()
        return super().__getattribute__(name)

    def __del__(self):
        meddle()

    def __eq__(self, other):
        return meddle()

    __hash__ = Value.__hash__


class Number:
    """What calls itself a number, and is not what it says."""

    def __init__(self, result):
        self.result = result

    def __float__(self):
        meddle()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    __index__ = __float__


class Real(float):
    def __float__(self):
        meddle()
        return math.nan


met = []  # Values that hostile code finds
busy = []


def meddle():
    """Do to some Value what nobody should do while the engine is at work."""
    if busy or not met:
        return None
    busy.append(True)
    try:
        v = met.pop()
        with contextlib.suppress(Exception):
            v.data = 3.0
            v.label = "met"
            (v * v).backward()
            v._inputs, v.op = (), None
            v.__init__(2.0)
        gc.collect()
    finally:
        busy.clear()
    return v


JUNK = [
    None, False, True, 0, -1, 2**70, 10**400, math.nan, -math.inf, 1j, "x", b"x", "", [], (), (1.0,), [2.0], {}, {1.0},
    object(), object, int, Real(1.5), Number(1.0), Number("x"), Number(OSError("no")), Number(None), lambda: 1.0,
    range(3), iter([1.0]), memoryview(b"ab"), Value, Op, NotImplemented, Ellipsis,
]  # fmt: skip


def rule(kind, junk):
    """Return a rule that gives junk, raises, cuts the graph, or returns too much or too little."""

    def partials(*v):
        meddle()
        match kind:
            case 0:
                return junk
            case 1:
                return (junk,) * (len(v) - 1)
            case 2:
                return (1.0,) * len(v)
            case 3:
                raise ValueError("a rule that raises")
            case 4:
                return [1.0] * (len(v) - 1)
            case 5:
                return iter([1.0] * (len(v) - 1))
            case 6:
                return tuple([Value(2.0) for _ in v[1:]])
            case _:
                raise SystemExit

    return partials


def forward(kind, junk):
    def value(*xs):
        meddle()
        match kind:
            case 0:
                return junk
            case 1:
                raise ArithmeticError("a value that cannot be computed")
            case 2:
                return Value(1.0)
        return float(len(xs))

    return value


junk = st.sampled_from(JUNK)
ATTRIBUTES = [
    "data",
    "grad",
    "label",
    "op",
    "inputs",
    "_data",
    "_grad",
    "_label",
    "_inputs",
    "_born",
    "__class__",
    "new",
]
METHODS = [
    "backward", "detach", "item", "exp", "relu", "hypot", "__add__", "__rpow__", "__pow__", "__lt__", "__eq__",
    "__init__", "__reduce_ex__", "__deepcopy__", "__copy__", "__setstate__", "__getstate__", "__array__", "__bool__",
    "__float__",
]  # fmt: skip
FUNCTIONS = [
    "apply", "sum", "prod", "max", "min", "norm", "logsumexp", "dot", "topological", "softmax", "where", "clip", "grad",
]  # fmt: skip
anything = st.integers(0, 40)  # a place in the pool: Values and junk
actions = st.one_of([
    st.tuples(st.just("make"), st.sampled_from([Value, Plain, Slotted, Meddling]), anything),
    st.tuples(st.just("operate"), st.sampled_from("+-*/%"), anything, anything),
    st.tuples(st.just("set"), st.sampled_from(ATTRIBUTES), anything, anything),
    st.tuples(st.just("delete"), st.sampled_from(ATTRIBUTES), anything),
    st.tuples(st.just("call"), st.sampled_from(METHODS), anything, st.lists(anything, max_size=3)),
    st.tuples(st.just("function"), st.sampled_from(FUNCTIONS), st.lists(anything, max_size=5)),
    st.tuples(st.just("row"), st.sampled_from(OPS), st.lists(anything, max_size=5)),
    st.tuples(st.just("op"), st.integers(0, 7), st.integers(0, 3), junk, st.lists(anything, max_size=4)),
    st.tuples(st.just("class"), st.sampled_from([Value, Plain, Slotted, Meddling, int]), anything),
    st.tuples(st.just("core"), st.sampled_from(["_node", "dot_node", "data_of", "order_of", "_of_one", "apply"]),
              st.lists(anything, max_size=4)),
    st.tuples(st.just("copy"), anything),
    st.tuples(st.just("backward"), anything),
    st.tuples(st.just("expose"), anything),
    st.tuples(st.just("drop"), anything),
])  # fmt: skip


def operate(sign, x, y):
    match sign:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return x * y
        case "/":
            return x / y
    return x**y


def act(action, pool):
    """Do one thing with what is in the pool; what comes of it joins the pool."""

    def get(place):
        return pool[place % len(pool)]

    match action:
        case ("make", kind, x):
            return kind(get(x))
        case ("operate", sign, x, y):
            return operate(sign, get(x), get(y))
        case ("set", name, x, y):
            setattr(get(x), name, get(y))
        case ("delete", name, x):
            delattr(get(x), name)
        case ("call", name, x, xs):
            return getattr(get(x), name)(*map(get, xs))
        case ("function", name, xs):
            return getattr(autograd, name)(*map(get, xs)) if len(xs) % 2 else getattr(autograd, name)([*map(get, xs)])
        case ("row", op, xs):
            return autograd.apply(op, *map(get, xs))
        case ("op", kind, way, what, xs):
            made = autograd.apply(Op("own", forward(way, what), rule(kind, what)), *map(get, xs))
            made.backward()
            return made
        case ("class", kind, x):
            get(x).__class__ = kind
        case ("core", name, xs):
            function = getattr(native.module, name, None)
            return function and function(*map(get, xs))
        case ("copy", x):
            return [copy.copy(get(x)), copy.deepcopy(get(x)), pickle.loads(pickle.dumps(get(x)))][1]
        case ("backward", x):
            get(x).backward()
        case ("expose", x):
            met.append(get(x))
        case ("drop", x):
            return pool.pop(x % len(pool)) if len(pool) > 8 else None
    return None


@given(st.lists(actions, max_size=40), st.lists(junk, min_size=3, max_size=6))
def test_nothing_that_user_code_does_crashes_the_core_or_spoils_it(plan, given_junk):
    pool = [Value(2.0), Plain(3.0), Slotted(0.5), Value(1.0) * Value(4.0), *given_junk]
    met.clear()
    for action in plan:
        with contextlib.suppress(Exception, SystemExit):
            if (made := act(action, pool)) is not None:
                pool.append(made)
    met.clear()
    pool.clear()
    x = Value(2.0)
    y = autograd.sum([x * x, x.exp(), autograd.apply(Op("own", lambda x: x, lambda x, z: (1.0,)), x)])
    y.backward()
    assert (x.grad, len(autograd.topological(y))) == (4.0 + math.exp(2.0) + 1.0, 5)


def test_a_tuple_of_a_hundred_thousand_inputs_is_swept():
    x = Value(1.0)
    for name in ("sum", "prod", "max", "norm", "logsumexp"):
        x.grad = 0.0
        y = getattr(autograd, name)([x] * 100_000)
        y.backward()
        assert x.grad == pytest.approx({"sum": 1e5, "prod": 1e5, "norm": math.sqrt(1e5)}.get(name, 1.0), rel=1e-9)
    y = autograd.dot([x] * 100_000, [x] * 100_000)
    y.backward()
    assert y.data == 100_000.0


def test_what_is_destroyed_during_a_sweep_may_start_another():
    class Last(Value):
        def __del__(self):
            (other * other).backward()

    other, x = Value(3.0), Value(2.0)
    kept = [Last(1.0)]

    def partials(x, z):
        kept.clear()
        return (2.0,)

    (autograd.apply(Op("f", lambda x: x, partials), x) * x).backward()
    gc.collect()
    assert (x.grad, other.grad) == (6.0, 6.0)


def test_a_number_that_sweeps_while_it_is_converted_harms_nothing():
    x = Value(2.0)

    class Sweeping:
        def __float__(self):
            (x * x).backward()
            return 1.0

        shape, dtype = (), type("kind", (), {"kind": "f"})

    y = x * Sweeping()
    y.backward()
    assert (y.data, x.grad) == (2.0, 5.0)
    with pytest.raises(TypeError):
        y.backward(object())
    x.data = Sweeping()
    assert x.data == 1.0


def test_the_class_of_a_value_may_change_only_to_one_of_the_same_layout():
    x = Plain(2.0)
    y = x * x
    with pytest.raises(TypeError):
        x.__class__ = int
    x.__class__ = type("Other", (Value,), {})
    y.backward()
    assert (type(x).__name__, x.grad) == ("Other", 4.0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_graphs_of_every_kind_of_node_are_copied_and_pickled(protocol):
    x, mine = Value(2.0, label="x"), Plain(3.0)
    mine.note = [x]
    y = autograd.sum([x * mine, x, 1.0]) + autograd.dot([x, mine], [mine, 2.0], bias=x) + autograd.norm([x, x, mine])
    y = y.exp() ** 0.25 + abs(x)
    y.backward()
    for copied in (copy.deepcopy(y), pickle.loads(pickle.dumps(y, protocol))):
        before, after = autograd.topological(y), autograd.topological(copied)
        assert [repr(node) for node in before] == [repr(node) for node in after]
        assert [node.op for node in before] == [node.op for node in after]
        assert [type(node) for node in before] == [type(node) for node in after]
        assert not {id(node) for node in before} & {id(node) for node in after}
        own = next(node for node in after if type(node) is Plain)
        assert own.note[0] in after
    assert copy.copy(x) is not x
    assert copy.copy(y).inputs == y.inputs


def test_references_to_what_is_given_are_given_back():
    x, number, text = Value(2.0), 1234.5, "a label that is nobody else's"
    name = sys.intern("".join(["an op", " of its own"]))
    op = Op(name, lambda *xs: 1.0, lambda *v: (number,) * (len(v) - 1))

    def work():
        y = Value(number, text)
        y.data, y.label, y.grad = number, text, number
        z = autograd.apply(op, x, y, number) + autograd.norm([x, y, number]) * number - x / y
        z.backward(number)
        for wrong in JUNK:
            for use in (operator.add, Value.backward, functools.partial(autograd.apply, op)):
                with contextlib.suppress(Exception):
                    use(x, wrong)

    for _ in range(3):
        work()
    gc.collect()
    watched = [x, number, text, op, *JUNK]
    before = [sys.getrefcount(each) for each in watched]
    for _ in range(200):
        work()
    gc.collect()
    assert [after - each for after, each in zip(map(sys.getrefcount, watched), before, strict=True)] == pytest.approx(
        [0] * len(watched), abs=50
    )
