"""A session while an adverse event is not over: it is recorded, and told loudly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scarplan
from course.course_case import start_case, write_session

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
