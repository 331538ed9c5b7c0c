"""Counts made by eye, in words: a number, a range, `over 20`, `4 to 7 or more` where a part was not counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.examination import DEPRESSED_KINDS, is_open_class
from scarplan.report.pictures.face_map import ZoneMark, ZonePlace

NOT_COUNTED = "not counted"

Count = Mapping[str, int]


@dataclass(frozen=True)
class Counted:
    """Fewest and most. `is_open`: the upper end is assumed. `is_partial`: a part was not counted; there may be more."""

    low: int
    high: int
    is_open: bool = False
    is_partial: bool = False

    @property
    def words(self) -> str:
        """The count as it is printed."""
        if self.is_open:
            return f"over {self.low - 1}"
        text = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"{text} or more" if self.is_partial else text


def read_count(count: Count | None) -> Counted | None:
    """Return one count of a result; None where it is not known."""
    if count is None:
        return None
    # The highest class has no upper end; where it ends in the results is assumed, and not printed.
    return Counted(count["low"], count["high"], is_open=is_open_class(count["low"], count["high"]))


def say_count(count: Counted | None) -> str:
    """Return a count in words."""
    return count.words if count else NOT_COUNTED


def say_row_count(row: Mapping[str, Any]) -> str:
    """Return how many scars a row of a forecast stands for: its words or `count`, or its range from `low` to `high`."""
    if row.get("count_words") or row.get("count") is not None:
        return str(row.get("count_words") or row["count"])
    return say_count(read_count({"low": row["low"], "high": row["high"]}) if "low" in row else None)


def add_counts(counts: Iterable[Count | None]) -> Counted | None:
    """Return the sum of what was counted. None where nothing was."""
    found = [read_count(count) for count in counts]
    known = [count for count in found if count is not None]
    if not known:
        return None
    return Counted(
        low=sum(count.low for count in known),
        high=sum(count.high for count in known),
        is_open=any(count.is_open for count in known),
        is_partial=len(known) < len(found),
    )


def count_kind(assess: Mapping[str, Any], kind: str) -> Counted | None:
    """Return how many scars of `kind` the zones hold together."""
    return add_counts(zone["counts"].get(kind) for zone in assess["zones"])


def count_dents(zone: Mapping[str, Any]) -> Counted | None:
    """Return how many depressed scars a zone holds."""
    return add_counts(zone["counts"].get(kind) for kind in DEPRESSED_KINDS)


def count_all_dents(assess: Mapping[str, Any]) -> Counted | None:
    """Return how many depressed scars were counted in all."""
    return add_counts(zone["counts"].get(kind) for zone in assess["zones"] for kind in DEPRESSED_KINDS)


def mark_zones(assess: Mapping[str, Any], settings: Mapping[ZonePlace, str] | None = None) -> dict[ZonePlace, ZoneMark]:
    """Return what the face map prints for each zone that was looked at; `settings` are needle length settings."""
    marks = {}
    for zone in assess["zones"]:
        place, dents = (zone["zone"], zone["side"]), count_dents(zone)
        setting = (settings or {}).get(place, "")
        if dents is None:
            marks[place] = ZoneMark(setting=setting)
        else:
            marks[place] = ZoneMark(dents.low, dents.high, setting, is_open=dents.is_open, is_partial=dents.is_partial)
    return marks
