"""The calendar of a course that was made before: what a new one takes from it, also from one that is damaged.

Nothing of the course depends on it, so a damaged one must not stand in the way. But a calendar program follows an entry
by its UID and takes the version with the highest SEQUENCE: what can still be read of the two is kept, in the result as
well as in the calendar itself.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from scarplan.course.appointments import AppointmentKind, State
from scarplan.course.icalendar import Status
from scarplan.course.renewal import uid_of
from scarplan.errors import BadInput
from scarplan.records.case import Case, result_name

_UID = re.compile(r"[0-9a-f]{32}@scarplan")
_UIDS_LEFT = re.compile(rb"[0-9a-f]{32}@scarplan")
#: As the result and the calendar write it; nine digits stay below the largest integer of RFC 5545 (3.3.8).
_SEQUENCES_LEFT = re.compile(rb'(?:"sequence":[ \t]*|^SEQUENCE:)([0-9]{1,9})(?![0-9])', re.MULTILINE)
_NAME_LEFT = re.compile(rb'"calendar":[ \t]*"([0-9a-f]{1,64})"')
_MOST_SEQUENCE = 10**9


@dataclass(frozen=True)
class FormerCalendar:
    """What an earlier calendar leaves to the next one.

    name              that its UIDs are made from; None where there was none, or it is not known
    events            its rows; empty where they cannot be trusted
    least_sequence    that of every event that `events` does not hold: above what was read in before
    note              in words, where the earlier one was damaged
    """

    name: str | None = None
    events: tuple[Mapping[str, Any], ...] = ()
    least_sequence: int = 0
    note: str | None = None


def read_former_calendar(case: Case, *, calendar: str, plans: Sequence[str]) -> FormerCalendar:
    """Return what the last run of `schedule` left in a case; `calendar` is the name of the file with the entries.

    `plans` are the hashes that a calendar of this course may be named by: the one approved first stands first.
    """
    if not case.has_result("schedule"):
        return FormerCalendar()
    try:
        result = case.read_result("schedule", allow_stale=True)
    except BadInput:  # damaged, or not to be read: it is written anew
        result = {}
    name, events = result.get("calendar"), result.get("events")
    if isinstance(name, str) and name and isinstance(events, list) and all(map(_is_event, events)):
        # An entry that was lost with a damaged calendar may come back: not below the number that it began anew with.
        return FormerCalendar(name, tuple(events), min((row["sequence"] for row in events), default=0))
    return _save(_bytes(case, result_name("schedule")), _bytes(case, calendar), plans)


def _save(result: bytes, calendar: bytes, plans: Sequence[str]) -> FormerCalendar:
    """Return what can be told from the bytes of a damaged result and of the calendar beside it."""
    uids = {found.decode() for found in _UIDS_LEFT.findall(result + calendar)}
    named = [found.decode() for found in _NAME_LEFT.findall(result)]
    # Every calendar of a course that was begun or is to come has a first session, or at least its day of judging.
    known = [name for name in (*named, *plans) if {uid_of(name, key) for key in ("session-1", "judge")} & uids]
    sequences = [int(found) for found in _SEQUENCES_LEFT.findall(result + b"\n" + calendar)]
    note = f"the earlier {result_name('schedule')} is damaged, so the calendar is made anew"
    if known and sequences:
        note += "; its entries replace those of the earlier one, and any others are to be deleted where it was read in"
    else:
        note += "; delete the entries of the earlier one where it was read in, before this one is"
    return FormerCalendar(known[0] if known else None, least_sequence=max(sequences) + 1 if sequences else 0, note=note)


def _is_event(row: Any) -> bool:
    """Whether a row has all that an event is made again from."""
    if not isinstance(row, dict):
        return False
    try:
        first, last = (datetime.date.fromisoformat(row[name]) for name in ("date", "end_date"))
        for name in ("key", "title", "text"):
            row[name].encode("utf-8")
        return (
            _UID.fullmatch(row["uid"]) is not None
            and type(row["sequence"]) is int
            and 0 <= row["sequence"] < _MOST_SEQUENCE
            and row["kind"] in get_args(AppointmentKind)
            and row["state"] in get_args(State)
            and row["status"] in get_args(Status)
            and first <= last < datetime.date.max
            and type(row["day"]) is int
            and (row["session"] is None or type(row["session"]) is int)
        )
    except (KeyError, TypeError, ValueError, AttributeError):  # a part is missing, or of another kind
        return False


def _bytes(case: Case, name: str) -> bytes:
    try:
        return case.path(name).read_bytes() if case.has(name) else b""
    except OSError:
        return b""
