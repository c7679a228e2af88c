"""Programs: a recorded graph as numbered values in order."""

import gc
import math

import autograd
from autograd import Value, ops
from autograd.compiler.program.program import Code, Program, program_of
from autograd.compiler.trace.tracing import traced, unknown
from autograd.transforms.structures import flatten


def recorded(f, *labels):
    arguments = [unknown(label) for label in labels]
    return program_of(flatten(traced(f, arguments), "the result")[0], arguments)


def test_a_program_prints_itself():
    w = Value(2.0, label="w")
    expected = ["v0 = x", "v1 = x1", "v2 = captured w", "v3 = 1.0"]
    expected += ["v4 = mul v0 v2", "v5 = maximum v4 v1", "v6 = sub v5 v3", "return v6 v0"]
    program = recorded(lambda x, y: [autograd.maximum(x * w, y) - 1.0, x], "x", "")
    assert str(program).splitlines() == expected


def test_a_captured_value_without_a_label_has_a_number():
    assert "v1 = captured 0" in str(recorded(lambda x: x * Value(2.0), "x"))


def test_values_come_in_the_order_arguments_captured_constants_operations():
    w = Value(2.0)
    program = recorded(lambda x, y: x * w + 3.0, "x", "y")
    assert (program.first_constant, program.first_operation, program.size) == (3, 4, 6)
    assert program.code == [(ops.MUL, (0, 2)), (ops.ADD, (4, 3))]
    assert program.outputs == (5,)


def test_an_argument_that_is_not_used_keeps_its_place():
    program = recorded(lambda x, y, z: z * 2.0, "x", "y", "z")
    assert program.names == ("x", "y", "z")
    assert program.code == [(ops.MUL, (2, 3))]


def test_each_operation_comes_after_its_operands_and_once():
    def f(x, y):
        shared = x * y
        return [autograd.sin(shared) + shared, shared]

    program = recorded(f, "x", "y")
    assert [op.name for op, _ in program.code] == ["mul", "sin", "add"]
    for k, (_, operands) in enumerate(program.code, start=program.first_operation):
        assert all(x < k for x in operands)


def test_constants_are_kept_once_and_by_their_bits():
    program = recorded(lambda x: [x + 0.0, x + -0.0, x * 0.0, math.nan * x, x - math.nan, 0.0], "x")
    assert list(map(repr, program.constants)) == ["0.0", "-0.0", "nan"]


def test_outputs_may_be_arguments_constants_and_captured():
    w = Value(5.0)
    program = recorded(lambda x: [x, 1.0, w, x], "x")
    assert program.code == []
    assert program.outputs == (0, 2, 1, 0)
    assert program.captured[0] is w


def test_what_no_output_needs_is_left_out():
    def f(x):
        autograd.exp(x)
        return x * 2.0

    assert [op.name for op, _ in recorded(f, "x").code] == ["mul"]


def test_captured_values_that_are_equal_stay_apart():
    v, w = Value(2.0), Value(2.0)
    program = recorded(lambda x: v * x + w * v, "x")
    assert [id(x) for x in program.captured] == [id(v), id(w)]


def test_a_graph_made_outside_is_read_from_its_leaves():
    w = Value(3.0)
    doubled = w * 2.0
    program = recorded(lambda x: doubled * x, "x")
    assert program.captured[0] is w
    assert [op.name for op, _ in program.code] == ["mul", "mul"]


def test_an_argument_may_be_a_node_of_a_graph():
    x = unknown("x")
    square = traced(lambda x: x * x, [x])
    program = program_of([traced(lambda y: y + 1.0, [square])], [square])
    assert [op.name for op, _ in program.code] == ["add"]
    assert program.captured == ()


def test_a_graph_may_be_deep():
    def f(x):
        for _ in range(20_000):
            x = x * 1.5
        return x

    assert len(recorded(f, "x").code) == 20_000


def test_a_program_of_nothing_is_empty():
    assert program_of([], []) == Program((), (), (), [], ())


def test_an_identity_is_what_it_is_of():
    program = recorded(lambda x: [autograd.apply(ops.IDENTITY, autograd.apply(ops.IDENTITY, x)) * 2.0, x], "x")
    assert program.code == [(ops.MUL, (0, 1))]
    assert program.outputs == (2, 0)


def test_code_is_a_sequence_of_operations():
    code = Code([ops.MUL, ops.ADD, ops.EXP], [(0, 1), (2, 0), (3,)])
    assert list(code) == [(ops.MUL, (0, 1)), (ops.ADD, (2, 0)), (ops.EXP, (3,))]
    assert (len(code), code[-1], code[1:] == [code[1], code[2]]) == (3, (ops.EXP, (3,)), True)
    assert code != [(ops.MUL, (0, 1))]
    assert repr(code) == repr(list(code))


def test_the_garbage_collector_has_nothing_to_walk_in_the_operands_of_a_program():
    code = recorded(lambda x, y: (x * y + 1.0) / y, "x", "y").code
    gc.collect()
    assert not any([gc.is_tracked(operands) for operands in code.operands])
