"""Head: how far a ledger had come when a result was written; a ledger that no longer reaches it was cut short.

A chain alone cannot show that its last lines are missing. Each result that is made from the ledger therefore keeps
`"ledger": {"entries", "hash"}`, and every reading of the ledger compares it with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scarplan.course.entry import FIRST_PREVIOUS
from scarplan.errors import BadInput
from scarplan.records.case import Case, result_name

#: The results that may keep a head.
KEEPERS = ("session", "plan", "update", "replan", "schedule")


@dataclass(frozen=True)
class Head:
    """The number of entries and the hash of the last one."""

    entries: int
    hash: str


#: That of a ledger without entries.
NO_HEAD = Head(0, FIRST_PREVIOUS)


def read_heads(case: Case) -> dict[str, Head]:
    """Return the head that each result of a case keeps, by the name of the file; those that keep none are left out."""
    found = {result_name(verb): _read_head(case.path(result_name(verb))) for verb in KEEPERS}
    return {name: head for name, head in found.items() if head is not None and head.entries > 0}


def check_heads(heads: Mapping[str, Head], hashes: Sequence[str], *, path: Path) -> None:
    """Raise BadInput when a result knows entries that the ledger with these `hashes` does not hold."""
    for name, head in heads.items():
        if head.entries > len(hashes):
            what = f"its last {head.entries - len(hashes)} of {head.entries} entries are gone"
        elif hashes[head.entries - 1] != head.hash:
            what = f"entry {head.entries} is another one than it was"
        else:
            continue
        raise BadInput(
            f"{path} was cut short or written anew: {what}, as {name} shows",
            code="E-LEDGER-006",
            do="put the file back from a backup; entries are never taken out, only corrected",
        )


def _read_head(path: Path) -> Head | None:
    """Return the head that a result keeps; None where there is no such result, or none that can be read."""
    try:
        kept: Any = json.loads(path.read_text("utf-8")).get("ledger")
        return Head(int(kept["entries"]), str(kept["hash"])) if isinstance(kept, dict) else None
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None
