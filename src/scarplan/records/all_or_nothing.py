"""All or nothing: several files of one folder change together, or none does, whatever stops the program.

1. Every file is written in full into `.writing-…/new` (the disk is asked to keep it).
2. The folder is renamed to `.ready-…`: from here on the change counts.
3. Each file takes its place; what it replaces stays under a second name in `old`, and is put back when one cannot
   be placed. At no moment is a file missing that was there before.

Stopped before 2, nothing has changed, and the next use of the folder sweeps up what is left: a writer holds a lock in
its folder that the system frees when it ends, however it ends. Stopped after 2, the next use finishes step 3.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_WRITING, _READY = ".writing-", ".ready-"
#: The file whose lock a writer holds; without locks only the age tells who was stopped.
_HELD = "held"
#: Leftovers younger than this, and without a lock, may belong to a program that is still writing.
_ABANDONED_AFTER_SECONDS = 3600.0
#: Placing a few files takes milliseconds; what is still there after this belongs to a program that was stopped.
_PLACING_SECONDS = 1.0


def write_together(root: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (name -> bytes) below `root`, which is made if missing. On OSError nothing has changed."""
    made = _make_folder(root)
    staging: Path | None = None
    try:
        finish_interrupted(root)
        _check_places(root, files)
        staging = Path(tempfile.mkdtemp(prefix=_WRITING, dir=root))
        with _held(staging):
            for name, data in files.items():
                _write_through(staging / "new" / name, data)
            ready = staging.with_name(_READY + staging.name.removeprefix(_WRITING))
            staging.rename(ready)
        staging = ready
        _place(root, staging)
    except BaseException:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    shutil.rmtree(staging, ignore_errors=True)


def finish_interrupted(root: Path) -> None:
    """Finish what an interrupted program had ready to place, and sweep up what one abandoned before that."""
    if not os.path.isdir(root):  # unlike Path.is_dir, False too where the folder may not be looked into
        return
    for ready in sorted(root.glob(f"{_READY}*")):
        with contextlib.suppress(OSError):  # a read-only folder stays as it is
            if _is_being_placed(ready):
                continue
            _place(root, ready)
            shutil.rmtree(ready, ignore_errors=True)
    for left in root.glob(f"{_WRITING}*"):
        with contextlib.suppress(OSError):
            if _is_let_go(left) or time.time() - left.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


if sys.platform == "win32":  # a folder that holds an open file cannot be renamed there

    def _held(staging: Path) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def _is_let_go(staging: Path) -> bool:
        return False
else:

    @contextlib.contextmanager
    def _held(staging: Path) -> Iterator[None]:
        """Hold the lock of a folder that is being written; where the file system has no locks, go on without."""
        early = staging / f"{_HELD}.early"
        with early.open("wb") as stream:
            with contextlib.suppress(OSError):
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                early.rename(staging / _HELD)  # never seen under this name without its lock
            yield

    def _is_let_go(staging: Path) -> bool:
        """Whether the program that held this folder has ended; False where nothing tells."""
        try:
            with (staging / _HELD).open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _is_being_placed(ready: Path) -> bool:
    """Wait for the program that made `ready` ready; True when it has done its work, False when it has stopped."""
    end = time.monotonic() + _PLACING_SECONDS
    while ready.exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _make_folder(root: Path) -> list[Path]:
    """Make `root` and return the folders that were made for it, the outermost first."""
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    root.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _check_places(root: Path, names: Iterable[str]) -> None:
    """Raise before anything is written where a file cannot take its place."""
    for name in names:
        if (root / name).is_dir():
            raise IsADirectoryError(f"{name} is a folder, not a file")
        for parent in (root / name).relative_to(root).parents:
            if (root / parent).exists() and not (root / parent).is_dir():
                raise NotADirectoryError(f"{parent} is a file, not a folder")


def _write_through(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _place(root: Path, ready: Path) -> None:
    """Move every file of `ready/new` to its place below `root`; put the old ones back when one cannot be moved."""
    new, old = ready / "new", ready / "old"
    placed: list[Path] = []
    try:
        for path in sorted(_files_below(new)):
            name = path.relative_to(new)
            target, kept = root / name, old / name
            target.parent.mkdir(parents=True, exist_ok=True)
            kept.parent.mkdir(parents=True, exist_ok=True)
            _set_aside(target, kept)
            placed.append(name)
            os.replace(path, target)
    except BaseException:
        for name in placed:
            if (old / name).exists():
                os.replace(old / name, root / name)
            else:
                (root / name).unlink(missing_ok=True)
        raise


def _set_aside(target: Path, kept: Path) -> None:
    """Give `target`, where there is one, the second name `kept`."""
    try:
        os.link(target, kept)
    except (FileNotFoundError, FileExistsError):  # nothing to keep, or kept by a program that was stopped here
        return
    except OSError:  # a file system without links (FAT): the file is gone for the moment between two renames
        os.replace(target, kept)


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
