"""The JAX back end: the same programs as functions of XLA's arrays, for GPUs and clusters. Needs the extra `jax`."""
