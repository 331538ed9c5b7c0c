"""The calendar file holds to RFC 5545, judged by a reader written apart from it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.ics_reader import read_calendar, read_text, unfold
from scarplan.course.icalendar import CalendarEvent, write_calendar

DAY = datetime.date(2026, 12, 1)
TEXTS = st.text(st.characters(categories=("L", "M", "N", "P", "S")) | st.sampled_from(" \n"), max_size=200)


def make_event(**other: Any) -> CalendarEvent:
    values: dict[str, Any] = {
        "uid": "0123@scarplan",
        "sequence": 0,
        "start": DAY,
        "end": DAY,
        "summary": "Appointment 1 of 3",
        "description": "Come with clean skin.",
        "status": "CONFIRMED",
        "is_busy": True,
    }
    return CalendarEvent(**(values | other))


@given(summary=TEXTS, description=TEXTS)
def test_what_is_written_is_read_back(summary: str, description: str) -> None:
    data = write_calendar([make_event(summary=summary, description=description)], stamp=DAY, name="Appointments")
    _, (event,) = read_calendar(data)
    assert read_text(event.value("SUMMARY")) == summary
    assert read_text(event.value("DESCRIPTION")) == description


def test_line_breaks_and_signs_are_escaped() -> None:
    text = 'one; two, three\\four\r\nfive\rsix\nseven: "eight"\x07'
    _, (event,) = read_calendar(write_calendar([make_event(description=text)], stamp=DAY, name="x"))
    assert event.value("DESCRIPTION").count("\\n") == 3
    assert read_text(event.value("DESCRIPTION")) == 'one; two, three\\four\nfive\nsix\nseven: "eight"'


@pytest.mark.parametrize("letter", ["a", "é", "€", "😀"])
def test_long_lines_are_folded_between_characters_and_no_later_than_needed(letter: str) -> None:
    data = write_calendar([make_event(summary=letter * 300)], stamp=DAY, name="x")
    folded = [line for line in data.split(b"\r\n") if line.startswith((b"SUMMARY", b" "))]
    width = len(letter.encode())
    assert all(75 - width < len(line) <= 75 for line in folded[:-1])
    assert b"SUMMARY:" + (letter * 300).encode() in unfold(data)


def test_a_whole_day_ends_on_the_next() -> None:
    end = DAY + datetime.timedelta(days=2)
    data = write_calendar([make_event(end=end)], stamp=DAY, name="Appointments")
    calendar, (event,) = read_calendar(data)
    assert (event.first, event.last) == (DAY, end)
    assert b"DTEND;VALUE=DATE:20261204" in data
    assert calendar["VERSION"].value == "2.0"
    assert calendar["METHOD"].value == "PUBLISH"
    assert event.value("DTSTAMP") == "20261201T000000Z"


def test_the_strict_reader_refuses_what_is_wrong() -> None:
    good = write_calendar([make_event()], stamp=DAY, name="x")
    for wrong in (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"UID:0123@scarplan\r\n", b""),
        good.replace(b"DESCRIPTION:", b"DESCRIPTION:" + b"x" * 80),
        good.replace(b"END:VEVENT\r\n", b""),
        good[:-2],
    ):
        with pytest.raises(AssertionError):
            read_calendar(wrong)
    _, (event,) = read_calendar(good.replace(b";VALUE=DATE:2026", b":2026"))
    with pytest.raises(AssertionError, match="no whole day"):
        _ = event.first
    with pytest.raises(AssertionError, match="is not escaped"):
        read_text("one, two")
