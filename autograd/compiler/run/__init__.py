"""Calls of compiled code: memory, arguments in, results out, training steps, and NumPy as a substitute for LLVM."""
