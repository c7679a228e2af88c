"""A compiled function where something records: it answers as a loop over rows would, and nothing is lost."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import AnomalyError, Value, compile, grad, hvp, jacobian, jvp, value_and_grad, vjp  # noqa: E402


def error_of(w, x):
    return autograd.dot(w, x[:-1]) ** 2 * x[-1] + autograd.sin(w[0])


def looped(reduce, w, rows):
    """Return what `compile(error_of, in_axes=(None, 0), reduce=reduce)` has to, by a loop."""
    each = [error_of(w, row) for row in rows]
    return {None: lambda: each, "sum": lambda: autograd.sum(each), "mean": lambda: autograd.mean(each)}[reduce]()


ROWS = [[1.0, 2.0, 0.5], [-1.0, 0.25, 2.0], [0.0, 3.0, -1.0]]


WEIGHTS = [0.5, -1.0]


@pytest.fixture
def flat_floats(numbers_in):
    """Return what finds the numbers in nested lists, tuples and arrays."""
    return lambda tree: numpy.hstack([numpy.ravel(x) for x in numbers_in(tree)]).astype(float)


def test_given_values_it_is_f_and_records():
    f = compile(lambda x, y: x * y)
    x, y = Value(3.0), Value(4.0)
    z = f(x, y)
    z.backward()
    assert (z.data, x.grad, y.grad) == (12.0, 4.0, 3.0)
    z = f([x][0], 2.0)
    assert z.inputs == (x, 2.0)
    assert compile(lambda p: p["x"] * p["y"] + p["more"][0])({"x": x, "y": 2.0, "more": [1.0]}).data == 7.0
    array = numpy.array([x, y], dtype=object)
    assert compile(lambda a: a[0] * a[1])(array).data == 12.0
    assert compile(lambda x, y=2.0, z=3.0: x + 10.0 * y + 100.0 * z)(x, z=1.0).data == 123.0


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize(
    "transform",
    [
        grad,
        autograd.hessian,
        lambda f: lambda w: value_and_grad(f)(w),
        lambda f: lambda w: grad(lambda w: autograd.sum(grad(f)(w)))(w),
        lambda f: lambda w: jvp(f, (w,), ([1.0, 2.0],)),
        lambda f: lambda w: vjp(f, w)[1](1.0),
        lambda f: lambda w: hvp(f, (w,), ([1.0, 2.0],)),
        lambda f: compile(grad(f)),
        lambda f: lambda w: compile(lambda s: grad(lambda w: f([s * x for x in w]))(w))(1.0),
        lambda f: compile(lambda w: f(w) * 2.0),
    ],
)
def test_a_function_of_rows_has_the_derivatives_of_a_loop(reduce, transform, flat_floats):
    f = compile(error_of, in_axes=(None, 0), reduce=reduce)
    f(WEIGHTS, ROWS)
    f(WEIGHTS, ROWS)  # what is warm answers likewise
    for rows in (ROWS, numpy.array(ROWS)):
        found = transform(lambda w: f(w, rows))(WEIGHTS)  # noqa: B023
        expected = transform(lambda w: looped(reduce, w, ROWS))(WEIGHTS)
        assert flat_floats(found) == pytest.approx(flat_floats(expected), rel=1e-13)


def test_stacked_rows_have_derivatives_too():
    f = compile(error_of, in_axes=(None, 0))
    found, expected = [
        jacobian(lambda w, g=g: g(w))(WEIGHTS) for g in (lambda w: f(w, ROWS), lambda w: looped(None, w, ROWS))
    ]
    assert numpy.transpose(found).tolist() == expected
    assert jvp(lambda w: f(w, ROWS), (WEIGHTS,), ([1.0, 2.0],))[1].tolist() == pytest.approx(
        jvp(lambda w: looped(None, w, ROWS), (WEIGHTS,), ([1.0, 2.0],))[1], rel=1e-14
    )
    by_row = grad(lambda x: autograd.sum(f(WEIGHTS, [[x, x, 1.0], [2.0, x, x]])))(0.5)
    assert by_row == pytest.approx(grad(lambda x: looped("sum", WEIGHTS, [[x, x, 1.0], [2.0, x, x]]))(0.5), rel=1e-14)


@pytest.mark.parametrize("reduce", [None, "mean"])
def test_what_rows_capture_has_derivatives(reduce):
    def f(w):
        return autograd.sum(numpy.atleast_1d(compile(lambda x: (w * x) ** 2, in_axes=0, reduce=reduce)([1.0, 2.0])))

    scale = 1.0 if reduce is None else 0.5
    assert grad(f)(3.0) == 30.0 * scale
    assert grad(grad(f))(3.0) == 10.0 * scale
    assert jvp(f, (3.0,), (2.0,)) == (45.0 * scale, 60.0 * scale)
    assert compile(f)(3.0) == 45.0 * scale
    assert compile(grad(f), in_axes=0)([3.0, 1.0]).tolist() == [30.0 * scale, 10.0 * scale]


def test_rows_of_rows_are_those_of_two_loops():
    inner = compile(lambda a, x, y: a * x * y, in_axes=(None, 0, None))
    outer = compile(lambda x, y: inner(x, [1.0, 2.0, 3.0], y), in_axes=(0, None))
    assert outer([1.0, 10.0], 2.0).tolist() == [[2.0, 4.0, 6.0], [20.0, 40.0, 60.0]]
    total = compile(lambda x: compile(lambda y: x * y, in_axes=0, reduce="sum")([1.0, x]), in_axes=0, reduce="mean")
    assert total([1.0, 2.0]) == 4.0
    assert grad(lambda x: total([x, x]))(3.0) == 7.0


def test_values_among_the_arguments_with_rows_are_recorded():
    w, b = Value(2.0), Value(1.0)
    f = compile(
        lambda p, x: {"y": p["w"] * x + p["b"], "x": [x, x > 1.0], "a": numpy.array([x, p["b"]])}, in_axes=(None, 0)
    )
    for _ in range(2):
        found = f({"w": w, "b": b}, [1.0, 3.0])
    assert [x.data for x in found["y"]] == [3.0, 7.0]
    assert [x.tolist() for x in found["x"]] == [[1.0, 3.0], [False, True]]
    assert (found["x"][1].dtype, found["a"].shape, found["a"][1, 0]) == (bool, (2, 2), 3.0)
    autograd.sum(found["y"]).backward()
    assert (w.grad, b.grad) == (4.0, 2.0)
    x, y = Value(3.0), Value(4.0)
    for rows in ([x, y], numpy.array([x, y], dtype=object), (x, 4.0)):
        loss = compile(lambda w, x: w * x, in_axes=(None, 0), reduce="mean")(w, rows)
        w.grad = x.grad = 0.0
        loss.backward()
        assert (loss.data, w.grad, x.grad) == (7.0, 3.5, 1.0)
    table = numpy.array([[x, 1.0], [2.0, y]], dtype=object)
    assert compile(lambda row: row[0] * row[1], in_axes=0, reduce="sum")(table).data == 11.0


def test_inside_no_grad_values_are_computed_and_nothing_is_recorded():
    f, w = compile(lambda w, x: w * x, in_axes=(None, 0)), Value(2.0)
    with autograd.no_grad():
        assert [(x.data, x.inputs) for x in f(w, [1.0, 2.0])] == [(2.0, ()), (4.0, ())]
        assert f(2.0, [1.0, 2.0]).tolist() == [2.0, 4.0]
        assert compile(lambda x, y: x * y)(2.0, 3.0) == 6.0

    def loss(w):
        with autograd.no_grad():
            fixed = autograd.sum(f(w, [1.0, 2.0]))
        return fixed * w

    assert grad(loss)(2.0) == 6.0


def test_detect_anomaly_sees_what_compiled_code_does():
    def f(x, w):
        return autograd.log(x) * w

    one, rows, both = compile(f), compile(f, in_axes=(0, None), reduce="sum"), compile(value_and_grad(autograd.sqrt))
    for _ in range(3):
        assert (str(one(-1.0, 2.0)), both(0.0), str(rows([1.0, -1.0], 2.0))) == ("nan", (0.0, math.inf), "nan")
    line = f.__code__.co_firstlineno + 1
    for call in (lambda: one(-1.0, 2.0), lambda: rows([1.0, -1.0], 2.0), lambda: one(w=2.0, x=-1.0)):
        with autograd.detect_anomaly(), pytest.raises(AnomalyError, match="log made nan from") as error:
            call()
        assert f"{__file__}:{line}: return autograd.log(x) * w" in str(error.value)
    with autograd.detect_anomaly(), pytest.raises(AnomalyError, match="sqrt turned inf"):
        both(0.0)
    with autograd.detect_anomaly():
        assert type(one(1.0, 2.0)) is float
        assert rows([1.0, 1.0], 2.0) == 0.0
        assert both(4.0) == (2.0, 0.25)
        assert compile(lambda x: [x > 0.0, numpy.array([x, 1.0])], in_axes=0)([1.0])[0].dtype == bool
        with pytest.raises(ValueError, match="at least one row"):
            rows([], 2.0)
        loss = compile(lambda w, x: autograd.sqrt(w * x), in_axes=(None, 0), reduce="sum")
        with pytest.raises(AnomalyError, match="sqrt"):
            grad(lambda w: loss(w, [0.0, 1.0]))(2.0)


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_rows_whose_results_are_nested_otherwise_are_refused(reduce):
    f = compile(lambda w, x: [w * x] if x < 2.0 else [w, x], in_axes=(None, 0), reduce=reduce)
    with pytest.raises(ValueError, match=r"the result of <lambda> must have one structure: got .* for a row"):
        f(Value(1.0), [1.0, 3.0])


def test_f_sees_rows_as_numbers_and_arrays_and_shared_arguments_as_they_are():
    seen = []

    def f(shared, x, row, table):
        seen.append((shared, type(x), row.shape, table.shape))
        return shared["w"] * x

    shared = {"w": Value(2.0)}
    found = compile(f, in_axes=(None, 0, 0, 0))(shared, [1, 2], [[1.0, 2.0]] * 2, numpy.zeros((2, 3, 1)))
    assert [x.data for x in found] == [2.0, 4.0]
    assert [x[1:] for x in seen] == [(float, (2,), (3, 1))] * 2
    assert all(x[0] is shared for x in seen)


@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=6), st.sampled_from([None, "sum", "mean"]))
def test_numbers_are_those_of_native_code(xs, reduce):
    """What is recorded and what is compiled are two ways to the same numbers."""

    def f(w, x):
        return {"a": numpy.array([[w * x, x], [1.0, -w]]), "t": (x > w, 2.0)}

    compiled = compile(f, in_axes=(None, 0), reduce=reduce)
    native, eager = compiled(1.5, xs), compiled(Value(1.5), xs)
    for found, expected in ((eager["a"], native["a"]), *zip(eager["t"], native["t"], strict=True)):
        numbers = numpy.vectorize(lambda x: x.data if isinstance(x, Value) else x, otypes=[float])(found)
        assert numbers == pytest.approx(numpy.asarray(expected, dtype=float), rel=1e-13, abs=1e-13)
        assert numpy.shape(found) == numpy.shape(expected)
    if reduce is None:
        assert eager["t"][0].dtype == native["t"][0].dtype == bool
        assert eager["t"][1].dtype == float
