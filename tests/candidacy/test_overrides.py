"""Overrides: who may lift what, and what nobody may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Screening, all_rules

ScreenWith = Callable[..., Screening]
NEVER = [rule.id for rule in all_rules().values() if rule.never_overridable]
LIFTABLE = [
    rule.id
    for rule in all_rules().values()
    if rule.level in ("contraindicated", "defer") and not rule.never_overridable and rule.scope in ("systemic", "area")
]


def override(rule_id: str) -> dict[str, Any]:
    return {
        "rule": rule_id,
        "name": "A. Doctor",
        "role": "dermatologist",
        "reason": "seen and judged",
        "date": "2026-03-01",
    }


@pytest.mark.parametrize("rule_id", LIFTABLE)
def test_an_override_makes_a_caution_and_stays_visible(screen_with: ScreenWith, rule_id: str) -> None:
    screening = screen_with({rule_id: "yes"}, override=[override(rule_id)])
    assert screening.decision == "with_changes"
    (finding,) = screening.describe()["findings"]
    assert finding["level"] == "caution"
    assert finding["wait_until"] is None
    assert finding["override"]["taken"] is True
    assert finding["override"]["name"] == "A. Doctor"


def test_an_override_stands_in_the_summary_and_keeps_the_level_before(screen_with: ScreenWith) -> None:
    described = screen_with({"pregnancy": "yes"}, override=[override("pregnancy")]).describe()
    assert described["findings"][0]["override"]["level_before"] == "contraindicated"
    assert "Overridden by A. Doctor (dermatologist)" in described["summary"]


@pytest.mark.parametrize("rule_id", NEVER)
def test_what_is_never_overridable_is_kept_as_refused(screen_with: ScreenWith, rule_id: str) -> None:
    plain = screen_with({rule_id: "yes"})
    screening = screen_with({rule_id: "yes"}, override=[override(rule_id)])
    assert screening.decision == plain.decision
    (finding,) = screening.describe()["findings"]
    assert finding["level"] == plain.findings[0].level
    assert finding["override"]["taken"] is False
    assert "never overridden" in finding["override"]["note"]
    assert [row["rule"] for row in screening.describe()["overrides_refused"]] == [rule_id]


def test_an_override_of_what_is_no_finding_is_told(screen_with: ScreenWith) -> None:
    screening = screen_with(override=[override("pregnancy"), override("guard_single_use")])
    assert screening.decision == "suitable"
    assert screening.warnings == (
        "the override of pregnancy changes nothing: the rule is no finding here",
        "the override of guard_single_use changes nothing: the rule is no finding here, "
        "and this rule can never be overridden",
    )


def test_an_open_question_is_not_lifted_by_an_override(screen_with: ScreenWith) -> None:
    screening = screen_with({"pregnancy": "unknown"}, override=[override("pregnancy")])
    assert screening.decision == "open"


def test_one_override_lifts_one_finding(screen_with: ScreenWith) -> None:
    history = {"pregnancy": "yes", "recent_filler": "yes"}
    assert screen_with(history, override=[override("pregnancy")]).decision == "wait"


def test_a_rule_overridden_twice_is_told(screen_with: ScreenWith) -> None:
    screening = screen_with({"pregnancy": "yes"}, override=[override("pregnancy"), override("pregnancy")])
    assert "the last override of it counts" in screening.warnings[0]
