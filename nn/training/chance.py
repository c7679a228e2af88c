"""Chance that a model may draw from: what is tried out leaves every generator as it was."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random, SystemRandom
from types import ModuleType
from typing import Any

from nn.module import Module
from nn.parts.walk import attributes, modules


@contextmanager
def unasked(model: Module) -> Iterator[list[Any]]:
    """Give a list which afterwards has the states of the generators that were drawn from, as they are again."""
    generators = _generators(model)
    before = [state() for state, _ in generators]
    drawn: list[Any] = []
    try:
        yield drawn
    finally:
        for (state, put_back), x in zip(generators, before, strict=True):
            if repr(state()) != repr(x):
                drawn.append(x)
                put_back(x)


def _generators(model: Module) -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """Return how to read and to set the state of each generator that a model may draw from without being asked."""
    numpy = sys.modules.get("numpy")
    found: list[Any] = [random, *([numpy.random] if numpy else [])]
    found += [x for part in modules(model) for _, x in attributes(part)]
    pairs = []
    for x in found:
        if isinstance(x, (Random, ModuleType)) and hasattr(x, "getstate") and not isinstance(x, SystemRandom):
            pairs.append((x.getstate, x.setstate))
        elif numpy and (x is numpy.random or isinstance(x, numpy.random.RandomState)):
            pairs.append((x.get_state, x.set_state))
        elif numpy and isinstance(x, numpy.random.Generator):
            bits = x.bit_generator
            pairs.append((partial(getattr, bits, "state"), partial(setattr, bits, "state")))
    return pairs
