"""BLAS through SciPy: the routine at the address multiplies, and without SciPy there is none."""

import ctypes
import sys

import pytest

from autograd.compiler.lower.blas import blas


def test_the_routine_at_the_address_multiplies_matrices():
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    left, right = numpy.arange(6.0).reshape(2, 3), numpy.arange(12.0).reshape(3, 4) - 5.0
    result, one, form = numpy.zeros((2, 4)), ctypes.c_double(1.0), ctypes.c_char(b"N")
    m, k, n = [ctypes.byref(ctypes.c_int(x)) for x in (4, 3, 2)]
    multiply = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(blas("dgemm"))
    by = ctypes.byref
    # Its matrices lie by columns: those of NumPy are their transposes, and so is the product.
    multiply(by(form), by(form), m, n, k, by(one), right.ctypes.data, m, left.ctypes.data, k, by(one),
             result.ctypes.data, m)  # fmt: skip
    assert result.tolist() == (left @ right).tolist()
    assert blas("dgemm") == blas("dgemm") != blas("dgemv")


@pytest.fixture
def without_scipy(monkeypatch):
    for name in ("scipy", "scipy.linalg"):
        monkeypatch.setitem(sys.modules, name, None)
    blas.cache_clear()
    yield
    blas.cache_clear()


def test_without_scipy_there_is_no_routine(without_scipy):
    assert blas("dgemm") == 0


def test_without_scipy_layers_with_a_wide_input_are_right_all_the_same(without_scipy):
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("llvmlite")
    import autograd
    from autograd.compiler.compiled import Compiled

    def f(weights, row):
        return autograd.sum([autograd.dot(list(w), list(row)) ** 2 for w in weights])

    draw = numpy.random.default_rng(0)
    weights, rows = draw.normal(size=(3, 300)), draw.normal(size=(5, 300))
    both = Compiled(autograd.value_and_grad(f), (None, 0), "sum", False, "interpreter")
    value, slopes = both(weights, rows)
    products = rows @ weights.T
    assert value == pytest.approx((products**2).sum(), rel=1e-12)
    assert slopes == pytest.approx(2.0 * products.T @ rows, rel=1e-9)
    assert "trunc i64 %k to i32" not in both.llvm
