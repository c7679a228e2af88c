"""Stepper: minibatch after minibatch in native memory, as a loop in Python would take them."""

import math

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import Value, ops  # noqa: E402
from autograd.compiler.program.program import program_of  # noqa: E402
from autograd.compiler.program.simplify import simplified  # noqa: E402
from autograd.compiler.run.stepping import RowProgram, Stepper  # noqa: E402
from autograd.compiler.trace.tracing import traced, unknown  # noqa: E402
from autograd.transforms.recording import recorded_gradient  # noqa: E402

X = numpy.array([[math.sin(3.0 * k), math.cos(2.0 * k)] for k in range(24)])
Y = numpy.array([[0.5 * a - b + 0.1] for a, b in X])
START = [0.3, -0.2, 0.1]


def predict(parameters, row):
    return autograd.tanh(parameters[0] * row[0] + parameters[1] * row[1] + parameters[2])


def squared(prediction, target):
    return (prediction - target[0]) ** 2


def rows_of(loss=squared, penalty=None, keep=False, count=3):
    """Record prediction, loss and gradient for one row."""
    parameters, row, target = [Value(0.0) for _ in range(count)], [unknown("a"), unknown("b")], [unknown("y")]

    def outputs_of():
        prediction = predict(parameters, row)
        value = loss(prediction, target)
        outputs = [value, *recorded_gradient(value, parameters)]
        if penalty is not None:
            value = penalty(parameters)
            outputs += [value, *recorded_gradient(value, parameters)]
        return [*outputs, prediction] if keep else outputs

    outputs = traced(outputs_of, [], strict=False)
    program = simplified(program_of(outputs, [*parameters, *row, *target]))
    return RowProgram(program, count, [(0, 0), (0, 1), (1, 0)], penalty is not None, int(keep))


def rule_of(rule, parts):
    """Record an update of one parameter."""
    given = [unknown(name) for name in ("parameter", "gradient", *[f"state{k}" for k in range(parts)], "rate")]
    parameter, state = traced(lambda: rule(given[0], given[1], tuple(given[2:-1]), given[-1]), [])
    return simplified(program_of([parameter, *state], given))


def descent(parameter, gradient, state, rate):
    return parameter - rate * gradient, state


def momentum(parameter, gradient, state, rate):
    velocity = 0.9 * state[0] + gradient
    return parameter - rate * velocity, (velocity,)


def counted(parameter, gradient, state, rate):
    steps, last = state
    steps = steps + 1.0
    return parameter - rate * gradient / autograd.sqrt(steps) + 0.01 * last, (steps, gradient)


def stepper(rule=descent, state=((),) * 3, largest=24, arrays=(X, Y), start=START, **options):
    made = Stepper(rows_of(**options), [(rule_of(rule, len(state[0])), len(state))], state, arrays, largest)
    made.load(start, state, [0.5])
    return made


def by_hand(order, sizes, rule=descent, state=((),) * 3, rate=0.5, loss=squared, penalty=None, table=X):
    """Take the same steps in Python; return losses, parameters, state and predictions."""
    parameters, state, losses, met, start = list(START), list(state), [], [], 0
    for size in sizes:
        batch = order[start : start + size]
        start += size
        values = [Value(x) for x in parameters]
        outputs = [predict(values, table[k].tolist()) for k in batch]
        total = autograd.mean([loss(z, Y[k].tolist()) for z, k in zip(outputs, batch, strict=True)])
        if penalty is not None:
            total = total + penalty(values)
        total.backward()
        losses.append(total.data)
        met += [z.data for z in outputs]
        moved = [rule(x, v.grad, each, rate) for x, v, each in zip(parameters, values, state, strict=True)]
        parameters, state = [x for x, _ in moved], [each for _, each in moved]
    return losses, parameters, state, met


SHUFFLED = [(7 * k + 3) % 24 for k in range(24)]


@pytest.mark.parametrize("size", range(1, 25))
def test_minibatches_of_any_size_are_means_over_their_rows(size):
    sizes = [min(size, 24 - start) for start in range(0, 24, size)]
    native = stepper(largest=size)
    losses, done, _ = native.run(SHUFFLED, sizes)
    expected, parameters, _, _ = by_hand(SHUFFLED, sizes)
    assert done == len(sizes)
    assert losses == pytest.approx(expected, rel=1e-12)
    assert native.read()[0] == pytest.approx(parameters, rel=1e-12)


@pytest.mark.parametrize(
    ("rule", "state"), [(momentum, [(0.0,), (0.5,), (-1.0,)]), (counted, [(0.0, 0.0)] * 3), (counted, [(3.0, 0.5)] * 3)]
)
@pytest.mark.parametrize("sizes", [[10, 10, 4], [1] * 24])
def test_state_moves_along(rule, state, sizes):
    native = stepper(rule, state, largest=max(sizes))
    for _ in range(3):
        before = native.read()
        native.load(*before, [0.5])
        native.run(SHUFFLED, sizes)
    _, parameters, expected, _ = by_hand(SHUFFLED * 3, sizes * 3, rule, state)
    found, moved = native.read()
    assert found == pytest.approx(parameters, rel=1e-12)
    assert numpy.array(moved) == pytest.approx(numpy.array(expected), rel=1e-12)
    assert {type(x) for each in moved for x in each} == {float}


@pytest.mark.parametrize("largest", [1, 24])
def test_what_is_the_same_for_all_parameters_is_kept_once(largest):
    for state, expected in [
        ([(3.0, 0.5)] * 3, [1, 3]),
        ([(3.0, 0.5), (4.0, 0.5), (3.0, 0.5)], [3, 3]),
    ]:
        (update,) = stepper(counted, state, largest).updates
        assert [length for _, length in update.state] == expected


@pytest.mark.parametrize("sizes", [[10, 10, 4], [1] * 24])
def test_each_update_has_parameters_a_rate_and_a_state_of_its_own(sizes):
    state = [(2.0, 0.1), (1.0,), (0.5,)]
    updates = [(rule_of(counted, 2), 1), (rule_of(momentum, 1), 2)]
    native = Stepper(rows_of(), updates, state, (X, Y), max(sizes))
    native.load(START, state, [0.3, 0.7])
    native.run(SHUFFLED, sizes)

    rules = iter([(counted, 0.3), (momentum, 0.7), (momentum, 0.7)] * len(sizes))

    def by_place(parameter, gradient, state, rate):
        rule, rate = next(rules)
        return rule(parameter, gradient, state, rate)

    _, parameters, expected, _ = by_hand(SHUFFLED, sizes, by_place, state)
    found, moved = native.read()
    assert found == pytest.approx(parameters, rel=1e-12)
    for one, other in zip(moved, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("size", [1, 12])
def test_parts_of_the_state_may_change_places(size):
    def rotated(parameter, gradient, state, rate):
        return parameter - rate * gradient, (state[1], state[2], state[0])

    for state in (
        [(1.0, 2.0, 3.0)] * 3,
        [(1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0)],
        [(1.0, 2.0, float(k)) for k in range(3)],
    ):
        native = stepper(rotated, state, largest=size)
        native.run(SHUFFLED, [size, size])
        assert native.read()[1] == [(c, a, b) for a, b, c in state]


@pytest.mark.parametrize("size", [1, 24])
def test_parameters_may_change_places_with_their_state(size):
    def swapped(parameter, gradient, state, rate):
        return state[0], (parameter,)

    native = stepper(swapped, [(10.0,), (20.0,), (30.0,)], largest=size)
    native.run(SHUFFLED, [size])
    assert native.read() == ([10.0, 20.0, 30.0], [(x,) for x in START])


def test_the_same_minibatches_may_be_taken_many_times():
    native = stepper(momentum, [(0.0,)] * 3)
    losses, done, _ = native.run(SHUFFLED, [16, 8], times=5)
    expected, parameters, _, _ = by_hand(SHUFFLED * 5, [16, 8] * 5, momentum, [(0.0,)] * 3)
    assert done == 10
    assert losses == pytest.approx(expected, rel=1e-12)
    assert native.read()[0] == pytest.approx(parameters, rel=1e-12)


def test_the_rate_is_that_of_the_last_load():
    native = stepper()
    native.load(START, [()] * 3, [0.25])
    native.run(SHUFFLED, [24])
    assert native.read()[0] == pytest.approx(by_hand(SHUFFLED, [24], rate=0.25)[1], rel=1e-12)


@pytest.mark.parametrize("sizes", [[24], [5, 5, 5, 5, 4], [9, 9, 6], [1] * 24])
def test_outputs_are_kept_as_they_were_met(sizes):
    native = stepper(keep=True, largest=max(sizes))
    _, _, outputs = native.run(SHUFFLED, sizes)
    _, _, _, expected = by_hand(SHUFFLED, sizes)
    assert outputs[:24, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sizes", [[24], [5, 5, 5, 5, 4], [1] * 24])
def test_a_penalty_counts_once_for_each_step(sizes):
    def penalty(parameters):
        return 0.1 * autograd.dot(parameters, parameters)

    native = stepper(penalty=penalty, largest=max(sizes))
    losses, _, _ = native.run(SHUFFLED, sizes)
    expected, parameters, _, _ = by_hand(SHUFFLED, sizes, penalty=penalty)
    assert losses == pytest.approx(expected, rel=1e-12)
    assert native.read()[0] == pytest.approx(parameters, rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("place", range(24))
@pytest.mark.parametrize("size", [1, 5, 8, 24])
def test_it_stops_before_a_step_that_is_not_finite(bad, place, size):
    table = X.copy()
    table[SHUFFLED[place], 1] = bad
    sizes = [min(size, 24 - start) for start in range(0, 24, size)]
    good = place // size
    native = stepper(momentum, [(0.0,)] * 3, largest=size, arrays=(table, Y))
    losses, done, _ = native.run(SHUFFLED, sizes)
    expected, parameters, state, _ = by_hand(SHUFFLED, sizes[:good], momentum, [(0.0,)] * 3)
    assert done == len(losses) == good
    assert losses == pytest.approx(expected, rel=1e-12)
    found, moved = native.read()
    assert found == pytest.approx(parameters, rel=1e-12)
    assert numpy.array(moved) == pytest.approx(numpy.array(state), rel=1e-12)
    native.load(found, moved, [0.5])  # and it goes on with others
    rest = [k for k in range(24) if k != SHUFFLED[place]]
    assert native.run(rest, [1] * 23 if size == 1 else [12, 11])[1] == (23 if size == 1 else 2)


def test_rows_of_no_minibatch_do_not_matter():
    table = numpy.full((24, 2), math.nan)
    table[:7] = X[:7]
    native = stepper(largest=7, arrays=(table, Y))
    losses, done, _ = native.run(list(range(7)), [7])
    assert done == 1
    assert losses == pytest.approx(by_hand(list(range(7)), [7])[0], rel=1e-12)


@pytest.mark.parametrize("size", [1, 12])
def test_it_stops_where_a_parameter_would_overflow(size):
    native = stepper(largest=size)
    native.load(START, [()] * 3, [math.inf])
    losses, done, _ = native.run(SHUFFLED, [size, size])
    assert (done, len(losses)) == (0, 0)
    assert native.read()[0] == START


@pytest.mark.parametrize("size", [1, 24])
def test_values_that_are_not_parameters_are_read_at_each_load(size):
    scale = Value(2.0)

    def loss(prediction, target):
        return scale * (prediction - target[0]) ** 2

    native = stepper(loss=loss, largest=size)
    for scale.data in (2.0, 0.5):
        native.load(START, [()] * 3, [0.5])
        losses, _, _ = native.run(SHUFFLED, [size])
        assert losses == pytest.approx(by_hand(SHUFFLED, [size], loss=loss)[0], rel=1e-12)


def test_a_gradient_that_is_the_same_for_all_rows_and_one_that_is_nothing():
    start = [*START, 1.0, 2.0]
    native = stepper(loss=lambda z, target: z * 0.0 + target[0], count=5, state=[()] * 5, start=start)
    losses, _, _ = native.run(SHUFFLED, [24])
    assert losses == pytest.approx([Y.mean()], rel=1e-12)
    assert native.read()[0] == start


@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize("exponent", [2.0, 3.0, 4.0, -1.0, 0.5, 1.7])
def test_an_update_may_raise_to_powers(exponent, size):
    def rule(parameter, gradient, state, rate):
        return parameter - rate * gradient * state[0] ** exponent, (state[0] + 0.5,)

    native = stepper(rule, [(1.0,)] * 3, largest=size)
    native.run(SHUFFLED, [size] * 3)
    _, parameters, state, _ = by_hand(SHUFFLED, [size] * 3, rule, [(1.0,)] * 3)
    found, moved = native.read()
    assert found == pytest.approx(parameters, rel=1e-12)
    assert moved == state


def test_the_update_is_recorded_from_the_rule():
    assert [op for op, _ in rule_of(momentum, 1).code] == [ops.MUL, ops.ADD, ops.MUL, ops.SUB]
