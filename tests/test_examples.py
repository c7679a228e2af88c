"""Every public name has an example in its docstring, which pytest runs there; the exceptions are listed here."""

import doctest
import inspect
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest

import autograd
from autograd import Value
from nn import export

PUBLIC = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "public.py"))


def has_example(thing):
    return ">>> " in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("name", PUBLIC["MODULES"])
def test_every_public_function_and_class_has_an_example(name):
    module = import_module(name)
    things = {name: getattr(module, name) for name in PUBLIC["public_names"](module)}
    assert things
    assert [name for name, thing in things.items() if callable(thing) and not has_example(thing)] == []


def test_every_method_of_a_value_has_an_example_or_is_a_function_that_has():
    methods = {name: method for name, method in vars(Value).items() if not name.startswith("_") and method.__doc__}
    assert {"backward", "inputs", "exp", "arcsin", "hypot"} <= set(methods)
    for name, method in methods.items():
        function = re.search(r"`autograd\.(\w+)", method.__doc__)
        assert has_example(method) or (function and has_example(getattr(autograd, function[1]))), name


@pytest.mark.parametrize(("function", "package"), [("to_torch", "torch"), ("from_torch", "torch"), ("to_onnx", "onnx")])
def test_an_example_that_needs_a_peer_is_right_where_the_peer_is_installed(function, package):
    pytest.importorskip(package)
    finder, printed = doctest.DocTestFinder(recurse=False), []
    (example,) = finder.find(getattr(export, function), globs=dict(vars(export)))
    for line in example.examples:
        line.options.pop(doctest.SKIP, None)
    result = doctest.DocTestRunner().run(example, out=printed.append)
    assert result.attempted
    assert not result.failed, "".join(printed)
