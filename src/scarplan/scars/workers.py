"""Processes that work beside this one: threads of Python share one processor in most of what finding does.

A worker is this package in a process of its own, asked over a pipe. It is no fork (BLAS, OpenCV and JAX do not survive
one) and does not import the caller's script again. What it works out is the same to the last bit.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

from scarplan.evidence.library import quantity, recording, source

R = TypeVar("R")

#: More workers than this would take more memory than they save time.
_MOST_WORKERS = 4
_START = "import sys; sys.path[:] = {path!r}; from scarplan.scars.workers import serve; serve()"


class WorkerFailed(Exception):
    """A worker is gone, or what it was asked for raised an error there."""


class Worker:
    """One process that runs functions of this package."""

    def __init__(self) -> None:
        """Start the process; it imports what it is asked for while this one goes on."""
        import subprocess  # small maps are done sooner without

        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,  # an interrupt is for this process, which then ends the other
        )  # fmt: skip

    def run(self, function: Callable[..., R], *arguments: object) -> R:
        """Return what `function` makes of `arguments` there; the evidence it asks for is noted here.

        Raises WorkerFailed.
        """
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        try:
            pickle.dump((function, arguments), asked, protocol=pickle.HIGHEST_PROTOCOL)
            asked.flush()
            answer = pickle.load(told)
        except (EOFError, OSError, ValueError, pickle.PickleError) as error:  # a closed pipe is a ValueError
            raise WorkerFailed from error
        if answer is None:
            raise WorkerFailed
        found, quantities, sources = answer
        for name in quantities:
            quantity(name)
        for name in sources:
            source(name)
        return found

    def stop(self) -> None:
        """End the process and wait for it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()


class Places:
    """Places to work at: this process, and workers beside it. Each does one thing at a time."""

    def __init__(self, workers: list[Worker]) -> None:
        """Take the workers that run beside this process."""
        self.count = len(workers) + 1
        self._free: SimpleQueue[Worker | None] = SimpleQueue()
        for place in (None, *workers):
            self._free.put(place)

    def run(self, function: Callable[..., R], *arguments: object) -> R:
        """Return what `function` makes of `arguments`, worked out at the next place that is free."""
        place = self._free.get()
        try:
            if place is not None:
                try:
                    return place.run(function, *arguments)
                except WorkerFailed:
                    place = None  # gone (memory ran out, say): this process does it, or raises the error itself
            return function(*arguments)
        finally:
            self._free.put(place)


@contextmanager
def places_to_work(things: int) -> Iterator[Places]:
    """Yield as many places as there are processors for so many things; workers end with the block."""
    count = min(processors(), things, _MOST_WORKERS + 1) if sys.executable else 1
    workers = [Worker() for _ in range(count - 1)]
    try:
        yield Places(workers)
    finally:
        for worker in workers:
            worker.stop()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve() -> None:
    """Answer what is asked on standard input until it ends; what is printed meanwhile goes to standard error."""
    asked, told, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    while True:
        try:
            function, arguments = pickle.load(asked)
        except EOFError:
            return
        with recording() as used:
            try:
                answer = function(*arguments), sorted(used.quantities), sorted(used.sources)
            except Exception:
                answer = None  # who asked does it again, and raises the error where it can be seen
        pickle.dump(answer, told, protocol=pickle.HIGHEST_PROTOCOL)
        told.flush()
