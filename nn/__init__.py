"""A thin neural-network library on the scalar engine `autograd`."""

import sys as _sys
from typing import Any as _Any

import autograd as _autograd
from autograd.output.ownership import warn_if_shared as _warn_if_shared
from nn import callbacks, data, export, init, losses, metrics, optim, schedules
from nn.callbacks import Checkpoint, EarlyStopping
from nn.errors import ModelFileError, TrainingError
from nn.files.serialization import load, load_checkpoint, save, save_checkpoint
from nn.layers import MLP, Dropout, Layer, Neuron, Sequential
from nn.module import Module
from nn.training import fit
from nn.training.history import History

__all__ = [
    "MLP", "Checkpoint", "Dropout", "EarlyStopping", "History", "Layer", "ModelFileError", "Module", "Neuron",
    "Sequential", "TrainingError", "callbacks", "data", "export", "fit", "init", "load", "load_checkpoint", "losses",
    "metrics", "optim", "save", "save_checkpoint", "schedules",
]  # fmt: skip

# Modules that have moved, under the names that pickles and programs know them by.
for _home in (
    *("data.tables", "files.serialization", "files.storage", "training.history"),
    *("optim.clipping", "optim.lbfgs", "optim.optimizer"),
):
    _name = _home.rpartition(".")[2]
    globals()[_name] = _sys.modules[f"nn.{_name}"] = _sys.modules[f"nn.{_home}"]

if not hasattr(_autograd, "Value"):  # another distribution's files lie over ours
    _warn_if_shared()


def __getattr__(name: str) -> _Any:
    if name == "__version__":
        return _autograd.__version__
    if name in ("plotting", "sklearn", "testing"):  # need an extra, so they are loaded on first use
        from importlib import import_module

        return import_module(f"nn.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
