"""The progress bar of a training, where someone watches."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any
from warnings import catch_warnings, simplefilter

from autograd.errors import needs


def bar(first: int, epochs: int, progress: bool) -> AbstractContextManager[Any]:
    """Return a bar of all epochs, the `first` of which are done; None where the output is not shown to anyone.

    tqdm is for terminals and notebooks.
    """
    watched = sys.stderr is not None and (sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream")
    if not progress or not (watched or "ipykernel" in sys.modules):
        return nullcontext()
    try:
        from tqdm import TqdmWarning
        from tqdm.asyncio import tqdm as in_text

        with catch_warnings():
            simplefilter("ignore", TqdmWarning)  # a notebook without ipywidgets has the bar of a terminal
            from tqdm.auto import tqdm
    except ImportError:
        _say_that_tqdm_is_missing()
        return nullcontext()
    disable = not watched and tqdm is in_text
    shown: AbstractContextManager[Any] = tqdm(total=epochs, initial=first, unit="epoch", disable=disable)
    return shown


@cache
def _say_that_tqdm_is_missing() -> None:
    """Print a hint, once."""
    print(needs("notebook", "nn.fit: no progress bar without tqdm", "tqdm"), file=sys.stderr)
