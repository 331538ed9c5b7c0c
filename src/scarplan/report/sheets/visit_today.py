"""May this patient be needled today: why not, until when, and what must be settled before the first pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import (
    DECISIONS,
    count_of,
    join_words,
    name_finding,
    name_rule,
    shorten,
    start_sentence,
    write_date,
)

_MOST_REASONS, _REASON_LETTERS, _NAME_LETTERS = 4, 190, 110


def explain_not_today(results: CaseResults) -> tuple[str, ...]:
    """Return the headline and the reasons where the screening says stop or wait; nothing otherwise."""
    screen = results.screen or {}
    decision = screen.get("decision")
    if decision not in ("stop", "wait"):
        return ()
    until = screen.get("earliest_date")
    headline = DECISIONS[decision]
    if decision == "wait":
        headline = f"Wait until {write_date(until)}: do not needle before" if until else "Wait: do not needle today"
    level = "contraindicated" if decision == "stop" else "defer"
    findings = [f for f in screen.get("findings") or () if f["level"] == level and not _is_overruled(f)]
    reasons = [_reason_in_words(finding) for finding in findings[:_MOST_REASONS]]
    if len(findings) > _MOST_REASONS:
        reasons.append(f"And {count_of(len(findings) - _MOST_REASONS, 'more finding')}: see the report.")
    return (headline, *(reasons or ["See the screening in the report."]))


def list_warnings(results: CaseResults) -> Iterator[str]:
    """Yield what must be settled before the first pass, gravest first."""
    screen, plan = results.screen, results.plan or {}
    if screen is None:
        yield "Not screened: no needling before the screening questions are answered."
    elif screen["decision"] == "open":
        blocking = list(screen.get("unanswered_blocking") or screen.get("unanswered") or ())
        names = shorten(join_words(name_rule(rule).lower() for rule in blocking), _NAME_LETTERS)
        yield f"Not cleared: {count_of(len(blocking), 'question')} to answer first ({names})."
    if not plan:
        yield "No plan yet: every setting below is set by the clinic."
    elif plan.get("status") == "superseded":
        yield "A newer plan has taken the place of this one: print its sheet."
    elif plan.get("status") != "approved":
        yield "Draft: not for treatment before a clinician signs the plan."
    if (plan.get("clinic_protocol") or {}).get("example"):
        yield "Settings from the example protocol of the demo, not a clinic's."


def _is_overruled(finding: Mapping[str, Any]) -> bool:
    override = finding.get("override")
    return bool(override) and override.get("taken", True)


def _reason_in_words(finding: Mapping[str, Any]) -> str:
    until = f", wait until {write_date(finding['wait_until'])}" if finding.get("wait_until") else ""
    known = " (not known)" if finding.get("answer") == "unknown" else ""
    said = f"{name_finding(finding)}{known}{until}: {start_sentence(finding.get('action'))}"
    return shorten(said, _REASON_LETTERS)
