"""Derivatives as functions: grad, value_and_grad, jacobian, hessian, vjp, jvp, hvp."""

from autograd.transforms.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
