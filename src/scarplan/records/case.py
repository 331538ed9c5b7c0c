"""The case folder: one patient's files, each verb's result in it, and what is stale.

`results/<verb>.json` holds exactly what `--json` prints. Its manifest names the input files of the case with
their hashes; when one of them changes, the result is stale and the command that renews it is named.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import dump_json, hash_file
from scarplan.errors import BadInput, MissingStep, StaleResult
from scarplan.records.all_or_nothing import finish_interrupted, write_together

#: Which verb makes a file, with the command that a user types for it.
COMMANDS = {
    "screen": "scarplan screen CASE --patient patient.toml",
    "scan": "scarplan scan FILE CASE --unit mm --pixel-mm 0.1",
    "scars": "scarplan scars CASE",
    "compare": "scarplan compare BASELINE CASE",
    "assess": "scarplan assess CASE",
    "follow_up": "scarplan assess CASE --follow-up --assessment FILE",
    "photo": "scarplan photo CASE",
    "outcomes": "scarplan outcomes CASE --outcomes outcomes.toml",
    "plan": "scarplan plan CASE",
    "forecast": "scarplan forecast CASE",
    "session": "scarplan session CASE list",
    "schedule": "scarplan schedule CASE",
    "update": "scarplan update CASE",
    "replan": "scarplan replan CASE",
    "report": "scarplan report CASE",
}


class Case:
    """A case folder. Reading checks freshness; writing is all or nothing, also across a crash."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        finish_interrupted(self.root)

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
                do=f"start it with `{self.command('screen')}` or `{self.command('scan')}`",
            )

    def read_result(self, verb: str, *, allow_stale: bool = False) -> dict[str, Any]:
        """Return what `verb --json` printed. Raises MissingStep or StaleResult with the command to run."""
        self.require()
        path = self.path(result_name(verb))
        try:
            if path.exists() and not path.is_file():
                raise OSError(errno.EINVAL, "it is no plain file")  # a pipe would be waited for
            result = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise MissingStep(
                f"the case {self.root} has no result of `{verb}` yet",
                code="E-CASE-002",
                do=f"run `{self.command(verb)}`",
            ) from None
        except OSError as error:
            raise self._cannot_read(path, error) from None
        except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested without end
            raise self.damaged(verb) from None
        if not _is_result_of(verb, result):
            raise self.damaged(verb)
        if not allow_stale:
            self.check_fresh(verb, result)
        return result

    def check_fresh(self, verb: str, result: Mapping[str, Any]) -> None:
        """Raise StaleResult when what `result` was made from has changed since, or is itself stale."""
        inputs = result["manifest"]["inputs"]
        for earlier in COMMANDS:  # the first step that no longer holds is the one to renew
            if earlier != verb and result_name(earlier) in inputs and self.has_result(earlier):
                self.read_result(earlier)
        for name, digest in inputs.items():
            path = self.path(name)
            try:
                changed = not path.is_file() or hash_file(path) != digest
            except OSError as error:
                raise self._cannot_read(path, error) from None
            if changed:
                raise StaleResult(
                    f"the result of `{verb}` in {self.root} is stale: {name} has changed since it was made",
                    code="E-CASE-004",
                    do=f"run `{self.command(verb)}` again",
                )

    def is_stale(self, verb: str) -> bool:
        """Whether `verb` has left a result that no longer holds (also one that cannot be read)."""
        if not self.has_result(verb):
            return False
        try:
            self.read_result(verb)
        except BadInput:
            return True
        return False

    def write_result(self, verb: str, result: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> None:
        """Write the result of `verb` and its `files` (name -> bytes), all or nothing."""
        text = dump_json(result, indent=1) + "\n"
        self.write_files({**(files or {}), result_name(verb): text.encode()})

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Write `files` (name -> bytes) all or nothing. Raises BadInput when they cannot be written."""
        if os.path.exists(self.root) and not os.path.isdir(self.root):
            raise BadInput(f"{self.root} is a file, not a case folder", code="E-CASE-005", do="name a folder")
        try:
            write_together(self.root, files)
        except OSError as error:
            raise BadInput(
                f"cannot write into {self.root}: {error.strerror or error}",
                code="E-CASE-006",
                do="free some space or choose another folder; nothing was changed",
            ) from None

    def remove(self, *names: str) -> None:
        """Remove files of the case that no longer hold (missing ones are fine)."""
        for name in names:
            try:
                self.path(name).unlink(missing_ok=True)
            except OSError as error:
                raise BadInput(
                    f"{self.path(name)} no longer holds and cannot be removed: {error.strerror}",
                    code="E-CASE-008",
                    do="make the case folder writable, or remove the file yourself",
                ) from None

    def remove_stale(self, *verbs: str, files: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Remove the results of `verbs`, given in working order, from the first that no longer holds on.

        `files` names what else a verb wrote. For a verb that is refused: what an older run left is then no result.
        """
        gone = False
        for verb in verbs:
            gone = gone or self.is_stale(verb)
            if gone:
                self.remove(result_name(verb), *(files or {}).get(verb, ()))

    def command(self, verb: str) -> str:
        """Return the command that makes the result of `verb` in this case."""
        return COMMANDS.get(verb, f"scarplan {verb} CASE").replace("CASE", str(self.root))

    def damaged(self, verb: str) -> BadInput:
        """Return the error of a result that is not as `verb` writes it."""
        path = self.path(result_name(verb))
        return BadInput(f"{path} is damaged", code="E-CASE-003", do=f"run `{self.command(verb)}` again")

    def _cannot_read(self, path: Path, error: OSError) -> BadInput:
        return BadInput(
            f"{path} cannot be read: {error.strerror}",
            code="E-CASE-007",
            do="check its permissions, and that it is a file",
        )


def result_name(verb: str) -> str:
    """Return the file name of the result of `verb` inside a case."""
    return f"results/{verb}.json"


def _is_result_of(verb: str, result: Any) -> bool:
    """Whether a parsed file has what every result of `verb` has: the manifest that says what it was made from."""
    manifest = result.get("manifest") if isinstance(result, dict) else None
    return (
        isinstance(manifest, dict)
        and manifest.get("verb") == verb
        and isinstance(manifest.get("inputs"), dict)
        and all(isinstance(digest, str) for digest in manifest["inputs"].values())
    )
