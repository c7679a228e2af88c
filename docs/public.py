"""What the API reference describes: the public modules, and the public names of each."""

import ast
import inspect
from pathlib import Path
from types import ModuleType

MODULES = (
    "autograd", "autograd.testing", "autograd.testing.strategies",
    "nn", "nn.losses", "nn.optim", "nn.schedules", "nn.callbacks", "nn.init", "nn.data", "nn.metrics",
    "nn.plotting", "nn.sklearn", "nn.export", "nn.testing",
)  # fmt: skip

# These have no underscore, because other files of the library use them, but they are of no use outside it.
SHARED = {
    *("nn.callbacks.callbacks_of", "nn.export.Linear", "nn.init.generator"),
    *("nn.data.exponents", "nn.data.times_power", "nn.losses.known_loss", "nn.metrics.metric"),
}


def public_names(module: ModuleType) -> list[str]:
    """Return the names in a module's `__all__`.

    Without one, return the functions and classes that it defines, and the names that it imports `as` themselves.
    """
    if hasattr(module, "__all__"):
        return list(module.__all__)
    names: list[str] = []
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.ImportFrom):
            names += [alias.name for alias in node.names if alias.name == alias.asname]
    modules = {name for name in names if inspect.ismodule(getattr(module, name))}
    return [x for x in names if not x.startswith("_") and x not in modules and f"{module.__name__}.{x}" not in SHARED]
