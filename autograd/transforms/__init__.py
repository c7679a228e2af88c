"""Derivatives as functions: grad, value_and_grad, jacobian, hessian, vjp, jvp, hvp."""

from autograd.transforms.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.transforms.sparse import sparse_hessian, sparse_jacobian

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "sparse_hessian", "sparse_jacobian", "value_and_grad", "vjp"]
