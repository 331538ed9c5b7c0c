"""Screening: every rule asked of one patient on one day, and the decision that follows."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from scarplan.candidacy.answers import find_answer
from scarplan.candidacy.check import check_patient
from scarplan.candidacy.expectations import describe_expectations
from scarplan.candidacy.finding import Finding
from scarplan.candidacy.judge import judge_answer
from scarplan.candidacy.override import apply_overrides
from scarplan.candidacy.protect import ProtectedSkin, protect_skin
from scarplan.candidacy.rule import LEVELS, Rule, all_rules
from scarplan.candidacy.summary import summarise
from scarplan.evidence.library import source
from scarplan.records.patient import Patient

Decision: TypeAlias = Literal["stop", "wait", "open", "with_changes", "suitable"]


@dataclass(frozen=True)
class Screening:
    """What every rule says about a patient on one day.

    `unanswered` are the open questions, `passed` the rules whose wait is over, `guards` the rules of technique
    that hold in every session.
    """

    patient: Patient
    screened_on: datetime.date
    device_class: str
    findings: tuple[Finding, ...]
    unanswered: tuple[Rule, ...]
    passed: tuple[Rule, ...]
    protected: tuple[ProtectedSkin, ...]
    guards: tuple[Rule, ...]
    policies: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def decision(self) -> Decision:
        """The gravest thing that the findings and the open questions say."""
        levels = {finding.level for finding in self.findings}
        if "contraindicated" in levels:
            return "stop"
        if "defer" in levels:
            return "wait"
        if self.blocking_questions:
            return "open"
        return "with_changes" if levels else "suitable"

    @property
    def blocking_questions(self) -> tuple[Rule, ...]:
        """The open questions that keep a plan from being cleared."""
        return tuple(rule for rule in self.unanswered if rule.is_blocking)

    @property
    def earliest_date(self) -> datetime.date | None:
        """The first day on which every known wait is over; None unless the decision is to wait, or without a day."""
        if self.decision != "wait":
            return None
        return max((f.wait_until for f in self.delaying if f.wait_until), default=None)

    @property
    def delaying(self) -> tuple[Finding, ...]:
        """The findings that ask to wait."""
        return tuple(finding for finding in self.findings if finding.level == "defer")

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings that stop the plan."""
        return tuple(finding for finding in self.findings if finding.level == "contraindicated")

    def describe(self) -> dict[str, Any]:
        """Return the screening as plain values, the keys of the JSON contract first."""
        return {
            "decision": self.decision,
            "earliest_date": self.earliest_date,
            "findings": [finding.describe() for finding in self.findings],
            "unanswered": [rule.id for rule in self.unanswered],
            "unanswered_blocking": [rule.id for rule in self.blocking_questions],
            "questions_open": len(self.unanswered),
            "summary": summarise(self),
            "waits_without_date": [finding.rule.id for finding in self.delaying if finding.wait_until is None],
            "passed": [rule.id for rule in self.passed],
            "overrides_refused": [
                {"rule": override.rule, "name": override.name, "role": override.role, "date": override.date}
                for override in self.patient.override
                if all_rules()[override.rule].never_overridable
            ],
            "protected": [vars(skin) for skin in self.protected],
            "policies": self.policies,
            "expectations": describe_expectations(self.patient, self.findings),
            "always": [
                {"rule": rule.id, "condition": rule.condition, "action": rule.action, "sources": list(rule.sources)}
                for rule in self.guards
            ],
            "patient_id": self.patient.patient_id,
            "age_years": self.screened_on.year - self.patient.birth_year,
            "skin_type": self.patient.skin_type,
            "screened_on": self.screened_on,
            "device_class": self.device_class,
            "warnings": list(self.warnings),
        }


def screen(patient: Patient, *, on: datetime.date, device_class: str = "mechanical") -> Screening:
    """Ask every rule about `patient` on the day `on`, for a class of device (`mechanical` or `fractional_rf`).

    Raises BadInput where the record names what no rule knows, or a day or age that cannot be.
    """
    warnings = list(check_patient(patient, on=on))
    findings: list[Finding] = []
    unanswered: list[Rule] = []
    passed: list[Rule] = []
    policies = {}
    for rule in all_rules().values():
        if not rule.applies_to(device_class):
            continue
        answer, warning = find_answer(rule, patient, on=on, device_class=device_class)
        warnings += [warning] if warning else []
        if rule.policies:
            policies[rule.id] = patient.policy.get(rule.id, rule.default_policy)
        outcome = judge_answer(rule, answer, on=on, policy=policies.get(rule.id))
        if isinstance(outcome, Finding):
            findings.append(outcome)
        elif outcome == "passed":
            passed.append(rule)
        if rule.is_asked and answer.answer == "unknown":
            unanswered.append(rule)
    overridden, override_warnings = apply_overrides(findings, patient.override)
    told, protected, protect_warnings = protect_skin(overridden, patient)
    guards = tuple(rule for rule in all_rules().values() if rule.answered_by == "technique")
    _note_sources(told, guards)
    return Screening(
        patient=patient,
        screened_on=on,
        device_class=device_class,
        findings=_gravest_first(told),
        unanswered=tuple(unanswered),
        passed=tuple(passed),
        protected=protected,
        guards=guards,
        policies=policies,
        warnings=(*warnings, *override_warnings, *protect_warnings),
    )


def _gravest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))


def _note_sources(findings: Sequence[Finding], guards: Sequence[Rule]) -> None:
    """Ask for every source that the result prints, so that `cite` lists it."""
    for rule in (*(finding.rule for finding in findings), *guards):
        for source_id in rule.sources:
            source(source_id)
