"""Box 5: what happens for a few days, what may happen, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import MODEL_NOTICE, count_of, join_words, write_number, write_range

_MOST_RARE = 3
_MOST_CALLS = 4


@dataclass(frozen=True)
class RisksBox:
    """Usual and rare effects in words (each a label and a text), and when to stop."""

    effects: tuple[tuple[str, str], ...]
    stop: tuple[str, ...]
    model_notice: str


def describe_risks(results: CaseResults) -> RisksBox:
    """Return box 5 from the forecast's harms and the plan's stop rules."""
    harms = (results.forecast or {}).get("harms") or {}
    plan = results.plan or {}
    effects = [*_usual(harms), *_rare(harms)]
    if not harms:
        effects = [
            *_of_rest(results.rest or {}),
            (
                "Usual" if results.rest else "Not forecast yet",
                "Redness and swelling for some days are usual; infection, dark patches and new scars can happen.",
            ),
        ]
    return RisksBox(
        effects=tuple(effects),
        stop=tuple(_stop(plan, by_eye=results.is_by_eye)),
        model_notice=MODEL_NOTICE if harms or results.rest else "",
    )


def _of_rest(rest: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the plan for the rest of a course was forecast with; nothing for a whole course."""
    found = []
    if rest.get("redness_days") is not None:
        found.append(("Redness", f"{write_number(rest['redness_days'], 0)} days on average"))
    if rest.get("pigment_percent") is not None:
        found.append(("Dark patches", f"{write_number(rest['pigment_percent'], 0)} in 100"))
    return found


def _usual(harms: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key, label in (("erythema_days", "Redness"), ("downtime_days", "Downtime")):
        band = harms.get(key) or {}
        if band.get("q05") is not None and band.get("q95") is not None:
            found.append(
                (
                    label,
                    f"{write_range(band['q05'], band['q95'], 0, 'days')}, middle {write_number(band.get('q50'), 0)}",
                )
            )
    pigment = harms.get("pigment_risk") or {}
    if pigment.get("median") is not None:
        ends = write_range(100 * pigment["q05"], 100 * pigment["q95"], 0, "in 100")
        found.append(("Dark patches", f"{100 * pigment['median']:.0f} in 100 ({ends})"))
    return found


def _rare(harms: dict[str, Any]) -> list[tuple[str, str]]:
    events = [str(row.get("event") or "").replace("_", " ") for row in harms.get("rare") or ()]
    if not events:
        return []
    words = join_words(events) if len(events) <= _MOST_RARE else ", ".join(events[:_MOST_RARE]) + " and others"
    return [("Rare", words)]


def _stop(plan: dict[str, Any], *, by_eye: bool) -> list[str]:
    lines = []
    if plan.get("zones"):
        lines.append("In a session: at the end point, and always at the ceiling.")
    if plan.get("review_after_sessions"):
        sessions = count_of(plan["review_after_sessions"], "session")
        nothing = "an examination shows no change beyond what two raters differ by" if by_eye else ""
        lines.append(f"After {sessions}: if {nothing or 'a scan shows no change beyond its error'}.")
    calls = [str(call) for call in plan.get("call_the_clinic") or ()]
    if calls:
        lines.append(f"Call the clinic: {'; '.join(calls[:_MOST_CALLS])}.")
    return lines or ["Stop rules come with the plan."]
