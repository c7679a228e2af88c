import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import native

needs_native = pytest.mark.skipif(native.core() == "pure", reason="the native core is not built for this Python")
ROOT = Path(autograd.__file__).parents[1]


def run(code, **variables):
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


def test_the_environment_selects_the_pure_core():
    code = "import autograd; print(autograd.core(), autograd.Value(2.0) * 3)"
    assert run(code, CHAINRULE_PURE="1").stdout == "pure Value(data=6.0, grad=0.0)\n"
    assert run(code, CHAINRULE_PURE="0").stdout == run(code, CHAINRULE_PURE="").stdout


@needs_native
@pytest.mark.parametrize("name", ["ops.py", "floats/elementary.py"])
def test_edited_rules_bring_the_pure_core_and_one_warning(tmp_path, name):
    for package in ("autograd", "nn"):
        shutil.copytree(ROOT / package, tmp_path / package)
    code = "import sys; sys.path.insert(0, '.'); import autograd, nn; print(autograd.core(), autograd.__file__)"
    same = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert same.stdout.startswith("native")
    assert str(tmp_path) in same.stdout
    with open(tmp_path / "autograd" / name, "a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    edited = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert edited.stdout.startswith("pure")
    assert edited.stderr.count("UserWarning") == 1
    assert "print_rules" in edited.stderr
