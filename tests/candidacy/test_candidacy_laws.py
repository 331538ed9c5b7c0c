"""Laws over all patients: no yes makes a decision milder, unknown is never no, some things nobody lifts."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.candidacy import Screening, all_rules, screen
from scarplan.records.patient import Patient

DAY = datetime.date(2026, 3, 2)
GRAVITY = ["suitable", "with_changes", "open", "wait", "stop"]
RULES = all_rules()
ASKED = [rule.id for rule in RULES.values() if rule.answered_by == "history" and not rule.devices]
#: A yes to these costs a place or a product only, so that knowing it is milder than not knowing.
COSTS_LESS_THAN_NOT_KNOWING = {rule.id for rule in RULES.values() if rule.protects or rule.scope == "product"}

answers = st.fixed_dictionaries({}, optional={rule_id: st.sampled_from(["yes", "no", "unknown"]) for rule_id in ASKED})
healthy = st.just(dict.fromkeys(ASKED, "no"))
histories = st.one_of(answers, st.builds(lambda base, more: base | more, healthy, answers), healthy)
laws = settings(max_examples=60, deadline=None, derandomize=True)


def screened(history: dict[str, Any], **record: Any) -> Screening:
    return screen(
        Patient.model_validate({"patient_id": "p", "birth_year": 1990, "skin_type": 2, "history": history} | record),
        on=DAY,
    )


def gravity(screening: Screening) -> int:
    return GRAVITY.index(screening.decision)


@laws
@given(histories, st.sampled_from(ASKED))
def test_a_yes_instead_of_a_no_is_never_milder(history: dict[str, str], rule_id: str) -> None:
    with_no, with_yes = screened(history | {rule_id: "no"}), screened(history | {rule_id: "yes"})
    assert gravity(with_yes) >= gravity(with_no)
    assert {f.rule.id for f in with_yes.findings} - {f.rule.id for f in with_no.findings} == {rule_id}


@laws
@given(histories, st.sampled_from(sorted(set(ASKED) - COSTS_LESS_THAN_NOT_KNOWING)))
def test_a_yes_instead_of_an_unknown_is_never_milder(history: dict[str, str], rule_id: str) -> None:
    assert gravity(screened(history | {rule_id: "yes"})) >= gravity(screened(history | {rule_id: "unknown"}))


@laws
@given(histories, st.sampled_from(ASKED))
def test_unknown_is_never_no(history: dict[str, str], rule_id: str) -> None:
    with_no, unknown = screened(history | {rule_id: "no"}), screened(history | {rule_id: "unknown"})
    assert gravity(unknown) >= gravity(with_no)
    assert len(unknown.unanswered) == len(with_no.unanswered) + 1
    left_out = screened({name: answer for name, answer in history.items() if name != rule_id})
    assert left_out.describe() == unknown.describe() or rule_id not in history


@laws
@given(histories, st.lists(st.sampled_from(sorted(RULES)), unique=True))
def test_no_override_lifts_what_is_never_overridable_or_makes_it_worse(
    history: dict[str, str], overridden: list[str]
) -> None:
    override = [
        {"rule": rule_id, "name": "n", "role": "r", "reason": "x", "date": "2026-03-01"} for rule_id in overridden
    ]
    plain, lifted = screened(history), screened(history, override=override)
    assert gravity(lifted) <= gravity(plain)
    held = [f for f in plain.findings if f.rule.never_overridable]
    assert [(f.rule.id, f.level) for f in lifted.findings if f.rule.never_overridable] == [
        (f.rule.id, f.level) for f in held
    ]
    if any(f.level == "contraindicated" for f in held):
        assert lifted.decision == "stop"
    assert lifted.unanswered == plain.unanswered


@laws
@given(histories)
def test_the_decision_follows_from_the_findings_and_open_questions(history: dict[str, str]) -> None:
    described = screened(history).describe()
    levels = {finding["level"] for finding in described["findings"]}
    open_and_grave = [
        rule_id for rule_id in described["unanswered"] if RULES[rule_id].level in ("contraindicated", "defer")
    ]
    expected = (
        "stop"
        if "contraindicated" in levels
        else "wait"
        if "defer" in levels
        else "open"
        if open_and_grave
        else "with_changes"
        if levels
        else "suitable"
    )
    assert described["decision"] == expected
    assert described["unanswered_blocking"] == open_and_grave
    assert (described["earliest_date"] is None) or described["decision"] == "wait"


@laws
@given(histories, st.integers(0, 400), st.integers(0, 400))
def test_a_later_screening_never_waits_longer(history: dict[str, str], ago: int, later: int) -> None:
    date = DAY - datetime.timedelta(days=ago)
    dated = {
        rule_id: {"answer": "yes", "date": date} if answer == "yes" and RULES[rule_id].level == "defer" else answer
        for rule_id, answer in history.items()
    }
    patient = Patient.model_validate({"patient_id": "p", "birth_year": 1990, "skin_type": 2, "history": dated})
    now, then = screen(patient, on=DAY), screen(patient, on=DAY + datetime.timedelta(days=later))
    assert gravity(then) <= gravity(now)
    if now.earliest_date and then.earliest_date:
        assert then.earliest_date == now.earliest_date
