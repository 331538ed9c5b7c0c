"""The follow-up by examination: what changed, and whether it is more than two raters differ by on the same face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import UNKNOWN, start_sentence, write_date, write_range, write_span

#: How a judgement reads at a glance, beside the words: never colour alone.
_TONES = {"better": "good", "worse": "stop", "unknown": "care"}


@dataclass(frozen=True)
class ChangeRow:
    """One thing that was seen at both examinations."""

    what: str
    first: str
    last: str
    change: str
    says: str
    tone: str


@dataclass(frozen=True)
class Disagreement:
    """How far raters differ on some of the rows."""

    of: str
    words: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class FollowUpPart:
    """The examinations in words, what changed between the first and the last, and how far raters differ."""

    says: str
    examinations: tuple[str, ...]
    same_examiner: bool
    rows: tuple[ChangeRow, ...]
    disagreements: tuple[Disagreement, ...]
    doubts: tuple[str, ...]


def describe_follow_up(results: CaseResults) -> FollowUpPart | None:
    """Return the follow-up of the case; None where there was none."""
    found = results.follow_up
    if found is None:
        return None
    return FollowUpPart(
        says=start_sentence(found.get("says")),
        examinations=tuple(_examination_in_words(row) for row in found["examinations"]),
        same_examiner=bool(found.get("same_examiner")),
        rows=tuple(_row(change) for change in found["changes"]),
        disagreements=tuple(_disagreements(found)),
        doubts=tuple(start_sentence(doubt) for doubt in found.get("doubts") or ()),
    )


def _examination_in_words(row: dict[str, Any]) -> str:
    days = row.get("days_since_first")
    later = f", {write_span(days)} after the first" if days else ""
    light = f"; light: {row['light']}" if row.get("light") else ""
    return f"{write_date(row['examined_on'])}{later}: {row['examiner']}{light}"


def _row(change: dict[str, Any]) -> ChangeRow:
    return ChangeRow(
        what=start_sentence(change["what"]).rstrip("."),
        first=change.get("first_words") or UNKNOWN,
        last=change.get("last_words") or UNKNOWN,
        change=_change(change),
        says=start_sentence(change["says"]),
        tone=_TONES.get(change["judgement"], ""),
    )


def _disagreements(found: dict[str, Any]) -> list[Disagreement]:
    """Return each thing that is known of raters once, with the rows that it is about."""
    about: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for change in found["changes"]:
        about.setdefault((change["disagreement"], tuple(change["sources"])), []).append(change["what"])
    rows = [
        Disagreement("counts" if len(whats) > 1 else whats[0], start_sentence(words), sources)
        for (words, sources), whats in about.items()
    ]
    if found.get("note"):
        rows.append(Disagreement("raters", start_sentence(found["note"]), tuple(found.get("note_sources") or ())))
    return rows


def _change(change: dict[str, Any]) -> str:
    ends = change.get("change")
    if ends is None:  # where a range has no end, the change has none either
        return UNKNOWN
    words = write_range(ends["low"], ends["high"])
    return f"+{words}" if ends["low"] == ends["high"] > 0 else words
