"""From a plan to native code: LLVM IR as text, and the engine that compiles it."""
