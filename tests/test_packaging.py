"""What is built and installed: the files of the wheel, both packages in an empty environment, two owners."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
IMPORT = "import autograd, nn; print(autograd.__file__); print(nn.__file__)"


def run(*command, cwd):
    """Run a command away from this checkout; return its output and what it wrote to stderr."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions):
    """The wheel's path."""
    (path,) = distributions.glob("*.whl")
    return path


@pytest.fixture
def python(tmp_path):
    """The interpreter of an empty environment."""
    venv.create(tmp_path / "venv", symlinks=os.name != "nt")
    return tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(python, wheel, *options):
    """Install a wheel into an empty environment, with this environment's pip."""
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--disable-pip-version-check", *options, wheel, cwd=python.parent)


def stand_in(folder):
    """Write a wheel of another distribution that owns a folder `autograd` too."""
    info = "stand_in-1.0.dist-info"
    files = {
        "autograd/__init__.py": "",
        "autograd/stand_in.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD,,\n"
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    path = folder / "stand_in-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def test_the_wheel_holds_both_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"autograd", "nn", "chainrule-0.1.0.dist-info"}
    packaged = {name for name in names if name.startswith(("autograd/", "nn/"))}
    files = [path for package in ("autograd", "nn") for path in (ROOT / package).rglob("*")]
    left = {".pyc", ".DS_Store"}  # by Python and a file manager; git ignores them too
    sources = {p.relative_to(ROOT).as_posix() for p in files if p.is_file() and not {p.suffix, p.name} & left}
    native = {name for name in sources | packaged if name.startswith("autograd/native/_core.")}  # one for each Python
    assert packaged & native <= {f"autograd/native/_core{sysconfig.get_config_var('EXT_SUFFIX')}"}
    assert packaged - native == sources - native >= {"autograd/py.typed", "nn/py.typed"}


CORE = "import autograd; print(autograd.core()); x = autograd.Value(3.0); (x * x).backward(); print(x.grad)"


@pytest.mark.skipif(shutil.which("cc") is None and os.name != "nt", reason="there is no C compiler here")
def test_a_wheel_carries_the_native_core(wheel, python, tmp_path):
    assert not wheel.name.endswith("-none-any.whl")
    install(python, wheel)
    assert run(python, "-c", CORE, cwd=tmp_path)[0].split() == ["native", "6.0"]


@pytest.mark.parametrize("variable", ["CHAINRULE_PURE=1", "CC=no-such-compiler"])
def test_a_pure_wheel_is_built_on_request_and_without_a_compiler(variable, python, tmp_path, monkeypatch):
    monkeypatch.setenv(*variable.split("="))
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    (pure,) = tmp_path.glob("*-py3-none-any.whl")
    monkeypatch.delenv(variable.split("=")[0])
    install(python, pure)
    assert run(python, "-c", CORE, cwd=tmp_path)[0].split() == ["pure", "6.0"]


def test_the_wheel_requires_nothing_and_knows_its_licence(wheel):
    archive = zipfile.ZipFile(wheel)
    metadata = archive.read("chainrule-0.1.0.dist-info/METADATA").decode().splitlines()
    required = [line for line in metadata if line.startswith("Requires-Dist:")]
    assert required
    assert all("extra ==" in line for line in required)
    assert "License-Expression: MIT" in metadata
    assert "chainrule-0.1.0.dist-info/licenses/LICENSE" in archive.namelist()


def test_an_empty_environment_imports_both_packages(wheel, python, tmp_path):
    install(python, wheel)
    output, errors = run(python, "-W", "error", "-c", IMPORT, cwd=tmp_path)
    assert [Path(line).parents[1].name for line in output.splitlines()] == ["site-packages"] * 2
    assert errors == ""


def test_a_second_owner_of_autograd_is_named_in_one_warning(wheel, python, tmp_path):
    install(python, stand_in(tmp_path))
    install(python, wheel)
    _, errors = run(python, "-c", IMPORT, cwd=tmp_path)
    warnings = [line for line in errors.splitlines() if "Warning" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("<string>:1: UserWarning: "), "the warning is not at the user's import"
    assert "chainrule" in warnings[0]
    assert "stand-in" in warnings[0]


def test_a_second_owner_is_named_when_ours_is_another_folder(python, tmp_path):
    install(python, stand_in(tmp_path))
    _, errors = run(python, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{IMPORT}", cwd=tmp_path)
    assert errors.count("UserWarning") == 1
    assert "stand-in" in errors
