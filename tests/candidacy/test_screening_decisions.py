"""The decision: each rule alone, nothing, everything unknown, and the order of gravity."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Rule, Screening, all_rules, screen
from scarplan.records.patient import Patient

ScreenWith = Callable[..., Screening]
RULES = list(all_rules().values())
#: Age, which is read off the year of birth, has its own tests.
BLOCKING = [
    rule
    for rule in RULES
    if rule.level in ("contraindicated", "defer") and rule.answered_by == "history" and not rule.devices
]
COSTS_ONLY_ITS_PLACE = {"tattoo_permanent_makeup"}
COSTS_ONLY_THE_PRODUCT = {
    "allergy_local_anaesthetic",
    "methaemoglobinaemia_g6pd_prilocaine",
    "topical_cosmeceutical",
}
RADIOFREQUENCY_ONLY = {"pacemaker_icd", "metal_implant_rf_field", "rf_serious_complications"}


def expected_decision(rule: Rule) -> str:
    """Say from the contract alone what a yes to this rule, and nothing else, leads to."""
    if rule.id in RADIOFREQUENCY_ONLY:
        return "suitable"
    if rule.id in COSTS_ONLY_ITS_PLACE | COSTS_ONLY_THE_PRODUCT:
        return "with_changes"
    return {"contraindicated": "stop", "defer": "wait"}.get(rule.level, "with_changes")


def test_a_patient_who_answers_no_to_everything_is_suitable(screen_with: ScreenWith) -> None:
    screening = screen_with()
    assert screening.decision == "suitable"
    assert screening.findings == ()
    assert screening.unanswered == ()
    assert screening.describe()["summary"] == "Suitable: no rule speaks against needling."


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_one_yes_alone_leads_to_the_decision_of_its_level(screen_with: ScreenWith, rule: Rule) -> None:
    screening = screen_with({rule.id: "yes"})
    assert screening.decision == expected_decision(rule)
    if rule.id not in RADIOFREQUENCY_ONLY:
        assert [finding.rule.id for finding in screening.findings] == [rule.id]
        assert screening.findings[0].answer.answer == "yes"


@pytest.mark.parametrize("rule", BLOCKING, ids=lambda rule: rule.id)
def test_one_blocking_question_left_out_opens_the_plan(screen_with: ScreenWith, rule: Rule) -> None:
    screening = screen_with(leave_out=rule.id)
    assert screening.decision == "open"
    assert [open_rule.id for open_rule in screening.unanswered] == [rule.id]
    assert screen_with({rule.id: "unknown"}).decision == "open"


@pytest.mark.parametrize("rule_id", ["smoking", "hsv_history", "diabetes"])
def test_an_open_caution_is_told_but_does_not_open_the_plan(screen_with: ScreenWith, rule_id: str) -> None:
    screening = screen_with(leave_out=rule_id)
    assert screening.decision == "suitable"
    assert screening.describe()["unanswered"] == [rule_id]
    assert screening.describe()["unanswered_blocking"] == []


def test_nothing_answered_is_open_with_every_asked_question(day: datetime.date) -> None:
    screening = screen(Patient(patient_id="p", birth_year=1990), on=day)
    assert screening.decision == "open"
    described = screening.describe()
    assert described["questions_open"] == len(described["unanswered"]) >= 60
    assert not RADIOFREQUENCY_ONLY & set(described["unanswered"])
    assert not [rule_id for rule_id in described["unanswered"] if rule_id.startswith("guard_")]


@pytest.mark.parametrize(
    ("history", "decision"),
    [
        ({"pregnancy": "yes", "recent_filler": "yes", "smoking": "yes", "skin_cancer": "unknown"}, "stop"),
        ({"recent_filler": "yes", "smoking": "yes", "skin_cancer": "unknown"}, "wait"),
        ({"smoking": "yes", "skin_cancer": "unknown"}, "open"),
        ({"smoking": "yes"}, "with_changes"),
    ],
)
def test_the_gravest_thing_decides(screen_with: ScreenWith, history: dict[str, str], decision: str) -> None:
    screening = screen_with(history)
    assert screening.decision == decision
    assert (screening.earliest_date is not None) == (decision == "wait")


def test_findings_stand_gravest_first(screen_with: ScreenWith) -> None:
    history = {"hsv_history": "yes", "smoking": "yes", "recent_filler": "yes", "pregnancy": "yes"}
    levels = [finding.level for finding in screen_with(history).findings]
    assert levels == ["contraindicated", "defer", "caution", "precaution"]


@pytest.mark.parametrize("rule_id", ["pacemaker_icd", "metal_implant_rf_field"])
def test_a_rule_of_radiofrequency_concerns_only_radiofrequency(screen_with: ScreenWith, rule_id: str) -> None:
    assert screen_with({rule_id: "unknown"}).unanswered == ()
    assert screen_with({rule_id: "yes"}, device_class="fractional_rf").decision == "stop"
    assert screen_with({rule_id: "unknown"}, device_class="fractional_rf").decision == "open"


def test_the_choice_of_radiofrequency_is_itself_a_precaution(screen_with: ScreenWith) -> None:
    screening = screen_with(device_class="fractional_rf", leave_out="rf_serious_complications")
    assert [finding.rule.id for finding in screening.findings] == ["rf_serious_complications"]
    assert "15 October 2025" in screening.findings[0].action


def test_guards_are_always_shown_and_never_asked(screen_with: ScreenWith) -> None:
    described = screen_with(leave_out="guard_orbital_rim").describe()
    assert {row["rule"] for row in described["always"]} == {rule.id for rule in RULES if rule.group == "technique"}
    assert described["decision"] == "suitable"


def test_a_finding_carries_the_contract_and_both_sides_of_a_disagreement(screen_with: ScreenWith) -> None:
    described: dict[str, Any] = screen_with({"isotretinoin_current": "yes"}).describe()
    (finding,) = described["findings"]
    contract = ["rule", "level", "answer", "wait_until", "action", "sources", "basis", "verification", "override"]
    assert list(finding)[: len(contract)] == contract
    assert "label excludes" in finding["disagreement"]
    assert "2017" in finding["disagreement"]
    assert {policy["name"] for policy in finding["policies"]} == {"label_strict", "consensus_2017"}
