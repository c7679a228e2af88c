"""A thin neural-network library on the scalar engine `autograd`."""

import sys as _sys
from typing import Any as _Any

import autograd as _autograd
from autograd.output.ownership import warn_if_shared as _warn_if_shared
from nn import callbacks as callbacks
from nn import data as data
from nn import export as export
from nn import init as init
from nn import losses as losses
from nn import metrics as metrics
from nn import optim as optim
from nn import schedules as schedules
from nn.callbacks import Checkpoint as Checkpoint
from nn.callbacks import EarlyStopping as EarlyStopping
from nn.errors import ModelFileError as ModelFileError
from nn.errors import TrainingError as TrainingError
from nn.files.serialization import load as load
from nn.files.serialization import load_checkpoint as load_checkpoint
from nn.files.serialization import save as save
from nn.files.serialization import save_checkpoint as save_checkpoint
from nn.layers import MLP as MLP
from nn.layers import Dropout as Dropout
from nn.layers import Layer as Layer
from nn.layers import Neuron as Neuron
from nn.layers import Sequential as Sequential
from nn.module import Module as Module
from nn.training import fit as fit
from nn.training.history import History as History

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
    if name in ("plotting", "sklearn", "testing"):  # need an extra, so they are loaded on first use
        from importlib import import_module

        return import_module(f"nn.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
