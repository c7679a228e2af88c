"""The reference shows what the source says, and finds names that have no docstring."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pdoc")
pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs"

SCRIPT = """
import sys
sys.path[:0] = [{docs!r}, {root!r}]
from reference import reference, undocumented
import autograd, nn
{before}
modules = reference()
{after}
"""


def run(before="", after=""):
    """Run lines before and after the reference is loaded, in a new process, because loading changes modules."""
    script = SCRIPT.format(docs=str(DOCS), root=str(DOCS.parent), before=before, after=after)
    pure = {**os.environ, "CHAINRULE_PURE": "1"}  # as docs/build.py sets it
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=pure)
    return done.stdout.splitlines()


def test_lazily_loaded_names_methods_and_signatures_are_as_the_source_has_them():
    assert run(
        after="""
        autograd, optim = modules["autograd"], modules["nn.optim"]
        print(autograd.get("draw").signature.return_annotation, autograd.get("compile").kind)
        print(autograd.get("atan2").signature, autograd.get("Value.grad").annotation)
        print("exp" in autograd.get("Value").members, "`exp`" in autograd.get("Value").docstring)
        print(optim.get("SGD.rule"), optim.get("SGD.step").taken_from)
        print(modules["autograd.testing.strategies"].get("expressions").signature.parameters["ops"].default)
        """.replace("\n        ", "\n")
    ) == [
        "autograd.Drawing function",
        "(y: Number, x: Number) -> Any float",
        "False True",
        "None ('nn.optim', 'Optimizer.step')",
        "OPS",
    ]


def test_a_public_name_without_a_docstring_is_named():
    assert run(after="print(*undocumented(modules['nn']), sep='\\n')") == [""]
    before = "nn.fit.__doc__ = None; nn.MLP.__doc__ = None; nn.Module.eval.__doc__ = None"
    found = ["nn.MLP has no docstring", "nn.Module.eval has no docstring", "nn.fit has no docstring"]
    assert run(before, "print(*undocumented(modules['nn']), sep='\\n')") == found
