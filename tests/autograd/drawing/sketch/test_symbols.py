"""Every operation has something to write on its badge."""

from autograd import OPS, Op
from autograd.drawing.sketch.symbols import SYMBOLS, symbol


def test_every_op_of_the_table_has_a_symbol():
    assert set(SYMBOLS) == set(OPS)
    assert all(SYMBOLS.values())


def test_signs_and_names():
    written = {op.name: symbol(op) for op in OPS}
    assert written["add"] == "+"
    assert written["mul"] == "\N{MULTIPLICATION SIGN}"
    assert written["tanh"] == "tanh"
    assert written["dot"] == "dot"


def test_an_op_of_the_user_shows_its_name_in_short():
    assert symbol(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))) == "cube"
    assert symbol(Op("mul", lambda x: x, lambda x, z: (1.0,))) == "mul"
    assert symbol(Op("a\n" * 100, lambda x: x, lambda x, z: (1.0,))) == "a\\na\\na\\na\\na\\n…"
