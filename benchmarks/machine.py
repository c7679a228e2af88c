"""What a benchmark ran on: the computer, the versions of all that took part, and what was missing and why."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
CPUINFO = Path("/proc/cpuinfo")
BY_CARGO = "not installed (where there is no wheel, pip needs a Rust toolchain and crates.io)"
PACKAGES = {
    "numpy": "not installed",
    "llvmlite": "not installed",
    "scikit-learn": "not installed, and the moons and the flowers come from it",
    "micrograd": "not installed",
    "micrograd-rust": BY_CARGO,
    "oxigrad": BY_CARGO,
    "torch": "not installed",
    "jax": "not installed",
    "casadi": "not installed",
    "ddx-ad": "not installed",
    "numdifftools": "not installed",
}


def computer() -> dict[str, str | int]:
    """Return the computer's processor, its cores, and its system."""
    return {
        "cpu": processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "architecture": platform.machine(),
    }


def processor() -> str:
    """Return the processor's name, as Linux knows it, or else as Python does."""
    if CPUINFO.exists():
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions of Python, chainrule and its peers; and for those that are missing, why."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    found = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "chainrule": project["version"],
    }
    missing = {}
    for name, reason in PACKAGES.items():
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing[name] = reason
    if shutil.which("gcc"):
        command = ["gcc", "-dumpfullversion"]
        found["gcc"] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    else:
        missing["gcc"] = "not on the PATH"
    return found, missing
