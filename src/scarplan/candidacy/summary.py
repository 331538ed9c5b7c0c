"""The result of a screening in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarplan.candidacy.finding import Finding
    from scarplan.candidacy.screening import Screening


def summarise(screening: Screening) -> str:
    """Return the decision with its reasons, the number of open questions and the overrides."""
    parts = [_decide_in_words(screening)]
    if screening.unanswered:
        parts.append(_count(len(screening.unanswered), "question") + " open.")
    taken = [f for f in screening.findings if f.override and f.override.is_taken]
    parts += [
        f"Overridden by {f.override.given.name} ({f.override.given.role}): {_name(f)}." for f in taken if f.override
    ]
    return " ".join(parts)


def _decide_in_words(screening: Screening) -> str:
    match screening.decision:
        case "stop":
            return f"Do not needle: {_names(screening.stopping)}."
        case "wait":
            day = screening.earliest_date
            until = f"Wait until {day.isoformat()} at the earliest" if day else "Wait; no day can be given yet"
            return f"{until}: {_names(screening.delaying)}."
        case "open":
            open_questions = _count(len(screening.blocking_questions), "question")
            return f"Not cleared: {open_questions} that could stop or delay the plan must be answered first."
        case "with_changes":
            return f"Suitable with changes: {_names(screening.findings)}."
        case _:
            return "Suitable: no rule speaks against needling."


def _names(findings: Sequence[Finding]) -> str:
    return "; ".join(_name(finding) for finding in findings)


def _name(finding: Finding) -> str:
    words = finding.rule.condition
    known = words if finding.answer.answer != "unknown" else f"not known whether: {words}"
    return known[0].lower() + known[1:] if not known[:2].isupper() else known


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
