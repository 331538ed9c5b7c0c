"""What the plan takes from the screening: may it be made at all, and what the answers change in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.candidacy import all_rules
from scarplan.errors import Refused
from scarplan.evidence.library import value_of

#: The rule that asks for a darker skin in words.
_DARKER = "fitzpatrick_IV_VI"


@dataclass(frozen=True)
class ScreeningForPlan:
    """The part of a screening that a plan depends on.

    not_cleared_because   one sentence for each open question behind a contraindication
    answers               rule id -> "yes" | "unknown"; one not here was answered no: rules that are asked for another
                          class of device alone are unknown

    `skin_type` is None where it is not known, and where it contradicts the answer that it is IV to VI: the stricter
    plan then.
    """

    skin_type: int | None
    age_years: float | None
    not_cleared_because: tuple[str, ...]
    answers: Mapping[str, str]
    protected: tuple[Mapping[str, Any], ...] = ()
    skin_type_doubt: str | None = None

    @property
    def is_strict(self) -> bool:
        """Whether the stricter plan is made: skin type IV to VI, or not known."""
        return self.skin_type is None or is_darker(self.skin_type)

    def answer(self, rule: str) -> str:
        """Return the answer to `rule`: "yes", "no" or "unknown"."""
        return self.answers.get(rule, "no")


def is_darker(skin_type: int) -> bool:
    """Whether a skin type is one for which the gentler plan for darker skin is made: IV to VI."""
    return skin_type >= value_of("candidacy.pigment_prone_skin_type")


def read_screening(screen: Mapping[str, Any]) -> ScreeningForPlan:
    """Return what a plan needs of a `screen --json` object. Raises Refused when it says wait or do not needle."""
    if screen["decision"] in ("stop", "wait"):
        raise _refusal(screen)
    asked_for = str(screen.get("device_class") or "mechanical")
    answers = {name: "unknown" for name, rule in all_rules().items() if not rule.applies_to(asked_for)}
    answers |= dict.fromkeys(screen.get("unanswered", ()), "unknown")
    answers |= {finding["rule"]: str(finding["answer"]) for finding in screen["findings"]}
    answers |= dict.fromkeys(screen.get("passed", ()), "yes")
    skin_type, doubt = _read_skin_type(screen.get("skin_type"), answers)
    return ScreeningForPlan(
        skin_type=skin_type,
        age_years=screen.get("age_years"),
        not_cleared_because=_open_questions(screen),
        answers=answers,
        protected=tuple(screen.get("protected", ())),
        skin_type_doubt=doubt,
    )


def _read_skin_type(skin_type: int | None, answers: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Return the skin type that a plan takes, and why it is not the one given: of two answers the stricter counts."""
    if skin_type is None:
        return None, "the skin type is not known: the stricter plan was made"
    if not is_darker(skin_type) and answers.get(_DARKER) == "yes":
        return None, f"skin type {skin_type} and the answer that it is IV to VI contradict: the stricter plan was made"
    return skin_type, None


def _open_questions(screen: Mapping[str, Any]) -> tuple[str, ...]:
    if screen["decision"] != "open":
        return ()
    blocking = screen.get("unanswered_blocking") or screen["unanswered"]
    return tuple(f"not answered: {rule.replace('_', ' ')}" for rule in blocking)


def _refusal(screen: Mapping[str, Any]) -> Refused:
    stops = screen["decision"] == "stop"
    level = "contraindicated" if stops else "defer"
    blocking = [finding for finding in screen["findings"] if finding["level"] == level]
    reasons = _reasons_in_words(blocking)
    if stops:
        reason, do = (
            f"do not needle: {reasons}",
            "treat or refer as the findings say; screen again when they have changed",
        )
    else:
        until = screen["earliest_date"] or "the reason to wait is over"
        reason, do = f"wait until {until}: {reasons}", f"screen again on or after {until}, then plan"
    return Refused(
        reason,
        do=do,
        code="E-PLAN-001" if stops else "E-PLAN-002",
        result={
            "plan": None,
            "decision": screen["decision"],
            "earliest_date": screen["earliest_date"],
            "findings": list(blocking),
        },
    )


def _reasons_in_words(findings: Sequence[Mapping[str, Any]]) -> str:
    return (
        "; ".join(f"{f['rule']} ({f['action']})" if f.get("action") else f["rule"] for f in findings)
        or "see the screening"
    )
