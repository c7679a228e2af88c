"""Parts: the Modules and parameters that a model is made of, found and copied."""
