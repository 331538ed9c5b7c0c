"""How many more sessions an update weighs: never more than goals, clinic and planning allow, nor fewer than are due."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scarplan.records import Case
from scarplan.records.goal import SessionsGoal
from scarplan.workflow.own_course import OwnCourse


@pytest.mark.parametrize(
    ("at_most", "clinic", "given", "due", "further"),
    [(None, None, 3, 1, 3), (4, None, 3, 1, 1), (None, 5, 3, 0, 2), (4, 5, 4, 0, 0), (4, None, 4, 2, 2)],
)
def test_limits_hold_for_what_an_update_weighs(
    tmp_path: Path, at_most: int | None, clinic: int | None, given: int, due: int, further: int
) -> None:
    if clinic is not None:
        (tmp_path / "clinic_protocol.toml").write_text(f'name = "C"\ndate = 2026-01-02\nmax_sessions = {clinic}\n')
    limits = [SessionsGoal(kind="sessions", at_most=at_most, strength="limit")] if at_most is not None else []
    goals = [SimpleNamespace(goal=limit) for limit in limits]
    course = SimpleNamespace(
        case=Case(tmp_path), first_plan=SimpleNamespace(goals=goals), given=(0,) * given, due=(0,) * due
    )
    count = OwnCourse.further_sessions.fget
    assert count is not None
    assert count(course) == further
