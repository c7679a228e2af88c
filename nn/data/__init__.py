"""Data to learn from: real sets that ship with scikit-learn, generated points, and rows for a model.

A data set is a pair (X, y) of plain lists: `X` has a list of floats for each row, `y` the target of
each row. What comes from scikit-learn needs it installed; the rest is the standard library's.
"""

from nn.data import sets as _sets
from nn.data.sets import Standardizer as Standardizer
from nn.data.sets import circles as circles
from nn.data.sets import exponents as exponents
from nn.data.sets import load as load
from nn.data.sets import minibatches as minibatches
from nn.data.sets import moons as moons
from nn.data.sets import one_hot as one_hot
from nn.data.sets import spiral as spiral
from nn.data.sets import times_power as times_power
from nn.data.sets import train_test_split as train_test_split
from nn.data.sets import xor as xor

SETS = _sets.SETS
