"""kill -9 of a running verb, at one moment after another of its writing: each in a copy of the case, in a fork.

The verb runs once for real up to where it begins to write. There this program forks: the fork goes on in a copy of the
case and is killed before its n-th operation on the disk (opening, renaming, linking, removing, waiting for the disk, or
in the middle of a line of the ledger), the next one n a few later, until one comes to its end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scarplan.course import ledger as ledger_file
from scarplan.records import Case

_OPERATIONS = {"open", "os.rename", "os.link", "os.truncate", "os.remove", "os.mkdir", "os.rmdir"}


@dataclass
class Killed:
    """Copies of a case whose verb was killed, in order of the moment; the last one's verb came to its end.

    every   operations from one moment to the next
    """

    folder: Path
    every: int
    copies: list[Path] = field(default_factory=list)
    done: Path | None = None
    _is_fork: bool = False

    def run(self, verb: Callable[[], object]) -> object:
        """Run the verb, which comes by `before_writing`, and return what it returns; forks end here."""
        try:
            result = verb()
        except BaseException:
            if self._is_fork:
                os._exit(3)
            raise
        if self._is_fork:
            os._exit(0)
        return result

    def before_writing(self, case: Case) -> None:
        """Fork and kill; returns in this program, and in each fork with `case` in another folder."""
        number = 0
        while self.done is None:
            copy = _copy(case.root, self.folder / str(number))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the fork only reads and writes files: no other thread is asked
                process = os.fork()
            if process == 0:
                self._is_fork, case.root = True, copy
                _kill_before(number, copy)
                return
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            assert status in (0, -signal.SIGKILL), f"the fork for operation {number} ended with {status}"
            self.copies.append(copy)
            if status == 0:
                self.done = copy
            number += self.every


def _copy(case: Path, copy: Path) -> Path:
    """Copy a case; files that are only ever replaced as a whole are shared."""
    shutil.copytree(case, copy, copy_function=os.link)
    for name in (ledger_file.LEDGER, ledger_file.TORN):
        if (case / name).exists():
            (copy / name).unlink()
            shutil.copy2(case / name, copy / name)
    return copy


def _kill_before(number: int, folder: Path) -> None:
    left, here = number, str(folder)

    def count() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def watch(event: str, told: tuple[object, ...]) -> None:
        if event in _OPERATIONS and any(here in str(each) for each in told):
            count()

    def write_in_halves(stream, data: bytes) -> None:
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            write(stream, part)
            count()

    def sync(descriptor: int) -> None:
        count()
        wait(descriptor)

    write, wait = ledger_file._write_all, os.fsync
    ledger_file._write_all, os.fsync = write_in_halves, sync
    sys.addaudithook(watch)
