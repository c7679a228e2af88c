"""Initial weights and bias of a neuron: uniform, Xavier, He, LeCun, zeros, a constant, or a function of yours.

Every initialiser is a function of (nin, nout, random): the number of inputs of a neuron, the number
of neurons in its layer, and the generator to draw from. It returns the neuron's `nin` weights. Those
of this file draw `count` numbers in their place, so that a bias is drawn like one more weight.
"""

from __future__ import annotations

import math
import operator
import random as _random
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, cast

from autograd.scalars import Number, number

Initialiser = Callable[[int, int, Random], Sequence[Number]]


def uniform(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from [-1, 1], as micrograd does.

    >>> uniform(2, 1, Random(1337))
    [0.23550571390294128, 0.06653114721000164]
    """
    return _uniform(count or nin, 1.0, random)


def xavier_uniform(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from +-sqrt(6 / (nin + nout)) (Glorot and Bengio, 2010).

    >>> [round(w, 4) for w in xavier_uniform(3, 1, Random(0))]
    [0.8437, 0.6319, -0.1946]
    """
    return _uniform(count or nin, math.sqrt(6.0 / (nin + nout)), random)


def xavier_normal(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from a normal distribution of variance 2 / (nin + nout) (Glorot and Bengio, 2010).

    >>> [round(w, 4) for w in xavier_normal(3, 1, Random(0))]
    [0.6659, -0.9875, -0.4806]
    """
    return _normal(count or nin, math.sqrt(2.0 / (nin + nout)), random)


def he_uniform(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from +-sqrt(6 / nin), for ReLU (He et al., 2015).

    >>> [round(w, 4) for w in he_uniform(3, 1, Random(0))]
    [0.9742, 0.7296, -0.2247]
    """
    return _uniform(count or nin, math.sqrt(6.0 / nin), random)


def he_normal(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from a normal distribution of variance 2 / nin, for ReLU (He et al., 2015).

    >>> [round(w, 4) for w in he_normal(3, 1, Random(0))]
    [0.7689, -1.1403, -0.555]
    """
    return _normal(count or nin, math.sqrt(2.0 / nin), random)


def lecun_uniform(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from +-sqrt(3 / nin), for tanh and SELU (LeCun et al., 1998).

    >>> [round(w, 4) for w in lecun_uniform(3, 1, Random(0))]
    [0.6888, 0.5159, -0.1589]
    """
    return _uniform(count or nin, math.sqrt(3.0 / nin), random)


def lecun_normal(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Draw from a normal distribution of variance 1 / nin, for tanh and SELU (LeCun et al., 1998).

    >>> [round(w, 4) for w in lecun_normal(3, 1, Random(0))]
    [0.5437, -0.8063, -0.3924]
    """
    return _normal(count or nin, math.sqrt(1.0 / nin), random)


def zeros(nin: int, nout: int, random: Random, count: int | None = None) -> list[float]:
    """Return zeros. Neurons that start equal stay equal: for a single layer, or to show why not.

    >>> zeros(3, 1, Random())
    [0.0, 0.0, 0.0]
    """
    return [0.0] * (count or nin)


def _uniform(count: int, bound: float, random: Random) -> list[float]:
    return [random.uniform(-bound, bound) for _ in range(count)]


def _normal(count: int, deviation: float, random: Random) -> list[float]:
    return [random.gauss(0.0, deviation) for _ in range(count)]


INITIALISERS: dict[str, Callable[..., list[float]]] = {
    f.__name__: f
    for f in (uniform, xavier_uniform, xavier_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, zeros)
}

_GLOBAL = cast(Random, _random)  # the module's functions are the methods of one generator


def generator(seed: int | Random | None) -> Random:
    """Return a generator of random numbers: Python's global one for None, a new one for a whole number.

    A generator is returned as it is. Raises TypeError for anything else.
    """
    if seed is None or seed is _GLOBAL:
        return _GLOBAL
    if isinstance(seed, Random):
        return seed
    try:
        return Random(operator.index(seed))
    except TypeError:
        raise TypeError(f"seed must be a whole number, a random.Random or None, got {seed!r}") from None


def initial_weights(init: str | Number | Initialiser, nin: int, nout: int, random: Random) -> list[float]:
    """Return the weights of one neuron with `nin` inputs in a layer of `nout`.

    `init` is the name of an initialiser above, a number for all weights, or a function of (nin, nout,
    random). Raises ValueError for an unknown name or a function that returns another number of
    weights, TypeError for anything that is not an initialiser.

    >>> initial_weights(0.5, nin=2, nout=1, random=Random())
    [0.5, 0.5]
    """
    known = _known("init", init)
    if not callable(known):
        return [known] * nin
    weights = known(nin, nout, random)
    if not hasattr(weights, "__iter__"):
        raise TypeError(f"init must return a sequence of {nin} weights, got {weights!r}")
    numbers = [number(w) for w in weights]
    if len(numbers) != nin:
        raise ValueError(f"init must return {nin} weights, one per input, got {len(numbers)}")
    return numbers


def initial_bias(bias: bool | str | Number | Initialiser, nin: int, nout: int, random: Random) -> float | None:
    """Return the bias that a neuron starts with, or None if it has none.

    `bias` is False for none, True for one that starts at 0, the name of an initialiser above, which draws it like
    one more weight, a number, or a function of (nin, nout, random) that returns the bias, or a list of weights, of
    which the first is used. Raises ValueError for an unknown name, TypeError for anything else.

    >>> initial_bias("uniform", nin=2, nout=1, random=Random(1337))
    0.23550571390294128
    >>> [initial_bias(bias, nin=2, nout=1, random=Random()) for bias in (False, True, -1)]
    [None, 0.0, -1.0]
    """
    if isinstance(bias, bool) or type(bias).__name__ in ("bool", "bool_"):  # NumPy's too
        return 0.0 if bias else None
    known = _known("bias", bias, "True, False, ")
    if not callable(known):
        return known  # type: ignore[no-any-return]
    found = known(nin, nout, random, count=1) if known in INITIALISERS.values() else known(nin, nout, random)
    numbers = [number(x) for x in (found if hasattr(found, "__iter__") else [found])]
    if len(numbers) not in (1, nin):
        raise ValueError(f"bias must return a number, or {nin} weights, one per input, got {len(numbers)}")
    return numbers[0]


def _known(option: str, given: Any, others: str = "") -> Any:
    """Return the initialiser of a name, a function as it is, and a number as a float."""
    if callable(given) or (isinstance(given, str) and given in INITIALISERS):
        return given if callable(given) else INITIALISERS[given]
    allowed = f"{others}one of {', '.join(INITIALISERS)}, a number or a function"
    if isinstance(given, str):
        raise ValueError(f"unknown {option} {given!r}: expected {allowed}")
    try:
        return number(given)
    except TypeError:
        raise TypeError(f"{option} must be {allowed}, got {given!r}") from None
