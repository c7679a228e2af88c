"""A compiled call, in C and without it: the same results, and everything unusual goes the long way."""

import array
import contextlib
import copy
import fractions
import gc
import sys
import time
import types
import weakref
from collections import namedtuple
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")


import autograd  # noqa: E402
from autograd import Value, compile, grad, hessian, native, value_and_grad  # noqa: E402
from autograd.compiler.run import specialization  # noqa: E402
from autograd.compiler.run.compiled_call import compiled_call  # noqa: E402

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.fixture(scope="module", autouse=True, params=["C", "ctypes"])
def way(request):
    """The way of a call: through the native core, or through ctypes, as where there is none."""
    if request.param == "C" and native.core() == "pure":
        pytest.skip("the native core is not built for this Python")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "ctypes":
            patch.setattr(specialization, "compiled_call", lambda *_: None)
        yield request.param


def in_c(f):
    """Return whether the next call of a function goes to C."""
    return f._next_call != f._called_by_place


def opened(f, *args):
    """Call a function until C calls it, and check that it does, unless all calls go through ctypes."""
    for _ in range(2):
        f(*args)
    assert in_c(f) == (specialization.compiled_call is compiled_call)
    return f


def closed(f, *args):
    """Call a function often, and check that C does not call it."""
    for _ in range(4):
        result = f(*args)
    assert not in_c(f)
    return result


def plain(x):
    """Return a nesting with its arrays as lists, and numbers as text, so that NaN equals NaN."""
    if isinstance(x, (list, tuple)):
        return type(x)(plain(item) for item in x)
    return (x.shape, str(x.dtype), repr(x.tolist())) if isinstance(x, numpy.ndarray) else repr(x)


STRUCTURES = [
    ((2.0, 3.0), lambda x, y: (x * y, [y, x / y])),
    (([1.0, 2.0], (3.0, [4.0])), lambda xs, ys: [xs[0] * ys[1][0], (xs[1], [ys[0]])]),
    ((numpy.arange(6.0).reshape(2, 3), 2.0), lambda a, x: (a * x, a[1, 2], [a[0]])),
    ((numpy.arange(3.0),), lambda a: a[::-1] * 2.0),
    ((numpy.arange(4.0), [numpy.ones((1, 2))]), lambda a, bs: (bs[0] + a[:2], a[3])),
    ((1.5,), lambda x: x),
    ((1.5,), lambda x: [1.0, x, ()][:2]),
    ((), lambda: 3.0),
    ((numpy.zeros(0), 2.0), lambda a, x: (a, x)),
]


@pytest.mark.parametrize(("args", "f"), STRUCTURES)
def test_results_are_those_of_the_long_way(args, f):
    compiled = compile(f)
    expected = compiled(*args)
    opened(compiled, *args)
    assert plain(compiled(*args)) == plain(expected)
    assert plain(expected) == plain(compile(f)(*args))


@given(FLOATS, FLOATS)
def test_every_float_goes_through(x, y):
    assert plain(opened(compile(lambda x, y: (x, [y, x + y])), 1.0, 2.0)(x, y)) == plain((x, [y, x + y]))


OTHERS = [
    (1, 2.0), (True, 2.0), (numpy.float64(1.0), 2.0), (numpy.float32(1.0), 2.0), (numpy.array(1.0), 2.0),
]  # fmt: skip


@pytest.mark.parametrize("args", OTHERS)
def test_numbers_of_other_kinds_go_the_long_way(args):
    f = opened(compile(lambda x, y: x * 10.0 + y), 5.0, 6.0)
    assert f(*args) == 12.0
    assert f(5.0, 6.0) == 56.0


@pytest.mark.parametrize(
    "given",
    [
        numpy.array([[1, 2], [3, 4]]), numpy.array([[1.0, 3.0], [2.0, 4.0]]).T,
        numpy.asfortranarray([[1.0, 2], [3, 4]]),
        numpy.array([[1.0, 2], [3, 4]], dtype=">f8"), numpy.array([[1.0, 2], [3, 4]], dtype=numpy.float32),
        numpy.array([[1.0, 0.0, 2.0, 0.0], [3.0, 0.0, 4.0, 0.0]])[:, ::2],
        numpy.frombuffer(b"?" + numpy.array([1.0, 2, 3, 4]).tobytes(), dtype=float, offset=1).reshape(2, 2),
        numpy.array([[1.0, 2], [3, 4]]).view(type("Sub", (numpy.ndarray,), {})),
    ],
)  # fmt: skip
def test_arrays_that_lie_otherwise_go_the_long_way(given):
    f = opened(compile(lambda a: a[0, 0] + 10.0 * a[0, 1] + 100.0 * a[1, 0] + 1000.0 * a[1, 1]), numpy.zeros((2, 2)))
    assert f(given) == 4321.0
    rows = opened(compile(lambda r: r[0] + 10.0 * r[1], in_axes=0, reduce="sum"), numpy.zeros((2, 2)))
    assert rows(given) == 64.0


@pytest.mark.parametrize(
    ("first", "second"),
    [([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0], (1.0,)), (numpy.ones(2), numpy.ones(3)),
     (numpy.ones(2), numpy.ones((2, 1))), (1.0, [1.0]), ([1.0, 2.0], numpy.ones(2))],
)  # fmt: skip
def test_structures_may_change_from_call_to_call(first, second):
    f = compile(lambda x: x)
    for _ in range(3):
        for x in (first, first, first, second):
            assert plain(f(x)) == plain(x)


def test_what_f_would_refuse_is_refused():
    f = opened(compile(lambda x, y: x * y), 1.0, 2.0)
    for args in ((), (1.0,), (1.0, 2.0, 3.0), (1.0, None), ("1", 2.0)):
        with pytest.raises(TypeError):
            f(*args)
    assert f(3.0, 4.0) == 12.0


def test_keywords_go_the_long_way():
    f = opened(compile(lambda x, y=2.0: x * 10.0 + y), 1.0, 2.0)
    assert f(1.0, y=3.0) == 13.0
    assert f(y=1.0, x=2.0) == 21.0
    assert f(1.0) == 12.0


def test_values_from_outside_are_read_afresh():
    w = Value(2.0)
    f = opened(compile(lambda x: w * x), 3.0)
    assert f(3.0) == 6.0
    w.data = 5.0
    assert f(3.0) == 15.0
    w.data = 7  # an int is a number too
    assert f(3.0) == 21.0


def test_within_a_transform_the_function_itself_answers():
    f = opened(compile(lambda x: x * x), 3.0)
    assert grad(f)(3.0) == 6.0
    assert isinstance(f(Value(3.0)), Value)
    assert compile(grad(lambda x: f(x) * x))(2.0) == 12.0


def test_modes_that_record_nothing_change_nothing(monkeypatch, way):
    f = opened(compile(lambda x: x * x), 3.0)
    if way == "C":
        monkeypatch.setattr(f, "_called", None)
    with autograd.no_grad():
        assert f(3.0) == 9.0
    with autograd.detect_anomaly():
        assert f(3.0) == 9.0


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_rows_may_become_more_and_fewer(reduce):
    f = compile(value_and_grad(lambda w, x, y: (autograd.dot(w, x) - y) ** 2), in_axes=(None, 0, 0), reduce=reduce)
    slow = compile(value_and_grad(lambda w, x, y: (autograd.dot(w, x) - y) ** 2), in_axes=(None, 0, 0), reduce=reduce)
    random = numpy.random.default_rng(0)
    for rows in (5, 5, 5, 33, 33, 33, 1, 1, 5, 64, 64, 100, 99, 5, 5):
        args = random.normal(size=3), random.normal(size=(rows, 3)), random.normal(size=rows)
        slow._next_call = slow._called_by_place
        assert plain(f(*args)) == plain(slow(*args))
    f(*args)
    with pytest.raises(ValueError, match="equally many"):
        f(args[0], args[1], args[2][:-1])
    with pytest.raises(ValueError, match="at least one row"):
        f(args[0], args[1][:0], args[2][:0])


def test_results_are_new_objects_each_time(way):
    f = opened(compile(hessian(lambda v: v[0] ** 2 * v[1] + v[2])), numpy.ones(3))
    first = f(numpy.array([1.0, 2.0, 3.0]))
    kept = first.copy()
    second = f(numpy.array([4.0, 5.0, 6.0]))
    assert first.tolist() == kept.tolist() == [[4.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert second.tolist() == [[10.0, 8.0, 0.0], [8.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    first[:] = 7.0
    assert second[2, 2] == 0.0
    assert first.flags.owndata or way == "ctypes"
    assert first.flags.writeable


def test_nothing_is_leaked():
    f = opened(compile(lambda xs, a: ([xs[0] * a[0]], a * xs[1])), [1.0, 2.0], numpy.ones(3))
    args = [1.5, 2.5], numpy.arange(3.0)
    counted = [args[0], args[0][0], args[1], args[1].dtype, numpy.ndarray]
    before = [sys.getrefcount(x) for x in counted]
    for _ in range(1000):
        number, array = f(*args)
        counts = sys.getrefcount(number), sys.getrefcount(array)
        assert counts == (2, 2)
    gc.collect()
    after = [sys.getrefcount(x) for x in counted]
    assert max(y - x for x, y in zip(before, after, strict=True)) < 10


def test_garbage_that_calls_the_function_while_results_are_made_does_no_harm():
    f = opened(compile(lambda x, y: [[x, y], [x + y], (x * y, [x])]), 1.0, 2.0)

    class Calls:
        def __del__(self):
            f(7.0, 8.0)

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for k in range(200):
            garbage = [Calls()]
            garbage.append(garbage)
            del garbage
            x = float(k)
            assert f(x, 2.0) == [[x, 2.0], [x + 2.0], (x * 2.0, [x])]
    finally:
        gc.set_threshold(*threshold)


def test_eight_threads_may_call_one_function(in_threads):
    f = opened(compile(value_and_grad(lambda v: (v * v).sum())), numpy.ones(20))
    wrong = []

    def work(seed):
        v = numpy.random.default_rng(seed).normal(size=20)
        expected = [2.0 * x for x in v.tolist()]
        wrong.extend(k for k in range(300) if f(v)[1].tolist() != expected)

    in_threads(*[partial(work, k) for k in range(8)])
    assert wrong == []


def test_what_is_not_simple_goes_the_long_way():
    assert closed(compile(lambda d: d["a"]), {"a": 1.0}) == 1.0
    assert closed(compile(lambda x: {"a": x}), 1.0) == {"a": 1.0}
    assert closed(compile(lambda x: x > 1.0), 2.0) is True
    assert closed(compile(lambda x: x + 1.0, in_axes=0), [1.0, 2.0]).tolist() == [2.0, 3.0]
    assert (
        closed(compile(lambda x: autograd.apply(autograd.Op("mine", lambda x: x, lambda x, z: (1.0,)), x)), 1.0) == 1.0
    )


def test_long_work_leaves_the_lock_to_others(monkeypatch):
    monkeypatch.setattr(specialization, "WORK", 3)
    closed(compile(lambda x: autograd.sin(x) * autograd.cos(x) + x * x - 1.0), 1.0)
    f = compile(lambda x: x * 2.0, in_axes=0, reduce="sum")
    opened(f, numpy.ones(2))
    assert f(numpy.ones(4)) == closed(f, numpy.ones(4)) == 8.0


def test_without_the_native_core_all_go_the_long_way(monkeypatch):
    monkeypatch.setattr(native, "module", None)
    assert closed(compile(lambda x: x * 2.0), 1.5) == 3.0


RARELY_IN_PYTHON = {
    "logsumexp": lambda x, y: autograd.logsumexp([x, y, 0.5]),
    "norm": lambda x, y: autograd.norm([x, y, 0.5]),
    "gelu": lambda x, y: autograd.gelu(x) + y,
    "silu": lambda x, y: autograd.silu(x) + y,
    "mish": lambda x, y: autograd.mish(x) + y,
    "lgamma": lambda x, y: autograd.lgamma(x) + y,
}


@pytest.mark.parametrize("name", RARELY_IN_PYTHON)
def test_what_python_computes_for_rare_inputs_goes_through(name):
    f = RARELY_IN_PYTHON[name]
    compiled, long_way = compile(value_and_grad(f, argnums=(0, 1))), compile(value_and_grad(f, argnums=(0, 1)))
    opened(compiled, 1.0, 2.0)
    for x in (1.0, -720.0, -45.0, 0.0, 1e-300, -1e-9, float("inf"), float("-inf"), float("nan")):
        assert plain(compiled(x, -0.9)) == plain(long_way._called_by_place(x, -0.9)), x


@pytest.fixture
def computed_in_python(monkeypatch):
    """Return what makes an op that Python computes, and that C calls all the same."""
    from autograd.compiler.lower import spelling

    def make(forward):
        op = autograd.Op("mine", forward, lambda x, z: (1.0,))
        monkeypatch.setitem(spelling.SPELLINGS, op, lambda body, *inputs: body.python(op, *inputs))
        return op

    return make


def test_what_an_op_raises_comes_through_and_nothing_is_kept(computed_in_python):
    def forward(x):
        if x == 3.0:
            raise LookupError("three")
        return x + 1.0

    op = computed_in_python(forward)
    f = compile(lambda x, b: (autograd.apply(op, x), [x, b * 2.0]))
    array = numpy.ones(3)
    opened(f, 1.0, array)
    for _ in range(3):
        with pytest.raises(LookupError, match="three"):
            f(3.0, array)
        assert plain(f(2.0, array)) == plain((3.0, [2.0, array * 2.0]))
    f(2.0, array)
    before = sys.getallocatedblocks()
    for _ in range(5_000):
        with contextlib.suppress(LookupError):
            f(3.0, array)
    gc.collect()
    assert sys.getallocatedblocks() - before < 2_500


def test_an_op_may_call_the_function_that_it_is_in(computed_in_python):
    found = []

    def forward(x):
        if x > 0.0:
            found.append(f(x - 1.0))
        return x

    op = computed_in_python(forward)
    f = compile(lambda x: autograd.apply(op, x) * 2.0 + x)
    opened(f, -1.0)
    assert f(2.5) == 7.5
    assert found == [-1.5, 1.5, 4.5]


@pytest.mark.parametrize("rows", [False, True])
def test_threads_that_meet_while_python_computes_do_not_disturb_each_other(rows, computed_in_python, in_threads):
    def forward(x):
        time.sleep(1e-5)  # lets another thread run
        return x

    op = computed_in_python(forward)
    if rows:
        f = compile(lambda x, w: autograd.apply(op, x) * w, in_axes=(0, None), reduce="sum")
        opened(f, numpy.ones(4), 1.0)
    else:
        f = compile(lambda x, w: autograd.apply(op, x) * w + w)
        opened(f, 1.0, 1.0)
    wrong = []

    def work(k):
        for count in range(1, 60):
            x = numpy.full(1 + count % 5, float(k)) if rows else float(k)
            expected = float(k * count) * (1 + count % 5) if rows else float(k * count + count)
            got = f(x, float(count))
            if got != expected:
                wrong.append((k, count, got))

    in_threads(*[partial(work, k) for k in range(8)])
    assert wrong == []


def test_threads_may_make_the_first_calls_together(hasty, in_threads):
    wrong = []
    for k in range(60):
        f = compile(lambda x, y, k=k: x * y + k)

        def work(f=f, expected=6.0 + k):
            wrong.extend(got for got in [f(2.0, 3.0) for _ in range(20)] if got != expected)

        in_threads(*[work] * 8)
    assert wrong == []


def test_threads_may_bring_different_numbers_of_rows_to_an_op_in_python(hasty, in_threads):
    f = compile(lambda w, x: autograd.lgamma(x * w), in_axes=(None, 0), reduce="sum")
    rows = {n: numpy.linspace(0.5, 1.5, n) for n in (3, 17, 40, 5)}
    opened(f, 1.5, rows[3])
    expected = {n: f(1.5, x) for n, x in rows.items()}
    wrong = []

    def worker(n):
        def work():
            end = time.monotonic() + 1.0
            while time.monotonic() < end:
                if (got := f(1.5, rows[n])) != expected[n]:
                    wrong.append((n, got))

        return work

    in_threads(*[worker(n) for n in rows])
    assert wrong == []


def test_a_captured_value_without_a_number_is_an_error():
    v = Value(2.0)
    f = compile(lambda x: x * v)
    opened(f, 3.0)
    del v._data
    with pytest.raises(AttributeError):
        f(3.0)
    v.data = 4.0
    assert f(3.0) == 12.0


class Raises:
    def __float__(self):
        raise LookupError("no number")

    __index__ = __array__ = __float__


class Own(float):
    def __float__(self):
        raise LookupError("a float that has none")


class Sequence(list):
    pass


class Parameter(Value):
    pass


Pair = namedtuple("Pair", "a b")
THREE = numpy.array([1.5, -2.5, 0.25])
READ_ONLY = THREE.copy()
READ_ONLY.flags.writeable = False
KINDS = numpy.array([(1.0, 2)], dtype=[("x", float), ("k", int)])
HOSTILE = [
    2, -(2**70), 10**400, True, None, "1", b"1", 1j, fractions.Fraction(1, 3), Own(2.5), Raises(), object(), float, len,
    numpy.float64(1.5), numpy.float32(1.5), numpy.int8(3), numpy.bool_(True), numpy.array(1.5), numpy.array([[1.5]]),
    Value(2.0), Parameter(2.0), float("nan"), -0.0, [], (), {}, {"a": 1.0}, [1.0], [1.0, 2.0, 3.0], (1.0, 2.0),
    [1.0, "2"], [1.0, Raises()], [1.0, Value(2.0)], [1, 2], [1.0, [2.0]], Sequence([1.0, 2.0]), Pair(1.0, 2.0),
    THREE.tolist(), THREE.astype(numpy.float32), THREE.astype(int), THREE.astype(">f8"), THREE.astype(object),
    THREE.astype(complex), THREE.astype("U4"), THREE > 0.0, READ_ONLY, numpy.ones((3, 2))[:, 0], THREE[::-1], THREE[:2],
    THREE[:0], THREE.reshape(3, 1), THREE.view(numpy.matrix), THREE.view(type("Sub", (numpy.ndarray,), {})), KINDS,
    numpy.ma.masked_less(THREE, 0.0), memoryview(THREE), array.array("d", THREE), iter([1.0]), numpy.array([None] * 3),
    numpy.frombuffer(b"?" + THREE.tobytes(), dtype=float, offset=1), numpy.datetime64(1, "s"), types.SimpleNamespace(),
]  # fmt: skip


def outcome(f, *args):
    """Return what a call returns or raises, as text."""
    try:
        return plain(f(*args))
    except Exception as error:
        return type(error), str(error)


@pytest.fixture(scope="module")
def either(way):
    """Return a function as it is called, and one that goes the long way by all its calls."""
    w = Value(3.0)

    def f(x, xs, a):
        return x * xs[0] * w, [a * xs[1], (a[0] - x,)]

    slow, usual = compile(f), (1.5, [2.0, 3.0], THREE)

    def long_way(*args):
        slow._next_call = slow._called_by_place
        return slow(*args)

    return opened(compile(f), *usual), long_way, usual


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.sampled_from(range(len(HOSTILE))), max_size=5))
def test_hostile_arguments_have_the_outcome_of_the_long_way(either, choices):
    f, long_way, usual = either
    args = [usual[k % 3] if choice is None else HOSTILE[choice] for k, choice in enumerate(choices)]
    f(*usual)  # so that C is asked
    assert outcome(f, *args) == outcome(long_way, *args)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("which", range(len(HOSTILE)))
def test_any_hostile_argument_has_the_outcome_of_the_long_way(either, place, which):
    f, long_way, usual = either
    args = [*usual[:place], HOSTILE[which], *usual[place + 1 :]]
    f(*usual)  # so that C is asked
    assert outcome(f, *args) == outcome(long_way, *args)


@pytest.fixture
def only_in_c(monkeypatch, way):
    """Return what lets only C call a function, where it can."""
    return lambda f: monkeypatch.setattr(f, "_called", None) if way == "C" else None


def test_whole_numbers_numpys_numbers_and_long_lists_need_no_python(only_in_c):
    f = opened(compile(lambda x, xs: [x * xs[0], xs[-1], xs]), 1.5, [2.0] * 300)
    only_in_c(f)
    assert f(2, list(range(300))) == [0.0, 299.0, [float(k) for k in range(300)]]
    assert all(type(x) is float for x in f(-(2**60), [1] * 300)[:2])
    assert f(numpy.float64(0.5), [numpy.float64(k) for k in range(300)])[2][:2] == [0.0, 1.0]


def test_arrays_of_any_rank_need_no_python(only_in_c):
    a = numpy.arange(24.0).reshape(2, 3, 4)
    f = opened(compile(lambda a, b: (a * 2.0, b[1:], b[:0])), a, READ_ONLY)
    only_in_c(f)
    doubled, rest, none = f(a, READ_ONLY)
    assert doubled.tolist() == (2.0 * a).tolist()
    assert (rest.tolist(), none.shape) == (THREE[1:].tolist(), (0,))
    assert rest.flags.writeable


def test_one_memory_may_be_arrays_of_many_kinds():
    numbers = numpy.arange(6.0)
    f = opened(compile(lambda a: a * 2.0), numbers)
    for a in (numbers.reshape(2, 3), numbers, numbers.reshape(3, 2), numbers[:5], numbers.view(int), numbers):
        with memoryview(a):
            assert f(a).tolist() == (a * 2.0).tolist()
    numbers[:] = 1.0
    assert f(numbers).tolist() == [2.0] * 6


def test_a_function_is_called_by_its_method_and_copied_like_others():
    f = opened(compile(lambda x, y=1.0: x - y), 5.0, 2.0)
    assert f.__call__(5.0, 2.0) == f(*[5.0, 2.0]) == f(x=5.0, y=2.0) == 3.0
    assert copy.copy(f)(5.0, 2.0) == copy.deepcopy(f)(5.0, 2.0) == 3.0
    assert list(map(f, [5.0], [2.0])) == [3.0]
    with pytest.raises(TypeError):
        f(5.0, z=2.0)


def test_code_that_nobody_calls_any_more_gives_its_memory_back():
    def made():
        w = Parameter(2.0)
        w.calls = f = opened(compile(lambda x: w * x), 3.0)  # a cycle through C
        return weakref.ref(f), weakref.ref(f._last.machine), weakref.ref(w)

    gone = made()
    gc.collect()
    assert [x() for x in gone] == [None] * 3


def test_code_stays_while_it_runs(computed_in_python):
    def forward(x):
        functions.clear()
        gc.collect()
        return x + 1.0

    op, functions = computed_in_python(forward), []
    for _ in range(3):
        functions.append(opened(compile(lambda x, y: [autograd.apply(op, x) * y, y]), 1.0, 2.0))
        functions.append(opened(compile(lambda x, y: [autograd.apply(op, x) * y, y]), 1.0, 2.0))
        assert functions.pop()(3.0, 2.0) == [8.0, 2.0]
        assert functions == []


def test_calls_in_the_middle_of_a_call_have_slots_of_their_own(computed_in_python):
    inner = []

    def forward(x):
        if x > 0.0:
            inner.append(f(-x, [1.0, 2.0]))
        return x

    op = computed_in_python(forward)
    f = compile(lambda x, ys: (ys, autograd.apply(op, x), [ys[0] * x]))
    opened(f, -1.0, [3.0, 4.0])
    assert f(2.0, [3.0, 4.0]) == ([3.0, 4.0], 2.0, [6.0])
    assert inner == [([1.0, 2.0], -2.0, [-2.0])]


def test_a_block_opened_by_another_thread_changes_nothing_here(only_in_c, in_threads):
    f = opened(compile(lambda x: x * x), 3.0)
    only_in_c(f)

    def elsewhere():
        with autograd.no_grad():
            in_threads(lambda: found.append(f(4.0)))

    found = []
    in_threads(elsewhere)
    assert found == [16.0]


def test_a_description_that_is_none_is_refused(way):
    if way == "ctypes":
        return
    described = ((0,) * 9, 0, (), (), (), (), (numpy.ndarray, numpy.dtype(float), numpy.float64), None, None, None)
    make = native.module.compiled_call
    for place, wrong in [
        (0, (0,) * 8),
        (0, ("0",) * 9),
        (1, "1"),
        (2, [0]),
        (2, ("0",)),
        (3, (1.5,)),
        (6, ()),
        (6, None),
    ]:
        with pytest.raises(TypeError):
            make(*described[:place], wrong, *described[place + 1 :])
    with pytest.raises(OverflowError):
        make(*described[:2], (2**70,), *described[3:])
    for kind in (type(make(*described)), native.module.caller):
        with pytest.raises(TypeError):
            kind()
