"""Rows of one call shared among threads: each takes a stretch of them, in pieces of some hundredths of a second.

Python's lock is released while native code runs. Between pieces a thread sees whether another one has failed, and the
one that called answers Ctrl-C. Threads are started anew for each call, so a forked process has nothing to mend.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from operator import index
from threading import Thread
from typing import Any

Piece = tuple[int, Any]  # how many blocks, and what came of them
PIECE = 40_000_000  # operations between two looks at signals: some hundredths of a second


def checked_threads(threads: Any) -> int:
    """Return how many threads are meant; "all" is one for each processor that this process may use.

    Raises ValueError for another name or a number below 1, TypeError for anything else.
    """
    if isinstance(threads, str):
        if threads != "all":
            raise ValueError(f"threads must be a whole number of at least 1, or 'all', got {threads!r}")
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        number = index(threads) if not isinstance(threads, bool) else 0
    except TypeError:
        raise TypeError(f"threads must be a whole number or 'all', got {threads!r:.60}") from None
    if number < 1:
        raise ValueError(f"threads must be a whole number of at least 1, or 'all', got {threads!r}")
    return number


def in_threads(
    run: Callable[[int, int], Any], blocks: int, threads: int, operations: int
) -> list[list[tuple[int, Any]]]:
    """Call run(first, last) on blocks of rows, `operations` each, until all are done.

    Returns a list for each thread, in the order of the blocks: each result of `run`, with the number of blocks it
    covers. The division depends on the number of threads alone. If a call raises an error, this one raises it too.
    """
    threads = min(threads, blocks)
    bounds = [blocks * k // threads for k in range(threads + 1)]
    most = max(1, PIECE // max(1, operations))
    found: list[list[Piece]] = [[] for _ in range(threads)]
    raised: list[BaseException] = []

    def share(k: int) -> None:
        try:
            for first in range(bounds[k], bounds[k + 1], most):
                if raised:
                    return
                last = min(first + most, bounds[k + 1])
                found[k].append((last - first, run(first, last)))
        except BaseException as error:
            raised.append(error)

    others = [Thread(target=share, args=(k,), name=f"chainrule-{k}", daemon=True) for k in range(1, threads)]
    try:
        for thread in others:
            thread.start()
        share(0)
        for thread in others:
            thread.join()
    except BaseException as error:  # Ctrl-C outside of a share
        raised.append(error)
        for thread in others:
            if thread.ident is not None:
                thread.join()
        raise
    if raised:
        raise raised[0]
    return found
