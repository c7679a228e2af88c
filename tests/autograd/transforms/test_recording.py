"""What one recorded call of a function holds; test_derivatives.py has what users see of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, grad, hvp, jvp, no_grad, vjp
from autograd.graph import ordered
from autograd.transforms import recording
from autograd.transforms.recording import differentiating, record


def recorded(f, *args, **kwargs):
    return record(f, args, kwargs, range(len(args)))


def test_inputs_are_fresh_values_in_order():
    w = Value(3.0)
    seen = []
    recording = recorded(lambda v, x: seen.extend([*v, x]) or x, [1.0, w], 2.0)
    assert all(a is b for a, b in zip(recording.inputs, seen, strict=True))
    assert [x.data for x in recording.inputs] == [1.0, 3.0, 2.0]
    assert w not in set(recording.inputs)


def test_only_the_chosen_arguments_are_replaced():
    marker = object()

    def f(x, y, *, key):
        assert y is marker
        assert key is marker
        return x * 2.0

    recording = record(f, (3.0, marker), {"key": marker}, [0])
    assert [x.data for x in recording.inputs] == [3.0]


def test_the_order_has_only_what_depends_on_the_inputs():
    w = Value(5.0)

    def f(x):
        unused = x * 100.0
        other = (w * w).tanh()
        return x * x + other if unused else other

    recording = recorded(f, 3.0)
    names = [node.op.name for node in recording.order[1:]]
    assert names == ["mul", "add"]
    assert recording.order[0] is recording.inputs[0]


@given(st.data())
def test_the_order_is_topological(programs, data):
    program = data.draw(programs)
    recording = recorded(program, *program.inputs)
    place = {id(node): k for k, node in enumerate(recording.order)}
    assert len(place) == len(recording.order)
    for node in recording.order:
        assert all(place[id(x)] < place[id(node)] for x in node.inputs if id(x) in place)
    assert {id(x) for x in recording.inputs} <= set(place)


def test_results_come_back_as_floats_in_their_structure():
    recording = recorded(lambda x: {"a": (x, 2), "b": [x * x]}, 3.0)
    assert recording.result() == {"a": (3.0, 2.0), "b": [9.0]}
    assert type(recording.result()["a"][0]) is float
    assert not recording.symbolic


@pytest.mark.parametrize("arguments", [(Value(3.0),), ([1.0, Value(3.0)],), ({"a": Value(3.0)},), (((Value(3.0),),),)])
def test_values_among_the_arguments_make_derivatives_values(arguments):
    recording = recorded(lambda v: 2.0, *arguments)
    assert recording.symbolic
    assert isinstance(recording.result(), Value)


def test_a_captured_leaf_does_not_make_derivatives_values():
    w = Value(3.0)
    assert not recorded(lambda x: x * w, 2.0).symbolic


def test_a_captured_input_of_a_transform_around_makes_derivatives_values():
    seen = []

    def outer(x):
        seen.append(recorded(lambda y: x * x * y, 2.0).symbolic)
        seen.append(recorded(lambda y: y * y, 2.0).symbolic)
        return x

    recorded(outer, 3.0)
    assert seen == [True, False]


def test_pull_is_the_transpose_of_push():
    recording = recorded(lambda v: [v[0] * v[1], v[1] ** 3, v[0]], [2.0, 3.0])
    columns = [recording.push([1.0, 0.0]), recording.push([0.0, 1.0])]
    rows = [recording.pull([1.0, 0.0, 0.0]), recording.pull([0.0, 1.0, 0.0]), recording.pull([0.0, 0.0, 1.0])]
    assert [list(row) for row in zip(*columns, strict=True)] == rows == [[3.0, 2.0], [0.0, 27.0], [1.0, 0.0]]


@given(st.data())
def test_pull_and_push_are_adjoint(programs, data):
    """<cotangent, J tangent> = <J^T cotangent, tangent>, whatever the function."""
    program = data.draw(programs)
    small = st.floats(-2.0, 2.0).map(lambda x: round(x, 3))
    recording = recorded(lambda *xs: program.nodes(*xs)[-3:], *program.inputs)
    tangent = [data.draw(small) for _ in recording.inputs]
    cotangent = [data.draw(small) for _ in recording.outputs]
    pushed, pulled = recording.push(tangent), recording.pull(cotangent)
    left = [a * b for a, b in zip(cotangent, pushed, strict=True)]
    right = [a * b for a, b in zip(pulled, tangent, strict=True)]
    # The terms may cancel, here and within a derivative: compare with their size along absolute values.
    size = sum(map(abs, left)) + sum(map(abs, right)) + 1.0
    assert sum(left) == pytest.approx(sum(right), abs=1e-9 * size)


def test_pulling_twice_gives_the_same():
    recording = recorded(lambda x: x * x, 3.0)
    assert recording.pull([1.0]) == recording.pull([1.0]) == [6.0]
    assert recording.push([2.0]) == recording.push([2.0]) == [12.0]


def test_an_output_that_is_an_input_passes_its_cotangent_on():
    recording = recorded(lambda x, y: [x, x, y, x * y], 2.0, 3.0)
    assert recording.pull([1.0, 10.0, 100.0, 1000.0]) == [3011.0, 2100.0]
    assert recording.push([1.0, 0.0]) == [1.0, 1.0, 0.0, 3.0]


def test_a_result_that_is_one_node_twice_counts_twice():
    def f(x):
        y = x * x
        return [y, y]

    assert recorded(f, 3.0).pull([1.0, 10.0]) == [66.0]


def test_a_constant_result_has_no_derivative():
    w = Value(5.0)
    recording = recorded(lambda x: [1.0, w, w * w, x], 3.0)
    assert recording.pull([1.0, 1.0, 1.0, 0.0]) == [0.0]
    assert recording.push([1.0]) == [0.0, 0.0, 0.0, 1.0]


def test_recording_goes_on_inside_no_grad():
    with no_grad():
        recording = recorded(lambda x: x * x, 3.0)
        assert (Value(1.0) * 2.0).inputs == ()
    assert len(recording.order) == 2


def test_an_error_in_the_function_leaves_nothing_behind():
    def failing(x):
        raise KeyError("mine")

    def outer(x):
        with pytest.raises(KeyError, match="mine"):
            recorded(failing, x)
        return recorded(lambda y: y * y, 2.0).symbolic

    assert recorded(outer, 3.0).result() == 0.0


def test_no_gradient_is_written_anywhere():
    w = Value(5.0)
    recording = recorded(lambda x: autograd.sum([x * w, x, w]), 3.0)
    recording.pull([1.0])
    recording.push([1.0])
    assert [node.grad for node in recording.order] == [0.0] * 3
    assert w.grad == 0.0


def test_a_deep_recording_is_differentiated():
    def f(x):
        for _ in range(50_000):
            x = x * 1.0
        return x

    recording = recorded(f, 2.0)
    assert recording.pull([1.0]) == recording.push([1.0]) == [1.0]


# A transform costs only what its own f records.


@pytest.fixture
def looks(monkeypatch):
    """Count the nodes that are walked."""
    count = [0]

    def counted(*args):
        order = ordered(*args)
        count[0] += len(order)
        return order

    monkeypatch.setattr(recording, "ordered", counted)
    return count


def test_an_inner_gradient_does_not_walk_what_was_computed_before(looks):
    def descended(steps):
        def f(w):
            x, velocity = w, w
            for _ in range(steps):
                slope = autograd.grad(lambda z: (z - velocity) ** 2 + z * w)(x)  # noqa: B023
                velocity = 0.9 * velocity + slope * 0.1
                x = x - 0.01 * velocity
            return x

        looks[0] = 0
        autograd.grad(f)(0.5)
        return looks[0]

    assert descended(80) < 4.5 * descended(20)


@pytest.mark.parametrize("transform", [
    lambda f, x: autograd.grad(f)(x),
    lambda f, x: autograd.jvp(f, (x,), (1.0,)),
    lambda f, x: autograd.hessian(f)(x),
    lambda f, x: autograd.vjp(f, x)[1](1.0),
])  # fmt: skip
def test_a_gradient_beside_a_large_captured_graph_does_not_walk_it(transform, looks):
    captured = Value(1.0)
    for _ in range(1_000):
        captured = captured * 1.0
    looks[0] = 0
    transform(lambda x: x * captured, 2.0)
    assert looks[0] < 100


def test_a_value_from_another_thread_is_recorded_too():
    from concurrent.futures import ThreadPoolExecutor

    def f(x):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: x * x).result() * x

    assert autograd.grad(f)(2.0) == 12.0


def test_a_captured_node_of_the_outer_function_keeps_its_derivative():
    def f(x):
        y = x * x  # made before the inner transform begins
        return autograd.grad(lambda z: z * y)(1.0) + autograd.jvp(lambda z: z * y, (1.0,), (1.0,))[1]

    assert autograd.grad(f)(3.0) == 12.0
    assert autograd.grad(autograd.grad(f))(3.0) == 4.0


def test_a_transform_that_was_interrupted_leaves_nothing_behind(interrupt):
    for bytecodes in range(1, 1_500, 41):
        interrupt(lambda: autograd.hessian(lambda v: v[0] * v[1])([2.0, 3.0]), bytecodes)
        assert not differentiating()
        assert isinstance(autograd.grad(lambda x: x * x)(3.0), float)


def in_a_thread(f):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f).result()


@pytest.mark.parametrize(
    "inner",
    [
        lambda f: grad(f)(1.0),
        lambda f: vjp(f, 1.0)[1](1.0)[0],
        lambda f: jvp(f, (1.0,), (1.0,))[1],
        lambda f: hvp(f, (1.0,), (1.0,)),
    ],
)
def test_a_transform_in_another_thread_loses_no_derivative_of_the_one_around_it(inner):
    assert grad(lambda x: in_a_thread(lambda: inner(lambda y: x * y * y)))(3.0) == 2.0


def test_a_transform_beside_another_one_that_it_has_nothing_to_do_with_gives_floats():
    w = Value(3.0)
    assert grad(lambda x: x * in_a_thread(lambda: type(grad(lambda y: w * y * y)(1.0)) is float))(2.0) == 1.0


def test_many_threads_at_once_begin_transforms(hasty):
    wrong = []

    def work():
        for _ in range(4000):
            if (slope := grad(lambda x: x * x)(3.0)) != 6.0:
                wrong.append(slope)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_rule_that_returns_anything_but_numbers_is_named_where_derivatives_are_recorded():
    op = Op("pair", lambda x: 2.0 * x, lambda x, z: ([1.0, 2.0],))
    with pytest.raises(TypeError, match="real number"):
        grad(grad(lambda x: apply(op, x)))(1.0)
