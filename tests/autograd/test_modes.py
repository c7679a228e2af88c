import asyncio
import contextlib
import contextvars
import sys
import threading

import pytest

from autograd import AnomalyError, Value, detect_anomaly, grad, jacobian, jvp, modes, no_grad, sum, topological, vjp
from autograd.ops import OPS


def recorded(x=None):
    """Whether operations are recorded now."""
    x = Value(2.0) if x is None else x
    return bool((x * 3.0).inputs)


# Inside no_grad nothing is recorded.


def test_a_result_is_a_leaf():
    x = Value(3.0)
    with no_grad():
        y = x * x
    assert (y.data, y.op, y.inputs) == (9.0, None, ())
    assert topological(y)[0] is y


def test_no_op_records():
    with no_grad():
        for op in OPS:
            inputs = op.partials.__code__.co_argcount - 1  # without the output; -1 for any number of inputs
            y = op(*[Value(0.5)] * (inputs if inputs > 0 else 3))
            assert isinstance(y, Value)
            assert y.op is None
            assert y.inputs == ()


def test_operators_methods_and_functions_all_obey():
    x = Value(0.5)
    with no_grad():
        for y in (x + x, 1.0 - x, x**2, -x, abs(x), x.tanh(), sum([x, x, x]), x.detach()):
            assert y.inputs == ()


def test_no_gradient_flows_back():
    x = Value(3.0)
    with no_grad():
        y = x * x
    z = y * x
    z.backward()
    assert x.grad == 9.0
    assert y.grad == 3.0


def test_a_graph_made_before_can_be_differentiated_inside():
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


def test_memory_does_not_grow():
    with no_grad():
        y = Value(1.0)
        for _ in range(1000):
            y = y * 1.001
    assert len(topological(y)) == 1


def test_recording_resumes_after_the_block():
    with no_grad():
        assert not recorded()
    assert recorded()


def test_recording_resumes_after_an_error():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert recorded()


def test_blocks_nest():
    with no_grad():
        with no_grad():
            assert not recorded()
        assert not recorded()
    assert recorded()


def test_update_of_a_parameter_as_in_a_training_loop():
    w = Value(3.0)
    (w * w).backward()
    with no_grad():
        w.data -= 0.1 * w.grad
    assert w.data == pytest.approx(2.4)


# As a decorator.


def test_a_function_may_be_decorated():
    @no_grad()
    def predict(x, scale=2.0):
        """Say something."""
        return x * scale

    x = Value(3.0)
    assert predict(x).inputs == ()
    assert predict(x, scale=5.0).data == 15.0
    assert (predict.__name__, predict.__doc__) == ("predict", "Say something.")
    assert recorded()


def test_a_decorated_function_may_call_itself_and_raise():
    @no_grad()
    def countdown(x):
        if x.data <= 0.0:
            raise KeyError
        return countdown(x - 1.0)

    for _ in range(2):
        with pytest.raises(KeyError):
            countdown(Value(5.0))
        assert recorded()


def test_a_method_may_be_decorated():
    class Model:
        def __init__(self):
            self.w = Value(2.0)

        @no_grad()
        def predict(self, x):
            return self.w * x

    assert Model().predict(3.0).inputs == ()


def test_detect_anomaly_is_a_decorator_too():
    @detect_anomaly()
    def f(x):
        return x.log()

    with pytest.raises(AnomalyError):
        f(Value(-1.0))
    assert f(Value(1.0)).data == 0.0
    Value(-1.0).log()


def test_both_decorate_one_function_in_either_order():
    @no_grad()
    @detect_anomaly()
    def one(x):
        return x.log()

    @detect_anomaly()
    @no_grad()
    def two(x):
        return x.log()

    for f in (one, two):
        assert f(Value(1.0)).inputs == ()
        with pytest.raises(AnomalyError):
            f(Value(-1.0))
    assert recorded()


# no_grad and detect_anomaly together.


@pytest.mark.parametrize(("outer", "inner"), [(no_grad, detect_anomaly), (detect_anomaly, no_grad)])
def test_both_modes_hold_in_nested_blocks(outer, inner):
    x = Value(-1.0)
    with outer():
        with inner():
            assert not recorded()
            with pytest.raises(AnomalyError):
                x.log()
        if outer is no_grad:
            assert not recorded()
            x.log()
        else:
            assert recorded()
            with pytest.raises(AnomalyError):
                x.log()
    assert recorded()
    x.log()


# Per thread.


def in_a_thread(f):
    results = []
    thread = threading.Thread(target=lambda: results.append(f()))
    thread.start()
    thread.join()
    return results[0]


def raises(f):
    try:
        f()
    except AnomalyError:
        return True
    return False


def test_another_thread_records_while_this_one_does_not():
    with no_grad():
        assert in_a_thread(recorded)
        assert not recorded()


def test_another_thread_does_not_check_while_this_one_does():
    with detect_anomaly():
        assert not in_a_thread(lambda: raises(lambda: Value(-1.0).log()))
        assert raises(lambda: Value(-1.0).log())


def test_blocks_of_threads_overlap_freely():
    entered, leave = threading.Barrier(2), threading.Barrier(2)
    seen = {}

    def without():
        with no_grad():
            entered.wait()
            seen["without"] = recorded()
            leave.wait()
        seen["after"] = recorded()

    def checking():
        with detect_anomaly():
            entered.wait()
            seen["checking"] = recorded(), raises(lambda: Value(-1.0).log())
            leave.wait()

    threads = [threading.Thread(target=f) for f in (without, checking)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"without": False, "after": True, "checking": (True, True)}
    assert recorded()


# Per task.


def test_tasks_have_their_own_modes():
    async def main():
        inside, outside = asyncio.Event(), asyncio.Event()
        seen = []

        async def without():
            with no_grad():
                inside.set()
                await outside.wait()
                seen.append(("without", recorded()))

        async def checking():
            with detect_anomaly():
                await inside.wait()
                seen.append(("checking", recorded(), raises(lambda: Value(-1.0).log())))

        async def plain():
            await inside.wait()
            seen.append(("plain", recorded(), raises(lambda: Value(-1.0).log())))
            outside.set()

        await asyncio.gather(without(), checking(), plain())
        return sorted(seen)

    assert asyncio.run(main()) == [("checking", True, True), ("plain", True, False), ("without", False)]
    assert recorded()


def test_a_task_made_inside_a_block_is_inside():
    async def main():
        async def child():
            return recorded()

        with no_grad():
            return await asyncio.create_task(child())

    assert asyncio.run(main()) is False


def test_a_context_copied_inside_a_block_behaves_the_same_whoever_else_has_a_block_open():
    """A task, or `asyncio.to_thread`, started inside a block may outlive it."""
    with no_grad():
        context = contextvars.copy_context()
    alone = context.run(recorded)
    with no_grad():  # in this context, which is not that one
        beside = context.run(recorded)
    with detect_anomaly():
        checking = context.run(recorded)
    assert alone == beside == checking


def test_a_context_copied_while_checking_behaves_the_same_whoever_else_has_a_block_open():
    with detect_anomaly():
        context = contextvars.copy_context()

    def check():
        return raises(lambda: Value(-1.0).log())

    alone = context.run(check)
    with no_grad():
        beside = context.run(check)
    assert alone == beside


def test_a_generator_suspended_inside_a_block_does_not_stop_recording_for_good():
    def numbers():
        with no_grad():
            yield Value(1.0) * 2.0

    generator = numbers()
    assert next(generator).inputs == ()
    generator.close()
    assert recorded()


# Transforms inside no_grad.


def test_transforms_work_inside():
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert jacobian(lambda v: [v[0] * v[1]])([2.0, 3.0]) == [[3.0, 2.0]]
        assert jvp(lambda x: x**3, (2.0,), (1.0,)) == (8.0, 12.0)
        output, pullback = vjp(lambda x: x**3, 2.0)
        assert (output, pullback(1.0)) == (8.0, (12.0,))
        assert not recorded()


def test_the_result_of_a_transform_inside_is_not_recorded():
    """Values in give Values out, as everywhere; but these are leaves, as all results inside no_grad are."""
    x = Value(2.0)
    with no_grad():
        gradient = grad(lambda v: v**3)(x)
    assert isinstance(gradient, Value)
    assert gradient.data == 12.0
    assert gradient.inputs == ()


def test_no_grad_inside_a_function_makes_its_results_constant():
    def f(x):
        with no_grad():
            scale = x * x
        return scale * x

    assert grad(f)(3.0) == 9.0
    assert jvp(f, (3.0,), (1.0,)) == (27.0, 9.0)


def test_a_transform_of_a_function_that_is_all_no_grad_is_zero():
    assert grad(no_grad()(lambda x: x * x))(3.0) == 0.0


def test_an_inner_gradient_inside_no_grad_is_a_constant_for_the_outer_one():
    def f(x):
        with no_grad():
            slope = grad(lambda y: x * y * y)(2.0)
        return slope * x

    assert grad(f)(3.0) == 12.0


# Decorated generators and coroutines: the block is open while their own code runs, and nowhere else.


@pytest.mark.parametrize("decorate", [no_grad, no_grad()], ids=["bare", "called"])
def test_a_decorated_generator_does_not_record_while_its_caller_does(decorate):
    @decorate
    def numbers(x):
        """Double."""
        try:
            while True:
                given = yield recorded(x)
                if given == "stop":
                    return "stopped"
        except ValueError:
            yield recorded(x), "thrown"
        finally:
            seen.append(recorded(x))

    seen = []
    generator = numbers(Value(1.0))
    assert numbers.__doc__ == "Double."
    assert [next(generator), recorded(), generator.send(1), recorded()] == [False, True, False, True]
    assert generator.throw(ValueError()) == (False, "thrown")
    assert recorded()
    generator.close()
    assert seen == [False]
    assert recorded()
    other = numbers(Value(1.0))
    next(other)
    with pytest.raises(StopIteration, match="stopped"):
        other.send("stop")
    assert recorded()


@pytest.mark.parametrize("decorate", [no_grad, no_grad()], ids=["bare", "called"])
def test_decorated_coroutines_and_asynchronous_generators_do_not_record(decorate):
    @decorate
    async def alone():
        before = recorded()
        await asyncio.sleep(0)
        return before, recorded()

    @decorate
    async def several():
        try:
            for _ in range(3):
                await asyncio.sleep(0)
                given = yield recorded()
                seen.append(given)
        except ValueError:
            yield "thrown", recorded()

    seen = []

    async def main():
        found = [await alone(), recorded()]
        generator = several()
        found += [await generator.__anext__(), recorded(), await generator.asend(7), recorded()]
        found += [await generator.athrow(ValueError()), recorded()]
        await generator.aclose()
        return [*found, [x async for x in several()], recorded()]

    found = asyncio.run(main())
    assert found == [(False, False), True, False, True, False, True, ("thrown", False), True, [False] * 3, True]
    assert seen[0] == 7


def test_detect_anomaly_decorates_a_generator_and_may_be_bare():
    @detect_anomaly
    def numbers():
        yield raises(lambda: Value(-1.0).log())

    @detect_anomaly
    def one():
        return raises(lambda: Value(-1.0).log())

    generator = numbers()
    assert (next(generator), raises(lambda: Value(-1.0).log()), one()) == (True, False, True)


def test_a_generator_suspended_in_a_block_changes_nothing_for_its_caller():
    def numbers():
        with no_grad():
            yield recorded()
            yield recorded()
        yield recorded()

    generator = numbers()
    found = [next(generator), recorded(), next(generator), recorded()]
    with detect_anomaly():
        found += [recorded(), raises(lambda: Value(-1.0).log())]
    assert [*found, next(generator), recorded()] == [False, True, False, True, True, True, True, True]


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_a_generator_suspended_in_a_block_may_be_closed_in_another_thread(mode):
    def numbers():
        with mode():
            yield

    generator = numbers()
    next(generator)
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert recorded()
    assert not raises(lambda: Value(-1.0).log())
    assert not modes.alive


def test_a_call_within_a_mode_is_left_behind_however_it_ends():
    def interrupted():
        assert not recorded()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        modes.within(interrupted, recording=False)
    assert recorded()
    assert not modes.alive


# A block belongs to the code around the `with` statement, whoever enters the block for it.


@contextlib.contextmanager
def quietly():
    with no_grad():
        yield


@contextlib.contextmanager
def on_a_stack():
    with contextlib.ExitStack() as stack:
        stack.enter_context(no_grad())
        yield


@pytest.mark.parametrize("block", [quietly, on_a_stack])
def test_a_context_manager_made_of_a_generator_holds_for_the_block_under_it(block):
    with block():
        assert not recorded()
        with block():
            assert not recorded()
        assert not recorded()
    assert recorded()


@pytest.mark.parametrize("block", [quietly, on_a_stack])
def test_such_a_context_manager_in_a_generator_rests_with_it(block):
    def generator():
        with block():
            yield recorded()
            yield recorded()

    steps = generator()
    assert not next(steps)
    assert recorded()
    assert not next(steps)
    steps.close()
    assert recorded()


def test_an_asynchronous_context_manager_holds_for_its_block():
    @contextlib.asynccontextmanager
    async def block():
        with no_grad():
            yield

    async def task():
        async with block():
            inside = recorded()
        return inside, recorded()

    assert asyncio.run(task()) == (False, True)


def test_an_exit_stack_in_a_generator_rests_with_it():
    def generator():
        with contextlib.ExitStack() as stack:
            stack.enter_context(no_grad())
            yield recorded()

    steps = generator()
    assert not next(steps)
    assert recorded()
    steps.close()


def test_static_and_class_methods_are_decorated_in_either_order():
    class Model:
        @no_grad
        @staticmethod
        def of_nobody():
            return recorded()

        @no_grad()
        @classmethod
        def of_the_class(cls):
            return cls.__name__, recorded()

    assert (Model().of_nobody(), Model.of_the_class()) == (False, ("Model", False))


@pytest.mark.parametrize("decorator", [no_grad, detect_anomaly, no_grad()])
def test_something_that_cannot_be_called_cannot_be_decorated(decorator):
    with pytest.raises(TypeError, match="got float: 3"):
        decorator(3.0)


def test_an_interrupt_as_a_decorated_function_ends_leaves_no_mode_behind():
    """A profiler raises as the mode is closed, where Ctrl-C would do harm."""

    def profiler(frame, event, _):
        if event == "call" and frame.f_code is modes.Mode.close.__code__:
            sys.setprofile(None)
            raise KeyboardInterrupt

    decorated = no_grad(lambda: recorded())
    sys.setprofile(profiler)
    try:
        with pytest.raises(KeyboardInterrupt):
            decorated()
    finally:
        sys.setprofile(None)
    assert recorded()


def test_a_mode_that_an_interrupt_kept_from_opening_goes_without_a_word():
    mode = modes.Mode()
    mode.here = modes._Here(mode, modes.alive.discard)  # and the interrupt comes before it is among those alive
    before = set(modes.alive)
    del mode
    assert modes.alive == before
