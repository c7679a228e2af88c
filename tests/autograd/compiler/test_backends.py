"""The back ends of compile: what is known by name, and what is missing."""

import sys

import pytest

from autograd.compiler.backends import Native, backend_of


def test_native_code_takes_arguments_as_they_are():
    args = (1.0, [2.0])
    assert backend_of("native", 2).known(args) == (args, None)
    assert type(backend_of("native", 1)) is Native


def test_another_name_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="backend must be 'native' or 'jax', got 'gpu'"):
        backend_of("gpu", 1)


def test_jax_has_threads_of_its_own():
    with pytest.raises(ValueError, match="threads= is for native code"):
        backend_of("jax", 2)


def test_without_jax_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("autograd.compiler.jax")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"needs the package jax: pip install 'chainrule\[jax\]'") as caught:
        backend_of("jax", 1)
    assert caught.value.name == "jax"
