from __future__ import annotations

from pathlib import Path

import pytest

from scarplan.errors import BadInput
from scarplan.records.clinic_protocol import read_clinic_protocol
from scarplan.records.goal import DepthGoal, Goals, PigmentGoal, RednessGoal, SessionsGoal, goal_in_words, read_goals
from scarplan.workflow.template import print_template


def write(folder: Path, text: str) -> Path:
    path = folder / "given.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_goals_template_is_valid(tmp_path: Path) -> None:
    goals = read_goals(write(tmp_path, print_template("goals")))
    assert {goal.kind for goal in goals.goal} == {"depth", "sessions", "pigment", "redness"}
    assert {goal.strength for goal in goals.goal} == {"limit", "goal"}


def test_the_protocol_template_is_valid_and_marked_as_an_example(tmp_path: Path) -> None:
    protocol = read_clinic_protocol(write(tmp_path, print_template("protocol")))
    assert protocol.example is True
    assert "an example only" in protocol.said_by
    assert protocol.zone("cheek").needle_length_mm == 1.5
    assert protocol.zone("forehead").needle_length_mm is None
    assert protocol.zone(None).passes is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[goal]]\nkind = "depth"\npercen = 20\nby_day = 100', "percen: unknown key"),
        ('[[goal]]\nkind = "depth"\npercent = 120\nby_day = 100', "less than or equal to 100"),
        ('[[goal]]\nkind = "depth"\npercent = 20\nby_day = 3', "by_day"),
        ('[[goal]]\nkind = "colour"', "does not match any of the expected tags"),
        ('[[goal]]\nkind = "sessions"\nat_most = 7', "at_most"),
        ('[[goal]]\nkind = "sessions"\nat_most = 2\nstrength = "hard"', "strength"),
        ('[[goal]]\nkind = "redness"\ndays_at_most = nan', "finite"),
        ('[[goals]]\nkind = "sessions"', "did you mean 'goal'"),
        ("[[goal]\n", "not valid TOML"),
    ],
)
def test_a_wrong_goal_is_told_in_words(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        read_goals(write(tmp_path, text))
    assert "scarplan template goals" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "C"', "date: is missing"),
        ('name = "C"\ndate = 2026-01-01\nneedle = 1', "needle: unknown key"),
        ('name = ""\ndate = 2026-01-01', "name"),
        ('name = "C"\ndate = 2026-01-01\nmax_sessions = 9', "max_sessions"),
        ('name = "C"\ndate = 2026-01-01\nsessions = 5\nmax_sessions = 3', r"sessions \(5\) is more than max_sessions"),
        ('name = "C"\ndate = 2026-01-01\n[zones.cheek]\nneedle_length_mm = -1', "greater than 0"),
        ('name = "C"\ndate = 2026-01-01\n[zones.cheek]\nlength = 1', "length: unknown key"),
        ('name = "C"\ndate = 2026-01-01\n[zones.cheek]\nmode = "drag"', "mode"),
    ],
)
def test_a_wrong_protocol_is_told_in_words(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        read_clinic_protocol(write(tmp_path, text))
    assert "scarplan template protocol" in str(caught.value)


def test_no_file_is_no_goal() -> None:
    assert Goals().goal == ()


def test_goals_read_as_sentences() -> None:
    assert "rolling scars on average 30 % shallower by day 120" in goal_in_words(
        DepthGoal(kind="depth", scar_kind="rolling", percent=30, by_day=120)
    )
    assert goal_in_words(SessionsGoal(kind="sessions", at_most=1)) == "at most 1 session"
    assert "10 %" in goal_in_words(PigmentGoal(kind="pigment", percent_at_most=10))
    assert "3 days" in goal_in_words(RednessGoal(kind="redness", days_at_most=3))
