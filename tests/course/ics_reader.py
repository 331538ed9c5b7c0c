"""A strict reader of iCalendar streams for tests, written from RFC 5545 and apart from the writer."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_NAME = re.compile(rb"[A-Z][A-Z0-9-]*")
_CALENDAR_ONCE = ("VERSION", "PRODID", "CALSCALE", "METHOD")
_EVENT_ONCE = ("UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "CLASS", "TRANSP")


@dataclass(frozen=True)
class Property:
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(frozen=True)
class Event:
    """One event; `first` and `last` are its first and last whole day."""

    properties: dict[str, Property]

    def value(self, name: str) -> str:
        return self.properties[name].value

    @property
    def first(self) -> datetime.date:
        return self._date("DTSTART")

    @property
    def last(self) -> datetime.date:
        return self._date("DTEND") - datetime.timedelta(days=1)

    def _date(self, name: str) -> datetime.date:
        found = self.properties[name]
        assert found.parameters == {"VALUE": "DATE"}, f"{name} is no whole day"
        return datetime.datetime.strptime(found.value, "%Y%m%d").date()


def read_calendar(data: bytes) -> tuple[dict[str, Property], list[Event]]:
    """Return the properties of the calendar and its events. Raises AssertionError for what RFC 5545 forbids."""
    lines = [read_line(line) for line in unfold(data)]
    assert (lines[0].name, lines[0].value) == ("BEGIN", "VCALENDAR")
    assert (lines[-1].name, lines[-1].value) == ("END", "VCALENDAR")
    calendar: dict[str, Property] = {}
    events: list[Event] = []
    inside: dict[str, Property] | None = None
    for line in lines[1:-1]:
        if line.name == "BEGIN":
            assert line.value == "VEVENT", "only events are expected"
            assert inside is None, "an event inside an event"
            inside = {}
        elif line.name == "END":
            assert inside is not None, "the end of nothing"
            assert not set(_EVENT_ONCE) - set(inside), "something that every event needs is missing"
            events.append(Event(inside))
            inside = None
        else:
            held = calendar if inside is None else inside
            assert line.name not in held, f"{line.name} twice"
            held[line.name] = line
    assert inside is None, "an event without an end"
    assert not set(_CALENDAR_ONCE) - set(calendar)
    return calendar, events


def unfold(data: bytes) -> list[bytes]:
    """Return the content lines; every physical line ends in CRLF and is at most 75 octets long."""
    assert data.endswith(b"\r\n"), "the last line has no end"
    assert b"\n" not in data.replace(b"\r\n", b""), "a bare line feed"
    assert b"\r" not in data.replace(b"\r\n", b""), "a bare carriage return"
    lines: list[bytes] = []
    for line in data[:-2].split(b"\r\n"):
        assert len(line) <= 75, f"{len(line)} octets"
        line.decode()  # a character must not be cut by a fold
        if line[:1] == b" ":
            lines[-1] += line[1:]
        else:
            assert line, "an empty line"
            lines.append(line)
    return lines


def read_line(line: bytes) -> Property:
    head, _, value = line.partition(b":")
    name, *parameters = head.split(b";")
    assert _NAME.fullmatch(name), f"no name of a property: {name!r}"
    pairs: dict[str, str] = {}
    for part in parameters:
        key, equals, held = part.decode().partition("=")
        assert equals, f"a parameter without a value: {key}"
        pairs[key] = held
    return Property(name.decode(), pairs, value.decode())


def read_text(value: str) -> str:
    """Return a TEXT value as it was before it was escaped."""
    out, rest = "", value
    while rest:
        character, rest = rest[0], rest[1:]
        if character == "\\":
            assert rest, "nothing follows a backslash"
            escaped, rest = rest[0], rest[1:]
            assert escaped in "\\;,nN", f"\\{escaped} means nothing"
            character = "\n" if escaped in "nN" else escaped
        else:
            assert character not in ";,", f"{character} is not escaped"
            assert character.isprintable(), "a character that cannot be printed"
        out += character
    return out
