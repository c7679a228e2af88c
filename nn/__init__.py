"""A thin neural-network library on the scalar engine `autograd`."""

import autograd as _autograd
from autograd.ownership import warn_if_shared as _warn_if_shared
from nn import init as init
from nn import losses as losses
from nn import optim as optim
from nn.layers import MLP as MLP
from nn.layers import Layer as Layer
from nn.layers import Neuron as Neuron
from nn.module import Module as Module

if not hasattr(_autograd, "Value"):  # another distribution's files lie over ours
    _warn_if_shared()
