"""sparse_hessian and sparse_jacobian, beside their dense kin and as SciPy uses them."""

import builtins
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, compile, grad, hessian, jacobian, sin, sparse_hessian, sparse_jacobian
from autograd.testing.strategies import expressions

scipy = pytest.importorskip("scipy", exc_type=ImportError)
SMOOTH = [op for op in autograd.OPS if op.name in ("add", "mul", "sub", "sin", "exp", "tanh", "square", "div", "dot")]


def rosenbrock(v):
    return builtins.sum([100.0 * (v[i + 1] - v[i] ** 2) ** 2 + (1.0 - v[i]) ** 2 for i in range(len(v) - 1)])


def same(matrix, dense):
    np.testing.assert_allclose(matrix.toarray(), np.array(dense), rtol=1e-12, atol=1e-300)


def test_the_matrix_is_what_scipy_wants():
    x = np.linspace(0.1, 0.9, 7)
    for found in (sparse_hessian(rosenbrock)(x), compile(sparse_hessian(rosenbrock))(x)):
        assert type(found) is scipy.sparse.csr_array
        assert (found.shape, found.dtype, found.nnz) == ((7, 7), np.float64, 19)
        assert found.indices.dtype == found.indptr.dtype == np.int32  # what solvers for sparse systems take
        again = scipy.sparse.csr_array((found.data, found.indices, found.indptr), shape=(7, 7))
        assert again.has_canonical_format
        assert found.has_canonical_format
        found.check_format(full_check=True)
        same(found, hessian(rosenbrock)(x))


@given(expressions(ops=SMOOTH, max_nodes=12))
def test_it_agrees_with_the_dense_hessian(f):
    def of_one(v):
        return f(*v)

    x = list(f.inputs)
    same(sparse_hessian(of_one)(x), hessian(of_one)(x))
    same(sparse_jacobian(lambda v: [of_one(v), v[0], 2.0])(x), jacobian(lambda v: [of_one(v), v[0], 2.0])(x))


@given(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3), st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3))
def test_the_pattern_is_the_same_everywhere(one, other):
    def f(v):
        return autograd.relu(v[0]) * v[1] + autograd.clip(v[2], v[0], 1.0) ** 2 + autograd.max([v[0] * v[2], v[1]])

    first, second = sparse_hessian(f)(one), sparse_hessian(f)(other)
    compiled = compile(sparse_hessian(f))(other)
    for found in (second, compiled):
        assert found.indices.tolist() == first.indices.tolist()
        assert found.indptr.tolist() == first.indptr.tolist()
    same(compiled, second.toarray())


def test_linear_pieces_have_no_second_derivatives():
    for f in (autograd.relu, autograd.abs, autograd.hardtanh, lambda x: autograd.clip(x, -1.0, 1.0)):
        found = sparse_hessian(lambda v, f=f: autograd.sum([f(x) * 2.0 for x in v]))([1.0, -2.0, 0.0])
        assert (found.nnz, found.shape) == (0, (3, 3))


def test_entries_that_happen_to_be_zero_are_kept():
    found = sparse_hessian(lambda v: v[0] ** 3 + v[0] * v[1])([0.0, 1.0])
    assert (found.nnz, found.data.tolist()) == (3, [0.0, 1.0, 1.0])
    assert sparse_jacobian(lambda v: [sin(v[0]) * v[1]])([0.0, 0.0]).nnz == 2


@pytest.mark.parametrize("argument", [[1.0, 2.0, 3.0], (1.0, 2.0, 3.0), np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3])])
def test_lists_tuples_and_arrays_are_arguments(argument):
    found = sparse_jacobian(lambda v: [v[0] * v[2], v[1]])(argument)
    assert found.toarray().tolist() == [[3.0, 0.0, 1.0], [0.0, 1.0, 0.0]]


def test_a_table_counts_row_by_row_and_so_do_results():
    x = np.arange(4.0).reshape(2, 2)
    found = sparse_jacobian(lambda v: v @ v)(x)
    same(found, jacobian(lambda v: v @ v)(x).reshape(4, 4))


def test_other_arguments_are_constants():
    f = lambda v, scale, power=2: scale * v[0] ** power + v[1]  # noqa: E731
    assert sparse_hessian(f)([3.0, 1.0], 5.0, power=3).toarray().tolist() == [[90.0, 0.0], [0.0, 0.0]]


def test_outputs_that_are_inputs_constants_or_foreign_values_have_their_rows():
    w = Value(4.0)
    found = sparse_jacobian(lambda v: [v[1], 2.0, w, w * v[0]])([1.0, 2.0])
    assert found.toarray().tolist() == [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [4.0, 0.0]]
    assert w.grad == 0.0


def test_a_chain_of_outputs_over_one_input_takes_one_forward_pass(monkeypatch):
    from autograd.transforms.recording import Recording

    pulled = []
    pull = Recording.pull
    monkeypatch.setattr(Recording, "pull", lambda self, cotangents: pulled.append(1) or pull(self, cotangents))

    def chain(v):
        xs = [v[0]]
        for _ in range(200):
            xs.append(sin(xs[-1]))
        return xs

    found = sparse_jacobian(chain)([0.5])
    assert not pulled
    same(found, jacobian(chain)([0.5]))


def test_ten_thousand_inputs_take_memory_in_proportion_to_the_entries():
    n = 10_000
    found = sparse_hessian(rosenbrock)(np.linspace(0.0, 1.0, n))
    assert (found.shape, found.nnz) == ((n, n), 3 * n - 2)


def test_a_users_op_counts_as_curved_where_its_rule_looks_at_numbers():
    cube = Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,))
    looks = Op("looks", autograd.exp, lambda x, z: (autograd.exp(x),))
    assert sparse_hessian(lambda v: apply(cube, v[0]) + v[1])([2.0, 1.0]).toarray().tolist() == [
        [12.0, 0.0],
        [0.0, 0.0],
    ]
    assert sparse_hessian(lambda v: apply(looks, v[0]) + v[1])([2.0, 1.0]).nnz == 1


def test_infinite_and_missing_numbers_stay_where_they_belong():
    found = sparse_hessian(lambda v: autograd.sqrt(v[0]) + v[1] ** 2)([0.0, math.nan])
    assert found.nnz == 2
    assert not math.isfinite(found.data[0])
    assert found.data[1] == 2.0


# Compiled.


def test_a_compiled_one_keeps_its_pattern_and_gives_data_of_its_own():
    f = compile(sparse_hessian(rosenbrock))
    x = np.linspace(0.0, 1.0, 5)
    first = [f(x) for _ in range(5)][-1]
    second = f(2.0 * x)
    same(first, hessian(rosenbrock)(x))
    same(second, hessian(rosenbrock)(2.0 * x))
    first.data[:] = 0.0
    first.eliminate_zeros()
    assert first.nnz == 0
    same(f(x), hessian(rosenbrock)(x))


def test_a_compiled_jacobian_of_residuals():
    t = np.linspace(0.0, 1.0, 6)
    residuals = lambda p: [p[0] * autograd.exp(p[1] * x) - x + p[2 + i % 2] for i, x in enumerate(t)]  # noqa: E731
    p = np.array([1.0, -0.5, 0.25, 0.125])
    found = compile(sparse_jacobian(residuals))(p)
    assert found.nnz == 18
    same(found, jacobian(residuals)(p))


def test_a_compiled_matrix_of_constants():
    found = compile(sparse_jacobian(lambda v: [2.0 * v[0] - v[1], 3.0]))([1.0, 2.0])
    assert found.toarray().tolist() == [[2.0, -1.0], [0.0, 0.0]]
    assert compile(sparse_hessian(lambda v: v[0] + v[1]))([1.0, 2.0]).nnz == 0


def test_rows_of_data_are_summed_but_not_stacked():
    f = sparse_hessian(lambda v, x: (v[0] * x) ** 2 + v[1] * x)
    rows = [1.0, 2.0, 3.0]
    found = compile(f, in_axes=(None, 0), reduce="sum")([1.0, 1.0], rows)
    assert found.toarray().tolist() == [[28.0, 0.0], [0.0, 0.0]]
    with pytest.raises(TypeError, match=r"reduce='sum'"):
        compile(f, in_axes=(None, 0))([1.0, 1.0], rows)


def test_values_captured_by_a_compiled_one_are_read_afresh():
    w = Value(2.0)
    f = compile(sparse_hessian(lambda v: w * v[0] ** 2 + v[1]))
    assert f([1.0, 1.0]).data.tolist() == [4.0]
    w.data = 5.0
    assert f([1.0, 1.0]).data.tolist() == [10.0]


# Errors.


def test_a_hessian_needs_one_number():
    with pytest.raises(TypeError, match=r"sparse_hessian needs a function that returns one number.*sparse_jacobian"):
        sparse_hessian(lambda v: v)([1.0, 2.0])


@pytest.mark.parametrize("transform", [sparse_hessian, sparse_jacobian])
def test_anything_but_a_function_of_numbers_is_refused(transform):
    with pytest.raises(TypeError, match="needs a function"):
        transform(3.0)
    with pytest.raises(TypeError, match=f"{transform.__name__} gives floats"):
        transform(lambda v: v[0])([Value(1.0)])
    with pytest.raises(TypeError, match=r"use (hessian|jacobian)"):
        grad(lambda x: transform(lambda v: v[0] * x)([1.0]))(2.0)


def test_without_scipy_the_extra_is_named():
    code = """
import sys
sys.modules["scipy"] = sys.modules["scipy.sparse"] = None
import autograd
try:
    autograd.sparse_hessian(lambda v: v[0] ** 2)([1.0])
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'chainrule[sparse]'" in run.stdout


# As SciPy uses them.


def test_trust_constr_finds_the_minimum_with_our_hessian():
    from scipy.optimize import minimize

    x = np.zeros(10)
    found = minimize(
        compile(rosenbrock), x, jac=compile(grad(rosenbrock)), hess=compile(sparse_hessian(rosenbrock)),
        method="trust-constr",
    )  # fmt: skip
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)


def test_least_squares_fits_a_curve_with_our_jacobian():
    from scipy.optimize import least_squares

    t = np.linspace(0.0, 1.0, 20)
    y = 2.0 * np.exp(-1.5 * t)
    residuals = lambda p: [p[0] * autograd.exp(p[1] * x) - z for x, z in zip(t, y, strict=True)]  # noqa: E731
    found = least_squares(compile(residuals), [1.0, 0.0], jac=compile(sparse_jacobian(residuals)), tr_solver="lsmr")
    np.testing.assert_allclose(found.x, [2.0, -1.5], rtol=1e-6)
