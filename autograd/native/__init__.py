"""The same Value in C, where it was built: its rules are printed from the table, so no derivative is written twice."""

from autograd.native.loading import core as core
from autograd.native.loading import digest as digest
from autograd.native.loading import module as module
from autograd.native.loading import twin as twin
