"""Corrections: a mistake stays in the ledger, and a later entry says what is right, why, and who says so."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scarplan.course.entry import Entry


@dataclass(frozen=True)
class Kept:
    """An entry as it counts now: its `day` and `content` after all corrections, whose numbers are `corrections`."""

    entry: Entry
    day: datetime.date
    content: Mapping[str, Any]
    corrections: tuple[int, ...] = ()


def apply_corrections(entries: Sequence[Entry]) -> tuple[list[Kept], tuple[Entry, ...]]:
    """Return the entries that count, as they read now and in the order of the ledger, and every correction."""
    kept: dict[int, Kept] = {}
    corrections: list[Entry] = []
    for entry in entries:
        if entry.kind != "correction":
            kept[entry.number] = Kept(entry, entry.day, entry.content)
            continue
        corrections.append(entry)
        number = int(entry.content["corrects"])
        if entry.content.get("withdrawn"):
            kept.pop(number, None)
        elif number in kept:
            old = kept[number]
            kept[number] = replace(
                old,
                day=datetime.date.fromisoformat(entry.content["day"]),
                content=entry.content["content"],
                corrections=(*old.corrections, entry.number),
            )
    return list(kept.values()), tuple(corrections)


def history_of(entries: Sequence[Entry], number: int) -> tuple[Entry, ...]:
    """Return the entry with this number and every correction of it, the oldest first."""
    return tuple(
        entry
        for entry in entries
        if entry.number == number or (entry.kind == "correction" and entry.content["corrects"] == number)
    )
