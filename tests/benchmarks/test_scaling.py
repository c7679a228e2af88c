"""The curves at tiny sizes: what they contain, and that a wrong engine ends the run."""

import pytest

from autograd import Value, topological

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
scaling = pytest.importorskip("scaling")

PEERS = ["jax", "torch", "C", "casadi", "ddx-ad"]


@pytest.mark.parametrize("operations", [1, 100, 1_000, 10_000])
def test_a_graph_has_about_as_many_operations_as_asked(operations):
    x = [Value(number) for number in scaling.leaves()]
    nodes = topological(scaling.blocks(x, operations))
    made = [node for node in nodes if node.op is not None]
    assert abs(len(made) - operations) <= 2


def test_no_part_of_a_graph_repeats_another():
    x = [Value(number) for number in scaling.leaves()]
    made = [node for node in topological(scaling.blocks(x, 5_000)) if node.op is not None]
    assert len({(node.op.name, *map(id, node.inputs)) for node in made}) == len(made)
    assert len({node.data for node in made}) > 0.95 * len(made)


def test_a_curve_by_graph_size_has_all_engines_with_gc_on_and_off():
    points = list(scaling.graph_size((20, 40), 1, {"chainrule": Value, "micrograd": Value}, {"micrograd": 20}))
    engines = {(p.x, p.engine, p.gc) for p in points}
    both = [True, False]
    assert engines == {(x, name, gc) for x in (20, 40) for name in ("chainrule", scaling.COMPILED) for gc in both} | {
        (20, "micrograd", gc) for gc in both
    }
    assert all([p.value > 0.0 and p.curve == "graph size" and p.unit == "s" for p in points])
    assert [p.ratio for p in points if p.engine == "chainrule"] == [1.0] * 4


def test_a_wrong_engine_ends_the_run():
    def wrong(number):
        return Value(number * 1.000001)

    with pytest.raises(SystemExit, match="graph size 20: the result of wrong is not ours; nothing was timed"):
        list(scaling.graph_size((20,), 1, {"chainrule": Value, "wrong": wrong}))


def test_a_curve_by_batch_has_the_engines_that_are_there():
    points = list(scaling.batch((1, 3), 1, PEERS))
    assert [(p.curve, p.x, p.engine) for p in points] == [
        ("batch", x, engine) for x in (1, 3) for engine in ("chainrule", "NumPy")
    ]


def test_a_curve_by_width_has_the_engines_that_are_there():
    points = list(scaling.width((2,), 1, PEERS))
    assert [(p.curve, p.x, p.engine) for p in points] == [("width", 2, "chainrule"), ("width", 2, "NumPy")]


def test_memory_is_in_bytes_per_node():
    points = list(scaling.memory((1000,), {"chainrule": Value}))
    assert [(p.curve, p.unit) for p in points] == [("memory, built", "bytes"), ("memory, after backward", "bytes")]


def test_a_chain_that_is_too_deep_is_reported(capsys):
    class Deep(Value):
        def backward(self):
            raise RecursionError

        def __mul__(self, other):
            return self

    points = list(scaling.memory((1000,), {"chainrule": Value, "deep": Deep}))
    assert [p.curve for p in points if p.engine == "deep"] == ["memory, built"]
    assert capsys.readouterr().out == "deep: backward() through a chain of 1,000 raises RecursionError\n"


def test_each_curve_is_a_table_with_a_column_for_each_engine():
    point = scaling.Point
    shown = scaling.show(
        [
            point("batch", 1, "chainrule", True, 2e-6, "s", 1.0),
            point("batch", 1, "jax.jit", True, 5e-6, "s", 2.5),
            point("batch", 10, "chainrule", True, 1e-6, "s", 1.0),
            point("memory, built", 500, "chainrule", True, 99.0, "bytes", 1.0),
        ]
    )
    batch, memory = shown.split("\n\n")
    assert [line.split() for line in batch.splitlines()[-2:]] == [
        ["1", "2,000.0", "5,000.0", "(2.50x)"],
        ["10", "1,000.0"],
    ]
    assert memory.splitlines()[-1].split() == ["500", "99"]
