"""The engine: it follows the width of the registers, makes each kernel once, and leaves LLVM's options alone."""

import gc
import subprocess
import sys
import threading
import weakref
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

import numpy
from llvmlite.binding import ExecutionEngine

import autograd
from autograd import compile, value_and_grad
from autograd.compiler.llvm import engine as native
from autograd.compiler.llvm.engine import engine

ROOT = Path(__file__).parents[4]
SCRIPT = """
import sys
from autograd.compiler.llvm import vectormath
vectormath.native_lanes = lambda features: {width}
vectormath.host_width = lambda: {width}
import numpy, autograd
from autograd.compiler.compiled import Compiled

def loss(w, x, y):
    hidden = [autograd.relu(autograd.dot(w[3 * k : 3 * k + 2], x, w[3 * k + 2])) for k in range(8)]
    return autograd.sqrt(autograd.square(autograd.dot(w[24:32], hidden, w[32]) - y) + 1.0)

random = numpy.random.default_rng(0)
w, X, Y = random.normal(size=33), random.normal(size=(37, 2)), random.normal(size=37)
both = autograd.value_and_grad(loss)
expected = [both(w, x, float(y)) for x, y in zip(X, Y)]
for tier in ("interpreter", "straight"):
    values, slopes = Compiled(both, (None, 0, 0), None, False, tier)(w, X, Y)
    same = (values == [v for v, _ in expected]).all() and (slopes == [g for _, g in expected]).all()
    mean = Compiled(both, (None, 0, 0), "mean", False, tier)(w, X, Y)[1]
    print(same or sys.version_info >= (3, 12), numpy.allclose(mean, slopes.mean(0), rtol=1e-13, atol=1e-15))
"""


@pytest.mark.parametrize("width", [2, 4])
def test_narrower_registers_give_the_same_bits(width):
    """As on processors with AVX2, and with SSE2 alone."""
    command = [sys.executable, "-c", SCRIPT.format(width=width)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.split() == ["True"] * 4, done.stderr


def test_a_kernel_is_made_once():
    compile(value_and_grad(lambda x: x * x), in_axes=0)([1.0, 2.0])
    before = set(engine().kernels)
    compile(value_and_grad(lambda x: x * x), in_axes=0)([3.0, 4.0, 5.0])
    assert set(engine().kernels) == before


def test_llvm_options_of_the_process_are_left_alone():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "autograd" / "compiler").glob("*.py"))
    assert "set_option" not in source


def test_powers_are_left_to_the_library_not_to_python():
    powers = compile(lambda x: [x**2, x**3, x**4, x**-1, x**2.5])
    assert powers(2.0) == [4.0, 8.0, 16.0, 0.5, 2.0**2.5]
    assert "inttoptr" not in powers.llvm


def engines():
    """Return how many engines of LLVM there are, each with code of its own."""
    gc.collect()
    return sum([isinstance(x, ExecutionEngine) for x in gc.get_objects()])


@pytest.mark.parametrize(
    ("use", "args", "in_axes"),
    [
        (lambda op, x: autograd.apply(op, x) * x, (3.0,), None),
        (lambda op, x: autograd.apply(op, x), ([1.0, 2.0],), 0),
        (lambda op, v: autograd.sum([autograd.apply(op, autograd.dot(v, v)) for _ in range(9)]), ([1.0] * 5,), None),
        (value_and_grad(lambda op, x: autograd.apply(op, x) ** 2, argnums=1), (3.0,), None),
    ],
)
def test_ops_and_programs_that_nobody_uses_give_their_memory_back(use, args, in_axes):
    class Data:
        factor = 2.0

    def once():
        data = Data()
        op = autograd.Op("scaled", lambda x: data.factor * x, lambda x, z: (data.factor,))
        f = compile(partial(use, op), in_axes=in_axes)
        for _ in range(3):
            f(*args)
        return weakref.ref(data), weakref.ref(f)

    once()
    before, kernels = engines(), set(engine().kernels)
    gone = [x for _ in range(8) for x in once()]
    assert [x() for x in gone] == [None] * 16  # without the garbage collector, which does not see LLVM's memory
    assert engines() == before
    assert set(engine().kernels) == kernels


def test_programs_of_many_kinds_give_their_memory_back():
    def chain(length, x):
        for _ in range(length):
            x = autograd.sin(x) * x + 1.0
        return x

    def once(length):
        f = compile(partial(chain, length))
        for _ in range(4):  # so that C calls it
            f(1.0)
        return weakref.ref(f)

    once(1)
    before = engines()
    assert [once(length)() for length in range(2, 40)] == [None] * 38
    assert engines() <= before + native.RECENT


def network(activations, w, x):
    hidden = [autograd.dot(row, x) for row in w]
    for activation in activations:
        hidden = [activation(h) * 0.5 + h for h in hidden]
    return autograd.sum(hidden)


def test_loops_for_networks_of_many_kinds_give_their_memory_back():
    def once(*activations):
        f = compile(value_and_grad(partial(network, activations)), in_axes=(None, 0), reduce="mean")
        f(numpy.ones((8, 8)), numpy.ones((9, 8)))
        assert f.report().tier == "interpreter"
        return f

    kept = once(autograd.tanh, autograd.sin)
    expected = kept(numpy.ones((8, 8)), numpy.ones((9, 8)))
    before = engines()
    kinds = [autograd.sin, autograd.cos, autograd.tanh, autograd.exp, autograd.atan]
    for first in kinds:
        for second in kinds:
            once(first, second, first)
    assert len(engine().latest) == native.RECENT
    assert engines() <= before + 2 * native.RECENT
    again = kept(numpy.ones((8, 8)), numpy.ones((9, 8)))  # which needs loops that nobody has asked for since
    assert (again[0], again[1].tolist()) == (expected[0], expected[1].tolist())


def test_code_stays_while_a_thread_is_inside_though_nobody_else_has_the_function(in_threads):
    inside, go_on, found = threading.Event(), threading.Event(), []

    def forward(x):
        inside.set()
        assert go_on.wait(60.0)
        return 2.0 * x

    op = autograd.Op("waits", forward, lambda x, z: (2.0,))
    holder = [compile(lambda x: autograd.apply(op, x) * 3.0 + x)]

    def call():
        found.append(holder[0](5.0))

    def drop():
        assert inside.wait(60.0)
        holder.clear()
        gc.collect()
        compile(lambda x: x * 7.0)(1.0)
        go_on.set()

    in_threads(call, drop)
    assert found == [35.0]
