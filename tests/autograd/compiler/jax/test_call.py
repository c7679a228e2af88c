"""Calls of functions compiled by JAX: arguments, results, precision, placement."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import Value, compile, grad, value_and_grad

jax = pytest.importorskip("jax")


def loss(w, x):
    return (autograd.tanh(autograd.dot(w, x)) - 1.0) ** 2


def test_results_are_arrays_of_jax_in_the_structure_of_the_function():
    found = compile(lambda x, y: {"product": x * y, "rest": [x > y, (x, y)]}, backend="jax")(2.0, 3.0)
    assert isinstance(found["product"], jax.Array)
    assert (float(found["product"]), bool(found["rest"][0]), found["rest"][0].dtype) == (6.0, False, bool)
    assert found["product"].dtype == np.float64


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_rows_are_stacked_or_reduced_as_native_code_does(reduce):
    X, w = np.random.default_rng(0).normal(size=(17, 3)), [0.1, -0.2, 0.3]
    step = value_and_grad(loss)
    mine = compile(step, in_axes=(None, 0), reduce=reduce)(w, X)
    found = compile(step, in_axes=(None, 0), reduce=reduce, backend="jax")(w, X)
    np.testing.assert_allclose(np.asarray(found[0]), mine[0], rtol=1e-12)
    np.testing.assert_allclose(np.asarray(found[1]), mine[1], rtol=1e-12)


def test_results_that_no_row_changes_are_repeated_or_counted():
    f = lambda w, x: (w * 2.0, x)  # noqa: E731
    rows = np.arange(4.0)
    assert compile(f, in_axes=(None, 0), backend="jax")(3.0, rows)[0].tolist() == [6.0] * 4
    assert float(compile(f, in_axes=(None, 0), reduce="sum", backend="jax")(3.0, rows)[0]) == 24.0
    assert float(compile(f, in_axes=(None, 0), reduce="mean", backend="jax")(3.0, rows)[0]) == 6.0


def test_arrays_of_jax_are_arguments_whatever_its_global_switch_says():
    with jax.enable_x64(True):
        x = jax.numpy.asarray([0.1, 0.2])
    found = compile(lambda v: autograd.sum([z * z for z in v]), backend="jax")(x)
    assert (float(found), found.dtype) == (pytest.approx(0.05, rel=1e-15), np.float64)


def test_float32_computes_in_float32():
    X = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    f = compile(loss, in_axes=(None, 0), backend="jax")
    assert f(np.float32([0.5, 1.0]), X).dtype == np.float32
    assert f(np.float32([0.5, 1.0]), jax.numpy.asarray(X)).dtype == np.float32
    assert f([0.5, 1.0], X.astype(float)).dtype == np.float64


def test_captured_values_are_read_afresh():
    w = Value(2.0)
    f = compile(lambda x: w * x, backend="jax")
    assert float(f(3.0)) == 6.0
    w.data = 5.0
    assert float(f(3.0)) == 15.0


def test_where_something_records_the_function_itself_answers():
    f = compile(lambda x: x * x, backend="jax")
    assert grad(lambda x: f(x) * 2.0)(3.0) == 12.0
    assert f(Value(2.0)).data == 4.0


def test_another_back_end_is_refused():
    with pytest.raises(ValueError, match=r"backend must be 'native' or 'jax', got 'cuda'"):
        compile(loss, backend="cuda")
    with pytest.raises(ValueError, match="threads= is for native code"):
        compile(loss, in_axes=0, backend="jax", threads=2)


def test_rows_must_be_equally_many():
    f = compile(lambda x, y: x * y, in_axes=0, backend="jax")
    with pytest.raises(ValueError, match="equally many, got 3, 2"):
        f(np.zeros(3), np.zeros(2))


def test_a_pickled_one_is_compiled_by_jax_again():
    f = pickle.loads(pickle.dumps(compile(loss, in_axes=(None, 0), backend="jax")))
    assert f.backend == "jax"


def test_a_method_has_the_back_end_too():
    class Line:
        slope = 3.0

        def __call__(self, x):
            return x * self.slope

        rise = compile(__call__, backend="jax")

    assert isinstance(Line().rise(2.0), jax.Array)


SHARDED = """
import re
import jax, numpy as np, autograd
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from autograd import compile, value_and_grad

def loss(w, x):
    return (autograd.tanh(autograd.dot(w, x)) - 1.0) ** 2

X = np.random.default_rng(0).normal(size=(64, 3))
w = np.array([0.1, -0.2, 0.3])
mesh = Mesh(np.array(jax.devices()), ("rows",))
with jax.enable_x64(True):
    sharded = jax.device_put(X, NamedSharding(mesh, P("rows")))
step = compile(value_and_grad(loss), in_axes=(None, 0), reduce="mean", backend="jax")
value, slopes = step(w, sharded)
mine = compile(value_and_grad(loss), in_axes=(None, 0), reduce="mean")(w, X)
np.testing.assert_allclose(np.asarray(slopes), mine[1], rtol=1e-12)
assert len(jax.devices()) == 8 and slopes.sharding.is_fully_replicated
stacked = compile(loss, in_axes=(None, 0), backend="jax")(w, sharded)
assert stacked.sharding.spec == P("rows"), stacked.sharding
made, = step._made().jitted.values()
with jax.enable_x64(True):
    text = made.lower([w], [sharded], np.zeros(0)).compile().as_text()
print("all-reduces:", len(re.findall(r"= .*all-reduce(?:-start)?\\(", text)))
"""


def test_rows_on_eight_devices_are_added_up_by_one_all_reduce():
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    program = [sys.executable, "-c", SHARDED]
    done = subprocess.run(program, env=os.environ | flags, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "all-reduces: 1" in done.stdout
