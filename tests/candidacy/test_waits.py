"""Waiting: from which day, how long, when it is over, and what an undated or ended answer means."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from scarplan.candidacy import Screening, all_rules

ScreenWith = Callable[..., Screening]
DATED = [
    (rule.id, rule.wait.days)
    for rule in all_rules().values()
    if rule.level == "defer" and rule.wait and not rule.grades
]


def ago(day: datetime.date, days: int) -> datetime.date:
    return day - datetime.timedelta(days=days)


@pytest.mark.parametrize(("rule_id", "days"), DATED)
def test_a_dated_yes_waits_until_the_day_and_is_passed_on_it(
    screen_with: ScreenWith, day: datetime.date, rule_id: str, days: int
) -> None:
    last_day = screen_with({rule_id: {"answer": "yes", "date": ago(day, days - 1)}})
    assert last_day.decision == "wait"
    assert last_day.earliest_date == day + datetime.timedelta(days=1)
    over = screen_with({rule_id: {"answer": "yes", "date": ago(day, days)}})
    assert over.decision == "suitable"
    assert over.describe()["passed"] == [rule_id]


@pytest.mark.parametrize(("rule_id", "days"), DATED)
def test_an_undated_yes_counts_from_the_day_of_screening(
    screen_with: ScreenWith, day: datetime.date, rule_id: str, days: int
) -> None:
    screening = screen_with({rule_id: "yes"})
    assert screening.earliest_date == day + datetime.timedelta(days=days)
    assert "counted from the day of screening" in screening.findings[0].action


def test_the_latest_wait_counts(screen_with: ScreenWith, day: datetime.date) -> None:
    screening = screen_with({"recent_hair_removal": "yes", "recent_filler": {"answer": "yes", "date": ago(day, 8)}})
    assert screening.earliest_date == day + datetime.timedelta(days=20)


def test_a_wait_for_what_has_no_day_gives_none(screen_with: ScreenWith) -> None:
    screening = screen_with({"bdd_screen_positive": "yes"})
    assert (screening.decision, screening.earliest_date) == ("wait", None)
    described = screening.describe()
    assert described["waits_without_date"] == ["bdd_screen_positive"]
    assert described["summary"].startswith("Wait; no day can be given yet")


@pytest.mark.parametrize(
    ("rule_id", "grade", "days"),
    [
        ("recent_peel", "superficial", 28),
        ("recent_peel", "medium_deep", 90),
        ("recent_peel", None, 90),
        ("recent_laser_energy", "nonablative", 21),
        ("recent_laser_energy", "ablative_fractional", 84),
        ("recent_laser_energy", "fully_ablative", 180),
        ("recent_laser_energy", None, 180),
        ("recent_facial_surgery", "surgery", 365),
        ("recent_facial_surgery", "trauma", 180),
        ("recent_facial_surgery", None, 365),
    ],
)
def test_the_kind_of_procedure_chooses_its_wait_and_the_longest_holds_without_it(
    screen_with: ScreenWith, day: datetime.date, rule_id: str, grade: str | None, days: int
) -> None:
    answer = {"answer": "yes", "date": ago(day, 5)} | ({"grade": grade} if grade else {})
    screening = screen_with({rule_id: answer})
    assert screening.earliest_date == ago(day, 5) + datetime.timedelta(days=days)


def test_an_infection_with_an_old_day_still_stops_and_says_how_it_is_cleared(
    screen_with: ScreenWith, day: datetime.date
) -> None:
    screening = screen_with({"infection_bacterial_active": {"answer": "yes", "date": ago(day, 200)}})
    assert screening.decision == "stop"
    assert "answer 'no' with that day" in screening.findings[0].action


@pytest.mark.parametrize(("days_ago", "decision"), [(13, "wait"), (14, "suitable")])
def test_a_no_with_the_day_on_which_it_ended_waits_out_the_rest(
    screen_with: ScreenWith, day: datetime.date, days_ago: int, decision: str
) -> None:
    screening = screen_with({"infection_bacterial_active": {"answer": "no", "date": ago(day, days_ago)}})
    assert screening.decision == decision
    if decision == "wait":
        assert screening.earliest_date == day + datetime.timedelta(days=1)
        assert screening.describe()["findings"][0]["answer"] == "no"


def test_a_precaution_is_passed_once_its_days_are_over(screen_with: ScreenWith, day: datetime.date) -> None:
    soon = screen_with({"topical_retinoid_acid": {"answer": "yes", "date": ago(day, 1)}})
    assert soon.decision == "with_changes"
    assert soon.findings[0].wait_until == day + datetime.timedelta(days=2)
    assert screen_with({"topical_retinoid_acid": {"answer": "yes", "date": ago(day, 3)}}).decision == "suitable"


def test_a_young_scar_is_a_caution_for_its_first_year(screen_with: ScreenWith, day: datetime.date) -> None:
    assert screen_with({"scar_immature": {"answer": "yes", "date": ago(day, 100)}}).decision == "with_changes"
    assert screen_with({"scar_immature": {"answer": "yes", "date": ago(day, 365)}}).decision == "suitable"


@pytest.mark.parametrize(
    ("policy", "days_ago", "decision"),
    [
        (None, 30, "with_changes"),
        (None, 179, "with_changes"),
        (None, 180, "suitable"),
        ("practice_2_months", 59, "wait"),
        ("practice_2_months", 60, "with_changes"),
        ("spa_3_months", 89, "wait"),
        ("spa_3_months", 90, "with_changes"),
        ("old_rule", 179, "wait"),
        ("label_strict", 179, "wait"),
        ("old_rule", 180, "suitable"),
    ],
)
def test_isotretinoin_that_was_stopped_follows_the_policy_of_the_clinic(
    screen_with: ScreenWith, day: datetime.date, policy: str | None, days_ago: int, decision: str
) -> None:
    chosen = {"isotretinoin_recent": policy} if policy else {}
    answer = {"answer": "yes", "date": ago(day, days_ago)}
    screening = screen_with({"isotretinoin_recent": answer}, policy=chosen)
    assert screening.decision == decision
    assert screening.policies["isotretinoin_recent"] == (policy or "consensus_2017")


def test_a_day_with_something_still_there_is_told_how_it_was_read(screen_with: ScreenWith, day: datetime.date) -> None:
    screening = screen_with({"eczema_active": {"answer": "yes", "date": ago(day, 90)}})
    assert screening.decision == "suitable"
    assert any("is read as the one on which this was over" in warning for warning in screening.warnings)
    assert not screen_with({"recent_filler": {"answer": "yes", "date": ago(day, 90)}}).warnings
