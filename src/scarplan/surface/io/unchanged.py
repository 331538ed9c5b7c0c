"""A scan must not change while it is read: what was hashed and what was measured would be two things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scarplan.errors import BadInput

_Stamp = tuple[int, int, int]


@contextmanager
def unchanged_files(*paths: str | Path | None) -> Iterator[None]:
    """Raise BadInput when one of `paths` is written, replaced or removed within; None stands for no file.

    A fault that comes of such a change is told as the change.
    """
    files = [Path(path) for path in paths if path is not None]
    before = [_stamp(file) for file in files]
    try:
        yield
    except Exception as fault:
        _check(files, before, because=fault)
        raise
    _check(files, before, because=None)


def _check(files: list[Path], before: list[_Stamp | None], *, because: Exception | None) -> None:
    for file, stamp in zip(files, before, strict=True):
        # What was not there before is no change: its reader names what is missing.
        if stamp is not None and _stamp(file) != stamp:
            raise BadInput(
                f"{file.name} changed while it was read",
                code="E-SURF-097",
                got="another size, time or file than at the start",
                allowed="a file that nothing writes to",
                do="wait until the export or copy is done, then run the command again",
            ) from because


def _stamp(file: Path) -> _Stamp | None:
    try:
        told = file.stat()
    except (OSError, ValueError):
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
