"""Fused loops do what the groups do one by one, and keep in memory what others need, no more."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import ops  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.lower.fusion import Fused, fused  # noqa: E402
from autograd.compiler.program.schedule import NONE, Chain, OpGroup  # noqa: E402

OPS = [ops.ADD, ops.MUL, ops.RELU, ops.LESS, ops.WHERE, ops.NEG]
ARITY = {ops.ADD: 2, ops.MUL: 2, ops.RELU: 1, ops.LESS: 2, ops.WHERE: 3, ops.NEG: 1}
INPUTS = 8


def column(draw, known, length):
    """Draw operands: what an earlier group made, in its order or another, or anything."""
    same = [values for values in known if len(values) == length]
    kind = draw(st.integers(0, 5))
    if same and kind < 4:
        values = same[draw(st.integers(0, len(same) - 1))]
        return [values, values, values[::-1], values[1:] + values[:1]][kind]
    flat = [x for values in known for x in values]
    if kind == 4:
        return [draw(st.sampled_from(flat))] * length
    return [draw(st.sampled_from(flat)) for _ in range(length)]


@st.composite
def programs(draw):
    """Return groups in an order in which they can be done, and values to keep."""
    known, groups, following = [list(range(INPUTS))], [], INPUTS
    for _ in range(draw(st.integers(1, 14))):
        length = draw(st.sampled_from([1, 3, 3, 3]))
        values = list(range(following, following + length))
        following += length
        if draw(st.integers(0, 3)) == 0:
            shared = column(draw, known, 2)
            lines = [
                Chain(NONE, tuple((x, y, NONE) for x, y in zip(column(draw, known, 2), shared, strict=True)))
                for _ in values
            ]
            groups.append(OpGroup(("dots", None, True, True, tuple(shared), ()), values, lines))
        else:
            op = draw(st.sampled_from(OPS))
            operands = zip(*[column(draw, known, length) for _ in range(ARITY[op])], strict=True)
            groups.append(OpGroup((op, (True,) * ARITY[op]), values, [(op, given) for given in operands]))
        known.append(values)
    made = [x for values in known[1:] for x in values]
    return groups, draw(st.lists(st.sampled_from(made), min_size=1, unique=True))


def line_of(line, memory):
    if isinstance(line, Chain):
        return sum([memory[a] * memory[b] for a, b, _ in line.terms])
    return line[0].forward(*[memory[x] for x in line[1]])


def run_fused(item, memory):
    """Do a fused loop on a memory that has no more than what was stored."""
    made = []
    for i in range(len(item.groups[0].values)):
        values = [memory[column[i]] for column in item.columns]
        stored = iter(item.stored)
        for op, places, store in item.members:
            if op is None:
                values.append(line_of(item.sums.lines[i], memory))
            else:
                values.append(op.forward(*[values[x] for x in places]))
            if store:
                made.append((next(stored)[i], values[-1]))
    memory.update(made)


@given(programs(), st.integers(0, 2**32))
def test_fused_loops_find_what_they_need_in_memory_and_make_the_same(program, seed):
    groups, kept = program
    numbers = random.Random(seed)
    expected = {k: numbers.choice([-2.0, -0.5, 0.0, 1.0, 3.0]) for k in range(INPUTS)}
    memory = dict(expected)
    for group in groups:
        for value, line in zip(group.values, group.lines, strict=True):
            expected[value] = line_of(line, expected)
    for item in fused(groups, [True] * 1000, kept):
        if isinstance(item, Fused):
            run_fused(item, memory)
        else:
            for value, line in zip(item.values, item.lines, strict=True):
                memory[value] = line_of(line, memory)
    assert set(kept) <= set(memory)
    assert repr(memory) == repr({k: expected[k] for k in memory})  # infinite products may make NaN


def layer(first, count, inputs):
    """Return the group of a layer's sums."""
    lines = [Chain(NONE, tuple((100 + k, x, NONE) for x in inputs)) for k in range(count)]
    return OpGroup(("dots", None, False, True, tuple(inputs), ()), list(range(first, first + count)), lines)


def test_a_layer_and_its_activation_are_one_loop_that_stores_what_others_need():
    sums = layer(10, 4, (0, 1))
    relu = OpGroup((ops.RELU, (True,)), [20, 21, 22, 23], [(ops.RELU, (k,)) for k in (10, 11, 12, 13)])
    backwards = OpGroup((ops.NEG, (True,)), [30, 31, 32, 33], [(ops.NEG, (k,)) for k in (23, 22, 21, 20)])
    (one,) = fused([sums, relu, backwards], [True] * 200, [30])
    assert one.sums is sums
    assert [(op and op.name, store) for op, _, store in one.members] == [(None, False), ("relu", False), ("neg", True)]
    assert one.stored == [[33, 32, 31, 30]]


def test_groups_that_stay_alone_are_left_as_they_are():
    sums = layer(10, 4, (0, 1))
    relu = OpGroup((ops.RELU, (True,)), [20, 21, 22, 23], [(ops.RELU, (k,)) for k in (10, 11, 12, 13)])
    assert fused([sums, relu], [True] * 200, [20], alone={10: None}) == [sums, relu]


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "leaky_relu"])
@pytest.mark.parametrize("rows", [1, 7, 33])
def test_a_network_gives_the_same_bits_with_and_without(activation, rows, monkeypatch):
    sizes = (3, 9, 9, 4)
    draw = numpy.random.default_rng(1)
    parameters = draw.normal(size=sum((m + 1) * n for m, n in pairwise(sizes)))
    X = draw.normal(size=(rows, 3)) * 3.0
    if rows > 1:
        X[1] = [numpy.nan, 1.0, numpy.inf]

    def loss(parameters, x):
        at = 0
        for m, n in pairwise(sizes):
            starts = range(at, at + n * (m + 1), m + 1)
            x = [
                getattr(autograd, activation)(autograd.dot(parameters[k : k + m], x, parameters[k + m])) for k in starts
            ]
            at += n * (m + 1)
        return autograd.logsumexp(x)

    f = autograd.value_and_grad(loss)
    with_fusion = Compiled(f, (None, 0), None, False, "interpreter")(parameters, X)
    seen = []
    monkeypatch.setattr("autograd.compiler.lower.layout.fused", lambda groups, *rest: seen.append(groups) or groups)
    without = Compiled(f, (None, 0), None, False, "interpreter")(parameters, X)
    assert len(seen) == 1
    for one, other in zip(with_fusion, without, strict=True):
        assert one.tobytes() == other.tobytes()
