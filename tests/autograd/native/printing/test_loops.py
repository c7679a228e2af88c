import math

import pytest

from autograd import ops
from autograd.native.print_rules import Printer, _ways
from autograd.native.printing.loops import Loops
from autograd.native.printing.translation import Unprintable
from autograd.ops import Op

printer = Printer()
printer.print()


def written(rule, count=4):
    (inputs, _, partials, guards), *_ = _ways(Op("f", math.hypot, rule), count)
    return Loops(inputs[:-1], inputs[-1], partials, guards, printer._call).written("f")


def test_what_each_input_has_is_a_step_of_a_loop_and_what_all_share_is_computed_once():
    text, arrays = written(lambda *v: tuple([x * ops.EXP(v[-1]) for x in v[:-1]]))
    assert arrays == 0
    assert text == (
        "static int f(const double *x, Py_ssize_t n, double z, double *d, double *g, double *t)\n{\n"
        "    Py_ssize_t k;\n    const double s0 = exp(z);\n    for (k = 0; k < n; k++) {\n"
        "        const double t1 = (x[k] * s0);\n        d[k] = t1;\n        g[k] = 1.0;\n    }\n    return 1;\n}\n"
    )


def test_a_sum_is_a_call_and_a_count_a_loop():
    text, arrays = written(lambda *v: (ops.SUM(*[x * x for x in v[:-1]]) * sum([x == v[-1] for x in v[:-1]]),) * 4)
    assert "sum_of(t0, n)" in text
    assert "s3 += " in text
    assert arrays == 1


@pytest.mark.parametrize("rule", [
    lambda *v: (v[0],) * (len(v) - 1),  # one input out of many
    lambda *v: (sum(v[:-1]),) * (len(v) - 1),  # in Python 3.12 and later, floats are summed in another way
    lambda *v: (*v[1:-1], v[0]),
    lambda *v: (ops.LOGSUMEXP(*v[:-1]),) * (len(v) - 1),
    lambda *v: tuple([ops.SUM(*v[k:-1]) for k in range(len(v) - 1)]),
])  # fmt: skip
def test_what_is_not_alike_for_each_input_is_refused(rule):
    with pytest.raises(Unprintable):
        written(rule)


@pytest.mark.parametrize("op", [ops.PROD, ops.MAX, ops.MIN, ops.NORM, ops.LOGSUMEXP], ids=lambda op: op.name)
def test_a_rule_is_the_same_for_any_number_of_inputs(op):
    texts = {written(op.partials, count) for count in (3, 4, 7)}
    assert len(texts) == 1
