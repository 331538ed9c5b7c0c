"""Work on several processors: the same function on many things, one after the other or side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Returns what a function makes of each thing, in their order."""

    def __call__(self, function: Callable[[T], R], things: Iterable[T], /) -> Sequence[R]:
        """Return the results in the order of the things."""
        ...


def one_by_one(function: Callable[[T], R], things: Iterable[T], /) -> list[R]:
    """Return what `function` makes of each thing."""
    return [function(thing) for thing in things]


def side_by_side(pool: Executor) -> Each:
    """Return the same, done by the threads of `pool`; one of these threads itself would wait for itself."""

    def each(function: Callable[[T], R], things: Iterable[T], /) -> list[R]:
        # Each works in a copy of the context, so that the evidence it asks for is noted in this run.
        works = [pool.submit(copy_context().run, function, thing) for thing in things]
        return [work.result() for work in works]

    return each


def by_threads(count: int) -> Each:
    """Return the same, done by so many threads that end with the work: large arrays, on which threads run at once."""

    def each(function: Callable[[T], R], things: Iterable[T], /) -> Sequence[R]:
        with ThreadPoolExecutor(max_workers=count) as pool:
            return side_by_side(pool)(function, things)

    return one_by_one if count == 1 else each
