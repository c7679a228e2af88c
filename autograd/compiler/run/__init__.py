"""Calls of what is compiled: memory, arguments in, results out, training steps, and NumPy in the place of LLVM."""
