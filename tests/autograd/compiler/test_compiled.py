"""compile: what may be given and returned, what is shared and what has rows, and what is refused."""

import copy
import itertools
import os
import pickle
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import (  # noqa: E402
    TracingError,
    Value,
    apply,
    compile,
    grad,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.atomic import set_numbers  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402

Point = namedtuple("Point", ["x", "y"])


def square(x):
    return x * x


def product(x, y):
    return x * y


def area(p):
    return p["x"] * p["y"] + p["more"][0]


def third(x, y=2.0, z=3.0):
    return x + 10.0 * y + 100.0 * z


def scaled(x, *, scale=2.0):
    return x * scale


def recorded(f):
    """Return a function with a list of the calls that its recording took."""
    calls = []

    def counted(*args):
        calls.append(args)
        return f(*args)

    return counted, calls


# What may be given.


def test_numbers_of_every_kind_give_floats():
    f = compile(product)
    for x in (3, 3.0, True + 2, numpy.float64(3.0), numpy.float32(3.0), numpy.int64(3), numpy.array(3.0)):
        found = f(x, 2)
        assert (type(found), found) == (float, 6.0)
    assert f(True, 2.5) == 2.5


@pytest.mark.parametrize(
    ("f", "argument"),
    [
        (lambda xs: xs[0] * xs[1], [3.0, 4]),
        (lambda xs: xs[0] * xs[1], (3, 4.0)),
        (lambda p: p.x * p.y, Point(3.0, 4.0)),
        (lambda d: d["x"] * d["y"], {"x": 3.0, "y": 4.0}),
        (lambda t: t["a"][0][1] * t["b"].y, {"a": [(1.0, 3.0)], "b": Point(2.0, 4.0)}),
        (lambda a: a[0] * a[1], numpy.array([3.0, 4.0])),
        (lambda a: a[0, 1] * a[1][0], numpy.array([[1.0, 3.0], [4.0, 2.0]])),
        (lambda a: a[0] * a[1], numpy.array([3, 4])),
        (lambda a: a[0] * a[1], numpy.array([3.0, 4.0], dtype=numpy.float32)),
        (lambda a: a[0] * a[1], numpy.array([3.0, 4.0], dtype=">f8")),
        (lambda a: (a[0] * a[1]).sum() + a[2, 0], numpy.asfortranarray([[1.0, 3.0], [0.0, 3.0], [3.0, 9.0]])),
        (lambda a: a[0] * a[1], numpy.arange(10.0)[3:5]),
        (lambda a: a[0] * a[1], numpy.arange(10.0)[4:2:-1]),
        (lambda a: a[0] * a[1], numpy.arange(12.0).reshape(4, 3)[1:3, 0] + numpy.array([0.0, -2.0])),
        (lambda a: (a[1:] * a[:-1])[0], numpy.array([3.0, 4.0])),
        (lambda a: a[::-1][0] * a[:1][0], numpy.array([3.0, 4.0])),
        (lambda e, xs: xs, [[], 12.0]),
    ],
)
def test_nested_arguments_are_what_f_would_see(f, argument):
    if len(argument) == 2 and isinstance(argument, list) and argument[0] == []:
        assert compile(f)(*argument) == 12.0
    else:
        assert compile(f)(argument) == f(argument) == 12.0


def test_read_only_arrays_and_those_of_a_file_are_read(tmp_path):
    array = numpy.array([3.0, 4.0])
    array.setflags(write=False)
    stored = numpy.memmap(tmp_path / "numbers", dtype=float, mode="w+", shape=(2,))
    stored[:] = array
    for given in (array, stored):
        assert compile(lambda a: a[0] * a[1])(given) == 12.0
        assert compile(lambda x, a: x * a[1], in_axes=(0, None))(given, given).tolist() == [12.0, 16.0]


def test_rows_may_lie_in_memory_in_any_way():
    table = numpy.arange(24.0).reshape(8, 3)
    expected = [a * b - c for a, b, c in table.tolist()]
    f = compile(lambda row: row[0] * row[1] - row[2], in_axes=0)
    frozen = table.copy()
    frozen.setflags(write=False)
    shifted = numpy.frombuffer(b"?" + table.tobytes(), dtype=float, offset=1).reshape(8, 3)
    spread = numpy.zeros((16, 6))
    spread[::2, ::2] = table
    for given in (
        table, table.tolist(), tuple(map(tuple, table)), table.astype(int), table.astype(numpy.float32),
        numpy.asfortranarray(table), numpy.arange(23.0, -1.0, -1.0)[::-1].reshape(8, 3), spread[::2, ::2], frozen,
        shifted, table.astype(">f8"), list(table),
    ):  # fmt: skip
        assert f(given).tolist() == expected
    assert f(table[3:4]).tolist() == expected[3:4]
    assert f(table[::-3]).tolist() == expected[::-3]


def test_a_row_of_a_table_is_an_array_that_may_be_sliced():
    f = compile(lambda row: (row[1:] * row[:-1]).sum() + row[::2][1], in_axes=0)
    assert f([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).tolist() == [11.0, 56.0]
    g = compile(lambda m: m[0, 1] * m[1][0] + m.T[1, 1], in_axes=0)
    assert g(numpy.arange(8.0).reshape(2, 2, 2)).tolist() == [5.0, 37.0]


def test_keyword_arguments_and_defaults_mean_what_they_mean_to_f():
    f = compile(third)
    assert f(1.0) == third(1.0)
    assert f(1.0, y=7.0) == third(1.0, y=7.0)
    assert f(z=5.0, y=4.0, x=1.0) == third(1.0, 4.0, 5.0)
    assert f(1.0, z=5.0) == third(1.0, z=5.0)
    assert compile(scaled)(3.0) == 6.0
    assert compile(scaled)(3.0, scale=5.0) == 15.0
    assert compile(lambda x, **more: x * more["a"] + more["b"])(3.0, b=1.0, a=2.0) == 7.0
    assert compile(lambda *xs: xs[0] * xs[-1])(3.0, 9.0, 2.0) == 6.0
    assert compile(product, in_axes=(None, 0))(y=[1.0, 2.0], x=3.0).tolist() == [3.0, 6.0]


def test_a_call_that_f_would_refuse_is_refused_likewise():
    for args, options in (((), {}), ((1.0, 2.0), {}), ((1.0,), {"y": 2.0})):
        with pytest.raises(TypeError):
            compile(square)(*args, **options)


def test_each_structure_is_recorded_once():
    f, calls = recorded(lambda x: x)
    compiled = compile(f)
    structures = [1.0, [1.0], [1.0, 2.0], (1.0,), {"a": 1.0}, {"b": 1.0}, [[1.0]], Point(1.0, 2.0), numpy.ones(2),
                  numpy.ones((2, 1)), numpy.ones((1, 2)), [numpy.ones(1), 1.0], [[], []], []]  # fmt: skip
    for _ in range(3):
        for x in structures:
            found = compiled(x)
            assert type(found) is type(x)
            assert repr(found) == repr(x)
    assert len(calls) == len(structures)


def test_rows_of_any_number_are_one_structure():
    f, calls = recorded(product)
    compiled = compile(f, in_axes=(0, None))
    for rows in (1, 7, 64):
        assert compiled(numpy.arange(rows), 2.0).tolist() == [2.0 * k for k in range(rows)]
    assert len(calls) == 1
    assert compiled([[1.0, 2.0]], 2.0).tolist() == [[2.0, 4.0]]


# What may be returned.


def test_rows_are_stacked_along_axis_0_of_each_number():
    def f(x, y):
        return {"point": Point(x * y, x), "list": [1.0, (y, -2)], "none": (), "table": numpy.array([[x, 1.0], [y, x]])}

    found = compile(f, in_axes=(0, None))([2.0, 4.0, 5.0], 3.0)
    assert type(found["point"]) is Point
    assert found["point"].x.tolist() == [6.0, 12.0, 15.0]
    assert found["point"].y.tolist() == [2.0, 4.0, 5.0]
    assert found["list"][0].tolist() == [1.0] * 3
    assert found["list"][1][0].tolist() == [3.0] * 3
    assert found["none"] == ()
    assert found["table"].tolist() == [[[x, 1.0], [3.0, x]] for x in (2.0, 4.0, 5.0)]


@pytest.mark.parametrize(("reduce", "times"), [("sum", 4.0), ("mean", 1.0)])
def test_what_no_row_changes_counts_for_each_row(reduce, times):
    def f(x, y):
        return x, y, 2.5, y * 3.0, numpy.array([x, y]), {"x": x}

    x, y, constant, shared, array, named = compile(f, in_axes=(0, None), reduce=reduce)([1.0, 2.0, 3.0, 6.0], 2.0)
    assert (x, named) == (3.0 * times, {"x": 3.0 * times})
    assert (y, constant, shared) == (2.0 * times, 2.5 * times, 6.0 * times)
    assert array.tolist() == [3.0 * times, 2.0 * times]
    assert {type(n) for n in (x, y, constant, shared)} == {float}
    (only,) = compile(lambda x, y: [y * 3.0], in_axes=(0, None), reduce=reduce)([1.0, 2.0, 3.0, 6.0], 2.0)
    assert only == 6.0 * times


@pytest.mark.parametrize("result", [None, "text", [1.0, "x"], {1.0}, 1j, object()])
@pytest.mark.parametrize("in_axes", [None, 0])
def test_a_result_that_is_not_a_number_is_a_type_error(result, in_axes):
    def weird(x):
        return result

    f = compile(weird, in_axes=in_axes)
    for _ in range(2):
        with pytest.raises(TypeError, match="the result of weird must consist of numbers"):
            f([1.0])


# Shared and by row.


def test_in_axes_says_for_each_argument_whether_it_has_rows():
    xs, ys = [1.0, 2.0, 3.0], numpy.array([4.0, 5.0, 6.0])
    assert compile(product, in_axes=0)(xs, ys).tolist() == [4.0, 10.0, 18.0]
    assert compile(product, in_axes=(0, 0))(xs, ys).tolist() == [4.0, 10.0, 18.0]
    assert compile(product, in_axes=[0, None])(xs, 2.0).tolist() == [2.0, 4.0, 6.0]
    assert compile(product, in_axes=(None, 0))(2.0, ys).tolist() == [8.0, 10.0, 12.0]
    assert compile(product, in_axes=(None, None))(2.0, 3.0) == 6.0
    assert compile(product, in_axes=None)(2.0, 3.0) == 6.0


def test_shared_arguments_may_be_nested_beside_rows():
    def f(weights, row, offset):
        return autograd.dot(weights["w"], row) + offset[0, 0] * weights["b"][1]

    weights = {"w": numpy.array([1.0, 2.0]), "b": [0.0, 10.0]}
    found = compile(f, in_axes=(None, 0, None))(weights, [[1.0, 1.0], [0.0, 3.0]], numpy.array([[0.5]]))
    assert found.tolist() == [8.0, 11.0]


def test_gradients_of_shared_arguments_are_added_up_over_rows():
    step = compile(value_and_grad(lambda w, x: autograd.dot(w, x) ** 2), in_axes=(None, 0), reduce="sum")
    loss, slopes = step([1.0, 2.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert (loss, slopes) == (14.0, [8.0, 10.0])
    loss, slopes = step(numpy.array([1.0, 2.0]), numpy.eye(2))
    assert (loss, slopes.tolist()) == (5.0, [2.0, 4.0])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"in_axes": 1}, ValueError, r"in_axes must be None \(shared\) or 0 \(rows of an array\) .* got 1"),
        ({"in_axes": -1}, ValueError, "in_axes must be"),
        ({"in_axes": "0"}, ValueError, "in_axes must be"),
        ({"in_axes": (0, 1)}, ValueError, r"got \(0, 1\)"),
        ({"in_axes": (0, False)}, ValueError, "in_axes must be"),
        ({"in_axes": True}, ValueError, "in_axes must be"),
        ({"in_axes": 0, "reduce": "max"}, ValueError, "reduce must be None, 'sum' or 'mean', got 'max'"),
        ({"reduce": "sum"}, ValueError, "reduce='sum' adds up over rows: say with in_axes"),
        ({"in_axes": (None, None), "reduce": "mean"}, ValueError, "say with in_axes"),
    ],
)
def test_axes_and_reductions_that_do_not_exist_are_refused_at_once(options, error, message):
    with pytest.raises(error, match=message):
        compile(product, **options)


@pytest.mark.parametrize(
    ("in_axes", "args", "error", "message"),
    [
        (0, ([], []), ValueError, "a batch needs at least one row, got none"),
        (0, (numpy.zeros((0, 3)), numpy.zeros((0, 3))), ValueError, "at least one row"),
        (0, ([1.0], [1.0, 2.0]), ValueError, "arguments with rows must have equally many, got 1, 2"),
        ((0, 0, None), ([1.0], [1.0]), ValueError, r"in_axes has 3 entries for 2 argument\(s\)"),
        ((0,), ([1.0], [1.0]), ValueError, r"in_axes has 1 entries for 2 argument\(s\)"),
        (0, (1.0, [1.0]), ValueError, "in_axes=0 needs an argument with rows, got the number"),
        (0, (numpy.array(1.0), [1.0]), ValueError, "needs an argument with rows"),
        (0, ([[1.0], [1.0, 2.0]], [1.0, 2.0]), TypeError, "in_axes=0 needs an array of numbers"),
        (0, ({"x": [1.0]}, [1.0]), TypeError, "in_axes=0 needs an array of numbers"),
        (0, (["1.5"], [1.0]), TypeError, "in_axes=0 needs an array of numbers"),
        (0, ([None], [1.0]), TypeError, "in_axes=0 needs an array of numbers"),
        (0, ([1j], [1.0]), TypeError, "in_axes=0 needs an array of numbers"),
        (0, ("ab", [1.0, 1.0]), (TypeError, ValueError), "in_axes=0 needs an"),
        (0, (Value(1.0), [1.0]), ValueError, "in_axes=0 needs an argument with rows, got the number Value"),
        (0, ([Value(1.0)], [1.0, 2.0]), ValueError, "arguments with rows must have equally many, got 1, 2"),
        (0, (numpy.empty((0, 2), dtype=object), [Value(1.0)]), ValueError, "must have equally many, got 0, 1"),
        ((None, 0), (Value(1.0), []), ValueError, "a batch needs at least one row, got none"),
        ((None, 0), (Value(1.0), 1.0), ValueError, "needs an argument with rows"),
        ((None, 0), (Value(1.0), ["text"]), TypeError, "in_axes=0 needs an array of numbers"),
        ((0, None), ([Value(1.0)], "text"), TypeError, "expected a real number"),
        (0, (numpy.ma.array([1.0, 2.0], mask=[0, 1]), [1.0, 2.0]), TypeError, "a masked array, some of whose numbers"),
        (None, (numpy.ma.array([1.0, 2.0], mask=[0, 1]), 1.0), TypeError, "a masked array"),
        (None, (numpy.array(["x", 1.0], dtype=object), 1.0), TypeError, "expected numbers, got an array of object"),
        ((None, 0), ("text", [1.0]), TypeError, "expected a real number"),
        (None, ("text", 1.0), TypeError, "expected a real number"),
        (None, (numpy.array(["1.5"]), 1.0), TypeError, "numbers"),
        (None, (numpy.array([1j]), 1.0), TypeError, "numbers"),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_arguments_that_do_not_fit_are_refused(in_axes, args, error, message, warm):
    f = compile(lambda x, y: (y, 1.0), in_axes=in_axes)
    if warm and in_axes in (0, (None, 0)):
        f([1.0] if in_axes == 0 else 1.0, [1.0])
    elif warm and in_axes is None:
        f(numpy.array([1.0]), 1.0)
    with pytest.raises(error, match=message):
        f(*args)


def test_what_is_not_callable_or_not_called_yet_is_refused():
    with pytest.raises(TypeError, match="compile needs a function, got int"):
        compile(3)
    f = compile(square)
    for look in (lambda: f.program, lambda: f.llvm, f.report):
        with pytest.raises(ValueError, match="nothing is compiled yet: call the function once"):
            look()


def test_a_function_that_looks_at_its_numbers_is_a_tracing_error_each_time():
    f = compile(lambda x: x if x > 0.0 else -x)
    for _ in range(2):
        with pytest.raises(TracingError, match="where"):
            f(1.0)
    assert f(Value(-2.0)).data == 2.0


# Values.


def test_captured_values_are_read_afresh_at_each_call():
    w, b = Value(2.0, label="w"), Value(1.0)
    one, rows = compile(lambda x: w * x + b), compile(lambda x: w * x + b, in_axes=0)
    assert one(3.0) == 7.0
    assert rows([3.0, 4.0]).tolist() == [7.0, 9.0]
    w.data, b.data = 10.0, 0.5
    assert one(3.0) == 30.5
    assert rows([3.0, 4.0]).tolist() == [30.5, 40.5]
    assert type(one(3.0)) is float  # no path back to w
    assert w.grad == 0.0
    total = compile(grad(lambda x: w * x * x), in_axes=0, reduce="mean")
    assert total([1.0, 2.0]) == 30.0
    w.data = 1.0
    assert total([1.0, 2.0]) == 3.0


@pytest.mark.parametrize("x", [1.0, True], ids=["in C", "long way"])
def test_captured_values_are_all_from_before_or_all_from_after_a_step(x):
    values = [Value(0.0) for _ in range(5)]
    f = compile(lambda x: (autograd.max(values) - autograd.min(values)) * x)
    steps = itertools.count(1)

    def step_in_between(frame, event, argument):
        """Do what another thread could do between any two bytecodes."""
        frame.f_trace_opcodes = True
        set_numbers(values, [float(next(steps))] * 5)
        return step_in_between

    def called():
        found.append(f(x))

    for _ in range(3):
        assert f(x) == 0.0
    before, found = sys.gettrace(), []
    sys.settrace(step_in_between)
    try:
        for _ in range(10):
            called()
    finally:
        sys.settrace(before)
    assert found == [0.0] * 10
    assert next(steps) > 10


def test_a_captured_value_may_be_the_result():
    w = Value(3.0)
    for f, expected in ((lambda x: w, 3.0), (lambda x: [w, x, (w,)], [3.0, 1.0, (3.0,)])):
        for _ in range(3):
            assert compile(f)(1.0) == expected
    assert compile(lambda x: w, in_axes=0)([1.0, 2.0]).tolist() == [3.0, 3.0]
    assert compile(lambda x: w, in_axes=0, reduce="sum")([1.0, 2.0]) == 6.0
    assert compile(lambda x: w)(Value(1.0)) is w


def test_transforms_of_a_compiled_function_are_those_of_f():
    def f(x, y):
        return autograd.sin(x) * y**2

    assert grad(compile(f))(1.0, 2.0) == grad(f)(1.0, 2.0)
    assert compile(grad(compile(f)))(1.0, 2.0) == grad(f)(1.0, 2.0)
    assert compile(lambda x: compile(square)(x) + compile(square)(3.0))(2.0) == 13.0


def test_a_compiled_function_inside_another_may_use_its_numbers():
    def outer(x):
        return compile(lambda c: c * x)(2.0) + x

    assert compile(outer)(3.0) == 9.0
    assert compile(outer, in_axes=0)([3.0, 4.0]).tolist() == [9.0, 12.0]


def test_a_compiled_function_may_be_compiled_for_rows():
    inner = compile(square)
    outer = compile(inner, in_axes=0)
    assert outer([1.0, 2.0, 3.0]).tolist() == [1.0, 4.0, 9.0]
    assert inner(3.0) == 9.0
    assert compile(outer.f, in_axes=0, reduce="sum")([1.0, 2.0]) == 5.0


@pytest.mark.parametrize("in_axes", [None, 0])
def test_all_transforms_compile(in_axes, numbers_in):
    def f(xs):
        return [xs[0] * xs[1] ** 2, autograd.exp(xs[0]), xs[1]]

    def scalar(xs):
        return autograd.sin(xs[0]) * xs[1] ** 3

    def pulled(xs):
        value, pull = vjp(f, xs)
        return value, pull([1.0, 2.0, 3.0])

    point = [0.5, 2.0]
    for transform in (
        jacobian(f),
        value_and_grad(scalar),
        grad(lambda xs: autograd.sum(grad(scalar)(xs))),
        pulled,
        lambda xs: hvp(scalar, (list(xs),), ([1.0, 2.0],)),
        lambda xs: jvp(f, (list(xs),), ([1.0, 2.0],)),
    ):
        expected = numpy.hstack([numpy.ravel(x) for x in numbers_in(transform(point))])
        found = compile(transform, in_axes=in_axes)([point] * 3 if in_axes == 0 else point)
        if in_axes == 0:
            found = [x[2] for x in map(numpy.asarray, numbers_in(found))]
        assert numpy.hstack([numpy.ravel(x) for x in numbers_in(found)]) == pytest.approx(expected, rel=1e-14)


# Where something records.


def test_keywords_keep_derivatives():
    f = compile(lambda w, x: w * x, in_axes=(None, 0), reduce="sum")
    assert grad(lambda w: f(w=w, x=[1.0, 2.0]))(5.0) == 3.0
    assert f(x=[1.0, 2.0], w=Value(5.0)).data == 15.0
    with pytest.raises(TypeError, match="missing a required argument"):
        grad(lambda w: f(w, y=[1.0]))(5.0)


def test_objects_of_numbers_are_numbers():
    objects = numpy.array([1, 2.5], dtype=object)
    assert compile(lambda a: a[0] * a[1])(objects) == 2.5
    assert compile(lambda x: x * 2.0, in_axes=0)(objects).tolist() == [2.0, 5.0]


# Truths.


# Ops that Python computes.


def test_gamma_functions_have_the_bits_of_eager():
    xs = [0.1, 1.0, 2.5, -0.5, 170.0, 0.0, -3.0]
    lgamma, digamma, slope = compile(
        lambda x: [autograd.lgamma(x), autograd.digamma(x), grad(autograd.digamma)(x)], in_axes=0
    )(xs)
    for k, x in enumerate(xs):
        assert repr([lgamma[k], digamma[k], slope[k]]) == repr(
            [numpy.float64(y) for y in (autograd.lgamma(x), autograd.digamma(x), grad(autograd.digamma)(x))]
        )


# Threads, copies, processes.


def test_a_compiled_function_may_call_itself():
    def f(xs):
        return xs[0] if len(xs) == 1 else xs[0] * compiled(xs[1:]) + compiled([2.0])

    compiled, found = compile(f), []
    thread = threading.Thread(target=lambda: found.append(compiled([3.0, 4.0])), daemon=True)
    thread.start()  # which could wait for itself
    thread.join(timeout=10.0)
    assert found == [14.0]


@compile
def decorated(x):
    return x * x


class Decorated:
    def __init__(self):
        self.w = Value(2.0)

    @compile
    def scaled(self, x):
        return self.w * x

    renamed = compile(lambda self, x: self.w * x)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_decorated_function_is_pickled_by_its_name(protocol):
    for f in (decorated, Decorated.scaled):
        assert pickle.loads(pickle.dumps(f, protocol)) is f
        assert copy.copy(f) is copy.deepcopy(f) is f
    other = Compiled(decorated.f, 0, None, False)  # another of the same f, whose name means the decorated one
    assert pickle.loads(pickle.dumps(other, protocol))([1.0, 3.0]).tolist() == [1.0, 9.0]
    for method in (Decorated().scaled, Decorated().renamed):
        again = pickle.loads(pickle.dumps(method, protocol))
        assert again(3.0) == 6.0
        assert again.__self__ is not method.__self__


def test_what_cannot_be_found_by_name_is_pickled_with_its_f():
    named = compile(square)  # the name means the function, not this
    again = pickle.loads(pickle.dumps(named))
    assert (again.f, again(3.0)) == (square, 9.0)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(compile(lambda x: x))


@pytest.mark.parametrize("again", [lambda f: pickle.loads(pickle.dumps(f)), copy.deepcopy, copy.copy])
def test_a_copy_computes_the_same(again):
    f = Compiled(product, (0, None), "sum", True, "interpreter")
    f([1.0, 2.0], 3.0)
    other = again(f)
    assert other([1.0, 2.0], 3.0) == 9.0
    assert (other.f, other.in_axes, other.reduce, other.contract) == (product, (0, None), "sum", True)
    assert other.report().tier == "interpreter"


def test_it_has_name_and_docstring_of_f():
    assert (compile(square).__name__, compile(square).__wrapped__) == ("square", square)
    assert repr(compile(square)) == "<compiled square>"

    class Squarer:
        def __call__(self, x):
            return x * x

        def __repr__(self):
            return "Squarer"

    assert repr(compile(Squarer())) == "<compiled Squarer>"
    assert compile(Squarer())(3.0) == 9.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_forked_child_calls_and_compiles(twice):
    before = compile(value_and_grad(lambda x: autograd.exp(x) * apply(twice, x)), in_axes=0)
    expected = before([0.5, 1.0])[1].tolist()
    child = os.fork()
    if not child:
        try:
            same = before([0.5, 1.0])[1].tolist() == expected
            new = compile(lambda x: autograd.sin(x) * x)(2.0) == pytest.approx(autograd.sin(2.0) * 2.0)
            rows = compile(lambda xs: autograd.dot(xs, xs), in_axes=0)([[1.0, 2.0]] * 9).tolist() == [5.0] * 9
            os._exit(0 if same and new and rows else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert before([0.5, 1.0])[1].tolist() == expected


# Without what it needs.

SOURCES = Path(autograd.__file__).parents[1]
HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
"""

ANSWERS = """
import warnings
from autograd import compile, value_and_grad, exp, dot, lgamma, Value, where
W = Value(2.0)
def f(w, x):
    return {"y": exp(-x[0]) * w + where(x[1] > 0.5, dot(x, x), W), "fixed": w * 2.0, "x": [x[0], lgamma(w)]}
rows = [[0.1 * k, 0.3 * k] for k in range(11)]
def shown(x):
    if isinstance(x, dict):
        return {k: shown(v) for k, v in x.items()}
    return [shown(v) for v in x] if isinstance(x, (list, tuple)) else x.tolist() if hasattr(x, "tolist") else x
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = [
        compile(f)(1.5, [0.5, 0.75]),
        compile(value_and_grad(lambda x, y: x * y + x**2))(3.0, 4.0),
        compile(f, in_axes=(None, 0))(1.5, rows),
        compile(f, in_axes=(None, 0), reduce="sum")(1.5, rows),
        compile(f, in_axes=(None, 0), reduce="mean")(1.5, rows),
        compile(lambda x: x, in_axes=0)([[1.0, 2.0], [3.0, 4.0]]),
    ]
    W.data = 5.0
    found.append(compile(f)(1.5, [0.5, 0.25]))
"""


def in_python(source, hidden=""):
    """Run a program without a package, and return what it prints."""
    source = (HIDE.format(hidden=hidden) if hidden else "") + source
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, cwd=SOURCES)
    assert done.returncode == 0, done.stderr
    return done.stdout


def flat(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [x for item in tree for x in flat(item)] if isinstance(tree, (list, tuple)) else [tree]


def test_without_llvmlite_numpy_gives_the_same_answers_with_one_warning():
    show = ANSWERS + "print([shown(x) for x in found])\nprint(*[w.message for w in caught], sep='\\n')"
    found, *warned = in_python(show, hidden="llvmlite").strip().split("\n")
    native, *none = in_python(show).strip().split("\n")
    assert none == []
    assert len(warned) == 1
    assert "without llvmlite NumPy runs programs, slower: pip install 'chainrule[compile]'" in warned[0]
    found, native = eval(found), eval(native)
    assert str(found).count("{") == str(native).count("{")
    assert flat(found) == pytest.approx(flat(native), rel=1e-14)


def test_without_llvmlite_there_is_a_report_and_a_program():
    show = ANSWERS + "f = compile(lambda x: x + 1.0)\nf(1.0)\nprint(f.report().tier, f.program, f.llvm, sep='\\n')"
    lines = in_python(show, hidden="llvmlite").strip().split("\n")
    assert lines[0] == "NumPy"
    assert lines[-2] == "return v2"
    assert lines[-1].startswith("no LLVM")


def test_without_numpy_an_import_error_names_the_extra():
    show = """
import autograd
try:
    autograd.compile
except ImportError as error:
    print(error)
print(autograd.grad(lambda x: x * x)(3.0))
"""
    message, slope = in_python(show, hidden="numpy").strip().split("\n")
    assert message == "autograd.compile needs NumPy: pip install 'chainrule[compile]'"
    assert slope == "6.0"


def test_an_argument_may_be_called_self():
    assert compile(lambda self, x: self * x)(self=2.0, x=3.0) == 6.0
