"""Finding: what one rule says about one patient, with its reason, its way out and who says so."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from scarplan.candidacy.rule import Grade, Level, Protection, Rule, Wait
from scarplan.records.patient import Answer, Override


@dataclass(frozen=True)
class AppliedOverride:
    """An override of a finding: taken, or refused because the rule is never overridable."""

    given: Override
    is_taken: bool
    level_before: Level

    def describe(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.given.name,
            "role": self.given.role,
            "reason": self.given.reason,
            "date": self.given.date,
            "taken": self.is_taken,
            "level_before": self.level_before,
            "note": ""
            if self.is_taken
            else "refused: infection, suspected skin cancer, skin inside the orbital rim and reused needles "
            "are never overridden",
        }


@dataclass(frozen=True)
class Finding:
    """What a rule says. `level` is the one that counts, `rule.level` the one of the rule itself.

    `wait_until` is the first day on which the wait is over; None where nothing is waited for or no day is known.
    """

    rule: Rule
    answer: Answer
    level: Level
    action: str
    grade: Grade | None = None
    policy: str | None = None
    wait: Wait | None = None
    wait_until: datetime.date | None = None
    protects: Protection | None = None
    override: AppliedOverride | None = None

    def describe(self) -> dict[str, Any]:
        """Return the finding as plain values, the keys of the JSON contract first."""
        rule, wait = self.rule, self.wait
        low, high = wait.range_days if wait else (None, None)
        return {
            "rule": rule.id,
            "level": self.level,
            "answer": self.answer.answer,
            "wait_until": self.wait_until,
            "action": self.action,
            "sources": list(rule.sources),
            "basis": rule.basis,
            "verification": rule.verification,
            "override": self.override.describe() if self.override else None,
            "level_of_rule": rule.level,
            "scope": rule.scope,
            "condition": rule.condition,
            "question": rule.question,
            "disagreement": rule.disagreement or None,
            "grade": self.grade.id if self.grade else None,
            "grade_words": self.grade.words if self.grade else None,
            "grade_basis": rule.grade_basis or None,
            "policy": self.policy,
            "policies": [
                {"name": name, "words": choice.words, "level": choice.level}
                for name, choice in (rule.policies or {}).items()
            ],
            "wait_days": wait.days if wait else None,
            "wait_low_days": low,
            "wait_high_days": high,
            "wait_after": wait.after if wait else None,
            "wait_basis": wait.basis if wait else None,
            "date": self.answer.date,
            "note": self.answer.note,
            "protects": self.protects.kind if self.protects else None,
        }
