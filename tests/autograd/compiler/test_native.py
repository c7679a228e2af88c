"""The engine: it follows the width of the registers, makes each kernel once, and leaves LLVM's options alone."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

from autograd import compile, value_and_grad
from autograd.compiler.native import engine

ROOT = Path(__file__).parents[3]
SCRIPT = """
import sys
from autograd.compiler import vectormath
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
    before = dict(engine().addresses)
    compile(value_and_grad(lambda x: x * x), in_axes=0)([3.0, 4.0, 5.0])
    assert engine().addresses == before


def test_llvm_options_of_the_process_are_left_alone():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "autograd" / "compiler").glob("*.py"))
    assert "set_option" not in source


def test_powers_are_left_to_the_library_not_to_python():
    powers = compile(lambda x: [x**2, x**3, x**4, x**-1, x**2.5])
    assert powers(2.0) == [4.0, 8.0, 16.0, 0.5, 2.0**2.5]
    assert "inttoptr" not in powers.llvm
