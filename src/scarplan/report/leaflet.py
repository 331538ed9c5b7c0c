"""The patient's leaflet: plain words, the published range as people out of ten, what to expect, when to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.boxes import describe_expectation, describe_suitability
from scarplan.report.html import render_page
from scarplan.report.results import CaseResults
from scarplan.report.wording import NOTICE, count_of, write_range, write_span

ASK_YOUR_CLINIC = "ask your clinic"


@dataclass(frozen=True)
class LeafletCounts:
    """What the plan asks of the patient, in words; empty where there is no plan."""

    visits: str
    judge: str


def render_leaflet(results: CaseResults) -> str:
    """Return leaflet.html; what is not known yet is said so."""
    published = (results.forecast or {}).get("published") or {}
    plan = results.plan or {}
    return render_page(
        "leaflet.html",
        patient=results.patient_id,
        is_signed=plan.get("status") == "approved",
        suitable=describe_suitability(results),
        expect=describe_expectation(results),
        published=_published_in_words(published),
        responders=published.get("responders") or {},
        counts=_count_visits(plan),
        scars=results.scars,
        found=len(results.confident_scars),
        is_reviewed=results.is_reviewed,
        aftercare=plan.get("aftercare") or (),
        alternatives=[row["name"] for row in plan.get("alternatives") or ()],
        calls=plan.get("call_the_clinic") or (),
        phone=plan.get("phone") or ASK_YOUR_CLINIC,
        notice=NOTICE,
    )


def _published_in_words(published: dict[str, Any]) -> str:
    low, high = published.get("low_percent"), published.get("high_percent")
    if low is None or high is None:
        return ""
    return f"In published studies, scars became better by {write_range(low, high)} % on average."


def _count_visits(plan: dict[str, Any]) -> LeafletCounts:
    sessions, interval = plan.get("sessions"), plan.get("interval_days")
    if not sessions:
        return LeafletCounts(visits="", judge="")
    visits = f"{count_of(sessions, 'treatment visit')}"
    if sessions > 1 and interval:
        visits += f", about {write_span(interval)} apart"
    judge = plan.get("judge_after_days")
    return LeafletCounts(
        visits=f"{visits}, and one visit to look at the result.",
        judge=f"The result is judged {write_span(judge)} after the last treatment. Skin goes on changing until then."
        if judge
        else "",
    )
