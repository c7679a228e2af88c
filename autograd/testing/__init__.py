"""Check derivatives against differences of values: numerical_grad, check_grads, check_model."""

from autograd.testing.check.checking import check_grads as check_grads
from autograd.testing.check.checking import check_model as check_model
from autograd.testing.check.numerical import numerical_grad as numerical_grad
