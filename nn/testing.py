"""Hypothesis strategies for networks: mlps, rows of inputs for one, and mlps_with_rows.

    from hypothesis import Phase, given, settings
    from autograd.testing import check_model
    from nn.testing import mlps_with_rows

    @settings(phases=[phase for phase in Phase if phase is not Phase.explain])
    @given(mlps_with_rows(nout=1, smooth=True))
    def test_my_loss(case):
        model, x = case
        check_model(model, x, 0.5, my_loss)

The settings leave out hypothesis' explain phase. After a failure it tries hundreds of other models, to
say which parts of the example do not matter: that took 3 minutes for a loss that half a second had
shown to be wrong, shrinking included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors import needs
from nn.checks.settings import whole
from nn.layers import MLP

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ImportError as error:
    raise needs("testing", "nn.testing needs the package hypothesis", "hypothesis") from error

SMOOTH = ("tanh", "sigmoid", "softplus", "gelu", "silu", "mish", "sin", "linear")
ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "hardtanh", "abs", *SMOOTH)
INITS = ("uniform", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal")


def mlps(
    nin: int | None = None,
    nout: int | None = None,
    *,
    max_width: int = 4,
    max_layers: int = 3,
    smooth: bool = False,
    activations: Sequence[str] | None = None,
    outputs: Sequence[str] = ("linear",),
    inits: Sequence[str] = INITS,
    bias: bool | None = None,
) -> SearchStrategy[MLP]:
    """Draw small networks: their sizes, activations, biases, initialisation and seed.

    `nin` and `nout` fix the number of inputs and outputs, `bias` whether there are biases; what is
    None is drawn. The activations of the hidden layers are drawn from `activations`, by default some
    with kinks and some without; `smooth=True` leaves those without. `outputs` are for the last layer.
    A failing example is printed as the call that makes the network, seed included.

    Raises ValueError for sizes below 1 and, as MLP does, for unknown names.

    >>> from hypothesis import find
    >>> find(mlps(nin=2), lambda model: len(model.layers) == 2)
    MLP of [Layer(2 -> 1, relu), Layer(1 -> 1, linear)]
    """
    for name, size in {"nin": nin, "nout": nout, "max_width": max_width, "max_layers": max_layers}.items():
        if size is not None:
            whole(name, size)
    widths = st.integers(1, max_width)
    if nout is None:
        nouts = st.lists(widths, min_size=1, max_size=max_layers)
    else:
        nouts = st.lists(widths, max_size=max_layers - 1).map(lambda hidden: [*hidden, nout])
    return st.builds(
        MLP,
        widths if nin is None else st.just(nin),
        nouts,
        activation=st.sampled_from(activations or (SMOOTH if smooth else ACTIVATIONS)),
        output=st.sampled_from(outputs),
        bias=st.booleans() if bias is None else st.just(bias),
        init=st.sampled_from(inits),
        seed=st.integers(0, 999),
    )


def rows(model: MLP, max_value: float = 3.0) -> SearchStrategy[list[float]]:
    """Draw inputs for a network: a list of as many floats as it takes, up to a magnitude.

    >>> from hypothesis import find
    >>> find(rows(MLP(2, [1])), lambda x: x[1] > 1.0)
    [0.0, 2.0]
    """
    nin = len(model.layers[0].neurons[0].weights)
    number = st.floats(-max_value, max_value, allow_subnormal=False)
    return st.lists(number, min_size=nin, max_size=nin)


def mlps_with_rows(max_value: float = 3.0, **options: Any) -> SearchStrategy[tuple[MLP, list[float]]]:
    """Draw a network, with the options of `mlps`, and inputs for it.

    >>> from hypothesis import find
    >>> model, x = find(mlps_with_rows(nin=2), lambda case: True)
    >>> model, x
    (MLP of [Layer(2 -> 1, linear)], [0.0, 0.0])
    """
    return mlps(**options).flatmap(lambda model: st.tuples(st.just(model), rows(model, max_value)))
