"""Finer answers: grades, numbers that choose them, and what a clinic may choose."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Screening, all_rules
from scarplan.errors import BadInput

ScreenWith = Callable[..., Screening]
GRADES = [(rule.id, grade.id, grade) for rule in all_rules().values() for grade in rule.grades]


@pytest.mark.parametrize(("rule_id", "grade_id", "grade"), GRADES)
def test_a_grade_leads_to_its_own_level(screen_with: ScreenWith, rule_id: str, grade_id: str, grade: Any) -> None:
    screening = screen_with({rule_id: {"answer": "yes", "grade": grade_id}})
    decision = {"contraindicated": "stop", "defer": "wait"}.get(grade.level, "with_changes")
    assert screening.decision == ("with_changes" if grade.protects else decision)
    assert screening.findings[0].describe()["grade"] == grade_id


@pytest.mark.parametrize(
    ("answer", "decision", "days"),
    [
        ({"count": 0}, "with_changes", None),
        ({"count": 5}, "with_changes", None),
        ({"count": 6}, "wait", 30),
        ({"count": 2, "grade": "nodules"}, "wait", 90),
        ({"count": 12, "grade": "few"}, "wait", 30),
        ({}, "wait", 90),
    ],
)
def test_inflamed_spots_are_left_out_when_few_and_waited_for_when_many(
    screen_with: ScreenWith, day: datetime.date, answer: dict[str, Any], decision: str, days: int | None
) -> None:
    screening = screen_with({"acne_active_inflammatory": {"answer": "yes", **answer}})
    assert screening.decision == decision
    assert screening.earliest_date == (day + datetime.timedelta(days=days) if days else None)
    assert [(skin.kind, skin.margin_mm) for skin in screening.protected] == ([] if days else [("active spot", 5.0)])


@pytest.mark.parametrize(
    ("rule_id", "value", "decision"),
    [
        ("anticoagulant_antiplatelet", 3.0, "with_changes"),
        ("anticoagulant_antiplatelet", 3.1, "wait"),
        ("diabetes", 8.5, "with_changes"),
        ("diabetes", 8.6, "wait"),
    ],
)
def test_a_laboratory_value_chooses_the_grade(
    screen_with: ScreenWith, rule_id: str, value: float, decision: str
) -> None:
    assert screen_with({rule_id: {"answer": "yes", "value": value}}).decision == decision


def test_a_yes_without_its_grade_asks_for_it(screen_with: ScreenWith) -> None:
    finding = screen_with({"koebner_psoriasis": "yes"}).findings[0]
    assert finding.level == "caution"
    assert "in_field_or_unstable" in finding.action


@pytest.mark.parametrize(
    ("rule_id", "policy", "decision"),
    [
        ("isotretinoin_current", "label_strict", "stop"),
        ("isotretinoin_current", "consensus_2017", "with_changes"),
        ("breastfeeding", "label_strict", "stop"),
        ("breastfeeding", "clinician", "with_changes"),
    ],
)
def test_a_policy_decides_where_sources_disagree(
    screen_with: ScreenWith, rule_id: str, policy: str, decision: str
) -> None:
    screening = screen_with({rule_id: "yes"}, policy={rule_id: policy})
    assert screening.decision == decision
    assert screening.findings[0].policy == policy
    assert screening.findings[0].describe()["disagreement"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"policy": {"isotretinoin_current": "mild"}}, r"no policy is called 'mild' \(allowed: label_strict, consens"),
        ({"policy": {"smoking": "mild"}}, r"this rule has no policies \(rules that have: isotretinoin_current"),
        ({"policy": {"brestfeeding": "clinician"}}, r"no rule is called 'brestfeeding' \(did you mean 'breastfee"),
        ({"history": {"diabetis": "yes"}}, r"history: no rule is called 'diabetis' \(did you mean 'diabetes'"),
        ({"history": {"recent_peel": {"answer": "yes", "grade": "deep"}}}, "allowed: superficial, medium_deep"),
        ({"history": {"smoking": {"answer": "yes", "grade": "heavy"}}}, "none, this rule has no grades"),
        ({"history": {"diabetes": {"answer": "yes", "value": 69.0}}}, r"69 cannot be HbA1c in % \(allowed: 3 to 20"),
        ({"history": {"acne_active_inflammatory": {"answer": "no", "count": 4}}}, "the count is 4: correct one"),
    ],
)
def test_what_no_rule_knows_is_an_error_with_the_way_out(
    screen_with: ScreenWith, record: dict[str, Any], message: str
) -> None:
    history = record.pop("history", {})
    with pytest.raises(BadInput, match=message) as caught:
        screen_with(history, **record)
    assert caught.value.exit_code == 2
    assert "scarplan template patient" in str(caught.value)


def test_all_faults_are_told_at_once(screen_with: ScreenWith) -> None:
    with pytest.raises(BadInput, match=r"no rule is called 'aaa'.*no rule is called 'bbb'"):
        screen_with({"aaa": "yes", "bbb": "no"})


def test_a_number_without_meaning_is_told_and_not_used(screen_with: ScreenWith) -> None:
    screening = screen_with({"smoking": {"answer": "yes", "count": 20}})
    assert screening.decision == "with_changes"
    assert screening.warnings == ("history.smoking.count has no meaning for this rule and is not used",)


def test_a_medicine_that_contradicts_an_answer_is_told(screen_with: ScreenWith) -> None:
    record = {"medicine": [{"name": "Roaccutane 20"}, {"name": "paracetamol"}]}
    (warning,) = screen_with(**record).warnings
    assert "'Roaccutane 20'" in warning
    assert "isotretinoin_current is answered 'no'" in warning
    assert not screen_with({"isotretinoin_current": "yes"}, **record).warnings
