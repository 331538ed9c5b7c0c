"""The head of page 1: draft or signed, by whom, which patient, and that this is no cleared device."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.report.results import CaseResults
from scarplan.report.wording import NOTICE, name_zone, start_sentence, write_date

_STATUS_WORDS = {
    "draft": "Draft, not signed",
    "not_cleared": "Draft, not cleared",
    "approved": "Signed",
    "superseded": "Superseded",
}


@dataclass(frozen=True)
class Header:
    """Lines of the page head. `status` is the word of the badge, `signature` who signed and when.

    `by_eye` is what every page of a case without measured depths says; empty where depths were measured.
    """

    patient: str
    status: str
    is_signed: bool
    signature: str
    facts: tuple[str, ...]
    notice: str = NOTICE
    by_eye: str = ""


def describe_header(results: CaseResults) -> Header:
    """Return the head of page 1."""
    plan = results.plan or {}
    approval = plan.get("approval")
    is_signed = False
    signature = "Not signed by a clinician"
    if approval and plan.get("status") == "approved":
        is_signed = True
        signature = f"{approval['name']}, {approval['role']}, {write_date(approval['date'])}"
    return Header(
        patient=results.patient_id,
        status=_STATUS_WORDS.get(plan.get("status", ""), "No plan yet"),
        is_signed=is_signed,
        signature=signature,
        facts=tuple(_facts(results)),
        by_eye=start_sentence(results.notice),
    )


def _facts(results: CaseResults) -> list[str]:
    facts = []
    screen, scan, plan = results.screen or {}, results.scan or {}, results.plan or {}
    if screen.get("age_years") is not None:
        facts.append(f"{screen['age_years']} years")
    if screen:
        skin_type = screen.get("skin_type")
        facts.append(f"skin type {skin_type}" if skin_type else "skin type unknown")
    if scan.get("scanned_on"):
        facts.append(f"scan of {write_date(scan['scanned_on'])}")
    if results.assess is not None and results.is_by_eye:
        facts.append(f"examined {write_date(results.assess['examined_on'])}")
    zones = list(
        dict.fromkeys(name_zone(c.get("zone"), c.get("side")) for c in scan.get("charts", ()) if c.get("zone"))
    )
    if 0 < len(zones) <= 2:  # more would crowd the head; the second box lists them
        facts.append(" + ".join(zones))
    if (plan.get("device") or {}).get("name"):
        facts.append(plan["device"]["name"])
    return facts
