"""The same work for many parts on a few threads; NumPy and OpenCV let go of the interpreter while they compute."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# More threads than this gain nothing: the work is memory-bound.
_MOST_THREADS = 4


def in_parallel(work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Do `work` for every part on a few threads; the result does not depend on how many."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    # Each task takes a copy of the caller's context, so that evidence asked for in a thread is noted as well.
    tasks = [(contextvars.copy_context(), part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda task: task[0].run(work, task[1]), tasks))
