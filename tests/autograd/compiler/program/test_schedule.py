"""Groups for loops: chains in whatever way a sum of products is written, and layers that share their inputs."""

import pytest
from hypothesis import given

import autograd
import nn
from autograd import ops, where
from autograd.compiler.program.program import program_of
from autograd.compiler.program.schedule import NONE, Chain, operands_of, scheduled
from autograd.compiler.program.simplify import simplified
from autograd.compiler.trace.tracing import traced, unknown
from autograd.testing.strategies import expressions
from autograd.transforms.structures import flatten


def recorded(f, count):
    arguments = [unknown(f"x{k}") for k in range(count)]
    return simplified(program_of(flatten(traced(f, arguments), "the result")[0], arguments))


def schedule_of(f, batched, summed=0):
    return scheduled(recorded(f, len(batched)), batched, summed)


def groups(schedule):
    return [*schedule.uniform, *schedule.varying]


def chains(schedule):
    return [line for group in groups(schedule) for line in group.lines if isinstance(line, Chain)]


def names(schedule):
    """Return the ops that are left beside chains."""
    return [line[0].name for group in groups(schedule) for line in group.lines if not isinstance(line, Chain)]


WAYS = {
    "built-in sum": lambda w, x, b: sum([p * q for p, q in zip(w, x, strict=True)], b),
    "built-in sum, bias last": lambda w, x, b: sum([p * q for p, q in zip(w, x, strict=True)]) + b,
    "plus": lambda w, x, b: w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b,
    "bias first": lambda w, x, b: b + w[0] * x[0] + w[1] * x[1] + w[2] * x[2],
    "other way round": lambda w, x, b: x[2] * w[2] + (x[1] * w[1] + (x[0] * w[0] + b)),
    "dot": lambda w, x, b: autograd.dot(w, x, b),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_sum_of_products_is_one_chain(way):
    def f(*xs):
        return WAYS[way](xs[:3], xs[3:6], xs[6])

    schedule = schedule_of(f, [False] * 3 + [True] * 3 + [False])
    (chain,) = chains(schedule)
    assert sorted([sorted(term[:2]) for term in chain.terms]) == [[0, 3], [1, 4], [2, 5]]
    assert names(schedule) == ([] if chain.start == 6 else ["add"])


def test_the_terms_of_a_chain_are_in_the_order_of_the_sum():
    schedule = schedule_of(lambda a, b, c, d, e: a * b + c * d + e * e, [True] * 5)
    (chain,) = chains(schedule)
    assert chain == Chain(NONE, ((0, 1, NONE), (2, 3, NONE), (4, 4, NONE)))


def test_the_neurons_of_a_layer_are_one_group():
    layer = nn.Layer(3, 4)
    program = recorded(lambda *x: layer(list(x)), 3)
    schedule = scheduled(program, [True] * 3, 0)
    (group,) = [group for group in groups(schedule) if group.key[0] == "dots"]
    assert [len(chain.terms) for chain in group.lines] == [3] * 4
    assert group.key[4] == (0, 1, 2)


def test_a_network_has_a_group_for_each_layer():
    model = nn.MLP(3, [5, 4, 1])
    program = recorded(lambda *x: model(list(x)), 3)
    sizes = [len(group.values) for group in scheduled(program, [True] * 3, 0).varying if group.key[0] == "dots"]
    assert sizes == [5, 4, 1]


def test_one_product_does_not_make_a_chain():
    schedule = schedule_of(lambda a, b, c: a * b + c, [True] * 3)
    assert chains(schedule) == []
    assert names(schedule) == ["mul", "add"]


def test_a_product_that_is_needed_elsewhere_is_not_a_term():
    def f(a, b, c, d):
        product = a * b
        return [product + c * d + a * a, product]

    (chain,) = chains(schedule_of(f, [True] * 4))
    assert "mul" in names(schedule_of(f, [True] * 4))
    assert (0, 1, NONE) not in chain.terms


def test_a_sum_that_is_needed_elsewhere_ends_its_chain():
    def f(a, b, c, d):
        total = a * b + c * d
        return [total + a * c, total]

    schedule = schedule_of(f, [True] * 4)
    (chain,) = chains(schedule)
    assert len(chain.terms) == 2
    assert names(schedule) == ["mul", "add"]


def test_a_product_added_to_itself_does_not_make_a_chain():
    assert chains(schedule_of(lambda a, b: a * b + a * b, [True] * 2)) == []


def test_a_product_behind_a_choice_with_minus_zero_is_a_masked_term():
    (chain,) = chains(schedule_of(lambda a, b, c, d: a * b + where(d, c * a, -0.0) + c * c, [True] * 4))
    assert chain.terms == ((0, 1, NONE), (2, 0, 3), (2, 2, NONE))


@pytest.mark.parametrize("otherwise", [0.0, 1.0])
def test_a_choice_with_another_number_is_not_a_mask(otherwise):
    """0.0 turns a sum of -0.0 into 0.0."""
    schedule = schedule_of(lambda a, b, c, d: a * b + where(d, c * a, otherwise) + c * c, [True] * 4)
    (chain,) = chains(schedule)
    assert chain.terms == ((0, 1, NONE), (2, 2, NONE))
    assert names(schedule) == ["mul", "where"]


def test_squares_and_reciprocals_are_not_powers():
    schedule = schedule_of(lambda x: [x**2, x**3, x**4, x**-1, x**5, x**0.5], [True])
    expected = sorted([ops.SQUARE.name, "reciprocal", *["pow_constant"] * 4])
    assert sorted(names(schedule)) == expected


def test_a_sum_of_squares_is_a_chain():
    (chain,) = chains(schedule_of(lambda x, y, z: x**2 + y * y + autograd.square(z), [True] * 3))
    assert [term[:2] for term in chain.terms] == [(0, 0), (1, 1), (2, 2)]


def test_what_no_row_changes_is_uniform():
    schedule = schedule_of(lambda w, x: autograd.exp(w) * x, [False, True])
    assert [group.key[0] for group in schedule.uniform] == [ops.EXP]
    assert [group.key for group in schedule.varying] == [(ops.MUL, (False, True))]


def test_the_same_op_at_the_same_depth_is_one_group():
    schedule = schedule_of(
        lambda x, y, z: [autograd.exp(x), autograd.exp(y), autograd.exp(autograd.exp(z))], [True] * 3
    )
    assert [len(group.values) for group in schedule.varying] == [3, 1]


def test_products_that_are_added_up_over_rows_are_not_stored():
    schedule = schedule_of(lambda w, x, y: [x * y, w * x, where(x, x * x, 0.0), x * 1.5], [False, True, True], summed=4)
    assert sorted(schedule.sums.values()) == [(1, 1, 1), (1, 2, NONE)]
    assert names(schedule) == ["mul", "mul"]


def test_an_output_that_is_not_added_up_is_stored():
    schedule = schedule_of(lambda x, y: [x * y, y * x], [True, True], summed=1)
    assert list(schedule.sums.values()) == [(0, 1, NONE)]
    assert names(schedule) == ["mul"]


def test_a_layer_is_dense_and_a_few_products_are_not():
    layer = nn.Layer(8, 8)
    assert scheduled(recorded(lambda *x: layer(list(x)), 8), [True] * 8, 0).dense
    assert not schedule_of(lambda a, b, c: a * b + b * c, [True] * 3).dense


@given(expressions(max_nodes=20))
def test_each_line_comes_after_what_it_needs(f):
    program = recorded(autograd.value_and_grad(f), 3)
    for batched in ([True] * 3, [False] * 3, [False, True, True]):
        schedule = scheduled(program, batched, 0)
        known = set(range(program.first_operation))
        for group in groups(schedule):
            for line in group.lines:
                assert known.issuperset(operands_of(line))
            known.update(group.values)
        assert known.issuperset(program.outputs)
        assert [k for k, _ in schedule.lines] == sorted([k for group in groups(schedule) for k in group.values])
        for group in schedule.uniform:
            assert not any([schedule.varies[x] for line in group.lines for x in operands_of(line)])


def test_lines_are_chains_and_the_operations_of_the_program():
    program = recorded(lambda x, y, z: autograd.exp(x * y + y * z), 3)
    lines = scheduled(program, [True] * 3, 0).lines
    (total, chain), (value, line) = lines
    assert (len(lines), value) == (2, program.outputs[0])
    assert chain == Chain(NONE, ((0, 1, NONE), (1, 2, NONE)))
    assert line == (ops.EXP, (total,))
    assert (value, line) in lines
    assert (total, line) not in lines
    assert (lines.get(0), lines.get(total), lines.get(value)) == (None, chain, line)
