"""Facts of the record: age from the year of birth, skin type, and what happens when they contradict."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Screening
from scarplan.errors import BadInput

ScreenWith = Callable[..., Screening]
UNASKED = {"age_under_18": "unknown", "age_18_21": "unknown", "fitzpatrick_IV_VI": "unknown"}


@pytest.mark.parametrize(
    ("birth_year", "decision", "unanswered", "found"),
    [
        (2010, "stop", [], ["age_under_18"]),
        (2009, "stop", [], ["age_under_18"]),
        (2008, "open", ["age_under_18", "age_18_21"], ["age_18_21"]),  # 17 or 18
        (2007, "with_changes", [], ["age_18_21"]),
        (2005, "with_changes", [], ["age_18_21"]),
        (2004, "with_changes", ["age_18_21"], ["age_18_21"]),  # 21 or 22: the stricter
        (2003, "suitable", [], []),
        (1906, "suitable", [], []),
    ],
)
def test_age_is_read_off_the_year_of_birth(
    screen_with: ScreenWith, birth_year: int, decision: str, unanswered: list[str], found: list[str]
) -> None:
    described = screen_with(UNASKED, birth_year=birth_year).describe()
    assert described["decision"] == decision
    assert described["unanswered"] == unanswered
    assert [finding["rule"] for finding in described["findings"]] == found


@pytest.mark.parametrize(("said", "decision"), [("no", "with_changes"), ("yes", "stop")])
def test_the_history_decides_where_the_year_leaves_17_or_18_open(
    screen_with: ScreenWith, said: str, decision: str
) -> None:
    screening = screen_with(UNASKED | {"age_under_18": said}, birth_year=2008)
    assert screening.decision == decision
    assert not [rule for rule in screening.unanswered if rule.id == "age_under_18"]


def test_on_the_last_day_of_the_year_every_birthday_is_over(screen_with: ScreenWith) -> None:
    screening = screen_with(UNASKED, birth_year=2008, on=datetime.date(2026, 12, 31))
    assert screening.decision == "with_changes"


@pytest.mark.parametrize("birth_year", [2027, 1905, 1726])
def test_an_age_that_cannot_be_is_an_error(screen_with: ScreenWith, birth_year: int) -> None:
    with pytest.raises(BadInput, match=r"E-PAT-001: birth_year gives an age of .* Allowed: 1906 to 2026") as caught:
        screen_with(birth_year=birth_year)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("skin_type", "decision"), [(1, "suitable"), (3, "suitable"), (4, "with_changes")])
def test_darker_skin_is_a_precaution_and_no_exclusion(screen_with: ScreenWith, skin_type: int, decision: str) -> None:
    screening = screen_with(UNASKED, skin_type=skin_type)
    assert screening.decision == decision
    assert screening.unanswered == ()


def test_an_unknown_skin_type_gets_the_stricter_plan(screen_with: ScreenWith) -> None:
    screening = screen_with(UNASKED, skin_type=None)
    assert screening.decision == "with_changes"
    (finding,) = screening.describe()["findings"]
    assert (finding["rule"], finding["answer"], finding["level"]) == ("fitzpatrick_IV_VI", "unknown", "precaution")
    assert finding["action"].startswith("Not known, so the stricter plan applies.")


@pytest.mark.parametrize(
    ("history", "record", "found"),
    [
        ({"age_under_18": "yes"}, {}, "age_under_18"),
        ({"age_under_18": "no"}, {"birth_year": 2012}, "age_under_18"),
        ({"fitzpatrick_IV_VI": "yes"}, {"skin_type": 2}, "fitzpatrick_IV_VI"),
        ({"fitzpatrick_IV_VI": "no"}, {"skin_type": 6}, "fitzpatrick_IV_VI"),
    ],
)
def test_of_two_answers_that_contradict_the_stricter_counts_and_is_told(
    screen_with: ScreenWith, history: dict[str, str], record: dict[str, Any], found: str
) -> None:
    screening = screen_with(UNASKED | history, **record)
    assert [finding.rule.id for finding in screening.findings][:1] == [found]
    assert "the stricter answer, 'yes', is taken" in screening.warnings[0]


@pytest.mark.parametrize(
    ("history", "record", "message"),
    [
        ({"recent_filler": {"answer": "yes", "date": "2026-03-03"}}, {}, "lies after the day of screening, 2026-03-02"),
        ({"recent_filler": {"answer": "yes", "date": "1989-03-03"}}, {}, "lies before the year of birth, 1990"),
        ({}, {"medicine": [{"name": "x", "since": "2027-01-01"}]}, r"medicine\.0\.since: 2027-01-01 lies after"),
        ({}, {"earlier_treatment": [{"what": "x", "date": "1700-01-01"}]}, r"earlier_treatment\.0\.date: 1700"),
    ],
)
def test_a_day_that_cannot_be_is_an_error(
    screen_with: ScreenWith, history: dict[str, Any], record: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        screen_with(history, **record)
