"""Importing the packages loads only the standard library, and gives exactly these public names."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import autograd
import nn

ROOT = Path(__file__).parents[1]

PUBLIC = {
    autograd: """
        AnomalyError AutogradError CompileError Drawing GradientMismatchError GraphSizeError InconclusiveError
        NonDifferentiableError OPS Op RenderError TracingError Value apply compile core detect_anomaly draw explain
        grad hessian hvp jacobian jvp log_softmax mean no_grad softmax sparse_hessian sparse_jacobian
        to_sympy topological value_and_grad variance vjp
    """,  # and a function for each op, but for those of OPERATORS
    nn: """
        Checkpoint Dropout EarlyStopping History Layer MLP ModelFileError Module Neuron Sequential TrainingError
        callbacks data export fit init load load_checkpoint losses metrics optim save save_checkpoint schedules
    """,
}
OPERATORS = {"add", "sub", "mul", "div", "neg", "pow", "pow_constant", "identity"}
OPERATORS |= {"pow_log", "tanh_slope", "logistic_density", "logistic_moment"}
# Each of these would cost more than the whole engine, or is a sign of work done at import.
SLOW = {"asyncio", "importlib.metadata", "inspect", "json", "logging", "multiprocessing", "unittest"}

loaded_by_import = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
before = set(sys.modules)
import autograd, nn
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def loaded():
    """The modules that `import autograd, nn` adds in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-I", "-c", loaded_by_import], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_import_loads_the_standard_library_only(loaded):
    assert {"autograd", "nn", "autograd.value"} <= loaded
    ours = {"autograd", "nn"}
    assert {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names | ours} == set()


def test_import_loads_nothing_slow(loaded):
    assert loaded & SLOW == set()


@pytest.mark.parametrize("package", PUBLIC, ids=lambda package: package.__name__)
def test_public_names_are_these(package):
    pinned = set(PUBLIC[package].split())
    if package is autograd:
        pinned |= {op.name for op in autograd.OPS} - OPERATORS
    names = {name for name in dir(package) if not name.startswith("_")}
    submodules = {name for name in names if isinstance(getattr(package, name), ModuleType)}
    assert names - (submodules - pinned) == pinned
    assert set(getattr(package, "__all__", pinned)) == pinned


def test_both_packages_have_the_version_of_the_distribution():
    from importlib.metadata import version

    assert autograd.__version__ == nn.__version__ == version("chainrule")


def test_the_citation_names_the_version():
    assert f"version: {autograd.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
