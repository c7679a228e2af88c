"""Check derivatives against differences of values: check_grads, check_model, check_gradient, check_jacobian."""

from autograd.testing.check.checking import check_grads as check_grads
from autograd.testing.check.checking import check_model as check_model
from autograd.testing.check.numerical import numerical_grad as numerical_grad
from autograd.testing.gradients import check_gradient as check_gradient
from autograd.testing.gradients import check_jacobian as check_jacobian
