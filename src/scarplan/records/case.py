"""The case folder: one patient's files, each verb's result in it, and what is stale.

`results/<verb>.json` holds exactly what `--json` prints. Its manifest names the input files of the case with
their hashes; when one of them changes, the result is stale and the command that renews it is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import dump_json, hash_file
from scarplan.errors import BadInput, MissingStep, StaleResult

#: Which verb makes a file, with the command that a user types for it.
COMMANDS = {
    "screen": "scarplan screen CASE --patient patient.toml",
    "scan": "scarplan scan FILE CASE --unit mm --pixel-mm 0.1",
    "scars": "scarplan scars CASE",
    "plan": "scarplan plan CASE",
    "forecast": "scarplan forecast CASE",
    "report": "scarplan report CASE",
}


class Case:
    """A case folder. Reading checks freshness; writing is all or nothing."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"Case({str(self.root)!r})"

    def path(self, name: str) -> Path:
        """Return the path of the file `name` of this case."""
        return self.root / name

    def has(self, name: str) -> bool:
        """Whether the file `name` exists."""
        return self.path(name).is_file()

    def has_result(self, verb: str) -> bool:
        """Whether `verb` has written its result."""
        return self.has(result_name(verb))

    def hashes(self, *names: str) -> dict[str, str]:
        """Return file name -> SHA-256 for the files of `names` that exist."""
        return {name: hash_file(self.path(name)) for name in names if self.has(name)}

    def require(self) -> None:
        """Raise MissingStep unless the folder exists."""
        if not self.root.is_dir():
            raise MissingStep(
                f"the case folder {self.root} does not exist",
                code="E-CASE-001",
                do=f"start it with `{self._command('screen')}` or `{self._command('scan')}`",
            )

    def read_result(self, verb: str, *, allow_stale: bool = False) -> dict[str, Any]:
        """Return what `verb --json` printed. Raises MissingStep or StaleResult with the command to run."""
        self.require()
        path = self.path(result_name(verb))
        try:
            result = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise MissingStep(
                f"the case {self.root} has no result of `{verb}` yet",
                code="E-CASE-002",
                do=f"run `{self._command(verb)}`",
            ) from None
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise BadInput(f"{path} is damaged", code="E-CASE-003", do=f"run `{self._command(verb)}` again") from None
        if not allow_stale:
            self.check_fresh(verb, result)
        return result

    def check_fresh(self, verb: str, result: Mapping[str, Any]) -> None:
        """Raise StaleResult when a case file that `result` was made from has changed since."""
        for name, digest in result["manifest"]["inputs"].items():
            path = self.path(name)
            if not path.is_file() or hash_file(path) != digest:
                raise StaleResult(
                    f"the result of `{verb}` in {self.root} is stale: {name} has changed since it was made",
                    code="E-CASE-004",
                    do=f"run `{self._command(verb)}` again",
                )

    def write_result(self, verb: str, result: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> None:
        """Write the result of `verb` and its `files` (name -> bytes), all or nothing."""
        text = dump_json(result, indent=1) + "\n"
        self.write_files({**(files or {}), result_name(verb): text.encode()})

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Write `files` (name -> bytes): all are complete on disk before the first one takes its place."""
        created = not self.root.exists()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=self.root))
        except (FileExistsError, NotADirectoryError):
            raise BadInput(f"{self.root} is a file, not a case folder", code="E-CASE-005", do="name a folder") from None
        except OSError as error:
            raise self._cannot_write(error) from None
        try:
            for name, data in files.items():
                target = staging / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
            for name in files:
                self.path(name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / name, self.path(name))
        except OSError as error:
            if created:
                shutil.rmtree(self.root, ignore_errors=True)
            raise self._cannot_write(error) from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def remove(self, *names: str) -> None:
        """Remove files of the case that no longer hold (missing ones are fine)."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                self.path(name).unlink()

    def _command(self, verb: str) -> str:
        return COMMANDS.get(verb, f"scarplan {verb} CASE").replace("CASE", str(self.root))

    def _cannot_write(self, error: OSError) -> BadInput:
        return BadInput(
            f"cannot write into {self.root}: {error.strerror}",
            code="E-CASE-006",
            do="free some space or choose another folder; nothing was changed",
        )


def result_name(verb: str) -> str:
    """Return the file name of the result of `verb` inside a case."""
    return f"results/{verb}.json"
