"""Plots with matplotlib: training curves, decision boundaries, loss surfaces, functions, networks.

Each function draws on `ax`, by default on the axes of a new figure, and returns the Axes. A legend
stands inside, where it covers least; matplotlib's `set_loc` and `set_bbox_to_anchor` move it.
"""

from nn.plotting.curves import plot_decision_boundary as plot_decision_boundary
from nn.plotting.curves import plot_function as plot_function
from nn.plotting.curves import plot_history as plot_history
from nn.plotting.diagram import draw_network as draw_network
from nn.plotting.surface import plot_loss_surface as plot_loss_surface
