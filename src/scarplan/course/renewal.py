"""A calendar that is made again: the same events keep their UID, changed ones count up, dropped ones are cancelled."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from scarplan.canonical import hash_content
from scarplan.course.appointments import Appointment
from scarplan.course.icalendar import CalendarEvent

#: What a change of makes an event a new version of itself.
_CONTENT = ("date", "end_date", "title", "text", "state", "status")
_MARKS = {"done": " (done)", "past": " (past)", "planned": ""}
#: Hex digits of a UID: 128 bits, so that no two courses of the world share one.
_UID_DIGITS = 32


def renew(
    appointments: Sequence[Appointment],
    *,
    calendar: str,
    previous: Sequence[Mapping[str, Any]] = (),
    least_sequence: int = 0,
) -> list[dict[str, Any]]:
    """Return the events of a calendar as plain rows by day, cancelled ones last.

    `calendar` names the calendar for as long as the course lasts; `previous` are its earlier events. What they do not
    hold begins with `least_sequence`.
    """
    earlier = {row["key"]: row for row in previous}
    rows = [_row(entry, calendar, earlier.get(entry.key), least_sequence) for entry in appointments]
    kept = {row["key"] for row in rows}
    dropped = [_cancel(row) for key, row in earlier.items() if key not in kept]
    return [*rows, *sorted(dropped, key=lambda row: (row["date"], row["key"]))]


def calendar_events(rows: Sequence[Mapping[str, Any]]) -> list[CalendarEvent]:
    """Return the rows as events of an iCalendar stream."""
    return [
        CalendarEvent(
            uid=row["uid"],
            sequence=row["sequence"],
            start=datetime.date.fromisoformat(row["date"]),
            end=datetime.date.fromisoformat(row["end_date"]),
            summary=row["title"] + _MARKS[row["state"]],
            description=row["text"],
            status=row["status"],
            is_busy=row["kind"] == "session" and row["status"] == "CONFIRMED",
        )
        for row in rows
    ]


def uid_of(calendar: str, key: str) -> str:
    """Return what names the entry `key` of a calendar in every calendar program."""
    return f"{hash_content([calendar, key])[:_UID_DIGITS]}@scarplan"


def _row(entry: Appointment, calendar: str, earlier: Mapping[str, Any] | None, least_sequence: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "uid": uid_of(calendar, entry.key),
        "sequence": least_sequence,
        "key": entry.key,
        "kind": entry.kind,
        "state": entry.state,
        "status": "TENTATIVE" if entry.is_tentative else "CONFIRMED",
        "date": entry.date.isoformat(),
        "end_date": entry.end.isoformat(),
        "day": entry.day,
        "session": entry.session,
        "title": entry.title,
        "text": entry.text,
    }
    if earlier is not None:
        is_changed = any(row[name] != earlier[name] for name in _CONTENT)
        row["sequence"] = earlier["sequence"] + (1 if is_changed else 0)
    return row


def _cancel(earlier: Mapping[str, Any]) -> dict[str, Any]:
    if earlier["status"] == "CANCELLED":
        return dict(earlier)
    return {**earlier, "status": "CANCELLED", "sequence": earlier["sequence"] + 1}
