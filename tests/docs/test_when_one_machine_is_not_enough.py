"""The page on threads, JAX, Dask and Ray is true, where these are installed."""

import pickle
import re
import runpy
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

import autograd

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "when_one_machine_is_not_enough.md"


def squared_error(w, x):
    return (autograd.sin(w * x) - 0.5) ** 2


def test_every_block_prints_what_the_page_shows():
    pytest.importorskip("jax")
    pytest.importorskip("llvmlite")
    runpy.run_path(str(ROOT / "tests" / "test_pages.py"))["test_every_block_prints_what_the_page_shows"](PAGE)


def recipe(package, **names):
    """Run the indented recipes of the page up to that of a package, and return what they define."""
    text = PAGE.read_text(encoding="utf-8")
    found = [dedent(block) for block in re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.MULTILINE)]
    (dask,) = [block for block in found if "import dask" in block]
    total = dask.split("@dask")[0].replace("import dask", "")
    blocks = {"dask": [dask], "ray": [total, *[block for block in found if "import ray" in block]]}
    names |= {"np": np, "autograd": autograd, "squared_error": squared_error}
    if package == "ray":
        names["chunks"] = np.array_split(names["X"][:, 0], 8)
    for block in blocks[package]:
        exec(block, names)
    return names


@pytest.mark.parametrize("package", ["dask", "ray"])
def test_workers_add_up_what_one_machine_does(package):
    pytest.importorskip(package)
    pytest.importorskip("llvmlite")
    X = np.random.default_rng(0).normal(size=(1000, 2))
    names = recipe(package, X=X)
    step = autograd.compile(autograd.value_and_grad(squared_error), in_axes=(None, 0), reduce="mean")
    np.testing.assert_allclose([names["value"], names["slope"]], step(0.3, X[:, 0]), rtol=1e-12)


def test_a_compiled_function_survives_cloudpickle():
    cloudpickle = pytest.importorskip("cloudpickle")
    shift = 0.25
    total = autograd.compile(lambda w, x: autograd.sin(w * x) + shift, in_axes=(None, 0), reduce="sum")
    rows = np.linspace(0.0, 1.0, 9)
    assert pickle.loads(cloudpickle.dumps(total))(0.3, rows) == total(0.3, rows)
