"""Lock: one program at a time adds to a ledger; the system frees the lock when a program ends, however it ends."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import IO

from scarplan.errors import BadInput

#: An entry is added in milliseconds; who waits longer than this waits for a program that hangs.
_WAIT_SECONDS = 20.0
_LOOK_AGAIN_SECONDS = 0.01

if sys.platform == "win32":
    import msvcrt

    # A byte far beyond the end: what is locked cannot be read there.
    _FAR = 1 << 40

    def _take(stream: IO[bytes]) -> None:
        stream.seek(_FAR)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

    def _free(stream: IO[bytes]) -> None:
        stream.seek(_FAR)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _free(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_UN)


@contextlib.contextmanager
def locked(stream: IO[bytes], *, name: str, wait_seconds: float = _WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of an open file. Raises BadInput when another program does not let go of it."""
    end = time.monotonic() + wait_seconds
    while True:
        try:
            _take(stream)
            break
        except OSError:
            if time.monotonic() > end:
                raise BadInput(
                    f"another program is writing into {name} and does not finish",
                    code="E-LEDGER-003",
                    do="wait until it has finished, or end it; then try again",
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        _free(stream)
