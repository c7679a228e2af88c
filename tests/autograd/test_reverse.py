import contextlib
import gc
import os
import random
import sys
import threading
import tracemalloc
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, grad, topological
from autograd.reductions import dot_node

MILLION = 1_000_000


def gradients_by_hand(root, gradient=1.0):
    """The chain rule in its plainest form, for comparison: a dictionary from id to gradient."""
    gradients = {id(root): gradient}
    for node in reversed(topological(root)):
        if node.op is not None:
            data = [x if isinstance(x, float) else x.data for x in node.inputs]
            for x, partial in zip(node.inputs, node.op.partials(*data, node.data), strict=True):
                if not isinstance(x, float):
                    gradients[id(x)] = gradients.get(id(x), 0.0) + gradients[id(node)] * partial
    return gradients


def assert_gradients(root, gradient=1.0):
    """Assert that `backward` has left in every node what the chain rule gives."""
    expected = gradients_by_hand(root, gradient)
    largest = max(map(abs, expected.values()))
    for node in topological(root):
        assert node.grad == pytest.approx(expected[id(node)], rel=1e-10, abs=1e-12 * largest)


# What backward() leaves behind.


def test_the_root_has_gradient_one_and_the_leaves_their_derivatives():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    d = c + a
    d.backward()
    assert (d.grad, c.grad, b.grad, a.grad) == (1.0, 1.0, 2.0, -2.0)


def test_a_shared_input_accumulates():
    a = Value(3.0)
    b = a + a
    c = b * b
    c.backward()
    assert a.grad == 24.0
    assert b.grad == 12.0


def test_a_value_times_itself_has_twice_its_value_as_derivative():
    a = Value(3.0)
    (a * a).backward()
    assert a.grad == 6.0


def test_leaves_accumulate_over_calls():
    a = Value(3.0)
    (a * 2.0).backward()
    (a * a).backward()
    assert a.grad == 8.0


def test_calling_twice_doubles_the_leaves_and_nothing_else():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c * c + c
    d.backward()
    once = [node.grad for node in topological(d)]
    d.backward()
    for node, gradient in zip(topological(d), once, strict=True):
        assert node.grad == (2.0 * gradient if node.op is None else gradient)


def test_inner_nodes_are_reset_whatever_was_in_them():
    a = Value(2.0)
    b = a * 3.0
    c = b * b
    b.grad, c.grad = 100.0, nan
    c.backward()
    assert (a.grad, b.grad, c.grad) == (36.0, 12.0, 1.0)


def test_backward_from_an_inner_node_resets_it():
    a = Value(2.0)
    b = a * 3.0
    (b * b).backward()
    a.grad = 0.0
    b.backward()
    assert (b.grad, a.grad) == (1.0, 3.0)


def test_nodes_that_are_not_below_the_root_are_left_alone():
    a = Value(2.0)
    b = a * 3.0
    c = b * b
    c.backward()
    c.grad = 7.0
    b.backward()
    assert c.grad == 7.0


def test_gradients_set_to_zero_start_anew():
    a = Value(3.0)
    y = a * a
    y.backward()
    for zero in (0.0, 0, False):
        a.grad = zero
        y.backward()
        assert a.grad == 6.0
        assert type(a.grad) is float


def test_backward_on_a_leaf_accumulates_like_any_leaf():
    a = Value(3.0)
    a.backward()
    a.backward(2.0)
    assert a.grad == 3.0


def test_a_constant_among_the_inputs_gets_no_gradient():
    y = autograd.sum([Value(1.0), 2.0, Value(3.0)])
    y.backward()
    assert [x.grad for x in y.inputs if isinstance(x, Value)] == [1.0, 1.0]


def test_backward_returns_nothing():
    assert Value(2.0).backward() is None
    assert (Value(2.0) * 3.0).backward() is None


def test_two_roots_over_shared_nodes_add_up_in_the_leaves():
    a = Value(3.0)
    b = a * a
    one, two = b * 2.0, b * 5.0
    one.backward()
    two.backward()
    assert a.grad == 42.0
    assert b.grad == 5.0


# The gradient argument.


@pytest.mark.parametrize("gradient", [2, 2.0, True])
def test_the_gradient_scales_everything(gradient):
    a = Value(3.0)
    b = a * a
    c = b * 5.0
    c.backward(gradient)
    assert (c.grad, b.grad, a.grad) == (gradient, 5.0 * gradient, 30.0 * gradient)
    a.grad = 0.0
    c.backward(gradient=gradient)
    assert a.grad == 30.0 * gradient


def test_a_gradient_of_zero_gives_zeros():
    a = Value(3.0)
    (a * a).backward(0.0)
    assert a.grad == 0.0


def test_a_gradient_of_nan_or_infinity_spreads():
    a = Value(3.0)
    (a * a).backward(float("inf"))
    assert a.grad == float("inf")
    (a * a).backward(nan)
    assert isnan(a.grad)


@pytest.mark.parametrize("gradient", ["1", None, [1.0], 1j])
def test_a_gradient_that_is_not_a_number_is_a_type_error_and_changes_no_leaf(gradient):
    a = Value(3.0)
    y = a * a
    y.backward()
    with pytest.raises(TypeError, match="number"):
        y.backward(gradient)
    assert a.grad == 6.0


@given(st.data())
def test_backward_is_linear_in_its_gradient(programs, data):
    program = data.draw(programs)
    factors = data.draw(st.tuples(st.integers(-8, 8), st.integers(-8, 8)))
    parts = []
    for gradient in (*factors, sum(factors)):
        inputs = [Value(x) for x in program.inputs]
        program(*inputs).backward(gradient)
        parts.append([x.grad for x in inputs])
    for one, two, both in zip(*parts, strict=True):
        assert both == pytest.approx(one + two, rel=1e-9, abs=1e-9 * (abs(one) + abs(two) + 1e-3))


# Order: every use of a node counts before the node passes its gradient on.


def test_a_node_used_near_and_far_from_the_root_is_passed_on_once():
    a = Value(1.5)
    b = a.tanh()
    y = b
    for _ in range(10):
        y = y * b + b
    y = autograd.sum([b, y, b, y * b])
    y.backward()
    assert_gradients(y)


@pytest.mark.parametrize("k", range(6))
def test_every_order_of_inputs_gives_the_same_gradients(k):
    """The walk takes different paths for first inputs, for second inputs and for those of many."""
    a = Value(0.7)
    b = a * a
    c = b.sin()
    inputs = [(b, c, a), (c, b, a), (a, b, c), (a, c, b), (b, a, c), (c, a, b)][k]
    x, y, z = inputs
    root = x * (y + z) + autograd.sum([z, y, x, x * y]) + autograd.dot([x, y], [z, x], y) + (y - x) * z
    root.backward()
    assert_gradients(root)


@given(st.data())
def test_backward_is_the_chain_rule_on_every_graph(programs, data):
    program = data.draw(programs)
    root = program(*map(Value, program.inputs))
    root.backward(1.5)
    assert_gradients(root, 1.5)


@given(st.data())
def test_backward_agrees_with_grad_and_with_the_row_of_the_jacobian(programs, data):
    program = data.draw(programs)
    inputs = [Value(x) for x in program.inputs]
    program(*inputs).backward()
    by_backward = [x.grad for x in inputs]
    everything = range(len(inputs))
    tolerance = 1e-12 * max(map(abs, gradients_by_hand(program(*inputs)).values()))
    assert list(grad(program, everything)(*program.inputs)) == pytest.approx(by_backward, rel=1e-9, abs=tolerance)
    row = autograd.jacobian(lambda *xs: [program(*xs)], everything)(*program.inputs)[0]
    assert list(row) == pytest.approx(by_backward, rel=1e-9, abs=tolerance)


BLOCKED = {
    "where": lambda x: autograd.where(x > 0.0, x.log(), 1.0),
    "relu": lambda x: (x.sqrt() - 1.0).relu(),
    "maximum": lambda x: autograd.maximum(x.sqrt(), 1.0),
    "max": lambda x: autograd.max([x.sqrt(), 1.0, 2.0]),
    "clip": lambda x: autograd.clip(x.cbrt() + 3.0, 0.0, 1.0),
    "power of zero": lambda x: x.sqrt() ** 0,
    "detach": lambda x: x.sqrt().detach() * x,
}


@pytest.mark.parametrize("f", BLOCKED.values(), ids=BLOCKED)
def test_backward_agrees_with_grad_below_a_node_that_no_derivative_reaches(f):
    """At 0 the slope there is infinite: 0.0 times it is NaN, but a derivative that does not pass stays out."""
    x = Value(0.0)
    f(x).backward()
    assert x.grad == grad(f)(0.0) == grad(f)(Value(0.0)).data == 0.0


@given(st.data())
def test_a_permutation_of_inputs_permutes_gradients(programs, data):
    program = data.draw(programs)
    order = data.draw(st.permutations(range(len(program.inputs))))
    where = [order.index(k) for k in range(len(order))]

    def permuted(*xs):
        return program(*[xs[k] for k in where])

    straight = grad(program, range(len(order)))(*program.inputs)
    crossed = grad(permuted, range(len(order)))(*[program.inputs[k] for k in order])
    assert list(crossed) == [straight[k] for k in order]


@pytest.mark.parametrize("seed", range(20))
def test_backward_is_the_chain_rule_on_large_graphs(program_of, seed):
    program = program_of(seed, inputs=5, steps=400)
    inputs = [Value(x) for x in program.inputs]
    root = program(*inputs)
    root.backward()
    assert_gradients(root)
    root.backward()
    once = gradients_by_hand(root)
    for x in inputs:
        assert x.grad == pytest.approx(2.0 * once.get(id(x), 0.0), rel=1e-9)


@pytest.mark.parametrize("part", range(4))
def test_runs_of_inputs_shared_between_neurons_keep_the_order(part):
    """`dot_node` lets nodes hold the very same tuple: of weights, of inputs, in any place, at any depth."""
    for seed in range(50 * part, 50 * part + 50):
        draw = random.Random(seed)
        nodes = [Value(0.1 * k - 0.3) for k in range(3)]
        nodes += [x.sin() for x in nodes]
        runs = [tuple(draw.choices(nodes, k=2)) for _ in range(2)]
        for _ in range(draw.randrange(2, 12)):
            node = dot_node(draw.choice(runs), draw.choice(runs), draw.choice([0.25, draw.choice(nodes)]))
            nodes.append(node.tanh() if draw.random() < 0.3 else node)
            if draw.random() < 0.5:
                runs.append(tuple(draw.choices(nodes, k=2)))
        root = autograd.sum(reversed(nodes[-3:]))
        root.backward()
        assert_gradients(root)


def test_a_node_among_the_weights_may_be_made_from_the_inputs():
    """As in a network whose weights are computed by another network from the same inputs."""
    a = Value(0.5)
    hidden = (a * a, a.sin())
    weight = dot_node((Value(1.0), Value(2.0)), hidden, 0.0)
    y = dot_node((weight, Value(3.0)), hidden, 0.0)
    y.backward()
    assert_gradients(y)


def test_a_subclass_of_value_may_stand_anywhere_in_a_graph():
    class Parameter(Value):
        __slots__ = ()

    a = Parameter(3.0)
    y = (a * a + Value(1.0) * a) * 2.0
    y.backward()
    assert a.grad == 14.0
    a.backward()
    assert a.grad == 15.0


# Depth and width.


def test_a_chain_of_a_million_operations_works_forward_backward_and_in_del():
    x = Value(1.0)
    y = x
    for _ in range(MILLION // 2):
        y = y + 1e-9
        y = y * 1.0
    y.backward()
    assert x.grad == 1.0
    assert y.data == pytest.approx(1.0005)
    del y
    assert x.grad == 1.0


@pytest.mark.parametrize("step", [
    lambda y: 1.0 + y, lambda y: -y, lambda y: y.tanh(), lambda y: autograd.sum([1.0, 0.0, y]),
    lambda y: dot_node((y,), (1.0,), 0.0), lambda y: y + y,
], ids=["float first", "one input", "method", "many inputs", "neuron", "both inputs"])  # fmt: skip
def test_any_kind_of_node_may_be_deep(step):
    x = Value(0.0)
    y = x
    for _ in range(50_000):
        y = step(y)
    y.backward()
    assert x.grad != 0.0
    del y


def test_a_chain_that_hangs_on_second_inputs_is_walked_and_freed():
    x = Value(1.0)
    y = x
    for _ in range(200_000):
        y = x - y
    y.backward()
    assert x.grad == 1.0
    del y


def test_a_wide_sum_works():
    xs = [Value(float(k)) for k in range(100_000)]
    y = autograd.sum(xs)
    y.backward()
    assert all(x.grad == 1.0 for x in xs)
    z = sum(x * 2.0 for x in xs)
    z.backward()
    assert all(x.grad == 3.0 for x in xs)


def test_a_dot_of_a_hundred_thousand_products_written_as_scalars_works():
    draw = random.Random(0)
    ws = [Value(draw.uniform(-1.0, 1.0)) for _ in range(100_000)]
    xs = [Value(draw.uniform(-1.0, 1.0)) for _ in range(100_000)]
    y = sum(w * x for w, x in zip(ws, xs, strict=True))
    y.backward()
    assert all(w.grad == x.data and x.grad == w.data for w, x in zip(ws, xs, strict=True))
    assert y.data == pytest.approx(autograd.dot(ws, xs).data, rel=1e-9)


def test_a_graph_with_exponentially_many_paths_is_swept_once():
    x = Value(1.0)
    y = x
    for _ in range(1000):
        y = y + y
    y.backward()
    assert x.grad == 2.0**1000


# Memory.


def test_a_graph_is_freed_at_once_when_its_last_reference_goes():
    gc.collect()
    gc.disable()
    try:
        x = Value(1.0)
        before = sys.getallocatedblocks()
        y = x
        for k in range(100_000):
            y = y * 1.0 + x if k % 2 else autograd.sum([y, x, 0.5])
        y.backward()
        assert sys.getallocatedblocks() > before + 150_000  # a node each, whatever else it takes
        del y
        assert sys.getallocatedblocks() < before + 5_000  # Python keeps some freed tuples and floats for later
    finally:
        gc.enable()


def test_memory_is_returned_with_the_collector_off():
    def work():
        y = Value(1.0)
        for _ in range(100_000):
            y = y * 1.0
        y = autograd.sum([y] * 10_000)
        y.backward()

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        work()  # fills Python's free lists of small tuples
        before, _ = tracemalloc.get_traced_memory()
        work()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert after - before < 100_000


def no_cycles(f):
    """Run f and assert that everything it made is freed without the garbage collector."""
    f()  # imports, caches
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        f()
        found = gc.collect()
        kinds = {type(x).__name__ for x in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert (found, kinds) == (0, set())


def build_and_differentiate():
    x = Value(2.0)
    y = autograd.norm([x, x * x, autograd.dot([x, x], [x, 1.0], x)]) + autograd.softmax([x, 1.0])[0]
    y.backward()
    y.backward()


def fail_in_backward():
    op = Op("failing", lambda x: x, lambda x, z: 1 // 0)
    with contextlib.suppress(ZeroDivisionError):
        (apply(op, Value(2.0)) * 2.0).backward()


TRANSFORMS = {
    "grad": lambda: autograd.grad(lambda x: x * x)(3.0),
    "value_and_grad": lambda: autograd.value_and_grad(lambda x: x * x)(3.0),
    "grad of grad": lambda: autograd.grad(autograd.grad(lambda x: x**3))(3.0),
    "grad of a nesting": lambda: autograd.grad(lambda p: p["w"][0] * 2.0)({"w": [3.0]}),
    "grad of a Value": lambda: autograd.grad(lambda x: x * x)(Value(3.0)),
    "jacobian": lambda: autograd.jacobian(lambda v: [v[0], v[0] * v[1]])([1.0, 2.0]),
    "hessian": lambda: autograd.hessian(lambda v: v[0] * v[1])([1.0, 2.0]),
    "vjp": lambda: autograd.vjp(lambda x: x * x, 3.0)[1](1.0),
    "jvp": lambda: autograd.jvp(lambda x: x * x, (3.0,), (1.0,)),
    "hvp": lambda: autograd.hvp(lambda v: v[0] ** 3, ([3.0],), ([1.0],)),
}


@pytest.mark.parametrize(
    "f",
    [build_and_differentiate, fail_in_backward, *TRANSFORMS.values()],
    ids=["backward", "failed backward", *TRANSFORMS],
)
def test_no_reference_cycles_are_made(f):
    no_cycles(f)


def test_modes_make_no_reference_cycles():
    def f():
        with autograd.no_grad():
            Value(2.0) * 3.0
        with autograd.detect_anomaly():
            (Value(2.0) * 3.0).backward()
        try:
            with autograd.detect_anomaly():
                Value(-1.0).log()
        except autograd.AnomalyError:
            pass

    no_cycles(f)


def test_backward_keeps_nothing_alive():
    gc.disable()
    try:
        x = Value(1.0)
        y = x * 2.0
        y.backward()
        before = sys.getallocatedblocks()
        for _ in range(100):
            y.backward()
        assert sys.getallocatedblocks() < before + 20
    finally:
        gc.enable()


# Failures and interruptions.


def failing(switch):
    """An op whose rule fails while the switch is on."""

    def partials(x, z):
        if switch:
            raise KeyboardInterrupt
        return (2.0,)

    return Op("failing", lambda x: 2.0 * x, partials)


def test_an_interrupted_backward_leaves_a_graph_that_can_be_used_again():
    switch = [True]
    a, b = Value(3.0), Value(4.0)
    inner = apply(failing(switch), a * b)
    root = autograd.sum([inner * inner, a, inner])
    with pytest.raises(KeyboardInterrupt):
        root.backward()
    switch.clear()
    a.grad = b.grad = 0.0
    root.backward()
    assert_gradients(root)
    assert root.data == 24.0**2 + 3.0 + 24.0


def test_an_interrupted_backward_does_not_disturb_other_graphs():
    a = Value(3.0)
    shared = a * a
    with pytest.raises(KeyboardInterrupt):
        (apply(failing([True]), shared) * 2.0).backward()
    a.grad = 0.0
    y = shared * 2.0 + shared
    y.backward()
    assert_gradients(y)


def test_backward_may_be_called_while_another_backward_runs():
    """A user's rule that differentiates something else, which shares leaves with the graph it is in."""
    a = Value(3.0)
    other = a * a

    def partials(x, z):
        other.backward()
        return (1.0,)

    y = apply(Op("nested", lambda x: x, partials), a * 2.0) + a
    y.backward()
    assert a.grad == 3.0 + 6.0


# Threads.


def in_threads(count, work):
    barrier = threading.Barrier(count)
    results, errors = [None] * count, []

    def run(k):
        try:
            barrier.wait()
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    return results


def test_eight_threads_build_and_differentiate_at_once(hasty, program_of):
    def work(k):
        program = program_of(k % 3, steps=150)
        found = set()
        for _ in range(5):
            inputs = [Value(x) for x in program.inputs]
            program(*inputs).backward()
            found.add(tuple([x.grad for x in inputs]))
        return found

    alone = [work(k) for k in range(3)]
    assert in_threads(8, work) == [alone[k % 3] for k in range(8)]


def test_threads_may_read_the_same_leaves(hasty, program_of):
    """The transforms leave `.grad` alone, so shared parameters are safe."""
    program = program_of(7, inputs=3, steps=100)
    weights = [Value(x) for x in program.inputs]

    def work(k):
        return [grad(lambda x: program(x, weights[1], weights[2]) * weights[0])(0.1 * k) for _ in range(5)]

    alone = [work(k) for k in range(8)]
    assert in_threads(8, work) == alone
    assert [w.grad for w in weights] == [0.0, 0.0, 0.0]


def test_threads_nest_transforms_without_confusing_them(hasty, program_of):
    program = program_of(11, inputs=2, steps=30)

    def work(k):
        return [autograd.hessian(lambda v: program(*v))([0.1 * k, 0.3]) for _ in range(3)]

    alone = [work(k) for k in range(8)]
    assert in_threads(8, work) == alone


SLOW = Op(
    "slow", lambda x: x, lambda x, z: (float(len([None for _ in range(50)])) / 50.0,)
)  # other threads get a turn in between


@pytest.mark.parametrize("op", [autograd.ops.IDENTITY, SLOW], ids=lambda op: op.name)
def test_threads_may_sweep_graphs_that_share_nodes(hasty, op):
    """The leaves get the sums of one thread after another, even if a user's rule runs in Python."""
    leaves = [Value(0.5) for _ in range(20)]
    shared = apply(op, autograd.sum([x * x for x in leaves]))

    def work(_):
        for _ in range(50):
            loss = shared * 1.0
            for _ in range(10):
                loss = loss + 0.0
            loss.backward()

    in_threads(4, work)
    assert [x.grad for x in leaves] == [200.0] * 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_forked_during_a_backward_pass_of_another_thread_can_go_backward():
    inside, leave = threading.Event(), threading.Event()

    def partials(x, z):
        inside.set()
        leave.wait()
        return (1.0,)

    thread = threading.Thread(target=apply(Op("slow", lambda x: x, partials), Value(1.0)).backward)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        x = Value(3.0)
        (x * x).backward()
        os._exit(0 if x.grad == 6.0 else 1)
    leave.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_a_backward_pass_interrupted_anywhere_leaves_the_graph_intact(interrupt):
    w, x = Value(3.0), Value(2.0)
    y = (w * x + autograd.dot([w, x], [x, 1.0], w)).tanh() * x
    numbers = [node.data for node in topological(y)]
    w.grad = x.grad = 0.0
    y.backward()
    right = w.grad, x.grad
    for bytecodes in range(1, 1_200, 13):
        w.grad = x.grad = 0.0
        interrupt(y.backward, bytecodes)
        assert [node.data for node in topological(y)] == numbers
        w.grad = x.grad = 0.0
        y.backward()
        assert (w.grad, x.grad) == right


@pytest.mark.parametrize("returned", [(None,), (1.0, 2.0), 1.0])
def test_a_rule_that_returns_no_derivative_for_an_input_is_named(returned):
    op = Op("odd", lambda x: x, lambda x, z: returned)
    for derivative in (lambda: apply(op, Value(1.0)).backward(), lambda: grad(lambda x: apply(op, x))(1.0)):
        with pytest.raises(TypeError, match="'odd': partials must return one derivative for each of 1 inputs"):
            derivative()


class Half(float):
    """A float of another type, like NumPy's."""


@pytest.mark.parametrize("partial", [Half(0.5), Value(0.5), [0.5]])
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_gradients_are_plain_floats_whatever_a_rule_returns(partial, inputs):
    partials = partial * inputs if isinstance(partial, list) else (partial,) * inputs
    op = Op("odd", lambda *xs: xs[0], lambda *v: partials)
    for xs in ([Value(1.0) for _ in range(inputs)], [Value(1.0), *[1.0] * (inputs - 1)]):
        apply(op, *xs).backward()
        assert [(type(x.grad), x.grad) for x in xs if isinstance(x, Value)] == [(float, 0.5)] * (
            inputs if len({type(x) for x in xs}) == 1 else 1
        )


@pytest.mark.parametrize("partials", [("a", "a"), (1j, 1j), (object(), object()), {0: 1.0, 1: 1.0}, iter([1.0, 1.0])])
def test_backward_and_grad_refuse_the_same_results_of_a_rule(partials):
    op = Op("odd", lambda x, y: x, lambda x, y, z: partials)
    with pytest.raises(TypeError, match=r"op 'odd': partials must return"):
        apply(op, Value(1.0), Value(2.0)).backward()
    with pytest.raises(TypeError, match=r"op 'odd': partials must return"):
        grad(lambda x, y: apply(op, x, y))(1.0, 2.0)
