"""Files: a model, or a model and its optimiser, written and read."""
