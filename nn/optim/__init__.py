"""Optimisers: how parameters move along their gradients.

An update rule is a function on the numbers of one parameter, in plain arithmetic, so it works on
floats, and on Values that record it. An optimiser keeps the settings and what the rule remembers of
each parameter, and applies the rule to all of them. Rules, arguments and defaults are PyTorch's.

Parameters may come in groups, each with its own settings. Parameters that are in no group stay as they are:

    SGD(model.layers[-1].parameters(), lr=0.1)                        # the other layers are frozen
    SGD([{"params": hidden, "lr": 0.01}, {"params": output}], lr=0.1)

`lr`, the learning rate, may be changed between steps (see `nn.schedules`). Every optimiser raises
ValueError for a learning rate or eps that is not positive, any other setting out of its range, no
parameters, or a parameter given twice, and TypeError for anything that is not a parameter or number.
"""

from nn.optim.clipping import clip_grad_norm_ as clip_grad_norm_
from nn.optim.clipping import clip_grad_value_ as clip_grad_value_
from nn.optim.lbfgs import LBFGS as LBFGS
from nn.optim.optimizer import Optimizer as Optimizer
from nn.optim.optimizers import SGD as SGD
from nn.optim.optimizers import Adagrad as Adagrad
from nn.optim.optimizers import Adam as Adam
from nn.optim.optimizers import AdamW as AdamW
from nn.optim.optimizers import RMSprop as RMSprop
from nn.optim.rules import adagrad as adagrad
from nn.optim.rules import adam as adam
from nn.optim.rules import adamw as adamw
from nn.optim.rules import rmsprop as rmsprop
from nn.optim.rules import sgd as sgd

RMSProp = RMSprop  # as it was spelled before
