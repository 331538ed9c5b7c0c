"""Copies of this process that share a list of things with it: threads of Python work on small arrays one at a time.

A copy (fork) knows all that is known here and costs a few milliseconds, but only a process of a single thread may be
copied: locks that other threads hold would stay shut for ever. Where there are threads, other ways are taken.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from scarplan.evidence.library import quantity, recording, source
from scarplan.scars.side_by_side import Each

T = TypeVar("T")
R = TypeVar("R")

#: A pipe holds more numbers of so many bytes than there are groups of things to hand out.
_BYTES, _MOST_GROUPS = 4, 8000
#: More copies than this would take more memory than they save time.
_MOST_COPIES = 4


def by_copies(places: int, *, otherwise: Each) -> Each:
    """Return what works on many things in so many processes, this one among them; `otherwise` where none may be copied.

    What each copy makes is brought back as a pickle; results are the same, in the order of the things.
    """

    def each(function: Callable[[T], R], things: Iterable[T], /) -> Sequence[R]:
        listed = list(things)
        copies = min(places, len(listed), _MOST_COPIES + 1) - 1
        if copies < 1 or not may_be_copied():
            return otherwise(function, listed)
        return _share(function, listed, copies)

    return each


def may_be_copied() -> bool:
    """Whether this process has one thread only, as far as the system tells."""
    try:
        return hasattr(os, "fork") and len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _share(function: Callable[[T], R], things: Sequence[T], copies: int) -> list[R]:
    """Return what `function` makes of each thing; whoever is free takes the next."""
    group = -(-len(things) // _MOST_GROUPS)
    numbers, handed_out = os.pipe()
    for first in range(0, len(things), group):
        os.write(handed_out, first.to_bytes(_BYTES, "little"))
    os.close(handed_out)
    beside: list[tuple[int, int]] = []
    done: dict[int, R] = {}
    try:
        for _ in range(copies):
            told, tell = os.pipe()
            process = os.fork()
            if not process:
                _answer(function, things, _take(numbers, len(things), group), tell)
            os.close(tell)
            beside.append((process, told))
        done.update((number, function(things[number])) for number in _take(numbers, len(things), group))
        while beside:
            done.update(_collect(*beside.pop()))
    finally:
        os.close(numbers)
        for process, told in beside:
            os.kill(process, signal.SIGKILL)
            os.close(told)
            os.waitpid(process, 0)
    # What a copy has failed at is done here, or raises its error where it can be seen.
    return [done[number] if number in done else function(thing) for number, thing in enumerate(things)]


def _take(numbers: int, count: int, group: int) -> Iterator[int]:
    """Yield the numbers of the things that nobody else has taken."""
    while told := os.read(numbers, _BYTES):
        first = int.from_bytes(told, "little")
        yield from range(first, min(first + group, count))


def _answer(function: Callable[[T], R], things: Sequence[T], mine: Iterator[int], tell: int) -> None:
    """Work as a copy, tell what came out of it, and end: nothing else of this program may run twice."""
    try:
        with recording() as used:
            found = {number: function(things[number]) for number in mine}
        with open(tell, "wb") as stream:
            pickle.dump((found, sorted(used.quantities), sorted(used.sources)), stream, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _collect(process: int, told: int) -> dict[int, Any]:
    """Return what a copy has made, by the number of the thing; the evidence that it asked for is noted here."""
    with open(told, "rb") as stream:
        answer = stream.read()
    os.waitpid(process, 0)
    try:
        found, quantities, sources = pickle.loads(answer)
    except (EOFError, pickle.UnpicklingError):  # it was stopped, or met an error
        return {}
    for name in quantities:
        quantity(name)
    for name in sources:
        source(name)
    return found
