"""Both cores in one process."""

import importlib
import os
import sys

import pytest

from autograd import native


def other_core():
    """Import the packages a second time, with the pure core, beside those that are imported already."""
    ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in ("autograd", "nn")}
    for name in ours:
        del sys.modules[name]
    before = os.environ.get("CHAINRULE_PURE")
    os.environ["CHAINRULE_PURE"] = "1"
    try:
        packages = importlib.import_module("autograd"), importlib.import_module("nn")
        for lazy in ("nn.optim", "nn.losses", "autograd.drawing", "autograd.native"):
            importlib.import_module(lazy)
        return packages
    finally:
        if before is None:
            del os.environ["CHAINRULE_PURE"]
        else:
            os.environ["CHAINRULE_PURE"] = before
        for name in [name for name in sys.modules if name.split(".")[0] in ("autograd", "nn")]:
            del sys.modules[name]
        sys.modules.update(ours)


@pytest.fixture(scope="session")
def both():
    """The packages with the native core and those with the pure one: two pairs (autograd, nn)."""
    if native.core() == "pure":
        pytest.skip("the native core is not built for this Python")
    import autograd
    import nn

    pure = other_core()
    assert pure[0].native.core() == "pure"
    return (autograd, nn), pure
