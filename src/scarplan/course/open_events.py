"""Open events: adverse events that, as far as anyone told, were not over on a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scarplan.evidence.library import value_of

if TYPE_CHECKING:
    from scarplan.course.read import Course


def open_events_by_now(course: Course, since: datetime.date) -> Iterator[str]:
    """Tell in words each adverse event that is not over on the last day that a course tells of, `since` at least."""
    events = course.adverse_events
    days = [since, *(one.date for one in (*course.sessions, *events))]
    yield from open_events(course, max([*days, *(one.event.outcome_date or since for one in events)]))


def open_events(course: Course, on: datetime.date) -> Iterator[str]:
    """Tell in words each adverse event that began by `on` and was not told to be over then."""
    for one in course.adverse_events:
        event = one.event
        lasted = event.outcome_date is not None and event.outcome_date > on
        is_grave = event.serious == "yes" or (event.grade or 0) >= value_of("session.grave_from_grade")
        is_serious = event.outcome == "unknown" and is_grave
        if one.date <= on and (event.outcome == "ongoing" or lasted or is_serious):
            how = "no outcome was told" if is_serious and not lasted else "not told to be over by then"
            graded = f", grade {event.grade}" if event.grade is not None else ""
            yield f"{event.type.replace('_', ' ')}{graded} of {one.date.isoformat()} (entry {one.number}): {how}"
