"""A session while an adverse event is not over: it is recorded, and told loudly."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

import scarplan
from course.course_case import start_case, write_session
from scarplan.course.entry import Signer
from scarplan.course.open_events import open_events_by_now
from scarplan.course.read import AdverseEvent, Course
from scarplan.evidence.library import recording
from scarplan.evidence.lineage import find_row
from scarplan.records.adverse_event import ObservedEvent

TODAY = "2026-11-22"
EVENT = """kind = "adverse_event"
date = 2026-03-30
type = "infection_bacterial"
onset = 2026-03-28
{rest}
[reporter]
name = "N. Nurse"
role = "nurse"
"""


def flags_of_second_session(root: Path, rest: str, *, grade: int = 3, day: str = "2026-04-20") -> list[dict[str, Any]]:
    start_case(root)
    scarplan.add_session(root, write_session(root.parent, "2026-03-09"), date=TODAY)
    event = root.parent / "event.toml"
    event.write_text(EVENT.format(rest=f"grade = {grade}\n{rest}"), "utf-8")
    scarplan.add_session(root, event, date=TODAY)
    result = scarplan.add_session(root, write_session(root.parent, day), date=TODAY)
    return [flag for flag in result["sessions"][1]["flags"] if flag["what"] == "open_event"]


def course_with(**about: Any) -> Course:
    """Return a course with one adverse event and nothing else."""
    event = ObservedEvent.model_validate({"type": "infection_bacterial", "grade": 3, **about})
    told = datetime.date(2026, 3, 30)
    return Course(adverse_events=(AdverseEvent(2, told, 21, event, Signer("N. Nurse", "nurse")),))


def test_a_decision_explains_when_an_event_counts_as_open() -> None:
    with recording() as used:
        assert list(open_events_by_now(course_with(), datetime.date(2026, 4, 20)))
    row = find_row("update", ("decision", "action"))
    assert row is not None
    assert used.quantities
    assert used.quantities <= set(row.quantities)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ('outcome = "ongoing"', "not told to be over"),
        ('outcome = "resolved"\noutcome_date = 2026-05-01', "not told to be over"),
        ('serious = "yes"', "no outcome was told"),
        ("", "no outcome was told"),  # severe by its grade
    ],
)
def test_an_event_that_is_not_over_is_told_loudly(tmp_path: Path, rest: str, words: str) -> None:
    (flag,) = flags_of_second_session(tmp_path / "case", rest)
    assert flag["is_loud"]
    assert flag["words"].startswith("infection bacterial, grade 3 of 2026-03-28 (entry 3): ")
    assert words in flag["words"]


@pytest.mark.parametrize(
    ("rest", "grade"), [('outcome = "resolved"\noutcome_date = 2026-04-05', 3), ('outcome = "resolved"', 3), ("", 2)]
)
def test_an_event_that_is_over_or_slight_is_not_told_again(tmp_path: Path, rest: str, grade: int) -> None:
    assert flags_of_second_session(tmp_path / "case", rest, grade=grade) == []
