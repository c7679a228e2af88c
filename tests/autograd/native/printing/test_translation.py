import ast
import math

import pytest

from autograd.native.printing.translation import Functions, Unprintable, literal


def translated(source, **scope):
    functions = Functions()
    tree = ast.parse(source).body[0]
    functions.define(tree.name, tree.args, tree.body, scope)
    return functions.written[-1]


def test_a_function_keeps_its_branches_loops_and_constants():
    text = translated(
        """
def f(x):
    "Summary."
    y, total = x * HALF, 1.0
    if y < 0.0 or x != x:
        return -y
    for k in range(3, 0, -1):
        total += k / y
    return total if 0.0 <= y <= 2.0 else abs(total)
""",
        HALF=0.5,
    )
    assert text == (
        "static double f(double x)\n{\n"
        "    double y = (x * 0.5);\n    double total = 1.0;\n"
        "    if ((y < 0.0) || (x != x)) {\n        return (-y);\n    }\n"
        "    for (double k = 3.0; k > 0.0; k += -1.0) {\n        total = (total + (k / y));\n    }\n"
        "    return ((0.0 <= y && y <= 2.0) ? total : fabs(total));\n}\n"
    )


@pytest.mark.parametrize("source", [
    "def f(*xs):\n    return xs", "def f(x):\n    return x % 2.0", "def f(x):\n    return [x]",
    "def f(x):\n    return hash(x)", "def f(x, y):\n    x, y = y, x\n    return x",
    "def f(x):\n    while x:\n        pass",
])  # fmt: skip
def test_code_that_c_cannot_match_to_the_bit_is_refused(source):
    with pytest.raises(Unprintable):
        translated(source)


@pytest.mark.parametrize("x", [0.1, -0.0, 1e-320, 2.0**70, 3])
def test_a_literal_is_read_back_exactly(x):
    assert float(literal(x)) == x
    assert math.copysign(1.0, float(literal(x))) == math.copysign(1.0, x)
