"""Recording: every way to look at a number that is not known yet is an error that says where, and what to do."""

import copy
import math
import operator
import pickle
import threading
from pathlib import Path

import pytest

import autograd
from autograd import Op, TracingError, Value, apply, no_grad, ops
from autograd.compiler.program import program_of
from autograd.compiler.replay import Replay
from autograd.compiler.tracing import Recorded, traced, unknown, without_numbers
from autograd.transforms.structures import flatten


def run(f, *numbers):
    """Record a function and replay it at a point; what it captured is read then."""
    arguments = [unknown(f"x{k}") for k in range(len(numbers))]
    outputs, structure = flatten(traced(f, arguments), "the result")
    program = program_of(outputs, arguments)
    shared = [*numbers, *[x.data for x in program.captured]]
    return structure.unflatten(Replay(program, [False] * len(numbers), [])(shared, []))


def count_down(x):
    while x > 0.0:
        x = x - 1.0
    return x


LOOKS = {
    "if": (lambda x, y: x if x > y else y, "where"),
    "while": (lambda x, y: count_down(x), "where"),
    "not": (lambda x, y: not x, "where"),
    "and": (lambda x, y: x and y, "where"),
    "bool": (lambda x, y: bool(x), "where"),
    "chained comparison": (lambda x, y: 0.0 < x < 1.0, "where"),
    "in": (lambda x, y: x in [y], "where"),
    "index of": (lambda x, y: [y, y].index(x), "where"),
    "max": (lambda x, y: max(x, y), "maximum"),
    "min": (lambda x, y: min(x, y), "minimum"),
    "sorted": (lambda x, y: sorted([x, y]), "where"),
    "filter": (lambda x, y: list(filter(None, [x, y])), "where"),
    "any": (lambda x, y: any([x > 0.0, y > 0.0]), "where"),
    "float": (lambda x, y: float(x), "autograd.sin"),
    "int": (lambda x, y: int(x), "functions of autograd"),
    "complex": (lambda x, y: complex(x), "functions of autograd"),
    "round": (lambda x, y: round(x), "functions of autograd"),
    "trunc": (lambda x, y: math.trunc(x), "functions of autograd"),
    "math": (lambda x, y: math.sin(x), "autograd.sin"),
    "place in a list": (lambda x, y: [1.0, 2.0][x], "functools.partial or a closure"),
    "range": (lambda x, y: list(range(x)), "functools.partial or a closure"),
    "slice": (lambda x, y: [y, y][x:], "functools.partial or a closure"),
    "flag": (lambda x, y: y if x else -y, "functools.partial or a closure"),
    "count": (lambda x, y: y * int(x), "functools.partial or a closure"),
    "data": (lambda x, y: x.data, "the Value itself"),
    "attrgetter": (lambda x, y: operator.attrgetter("data")(x), "the Value itself"),
    "data of a result": (lambda x, y: (x * y).data, "the Value itself"),
    "setting data": (lambda x, y: setattr(x, "data", 1.0), "return the new number"),
    "item": (lambda x, y: x.item(), "the Value itself"),
    "backward": (lambda x, y: (x * y).backward(), "value_and_grad"),
    "copy": (lambda x, y: copy.copy(x), "the Value itself"),
    "deepcopy": (lambda x, y: copy.deepcopy(x * y), "the Value itself"),
    "pickle": (lambda x, y: pickle.dumps(x), "result of the call"),
    "format": (lambda x, y: f"{x:.2f}", "result of the call"),
    "captured": (lambda x, y: x if Value(1.0) > 0.0 else y, "where"),
    "grad": (lambda x, y: autograd.grad(lambda z: z if z > 0.0 else -z)(x), "where"),
}


@pytest.mark.parametrize("how", LOOKS)
def test_a_look_at_a_recorded_value_names_the_line_and_what_to_do(how):
    look, advice = LOOKS[how]
    with pytest.raises(TracingError) as caught:
        traced(look, [unknown("x"), unknown("y")])
    message = str(caught.value)
    line = count_down.__code__.co_firstlineno + 1 if how == "while" else look.__code__.co_firstlineno
    assert f"{Path(__file__)}:{line}: " in message
    assert Path(__file__).read_text(encoding="utf-8").splitlines()[line - 1].strip() in message
    assert advice in message


def test_numpy_is_refused_as_python_is():
    numpy = pytest.importorskip("numpy")
    for look in (
        lambda x: numpy.float64(x),
        lambda x: numpy.where(x > 0.0),
        lambda x: numpy.argmax([x, 0.0]),
        lambda x: numpy.asarray([x], dtype=float),
    ):
        with pytest.raises(TracingError):
            traced(look, [unknown()])


def test_a_tracing_error_is_a_type_error_too():
    assert issubclass(TracingError, TypeError)
    assert issubclass(TracingError, autograd.AutogradError)


def test_a_recorded_value_shows_itself_as_recorded():
    shown = []
    traced(lambda x: shown.extend([repr(x), str(x), f"{x}", f"{x * 2.0!r}"]), [unknown()])
    assert shown == ["Value(data=<recorded>)"] * 4


def test_a_recorded_value_is_a_value():
    def f(x):
        assert isinstance(x, Value)
        return x * 3.0

    assert run(f, 2.0) == 6.0


def test_nothing_is_looked_up_by_a_recorded_value():
    """A dict of numbers would give its default, for every number that comes later too."""
    with pytest.raises(TracingError, match="looks something up by a recorded Value"):
        run(lambda x: {2.0: 3.0}.get(x, 1.0) * x, 2.0)


@pytest.mark.parametrize(
    ("compare", "op"),
    [
        (lambda x, y: x < y, ops.LESS),
        (lambda x, y: x <= y, ops.LESS_EQUAL),
        (lambda x, y: x == y, ops.EQUAL),
        (lambda x, y: x != y, ops.NOT_EQUAL),
        (lambda x, y: y > x, ops.LESS),
        (lambda x, y: y >= x, ops.LESS_EQUAL),
    ],
)
def test_comparisons_are_recorded(compare, op):
    x, y = unknown(), unknown()
    result = traced(compare, [x, y])
    assert isinstance(result, Recorded)
    assert (result.op, result.inputs) == (op, (x, y))
    for pair in [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0)]:
        assert run(compare, *pair) == float(compare(*pair))


def test_comparisons_with_plain_numbers_are_recorded():
    assert run(lambda x: [x > 1.0, x < 1.0, x >= 2, x == 2.0], 2.0) == [1.0, 0.0, 1.0, 1.0]


def test_a_comparison_with_something_else_is_pythons():
    assert traced(lambda x: [x == None, x != "text"], [unknown()]) == [False, True]  # noqa: E711


def test_comparisons_are_python_s_again_outside():
    traced(lambda x: x < 1.0, [unknown()])
    assert (Value(1.0) < Value(2.0)) is True


def test_an_error_while_recording_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        traced(lambda x: 1 // 0, [unknown()])
    assert (Value(1.0) < 2.0) is True
    assert type(Value(1.0) * 2.0) is Value


@pytest.mark.parametrize("f", [lambda x: Value.detach(x) * x, lambda x: x.detach() * x])
def test_a_detached_value_is_a_constant_to_the_chain_rule(f):
    assert run(autograd.grad(lambda x: x.detach() * x), 3.0) == 3.0


def test_what_no_grad_makes_is_a_constant_to_the_chain_rule():
    def f(x):
        with no_grad():
            y = x * x
        return y * x

    assert run(f, 3.0) == 27.0
    assert run(autograd.grad(f), 3.0) == autograd.grad(f)(3.0) == 9.0


def test_transforms_nest_inside():
    def f(x, y):
        inner = autograd.grad(lambda z: z**3 * y)(x)
        return inner * autograd.value_and_grad(lambda w: w * x)(y)[0]

    for g in (f, autograd.grad(f), autograd.grad(f, argnums=(0, 1)), autograd.hessian(f)):
        assert run(g, 2.0, 5.0) == g(2.0, 5.0)


def test_forward_mode_is_recorded():
    def f(x, t):
        return autograd.jvp(lambda y: autograd.relu(y) * y, (x,), (t,))

    for x in (2.0, -2.0, 0.0):
        assert run(f, x, 3.0) == f(x, 3.0)


def test_captured_values_are_leaves_of_the_program():
    w = Value(2.0, label="w")
    x = unknown()
    program = program_of([traced(lambda x: w * x + w, [x])], [x])
    assert program.captured[0] is w
    replay = Replay(program, [False], [])
    assert replay([3.0, w.data], []) == [8.0]
    w.data = 10.0
    assert replay([3.0, w.data], []) == [40.0]


def test_a_captured_value_can_be_differentiated_by():
    w = Value(2.0)
    assert run(lambda x: autograd.grad(lambda v: v * v * x)(w), 5.0) == 20.0


def test_values_are_left_as_they_were():
    w = Value(2.0)
    run(autograd.grad(lambda x: (w * x).tanh()), 3.0)
    assert (w.data, w.grad, w.inputs) == (2.0, 0.0, ())
    assert type(w) is Value


def test_a_rule_of_your_own_that_decides_is_named():
    kink = Op("kink", lambda x: max(x, 0.0), lambda x, z: (1.0 if x > 0.0 else 0.0,))
    assert run(lambda x: apply(kink, x), 3.0) == 3.0
    with pytest.raises(TracingError, match="where"):
        traced(autograd.grad(lambda x: apply(kink, x)), [unknown()])


def test_a_transform_inside_no_grad_is_a_constant_to_the_chain_rule():
    def f(x):
        with no_grad():
            y = autograd.grad(lambda z: z**3)(x)
        return y * x

    assert run(autograd.grad(f), 3.0) == autograd.grad(f)(3.0) == 27.0


def test_a_captured_value_is_read_afresh_when_detached():
    w = Value(2.0)
    x = unknown()
    program = program_of([traced(lambda x: w.detach() * x, [x])], [x])
    assert program.captured[0] is w


def test_a_captured_value_decides_nothing():
    w = Value(2.0)
    with pytest.raises(TracingError, match="where"):
        traced(lambda x: x if w else -x, [unknown()])


def test_an_op_of_your_own_is_not_called_while_recording():
    whole = Op("whole", lambda x: float(int(x)), lambda x, z: (0.0,))
    assert run(lambda x: apply(whole, x), 2.5) == 2.0


# After the recording.


class Keeping:
    """A function that keeps what it computed, as many modules keep their activations."""

    def __init__(self):
        self.w, self.kept = Value(2.0), None

    def __call__(self, x):
        self.kept = self.w * x
        return self.kept + 1.0


@pytest.mark.parametrize("use", [
    lambda v: v * 2.0, lambda v: 2.0 * v, lambda v: Value(1.0) + v, lambda v: -v, lambda v: v.tanh(), autograd.exp,
    lambda v: autograd.sum([v, 1.0]), lambda v: autograd.dot([Value(1.0)], [v]), lambda v: v < 1.0, lambda v: v.data,
    lambda v: v.item(), bool, float, lambda v: v.backward(), lambda v: autograd.grad(lambda x: x * v)(1.0),
    lambda v: autograd.compile(lambda x: x * v)(1.0), lambda v: autograd.draw(v).source, hash,
])  # fmt: skip
def test_a_recorded_value_that_outlives_its_recording_is_an_error_when_it_is_used(use):
    f = Keeping()
    assert autograd.compile(f)(3.0) == 7.0
    with pytest.raises(TracingError):
        use(f.kept)
    assert repr(f.kept) == "Value(data=<recorded>)"
    assert autograd.compile(f)(4.0) == 9.0  # and does no harm


def test_an_argument_that_was_kept_is_an_error_too():
    kept = []
    autograd.compile(lambda v: kept.append(v) or v[0])([1.0, 2.0])
    with pytest.raises(TracingError, match="after its recording"):
        kept[0][0] * 2.0


def test_a_failed_recording_forgets_its_values_too():
    kept = []

    def f(x):
        kept.append(x * 2.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        autograd.compile(f)(1.0)
    with pytest.raises(TracingError, match="after its recording"):
        kept[0] + 1.0


def test_a_look_at_a_number_that_is_not_known_yet_is_an_error_for_this_call_alone():
    w, seen = Value(2.0, label="w"), []

    def look(x):
        thread = threading.Thread(target=lambda: seen.append((w.data, type(w), w.item())))
        thread.start()
        thread.join()
        return x * w.data

    with pytest.raises(TracingError, match="reads the number"):
        traced(without_numbers, [[w], look, unknown("x")])
    assert seen == [(2.0, Value, 2.0)]
    assert w.data == 2.0
    assert traced(lambda x: x * w.data, [unknown("x")]).inputs[1] == 2.0  # captured on purpose
