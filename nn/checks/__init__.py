"""Checks: what is given to a model, a loss or a setting, and what is wrong with it in words."""
