"""Training: `fit`, and the steps, epochs and history behind it."""

from nn.training.fitting import fit as fit
