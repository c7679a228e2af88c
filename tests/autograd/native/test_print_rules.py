import math
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Value, apply, native
from autograd.native.print_rules import ROWS, Printer

FOLDER = Path(native.__file__).parent
printer = Printer()
RULES = printer.print()
needs_native = pytest.mark.skipif(native.core() == "pure", reason="the native core is not built for this Python")
each_row = pytest.mark.parametrize("row", [op for op in ROWS if printer.arity(op)], ids=lambda op: op.name)
numbers = st.floats() | st.floats(-50.0, 50.0) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, -1e300])


def at_points(test):
    """Give a test three numbers, special ones and any others."""
    for point in [(1.0, 2.0, 3.0), (0.0, 0.0, 0.0), (-0.0, -1.0, math.inf), (math.inf, math.inf, -math.inf),
                  (math.nan, 1.0, math.nan)]:  # fmt: skip
        test = example(*point)(test)
    return given(x=numbers, y=numbers, z=numbers)(test)


def bits(x):
    return "nan" if x != x else struct.pack("d", x)


def test_the_committed_file_is_the_one_that_the_table_prints():
    assert (FOLDER / "rules.h").read_text(encoding="utf-8") == RULES


def test_only_special_functions_and_those_of_many_numbers_are_left_to_python():
    values = {op.name for op in ROWS if printer.arity(op)} - {op.name for op in printer.values}
    rules = {op.name for op in ROWS if printer.arity(op)} - {op.name for op in printer.partials}
    assert values == {"hypot", "lgamma", "digamma", "polygamma"}
    assert rules == set()
    assert "" not in printer.left.values()


@needs_native
@each_row
@at_points
def test_a_printed_value_has_the_bits_of_the_row(row, x, y, z):
    xs = (x, y, z, y, x)[: printer.arity(row)]
    found = native.module.printed_value(ROWS.index(row) + 1, *xs)
    if found is not None:
        assert bits(found) == bits(row.forward(*xs))


@needs_native
@each_row
@at_points
def test_printed_partials_have_the_bits_of_the_rule(row, x, y, z):
    if row.name == "polygamma":
        x = float(abs(int(x)) % 3 + 1) if math.isfinite(x) else 1.0  # its order
    xs = (x, y, z, y, x)[: printer.arity(row)]
    output = row.forward(*xs)
    expected = row.partials(*xs, output)
    found = native.module.printed_partials(ROWS.index(row) + 1, *xs, output)
    assert [d is False for d in found] == [d is False for d in expected]
    assert [bits(d) for d in found] == [bits(float(d)) for d in expected]


any_number = pytest.mark.parametrize("row", [op for op in ROWS if not printer.arity(op)], ids=lambda op: op.name)
edges = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324])
several = (
    st.lists(numbers, min_size=1, max_size=9)
    | st.lists(edges, min_size=1, max_size=9)
    | st.lists(numbers, min_size=60, max_size=70)
)


@needs_native
@any_number
@given(xs=several)
def test_rows_of_any_number_of_inputs_have_the_bits_of_the_table(row, xs):
    if row.name == "dot":
        xs = [*xs, *xs, 1.0]
    z, number = row.forward(*xs), ROWS.index(row) + 1
    found = native.module.printed_value(number, *xs)
    assert found is None or bits(found) == bits(z)
    nodes = [Value(x) for x in xs]
    recorded = apply(row, *nodes)
    assert bits(recorded.data) == bits(z)
    recorded.backward()
    expected = row.partials(*xs, z)
    assert [bits(node.grad) for node in nodes] == [bits(0.0 if d is False else 0.0 + float(d)) for d in expected]
    found = native.module.printed_partials(number, *xs, z)
    if found is not None:
        assert [d is False for d in found] == [d is False for d in expected]
        assert [bits(d) for d in found] == [bits(float(d)) for d in expected]


def test_only_special_values_of_many_numbers_are_left_to_python():
    left = {what for what in printer.left if not printer.arity(next(op for op in ROWS if what.endswith(f" {op.name}")))}
    assert left == {f"the value of {name}" for name in ("norm", "logsumexp", "dot")}
