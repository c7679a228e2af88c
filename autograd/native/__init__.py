"""The same Value in C, where it was built: its rules are printed from the table, so no derivative is written twice."""

from autograd.native.adoption import adopted as adopted
from autograd.native.adoption import core as core
from autograd.native.adoption import digest as digest
from autograd.native.adoption import module as module
from autograd.native.adoption import twin as twin
