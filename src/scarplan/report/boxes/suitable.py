"""Box 1: may this patient be needled, what is open, until when to wait, and who overrode what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import DECISIONS, count_of, name_finding, shorten, start_sentence, write_date

#: How many findings fit the box; the appendix has them all.
_MOST_REASONS = 3
_ACTION_LETTERS, _REASON_LETTERS = 95, 110
_TONES = {"suitable": "good", "with_changes": "care", "open": "care", "wait": "stop", "stop": "stop"}
_HARD, _SOFT = ("contraindicated", "defer"), ("caution", "precaution")


@dataclass(frozen=True)
class SuitableBox:
    """Decision in words, its tone (good, care, stop, none), the lines under it, and every override.

    `questions` is the one of the lines that says how many questions are open; empty without a screening.
    """

    decision: str
    tone: str
    lines: tuple[str, ...]
    overrides: tuple[str, ...]
    questions: str = ""


def describe_suitability(results: CaseResults) -> SuitableBox:
    """Return box 1 from the screening."""
    screen = results.screen
    if screen is None:
        line = "Nobody has answered the screening questions. Run `scarplan screen` before any needling."
        return SuitableBox(decision="Not screened", tone="stop", lines=(line,), overrides=())
    decision = screen["decision"]
    return SuitableBox(
        decision=_decision_in_words(screen),
        tone=_TONES.get(decision, "care"),
        lines=tuple(_lines(screen)),
        overrides=tuple(_override_in_words(f) for f in screen["findings"] if f.get("override")),
        questions=_questions_in_words(screen),
    )


def _decision_in_words(screen: dict[str, Any]) -> str:
    if screen["decision"] == "wait" and screen.get("earliest_date"):
        return f"Wait until {write_date(screen['earliest_date'])}"
    return DECISIONS.get(screen["decision"], screen["decision"])


def _lines(screen: dict[str, Any]) -> list[str]:
    lines = []
    standing = [f for f in screen["findings"] if not _is_overridden(f)]
    hard = [f for f in standing if f["level"] in _HARD]
    changes = [f for level in _SOFT for f in standing if f["level"] == level]
    chosen = (hard or changes)[:_MOST_REASONS]
    lines += [_finding_in_words(finding) for finding in chosen]
    # Open questions come first, save where a finding has decided already; that none is open is a remark at the end.
    is_first = _count_open(screen) and screen["decision"] not in ("wait", "stop")
    lines.insert(0 if is_first else len(lines), _questions_in_words(screen))
    left = len(hard) + len(changes) - len(chosen)
    if left > 0:
        lines.append(f"{count_of(left, 'more finding')}: see Screening in the appendix.")
    if not screen.get("skin_type") and not any("skin type" in line.lower() for line in lines):
        lines.append("Skin type unknown: the stricter plan applies.")
    return lines


def _is_overridden(finding: dict[str, Any]) -> bool:
    override = finding.get("override")
    return bool(override) and override.get("taken", True)


def _count_open(screen: dict[str, Any]) -> int:
    return screen.get("questions_open", len(screen.get("unanswered") or ()))


def _questions_in_words(screen: dict[str, Any]) -> str:
    number = _count_open(screen)
    if not number:
        return "No question open."
    blocking = len(screen.get("unanswered_blocking") or ())
    words = f"{count_of(number, 'question')} open"
    if not blocking:
        return words + "."
    return f"{words}; {blocking} could stop or delay the plan and must be answered first."


def _finding_in_words(finding: dict[str, Any]) -> str:
    known = "" if finding.get("answer") != "unknown" else " (not known)"
    wait = f", wait until {write_date(finding['wait_until'])}" if finding.get("wait_until") else ""
    first_words = re.split(r"[.;] ", str(finding.get("action") or ""), maxsplit=1)[0]
    action = shorten(first_words, _ACTION_LETTERS)
    words = f"{name_finding(finding)}{known}{wait}"
    return start_sentence(f"{words}: {action}" if action else words)


def _override_in_words(finding: dict[str, Any]) -> str:
    override = finding["override"]
    verb = "Overridden" if _is_overridden(finding) else "Override refused"
    return (
        f"{verb}: {name_finding(finding)}. {override.get('name')}, {override.get('role')}, "
        f"{write_date(override.get('date'))}: “{shorten(str(override.get('reason') or ''), _REASON_LETTERS)}”"
    )
