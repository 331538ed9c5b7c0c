"""A calendar as an iCalendar stream (RFC 5545): whole days, CRLF, lines folded at 75 octets, texts escaped.

A renewed calendar replaces the one before it: an entry keeps its UID for as long as its course lasts, and counts its
SEQUENCE up when anything of it changed. What is no longer planned is told as cancelled, so that it disappears where
the earlier calendar was read in.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

#: Octets of a content line without its line break (RFC 5545, 3.1).
LONGEST_LINE = 75
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class CalendarEvent:
    """One event of whole days; `end` is its last day. `is_busy`: whether the day is taken."""

    uid: str
    sequence: int
    start: datetime.date
    end: datetime.date
    summary: str
    description: str
    status: Status
    is_busy: bool


def write_calendar(events: Sequence[CalendarEvent], *, stamp: datetime.date, name: str) -> bytes:
    """Return the calendar as the bytes of a file. `stamp` is the day of the latest of what it was made from."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//scarplan//schedule//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_escape(name)}",
        f"X-WR-CALNAME:{_escape(name)}",
        *(line for event in events for line in _event_lines(event, stamp)),
        "END:VCALENDAR",
    ]
    return b"".join(_fold(line) for line in lines)


def _event_lines(event: CalendarEvent, stamp: datetime.date) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    # A whole day has no hour of its making: midnight, so that the same course gives the same bytes.
    yield f"DTSTAMP:{stamp:%Y%m%d}T000000Z"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART;VALUE=DATE:{event.start:%Y%m%d}"
    # The end of an event is the day after its last (3.6.1).
    yield f"DTEND;VALUE=DATE:{event.end + datetime.timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escape(event.summary)}"
    yield f"DESCRIPTION:{_escape(event.description)}"
    yield f"STATUS:{event.status}"
    yield "CLASS:PRIVATE"
    yield f"TRANSP:{'OPAQUE' if event.is_busy else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    """Return a TEXT value (3.3.11): backslash, semicolon and comma escaped, a line break as backslash n."""
    text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _fold(line: str) -> bytes:
    """Return a content line as bytes, folded so that no character is cut (3.1)."""
    parts, part = [], b""
    for character in line:
        octets = character.encode()
        # The space that continues a line counts among its octets.
        room = LONGEST_LINE - (1 if parts else 0)
        if len(part) + len(octets) > room:
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
