"""Ledger: `ledger.jsonl`, one entry a line, only ever added to; each line vouches for all before it.

A line counts once it stands whole on the disk with its newline: only then is its writer told that it is done. What a
stopped program left of a last line was never acknowledged: readers leave it out and say so, the next writer moves it
aside into `ledger.torn`.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from scarplan.course.entry import FIRST_PREVIOUS, Entry, Kind, Signer, hash_of, make_entry, parse_line
from scarplan.course.head import Head, check_heads, read_heads
from scarplan.course.lock import locked
from scarplan.errors import BadInput
from scarplan.records.case import Case

LEDGER = "ledger.jsonl"
TORN = "ledger.torn"


@dataclass(frozen=True)
class Ledger:
    """The entries of a case in order. `torn_bytes` is the length of an unfinished last line, 0 where there is none."""

    entries: tuple[Entry, ...] = ()
    torn_bytes: int = 0

    @property
    def head(self) -> Head:
        """How many entries there are, and the hash of the last one."""
        return Head(len(self.entries), self.entries[-1].hash if self.entries else FIRST_PREVIOUS)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must be told."""
        if not self.torn_bytes:
            return ()
        return (
            f"{LEDGER} ends with an unfinished line of {self.torn_bytes} bytes: a program was stopped while it wrote. "
            "It was never acknowledged and is left out; repeat what was being added",
        )


def read_ledger(case: Case) -> Ledger:
    """Return the ledger of a case, empty where there is none yet.

    Raises BadInput when a line was changed, removed, put in or moved, or when entries that a result of the case
    knows of are gone.
    """
    path = case.path(LEDGER)
    heads = read_heads(case)  # before the ledger: meanwhile it can only have grown
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise _cannot_read(path, error) from None
    ledger = parse_ledger(data, name=str(path))
    check_heads(heads, [entry.hash for entry in ledger.entries], path=path)
    return ledger


def parse_ledger(data: bytes, *, name: str = LEDGER) -> Ledger:
    """Return the ledger in `data`. Raises BadInput that names the first line that does not hold."""
    whole, newline, torn = data.rpartition(b"\n")
    entries: list[Entry] = []
    previous = FIRST_PREVIOUS
    for number, line in enumerate((whole + newline).splitlines(keepends=True), start=1):
        try:
            entry = parse_line(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise _broken(name, number, f"{error}" or "it is no entry") from None
        if hash_of(entry) != entry.hash:
            raise _broken(name, number, "its text was changed after it was written")
        if entry.number != number or entry.previous != previous:
            raise _broken(name, number, "it does not follow the line before: a line was removed, put in or moved")
        entries.append(entry)
        previous = entry.hash
    return Ledger(tuple(entries), torn_bytes=len(torn))


class OpenLedger:
    """A ledger held for writing: `entries` so far, and `append`. Made by `open_ledger` only."""

    def __init__(self, ledger: Ledger, stream: FileIO) -> None:
        self._ledger = ledger
        self._stream = stream

    @property
    def ledger(self) -> Ledger:
        """The ledger as it stands now."""
        return self._ledger

    def append(self, kind: Kind, *, day: datetime.date, by: Signer, content: Mapping[str, Any]) -> Entry:
        """Add an entry and return it when it stands on the disk."""
        head = self._ledger.head
        entry = make_entry(kind, number=head.entries + 1, day=day, by=by, content=content, previous=head.hash)
        self._stream.seek(0, os.SEEK_END)
        _write_all(self._stream, entry.line())
        os.fsync(self._stream.fileno())  # only now it counts
        self._ledger = Ledger((*self._ledger.entries, entry))
        return entry


@contextlib.contextmanager
def open_ledger(case: Case) -> Iterator[OpenLedger]:
    """Hold the ledger of a case for writing; no other program adds to it meanwhile.

    When the block is left by an error, what it added is taken back, unless what belongs to it stands already: an entry
    and what belongs to it stand together.
    Raises BadInput where the ledger is broken, cannot be written, or the disk is full; nothing has changed then.
    """
    case.require()
    path = case.path(LEDGER)
    try:
        with _locked_file(path) as stream:
            ledger = read_ledger(case)
            end = _set_torn_aside(case, ledger, stream)
            try:
                yield OpenLedger(Ledger(ledger.entries), stream)
            except BaseException:
                # Stopped by hand after all was written, a result knows of the entry already: then it stands.
                if all(head.entries <= len(ledger.entries) for head in read_heads(case).values()):
                    stream.truncate(end)
                    os.fsync(stream.fileno())
                    if end == 0:
                        path.unlink()
                raise
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror or error}",
            code="E-LEDGER-005",
            do="free some space or make the case folder writable, and try again; nothing was added",
        ) from None


def append_entry(case: Case, kind: Kind, day: datetime.date, by: Signer, content: Mapping[str, Any]) -> Entry:
    """Add one entry to the ledger of a case and return it: on the disk, numbered, chained.

    `content` holds plain values (numbers, texts, lists, tables; None is unknown). Raises BadInput as `open_ledger`.
    """
    with open_ledger(case) as opened:
        return opened.append(kind, day=day, by=by, content=content)


@contextlib.contextmanager
def _locked_file(path: Path) -> Iterator[FileIO]:
    """Open the ledger for writing, made where there is none, and hold its lock."""
    while True:
        is_new = not path.exists()
        with (
            open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0) as stream,
            locked(stream, name=str(path)),
        ):
            if is_new:
                _keep_folder(path.parent)
            # While the lock was waited for, a program may have removed the ledger that it had just begun.
            if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                yield stream
                return


def _set_torn_aside(case: Case, ledger: Ledger, stream: FileIO) -> int:
    """Move an unfinished last line into its own file; return the length of what is whole."""
    end = os.fstat(stream.fileno()).st_size
    if not ledger.torn_bytes:
        return end
    stream.seek(end - ledger.torn_bytes)
    torn = stream.read()
    with case.path(TORN).open("ab", buffering=0) as aside:
        _write_all(aside, torn + b"\n")
        os.fsync(aside.fileno())
    stream.truncate(end - ledger.torn_bytes)
    os.fsync(stream.fileno())
    return end - ledger.torn_bytes


def _write_all(stream: FileIO, data: bytes) -> None:
    """Write `data` to the end: without a buffer, a write may stop short of it, and nothing is left to be written."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _keep_folder(folder: Path) -> None:
    """Wait until the name of a new file stands on the disk, where the system can tell."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _broken(name: str, number: int, why: str) -> BadInput:
    return BadInput(
        f"{name} was tampered with or damaged at line {number}: {why}",
        code="E-LEDGER-004",
        do="put the file back from a backup; mistakes are mended with `scarplan session CASE correct`, never by hand",
    )


def _cannot_read(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{path} cannot be read: {error.strerror}",
        code="E-LEDGER-007",
        do="check its permissions, and that it is a file",
    )
