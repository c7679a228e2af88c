"""Compile the native core if there is a C compiler; without one the package installs all the same, in pure Python."""

import os
import sys
import sysconfig
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Both cores give the same results to the last bit, so no operation may be fused with another.
OPTIONS = {"unix": ["-O2", "-ffp-contract=off", "-fvisibility=hidden"], "msvc": ["/O2", "/fp:precise"]}


class NativeCore(BuildHookInterface):  # type: ignore[type-arg]
    """Put the compiled module into a wheel, or beside its source for an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, unless only the pure core is wanted or possible."""
        if self.target_name != "wheel" or os.environ.get("CHAINRULE_PURE", "0") not in ("", "0"):
            return
        if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
            return
        try:
            built = compiled(self.root, self.directory)
        except Exception as error:  # no compiler or no Python headers, which setuptools reports in many ways
            self.app.display_warning(f"no native core, chainrule will run in pure Python: {error}")
            return
        name = f"autograd/native/{os.path.basename(built)}"
        if version == "editable":
            os.replace(built, os.path.join(self.root, name))
        else:
            build_data["force_include"][built] = name
            build_data["infer_tag"], build_data["pure_python"] = True, False


def compiled(root: str, directory: str) -> str:
    """Compile autograd/native/core.c and return the path of the module."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    class Build(build_ext):
        def build_extensions(self) -> None:
            self.extensions[0].extra_compile_args = OPTIONS.get(self.compiler.compiler_type, [])
            super().build_extensions()

    source = os.path.join("autograd", "native", "core.c")
    here = os.getcwd()
    os.chdir(root)
    try:
        command = Build(Distribution({"ext_modules": [Extension("autograd.native._core", [source])]}))
        command.build_lib = command.build_temp = os.path.join(directory, "native")
        command.force = True
        command.ensure_finalized()
        command.run()
        return os.path.abspath(command.get_ext_fullpath("autograd.native._core"))
    finally:
        os.chdir(here)
